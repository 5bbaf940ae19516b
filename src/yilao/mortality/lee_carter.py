"""Lee-Carter fitted to rates: log mx = ax + bx kt, with bx summing to 1 over ages."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.mortality.rates import RATE_UNIT, check_columns
from yilao.schema import (
    LEADING_DIMS,
    SchemaError,
    check_dims,
    check_shared_labels,
    check_values,
    first_offender,
    sources_of,
)

Array = npt.NDArray[np.float64]

UNITS = {"ax": "log deaths per person-year", "bx": "1", "kt": "1"}


def fit_lee_carter(
    mx: xr.DataArray,
    *,
    method: Literal["svd", "sums"] = "svd",
    ax: xr.DataArray | None = None,
) -> xr.Dataset:
    """Lee-Carter parameters of death rates.

    ``svd``: ax is the mean of log mx over the years, bx kt the first term of the singular value
    decomposition of the rest (Lee and Carter; demography's ``lca``, which then adjusts kt: see
    `index_to_deaths`, and `parameter_at` for an adjustment to life expectancies).  ``sums``:
    kt = sum over ages of (log mx - ax), bx by regression through the origin, with bx that are not
    above 0 mended as MortCast does: age 0 gets 0, others half of their younger neighbour.

    Parameters
    ----------
    mx : death rates (..., year, age), deaths per person-year; ``sex`` may stand before.
    method : see above.
    ax : (..., age), in place of the mean: `last_ax`, or your own.

    Returns
    -------
    xr.Dataset
        ``ax`` (..., age), ``bx`` (..., age), ``kt`` (..., year); bx sums to 1.

    Raises
    ------
    SchemaError
        A rate is missing or not above 0, there are fewer than three years, or the rates do not
        change.

    References
    ----------
    Lee and Carter (1992), Journal of the American Statistical Association 87, 659-671.
    Sevcikova, Li, Kantorova, Gerland and Raftery (2016), in: Dynamic Demographic Analysis.

    Examples
    --------
    >>> from yilao.mortality import wpp_mx
    >>> fit = fit_lee_carter(wpp_mx("2022", range(2010, 2020)))
    >>> bool((fit.kt.diff("year") < 0).all())
    True
    """
    if method not in ("svd", "sums"):
        raise SchemaError(f"method: {method!r} is not known. Use 'svd' or 'sums'.")
    logs, dims = log_rates(mx)
    if ax is None:
        a = logs.mean(axis=-2)
    else:
        check_dims(ax, ("age",), "ax", leading=dims)
        check_shared_labels(ax=ax, mx=mx)
        check_values(ax, "ax")
        a = ax.broadcast_like(mx.isel(year=0, drop=True)).transpose(*dims, "age").values
    rest = logs - a[..., None, :]
    if np.abs(rest).max() < 1e-12:
        raise SchemaError("mx: the rates do not change over the years; there is nothing to fit.")
    if method == "svd":
        u, d, v = np.linalg.svd(rest, full_matrices=False)
        total = v[..., 0, :].sum(axis=-1, keepdims=True)
        b = v[..., 0, :] / total
        k = d[..., :1] * u[..., 0] * total
    else:
        k = rest.sum(axis=-1)
        b = _mended(np.einsum("...ya,...y->...a", rest, k) / (k**2).sum(-1, keepdims=True))
    return as_parameters(a, b, k, mx, dims)


def log_rates(mx: xr.DataArray) -> tuple[Array, list[str]]:
    """Log mx (..., year, age) after checks, and the dimensions before the year."""
    check_dims(mx, ("year", "age"), "mx", leading=("sex", *LEADING_DIMS))
    check_values(mx, "mx")
    if mx.sizes["year"] < 3:
        raise SchemaError(
            f"mx: {mx.sizes['year']} year(s); Lee-Carter needs three at least, and twenty to "
            "forecast."
        )
    ages = mx["age"].values
    if not np.issubdtype(ages.dtype, np.integer):
        raise SchemaError(f"mx: age labels must be whole numbers, they are {ages.dtype}.")
    if (np.diff(ages) <= 0).any():
        raise SchemaError("mx: ages are not in ascending order. Use .sortby('age') first.")
    if (bad := mx.values <= 0).any():
        raise SchemaError(
            f"mx: {int(bad.sum())} rate(s) are not above 0, the first at "
            f"{first_offender(mx, bad)}. Smooth them, close the table at a lower age, or fit "
            "deaths with fit_lee_carter_deaths()."
        )
    dims = [str(d) for d in mx.dims if d not in ("year", "age")]
    logs: Array = np.log(mx.transpose(*dims, "year", "age").values)
    return logs, dims


def as_parameters(a: Array, b: Array, k: Array, like: xr.DataArray, dims: list[str]) -> xr.Dataset:
    """Label the arrays of a fit as the rates or deaths they were fitted to."""
    arrays = {"ax": (a, "age"), "bx": (b, "age"), "kt": (k, "year")}
    return xr.Dataset(
        {
            name: xr.DataArray(
                values,
                dims=(*dims, last),
                coords={d: like[d] for d in (*dims, last)},
                attrs={"units": UNITS[name]},
            )
            for name, (values, last) in arrays.items()
        },
        attrs={"sources": sources_of(like)},
    )


def lee_carter_mx(parameters: xr.Dataset, kt: xr.DataArray | None = None) -> xr.DataArray:
    """Death rates exp(ax + bx kt) of Lee-Carter parameters.

    Parameters
    ----------
    parameters : ``ax``, ``bx`` and, unless given, ``kt``.
    kt : the index (..., year), fitted or forecast; it may have draws.

    Returns
    -------
    xr.DataArray
        mx (..., year, age), with ``sex`` before ``age`` where there is one.

    Raises
    ------
    SchemaError
        A parameter is missing, as a whole or somewhere, or labels differ.

    Examples
    --------
    >>> from yilao.mortality import wpp_mx
    >>> mx = wpp_mx("2022", range(2010, 2020))
    >>> fitted = lee_carter_mx(fit_lee_carter(mx))
    >>> round(float(abs(fitted / mx - 1).mean()), 3)
    0.006
    """
    needed = ("ax", "bx", "kt") if kt is None else ("ax", "bx")
    check_columns(parameters, *needed, name="parameters", maker="fit_lee_carter")
    index = parameters["kt"] if kt is None else kt
    check_values(index, "kt")
    a, b = parameters["ax"], parameters["bx"]
    check_shared_labels(ax=a, bx=b, kt=index)
    mx: xr.DataArray = xr.apply_ufunc(np.exp, a + b * index)
    order = [d for d in ("year", "sex", "age") if d in mx.dims]
    attrs = {"units": RATE_UNIT, "sources": sources_of(parameters, index)}
    return mx.transpose(..., *order).rename("mx").assign_attrs(attrs)


def last_ax(mx: xr.DataArray, *, smooth: bool = False) -> xr.DataArray:
    """Log rates of the last year as ax, so that a forecast begins where the rates end.

    Parameters
    ----------
    mx : death rates (..., year, age).
    smooth : take a cubic smoothing spline over the age groups with half as many degrees of
        freedom as groups, age 0 excepted, as the United Nations do.

    Returns
    -------
    xr.DataArray
        ax (..., age), log deaths per person-year.

    Raises
    ------
    SchemaError
        As `fit_lee_carter`.

    Notes
    -----
    MortCast smooths with R's ``smooth.spline``, which stops its search for the degrees of freedom
    early; here they are met exactly.  Log rates differ by up to 1e-4.

    Examples
    --------
    >>> from yilao.mortality import wpp_mx
    >>> mx = wpp_mx("2022", range(2010, 2020))
    >>> fit = fit_lee_carter(mx, method="sums", ax=last_ax(mx))
    >>> bool(abs(fit.kt.sel(year=2019)).max() < 1e-9)
    True
    """
    logs, dims = log_rates(mx)
    a = logs[..., -1, :]
    if smooth:
        a = np.concatenate([a[..., :1], (a @ _smoother(a.shape[-1]))[..., 1:]], axis=-1)
    like = mx.isel(year=-1, drop=True).transpose(*dims, "age")
    attrs = {"units": UNITS["ax"], "sources": sources_of(mx)}
    return like.copy(data=a).rename("ax").assign_attrs(attrs)


def _smoother(n: int) -> Array:
    """Symmetric matrix of the cubic smoothing spline of n even steps with n / 2 (up) freedoms."""
    from scipy.optimize import brentq

    second = np.diff(np.eye(n), 2, axis=0)
    gram = np.eye(n - 2) * 2 / 3 + (np.eye(n - 2, k=1) + np.eye(n - 2, k=-1)) / 6
    roughness, vectors = np.linalg.eigh(second.T @ np.linalg.solve(gram, second))
    roughness = np.maximum(roughness, 0)

    def excess(log_weight: float) -> float:
        return float((1 / (1 + np.exp(log_weight) * roughness)).sum() - np.ceil(n / 2))

    weight = np.exp(brentq(excess, -40, 40, xtol=1e-13))
    result: Array = (vectors / (1 + weight * roughness)) @ vectors.T
    return result


def index_to_deaths(
    parameters: xr.Dataset, deaths: xr.DataArray, exposure: xr.DataArray
) -> xr.Dataset:
    """Lee-Carter parameters with kt moved so that every year has its total of deaths.

    sum over x of E(x, t) exp(ax + bx kt) = D(t), by Newton's method to 1e-12 of D; demography's
    ``adjust = "dt"``, which stops at 1e-4 in kt.

    Parameters
    ----------
    parameters : of `fit_lee_carter`.
    deaths : total deaths (..., year).
    exposure : person-years (..., year, age).

    Returns
    -------
    xr.Dataset
        ``ax``, ``bx`` as they were, and ``kt`` (..., year).

    Raises
    ------
    SchemaError
        A parameter is missing, labels differ, deaths or an exposure is not above 0, or no kt gives
        the deaths.

    Examples
    --------
    >>> from yilao.mortality import wpp_mx
    >>> mx = wpp_mx("2022", range(2010, 2020))
    >>> exposure = xr.full_like(mx, 1e4)
    >>> deaths = (mx * exposure).sum("age")
    >>> fit = index_to_deaths(fit_lee_carter(mx), deaths, exposure)
    >>> bool(abs((lee_carter_mx(fit) * exposure).sum("age") / deaths - 1).max() < 1e-12)
    True
    """
    check_columns(parameters, "ax", "bx", "kt", name="parameters", maker="fit_lee_carter")
    for name, array in (("deaths", deaths), ("exposure", exposure)):
        check_values(array, name)
        if (array.values <= 0).any():
            raise SchemaError(f"{name}: every value must be above 0.")
    check_shared_labels(kt=parameters["kt"], ax=parameters["ax"], exposure=exposure, deaths=deaths)
    a, b, k, e, d = xr.broadcast(
        parameters["ax"], parameters["bx"], parameters["kt"], exposure, deaths
    )
    order = [*parameters["kt"].dims, "age"]
    base, slope, weight = (x.transpose(*order).values for x in (a, b, e))
    index, total = (x.transpose(*order).values[..., 0] for x in (k, d))
    for _ in range(50):
        expected = weight * np.exp(base + slope * index[..., None])
        miss = np.log(expected.sum(axis=-1) / total)
        if not np.abs(miss).max() > 1e-13:
            break
        index = index - miss * expected.sum(axis=-1) / (expected * slope).sum(axis=-1)
    if not np.abs(miss).max() < 1e-12:
        raise SchemaError("deaths: no kt gives these totals. Check units of deaths and exposure.")
    sources = sources_of(parameters, deaths, exposure)
    return parameters.assign(kt=parameters["kt"].copy(data=index)).assign_attrs(sources=sources)


def _mended(b: Array) -> Array:
    """Bx without values that are not above 0, as MortCast has it, summing to 1."""
    b = b.copy()
    b[..., 0] = np.maximum(b[..., 0], 0)
    bad = b <= 0
    while bad[..., 1:].any():
        b[..., 1:] = np.where(bad[..., 1:], b[..., :-1] / 2, b[..., 1:])
        bad = b < 0
    b[..., 1:] = np.where(b[..., 1:] == 0, b[..., :-1], b[..., 1:])
    result: Array = b / b.sum(axis=-1, keepdims=True)
    return result
