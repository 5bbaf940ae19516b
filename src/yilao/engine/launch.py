"""Handing a problem to the compiled kernels: flat arrays, offsets, threads."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt

from yilao.engine import compiled, compiled_adjoint
from yilao.engine.rates import Array, Member, Problem, Timing
from yilao.engine.threads import cut, in_threads, threads_available

U = np.uint64
Rows = npt.NDArray[np.uint64]
Triple = tuple[Array, Rows, np.uint64]

# numba's own annotations do not know what it has compiled.
_forward: Any = compiled.forward
_backward: Any = compiled_adjoint.backward

_NONE: Array = np.zeros(0)
_RATES = (
    "survival",
    "survival_open",
    "surface",
    "level",
    "asfr",
    "tfr",
    "srb",
    "migration",
    "total",
    "migration_rate",
    "lx",
    "person_years",
)


def _triple(member: Member | None, members: int, first: int = 0, last: int | None = None) -> Triple:
    """Flat values, offset of every member's row, offset from step to step (0: all steps alike)."""
    if member is None:
        return _NONE, np.zeros(1, dtype=U), U(0)
    values = member.values
    row_size = int(np.prod(values.shape[1:]))
    step = row_size // values.shape[1] if values.shape[1] > 1 else 0
    rows = (member.row[first:last] * row_size).astype(U)
    return _one_type(values.reshape(-1)), rows, U(step)


def _one_type(values: Array) -> Array:
    """The same values as a writeable array: numba would compile again for read-only ones.

    The kernels do not write to them.
    """
    if values.flags.writeable:
        return values
    address = (ctypes.c_double * values.size).from_address(values.ctypes.data)
    same: Array = np.frombuffer(memoryview(address), dtype=np.float64)
    return same


