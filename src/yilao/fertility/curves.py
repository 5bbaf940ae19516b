"""Cumulative curves of the model schedules on plain arrays: shares of births between exact ages.

Parameters are (…), ages at the bounds of the groups (n + 1), shares (…, n).
"""

from __future__ import annotations

import numpy as np

from yilao.fertility.arrays import Array

# Mothers are 10 to 54, as in World Population Prospects; the curves are cut there and scaled to 1.
FIRST_AGE, END_AGE = 10.0, 55.0


def gamma_shares(bounds: Array, mean: Array, sd: Array, start: Array) -> Array:
    """Shares of the gamma curve between exact ages."""
    from scipy.special import gammainc

    above = (mean - start)[..., None]
    scale = sd[..., None] ** 2 / above
    cut = np.append(np.clip(bounds, FIRST_AGE, END_AGE), [FIRST_AGE, END_AGE])
    total = gammainc(above / scale, np.maximum(cut - start[..., None], 0.0) / scale)
    return _shares(total)


def hadwiger_shares(bounds: Array, mean: Array, sd: Array) -> Array:
    """Shares of Hadwiger's curve between exact ages."""
    from scipy.special import log_ndtr, ndtr

    m, s = mean[..., None], sd[..., None]
    x = np.append(np.clip(bounds, FIRST_AGE, END_AGE), [FIRST_AGE, END_AGE])
    shape = m**3 / s**2
    root = np.sqrt(shape / x)
    # The factor exp(2 shape / m) alone overflows for a narrow curve.
    tail = np.exp(2 * shape / m + log_ndtr(-root * (x / m + 1)))
    return _shares(ndtr(root * (x / m - 1)) + tail)


def spline_shares(bounds: Array, start: Array, peak: Array, half: Array) -> Array:
    """Shares of the quadratic spline between exact ages."""
    a, p, h = start, peak, half
    w = np.minimum(0.75, 0.25 + 0.025 * (p - a))
    end = np.maximum(np.minimum(50.0, 4 * h - 3 * p), (4 * h - p) / 3)
    knots = np.stack([a, a + w * (p - a), p, (p + h) / 2, (h + end) / 2], axis=-1)

    def above(x: Array) -> Array:
        return np.maximum(x[..., None] - knots, 0.0)

    rows = [above(p) ** 2, above(h) ** 2, above(end) ** 2, 2 * above(p), 2 * above(end)]
    target = np.array([1.0, 0.5, 0.0, 0.0, 0.0])[:, None]
    theta = np.linalg.solve(np.stack(rows, axis=-2), np.broadcast_to(target, (*a.shape, 5, 1)))
    at = np.minimum(bounds, end[..., None])
    at = np.concatenate([at, a[..., None], end[..., None]], axis=-1)
    cubes = np.maximum(at[..., :, None] - knots[..., None, :], 0.0) ** 3 / 3
    return _shares((cubes @ theta)[..., 0])


def gompertz_shares(standard: Array, alpha: Array, beta: Array) -> Array:
    """Shares of a standard (…, n) after the relational Gompertz transformation."""
    total = np.cumsum(standard, axis=-1)
    with np.errstate(divide="ignore"):
        depth = -np.log(total[..., :-1] / total[..., -1:])
    moved = np.exp(-np.exp(-alpha[..., None]) * depth ** beta[..., None])
    result: Array = np.diff(moved, axis=-1, prepend=0.0, append=1.0)
    return result


def _shares(total: Array) -> Array:
    """Differences of a cumulative curve; its last two columns are its lower and upper end."""
    low, high = total[..., -2:-1], total[..., -1:]
    result: Array = np.diff(total[..., :-2], axis=-1) / (high - low)
    return result
