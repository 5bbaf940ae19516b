"""Life tables, models of mortality that are met to a life expectancy, and the WPP standard."""

from yilao.mortality.at_e0 import mx_at, parameter_at, survival_ratio_at, survival_surface
from yilao.mortality.brass import brass
from yilao.mortality.coherent import (
    coherent_lee_carter,
    lee_carter_mx_at,
    rotated_bx,
    ultimate_bx,
)
from yilao.mortality.forecast import draw_index, forecast_index
from yilao.mortality.lee_carter import fit_lee_carter, index_to_deaths, last_ax, lee_carter_mx
from yilao.mortality.lee_carter_deaths import fit_lee_carter_deaths
from yilao.mortality.model import (
    MortalityModel,
    brass_model,
    lee_carter_model,
    log_quadratic_model,
    table_model,
)
from yilao.mortality.registration import from_registered_deaths
from yilao.mortality.separation import infant_a0
from yilao.mortality.standard import graduate_mx, wpp_mx
from yilao.mortality.tables import (
    fit_relational,
    life_expectancy,
    life_table,
    relational,
    survival_ratios,
)

__all__ = [
    "MortalityModel",
    "brass",
    "brass_model",
    "coherent_lee_carter",
    "draw_index",
    "fit_lee_carter",
    "fit_lee_carter_deaths",
    "fit_relational",
    "forecast_index",
    "from_registered_deaths",
    "graduate_mx",
    "index_to_deaths",
    "infant_a0",
    "last_ax",
    "lee_carter_model",
    "lee_carter_mx",
    "lee_carter_mx_at",
    "life_expectancy",
    "life_table",
    "log_quadratic_model",
    "mx_at",
    "parameter_at",
    "relational",
    "rotated_bx",
    "survival_ratio_at",
    "survival_ratios",
    "survival_surface",
    "table_model",
    "ultimate_bx",
]
