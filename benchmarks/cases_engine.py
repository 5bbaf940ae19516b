"""The adjoint against a forward run, and one thread against bayesPop's C routine."""

from __future__ import annotations

import numpy as np
import xarray as xr

import yilao
from benchmarks.inputs import factorised, own, six_weights
from benchmarks.registry import Measure, case, over, pick
from benchmarks.timing import THREADS, Array, engine, medians, repeats, touched

AGES = 101


def _beside(base: xr.DataArray, rates: xr.Dataset, size: str) -> tuple[float, float]:
    """Seconds of one gradient and of one forward run, which allocates as the gradient does."""
    weights = six_weights(base).isel(measure=[5])
    chosen = engine(size)

    def backward() -> xr.Dataset:
        return yilao.sensitivity(base, rates, weights, engine=chosen, threads=THREADS)

    def forward() -> None:
        yilao.project(base, rates, engine=chosen, flows=False, threads=THREADS)

    # A measure is linear in base and migration: the gradient times them gives it back.
    found = backward().isel(measure=0, member=0)
    one, mine = base.isel(member=0), rates.isel(member=0)
    key = "net_migration" if "net_migration" in rates else "migration_total"
    value = (found["population"] * one).sum() + (found[key] * mine[key]).sum()
    told = yilao.project_sums(one, mine, weights, engine="numpy").sum()
    np.testing.assert_allclose(float(value), float(told), rtol=1e-9)
    seconds = medians({"backward": backward, "forward": forward}, repeats(size))
    return seconds["backward"], seconds["forward"]


@case("adjoint", "sensitivity of one measure, against one forward run of full populations")
def adjoint(size: str) -> dict[str, Measure]:
    members, years = pick(size, small=(4, 3), medium=(500, 30), full=(2000, 30))
    found = {}
    against = "project(flows=False), the same members, two threads"
    for name, make in (("own rates", own), ("factorised rates", factorised)):
        base, rates = make({"member": members}, years, AGES)
        back, forward = _beside(base, rates, size)
        us = [s / members / years * 1e6 for s in (back, forward)]
        found[f"{name}, per member-year"] = over(us[0], us[1], "us", against, "<= 4")
    return found


# Recorded on a 2-core AMD EPYC machine: bayesPop's C routine alone, 1x1, 131
# ages x 2, and `numpy_step` on the same machine, microseconds per member and step.
BAYESPOP_US, NUMPY_STEP_US = 2.9, 0.39


def numpy_step(
    population: Array, survival: Array, asfr: Array, share: Array, end: Array, women: Array
) -> None:
    """One step of the bare population recursion in NumPy, closed to migration.

    population, survival, end : (m, s, a); asfr, women : (m, a); share : (s) of the newborn.
    ``end`` and ``women`` are written: making 2 MB anew takes longer than the step (2.3 us against
    0.29 for 1,000 members), and how long depends on the system.
    """
    np.multiply(population[..., :-1], survival[..., 1:], out=end[..., 1:])
    end[..., -1] += population[..., -1] * survival[..., -1]
    np.add(population[:, 0], end[:, 0], out=women)
    births = np.einsum("ma,ma->m", asfr, women) / 2
    end[..., 0] = births[:, None] * share * survival[..., 0]


@case("one_thread_131", "population and births by one thread, 131 ages, beside bayesPop's C")
def one_thread_131(size: str) -> dict[str, Measure]:
    ages = 131
    members, years = pick(size, small=(4, 3), medium=(64, 77), full=(256, 77))
    base, rates = own({"member": members}, years, ages, tables=True)
    bare = rates.drop_vars(["lx", "Lx"])
    out = touched((members, years + 1, 2, ages))
    many = pick(size, small=4, medium=1000)
    people, step_rates = own({"member": many}, 1, ages)
    step = (
        people.values,
        step_rates["survival_ratio"].values[:, 0],
        step_rates["asfr"].values[:, 0],
        np.array([1.0, 1.07]) / 2.07,
        end := np.zeros((many, 2, ages)),
        np.zeros((many, ages)),
    )
    # The shipped step is the recursion: a closed projection of one year agrees.
    closed = step_rates.drop_vars("net_migration")
    wanted = yilao.project(people, closed, flows=False, engine="numpy").population.values[:, 1]
    numpy_step(*step)
    np.testing.assert_allclose(end, wanted, rtol=1e-10)

    def call(given: xr.Dataset, flows: list[str]) -> None:
        yilao.project(base, given, engine=engine(size), out=out, flows=flows, threads=1)

    def steps() -> None:
        for _ in range(20):
            numpy_step(*step)

    seconds = medians(
        {
            "without": lambda: call(bare, ["births"]),
            "with": lambda: call(rates, ["births", "deaths_by_age_at_death"]),
            "step": steps,
        },
        repeats(size),
    )
    numpy_us = seconds["step"] / 20 / many * 1e6
    peer = BAYESPOP_US * numpy_us / NUMPY_STEP_US
    against = "bayesPop's C routine, recorded, re-scaled by the NumPy step"
    us = {n: seconds[n] / members / years * 1e6 for n in ("without", "with")}
    return {
        "population and births, per step": over(us["without"], peer, "us", against, "<= 1/6"),
        "with period deaths, per step": over(us["with"], peer, "us", against, "<= 1/3"),
        "NumPy step, per member": Measure(
            numpy_us, "us", "", NUMPY_STEP_US, "recorded beside bayesPop's time"
        ),
    }
