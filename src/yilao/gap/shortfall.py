"""The gap itself: need minus supply, never clipped."""

from __future__ import annotations

import numpy as np
import xarray as xr

from yilao.schema import (
    SchemaError,
    check_same_basis,
    check_same_labels,
    check_unit,
    check_values,
    sources_of,
)


def _measure(array: xr.DataArray) -> str:
    """What an array counts, where it says so."""
    if "measure" in array.coords and array["measure"].size == 1:
        return str(array["measure"].item())
    return str(array.attrs.get("measure", ""))


def check_same_measure(a: xr.DataArray, b: xr.DataArray, name_a: str, name_b: str) -> None:
    """Raise where two arrays count different things, or one is by area and the other is not."""
    if ("measure" in a.dims) != ("measure" in b.dims):
        has, one = (name_a, a) if "measure" in a.dims else (name_b, b)
        if one.sizes["measure"] > 1:
            raise SchemaError(
                f"measure: {has} has {one['measure'].values.tolist()}. Select one, {has}.sel("
                "measure=…): a stock is compared with its own kind only."
            )
    measures = _measure(a), _measure(b)
    if all(measures) and measures[0] != measures[1]:
        raise SchemaError(
            f"{name_a} counts {measures[0]} and {name_b} {measures[1]}. Beds of different kinds, "
            "places and carers are compared with their own kind only."
        )
    for one, other, has, lacks in ((a, b, name_a, name_b), (b, a, name_b, name_a)):
        check_not_in_each(one, other, has, lacks)


def check_not_in_each(a: xr.DataArray, b: xr.DataArray, name_a: str, name_b: str) -> None:
    """Raise where one stock would be counted again in every area of an array."""
    if "area" in a.dims and "area" not in b.dims:
        raise SchemaError(
            f"area: {name_a} has areas and {name_b} has none, so that it would count once in each. "
            f"Use {name_a}.sum('area'), or share {name_b} out with yilao.gap.allocate."
        )


def shortfall(need: xr.DataArray, supply: xr.DataArray, *, hold: bool = False) -> xr.Dataset:
    """Need minus supply: positive is short, negative is spare.

    Parameters
    ----------
    need : (…) with coordinate ``year``, as the functions of ``yilao.demand`` give it.
    supply : a stock of the same unit and basis with its ``year``, as ``yilao.supply.stock`` gives.
    hold : carry a stock of another year to the years of the need, later or earlier ones; only by
        request, since places open and close.

    Returns
    -------
    xr.Dataset
        ``need``, ``supply`` and ``shortfall``, with sources of both.

    Raises
    ------
    SchemaError
        Units or measures differ (nursing beds and all beds), one is by area and the other is not, a
        value is missing or negative, or the stock is of another year and ``hold`` is False.
    BasisError
        One is resident (常住) and the other registered (户籍).

    Examples
    --------
    >>> import xarray as xr
    >>> from yilao.supply import stock
    >>> need = xr.DataArray(60_500.0, coords={"year": 2025},
    ...     attrs={"units": "places", "basis": "resident"})
    >>> gap = shortfall(need, stock(44_000, date="2022-10-21", units="places"), hold=True)
    >>> float(gap.shortfall)
    16500.0
    """
    if "units" not in need.attrs:
        raise SchemaError("need: no unit. Make it with a function of yilao.demand.")
    check_unit(supply, str(need.attrs["units"]), "supply")
    basis = check_same_basis(need, supply, "need", "supply")
    check_same_measure(need, supply, "need", "supply")
    check_values(need, "need", low=0.0)
    check_values(supply, "supply", low=0.0)
    for dim in supply.dims:
        if dim in need.dims and dim != "year":
            check_same_labels(need, supply, dim, "need", "supply")
    if "year" not in need.coords or "year" not in supply.coords:
        raise SchemaError("year: need and supply must both have their year as a coordinate.")
    years = np.unique(np.atleast_1d(need["year"].values))
    held = np.unique(np.atleast_1d(supply["year"].values))
    if "year" not in supply.dims:
        if not hold and not np.array_equal(years, held):
            raise SchemaError(
                f"supply: the stock is of {held[0]} ({supply.attrs.get('date', held[0])}) and the "
                f"need of {', '.join(map(str, years[:5]))}. Use hold=True to carry it unchanged, "
                "or give the stock of that year."
            )
        supply = supply.drop_vars("year").assign_attrs(supply.attrs)
    elif not np.array_equal(years, held):
        raise SchemaError(f"year: need has {years.tolist()} and supply has {held.tolist()}.")
    result = xr.Dataset(
        {"need": need.copy(), "supply": supply.copy(), "shortfall": need - supply},
        attrs={
            k: need.attrs[k]
            for k in ("place", "place_zh", "place_en", "label_zh", "label_en")
            if k in need.attrs
        },
    )
    for name in result.data_vars:
        result[name].attrs = {"units": need.attrs["units"], "basis": basis}
    result.attrs["sources"] = sources_of(need, supply)
    if "date" in supply.attrs:
        result.attrs["supply_date"] = supply.attrs["date"]
    return result
