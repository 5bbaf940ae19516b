"""Kindergarten seats that falling cohorts set free, a source of childcare places."""

from __future__ import annotations

import xarray as xr

from yilao.demand.bed_norms import check_share
from yilao.demand.sums import check_population
from yilao.schema import SchemaError, check_same_labels, check_values

_AGES = (3, 4, 5)


def free_kindergarten_seats(
    population: xr.DataArray,
    *,
    capacity: xr.DataArray | float,
    enrolment: float = 1.0,
) -> xr.DataArray:
    """Kindergarten seats that fewer children leave free: capacity − enrolled aged 3 to 5.

    Parameters
    ----------
    population : (…, sex, age) persons.
    capacity : seats that exist, (…) or one number.
    enrolment : share of children aged 3, 4, 5 who attend.

    Returns
    -------
    xr.DataArray
        (…) seats; negative where seats are short.

    Raises
    ------
    SchemaError
        The capacity is negative or one for several areas, the ages end before 6, or the enrolment
        is not above 0 or above 1.

    Notes
    -----
    A seat is not yet a place: classes of two-year-olds are smaller, rooms and staff differ, and the
    free seats are not where the small children are.  As places it errs high.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> people = xr.DataArray(np.full((2, 7), 1000.0), dims=("sex", "age"),
    ...     coords={"sex": ["female", "male"], "age": range(7)},
    ...     attrs={"units": "persons", "basis": "resident"})
    >>> float(free_kindergarten_seats(people, capacity=7000, enrolment=0.9))
    1600.0
    """
    basis = check_population(population)
    if population.sizes["age"] <= _AGES[-1] + 1:
        raise SchemaError(
            f"population: its open age is {population.sizes['age'] - 1}; ages 3, 4 and 5 must "
            "stand by themselves."
        )
    check_share(enrolment, "enrolment")
    seats = xr.DataArray(capacity)
    check_values(seats, "capacity", low=0.0)
    if "area" in population.dims and "area" not in seats.dims:
        raise SchemaError(
            "capacity: one number for several areas would count in each. Give (area) seats, or use "
            "population.sum('area')."
        )
    enrolled = population.sel(age=list(_AGES)).sum(("sex", "age")) * enrolment
    for dim in (d for d in seats.dims if d in enrolled.dims):
        check_same_labels(enrolled, seats, dim, "population", "capacity")
    free: xr.DataArray = seats - enrolled
    sources = list(population.attrs.get("sources", []))
    return free.rename("free_seats").assign_attrs(units="places", basis=basis, sources=sources)
