"""Back in time: the people and births of earlier years from those of today."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.population.ages import check_single, written
from yilao.schema import (
    LEADING_DIMS,
    NegativePopulationError,
    SchemaError,
    check_dims,
    check_shared_labels,
    check_unit,
    check_values,
    first_offender,
    sources_of,
)

Array = npt.NDArray[np.float64]


class Backward(NamedTuple):
    """Earlier populations (..., year, sex, age) and births (..., year, sex), in persons.

    ``exact_below`` is the age from which on the earliest year is an estimate.
    """

    population: xr.DataArray
    births: xr.DataArray
    exact_below: int


def reverse_project(
    population: xr.DataArray,
    survival_ratio: xr.DataArray,
    *,
    net_migration: xr.DataArray | None = None,
) -> Backward:
    """Lead a population back through the years of its survival ratios.

    P(y - 1, a - 1) = (P(y, a) - M(y, a)) / S(y, a), and the births of y are
    (P(y, 0) - M(y, 0)) / S(y, 0): children are survived back to their birth.  Migrants count as
    arriving at the end of the year (``migrants="end"`` of `yilao.project`).

    Parameters
    ----------
    population : (..., sex, age), persons on 31 December, with a scalar coordinate ``year``.
    survival_ratio : (..., year, sex, age) one-year ratios of the n years that end with that year.
    net_migration : (..., year, sex, age) persons of each year by age at its end; none if left out.

    Returns
    -------
    Backward
        ``population`` in year - n … year with ages 0 … ω - n, the last open; ``births`` of the n
        years.

    Raises
    ------
    SchemaError
        No year, years that do not end with it or leave a gap, more years than ages, labels that
        differ, a ratio of 0.
    NegativePopulationError
        More migrants came than there are people: those before them would be fewer than none.

    Notes
    -----
    What cannot be recovered: the open group ω+ are the survivors of ω - 1 and over, of whom only
    the sum is known, and who died at those ages is not known at all.  Each year back therefore
    opens one age lower, and all results are given with the last age that is closed in every year,
    ω - n.  Ages below it are exact; the open group is exact for one year back and from then on led
    back by the mix of ages of a stationary population with these ratios, which understates the
    survival of a young and growing open group, and overstates deaths with it.

    References
    ----------
    United Nations (1983), Manual X: Indirect Techniques for Demographic Estimation, ch. VIII, for
    births by reverse survival.

    Examples
    --------
    >>> import xarray as xr
    >>> coords = {"sex": ["female", "male"], "age": range(4)}
    >>> now = xr.DataArray([[90.0, 80, 60, 30]] * 2, dims=("sex", "age"), coords=coords,
    ...     attrs={"units": "persons", "basis": "resident"}).assign_coords(year=2020)
    >>> ratio = xr.DataArray([[[0.9, 0.8, 0.75, 0.6]] * 2], dims=("year", "sex", "age"),
    ...     coords=coords | {"year": [2020]}, attrs={"units": "1"})
    >>> back = reverse_project(now, ratio)
    >>> back.population.sel(year=2019, sex="male").values.round(6).tolist()
    [100.0, 80.0, 50.0]
    >>> back.births.sel(year=2020).values.round(6).tolist()
    [100.0, 100.0]
    """
    lead = LEADING_DIMS
    check_single(population, leading=lead)
    check_dims(survival_ratio, ("year", "sex", "age"), "survival_ratio", leading=lead)
    check_unit(survival_ratio, "1", "survival_ratio")
    check_values(survival_ratio, "survival_ratio", low=0.0, high=1.0)
    check_shared_labels(population=population, survival_ratio=survival_ratio)
    if (survival_ratio.values == 0).any():
        where = first_offender(survival_ratio, survival_ratio.values == 0)
        raise SchemaError(
            f"survival_ratio: 0 at {where}: nobody is left to lead back. Close the table lower."
        )
    last = int(population["age"].values[-1])
    years = survival_ratio["year"].values
    n = len(years)
    if "year" not in population.coords:
        raise SchemaError("population: no year. Use .assign_coords(year=2020) with its own.")
    final = int(population["year"].values)
    if years.tolist() != list(range(final - n + 1, final + 1)):
        raise SchemaError(
            f"survival_ratio: its years are {years.tolist()}; needed are consecutive ones that end "
            f"with {final}, the year of the population."
        )
    if n >= last:
        raise SchemaError(f"survival_ratio: {n} years; with ages 0 … {last}+ at most {last - 1}.")
    arrays = [population.drop_vars("year"), survival_ratio]
    if net_migration is not None:
        check_dims(net_migration, ("year", "sex", "age"), "net_migration", leading=lead)
        check_unit(net_migration, "persons per step", "net_migration")
        check_values(net_migration, "net_migration")
        check_shared_labels(
            population=population, survival_ratio=survival_ratio, net_migration=net_migration
        )
        arrays.append(net_migration)
    wide = xr.broadcast(*arrays)
    people, ratio, *migrants = (a.transpose("year", ..., "sex", "age") for a in wide)
    s = ratio.values
    m = migrants[0].values if migrants else np.zeros_like(s)
    now = people.values[-1].astype(float)
    found, births = [now], []
    open_age = last
    for t in reversed(range(n)):
        net = m[t][..., : open_age + 1].copy()
        net[..., -1] = m[t][..., open_age:].sum(axis=-1)
        stayed = now - net
        if (stayed < 0).any():
            cell = people.isel(year=t, age=slice(open_age + 1))
            raise NegativePopulationError(
                f"net_migration: more people came than there are in {years[t]} at "
                f"{first_offender(cell, stayed < 0)}. Check its sign and its size."
            )
        before = stayed[..., 1:] / s[t][..., 1 : open_age + 1]
        if open_age < last:
            before[..., -1] = stayed[..., -1] / _into_open(s[t], open_age)
        births.append(stayed[..., 0] / s[t][..., 0])
        found.append(before)
        now, open_age = before, open_age - 1
    closed = [
        np.concatenate([p[..., :open_age], p[..., open_age:].sum(axis=-1, keepdims=True)], axis=-1)
        for p in reversed(found)
    ]
    sources = sources_of(*arrays)
    dims = people.dims
    coords = {d: people[d].values for d in dims if d not in ("year", "age")}
    earlier = xr.DataArray(
        np.array(closed),
        dims=dims,
        coords=coords | {"year": np.arange(final - n, final + 1), "age": np.arange(open_age + 1)},
    )
    born = xr.DataArray(
        np.array(births[::-1]),
        dims=dims[:-1],
        coords=coords | {"year": years},
        name="births",
        attrs={"units": "persons", "sources": sources},
    )
    order = (*(d for d in dims if d not in ("year", "sex", "age")), "year", "sex")
    result = written(earlier.transpose(*order, "age"), population, sources)
    result.attrs.pop("date", None)
    return Backward(result, born.transpose(*order), open_age)


def _into_open(s: Array, open_age: int) -> Array:
    """Ratio (...) of those at open_age - 1 and over into open_age and over, stationary mix."""
    # S(ω) = L(ω+) / (L(ω-1) + L(ω+)), below S(a) = L(a) / L(a - 1); v is L(a - 1) / L(a+).
    v = (1 - s[..., -1]) / s[..., -1]
    for a in range(s.shape[-1] - 2, open_age - 1, -1):
        v = v / (s[..., a] * (1 + v))
    ratio: Array = 1 / (1 + v)
    return ratio
