"""The demographic statements of the documents of a place, each figure as printed."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

from yilao.place import Place
from yilao.plan import Indicator, Plan, Point, concepts
from yilao.plan.measures import Measure, measures

COUNTED = ("base", "statistic")


@dataclass(frozen=True)
class Claim:
    """One figure of a document for one year, and the measure of the population that it names.

    Attributes
    ----------
    place, document : where it stands.
    indicator : the statement with its quote and the basis as labelled.
    measure : how the engine reads it; a statement whose ages can be read in two ways is two claims.
    year, role, printed, comparator : of the figure.
    date : the day of the figure where one is known, such as that of a census.
    value : None for a range, of which ``ends`` are the two that are printed.
    low, high : what the printed figure can stand for; a bound is open to its side.
    since : the year from which an increase or growth is measured, the document's latest earlier
        count of the same people; None if there is none, or nothing is measured from a year.
    """

    place: str
    document: str
    indicator: Indicator
    measure: Measure
    year: int | None
    role: str
    printed: str
    comparator: str
    value: float | None
    low: float
    high: float
    since: int | None = None
    date: dt.date | None = None
    ends: tuple[float, float] | None = None

    @property
    def counted(self) -> bool:
        """Whether the document states it as counted and not as expected."""
        return self.role in COUNTED

    @property
    def labelled(self) -> str:
        """The basis as labelled: resident, registered or unstated."""
        return self.indicator.basis_as_labelled or "unstated"

    def nearest(self, figure: float) -> float:
        """The printed figure; of a range the end nearest to another figure, within it that one."""
        if self.value is not None or self.ends is None:
            return float(self.value or 0.0)
        return min(max(figure, self.ends[0]), self.ends[1])

    def holds(self, figure: float) -> bool:
        """Whether a figure lies within what the printed one can stand for."""
        if self.comparator == ">":
            return figure > self.low
        if self.comparator == "<":
            return figure < self.high
        return self.low <= figure <= self.high


def _ends(indicator: Indicator, point: Point) -> tuple[float, float]:
    """The printed interval; a target is exact, but one that is a bound is open to its side."""
    low, high = indicator.interval(point.year, role=point.role)
    if point.comparator in (">", ">="):
        return low, math.inf
    if point.comparator in ("<", "<="):
        return -math.inf, high
    return low, high


def _since(document: Plan, indicator: Indicator, point: Point) -> int | None:
    counted = concepts()[indicator.id].numerator
    years = [
        p.year
        for i in document.indicators
        if i.id == counted
        for p in i.points
        if p.role in COUNTED and p.year is not None and p.year < (point.year or 0)
    ]
    return max(years, default=None)


def stated(place: Place) -> tuple[Claim, ...]:
    """Return every demographic figure of the documents of a place.

    Which concepts are demographic, and which measure of a population each is, stands in the file
    ``measures.csv`` beside the registry of concepts.

    Examples
    --------
    >>> from yilao.place import load_place
    >>> [(c.year, c.printed) for c in stated(load_place("taizhou-zhejiang"))][3:6]
    [(2033, '2033年'), (2025, '17%'), (2030, '20%')]
    """
    return tuple(
        _claim(place.id, document, indicator, measure, point)
        for document in place.plans
        for indicator in document.indicators
        for measure in measures().get(indicator.id, ())
        for point in indicator.points
    )


def _claim(
    place: str, document: Plan, indicator: Indicator, measure: Measure, point: Point
) -> Claim:
    low, high = _ends(indicator, point)
    changes = measure.form in ("increase", "growth")
    ends = None if point.low is None or point.high is None else (point.low, point.high)
    return Claim(
        place=place,
        document=document.document,
        indicator=indicator,
        measure=measure,
        year=point.year,
        role=point.role,
        printed=point.printed,
        comparator=point.comparator,
        value=point.value,
        low=low,
        high=high,
        since=_since(document, indicator, point) if changes else None,
        date=point.date,
        ends=ends,
    )
