"""Penalised composite link model: the smooth distribution that the groups are sums of."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from yilao.schema import YilaoError

Array = npt.NDArray[np.float64]

DEGREE = 3
AGES_PER_KNOT = 2
_NOBODY = 1e-300
# The range of the search: the square roots of 0.1 and 100,000, the range of R's ungroup, whose
# penalty is the root of the parameter it names.
SMOOTHING_RANGE = (0.1**0.5, 1e5**0.5)


class PclmFit(NamedTuple):
    """Expected single years (..., age), penalty (...), deviance and effective dimension (...)."""

    single: Array
    smoothing: Array
    deviance: Array
    dimension: Array


def fit_pclm(
    bounds: Array,
    counts: Array,
    *,
    smoothing: float | None = None,
    criterion: Literal["aic", "bic"] = "bic",
    rounds: int | None = None,
) -> PclmFit:
    """Fit the penalised composite link model to closed groups, all members together.

    The counts are Poisson with mean C exp(B b): B are cubic B-splines with a knot every two ages,
    C adds single years to groups, and smoothing * |second differences of b|² is taken off the
    log likelihood.  Solved by iterated weighted least squares.

    Parameters
    ----------
    bounds : (group + 1) whole ages, ascending.
    counts : (..., group), some above 0 in every row.
    smoothing : the penalty; None chooses the one of each row by the criterion.
    criterion : ``"aic"`` deviance + 2 dimension, ``"bic"`` deviance + log(groups) dimension.
    rounds : stop after so many iterations; None goes on until no logarithm moves by 1e-7.

    References
    ----------
    Rizzi, Gampe and Eilers (2015), American Journal of Epidemiology 182(2), 138-147.
    """
    rows = counts.reshape(-1, counts.shape[-1])
    if smoothing is None:
        level = _search(bounds, rows, criterion)
    else:
        level = np.full(len(rows), float(smoothing))
    mu, deviance, dimension = _fit(bounds, rows, level, rounds)
    lead = counts.shape[:-1]
    return PclmFit(
        mu.reshape(*lead, -1),
        *(part.reshape(lead) for part in (level, deviance, dimension)),
    )


def _search(bounds: Array, rows: Array, criterion: str) -> Array:
    """Golden-section search for the best penalty of every row, on a log scale to 0.01."""
    weight = 2.0 if criterion == "aic" else float(np.log(rows.shape[1]))

    def score(log_level: Array) -> Array:
        _, deviance, dimension = _fit(bounds, rows, np.exp(log_level), None)
        return deviance + weight * dimension

    golden = (5**0.5 - 1) / 2
    low, high = (np.full(len(rows), np.log(edge)) for edge in SMOOTHING_RANGE)
    a, b = high - golden * (high - low), low + golden * (high - low)
    at_a, at_b = score(a), score(b)
    while (high - low).max() > 0.01:
        left = at_a < at_b
        low, high = np.where(left, low, a), np.where(left, b, high)
        new = np.where(left, high - golden * (high - low), low + golden * (high - low))
        at_new = score(new)
        a, b = np.where(left, new, b), np.where(left, a, new)
        at_a, at_b = np.where(left, at_new, at_b), np.where(left, at_a, at_new)
    best = (low + high) / 2
    # The search never tries the edges themselves.
    for edge in np.log(SMOOTHING_RANGE):
        at_edge = np.full(len(rows), edge)
        best = np.where(score(at_edge) <= score(best), at_edge, best)
    chosen: Array = np.exp(best)
    return chosen


def _basis(ages: int) -> Array:
    from scipy.interpolate import BSpline

    x = np.arange(ages, dtype=float)
    first, last = -0.01 * (ages - 1), 1.01 * (ages - 1)
    intervals = max(ages // AGES_PER_KNOT, 1)
    step = (last - first) / intervals
    knots = first + step * np.arange(-DEGREE, intervals + DEGREE + 1)
    basis: Array = BSpline.design_matrix(x, knots, DEGREE).toarray()
    return basis


def _fit(
    bounds: Array, rows: Array, level: Array, rounds: int | None
) -> tuple[Array, Array, Array]:
    starts = (bounds[:-1] - bounds[0]).astype(int)
    basis = _basis(int(bounds[-1] - bounds[0]))
    second = np.diff(np.eye(basis.shape[1]), 2, axis=0)
    penalty = level[:, None, None] * (second.T @ second)

    def expected(b: Array) -> tuple[Array, Array, Array]:
        eta = b @ basis.T
        with np.errstate(over="ignore"):
            mu = np.exp(eta)
            return eta, mu, np.maximum(np.add.reduceat(mu, starts, axis=1), _NOBODY)

    def objective(b: Array) -> Array:
        fitted = expected(b)[2]
        rough = ((b @ second.T) ** 2).sum(axis=1)
        with np.errstate(invalid="ignore"):  # a step too far: not a number, and so halved
            value: Array = (fitted - rows * np.log(fitted)).sum(axis=1) + level * rough / 2
        return value

    # Any flat start will do; this one, the mean of a group at every age, is that of ungroup.
    b = np.repeat(np.log(rows.mean(axis=1, keepdims=True)), basis.shape[1], axis=1)
    for _ in range(500 if rounds is None else rounds):
        eta, mu, fitted = expected(b)
        slopes = np.add.reduceat(mu[:, :, None] * basis, starts, axis=1)
        work = rows - fitted + np.add.reduceat(mu * eta, starts, axis=1)
        weighted = (slopes / fitted[..., None]).swapaxes(1, 2)
        information = weighted @ slopes
        system = information + penalty
        try:
            step = np.linalg.solve(system, weighted @ work[..., None])[..., 0] - b
        except np.linalg.LinAlgError:
            raise _stuck() from None
        # A step that makes things worse is halved, in its own row only.
        now = objective(b)
        for _ in range(30):
            worse = ~(objective(b + step) <= now + 1e-9 * np.abs(now))
            if not worse.any():
                break
            step[worse] /= 2
        b = b + step
        # Down without limit where a group is empty: below e^-30 persons nothing matters.
        if rounds is None and np.abs(np.where(eta > -30, step @ basis.T, 0)).max() < 1e-7:
            break
    else:
        if rounds is None:
            raise _stuck()
    mu, fitted = expected(b)[1:]
    dimension = np.trace(np.linalg.solve(system, information), axis1=1, axis2=2)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(rows > 0, rows * np.log(rows / fitted), 0.0) - (rows - fitted)
    return mu, 2 * terms.sum(axis=1), dimension


def _stuck() -> YilaoError:
    return YilaoError(
        "groups: the penalised composite link model did not converge. Give a higher smoothing, or "
        'use method="monotone".'
    )
