"""Single years whose ratio to a reference is as smooth as the groups of a place allow."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from yilao.schema import SEXES, YilaoError

Array = npt.NDArray[np.float64]


class Split(NamedTuple):
    """Single years (sex, age) and how deep the trough came out: 1 as in the reference."""

    single: Array
    depth: float


def proportional_to(reference: Array, groups: Array, lows: Array, trough: Array | None) -> Split:
    """Single years whose ratio to the reference is as smooth as the groups allow.

    x = reference * exp(r) * trough ** d, with the least sum of squared second differences of r
    among all r and d (d common to both sexes) whose group sums are those given.  Newton's steps,
    20 at most for the packaged places; one that cannot be taken ends the search with an error.
    """
    sexes, ages = reference.shape
    starts = lows.astype(int)
    group_of = np.repeat(np.arange(len(starts)), np.diff([*starts, ages]))
    shape = np.log(trough) if trough is not None else np.zeros(ages)
    # A group without people has no logarithm: its ages are 0 and bind nothing.
    filled = [(s, g) for s in range(sexes) for g in range(len(starts)) if groups[s, g] > 0]
    ratio = np.zeros((sexes, ages))
    for s, g in filled:
        inside = group_of == g
        ratio[s, inside] = np.log(groups[s, g] / reference[s, inside].sum())
    depth, change = 0.0, np.inf
    for _ in range(100):
        with np.errstate(all="ignore"):
            single = reference * np.exp(ratio + depth * shape)
            new, new_depth = _newton_step(
                single, groups, group_of, filled, ratio, depth, shape, trough is not None
            )
        change = float(np.abs(new - ratio).max())
        ratio, depth = new, new_depth
        # Closed, or a step that is not a number: tried again it would be the same.
        if not 1e-10 <= change < np.inf:
            break
    if not change < 1e-10:
        shown = ", ".join(
            f"{SEXES[s]} from {starts[g]}"
            for s, g in filled
            if not abs(single[s, group_of == g].sum() / groups[s, g] - 1) < 1e-6
        )
        raise YilaoError(
            f"population: the age groups could not be split by cohorts ({shown or 'no group'} does "
            "not close). They are too few, too wide or too far from the nation's: give single ages "
            "of 2020-12-31."
        )
    single = reference * np.exp(ratio + depth * shape)
    # The last rounding: every group to the person it was counted with.
    for s in range(sexes):
        for g in range(len(starts)):
            inside = group_of == g
            single[s, inside] *= groups[s, g] / single[s, inside].sum()
    return Split(single, 1 + depth)


class _Penalty(NamedTuple):
    """Penalty on squared second differences, and faintly on first ones, ready to be minimised.

    The faint first differences choose a level ratio where groups leave the slope open.  ``line`` is
    a straight line of mean 0, nearly free; ``of_line`` the penalty times it; ``inverse`` that of
    the penalty with constants and the line held by a spring each.
    """

    inverse: Array
    line: Array
    of_line: Array


@cache
def _penalty(ages: int) -> _Penalty:
    first, second = (np.diff(np.eye(ages), order, axis=0) for order in (1, 2))
    line = np.linspace(-1.0, 1.0, ages) if ages > 1 else np.zeros(1)
    line /= np.sqrt((line**2).sum()) or 1.0
    # Second differences of a line are 0: only the faint part is left, without cancellation.
    of_line = np.asarray(1e-6 * first.T @ (first @ line), dtype=np.float64)
    penalty = sum(w * np.einsum("ki,kj->ij", d, d) for w, d in ((1, second), (1e-6, first)))
    held = penalty + 1 / ages + np.outer(line, line)
    return _Penalty(_inverse(held), line, of_line)


def _inverse(positive: Array) -> Array:
    """Inverse of a symmetric positive matrix, by halves.

    A product or an inverse of a hundred rows wakes the threads of the linear algebra, which wait a
    sixth of a second for each other on a busy machine.
    """
    half = len(positive) // 2
    if half < 40:
        return np.asarray(np.linalg.inv(positive), dtype=np.float64)
    top = _inverse(positive[:half, :half])
    across = top @ positive[:half, half:]
    rest = _inverse(positive[half:, half:] - positive[half:, :half] @ across)
    corner = -across @ rest
    return np.block([[top - corner @ across.T, corner], [corner.T, rest]])


def _newton_step(
    single: Array,
    groups: Array,
    group_of: npt.NDArray[np.int64],
    filled: list[tuple[int, int]],
    ratio: Array,
    depth: float,
    shape: Array,
    with_depth: bool,
) -> tuple[Array, float]:
    """Smoothest ratios and the depth that close the groups to first order; NaN where none do.

    The least penalty under rows @ r = miss is at r = a + inverse @ (b line - rows.T @ prices), with
    a, b and the prices from a system of some twenty rows: one of all ages kept the threads of the
    linear algebra waiting for each other, a second on a busy machine.  The sexes share the depth
    alone, so each is solved for twice: for what the groups miss, and for one more of depth.
    """
    ages = len(shape)
    inverse, line, of_line = _penalty(ages)
    solved, price_of_depth, slope_of_price = [], 0.0, 0.0
    for s in range(len(single)):
        own = [g for sex, g in filled if sex == s]
        n = len(own)
        rows, right = np.zeros((n, ages)), np.zeros((n + 2, 2))
        for k, g in enumerate(own):
            inside = np.flatnonzero(group_of == g)
            share = single[s, inside] / groups[s, g]
            rows[k, inside] = share
            right[k, 1] = share @ shape[inside]
            right[k, 0] = 1 - share.sum() + share @ ratio[s, inside] + right[k, 1] * depth
        # Columns of r: by the prices, the level a and the slope b.
        through = np.column_stack([-inverse @ rows.T, np.ones(ages), inverse @ line])
        system = np.zeros((n + 2, n + 2))
        system[:n] = rows @ through
        system[n, :n] = rows.sum(axis=1)
        system[n + 1] = of_line @ through
        system[n + 1, :n] += rows @ line
        try:
            found = np.linalg.solve(system, right)
        except np.linalg.LinAlgError:
            found = np.full(right.shape, np.nan)
        solved.append(through @ found)
        price_of_depth += float(right[:n, 1] @ found[:n, 0])
        slope_of_price += float(right[:n, 1] @ found[:n, 1])
    new_depth = 0.0
    if with_depth:
        new_depth = price_of_depth / slope_of_price if slope_of_price != 0 else np.nan
    return np.array([f[:, 0] - new_depth * f[:, 1] for f in solved]), new_depth
