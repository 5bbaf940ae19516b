"""A plan examined: against itself, its sister document, and the people who are alive."""

from yilao.examine.audit import Audit, audit
from yilao.examine.finding import RULES, SEVERITIES, Finding

__all__ = ["RULES", "SEVERITIES", "Audit", "Finding", "audit"]
