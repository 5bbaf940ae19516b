"""`project_sums` and `sensitivity`: weighted sums in one pass, and what drives them."""

from __future__ import annotations

import numpy as np
import xarray as xr

from yilao.engine import choose, gradients
from yilao.projection.checks import (
    check_before,
    check_eager,
    check_found,
    check_threads,
    check_weights,
)
from yilao.projection.lazy import run_lazily
from yilao.projection.prepare import ENGINE_NAMES, WITHOUT_YEARS, prepare
from yilao.projection.progress import bar
from yilao.projection.run import check_negative, label, problem_of, run
from yilao.schema import VARIABLES, YilaoError, check_same_basis, sources_of


def project_sums(
    base: xr.DataArray,
    rates: xr.Dataset,
    weights: xr.DataArray,
    until: int | None = None,
    *,
    migrants: str = "even",
    convention: str = "un",
    engine: str = "auto",
    negative: str = "raise",
    threads: int | None = None,
    progress: bool = False,
) -> xr.DataArray:
    """Project and reduce in one pass: only weighted sums of each year are written.

    Parameters
    ----------
    base, rates, until, migrants, convention, engine, negative, threads, progress : as for
        `project`.
    weights : (measure, [year,] sex, age), the contribution of one person; years, if any, are the
        base year and all years after.

    Returns
    -------
    xr.DataArray
        (…, year, measure), base year … until: the sums over sex and age of the population times
        the weights; equal to `project` followed by the same sums, without its population.  With
        ``negative="mark"`` the coordinate ``first_negative`` has the first year in which a member
        has a cell below zero, 0 for none.

    Raises
    ------
    SchemaError
        As for `project`; or the weights have other labels or a missing value.
    BasisError
        The weights say a basis (``attrs["basis"]``) that is not that of the base.

    Examples
    --------
    >>> import xarray as xr
    >>> import yilao as yl
    >>> ankang = yl.load_place("ankang")
    >>> old = xr.zeros_like(ankang.base).where(ankang.base.age < 60, 1.0)
    >>> sums = yl.project_sums(
    ...     ankang.base, ankang.rates("trend"), old.expand_dims(measure=["60+"]), until=2025)
    >>> sums.sizes["year"], sums.dims[-1]
    (6, 'measure')
    """
    prepared = prepare(base, rates, until, migrants, convention, engine)
    plain_weights = check_weights(weights, prepared)
    years = [prepared.start, *prepared.years]
    names = weights["measure"].values if "measure" in weights.coords else None
    names = np.arange(len(plain_weights)) if names is None else names
    attrs = {"units": weights.attrs.get("units", "weighted persons")}
    attrs |= {"kind": weights.attrs["kind"]} if "kind" in weights.attrs else {}
    attrs |= {"sources": list(dict.fromkeys([*prepared.attrs["sources"], *sources_of(weights)]))}
    if "basis" in weights.attrs:
        check_same_basis(base, weights, "base", "weights")
    # What is known of each measure travels with its name.
    known = {
        k: ("measure", v.values)
        for k, v in weights.coords.items()
        if v.dims == ("measure",) and k != "measure"
    }
    if prepared.lazy:
        check_eager(threads, progress)
        arrays, below = run_lazily(
            prepared, ["sums"], weights=plain_weights, engine=engine, negative=negative
        )
    else:
        arrays, below = run(
            prepared,
            ["sums"],
            weights=plain_weights,
            engine=engine,
            threads=threads,
            negative=negative,
            progress=progress,
        )
    sums = label(prepared, arrays["sums"], "sums", ("year", "measure"), year=years, measure=names)
    if negative == "mark":
        sums = sums.assign_coords(first_negative=(prepared.leading, below))
    return sums.assign_coords(known).assign_attrs(attrs)


