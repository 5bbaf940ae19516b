"""Life tables by single years of age, a one-parameter relational model, and the WPP standard.

Formulas: Preston, Heuveline and Guillot (2001), Demography, ch. 3; a0 of Andreev and Kingkade
(2015), Demographic Research 33(13), 363-390; the relational logit of Brass (1971), Biological
Aspects of Demography, 69-110.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao import facts
from yilao.schema import (
    LEADING_DIMS,
    OPEN_AGE,
    SEXES,
    SchemaError,
    YilaoError,
    check_ages,
    check_dims,
    check_sexes,
    check_values,
)

Array = npt.NDArray[np.float64]

# Andreev and Kingkade (2015): cut on m0, then intercept and slope below, between, above.
_A0_CUTS = np.array([[0.01724, 0.06891], [0.0230, 0.08307]])
_A0_LINES = np.array(
    [
        [[0.14903, -2.05527], [0.04667, 3.88089], [0.31411, 0.0]],
        [[0.14929, -1.99545], [0.02832, 3.26021], [0.29915, 0.0]],
    ]
)


def infant_a0(m0: Array) -> Array:
    """Mean years lived in the first year of life by those who die in it.

    ``m0`` is (..., sex) with female first; the rule is that of Andreev and Kingkade (2015).
    """
    cuts = _A0_CUTS
    piece = (m0 >= cuts[:, 0]).astype(int) + (m0 >= cuts[:, 1]).astype(int)
    lines = _A0_LINES[np.arange(2), piece]
    result: Array = lines[..., 0] + lines[..., 1] * m0
    return result


def life_table(mx: xr.DataArray) -> xr.Dataset:
    """Life table by single years of age, the last one open.

    Parameters
    ----------
    mx : death rates (..., sex, age), deaths per person-year, all above 0.

    Returns
    -------
    xr.Dataset
        ``mx qx lx Lx ex`` (..., sex, age); radix 1.  With a0 by Andreev and Kingkade, half a year
        at other ages: qx = mx / (1 + (1 - ax) mx); the open group lives 1 / mx.

    Raises
    ------
    SchemaError
        A rate is missing or not above 0, or a dimension is missing.

    Examples
    --------
    >>> table = life_table(wpp_mx("2022", [2020]))
    >>> float(table.ex.sel(sex="female", age=0, year=2020).round(2))
    81.06
    """
    check_dims(mx, ("sex", "age"), "mx", leading=("year", *LEADING_DIMS))
    check_sexes(mx, "mx")
    check_ages(mx, "mx")
    mx = mx.transpose(..., "sex", "age")
    check_values(mx, "mx")
    if (mx.values <= 0).any():
        raise SchemaError("mx: every death rate must be above 0. Smooth or extend the table first.")
    m = mx.values
    a = np.full_like(m, 0.5)
    a[..., 0] = infant_a0(m[..., 0])
    q = m / (1 + (1 - a) * m)
    q[..., -1] = 1.0
    if (q > 1).any():
        raise SchemaError("mx: a rate above 2 leaves no survivors. Close the table at a lower age.")
    lx = np.concatenate([np.ones_like(q[..., :1]), np.cumprod(1 - q[..., :-1], axis=-1)], axis=-1)
    big_l = _person_years(lx, a, m[..., -1])
    ex = np.cumsum(big_l[..., ::-1], axis=-1)[..., ::-1] / lx
    names = {"mx": m, "qx": q, "lx": lx, "Lx": big_l, "ex": ex}
    return xr.Dataset(
        {k: (mx.dims, v) for k, v in names.items()},
        coords=mx.coords,
        attrs={"sources": list(mx.attrs.get("sources", []))},
    )


def _person_years(lx: Array, ax: Array, open_mx: Array) -> Array:
    big_l = np.empty_like(lx)
    big_l[..., :-1] = lx[..., 1:] + ax[..., :-1] * (lx[..., :-1] - lx[..., 1:])
    big_l[..., -1] = lx[..., -1] / open_mx
    return big_l


def survival_ratios(table: xr.Dataset) -> xr.DataArray:
    """Survival ratios for a one-year step from a life table.

    Index 0 is L0 (from birth to the end of the year), index a is La / La-1, and the last one takes
    the two oldest ages together into the open group: LA / (LA-1 + LA).
    """
    big_l = table["Lx"].transpose(..., "sex", "age")
    values = big_l.values
    ratio = np.empty_like(values)
    ratio[..., 0] = values[..., 0]
    ratio[..., 1:-1] = values[..., 1:-1] / values[..., :-2]
    ratio[..., -1] = values[..., -1] / (values[..., -2] + values[..., -1])
    return xr.DataArray(
        ratio,
        dims=big_l.dims,
        coords=big_l.coords,
        name="survival_ratio",
        attrs={"units": "1", "sources": list(table.attrs.get("sources", []))},
    )


def relational(mx: xr.DataArray, alpha: float | xr.DataArray) -> xr.DataArray:
    """Death rates of a standard moved by Brass's level parameter.

    The logit Y = ln((1 - l) / l) / 2 of the survivors at ages 1, 2 … becomes Y + alpha: above 0
    mortality is higher than in the standard, below 0 lower.  The open group keeps its rate (far up
    in age the odds are moved alike, so the hazard is not).

    Parameters
    ----------
    mx : standard death rates (..., sex, age).
    alpha : the level, a number or an array without age.
    """
    table = life_table(mx)
    mx = table["mx"].assign_attrs(mx.attrs)
    if isinstance(alpha, xr.DataArray):
        alpha = alpha.transpose(*[d for d in mx.dims if d in alpha.dims])
    lx = table["lx"].values
    shift = np.exp(2 * (alpha.values[..., None] if isinstance(alpha, xr.DataArray) else alpha))
    moved = np.ones_like(lx)
    odds = (1 - lx[..., 1:]) / lx[..., 1:]
    moved[..., 1:] = 1 / (1 + odds * shift)
    q = 1 - moved[..., 1:] / moved[..., :-1]
    m = mx.values.copy()
    m[..., 1:-1] = q[..., 1:] / (1 - 0.5 * q[..., 1:])
    # a0 depends on m0 and m0 on a0: the map contracts by less than 0.03, eight rounds are exact.
    for _ in range(8):
        m[..., 0] = q[..., 0] / (1 - (1 - infant_a0(m[..., 0])) * q[..., 0])
    return mx.copy(data=m)


def life_expectancy(mx: xr.DataArray, srb: float | None = None) -> xr.DataArray:
    """Life expectancy at birth (..., sex); of both sexes together when ``srb`` is given.

    Both sexes are weighted by births: (srb * male + female) / (1 + srb).
    """
    e0 = life_table(mx)["ex"].isel(age=0, drop=True)
    if srb is None:
        return e0
    return (srb * e0.sel(sex="male", drop=True) + e0.sel(sex="female", drop=True)) / (1 + srb)


def fit_relational(mx: xr.DataArray, e0: float, *, srb: float) -> float:
    """Level parameter that brings a standard to a life expectancy at birth.

    Parameters
    ----------
    mx : standard death rates (sex, age).
    e0 : years, of both sexes together.
    srb : males per female at birth, the weights of the sexes.

    Raises
    ------
    YilaoError
        No level between -2 and 2 reaches ``e0``.
    """
    from scipy.optimize import brentq

    def miss(alpha: float) -> float:
        return float(life_expectancy(relational(mx, alpha), srb)) - e0

    if not np.isfinite(e0) or miss(2.0) > 0 or miss(-2.0) < 0:
        raise YilaoError(
            f"life expectancy {e0:g}: out of reach of the standard ({miss(2.0) + e0:.1f} to "
            f"{miss(-2.0) + e0:.1f} years). Check the figure and its unit (years)."
        )
    return float(brentq(miss, -2.0, 2.0, xtol=1e-13))


def graduate_mx(ages: Array, mx: Array) -> Array:
    """Abridged death rates (sex, group) to single years 0 … 100, the last one open.

    The logarithm of the cumulative hazard is interpolated monotonically (PCHIP) between the group
    bounds from age 1 on; its value at the bounds is found by iteration so that the graduated table
    gives back every abridged rate (deaths over person-years of the group) to 1e-12.
    """
    from scipy.interpolate import PchipInterpolator  # a quarter of a second: only when needed

    bounds = ages.astype(int)
    hazard = np.diff(ages) * mx[:, :-1]
    for _ in range(100):
        curves = PchipInterpolator(ages[1:], np.log(np.cumsum(hazard, axis=1)), axis=1)
        cumulative = np.exp(curves(np.arange(1, OPEN_AGE + 1)))
        q = -np.expm1(-np.diff(cumulative, axis=1))
        single = np.concatenate([mx[:, :1], q / (1 - 0.5 * q), mx[:, -1:]], axis=1)
        lx = np.exp(-np.concatenate([np.zeros((2, 1)), cumulative], axis=1))
        years = (lx[:, :-1] + lx[:, 1:]) / 2
        groups = np.add.reduceat(years, bounds[1:-1], axis=1)
        implied = -np.diff(lx[:, bounds[1:]], axis=1) / groups
        a0 = infant_a0(mx[:, 0])
        q0 = mx[:, 0] / (1 + (1 - a0) * mx[:, 0])
        error = mx[:, 1:-1] / implied
        hazard[:, 1:] *= error
        hazard[:, 0] = -np.log1p(-q0)
        if np.abs(error - 1).max() < 1e-12:
            return single
    raise YilaoError("mx: the abridged rates could not be graduated. Check them for jumps.")


@cache
def _wpp_period_mx(edition: str) -> tuple[Array, Array]:
    """Midpoints of the periods, as the year they centre on, and log mx (period, sex, age)."""
    frame = facts.series(f"wpp{edition}_mx.csv")
    mids, logs = [], []
    for _, part in frame.groupby("period_start"):
        start, end = part["period_start"].iloc[0], part["period_end"].iloc[0]
        wide = part.pivot_table(index="sex", columns="age_low", values="value").loc[list(SEXES)]
        ages = wide.columns.to_numpy(dtype=float)
        logs.append(np.log(graduate_mx(ages, wide.to_numpy())))
        mids.append((start + end - 1) / 2)
    return np.array(mids), np.array(logs)


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
    """
    wanted = tuple(int(y) for y in years)
    if not wanted:
        raise YilaoError("years: none are given. Name at least one calendar year.")
    return _wpp_mx(edition, wanted).copy(deep=True)


