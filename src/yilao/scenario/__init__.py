"""Variants: what is known of a place made into rates, and the words that describe them."""

from yilao.scenario.inputs import (
    BASE_YEAR,
    DESCRIPTION,
    EDITION,
    LAST_YEAR,
    VARIANTS,
    Inputs,
    missing_for,
)
from yilao.scenario.levels import base, mortality_level, net_migration, survival
from yilao.scenario.variants import net_migration_2021, rates

__all__ = [
    "BASE_YEAR",
    "DESCRIPTION",
    "EDITION",
    "LAST_YEAR",
    "VARIANTS",
    "Inputs",
    "base",
    "missing_for",
    "mortality_level",
    "net_migration",
    "net_migration_2021",
    "rates",
    "survival",
]
