"""Base populations: census age groups to single years, and from census day to year end.

Census groups are split with what is known of the cohorts, not by smoothness: the births of 1959-61
were so few that they decide how many people turn 60 in 2021-25.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao import facts
from yilao.mortality import life_table, survival_ratios, wpp_mx
from yilao.schema import (
    OPEN_AGE,
    SEXES,
    SchemaError,
    YilaoError,
    check_dims,
    check_sexes,
    check_unit,
    check_values,
    check_variable,
    sources_of,
)

Array = npt.NDArray[np.float64]

CENSUS_DAY = {2010: "2010-11-01", 2020: "2020-11-01"}
# 1 November to 31 December: 61 days of the year are still to come on census day.
TO_YEAR_END = 61 / 365
# Ages on 1 November 2020 of those born in the years of famine, November 1957 to October 1962, and
# the ages on both sides between which the births of ordinary years are interpolated.
FAMINE_AGES = (58, 62)


def groups_from_rows(rows: list[dict[str, str]], name: str, sources: list[str]) -> xr.DataArray:
    """Build a grouped population (sex, age_low) from rows with sex, age_low, age_high, value.

    Raises
    ------
    SchemaError
        A group is missing for one sex, groups overlap or leave a hole, the last is not open, or a
        value is negative or not a number.
    """
    cells: dict[str, dict[int, float]] = {sex: {} for sex in SEXES}
    highs: dict[int, str] = {}
    for i, row in enumerate(rows, 1):
        where = f"{name}, entry {i}"
        if row["sex"] not in SEXES:
            raise SchemaError(f"{where}: sex is {row['sex']!r}, needed is one of {list(SEXES)}.")
        low = int(facts.number(row["age_low"], f"{where}, age_low"))
        if low in cells[row["sex"]]:
            raise SchemaError(f"{where}: {row['sex']} from age {low} stands twice. Keep one.")
        cells[row["sex"]][low] = facts.number(row["value"], f"{where}, value")
        highs.setdefault(low, row["age_high"])
    lows = sorted(highs)
    for sex in SEXES:
        if absent := [a for a in lows if a not in cells[sex]]:
            raise SchemaError(f"{name}: age {absent[0]} is missing for {sex}. Give every age group.")
    for low, after in zip(lows, [*lows[1:], None], strict=True):
        high = highs[low]
        if after is None and high != "":
            raise SchemaError(
                f"{name}: the last age group {low}-{high} is closed. Leave age_high empty there."
            )
        if after is not None and (high == "" or int(float(high)) + 1 != after):
            raise SchemaError(
                f"{name}: age {int(float(high)) + 1 if high else low} is missing or stands twice: "
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


def census_groups(place: str, year: int) -> xr.DataArray | None:
    """Return the packaged census population of a place id by age group, or None if there is none.

    Resident (常住) population on 1 November, (sex, age_low), ages 0, 1-4, 5-9 … 85+.
    """
    file = f"census_population_{year}.csv"
    frame = facts.series(file, place)
    if frame.empty:
        return None
    rows = [
        {
            "sex": r.sex,
            "age_low": str(r.age_low),
            "age_high": "" if np.isnan(r.age_high) else str(r.age_high),
            "value": str(r.value),
        }
        for r in frame.itertuples()
    ]
    groups = groups_from_rows(rows, f"{file}, {place}", [facts.source(file)])
    return groups.assign_attrs(basis="resident", date=CENSUS_DAY[year])


def _aged_2010_cohorts() -> Array:
    """China's single years of 2010 survived ten years: (sex, age), ages 10 … 100 filled."""
    frame = facts.series("census_population_single_2010.csv")
    people = frame.pivot_table(index="sex", columns="age_low", values="value").loc[list(SEXES)]
    ratio = survival_ratios(life_table(wpp_mx("2022", range(2011, 2021)))).values
    now = people.to_numpy()
    for t in range(10):
        after = np.zeros_like(now)
        after[:, 1:] = now[:, :-1]
        after[:, -1] += now[:, -1]
        now = after * ratio[t]
    return now


