"""Handing a problem to the compiled kernels: flat arrays, offsets, threads."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from yilao.engine import compiled, compiled_adjoint
from yilao.engine.compiled import RATES
from yilao.engine.rates import Array, Member, Problem, Timing
from yilao.engine.threads import cut, in_threads, threads_available

U = np.uint64
Rows = npt.NDArray[np.uint64]
Triple = tuple[Array, Rows, np.uint64]

# numba's own annotations do not know what it has compiled.
_forward: Any = compiled.forward
_backward: Any = compiled_adjoint.backward

_NONE: Array = np.zeros(0)
# Rates of at most so many values are laid out in whole cache lines (a quarter of a megabyte).
SMALL = 2**15
# A call of the kernel then takes about a tenth of a second (30 years), so that a bar moves.
MOST_MEMBERS = 10_000
# A result of this size does not stay in the caches of one core.
PAST_BYTES = 16 * 2**20


def _triple(member: Member | None, members: int) -> Triple:
    """Flat values, offset of every member's row, offset from step to step (0: all steps alike).

    Of a survival surface the second offset is that from level to level.
    """
    if member is None:
        return _NONE, np.zeros(members, dtype=U), U(0)
    values = member.values
    if values.ndim > 2 and len(values) == 1 and values.size <= SMALL:
        # Read again and again by all: rows begin with a cache line.
        cells = int(np.prod(values.shape[2:]))
        lines = _aligned((*values.shape[:2], -(-cells // 8) * 8))
        lines[..., :cells] = values.reshape(*values.shape[:2], cells)
        values = lines
    row_size = int(np.prod(values.shape[1:]))
    step = row_size // values.shape[1] if values.shape[1] > 1 else 0
    rows = (member.row * row_size).astype(U)
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


def _aligned(shape: tuple[int, ...]) -> Array:
    """Zeros that begin with a cache line: a load across two lines takes twice as long."""
    size = int(np.prod(shape))
    room = np.zeros(size + 7)
    start = -(room.ctypes.data // 8) % 8
    return room[start : start + size].reshape(shape)


def _weights(weights: Array | None, ages: int) -> tuple[Array, np.uint64, Rows, Rows, np.uint64]:
    """Flat weights (t, k, cells), their step, spans of cells that are not all zero, their number.

    Cells are filled up with zeros to sixteens.  A measure has one span over both sexes, or one for
    each sex where that leaves out more than a short loop costs (about 30 cells).
    """
    if weights is None or len(weights) == 0:
        return _NONE, U(0), np.zeros(2, dtype=U), np.zeros(1, dtype=U), U(0)
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
        spans += by_sex
        span_of.append(len(spans))
    flat = _aligned((times, k, -(-2 * ages // 16) * 16))
    flat[..., : 2 * ages] = weights.swapaxes(0, 1).reshape(times, k, 2 * ages)
    step = flat[0].size if times > 1 else 0
    ends = np.array(spans, dtype=U).reshape(-1) if spans else np.zeros(2, dtype=U)
    return flat.reshape(-1), U(step), ends, np.array(span_of, dtype=U), U(k)


def _levels(problem: Problem) -> Array:
    return _NONE if problem.levels is None else _one_type(np.ascontiguousarray(problem.levels))


def _checks(
    problem: Problem, when: Timing, bounds: dict[str, tuple[float, float]], period: bool
) -> tuple[Rows, Rows, Array]:
    """How many values of a member's row to check, how many before it begins, and their bounds.

    Shared rates: none.  Own survival and fertility are checked where they are used, and with
    survival the migrants; life tables where deaths by age at death are made.
    """
    counts = np.zeros(len(RATES) + 1, dtype=U)
    # Without bounds nothing is in doubt: the kernel would look at every cell of every step again.
    limits = np.tile([-np.inf, np.inf], (len(RATES) + 1, 1))
    names = (*RATES, "base")
    for i, name in enumerate(names):
        member = problem.base if name == "base" else problem.rates.get(name)
        # The levels of a surface are checked before: no value of it tells alone.
        if member is None or name not in bounds or name == "surface":
            continue
        if len(member.values) > 1:
            counts[i] = int(np.prod(member.values.shape[1:]))
            limits[i] = bounds[name]
    later = ["lx", "person_years"] if period else []
    # Less than eight cells are not taken at once: the first would be left out.
    if counts[names.index("survival")] and 2 * problem.ages >= 8 and not when.spectrum:
        later += ["survival", "asfr"]
        if not {"total", "migration_rate"} & set(problem.rates):
            later.append("migration")
    first_look = np.where([n in later for n in names], U(0), counts)
    return counts, first_look, limits


def _past(results: list[Array]) -> bool:
    """Whether results are written past the cache: they are too large to stay there.

    A whole line is written at an address that 64 divides, so doubles must lie at multiples of 8.
    """
    large = sum(r.nbytes for r in results) > PAST_BYTES
    return large and all(r.ctypes.data % 8 == 0 for r in results)


def _scratch(ages: int, more: int = 0) -> Array:
    padded = -(-2 * ages // 16) * 16
    return _aligned(((2 + compiled.BUFFERS + more) * padded,))


def forward(
    problem: Problem,
    when: Timing,
    weights: Array | None,
    bounds: dict[str, tuple[float, float]],
    arrays: dict[str, Array],
    negative: npt.NDArray[np.int64],
    threads: int | None,
    tell: Callable[[int], None] | None = None,
) -> int:
    """Project all members; return the first one with a value out of bounds, or -1."""
    members = problem.members
    triples = {n: _triple(problem.rates.get(n), members) for n in RATES}
    base = _triple(Member(problem.base.values[:, None], problem.base.row), members)
    flat, weight_step, spans, span_of, measures = _weights(weights, problem.ages)
    levels = _levels(problem)
    wanted = [
        arrays[n].reshape(-1) if n in arrays else _NONE
        for n in ("population", "births", "mothers", "deaths", "period", "moved", "sums")
    ]
    counts, first_look, limits = _checks(problem, when, bounds, "period" in arrays)
    past = _past(wanted)

    def block(first: int, last: int) -> int:
        found: int = _forward(
            U(first), U(last), U(problem.steps), U(problem.ages), problem.width,
            when.spectrum, when.start, when.before, when.after,
            base, triples["survival"], triples["survival_open"], triples["surface"], levels,
            triples["level"], triples["asfr"], triples["tfr"], triples["srb"],
            triples["migration"], triples["total"], triples["migration_rate"],
            triples["lx"], triples["person_years"],
            flat, weight_step, spans, span_of, measures, counts, first_look, limits,
            *wanted, past, U(0), negative, _scratch(problem.ages),
        )  # fmt: skip
        return found

    return _first_bad(block, members, threads, tell)


def backward(
    problem: Problem,
    when: Timing,
    weights: Array,
    bounds: dict[str, tuple[float, float]],
    gradients: dict[str, Array],
    negative: npt.NDArray[np.int64],
    threads: int | None,
    tell: Callable[[int], None] | None = None,
) -> int:
    """Gradients of all members into arrays (k, members, …); those without steps hold zeros.

    ``negative`` gets the first step below zero of every member.  Return the first one with a value
    out of bounds, or -1.
    """
    members = problem.members
    triples = {n: _triple(problem.rates.get(n), members) for n in RATES}
    base = _triple(Member(problem.base.values[:, None], problem.base.row), members)
    flat, weight_step, spans, span_of, measures = _weights(weights, problem.ages)
    levels = _levels(problem)
    counts, first_look, limits = _checks(problem, when, bounds, period=False)
    past = _past(list(gradients.values()))

    def of(name: str) -> tuple[Array, np.uint64, np.uint64]:
        if name not in gradients:
            return _NONE, U(0), U(0)
        cells = gradients[name].shape[2:]
        size = int(np.prod(cells))
        step = size // cells[0] if cells[0] > 1 and name != "surface" else 0
        return gradients[name].reshape(-1), U(size), U(step)

    def block(first: int, last: int) -> int:
        found: int = _backward(
            U(first), U(last), U(problem.steps), U(problem.ages), problem.width,
            when.spectrum, when.start, when.before, when.after,
            base, triples["survival"], triples["survival_open"], triples["surface"], levels,
            triples["level"], triples["asfr"], triples["tfr"], triples["srb"],
            triples["migration"], triples["total"], triples["migration_rate"],
            triples["lx"], triples["person_years"],
            flat, weight_step, spans, span_of, measures, counts, first_look, limits, _NONE,
            of("base"), of("survival"), of("survival_open"), of("surface"), of("level"),
            of("asfr"), of("tfr"), of("srb"), of("migration"), of("total"), of("migration_rate"),
            U(members), past, negative, np.empty((problem.steps + 1) * 2 * problem.ages),
            np.empty(problem.steps * 2), _scratch(problem.ages, compiled_adjoint.BUFFERS),
        )  # fmt: skip
        return found

    return _first_bad(block, members, threads, tell)


def _first_bad(
    block: Callable[[int, int], int],
    members: int,
    threads: int | None,
    tell: Callable[[int], None] | None,
) -> int:
    """Do all members in threads until one is bad: return it, or -1.

    In more blocks than threads: a busy core then holds up a block, not half the work.
    """
    if members == 0:
        return -1
    workers = min(threads or threads_available(), members)
    bad: list[int] = []

    def watched(first: int, last: int) -> None:
        if not bad and (found := block(first, last)) >= 0:
            bad.append(int(found))

    size = min(max(1, -(-members // (workers * 8))), MOST_MEMBERS)
    in_threads(watched, cut(members, size), workers, tell)
    return min(bad, default=-1)
