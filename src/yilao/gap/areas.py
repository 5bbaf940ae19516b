"""Districts and their city: needs that add up, and a target shared out in whole beds."""

from __future__ import annotations

import numpy as np
import xarray as xr

from yilao.demand.model import check_alike
from yilao.gap.shortfall import check_same_measure
from yilao.schema import (
    SchemaError,
    check_same_basis,
    check_unit,
    check_values,
    sources_of,
)

WAYS: tuple[str, ...] = ("need", "gap", "equal")


def add_up(districts: xr.DataArray, city: xr.DataArray) -> xr.DataArray:
    """Scale the needs of districts so that they add up to the city's.

    need_a · city / Σ need_a, in each year and draw: projected each with its own mortality and past
    migration, districts do not add up to the city projected as one.

    Parameters
    ----------
    districts : (area, …) needs.
    city : (…) need of the whole.

    Returns
    -------
    xr.DataArray
        (area, …) that adds up to ``city``; the coordinate ``scaled_by`` (…) says by how much.

    Raises
    ------
    SchemaError
        There are no areas; units, measures, years or labels differ; or the districts need nothing.
    BasisError
        The two are of different basis.

    Notes
    -----
    The factor is the same for all: a district that is far off stays so. A factor far from 1 says
    that a district is missing, or that the two rest on different rates.

    Examples
    --------
    >>> about = {"units": "beds", "basis": "resident"}
    >>> parts = xr.DataArray([40.0, 50.0], coords={"area": ["a", "b"]}, attrs=about)
    >>> add_up(parts, xr.DataArray(180.0, attrs=about)).values.tolist()
    [80.0, 100.0]
    """
    _check_area(districts, "districts")
    check_unit(city, str(districts.attrs.get("units")), "city")
    check_same_basis(districts, city, "districts", "city")
    if "area" in city.dims:
        raise SchemaError("city: it has areas. Give the need of the whole.")
    check_same_measure(districts.isel(area=0), city, "districts", "city")
    check_alike(districts=districts, city=city)
    years = [array["year"] for array in (districts, city) if "year" in array.coords]
    if len(years) == 2 and not np.array_equal(years[0], years[1]):
        raise SchemaError(
            f"year: districts are of {years[0].values} and the city of {years[1].values}. Select "
            "the same years in both."
        )
    check_values(city, "city", low=0.0)
    added = districts.sum("area", skipna=False)
    if not bool((added > 0).all()):
        raise SchemaError("districts: they need nothing, so the city's need cannot be shared out.")
    factor = city / added
    made = (districts * factor).transpose(*districts.dims, ...)
    made = made.assign_coords(scaled_by=factor.drop_attrs())
    return made.assign_attrs(districts.attrs, sources=sources_of(districts, city))


def allocate(
    total: xr.DataArray | float,
    need: xr.DataArray,
    *,
    by: str = "need",
    supply: xr.DataArray | None = None,
) -> xr.Dataset:
    """Share a city's target out to districts in whole beds, and show what each leaves open.

    Whole numbers by the largest remainder: each gets the whole part of its quota, the rest goes one
    by one to the largest fractions (the first area where they are equal).

    Parameters
    ----------
    total : (…) whole beds: the stock to come to, or with ``supply`` what is added to it.
    need : (area, …) of each district.
    by : ``need`` in proportion to need; ``gap`` to need less supply where that is positive;
        ``equal`` the same to each.
    supply : (area, …) what each has.

    Returns
    -------
    xr.Dataset
        ``allocation`` (area, …) in whole numbers, and ``open``: need less allocation (and less
        supply), negative where there is more than needed; both sum to those of the city.

    Raises
    ------
    SchemaError
        The way is not known, there are no areas, units, measures or labels differ, the total is
        negative, not whole or by area, ``gap`` without supply, or nothing is needed or short.
    BasisError
        Need and supply, or a total that says whom it counts, are of different basis.

    Examples
    --------
    >>> about = {"units": "beds", "basis": "resident"}
    >>> need = xr.DataArray([500.0, 300.0, 200.0], coords={"area": ["a", "b", "c"]}, attrs=about)
    >>> have = xr.DataArray([450.0, 100.0, 250.0], coords={"area": ["a", "b", "c"]}, attrs=about)
    >>> shared = allocate(101, need, by="gap", supply=have)
    >>> shared.allocation.values.tolist(), shared.open.values.tolist()
    ([20.0, 81.0, 0.0], [30.0, 119.0, -50.0])
    """
    if by not in WAYS:
        raise SchemaError(f"by: {by!r} is not known. Use {', '.join(WAYS)}.")
    _check_area(need, "need")
    whole = xr.DataArray(total)
    check_values(whole, "total", low=0.0)
    if bool((whole % 1 != 0).any()):
        raise SchemaError("total: it is not whole. Round it first, and say how.")
    check_alike(need=need, total=whole)
    if "area" in whole.dims:
        raise SchemaError("total: it has areas already. Give one total, total.sum('area').")
    if "units" in whole.attrs:
        check_unit(whole, str(need.attrs.get("units")), "total")
    if "basis" in whole.attrs:
        check_same_basis(need, whole, "need", "total")
    left = need
    if supply is not None:
        check_unit(supply, str(need.attrs.get("units")), "supply")
        check_same_basis(need, supply, "need", "supply")
        _check_area(supply, "supply")
        check_same_measure(need, supply, "need", "supply")
        check_alike(need=need, supply=supply)
        left = need - supply
    elif by == "gap":
        raise SchemaError("by: 'gap' needs the supply of each district. Give supply=.")
    weights = {"need": need, "gap": left.clip(min=0.0), "equal": xr.ones_like(need)}[by]
    added = weights.sum("area")
    if not bool((added > 0).all()):
        raise SchemaError(f"by: nothing to share out by {by}; no district has any. Use 'equal'.")
    quota = (weights / added * whole).transpose(..., "area")
    allocation = quota.copy(data=_largest_remainder(quota.values))
    made = xr.Dataset({"allocation": allocation, "open": left - allocation})
    made = made.transpose("area", ...)
    for name in made.data_vars:
        made[name].attrs = {k: need.attrs[k] for k in ("units", "basis") if k in need.attrs}
    arrays = [need] if supply is None else [need, supply]
    return made.assign_attrs(by=by, sources=sources_of(*arrays))


def _check_area(array: xr.DataArray, name: str) -> None:
    if "area" not in array.dims or "area" not in array.coords:
        raise SchemaError(f"{name}: no areas. Give (area, …) with the districts' names.")
    names = array["area"].values.tolist()
    if twice := [n for n in names if names.count(n) > 1]:
        raise SchemaError(f"{name}: area {twice[0]!r} stands twice. Sum it, or name its parts.")
    check_values(array, name, low=0.0)


def _largest_remainder(quota: np.ndarray) -> np.ndarray:
    """Whole numbers along the last axis with the sum of the quotas, which is whole."""
    # A quota that is whole but for rounding is whole: 2.9999999999 is three, not two and a claim.
    near = np.round(quota)
    quota = np.where(np.abs(quota - near) < 1e-9 * np.maximum(near, 1.0), near, quota)
    floor = np.floor(quota)
    rest = np.round(quota.sum(-1) - floor.sum(-1))
    order = np.argsort(-(quota - floor), axis=-1, kind="stable")
    rank = np.argsort(order, axis=-1, kind="stable")
    given: np.ndarray = floor + (rank < rest[..., None])
    return given
