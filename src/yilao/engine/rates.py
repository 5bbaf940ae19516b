"""What the kernels eat: rates as plain arrays, shared or own, with or without years."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

FEMALE, MALE = 0, 1
CONVENTIONS = ("un", "leslie", "spectrum")
# A cell a millionth of a person below zero is empty by rounding (a cohort of a hundred million has
# errors of 1e-8), not by emigration: nothing is clamped, nothing raised.
EMPTY = -1e-6
# Printed life tables of radix 100,000 are rounded: so much may Lx pass n l, a year of age.
TABLE_SLACK = 2e-5


class Rates(NamedTuple):
    """Rates of every step, leading dimensions first (they broadcast), then ``t`` steps.

    The steps of any array may be 1: the same in every step.  ``s`` is female, male; ``a`` ages.

    asfr            (..., t, a)     births per woman and year, or a pattern that sums to 1 …
    srb             (..., t)        males per female at birth
    survival        (..., t, s, a)  ratio into the age; [0] from birth, [-1] into the open group
    tfr             (..., t)        … with its level: rates are pattern times level over width
    survival_open   (..., t, s)     ratio of those already in the open group; [-1] is then for
                                    those who enter it
    surface         (..., l, s, a)  instead of ``survival``: ratios by mortality level …
    levels          (l)             … at these levels, ascending …
    level           (..., t)        … read at this level, linearly between rows
    migration       (..., t, s, a)  net migrants of a step, or a profile that sums to 1 …
    total           (..., t)        … with its total
    migration_rate  (..., t, s, a)  per person of the starting population and year, besides
    lx, person_years (..., t, s, a) life-table columns, for deaths by age at death
    """

    asfr: Array
    srb: Array
    survival: Array | None = None
    tfr: Array | None = None
    survival_open: Array | None = None
    surface: Array | None = None
    levels: Array | None = None
    level: Array | None = None
    migration: Array | None = None
    total: Array | None = None
    migration_rate: Array | None = None
    lx: Array | None = None
    person_years: Array | None = None


# Dimensions of a cell behind the leading ones, steps included.
CORE: dict[str, int] = {
    "asfr": 2,
    "srb": 1,
    "survival": 3,
    "tfr": 1,
    "survival_open": 2,
    "surface": 3,
    "level": 1,
    "migration": 3,
    "total": 1,
    "migration_rate": 3,
    "lx": 3,
    "person_years": 3,
}


class Timing(NamedTuple):
    """When migrants enter: shares at the start, before the births are counted, and after.

    un, even      half at the start, half before the births (the end term has all of them)
    leslie, even  half at the start, half after the births
    end           all after the births
    spectrum      mid-year, with half a step's survival; births see the migrants
    """

    start: float
    before: float
    after: float
    spectrum: bool


# The convention of the United Nations with migrants spread evenly: the default everywhere.
UN = Timing(0.5, 0.5, 0.0, False)


def timing(convention: str, migrants: str) -> Timing | None:
    """Shares of a convention and a timing of migrants; None where the pair is not defined."""
    if migrants == "end" and convention in ("un", "leslie"):
        return Timing(0.0, 0.0, 1.0, False)
    return {
        ("un", "even"): UN,
        ("leslie", "even"): Timing(0.5, 0.0, 0.5, False),
        ("spectrum", "even"): Timing(0.0, 1.0, 0.0, True),
    }.get((convention, migrants))


class Member(NamedTuple):
    """A rate with its members in one row each: ``values`` (r, …), ``row`` of every member."""

    values: Array
    row: npt.NDArray[np.int64]

    def block(self, first: int, last: int) -> Array:
        """Values of members first … last - 1, as a view where they lie in order or are shared."""
        rows = self.row[first:last]
        if rows[0] == rows[-1] and (rows == rows[0]).all():
            return self.values[rows[0] : rows[0] + 1]
        if rows[-1] - rows[0] == len(rows) - 1 and (np.diff(rows) == 1).all():
            return self.values[rows[0] : rows[-1] + 1]
        return self.values[rows]


class Problem(NamedTuple):
    """A projection with its members laid in a row.

    shape : the leading dimensions, which the members fill in C order.
    base : (…, s, a); rates : by the names of `Rates`; absent ones are not there.
    """

    shape: tuple[int, ...]
    members: int
    steps: int
    ages: int
    width: float
    base: Member
    rates: dict[str, Member]
    levels: Array | None

    def each(self, make: Callable[[Member], Array]) -> dict[str, Array]:
        """Apply a function to every rate."""
        return {name: make(member) for name, member in self.rates.items()}


def lay_out(base: Array, rates: Rates, width: float = 1.0, *, keep_steps: bool = False) -> Problem:
    """Lay the members in a row without copying what they share.

    ``keep_steps`` keeps an axis of steps that is only read through: gradients need every step.
    """
    given = {n: a for n in CORE if (a := getattr(rates, n)) is not None}
    leads = [base.shape[:-2], *(a.shape[: a.ndim - CORE[n]] for n, a in given.items())]
    shape = np.broadcast_shapes(*leads)
    members = int(np.prod(shape, dtype=np.int64))

    def member(array: Array, core: int) -> Member:
        lead = array.shape[: array.ndim - core]
        rows = np.arange(int(np.prod(lead, dtype=np.int64))).reshape(lead)
        # Dimensions that a rate is only read through (stride 0) keep one row.
        for axis, stride in enumerate(array.strides[: len(lead)]):
            if stride == 0 and lead[axis] > 1:
                first = (slice(None),) * axis + (slice(0, 1),)
                array = array[first]
                lead = array.shape[: len(lead)]
                rows = np.arange(int(np.prod(lead, dtype=np.int64))).reshape(lead)
        row = np.ascontiguousarray(np.broadcast_to(rows, shape)).ravel()
        cells = array.shape[array.ndim - core :]
        flat = np.ascontiguousarray(array, dtype=np.float64).reshape(-1, *cells)
        return Member(flat, row)

    laid = {n: member(a if keep_steps else _one_step(a, n), CORE[n]) for n, a in given.items()}
    steps = max(a.shape[a.ndim - CORE[n]] for n, a in given.items() if n != "surface")
    return Problem(
        shape, members, steps, base.shape[-1], width, member(base, 2), laid, rates.levels
    )


def _one_step(array: Array, name: str) -> Array:
    """Keep one step of an array that is only read through its steps (stride 0)."""
    axis = array.ndim - CORE[name]
    if name != "surface" and array.shape[axis] > 1 and array.strides[axis] == 0:
        return array[(slice(None),) * axis + (slice(0, 1),)]
    return array
