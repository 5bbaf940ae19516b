"""The cohort-component method in NumPy, short enough to read beside its equations.

Letters: ``...`` members (area, scenario, draw …), ``t`` steps, ``s`` sexes (female, male),
``a`` ages, the last one open.  Inputs broadcast over the members and are never copied for it:
each step reads its slice.  The equations are those of the United Nations' projections (World
Population Prospects 2022: Methodology; Preston, Heuveline and Guillot 2001, Demography, ch. 6).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

FEMALE, MALE = 0, 1


class Rates(NamedTuple):
    """Rates of every step.  A pair written ``pattern, level`` is multiplied step by step.

    survival  (..., t, s, a)  ratio surviving into the age; [0] from birth, [-1] into the open group
    asfr      (..., t, a)     births per woman and year, or a pattern that sums to 1 …
    tfr       (..., t)        … with its level; None when ``asfr`` holds the rates themselves
    srb       (..., t)        males per female at birth
    migration (..., t, s, a)  net migrants of the step, or a profile that sums to 1, or a rate …
    total     (..., t)        … the total of the profile; None otherwise
    migration_is_rate         rates are multiplied with the starting population
    """

    survival: Array
    asfr: Array
    tfr: Array | None
    srb: Array
    migration: Array | None
    total: Array | None
    migration_is_rate: bool


class Flows(NamedTuple):
    """What a projection gives: population at t = 0 … T, flows of the steps 1 … T.

    population           (..., t + 1, s, a)
    births               (..., t, s)
    births_by_mother_age (..., t, a)
    deaths               (..., t, s, a)  by the age that would have been reached at the end
    net_migration        (..., t, s, a)  by the age reached at the end
    """

    population: Array
    births: Array
    births_by_mother_age: Array
    deaths: Array
    net_migration: Array


def _asfr(rates: Rates, t: int) -> Array:
    asfr = rates.asfr[..., t, :]
    return asfr if rates.tfr is None else asfr * rates.tfr[..., t, None]


def _migrants(rates: Rates, t: int, start: Array) -> Array | float:
    if rates.migration is None:
        return 0.0
    migrants = rates.migration[..., t, :, :]
    if rates.total is not None:
        return migrants * rates.total[..., t, None, None]
    return migrants * start if rates.migration_is_rate else migrants


def _members(base: Array, rates: Rates) -> tuple[int, ...]:
    """Shape of the members: all leading dimensions broadcast together."""
    shapes = [
        base.shape[:-2],
        rates.survival.shape[:-3],
        rates.asfr.shape[:-2],
        rates.srb.shape[:-1],
    ]
    if rates.tfr is not None:
        shapes.append(rates.tfr.shape[:-1])
    if rates.migration is not None:
        shapes.append(rates.migration.shape[:-3])
    if rates.total is not None:
        shapes.append(rates.total.shape[:-1])
    return np.broadcast_shapes(*shapes)


def project_arrays(
    base: Array, rates: Rates, *, migrants: str = "even", out: Array | None = None
) -> Flows:
    """Project a population by single years of age over all steps of its rates.

    Parameters
    ----------
    base : (..., s, a) population at the start.
    rates : see `Rates`; their number of steps is the length of the projection.
    migrants : ``even``, half at the start and half at the end of a step; ``end``, all at the end.
    out : (..., t + 1, s, a) array to write the population into.

    Returns
    -------
    Flows
        Population and flows; nothing is clamped, so a cohort may come out negative when more
        leave than are there.
    """
    steps, ages = rates.survival.shape[-3], base.shape[-1]
    members = _members(base, rates)
    population = np.empty((*members, steps + 1, 2, ages)) if out is None else out
    births = np.empty((*members, steps, 2))
    by_mother = np.empty((*members, steps, ages))
    deaths = np.empty((*members, steps, 2, ages))
    moved = np.zeros((*members, steps, 2, ages))
    population[..., 0, :, :] = base
    for t in range(steps):
        start = population[..., t, :, :]
        net = _migrants(rates, t, start)
        half = net / 2 if migrants == "even" else 0.0
        exposed = start + half

        # Survivors: everyone moves up one age; the two oldest meet in the open group.
        survival = rates.survival[..., t, :, :]
        arriving = exposed[..., :-1].copy()
        arriving[..., -1] += exposed[..., -1]
        deaths[..., t, :, 1:] = arriving * (1 - survival[..., 1:])
        end = population[..., t + 1, :, :]
        end[..., 1:] = arriving - deaths[..., t, :, 1:]
        end[..., 0] = 0.0
        end += half

        # Births to the mean of the women at the start and at the end of the step.
        women = (exposed[..., FEMALE, :] + end[..., FEMALE, :]) / 2
        by_mother[..., t, :] = _asfr(rates, t) * women
        total = by_mother[..., t, :].sum(axis=-1)
        srb = rates.srb[..., t]
        births[..., t, MALE] = total * srb / (1 + srb)
        births[..., t, FEMALE] = total - births[..., t, MALE]
        deaths[..., t, :, 0] = births[..., t, :] * (1 - survival[..., 0])
        end[..., 0] += births[..., t, :] - deaths[..., t, :, 0]

        if migrants == "end":
            end += net
            moved[..., t, :, :] = net
        else:
            # The half that enters at the start is one year older at the end.
            moved[..., t, :, :] = half
            shifted = np.broadcast_to(half, end.shape)
            moved[..., t, :, 1:] += shifted[..., :-1]
            moved[..., t, :, -1] += shifted[..., -1]
    return Flows(population, births, by_mother, deaths, moved)
