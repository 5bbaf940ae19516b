"""Census populations by age group, and sums over ages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import xarray as xr

from yilao import facts
from yilao.schema import (
    SEXES,
    SchemaError,
    check_ages,
    check_dims,
    check_sexes,
    check_unit,
    check_values,
)

CENSUS_DAY = {2010: "2010-11-01", 2020: "2020-11-01"}


def groups_from_rows(
    rows: Sequence[Mapping[str, str]], name: str, sources: list[str]
) -> xr.DataArray:
    """Build a grouped population (sex, age_low) from rows with sex, age_low, age_high, value.

    Raises
    ------
    FactsError
        A cell is not a number.
    SchemaError
        A group is missing for one sex, groups overlap or leave a hole, the last is not open, or a
        value is negative or not a number.

    Examples
    --------
    >>> rows = [dict(sex=s, age_low=a, age_high=b, value=n) for s, a, b, n in (
    ...     ("female", "0", "59", "80"), ("female", "60", "", "20"),
    ...     ("male", "0", "59", "85"), ("male", "60", "", "15"))]
    >>> groups_from_rows(rows, "example", ["made up"]).sum("sex").values
    array([165.,  35.])
    """
    if not rows:
        raise SchemaError(f"{name}: no rows. Give every age group of both sexes.")
    cells: dict[str, dict[int, float]] = {sex: {} for sex in SEXES}
    highs: dict[int, str] = {}
    for i, row in enumerate(rows, 1):
        where = f"{name}, entry {i}"
        if row["sex"] not in SEXES:
            raise SchemaError(f"{where}: sex is {row['sex']!r}, needed is one of {list(SEXES)}.")
        low = _whole(row["age_low"], f"{where}, age_low")
        high = row["age_high"] and str(_whole(row["age_high"], f"{where}, age_high"))
        if low in cells[row["sex"]]:
            raise SchemaError(f"{where}: {row['sex']} from age {low} stands twice. Keep one.")
        cells[row["sex"]][low] = facts.number(row["value"], f"{where}, value")
        if highs.setdefault(low, high) != high:
            raise SchemaError(
                f"{where}: the group from age {low} ends at {high or 'open'} here and at "
                f"{highs[low] or 'open'} for the other sex. Use the same groups."
            )
    lows = sorted(highs)
    for sex in SEXES:
        if absent := [a for a in lows if a not in cells[sex]]:
            raise SchemaError(
                f"{name}: age {absent[0]} is missing for {sex}. Give every age group."
            )
    for low, after in zip(lows, [*lows[1:], None], strict=True):
        high = highs[low]
        if after is None and high != "":
            raise SchemaError(
                f"{name}: the last age group {low}-{high} is closed. Leave age_high empty there."
            )
        if after is not None and (high == "" or int(high) + 1 != after):
            raise SchemaError(
                f"{name}: age {int(high) + 1 if high else low} is missing or stands twice: "
                f"the group from {low} ends at {high or 'open'}, the next begins at {after}."
            )
    if lows[0] != 0:
        raise SchemaError(f"{name}: age 0 is missing: the first group begins at {lows[0]}.")
    groups = xr.DataArray(
        np.array([[cells[sex][low] for low in lows] for sex in SEXES]),
        dims=("sex", "age_low"),
        coords={"sex": list(SEXES), "age_low": lows},
        name="population",
        attrs={"units": "persons", "sources": sources},
    )
    check_values(groups, name, low=0.0)
    return groups


def _whole(text: str, where: str) -> int:
    value = facts.number(text, where)
    if value != int(value):
        raise SchemaError(f"{where}: {text!r} is not a whole age. Give completed years.")
    return int(value)


def census_groups(place: str, year: int) -> xr.DataArray | None:
    """Return the packaged census population of a place id by age group, or None if there is none.

    Resident (常住) population on 1 November, (sex, age_low), ages 0, 1-4, 5-9 … 85+.

    Parameters
    ----------
    place : id of a packaged place, such as ``ankang`` (`yilao.find_place`).
    year : 2010 or 2020.

    Returns
    -------
    xr.DataArray or None
        (sex, age_low), persons; a copy of your own.

    Examples
    --------
    >>> census_groups("ankang", 2020).sel(sex="male", age_low=[0, 1]).values
    array([12036., 63313.])
    """
    groups = _census_groups(place, year)
    return None if groups is None else groups.copy(deep=True)


@cache
def _census_groups(place: str, year: int) -> xr.DataArray | None:
    file = f"census_population_{year}.csv"
    rows = facts.rows_of(file, place)
    if not rows:
        return None
    groups = groups_from_rows(rows, f"{file}, {place}", [facts.source(file)])
    return groups.assign_attrs(basis="resident", date=CENSUS_DAY[year])


def sum_ages(population: xr.DataArray, low: int, high: int | None = None) -> xr.DataArray:
    """Sum a population over ages low ≤ age < high (half-open), both sexes.

    Parameters
    ----------
    population : (..., sex, age), persons.
    low, high : completed years; ``high=None`` is open.

    Returns
    -------
    xr.DataArray
        (...) persons, with basis and sources.

    Raises
    ------
    SchemaError
        A bound lies outside the ages, or inside the open group.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> people = xr.DataArray(np.ones((2, 4)), dims=("sex", "age"),
    ...     coords={"sex": ["female", "male"], "age": range(4)}, attrs={"units": "persons"})
    >>> float(sum_ages(people, 0, 3))
    6.0
    """
    check_unit(population, "persons", "population")
    check_dims(population, ("sex", "age"), "population", leading=[str(d) for d in population.dims])
    check_sexes(population, "population")
    check_ages(population, "population")
    check_values(population, "population")
    ages = population["age"].values
    whole = low == int(low) and (high is None or high == int(high))
    if not whole or low < 0 or low > ages[-1] or (high is not None and not low < high <= ages[-1]):
        raise SchemaError(
            f"ages: [{low}, {high}) is not within 0 … {ages[-1]}, the last of which is open. Use "
            "high=None for everyone from an age on."
        )
    chosen = population.isel(age=(ages >= low) & ((ages < high) if high is not None else True))
    total = chosen.sum(("sex", "age"), skipna=False)
    keep = ("units", "basis", "place_zh", "place_en", "sources")
    total.attrs = {k: population.attrs[k] for k in keep if k in population.attrs}
    return total.rename(f"population_{low}_{'plus' if high is None else high - 1}")