def _born_2010_2020() -> Array:
    """Children of WPP's annual births still alive on 1 November 2020: (sex, age), ages 0 … 9."""
    births = facts.series("wpp2022_births.csv").set_index("year")["value"]
    srb = facts.series("wpp2022_sex_ratio_at_birth.csv").set_index("year")["value"]
    lx = life_table(wpp_mx("2022", [2015]))["lx"].values[0]
    children = np.zeros((2, 10))
    for age in range(10):
        # Aged a on 1 November 2020: ten months of births of 2020 - a, two months of the year before.
        for year, share in ((2020 - age, 10 / 12), (2019 - age, 2 / 12)):
            boys = srb[year] / (1 + srb[year])
            children[:, age] += share * births[year] * np.array([1 - boys, boys])
        children[:, age] *= (lx[:, age] + lx[:, age + 1]) / 2
    return children


@cache
def _national_single() -> xr.DataArray:
    groups = census_groups("china", 2020)
    if groups is None:  # pragma: no cover - the packaged file holds the nation
        raise YilaoError("census_population_2020.csv: the nation is missing.")
    reference = _aged_2010_cohorts()
    reference[:, :10] = _born_2010_2020()
    exposure = facts.series("census_exposure_single_2020.csv")
    wide = exposure.pivot_table(index="sex", columns="age_low", values="value").loc[list(SEXES)]
    reference[:, 85:] = wide.to_numpy()[:, 85 - int(wide.columns[0]) :]
    single = np.zeros_like(reference)
    lows = groups["age_low"].values
    # Three sources meet at 10 and at 85 with different levels: each is scaled on its own.
    for first, last in ((0, 9), (10, 84), (85, OPEN_AGE)):
        keep = (lows >= first) & (lows <= last)
        part = _proportional_to(
            reference[:, first : last + 1], groups.values[:, keep], lows[keep] - first, None
        )
        single[:, first : last + 1] = part.single
    return _population(single, groups.attrs, list(groups.attrs["sources"]))


def national_reference() -> xr.DataArray:
    """China's resident population by single age on 1 November 2020, (sex, age), in persons.

    Ages 0-9 follow WPP's annual births, 10-84 the single years of the census of 2010 survived ten
    years with WPP mortality, 85 and over the exposures of the census of 2020; all groups are those
    of the census of 2020.  No single years of the census of 2020 are published in the sources used.
    """
    return _national_single().copy()


def famine_trough(reference: xr.DataArray) -> Array:
    """Depth of the birth trough of 1958-62 by age: 1 outside, births over ordinary births inside.

    Ordinary births are interpolated on a log scale between the ages on both sides.
    """
    first, last = FAMINE_AGES
    people = reference.sum("sex").values
    inside = np.arange(first, last + 1)
    ordinary = np.exp(
        np.interp(inside, [first - 1, last + 1], np.log(people[[first - 1, last + 1]]))
    )
    trough = np.ones(len(people))
    trough[inside] = people[inside] / ordinary
    return trough


class _Split(NamedTuple):
    single: Array
    depth: float


