"""What is observed of indicators: your own table, official figures, statistics of the plan itself.

An observation says its date, unit, basis and source.  One that counts something else than the plan
(``definition``) or other people (``basis``) is kept and named, but never compared.
"""

from __future__ import annotations

import datetime as dt
import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from yilao import facts
from yilao.plan.document import Plan
from yilao.plan.indicator import Indicator
from yilao.plan.measures import meant
from yilao.plan.progress.people import count, scale
from yilao.plan.registry import concepts
from yilao.projection import Projection
from yilao.schema import BASES, FactsError, UnknownNameError

NEEDED = ("id", "value", "unit", "basis", "source")
KNOWN = (*NEEDED, "date", "year", "definition")


@dataclass(frozen=True)
class Observation:
    """One observed figure of a concept, on a date or at the end of a year.

    ``basis`` is ``resident``, ``registered`` or empty; ``definition`` is empty where it counts what
    the plan counts; ``origin`` is ``given``, ``official``, ``plan`` or ``computed``; ``statement``
    is the mention of a plan that it comes from; ``projected`` says that it is over people of a
    projection.
    """

    id: str
    date: dt.date
    value: float
    unit: str
    basis: str = ""
    definition: str = ""
    source: str = ""
    origin: str = "given"
    statement: str = ""
    accumulates: str = ""
    bound: bool = False
    projected: bool = False


def read_observations(table: pd.DataFrame | str | Path | None, plan: Plan) -> list[Observation]:
    """Check a table of observations and return them.

    Parameters
    ----------
    table : DataFrame or CSV file with the columns ``id, year`` or ``date, value, unit, basis,
        source`` and, where it counts something else than the plan, ``definition``; ``basis`` may
        be empty, ``source`` may not.

    Raises
    ------
    FactsError
        A column is missing or unknown, or a cell is not of its kind; the message names the row.
    UnknownNameError
        An id is neither of the plan nor in the registry of concepts.
    """
    if table is None:
        return []
    if isinstance(table, pd.DataFrame):
        name, first = "observations", 0
        text = table.astype(object).where(table.notna(), "")
        rows: list[Mapping[str, Any]] = [
            {str(k): v for k, v in row.items()} for row in text.to_dict("records")
        ]
        head = [str(c) for c in table.columns]
    else:
        path = Path(table)
        # ``read_table`` refuses two rows of one id and date, which two definitions may share.
        rows, name, first = list(_csv(path)), path.name, 2
        head = list(rows[0])
    for column in NEEDED:
        if column not in head:
            raise FactsError(f"{name}, {column}: the column is missing. Needed: {list(NEEDED)}.")
    if not {"date", "year"} & set(head):
        raise FactsError(f"{name}: give a column 'date' (2023-12-31) or 'year'.")
    if unknown := [c for c in head if c not in KNOWN]:
        raise FactsError(f"{name}, {unknown[0]}: unknown column. Known are {list(KNOWN)}.")
    units = {i.id: i.unit for i in plan.indicators}
    units = {k: c.unit for k, c in concepts().items()} | units
    parts = {n for c in concepts().values() for n in (c.numerator, c.denominator) if n}
    units = {n: "persons" for n in parts if meant(n)} | units
    found: list[Observation] = []
    seen: dict[tuple[Any, ...], int] = {}
    for number, row in enumerate(rows, first):
        where = f"{name}, row {number}"
        one = _checked(row, where, units, parts)
        key = (one.id, one.date, one.basis, one.definition)
        if key in seen:
            raise FactsError(f"{where}: id, date and basis are those of row {seen[key]}. Keep one.")
        seen[key] = number
        found.append(one)
    return found


def _csv(path: Path) -> Iterable[Mapping[str, Any]]:
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except OSError as error:
        raise FactsError(f"{path.name}: the file cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise FactsError(
            f"{path.name}: not a table in UTF-8. In Excel choose 'CSV UTF-8' when saving it."
        ) from None
    except ValueError as error:
        raise FactsError(f"{path.name}: not a table in CSV: {error}.") from None
    if frame.empty:
        raise FactsError(f"{path.name}: the table has no rows.")
    if not isinstance(frame.index, pd.RangeIndex):
        # pandas would take the first cells for names of the rows, and shift the others.
        raise FactsError(f"{path.name}: rows have more cells than the header. Quote commas.")
    return [{str(k).strip(): v.strip() for k, v in r.items()} for r in frame.to_dict("records")]


