from .converge import converge_pattern
from .decline import FertilityDecline, decline_per_year, fit_decline
from .fit import fit_schedule
from .forecast import draw_tfr, forecast_tfr, tfr_quantiles
from .graduate import single_year_asfr
from .level import (
    child_woman_tfr,
    relative_level,
    tfr_from_births,
    tfr_from_infants,
)
from .mean_reversion import MeanReversion, fit_mean_reversion
from .measures import (
    gross_reproduction_rate,
    mean_age_at_birth,
    net_reproduction_rate,
    tempo_adjusted_tfr,
    total_fertility,
)
from .observed import census_asfr, census_asfr_pattern, census_relative_level
from .pattern import asfr, asfr_pattern, group_pattern, with_mean_age
from .schedules import (
    booth_standard,
    gamma_pattern,
    hadwiger_pattern,
    quadratic_spline_pattern,
    relational_gompertz_pattern,
)
from .wpp import LAST_ESTIMATE, tfr_path, wpp_annual, wpp_asfr_pattern

__all__ = [
    "LAST_ESTIMATE",
    "FertilityDecline",
    "MeanReversion",
    "asfr",
    "asfr_pattern",
    "booth_standard",
    "census_asfr",
    "census_asfr_pattern",
    "census_relative_level",
    "child_woman_tfr",
    "converge_pattern",
    "decline_per_year",
    "draw_tfr",
    "fit_decline",
    "fit_mean_reversion",
    "fit_schedule",
    "forecast_tfr",
    "gamma_pattern",
    "gross_reproduction_rate",
    "group_pattern",
    "hadwiger_pattern",
    "mean_age_at_birth",
    "net_reproduction_rate",
    "quadratic_spline_pattern",
    "relational_gompertz_pattern",
    "relative_level",
    "single_year_asfr",
    "tempo_adjusted_tfr",
    "tfr_from_births",
    "tfr_from_infants",
    "tfr_path",
    "tfr_quantiles",
    "total_fertility",
    "with_mean_age",
    "wpp_annual",
    "wpp_asfr_pattern",
]
