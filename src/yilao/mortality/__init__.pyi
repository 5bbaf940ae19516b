from .at_e0 import mx_at, parameter_at, survival_ratio_at, survival_surface
from .closing import kannisto, truncate
from .coherent import coherent_lee_carter, lee_carter_mx_at, rotated_bx, ultimate_bx
from .convert import mx_from_lx, mx_from_qx
from .forecast import draw_index, forecast_index
from .graduate import abridge, graduate_mx, single_year_rates
from .lee_carter import fit_lee_carter, index_to_deaths, last_ax, lee_carter_mx
from .lee_carter_deaths import fit_lee_carter_deaths
from .li_lee import fit_li_lee, li_lee_mx
from .logit import brass
from .model import (
    MortalityModel,
    brass_model,
    lee_carter_model,
    log_quadratic_model,
    table_model,
)
from .rates import death_rates
from .ratios import survival_ratios, survival_ratios_open
from .registration import from_registered_deaths
from .separation import A0_RULES, AX_RULES, infant_a0
from .standard import wpp_mx
from .tables import life_expectancy, life_table

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
    "fit_li_lee",
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
    "li_lee_mx",
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
