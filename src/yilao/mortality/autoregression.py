"""An index that returns to a level of its own or keeps its last one: AR(1), random walk."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


class Autoregression(NamedTuple):
    """k(t) = constant + slope k(t-1) + e(t): the two (...), e (..., year), degrees of freedom."""

    constant: Array
    slope: Array
    rest: Array
    free: int


def fit_autoregression(series: Array, *, walk: bool) -> Autoregression:
    """Least squares of series (..., year); a random walk without drift has constant 0, slope 1."""
    before, now = series[..., :-1], series[..., 1:]
    if walk:
        constant, slope = np.zeros(series.shape[:-1]), np.ones(series.shape[:-1])
    else:
        x = before - before.mean(axis=-1, keepdims=True)
        square = (x**2).sum(axis=-1)
        # A series that stands still goes on so.
        slope = np.divide(
            (x * now).sum(axis=-1), square, out=np.zeros_like(square), where=square > 0
        )
        constant = now.mean(axis=-1) - slope * before.mean(axis=-1)
    rest = now - constant[..., None] - slope[..., None] * before
    return Autoregression(constant, slope, rest, now.shape[-1] - (0 if walk else 2))


def look_ahead(fit: Autoregression, last: Array, steps: int) -> tuple[Array, Array]:
    """Mean (..., step) after the last values (...), and what each error moves it by.

    The second, (..., step, step), holds slope^(h - j) for the error of step j in step h >= j.
    """
    h = np.arange(1, steps + 1)
    slope = fit.slope[..., None]
    echo = np.tril(slope[..., None] ** np.maximum(h[:, None] - h, 0))
    return slope**h * last[..., None] + fit.constant[..., None] * echo.sum(axis=-1), echo
