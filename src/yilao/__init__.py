"""yilao (一老一小): how many elderly people and small children, what they need, and the gap.

The notebook's names are here; specialists go through the modules (``yilao.population``,
``yilao.mortality``, ``yilao.fertility``, ``yilao.migration``, ``yilao.demand`` …).
"""

from yilao import demand, facts, fertility, gap, migration, mortality, population, supply
from yilao.facts import find_place
from yilao.gap import (
    ChildcareGap,
    PlaceGap,
    PlaceNeed,
    childcare_gap,
    place_gap,
    place_need,
    shortfall,
)
from yilao.place import Place, load_place, place_of_county, read_place
from yilao.plan import Assessment, Plan, assess, load_plan, plans, read_plan
from yilao.plot import plot_gap, plot_parts, plot_paths, plot_pyramid
from yilao.population import sum_ages
from yilao.projection import Projection, expand_rates, project, project_sums, sensitivity
from yilao.reproduce import claims
from yilao.schema import (
    BasisError,
    FactsError,
    NegativePopulationError,
    SchemaError,
    UnknownNameError,
    YilaoError,
    citations,
)

__version__ = "0.1.0"

__all__ = [
    "Assessment",
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
