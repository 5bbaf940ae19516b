"""Tables and sentences for people, in Chinese and English."""

from yilao.report.childcare import conclusion, gap_text
from yilao.report.places import places_text
from yilao.report.status import status_text

__all__ = ["conclusion", "gap_text", "places_text", "status_text"]
