"""What documents state about the childcare gap, and what their figures imply."""

from __future__ import annotations

from typing import Any

import xarray as xr

from yilao import facts
from yilao.place import Place
from yilao.plan import Indicator, Point
from yilao.plan.figures import printed_figures
from yilao.schema import YilaoError

Interval = tuple[float, float]
DEFAULT_YEAR = 2025


def stated_projection(place: Place, name: str, year: int) -> tuple[Indicator, Point] | None:
    """The figure that a document of the place states for a year as projection, if any."""
    for document in place.plans:
        for indicator in document.indicators:
            if indicator.statement == name:
                for point in indicator.points:
                    if point.year == year and point.role == "projection":
                        return indicator, point
    return None


def _norms(place: Place) -> dict[int, float]:
    """Targets of places per 1,000 people by year; two documents that differ raise."""
    found: dict[int, float] = {}
    for (year, value), document in sorted(_targets(place).items()):
        if year in found:
            raise YilaoError(
                f"childcare_places_per_1000, {year}: the documents state {found[year]:g} and "
                f"{value:g} ({document}). Choose one with norm=."
            )
        found[year] = value
    return found


def _targets(place: Place) -> dict[tuple[int, float], str]:
    """Every target of places per 1,000 people, with the document that states it."""
    return {
        (point.year, point.value): document.document
        for document in place.plans
        for indicator in document.indicators
        if indicator.statement == "childcare_places_per_1000"
        for point in indicator.points
        if point.role == "target" and point.value is not None and point.year is not None
    }


def choose_norm(place: Place, year: int | None, norm: float | None) -> tuple[int, Any, Any]:
    """Year, norm and the year whose target it is (None for a norm of the user's or unknown)."""
    if norm is not None:
        year = DEFAULT_YEAR if year is None else year
        return year, norm, year if (year, norm) in _targets(place) else None
    targets = _norms(place)
    if year is None:
        year = DEFAULT_YEAR if DEFAULT_YEAR in targets or not targets else max(targets)
    due = [y for y in targets if y <= year]
    # A later year has no target of its own: the last one is held, and the answer says so.
    return (year, targets[due[-1]], due[-1]) if due else (year, None, None)


def argued_stock(place: Place, stated: xr.DataArray) -> tuple[Interval, facts.Figure] | None:
    """Stock before the year of the stated one, from additions reported for that year.

    How many of them the stated stock already held is not known: none gives the stated stock, all
    gives that less the additions.  Other openings and closures of the year are not known either.
    """
    year = int(stated["year"])
    added = [
        f for f in facts.figures(place.id, "childcare_places_added_inclusive") if f.year == year
    ]
    if not added:
        return None
    half = float(stated.attrs["rounding"])
    return (float(stated) - half - added[0].value, float(stated) + half), added[0]


def _quotient(place: Place, year: int, promised: float) -> tuple[Interval, float]:
    """Population behind promised places and their promised rate, and its range.

    As targets both are exact; as the quotient of one another the rate was rounded when printed, so
    it carries half a unit here.
    """
    for document in place.plans:
        for indicator in document.indicators:
            if indicator.statement == "childcare_places_per_1000":
                for point in indicator.points:
                    if point.year == year and point.role == "target" and point.value:
                        (_, half), *_ = printed_figures(point.printed, indicator.unit)
                        low, high = point.value - float(half), point.value + float(half)
                        ends = promised / high * 1000, promised / low * 1000
                        return ends, promised / point.value * 1000
    raise YilaoError(f"childcare_places_per_1000: no target for {year}.")  # pragma: no cover


def _promised(place: Place, year: int) -> float | None:
    """Places that a document of the place promises for the year, if any."""
    for document in place.plans:
        for indicator in document.indicators:
            if indicator.statement == "childcare_places":
                for point in indicator.points:
                    if point.year == year and point.role == "target":
                        return point.value
    return None


def plan_arithmetic(
    place: Place, year: int, norm: float | None, own: bool, stated: xr.DataArray | None
) -> dict[str, Any]:
    """Residents, need and stock that the plan's own figures imply, as intervals.

    ``own`` says that the norm is the plan's: its published gap was counted with no other.
    """
    out: dict[str, Any] = dict.fromkeys(
        (
            "population",
            "population_point",
            "need",
            "need_point",
            "stock",
            "stock_point",
            "published",
            "published_interval",
            "stated_gap",
            "stated_gap_interval",
            "implied_gap",
            "promised",
        )
    )
    if norm is None:
        return out
    count = stated_projection(place, "population_old_and_young", year)
    share = stated_projection(place, "share_old_and_young", year)
    gap = stated_projection(place, "childcare_shortfall", year)
    if own and gap is not None and gap[1].value is not None:
        out["published"] = gap[1].value
        out["published_interval"] = gap[0].interval(year, role="projection")
    promised = _promised(place, year)
    if promised is not None:
        out["promised"] = promised
    if count is not None and share is not None and count[1].value and share[1].value:
        low, high = count[0].interval(year, role="projection")
        share_low, share_high = share[0].interval(year, role="projection")
        out["population"] = (low / (share_high / 100), high / (share_low / 100))
        out["population_point"] = count[1].value / (share[1].value / 100)
    elif own and promised is not None:
        # Two figures of one plan: their quotient is the population it counts on.
        out["population"], out["population_point"] = _quotient(place, year, promised)
    if out["population"] is None or not own:
        return out
    out["need"] = tuple(p * norm / 1000 for p in out["population"])
    out["need_point"] = out["population_point"] * norm / 1000
    if stated is not None:
        half = float(stated.attrs["rounding"])
        out["stated_gap"] = out["need_point"] - float(stated)
        out["stated_gap_interval"] = (
            out["need"][0] - float(stated) - half,
            out["need"][1] - float(stated) + half,
        )
    if out["published"] is not None:
        gap_low, gap_high = out["published_interval"]
        out["stock"] = (out["need"][0] - gap_high, out["need"][1] - gap_low)
        out["stock_point"] = out["need_point"] - out["published"]
        # The implied stock comes from the published gap, so it gives that gap back: it is the same
        # need on both sides, and its width must not be counted twice.
        out["implied_gap"] = (gap_low, gap_high)
    return out
