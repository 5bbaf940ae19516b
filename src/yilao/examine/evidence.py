"""What is known when a plan is examined: its own statements, its sisters', census and projections.

A quantity that nobody states but that a share implies is known too, and says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import xarray as xr

from yilao import facts
from yilao.examine.finding import Finding
from yilao.examine.quantity import Quantity, Words, between, exactly, printed, say
from yilao.place import Place
from yilao.plan import Concept, Indicator, Plan, Point, concepts
from yilao.plan.measures import people_counted
from yilao.plan.relations import relations
from yilao.population import sum_ages
from yilao.projection import project
from yilao.scenario import BASE_YEAR

REACHED = ("base", "statistic")
AHEAD = ("target", "projection", "norm")
SCALE = {"percent": 100.0, "permille": 1000.0, "ratio": 1.0, "per person": 1.0}
SCALE |= {"per 1,000 people": 1e3, "per 10,000 people": 1e4, "per 20,000 people": 2e4}
SCALE |= {"per 100,000 people": 1e5, "per 1,000 older people": 1e3}
SCALE |= {"per 10,000 older people": 1e4, "square metres per person": 1.0}
SCALE |= {"square metres per 10,000 people": 1e4}
BASIS = {
    "resident": Words("常住", "resident"),
    "registered": Words("户籍", "registered"),
    "": Words("口径未注明", "basis not stated"),
    "unstated": Words("口径未注明", "basis not stated"),
}
# Official counts by the ages that they have.
_OFFICIAL: dict[tuple[int, int | None], str] = {
    (0, None): "population",
    (60, None): "population_60plus",
    (65, None): "population_65plus",
}


@dataclass(frozen=True)
class Known:
    """A quantity, what it is, and the statements it comes from (none for a packaged fact)."""

    quantity: Quantity
    concept: str
    name: Words
    basis: str
    statements: tuple[Indicator, ...] = ()
    role: str = "statistic"
    census: bool = False

    @property
    def text(self) -> Words:
        """Name and number, as ``常住60岁及以上 52.3万``."""
        return say("{n} {q}", "{n} {q}", n=self.name, q=self.quantity)


def family(role: str) -> tuple[str, ...]:
    """What was counted stands beside what was counted, and what is promised beside promises."""
    return REACHED if role in REACHED else AHEAD


class Evidence:
    """All that the rules may ask about one plan; it works each projection out once."""

    def __init__(self, plan: Plan, place: Place | None, sisters: Sequence[Plan] = ()) -> None:
        self.plan, self.place, self.sisters = plan, place, tuple(sisters)

    @cached_property
    def by_id(self) -> dict[str, tuple[Indicator, ...]]:
        """Every mention of each concept, principal first."""
        found: dict[str, list[Indicator]] = {}
        for i in sorted(self.plan.indicators, key=lambda i: i.statement != i.id):
            found.setdefault(i.id, []).append(i)
        return {k: tuple(v) for k, v in found.items()}

    @property
    def sources(self) -> list[str]:
        """The documents, and what the census and the projections come from."""
        found = [*self.plan.sources, *(s for d in self.sisters for s in d.sources)]
        for population in self._projected.values():
            found += population.attrs["sources"]
        return list(dict.fromkeys(found))

    def rates(self) -> Iterator[tuple[Concept, tuple[Indicator, ...]]]:
        """Every concept that is a numerator over a denominator, with its mentions."""
        for id_, mentions in self.by_id.items():
            concept = concepts().get(id_)
            if concept and concept.numerator and concept.denominator and concept.unit in SCALE:
                yield concept, mentions

    def stated(
        self, concept: str, year: int | None, roles: Sequence[str] = (), *, bounds: bool = False
    ) -> list[Known]:
        """What the plan itself prints of a concept in a year (None: in any), principal first."""
        return [
            Known(printed(i, p, bounds=bounds), concept, _named(i, p), _basis(i, concept), (i,),
                  p.role)
            for i in self.by_id.get(concept, ())
            for p in i.points
            if (year is None or p.year == year) and (not roles or p.role in roles)
        ]  # fmt: skip

    def known(
        self, concept: str, year: int, roles: Sequence[str] = REACHED, *, bounds: bool = False
    ) -> list[Known]:
        """What is stated, counted by census or bulletin, or else implied by a share."""
        found = self.stated(concept, year, roles, bounds=bounds)
        if "statistic" in roles:
            found += self._counted(concept, year)
        return found or list(self.implied((concept,), year, roles))

    def alternatives(self, concept: str) -> tuple[str, ...]:
        """The concepts that an open denominator can be; a closed one is itself."""
        return dict(relations("one_of")).get(concept, (concept,))

    def implied(
        self, wanted: Sequence[str], year: int, roles: Sequence[str], but: str = ""
    ) -> Iterator[Known]:
        """Denominators that stated rates imply in a year; ``but`` leaves one concept out."""
        for concept, mentions in self.rates():
            if concept.denominator not in wanted or concept.id == but:
                continue
            for indicator in mentions:
                for point in indicator.points:
                    if point.year != year or point.role not in roles:
                        continue
                    for top in self.stated(concept.numerator, year, roles):
                        rate = printed(indicator, point)
                        if rate.low <= 0:
                            continue
                        yield Known(
                            top.quantity * SCALE[concept.unit] / rate,
                            concept.denominator,
                            say("“{i}”的分母", "the denominator of “{i}”", i=indicator),
                            indicator.basis_as_labelled,
                            (indicator, *top.statements),
                            point.role,
                        )

    def _counted(self, concept: str, year: int) -> list[Known]:
        if self.place is None:
            return []
        found = []
        entry = concepts().get(concept)
        called = Words(entry.name_zh, entry.name_en) if entry else Words(concept, concept)
        for people in people_counted(concept):
            name = _OFFICIAL.get((people.low, people.high))
            for f in facts.figures(self.place.id, name or "", basis=people.basis or "resident"):
                if f.year == year and len(f.date) == 10:
                    half = 0.0 if f.value % 1000 else 500.0
                    quantity = Quantity(f.value, f.value - half, f.value + half)
                    what = say("{c}（公报{d}）", "{c} (bulletin, {d})", c=called, d=f.date)
                    found.append(Known(quantity, concept, what, f.basis, census=True))
            if year == BASE_YEAR and people.basis == "resident":
                count = self.census(people.low, people.high)
                if count is not None:
                    what = say("{c}（2020年普查）", "{c} (census of 2020)", c=called)
                    found.append(Known(exactly(count), concept, what, "resident", census=True))
        return found

    def census(self, low: int, high: int | None = None) -> float | None:
        """Residents of the census of 2020 in an age span that its groups allow, or None."""
        if self.place is None:
            return None
        groups = self.place.inputs.census_2020
        dim = "age_low" if "age_low" in groups.dims else "age"
        starts = groups[dim].values
        if low not in starts or (high is not None and high not in starts):
            return None
        inside = (starts >= low) & (starts < (math.inf if high is None else high))
        return float(groups.isel({dim: inside}).sum())

    @cached_property
    def _projected(self) -> dict[str, xr.DataArray]:
        if self.place is None:
            return {}
        return {
            v: project(self.place.base, self.place.rates(v, until=2035)).population
            for v in self.place.variants
        }

    def projected(self, low: int, high: int | None, year: int) -> dict[str, float]:
        """Residents of an age span on 31 December of a year in every variant that can be had."""
        return {
            v: float(sum_ages(p.sel(year=year), low, high))
            for v, p in self._projected.items()
            if year in p["year"].values
        }

    def expected(self, concept: str, year: int) -> Quantity | None:
        """The range of the projections for a concept of people, over its readings, or None."""
        values = [
            value
            for people in people_counted(concept)
            if people.basis != "registered"
            for value in self.projected(people.low, people.high, year).values()
        ]
        return between(values) if values else None

    def finding(
        self,
        rule: str,
        severity: str,
        statements: Sequence[Indicator],
        *texts: Words,
    ) -> Finding:
        """Put a finding together; the texts are arithmetic, implication and question."""
        once = list(dict.fromkeys(statements))
        return Finding(
            rule,
            severity,
            self.plan.place,
            self.plan.document,
            tuple(self.reference(i) for i in once),
            tuple(f"{i.quote} ({i.place_in_document})" for i in once),
            *texts,
        )

    def reference(self, indicator: Indicator) -> str:
        """Id of a statement, with its document where that is a sister's."""
        for sister in self.sisters:
            if any(indicator is i for i in sister.indicators):
                return f"{sister.document}:{indicator.statement}"
        return indicator.statement


def of_residents(indicator: Indicator) -> bool:
    """Whether census and projections, which are of residents, may stand beside a statement."""
    return indicator.basis_as_labelled != "registered"


def _named(indicator: Indicator, point: Point) -> Words:
    year = str(point.year or "")
    return say("{y}年{i}" if year else "{i}", "{i} {y}", y=year, i=indicator)


def _basis(indicator: Indicator, concept: str) -> str:
    """The basis that the concept itself has, or else the one that is printed."""
    counted = people_counted(concept)
    return (counted[0].basis if counted else "") or indicator.basis_as_labelled
