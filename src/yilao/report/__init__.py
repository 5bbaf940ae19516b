"""Pages and tables for people, in Chinese and English."""

from yilao.report.audit import audit_text
from yilao.report.childcare import conclusion, gap_text
from yilao.report.claims import claims_text
from yilao.report.measures import label as measure_label
from yilao.report.need import need_text
from yilao.report.place_gap import conclusion as line_conclusion
from yilao.report.place_gap import place_gap_text
from yilao.report.places import places_text
from yilao.report.status import status_text

__all__ = [
    "audit_text",
    "claims_text",
    "conclusion",
    "gap_text",
    "line_conclusion",
    "measure_label",
    "need_text",
    "place_gap_text",
    "places_text",
    "status_text",
]
