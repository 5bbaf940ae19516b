"""Checks of values: before a run, by the kernel on the way, and of what it has found."""

from __future__ import annotations

from numbers import Integral

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.engine import TABLE_SLACK, Problem
from yilao.projection.prepare import ENGINE_NAMES, WITHOUT_YEARS, Prepared
from yilao.schema import (
    VARIABLES,
    SchemaError,
    YilaoError,
    check_ages,
    check_same_labels,
    check_unit,
    check_values,
    first_offender,
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


def check_all_values(prepared: Prepared) -> None:
    """Check every value, naming the first offender by its labels."""
    check_values(prepared.base, "base", 0.0)
    for name, array in prepared.chosen.items():
        check_values(array, name, VARIABLES[name].low, VARIABLES[name].high)
    check_together(prepared)
    if "lx" in prepared.chosen:
        check_table(prepared.chosen["lx"], prepared.chosen["Lx"], prepared.width)


def check_together(prepared: Prepared, seen: str = "") -> None:
    """Check what no value tells alone: sums of patterns, levels of a surface, the youngest age.

    The kernel looks at the youngest age of ``seen`` itself.
    """
    chosen = prepared.chosen
    for name in WITHOUT_YEARS:
        if name in chosen:
            sums = chosen[name].sum([d for d in ("sex", "age") if d in chosen[name].dims])
            off = abs(sums.values - 1) > 1e-9
            if off.any():
                raise SchemaError(
                    f"{name}: it sums to {float(sums.values[off].flat[0]):g}, not to 1, at "
                    f"{first_offender(sums, off)}. Divide it by its sum."
                )
    fertility = chosen.get("asfr", chosen.get("asfr_pattern"))
    if fertility is not None and fertility.name != seen:
        youngest = fertility.isel(age=0, drop=True)
        if (mothers := youngest.values != 0).any():
            raise SchemaError(
                f"{fertility.name}: fertility at age 0 is not 0 at "
                f"{first_offender(youngest, mothers)}. The youngest age group has no mothers."
            )
    if "survival_surface" in chosen:
        check_surface(chosen["survival_surface"], chosen["mortality_level"])


def check_surface(surface: xr.DataArray, level: xr.DataArray) -> None:
    """Raise unless the levels of a surface ascend and hold every level it is read at."""
    levels = surface["level"].values
    ascend = len(levels) >= 2 and np.isfinite(levels).all() and (np.diff(levels) > 0).all()
    if not ascend:
        raise SchemaError(
            f"survival_surface: its levels must ascend and be two at least, they are "
            f"{levels.tolist()[:8]}. Sort them."
        )
    outside = (level.values < levels[0]) | (level.values > levels[-1]) | np.isnan(level.values)
    if outside.any():
        raise SchemaError(
            f"mortality_level: {level.values[outside].flat[0]:g} at "
            f"{first_offender(level, outside)} is outside the levels of the survival surface, "
            f"{levels[0]:g} to {levels[-1]:g}. Extend the surface."
        )


def check_table(lx: xr.DataArray, years: xr.DataArray, width: int) -> None:
    """Raise unless Lx of every closed age lies between n l(a+1) and n l(a).

    Else the separation factors leave 0 … 1 and deaths by age at death become negative: a column
    of another radix, of another table, or in the place of the other.  The compiled kernel looks at
    the tables that members own by the same rule.
    """
    years = years.isel(age=slice(None, -1))
    most = width * lx.isel(age=slice(None, -1))
    least = width * lx.isel(age=slice(1, None)).assign_coords(age=most["age"].values)
    slack = TABLE_SLACK * width
    off = ((years > most + slack) | (years < least - slack)).transpose(*years.dims, ...)
    if off.any():
        at = dict(zip(off.dims, np.argwhere(off.values)[0], strict=True))
        found, high, low = (
            float(a.isel({d: i for d, i in at.items() if d in a.dims}))
            for a in (years, most, least)
        )
        raise SchemaError(
            f"Lx: {int(off.sum())} value(s) do not fit lx, the first at "
            f"{first_offender(off, off.values)} ({found:g}, needed is {low:g} to {high:g}). Take "
            f"lx and Lx from one table of radix 1, for ages of {width} year(s)."
        )


def check_before(
    prepared: Prepared, problem: Problem, engine: str
) -> dict[str, tuple[float, float]] | None:
    """Check the values that the kernel will not; return the bounds of those that it will."""
    if engine != "numba" or problem.members <= 1:
        check_all_values(prepared)
        return None
    for name, array in {"base": prepared.base, **prepared.chosen}.items():
        # Shared by all members, also where it is only read through a leading dimension.
        laid = problem.base if name == "base" else problem.rates.get(ENGINE_NAMES.get(name, ""))
        if name in SEEN_TOGETHER or laid is None or len(laid.values) == 1:
            rule = VARIABLES["population" if name == "base" else name]
            check_values(array, name, rule.low, rule.high)
    tables = [problem.rates[n] for n in ("lx", "person_years") if n in problem.rates]
    if tables and all(len(t.values) == 1 for t in tables):
        check_table(prepared.chosen["lx"], prepared.chosen["Lx"], prepared.width)
    check_together(prepared, seen="asfr" if len(problem.rates["asfr"].values) > 1 else "")
    return _bounds(prepared)


def check_found(prepared: Prepared, bad: int) -> None:
    """Raise where the kernel has found a value out of bounds, and name the first one."""
    if bad >= 0:
        check_all_values(prepared)
        raise SchemaError("rates: a value is not allowed. Check them for NaN and signs.")


def _bounds(prepared: Prepared) -> dict[str, tuple[float, float]]:
    """Lowest and highest value of what members own, under the engine's names."""
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


def check_out(out: Array, shape: tuple[int, ...]) -> None:
    """Raise unless the population can be written into an array as it is."""
    if not isinstance(out, np.ndarray) or out.dtype != np.float64 or out.shape != shape:
        what = f"{out.dtype} {out.shape}" if isinstance(out, np.ndarray) else type(out).__name__
        raise SchemaError(f"out: it is {what}, needed is float64 {shape}. Make it with np.empty.")
    if not out.flags.c_contiguous or not out.flags.writeable:
        raise SchemaError("out: it must be writeable and contiguous. Make it with np.empty.")


def check_threads(threads: int | None) -> None:
    """Raise unless the number of threads is left open or a whole number, 1 at least."""
    if threads is None:
        return
    if isinstance(threads, bool) or not isinstance(threads, Integral) or threads < 1:
        raise YilaoError(f"threads: {threads!r} is not a whole number, 1 or more.")


def check_eager(threads: int | None, progress: bool) -> None:
    """Raise where Dask arrays come with what only an eager run can heed."""
    if threads is not None or progress:
        raise YilaoError(
            "threads and progress are not for Dask arrays: Dask has its own, "
            "`.compute(num_workers=2)` and `with dask.diagnostics.ProgressBar():`."
        )


def check_weights(weights: xr.DataArray, prepared: Prepared) -> Array:
    """Check weights (measure, [year,] sex, age) and return them as (k, t + 1 or 1, s, a)."""
    if set(weights.dims) not in ({"measure", "sex", "age"}, {"measure", "year", "sex", "age"}):
        raise SchemaError(
            f"weights: their dimensions are {list(weights.dims)}, needed are measure, [year,] sex, "
            "age."
        )
    for dim in ("sex", "age"):
        check_same_labels(prepared.base, weights, dim, "base", "weights")
    check_ages(weights, "weights", prepared.width)
    check_values(weights, "weights")
    if "year" in weights.dims:
        years = [prepared.start, *prepared.years]
        if weights["year"].values.tolist() != years:
            raise SchemaError(
                f"weights: year has {weights['year'].values.tolist()[:3]} …; needed are the base "
                f"year and all years after, {years[0]} to {years[-1]}. Use .reindex() first."
            )
    else:
        weights = weights.expand_dims("year")
    ordered = weights.transpose("measure", "year", "sex", "age")
    if "units" in weights.attrs:
        check_unit(weights, str(weights.attrs["units"]), "weights")
    return np.ascontiguousarray(ordered.values, dtype=float)
