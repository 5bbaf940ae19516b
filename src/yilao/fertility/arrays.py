"""Checks and shapes that the schedules share: age groups, patterns, parameters over members."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.schema import (
    LEADING_DIMS,
    SchemaError,
    check_dims,
    check_shared_labels,
    check_unit,
    check_values,
    first_offender,
    sources_of,
)

Array = npt.NDArray[np.float64]
Parameter = float | xr.DataArray

LEADING: tuple[str, ...] = ("year", *LEADING_DIMS)
RATE_UNIT = "births per woman per year"


def age_width(array: xr.DataArray, name: str) -> int:
    """Width of the age groups, or raise unless the labels are whole, ascending and equally wide."""
    check_dims(array, ("age",), name, leading=LEADING)
    ages = array["age"].values
    steps = np.diff(ages)
    if (
        not np.issubdtype(ages.dtype, np.integer)
        or len(ages) < 2
        or ages[0] < 0
        or steps[0] <= 0
        or (steps != steps[0]).any()
    ):
        raise SchemaError(
            f"{name}: age must hold the lower bounds of equally wide groups, ascending, without a "
            f"gap (15, 16, 17 … or 15, 20, 25 …); it holds {ages[:8].tolist()}."
        )
    return int(steps[0])


def edges(ages: npt.NDArray[np.integer], width: int) -> Array:
    """Exact ages at which the groups begin and end."""
    return np.append(ages, ages[-1] + width).astype(float)


def check_rates(asfr: xr.DataArray, name: str = "asfr") -> int:
    """Width of the groups of fertility rates, all of them known and not negative."""
    width = age_width(asfr, name)
    check_unit(asfr, RATE_UNIT, name)
    check_values(asfr, name, low=0.0)
    return width


def check_pattern(pattern: xr.DataArray, name: str = "pattern") -> int:
    """Width of the groups of a pattern, not negative and summing to 1."""
    width = age_width(pattern, name)
    check_values(pattern, name, low=0.0)
    total = pattern.sum("age")
    if (bad := np.abs(total.values - 1) > 1e-9).any():
        raise SchemaError(
            f"{name}: sums to {total.values[bad][0]:.6g} at {first_offender(total, bad)}, needed "
            "is 1. Use yilao.fertility.asfr_pattern()."
        )
    return width


def as_array(value: Parameter, name: str) -> xr.DataArray:
    """Return a number or labelled array as an array with leading dimensions only."""
    array = value if isinstance(value, xr.DataArray) else xr.DataArray(float(value))
    check_dims(array, (), name, leading=LEADING)
    check_values(array, name)
    return array


def broadcast(**parameters: Parameter) -> list[xr.DataArray]:
    """Bring parameters to common leading dimensions, their labels compared before."""
    arrays = {name: as_array(value, name) for name, value in parameters.items()}
    check_shared_labels(**arrays)
    return list(xr.broadcast(*arrays.values()))


def check_order(
    low: xr.DataArray, high: xr.DataArray, names: tuple[str, str], gap: float = 0.0
) -> None:
    """Raise unless ``low`` is below ``high``, by ``gap`` or more, for every member."""
    below = high.values - low.values
    if (bad := (below <= 0) | (below < gap)).any():
        by = f" by {gap:g} or more" if gap else ""
        raise SchemaError(
            f"{names[0]}: {low.values[bad][0]:g} is not below {names[1]} "
            f"({high.values[bad][0]:g}){by} at {first_offender(low, bad)}."
        )


def pattern_of(
    shares: Array, like: xr.DataArray, ages: npt.NDArray[np.integer], sources: list[str]
) -> xr.DataArray:
    """Label shares (…, age) with the leading dimensions of ``like``."""
    return xr.DataArray(
        shares,
        dims=(*like.dims, "age"),
        coords={**{d: like[d].values for d in like.dims}, "age": ages},
        name="asfr_pattern",
        attrs={"units": "1", "sources": sources},
    )


def finish(array: xr.DataArray, name: str, units: str, *sources: object) -> xr.DataArray:
    """Name a result; its attributes are ours alone, whatever arithmetic has kept."""
    result = array.rename(name)
    result.attrs = {"units": units, "sources": sources_of(*sources)}
    return result