def _checked(
    row: Mapping[str, Any], where: str, units: Mapping[str, str], parts: Iterable[str]
) -> Observation:
    name, unit, basis = str(row["id"]), str(row["unit"]), str(row["basis"])
    if name not in units and name not in parts:
        near = difflib.get_close_matches(name, [*units, *parts], n=5, cutoff=0.5)
        raise UnknownNameError(
            f"{where}, id: {name!r} is neither in the plan nor in the registry. "
            f"Similar: {', '.join(near) or 'none'}; yilao.plan.concepts() has all."
        )
    if "万" in unit or "萬" in unit:
        raise FactsError(f"{where}, unit: {unit!r} holds 万. Multiply by 10,000.")
    if (wanted := units.get(name, unit)) != unit:
        raise FactsError(f"{where}, unit: {name} is counted in {wanted!r}, not {unit!r}.")
    if basis not in ("", "unstated", *BASES):
        raise FactsError(f"{where}, basis: {basis!r} is not known. Known: {list(BASES)} or empty.")
    if not str(row["source"]).strip():
        raise FactsError(f"{where}, source: is missing. Say where the figure comes from.")
    try:
        value = float(str(row["value"]))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise FactsError(f"{where}, value: {row['value']!r} is not a number. Leave the row out.")
    return Observation(
        id=name,
        date=_date(row, where),
        value=value,
        unit=unit,
        basis=basis.replace("unstated", ""),
        definition=str(row.get("definition", "")),
        source=str(row["source"]),
    )


def _date(row: Mapping[str, Any], where: str) -> dt.date:
    """The day, or the last of the year; both must agree."""
    day, year = str(row.get("date", ""))[:10], str(row.get("year", "")).removesuffix(".0")
    try:
        found = dt.date.fromisoformat(day or f"{int(year):04}-12-31")
    except ValueError:
        raise FactsError(
            f"{where}, date: {day or year!r} is not a day. Write 2023-12-31, or a year in 'year'."
        ) from None
    if year and year != str(found.year):
        raise FactsError(f"{where}, year: {year} is not the year of the date {day}. Keep one.")
    return found


def packaged(plan: Plan, names: Iterable[str]) -> list[Observation]:
    """Return what the plan itself and official figures state of some ids."""
    found = []
    for name in names:
        for indicator in plan.indicators:
            if indicator.id == name:
                found += _stated(indicator, plan)
        variable, _, tail = name.rpartition("_")
        variable, basis = (variable, tail) if tail in BASES else (name, "")
        for figure in facts.figures(plan.place, variable):
            own = figure.basis.replace("unstated", "")
            day = figure.date if len(figure.date) == 10 else f"{figure.date}-12-31"
            # The registry's names without a basis mean residents; figures of a span have no day.
            wanted = own == (basis or "resident") or (not basis and not own)
            if wanted and len(day) == 10:
                date = dt.date.fromisoformat(day)
                found.append(
                    Observation(
                        name, date, figure.value, figure.unit, own, "", figure.source, "official"
                    )
                )
    return found


def _stated(indicator: Indicator, plan: Plan) -> list[Observation]:
    return [
        Observation(
            id=indicator.id,
            date=p.date or dt.date(p.year, 12, 31),
            value=p.value,
            unit=indicator.unit,
            basis=indicator.basis_as_labelled.replace("unstated", ""),
            source=f"{plan.title}, {indicator.place_in_document}: “{p.printed}”",
            origin="plan",
            statement=indicator.statement,
            accumulates=indicator.accumulates,
            bound=p.comparator not in ("=", "about"),
        )
        for p in indicator.points
        if p.role in ("base", "statistic") and p.value is not None and p.year is not None
    ]


def computed(
    name: str, known: Iterable[Observation], projection: Projection | None
) -> list[Observation]:
    """Return a ratio worked out of its parts, where both are known of one date.

    The denominator is an observation of that date or, where it counts people, the projection.
    """
    concept = concepts().get(name)
    if concept is None or not concept.denominator or concept.quantity not in ("rate", "share"):
        return []
    known = list(known)
    found = {}
    for top in (o for o in known if o.id == concept.numerator and not o.bound):
        wanted = {concept.denominator, *meant(concept.denominator)[:1]}
        below = [o for o in known if o.id in wanted and o.date == top.date and o.value > 0]
        # Beds and places have no basis: those they serve have one.
        below = [o for o in below if not o.definition and o.basis in ("", top.basis or o.basis)]
        if below:
            # As of the numerator: later ones in the list are given rather than packaged.
            last = below[-1]
            bottom, basis, source, projected = last.value, last.basis, last.source, False
        elif (people_then := count(projection, concept.denominator, top.date)) and projection:
            basis = str(projection.population.attrs["basis"])
            bottom, source, projected = people_then, "projection", True
            if top.basis not in ("", basis):
                continue
        else:
            continue
        found[top.date, top.definition] = replace(
            top,
            id=name,
            value=scale(concept.unit) * top.value / bottom,
            unit=concept.unit,
            basis=basis,
            source=f"{top.value:,.12g} / {bottom:,.0f} ({top.source}; {source})",
            origin="computed",
            statement="",
            accumulates="",
            projected=projected,
        )
    return list(found.values())
