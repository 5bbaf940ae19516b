"""How concepts hang together: files, not code."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from yilao import facts
from yilao.schema import FactsError

RELATIONS: dict[str, str] = {
    "one_of": "a denominator that documents leave open may be any of these, the likeliest first",
    "sum": "the whole is the sum of these, which do not overlap",
    "part": "all of the first belong to each of these",
    "covers": "at least one in every unit means that all units are among these",
    "mean": "a rate of all is a weighted mean of these",
    "gap": "what a rate asks for, less a stock",
    "housed": "a stock stands in these institutions",
    "staffed": "a stock is looked after by these",
    "serves": "clients per worker, of these workers and this capacity",
    "users": "a stock is used by these people",
    "above": "how far a share stands above that of a larger area",
}


@dataclass(frozen=True)
class Staffing:
    """Clients that one worker may look after, by a published norm."""

    low: float
    high: float
    staff_zh: str
    staff_en: str
    source: str


@cache
def relations(kind: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the related concepts of one kind: each with those it is related to.

    Raises
    ------
    FactsError
        A row of the packaged file holds a kind that is not known.

    Examples
    --------
    >>> dict(relations("one_of"))["population"]
    ('population_resident', 'population_registered')
    """
    path = facts.DATA / "plans" / "relations.csv"
    rows = facts.read_table(path)
    for number, row in enumerate(rows, 2):
        if row["kind"] not in RELATIONS:  # pragma: no cover
            raise FactsError(f"{path.name}, row {number}, kind: {row['kind']!r} is unknown.")
    return tuple((r["concept"], tuple(r["others"].split())) for r in rows if r["kind"] == kind)


@cache
def staffing(concept: str) -> Staffing | None:
    """Return the published norm of clients per worker for a stock, or None.

    Examples
    --------
    >>> staffing("childcare_places").high
    7.0
    """
    for r in facts.read_table(facts.DATA / "plans" / "staffing.csv"):
        if r["concept"] == concept:
            return Staffing(
                float(r["clients_low"]),
                float(r["clients_high"]),
                r["staff_zh"],
                r["staff_en"],
                r["source"],
            )
    return None
