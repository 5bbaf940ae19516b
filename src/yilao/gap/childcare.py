"""The childcare gap of a place, with its working: as published, the plan's arithmetic, projected.

Every figure comes from a packaged document, a packaged series or the projection; where one is not
known the value is None and its name stands in ``missing``.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from typing import Any

import xarray as xr

from yilao import demand, scenario
from yilao.gap.published import (
    Interval,
    argued_stock,
    choose_norm,
    plan_arithmetic,
    stated_projection,
)
from yilao.gap.shortfall import shortfall
from yilao.place import Place
from yilao.plan import Point
from yilao.population import sum_ages
from yilao.projection import project
from yilao.schema import NegativePopulationError, UnknownNameError, YilaoError, sources_of
from yilao.supply import stock as make_stock


@dataclass(frozen=True, eq=False)
class ChildcareGap:
    """Answer of `childcare_gap`.

    Attributes
    ----------
    place : the place it is about.
    values : the numbers by name, in persons and places; intervals are (low, high), unknown is None.
    missing : names of what is not known.
    gap : ``need``, ``supply`` and ``shortfall`` of the chosen variant along ``stock``, or None.
    population : the projected population of the chosen variant (year, sex, age).
    sources : where the figures come from.
    """

    place: Place
    values: dict[str, Any]
    missing: list[str]
    gap: xr.Dataset | None
    population: xr.DataArray
    sources: list[str]


def _subtract(need: float, supply: Interval | None) -> Interval | None:
    return None if supply is None else (need - supply[1], need - supply[0])


def childcare_gap(
    place: Place,
    *,
    year: int | None = None,
    variant: str | None = None,
    stock: float | None = None,
    norm: float | None = None,
) -> ChildcareGap:
    """Compare the childcare places that a norm requires with those that exist.

    Parameters
    ----------
    place : from ``load_place`` or ``read_place``.
    year : year of the need; by default 2025, or the last year the place's plan has a target for.
    variant : of the projection; by default the first that can be computed.
    stock : places, if you know better than the documents; compared beside theirs.
    norm : places per 1,000 residents; by default the plan's target, held after its last year.

    Returns
    -------
    ChildcareGap
        Values, what is missing, and the gap for each stock.

    Raises
    ------
    UnknownNameError, YilaoError
        The variant is not known or cannot be computed, the year lies outside the rates, or a stock
        or norm is negative.

    Examples
    --------
    >>> from yilao.place import load_place
    >>> answer = childcare_gap(load_place("hangzhou"))
    >>> answer.values["shortfall"]["published"], answer.values["norm_per_1000"]
    (29000.0, 4.6)
    """
    if stock is not None and not 0 <= stock < math.inf:
        raise YilaoError(f"stock: {stock} is negative or no number. Give the number of places.")
    if norm is not None and not 0 < norm < math.inf:
        raise YilaoError(f"norm: {norm} is not above 0 or no number. Give places per 1,000.")
    year, norm, norm_year = choose_norm(place, year, norm)
    variant = place.default_variant if variant is None else variant
    if variant not in scenario.VARIANTS:
        raise UnknownNameError(
            f"variant {variant!r} does not exist. Known: {', '.join(scenario.VARIANTS)}."
        )
    first = int(place.base["year"]) + 1
    if not first <= year <= scenario.LAST_YEAR:
        raise YilaoError(f"year: {year} is outside {first} to {scenario.LAST_YEAR}.")
    projections = _projections(place, variant, year)
    population = projections[variant]
    stated = place.supply.get("childcare_places")
    arithmetic = plan_arithmetic(place, year, norm, norm_year == year, stated)
    argued = None if stated is None else argued_stock(place, stated)

    at_year = population.sel(year=year)
    need = None if norm is None else demand.childcare_places(at_year, per_1000=norm)
    number = None if need is None else float(need)
    old, young = (
        stated_projection(place, "population_60plus", year),
        stated_projection(place, "population_under_3", year),
    )
    values: dict[str, Any] = {
        "place": place.id.removeprefix("own:"),
        "year": year,
        "variant": variant,
        "norm_per_1000": norm,
        "norm_target_year": norm_year,
        "population": {
            "published_implied": arithmetic["population"],
            "published_implied_point": arithmetic["population_point"],
            "projected": float(at_year.sum()),
        },
        "need": {
            "published_implied": arithmetic["need"],
            "published_implied_point": arithmetic["need_point"],
            "projected": number,
        },
        "supply": {
            "stated": None if stated is None else float(stated),
            "stated_date": None if stated is None else stated.attrs["date"],
            "stated_rounding": None if stated is None else stated.attrs["rounding"],
            "implied": arithmetic["stock"],
            "implied_point": arithmetic["stock_point"],
            "argued": None if argued is None else argued[0],
            "argued_added": None if argued is None else argued[1].value,
            "argued_span": None if argued is None else argued[1].date,
            "promised": arithmetic["promised"],
            "given": stock,
        },
        "shortfall": {
            "published": arithmetic["published"],
            "plan_arithmetic_stated": arithmetic["stated_gap"],
            "plan_arithmetic_stated_interval": arithmetic["stated_gap_interval"],
            "plan_arithmetic_implied": arithmetic["implied_gap"],
            "plan_arithmetic_argued": _apart(arithmetic["need"], argued[0] if argued else None),
            "projected_stated_stock": None,
            "projected_implied_stock": None,
            "projected_argued_stock": None,
            "projected_given_stock": None,
        },
        "elderly_60plus": {
            "published": None if old is None else old[1].value,
            "projected": float(sum_ages(at_year, 60)),
        },
        "under_3": {
            "published": None if young is None else _printed_range(young[1]),
            "projected": float(sum_ages(at_year, 0, 3)),
        },
        "variants": {
            v: _summary(projections.get(v), year, norm, stated) for v in scenario.VARIANTS
        },
    }
    gap = None
    if number is not None and need is not None:
        short = values["shortfall"]
        if stated is not None:
            short["projected_stated_stock"] = number - float(stated)
        short["projected_implied_stock"] = _subtract(number, arithmetic["stock"])
        short["projected_argued_stock"] = _subtract(number, argued[0] if argued else None)
        if stock is not None:
            short["projected_given_stock"] = number - stock
        gap = _rows(need, stated, arithmetic["stock_point"], stock)
    values["difference_to_published"] = _difference(values)
    sources = [*sources_of(*projections.values()), *(s for p in place.plans for s in p.sources)]
    if argued:
        sources.append(f"places added {argued[1].date}: {argued[1].source}")
    return ChildcareGap(
        place, values, _missing(place, values), gap, population, list(dict.fromkeys(sources))
    )


def _projections(place: Place, variant: str, year: int) -> dict[str, xr.DataArray]:
    """Populations of the wanted variant and, for comparison, of the others that can be computed.

    Constant numbers of out-migrants empty a small place in the end.  The wanted variant then
    raises; another one is only left out of the comparison, and named among what is missing.
    """
    found = {variant: project(place.base, place.rates(variant, until=year)).population}
    for other in place.variants:
        if other != variant:
            with contextlib.suppress(NegativePopulationError):
                found[other] = project(place.base, place.rates(other, until=year)).population
    return found


def _apart(need: Interval | None, supply: Interval | None) -> Interval | None:
    """Need less supply where each is known to an interval of its own."""
    if need is None or supply is None:
        return None
    return need[0] - supply[1], need[1] - supply[0]


def _printed_range(point: Point) -> Interval | None:
    if point.low is not None and point.high is not None:
        return point.low, point.high
    return None if point.value is None else (point.value, point.value)


def _summary(
    population: xr.DataArray | None, year: int, norm: float | None, stated: xr.DataArray | None
) -> dict[str, float | None] | None:
    """One line of the comparison of variants; None for a variant that cannot be computed."""
    if population is None:
        return None
    at_year = population.sel(year=year)
    need = None if norm is None else float(demand.childcare_places(at_year, per_1000=norm))
    return {
        "population": float(at_year.sum()),
        "elderly_60plus": float(sum_ages(at_year, 60)),
        "under_3": float(sum_ages(at_year, 0, 3)),
        "need": need,
        "shortfall_stated_stock": None if need is None or stated is None else need - float(stated),
    }


def _difference(values: dict[str, Any]) -> dict[str, float] | None:
    """Projected gap at the stated stock less the published one, split into people and stock.

    published = need implied - stock implied, so the two parts add up exactly.
    """
    short, need, supply = values["shortfall"], values["need"], values["supply"]
    if short["projected_stated_stock"] is None or supply["implied_point"] is None:
        return None
    return {
        "total": short["projected_stated_stock"] - short["published"],
        "population": need["projected"] - need["published_implied_point"],
        "stock": supply["implied_point"] - supply["stated"],
    }


def _rows(
    need: xr.DataArray, stated: xr.DataArray | None, implied: float | None, given: float | None
) -> xr.Dataset | None:
    """The gap for each single-valued stock, along ``stock``, for a picture."""
    stocks: dict[str, xr.DataArray] = {}
    if stated is not None:
        stocks["stated"] = stated
    year = str(int(need["year"]))
    if implied is not None:
        stocks["implied"] = make_stock(implied, date=year, units="places")
    if given is not None:
        stocks["given"] = make_stock(given, date=year, units="places")
    if not stocks:
        return None
    parts = [shortfall(need, s, hold=True).expand_dims(stock=[k]) for k, s in stocks.items()]
    # The sources differ row by row; the answer lists them all.
    rows = xr.concat(parts, dim="stock", combine_attrs="override")
    return rows.assign_attrs(sources=sources_of(*parts))


def _missing(place: Place, values: dict[str, Any]) -> list[str]:
    missing = list(place.missing)
    stated = place.supply.get("childcare_places")
    if stated is not None and int(stated["year"]) != values["year"]:
        missing.append("childcare_places_in_year_of_need")
    named = {
        "norm_per_1000": values["norm_per_1000"],
        "published_population": values["population"]["published_implied"],
        "published_shortfall": values["shortfall"]["published"],
        "published_elderly_60plus": values["elderly_60plus"]["published"],
        "published_under_3": values["under_3"]["published"],
        "childcare_places_added": values["supply"]["argued"],
    }
    missing += [name for name, value in named.items() if value is None]
    return missing + [
        f"variant_{v}_to_{values['year']}" for v in place.variants if values["variants"][v] is None
    ]
