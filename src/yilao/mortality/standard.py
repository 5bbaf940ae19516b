"""The mortality standard: China's death rates of World Population Prospects by single year."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao import facts
from yilao.mortality.graduate import graduate_mx
from yilao.mortality.logit import odds_of, rates_at_level
from yilao.mortality.tables import columns
from yilao.schema import OPEN_AGE, SEXES, YilaoError

Array = npt.NDArray[np.float64]


@cache
def _wpp_period_mx(edition: str) -> tuple[Array, Array]:
    """Midpoints of the periods, as the year they centre on, and log mx (period, sex, age)."""
    mids, tables = [], []
    periods = facts.by_period(f"wpp{edition}_mx.csv")
    for period, _, values in periods:
        mids.append(sum(period) / 2 - 0.5)
        tables.append(values)
    ages = periods[0][1].astype(float)
    return np.array(mids), np.log(graduate_mx(ages, np.array(tables)))


def wpp_mx(edition: str, years: Sequence[int]) -> xr.DataArray:
    """China's death rates by single year and age from World Population Prospects.

    The five-year, abridged rates of the edition are graduated, interpolated between the middles of
    the periods on a log scale (at most three years beyond the last), and, in years for which the
    edition has an annual life expectancy, moved onto it by one relational parameter per sex.

    Parameters
    ----------
    edition : ``"2022"`` or ``"2024"``.
    years : calendar years from 2002 to 2050.

    Returns
    -------
    xr.DataArray
        mx (year, sex, age 0 … 100+), deaths per person-year.

    Raises
    ------
    YilaoError
        No years, or years outside those packaged.

    References
    ----------
    United Nations (2022, 2024), World Population Prospects; Brass (1971), Biological Aspects of
    Demography, 69-110 (the relational parameter).

    Examples
    --------
    >>> wpp_mx("2024", [2021]).sel(year=2021, age=80).round(3).values
    array([0.052, 0.081])
    """
    wanted = tuple(int(y) for y in years)
    if not wanted:
        raise YilaoError("years: none are given. Name at least one calendar year.")
    tables = _wpp_mx(edition)
    first, last = int(tables["year"][0]), int(tables["year"][-1])
    if min(wanted) < first or max(wanted) > last:
        raise YilaoError(
            f"mortality: WPP {edition} is packaged for {first} to {last}, asked are {min(wanted)} "
            f"to {max(wanted)}. Give your own rates for other years."
        )
    return tables.isel(year=[y - first for y in wanted]).copy(deep=True)


@cache
def _wpp_mx(edition: str) -> xr.DataArray:
    """All years of an edition: a place's rates ask for several stretches of them."""
    mids, logs = _wpp_period_mx(edition)
    years = np.arange(np.ceil(mids[0]), mids[-1] + 4, dtype=np.int64)
    j = np.clip(np.searchsorted(mids, years, side="right") - 1, 0, len(mids) - 2)
    weight = ((years - mids[j]) / (mids[j + 1] - mids[j]))[:, None, None]
    mx = xr.DataArray(
        np.exp(logs[j] + weight * (logs[j + 1] - logs[j])),
        dims=("year", "sex", "age"),
        coords={"year": years, "sex": list(SEXES), "age": np.arange(OPEN_AGE + 1)},
        name="mx",
        attrs={
            "units": "deaths per person-year",
            "sources": [
                facts.source(f"wpp{edition}_{name}.csv") for name in ("mx", "life_expectancy")
            ],
        },
    )
    return _to_annual_e0(mx, edition)


def _to_annual_e0(mx: xr.DataArray, edition: str) -> xr.DataArray:
    e0 = facts.by_year(f"wpp{edition}_life_expectancy.csv")
    known = [int(y) for y in mx["year"].values if int(y) in e0]
    if not known:
        return mx
    target = np.array([e0[y] for y in known])
    part = mx.sel(year=known).values
    odds, open_rate, alpha = odds_of(part), part[..., -1], np.zeros(target.shape)

    def gap(level: Array) -> Array:
        found: Array = columns(rates_at_level(odds, open_rate, level))[2].sum(axis=-1) - target
        return found

    # Newton with a numerical slope on all years and sexes at once; e0 is nearly linear in alpha.
    for _ in range(30):
        miss = gap(alpha)
        if np.abs(miss).max() < 1e-10:
            break
        alpha -= miss * 1e-5 / (gap(alpha + 1e-5) - miss)
    else:
        raise YilaoError(f"mortality: WPP {edition} could not be moved to its own life expectancy.")
    matched = mx.copy()
    matched.loc[{"year": known}] = rates_at_level(odds, open_rate, alpha)
    return matched
