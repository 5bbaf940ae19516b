"""Model life tables of one parameter: a shared standard of each sex, moved by one number.

A model is a function from the parameter to death rates.  Four families are here: Brass's
relational logit, Lee-Carter, the log-quadratic model and tables read between levels; the
coefficients of the last two are the user's.  `at_e0` brings any of them to a life expectancy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.mortality.logit import odds_of, rates_at_level
from yilao.mortality.rates import check_columns, check_table
from yilao.mortality.separation import Ages, check_rules, is_single, separation_factors
from yilao.mortality.tables import life_table
from yilao.schema import SchemaError, check_ages, check_dims, check_sexes, check_values, sources_of

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MortalityModel:
    """A family of life tables of one parameter.

    Attributes
    ----------
    name : what it is, for messages.
    rates : gives death rates (..., sex, age) for parameters (..., sex), female first.
    low, high : parameters among which a life expectancy is looked for, in the longest stretch where
        it moves one way.
    ages : lower bounds of the age groups, the last one open: 0, 1, 2 … or 0, 1, 5, 10 …
    corners : parameters at which the rates turn a corner, if there are any.
    sources : where the coefficients come from.
    a0 : rule for a0, one of `A0_RULES`.
    """

    name: str
    rates: Callable[[Array], Array]
    low: float
    high: float
    ages: npt.NDArray[Any]
    corners: tuple[float, ...] = ()
    sources: tuple[str, ...] = ()
    a0: str = "andreev-kingkade"
    # What is found out about the model once: the parameter by life expectancy (`at_e0`).
    found: dict[Any, Any] = field(default_factory=dict, repr=False)


def brass_model(mx: xr.DataArray, *, slope: float = 1.0) -> MortalityModel:
    """Take a standard life table and move it by Brass's level parameter.

    logit l(x) = level + slope * logit ls(x), with the slope fixed; see `brass`.

    Parameters
    ----------
    mx : standard death rates (sex, age) by single years, deaths per person-year.
    slope : above 1, child mortality is low and old-age mortality high against the standard.

    Raises
    ------
    SchemaError
        The standard is not a valid life table by single years, or the slope is not above 0.

    References
    ----------
    Brass (1971), Biological Aspects of Demography, 69-110.

    Examples
    --------
    >>> from yilao.mortality import wpp_mx
    >>> brass_model(wpp_mx("2022", [2020]).isel(year=0, drop=True)).name
    'Brass relational logit'
    """
    if not slope > 0:
        raise SchemaError(f"slope: {slope:g}; it must be above 0; 1 keeps the standard's shape.")
    check_dims(mx, ("sex", "age"), "mx", leading=())
    check_sexes(mx, "mx")
    check_ages(mx, "mx")
    standard = life_table(mx)["mx"].transpose("sex", "age")
    odds = odds_of(standard.values, slope)
    open_rate = standard.values[:, -1]

    def rates(level: Array) -> Array:
        return rates_at_level(odds, open_rate, level)

    ages = standard["age"].values
    sources = tuple(sources_of(mx))
    return MortalityModel("Brass relational logit", rates, -4.0, 4.0, ages, sources=sources)


def lee_carter_model(parameters: xr.Dataset, *, a0: str = "andreev-kingkade") -> MortalityModel:
    """Take fitted Lee-Carter parameters and move the index k.

    log mx = ax + bx k.

    Parameters
    ----------
    parameters : ``ax`` (sex, age) and ``bx`` (age) or (sex, age), as `fit_lee_carter` and
        `coherent_lee_carter` give them.
    a0 : rule for a0, one of `A0_RULES`.

    Raises
    ------
    SchemaError
        ``ax`` or ``bx`` is missing, has another dimension, or is not finite.
    YilaoError
        The rule for a0 is not known.

    References
    ----------
    Lee and Carter (1992), Journal of the American Statistical Association 87, 659-671.

    Examples
    --------
    >>> from yilao.mortality import fit_lee_carter, wpp_mx
    >>> fit = fit_lee_carter(wpp_mx("2022", range(2010, 2020)))
    >>> lee_carter_model(fit).name
    'Lee-Carter'
    """
    check_columns(parameters, "ax", "bx", name="parameters", maker="fit_lee_carter")
    for name in ("ax", "bx"):
        check_values(parameters[name], name)
    check_dims(parameters["ax"], ("sex", "age"), "ax", leading=())
    check_dims(parameters["bx"], ("age",), "bx", leading=("sex",))
    check_sexes(parameters["ax"], "ax")
    check_table(parameters["ax"], "ax")
    a = parameters["ax"].transpose("sex", "age")
    b = parameters["bx"].broadcast_like(a).transpose("sex", "age").values
    constant = a.values

    def rates(k: Array) -> Array:
        out: Array = k[..., None] * b
        out += constant
        return np.exp(out, out=out)

    # With bx summing to 1 the rates fall on average by the factor exp(k / ages).
    unit = constant.shape[-1] / abs(float(b.sum(axis=-1).mean()))
    ages = a["age"].values
    check_rules(a0, "mortpak", "west", ages)
    sources = tuple(sources_of(parameters))
    return MortalityModel("Lee-Carter", rates, -6 * unit, 4 * unit, ages, sources=sources, a0=a0)


def log_quadratic_model(coefficients: xr.Dataset, *, k: float = 0.0) -> MortalityModel:
    """Take coefficients of the log-quadratic model and move the level of child mortality.

    log mx = ax + bx h + cx h^2 + vx k with h = log 5q0; the rate of ages 1-4 follows from 5q0 and
    the one of age 0.  No coefficients are packaged: give those of the paper, or your own.

    Parameters
    ----------
    coefficients : ``ax bx cx vx`` (sex, age), ages 0, 1, 5, 10 …; those of age 1 are not used.
    k : departure from the mean pattern of adult mortality, 0 for none.

    Raises
    ------
    SchemaError
        A coefficient is missing or the ages are not 0, 1, 5 …

    References
    ----------
    Wilmoth, Zureick, Canudas-Romo, Inoue and Sawyer (2012), Population Studies 66(1), 1-28.

    Examples
    --------
    >>> ages = [0, 1, *range(5, 115, 5)]
    >>> made = xr.DataArray(  # coefficients without any meaning
    ...     [np.linspace(-1, -0.3, 24)] * 2,
    ...     dims=("sex", "age"),
    ...     coords={"sex": ["female", "male"], "age": ages},
    ... )
    >>> coefficients = xr.Dataset({"ax": made, "bx": -made, "cx": 0 * made, "vx": 0 * made})
    >>> log_quadratic_model(coefficients).name
    'log-quadratic'
    """
    table = []
    for name in ("ax", "bx", "cx", "vx"):
        if name not in coefficients:
            raise SchemaError(
                f"coefficients: {name} is missing; ax, bx, cx and vx (sex, age) are needed."
            )
        array = coefficients[name]
        check_dims(array, ("sex", "age"), name, leading=())
        check_sexes(array, name)
        check_values(array.where(array["age"] != 1, 0.0), name)
        table.append(array.transpose("sex", "age").values)
    check_table(coefficients["ax"].fillna(0.0), "coefficients")
    ages = coefficients["age"].values
    if is_single(ages):
        raise SchemaError(
            "coefficients: they must be of the groups 0, 1, 5, 10 …, not of single ages."
        )
    a, b, c, v = table
    constant = a + v * k

    def rates(h: Array) -> Array:
        out: Array = h[..., None] * c
        out += b
        out *= h[..., None]
        out += constant
        np.exp(out, out=out)
        out[..., 1] = _child_rate(out, ages, np.exp(h))
        return out

    low, high, sources = np.log(1e-5), np.log(0.5), tuple(sources_of(coefficients))
    return MortalityModel("log-quadratic", rates, low, high, ages, sources=sources)


def _child_rate(m: Array, ages: Ages, q5: Array) -> Array:
    """4m1 of rates (..., sex, age), whose first column counts, that makes 5q0 what it should be."""
    # The factors of ages 0 and 1-4 depend on m0 alone.
    a = separation_factors(np.repeat(m[..., :1], 6, axis=-1), ages[:6])[..., :2]
    q0 = m[..., 0] / (1 + (1 - a[..., 0]) * m[..., 0])
    q = 1 - (1 - q5) / (1 - q0)
    result: Array = q / (4 - (4 - a[..., 1]) * q)
    return result


def table_model(mx: xr.DataArray) -> MortalityModel:
    """Take a family of model life tables and read between its levels.

    log mx is linear between neighbouring levels.  No family is packaged: give Coale-Demeny's or
    the United Nations' tables, or your own.

    Parameters
    ----------
    mx : death rates (level, sex, age), two levels or more, ascending.

    Raises
    ------
    SchemaError
        A rate is not above 0, or the levels do not ascend.

    Notes
    -----
    Between levels that lie 2.5 years apart, as in Coale and Demeny's tables, rates by this reading
    and by MortCast's, which is linear in mx and in fifty steps, differ by some thousandths; below
    the first and above the last level there is nothing to read, where MortCast repeats the end.

    Examples
    --------
    >>> from yilao.mortality import brass, wpp_mx
    >>> mx = wpp_mx("2022", [2020]).isel(year=0, drop=True)
    >>> level = xr.DataArray([60.0, 80.0], dims="level", coords={"level": [60.0, 80.0]})
    >>> family = xr.concat([brass(mx, 0.6), brass(mx, -0.1)], level)
    >>> table_model(family.transpose("level", "sex", "age")).name
    'model life tables'
    """
    check_dims(mx, ("level", "sex", "age"), "mx", leading=())
    check_sexes(mx, "mx")
    check_values(mx, "mx")
    if (mx.values <= 0).any():
        raise SchemaError("mx: every death rate must be above 0. Smooth or extend the table first.")
    check_table(mx.isel(level=0, drop=True), "mx")
    levels = mx["level"].values.astype(float)
    if len(levels) < 2 or (np.diff(levels) <= 0).any():
        raise SchemaError(
            f"mx: its levels must ascend and be two at least, they are {levels.tolist()[:8]}."
        )
    logs = np.log(mx.transpose("sex", "level", "age").values)
    steps = np.diff(logs, axis=1)

    def rates(level: Array) -> Array:
        row = np.clip(np.searchsorted(levels, level, side="right") - 1, 0, len(levels) - 2)
        weight = (level - levels[row]) / (levels[row + 1] - levels[row])
        sex = np.arange(2)
        out: Array = steps[sex, row]
        out *= weight[..., None]
        out += logs[sex, row]
        return np.exp(out, out=out)

    ages = mx["age"].values
    low, high, corners = levels[0], levels[-1], tuple(levels[1:-1].tolist())
    sources = tuple(sources_of(mx))
    return MortalityModel("model life tables", rates, low, high, ages, corners, sources)
