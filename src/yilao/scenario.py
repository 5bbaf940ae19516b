"""Variants: rates put together into what a projection eats, and the words that describe them.

A variant is a set of assumptions about the rates of a place.  Mortality is China's by World
Population Prospects, moved to the place's published life expectancy; fertility is China's age
pattern at the place's level relative to China; migration tells the variants apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao import facts, fertility, migration, mortality
from yilao.engine import Rates, project_arrays
from yilao.facts import Figure
from yilao.population import CENSUS_DAY, YearEnd, census_groups, single_years, to_year_end
from yilao.schema import OPEN_AGE, SEXES, UnknownNameError, YilaoError, sources_of

Array = npt.NDArray[np.float64]

VARIANTS = ("plan", "trend", "no-migration")
BASE_YEAR = 2020
# The plan was issued in October 2022: it could know this edition, and no later one.
EDITION = {"plan": "2022", "trend": "2024", "no-migration": "2024"}
LAST_YEAR = 2050

DESCRIPTION = {
    "plan": {
        "en": "only what was published when the plan was issued (census 2020, bulletin 2021, WPP "
        "2022); the net migration of 2021 goes on every year",
        "zh": "只用方案印发前已公布的资料(2020年普查、2021年公报、WPP 2022),2021年净迁入量逐年延续",
    },
    "trend": {
        "en": "the mean yearly net migration of 2010-2020 by age and sex goes on (residual of the "
        "two censuses); WPP 2024",
        "zh": "按2010—2020年两次普查推算的分年龄性别年均净迁移延续;WPP 2024",
    },
    "no-migration": {
        "en": "nobody moves in or out: births, deaths and ageing of the residents of 2020; WPP "
        "2024",
        "zh": "无迁移:只计2020年常住人口的出生、死亡与老化;WPP 2024",
    },
}


@dataclass(frozen=True)
class Inputs:
    """What is known of a place: all that its base and rates are made from.

    Attributes
    ----------
    census_2020 : (sex, age_low) or (sex, age) resident persons on 1 November 2020.
    census_2010 : (sex, age_low) the same in 2010; None where there is none.
    life_expectancy : years, both sexes, with its year; None keeps the national standard.
    totals : official resident totals at year end, by year.
    births : official numbers of births to residents, by year.
    birth_rates, death_rates : per 1,000 of the mean resident population, by year.
    """

    census_2020: xr.DataArray
    census_2010: xr.DataArray | None = None
    life_expectancy: Figure | None = None
    totals: dict[int, Figure] = field(default_factory=dict)
    births: dict[int, Figure] = field(default_factory=dict)
    birth_rates: dict[int, Figure] = field(default_factory=dict)
    death_rates: dict[int, Figure] = field(default_factory=dict)


def missing_for(variant: str, inputs: Inputs) -> list[str]:
    """Name what a variant needs and the inputs do not have; empty when it can be computed."""
    if variant not in VARIANTS:
        raise UnknownNameError(f"variant {variant!r} does not exist. Known: {', '.join(VARIANTS)}.")
    if variant == "no-migration":
        return []
    missing = [] if inputs.census_2010 is not None else ["census_population_2010"]
    if variant == "plan":
        for year in (BASE_YEAR, BASE_YEAR + 1):
            if year not in inputs.totals:
                missing.append(f"resident_year_end_total_{year}")
        for name, held in (("birth", inputs.birth_rates), ("death", inputs.death_rates)):
            if BASE_YEAR + 1 not in held:
                missing.append(f"resident_crude_{name}_rate_{BASE_YEAR + 1}")
    return missing


def mortality_level(inputs: Inputs, edition: str) -> float:
    """Relational parameter that brings the standard to the place's life expectancy; 0 without."""
    figure = inputs.life_expectancy
    if figure is None:
        return 0.0
    standard = mortality.wpp_mx(edition, [figure.year]).isel(year=0)
    srb = float(fertility.wpp_annual(edition, "sex_ratio_at_birth")[figure.year])
    return mortality.fit_relational(standard, figure.value, srb=srb)


def survival(inputs: Inputs, edition: str, years: Sequence[int]) -> xr.DataArray:
    """Survival ratios (year, sex, age) of a place: the standard of each year at the place's level.

    The level found in the year of the published life expectancy stays in all years.
    """
    standard = mortality.wpp_mx(edition, years)
    moved = mortality.relational(standard, mortality_level(inputs, edition))
    ratios = mortality.survival_ratios(mortality.life_table(moved))
    figure = inputs.life_expectancy
    sources = list(standard.attrs["sources"])
    if figure is not None:
        sources.append(f"life expectancy {figure.printed} ({figure.date}): {figure.source}")
    return ratios.assign_attrs(units="1", sources=sources)


