"""Plans as data: documents, their indicators, and each figure as printed."""

from yilao.plan.concepts import Concept, concepts
from yilao.plan.document import Plan, load_plan, plans, read_plan
from yilao.plan.figures import Point
from yilao.plan.indicator import Indicator
from yilao.plan.progress import Assessment, Thresholds, assess

__all__ = [
    "Assessment",
    "Concept",
    "Indicator",
    "Plan",
    "Point",
    "Thresholds",
    "assess",
    "concepts",
    "load_plan",
    "plans",
    "read_plan",
]
