"""The cohort-component kernels, on plain arrays: they know no labels, files or cities."""

from yilao.engine.rates import (
    CONVENTIONS,
    EMPTY,
    TABLE_SLACK,
    UN,
    Problem,
    Rates,
    Timing,
    lay_out,
    timing,
)
from yilao.engine.run import (
    ENGINES,
    Result,
    after_early_migrants,
    choose,
    gradients,
    project_members,
)

__all__ = [
    "CONVENTIONS",
    "EMPTY",
    "ENGINES",
    "TABLE_SLACK",
    "UN",
    "Problem",
    "Rates",
    "Result",
    "Timing",
    "after_early_migrants",
    "choose",
    "gradients",
    "lay_out",
    "project_members",
    "timing",
]
