"""Medians of calls that take turns, and the engine that is timed."""

from __future__ import annotations

import importlib.util
import statistics
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

THREADS = 2


def medians(
    calls: Mapping[str, Callable[[], Any]], repeats: int, warm: bool = True
) -> dict[str, float]:
    """Median seconds of each call; they take turns, so that a busy machine slows all alike.

    Each is called once before, untimed: code is compiled and memory touched.
    """
    if warm:
        for call in calls.values():
            call()
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(s) for name, s in seconds.items()}


def repeats(size: str) -> int:
    """Five or more; a smallest run is only there to see that it runs."""
    return 1 if size == "small" else 5


def engine(size: str) -> str:
    """Compiled, where numba is installed; a smallest run takes whatever is at hand."""
    if size == "small":
        return "auto"
    return "numba" if importlib.util.find_spec("numba") else "numpy"


def touched(shape: tuple[int, ...], value: float = 1.0) -> Array:
    """Make an array whose pages are in memory."""
    return np.full(shape, value)


def halves(n: int) -> list[slice]:
    """Two slices of n items, one for each thread."""
    return [slice(0, n // 2), slice(n // 2, n)]


def in_two_threads(work: Callable[[slice], Any], n: int, pool: ThreadPoolExecutor) -> None:
    """Do both halves at once; the threads are there already."""
    list(pool.map(work, halves(n)))


def compile_seconds() -> float | None:
    """Compile the forward kernel and return the seconds it took; None without numba."""
    if not importlib.util.find_spec("numba"):
        return None
    import yilao
    from benchmarks.inputs import factorised, six_weights

    base, rates = factorised({"member": 2}, years=2, ages=101)
    weights = six_weights(base)
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        yilao.project_sums(base, rates, weights, engine="numba", threads=1)
        seconds.append(time.perf_counter() - start)
    return seconds[0] - seconds[1]
