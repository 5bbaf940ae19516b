"""Need against supply: the gap, where it comes from and what closes it; what a place needs."""

from yilao.gap.childcare import ChildcareGap, childcare_gap
from yilao.gap.compare import compare
from yilao.gap.requirements import PlaceNeed, Requirement, place_need
from yilao.gap.shapley import explain_need, shapley
from yilao.gap.shortfall import shortfall
from yilao.gap.timing import chance, first_year_short, orders, required_additions

__all__ = [
    "ChildcareGap",
    "PlaceNeed",
    "Requirement",
    "chance",
    "childcare_gap",
    "compare",
    "explain_need",
    "first_year_short",
    "orders",
    "place_need",
    "required_additions",
    "shapley",
    "shortfall",
]
