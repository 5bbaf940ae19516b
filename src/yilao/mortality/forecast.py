"""Forecasts of a yearly index such as Lee-Carter's kt: random walk, AR(1), or ARIMA."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.mortality.autoregression import Autoregression, fit_autoregression, look_ahead
from yilao.schema import (
    LEADING_DIMS,
    SchemaError,
    YilaoError,
    check_dims,
    check_values,
    first_offender,
    sources_of,
)

Array = npt.NDArray[np.float64]
Method = Literal["drift", "arima", "ar1", "walk"]
Criterion = Literal["aic", "aicc", "bic"]

# Years a series must have; fewer say nothing of its spread (drift, walk), of its return to a level
# (AR(1)) or of its order (ARIMA).
_NEEDED = {"drift": 4, "arima": 15, "ar1": 10, "walk": 4}


def forecast_index(
    index: xr.DataArray,
    *,
    until: int,
    method: Method = "drift",
    criterion: Criterion = "aicc",
    drift_error: bool = True,
) -> xr.Dataset:
    """Point forecast of an index and its standard error.

    ``drift``: k(T + h) = k(T) + h d with d = (k(T) - k(1)) / (T - 1), and se^2 = h s^2 + h^2 s^2 /
    (T - 1), where s is the standard deviation of the yearly changes.  ``arima``: ARIMA(p, 1, q)
    with drift, p and q up to 3, of the least criterion, by statsmodels.  ``ar1``: k(t) = c + f
    k(t-1) + e(t) by least squares, which returns to c / (1 - f); ``walk``: the same with c = 0 and
    f = 1; se^2 = s^2 (1 + f^2 + … + f^(2 h - 2)), s^2 the squares of e by their degrees of freedom.

    Parameters
    ----------
    index : (..., year), every year without a gap.
    until : last year of the forecast.
    method : see above.
    criterion : by which the order of ARIMA is chosen.
    drift_error : count the error of d, the second term of se^2; ARIMA never does.

    Returns
    -------
    xr.Dataset
        ``mean`` and ``se`` (..., year) on the years after the last; with ``arima`` also ``p`` and
        ``q`` (...).

    Raises
    ------
    SchemaError
        A year or a value is missing, there are too few, or ``until`` is not after the last.
    YilaoError
        No ARIMA could be fitted; an AR(1) has |f| of 1 or more, by which it would run away.

    Notes
    -----
    A forecast carries on what the years of the fit had in common.  The standard error leaves out
    the errors of ax, bx and the choice of an order, and is too small for it; without the error of
    the drift its square is half as large after as many years as there were changes.  The f of n
    years is too small by about (1 + 3 f) / n, so that an AR(1) returns too soon.

    Examples
    --------
    >>> index = xr.DataArray([9.0, 7.0, 6.0, 3.0], dims="year", coords={"year": range(2020, 2024)})
    >>> forecast_index(index, until=2025)["mean"].values.tolist()
    [1.0, -1.0]
    """
    series, dims, years = _checked(index, until, method, criterion)
    steps = np.arange(1, len(years) + 1)
    orders: dict[str, Any] = {}
    if method == "drift":
        drift, spread, n = _drift(series)
        mean = series[..., -1:] + drift[..., None] * steps
        variance = steps + steps**2 / n if drift_error else steps.astype(float)
        se = spread[..., None] * np.sqrt(variance)
        found = {"mean": mean, "se": se}
    elif method in ("ar1", "walk"):
        fit = _autoregression(index, series, method)
        mean, echo = look_ahead(fit, series[..., -1], len(years))
        spread = np.sqrt((fit.rest**2).sum(axis=-1) / fit.free)
        found = {"mean": mean, "se": spread[..., None] * np.sqrt((echo**2).sum(axis=-1))}
    else:
        fits = _each(_arima, series, criterion)
        ahead = [f.get_forecast(len(years)) for f in fits.flat]
        shape = (*series.shape[:-1], len(years))
        found = {
            "mean": np.array([a.predicted_mean for a in ahead]).reshape(shape),
            "se": np.array([a.se_mean for a in ahead]).reshape(shape),
        }
        picked = np.array([f.model.order for f in fits.flat]).reshape(*shape[:-1], 3)
        orders = {"p": picked[..., 0], "q": picked[..., 2]}
    lead = {d: index[d] for d in dims if d in index.coords}
    attrs = {"units": str(index.attrs.get("units", "1"))}
    return xr.Dataset(
        {k: ((*dims, "year"), v, attrs) for k, v in found.items()}
        | {k: (tuple(dims), v) for k, v in orders.items()},
        coords=lead | {"year": years},
        attrs={"sources": sources_of(index)},
    )


def draw_index(
    index: xr.DataArray,
    rng: np.random.Generator,
    *,
    until: int,
    draws: int,
    method: Method = "drift",
    criterion: Criterion = "aicc",
    drift_error: bool = True,
) -> xr.DataArray:
    """Draws of an index after its last year.

    The forecast of `forecast_index` with normal errors; where ``index`` has both sexes their errors
    are drawn with the covariance they had.  ARIMA draws every series by itself.

    Parameters
    ----------
    index, until, method, criterion, drift_error : see `forecast_index`.
    rng : the generator; the same state gives the same draws.
    draws : how many.

    Returns
    -------
    xr.DataArray
        (draw, ..., year).

    Raises
    ------
    SchemaError
        As `forecast_index`, or ``draws`` is below 1.

    Examples
    --------
    >>> index = xr.DataArray([9.0, 7.0, 6.0, 3.0], dims="year", coords={"year": range(2020, 2024)})
    >>> draw_index(index, np.random.default_rng(1), until=2030, draws=100).sizes
    Frozen({'draw': 100, 'year': 7})
    """
    if draws < 1:
        raise SchemaError(f"draws: {draws}; at least one is needed.")
    series, dims, years = _checked(index, until, method, criterion)
    h = len(years)
    if method == "arima":
        fits = _each(_arima, series, criterion)
        paths = np.array([_paths(f, rng.standard_normal((draws, h))) for f in fits.flat])
        out = np.moveaxis(paths.reshape(*series.shape[:-1], draws, h), -2, 0)
    elif method in ("ar1", "walk"):
        fit = _autoregression(index, series, method)
        mean, echo = look_ahead(fit, series[..., -1], h)
        noise = rng.standard_normal((draws, *series.shape[:-1], h))
        noise = _correlated(noise, fit.rest, fit.free, dims)
        out = mean + (echo @ noise[..., None])[..., 0]
    else:
        drift, _, n = _drift(series)
        noise = rng.standard_normal((draws, *series.shape[:-1], h + 1))
        rest = np.diff(series) - drift[..., None]
        noise = _correlated(noise, rest, n - 1, dims)
        steps = np.arange(1, h + 1)
        out = series[..., -1:] + drift[..., None] * steps + noise[..., 1:].cumsum(axis=-1)
        if drift_error:
            out = out + noise[..., :1] * steps / np.sqrt(n)
    lead = {d: index[d] for d in dims if d in index.coords}
    return xr.DataArray(
        out,
        dims=("draw", *dims, "year"),
        coords=lead | {"draw": np.arange(draws), "year": years},
        name=index.name,
        attrs={"units": str(index.attrs.get("units", "1")), "sources": sources_of(index)},
    )


def _checked(
    index: xr.DataArray, until: int, method: str, criterion: str
) -> tuple[Array, list[str], Array]:
    if method not in _NEEDED:
        raise SchemaError(f"method: {method!r} is not known. Choose one of {list(_NEEDED)}.")
    if criterion not in ("aic", "aicc", "bic"):
        raise SchemaError(f"criterion: {criterion!r} is not known. Use 'aic', 'aicc' or 'bic'.")
    check_dims(index, ("year",), "index", leading=("sex", *LEADING_DIMS))
    check_values(index, "index")
    years = index["year"].values
    if len(years) < _NEEDED[method]:
        raise SchemaError(
            f"index: {len(years)} year(s); {method} needs {_NEEDED[method]} at least."
        )
    if (np.diff(years) != 1).any():
        raise SchemaError("index: years must follow one another without a gap.")
    if until <= years[-1]:
        raise SchemaError(f"until: {until} is not after the last year of the index, {years[-1]}.")
    dims = [str(d) for d in index.dims if d != "year"]
    series = index.transpose(*dims, "year").values.astype(float)
    return series, dims, np.arange(years[-1] + 1, until + 1)


def _drift(series: Array) -> tuple[Array, Array, int]:
    """Mean and standard deviation of the yearly changes, and their number."""
    changes = np.diff(series)
    return changes.mean(axis=-1), changes.std(axis=-1, ddof=1), changes.shape[-1]


def _autoregression(index: xr.DataArray, series: Array, method: str) -> Autoregression:
    fit = fit_autoregression(series, walk=method == "walk")
    if method == "ar1" and (bad := np.abs(fit.slope) >= 1).any():
        where = first_offender(index.isel(year=0), bad)
        raise YilaoError(
            f"index: AR(1) goes on by a factor of {fit.slope[bad][0]:.3g} a year at {where}, so "
            "that a forecast would run away. Use method='walk', or other years."
        )
    return fit


def _correlated(noise: Array, rest: Array, free: int, dims: list[str]) -> Array:
    """Scale standard normal noise (draw, ..., year) as the errors of the fit, across sexes."""
    if "sex" not in dims:
        result: Array = noise * np.sqrt((rest**2).sum(axis=-1, keepdims=True) / free)
        return result
    axis = dims.index("sex") - len(dims) - 1
    rest, noise = np.moveaxis(rest, axis, -2), np.moveaxis(noise, axis, -2)
    covariance = rest @ np.swapaxes(rest, -1, -2) / free
    # A root by eigenvalues exists even where the sexes move as one.
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))[..., None, :]
    return np.moveaxis(root @ noise, -2, axis)


def _each(fit: Any, series: Array, criterion: str) -> Any:
    found = np.empty(series.shape[:-1], dtype=object)
    for i in np.ndindex(found.shape):
        found[i] = fit(series[i], criterion)
    return found


def _arima(series: Array, criterion: str) -> Any:
    """ARIMA(p, 1, q) with drift of the least criterion, p and q up to 3."""
    from statsmodels.tsa.arima.model import ARIMA

    if np.ptp(np.diff(series)) < 1e-12 * np.ptp(series):
        raise YilaoError(
            "index: it changes by the same amount every year, so there is no spread to fit. Use "
            "method='drift'."
        )
    fits = []
    for p in range(4):
        for q in range(4):
            with warnings.catch_warnings():
                # Starting values and steps that fail are statsmodels' own affair: what has not
                # converged is left out below.
                warnings.simplefilter("ignore")
                try:
                    fit = ARIMA(series, order=(p, 1, q), trend="t").fit()
                except (np.linalg.LinAlgError, ValueError):
                    continue
            value = float(getattr(fit, criterion))
            if fit.mle_retvals["converged"] and np.isfinite(value):
                fits.append((value, p + q, fit))
    if not fits:
        raise YilaoError("index: no ARIMA(p, 1, q) could be fitted. Use method='drift'.")
    return min(fits, key=lambda f: f[:2])[2]


def _paths(fit: Any, noise: Array) -> Array:
    """Paths (draw, year) of a fitted ARIMA(p, 1, q) with standard normal shocks (draw, year)."""
    from scipy.linalg import toeplitz
    from statsmodels.tsa.arima_process import arma2ma

    h = noise.shape[-1]
    # What a shock moves the yearly change by, then the index, 0, 1, 2 … years later.
    echo = np.cumsum(arma2ma(np.r_[1, -fit.arparams], np.r_[1, fit.maparams], h))
    spread = np.sqrt(fit.params[-1])
    result: Array = fit.forecast(h) + spread * noise @ np.triu(toeplitz(echo))
    return result
