"""Projects on their way: what will be in use in each year, and what is granted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from yilao.schema import BASES, BasisError, FactsError, SchemaError
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
_GRANTED = ("in_use", "under_construction", "approved")
_NEEDED = ("project", "measure", "state", "capacity", "year", "probability")
_COLUMNS = (*_NEEDED, "from_measure", "area")


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
        they are in no sum, which is therefore too low by them.

    Raises
    ------
    SchemaError
        A column is missing, a project stands twice, a state is not known, a capacity is negative,
        a probability is missing or outside 0 to 1, what is in use is not certain, a conversion does
        not say from what, an area is given for some rows only, or nothing is known.

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
    table = table[list(_COLUMNS)].astype(object).where(table[list(_COLUMNS)].notna(), "")
    read = [_read(row) for row in table.to_dict("records")]
    names = [str(r["project"]) for r in read]
    if twice := [n for n in names if names.count(n) > 1]:
        raise SchemaError(f"pipeline: project {twice[0]!r} stands twice. Number its stages.")
    if 0 < sum(r["area"] == "" for r in read) < len(read):
        raise SchemaError("pipeline: some projects have an area and some have none. Fill it in.")
    unknown = [r["project"] for r in read if r["capacity"] is None or r["year"] is None]
    kept = [r for r in read if r["project"] not in unknown]
    if not kept:
        raise SchemaError("pipeline: no project has both its capacity and its year.")
    made = pd.DataFrame(kept, columns=_COLUMNS).astype(
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
    where = f"pipeline, {row['project']!r}"
    if not str(row["project"]).strip() or not str(row["measure"]).strip():
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
    return {**row, "capacity": capacity, "year": year, "probability": chance}


def operational(
    table: pd.DataFrame,
    years: Sequence[int],
    *,
    units: str,
    basis: str = "resident",
    rng: np.random.Generator | None = None,
    draws: int | None = None,
) -> xr.DataArray:
    """What is in use at the end of each year: expected, or drawn project by project.

    S_t = Σ_i e_i c_i [year_i ≤ t], with capacity c_i signed by its state and e_i the probability
    p_i, or in each draw 1 with probability p_i and else 0.

    Parameters
    ----------
    table : of ``pipeline``.
    years : wanted; none before the first count of what is in use.
    units : ``beds``, ``places``, ``persons``.
    basis : whom it serves, ``resident`` or ``registered``.
    rng, draws : both for draws, neither for the expected value.

    Returns
    -------
    xr.DataArray
        (measure, [area,] [draw,] year).

    Raises
    ------
    SchemaError
        A year lies before what is in use was counted, only one of ``rng`` and ``draws`` is given,
        or more closes or is converted than there is.
    BasisError
        The basis is not known.

    Notes
    -----
    Projects are drawn independently.  Where one budget or one builder stands behind several they
    fail together, and the true spread is wider.

    Examples
    --------
    >>> table = pipeline([
    ...     {"project": "homes", "measure": "beds", "state": "in_use", "capacity": 1000,
    ...      "year": 2020, "probability": 1},
    ...     {"project": "wing", "measure": "beds", "state": "approved", "capacity": 300,
    ...      "year": 2023, "probability": 0.8}])
    >>> operational(table, [2022, 2023], units="beds").values
    array([[1000., 1240.]])
    """
    if (rng is None) != (draws is None):
        raise SchemaError("operational: give both rng and draws, or neither.")
    chance = table["probability"].to_numpy()
    happens = chance[None, :]
    if rng is not None and draws is not None:
        if draws < 1:
            raise SchemaError(f"draws: {draws} is not 1 or more.")
        happens = (rng.random((draws, len(chance))) < chance).astype(float)
    made = _sum(table, happens, years, units, basis)
    return made if draws is not None else made.isel(draw=0, drop=True)


def allocated(
    table: pd.DataFrame, years: Sequence[int], *, units: str, basis: str = "resident"
) -> xr.DataArray:
    """What is granted: in use, under construction or approved, whether or not it is open yet.

    Allocated less operational is what is granted and does not serve anybody; plans are not granted.

    Parameters
    ----------
    table, years, units, basis : as for ``operational``.

    Returns
    -------
    xr.DataArray
        (measure, [area,] year), full capacities.

    Raises
    ------
    SchemaError, BasisError
        As for ``operational``.

    References
    ----------
    Australia reports allocated beside operational places of residential care, because providers
    have years to build.

    Examples
    --------
    >>> table = pipeline([
    ...     {"project": "homes", "measure": "beds", "state": "in_use", "capacity": 1000,
    ...      "year": 2020, "probability": 1},
    ...     {"project": "wing", "measure": "beds", "state": "approved", "capacity": 300,
    ...      "year": 2023, "probability": 0.8}])
    >>> allocated(table, [2022, 2023], units="beds").values
    array([[1300., 1300.]])
    """
    at_once = table["state"].isin(_GRANTED)
    granted = table.assign(year=table["year"].where(~at_once, table["year"].min()))
    used = (table["state"] != "planned").to_numpy(dtype=float)
    # What is in use keeps its year: before it was counted nothing is known.
    granted.loc[table["state"] == "in_use", "year"] = table["year"]
    return _sum(granted, used[None, :], years, units, basis).isel(draw=0, drop=True)


def _sum(
    table: pd.DataFrame, happens: np.ndarray, years: Sequence[int], units: str, basis: str
) -> xr.DataArray:
    if basis not in BASES:
        raise BasisError(f"pipeline: the basis is {basis!r}. Known: 'resident', 'registered'.")
    wanted = np.asarray(years, dtype=int)
    in_use = table.loc[table["state"] == "in_use", "year"]
    first = int(in_use.max()) if len(in_use) else int(table["year"].min())
    if (wanted < first).any():
        raise SchemaError(
            f"pipeline: {wanted.min()} lies before {first}, when what is in use was counted. "
            "Nothing is known of earlier years."
        )
    begun = (table["year"].to_numpy()[:, None] <= wanted).astype(float)
    measures = list(dict.fromkeys([*table["measure"], *(m for m in table["from_measure"] if m)]))
    areas = list(dict.fromkeys(table["area"]))
    sign = table["state"].map(STATES).to_numpy(dtype=float)
    turned = (table["state"] == "converting").to_numpy(dtype=float)
    change = np.zeros((len(measures), len(areas), len(table)))
    at = np.arange(len(table))
    where = table["area"].map(areas.index).to_numpy()
    into = table["measure"].map(measures.index).to_numpy()
    capacity = table["capacity"].to_numpy()
    change[into, where, at] = (sign + turned) * capacity
    out = turned > 0
    origin = table.loc[out, "from_measure"].map(measures.index).to_numpy(dtype=int)
    change[origin, where[out], at[out]] -= capacity[out]
    values = np.einsum("map,dp,py->mady", change, happens, begun)
    coords = {"measure": measures, "area": areas, "draw": range(len(happens)), "year": wanted}
    made = xr.DataArray(values, coords, tuple(coords), "supply")
    if (bad := values < -1e-9 * max(1.0, capacity.max())).any():
        m, a, _, y = np.argwhere(bad)[0]
        raise SchemaError(
            f"pipeline: {measures[m]}{f' of {areas[a]}' if areas[a] else ''} falls below 0 in "
            f"{wanted[y]}: more closes or is converted than there is. Add what is in use."
        )
    made.attrs = {"units": units, "basis": basis, "sources": [], "measures": measures}
    made.attrs["unknown"] = list(table.attrs.get("unknown", []))
    return made.isel(area=0, drop=True) if areas == [""] else made