def _fertile(rows: Array) -> tuple[np.uint64, np.uint64, bool]:
    """First and last age with any fertility, the youngest left out; whether rows were sampled.

    Of many rows a sample is looked at; the kernel widens the ages where a row is not like it.
    """
    used = rows.reshape(-1, rows.shape[-1])
    every = max(1, len(used) // 1024)
    ages = np.flatnonzero((used[::every] != 0).any(axis=0))
    if len(ages) == 0:
        return U(1), U(rows.shape[-1]), False
    return U(max(1, ages[0])), U(ages[-1] + 1), every > 1


def _triples(spans: Rows, span_of: Rows, cells: int) -> np.uint64:
    """How many measures to sum by threes: all whole threes, unless most have short spans."""
    measures = len(span_of) - 1
    covered = int((spans[1::2] - spans[::2]).sum()) if measures else 0
    return U(measures // 3 * 3 if covered > 0.4 * measures * cells else 0)


def _widened(first: int, last: int, free: int) -> tuple[int, int]:
    """Widen a span downwards over zero weights to a multiple of 32 cells.

    A loop takes 32 at once (eight lanes, unrolled four times): 41 cells take as long as 64.
    ``free`` is where the span before ends.
    """
    want = -(-(last - first) // 32) * 32
    return (last - want, last) if last - first > 4 and last - want >= free else (first, last)


def _weights(weights: Array | None, ages: int) -> tuple[Array, np.uint64, Rows, Rows, np.uint64]:
    """Flat weights (t, k, s, a), their step, spans of cells that are not all zero, their number.

    A measure has one span over both sexes, or one for each sex where that leaves out more than a
    short loop costs (about 30 cells).
    """
    if weights is None or len(weights) == 0:
        return _NONE, U(0), np.zeros(0, dtype=U), np.zeros(1, dtype=U), U(0)
    k, times = weights.shape[:2]
    spans: list[tuple[int, int]] = []
    span_of = [0]
    for used in (weights != 0).any(axis=1):
        by_sex = []
        for sex in range(2):
            ages_used = np.flatnonzero(used[sex])
            if len(ages_used):
                by_sex.append((sex * ages + ages_used[0], sex * ages + ages_used[-1] + 1))
        if len(by_sex) == 2 and by_sex[1][0] - by_sex[0][1] < 30:
            by_sex = [(by_sex[0][0], by_sex[1][1])]
        free = 0
        for first, last in by_sex:
            spans.append(_widened(first, last, free))
            free = last
        span_of.append(len(spans))
    flat = _one_type(np.ascontiguousarray(weights.swapaxes(0, 1)).reshape(-1))
    step = k * 2 * ages if times > 1 else 0
    ends = np.array(spans, dtype=U).reshape(-1) if spans else np.zeros(2, dtype=U)
    return flat, U(step), ends, np.array(span_of, dtype=U), U(k)


def _levels(problem: Problem) -> Array:
    return _NONE if problem.levels is None else _one_type(np.ascontiguousarray(problem.levels))


def _checks(problem: Problem, bounds: dict[str, tuple[float, float]]) -> tuple[Rows, Array]:
    """How many values of a member's row to check, and their bounds; shared rates: none."""
    counts = np.zeros(len(_RATES) + 1, dtype=U)
    limits = np.zeros((len(_RATES) + 1, 2))
    for i, name in enumerate((*_RATES, "base")):
        member = problem.base if name == "base" else problem.rates.get(name)
        if member is not None and name in bounds and len(member.values) > 1:
            counts[i] = int(np.prod(member.values.shape[1:]))
            limits[i] = bounds[name]
    return counts, limits


def forward(
    problem: Problem,
    when: Timing,
    weights: Array | None,
    bounds: dict[str, tuple[float, float]],
    arrays: dict[str, Array],
    negative: npt.NDArray[np.int64],
    threads: int | None,
) -> int:
    """Project all members; return the first one with a value out of bounds, or -1."""
    members = problem.members
    triples = {n: _triple(problem.rates.get(n), members) for n in _RATES}
    base = _triple(problem.base, members)
    flat, weight_step, spans, span_of, measures = _weights(weights, problem.ages)
    fertile = _fertile(problem.rates["asfr"].values)
    triples_of = _triples(spans, span_of, 2 * problem.ages)
    levels = _levels(problem)
    wanted = [
        arrays[n].reshape(-1) if n in arrays else _NONE
        for n in ("population", "births", "mothers", "deaths", "period", "moved", "sums")
    ]
    counts, limits = _checks(problem, bounds)
    if members == 0:
        return -1
    workers = min(threads or threads_available(), members)
    # More blocks than threads: a busy core then holds up a block, not half the work.
    size = max(1, -(-members // (workers * 8)))
    bad: list[int] = []

    def block(start: int, stop: int) -> None:
        if bad:
            return
        found = _forward(
            U(start), U(stop), U(problem.steps), U(problem.ages), problem.width,
            when.spectrum, when.start, when.before, when.after,
            base, triples["survival"], triples["survival_open"], triples["surface"], levels,
            triples["level"], triples["asfr"], triples["tfr"], triples["srb"],
            triples["migration"], triples["total"], triples["migration_rate"],
            triples["lx"], triples["person_years"], *fertile,
            flat, weight_step, spans, span_of, measures, triples_of, counts, limits, *wanted,
            negative, np.empty(6 * 2 * problem.ages),
        )  # fmt: skip
        if found >= 0:
            bad.append(int(found))

    in_threads(block, cut(members, size), workers)
    return min(bad) if bad else -1


def backward(
    problem: Problem,
    when: Timing,
    weights: Array,
    gradients: dict[str, Array],
    first: int,
    last: int,
    negative: npt.NDArray[np.int64],
) -> None:
    """Gradients of members first … last - 1 into whole arrays (k, members, …).

    ``negative`` (members of the block) gets the first step below zero.
    """
    members = last - first
    triples = {n: _triple(problem.rates.get(n), members, first, last) for n in _RATES}
    base = _triple(problem.base, members, first, last)
    flat, weight_step, spans, span_of, measures = _weights(weights, problem.ages)
    levels = _levels(problem)
    population = np.empty((members, problem.steps + 1, 2, problem.ages))
    # Fertility is worth something at every age, also where nobody gives birth.
    young, old = U(1), U(problem.ages)
    fertile = (young, old, False)
    counts, limits = _checks(problem, {})
    times = (U(problem.steps), U(problem.ages), problem.width)
    shares = (when.spectrum, when.start, when.before, when.after)
    _forward(
        U(0), U(members), *times, *shares,
        base, triples["survival"], triples["survival_open"], triples["surface"], levels,
        triples["level"], triples["asfr"], triples["tfr"], triples["srb"], triples["migration"],
        triples["total"], triples["migration_rate"], triples["lx"], triples["person_years"],
        *fertile, _NONE, U(0), spans, span_of, U(0), U(0), counts, limits,
        population.reshape(-1), _NONE, _NONE, _NONE, _NONE, _NONE, _NONE,
        negative, np.empty(6 * 2 * problem.ages),
    )  # fmt: skip

    def pair(name: str) -> tuple[Array, np.uint64, np.uint64]:
        if name not in gradients:
            return _NONE, U(0), U(0)
        cells: tuple[int, ...] = tuple(gradients[name].shape)[2:]
        size = int(np.prod(cells))
        step = size // cells[0] if cells[0] > 1 and name != "surface" else 0
        return gradients[name].reshape(-1), U(size), U(step)

    _backward(
        U(members), *times, *shares,
        triples["survival"], triples["survival_open"], triples["surface"], levels,
        triples["level"], triples["asfr"], triples["tfr"], triples["srb"], triples["migration"],
        triples["total"], triples["migration_rate"], young, old, flat, weight_step, measures,
        population.reshape(-1), gradients["base"].reshape(-1), pair("survival"),
        pair("survival_open"), pair("surface"), pair("level"), pair("asfr"), pair("tfr"),
        pair("srb"), pair("migration"), pair("total"), pair("migration_rate"),
        U(first), U(gradients["base"].shape[1]), np.empty(8 * 2 * problem.ages),
    )  # fmt: skip
