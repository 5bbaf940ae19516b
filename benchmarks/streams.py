"""What memory gives to the traffic of a projection: the same arrays, one multiply-add a cell."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.timing import Array


def mixer() -> Any:
    """Compile `mix(survival, migration, asfr, out, first, last, row)`; needs numba.

    Rows ``first`` … ``last`` - 1: survival and migration (``row`` cells each) and asfr (half as
    many) are read, a row is written past the cache; the next row is fetched meanwhile.
    """
    from yilao.engine.intrinsics import (
        EIGHT,
        TWO,
        ZERO,
        U,
        fetch,
        load,
        pointer,
        store,
        times_plus,
    )
    from yilao.engine.loops import jit, put

    @jit
    def mix(survival, migration, asfr, out, first, last, row, scratch):  # type: ignore[no-untyped-def]
        s, m, f = pointer(survival), pointer(migration), pointer(asfr)
        to, buffer = pointer(out), pointer(scratch)
        half = row // TWO
        for r in range(first, last):
            at, at_f = r * row, r * half
            for a in range(ZERO, row // EIGHT * EIGHT, EIGHT):
                fetch(s, at + row + a)
                fetch(m, at + row + a)
                b = min(a, half - EIGHT)
                if a < half:
                    fetch(f, at_f + half + a)
                value = times_plus(load(s, at + a), load(m, at + a), load(f, at_f + b))
                store(buffer, a, value)
            put(to, at, buffer, ZERO, row, True)
        scratch[0] = 0.0

    def call(arrays: tuple[Array, Array, Array], out: Array, rows: slice, row: int) -> None:
        flat = [a.reshape(-1) for a in (*arrays, out)]
        mix(*flat, U(rows.start), U(rows.stop), U(row), np.zeros(row))

    return call
