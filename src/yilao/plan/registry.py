"""Registry of concepts: what each id of an indicator means, the same in all documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from yilao import facts
from yilao.plan.figures import UNITS
from yilao.schema import FactsError

QUANTITIES: tuple[str, ...] = ("stock", "flow", "rate", "share", "norm", "growth", "level")
DIRECTIONS: tuple[str, ...] = ("more", "less", "neutral")
SUBJECTS: tuple[str, ...] = ("elder", "child", "health", "population", "other")
_FIELDS = {"unit": UNITS, "quantity": QUANTITIES, "direction": DIRECTIONS, "subject": SUBJECTS}


@dataclass(frozen=True)
class Concept:
    """What an id means; ``numerator`` and ``denominator`` name stocks, by id where one has it.

    A rate, share or norm is its numerator over its denominator, so that ``care_beds`` and
    ``care_beds_per_1000_older`` can be put together.  ``older_people`` and ``population`` are
    denominators whose age or basis documents leave open.  ``direction`` says which way is better.
    """

    id: str
    name_zh: str
    name_en: str
    unit: str
    quantity: str
    numerator: str
    denominator: str
    direction: str
    subject: str


@cache
def concepts() -> Mapping[str, Concept]:
    """Return the registry of concepts by id.

    Raises
    ------
    FactsError
        A row of the packaged file holds a unit, quantity, direction or subject that is not known.

    Examples
    --------
    >>> rate = concepts()["care_beds_per_1000_older"]
    >>> rate.numerator, rate.denominator, rate.numerator in concepts()
    ('care_beds', 'older_people', True)
    """
    path = facts.DATA / "plans" / "concepts.csv"
    found = [Concept(**row) for row in facts.read_table(path)]
    for number, concept in enumerate(found, 2):
        for field, known in _FIELDS.items():
            if (value := getattr(concept, field)) not in known:  # pragma: no cover
                raise FactsError(f"{path.name}, row {number}, {field}: {value!r} is not known.")
    return MappingProxyType({c.id: c for c in found})
