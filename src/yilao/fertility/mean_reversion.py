"""Total fertility that returns to a level: an autoregression of first order on its logarithm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from yilao.fertility.arrays import Array
from yilao.schema import SchemaError, YilaoError, check_dims, check_unit, check_values, sources_of

_FEWEST_YEARS = 8


@dataclass(frozen=True)
class MeanReversion:
    """ln TFR(t+1) - ln L = phi (ln TFR(t) - ln L) + e, e normal with standard deviation sigma.

    Attributes
    ----------
    level : L, births per woman, the median in the long run.
    phi : share of the distance from the level that is left after a year, -1 < phi < 1.
    sigma : standard deviation of the yearly shock to ln TFR.
    year, tfr : the last known year and its total fertility, from which forecasts start.
    sources : of the series.
    """

    level: float
    phi: float
    sigma: float
    year: int
    tfr: float
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("level", "tfr"):
            if not 0 < getattr(self, name) < np.inf:
                raise SchemaError(f"{name}: {getattr(self, name)!r} is not above 0.")
        if not -1 < self.phi < 1:
            raise SchemaError(f"phi: {self.phi!r} is not between -1 and 1, so nothing returns.")
        if not 0 <= self.sigma < np.inf:
            raise SchemaError(f"sigma: {self.sigma!r} is not 0 or above.")


def fit_mean_reversion(tfr: xr.DataArray, *, level: float | None = None) -> MeanReversion:
    """Estimate a first-order autoregression of ln TFR on its own past.

    Parameters
    ----------
    tfr : (year) births per woman, consecutive years, eight or more.
    level : births per woman to which fertility returns; None estimates it from the series.

    Returns
    -------
    MeanReversion
        The parameters of statsmodels' AutoReg (least squares) and the last year of the series.

    Raises
    ------
    SchemaError
        A value is not above 0 or is missing, years have a gap, or there are fewer than eight.
    YilaoError
        The series does not return to a level (phi is not below 1).

    References
    ----------
    Raftery, Alkema and Gerland (2014), Bayesian population projections for the United Nations,
    Statistical Science 29(1), 58-68, use the same form, on TFR itself, after the transition.

    Notes
    -----
    Least squares makes phi too small in short series, by about (1 + 3 phi)/n: fertility then seems
    to return sooner than it does.  Where a country has only fallen, as China since 2017, the data
    cannot tell the level (phi comes out above 1): give it, and name it as an assumption.  The
    uncertainty of the parameters is not in the forecasts, which are too narrow by it.

    Examples
    --------
    >>> from yilao.fertility import tfr_path
    >>> model = fit_mean_reversion(tfr_path("2024", 1.0, range(2000, 2024)), level=1.2)
    >>> model.year, round(model.tfr, 2), round(model.phi, 2)
    (2023, 1.0, 0.96)
    """
    from statsmodels.tsa.ar_model import AutoReg

    log_tfr, year = log_series(tfr, _FEWEST_YEARS)
    if level is None:
        found = AutoReg(log_tfr, 1, trend="c").fit()
        constant, phi = (float(v) for v in found.params)
    else:
        if not 0 < level < np.inf:
            raise SchemaError(f"level: {level!r} is not above 0. Give births per woman.")
        found = AutoReg(log_tfr - np.log(level), 1, trend="n").fit()
        phi = float(found.params[0])
    if not -1 < phi < 1:
        raise YilaoError(
            f"tfr: it does not return to a level (phi is {phi:.3f}). Give a level, or another, or "
            "set the parameters of MeanReversion yourself."
        )
    reached = level if level is not None else float(np.exp(constant / (1 - phi)))
    sigma = float(np.sqrt(found.sigma2))
    sources = tuple(sources_of(tfr))
    return MeanReversion(reached, phi, sigma, year, float(np.exp(log_tfr[-1])), sources)


def log_series(tfr: xr.DataArray, fewest: int) -> tuple[Array, int]:
    """Logarithms of a series of consecutive years, and its last year."""
    check_dims(tfr, ("year",), "tfr", leading=())
    check_unit(tfr, "births per woman", "tfr")
    check_values(tfr, "tfr", low=0.0)
    years = tfr["year"].values
    if (np.diff(years) != 1).any():
        raise SchemaError(f"tfr: years must follow each other without a gap, not {years.tolist()}.")
    if len(years) < fewest:
        raise SchemaError(f"tfr: {len(years)} years are too few to fit. Give {fewest} or more.")
    if (tfr.values == 0).any():
        raise SchemaError("tfr: a value is 0 and has no logarithm. Correct the source.")
    logs: Array = np.log(tfr.values.astype(float))
    return logs, int(years[-1])


def median_path(model: MeanReversion, steps: Array) -> Array:
    """Median of TFR after ``steps`` years."""
    away = np.log(model.tfr / model.level)
    path: Array = model.level * np.exp(model.phi**steps * away)
    return path


def log_sd(model: MeanReversion, steps: Array) -> Array:
    """Standard deviation of ln TFR after ``steps`` years."""
    left = model.phi**2
    sd: Array = model.sigma * np.sqrt((1 - left**steps) / (1 - left))
    return sd


def drawn_paths(
    model: MeanReversion, last_step: int, draws: int, rng: np.random.Generator
) -> Array:
    """Draws of TFR (draw, step 1 … last_step)."""
    from scipy.signal import lfilter

    shocks = model.sigma * rng.standard_normal((draws, last_step))
    shocks[:, :1] += model.phi * np.log(model.tfr / model.level)
    paths: Array = model.level * np.exp(lfilter([1.0], [1.0, -model.phi], shocks, axis=-1))
    return paths
