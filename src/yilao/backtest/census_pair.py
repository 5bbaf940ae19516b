"""From the census of 2010 to that of 2020: the migration that leads there, and what lacks without.

Steps are of five years from census day to census day: a year stands for its 1 November here.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from yilao import facts, fertility, migration, mortality, scenario
from yilao.place import Place
from yilao.population import census_groups
from yilao.projection import project
from yilao.schema import (
    SchemaError,
    YilaoError,
    check_same_basis,
    check_same_labels,
    check_unit,
    check_values,
    first_offender,
    sources_of,
)

BEFORE, AFTER = 2010, 2020
EDITION = "2024"
STEP = 5


def closing_migration(base: xr.DataArray, target: xr.DataArray, rates: xr.Dataset) -> xr.DataArray:
    """Net migration by step that makes a projection end at a later census exactly.

    Every cohort is multiplied by the same factor at the end of each of its k steps: with P its
    people at the later census and Q those whom deaths alone would leave, the factor is
    (P / Q)^(1/k), and the migrants of a step are survivors times (factor - 1).  Those born on the
    way are started from the births of the women who are there after migration.

    Parameters
    ----------
    base : (..., sex, age) persons at the first census, with scalar coordinate ``year``.
    target : the same at the later census.
    rates : survival and fertility as for `project`, without migration.

    Returns
    -------
    xr.DataArray
        net_migration (..., year, sex, age), persons per step.  In
        ``project(base, rates.assign(net_migration=…), migrants="end")`` the last population is
        ``target``, to rounding.

    Raises
    ------
    SchemaError
        Labels, unit or basis of the censuses differ, the later one is not later, or the rates hold
        migration.
    YilaoError
        A cohort has people at the later census and none before.

    References
    ----------
    The forward residual of Shryock and Siegel 1976, The Methods and Materials of Demography,
    ch. 21, put at the ends of the steps.

    Notes
    -----
    Whatever base, target and rates get wrong is in it: coverage above all.  The timing within the
    interval is an assumption; of those born before the first census, the migrants who are alive at
    the second add up to the forward residual, whatever the timing.

    Examples
    --------
    >>> from yilao.place import load_place
    >>> place = load_place("ankang")
    >>> rates = census_pair_rates(place)
    >>> base, target = (census(place, year) for year in (2010, 2020))
    >>> moved = closing_migration(base, target, rates)
    >>> end = project(base, rates.assign(net_migration=moved), migrants="end").population
    >>> bool((abs(end.sel(year=2020) / target - 1) < 1e-12).all())
    True
    """
    check_same_basis(base, target, "base", "target")
    check_unit(target, "persons", "target")
    if set(base.dims) != set(target.dims):
        raise SchemaError(
            f"base has dimensions {list(base.dims)} and target {list(target.dims)}. Give both "
            "censuses of the same places."
        )
    for dim in base.dims:
        check_same_labels(base, target, dim, "base", "target")
    check_values(target, "target", low=0.0)
    for census_, name in ((base, "base"), (target, "target")):
        if "year" not in census_.coords or census_["year"].ndim:
            raise SchemaError(f"{name}: no scalar coordinate 'year'. Use .assign_coords(year=…).")
    until = int(target["year"])
    if until <= int(base["year"]):
        raise SchemaError(f"target: {until} is not after the year of the base. Swap the two.")
    if held := [n for n in rates.data_vars if "migra" in str(n)]:
        raise SchemaError(f"rates: {held[0]} is there already. Drop it: it is what is sought.")
    state = base.transpose(..., "sex", "age")
    steps = []
    while int(state["year"]) < until:
        closed = project(state, rates, until, migrants="end", flows=False).population
        factor = _step_factor(closed, target)
        after = closed.isel(year=1)
        steps.append(after * (factor - 1))
        state = (after * factor).assign_attrs(base.attrs)
    moved = xr.concat(steps, dim="year", join="exact", coords="minimal", compat="override")
    moved = moved.transpose(..., "year", "sex", "age").rename("net_migration")
    moved.attrs = {
        "units": "persons per step",
        "basis": base.attrs["basis"],
        "sources": sources_of(base, target, *rates.data_vars.values()),
    }
    return moved


def _step_factor(closed: xr.DataArray, target: xr.DataArray) -> xr.DataArray:
    """Factor of every cohort at the end of the first step of a closed projection."""
    steps = closed.sizes["year"] - 1
    end = closed.isel(year=-1, drop=True)
    wanted = target.drop_vars("year").broadcast_like(end).transpose(*end.dims)
    empty = (end == 0) & (wanted > 0)
    if bool(empty.any()):
        raise YilaoError(
            f"target: it has people at {first_offender(end, empty.values)} where the cohort had "
            "none. Join age groups or places until every cohort has people."
        )
    ratio = (wanted / end.where(end > 0, 1.0)).where(end > 0, 1.0)
    # Where the people of each age will be counted: all who pass the open age there.
    ages = end.sizes["age"]
    later = np.minimum(np.arange(ages) + steps - 1, ages - 1)
    return end.copy(data=ratio.values[..., later]) ** (1 / steps)


def census(place: Place, year: int) -> xr.DataArray:
    """Census of 2010 or 2020 of a place by five-year groups (sex, age 0, 5 … 85+), with its year.

    Raises
    ------
    YilaoError
        It is not packaged for this place.
    """
    groups = {BEFORE: place.inputs.census_2010, AFTER: place.inputs.census_2020}[year]
    if groups is None or "age_low" not in groups.dims:
        raise YilaoError(
            f"{place.id}: no census of {year} by age group. Both 2010 and 2020 are needed."
        )
    return migration.join_five_years(groups).assign_coords(year=year)


def census_pair_rates(place: Place) -> xr.Dataset:
    """Rates without migration for the two five-year steps between the censuses of 2010 and 2020.

    Mortality and fertility are China's by World Population Prospects 2024, in the middle year of
    each step and as the mean of its years, mortality at the place's level (its published life
    expectancy) and fertility at the level that children 0-4 and women of 2010 show.

    Parameters
    ----------
    place : with the census of 2010 by age group.

    Returns
    -------
    xr.Dataset
        ``survival_ratio``, ``asfr``, ``srb`` for 2015 and 2020, ages 0, 5 … 85+.

    Raises
    ------
    YilaoError
        There is no census of 2010 by age group.

    Examples
    --------
    >>> from yilao.place import load_place
    >>> rates = census_pair_rates(load_place("hangzhou"))
    >>> rates["survival_ratio"].sizes["age"], rates["year"].values.tolist()
    (18, [2015, 2020])
    """
    base = census(place, BEFORE)
    nation = census_groups("china", BEFORE)
    if nation is None:  # pragma: no cover - packaged
        raise YilaoError("census_population_2010.csv: the nation is missing.")
    lows, ends = base["age"].values, [BEFORE + STEP, AFTER]
    middle = [end - STEP // 2 for end in ends]
    standard = mortality.wpp_mx(EDITION, middle)
    moved = mortality.brass(standard, scenario.mortality_level(place.inputs, EDITION))
    survival = migration.life_table_survival(
        mortality.life_table(moved)["Lx"], lows, interval=STEP
    ).assign_coords(year=ends)
    single = fertility.wpp_asfr_pattern(EDITION, [BEFORE, *middle])
    grouped = np.add.reduceat(single.values, lows, axis=-1)
    labels = {"year": ends, "age": lows}
    # A group of five single years that sums to 1 over all is a pattern of which each year has 1/5.
    now = xr.DataArray(grouped[0], dims="age", coords={"age": lows})
    relative = fertility.relative_level(base, migration.join_five_years(nation), now)

    def mean_of(series: pd.Series) -> list[float]:
        return [float(series.loc[end - STEP + 1 : end].mean()) for end in ends]

    tfr = np.array(mean_of(fertility.wpp_annual(EDITION, "tfr"))) * relative
    srb = mean_of(fertility.wpp_annual(EDITION, "sex_ratio_at_birth"))
    asfr = xr.DataArray(grouped[1:] / STEP * tfr[:, None], dims=("year", "age"), coords=labels)
    files = [f"wpp{EDITION}_{n}.csv" for n in ("percent_asfr", "tfr", "sex_ratio_at_birth")]
    sources = [facts.source(f) for f in files]
    asfr.attrs = {"units": "births per woman per year", "sources": sources[:2]}
    born = xr.DataArray(srb, dims="year", coords={"year": ends})
    born.attrs = {"units": "males per female", "sources": sources[2:]}
    level = place.inputs.life_expectancy
    survival.attrs["sources"] = sources_of(standard) + ([level.source] if level else [])
    data = xr.Dataset({"survival_ratio": survival, "asfr": asfr, "srb": born})
    data.attrs["relative_fertility"] = relative
    return data


def missing_without_migration(place: Place) -> pd.DataFrame:
    """The census of 2020 beside a projection from 2010 in which nobody moves, by sex and age.

    Parameters
    ----------
    place : with both censuses by age group.

    Returns
    -------
    pandas.DataFrame
        ``sex, age, counted, projected, missing, share``: ``missing`` is counted less projected in
        persons, below 0 where more left than came; ``share`` is missing over projected.

    Raises
    ------
    YilaoError
        A census is not there by age group.

    Notes
    -----
    Below age 10 it is also the children of those who moved, and every error of fertility.  What
    is missing in the nation, which is nearly closed, is the size of the errors: see
    docs/census-pair.md.

    Examples
    --------
    >>> from yilao.place import load_place
    >>> table = missing_without_migration(load_place("hangzhou"))
    >>> row = table[(table.sex == "male") & (table.age == 25)]
    >>> round(row.share.item(), 2)
    1.11
    """
    base, target = census(place, BEFORE), census(place, AFTER)
    closed = project(base, census_pair_rates(place), AFTER, flows=False).population
    projected = closed.sel(year=AFTER).transpose("sex", "age")
    counted = target.transpose("sex", "age")
    table = pd.DataFrame(
        {
            "sex": np.repeat(counted["sex"].values, counted.sizes["age"]),
            "age": np.tile(counted["age"].values, counted.sizes["sex"]),
            "counted": counted.values.ravel(),
            "projected": projected.values.ravel(),
        }
    )
    table["missing"] = table["counted"] - table["projected"]
    table["share"] = table["missing"] / table["projected"]
    return table
