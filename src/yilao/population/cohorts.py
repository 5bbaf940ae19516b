"""Census age groups to single years by what is known of the cohorts.

Not by smoothness: the births of 1959-61 were so few that they decide how many people turn 60 in
2021-25.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao import facts
from yilao.mortality import life_table, survival_ratios, wpp_mx
from yilao.population.groups import CENSUS_DAY, census_groups
from yilao.schema import (
    OPEN_AGE,
    SEXES,
    SchemaError,
    YilaoError,
    check_basis,
    check_dims,
    check_sexes,
    check_unit,
    check_values,
)

Array = npt.NDArray[np.float64]

# Ages on 1 November 2020 of those born in the years of famine, November 1957 to October 1962:
# between the ages on both sides the births of ordinary years are interpolated.
FAMINE_AGES = (58, 62)


def _aged_2010_cohorts() -> Array:
    """China's single years of 2010 survived ten years: (sex, age), ages 10 … 100 filled."""
    _, now = facts.by_age("census_population_single_2010.csv")
    ratio = survival_ratios(life_table(wpp_mx("2022", range(2011, 2021)))).values
    for t in range(10):
        after = np.zeros_like(now)
        after[:, 1:] = now[:, :-1]
        after[:, -1] += now[:, -1]
        now = after * ratio[t]
    return now


def _born_2010_2020() -> Array:
    """Children of WPP's annual births still alive on 1 November 2020: (sex, age), ages 0 … 9."""
    births = {y: v[0] for y, v in facts.by_year("wpp2022_births.csv").items()}
    srb = {y: v[0] for y, v in facts.by_year("wpp2022_sex_ratio_at_birth.csv").items()}
    lx = life_table(wpp_mx("2022", [2015]))["lx"].values[0]
    children = np.zeros((2, 10))
    for age in range(10):
        # Aged a on 1 November 2020: ten months of the births of 2020 - a, two of the year before.
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
    ages, exposure = facts.by_age("census_exposure_single_2020.csv")
    reference[:, 85:] = exposure[:, ages >= 85]
    single = np.zeros_like(reference)
    lows = groups["age_low"].values
    # Three sources meet at 10 and at 85 with different levels: each is scaled on its own.
    for first, last in ((0, 9), (10, 84), (85, OPEN_AGE)):
        keep = (lows >= first) & (lows <= last)
        part = _proportional_to(
            reference[:, first : last + 1], groups.values[:, keep], lows[keep] - first, None
        )
        single[:, first : last + 1] = part.single
    return labelled(single, groups.attrs, list(groups.attrs["sources"]))


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
    shape = np.log(trough) if trough is not None else np.zeros(ages)
    first, second = (np.diff(np.eye(ages), order, axis=0) for order in (1, 2))
    # The faint first differences choose a level ratio where groups leave the slope open.
    penalty = second.T @ second + 1e-6 * first.T @ first
    # A group without people has no logarithm: its ages are 0 and bind nothing.
    filled = [(s, g) for s in range(sexes) for g in range(len(starts)) if groups[s, g] > 0]
    ratio = np.zeros((sexes, ages))
    for s, g in filled:
        inside = group_of == g
        ratio[s, inside] = np.log(groups[s, g] / reference[s, inside].sum())
    depth = 0.0
    for _ in range(100):
        with np.errstate(over="ignore"):
            single = reference * np.exp(ratio + depth * shape)
        new, new_depth = _newton_step(
            penalty, single, groups, group_of, filled, ratio, depth, shape, trough is not None
        )
        if not np.isfinite(new).all():
            continue
        change = np.abs(new - ratio).max()
        ratio, depth = new, new_depth
        if change < 1e-10:
            break
    else:
        shown = ", ".join(
            f"{SEXES[s]} from {starts[g]}"
            for s, g in filled
            if not abs(single[s, group_of == g].sum() / groups[s, g] - 1) < 1e-6
        )
        raise YilaoError(
            f"population: the age groups could not be split by cohorts ({shown or 'no group'} does "
            "not close). They are too few, too wide or too far from the nation's: give single ages "
            "of 2020-12-31."
        )
    single = reference * np.exp(ratio + depth * shape)
    # The last rounding: every group to the person it was counted with.
    for s in range(sexes):
        for g in range(len(starts)):
            inside = group_of == g
            single[s, inside] *= groups[s, g] / single[s, inside].sum()
    return _Split(single, 1 + depth)


