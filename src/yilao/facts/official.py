"""Single official figures as a bulletin prints them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from yilao.facts import tables
from yilao.facts.tables import UNITS, number, read_table
from yilao.schema import BASES, FactsError


@dataclass(frozen=True)
class Figure:
    """One official figure as a bulletin prints it.

    ``value`` is in single units; ``printed`` is what stands in the source and carries its
    precision; ``date`` is a day for a stock and a year or span for a flow.
    """

    place: str
    variable: str
    year: int
    date: str
    sex: str
    value: float
    unit: str
    basis: str
    printed: str
    published: str
    source: str
    note: str


@cache
def _figures() -> tuple[Figure, ...]:
    name = "official_figures.csv"
    found = []
    for i, row in enumerate(read_table(tables.DATA / "series" / name), 2):
        if row["unit"] not in UNITS:
            raise FactsError(f"{name}, row {i}, unit: unknown unit {row['unit']!r}.")
        if row["basis"] not in {*BASES, "unstated"}:
            raise FactsError(f"{name}, row {i}, basis: unknown basis {row['basis']!r}.")
        found.append(
            Figure(
                place=row["place"],
                variable=row["variable"],
                year=int(number(row["year"], f"{name}, row {i}, year")),
                date=row["date"],
                sex=row["sex"],
                value=number(row["value"], f"{name}, row {i}, value"),
                unit=row["unit"],
                basis=row["basis"],
                printed=row["printed"],
                published=row["published"],
                source=row["source"],
                note=row["note"],
            )
        )
    return tuple(found)


def _last_day(published: str) -> str:
    """A year or month alone counts as its last day: what is not known is taken as late."""
    return (
        published + "-12-31"[3 * published.count("-") :] if published.count("-") < 2 else published
    )


def figures(
    place: str, variable: str, *, basis: str | None = None, as_of: str | None = None
) -> list[Figure]:
    """Return the official figures of a place for both sexes together, oldest first.

    Parameters
    ----------
    place : id of the place.
    variable : name in ``official_figures.csv``, such as ``population`` or ``crude_birth_rate``.
    basis : ``resident``, ``registered`` or ``unstated``; by default all.
    as_of : only what had been published by this date (``2022-10-21``); figures whose publication
        date is not known are then left out.

    Raises
    ------
    FactsError
        A basis that is none of these, or a date that is not a day: both would find nothing.

    Examples
    --------
    >>> [f.printed for f in figures("hangzhou", "population", as_of="2022-12-31") if f.year == 2021]
    ['1220.4万']
    """
    if basis not in (None, *BASES, "unstated"):
        raise FactsError(f"basis: unknown basis {basis!r}. Known: {[*BASES, 'unstated']}.")
    if as_of is not None and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", as_of):
        raise FactsError(f"as_of: {as_of!r} is not a day. Write it as 2022-10-21.")
    return sorted(
        (
            f
            for f in _figures()
            if f.place == place
            and f.variable == variable
            and f.sex == "both"
            and (basis is None or f.basis == basis)
            and (as_of is None or (f.published and _last_day(f.published) <= as_of))
        ),
        key=lambda f: f.date,
    )
