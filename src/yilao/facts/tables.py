"""Tables of published figures as text, and the numbers in them.

The readers check every file as they read it and name file, row and field of a fault.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np

from yilao.facts.sheets import cells_of
from yilao.schema import FactsError

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


def read_table(path: Traversable | Path, *, keyed: bool = True) -> list[dict[str, str]]:
    """Read a CSV or Excel file as text and refuse ragged rows, empty files and duplicate keys.

    A gzipped CSV (``.csv.gz``) is read too; of an Excel file (``.xlsx``) the first sheet.  With
    ``keyed=False`` keys may repeat: names of areas do, and the caller knows better.

    Raises
    ------
    FactsError
        A row is too long or too short, a column name repeats, the file is empty, or two rows have
        the same key (place, year, sex, age, variable …).
    """
    name = path.name
    rows = cells_of(path)
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
    keys = [h for h in head if h in _KEY_COLUMNS] if keyed else []
    places = [head.index(k) for k in keys]
    for number, row in enumerate(rows[1:], 2):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if len(cells) != len(head):
            raise FactsError(
                f"{name}, row {number}: {len(cells)} fields where the header has {len(head)}. "
                "Quote fields that hold a comma."
            )
        key = tuple([cells[i] for i in places])
        if keys and key in seen:
            shown = ", ".join(f"{k}={v}" for k, v in zip(keys, key, strict=True) if v)
            raise FactsError(
                f"{name}, row {number}: the key ({shown}) stands already in row {seen[key]}. "
                "Keep one of the two."
            )
        seen[key] = number
        table.append(dict(zip(head, cells, strict=True)))
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
