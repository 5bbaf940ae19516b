"""Rooms for care in housing estates: rules of a rate with a least area."""

from __future__ import annotations

import xarray as xr

from yilao.demand.model import Rate
from yilao.schema import SchemaError, check_values


def _check(value: Rate, name: str, low: float = 0.0) -> xr.DataArray:
    array = xr.DataArray(value)
    check_values(array, name, low=low)
    return array


def _result(area: xr.DataArray) -> xr.DataArray:
    attrs = {"units": "square metres", "kind": "norm requirement"}
    return area.rename("floor_area").assign_attrs(attrs)


def new_estate_rooms(
    floor_area: Rate,
    *,
    permille: float,
    least_small: float,
    least_large: float,
    boundary_area: float,
    at_boundary: str = "small",
) -> xr.DataArray:
    """Rooms for care in a new estate: a rate of its residential floor area with a least area.

    rooms = max(permille / 1000 · A, least_small or least_large).

    Parameters
    ----------
    floor_area : A, residential floor area of each estate in square metres.
    permille : of the floor area.
    least_small, least_large : square metres at least, below and above the boundary.
    boundary_area : square metres that divide small from large estates.
    at_boundary : a text that says "50,000 and below" and "50,000 and above" leaves an estate of
        exactly that size open: ``small`` or ``large``.

    Returns
    -------
    xr.DataArray
        Square metres, a norm requirement.

    Raises
    ------
    SchemaError
        An area or norm is negative or missing, or ``at_boundary`` is not known.

    References
    ----------
    The rule of 3 per mille with 200 and 300 m² stands in the annex of Taizhou (Zhejiang), whose
    ``load_plan`` gives the figures and the quote.

    Examples
    --------
    >>> rule = dict(permille=3, least_small=200, least_large=300, boundary_area=50_000)
    >>> new_estate_rooms(xr.DataArray([50_000, 80_000, 200_000]), **rule).values
    array([200., 300., 600.])
    """
    area = _check(floor_area, "floor_area")
    for name, value in (
        ("permille", permille),
        ("least_small", least_small),
        ("least_large", least_large),
        ("boundary_area", boundary_area),
    ):
        _check(value, name)
    if at_boundary not in ("small", "large"):
        raise SchemaError(f"at_boundary: {at_boundary!r} is not known. Use 'small' or 'large'.")
    large = area >= boundary_area if at_boundary == "large" else area > boundary_area
    least = xr.full_like(area, float(least_small), dtype=float).where(~large, float(least_large))
    by_rate = area * permille / 1000
    return _result(by_rate.where(by_rate > least, least))


def existing_estate_rooms(
    households: Rate, *, per_100_households: float, least: float
) -> xr.DataArray:
    """Rooms for care in an existing estate: so much per 100 households, with a least area a site.

    Parameters
    ----------
    households : of each estate.
    per_100_households : square metres.
    least : square metres of one site at least.

    Returns
    -------
    xr.DataArray
        Square metres, a norm requirement; one site for each estate.

    Raises
    ------
    SchemaError
        A number is negative or missing.

    Examples
    --------
    >>> existing_estate_rooms(xr.DataArray([400, 1000, 2500]), per_100_households=20,
    ...     least=200).values
    array([200., 200., 500.])
    """
    by_rate = _check(households, "households") * _check(per_100_households, "rate") / 100
    floor = float(_check(least, "least"))
    return _result(by_rate.where(by_rate > floor, floor))


def care_land(residents: Rate, *, per_person: float) -> xr.DataArray:
    """Land for care facilities of a new estate, by square metres per resident.

    Parameters
    ----------
    residents : people who will live in the estate.
    per_person : square metres.

    Returns
    -------
    xr.DataArray
        Square metres, a norm requirement.

    Raises
    ------
    SchemaError
        A number is negative or missing.

    Examples
    --------
    >>> float(care_land(10_000, per_person=0.1))
    1000.0
    """
    return _result(_check(residents, "residents") * float(_check(per_person, "per_person")))
