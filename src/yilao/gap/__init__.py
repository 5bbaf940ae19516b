"""Need against supply: the gap, where it comes from and what closes it; what a place needs."""

from yilao.gap.areas import add_up, allocate
from yilao.gap.childcare import ChildcareGap, childcare_gap
from yilao.gap.comparisons import compare
from yilao.gap.districts import district_needs
from yilao.gap.factors import explain_need, shapley
from yilao.gap.of_place import GapLine, PlaceGap, gaps_of, place_gap
from yilao.gap.origin import constant_reference, explain_change, explain_origin
from yilao.gap.requirements import PlaceNeed, Requirement, place_need
from yilao.gap.shortfall import shortfall
from yilao.gap.targets import rate_of_stock, stock_of_rate
from yilao.gap.timing import chance, first_year_short, orders, required_additions

__all__ = [
    "ChildcareGap",
    "GapLine",
    "PlaceGap",
    "PlaceNeed",
    "Requirement",
    "add_up",
    "allocate",
    "chance",
    "childcare_gap",
    "compare",
    "constant_reference",
    "district_needs",
    "explain_change",
    "explain_need",
    "explain_origin",
    "first_year_short",
    "gaps_of",
    "orders",
    "place_gap",
    "place_need",
    "rate_of_stock",
    "required_additions",
    "shapley",
    "shortfall",
    "stock_of_rate",
]
