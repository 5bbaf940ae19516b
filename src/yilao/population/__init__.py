"""Base populations: census age groups to single years, and from census day to year end."""

from yilao.population.cohorts import famine_trough, national_reference, single_years
from yilao.population.counties import Counties, read_counties
from yilao.population.crosswalk import crosswalk, read_crosswalk, to_areas
from yilao.population.groups import CENSUS_DAY, census_groups, groups_from_rows, sum_ages
from yilao.population.hmd import read_hfd, read_hmd, read_hmd_life_tables
from yilao.population.tidy import read_groups, write_template
from yilao.population.wpp import read_wpp, wpp_base, wpp_rates
from yilao.population.year_end import TO_YEAR_END, YearEnd, to_year_end

__all__ = [
    "CENSUS_DAY",
    "TO_YEAR_END",
    "Counties",
    "YearEnd",
    "census_groups",
    "crosswalk",
    "famine_trough",
    "groups_from_rows",
    "national_reference",
    "read_counties",
    "read_crosswalk",
    "read_groups",
    "read_hfd",
    "read_hmd",
    "read_hmd_life_tables",
    "read_wpp",
    "single_years",
    "sum_ages",
    "to_areas",
    "to_year_end",
    "wpp_base",
    "wpp_rates",
    "write_template",
]
