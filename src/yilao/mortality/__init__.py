"""Life tables by single years of age, a one-parameter relational model, and the WPP standard."""

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
    "fit_relational",
    "graduate_mx",
    "infant_a0",
    "life_expectancy",
    "life_table",
    "relational",
    "survival_ratios",
    "wpp_mx",
]