def _proportional_to(reference: Array, groups: Array, lows: Array, trough: Array | None) -> _Split:
    """Single years whose ratio to the reference is as smooth as the groups allow.

    x = reference * exp(r) * trough ** d, with the least sum of squared second differences of r
    among all r and d (d common to both sexes) whose group sums are those given.
    """
    sexes, ages = reference.shape
    starts = lows.astype(int)
    group_of = np.repeat(np.arange(len(starts)), np.diff([*starts, ages]))
    n = sexes * ages
    extra = 0 if trough is None else 1
    shape = np.log(trough) if trough is not None else np.zeros(ages)
    first, second = (np.diff(np.eye(ages), order, axis=0) for order in (1, 2))
    penalty = np.zeros((n + extra, n + extra))
    for s in range(sexes):
        block = slice(s * ages, (s + 1) * ages)
        # The faint first differences choose a level ratio where groups leave the slope open.
        penalty[block, block] = second.T @ second + 1e-6 * first.T @ first
    # A group without people has no logarithm: its ages are 0 and bind nothing.
    filled = [(s, g) for s in range(sexes) for g in range(len(starts)) if groups[s, g] > 0]
    ratio = np.zeros((sexes, ages))
    for s, g in filled:
        inside = group_of == g
        ratio[s, inside] = np.log(groups[s, g] / reference[s, inside].sum())
    depth = 0.0
    for _ in range(100):
        single = reference * np.exp(ratio + depth * shape)
        rows, miss = np.zeros((len(filled), n + extra)), np.zeros(len(filled))
        for k, (s, g) in enumerate(filled):
            inside = np.flatnonzero(group_of == g)
            share = single[s, inside] / groups[s, g]
            rows[k, s * ages + inside] = share
            if extra:
                rows[k, -1] = share @ shape[inside]
            miss[k] = 1 - share.sum() + rows[k, s * ages + inside] @ ratio[s, inside]
            if extra:
                miss[k] += rows[k, -1] * depth
        system = np.block([[penalty, rows.T], [rows, np.zeros((len(filled), len(filled)))]])
        solution = np.linalg.solve(system, np.concatenate([np.zeros(n + extra), miss]))
        new = solution[:n].reshape(sexes, ages)
        change = np.abs(new - ratio).max()
        ratio = new
        depth = float(solution[n]) if extra else 0.0
        if change < 1e-10:
            break
    else:
        raise YilaoError("population: the age groups could not be split. Check them for misprints.")
    single = reference * np.exp(ratio + depth * shape)
    # The last rounding: every group to the person it was counted with.
    for s in range(sexes):
        for g in range(len(starts)):
            inside = group_of == g
            single[s, inside] *= groups[s, g] / single[s, inside].sum()
    return _Split(single, 1 + depth)


def _population(values: Array, attrs: dict[str, object], sources: list[str]) -> xr.DataArray:
    return xr.DataArray(
        values,
        dims=("sex", "age"),
        coords={"sex": list(SEXES), "age": np.arange(values.shape[1])},
        name="population",
        attrs={
            "units": "persons",
            "basis": attrs["basis"],
            "open_age": values.shape[1] - 1,
            "date": attrs["date"],
            "sources": sources,
        },
    )


def single_years(groups: xr.DataArray) -> xr.DataArray:
    """Split census age groups of 1 November 2020 into single years of age by cohorts.

    The reference is China's single years (`national_reference`).  Its ratio to the place is as
    smooth over age as the groups of the place allow, except that the trough of the births of
    1958-62 may be deeper or shallower than in the nation: one exponent, common to both sexes, is
    found from the place's own groups (the census groups on both sides of age 60 show how far the
    trough dents the ratio).  ``attrs["famine_depth"]`` holds it: 1 as deep as in the nation, 0 no
    trough.

    Parameters
    ----------
    groups : (sex, age_low) persons on 2020-11-01, any groups that begin at 0 and end open.

    Returns
    -------
    xr.DataArray
        (sex, age 0 … 100+), persons; every group is kept to 1e-6 persons.

    Raises
    ------
    SchemaError
        Another date, wrong dimensions or unit, a negative or missing value.

    Notes
    -----
    Within a group the split is an estimate: only the sums of the groups were counted.  Students
    and workers in collective households, who stay some years and leave, are aged like everyone.

    Examples
    --------
    >>> hangzhou = single_years(census_groups("hangzhou", 2020))
    >>> float(hangzhou.sel(age=slice(60, 64)).sum().round(6))
    671219.0
    """
    check_dims(groups, ("sex", "age_low"), "groups", leading=())
    check_sexes(groups, "groups")
    check_unit(groups, "persons", "groups")
    check_values(groups, "groups", low=0.0)
    if groups.attrs.get("date") != CENSUS_DAY[2020]:
        raise SchemaError(
            f"groups: their date is {groups.attrs.get('date')!r}; age groups can be split for "
            f"{CENSUS_DAY[2020]} only, where the reference cohorts stand. Give single ages instead."
        )
    lows = groups["age_low"].values
    if lows[-1] > OPEN_AGE:
        raise SchemaError(f"groups: the open group begins at {lows[-1]}, at most {OPEN_AGE} is known.")
    reference = national_reference()
    split = _proportional_to(reference.values, groups.values, lows, famine_trough(reference))
    sources = [*groups.attrs.get("sources", []), *reference.attrs["sources"]]
    sources += [
        facts.source(f)
        for f in ("census_population_single_2010.csv", "wpp2022_births.csv", "wpp2022_mx.csv")
    ]
    single = _population(split.single, groups.attrs, list(dict.fromkeys(sources)))
    return single.assign_attrs(famine_depth=split.depth)


