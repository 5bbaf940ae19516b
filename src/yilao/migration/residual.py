"""Net migration as the residual of two censuses, by cohort."""

from __future__ import annotations

import numpy as np
import xarray as xr

from yilao.migration.pair import (
    by_age_at_second,
    check_same_places,
    cohort_start,
    ratio_for,
    survival_for,
)
from yilao.schema import (
    SchemaError,
    YilaoError,
    check_dims,
    check_same_basis,
    check_same_labels,
    check_sexes,
    check_unit,
    check_values,
    sources_of,
)

METHODS = ("forward", "reverse", "average")
_FIVE_YEARS = np.arange(0, 90, 5)


def joins_five_years(groups: xr.DataArray) -> bool:
    """Whether census groups join to 0-4, 5-9 … 85+, as the residual needs.

    Parameters
    ----------
    groups : (..., age_low).

    Examples
    --------
    >>> joins_five_years(xr.DataArray([1.0, 2, 3], dims="age_low", coords={"age_low": [0, 1, 5]}))
    False
    """
    lows = groups["age_low"].values.tolist()
    return set(range(0, 90, 5)) <= set(lows) and lows[-1] == 85


def join_five_years(groups: xr.DataArray) -> xr.DataArray:
    """Sum census groups (..., sex, age_low) to 0-4, 5-9 … 85+, labelled ``age``.

    Parameters
    ----------
    groups : persons by census age group, such as 0, 1-4, 5-9 … 85+.

    Returns
    -------
    xr.DataArray
        (..., sex, age 0, 5 … 85+), persons, with the attributes of ``groups``.

    Raises
    ------
    SchemaError
        The groups do not join to five years.

    Examples
    --------
    >>> from yilao.population import census_groups
    >>> float(join_five_years(census_groups("hangzhou", 2020)).sel(age=0).sum())
    586383.0
    """
    check_dims(groups, ("sex", "age_low"), "groups")
    check_sexes(groups, "groups")
    lows = groups["age_low"].values
    if not joins_five_years(groups):
        raise SchemaError(
            "groups: the residual needs age groups that join to 0-4, 5-9 … 85+; they begin at "
            f"{lows.tolist()}. Sum them first."
        )
    groups = groups.transpose(..., "sex", "age_low")
    values = np.add.reduceat(groups.values, np.searchsorted(lows, _FIVE_YEARS), axis=-1)
    joined = groups.isel(age_low=np.searchsorted(lows, _FIVE_YEARS)).copy(data=values)
    return joined.assign_coords(age_low=_FIVE_YEARS).rename(age_low="age")


def census_residual(
    before: xr.DataArray,
    after: xr.DataArray,
    nation_before: xr.DataArray,
    nation_after: xr.DataArray,
    *,
    survival: xr.DataArray | None = None,
) -> xr.DataArray:
    """Net migration of ten years by cohort: what the second census has beyond the survivors.

    Survivors are found with the ten-year census survival ratios of the nation, taken as closed
    (forward residual; Shryock and Siegel 1976, The Methods and Materials of Demography, ch. 21),
    times the ratio of the place's to the nation's life-table survival.  For ages 0-9, who were not
    born at the first census, the child-woman rule of the same chapter: a quarter of the ratio of
    children 0-4 to women 15-44 times the net migration of those women, and three quarters of the
    ratio of children 5-9 to women 20-49 times theirs.  `cohort_residual` has other intervals, the
    reverse and average methods and life-table survival.

    Parameters
    ----------
    before, after : (..., sex, age_low) persons of the place, ten years apart.
    nation_before, nation_after : (sex, age_low) the same of the nation.
    survival : (sex, age_low) place over nation, by age at the second census; 1 when left out.

    Returns
    -------
    xr.DataArray
        (..., sex, age_low 0, 5 … 85+) persons in ten years, by age at the second census.

    Raises
    ------
    SchemaError
        Groups do not join to five years, places, labels or units differ, a value is negative or
        missing, a group of the nation is empty, or there are no women of 15-49.
    BasisError
        Resident and registered are mixed.

    Notes
    -----
    A difference in coverage between the censuses counts as migration unless the nation has it too.

    Examples
    --------
    >>> from yilao.population import census_groups
    >>> places = [census_groups(p, y) for p in ("ankang", "china") for y in (2010, 2020)]
    >>> round(float(census_residual(*places).sum()))
    -291939
    """
    for name, groups in (
        ("before", before),
        ("after", after),
        ("nation_before", nation_before),
        ("nation_after", nation_after),
    ):
        own = () if name.startswith("nation") else ("area", "scenario", "draw")
        check_dims(groups, ("sex", "age_low"), name, leading=own)
        check_sexes(groups, name)
        check_unit(groups, "persons", name)
        check_values(groups, name, low=0.0)
    for a, b, names in (
        (before, after, ("before", "after")),
        (before, nation_before, ("before", "nation_before")),
        (after, nation_after, ("after", "nation_after")),
    ):
        check_same_basis(a, b, *names)
    first, joined = join_five_years(before), join_five_years(after)
    check_same_places(first, joined, ("before", "after"))
    joined = joined.transpose(*first.dims)
    n0, n1 = join_five_years(nation_before).values, join_five_years(nation_after).values
    if not n0.all():
        raise SchemaError("nation_before: an age group is empty, so it has no survival ratio.")
    p0, p1, n0 = by_age_at_second(first.values, 2), joined.values, by_age_at_second(n0, 2)
    adjust = np.ones_like(n1)
    if survival is not None:
        starts = joined.rename(age="age_low")
        check_dims(survival, ("sex", "age_low"), "survival", leading=())
        check_sexes(survival, "survival")
        check_values(survival, "survival", low=0.0)
        check_same_labels(survival, starts, "age_low", "survival", "the groups 0-4, 5-9 … 85+")
        adjust = survival.transpose("sex", "age_low").values
    residual = p1 - p0 * n1 / n0 * adjust
    # The open group by the ratio itself: the order of the product is that of the numbers released.
    residual[..., -1] = p1[..., -1] - p0[..., -1] * (n1 / n0 * adjust)[..., -1]
    women, moved = p1[..., 0, :], residual[..., 0, :]
    for child, share, low, high in ((0, 1 / 4, 3, 9), (1, 3 / 4, 4, 10)):
        mothers = women[..., low:high].sum(axis=-1)[..., None]
        if not mothers.all():
            raise SchemaError("after: there are no women of 15-49, so nothing tells the children.")
        ratio = p1[..., child] / mothers
        came = moved[..., low:high].sum(axis=-1)[..., None]
        residual[..., child] = ratio * came * share
    found = joined.copy(data=residual).rename(age="age_low").rename("net_migration")
    found.attrs = {
        "units": "persons per ten years",
        "basis": before.attrs["basis"],
        "sources": sources_of(before, after, nation_before, nation_after, survival),
    }
    return found


