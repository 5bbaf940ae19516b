"""Calling the engine on prepared arrays, at once or lazily with Dask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.engine import EMPTY, Problem, choose, lay_out, project_members
from yilao.projection.prepare import (
    Prepared,
    check_all_values,
    check_shared_values,
    engine_rates,
    plain,
)
from yilao.schema import (
    VARIABLES,
    NegativePopulationError,
    SchemaError,
    YilaoError,
    check_values,
    labels_of,
)

Array = npt.NDArray[np.float64]

# The kernel sees these only combined with others, or not by members: checked before.
SEEN_TOGETHER = {
    "survival_surface",
    "mortality_level",
    "asfr_pattern",
    "migration_profile",
    "immigration",
    "emigration",
}
# Dimensions behind the leading ones of every output of the engine.
OUTPUT_DIMS: dict[str, tuple[str, ...]] = {
    "population": ("year", "sex", "age"),
    "births": ("year", "sex"),
    "mothers": ("year", "mother_age"),
    "deaths": ("year", "sex", "age"),
    "period": ("year", "sex", "age"),
    "moved": ("year", "sex", "age"),
    "sums": ("year", "measure"),
}


def problem_of(prepared: Prepared, *, keep_steps: bool = False) -> Problem:
    """Lay out a prepared projection for the engine."""
    arrays = {n: plain(a, n, prepared.leading) for n, a in prepared.chosen.items()}
    base = plain(prepared.base, "population", prepared.leading)
    rates = engine_rates(prepared.chosen, arrays)
    return lay_out(base, rates, float(prepared.width), keep_steps=keep_steps)


def run(
    prepared: Prepared,
    outputs: Sequence[str],
    *,
    weights: Array | None = None,
    engine: str = "auto",
    threads: int | None = None,
    out: Array | None = None,
    negative: str = "raise",
) -> tuple[dict[str, Array], Array]:
    """Project at once; arrays by name with leading dimensions, and the first years below zero.

    With the compiled kernel the rates that members own are checked member by member, while they
    are in the cache: a fault then raises when its member is reached, and ``out`` may hold the
    members before it.
    """
    if negative not in ("raise", "mark"):
        raise YilaoError(f"negative {negative!r} is not known. Available: raise, mark.")
    check_threads(threads)
    problem = problem_of(prepared)
    engine = choose(engine, problem.members * problem.steps)
    bounds = check_before(prepared, problem, engine)
    if out is not None:
        _check_out(out, (*problem.shape, problem.steps + 1, 2, problem.ages))
    done = project_members(
        problem,
        prepared.when,
        outputs,
        weights=weights,
        bounds=bounds,
        engine=engine,
        threads=threads,
        out=out,
    )
    check_found(prepared, done.bad)
    below = done.negative
    if negative == "raise":
        check_negative(prepared, problem, below)
    shaped = {n: a.reshape(*problem.shape, *a.shape[1:]) for n, a in done.arrays.items()}
    years = np.where(below > 0, prepared.start + below * prepared.width, 0)
    return shaped, years.reshape(problem.shape)


def check_before(
    prepared: Prepared, problem: Problem, engine: str
) -> dict[str, tuple[float, float]] | None:
    """Check the values that the kernel will not; return the bounds of those that it will."""
    if engine != "numba" or problem.members <= 1:
        check_all_values(prepared)
        return None
    for name, array in {"base": prepared.base, **prepared.chosen}.items():
        rows = [array.sizes[d] for d in prepared.leading if d in array.dims]
        if name in SEEN_TOGETHER or all(r == 1 for r in rows):
            rule = VARIABLES["population" if name == "base" else name]
            check_values(array, name, rule.low, rule.high)
    check_shared_values(prepared, seen="asfr" if len(problem.rates["asfr"].values) > 1 else "")
    return _bounds(prepared)


def check_found(prepared: Prepared, bad: int) -> None:
    """Raise where the kernel has found a value out of bounds, and name the first one."""
    if bad >= 0:
        check_all_values(prepared)
        raise SchemaError("rates: a value is not allowed. Check them for NaN and signs.")


def _bounds(prepared: Prepared) -> dict[str, tuple[float, float]]:
    """Lowest and highest value of what members own, under the engine's names."""
    from yilao.projection.prepare import ENGINE_NAMES

    most = float(np.finfo(float).max)
    found = {"base": (0.0, most)}
    for name in prepared.chosen:
        if name == "emigration":
            continue
        low, high = VARIABLES[name].low, VARIABLES[name].high
        low = -most if low is None else low
        # As elsewhere, a ratio may pass its bound by rounding.
        high = most if high is None else high * (1 + 1e-12)
        if name == "emigration_rate":
            low, high = -high, -low
        if name == "immigration" and "emigration" in prepared.chosen:
            low = -most
        found[ENGINE_NAMES[name]] = (low, high)
    return found