def sensitivity(
    base: xr.DataArray,
    rates: xr.Dataset,
    weights: xr.DataArray,
    until: int | None = None,
    *,
    migrants: str = "even",
    convention: str = "un",
    engine: str = "auto",
    threads: int | None = None,
    progress: bool = False,
) -> xr.Dataset:
    """Gradient of weighted sums with respect to every input, by one backward sweep.

    Each measure is one number: the weighted sum over all years (the base year included), sexes and
    ages; weights without years count in every year.  The gradient says by how much it changes for
    one more person in a cell of the base, one more migrant, one unit of a rate.  It is exact: the
    projection is run backwards (its adjoint), nothing is tried out.

    Parameters
    ----------
    base, rates, until, migrants, convention, engine, threads, progress : as for `project`.
    weights : (measure, [year,] sex, age) as for `project_sums`.

    Returns
    -------
    xr.Dataset
        For ``population`` (the base) and every rate, in the form it was given: (measure, …, the
        rate's own dimensions).  A rate that members share has a gradient for each member.

    Raises
    ------
    NegativePopulationError
        More people leave a cohort than it has.
    YilaoError
        The inputs are Dask arrays.

    Notes
    -----
    Patterns and profiles are free here: their gradient does not know that they sum to 1.

    Examples
    --------
    >>> import xarray as xr
    >>> import yilao as yl
    >>> ankang = yl.load_place("ankang")
    >>> w = xr.zeros_like(ankang.base).where(ankang.base.age < 60, 1.0)
    >>> w = w.expand_dims(measure=["60+"], year=range(2020, 2026))
    >>> only_2025 = w.where(w.year == 2025, 0.0).transpose("measure", "year", "sex", "age")
    >>> g = yl.sensitivity(ankang.base, ankang.rates("trend"), only_2025, until=2025)
    >>> float(g.population.sel(age=50).sum())   # nobody aged 50 in 2020 is 60 in 2025
    0.0
    """
    check_threads(threads)
    prepared = prepare(base, rates, until, migrants, convention, engine)
    if prepared.lazy:
        raise YilaoError("sensitivity: compute Dask arrays first, or take one block at a time.")
    plain_weights = check_weights(weights, prepared)
    problem = problem_of(prepared, keep_steps=True)
    engine = choose(engine, problem.members * len(prepared.years) * len(plain_weights))
    with bar(problem.members, progress) as tell:
        done = gradients(
            problem,
            prepared.when,
            plain_weights,
            bounds=check_before(prepared, problem, engine),
            engine=engine,
            threads=threads,
            tell=tell,
        )
    check_found(prepared, done.bad)
    check_negative(prepared, problem, done.negative)
    names = weights["measure"].values if "measure" in weights.coords else None
    names = np.arange(len(plain_weights)) if names is None else names
    result = xr.Dataset(attrs={"sources": prepared.attrs["sources"]})
    for name, array in {"population": prepared.base, **prepared.chosen}.items():
        if name in ("lx", "Lx"):
            continue
        own = list(VARIABLES[name].dims)
        values = done.arrays["base" if name == "population" else _engine_name(name)]
        if name in WITHOUT_YEARS and "year" not in array.dims:
            own.remove("year")
            values = values[:, :, 0]
        sign = -1.0 if name in ("emigration", "emigration_rate") else 1.0
        own_labels = {"level": array["level"].values} if "level" in own else {}
        # Labelled with the measure behind the other leading dimensions, then put first.
        shaped = values.reshape(len(names), *problem.shape, *values.shape[2:])
        members = len(prepared.leading)
        labelled = label(
            prepared,
            np.moveaxis(sign * shaped if sign < 0 else shaped, 0, members),
            name,
            ("measure", *own),
            measure=names,
            **own_labels,
        )
        result[name] = labelled.transpose("measure", ...).assign_attrs(
            units=f"measure per unit of {name}"
        )
    return result


def _engine_name(name: str) -> str:
    return "migration" if name == "emigration" else ENGINE_NAMES[name]
