from . import demand, facts, fertility, gap, migration, mortality, population, supply
from .examine import Audit, audit
from .facts import find_place
from .gap import (
    ChildcareGap,
    PlaceGap,
    PlaceNeed,
    childcare_gap,
    place_gap,
    place_need,
    shortfall,
)
from .place import Place, load_place, place_of_county, read_place
from .plan import Assessment, Plan, assess, load_plan, plans, read_plan
from .plot import plot_gap, plot_parts, plot_paths, plot_pyramid
from .population import sum_ages
from .projection import Projection, expand_rates, project, project_sums, sensitivity
from .reproduce import claims
from .schema import (
    BasisError,
    FactsError,
    NegativePopulationError,
    SchemaError,
    UnknownNameError,
    YilaoError,
    citations,
)

__version__: str

__all__ = [
    "Assessment",
    "Audit",
    "BasisError",
    "ChildcareGap",
    "FactsError",
    "NegativePopulationError",
    "Place",
    "PlaceGap",
    "PlaceNeed",
    "Plan",
    "Projection",
    "SchemaError",
    "UnknownNameError",
    "YilaoError",
    "assess",
    "audit",
    "childcare_gap",
    "citations",
    "claims",
    "demand",
    "expand_rates",
    "facts",
    "fertility",
    "find_place",
    "gap",
    "load_place",
    "load_plan",
    "migration",
    "mortality",
    "place_gap",
    "place_need",
    "place_of_county",
    "plans",
    "plot_gap",
    "plot_parts",
    "plot_paths",
    "plot_pyramid",
    "population",
    "project",
    "project_sums",
    "read_place",
    "read_plan",
    "sensitivity",
    "shortfall",
    "sum_ages",
    "supply",
]
