"""Need against supply: the gap, and where it comes from."""

from yilao.gap.childcare import ChildcareGap, childcare_gap
from yilao.gap.shortfall import shortfall

__all__ = ["ChildcareGap", "childcare_gap", "shortfall"]