class YearEnd(NamedTuple):
    """A population moved to 31 December and the events that were added on the way, in persons."""

    population: xr.DataArray
    births: float
    deaths: float
    migrants: float | None


def to_year_end(
    census: xr.DataArray,
    *,
    survival_ratio: xr.DataArray,
    asfr: xr.DataArray,
    srb: float,
    total: float | None = None,
    profile: xr.DataArray | None = None,
    total_source: str = "",
) -> YearEnd:
    """Move a census of 1 November to 31 December of the same year.

    61/365 of each single age grow a year older, two months of births and deaths are added, and the
    difference to the official year-end total is spread as migrants by the profile.  Without an
    official total that last step is left out.

    Parameters
    ----------
    census : (sex, age) persons on 1 November.
    survival_ratio : (sex, age) one-year ratios; two months are their 61/365-th power.
    asfr : (age) births per woman per year.
    srb : males per female at birth.
    total : official resident total at year end, persons; needs ``profile``.
    profile : (sex, age) net migration summing to 1.
    """
    check_variable(census, "population", as_name="census")
    x, s, f = census.values, survival_ratio.values, TO_YEAR_END
    stay = s[:, 1:] ** f
    survived = np.concatenate([x[:, :-1] * stay, x[:, -1:] * stay[:, -1:]], axis=1)
    older = np.zeros_like(x)
    older[:, 1:] = f * survived[:, :-1]
    end = (1 - f) * survived + older
    end[:, -1] += f * survived[:, -1]
    births = f * float((x[0] * asfr.values).sum())
    newborn = births * np.array([1 / (1 + srb), srb / (1 + srb)])
    deaths = float(x.sum() - survived.sum() + (newborn * (1 - s[:, 0])).sum())
    end[:, 0] += newborn * s[:, 0]
    migrants = None
    if total is not None:
        if profile is None:
            raise SchemaError("total: a profile is needed to spread the difference as migrants.")
        migrants = total - float(end.sum())
        end = end + migrants * profile.values
    year = int(str(census.attrs["date"])[:4])
    moved = _population(end, census.attrs, sources_of(census, survival_ratio, asfr))
    moved.attrs |= {k: v for k, v in census.attrs.items() if k not in ("date", "sources")}
    moved.attrs["date"] = f"{year}-12-31"
    if total_source:
        moved.attrs["sources"].append(total_source)
    moved = moved.assign_coords(year=year)
    check_variable(moved, "population", as_name="year-end population")
    return YearEnd(moved, births, deaths, migrants)


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
    ages = population["age"].values
    if low < 0 or low > ages[-1] or (high is not None and not low < high <= ages[-1]):
        raise SchemaError(
            f"ages: [{low}, {high}) is not within 0 … {ages[-1]}, the last of which is open. Use "
            "high=None for everyone from an age on."
        )
    chosen = population.isel(age=(ages >= low) & ((ages < high) if high is not None else True))
    total = chosen.sum(("sex", "age"), skipna=False)
    keep = ("units", "basis", "place_zh", "place_en", "sources")
    total.attrs = {k: population.attrs[k] for k in keep if k in population.attrs}
    return total.rename(f"population_{low}_{'plus' if high is None else high - 1}")
