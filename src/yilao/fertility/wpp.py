"""China's fertility in World Population Prospects: age pattern, annual series, a place's path."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from yilao import facts
from yilao.monotone import monotone_cubic
from yilao.schema import OPEN_AGE, SchemaError, YilaoError

Array = npt.NDArray[np.float64]

# Last year that is an estimate, not a projection, in each edition of World Population Prospects.
LAST_ESTIMATE = {"2022": 2021, "2024": 2023}


@cache
def _wpp_patterns(edition: str) -> tuple[Array, Array]:
    mids, patterns = [], []
    parts: dict[tuple[int, int], list[tuple[int, int, float]]] = {}
    for row in facts.rows_of(f"wpp{edition}_percent_asfr.csv", "china"):
        period = int(row["period_start"]), int(row["period_end"])
        group = int(row["age_low"]), int(row["age_high"]), float(row["value"])
        parts.setdefault(period, []).append(group)
    for (start, end), groups in sorted(parts.items()):
        low, high, share = (
            np.array(column, dtype=float) for column in zip(*sorted(groups), strict=True)
        )
        bounds = np.append(low, high[-1] + 1)
        cumulative = np.append(0.0, np.cumsum(share))
        first, last = int(bounds[0]), int(bounds[-1])
        pattern = np.zeros(OPEN_AGE + 1)
        pattern[first:last] = np.diff(
            monotone_cubic(bounds, cumulative / cumulative[-1], np.arange(first, last + 1.0))
        )
        mids.append((start + end - 1) / 2)
        patterns.append(pattern)
    return np.array(mids), np.array(patterns)


def wpp_asfr_pattern(edition: str, years: Sequence[int]) -> xr.DataArray:
    """China's fertility by single age of the mother, summing to 1 in every year.

    The shares of the edition by five-year group are graduated with a monotone curve through their
    cumulative sums, and interpolated between the middles of the periods where the edition has
    periods (at most three years beyond the last).

    Parameters
    ----------
    edition : ``"2022"`` or ``"2024"``.
    years : calendar years from 2002 (2005 in the edition of 2024) to 2050.

    Returns
    -------
    xr.DataArray
        asfr_pattern (year, age 0 … 100+), unit 1.

    Raises
    ------
    YilaoError
        No years, or years that are not packaged.
    FactsError
        An edition that is not packaged.

    Examples
    --------
    >>> float(wpp_asfr_pattern("2024", [2021]).sum().round(9))
    1.0
    """
    mids, patterns = _wpp_patterns(edition)
    if len(years) == 0:
        raise YilaoError("years: none are given. Name at least one calendar year.")
    if min(years) < mids[0] or max(years) > mids[-1] + 3:
        raise YilaoError(
            f"fertility: WPP {edition} is packaged for {mids[0]:.0f} to {mids[-1] + 3:.0f}, asked "
            f"are {min(years)} to {max(years)}. Give your own pattern for other years."
        )
    # Beyond the last midpoint the last pattern stays: shares must not leave 0 … 1.
    place = np.interp(years, mids, np.arange(len(mids)))
    before = np.minimum(place.astype(int), len(mids) - 2)
    share = (place - before)[:, None]
    values = patterns[before] + share * (patterns[before + 1] - patterns[before])
    return xr.DataArray(
        values,
        dims=("year", "age"),
        coords={"year": [int(y) for y in years], "age": np.arange(OPEN_AGE + 1)},
        name="asfr_pattern",
        attrs={"units": "1", "sources": [facts.source(f"wpp{edition}_percent_asfr.csv")]},
    )


def wpp_annual(edition: str, variable: str) -> pd.Series:
    """Return an annual series of an edition (``tfr``, ``sex_ratio_at_birth``) by year.

    Parameters
    ----------
    edition : ``"2022"`` or ``"2024"``.
    variable : ``tfr``, births per woman, or ``sex_ratio_at_birth``, males per female.

    Returns
    -------
    pandas.Series
        By calendar year.

    Examples
    --------
    >>> float(wpp_annual("2024", "tfr")[2021])
    1.11744
    """
    values = facts.by_year(f"wpp{edition}_{variable}.csv")
    return pd.Series([v[0] for v in values.values()], index=list(values), name=variable)


def tfr_path(edition: str, relative: float, years: Sequence[int]) -> xr.DataArray:
    """Total fertility of a place: its level relative to China, held after the last estimate.

    Parameters
    ----------
    edition : ``"2022"`` or ``"2024"``.
    relative : the place's total fertility rate over the nation's, in the same year.
    years : calendar years; after the edition's last estimate the last value stays.

    Returns
    -------
    xr.DataArray
        tfr (year), births per woman.

    Raises
    ------
    SchemaError
        The level is negative or not a number.
    YilaoError
        A year before the edition begins.
    FactsError
        An edition that is not packaged.

    Examples
    --------
    >>> tfr_path("2024", 0.8, [2021, 2023, 2030]).round(2).values
    array([0.89, 0.8 , 0.8 ])
    """
    if not 0 <= relative < np.inf:
        raise SchemaError(f"relative: {relative} is not a level of 0 or above; 1 is the nation's.")
    national = wpp_annual(edition, "tfr")
    if early := [y for y in years if y < national.index[0]]:
        raise YilaoError(
            f"fertility: WPP {edition} is packaged from {national.index[0]}, asked is {early[0]}. "
            "Give your own total fertility rate."
        )
    last = LAST_ESTIMATE[edition]
    values = [relative * national[min(int(y), last)] for y in years]
    return xr.DataArray(
        values,
        dims=("year",),
        coords={"year": [int(y) for y in years]},
        name="tfr",
        attrs={
            "units": "births per woman",
            "sources": [facts.source(f"wpp{edition}_tfr.csv")],
        },
    )
