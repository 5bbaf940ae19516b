"""Brass's relational logit with two parameters, level and slope.

With the odds of death s(x) = (1 - l(x)) / l(x) the model is s(x) = exp(2 level) ss(x)^slope.  The
rates follow without taking survivors apart again: m(x) = (s(x+1) - s(x)) / (1 + (s(x) + s(x+1)) /
2), which does not cancel and costs one addition and one division per age.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.mortality.separation import LINES_ON_M0
from yilao.mortality.tables import columns, life_table
from yilao.schema import (
    LEADING_DIMS,
    SEXES,
    SchemaError,
    check_ages,
    check_dims,
    check_sexes,
    check_shared_labels,
)

Array = npt.NDArray[np.float64]


def brass(
    mx: xr.DataArray, level: float | xr.DataArray, *, slope: float | xr.DataArray = 1.0
) -> xr.DataArray:
    """Death rates of a standard moved by Brass's two parameters.

    Y(x) = level + slope Ys(x) with Y = ln((1 - l) / l) / 2.  A level above 0 is a higher mortality
    than the standard's; a slope above 1 spares children and burdens the old.

    Parameters
    ----------
    mx : standard death rates (..., sex, age) by single years, deaths per person-year.
    level, slope : numbers, or arrays without age; the slope is above 0.

    Returns
    -------
    xr.DataArray
        mx (..., sex, age), deaths per person-year.

    Raises
    ------
    SchemaError
        The standard is not a valid life table, or a parameter is not finite, has an age, or is a
        slope that is not above 0.

    Notes
    -----
    The open group keeps its rate: far up in age all odds are moved alike, so the hazard is not.

    References
    ----------
    Brass (1971), Biological Aspects of Demography, 69-110.

    Examples
    --------
    >>> from yilao.mortality import life_expectancy, wpp_mx
    >>> standard = wpp_mx("2022", [2020]).isel(year=0, drop=True)
    >>> life_expectancy(brass(standard, 0.1, slope=1.1)).round(1).values.tolist()
    [80.3, 74.4]
    """
    check_dims(mx, ("sex", "age"), "mx", leading=("year", *LEADING_DIMS))
    check_sexes(mx, "mx")
    check_ages(mx, "mx")
    standard = life_table(mx)["mx"]
    parameters = []
    for name, value in (("level", level), ("slope", slope)):
        array = xr.DataArray(value)
        if "age" in array.dims or not np.isfinite(array.values).all():
            raise SchemaError(f"{name}: a finite number is needed, or such numbers without age.")
        parameters.append(array)
    if (parameters[1].values <= 0).any():
        raise SchemaError("slope: it must be above 0; 1 keeps the shape of the standard.")
    check_shared_labels(mx=standard, level=parameters[0], slope=parameters[1])
    wide, levels, slopes = (
        x.transpose(..., "sex", "age") for x in xr.broadcast(standard, *parameters)
    )
    odds = odds_of(wide.values, slopes.values[..., 1:])
    moved = rates_at_level(odds, wide.values[..., -1], levels.values[..., 0])
    return wide.copy(data=moved).assign_attrs(mx.attrs)


def odds_of(m: Array, slope: float | Array = 1.0) -> Array:
    """Odds of having died by the ages 1, 2 … of rates (..., sex, age), to the power ``slope``."""
    survivors = columns(m)[1][..., 1:]
    odds: Array = ((1 - survivors) / survivors) ** slope
    return odds


def rates_at_level(odds: Array, open_rate: Array, level: Array) -> Array:
    """Death rates (..., sex, age) of odds (..., sex, age) moved by a level (..., sex)."""
    inverse = np.exp(-2 * level)
    out = np.empty((*inverse.shape, odds.shape[-1] + 1))
    closed = out[..., 1:-1]
    np.add(inverse[..., None], (odds[..., :-1] + odds[..., 1:]) / 2, out=closed)
    np.divide(np.diff(odds, axis=-1), closed, out=closed)
    out[..., 0] = infant_rate(odds[..., 0] / (inverse + odds[..., 0]))
    out[..., -1] = open_rate
    return out


def infant_rate(q0: Array) -> Array:
    """m0 of q0 (..., sex), with a0 by Andreev and Kingkade.

    a0 is a line in m0, i + s m0, so that m0 (1 - (1 - i - s m0) q0) = q0 is a quadratic.
    """
    out = np.empty_like(q0)
    for i, sex in enumerate(SEXES):
        q, lines = q0[..., i], LINES_ON_M0["andreev-kingkade"][sex]
        cuts = np.array(lines.cuts)
        cuts /= 1 + (1 - lines.at(cuts)) * cuts
        piece = np.searchsorted(cuts, q, side="right")
        b = 1 - (1 - np.array(lines.intercepts)[piece]) * q
        c = 4 * np.array(lines.slopes)[piece] * q * q
        out[..., i] = 2 * q / (b + np.sqrt(b * b + c))
    return out
