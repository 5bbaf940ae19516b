"""Counts of areas of one date as counts of the areas of another, where boundaries have changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from yilao import facts
from yilao.schema import (
    FactsError,
    SchemaError,
    UnknownNameError,
    check_dims,
    check_values,
    sources_of,
)

_COLUMNS = ("from_code", "from_name", "to_code", "to_name", "persons")
# Units that can be added up over areas; a rate or a share cannot.
COUNTS = ("persons", "persons per step", "places")


def crosswalk(name: str) -> xr.DataArray:
    """Return a packaged crosswalk: how many people of each former area live in each present one.

    Parameters
    ----------
    name : ``hangzhou-2021``, the districts of Hangzhou before and after April 2021.

    Returns
    -------
    xr.DataArray
        (area, area_to) persons, zero where nobody passes; ``name`` and ``name_to`` are coordinates.

    Raises
    ------
    UnknownNameError
        The name is not packaged; the message lists those that are.

    Examples
    --------
    >>> weights = crosswalk("hangzhou-2021")
    >>> float(weights.sel(area="330104", area_to="330114"))
    521977.0
    """
    folder = facts.DATA / "crosswalks"
    known = {row["name"]: row for row in facts.read_table(folder / "manifest.csv")}
    if name not in known:
        raise UnknownNameError(
            f"crosswalk {name!r} is not packaged. Known: {', '.join(known)}. Read your own with "
            "read_crosswalk()."
        )
    entry = known[name]
    weights = _weights(facts.read_table(folder / f"{name}.csv"), f"{name}.csv")
    return weights.assign_attrs(
        date=entry["weight_date"],
        basis=entry["basis"],
        sources=[f"{entry['source']} (published {entry['published']})"],
    )


def read_crosswalk(path: str | Path) -> xr.DataArray:
    """Read a crosswalk of your own.

    Parameters
    ----------
    path : CSV or Excel file with the columns ``from_code, from_name, to_code, to_name, persons``; a
        row per pair of areas that share people.

    Returns
    -------
    xr.DataArray
        (area, area_to) persons, as from ``crosswalk``.

    Raises
    ------
    FactsError
        A column is missing, a pair stands twice, a number is negative or none, or nobody passes
        from an area.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "mine.csv"
    >>> lines = ["from_code,from_name,to_code,to_name,persons",
    ...     "990101,东区,990101,东区,300", "990101,东区,990103,新区,100"]
    >>> _ = path.write_text(chr(10).join(lines), encoding="utf-8")
    >>> read_crosswalk(path).values.tolist()
    [[300.0, 100.0]]
    """
    path = Path(path)
    if not path.is_file():
        raise FactsError(f"{path}: no such file. Give a table with {list(_COLUMNS)}.")
    return _weights(facts.read_table(path), path.name).assign_attrs(sources=[path.name])


def _weights(rows: list[dict[str, str]], name: str) -> xr.DataArray:
    if absent := [c for c in _COLUMNS if c not in rows[0]]:
        raise FactsError(f"{name}: column {absent[0]!r} is missing. Needed: {list(_COLUMNS)}.")
    names = [{r[f"{side}_code"]: r[f"{side}_name"] for r in rows} for side in ("from", "to")]
    at = [{code: i for i, code in enumerate(side)} for side in names]
    people = np.zeros((len(at[0]), len(at[1])))
    seen: dict[tuple[str, str], int] = {}
    for i, row in enumerate(rows, 2):
        where, pair = f"{name}, row {i}", (row["from_code"], row["to_code"])
        if pair in seen:
            raise FactsError(
                f"{where}: {pair[0]} to {pair[1]} stands already in row {seen[pair]}. Keep one."
            )
        seen[pair] = i
        persons = facts.number(row["persons"], f"{where}, persons")
        if persons < 0:
            raise FactsError(f"{where}, persons: {row['persons']} is negative. Correct it.")
        people[at[0][pair[0]], at[1][pair[1]]] = persons
    if (empty := people.sum(axis=1) == 0).any():
        code = list(names[0])[int(np.argmax(empty))]
        raise FactsError(f"{name}: nobody passes from {code}. Give persons above 0, or drop it.")
    return xr.DataArray(
        people,
        dims=("area", "area_to"),
        coords={
            "area": list(names[0]),
            "area_to": list(names[1]),
            "name": ("area", list(names[0].values())),
            "name_to": ("area_to", list(names[1].values())),
        },
        name="crosswalk",
        attrs={"units": "persons"},
    )


def to_areas(counts: xr.DataArray, weights: xr.DataArray) -> xr.DataArray:
    """Share out counts of former areas to present ones; the total stays.

    C(b) = Σ_a C(a) w(a, b) / Σ_b w(a, b), for every sex, age and year alike.

    Parameters
    ----------
    counts : (..., area) persons, persons per step or places, by code.
    weights : (area, area_to) persons, from ``crosswalk`` or ``read_crosswalk``.

    Returns
    -------
    xr.DataArray
        The counts by present area, in the order of ``weights``; areas that get nobody are not
        there.

    Raises
    ------
    SchemaError
        A unit is not a count, an area is not in the weights, or an area that shares a present one
        is not in the counts; the areas are listed.

    Notes
    -----
    Exact where whole areas are merged.  Where one is split, all sexes and ages are shared in the
    proportion of all people at the date of the weights, so its parts get one age structure.  In
    Hangzhou this is so for 江干, 萧山 and 余杭: Xiasha (下沙), with most colleges of the city, is
    surely younger than the rest of 江干, so that the elderly of 钱塘 come out too many and those of
    上城 too few; by how much is not known, for no ages of the present districts were found.  The
    same weights used for another date assume that the parts grow alike.

    Examples
    --------
    >>> weights = crosswalk("hangzhou-2021")
    >>> former = weights.sum("area_to").assign_attrs(units="persons")
    >>> present = to_areas(former, weights)
    >>> float(present.sel(area="330114")), float(present.sum() - former.sum())
    (769150.0, 0.0)
    """
    check_dims(counts, ("area",), "counts", leading=[str(d) for d in counts.dims])
    check_values(counts, "counts")
    if counts.attrs.get("units") not in COUNTS:
        raise SchemaError(
            f"counts: the unit is {counts.attrs.get('units')!r}. Only counts can be shared out "
            f"({', '.join(COUNTS)}); share out the counts behind a rate and divide again."
        )
    here, known = counts["area"].values.tolist(), weights["area"].values.tolist()
    if absent := [a for a in here if a not in known]:
        raise SchemaError(
            f"area: {absent} not in the crosswalk. Add them to it, or select the areas it has: "
            f"{known}."
        )
    used = weights.sel(area=here)
    used = used.isel(area_to=(used.values > 0).any(axis=0))
    others = weights.sel(area=[a for a in known if a not in here], area_to=used["area_to"])
    if (others.values > 0).any():
        missing = others["area"].values[(others.values > 0).any(axis=1)].tolist()
        raise SchemaError(
            f"area: {missing} not in the counts, but part of them is in the same present areas. "
            "Add them, or the present areas would be short of their people."
        )
    shares = used / used.sum("area_to")
    # Other coordinates of either side name the former areas, and would be wrong for the present.
    bare = counts.drop_vars(
        [c for c, v in counts.coords.items() if c != "area" and "area" in v.dims]
    )
    shared: xr.DataArray = xr.dot(
        bare, shares.drop_vars(["name", "name_to"], errors="ignore"), dim="area"
    )
    result = shared.transpose(*("area_to" if d == "area" else d for d in counts.dims))
    result = result.assign_coords(place=("area_to", used["name_to"].values))
    result.attrs = dict(counts.attrs) | {"sources": sources_of(counts, weights)}
    return result.rename(area_to="area").rename(counts.name)
