"""People that indicators count or divide by, read off a projection."""

from __future__ import annotations

import calendar
import datetime as dt
import re

import numpy as np
import xarray as xr

from yilao.plan.document import Plan
from yilao.plan.measures import meant, people_counted
from yilao.plan.registry import Concept
from yilao.projection import Projection
from yilao.schema import SchemaError, YilaoError

_PER = re.compile(r"per ([\d,]+) ")


def scale(unit: str) -> float:
    """Return what a ratio is multiplied by: 100 for percent, 1,000 for per 1,000 people.

    Examples
    --------
    >>> scale("per 1,000 older people"), scale("percent"), scale("per county")
    (1000.0, 100.0, 1.0)
    """
    found = _PER.search(unit)
    named = {"percent": 100.0, "permille": 1000.0}.get(unit, 1.0)
    return float(found[1].replace(",", "")) if found else named


def year_time(date: dt.date) -> float:
    """Return a date as years; the end of 2020 is 2021.0, where 2021 begins.

    Examples
    --------
    >>> year_time(dt.date(2020, 12, 31))
    2021.0
    """
    days = 366 if calendar.isleap(date.year) else 365
    return date.year + date.timetuple().tm_yday / days


def check_projection(plan: Plan, projection: Projection) -> None:
    """Raise unless the projection is one population of the plan's own place."""
    population = projection.population
    if more := [str(d) for d in population.dims if d not in ("year", "sex", "age")]:
        raise SchemaError(
            f"projection: has the dimensions {more}. A status is that of one future: choose one, "
            f"for example a projection of base and rates after .isel({more[0]}=0)."
        )
    place = population.attrs.get("place", plan.place)
    if place != plan.place:
        raise YilaoError(
            f"projection: it is of {place!r}, the plan of {plan.place!r}. Project the plan's place."
        )


def count(projection: Projection | None, name: str, date: dt.date) -> float | None:
    """Return the projected people of an id on a date, by a straight line between year ends.

    None where the id does not count people or its ages can be read in two ways, the basis is
    another one, an end of the ages is not an age of the projection, or the date lies outside it.
    Of a denominator that documents leave open the likeliest people on that basis are counted.
    """
    if projection is None:
        return None
    population = projection.population
    of_basis = [
        [p for p in people_counted(n) if p.basis == population.attrs["basis"]] for n in meant(name)
    ]
    readings = next((found for found in of_basis if found), [])
    if len(readings) != 1:
        return None
    (wanted,) = readings
    ages = population["age"].values
    ends = [a for a in (wanted.low, wanted.high) if a is not None]
    time = year_time(date)
    year_ends = population["year"].values + 1.0
    if not np.isin(ends, ages).all() or not year_ends[0] <= time <= year_ends[-1]:
        return None
    high = ages[-1] + 1 if wanted.high is None else wanted.high
    counted = population.where((population["age"] >= wanted.low) & (population["age"] < high))
    path: xr.DataArray = counted.sum(("sex", "age"))
    return float(np.interp(time, year_ends, path.transpose("year").values))


def computed_share(
    projection: Projection | None, concept: Concept | None, date: dt.date
) -> float | None:
    """Return a projected number or share of people; None where the concept is not one."""
    if concept is None:
        return None
    if concept.quantity == "stock":
        return count(projection, concept.id, date)
    top = count(projection, concept.numerator, date)
    bottom = count(projection, concept.denominator, date)
    if top is None or bottom is None or concept.quantity not in ("share", "rate", "norm"):
        return None
    return scale(concept.unit) * top / bottom
