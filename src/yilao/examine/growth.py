"""Growth recomputed, and how far a share stands above that of a larger area."""

from __future__ import annotations

from collections.abc import Iterator

import xarray as xr

from yilao import facts
from yilao.examine.evidence import REACHED, Evidence, Known, of_residents
from yilao.examine.finding import Finding
from yilao.examine.quantity import Quantity, Words, exactly, number, printed, say
from yilao.place import Place
from yilao.plan import concepts
from yilao.plan.measures import people_counted
from yilao.plan.relations import relations
from yilao.population import census_groups
from yilao.scenario import BASE_YEAR

# A census by age leaves out those who serve, which moves a share of the nation by less.
SERVING = 0.05


def growth(ev: Evidence) -> Iterator[Finding]:
    """A growth rate, or a yearly increase, is that of the figures it speaks of."""
    for concept, mentions in ev.by_id.items():
        entry = concepts().get(concept)
        rate = entry is not None and entry.quantity == "growth"
        if entry is None or not entry.numerator or not (rate or entry.unit == "persons per year"):
            continue
        for indicator in mentions:
            for point in indicator.points:
                known = [
                    (p.year, Known(printed(i, p), i.id, Words(i.name_zh, i.name_en), "", (i,)))
                    for i in ev.by_id.get(entry.numerator, ())
                    for p in i.points
                    if p.year is not None and p.value is not None
                ]
                ends = [k for k in known if k[0] == point.year]
                starts = [k for k in known if k[0] < (point.year or 0)]
                starts = starts[:1] if rate else starts[-1:]
                if not ends or not starts:
                    continue
                years = (point.year or 0) - starts[0][0]
                a, b = starts[0][1].quantity, ends[0][1].quantity
                if rate and a.low <= 0:
                    continue
                found = (
                    Quantity(
                        *(
                            ((x / y) ** (1 / years) - 1) * 100
                            for x, y in ((b.value, a.value), (b.low, a.high), (b.high, a.low))
                        )
                    )
                    if rate
                    else (b - a) * (1 / years)
                )
                if found.meets(printed(indicator, point)):
                    continue
                yield ev.finding(
                    "growth",
                    "contradiction",
                    [indicator, *starts[0][1].statements],
                    say(
                        "{s}年 {a} → {e}年 {b}，{n} 年：每年 {q}，文中为 {p}",
                        "{s}: {a} → {e}: {b}, {n} years: {q} a year; printed {p}",
                        s=str(starts[0][0]),
                        a=a,
                        e=str(point.year),
                        b=b,
                        n=str(years),
                        q=found,
                        p=printed(indicator, point),
                    ),
                    Words("增速与首末两年不符。", "The growth is not that of the two figures."),
                    Words("从哪一年算起？", "From which year is it counted?"),
                )


def above(ev: Evidence) -> Iterator[Finding]:
    """A distance to the nation or the province is that of the census of 2020."""
    if ev.place is None:
        return
    for concept, (share, level) in relations("above"):
        for indicator in filter(of_residents, ev.by_id.get(concept, ())):
            own = ev.stated(share, BASE_YEAR, REACHED)
            groups = _larger_area(ev.place, level)
            people = people_counted(concepts()[share].numerator)
            if not own or groups is None or not people:
                continue
            old = groups["age_low"] >= people[0].low
            theirs = float(groups.where(old, 0.0).sum() / groups.sum()) * 100
            found = own[0].quantity - exactly(theirs)
            stated = printed(indicator, indicator.points[0])
            if found.low - SERVING <= stated.high and stated.low <= found.high + SERVING:
                continue
            yield ev.finding(
                "above",
                "contradiction",
                [indicator, *own[0].statements],
                say(
                    "{o} − {t} = {f}，文中为 {s}",
                    "{o} − {t} = {f}; printed {s}",
                    o=own[0].text,
                    t=number(theirs, "en", 4),
                    f=found,
                    s=stated,
                ),
                Words("与普查算出的差不符。", "Not the difference that the census gives."),
                Words("比较的是哪一年、什么口径？", "Of which year and basis is the other share?"),
            )


def _larger_area(place: Place, level: str) -> xr.DataArray | None:
    """Census groups of the nation, or of the province of a packaged place."""
    if level == "nation":
        return census_groups("china", BASE_YEAR)
    known = {record.id: record.parent for record in facts.place_records()}
    return census_groups(known[place.id], BASE_YEAR) if place.id in known else None
