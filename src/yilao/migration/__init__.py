"""Migration: census residuals, model schedules, profiles, totals, and in- and outflows."""

from yilao.migration.fit import RogersCastroFit, fit_rogers_castro
from yilao.migration.flows import flow_residual
from yilao.migration.plausible import cohort_ratios, implausible
from yilao.migration.residual import (
    census_residual,
    cohort_residual,
    join_five_years,
    joins_five_years,
)
from yilao.migration.model_schedules import (
    rogers_castro,
    rogers_castro_components,
    un_family,
)
from yilao.migration.scaling import scale_net_migration, split_net_migration
from yilao.migration.survival import census_survival_ratios, life_table_survival
from yilao.migration.yearly import annual_net_migration, profile

__all__ = [
    "RogersCastroFit",
    "annual_net_migration",
    "census_residual",
    "census_survival_ratios",
    "cohort_ratios",
    "cohort_residual",
    "fit_rogers_castro",
    "flow_residual",
    "implausible",
    "join_five_years",
    "joins_five_years",
    "life_table_survival",
    "profile",
    "rogers_castro",
    "rogers_castro_components",
    "scale_net_migration",
    "split_net_migration",
    "un_family",
]
