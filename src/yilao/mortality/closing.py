"""The end of a life table: a higher open age by Kannisto's model, a lower one by truncation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.mortality.rates import (
    ages_of,
    as_rates,
    check_columns,
    check_rates,
    check_table,
    sexes_of,
)
from yilao.mortality.separation import is_single
from yilao.schema import SEXES, SchemaError, YilaoError, first_offender

Array = npt.NDArray[np.float64]


def kannisto(
    mx: xr.DataArray,
    open_age: int = 130,
    *,
    start: int | None = None,
    fit: tuple[int, int] | None = None,
    coherent: bool = False,
    minimise: str = "logit",
) -> xr.DataArray:
    r"""Death rates carried on to a higher open age by the model of Kannisto.

    Parameters
    ----------
    mx : death rates (..., sex, age), single or abridged.
    open_age : lower bound of the last group of the result.
    start : first age whose rate is the model's; by default the open age of ``mx``, since the rate
        of an open group is not that of the age it is named by.
    fit : first and last age that the model is fitted to; by default those of World Population
        Prospects, 90 to 99 by single years and 80 to 95 in groups.
    coherent : give both sexes one slope, so that they do not cross; needs female and male.
    minimise : what the fit makes small in the sum of squares: ``"logit"``, errors of logit mx
        (MortCast), or ``"log"``, errors of ln mx (DemoTools).

    Returns
    -------
    xr.DataArray
        mx (..., sex, age 0 … open_age), deaths per person-year.

    Raises
    ------
    SchemaError
        A rate is missing or not above 0, or not below 1 at an age of the fit; labels are wrong.
    YilaoError
        The ages of the fit, the start or the open age do not suit the table; a coherent fit without
        both sexes, or of errors of ln mx.

    Notes
    -----
    :math:`\mathrm{logit}\, m_x = \ln c + d x`, at most 1 however old.  Ages are lower bounds, in
    the fit as in the result.  "log" gives old ages less weight than "logit": for a fit to 80 to 95
    the rate at 100 is about half a per cent higher.  The last group keeps the rate of the model
    at its lower bound, as in MortCast; at 130 that is of no consequence, at 100 it makes life in
    the group 3 to 17 per cent too long in China's tables: extend to 130 and `truncate`.

    References
    ----------
    Thatcher, Kannisto and Vaupel (1998), The Force of Mortality at Ages 80 to 120.  Sevcikova, Li,
    Kantorova, Gerland and Raftery (2016), in Schoen, Dynamic Demographic Analysis (coherent fit).

    Examples
    --------
    >>> from yilao.mortality import wpp_mx
    >>> kannisto(wpp_mx("2022", [2020])).sel(year=2020, sex="male", age=[99, 110]).values.round(3)
    array([0.667, 0.943])
    """
    rates = check_rates(mx)
    ages = ages_of(rates)
    step = 1 if is_single(ages) else 5
    start = int(ages[-1]) if start is None else start
    if start not in ages or start == 0:
        raise YilaoError(
            f"start: {start} is not an age of the table, which has {ages[0]} to {ages[-1]}."
        )
    if open_age < start or (open_age - start) % step:
        raise YilaoError(
            f"open_age: {open_age} must be {start} or later, in steps of {step} years from there."
        )
    first, last = (90, 99) if step == 1 else (80, 95)
    first, last = (first, last) if fit is None else fit
    used = (ages >= first) & (ages <= last)
    if used.sum() < 2 or not {first, last} <= set(ages[:-1].tolist()):
        raise YilaoError(
            f"fit: {first} to {last} must begin and end with closed ages of the table, which are "
            f"{ages[0]} to {ages[-2]}, and hold at least two. Choose others by fit=(first, last)."
        )
    if minimise not in ("logit", "log"):
        raise YilaoError(f"minimise: {minimise!r} is not known. Choose 'logit' or 'log'.")
    if coherent and sexes_of(rates) != list(SEXES):
        raise YilaoError("coherent: one slope for both sexes needs rates of female and male.")
    if coherent and minimise == "log":
        raise YilaoError("coherent: only errors of logit mx are made small with one slope.")
    observed = rates.values[..., used]
    if (bad := observed >= 1).any():
        raise SchemaError(
            "mx: a rate of 1 or above has no logit, the first is "
            f"{first_offender(rates[..., used], bad)}. Fit to younger ages."
        )
    x = ages[used].astype(float)
    level, slope = _line(x, np.log(observed / (1 - observed)), np.ones_like(observed), coherent)
    if minimise == "log":
        level, slope = _least_log(x, np.log(observed), level, slope)
    new = np.arange(start, open_age + 1, step)
    modelled = 1 / (1 + np.exp(-(level + slope * new)))
    kept = ages < start
    values = np.concatenate([rates.values[..., kept], modelled], axis=-1)
    return as_rates(values, rates, mx, np.concatenate([ages[kept], new]))


def _line(x: Array, y: Array, weight: Array, common: bool) -> tuple[Array, Array]:
    """Level and slope (..., sex, 1) of weighted least squares of y on x, by sex or in common."""
    total = weight.sum(axis=-1, keepdims=True)
    middle_x = (weight * x).sum(axis=-1, keepdims=True) / total
    middle_y = (weight * y).sum(axis=-1, keepdims=True) / total
    over = tuple(range(-2 if common else -1, 0))
    slope = (weight * (x - middle_x) * (y - middle_y)).sum(axis=over, keepdims=True)
    slope = slope / (weight * (x - middle_x) ** 2).sum(axis=over, keepdims=True)
    return middle_y - slope * middle_x, slope


def _least_log(x: Array, y: Array, level: Array, slope: Array) -> tuple[Array, Array]:
    """Least squares of ln mx by Gauss-Newton from the fit of the logits."""
    for _ in range(50):
        m = 1 / (1 + np.exp(-(level + slope * x)))
        # d ln m / d (level + slope x) = 1 - m
        by_level, by_slope = _line(x, (y - np.log(m)) / (1 - m), (1 - m) ** 2, common=False)
        level, slope = level + by_level, slope + by_slope
        if np.abs(by_level).max() < 1e-12:
            return level, slope
    raise YilaoError("mx: the model of Kannisto could not be fitted. Choose minimise='logit'.")


def truncate(table: xr.Dataset, open_age: int) -> xr.Dataset:
    """Life table with a lower open age: all older groups taken together.

    Parameters
    ----------
    table : life table (..., sex, age) as `life_table` gives it.
    open_age : lower bound of the new open group, an age of the table.

    Returns
    -------
    xr.Dataset
        The same columns, ages 0 … open_age; survivors, years and life expectancy are those of
        ``table``, the open group has qx 1, Lx = Tx, mx = lx / Tx and ax = ex.

    Raises
    ------
    SchemaError
        A column is missing, or the labels are not those of a life table.
    YilaoError
        The age is not one of the table, or is 0.

    Examples
    --------
    >>> from yilao.mortality import life_table, wpp_mx
    >>> table = life_table(wpp_mx("2022", [2020]))
    >>> bool((truncate(table, 85)["ex"].sel(age=0) == table["ex"].sel(age=0)).all())
    True
    """
    check_columns(table, "mx", "qx", "ax", "dx", "lx", "Lx", "Tx", "ex")
    check_table(table["Tx"], "Tx")
    if open_age not in ages_of(table["Tx"])[1:]:
        raise YilaoError(
            f"open_age: {open_age} is not an age of the table above 0, which ends at "
            f"{ages_of(table['Tx'])[-1]}+. kannisto() extends death rates."
        )
    cut = table.sel(age=slice(None, open_age))
    oldest = cut["age"] == open_age
    fresh = {
        "mx": cut["lx"] / cut["Tx"],
        "qx": 1.0,
        "ax": cut["ex"],
        "dx": cut["lx"],
        "Lx": cut["Tx"],
    }
    return cut.assign(
        {k: cut[k].where(~oldest, v).assign_attrs(cut[k].attrs) for k, v in fresh.items()}
    )
