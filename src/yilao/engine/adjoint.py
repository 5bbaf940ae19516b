"""The projection run backwards in NumPy: gradients of weighted sums to every input.

A projection carries P(t) to P(t + 1); the backward sweep carries the price of a person at t + 1
(what one more of that sex and age would add to the measure) to t, and reads off on the way what
one more migrant, birth or survivor is worth.  It is exact: no step is approximated.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from yilao.engine.rates import FEMALE, MALE, Array, Timing
from yilao.engine.reference import Moved, Step, advance, at, below_zero, between, rates_of


def backward(
    base: Array,
    rates: dict[str, Array],
    levels: Array | None,
    steps: int,
    width: float,
    when: Timing,
    weights: Array,
    gradients: dict[str, Array],
) -> npt.NDArray[np.int64]:
    """Add the gradients of each measure for a block of members into ``gradients``.

    Returns (m) the first step that leaves a cell below zero, 0 for none.

    Parameters
    ----------
    base, rates, levels, steps, width, when : as for `forward`.
    weights : (k, t + 1 or 1, s, a); a measure is its sum over all times, sexes and ages.
    gradients : zeroed arrays (k, m, …) by name of the rate, with the steps that the rate has, and
        ``base`` (k, m, s, a).
    """
    members = gradients["base"].shape[1]
    shape = (members, *base.shape[1:])
    path = np.empty((steps + 1, *shape))
    path[0] = base
    done: list[tuple[Step, Moved]] = []
    for t in range(steps):
        step = rates_of(rates, levels, t, path[t], width)
        done.append((step, advance(path[t], step, width, when, path[t + 1])))
    for k in range(len(weights)):
        price = np.broadcast_to(_weights(weights, k, steps), shape).copy()
        for t in reversed(range(steps)):
            price = _one_step(
                price,
                path[t],
                *done[t],
                rates,
                levels,
                t,
                width,
                when,
                {n: g[k] for n, g in gradients.items()},
            )
            price += _weights(weights, k, t)
        gradients["base"][k] += price
    below = np.stack([below_zero(moved) for _, moved in done])
    return np.where(below.any(axis=0), below.argmax(axis=0) + 1, 0)


def _weights(weights: Array, k: int, t: int) -> Array:
    now: Array = weights[k, t if weights.shape[1] > 1 else 0]
    return now


def _one_step(
    price: Array,
    start: Array,
    step: Step,
    moved: Moved,
    rates: dict[str, Array],
    levels: Array | None,
    t: int,
    width: float,
    when: Timing,
    gradients: dict[str, Array],
) -> Array:
    """Carry the price of a person at the end of step t to its start."""
    s = np.broadcast_to(step.survival, start.shape)
    m = np.broadcast_to(step.migrants, start.shape)
    still = s[..., -1] if step.survival_open is None else step.survival_open
    d_migrants = when.after * price
    d_end = price.copy()

    # Age 0 comes from births, births from the women at both ends of the step.
    newborn = price[..., 0]
    srb = step.srb
    share = np.stack([1 / (1 + srb), srb / (1 + srb)], axis=-1)
    per_birth = newborn * s[..., 0]
    d_births = (per_birth * share).sum(axis=-1)
    infants = m[..., 0]
    d_survival = np.zeros_like(start)
    d_survival[..., 0] = newborn * moved.births
    if when.spectrum:
        d_survival[..., 0] += newborn * infants * 2 / 3
        d_migrants[..., 0] += newborn * (1 + 2 * s[..., 0]) / 3
    else:
        d_migrants[..., 0] += when.before * newborn
    total = moved.births.sum(axis=-1)
    d_srb = total * (per_birth[:, MALE] - per_birth[:, FEMALE]) / (1 + srb) ** 2
    women = (moved.exposed[:, FEMALE] + moved.before_births[:, FEMALE]) / 2
    d_asfr = width * d_births[:, None] * women
    d_asfr[:, 0] = 0.0
    d_women = width * d_births[:, None] * step.asfr / 2
    d_women = np.broadcast_to(d_women, women.shape).copy()
    d_women[:, 0] = 0.0
    d_end[:, FEMALE] += d_women
    d_end[..., 0] = 0.0

    # Survivors: Q[a] = X[a-1] S[a] (+ migrants), the open group from the two oldest ages.
    x = moved.exposed
    d_exposed = np.zeros_like(start)
    d_exposed[:, FEMALE] += d_women
    inner = d_end[..., 1:-1]
    if when.spectrum:
        d_survival[..., 1:-1] = inner * (x[..., :-2] + m[..., 1:-1] / 2)
        d_migrants[..., 1:-1] += inner * (1 + s[..., 1:-1]) / 2
    else:
        d_survival[..., 1:-1] = inner * x[..., :-2]
        d_migrants[..., 1:] += when.before * d_end[..., 1:]
    d_exposed[..., :-2] += inner * s[..., 1:-1]
    oldest = d_end[..., -1]
    d_alive, d_people = oldest, np.zeros_like(oldest)
    if when.spectrum:
        people = x[..., -2] + x[..., -1]
        alive = x[..., -2] * s[..., -1] + x[..., -1] * still
        some = people > 0
        safe = np.where(some, people, 1.0)
        closing = s[..., -1]
        d_migrants[..., -1] += oldest * (1 + np.where(some, alive / safe, closing)) / 2
        d_alive = oldest * np.where(some, 1 + m[..., -1] / (2 * safe), 1.0)
        d_people = np.where(some, -oldest * m[..., -1] * alive / (2 * safe**2), 0.0)
    d_exposed[..., -2] += d_alive * s[..., -1] + d_people
    d_exposed[..., -1] += d_alive * still + d_people
    d_open = d_alive * x[..., -1]
    d_survival[..., -1] = d_alive * x[..., -2]
    if when.spectrum:
        d_survival[..., -1] += np.where(some, 0.0, oldest * m[..., -1] / 2)
    if step.survival_open is None:
        d_survival[..., -1] += d_open
    else:
        _add(gradients, "survival_open", d_open, t)

    d_start = d_exposed
    d_migrants += when.start * d_exposed
    if "migration_rate" in gradients:
        _add(gradients, "migration_rate", width * d_migrants * start, t)
        d_start = d_start + width * d_migrants * at(rates["migration_rate"], t)
    _add(gradients, "srb", d_srb, t)
    _fertility(gradients, rates, d_asfr, t, width)
    _migration(gradients, rates, d_migrants, t)
    _survival(gradients, rates, levels, d_survival, t)
    return d_start


def _add(gradients: dict[str, Array], name: str, value: Array, t: int) -> None:
    gradients[name][:, t if gradients[name].shape[1] > 1 else 0] += value


def _fertility(
    gradients: dict[str, Array], rates: dict[str, Array], d_asfr: Array, t: int, width: float
) -> None:
    if "tfr" not in rates:
        _add(gradients, "asfr", d_asfr, t)
        return
    d_asfr = d_asfr / width
    _add(gradients, "asfr", d_asfr * at(rates["tfr"], t)[:, None], t)
    _add(gradients, "tfr", (d_asfr * at(rates["asfr"], t)).sum(axis=-1), t)


def _migration(
    gradients: dict[str, Array], rates: dict[str, Array], d_migrants: Array, t: int
) -> None:
    if "migration" not in rates:
        return
    if "total" not in rates:
        _add(gradients, "migration", d_migrants, t)
        return
    _add(gradients, "migration", d_migrants * at(rates["total"], t)[:, None, None], t)
    _add(gradients, "total", (d_migrants * at(rates["migration"], t)).sum(axis=(1, 2)), t)


def _survival(
    gradients: dict[str, Array],
    rates: dict[str, Array],
    levels: Array | None,
    d_survival: Array,
    t: int,
) -> None:
    if levels is None:
        _add(gradients, "survival", d_survival, t)
        return
    low, high, weight, j = between(rates, levels, t)
    slope = (high - low) / (levels[j + 1] - levels[j])[:, None, None]
    _add(gradients, "level", (d_survival * slope).sum(axis=(1, 2)), t)
    m = np.arange(len(d_survival))
    rows = np.broadcast_to(j, m.shape)
    gradients["surface"][m, rows] += d_survival * (1 - weight)
    gradients["surface"][m, rows + 1] += d_survival * weight
