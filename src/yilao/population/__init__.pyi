from .ages import group_ages
from .backward import Backward, reverse_project
from .between import interpolate
from .bulletin import BulletinFit, fit_bulletin
from .cohorts import single_years
from .counties import Counties, read_counties
from .crosswalks import crosswalk, read_crosswalk, to_areas
from .graduation import graduate
from .groups import CENSUS_DAY, census_groups, groups_from_rows, sum_ages
from .hmd import read_hfd, read_hmd, read_hmd_life_tables
from .margins import Margin
from .moving import Moved, move
from .open_group import extend_open_group
from .quality import (
    age_ratios,
    age_sex_accuracy,
    bachi,
    myers,
    sex_ratios,
    whipple,
)
from .reference import famine_ages, famine_trough, national_reference
from .smoothing import smooth_groups
from .structure import (
    ageing_index,
    dependency_ratios,
    mean_age,
    median_age,
    sex_ratio,
)
from .tidy import read_groups, write_template
from .wpp import read_wpp
from .wpp_country import wpp_base, wpp_rates
from .year_end import TO_YEAR_END, YearEnd, to_year_end

__all__ = [
    "CENSUS_DAY",
    "TO_YEAR_END",
    "Backward",
    "BulletinFit",
    "Counties",
    "Margin",
    "Moved",
    "YearEnd",
    "age_ratios",
    "age_sex_accuracy",
    "ageing_index",
    "bachi",
    "census_groups",
    "crosswalk",
    "dependency_ratios",
    "extend_open_group",
    "famine_ages",
    "famine_trough",
    "fit_bulletin",
    "graduate",
    "group_ages",
    "groups_from_rows",
    "interpolate",
    "mean_age",
    "median_age",
    "move",
    "myers",
    "national_reference",
    "read_counties",
    "read_crosswalk",
    "read_groups",
    "read_hfd",
    "read_hmd",
    "read_hmd_life_tables",
    "read_wpp",
    "reverse_project",
    "sex_ratio",
    "sex_ratios",
    "single_years",
    "smooth_groups",
    "sum_ages",
    "to_areas",
    "to_year_end",
    "whipple",
    "wpp_base",
    "wpp_rates",
    "write_template",
]
