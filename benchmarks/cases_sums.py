"""Weighted sums in one pass, and what grows with what."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import yilao
from benchmarks.inputs import factorised, six_weights
from benchmarks.registry import Measure, case, over, pick
from benchmarks.timing import THREADS, engine, medians, repeats, touched

AGES = 101


@case("sums", "six weighted sums, factorised rates, against the NumPy kernel's full populations")
def sums(size: str) -> dict[str, Measure]:
    members, years = pick(size, small=(8, 3), medium=(4000, 30), full=(20_000, 30))
    base, rates = factorised({"member": members}, years, AGES)
    weights = six_weights(base)
    out = touched((members, years + 1, 2, AGES))

    def compiled() -> np.ndarray:
        return yilao.project_sums(base, rates, weights, engine=engine(size), threads=THREADS).values

    def plain() -> None:
        yilao.project(base, rates, engine="numpy", out=out, flows=False, threads=THREADS)

    plain()
    summed = np.einsum("mtsa,ksa->mtk", out, weights.values)
    np.testing.assert_allclose(compiled(), summed, rtol=1e-10)
    seconds = medians({"sums": compiled, "full": plain}, repeats(size))
    ns = {n: s / members / years * 1e9 for n, s in seconds.items()}
    against = "NumPy kernel, full populations into touched out=, blocks of 256, two threads"
    return {
        "time per member-year": over(ns["sums"], ns["full"], "ns", against, "<= 1/12"),
    }


@case("scaling", "slope of log time over log size, six weighted sums, one thread")
def scaling(size: str) -> dict[str, Measure]:
    # Where each begins; one is doubled three times while the others stay.
    first = pick(
        size,
        small={"member": 2, "area": 2, "draw": 2, "year": 2},
        medium={"member": 4000, "area": 40, "draw": 100, "year": 8},
        full={"member": 10_000, "area": 100, "draw": 100, "year": 15},
    )
    found = {}
    for what in ("members", "areas", "years", "draws"):
        calls: dict[str, Callable[[], Any]] = {}
        steps = [1, 2] if size == "small" else [1, 2, 4, 8]
        for k in steps:
            n = {d: v * (k if what == d + "s" else 1) for d, v in first.items()}
            leading = {"area": n["area"], "draw": n["draw"]}
            if what == "members":
                leading = {"member": n["member"]}
            base, rates = factorised(leading, n["year"], AGES)
            calls[str(k)] = partial(
                yilao.project_sums,
                base,
                rates,
                six_weights(base),
                engine=engine(size),
                threads=1,
            )
        seconds = medians(calls, repeats(size))
        slope = np.polyfit(np.log(steps), np.log([seconds[str(k)] for k in steps]), 1)[0]
        found[what] = Measure(float(slope), "slope", want="<= 1.05")
    return found
