"""From rates to a pattern and back, and a pattern moved to another mean age."""

from __future__ import annotations

import numpy as np
import xarray as xr

from yilao.fertility.arrays import (
    RATE_UNIT,
    Array,
    Parameter,
    as_array,
    check_pattern,
    finish,
    pattern_of,
)
from yilao.fertility.measures import mean_age_at_birth
from yilao.schema import SchemaError, check_shared_labels, check_values, first_offender, sources_of


def asfr_pattern(observed: xr.DataArray) -> xr.DataArray:
    """Age pattern of observed fertility, summing to 1: px = fx / Σ fx.

    Rates, births of equal numbers of women, or the per cent distribution of the United Nations
    (PASFR, summing to 100) all give their pattern.

    Parameters
    ----------
    observed : (…, age) by single years or equal groups, any unit.

    Returns
    -------
    xr.DataArray
        asfr_pattern (…, age), unit 1.

    Raises
    ------
    SchemaError
        A value is negative or missing, all values of a member are 0, or the groups are not equal.

    References
    ----------
    United Nations (2022), World Population Prospects 2022: Methodology.

    Examples
    --------
    >>> from yilao.fertility import census_asfr
    >>> float(asfr_pattern(census_asfr(2010)).sum().round(12))
    1.0
    """
    mean_age_at_birth(observed)  # its checks: not negative, not all 0
    return finish(observed / observed.sum("age"), "asfr_pattern", "1", observed)


def asfr(
    tfr: Parameter, pattern: xr.DataArray, *, mean_age: Parameter | None = None
) -> xr.DataArray:
    """Fertility rates from a level, a pattern, and if wanted a mean age at birth.

    fx = TFR px / n, n the width of the age groups: the convention of the United Nations, whose
    five-year rates are TFR x PASFR / 100 / 5 per woman and year in every year of the interval.

    Parameters
    ----------
    tfr : births per woman, a number or an array (…).
    pattern : (…, age) summing to 1.
    mean_age : years; the pattern is moved to it by `with_mean_age` (relational).

    Returns
    -------
    xr.DataArray
        asfr (…, age), births per woman per year; n Σ fx is ``tfr``.

    Raises
    ------
    SchemaError
        The level is negative, the pattern does not sum to 1, labels differ, or the mean age is out
        of reach of the pattern.

    References
    ----------
    Preston, Heuveline and Guillot (2001), Demography, ch. 5.

    Examples
    --------
    >>> from yilao.fertility import census_asfr_pattern, mean_age_at_birth
    >>> rates = asfr(1.3, census_asfr_pattern(2020), mean_age=29.5)
    >>> float(rates.sum().round(12)), float(mean_age_at_birth(rates).round(8))
    (1.3, 29.5)
    """
    width = check_pattern(pattern)
    level = as_array(tfr, "tfr")
    check_values(level, "tfr", low=0.0)
    moved = pattern if mean_age is None else with_mean_age(pattern, mean_age)
    check_shared_labels(tfr=level, pattern=moved)
    rates = (level * moved / width).transpose(..., "age")
    return finish(rates, "asfr", RATE_UNIT, pattern, tfr, mean_age)


def with_mean_age(
    pattern: xr.DataArray, mean_age: Parameter, *, method: str = "relational"
) -> xr.DataArray:
    """Move a pattern to a given mean age at birth, exactly.

    ``relational`` keeps the first and the last age: the cumulative pattern F becomes F^k, which is
    Brass's relational Gompertz with beta = 1 and alpha = -ln k; k is found for each member.
    ``shift`` moves all ages by the same years: F(x) becomes F(x - d), straight within an age.

    Parameters
    ----------
    pattern : (…, age) summing to 1, by single years or equal groups.
    mean_age : years, a number or an array (…).
    method : ``relational`` or ``shift``.

    Returns
    -------
    xr.DataArray
        asfr_pattern (…, age) summing to 1, whose `mean_age_at_birth` is ``mean_age`` (1e-10).

    Raises
    ------
    SchemaError
        The mean age lies outside the ages of the pattern, a shift would push mothers out of the
        ages, the pattern does not sum to 1, or the method is not known.

    References
    ----------
    Brass (1974), Perspectives in population prediction: illustrated by the statistics of England
    and Wales, Journal of the Royal Statistical Society A 137(4), 532-583.

    Notes
    -----
    The relational move narrows the pattern as it gets older, because the last age stays: its
    standard deviation falls by 3 per cent a year.  The shift keeps the spread; its variance grows
    by at most a quarter of a squared group width.
    Beyond two or three years both are extrapolations: use an observed pattern of that mean age.

    Examples
    --------
    >>> from yilao.fertility import census_asfr_pattern, mean_age_at_birth
    >>> float(mean_age_at_birth(with_mean_age(census_asfr_pattern(2020), 30.0)).round(10))
    30.0
    """
    width = check_pattern(pattern)
    if method not in ("relational", "shift"):
        raise SchemaError(f"method: {method!r} is not known. Use 'relational' or 'shift'.")
    wanted = as_array(mean_age, "mean_age")
    check_shared_labels(pattern=pattern, mean_age=wanted)
    p, target = xr.broadcast(pattern, wanted, exclude=["age"])
    p, target = p.transpose(..., "age"), target.transpose(*[d for d in p.dims if d != "age"])
    shares = p.values
    used = shares > 0
    first = p["age"].values[used.argmax(axis=-1)] + width / 2
    last = p["age"].values[::-1][used[..., ::-1].argmax(axis=-1)] + width / 2
    if method == "relational" and (bad := (target.values <= first) | (target.values >= last)).any():
        raise SchemaError(
            f"mean_age: {target.values[bad][0]:g} at {first_offender(target, bad)} is out of reach "
            f"of the pattern, whose mothers are {first[bad][0]:g} to {last[bad][0]:g}."
        )
    move = _powered if method == "relational" else _shifted
    moved = move(shares, (target.values - mean_age_at_birth(p).values) / width, target)
    return pattern_of(moved, target, p["age"].values, sources_of(pattern, mean_age))