def _check_out(out: Array, shape: tuple[int, ...]) -> None:
    if not isinstance(out, np.ndarray) or out.dtype != np.float64 or out.shape != shape:
        what = f"{out.dtype} {out.shape}" if isinstance(out, np.ndarray) else type(out).__name__
        raise SchemaError(f"out: it is {what}, needed is float64 {shape}. Make it with np.empty.")
    if not out.flags.c_contiguous or not out.flags.writeable:
        raise SchemaError("out: it must be writeable and contiguous. Make it with np.empty.")


def check_threads(threads: int | None) -> None:
    """Raise unless the number of threads is left open or 1 at least."""
    if threads is not None and threads < 1:
        raise YilaoError(f"threads: {threads} is not 1 or more.")


def check_negative(prepared: Prepared, problem: Problem, below: npt.NDArray[np.int64]) -> None:
    """Raise if a member has a cell below zero, and name the first one, projected again."""
    if not (below > 0).any():
        return
    first = int(np.flatnonzero(below)[0])
    alone = problem._replace(
        members=1,
        base=problem.base._replace(row=problem.base.row[first : first + 1]),
        rates={n: r._replace(row=r.row[first : first + 1]) for n, r in problem.rates.items()},
    )
    path = project_members(alone, prepared.when, ["population"], engine="numpy").arrays
    population = path["population"][0]
    # The first cell of the first year that is far enough below zero; should rounding have hidden it
    # from this kernel, the lowest.
    cells = np.argwhere(population < EMPTY)
    t, s, a = cells[0] if len(cells) else np.unravel_index(population.argmin(), population.shape)
    labels = dict(zip(prepared.leading, np.unravel_index(first, problem.shape), strict=True))
    sizes = {d: _labels(prepared, d) for d in prepared.leading}
    where = [f"{d}={sizes[d][i]}" for d, i in labels.items()]
    where += [
        f"year={prepared.start + int(t) * prepared.width}",
        f"sex={prepared.base['sex'].values[s]}",
        f"age={prepared.base['age'].values[a]}",
    ]
    count = int((below > 0).sum())
    raise NegativePopulationError(
        f"population: {', '.join(where)} would have {population[t, s, a]:.1f} people: more leave "
        f"than are there ({count} of {problem.members} members are affected). Lower the "
        "emigration of that age, give it as a rate, or use negative='mark'."
    )


def _labels(prepared: Prepared, dim: str) -> npt.NDArray[Any]:
    holder = next(a for a in (prepared.base, *prepared.chosen.values()) if dim in a.dims)
    return labels_of(holder, dim)


def label(
    prepared: Prepared, values: Any, name: str, dims: tuple[str, ...], **own: Any
) -> xr.DataArray:
    """Put labels, basis and sources on values with the leading dimensions first."""
    labels: dict[str, Any] = {
        "sex": labels_of(prepared.base, "sex"),
        "age": labels_of(prepared.base, "age"),
        "mother_age": labels_of(prepared.base, "age"),
        "year": prepared.years,
        **own,
    }
    coords = {d: _labels(prepared, d) for d in prepared.leading}
    coords |= {d: labels[d] for d in dims}
    return xr.DataArray(
        values,
        dims=(*prepared.leading, *dims),
        coords=coords,
        name=name,
        attrs={**prepared.attrs, "sources": list(prepared.attrs["sources"]), "units": "persons"},
    )


