"""Lines of the text files of the Human Mortality and Fertility Databases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from yilao import facts
from yilao.schema import FactsError, SchemaError, UnknownNameError


@dataclass(frozen=True)
class Table:
    """A text file: its first line, its columns of values, and its rows by line number."""

    name: str
    title: str
    fields: tuple[str, ...]
    rows: Mapping[int, Mapping[str, str]]


def read_text(path: Path) -> Table:
    """Read a file as its first line, its columns and its rows; years and ages stay as printed."""
    if not path.is_file():
        raise FactsError(
            f"{path}: no such file. Download it from mortality.org or humanfertility.org."
        )
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise FactsError(f"{path.name}: the file is not UTF-8 text.") from None
    title = next((" ".join(line.split()) for line in lines if line.strip()), "")
    at = next((i for i, line in enumerate(lines) if {"Year", "Age"} <= set(line.split())), None)
    if at is None or "Cohort" in lines[at].split():
        raise FactsError(
            f"{path.name}: no header with Year and Age, and without Cohort. Take a file by "
            "calendar year and age (1x1, RR)."
        )
    head = lines[at].split()
    rows = {}
    for number, line in enumerate(lines[at + 1 :], at + 2):
        cells = line.split()
        if cells and len(cells) != len(head):
            raise FactsError(
                f"{path.name}, row {number}: {len(cells)} fields where the header has {len(head)}."
            )
        if cells:
            rows[number] = dict(zip(head, cells, strict=True))
    if not rows:
        raise FactsError(f"{path.name}: the file has no rows.")
    return Table(path.name, title, tuple(h for h in head if h not in ("Year", "Age")), rows)


def of_territory(table: Table, territory: str | None) -> dict[int, Mapping[str, str]]:
    """Keep, of the years in which the territory changed, the people before or after it."""
    signed = list(dict.fromkeys(r["Year"] for r in table.rows.values() if r["Year"][-1] in "+-"))
    if signed and territory not in ("before", "after"):
        raise SchemaError(
            f"{table.name}: the territory changed, the years {signed} are of the people before (-) "
            "and after (+) it. Choose with territory='before' or 'after'."
        )
    other = "+" if territory == "before" else "-"
    return {
        n: {**row, "Year": row["Year"].rstrip("+-")}
        for n, row in table.rows.items()
        if not row["Year"].endswith(other)
    }


def of_country(table: Table, country: str | None) -> Mapping[int, Mapping[str, str]]:
    """Keep one country of a file of several."""
    if "Code" not in table.fields:
        return table.rows
    codes = sorted({row["Code"] for row in table.rows.values()})
    if country is None and len(codes) > 1:
        raise UnknownNameError(f"{table.name}: it has {codes}. Choose one with country=.")
    if country is not None and country not in codes:
        raise UnknownNameError(f"{table.name}: country {country!r} is not in it. It has {codes}.")
    return {n: row for n, row in table.rows.items() if row["Code"] == (country or codes[0])}


def array_of(
    name: str, rows: Mapping[int, Mapping[str, str]], fields: tuple[str, ...]
) -> xr.DataArray:
    """Values (field, year, age) of rows by line number; "." is NaN."""
    cells: dict[tuple[int, int], list[float]] = {}
    for number, row in rows.items():
        year, age = re.fullmatch(r"\d{4}", row["Year"]), re.fullmatch(r"(\d+)[+-]?", row["Age"])
        if not year or not age:
            raise SchemaError(
                f"{name}, row {number}: year {row['Year']!r}, age {row['Age']!r} is not one year "
                "and one age. Take the file of single years (1x1)."
            )
        key = int(year[0]), int(age[1])
        if key in cells:
            raise SchemaError(f"{name}, row {number}: year {key[0]}, age {key[1]} stands twice.")
        cells[key] = [
            np.nan if row[f] == "." else facts.number(row[f], f"{name}, row {number}, {f}")
            for f in fields
        ]
    years, ages = (sorted({key[i] for key in cells}) for i in (0, 1))
    for y in years:
        if absent := [a for a in ages if (y, a) not in cells]:
            raise SchemaError(f"{name}: year {y}, age {absent[0]} is missing. Is the file whole?")
    return xr.DataArray(
        np.moveaxis(np.array([[cells[y, a] for a in ages] for y in years]), -1, 0),
        dims=("field", "year", "age"),
        coords={"year": years, "age": ages},
    )


def missing_by_year(array: xr.DataArray) -> list[str]:
    """How many values are missing, by year."""
    count = array.isnull().sum([d for d in array.dims if d != "year"])
    return [
        f"{int(year)}: {int(n)} value(s)" for year, n in zip(count.year, count, strict=True) if n
    ]