def census_single(inputs: Inputs) -> xr.DataArray:
    """Single years of age on the census day, split by cohorts where only groups are known."""
    census = inputs.census_2020
    return census if "age" in census.dims else single_years(census)


def _census_fertility(inputs: Inputs, edition: str) -> float:
    """Level relative to the nation in the twelve months before the census of 2020."""
    nation = single_years(_nation(2020))
    pattern = fertility.wpp_asfr_pattern(edition, [BASE_YEAR]).isel(year=0)
    return fertility.relative_level(census_single(inputs), nation, pattern)


def _nation(year: int) -> xr.DataArray:
    groups = census_groups("china", year)
    if groups is None:  # pragma: no cover - packaged
        raise YilaoError(f"census_population_{year}.csv: the nation is missing.")
    return groups


def net_migration(inputs: Inputs) -> xr.DataArray:
    """Mean yearly net migration 2010-2020 (sex, age) from the residual of the two censuses."""
    if inputs.census_2010 is None:
        raise YilaoError("census_population_2010: needed for the residual of the two censuses.")
    ratio = _relative_survival(inputs)
    residual = migration.census_residual(
        inputs.census_2010, _groups_2020(inputs), _nation(2010), _nation(2020), survival=ratio
    )
    return migration.annual_net_migration(residual)


def _groups_2020(inputs: Inputs) -> xr.DataArray:
    if "age_low" not in inputs.census_2020.dims:
        raise YilaoError("census 2020: age groups are needed beside those of 2010, not single ages.")
    return inputs.census_2020


def _relative_survival(inputs: Inputs) -> xr.DataArray:
    """Ten-year survival of the place over the nation's, by five-year group of 2020."""
    tables = [
        mortality.life_table(mortality.relational(mortality.wpp_mx("2022", [2015]), level))
        for level in (mortality_level(inputs, "2022"), 0.0)
    ]
    ratios = []
    for table in tables:
        big_l = table["Lx"].isel(year=0).values
        five = np.add.reduceat(big_l, np.arange(0, 90, 5), axis=1)
        ten = np.ones_like(five)
        ten[:, 2:-1] = five[:, 2:-1] / five[:, :-3]
        ten[:, -1] = five[:, -1] / five[:, -3:].sum(axis=1)
        ratios.append(ten)
    return xr.DataArray(
        ratios[0] / ratios[1],
        dims=("sex", "age_low"),
        coords={"sex": list(SEXES), "age_low": np.arange(0, 90, 5)},
    )


def base(inputs: Inputs) -> YearEnd:
    """Population on 31 December 2020 from the census of 1 November, with the events in between.

    It is the same for all variants: all that it uses had been published by the summer of 2022.
    """
    if str(inputs.census_2020.attrs.get("date", "")).endswith("-12-31"):
        return YearEnd(inputs.census_2020, 0.0, 0.0, None)
    census = census_single(inputs)
    edition = "2022"
    ratios = survival(inputs, edition, [BASE_YEAR]).isel(year=0, drop=True)
    srb = float(fertility.wpp_annual(edition, "sex_ratio_at_birth")[BASE_YEAR])
    level = fertility.tfr_path(edition, _census_fertility(inputs, edition), [BASE_YEAR])
    pattern = fertility.wpp_asfr_pattern(edition, [BASE_YEAR]).isel(year=0, drop=True)
    asfr = (pattern * float(level[0])).assign_attrs(sources=sources_of(pattern, level))
    figure = inputs.totals.get(BASE_YEAR)
    if figure is None or inputs.census_2010 is None:
        return to_year_end(census, survival_ratio=ratios, asfr=asfr, srb=srb)
    return to_year_end(
        census,
        survival_ratio=ratios,
        asfr=asfr,
        srb=srb,
        total=figure.value,
        profile=migration.profile(net_migration(inputs)),
        total_source=f"year-end total 2020: {figure.source}",
    )


def net_migration_2021(inputs: Inputs) -> float:
    """Net migrants of 2021, persons: change of the official totals less natural increase.

    Births and deaths are the printed crude rates times the mean of the two year-end totals.
    """
    totals = inputs.totals
    before, after = totals[BASE_YEAR].value, totals[BASE_YEAR + 1].value
    mean = (before + after) / 2
    births = inputs.birth_rates[BASE_YEAR + 1].value / 1000 * mean
    deaths = inputs.death_rates[BASE_YEAR + 1].value / 1000 * mean
    return after - before - births + deaths


