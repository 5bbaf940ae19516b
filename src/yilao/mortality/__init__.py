"""Life tables, models met to a life expectancy, forecasts, and the WPP standard."""

from yilao.mortality.at_e0 import mx_at, parameter_at, survival_ratio_at, survival_surface
from yilao.mortality.logit import brass
from yilao.mortality.closing import kannisto, truncate
from yilao.mortality.coherent import coherent_lee_carter, lee_carter_mx_at, rotated_bx, ultimate_bx
from yilao.mortality.convert import mx_from_lx, mx_from_qx
from yilao.mortality.forecast import draw_index, forecast_index
from yilao.mortality.graduate import abridge, graduate_mx, single_year_rates
from yilao.mortality.lee_carter import fit_lee_carter, index_to_deaths, last_ax, lee_carter_mx
from yilao.mortality.lee_carter_deaths import fit_lee_carter_deaths
from yilao.mortality.model import (
    MortalityModel,
    brass_model,
    lee_carter_model,
    log_quadratic_model,
    table_model,
)
from yilao.mortality.rates import death_rates
from yilao.mortality.ratios import survival_ratios, survival_ratios_open
from yilao.mortality.registration import from_registered_deaths
from yilao.mortality.separation import A0_RULES, AX_RULES, infant_a0
from yilao.mortality.standard import wpp_mx
from yilao.mortality.tables import life_expectancy, life_table

__all__ = [
    "A0_RULES",
    "AX_RULES",
    "MortalityModel",
    "abridge",
    "brass",
    "brass_model",
    "coherent_lee_carter",
    "death_rates",
    "draw_index",
    "fit_lee_carter",
    "fit_lee_carter_deaths",
    "forecast_index",
    "from_registered_deaths",
    "graduate_mx",
    "index_to_deaths",
    "infant_a0",
    "kannisto",
    "last_ax",
    "lee_carter_model",
    "lee_carter_mx",
    "lee_carter_mx_at",
    "life_expectancy",
    "life_table",
    "log_quadratic_model",
    "mx_at",
    "mx_from_lx",
    "mx_from_qx",
    "parameter_at",
    "rotated_bx",
    "single_year_rates",
    "survival_ratio_at",
    "survival_ratios",
    "survival_ratios_open",
    "survival_surface",
    "table_model",
    "truncate",
    "ultimate_bx",
    "wpp_mx",
]
