"""Choosing a kernel, cutting members into blocks, and handing blocks to threads."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from yilao.engine import reference
from yilao.engine.rates import Array, Member, Problem, Timing
from yilao.engine.threads import cut, in_threads

ENGINES = ("auto", "numpy", "numba")
# Compiling takes four to nine seconds; NumPy does about a million member-years in that time.
WORTH_COMPILING = 3_000_000
# Once compiled, the call of the compiled kernel costs less than NumPy from here on.
WORTH_CALLING = 2_000
# Members that NumPy takes together: their state stays in the second-level cache (256 members:
# 1.3 us a member-year, 16: 2.7 us).
NUMPY_BLOCK = 256

BY_AGE_AND_STEP = ("survival", "asfr", "migration", "migration_rate")
OUTPUTS = ("population", "births", "mothers", "deaths", "period", "moved", "sums")


class Result(NamedTuple):
    """Arrays (members, …) by name, and the first step below zero of every member (0: none).

    bad : the first member with a value outside what its rate allows; -1 for none.
    """

    arrays: dict[str, Array]
    negative: npt.NDArray[np.int64]
    bad: int


def choose(engine: str, work: int) -> str:
    """Name the kernel: ``work`` is members times steps (times measures for the adjoint)."""
    if engine == "numba" and not importlib.util.find_spec("numba"):
        raise ImportError(
            "engine 'numba' needs the package numba: pip install numba, or use 'auto'."
        )
    if engine != "auto":
        return engine
    compiled = "yilao.engine.compiled" in sys.modules
    if work < (WORTH_CALLING if compiled else WORTH_COMPILING):
        return "numpy"
    return "numba" if importlib.util.find_spec("numba") else "numpy"


def shapes(problem: Problem, measures: int) -> dict[str, tuple[int, ...]]:
    """Shape of every output of one member."""
    t, a = problem.steps, problem.ages
    return {
        "population": (t + 1, 2, a),
        "births": (t, 2),
        "mothers": (t, a),
        "deaths": (t, 2, a),
        "period": (t, 2, a),
        "moved": (t, 2, a),
        "sums": (t + 1, measures),
    }


def project_members(
    problem: Problem,
    when: Timing,
    outputs: Iterable[str],
    *,
    weights: Array | None = None,
    bounds: dict[str, tuple[float, float]] | None = None,
    engine: str = "auto",
    threads: int | None = None,
    out: Array | None = None,
    tell: Callable[[int], None] | None = None,
) -> Result:
    """Project every member of a problem.

    Parameters
    ----------
    problem, when : of `lay_out` and `timing`.
    outputs : names out of `OUTPUTS`.
    weights : (k, t + 1 or 1, s, a), for ``sums``.
    bounds : lowest and highest value allowed by rate (and ``base``); the compiled kernel checks
        the rows of a member while it has them in the cache, so that checking costs no second
        reading; the NumPy kernel leaves checking to its caller.
    threads : at most this many; by default the cores of the process.
    out : (members, t + 1, s, a) for the population.
    tell : is told of members done.
    """
    measures = 0 if weights is None else len(weights)
    size = shapes(problem, measures)
    arrays = {n: np.empty((problem.members, *size[n])) for n in outputs if n != "population"}
    if "population" in outputs:
        whole = (problem.members, *size["population"])
        arrays["population"] = np.empty(whole) if out is None else out.reshape(whole)
    negative = np.zeros(problem.members, dtype=np.int64)
    if choose(engine, problem.members * problem.steps) == "numba":
        from yilao.engine import launch

        bad = launch.forward(problem, when, weights, bounds or {}, arrays, negative, threads, tell)
        return Result(arrays, negative, bad)

    def block(first: int, last: int) -> None:
        rates = problem.each(lambda rate: rate.block(first, last))
        part = {n: a[first:last] for n, a in arrays.items()}
        base = problem.base.block(first, last)
        negative[first:last] = reference.forward(
            base,
            rates,
            problem.levels,
            problem.steps,
            problem.width,
            when,
            weights,
            part,
            last - first,
        )

    in_threads(block, cut(problem.members, NUMPY_BLOCK), threads, tell)
    return Result(arrays, negative, -1)


def after_early_migrants(problem: Problem, when: Timing, step: int, start: Array) -> Array:
    """People (s, a - 1) of the cohorts of a single member once the early migrants have moved.

    step : number of the step, from 1; start : (s, a) before it.
    """
    t = step - 1
    rates = problem.each(lambda rate: rate.block(0, 1))
    now = reference.rates_of(rates, problem.levels, t, start[None], problem.width)
    left: Array = reference.cohorts(start + when.start * now.migrants)[0]
    return left


def gradients(
    problem: Problem,
    when: Timing,
    weights: Array,
    *,
    bounds: dict[str, tuple[float, float]] | None = None,
    engine: str = "auto",
    threads: int | None = None,
    tell: Callable[[int], None] | None = None,
) -> Result:
    """Gradient of every measure to base and rates, (k, members, …) by name.

    ``bounds`` and ``tell`` as for `project_members`.
    """
    members, measures = problem.members, len(weights)

    chosen = choose(engine, members * problem.steps * measures)

    def room(name: str, member: Member) -> Array:
        cells = member.values.shape[1:]
        # The compiled kernel writes every step once; what it adds up begins at zero.
        once = name == "base" or (name in BY_AGE_AND_STEP and cells[0] > 1)
        make = np.empty if once and chosen == "numba" else np.zeros
        return make((measures, members, *cells))

    found = {n: room(n, m) for n, m in problem.rates.items() if n not in ("lx", "person_years")}
    found["base"] = room("base", problem.base)
    negative = np.zeros(members, dtype=np.int64)
    if chosen == "numba":
        from yilao.engine import launch

        bad = launch.backward(problem, when, weights, bounds or {}, found, negative, threads, tell)
        return Result(found, negative, bad)

    from yilao.engine import adjoint

    def block(first: int, last: int) -> None:
        part = {n: a[:, first:last] for n, a in found.items()}
        rates = problem.each(lambda rate: rate.block(first, last))
        base = problem.base.block(first, last)
        negative[first:last] = adjoint.backward(
            base, rates, problem.levels, problem.steps, problem.width, when, weights, part
        )

    in_threads(block, cut(members, NUMPY_BLOCK), threads, tell)
    return Result(found, negative, -1)
