"""Forecasts of total fertility: the middle path, draws, and quantiles.  Never below zero."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from yilao.fertility.arrays import Array
from yilao.fertility.decline import FertilityDecline, declining_paths
from yilao.fertility.mean_reversion import MeanReversion, drawn_paths, log_sd, median_path
from yilao.schema import SchemaError


def forecast_tfr(model: MeanReversion | FertilityDecline, years: Sequence[int]) -> xr.DataArray:
    """Middle path of total fertility: the median, L exp(phi^h ln(TFR0 / L)) after h years.

    For a decline it is the path without shocks, which is near the median.

    Parameters
    ----------
    model : `MeanReversion` or `FertilityDecline`.
    years : ascending calendar years after the model's last.

    Returns
    -------
    xr.DataArray
        tfr (year), births per woman.

    Raises
    ------
    SchemaError
        ``years`` do not ascend or are not after the model's last year.

    References
    ----------
    Those of the models.

    Examples
    --------
    >>> model = MeanReversion(level=1.3, phi=0.9, sigma=0.04, year=2023, tfr=1.0)
    >>> forecast_tfr(model, [2024, 2033, 2123]).round(3).values.tolist()
    [1.027, 1.186, 1.3]
    """
    steps = _steps(model, years)
    if isinstance(model, MeanReversion):
        values = median_path(model, steps)
    else:
        values = declining_paths(model, np.zeros((1, steps[-1])))[0, steps - 1]
    return _labelled(model, values, ("year",), {"year": list(years)})


def draw_tfr(
    model: MeanReversion | FertilityDecline,
    years: Sequence[int],
    *,
    draws: int,
    rng: np.random.Generator,
) -> xr.DataArray:
    """Draws of total fertility, each a path of its own.

    Parameters
    ----------
    model : `MeanReversion` or `FertilityDecline`.
    years : ascending calendar years after the model's last.
    draws : number of paths.
    rng : the source of randomness, ``numpy.random.default_rng(seed)``.

    Returns
    -------
    xr.DataArray
        tfr (draw, year), births per woman; ``draw`` is 0, 1 ….

    Raises
    ------
    SchemaError
        ``years`` do not ascend or are not after the model's last year, ``draws`` is below 1, or
        ``rng`` is not a numpy Generator.

    References
    ----------
    Those of the models.

    Examples
    --------
    >>> import numpy as np
    >>> model = MeanReversion(level=1.3, phi=0.9, sigma=0.04, year=2023, tfr=1.0)
    >>> paths = draw_tfr(model, range(2024, 2036), draws=100, rng=np.random.default_rng(1))
    >>> paths.sizes["draw"], bool((paths > 0).all())
    (100, True)
    """
    steps = _steps(model, years)
    if draws < 1:
        raise SchemaError(f"draws: {draws!r} is below 1.")
    if not isinstance(rng, np.random.Generator):
        raise SchemaError("rng: a generator is needed. Use numpy.random.default_rng(seed).")
    if isinstance(model, MeanReversion):
        paths = drawn_paths(model, int(steps[-1]), draws, rng)
    else:
        paths = declining_paths(model, rng.standard_normal((draws, steps[-1])))
    coords = {"draw": list(range(draws)), "year": list(years)}
    return _labelled(model, paths[:, steps - 1], ("draw", "year"), coords)


def tfr_quantiles(
    model: MeanReversion, years: Sequence[int], *, quantiles: Sequence[float]
) -> xr.DataArray:
    """Exact quantiles of a mean-reverting forecast, without draws.

    ln TFR after h years is normal with mean ln L + phi^h ln(TFR0 / L) and variance
    sigma² (1 - phi^2h) / (1 - phi²).  For a decline take ``draw_tfr(…).quantile(q, "draw")``.

    Parameters
    ----------
    model : `MeanReversion`.
    years : ascending calendar years after the model's last.
    quantiles : between 0 and 1, both left out.

    Returns
    -------
    xr.DataArray
        tfr (quantile, year), births per woman.

    Raises
    ------
    SchemaError
        ``years`` do not ascend or are not after the model's last year, or a quantile is not
        between 0 and 1.

    References
    ----------
    Those of the model.

    Examples
    --------
    >>> model = MeanReversion(level=1.3, phi=0.9, sigma=0.04, year=2023, tfr=1.0)
    >>> tfr_quantiles(model, [2033], quantiles=[0.1, 0.9]).round(2).values.ravel().tolist()
    [1.06, 1.32]
    """
    from scipy.special import ndtri

    steps = _steps(model, years)
    q = np.array(list(quantiles), dtype=float)
    if len(q) == 0 or not ((q > 0) & (q < 1)).all():
        raise SchemaError(f"quantiles: {list(quantiles)} are not all between 0 and 1.")
    values = median_path(model, steps) * np.exp(ndtri(q)[:, None] * log_sd(model, steps))
    coords = {"quantile": q.tolist(), "year": list(years)}
    return _labelled(model, values, ("quantile", "year"), coords)


def _steps(model: MeanReversion | FertilityDecline, years: Sequence[int]) -> np.ndarray:
    last = _start(model).year
    wanted = np.array([int(y) for y in years])
    if len(wanted) == 0 or (np.diff(wanted) <= 0).any() or wanted[0] <= last:
        raise SchemaError(f"years: ascending years after {last} are needed, not {list(years)}.")
    return wanted - last


def _start(model: MeanReversion | FertilityDecline) -> MeanReversion:
    return model if isinstance(model, MeanReversion) else model.after


def _labelled(
    model: MeanReversion | FertilityDecline,
    values: Array,
    dims: tuple[str, ...],
    coords: dict[str, list[int]] | dict[str, list[float]] | dict[str, object],
) -> xr.DataArray:
    attrs = {"units": "births per woman", "sources": list(_start(model).sources)}
    return xr.DataArray(values, dims=dims, coords=coords, name="tfr", attrs=attrs)
