"""Need against supply: the gap, and where it comes from; what a place needs."""

from yilao.gap.childcare import ChildcareGap, childcare_gap
from yilao.gap.requirements import PlaceNeed, Requirement, place_need
from yilao.gap.shortfall import shortfall

__all__ = ["ChildcareGap", "PlaceNeed", "Requirement", "childcare_gap", "place_need", "shortfall"]
