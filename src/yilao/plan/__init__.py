"""Plans as data: documents, their indicators, and each figure as printed."""

from yilao.plan.document import Plan, load_plan, plans, read_plan
from yilao.plan.indicator import Indicator, Point

__all__ = ["Indicator", "Plan", "Point", "load_plan", "plans", "read_plan"]
