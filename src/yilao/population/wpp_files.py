"""Rows of one country in the files of World Population Prospects, and the array they make."""

from __future__ import annotations

import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd
import xarray as xr

from yilao import facts
from yilao.schema import SEXES, FactsError, SchemaError, UnknownNameError

# Columns in the files of the UN, and in the R data package wpp2024.
_LOCATION, _NAME, _YEAR, _AGE = (
    ("LocID", "country_code"),
    ("Location", "name"),
    ("Time", "year"),
    ("AgeGrpStart", "age"),
)
_BLOCK = 200_000


@dataclass(frozen=True)
class Published:
    """Columns of a variable, women and men apart or in one, and what makes yilao's unit of it."""

    by_sex: tuple[tuple[str, str], ...] = ()
    single: tuple[str, ...] = ()
    factor: float = 1.0
    unit: str = "1"
    dims: tuple[str, ...] = ("year", "sex", "age")


def rows_of(file: Path, published: Published, location: str, variant: str) -> pd.DataFrame:
    """Rows of one location as year, sex, age, value, row, field."""
    if not file.is_file():
        raise FactsError(f"{file}: no such file. Download it from the UN's page of WPP.")
    try:
        head = pd.read_csv(file, nrows=0, encoding="utf-8-sig").columns.tolist()
        fields = _fields(head, published, file.name)
        place, name, year, age = (_one(head, names) for names in (_LOCATION, _NAME, _YEAR, _AGE))
        if place is None or year is None or ("age" in published.dims and age is None):
            raise FactsError(
                f"{file.name}: not a file of WPP: its columns are {head}. Needed are LocID, Time, "
                "AgeGrpStart, or country_code, year, age."
            )
        more = [c for c in ("ISO3_code", "Variant", "Sex", "AgeGrpSpan") if c in head]
        keep = [c for c in (place, name, year, age, *more, *fields) if c is not None]
        table = _of_location(file, keep, [place, name, "ISO3_code"], location)
    except UnicodeDecodeError:
        raise FactsError(
            f"{file.name}: the file is not UTF-8. Take it as it is downloaded."
        ) from None
    except (EOFError, OSError, zlib.error, BadZipFile) as error:
        raise FactsError(f"{file.name}: not a whole file: {error}. Download it again.") from None
    except (pd.errors.ParserError, pd.errors.ParserWarning, pd.errors.EmptyDataError) as error:
        raise FactsError(f"{file.name}: not a table of comma-separated values: {error}.") from None
    if "Variant" in table and not table.empty:
        several = sorted(set(table["Variant"]))
        table = table[table["Variant"].isin([variant, "Estimates", "Estimate"])]
        if table.empty:
            raise UnknownNameError(f"{file.name}: no variant {variant!r}. It has {several}.")
    if "AgeGrpSpan" in table and (wide := ~table["AgeGrpSpan"].isin(["1", "-1"])).any():
        row = table.index[wide][0] + 2
        raise SchemaError(f"{file.name}, row {row}: not single ages. Use the file by single age.")
    parts = [
        pd.DataFrame(
            {
                "year": table[year],
                "age": table[age] if "age" in published.dims else "0",
                "sex": table["Sex"].str.casefold() if sex is None and "Sex" in table else sex or "",
                "value": table[field],
                "row": table.index + 2,
                "field": field,
            }
        )
        for field, sex in fields.items()
    ]
    rows = pd.concat(parts)
    # Life tables of both sexes together stand in files of their own, or beside.
    rows = rows[~rows["sex"].isin(["both", "total", "both sexes"])]
    for column in ("year", "age", "value"):
        numbers = pd.to_numeric(rows[column], errors="coerce")
        if (bad := ~np.isfinite(numbers)).any():
            row, field, text = rows.loc[bad, ["row", "field", column]].iloc[0]
            facts.number(
                str(text), f"{file.name}, row {row}, {field if column == 'value' else column}"
            )
        rows[column] = numbers if column == "value" else numbers.astype(int)
    return rows.assign(file=file.name)


def _of_location(file: Path, keep: list[str], ids: list[str | None], wanted: str) -> pd.DataFrame:
    """Read in blocks, for a file of all countries has millions of rows.

    All columns are read: with only some of them pandas lets rows pass that are too long.
    """
    found: list[pd.DataFrame] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        for block in pd.read_csv(
            file,
            index_col=False,
            chunksize=_BLOCK,
            dtype=str,
            keep_default_na=False,
            encoding="utf-8-sig",
        ):
            named = block[[c for c in ids if c in block]]
            here = named.apply(lambda c: c.str.strip().str.casefold()).eq(wanted.casefold())
            found.append(block.loc[here.any(axis=1), keep])
    return pd.concat(found)


def _fields(head: list[str], published: Published, name: str) -> dict[str, str | None]:
    """Columns with the values, each with its sex, or None where a column says it."""
    for pair in published.by_sex:
        if set(pair) <= set(head):
            return dict(zip(pair, SEXES, strict=True))
    if (single := _one(head, published.single)) is not None:
        return {single: None}
    wanted = [*(" + ".join(p) for p in published.by_sex), *published.single]
    raise FactsError(f"{name}: none of the columns {wanted} is there; it has {head}.")


def _one(head: list[str], names: tuple[str, ...]) -> str | None:
    return next((n for n in names if n in head), None)


def array_of(rows: pd.DataFrame, dims: tuple[str, ...], name: str) -> xr.DataArray:
    """Make an array of rows; a cell that is missing or stands twice is named."""
    if "sex" in dims and (unknown := set(rows["sex"]) - set(SEXES)):
        raise FactsError(f"{name}: sex is {sorted(unknown)[0]!r}, needed is Female or Male.")
    again = rows.duplicated(list(dims))
    if again.any():
        row = rows[again].iloc[0]
        shown = ", ".join(f"{d}={row[d]}" for d in dims)
        raise FactsError(f"{row['file']}, row {row['row']}: {shown} stands already. Keep one.")
    labels = {d: list(SEXES) if d == "sex" else sorted(set(rows[d])) for d in dims}
    values = np.full([len(labels[d]) for d in dims], np.nan)
    at = tuple(rows[d].map({v: i for i, v in enumerate(labels[d])}).to_numpy() for d in dims)
    values[at] = rows["value"]
    if np.isnan(values).any():
        first = np.argwhere(np.isnan(values))[0]
        shown = ", ".join(f"{d}={labels[d][i]}" for d, i in zip(dims, first, strict=True))
        raise SchemaError(
            f"{name}: {shown} is missing. Give the files of both sexes and all years."
        )
    return xr.DataArray(values, dims=dims, coords=labels)