def _newton_step(
    penalty: Array,
    single: Array,
    groups: Array,
    group_of: npt.NDArray[np.int64],
    filled: list[tuple[int, int]],
    ratio: Array,
    depth: float,
    shape: Array,
    with_depth: bool,
) -> tuple[Array, float]:
    """Smoothest ratios and the depth that close the groups to first order; NaN where none do.

    The sexes share the depth alone, so each is solved for twice: for what the groups miss, and for
    what one more of depth does to them.
    """
    ages = len(shape)
    solved, price_of_depth, slope_of_price = [], 0.0, 0.0
    for s in range(len(single)):
        own = [g for sex, g in filled if sex == s]
        rows, right = np.zeros((len(own), ages)), np.zeros((ages + len(own), 2))
        for k, g in enumerate(own):
            inside = np.flatnonzero(group_of == g)
            share = single[s, inside] / groups[s, g]
            rows[k, inside] = share
            right[ages + k, 1] = share @ shape[inside]
            right[ages + k, 0] = 1 - share.sum() + share @ ratio[s, inside]
            right[ages + k, 0] += right[ages + k, 1] * depth
        system = np.block([[penalty, rows.T], [rows, np.zeros((len(own), len(own)))]])
        with np.errstate(all="ignore"):
            try:
                found = np.linalg.solve(system, right)
            except np.linalg.LinAlgError:
                found = np.full(right.shape, np.nan)
        solved.append(found[:ages])
        price_of_depth += float(right[ages:, 1] @ found[ages:, 0])
        slope_of_price += float(right[ages:, 1] @ found[ages:, 1])
    new_depth = 0.0
    if with_depth:
        new_depth = price_of_depth / slope_of_price if slope_of_price != 0 else np.nan
    return np.array(
        [missed - new_depth * per_depth for missed, per_depth in (f.T for f in solved)]
    ), new_depth


def labelled(values: Array, attrs: dict[str, object], sources: list[str]) -> xr.DataArray:
    """Label (sex, age) values as a population with the basis and date of its source."""
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
    621893.0
    """
    check_dims(groups, ("sex", "age_low"), "groups", leading=())
    groups = groups.transpose("sex", "age_low")
    check_basis(groups, "groups")
    check_sexes(groups, "groups")
    check_unit(groups, "persons", "groups")
    check_values(groups, "groups", low=0.0)
    if (groups.sum("age_low") <= 0).any():
        raise SchemaError("groups: one sex has nobody. Check the columns of the table.")
    if groups.attrs.get("date") != CENSUS_DAY[2020]:
        raise SchemaError(
            f"groups: their date is {groups.attrs.get('date')!r}; age groups can be split for "
            f"{CENSUS_DAY[2020]} only, where the reference cohorts stand. Give single ages instead."
        )
    lows = groups["age_low"].values
    if lows[0] != 0 or (np.diff(lows) <= 0).any():
        raise SchemaError(
            f"groups: they begin at {lows.tolist()}; needed are ascending ages from 0. Sort them."
        )
    if lows[-1] > OPEN_AGE:
        raise SchemaError(
            f"groups: the open group begins at {lows[-1]}, at most {OPEN_AGE} is known."
        )
    reference = national_reference()
    # The depth of the trough shows only where the groups part it from its neighbours.
    apart = sum(FAMINE_AGES[0] - 10 <= low <= FAMINE_AGES[1] + 10 for low in lows) >= 3
    trough = famine_trough(reference) if apart else None
    split = _proportional_to(reference.values, groups.values, lows, trough)
    sources = [*groups.attrs.get("sources", []), *reference.attrs["sources"]]
    sources += [
        facts.source(f)
        for f in ("census_population_single_2010.csv", "wpp2022_births.csv", "wpp2022_mx.csv")
    ]
    single = labelled(split.single, groups.attrs, list(dict.fromkeys(sources)))
    return single.assign_attrs(famine_depth=split.depth)
