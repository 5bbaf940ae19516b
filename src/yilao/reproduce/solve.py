"""Which value of one parameter makes a printed figure true: all claims of a place at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import xarray as xr

from yilao.reproduce.assume import PLAUSIBLE, SEARCHED, Array, Assumption, Knob, knob
from yilao.reproduce.figures import Course, figure
from yilao.reproduce.stated import Claim
from yilao.scenario import LAST_YEAR
from yilao.schema import YilaoError

# Enough for a bracket: the figures bend gently, and turn once at most.
NODES = 33


@dataclass(frozen=True)
class _Target:
    """One number to be met: of which claim, as its value or an end of its interval."""

    claim: int
    end: str
    number: float
    read: Callable[[xr.DataArray], xr.DataArray]

    def miss(self, sums: xr.DataArray) -> Array:
        found: Array = self.read(sums).values - self.number
        return found


def _step(measure: str, year: int, sums: xr.DataArray) -> xr.DataArray:
    """By how much the count grows in the year after ``year``."""
    people = sums.sel(measure=measure, drop=True)
    return people.sel(year=year + 1, drop=True) - people.sel(year=year, drop=True)


def _targets(position: int, claim: Claim, unchanged: xr.DataArray) -> list[_Target]:
    """What is to be met for a claim: its figure and the ends of what it can stand for."""
    year = claim.year or 0
    if claim.measure.form == "peak":
        # It grows in its peak year and no longer in the next: the ends stand still in one of them.
        ends = {"low": year - 1, "high": year}
        return [
            _Target(position, end, 0.0, partial(_step, claim.measure.ages, first))
            for end, first in ends.items()
        ]
    read = partial(figure, claim)
    if claim.value is None:
        here = float(read(unchanged))
        near = claim.nearest(here)
        return [] if claim.holds(here) else [_Target(position, "value", near, read)]
    found = [_Target(position, "value", claim.value, read)]
    if claim.comparator in ("=", "about"):
        found += [_Target(position, end, getattr(claim, end), read) for end in ("low", "high")]
    return found


def solve(run: Course, claims: Sequence[Claim], parameter: str) -> dict[int, Assumption]:
    """Solve for a parameter so that each claim holds; by the position of the claim.

    Every target is a member of one projection.  A grid of settings finds where the figure passes
    it, nearest to the variant's own setting; secant steps within that bracket meet it to a
    billionth.  A range that holds needs nothing and has no entry.
    """
    targets = [t for i, c in enumerate(claims) for t in _targets(i, c, run.sums)]
    last = max((c.year or 0 for c in claims), default=0) + 1
    turned = knob(run, parameter, min(last, LAST_YEAR)) if targets else None
    if turned is None:
        return {}
    grid = np.unique([*np.linspace(*SEARCHED[parameter], NODES), turned.own])
    sums = turned.sums(grid)
    # Settings at which more people leave a cohort than it has are not among those searched.
    possible = np.flatnonzero(sums["first_negative"].values == 0)
    grid, sums = grid[possible], sums.isel(draw=possible)
    misses = np.array([t.miss(sums) for t in targets])
    found = _roots(turned, targets, grid, misses)
    result = {}
    for position in dict.fromkeys(t.claim for t in targets):
        own = [k for k, t in enumerate(targets) if t.claim == position]
        settings = {targets[k].end: float(found[k]) for k in own if np.isfinite(found[k])}
        peak = claims[position].measure.form == "peak"
        if peak and len(settings) == 2:
            settings["value"] = sum(settings.values()) / 2
        given = misses[own[0]] + targets[own[0]].number
        reach = None if peak else (float(given.min()), float(given.max()))
        year = claims[position].year or 0
        result[position] = _stated(turned, settings, year, reach, (grid[0], grid[-1]))
    return result


def _roots(turned: Knob, targets: Sequence[_Target], grid: Array, misses: Array) -> Array:
    """Setting at which each target is met; NaN where no setting of the grid passes it."""
    found = np.full(len(targets), np.nan)
    at = [_bracket(grid, miss, turned.own) for miss in misses]
    met = [i for i, where in enumerate(at) if where is not None]
    if not met:
        return found
    k = np.array([at[i] for i in met], dtype=int)

    def miss(settings: Array) -> Array:
        sums = turned.sums(settings)
        return np.array([targets[i].miss(sums)[j] for j, i in enumerate(met)])

    scale = np.array([max(1.0, abs(targets[i].number)) for i in met])
    found[met] = secant(miss, grid[k], grid[k + 1], misses[met, k], misses[met, k + 1], scale)
    return found


def _bracket(grid: Array, miss: Array, own: float) -> int | None:
    """Where the miss changes its sign from one setting to the next, nearest to ``own``."""
    crossed = np.flatnonzero(np.sign(miss[:-1]) != np.sign(miss[1:]))
    if not len(crossed):
        return None
    middle = (grid[crossed] + grid[crossed + 1]) / 2
    return int(crossed[np.argmin(np.abs(middle - own))])


def secant(
    miss: Callable[[Array], Array], a: Array, b: Array, at_a: Array, at_b: Array, scale: Array
) -> Array:
    """Find the roots of many functions at once by secant steps within brackets (Illinois rule).

    Parameters
    ----------
    miss : values of all functions, each at its own argument.
    a, b, at_a, at_b : ends of the brackets and the values there, of different sign.
    scale : a value within a billionth of it is a root.

    Raises
    ------
    YilaoError
        A function has no root that 80 steps find.

    References
    ----------
    Dowell and Jarratt (1971), A modified regula falsi method, BIT 11, 168-174.
    """
    for _ in range(80):
        spread = np.where(at_b == at_a, 1.0, at_b - at_a)
        x = np.where(at_a == 0, a, b - at_b * (b - a) / spread)
        at_x = miss(x)
        if (np.abs(at_x) <= 1e-9 * scale).all():
            return x
        over = np.sign(at_x) != np.sign(at_b)
        a, at_a = np.where(over, b, a), np.where(over, at_b, at_a / 2)
        b, at_b = x, at_x
    raise YilaoError("solve: no root within 80 steps; a figure jumps where it should pass.")


def _stated(
    turned: Knob,
    settings: dict[str, float],
    year: int,
    reach: tuple[float, float] | None,
    ends: tuple[float, float],
) -> Assumption:
    """Write settings as values of the parameter."""
    tried = np.array([turned.own, *ends, *settings.values()])
    values = [turned.stated(path, year) for path in turned.values(tried)]
    known = dict(zip(settings, values[3:], strict=True))
    judged = settings if turned.parameter == "net_migration" else known
    low, high = PLAUSIBLE[turned.parameter]
    return Assumption(
        parameter=turned.parameter,
        used=values[0],
        needed=known.get("value"),
        low=known.get("low"),
        high=known.get("high"),
        setting=settings.get("value"),
        plausible="value" in judged and low <= judged["value"] <= high,
        reach=reach,
        searched=(min(values[1:3]), max(values[1:3])),
    )
