"""A rate that is promised and a stock that is promised: what each makes of the other."""

from __future__ import annotations

import xarray as xr

from yilao.demand.model import check_alike
from yilao.gap.shortfall import check_not_in_each
from yilao.population import sum_ages
from yilao.schema import (
    SchemaError,
    check_same_basis,
    check_unit_name,
    check_values,
    sources_of,
)


def _denominator(population: xr.DataArray, from_age: int, to_age: int | None) -> xr.DataArray:
    people = sum_ages(population, from_age, to_age)
    if not bool((people > 0).all()):
        raise SchemaError("rate: nobody is of these ages, so a rate has no denominator.")
    return people


def stock_of_rate(
    population: xr.DataArray,
    rate: float | xr.DataArray,
    *,
    per: float,
    from_age: int,
    to_age: int | None = None,
    units: str,
) -> xr.DataArray:
    """Stock that a target per 1,000 or 10,000 people needs under a projection: N · rate / per.

    Parameters
    ----------
    population : (…, sex, age) persons.
    rate : the target, or one for each year.
    per : 1000 or 10000.
    from_age, to_age : whom the rate counts, [from_age, to_age); 0 and None is everybody.
    units : of the stock, ``beds``.

    Returns
    -------
    xr.DataArray
        (…) in ``units``, of the population's basis.

    Raises
    ------
    SchemaError
        Rate or ``per`` is not above 0, labels differ, the unit is in 万, or nobody is of these
        ages.

    Examples
    --------
    >>> import yilao as yl
    >>> ankang = yl.load_place("ankang")
    >>> float(stock_of_rate(ankang.base, 60, per=1000, from_age=60, units="beds").round(-2))
    31400.0
    """
    wanted = xr.DataArray(rate)
    check_values(wanted, "rate")
    if not (bool((wanted > 0).all()) and per > 0):
        raise SchemaError(f"rate: {rate} per {per} is not above 0.")
    check_unit_name(units, "stock")
    people = _denominator(population, from_age, to_age)
    check_alike(population=people, rate=wanted)
    made: xr.DataArray = people * wanted / per
    return made.assign_attrs(people.attrs, units=units).rename("stock")


def rate_of_stock(
    population: xr.DataArray,
    supply: xr.DataArray | float,
    *,
    per: float,
    from_age: int,
    to_age: int | None = None,
) -> xr.DataArray:
    """Rate that a stock gives under a projection: per · stock / N.

    Parameters
    ----------
    population : (…, sex, age) persons.
    supply : the stock, existing or promised; an array must be of the population's basis.
    per, from_age, to_age : as for ``stock_of_rate``.

    Returns
    -------
    xr.DataArray
        (…) per ``per`` people.

    Raises
    ------
    SchemaError
        The stock is missing or negative, ``per`` is not above 0, labels differ, the stock of all is
        set against areas, or nobody is of these ages.
    BasisError
        Stock and population are of different basis.

    Examples
    --------
    >>> import yilao as yl
    >>> ankang = yl.load_place("ankang")
    >>> float(rate_of_stock(ankang.base, 30_000, per=1000, from_age=60).round(1))
    57.4
    """
    if isinstance(supply, xr.DataArray):
        check_same_basis(supply, population, "supply", "population")
        supply = supply if "year" in supply.dims else supply.drop_vars("year", errors="ignore")
    held = xr.DataArray(supply)
    check_values(held, "supply", low=0.0)
    if not per > 0:
        raise SchemaError(f"rate: per {per} is not above 0.")
    people = _denominator(population, from_age, to_age)
    check_alike(population=people, supply=held)
    check_not_in_each(people, held, "population", "supply")
    made: xr.DataArray = per * held / people
    made.attrs = {k: v for k, v in people.attrs.items() if k != "units"}
    sources = sources_of(people, held)
    return made.assign_attrs(units=f"per {per:,g} people", sources=sources).rename("rate")
