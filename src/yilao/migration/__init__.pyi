from .fit import RogersCastroFit, fit_rogers_castro
from .flows import flow_residual
from .model_schedules import (
    rogers_castro,
    rogers_castro_components,
    un_family,
)
from .plausible import cohort_ratios, implausible
from .residual import (
    census_residual,
    cohort_residual,
    join_five_years,
    joins_five_years,
)
from .scaling import scale_net_migration, split_net_migration
from .survival import census_survival_ratios, life_table_survival
from .yearly import annual_net_migration, profile

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
