"""Needs of the districts and counties of a city."""

from __future__ import annotations

import xarray as xr

from yilao import demand, facts
from yilao.place import Place, load_place
from yilao.projection import project
from yilao.schema import YilaoError, sources_of


def district_needs(
    place: Place, model: xr.DataArray, *, variant: str | None = None, until: int = 2035
) -> xr.DataArray:
    """What each district or county of a packaged city needs, each projected for itself.

    Parameters
    ----------
    place : a packaged city.
    model : (measure, [year,] sex, age) weights of ``yilao.demand``; years, if any, are those of
        the projection, the base year included.
    variant : one that can be computed for every district; by default ``trend``.
    until : last year.

    Returns
    -------
    xr.DataArray
        (area, year, measure), base year … until; ``area`` holds ids, ``name_zh`` and ``name_en``
        the names.

    Raises
    ------
    YilaoError
        The place has no packaged districts, or the variant cannot be computed for one (it is
        named).

    Notes
    -----
    A variant of a district assumes its own past migration, most of it within the city: the sum of
    districts is not the city projected as one.  ``add_up`` scales it.

    Examples
    --------
    >>> from yilao.place import load_place
    >>> beds = demand.beds(60, from_age=60, basis="resident")
    >>> needs = district_needs(load_place("ankang"), beds, until=2022)
    >>> needs.sizes["area"], float(needs.sel(year=2020).sum().round(-2))
    (10, 31400.0)
    """
    records = [r for r in facts.place_records() if r.parent == place.id]
    if not records:
        raise YilaoError(f"{place.id}: no districts are packaged. Give a city; see yilao places.")
    chosen = "trend" if variant is None else variant
    places = [load_place(r.id) for r in records]
    if lacking := [p.id for p in places if chosen not in p.variants]:
        raise YilaoError(
            f"variant {chosen!r} cannot be computed for {', '.join(lacking)}. Use "
            "variant='no-migration'."
        )
    needs = [
        demand.apply(
            project(p.base, p.rates(chosen, until=until), flows=False).population, model
        ).drop_attrs()
        for p in places
    ]
    made: xr.DataArray = xr.concat(needs, dim="area", coords="minimal", compat="override")
    made = made.assign_coords(
        area=[p.id for p in places],
        name_zh=("area", [p.name_zh for p in places]),
        name_en=("area", [p.name_en for p in places]),
    )
    made.attrs = {
        "units": model.attrs["units"],
        "basis": model.attrs["basis"],
        "sources": sources_of(*(p.base for p in places), model),
    }
    return made.rename("need")
