"""The packaged series: what is known of each file, and its rows and values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from yilao.facts import tables
from yilao.facts.tables import UNITS, number, read_table
from yilao.schema import BASES, SEXES, FactsError


@cache
def manifest() -> Mapping[str, Mapping[str, str]]:
    """Return what is known of each packaged series file: variable, unit, basis, source, dates."""
    entries: dict[str, Mapping[str, str]] = {}
    for row in read_table(tables.DATA / "series" / "manifest.csv"):
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


def _entry(file: str) -> Mapping[str, str]:
    if file not in manifest():
        raise FactsError(f"{file}: not in manifest.csv. Add an entry with unit, basis and source.")
    return manifest()[file]


@cache
def _rows(file: str) -> tuple[Mapping[str, str], ...]:
    """Rows of a packaged series as text, read once."""
    _entry(file)
    return tuple(MappingProxyType(row) for row in read_table(tables.DATA / "series" / file))


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
    entry = _entry(file)
    return f"{entry['source']} (published {entry['published']})"
