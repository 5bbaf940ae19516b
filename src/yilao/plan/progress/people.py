"""People that indicators count or divide by, read off a projection."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import xarray as xr

from yilao import facts
from yilao.plan.document import Plan
from yilao.plan.registry import Concept
from yilao.projection import Projection
from yilao.schema import SchemaError, YilaoError

_PER = re.compile(r"per ([\d,]+) ")


@dataclass(frozen=True)
class People:
    """Ages of an id that counts people: ``age_low`` and more, below ``age_high`` where it has one.

    ``basis`` is empty where documents leave it open, as in 每千人口 and 老年人.
    """

    id: str
    age_low: int
    age_high: int | None
    basis: str


@cache
def people() -> Mapping[str, People]:
    """Return the ids that count people, those of denominators included.

    Examples
    --------
    >>> people()["older_people"].age_low
    60
    """
    return {
        row["id"]: People(
            row["id"],
            int(row["age_low"]),
            int(row["age_high"]) if row["age_high"] else None,
            row["basis"],
        )
        for row in facts.read_table(facts.DATA / "plans" / "people.csv")
    }


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

    None where the id does not count people, the basis is another one, the first age above is not
    an age of the projection, or the date lies outside it.
    """
    wanted = people().get(name)
    if projection is None or wanted is None:
        return None
    population = projection.population
    if wanted.basis not in ("", population.attrs["basis"]):
        return None
    ages = population["age"].values
    ends = [a for a in (wanted.age_low, wanted.age_high) if a is not None]
    time = year_time(date)
    year_ends = population["year"].values + 1.0
    if not np.isin(ends, ages).all() or not year_ends[0] <= time <= year_ends[-1]:
        return None
    high = ages[-1] + 1 if wanted.age_high is None else wanted.age_high
    counted = population.where((population["age"] >= wanted.age_low) & (population["age"] < high))
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
