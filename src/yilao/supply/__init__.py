"""What exists and is coming: stocks with their dates, and projects under way."""

from yilao.supply.capacity import allocated, operational
from yilao.supply.projects import STATES, pipeline, read_pipeline
from yilao.supply.stocks import stock
from yilao.supply.years import METHODS, at_years, occupancy, occupied, read_count, stocks

__all__ = [
    "METHODS",
    "STATES",
    "allocated",
    "at_years",
    "occupancy",
    "occupied",
    "operational",
    "pipeline",
    "read_count",
    "read_pipeline",
    "stock",
    "stocks",
]
