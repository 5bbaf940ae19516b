"""What a table of projects makes of what is in use: open in each year, and granted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from yilao.schema import BASES, BasisError, SchemaError, check_unit_name
from yilao.supply.projects import COLUMNS, STATES

_GRANTED = ("in_use", "under_construction", "approved")


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
        A year lies before what is in use was counted; what is in use is not known, or was counted
        after a project is said to happen; only one of ``rng`` and ``draws`` is given; more closes
        or is converted than there is; or the unit is in 万.
    BasisError
        The basis is not known.

    Notes
    -----
    Projects are drawn independently.  Where one budget or one builder stands behind several they
    fail together, and the true spread is wider.

    Examples
    --------
    >>> from yilao.supply import pipeline
    >>> table = pipeline([
    ...     {"project": "homes", "measure": "beds", "state": "in_use", "capacity": 1000,
    ...      "year": 2020, "probability": 1},
    ...     {"project": "wing", "measure": "beds", "state": "approved", "capacity": 300,
    ...      "year": 2023, "probability": 0.8}])
    >>> operational(table, [2022, 2023], units="beds").values
    array([[1000., 1240.]])
    """
    _check_counted(table)
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
    >>> from yilao.supply import pipeline
    >>> table = pipeline([
    ...     {"project": "homes", "measure": "beds", "state": "in_use", "capacity": 1000,
    ...      "year": 2020, "probability": 1},
    ...     {"project": "wing", "measure": "beds", "state": "approved", "capacity": 300,
    ...      "year": 2023, "probability": 0.8}])
    >>> allocated(table, [2022, 2023], units="beds").values
    array([[1300., 1300.]])
    """
    _check_counted(table)
    at_once = table["state"].isin(_GRANTED)
    granted = table.assign(year=table["year"].where(~at_once, table["year"].min()))
    used = (table["state"] != "planned").to_numpy(dtype=float)
    # What is in use keeps its year: before it was counted nothing is known.
    granted.loc[table["state"] == "in_use", "year"] = table["year"]
    return _sum(granted, used[None, :], years, units, basis).isel(draw=0, drop=True)


def _check_counted(table: pd.DataFrame) -> None:
    """Raise where a change has no count it is a change of, or lies before that count."""
    if absent := [c for c in COLUMNS if c not in table]:
        raise SchemaError(f"pipeline: column {absent[0]!r} is missing. Make it with pipeline().")
    in_use = table.loc[table["state"] == "in_use"]
    count = in_use.groupby(["measure", "area"])["year"].min().to_dict()
    for row in table.loc[table["state"] != "in_use"].to_dict("records"):
        for measure in (m for m in (row["measure"], row["from_measure"]) if m):
            where = f"{measure} of {row['area']}" if row["area"] else measure
            counted = count.get((measure, row["area"]))
            if counted is None:
                raise SchemaError(
                    f"pipeline: nothing is known of {where} in use, so {row['project']!r} adds to "
                    "an unknown number. Add a row in_use, with capacity 0 only where there is none."
                )
            if row["year"] <= counted:
                raise SchemaError(
                    f"pipeline: {row['project']!r} is of {row['year']}, and {where} in use was "
                    f"counted at the end of {counted}: the count holds it already. Leave it out, "
                    "or give the year it is now expected."
                )


def _sum(
    table: pd.DataFrame, happens: np.ndarray, years: Sequence[int], units: str, basis: str
) -> xr.DataArray:
    if basis not in BASES:
        raise BasisError(f"pipeline: the basis is {basis!r}. Known: 'resident', 'registered'.")
    check_unit_name(units, "pipeline")
    wanted = np.asarray(years)
    if not len(wanted) or wanted.dtype.kind not in "iu":
        raise SchemaError(f"years: {list(years)} are no list of whole years.")
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
    # Also where it all happens: what closes with a probability must be there to close.
    least = np.minimum(values.min(axis=2), np.einsum("map,py->may", change, begun))
    if (bad := least < -1e-9 * max(1.0, capacity.max())).any():
        m, a, y = np.argwhere(bad)[0]
        raise SchemaError(
            f"pipeline: {measures[m]}{f' of {areas[a]}' if areas[a] else ''} falls below 0 in "
            f"{wanted[y]}: more closes or is converted than there is. Add what is in use."
        )
    made.attrs = {"units": units, "basis": basis, "sources": [], "measures": measures}
    made.attrs["unknown"] = list(table.attrs.get("unknown", []))
    return made.isel(area=0, drop=True) if areas == [""] else made
