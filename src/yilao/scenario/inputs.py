"""What is known of a place, and the variants that can be made of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import xarray as xr

from yilao.facts import Figure
from yilao.migration import joins_five_years
from yilao.schema import UnknownNameError

VARIANTS = ("plan", "trend", "no-migration")
BASE_YEAR = 2020
# The plan was issued in October 2022: it could know this edition, and no later one.
EDITION = {"plan": "2022", "trend": "2024", "no-migration": "2024"}
LAST_YEAR = 2050

DESCRIPTION = {
    "plan": {
        "en": "only what was published when the plan was issued (census 2020, bulletin 2021, WPP "
        "2022); the net migration of 2021 goes on every year",
        "zh": "只用方案印发前已公布的资料（2020年普查、2021年公报、WPP 2022），2021年的净迁入量逐年延续",
    },
    "trend": {
        "en": "the mean yearly net migration of 2010-2020 by age and sex goes on (residual of the "
        "two censuses; arrivals in numbers, departures as rates); WPP 2024",
        "zh": "2010—2020年分性别年龄的年均净迁移延续（两次普查推算，迁入按人数、迁出按比例），WPP 2024",
    },
    "no-migration": {
        "en": "nobody moves in or out: births, deaths and ageing of the residents of 2020; WPP "
        "2024",
        "zh": "无迁移，只计2020年常住人口的出生、死亡和老化，WPP 2024",
    },
}


@dataclass(frozen=True, eq=False)
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
    if "age_low" not in inputs.census_2020.dims:
        # Single ages of the year end have no partner in the groups of 2010.
        missing.append("census_population_2020")
    groups = {2010: inputs.census_2010, 2020: inputs.census_2020}
    missing += [
        f"census_population_{year}_five_year_groups"
        for year, held in groups.items()
        if held is not None and "age_low" in held.dims and not joins_five_years(held)
    ]
    if variant == "plan":
        for year in (BASE_YEAR, BASE_YEAR + 1):
            if year not in inputs.totals:
                missing.append(f"resident_year_end_total_{year}")
        for name, held in (("birth", inputs.birth_rates), ("death", inputs.death_rates)):
            if BASE_YEAR + 1 not in held:
                missing.append(f"resident_crude_{name}_rate_{BASE_YEAR + 1}")
    return missing
