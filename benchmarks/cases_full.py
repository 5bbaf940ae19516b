"""Full populations: bytes per second beside plain copies of memory."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import xarray as xr

import yilao
from benchmarks.inputs import base_of, own
from benchmarks.registry import Measure, case, over, pick
from benchmarks.streams import mixer
from benchmarks.timing import THREADS, Array, engine, in_two_threads, medians, repeats, touched

AGES = 101


def _size(size: str) -> tuple[int, int]:
    return pick(size, small=(8, 3), medium=(2000, 30), full=(10_000, 30))  # type: ignore[no-any-return]


def _bytes(base: xr.DataArray, rates: xr.Dataset) -> int:
    """Bytes read: every array once."""
    return int(base.nbytes + sum(a.nbytes for a in rates.data_vars.values()))


def _run(base: xr.DataArray, rates: xr.Dataset, size: str, out: Array | None) -> Array:
    chosen = engine(size)
    done = yilao.project(base, rates, engine=chosen, out=out, flows=False, threads=THREADS)
    return np.asarray(done.population.values)


def _check(base: xr.DataArray, rates: xr.Dataset, found: Array) -> None:
    """The first members equal the NumPy kernel's."""
    few = {"member": slice(0, 3)}
    rates = rates.isel(few) if "member" in rates.dims else rates
    plain = yilao.project(base.isel(few), rates, engine="numpy", flows=False).population.values
    np.testing.assert_allclose(found[:3], plain, rtol=1e-12)


@case("full_own", "full populations, own rates, out= touched before, against np.copyto")
def full_own(size: str) -> dict[str, Measure]:
    members, years = _size(size)
    base, rates = own({"member": members}, years, AGES)
    out = touched((members, years + 1, 2, AGES))
    total = _bytes(base, rates) + out.nbytes
    source, target = touched((total // 16,)), touched((total // 16,), 2.0)
    _check(base, rates, _run(base, rates, size, out))
    with ThreadPoolExecutor(THREADS) as pool:

        def copy(part: slice) -> None:
            np.copyto(target[part], source[part])

        calls = {
            "yilao": lambda: _run(base, rates, size, out),
            "copy": lambda: np.copyto(target, source),
            "two copies": lambda: in_two_threads(copy, len(source), pool),
        }
        if engine(size) == "numba":
            names = ("survival_ratio", "net_migration", "asfr")
            arrays = tuple(np.asarray(rates[n].values) for n in names)
            mix, mixed = mixer(), touched((members, years, 2, AGES))
            calls["mix"] = lambda: in_two_threads(
                lambda part: mix(arrays, mixed, part, 2 * AGES), members * years, pool
            )
        seconds = medians(calls, repeats(size))
    speed = {n: total / s / 1e9 for n, s in seconds.items()}
    beside = {
        "copy": ("bytes per second", "np.copyto, touched arrays of the same bytes", ">= 0.9"),
        "two copies": ("beside two copies at once", "the same, half a thread", ">= 0.9"),
        "mix": ("beside the same traffic", "the same arrays, one multiply-add a cell", ""),
    }
    return {
        label: over(speed["yilao"], speed[name], "GB/s", what, want, better="higher")
        for name, (label, what, want) in beside.items()
        if name in speed
    }


@case("full_own_public", "the same, the call allocates its result, against ndarray.copy()")
def full_own_public(size: str) -> dict[str, Measure]:
    members, years = _size(size)
    base, rates = own({"member": members}, years, AGES)
    total = _bytes(base, rates) + members * (years + 1) * 2 * AGES * 8
    source = touched((total // 16,))
    _check(base, rates, _run(base, rates, size, None))
    # The result is dropped inside the call that is timed, on both sides.
    seconds = medians(
        {
            "yilao": lambda: _run(base, rates, size, None).size,
            "copy": lambda: source.copy().size,
        },
        repeats(size),
    )
    speed = {n: total / s / 1e9 for n, s in seconds.items()}
    against = "ndarray.copy() of the same bytes, which allocates too"
    return {
        "bytes per second": over(
            speed["yilao"], speed["copy"], "GB/s", against, ">= 0.8", better="higher"
        )
    }


@case("full_shared", "full populations, rates shared by all members, against ndarray.fill")
def full_shared(size: str) -> dict[str, Measure]:
    members, years = _size(size)
    _, rates = own({}, years, AGES)
    base = base_of({"member": members}, AGES)
    out = touched((members, years + 1, 2, AGES))
    target = touched((out.size,), 2.0)
    _check(base, rates, _run(base, rates, size, out))
    with ThreadPoolExecutor(THREADS) as pool:
        seconds = medians(
            {
                "yilao": lambda: _run(base, rates, size, out),
                "fill": lambda: in_two_threads(lambda s: target[s].fill(3.0), out.size, pool),
            },
            repeats(size),
        )
    speed = {n: out.nbytes / s / 1e9 for n, s in seconds.items()}
    return {
        "bytes written per second": over(
            speed["yilao"],
            speed["fill"],
            "GB/s",
            "ndarray.fill, two threads, a touched array of the same bytes",
            ">= 0.6",
            better="higher",
        ),
        "time per member-year": Measure(seconds["yilao"] / members / years * 1e9, "ns"),
    }
