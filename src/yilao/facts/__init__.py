"""Published figures with their sources: places, series and single official figures.

A figure lives in a data file with unit, date, basis and source, never in code.
"""

from yilao.facts.official import Figure, figures
from yilao.facts.packaged import (
    by_age,
    by_period,
    by_year,
    manifest,
    rows_of,
    series,
    source,
)
from yilao.facts.places import PlaceRecord, find_place, place_records
from yilao.facts.tables import DATA, UNITS, number, read_table
from yilao.schema import FactsError

__all__ = [
    "DATA",
    "UNITS",
    "FactsError",
    "Figure",
    "PlaceRecord",
    "by_age",
    "by_period",
    "by_year",
    "figures",
    "find_place",
    "manifest",
    "number",
    "place_records",
    "read_table",
    "rows_of",
    "series",
    "source",
]
