"""Packaged parameters of demand: definitions of care need, rates, ratios, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import pandas as pd

from yilao import facts
from yilao.schema import UnknownNameError

Row = Mapping[str, str]


@cache
def rows(file: str) -> tuple[Row, ...]:
    """Rows of a file of parameters as text."""
    return tuple(MappingProxyType(r) for r in facts.read_table(facts.DATA / "demand" / file))


def of_id(file: str, name: str, what: str) -> list[Row]:
    """Return the rows of an id, or raise with the ids that exist."""
    found = [row for row in rows(file) if row["id"] == name]
    if not found:
        known = ", ".join(dict.fromkeys(row["id"] for row in rows(file)))
        raise UnknownNameError(f"{what} {name!r} is not packaged. Known: {known}.")
    return found


def source_of(row: Row) -> str:
    """The source of a row in one line, with its address."""
    return " ".join(part for part in (row["source"], row["url"]) if part)


def parameters() -> pd.DataFrame:
    """Return the packaged parameters with meaning, unit, source and evidence.

    Examples
    --------
    >>> table = parameters().set_index("id")
    >>> table.loc["occupancy_beijing", "unit"], float(table.value["occupancy_beijing"])
    ('share', 0.53)
    """
    table = pd.DataFrame([dict(row) for row in rows("parameters.csv")])
    for column in ("value", "low", "high"):
        table[column] = pd.to_numeric(table[column])
    return table


def parameter(name: str) -> float:
    """Return the value of a packaged parameter.

    Raises
    ------
    UnknownNameError
        There is none of this name.

    Examples
    --------
    >>> parameter("institution_share_9073")
    0.03
    """
    (row,) = of_id("parameters.csv", name, "parameter")
    return facts.number(row["value"], f"parameters.csv, {name}")
