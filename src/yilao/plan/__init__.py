"""Plans as data: documents, their indicators, and each figure as printed."""

from yilao.plan.concepts import Concept, concepts
from yilao.plan.document import Plan, documents_of, load_plan, plans, read_plan
from yilao.plan.figures import COMPARATORS, Point
from yilao.plan.indicator import Indicator
from yilao.plan.progress import Assessment, Thresholds, assess

__all__ = [
    "COMPARATORS",
    "Assessment",
    "Concept",
    "Indicator",
    "Plan",
    "Point",
    "Thresholds",
    "assess",
    "concepts",
    "documents_of",
    "load_plan",
    "plans",
    "read_plan",
]
