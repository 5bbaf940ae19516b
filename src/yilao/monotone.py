"""Monotone cubic interpolation, for cumulative sums that must not fall between their points.

The method is that of Fritsch and Carlson (1980), SIAM Journal on Numerical Analysis 17(2), 238-246,
with the slopes of Fritsch and Butland: what scipy calls PCHIP.  It is written out here because
importing scipy.interpolate takes as long as the rest of a first answer (a quarter of a second), and
because many curves over the same points are drawn at once.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def monotone_cubic(x: Array, y: Array, at: Array) -> Array:
    """Interpolate curves through points, monotone wherever the points are.

    Parameters
    ----------
    x : (n) ascending, three at least.
    y : (…, n) one or many curves over the same ``x``.
    at : (m) where to read them, within the range of ``x``.

    Returns
    -------
    Array
        (…, m).

    Examples
    --------
    >>> monotone_cubic(np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 8.0]), np.array([0.5, 1.0]))
    array([0.28125, 1.     ])
    """
    width = np.diff(x)
    slope = np.diff(y, axis=-1) / width
    d = np.empty_like(y, dtype=float)
    left, right = slope[..., :-1], slope[..., 1:]
    # Inside: the weighted harmonic mean of the slopes on both sides, 0 where they turn.
    w1, w2 = 2 * width[1:] + width[:-1], width[1:] + 2 * width[:-1]
    same = left * right > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (w1 + w2) / (w1 / left + w2 / right)
    d[..., 1:-1] = np.where(same, mean, 0.0)
    d[..., 0] = _end(width[0], width[1], slope[..., 0], slope[..., 1])
    d[..., -1] = _end(width[-1], width[-2], slope[..., -1], slope[..., -2])
    i = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 2)
    h, t = width[i], at - x[i]
    c2 = (3 * slope[..., i] - 2 * d[..., i] - d[..., i + 1]) / h
    c3 = (d[..., i] + d[..., i + 1] - 2 * slope[..., i]) / h**2
    read: Array = y[..., i] + t * (d[..., i] + t * (c2 + t * c3))
    return read


def _end(h0: float, h1: float, m0: Array, m1: Array) -> Array:
    """Slope at an end: three points, kept from overshooting."""
    d = ((2 * h0 + h1) * m0 - h0 * m1) / (h0 + h1)
    d = np.where(np.sign(d) != np.sign(m0), 0.0, d)
    steep = (np.sign(m0) != np.sign(m1)) & (np.abs(d) > 3 * np.abs(m0))
    kept: Array = np.where(steep, 3 * m0, d)
    return kept
