"""The registry of cases: a name, a sentence, and a function of a size that returns measures."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

SIZES = ("small", "medium", "full")
# A case runs at a size and returns its measures by name.
Run = Callable[[str], "dict[str, Measure]"]

_HOLDS = {"<=": operator.le, "<": operator.lt, ">=": operator.ge, ">": operator.gt}


@dataclass(frozen=True)
class Measure:
    """One number of a case.

    value, unit : what was measured, a median.
    better : whether ``lower`` or ``higher`` values are better; ``""`` for what is only told.
    beside, against : the number measured beside it in the same run, and what that is.
    ratio : value over beside, or another ratio that the case names.
    want : the reach, ``"<= 1/12"``: of the ratio, or of the value where there is no ratio.
    """

    value: float
    unit: str
    better: str = "lower"
    beside: float | None = None
    against: str = ""
    ratio: float | None = None
    want: str = ""

    @property
    def ok(self) -> bool | None:
        """Whether the reach is kept; None where there is none."""
        if not self.want:
            return None
        sign, bound = self.want.split()[:2]
        number = self.value if self.ratio is None else self.ratio
        return bool(_HOLDS[sign](number, float(Fraction(bound))))


def over(
    value: float, beside: float, unit: str, against: str, want: str = "", better: str = "lower"
) -> Measure:
    """Measure a value against another of the same unit, measured in the same run."""
    return Measure(value, unit, better, beside, against, value / beside, want)


@dataclass(frozen=True)
class Case:
    """A registered case; ``title`` is what it measures, in one line."""

    name: str
    title: str
    run: Run


CASES: dict[str, Case] = {}


def case(name: str, title: str) -> Callable[[Run], Run]:
    """Register a function as a case."""

    def register(run: Run) -> Run:
        if name in CASES:
            raise ValueError(f"case {name!r} is registered twice")
        CASES[name] = Case(name, title, run)
        return run

    return register


def load() -> dict[str, Case]:
    """All cases, in the order of the table."""
    from benchmarks import cases_full, cases_sums, cases_many, cases_engine, cases_start  # noqa: F401, I001
    from benchmarks import cases_mortality  # noqa: F401

    return CASES


def peak_mb() -> float:
    """Peak resident memory of this process in MB.

    ``VmHWM`` where there is one: ``ru_maxrss`` begins, on Linux, at the peak of the process that
    started this one.
    """
    import resource

    try:
        with open("/proc/self/status", encoding="ascii") as file:
            line = next(x for x in file if x.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    except (OSError, StopIteration):
        unit = 2**20 if sys.platform == "darwin" else 2**10
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def pick(size: str, **options: Any) -> Any:
    """Choose by size; a size that is not given takes the next smaller one."""
    for name in SIZES[SIZES.index(size) :: -1]:
        if name in options:
            return options[name]
    raise KeyError(size)
