"""Separation factors ax: the mean years lived in an age group by those who die in it.

Age 0 has a rule of its own (`a0`), the ages above follow another (`ax`).  Programs differ in both;
`A0_RULES` and `AX_RULES` say how.  Everything here works on plain arrays (..., sex, age).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from yilao.schema import SEXES, SchemaError, YilaoError

Array = npt.NDArray[np.float64]
Ages = npt.NDArray[np.int64]

A0_RULES: dict[str, str] = {
    "andreev-kingkade": "Andreev and Kingkade (2015) on m0; MortCast and DemoTools 'ak'",
    "andreev-kingkade-q0": "Andreev and Kingkade (2015) on q0",
    "coale-demeny": "Coale and Demeny (1983) on q0, by region; DemoTools 'cd'",
    "coale-demeny-m0": "Preston et al. (2001, p. 48) on m0, West only; MortCast 'cd'",
}
AX_RULES: dict[str, str] = {
    "mortpak": "2.5 at ages 5 and 10, then Greville with a floor; 4a1 on m0; MortCast",
    "greville": "Greville from age 5, constant hazard where it fails; 4a1 on q0; DemoTools 'un'",
    "midpoint": "half the group from age 5; 4a1 on q0; DemoTools 'pas'",
}
REGIONS: tuple[str, ...] = ("west", "north", "east", "south")

# Boys among births where both sexes are taken together, as MortCast and DemoTools have it.
_BOYS = 1.05 / 2.05


class _Lines(NamedTuple):
    """A straight line in x between each two cuts: intercept + slope x."""

    cuts: tuple[float, ...]
    intercepts: tuple[float, ...]
    slopes: tuple[float, ...]

    def at(self, x: Array) -> Array:
        piece = np.searchsorted(self.cuts, x, side="right")
        result: Array = np.array(self.intercepts)[piece] + np.array(self.slopes)[piece] * x
        return result


def _coale_demeny(line: tuple[float, float], above: float, cut: float = 0.1) -> _Lines:
    return _Lines((cut,), (line[0], above), (line[1], 0.0))


# Andreev and Kingkade (2015), Demographic Research 33(13), 363-390.
_AK_M0 = {
    "female": _Lines((0.01724, 0.06891), (0.14903, 0.04667, 0.31411), (-2.05527, 3.88089, 0.0)),
    "male": _Lines((0.0230, 0.08307), (0.14929, 0.02832, 0.29915), (-1.99545, 3.26021, 0.0)),
}
_AK_Q0 = {
    "female": _Lines((0.0170, 0.0658), (0.1490, 0.0438, 0.3141), (-2.0867, 4.1075, 0.0)),
    "male": _Lines((0.0226, 0.0785), (0.1493, 0.0244, 0.2991), (-2.0367, 3.4994, 0.0)),
}
# Preston, Heuveline and Guillot (2001), Demography, p. 48: Coale and Demeny's West, fitted to m0.
_CD_M0 = {
    "female": _coale_demeny((0.053, 2.800), 0.350, 0.107),
    "male": _coale_demeny((0.045, 2.684), 0.330, 0.107),
}
# The rules for a0 that are lines in m0.
LINES_ON_M0 = {"andreev-kingkade": _AK_M0, "coale-demeny-m0": _CD_M0}
_CHILD_M0 = {
    "female": _coale_demeny((1.522, -1.518), 1.361, 0.107),
    "male": _coale_demeny((1.651, -2.816), 1.352, 0.107),
}
# Coale and Demeny (1983), Regional Model Life Tables, on q0, as DemoTools 01.13.87 has them.
_CD_Q0 = {
    region: {
        "female": _coale_demeny((0.01, 3.0), 0.31)
        if region == "east"
        else _coale_demeny((0.05, 3.0), 0.35),
        "male": _coale_demeny((0.0025, 2.875), 0.29)
        if region == "east"
        else _coale_demeny((0.0425, 2.875), 0.33),
    }
    for region in REGIONS
}
_CHILD_Q0 = {
    region: {
        "female": _coale_demeny((women[0], -1.627), women[1]),
        "male": _coale_demeny((men[0], -3.013), men[1]),
    }
    for region, women, men in (
        ("west", (1.524, 1.361), (1.653, 1.352)),
        ("north", (1.733, 1.570), (1.859, 1.558)),
        ("east", (1.487, 1.324), (1.614, 1.313)),
        ("south", (1.402, 1.239), (1.541, 1.240)),
    )
}


def check_rules(a0: str, ax: str, region: str, ages: Ages) -> None:
    """Raise unless the rules exist and the region is one that they know."""
    for name, rule, known in (
        ("a0", a0, tuple(A0_RULES)),
        ("ax", ax, tuple(AX_RULES)),
        ("region", region, REGIONS),
    ):
        if rule not in known:
            raise YilaoError(f"{name}: {rule!r} is not known. Choose one of {list(known)}.")
    by_region = a0 == "coale-demeny" or (ax != "mortpak" and not is_single(ages))
    if region != "west" and not by_region:
        raise YilaoError(
            f"region: {region!r} would change nothing, {a0!r} and {ax!r} are for West or for all. "
            "Choose a0='coale-demeny', or leave the region out."
        )


def a0_on_q0(q0: Array, sex: str, rule: str, region: str = "west") -> Array:
    """Evaluate a rule on q0 (`andreev-kingkade-q0`, `coale-demeny`) for one sex."""
    lines = _CD_Q0[region] if rule == "coale-demeny" else _AK_Q0
    return lines[sex].at(q0)


def _a0(m0: Array, sex: str, rule: str, region: str) -> Array:
    if sex == "both":
        # MortCast has the plain mean of both sexes' Coale-Demeny lines on m0.
        boys = 0.5 if rule == "coale-demeny-m0" else _BOYS
        women, men = (_a0(m0, s, rule, region) for s in SEXES)
        return (1 - boys) * women + boys * men
    if rule in LINES_ON_M0:
        return LINES_ON_M0[rule][sex].at(m0)
    # q0 depends on a0 and a0 on q0: the map contracts by less than 0.03, ten rounds are exact.
    a = np.zeros_like(m0)
    for _ in range(10):
        a = a0_on_q0(m0 / (1 + (1 - a) * m0), sex, rule, region)
    return a


def infant_a0(
    m0: Array,
    sexes: Sequence[str] = SEXES,
    *,
    rule: str = "andreev-kingkade",
    region: str = "west",
) -> Array:
    """Mean years lived in the first year of life by those who die in it.

    ``m0`` is (..., sex) with the sexes in the order of ``sexes``, by default female, male; "both"
    weights the two rules by births, 1.05 boys to a girl (one to one under `coale-demeny-m0`, as
    MortCast has it).  ``rule`` is a key of `A0_RULES`, ``region`` one of Coale and Demeny's for
    `coale-demeny`.  An unknown one raises YilaoError, another number of sexes SchemaError.

    >>> infant_a0(np.array([0.005, 0.006])).round(4)
    array([0.1388, 0.1373])
    """
    for name, given, known in (("rule", rule, tuple(A0_RULES)), ("region", region, REGIONS)):
        if given not in known:
            raise YilaoError(f"{name}: {given!r} is not known. Choose one of {list(known)}.")
    if np.shape(m0)[-1:] != (len(sexes),):
        raise SchemaError(
            f"m0: its shape is {np.shape(m0)}; the last axis must hold {list(sexes)}."
        )
    result = np.empty(np.shape(m0))
    for i, sex in enumerate(sexes):
        result[..., i] = _a0(m0[..., i], sex, rule, region)
    return result


def _child_a1(m0: Array, sex: str, ax: str, region: str) -> Array:
    """4a1, from infant mortality: on m0 (MortCast) or on q0 (DemoTools)."""
    on_m0 = ax == "mortpak"
    if sex == "both":
        boys = 0.5 if on_m0 else _BOYS
        women, men = (_child_a1(m0, s, ax, region) for s in SEXES)
        return (1 - boys) * women + boys * men
    if on_m0:
        return _CHILD_M0[sex].at(m0)
    # DemoTools takes this q0 by Andreev and Kingkade's a0 even where a0 itself is Coale-Demeny's.
    q0 = m0 / (1 + (1 - _AK_M0[sex].at(m0)) * m0)
    return _CHILD_Q0[region][sex].at(q0)


def separation_factors(
    m: Array,
    ages: Ages,
    sexes: Sequence[str] = SEXES,
    *,
    a0: str = "andreev-kingkade",
    ax: str = "mortpak",
    region: str = "west",
) -> Array:
    """Separation factors of death rates (..., sex, age) by single years or abridged groups.

    ``ages`` are the lower bounds 0, 1, 2 … or 0, 1, 5, 10 …; the last group is open and its factor
    is its life expectancy 1 / mx.  By single years every factor above age 0 is a half.
    """
    n = widths(ages)
    a = np.empty_like(m)
    a[...] = n / 2
    a[..., 0] = infant_a0(m[..., 0], sexes, rule=a0, region=region)
    a[..., -1] = 1 / m[..., -1]
    if is_single(ages):
        return a
    for i, sex in enumerate(sexes):
        a[..., i, 1] = _child_a1(m[..., i, 0], sex, ax, region)
    closed = m[..., 2:-1]
    steepness = np.log(m[..., 3:] / m[..., 1:-2])
    if ax != "mortpak":
        within = np.full_like(closed, 2.5)
        fails = np.zeros(closed.shape, dtype=bool)
        if ax == "greville":
            within -= 25 / 12 * (closed - steepness / (n[1:-2] / 2 + n[2:-1] + n[3:] / 2))
            fails[..., 1:] = np.abs(within[..., 1:] - 2.5) > 0.5
            # DemoTools takes age 5 as it comes, if it lies in the group at all.
            within[..., 0] = np.where(np.abs(within[..., 0] - 2.5) < 2.5, within[..., 0], 2.5)
        # Where a m is 1 or above, nobody would be left at the end of the group.
        fails |= within * closed >= 1
        a[..., 2:-1] = np.where(fails, constant_hazard(closed, 5.0), within)
        return a
    # The last closed group takes the steepness of the one before: the rate of the open group is
    # another kind of rate.
    steepness[..., -1] = steepness[..., -2]
    a[..., 4:-1] = 2.5 - 25 / 12 * (closed[..., 2:] - 0.1 * steepness[..., 2:])
    # 0.97 = 1 - 5 exp(-5) / (1 - exp(-5)): the factor of a constant hazard of 1.
    np.maximum(a[..., 10:-1], 0.97, out=a[..., 10:-1])
    return a


def is_single(ages: Ages) -> bool:
    """Tell single years (0, 1, 2 …) from abridged groups (0, 1, 5 …)."""
    return len(ages) < 3 or bool(ages[2] == 2)


def widths(ages: Ages) -> Array:
    """Years in each age group; the open one is given the width of the one before it."""
    n = np.diff(ages).astype(float)
    return np.append(n, n[-1] if len(n) else 1.0)


def constant_hazard(m: Array, n: float) -> Array:
    """Separation factor of a group of ``n`` years in which the hazard is ``m`` throughout."""
    x = n * m
    # n + 1 / m - n / (1 - exp(-nm)) cancels where nm is small; its series is exact there.
    safe = np.maximum(x, 1e-4)
    exact = n + n / safe + n / np.expm1(-safe)
    result: Array = np.where(x < 1e-4, n / 2 - n * x / 12, exact)
    return result
