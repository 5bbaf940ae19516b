"""Single years whose ratio to a reference is as smooth as the groups of a place allow."""

from __future__ import annotations

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
    among all r and d (d common to both sexes) whose group sums are those given.
    """
    sexes, ages = reference.shape
    starts = lows.astype(int)
    group_of = np.repeat(np.arange(len(starts)), np.diff([*starts, ages]))
    n = sexes * ages
    extra = 0 if trough is None else 1
    shape = np.log(trough) if trough is not None else np.zeros(ages)
    first, second = (np.diff(np.eye(ages), order, axis=0) for order in (1, 2))
    penalty = np.zeros((n + extra, n + extra))
    for s in range(sexes):
        block = slice(s * ages, (s + 1) * ages)
        # The faint first differences choose a level ratio where groups leave the slope open.
        penalty[block, block] = second.T @ second + 1e-6 * first.T @ first
    # A group without people has no logarithm: its ages are 0 and bind nothing.
    filled = [(s, g) for s in range(sexes) for g in range(len(starts)) if groups[s, g] > 0]
    ratio = np.zeros((sexes, ages))
    for s, g in filled:
        inside = group_of == g
        ratio[s, inside] = np.log(groups[s, g] / reference[s, inside].sum())
    depth = 0.0
    for _ in range(100):
        with np.errstate(over="ignore"):
            single = reference * np.exp(ratio + depth * shape)
        rows, miss = np.zeros((len(filled), n + extra)), np.zeros(len(filled))
        for k, (s, g) in enumerate(filled):
            inside = np.flatnonzero(group_of == g)
            share = single[s, inside] / groups[s, g]
            rows[k, s * ages + inside] = share
            if extra:
                rows[k, -1] = share @ shape[inside]
            miss[k] = 1 - share.sum() + rows[k, s * ages + inside] @ ratio[s, inside]
            if extra:
                miss[k] += rows[k, -1] * depth
        system = np.block([[penalty, rows.T], [rows, np.zeros((len(filled), len(filled)))]])
        right = np.concatenate([np.zeros(n + extra), miss])
        with np.errstate(all="ignore"):
            try:
                solution = np.linalg.solve(system, right)
            except np.linalg.LinAlgError:
                solution = np.full(len(right), np.nan)
        if not np.isfinite(solution).all():
            continue
        new = solution[:n].reshape(sexes, ages)
        change = np.abs(new - ratio).max()
        ratio = new
        depth = float(solution[n]) if extra else 0.0
        if change < 1e-10:
            break
    else:
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