def _powered(shares: Array, groups: Array, target: xr.DataArray) -> Array:
    """Raise F to the power whose mean lies ``groups`` age groups further."""
    total = np.cumsum(shares, axis=-1)
    with np.errstate(divide="ignore"):
        log_f = np.log(total[..., :-1] / total[..., -1:])  # the last is 1 at any power
    finite = np.where(np.isfinite(log_f), log_f, 0.0)
    # The mean is the last age less Σ F^k, so Σ F^k has to fall by `groups`.
    wanted = np.exp(log_f).sum(axis=-1) - groups
    low, high = np.full(wanted.shape, -30.0), np.full(wanted.shape, 30.0)
    log_k = np.zeros(wanted.shape)
    # Newton's steps in ln k, halving the bracket where they leave it.
    for _ in range(200):
        power = np.exp(np.exp(log_k)[..., None] * log_f)
        miss = power.sum(axis=-1) - wanted
        if (np.abs(miss) < 1e-12).all():
            break
        low, high = np.where(miss > 0, log_k, low), np.where(miss > 0, high, log_k)
        slope = np.exp(log_k) * (power * finite).sum(axis=-1)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = log_k - miss / slope
        inside = (step > low) & (step < high)
        log_k = np.where(inside, step, (low + high) / 2)
    cumulative = np.exp(np.exp(log_k)[..., None] * log_f)
    result: Array = np.diff(cumulative, axis=-1, prepend=0.0, append=1.0)
    return result


def _shifted(shares: Array, groups: Array, target: xr.DataArray) -> Array:
    """Move shares by ``groups`` age groups, the fraction spread over two neighbours."""
    whole = np.floor(groups)
    part = (groups - whole)[..., None]
    n = shares.shape[-1]
    source = np.arange(n) - whole[..., None].astype(int)

    def read(index: np.ndarray) -> Array:
        inside = (index >= 0) & (index < n)
        found = np.take_along_axis(shares, np.clip(index, 0, n - 1), axis=-1)
        return np.where(inside, found, 0.0)

    moved: Array = (1 - part) * read(source) + part * read(source - 1)
    if (bad := np.abs(moved.sum(axis=-1) - 1) > 1e-9).any():
        raise SchemaError(
            f"mean_age: {target.values[bad][0]:g} at {first_offender(target, bad)} would shift "
            "mothers out of the ages of the pattern. Use method='relational'."
        )
    return moved


def group_pattern(pattern: xr.DataArray, width: int) -> xr.DataArray:
    """Sum a pattern by single years into groups of ``width`` years; the sum stays 1.

    Parameters
    ----------
    pattern : (…, age) by single years from age 0, summing to 1.
    width : years of a group; the last group may be shorter.

    Raises
    ------
    SchemaError
        The pattern is not by single years from 0, or does not sum to 1.

    Examples
    --------
    >>> from yilao.fertility import census_asfr_pattern
    >>> group_pattern(census_asfr_pattern(2020), 5).sel(age=[25, 30]).round(3).values.tolist()
    [0.367, 0.278]
    """
    if check_pattern(pattern) != 1 or int(pattern["age"][0]) != 0:
        raise SchemaError("pattern: single years of age from 0 are needed to sum into groups.")
    lows = pattern["age"].values // width * width
    grouped = pattern.assign_coords(age=lows).groupby("age").sum().transpose(..., "age")
    return finish(grouped, "asfr_pattern", "1", pattern)