def rates(inputs: Inputs, variant: str, start: xr.DataArray, until: int) -> xr.Dataset:
    """Rates of a variant for the years after ``start`` up to ``until``.

    Parameters
    ----------
    inputs : what is known of the place.
    variant : ``plan``, ``trend`` or ``no-migration``.
    start : base population (sex, age) with its year.
    until : last year, 2050 at most.

    Raises
    ------
    UnknownNameError
        The variant does not exist.
    YilaoError
        Something the variant needs is not known; the message names it.
    """
    if missing := missing_for(variant, inputs):
        raise YilaoError(
            f"variant {variant!r} cannot be computed here: {', '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} not known. Choose another variant."
        )
    first = int(start["year"]) + 1
    if not first <= until <= LAST_YEAR:
        raise YilaoError(f"until: {until} is outside {first} to {LAST_YEAR}, the years with rates.")
    years = list(range(first, until + 1))
    edition = EDITION[variant]
    data = xr.Dataset(attrs={"variant": variant, "edition": edition})
    data["survival_ratio"] = survival(inputs, edition, years)
    srb = fertility.wpp_annual(edition, "sex_ratio_at_birth").loc[years]
    data["srb"] = xr.DataArray(
        srb.to_numpy(dtype=float),
        dims=("year",),
        coords={"year": years},
        attrs={
            "units": "males per female",
            "sources": [facts.source(f"wpp{edition}_sex_ratio_at_birth.csv")],
        },
    )
    data["asfr_pattern"] = fertility.wpp_asfr_pattern(edition, years)
    if variant == "trend":
        yearly = net_migration(inputs)
        data["net_migration"] = yearly.expand_dims(year=years).assign_attrs(yearly.attrs)
    elif variant == "plan":
        profile = migration.profile(net_migration(inputs))
        data["migration_profile"] = profile
        data["migration_total"] = xr.DataArray(
            np.full(len(years), net_migration_2021(inputs)),
            dims=("year",),
            coords={"year": years},
            attrs={"units": "persons per step", "sources": _figure_sources(inputs)},
        )
    relative, note = _fertility_level(inputs, edition, start, data)
    data["tfr"] = fertility.tfr_path(edition, relative, years)
    data["tfr"].attrs["sources"] = [*data["tfr"].attrs["sources"], *note]
    data.attrs["relative_fertility"] = relative
    data.attrs["mortality_level"] = mortality_level(inputs, edition)
    return data


def _figure_sources(inputs: Inputs) -> list[str]:
    held = [inputs.totals, inputs.birth_rates, inputs.death_rates]
    return [
        f"{f.variable} {f.year}: {f.source}"
        for group in held
        for f in group.values()
        if f.year in (BASE_YEAR, BASE_YEAR + 1)
    ]


def _births(inputs: Inputs, year: int) -> tuple[float, Figure] | None:
    """Births of a year to residents: the printed number, or the printed rate times the mean."""
    if year in inputs.births:
        return inputs.births[year].value, inputs.births[year]
    if year in inputs.birth_rates and {year - 1, year} <= set(inputs.totals):
        mean = (inputs.totals[year - 1].value + inputs.totals[year].value) / 2
        return inputs.birth_rates[year].value / 1000 * mean, inputs.birth_rates[year]
    return None


def _fertility_level(
    inputs: Inputs, edition: str, start: xr.DataArray, data: xr.Dataset
) -> tuple[float, list[str]]:
    """Level relative to the nation: from the births of 2021 where they are published.

    Births are linear in the total fertility rate, so one step at the nation's rate gives the level.
    Without them the infants of the census show it.
    """
    year = BASE_YEAR + 1
    counted = _births(inputs, year)
    if counted is None:
        return _census_fertility(inputs, edition), list(inputs.census_2020.attrs["sources"])
    national = float(fertility.wpp_annual(edition, "tfr")[year])
    # The women of 2021 were those who really came and stayed, whatever a variant assumes after.
    moved = np.zeros((1, 2, OPEN_AGE + 1))
    if not missing_for("plan", inputs):
        moved[0] = migration.profile(net_migration(inputs)).values * net_migration_2021(inputs)
    elif inputs.census_2010 is not None:
        moved[0] = net_migration(inputs).values
    step = Rates(
        survival=data["survival_ratio"].sel(year=[year]).values,
        asfr=data["asfr_pattern"].sel(year=[year]).values * national,
        tfr=None,
        srb=data["srb"].sel(year=[year]).values,
        migration=moved,
        total=None,
        migration_is_rate=False,
    )
    at_national = float(project_arrays(start.values, step).births.sum())
    births, figure = counted
    return births / at_national, [f"births {year}: {figure.source}"]


__all__ = [
    "CENSUS_DAY",
    "DESCRIPTION",
    "LAST_YEAR",
    "VARIANTS",
    "Inputs",
    "base",
    "missing_for",
    "net_migration",
    "rates",
]
