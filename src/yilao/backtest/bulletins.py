"""A projection beside what was published afterwards: the misses, not a verdict."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from yilao import facts
from yilao.facts import Figure
from yilao.place import Place
from yilao.population import sum_ages
from yilao.projection import project

# Official year-end figures that a projection answers to: name and ages low <= age < high.
_STOCKS: dict[str, tuple[int, int | None]] = {
    "population": (0, None),
    "population_0_14": (0, 15),
    "population_15_59": (15, 60),
    "population_60plus": (60, None),
    "population_65plus": (65, None),
    "population_under_3": (0, 3),
}
_FLOWS = ("births", "deaths")


def _stated_under_3(place: Place, first: int) -> list[Figure]:
    """Children under three that a plan document counts after the base; its basis is not stated."""
    return [
        Figure(
            place.id, i.id, p.year, f"{p.year}-12-31", "both", p.value, i.unit, "unstated",
            p.printed, str(document.issued or ""), document.sources[0], "",
        )
        for document in place.plans
        for i in document.indicators
        if i.statement == "population_under_3"
        for p in i.points
        if p.role == "statistic" and p.value is not None and p.year is not None and p.year >= first
    ]  # fmt: skip


def against_bulletins(place: Place, variant: str | None = None) -> pd.DataFrame:
    """Compare a projection with the official resident figures after its base year.

    Parameters
    ----------
    place : from ``load_place``.
    variant : by default the first that can be computed.

    Returns
    -------
    pandas.DataFrame
        ``year, variable, published, printed, projected, miss, source``; ``miss`` is projected less
        published in persons, and the published figures are those of resident bulletins only.  It
        has no rows where no figure is packaged.

    Notes
    -----
    In the variant ``plan`` the total and the births of 2021 are inputs, so that they agree tests
    nothing; the ages do.

    Examples
    --------
    >>> from yilao.place import load_place
    >>> table = against_bulletins(load_place("hangzhou"))
    >>> table.loc[table.variable == "population_60plus", "printed"].item()
    '211.1万'
    """
    first = int(place.base["year"]) + 1
    found = [
        f
        for variable in (*_STOCKS, *_FLOWS)
        for f in facts.figures(place.id, variable, basis="resident")
        if f.year >= first and (variable in _FLOWS or f.date.endswith("12-31"))
    ]
    found += _stated_under_3(place, first)
    columns = ["year", "variable", "published", "printed", "projected", "miss", "source"]
    if not found:
        return pd.DataFrame(columns=columns)
    until = max(f.year for f in found)
    result = project(place.base, place.rates(variant, until=until))
    rows = []
    for f in sorted(found, key=lambda f: f.year):
        if f.variable in _FLOWS:
            flow: xr.DataArray = getattr(result, f.variable).sel(year=f.year)
            projected = float(flow.sum())
        else:
            low, high = _STOCKS[f.variable]
            projected = float(sum_ages(result.population.sel(year=f.year), low, high))
        rows.append(
            (f.year, f.variable, f.value, f.printed, projected, projected - f.value, f.source)
        )
    return pd.DataFrame(rows, columns=columns)
