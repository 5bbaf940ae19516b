"""Total fertility that declines by the double logistic curve, then returns to a level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from yilao.fertility.arrays import Array
from yilao.fertility.mean_reversion import MeanReversion, log_series
from yilao.schema import SchemaError, YilaoError, check_values, sources_of

_FEWEST_YEARS = 15


@dataclass(frozen=True)
class FertilityDecline:
    """The decline of the transition, after which fertility returns to a level.

    TFR(t+1) = (TFR(t) - g(TFR(t))) exp(e), with g of `decline_per_year`, while TFR is above
    Δ4; from the first year at or below Δ4 on, ``after`` holds.

    Attributes
    ----------
    d : greatest decline of a year, births per woman, below 1.
    deltas : Δ1 … Δ4, births per woman.
    sigma : standard deviation of the yearly shock to ln TFR during the decline.
    after : level, phi and sigma after the decline; its ``year`` and ``tfr`` are where forecasts
        start.
    """

    d: float
    deltas: tuple[float, float, float, float]
    sigma: float
    after: MeanReversion

    def __post_init__(self) -> None:
        _check_curve(self.d, self.deltas)
        if not 0 <= self.sigma < np.inf:
            raise SchemaError(f"sigma: {self.sigma!r} is not 0 or above.")


def _check_curve(d: float, deltas: tuple[float, ...]) -> None:
    if not 0 < d < 1:
        raise SchemaError(f"d: {d!r} is not between 0 and 1 births per woman a year.")
    if len(deltas) != 4 or not all(0 < v < np.inf for v in deltas):
        raise SchemaError(f"deltas: four values above 0 are needed, not {deltas!r}.")


def decline_per_year(
    tfr: xr.DataArray, *, d: float, deltas: tuple[float, float, float, float]
) -> xr.DataArray:
    """Decline of total fertility in a year as the double logistic function of its level.

    g(f) = d / (1 + exp(-2 ln 9 (f - Δ4 - Δ3/2) / Δ3))
         - d / (1 + exp(-2 ln 9 (f - ΣΔ + Δ1/2) / Δ1)), 0 where that is negative or f ≤ 1.

    Slow at the start of the transition (f near ΣΔ), fastest between, slow near its end (Δ4).

    Parameters
    ----------
    tfr : (…) births per woman.
    d : greatest decline of a year, births per woman.
    deltas : Δ1 … Δ4: widths of the stages of the transition, and the level at its end.

    Returns
    -------
    xr.DataArray
        (…) births per woman per year, 0 or above.

    Raises
    ------
    SchemaError
        A value of ``tfr`` is negative or missing, ``d`` is not between 0 and 1, or ``deltas`` are
        not four values above 0.

    References
    ----------
    Alkema, Raftery, Gerland, Clark, Pelletier, Buettner and Heilig (2011), Probabilistic
    projections of the total fertility rate for all countries, Demography 48(3), 815-839.

    Examples
    --------
    >>> import xarray as xr
    >>> levels = xr.DataArray([6.0, 4.0, 2.0], dims="year", coords={"year": [1960, 1975, 1990]})
    >>> decline_per_year(levels, d=0.2, deltas=(2.0, 2.0, 1.0, 1.8)).round(3).values.tolist()
    [0.078, 0.196, 0.042]
    """
    check_values(tfr, "tfr", low=0.0)
    _check_curve(d, deltas)
    found = xr.DataArray(double_logistic(tfr.values, d, deltas), dims=tfr.dims, coords=tfr.coords)
    return found.assign_attrs(units="births per woman per year", sources=sources_of(tfr))


def double_logistic(f: Array, d: float, deltas: tuple[float, ...]) -> Array:
    """`decline_per_year` on plain arrays."""
    d1, d2, d3, d4 = deltas
    steep = 2 * np.log(9.0)
    late = 1 / (1 + np.exp(-steep / d3 * (f - d4 - d3 / 2)))
    early = 1 / (1 + np.exp(-steep / d1 * (f - d4 - d3 - d2 - d1 / 2)))
    g = d * (late - early)
    result: Array = np.where((g < 0) | (f <= 1), 0.0, g)
    return result


def fit_decline(tfr: xr.DataArray, after: MeanReversion) -> FertilityDecline:
    """Fit the double logistic curve to the yearly declines of a series by least squares.

    Parameters
    ----------
    tfr : (year) births per woman, consecutive years of the decline, fifteen or more.
    after : what holds after the decline; its ``year`` and ``tfr`` must be the last of the series.

    Returns
    -------
    FertilityDecline
        Parameters, and sigma the standard deviation of what the curve leaves of ln TFR.

    Raises
    ------
    SchemaError
        A value is not above 0 or is missing, years have a gap, there are fewer than fifteen, or
        ``after`` starts elsewhere.
    YilaoError
        The search does not settle.

    References
    ----------
    Alkema et al. (2011), as for `decline_per_year`; there the parameters of all countries inform
    each other, here one series speaks for itself.

    Notes
    -----
    A series that begins late in the transition says nothing about Δ1 and Δ2, and several sets of
    parameters then give the same curve over the levels seen.  The curve is to be trusted there
    only.  The uncertainty of the parameters is not in the forecasts.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> years = np.arange(1970, 1995)
    >>> series = xr.DataArray(2.0 + 4 / (1 + np.exp((years - 1980) / 4.0)), dims="year",
    ...     coords={"year": years}, attrs={"units": "births per woman"})
    >>> after = MeanReversion(1.8, 0.9, 0.03, year=1994, tfr=float(series[-1]))
    >>> fit_decline(series, after).sigma < 0.01
    True
    """
    from scipy.optimize import least_squares

    logs, year = log_series(tfr, _FEWEST_YEARS)
    if after.year != year or abs(after.tfr - float(tfr[-1])) > 1e-9:
        raise SchemaError(
            f"after: it starts with {after.tfr:g} in {after.year}, the series ends with "
            f"{float(tfr[-1]):g} in {year}. Give MeanReversion the end of the series."
        )
    f = np.exp(logs)
    now, drop = f[:-1], -np.diff(f)
    span = max(f.max() - f.min(), 0.5)
    first = [min(max(drop.max(), 0.05), 0.8), span / 3, span / 3, span / 3, max(f.min(), 1.0)]

    def miss(v: Array) -> Array:
        result: Array = double_logistic(now, float(v[0]), tuple(v[1:])) - drop
        return result

    low, high = np.array([0.005, 0.05, 0.01, 0.05, 0.5]), np.array([0.95, 10.0, 10.0, 10.0, 5.0])
    found = least_squares(
        miss,
        np.clip(first, low + 1e-6, high - 1e-6),
        bounds=(low, high),
        max_nfev=5000,
    )
    if not found.success:
        raise YilaoError("tfr: the decline does not settle. Give the years of the decline only.")
    d, *deltas = (float(v) for v in found.x)
    expected = now - double_logistic(now, d, tuple(deltas))
    sigma = float(np.std(logs[1:] - np.log(expected)))
    return FertilityDecline(d, (deltas[0], deltas[1], deltas[2], deltas[3]), sigma, after)


def declining_paths(model: FertilityDecline, shocks: Array) -> Array:
    """Paths of TFR (draw, step) for standard normal shocks (draw, step)."""
    after = model.after
    paths = np.empty_like(shocks)
    now = np.full(shocks.shape[0], after.tfr)
    over = np.zeros(shocks.shape[0], dtype=bool)
    for step in range(shocks.shape[1]):
        over |= now <= model.deltas[3]
        falling = (now - double_logistic(now, model.d, model.deltas)) * np.exp(
            model.sigma * shocks[:, step]
        )
        away = after.phi * np.log(now / after.level) + after.sigma * shocks[:, step]
        now = np.where(over, after.level * np.exp(away), falling)
        paths[:, step] = now
    return paths
