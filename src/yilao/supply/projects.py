"""Projects on their way, as a table: in use, coming, closing, converting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from yilao.schema import FactsError, SchemaError
from yilao.supply.years import read_count

# What becomes of the capacity of a project in its year: +1 comes, -1 goes, 0 changes its measure.
STATES: dict[str, int] = {
    "in_use": 1,
    "under_construction": 1,
    "approved": 1,
    "planned": 1,
    "closing": -1,
    "converting": 0,
}
_NEEDED = ("project", "measure", "state", "capacity", "year", "probability")
COLUMNS = (*_NEEDED, "from_measure", "area")


def pipeline(rows: pd.DataFrame | Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Check a table of projects: in use, coming, closing, converting.

    Parameters
    ----------
    rows : a row for each project: ``project`` (name), ``measure`` (``nursing_beds``), ``state``,
        ``capacity`` (single units, positive also when closing), ``year`` (in use: counted;
        otherwise completed, closed or converted at its end), ``probability`` that it happens by
        then (in use: 1); for ``converting`` also ``from_measure``; ``area`` where wanted.

    Returns
    -------
    pd.DataFrame
        The rows whose capacity and year are known; ``attrs["unknown"]`` names the other projects:
        they are in no sum, which lacks what they add or take away.

    Raises
    ------
    SchemaError
        A column is missing, a project stands twice, a state is not known, a capacity is negative,
        a probability is missing or outside 0 to 1, what is in use is not certain, a conversion does
        not say from what or is into itself, an area is given for some rows only, or nothing is
        known.

    Examples
    --------
    >>> table = pipeline([
    ...     {"project": "homes", "measure": "nursing_beds", "state": "in_use", "capacity": 2781,
    ...      "year": 2020, "probability": 1},
    ...     {"project": "east wing", "measure": "nursing_beds", "state": "approved",
    ...      "capacity": 300, "year": 2023, "probability": 0.8},
    ...     {"project": "west wing", "measure": "nursing_beds", "state": "planned",
    ...      "capacity": "-", "year": "", "probability": 0.5}])
    >>> len(table), table.attrs["unknown"]
    (2, ['west wing'])
    """
    table = rows.copy() if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows))
    if absent := [c for c in _NEEDED if c not in table]:
        raise SchemaError(
            f"pipeline: column {absent[0]!r} is missing. Needed: {', '.join(_NEEDED)}."
        )
    for column in ("from_measure", "area"):
        table[column] = table.get(column, "")
    table = table[list(COLUMNS)].astype(object).where(table[list(COLUMNS)].notna(), "")
    read = [_read(row) for row in table.to_dict("records")]
    names = [r["project"] for r in read]
    if twice := [n for n in names if names.count(n) > 1]:
        raise SchemaError(f"pipeline: project {twice[0]!r} stands twice. Number its stages.")
    if 0 < sum(r["area"] == "" for r in read) < len(read):
        raise SchemaError("pipeline: some projects have an area and some have none. Fill it in.")
    unknown = [r["project"] for r in read if r["capacity"] is None or r["year"] is None]
    kept = [r for r in read if r["project"] not in unknown]
    if not kept:
        raise SchemaError("pipeline: no project has both its capacity and its year.")
    made = pd.DataFrame(kept, columns=COLUMNS).astype(
        {"capacity": float, "year": int, "probability": float}
    )
    made.attrs["unknown"] = unknown
    return made


def read_pipeline(path: str | Path) -> pd.DataFrame:
    """Read a table of projects from a CSV file with the columns of ``pipeline``.

    Parameters
    ----------
    path : UTF-8; blank and "-" are unknown.

    Returns
    -------
    pd.DataFrame
        As ``pipeline`` gives it.

    Raises
    ------
    FactsError
        There is no such file, or it is no table in UTF-8.
    SchemaError
        As for ``pipeline``.
    """
    path = Path(path)
    if not path.is_file():
        raise FactsError(f"{path}: no such file. Give a CSV table of projects.")
    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise FactsError(f"{path.name}: not a table of comma-separated values: {error}.") from None
    return pipeline(rows)


def _read(row: dict[Any, Any]) -> dict[str, Any]:
    """One row with numbers read and checked."""
    words = ("project", "measure", "state", "from_measure", "area")
    row = {**row, **{k: str(row[k]).strip() for k in words}}
    where = f"pipeline, {row['project']!r}"
    if not row["project"] or not row["measure"]:
        raise SchemaError(f"{where}: project and measure must be named.")
    if row["state"] not in STATES:
        raise SchemaError(f"{where}: state {row['state']!r} is not known. Use {', '.join(STATES)}.")
    capacity, year = (read_count(row[c], f"{where}, {c}") for c in ("capacity", "year"))
    chance = read_count(row["probability"], f"{where}, probability")
    if capacity is not None and not 0 <= capacity < np.inf:
        raise SchemaError(f"{where}: capacity {capacity} is negative. Closing has a state.")
    if year is not None and year % 1:
        raise SchemaError(f"{where}: year {year} is not whole.")
    if row["state"] == "in_use" and year is None:
        raise SchemaError(f"{where}: a stock without date. Say in which year it was counted.")
    if chance is None or not 0 <= chance <= 1:
        raise SchemaError(f"{where}: probability {row['probability']!r} is not within 0 to 1.")
    if row["state"] == "in_use" and chance != 1:
        raise SchemaError(f"{where}: what is in use has probability 1, not {chance:g}.")
    if (row["state"] == "converting") != bool(row["from_measure"]):
        raise SchemaError(f"{where}: converting, and only it, needs from_measure: from what?")
    if row["from_measure"] == row["measure"]:
        raise SchemaError(f"{where}: converted from {row['measure']} into itself.")
    return {**row, "capacity": capacity, "year": year, "probability": chance}
