"""The packaged places and the names they are found by."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from yilao.facts import tables
from yilao.facts.tables import read_table
from yilao.schema import UnknownNameError


@dataclass(frozen=True)
class PlaceRecord:
    """A place that is packaged: its names, code and what it is part of."""

    id: str
    code: str
    name_zh: str
    name_en: str
    level: str
    parent: str
    former_code: str
    former_name: str
    note: str


@cache
def place_records() -> tuple[PlaceRecord, ...]:
    """Return every packaged place, larger areas first."""
    return tuple(PlaceRecord(**row) for row in read_table(tables.DATA / "places.csv"))


def _names(record: PlaceRecord) -> Iterator[str]:
    yield from (record.id, record.code, record.name_zh, record.name_en)
    if record.former_code:
        yield from (record.former_code, record.former_name)
    if record.name_zh[-1] in "省市县区" and len(record.name_zh) > 2:
        yield record.name_zh[:-1]
    # "Taizhou (Zhejiang)" also answers to "Taizhou", and is then ambiguous on purpose.
    yield record.name_en.split(" (")[0]


def find_place(name: str) -> PlaceRecord:
    """Find a place by id, Chinese name, English name or six-digit code.

    Raises
    ------
    UnknownNameError
        No packaged place has this name, or more than one has; the message lists the candidates.

    Examples
    --------
    >>> find_place("台州市").id, find_place("321200").id
    ('taizhou-zhejiang', 'taizhou-jiangsu')
    """
    wanted = unicodedata.normalize("NFKC", str(name)).strip().casefold()
    records = place_records()
    found = [r for r in records if wanted in {n.casefold() for n in _names(r)}]
    if len(found) == 1:
        return found[0]

    def line(r: PlaceRecord) -> str:
        return f"{r.id} ({r.name_zh}, {r.code})"

    if found:
        raise UnknownNameError(
            f"place {name!r} means more than one: {'; '.join(map(line, found))}. Use the id."
        )
    near = [r for r in records if wanted and any(wanted in n.casefold() for n in _names(r))]
    shown = near or [r for r in records if r.level != "county"]
    raise UnknownNameError(
        f"place {name!r} is not packaged. Known{' and similar' if near else ''}: "
        f"{'; '.join(map(line, shown))}. For another city "
        "give your own census table: yilao gap --base, or yilao.read_place."
    )
