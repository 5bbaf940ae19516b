"""Model schedules of fertility: gamma, Hadwiger, quadratic spline, relational Gompertz.

Every schedule is given by its cumulative curve, so a group's share is exact and the pattern sums
to 1.  Parameters are numbers or arrays over year, area, scenario, draw.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from yilao.fertility.arrays import (
    Array,
    Parameter,
    broadcast,
    check_order,
    check_pattern,
    edges,
    pattern_of,
)
from yilao.fertility.curves import (
    END_AGE,
    FIRST_AGE,
    gamma_shares,
    gompertz_shares,
    hadwiger_shares,
    spline_shares,
)
from yilao.monotone import monotone_cubic
from yilao.schema import (
    OPEN_AGE,
    SchemaError,
    check_shared_labels,
    check_values,
    first_offender,
    sources_of,
)

# Booth (1984), Table 2: Ys = -ln(-ln F) of the standard at exact ages 15, 20 … 45; F is 0 at 10 and
# 1 at 50.
_BOOTH = (-1.77306, -0.69130, 0.02564, 0.70000, 1.47872, 2.62602, 4.80970)
_BOOTH_SOURCE = "Booth (1984), Population Studies 38(3), 495-506, Table 2"


def gamma_pattern(
    mean_age: Parameter, sd: Parameter, *, start: Parameter, width: int = 1
) -> xr.DataArray:
    """Gamma schedule: f(x) ∝ (x - d)^(b-1) exp(-(x - d)/c), x > d.

    d is ``start``, c = sd² / (mean - d), b = (mean - d) / c.

    Parameters
    ----------
    mean_age : mean age at birth of the uncut curve, years.
    sd : standard deviation of the age at birth, years.
    start : age at which the curve begins, years.
    width : 1 or 5, years of an age group.

    Returns
    -------
    xr.DataArray
        asfr_pattern (…, age 0 … 100), unit 1.

    Raises
    ------
    SchemaError
        The mean age is outside 10 to 55, ``sd`` is not above 0, ``start`` is not below the mean
        age, or labels differ.

    References
    ----------
    Hoem, Madsen, Nielsen, Ohlsen, Hansen and Rennermalm (1981), Experiments in modelling recent
    Danish fertility curves, Demography 18(2), 231-244.

    Notes
    -----
    The curve is cut to ages 10 to 54; of a mean of 29 and a spread of 5.5 years 0.03 per cent
    lies beyond, and the mean of the result is younger by 0.01 years; `with_mean_age` makes it
    exact.

    Examples
    --------
    >>> float(gamma_pattern(29.0, 5.5, start=14.0).sum().round(12))
    1.0
    """
    mean, spread, begin = broadcast(mean_age=mean_age, sd=sd, start=start)
    _check_mean(mean)
    _check_above_0(spread, "sd")
    check_order(begin, mean, ("start", "mean_age"))
    shares = gamma_shares(_edges(width), mean.values, spread.values, begin.values)
    return pattern_of(shares, mean, _ages(width), sources_of(mean_age, sd, start))


def hadwiger_pattern(mean_age: Parameter, sd: Parameter, *, width: int = 1) -> xr.DataArray:
    """Hadwiger schedule: f(x) ∝ (c/x)^(3/2) exp(-b² (c/x + x/c - 2)).

    c is the mean age and b = c / (sd √2): an inverse Gaussian curve.

    Parameters
    ----------
    mean_age : mean age at birth of the uncut curve, years.
    sd : standard deviation of the age at birth, years.
    width : 1 or 5, years of an age group.

    Returns
    -------
    xr.DataArray
        asfr_pattern (…, age 0 … 100), unit 1.

    Raises
    ------
    SchemaError
        The mean age is outside 10 to 55, ``sd`` is not above 0, or labels differ.

    References
    ----------
    Hadwiger (1940), Eine analytische Reproduktionsfunktion für biologische Gesamtheiten,
    Skandinavisk Aktuarietidskrift 23, 101-113.

    Notes
    -----
    The curve is cut to ages 10 to 54; see `gamma_pattern`.  It has no age of start and is less
    flexible at young ages than the gamma curve.

    Examples
    --------
    >>> float(hadwiger_pattern(29.0, 5.5, width=5).sel(age=25).round(3))
    0.364
    """
    mean, spread = broadcast(mean_age=mean_age, sd=sd)
    _check_mean(mean)
    _check_above_0(spread, "sd")
    shares = hadwiger_shares(_edges(width), mean.values, spread.values)
    return pattern_of(shares, mean, _ages(width), sources_of(mean_age, sd))


def quadratic_spline_pattern(
    start: Parameter, peak: Parameter, *, half: Parameter, width: int = 1
) -> xr.DataArray:
    """Quadratic spline schedule, given by three ages that can be read off a graph.

    f(x) ∝ Σ θk (x - tk)+² up to the end β, with 1 at the peak P and slope 0 there, 1/2 at H, 0 and
    slope 0 at β; t = α, α + w (P - α), P, (P + H)/2, (H + β)/2; w = min(3/4, 1/4 + (P - α)/40);
    β = max(min(50, 4H - 3P), (4H - P)/3).

    Parameters
    ----------
    start : α, the youngest age at which fertility rises above 0.
    peak : P, the age of the highest rate.
    half : H, the age above the peak at which the rate has fallen to half.
    width : 1 or 5, years of an age group.

    Returns
    -------
    xr.DataArray
        asfr_pattern (…, age 0 … 100), unit 1.

    Raises
    ------
    SchemaError
        The ages do not ascend within 10 to 55 by half a year or more, or labels differ.

    References
    ----------
    Schmertmann (2003), A system of model fertility schedules with graphically intuitive parameters,
    Demographic Research 9(5), 81-110.

    Examples
    --------
    >>> float(quadratic_spline_pattern(16.0, 28.0, half=35.0).idxmax())
    28.0
    """
    a, p, h = broadcast(start=start, peak=peak, half=half)
    check_values(a, "start", low=FIRST_AGE)
    check_values(h, "half", high=END_AGE)
    # Nearer than half a year the equations of the spline lose their digits.
    check_order(a, p, ("start", "peak"), gap=0.5)
    check_order(p, h, ("peak", "half"), gap=0.5)
    shares = spline_shares(_edges(width), a.values, p.values, h.values)
    # The spline never falls below 0 for such ages; -1e-17 near its end is rounding.
    return pattern_of(np.abs(shares), a, _ages(width), sources_of(start, peak, half))


def relational_gompertz_pattern(
    alpha: Parameter, beta: Parameter, *, standard: xr.DataArray
) -> xr.DataArray:
    """Relational Gompertz schedule: a standard moved (alpha) and narrowed (beta).

    Y(x) = -ln(-ln F(x)) of the cumulative pattern F becomes alpha + beta Ys(x).

    Parameters
    ----------
    alpha : above 0 births come earlier than in the standard, below 0 later.
    beta : above 1 the ages are narrower than in the standard, below 1 wider.
    standard : asfr_pattern (…, age) summing to 1: `booth_standard`, or any observed pattern.

    Returns
    -------
    xr.DataArray
        asfr_pattern (…, age) at the ages of the standard, unit 1.

    Raises
    ------
    SchemaError
        ``beta`` is not above 0, the standard does not sum to 1, or labels differ.

    References
    ----------
    Brass (1974), Perspectives in population prediction: illustrated by the statistics of England
    and Wales, Journal of the Royal Statistical Society A 137(4), 532-583.

    Notes
    -----
    The first and the last age of the standard stay.  Far from the standard (alpha beyond ±0.5 or
    beta outside 0.7 to 1.4) choose another standard.

    Examples
    --------
    >>> from yilao.fertility import mean_age_at_birth
    >>> standard = booth_standard()
    >>> later = relational_gompertz_pattern(-0.3, 1.2, standard=standard)
    >>> bool(mean_age_at_birth(later) > mean_age_at_birth(standard))
    True
    """
    check_pattern(standard, "standard")
    shift, slope = broadcast(alpha=alpha, beta=beta)
    _check_above_0(slope, "beta")
    check_shared_labels(standard=standard, alpha=shift)
    p, shift, slope = xr.broadcast(standard, shift, slope, exclude=["age"])
    p, order = p.transpose(..., "age"), [d for d in p.dims if d != "age"]
    shift, slope = shift.transpose(*order), slope.transpose(*order)
    shares = gompertz_shares(p.values, shift.values, slope.values)
    return pattern_of(shares, shift, p["age"].values, sources_of(standard, alpha, beta))


def booth_standard(*, width: int = 1) -> xr.DataArray:
    """Booth's standard for the relational Gompertz model, a high-fertility pattern.

    Parameters
    ----------
    width : 1 or 5; single years are a monotone curve through the cumulative five-year shares.

    Returns
    -------
    xr.DataArray
        asfr_pattern (age 0 … 100), unit 1.

    References
    ----------
    Booth (1984), Transforming Gompertz's function for fertility analysis: the development of a
    standard for the relational Gompertz function, Population Studies 38(3), 495-506, Table 2.

    Notes
    -----
    It was made for high fertility.  To meet China's census of 2020 it has to be moved far (alpha
    -0.53, beta 1.53) and still puts one birth in 25 at a wrong age; `gamma_pattern` puts one in 45.

    Examples
    --------
    >>> booth_standard(width=5).sel(age=[20, 25]).round(3).values.tolist()
    [0.241, 0.231]
    """
    bounds = np.arange(10.0, 51.0, 5.0)
    total = np.concatenate([[0.0], np.exp(-np.exp(-np.array(_BOOTH))), [1.0]])
    at = np.clip(_edges(width), bounds[0], bounds[-1])
    shares = np.diff(monotone_cubic(bounds, total, at))
    return pattern_of(shares, xr.DataArray(0.0), _ages(width), [_BOOTH_SOURCE])


def _ages(width: int) -> np.ndarray:
    if width not in (1, 5):
        raise SchemaError(f"width: {width!r} is not known. Use 1 or 5 years.")
    return np.arange(0, OPEN_AGE + 1, width)


def _edges(width: int) -> Array:
    return edges(_ages(width), width)


def _check_mean(mean: xr.DataArray) -> None:
    if (bad := (mean.values <= FIRST_AGE) | (mean.values >= END_AGE)).any():
        raise SchemaError(
            f"mean_age: {mean.values[bad][0]:g} at {first_offender(mean, bad)} is not between "
            f"{FIRST_AGE:g} and {END_AGE:g}. Give years of age."
        )


def _check_above_0(array: xr.DataArray, name: str) -> None:
    """Raise unless every value is above 0."""
    if (bad := array.values <= 0).any():
        raise SchemaError(
            f"{name}: {array.values[bad][0]:g} at {first_offender(array, bad)} is not above 0."
        )
