from .document import Plan, documents_of, load_plan, plans, read_plan
from .figures import COMPARATORS, Point
from .indicator import Indicator
from .progress import Assessment, Thresholds, assess
from .registry import Concept, concepts

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