def run_lazily(
    prepared: Prepared,
    outputs: Sequence[str],
    *,
    weights: Array | None = None,
    engine: str = "auto",
    negative: str = "raise",
) -> list[xr.DataArray]:
    """Build the Dask graph: `xarray.apply_ufunc` cuts along the chunks of leading dimensions.

    Each block is projected by one thread; Dask runs the blocks side by side, here or on a cluster.
    Values are checked block by block when they are computed.
    """
    names = list(prepared.chosen)
    cores = [[d for d in VARIABLES[n].dims if d in prepared.chosen[n].dims] for n in names]
    lead = {n: [d for d in prepared.leading if d in prepared.chosen[n].dims] for n in names}
    arrays = [
        prepared.chosen[n].transpose(*lead[n], *core).drop_vars("level", errors="ignore")
        for n, core in zip(names, cores, strict=True)
    ]
    levels = prepared.chosen.get("survival_surface")
    grid = None if levels is None else levels["level"].values.astype(float)
    steps, ages = len(prepared.years), prepared.base.sizes["age"]
    sizes = {"mother_age": ages, "time": steps + 1}
    if weights is not None:
        sizes["measure"] = len(weights)
    if negative not in ("raise", "mark"):
        raise YilaoError(f"negative {negative!r} is not known. Available: raise, mark.")
    out_dims = [
        ["time" if d == "year" and n in ("population", "sums") else d for d in OUTPUT_DIMS[n]]
        for n in outputs
    ]

    # What every task carries with it: names and small arrays, not the inputs.
    width, when = float(prepared.width), prepared.when

    def block(base: Array, *values: Array) -> Any:
        given = {}
        for name, array, core in zip(names, values, cores, strict=True):
            gap = len(core) < len(VARIABLES[name].dims)
            given[name] = array[..., None, *(slice(None),) * len(core)] if gap else array
            _check_block(name, array)
        _check_block("population", base)
        _check_together(given, grid)
        rates = engine_rates({}, given)
        problem = lay_out(base, rates._replace(levels=grid), width)
        done = project_members(problem, when, outputs, weights=weights, engine=engine, threads=1)
        if negative == "raise" and (done.negative > 0).any():
            raise NegativePopulationError(
                f"population: {(done.negative > 0).sum()} members of a block fall below zero: more "
                "leave than are there. Project the block at once to see which."
            )
        found = tuple(
            done.arrays[n].reshape(*problem.shape, *done.arrays[n].shape[1:]) for n in outputs
        )
        return found if len(found) > 1 else found[0]

    result = xr.apply_ufunc(
        block,
        prepared.base.drop_vars("year").transpose(..., "sex", "age"),
        *arrays,
        input_core_dims=[["sex", "age"], *cores],
        output_core_dims=out_dims,
        exclude_dims=set(),
        dask="parallelized",
        output_dtypes=[float] * len(outputs),
        dask_gufunc_kwargs={
            "output_sizes": {k: v for k, v in sizes.items() if any(k in d for d in out_dims)}
        },
        join="exact",
    )
    return list(result) if isinstance(result, tuple) else [result]


def _check_together(given: dict[str, Array], grid: Array | None) -> None:
    """Check in a block what single values do not show: sums, levels, mothers of age 0."""
    for name, axes in (("asfr_pattern", (-1,)), ("migration_profile", (-2, -1))):
        if name in given:
            sums = given[name].sum(axis=axes)
            if (off := np.abs(sums - 1) > 1e-9).any():
                raise SchemaError(f"{name}: it sums to {sums[off].flat[0]:g}, not to 1.")
    for name in ("asfr", "asfr_pattern"):
        if name in given and (given[name][..., 0] != 0).any():
            raise SchemaError(f"{name}: fertility at age 0 is not 0. The youngest have no mothers.")
    if grid is not None:
        if len(grid) < 2 or (np.diff(grid) <= 0).any():
            raise SchemaError("survival_surface: its levels must ascend and be two at least.")
        level = given["mortality_level"]
        if (outside := (level < grid[0]) | (level > grid[-1])).any():
            raise SchemaError(
                f"mortality_level: {level[outside].flat[0]:g} is outside the levels of the "
                f"survival surface, {grid[0]:g} to {grid[-1]:g}. Extend the surface."
            )


def _check_block(name: str, values: Array) -> None:
    """Check a block's values; the labels are known only to who computes it."""
    rule = VARIABLES[name]
    low = -np.inf if rule.low is None else rule.low
    high = np.inf if rule.high is None else rule.high * (1 + 1e-12)
    good = np.isfinite(values) & (values >= low) & (values <= high)
    if not good.all():
        at = tuple(int(i) for i in np.argwhere(~good)[0])
        raise SchemaError(
            f"{name}: {values[at]:g} at index {at} of a block is missing or not allowed ({low:g} "
            f"to {high:g}). Correct the source."
        )