@cache
def _wpp_mx(edition: str, wanted: tuple[int, ...]) -> xr.DataArray:
    mids, logs = _wpp_period_mx(edition)
    if min(wanted) < mids[0] or max(wanted) > mids[-1] + 3:
        raise YilaoError(
            f"mortality: WPP {edition} is packaged for {mids[0]:.0f} to {mids[-1] + 3:.0f}, asked "
            f"are {min(wanted)} to {max(wanted)}. Give your own rates for other years."
        )
    values = np.empty((len(wanted), 2, OPEN_AGE + 1))
    for i, year in enumerate(wanted):
        j = int(np.clip(np.searchsorted(mids, year, side="right") - 1, 0, len(mids) - 2))
        weight = (year - mids[j]) / (mids[j + 1] - mids[j])
        values[i] = np.exp(logs[j] + weight * (logs[j + 1] - logs[j]))
    mx = xr.DataArray(
        values,
        dims=("year", "sex", "age"),
        coords={"year": list(wanted), "sex": list(SEXES), "age": np.arange(OPEN_AGE + 1)},
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
    e0 = facts.series(f"wpp{edition}_life_expectancy.csv")
    wide = e0.pivot_table(index="year", columns="sex", values="value")[list(SEXES)]
    known = [int(y) for y in mx["year"].values if y in wide.index]
    if not known:
        return mx
    target = wide.loc[known].to_numpy()
    part = mx.sel(year=known)
    # Newton with a numerical slope on all years and sexes at once; e0 is nearly linear in alpha.
    alpha = xr.zeros_like(part.isel(age=0, drop=True))
    for _ in range(30):
        gap = life_expectancy(relational(part, alpha)).values - target
        if np.abs(gap).max() < 1e-10:
            break
        slope = (life_expectancy(relational(part, alpha + 1e-5)).values - target - gap) / 1e-5
        alpha = alpha - gap / slope
    else:
        raise YilaoError(f"mortality: WPP {edition} could not be moved to its own life expectancy.")
    matched = mx.copy()
    matched.loc[{"year": known}] = relational(part, alpha).values
    return matched
