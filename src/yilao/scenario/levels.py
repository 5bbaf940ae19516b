"""The place's levels of mortality, fertility and migration, and the base made with them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
import xarray as xr

from yilao import fertility, migration, mortality
from yilao.mortality.at_e0 import ratios_of_rates
from yilao.mortality.logit import odds_of, rates_at_level
from yilao.population import CENSUS_DAY, YearEnd, census_groups, single_years, to_year_end
from yilao.scenario.inputs import BASE_YEAR, Inputs, missing_for
from yilao.schema import YilaoError, sources_of


def mortality_level(inputs: Inputs, edition: str) -> float:
    """Brass's level that brings the standard to the place's life expectancy; 0 without one."""
    figure = inputs.life_expectancy
    if figure is None:
        return 0.0
    return _fitted_level(edition, figure.year, figure.value)


@cache
def _fitted_level(edition: str, year: int, e0: float) -> float:
    model = mortality.brass_model(mortality.wpp_mx(edition, [year]).isel(year=0, drop=True))
    srb = float(fertility.wpp_annual(edition, "sex_ratio_at_birth")[year])
    return float(mortality.parameter_at(xr.DataArray(e0), model, srb=srb))


def survival(inputs: Inputs, edition: str, years: Sequence[int]) -> xr.DataArray:
    """Survival ratios (year, sex, age) of a place: the standard of each year at the place's level.

    The level found in the year of the published life expectancy stays in all years.
    """
    standard = mortality.wpp_mx(edition, years)
    # As survival_ratios(life_table(brass(standard, level))), without the labels between: a place's
    # rates are asked for in several variants, and checking each table again took half of the time.
    m = standard.values
    level = np.full(m.shape[:-1], mortality_level(inputs, edition))
    moved = rates_at_level(odds_of(m), m[..., -1], level)
    ratios = standard.copy(data=ratios_of_rates(moved, "andreev-kingkade")).rename("survival_ratio")
    return ratios.assign_attrs(units="1", sources=_mortality_sources(inputs, standard))


def _mortality_sources(inputs: Inputs, standard: xr.DataArray) -> list[str]:
    figure = inputs.life_expectancy
    if figure is None:
        return sources_of(standard)
    life = f"life expectancy {figure.printed} ({figure.date}): {figure.source}"
    return [*sources_of(standard), life]


@lru_cache(maxsize=16)
def census_single(inputs: Inputs, year: int = BASE_YEAR) -> xr.DataArray:
    """Single years of age on the census day, split by cohorts where only groups are known."""
    census = inputs.census_2020 if year == BASE_YEAR else inputs.census_2010
    if census is None or year not in CENSUS_DAY:
        raise YilaoError(f"census of {year}: not known of this place; needed for its base.")
    return census if "age" in census.dims else single_years(census)


@lru_cache(maxsize=32)
def census_fertility(inputs: Inputs, edition: str, year: int = BASE_YEAR) -> float:
    """Level relative to the nation in the twelve months before the census of a year."""
    nation = single_years(_nation(year))
    pattern = fertility.wpp_asfr_pattern(edition, [year]).isel(year=0)
    return fertility.relative_level(census_single(inputs, year), nation, pattern)


def _nation(year: int) -> xr.DataArray:
    groups = census_groups("china", year)
    if groups is None:  # pragma: no cover - packaged
        raise YilaoError(f"census_population_{year}.csv: the nation is missing.")
    return groups


def net_migration(inputs: Inputs) -> xr.DataArray:
    """Mean yearly net migration 2010-2020 (sex, age) from the residual of the two censuses."""
    return _net_migration(inputs).copy(deep=True)


# Inputs are told apart by identity: what is made of one place's is made once.
@lru_cache(maxsize=16)
def _net_migration(inputs: Inputs) -> xr.DataArray:
    if inputs.census_2010 is None:
        raise YilaoError("census_population_2010: needed for the residual of the two censuses.")
    ratio = _relative_survival(inputs)
    residual = migration.census_residual(
        inputs.census_2010, _groups_2020(inputs), _nation(2010), _nation(2020), survival=ratio
    )
    return migration.annual_net_migration(residual)


def _groups_2020(inputs: Inputs) -> xr.DataArray:
    if "age_low" not in inputs.census_2020.dims:
        raise YilaoError(
            "census 2020: age groups are needed beside those of 2010, not single ages."
        )
    return inputs.census_2020


def _relative_survival(inputs: Inputs) -> xr.DataArray:
    """Ten-year survival of the place over the nation's, by five-year group of 2020."""
    standard = mortality.wpp_mx("2022", [2015])
    tables = [
        mortality.life_table(mortality.brass(standard, level))
        for level in (mortality_level(inputs, "2022"), 0.0)
    ]
    place, nation = (
        migration.life_table_survival(t["Lx"].isel(year=0), range(0, 90, 5), interval=10)
        for t in tables
    )
    sources = _mortality_sources(inputs, standard)
    return (place / nation).rename(age="age_low").assign_attrs(units="1", sources=sources)


def base(inputs: Inputs, year: int = BASE_YEAR) -> YearEnd:
    """Population on 31 December of a census year, from 1 November, with the events in between.

    It is the same for all variants, and uses WPP 2022 and censuses only (of the county volume of
    2020 the manifest gives the year of publication, 2022, not the month).
    """
    census = census_single(inputs, year)
    if str(census.attrs.get("date", "")).endswith("-12-31"):
        return YearEnd(census, 0.0, 0.0, None)
    edition = "2022"
    ratios = survival(inputs, edition, [year]).isel(year=0, drop=True)
    srb = float(fertility.wpp_annual(edition, "sex_ratio_at_birth")[year])
    level = fertility.tfr_path(edition, census_fertility(inputs, edition, year), [year])
    pattern = fertility.wpp_asfr_pattern(edition, [year]).isel(year=0, drop=True)
    asfr = (pattern * float(level[0])).assign_attrs(sources=sources_of(pattern, level))
    figure = inputs.totals.get(year)
    if figure is None or missing_for("trend", inputs):
        return to_year_end(census, survival_ratio=ratios, asfr=asfr, srb=srb)
    return to_year_end(
        census,
        survival_ratio=ratios,
        asfr=asfr,
        srb=srb,
        total=figure.value,
        profile=migration.profile(net_migration(inputs)),
        total_source=f"year-end total {year}: {figure.source}",
    )
