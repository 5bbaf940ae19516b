"""Two censuses of the same places: what must fit, and the cohorts from one to the other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.schema import (
    SchemaError,
    check_dims,
    check_form,
    check_same_basis,
    check_same_labels,
    check_sexes,
    check_unit,
    check_values,
)

Array = npt.NDArray[np.float64]

# The one kind of survival ratio that may pass 1, because it holds differences in coverage.
CENSUS_RATIO = "census_survival_ratio"


def age_width(array: xr.DataArray, name: str) -> int:
    """Width of the age groups: the step between the first two labels."""
    ages = array["age"].values if "age" in array.coords else np.array([])
    if len(ages) < 2:
        raise SchemaError(f"{name}: at least two age groups with labels are needed.")
    return max(1, int(ages[1] - ages[0]))


def steps_between(interval: int, width: int, groups: int) -> int:
    """Number of age groups that a cohort moves up between the censuses."""
    if interval <= 0 or interval % width:
        raise SchemaError(
            f"interval: {interval} years is not a whole number of age groups of {width}. Join the "
            "groups, or split them into single years."
        )
    if interval // width >= groups:
        raise SchemaError(
            f"interval: in {interval} years everyone reaches the open group; {groups} groups of "
            f"{width} years are too few. Use an older open group."
        )
    return interval // width


def check_pair(
    before: xr.DataArray, after: xr.DataArray, interval: int, names: tuple[str, str]
) -> int:
    """Check two censuses of one place or many, and return the groups a cohort moves up."""
    for array, name in zip((before, after), names, strict=True):
        width = age_width(array, name)
        check_form(array, "population", as_name=name, width=width)
        check_values(array, name, low=0.0)
    check_same_places(before, after, names)
    check_same_basis(before, after, *names)
    return steps_between(interval, age_width(before, names[0]), before.sizes["age"])


def check_same_places(before: xr.DataArray, after: xr.DataArray, names: tuple[str, str]) -> None:
    """Raise unless two censuses have the same dimensions and labels."""
    if set(before.dims) != set(after.dims):
        raise SchemaError(
            f"{names[0]} has dimensions {list(before.dims)} and {names[1]} {list(after.dims)}. "
            "Give both censuses of the same places."
        )
    for dim in before.dims:
        check_same_labels(before, after, dim, *names)


def by_age_at_second(values: Array, steps: int) -> Array:
    """People of the first census by the age group their cohort has at the second.

    The last ``steps`` + 1 groups meet in the open group; the first ``steps`` are NaN: not yet born.
    """
    moved = np.full_like(values, np.nan, dtype=float)
    moved[..., steps:-1] = values[..., : -steps - 1]
    moved[..., -1] = values[..., -steps - 1 :].sum(axis=-1)
    return moved


def cohort_start(
    before: xr.DataArray, after: xr.DataArray, interval: int, births: xr.DataArray | None
) -> xr.DataArray:
    """People of the first census, or births, by the age of their cohort at the second."""
    steps = check_pair(before, after, interval, ("before", "after"))
    ordered = before.transpose(..., "sex", "age")
    values = by_age_at_second(ordered.values, steps)
    if births is None:
        return ordered.isel(age=slice(steps, None)).copy(data=values[..., steps:])
    check_dims(births, ("sex", "age"), "births")
    check_sexes(births, "births")
    check_unit(births, "persons", "births")
    check_values(births, "births", low=0.0)
    check_same_labels(before.isel(age=slice(0, steps)), births, "age", "before", "births")
    _same_places(births, before, "births")
    born = births.broadcast_like(ordered.isel(age=slice(0, steps))).transpose(*ordered.dims)
    values[..., :steps] = born.values
    return ordered.copy(data=values)


def survival_for(survival: xr.DataArray, start: xr.DataArray) -> xr.DataArray:
    """Survival ratios of the ages of ``start``, checked: of a life table, or of two censuses."""
    ratio = ratio_for(survival, start, "survival")
    # A census survival ratio holds differences in coverage; a life table cannot add people.
    check_values(ratio, "survival", 0.0, None if survival.name == CENSUS_RATIO else 1.0)
    return ratio


def ratio_for(ratio: xr.DataArray, start: xr.DataArray, name: str) -> xr.DataArray:
    """Ratios of the ages that have a residual, with labels checked."""
    check_dims(ratio, ("sex", "age"), name)
    check_sexes(ratio, name)
    # A life table has ratios from birth too; where births are not given they are not used.
    ratio = ratio.isel(age=ratio["age"].values >= start["age"].values[0])
    check_same_labels(start, ratio, "age", "before (by age at the second census)", name)
    _same_places(ratio, start, name)
    return ratio


def _same_places(array: xr.DataArray, census: xr.DataArray, name: str) -> None:
    for dim in array.dims:
        if dim != "age" and dim in census.dims:
            check_same_labels(census, array, dim, "before", name)
