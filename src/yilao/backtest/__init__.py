"""A projection beside what was counted or published afterwards."""

from yilao.backtest.bulletins import against_bulletins
from yilao.backtest.census_pair import (
    census,
    census_pair_rates,
    closing_migration,
    missing_without_migration,
)

__all__ = [
    "against_bulletins",
    "census",
    "census_pair_rates",
    "closing_migration",
    "missing_without_migration",
]
