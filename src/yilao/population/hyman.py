"""Monotone spline on cumulative counts: groups to single years that are never negative."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
FEWEST_GROUPS = 3


def monotone_split(bounds: Array, counts: Array) -> Array:
    """Split closed groups (..., group) into single years by a Hyman-filtered cubic spline.

    The cubic spline through the cumulative counts has, at each end, the third derivative of the
    cubic through the four outermost points; its slopes d are then cut to 0 ≤ d ≤ 3 min(s, s'),
    s and s' being the mean densities of the groups on both sides.  It is what R's
    ``splinefun(method = "hyman")`` does, and not the interpolation of `yilao.monotone`, whose
    slopes are local means: this one is smoother where no filter is needed.

    References
    ----------
    Hyman (1983), SIAM Journal on Scientific and Statistical Computing 4(4), 645-654.
    """
    width = np.diff(bounds)
    density = counts / width
    d = np.clip(_spline_slopes(width, density), 0, 3 * _lesser_neighbour(density))
    # Each group from its own lower bound, so that rounding is of the group and not of the total.
    group = np.repeat(np.arange(len(width)), width.astype(int))
    t = np.arange(len(group)) - bounds[group]
    h, s = width[group], density[..., group]
    left, right = d[..., group], d[..., group + 1]
    c2 = (3 * s - 2 * left - right) / h
    c3 = (left + right - 2 * s) / h**2

    def risen(u: Array) -> Array:
        height: Array = u * (left + u * (c2 + u * c3))
        return height

    # What is below zero here is rounding: the curve does not fall.
    single: Array = np.maximum(risen(t + 1) - risen(t), 0.0)
    return single


def _lesser_neighbour(density: Array) -> Array:
    edges = np.concatenate([density[..., :1], density, density[..., -1:]], axis=-1)
    lesser: Array = np.minimum(edges[..., :-1], edges[..., 1:])
    return lesser


def _spline_slopes(width: Array, density: Array) -> Array:
    """Slopes at the bounds (..., group + 1) of the cubic spline of the cumulative counts."""
    n = len(width)
    system, right = np.zeros((n + 1, n + 1)), np.zeros((n + 1, n))
    for i in range(1, n):
        system[i, i - 1 : i + 2] = 1 / width[i - 1], 2 * sum(1 / width[i - 1 : i + 1]), 1 / width[i]
        right[i, i - 1 : i + 1] = 3 / width[i - 1 : i + 1]
    system[0, :2] = system[n, n - 1 :] = 1.0
    right[0, :3] = width[0] ** 2 * _third_difference(width[:3])
    right[n, n - 3 :] = width[-1] ** 2 * _third_difference(width[-3:])
    right[0, 0] += 2
    right[n, n - 1] += 2
    slopes: Array = density @ np.linalg.solve(system, right).T
    return slopes


def _third_difference(width: Array) -> Array:
    """Third divided difference of the cumulative counts, as weights of three densities."""
    a, b, c = width
    second = np.array([[-1, 1, 0], [0, -1, 1]]) / np.array([[a + b], [b + c]])
    weights: Array = (second[1] - second[0]) / (a + b + c)
    return weights
