"""What the modules of this package share: checks of groups and single years, and their sums."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.schema import (
    LEADING_DIMS,
    SchemaError,
    check_ages,
    check_dims,
    check_sexes,
    check_unit,
    check_values,
)

Array = npt.NDArray[np.float64]
LEADING = ("year", *LEADING_DIMS)
KEPT_ATTRS = ("basis", "date", "place_zh", "place_en")


def check_groups(groups: xr.DataArray, name: str = "groups") -> list[int]:
    """Return the lower bounds of a grouped population (..., age_low), or raise on a fault."""
    check_dims(groups, ("age_low",), name, leading=(*LEADING, "sex"))
    if "sex" in groups.dims:
        check_sexes(groups, name)
    check_unit(groups, "persons", name)
    check_values(groups, name, low=0.0)
    labels = groups["age_low"].values
    if not np.issubdtype(labels.dtype, np.number) or (labels != np.floor(labels)).any():
        raise SchemaError(f"{name}: the lower ages {labels.tolist()} are not whole numbers.")
    lows = [int(a) for a in labels]
    if lows[0] != 0 or any(b <= a for a, b in pairwise(lows)):
        raise SchemaError(
            f"{name}: they begin at {lows}; needed are ascending ages from 0. Sort them, and give "
            "every group once."
        )
    if "age_high" in groups.coords:
        highs = np.asarray(groups["age_high"].values, dtype=float)
        for low, high, after in zip(lows, highs, lows[1:], strict=False):
            if high + 1 != after:
                fault = "a hole" if high + 1 < after else "an overlap"
                raise SchemaError(
                    f"{name}: {fault} between {low}-{high:.0f} and the group from {after}. Give "
                    "groups that follow one another."
                )
    return lows


def check_single(
    population: xr.DataArray,
    name: str = "population",
    *,
    sex: bool = True,
    leading: Iterable[str] = LEADING,
) -> None:
    """Raise unless an array is a population by single years of age, the last one open."""
    check_dims(population, ("sex", "age") if sex else ("age",), name, leading=(*leading, "sex"))
    if "sex" in population.dims:
        check_sexes(population, name)
    check_ages(population, name)
    check_unit(population, "persons", name)
    check_values(population, name, low=0.0)


def written(
    array: xr.DataArray, like: xr.DataArray, sources: list[str], **attrs: Any
) -> xr.DataArray:
    """Name a population and set its unit, sources, and what it keeps of another's attributes."""
    kept = {k: like.attrs[k] for k in KEPT_ATTRS if k in like.attrs}
    array.attrs = {"units": "persons", **kept, "sources": sources, **attrs}
    if "age" in array.dims:
        array.attrs["open_age"] = int(array["age"].values[-1])
    return array.rename("population")


def group_ages(population: xr.DataArray, lows: Sequence[int]) -> xr.DataArray:
    """Sum single years of age into groups.

    Parameters
    ----------
    population : (..., age), persons, the last age open.
    lows : lower bounds of the groups, ascending from 0; the last group is open.

    Returns
    -------
    xr.DataArray
        (..., age_low), persons.

    Raises
    ------
    SchemaError
        Bounds that are not whole, do not ascend from 0 or lie above the open age.

    Examples
    --------
    >>> people = xr.DataArray(np.ones((2, 4)), dims=("sex", "age"),
    ...     coords={"sex": ["female", "male"], "age": range(4)}, attrs={"units": "persons"})
    >>> group_ages(people, [0, 1, 3]).sel(sex="male").values
    array([1., 2., 1.])
    """
    check_single(population, sex=False)
    starts = np.asarray(lows)
    open_age = int(population["age"].values[-1])
    ascend = len(starts) > 0 and starts[0] == 0 and bool((np.diff(starts) > 0).all())
    if not ascend or starts.dtype.kind not in "iu" or starts[-1] > open_age:
        raise SchemaError(
            f"lows: {list(lows)} are no groups of ages 0 … {open_age}+. Give whole, ascending "
            "bounds from 0, the last not above the open age."
        )
    moved = population.transpose(..., "age")
    summed = xr.DataArray(
        np.add.reduceat(moved.values, starts, axis=-1),
        dims=(*moved.dims[:-1], "age_low"),
        coords={k: v for k, v in moved.coords.items() if "age" not in v.dims} | {"age_low": starts},
    )
    return written(summed, population, list(population.attrs.get("sources", [])))
