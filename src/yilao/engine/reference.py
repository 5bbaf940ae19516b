"""The cohort-component method in NumPy, vectorised over members, short enough to read.

Letters: ``m`` members, ``t`` steps, ``s`` sexes (female, male), ``a`` ages, the last one open,
``k`` measures.  P start, X exposed, Q end of a step before the late migrants, M net migrants, D
deaths of the cohort, B births.  Sources of the equations: docs/engine.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from yilao.engine.rates import EMPTY, FEMALE, MALE, Array, Timing


class Step(NamedTuple):
    """Rates of one step, combined: what a pattern and a level give together."""

    survival: Array  # (m, s, a)
    survival_open: Array | None  # (m, s)
    asfr: Array  # (m, a)
    srb: Array  # (m)
    migrants: Array | float  # (m, s, a)


class Moved(NamedTuple):
    """One step done: the states in between, which the flows and the adjoint are made from."""

    exposed: Array  # X (m, s, a)
    before_births: Array  # Q of ages 1 … (m, s, a), the newborn not yet in
    mothers: Array  # births by age of mother (m, a)
    births: Array  # (m, s)
    deaths: Array  # (m, s, a)
    end: Array  # (m, s, a)


def at(array: Array, t: int) -> Array:
    """Slice of step t, whether the array has steps or one for all."""
    return array[:, t if array.shape[1] > 1 else 0]


def between(
    rates: dict[str, Array], levels: Array, t: int
) -> tuple[Array, Array, Array, npt.NDArray[np.int64]]:
    """Rows of the survival surface below and above the level of step t, their weight, the index."""
    level = at(rates["level"], t)
    j = np.clip(np.searchsorted(levels, level, side="right") - 1, 0, len(levels) - 2)
    j = j.astype(np.int64)
    weight = (level - levels[j]) / (levels[j + 1] - levels[j])
    surface = rates["surface"]
    m = np.arange(len(surface)) if len(surface) > 1 else 0
    return surface[m, j], surface[m, j + 1], weight[:, None, None], j


def rates_of(
    rates: dict[str, Array], levels: Array | None, t: int, start: Array, width: float
) -> Step:
    """Combine the factors of step t for a block of members."""
    if levels is not None:
        low, high, weight, _ = between(rates, levels, t)
        survival = low + weight * (high - low)
    else:
        survival = at(rates["survival"], t)
    asfr = at(rates["asfr"], t)
    if "tfr" in rates:
        asfr = asfr * (at(rates["tfr"], t) / width)[:, None]
    migrants: Array | float = 0.0
    if "migration" in rates:
        migrants = at(rates["migration"], t)
        if "total" in rates:
            migrants = migrants * at(rates["total"], t)[:, None, None]
    if "migration_rate" in rates:
        migrants = migrants + width * at(rates["migration_rate"], t) * start
    still = at(rates["survival_open"], t) if "survival_open" in rates else None
    return Step(survival, still, asfr, at(rates["srb"], t), migrants)


def advance(start: Array, step: Step, width: float, when: Timing, out: Array) -> Moved:
    """Carry a population (m, s, a) over one step into ``out``."""
    m = step.migrants
    early = when.start * m
    exposed = start + early
    ages = start.shape[-1]

    # Everyone moves up one age; the two oldest meet in the open group.
    s = np.broadcast_to(step.survival, start.shape)
    arriving = exposed[..., :-1].copy()
    deaths = np.empty_like(start)
    younger, older = exposed[..., -2], exposed[..., -1]
    still = s[..., -1] if step.survival_open is None else step.survival_open
    deaths[..., 1:] = arriving * (1 - s[..., 1:])
    deaths[..., -1] += older * (1 - still)
    arriving[..., -1] += older
    out[..., 1:] = arriving - deaths[..., 1:]
    if when.spectrum:
        # Migrants come at mid-year and live through half a step's mortality.
        moved = np.broadcast_to(m, start.shape)
        ratio = s.copy()
        people = younger + older
        alive = np.divide(out[..., -1], people, out=s[..., -1].copy(), where=people > 0)
        ratio[..., -1] = alive
        out[..., 1:] += moved[..., 1:] * (1 + ratio[..., 1:]) / 2
        deaths[..., 1:] += moved[..., 1:] * (1 - ratio[..., 1:]) / 2
    else:
        out[..., 1:] += (when.before * np.broadcast_to(m, start.shape))[..., 1:]

    # Births to the mean of the women at the start and before the end of the step.
    women = (exposed[:, FEMALE, 1:] + out[:, FEMALE, 1:]) / 2
    mothers = np.zeros((len(start), ages))
    mothers[:, 1:] = width * step.asfr[:, 1:] * women
    total = mothers.sum(axis=-1)
    births = np.empty((len(start), 2))
    births[:, MALE] = total * step.srb / (1 + step.srb)
    births[:, FEMALE] = total / (1 + step.srb)
    infants = np.broadcast_to(m, start.shape)[..., 0]
    if when.spectrum:
        out[..., 0] = births * s[..., 0] + infants * (1 + 2 * s[..., 0]) / 3
        deaths[..., 0] = (births + infants * 2 / 3) * (1 - s[..., 0])
    else:
        deaths[..., 0] = births * (1 - s[..., 0])
        out[..., 0] = births - deaths[..., 0] + when.before * infants
    before_births = out
    if when.after:
        before_births = out.copy()
        out += when.after * m
    return Moved(exposed, before_births, mothers, births, deaths, out)


def below_zero(done: Moved) -> npt.NDArray[np.bool_]:
    """Whether more leave a cohort (m) than it has: by the end of the step, or at its start.

    The early emigrants may outnumber a cohort that later immigrants fill again: its deaths would
    be negative.
    """
    at_end: npt.NDArray[np.bool_] = np.any(done.end < EMPTY, axis=(1, 2))
    at_start: npt.NDArray[np.bool_] = np.any(cohorts(done.exposed) < EMPTY, axis=(1, 2))
    return at_end | at_start


def cohorts(exposed: Array) -> Array:
    """People (…, a - 1) of the cohorts that a step carries on; the two oldest ages are one."""
    together = exposed[..., :-1].copy()
    together[..., -1] += exposed[..., -1]
    return together


def net_migration(migrants: Array | float, when: Timing, shape: tuple[int, ...]) -> Array:
    """Net migrants along cohorts, by the age reached at the end of the step.

    Those who enter at the start are one age older at the end, so that in every cell the end is the
    start plus births, less deaths, plus net migration.
    """
    m = np.broadcast_to(migrants, shape)
    if when.spectrum:
        return m.copy()
    moved = (when.before + when.after) * m
    moved[..., 1:] += when.start * m[..., :-1]
    moved[..., -1] += when.start * m[..., -1]
    return moved


def period_deaths(deaths: Array, lx: Array, person_years: Array, width: float) -> Array:
    """Deaths by age at death from deaths of cohorts, with Buettner's separation factors.

    The share F of a cohort's deaths that falls before its birthday into the higher age is
    (L(a) - n l(a+1)) / (L(a) - L(a+1)); the sum over ages is kept.
    """
    part = person_years[..., :-1] - width * lx[..., 1:]
    whole = person_years[..., :-1].copy()
    whole[..., :-1] -= person_years[..., 1:-1]
    # Where the table has no deaths, or nobody, there is nothing to part: half to each side.
    factor = np.divide(part, whole, out=np.full_like(part, 0.5), where=whole != 0)
    out = np.empty_like(deaths)
    out[..., 0] = deaths[..., 0] + factor[..., 0] * deaths[..., 1]
    out[..., 1:-1] = (1 - factor[..., :-1]) * deaths[..., 1:-1] + factor[..., 1:] * deaths[..., 2:]
    out[..., -1] = (1 - factor[..., -1]) * deaths[..., -1]
    return out


def forward(
    base: Array,
    rates: dict[str, Array],
    levels: Array | None,
    steps: int,
    width: float,
    when: Timing,
    weights: Array | None,
    wanted: dict[str, Array],
    members: int,
) -> npt.NDArray[np.int64]:
    """Project a block of members and write what is wanted; return the first step below zero.

    Parameters
    ----------
    base : (m or 1, s, a); rates : (m or 1, t or 1, …) by name.
    weights : (k, t + 1 or 1, s, a) for ``wanted["sums"]``.
    wanted : arrays (m, …) to write: population (t + 1, s, a), births (t, s), mothers (t, a),
        deaths, period, moved (t, s, a), sums (t + 1, k).
    members : how many there are, shared rates and base included.

    Returns
    -------
    Array
        (m) number of the first step that left a cell below zero, 0 for none.
    """
    negative = np.zeros(members, dtype=np.int64)
    state = np.broadcast_to(base, (members, *base.shape[1:]))
    if "population" in wanted:
        wanted["population"][:, 0] = state
    if weights is not None:
        wanted["sums"][:, 0] = _sums(weights, 0, state)
    for t in range(steps):
        step = rates_of(rates, levels, t, state, width)
        out = wanted["population"][:, t + 1] if "population" in wanted else np.empty(state.shape)
        done = advance(state, step, width, when, out)
        if "births" in wanted:
            wanted["births"][:, t] = done.births
        if "mothers" in wanted:
            wanted["mothers"][:, t] = done.mothers
        if "deaths" in wanted:
            wanted["deaths"][:, t] = done.deaths
        if "period" in wanted:
            lx, big = at(rates["lx"], t), at(rates["person_years"], t)
            wanted["period"][:, t] = period_deaths(done.deaths, lx, big, width)
        if "moved" in wanted:
            wanted["moved"][:, t] = net_migration(step.migrants, when, state.shape)
        if weights is not None:
            wanted["sums"][:, t + 1] = _sums(weights, t + 1, done.end)
        if not isinstance(step.migrants, float):
            negative[below_zero(done) & (negative == 0)] = t + 1
        state = done.end
    return negative


def _sums(weights: Array, t: int, state: Array) -> Array:
    now = weights[:, t if weights.shape[1] > 1 else 0]
    cells = state.shape[1] * state.shape[2]
    summed: Array = state.reshape(len(state), cells) @ now.reshape(len(now), cells).T
    return summed
