"""Life tables by single years of age, a one-parameter relational model, and the WPP standard.

Formulas: Preston, Heuveline and Guillot (2001), Demography, ch. 3; a0 of Andreev and Kingkade
(2015), Demographic Research 33(13), 363-390; the relational logit of Brass (1971), Biological
Aspects of Demography, 69-110.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.mortality.separation import infant_a0
from yilao.schema import (
    LEADING_DIMS,
    SchemaError,
    YilaoError,
    check_ages,
    check_dims,
    check_sexes,
    check_values,
)

Array = npt.NDArray[np.float64]


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
    >>> from yilao.mortality import wpp_mx
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
    q, lx, big_l = columns(m)
    if (q > 1).any():
        raise SchemaError("mx: a rate above 2 leaves no survivors. Close the table at a lower age.")
    ex = np.cumsum(big_l[..., ::-1], axis=-1)[..., ::-1] / lx
    names = {"mx": m, "qx": q, "lx": lx, "Lx": big_l, "ex": ex}
    return xr.Dataset(
        {k: (mx.dims, v) for k, v in names.items()},
        coords=mx.coords,
        attrs={"sources": list(mx.attrs.get("sources", []))},
    )


def columns(m: Array, a: Array | None = None, n: Array | float = 1.0) -> tuple[Array, Array, Array]:
    """qx, lx and Lx of death rates (..., sex, age), as plain arrays.

    ``a`` are separation factors (default: those of single years, female and male, by Andreev and
    Kingkade), ``n`` the widths of the age groups.  The last group is open: q = 1, L = l / m.
    """
    if a is None:
        a = np.full_like(m, 0.5)
        a[..., 0] = infant_a0(m[..., 0])
    q = n - a
    q *= m
    q += 1
    np.divide(n * m, q, out=q)
    q[..., -1] = 1.0
    lx = np.ones_like(q)
    np.cumprod(1 - q[..., :-1], axis=-1, out=lx[..., 1:])
    # L = n l(x+n) + a (l(x) - l(x+n))
    big_l = lx * a
    big_l[..., :-1] += ((n - a) * np.roll(lx, -1, axis=-1))[..., :-1]
    big_l[..., -1] = lx[..., -1] / m[..., -1]
    return q, lx, big_l


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
    mx = life_table(mx)["mx"].assign_attrs(mx.attrs)
    level: Array | float
    if isinstance(alpha, xr.DataArray):
        level = alpha.transpose(*[d for d in mx.dims if d in alpha.dims]).values[..., None]
    else:
        level = alpha
    return mx.copy(data=moved(mx.values, level))


def moved(m: Array, alpha: Array | float) -> Array:
    """`relational` on plain arrays; ``alpha`` broadcasts against (..., sex, age)."""
    _, lx, _ = columns(m)
    survivors = np.ones_like(lx)
    odds = (1 - lx[..., 1:]) / lx[..., 1:]
    survivors[..., 1:] = 1 / (1 + odds * np.exp(2 * alpha))
    q = 1 - survivors[..., 1:] / survivors[..., :-1]
    out = m.copy()
    out[..., 1:-1] = q[..., 1:] / (1 - 0.5 * q[..., 1:])
    # a0 depends on m0 and m0 on a0: the map contracts by less than 0.03, eight rounds are exact.
    for _ in range(8):
        out[..., 0] = q[..., 0] / (1 - (1 - infant_a0(out[..., 0])) * q[..., 0])
    return out


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
    m = life_table(mx)["mx"].values

    def miss(alpha: float) -> float:
        women, men = columns(moved(m, alpha))[2].sum(axis=-1)
        return float((srb * men + women) / (1 + srb)) - e0

    if not np.isfinite(e0) or miss(2.0) > 0 or miss(-2.0) < 0:
        raise YilaoError(
            f"life expectancy {e0:g}: out of reach of the standard ({miss(2.0) + e0:.1f} to "
            f"{miss(-2.0) + e0:.1f} years). Check the figure and its unit (years)."
        )
    # Secant steps within the bracket: the miss is smooth, falling and nearly straight in alpha.
    low, high = -2.0, 2.0
    alpha, step = 0.0, 0.1
    before, here = miss(alpha - step), miss(alpha)
    for _ in range(60):
        low, high = (alpha, high) if here > 0 else (low, alpha)
        step = -here * step / (here - before) if here != before else 0.0
        step = step if low < alpha + step < high else (low + high) / 2 - alpha
        if abs(here) < 1e-11 or abs(step) < 1e-15:
            break
        before, alpha = here, alpha + step
        here = miss(alpha)
    return alpha