def cohort_residual(
    before: xr.DataArray,
    after: xr.DataArray,
    *,
    survival: xr.DataArray,
    interval: int = 10,
    method: str = "forward",
    coverage: float | xr.DataArray = 1.0,
    births: xr.DataArray | None = None,
) -> xr.DataArray:
    """Net migration by cohort between two censuses, by the forward, reverse or average method.

    With S the survival over the interval and c the relative coverage of the second census,
    forward: M(a) = P1(a) - c S(a) P0(a - n), everyone moves at the end;
    reverse: M(a) = P1(a) / (c S(a)) - P0(a - n), at the beginning, with those who died since;
    average: the mean of the two.  Reverse is forward / (c S), so the average lies between.

    Parameters
    ----------
    before, after : (..., sex, age) persons at the two censuses, one place or many (``area``); ages
        are lower bounds of groups of one width, the last open.
    survival : (..., sex, age) ratio over the whole interval by age at the second census, from
        `life_table_survival` (within 0 to 1) or `census_survival_ratios` (may pass 1).
    interval : n, years between the censuses; a multiple of the age width.
    method : ``forward``, ``reverse`` or ``average``.
    coverage : share of people that the second census counted over the share that the first did,
        a number or (..., sex, age); with census survival ratios, the place's over the nation's.
    births : (..., sex, age below ``interval``) births of the cohorts born in between, by age at the
        second census; without them those ages are left out, since nothing is known of them.

    Returns
    -------
    xr.DataArray
        net_migration (..., sex, age), persons per interval, by age at the second census.

    Raises
    ------
    SchemaError
        Labels, bases or units differ, the interval is no multiple of the age width, a survival
        ratio is outside 0 to 1, or the coverage is not above 0.
    YilaoError
        The method is not known.

    References
    ----------
    United Nations 1970, Manual VI: Methods of Measuring Internal Migration; Shryock and Siegel
    1976, The Methods and Materials of Demography, ch. 21.

    Notes
    -----
    A residual holds every error of what it is the rest of.  Where the second census counted 1 %
    more (or less) of a cohort than the first, 1 % of the cohort appears as net in- (or out-)
    migration: in China, where the youngest and those moving for work are missed most, that can
    exceed the migration of a place with little of it.  ``coverage`` takes a known difference out;
    census survival ratios take out what the nation has in common.  Reverse and average divide by
    S: at 85 and over, where a tenth to a fifth survive ten years, they multiply errors by 5 to 10.

    Examples
    --------
    >>> from yilao.migration import life_table_survival
    >>> from yilao.mortality import life_table, wpp_mx
    >>> from yilao.population import census_groups
    >>> before, after = (join_five_years(census_groups("hangzhou", y)) for y in (2010, 2020))
    >>> table = life_table(wpp_mx("2024", [2015]).isel(year=0))
    >>> ratio = life_table_survival(table["Lx"], before["age"].values, interval=10)
    >>> moved = cohort_residual(before, after, survival=ratio)
    >>> int(moved["age"][0]), round(float(moved.sel(age=20).sum()))
    (10, 588418)
    """
    if method not in METHODS:
        raise YilaoError(f"method {method!r} is not known. Available: {', '.join(METHODS)}.")
    start = cohort_start(before, after, interval, births)
    ratio = survival_for(survival, start)
    if isinstance(coverage, xr.DataArray):
        coverage = ratio_for(coverage, start, "coverage")
    if not bool(np.all(np.asarray(coverage) > 0)):
        raise SchemaError("coverage: it must be above 0. Give the share counted over the other's.")
    ratio = ratio * coverage
    moved = after.sel(age=start["age"]) - ratio * start
    if method != "forward":
        if not bool((ratio > 0).all()):
            raise SchemaError(
                "survival: a ratio is 0, so nobody can be traced back. Use method='forward'."
            )
        reverse = moved / ratio
        moved = reverse if method == "reverse" else (moved + reverse) / 2
    moved = moved.transpose(..., "sex", "age").rename("net_migration")
    moved.attrs = {
        "units": f"persons per {interval} years",
        "basis": before.attrs["basis"],
        "method": method,
        "sources": sources_of(before, after, survival, births),
    }
    return moved
