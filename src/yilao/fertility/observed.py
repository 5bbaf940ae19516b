"""Fertility of China and three provinces in the long forms of the censuses of 2010 and 2020."""

from __future__ import annotations

import numpy as np
import xarray as xr

from yilao import facts
from yilao.fertility.arrays import RATE_UNIT, Array
from yilao.fertility.pattern import asfr_pattern
from yilao.schema import OPEN_AGE, YilaoError


def census_asfr(year: int) -> xr.DataArray:
    """China's fertility rates by single age of the mother, as a census printed them.

    Parameters
    ----------
    year : 2010 (births of November 2009 to October 2010).

    Returns
    -------
    xr.DataArray
        asfr (age 0 … 100), births per woman per year; 0 outside 15 to 49.

    Raises
    ------
    YilaoError
        The rates of the year are not packaged.

    Notes
    -----
    Not adjusted: the census missed births, and its total fertility of 1.19 stands beside 1.69 in
    World Population Prospects 2024.  Use the pattern, not the level.

    Examples
    --------
    >>> float(census_asfr(2010).sel(age=25))
    0.09158
    """
    if year != 2010:
        raise YilaoError(
            f"fertility: printed census rates are packaged for 2010, asked is {year}. Use "
            "census_asfr_pattern() for the pattern of 2020."
        )
    file = "fertility_asfr_2010.csv"
    return _labelled(_by_age(file) / 1000, "asfr", RATE_UNIT, [facts.source(file)])


def census_asfr_pattern(year: int) -> xr.DataArray:
    """China's age pattern of fertility in a census, summing to 1.

    For 2010 the printed rates; for 2020 births in the long form over the person-years of women,
    px = (bx / wx) / Σ (b / w), where the size of the sample drops out.

    Parameters
    ----------
    year : 2010 or 2020, each of the twelve months before 1 November.

    Returns
    -------
    xr.DataArray
        asfr_pattern (age 0 … 100), unit 1; 0 outside 15 to 49.

    Raises
    ------
    YilaoError
        The pattern of the year is not packaged.

    Notes
    -----
    A sample of exactly a tenth would mean a total fertility of 1.26 in 2020; the census office
    published 1.3.

    Examples
    --------
    >>> from yilao.fertility import mean_age_at_birth
    >>> [float(mean_age_at_birth(census_asfr_pattern(y)).round(1)) for y in (2010, 2020)]
    [28.4, 29.6]
    """
    if year == 2010:
        return asfr_pattern(census_asfr(2010))
    if year != 2020:
        raise YilaoError(
            f"fertility: census patterns are packaged for 2010 and 2020, asked is {year}. Use "
            "wpp_asfr_pattern() or your own."
        )
    births, women = "fertility_births_by_age_2020.csv", "fertility_women_2020.csv"
    rates = np.zeros(OPEN_AGE + 1)
    np.divide(_by_age(births), _by_age(women), out=rates, where=_by_age(women) > 0)
    sources = [facts.source(births), facts.source(women)]
    return asfr_pattern(_labelled(rates, "asfr", "1", sources))


def census_relative_level(place: str, year: int) -> float:
    """Total fertility of a province over the nation's, from births in the census long form.

    Births of the twelve months over the births that the nation's pattern gives the women of the
    place, over the same ratio of the nation (indirect standardisation).

    Parameters
    ----------
    place : ``zhejiang``, ``jiangsu``, ``shaanxi`` (or ``china``, which gives 1).
    year : 2010 or 2020.

    Returns
    -------
    float
        The place's total fertility rate over the nation's.

    Raises
    ------
    YilaoError
        Births of the place or year are not packaged.

    References
    ----------
    Preston, Heuveline and Guillot (2001), Demography, ch. 2.

    Notes
    -----
    Mothers are counted where they live, so children who stay with their grandparents do not
    disturb it as they do `relative_level`, which gives 16 per cent less for Zhejiang in 2010, 6
    per cent less in 2020, and 14 per cent more for Shaanxi in 2020.  The sample's share of a
    place is taken to be the nation's.

    Examples
    --------
    >>> [round(census_relative_level("zhejiang", year), 3) for year in (2010, 2020)]
    [0.912, 0.828]
    """
    pattern = census_asfr_pattern(year).values

    def per_expected(name: str) -> float:
        born = [
            r
            for r in facts.rows_of(f"fertility_births_sample_{year}.csv", name)
            if r["sex"] == "both"
        ]
        if not born:
            raise YilaoError(
                f"fertility: births of {name!r} in the census of {year} are not packaged. Packaged "
                "are china, zhejiang, jiangsu and shaanxi."
            )
        expected = sum(
            float(r["value"]) * pattern[int(r["age_low"]) : int(r["age_high"]) + 1].mean()
            for r in facts.rows_of(f"census_population_{year}.csv", name)
            if r["sex"] == "female" and r["age_high"]
        )
        return float(born[0]["value"]) / float(expected)

    return per_expected(place) / per_expected("china")


def _by_age(file: str) -> Array:
    values = np.zeros(OPEN_AGE + 1)
    for row in facts.rows_of(file, "china"):
        values[int(row["age_low"])] = facts.number(row["value"], f"{file}, value")
    return values


def _labelled(values: Array, name: str, unit: str, sources: list[str]) -> xr.DataArray:
    return xr.DataArray(
        values,
        dims=("age",),
        coords={"age": np.arange(OPEN_AGE + 1)},
        name=name,
        attrs={"units": unit, "basis": "resident", "sources": sources},
    )
