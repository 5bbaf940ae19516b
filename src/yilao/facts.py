"""Published figures with their sources: places, series and single official figures.

A figure lives in a data file with unit, date, basis and source, never in code.  The readers check
every file as they read it and name file, row and field of a fault.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from yilao.schema import BASES, SEXES, FactsError, UnknownNameError

DATA: Traversable = files("yilao") / "data"
UNITS: frozenset[str] = frozenset(
    {
        "persons",
        "person-years",
        "places",
        "years",
        "per 1000",
        "percent",
        "births per woman",
        "males per female",
        "deaths per person-year",
    }
)
_KEY_COLUMNS = (
    "id",
    "file",
    "place",
    "year",
    "period_start",
    "sex",
    "age_low",
    "ages",
    "variable",
    "basis",
    "date",
)


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


def read_table(path: Traversable | Path) -> list[dict[str, str]]:
    """Read a CSV file as text and refuse ragged rows, empty files and duplicate keys.

    Raises
    ------
    FactsError
        A row is too long or too short, a column name repeats, the file is empty, or two rows have
        the same key (place, year, sex, age, variable …).
    """
    name = path.name
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise FactsError(f"{name}: cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise FactsError(
            f"{name}: the file is not UTF-8. In Excel choose 'CSV UTF-8' when saving it."
        ) from None
    try:
        rows = list(csv.reader(io.StringIO(text, newline=None)))
    except csv.Error as error:
        raise FactsError(f"{name}: not a table of comma-separated values: {error}.") from None
    if not rows:
        raise FactsError(f"{name}: the file is empty. A header and at least one row are needed.")
    head = [h.strip() for h in rows[0]]
    if len(set(head)) != len(head):
        twice = next(h for h in head if head.count(h) > 1)
        raise FactsError(
            f"{name}: column {twice!r} stands twice in the header. Rename or drop one."
        )
    table: list[dict[str, str]] = []
    seen: dict[tuple[str, ...], int] = {}
    keys = [h for h in head if h in _KEY_COLUMNS]
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(head):
            raise FactsError(
                f"{name}, row {number}: {len(row)} fields where the header has {len(head)}. "
                "Quote fields that hold a comma."
            )
        entry = dict(zip(head, (cell.strip() for cell in row), strict=True))
        key = tuple(entry[k] for k in keys)
        if keys and key in seen:
            shown = ", ".join(f"{k}={v}" for k, v in zip(keys, key, strict=True) if v)
            raise FactsError(
                f"{name}, row {number}: the key ({shown}) stands already in row {seen[key]}. "
                "Keep one of the two."
            )
        seen[key] = number
        table.append(entry)
    if not table:
        raise FactsError(f"{name}: the file is empty. A header and at least one row are needed.")
    return table


def number(text: str, where: str) -> float:
    """Read a number, or raise with the place; empty, "-" and 万 are not numbers."""
    try:
        value = float(text)
    except ValueError:
        hint = " Write single units, without 万." if "万" in text else ""
        raise FactsError(
            f"{where}: {text!r} is not a number.{hint} Leave the row out if it is unknown."
        ) from None
    if not np.isfinite(value):
        raise FactsError(f"{where}: {text!r} is not a number. Leave the row out if it is unknown.")
    return value


@cache
def place_records() -> tuple[PlaceRecord, ...]:
    """Return every packaged place, larger areas first."""
    return tuple(PlaceRecord(**row) for row in read_table(DATA / "places.csv"))


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
        f"{'; '.join(map(line, shown))}. For another city give your own census table (--base)."
    )


@cache
def manifest() -> Mapping[str, Mapping[str, str]]:
    """Return what is known of each packaged series file: variable, unit, basis, source, dates."""
    entries: dict[str, Mapping[str, str]] = {}
    for row in read_table(DATA / "series" / "manifest.csv"):
        where = f"manifest.csv, entry {row['file']}"
        if row["file"] in entries:
            raise FactsError(f"{where}: the file is listed twice. Keep one entry.")
        if row["unit"] not in UNITS | {"several"}:
            raise FactsError(f"{where}: unknown unit {row['unit']!r}. Known: {sorted(UNITS)}.")
        if row["basis"] not in {*BASES, "several"}:
            raise FactsError(f"{where}: unknown basis {row['basis']!r}. Known: {list(BASES)}.")
        entries[row["file"]] = MappingProxyType(row)
    return MappingProxyType(entries)


@cache
def _series(file: str) -> pd.DataFrame:
    frame = pd.DataFrame([dict(row) for row in _rows(file)])
    for column in ("year", "period_start", "period_end", "age_low", "age_high", "value"):
        if column in frame:
            # An open group has no upper age, and a series of all ages no ages; all else is needed.
            empty = column in ("age_low", "age_high")
            frame[column] = [
                np.nan if empty and not text else number(text, f"{file}, row {i}, {column}")
                for i, text in enumerate(frame[column], 2)
            ]
    return frame


def series(file: str, place: str | None = None) -> pd.DataFrame:
    """Return one packaged series as a table; ``place`` keeps the rows of one place id."""
    frame = _series(file)
    if place is not None:
        frame = frame[frame["place"] == place]
    return frame.copy()


@cache
def _rows(file: str) -> tuple[Mapping[str, str], ...]:
    """Rows of a packaged series as text, read once."""
    if file not in manifest():
        raise FactsError(f"{file}: not in manifest.csv. Add an entry with unit, basis and source.")
    return tuple(MappingProxyType(row) for row in read_table(DATA / "series" / file))


def rows_of(file: str, place: str) -> list[Mapping[str, str]]:
    """Return the rows of one place in a packaged series, as text."""
    return [row for row in _rows(file) if row["place"] == place]


def by_age(
    file: str, rows: Iterable[Mapping[str, str]] | None = None
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return lower ages and values (sex, age) of a series that has both sexes and one year."""
    cells = {
        (r["sex"], int(r["age_low"])): number(r["value"], f"{file}, value")
        for r in (_rows(file) if rows is None else rows)
    }
    ages = sorted({age for _, age in cells})
    values = [[cells[sex, age] for age in ages] for sex in SEXES]
    return np.array(ages, dtype=np.int64), np.array(values)


def by_period(
    file: str,
) -> list[tuple[tuple[int, int], npt.NDArray[np.int64], npt.NDArray[np.float64]]]:
    """Return (start, end), lower ages and values (sex, age) of every period of a series."""
    parts: dict[tuple[int, int], list[Mapping[str, str]]] = {}
    for row in _rows(file):
        period = int(row["period_start"]), int(row["period_end"])
        parts.setdefault(period, []).append(row)
    return [(period, *by_age(file, rows)) for period, rows in sorted(parts.items())]


def by_year(file: str) -> dict[int, list[float]]:
    """Return the values of a series by year, females first where it has sexes."""
    found: dict[int, dict[str, float]] = {}
    for row in _rows(file):
        year = int(row["year"])
        found.setdefault(year, {})[row["sex"]] = number(row["value"], f"{file}, {year}")
    return {y: [v[s] for s in (*SEXES, "both") if s in v] for y, v in found.items()}


def source(file: str) -> str:
    """Return the source of a packaged series as one line for a citation."""
    entry = manifest()[file]
    return f"{entry['source']} (published {entry['published']})"


@cache
def _figures() -> tuple[Figure, ...]:
    name = "official_figures.csv"
    found = []
    for i, row in enumerate(read_table(DATA / "series" / name), 2):
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
    """
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
