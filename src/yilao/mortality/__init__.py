"""Life tables single and abridged, survival ratios, a relational model, and the WPP standard."""

from yilao.mortality.closing import kannisto, truncate
from yilao.mortality.convert import mx_from_lx, mx_from_qx
from yilao.mortality.graduate import abridge, graduate_mx, single_year_rates
from yilao.mortality.rates import death_rates
from yilao.mortality.ratios import survival_ratios, survival_ratios_open
from yilao.mortality.separation import A0_RULES, AX_RULES, infant_a0
from yilao.mortality.standard import wpp_mx
from yilao.mortality.tables import fit_relational, life_expectancy, life_table, relational

__all__ = [
    "A0_RULES",
    "AX_RULES",
    "abridge",
    "death_rates",
    "fit_relational",
    "graduate_mx",
    "infant_a0",
    "kannisto",
    "life_expectancy",
    "life_table",
    "mx_from_lx",
    "mx_from_qx",
    "relational",
    "single_year_rates",
    "survival_ratios",
    "survival_ratios_open",
    "truncate",
    "wpp_mx",
]
