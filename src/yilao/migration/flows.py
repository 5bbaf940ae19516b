"""Net migration step by step from a series of populations: stock, cohort and time residuals."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.migration.pair import age_width
from yilao.schema import (
    SchemaError,
    YilaoError,
    check_basis,
    check_form,
    check_same_labels,
    check_values,
    sources_of,
)

Array = npt.NDArray[np.float64]

FLOWS = ("stock", "cohort", "time")


def flow_residual(
    population: xr.DataArray,
    *,
    survival_ratio: xr.DataArray,
    asfr: xr.DataArray,
    srb: xr.DataArray,
    method: str = "stock",
) -> xr.DataArray:
    """Net migration of every step between populations one age width apart.

    The stock residual N of a step of n years is N(a) = P'(a) - P(a-1) S(a); N(A) = P'(A) -
    (P(A-1) + P(A)) S(A) for the open group; N(0) = P'(0) - B S(0), with births B by sex from
    n f(a) (P(a) + P'(a)) / 2 summed over women.
    ``stock`` gives N: net migrants at the end of the step, along cohorts.
    ``cohort`` spreads them over the step along the cohort, half at each age it has, and puts back
    those who died before the count: M(a) = U(a) + U(a+1) with U = N / (2 sqrt(S)), the youngest
    group with N / sqrt(S) at age 0; the open group keeps N(A), the group before it has 2 U.
    ``time`` takes half of a period's migrants at its start and half at its end: M(0) = 2 N(0),
    M(a) = 2 N(a) - M(a-1) S(a).

    Parameters
    ----------
    population : (..., year, sex, age) persons, years one age width apart.
    survival_ratio : (..., year, sex, age) of the steps, labelled by their last year.
    asfr : (..., year, age) births per woman per year, 0 outside the fertile ages.
    srb : (..., year) males per female at birth.
    method : ``stock``, ``cohort`` or ``time``.

    Returns
    -------
    xr.DataArray
        net_migration (..., year, sex, age), persons per step, by the age at the end of the step for
        ``stock`` and by the age at migration for the others.

    Raises
    ------
    SchemaError
        Years are not one age width apart, labels or units differ, or a value is out of its bounds.
    YilaoError
        The method is not known.

    References
    ----------
    The equations are those of the R package DemoTools 01.13.87, ``mig_resid``.

    Notes
    -----
    All three hold every error of population and survival.  ``stock`` put into a projection with
    ``migrants="end"`` gives back the populations above age 0; births are those of the mean of both
    counts, which differ from a projection's by half of what the women among the migrants bear in a
    step (`yilao.backtest.closing_migration` closes age 0 too).  ``time`` swings between
    neighbouring ages, since every error goes on with the opposite sign, and it lets none of those
    who enter the open group at the start of the step die in it.

    Examples
    --------
    >>> import yilao as yl
    >>> ankang = yl.load_place("ankang")
    >>> rates = ankang.rates("no-migration", until=2022)
    >>> closed = yl.project(ankang.base, rates).population
    >>> asfr = rates["asfr_pattern"] * rates["tfr"]
    >>> asfr.attrs["units"] = "births per woman per year"
    >>> net = flow_residual(closed, survival_ratio=rates["survival_ratio"], asfr=asfr,
    ...     srb=rates["srb"])
    >>> bool(abs(net).max() < 1e-6)
    True
    """
    if method not in FLOWS:
        raise YilaoError(f"method {method!r} is not known. Available: {', '.join(FLOWS)}.")
    width = age_width(population, "population")
    if "year" not in population.dims:
        raise SchemaError("population: dimension 'year' is missing. Give at least two years.")
    leading = [str(d) for d in population.dims if d not in ("year", "sex", "age")]
    check_form(population, "population", width=width, leading=["year", *leading])
    check_basis(population, "population")
    check_values(population, "population", low=0.0)
    years = population["year"].values
    if len(years) < 2 or (np.diff(years) != width).any():
        raise SchemaError(
            f"population: its years are {years.tolist()}; residuals of a step need years {width} "
            "apart, the width of the age groups."
        )
    rates = {"survival_ratio": survival_ratio, "asfr": asfr, "srb": srb}
    for name, array in rates.items():
        check_form(array, name, width=width, leading=leading)
        check_same_labels(population.isel(year=slice(1, None)), array, "year", "population", name)
        for dim in array.dims:
            if dim != "year":
                check_same_labels(population, array, dim, "population", name)
        check_values(array, name, low=0.0, high=1.0 if name == "survival_ratio" else None)
    people = population.transpose(*leading, "year", "sex", "age")
    after = people.isel(year=slice(1, None))
    s = survival_ratio.broadcast_like(after).transpose(*after.dims).values
    women = after.isel(sex=0, drop=True)
    f = asfr.broadcast_like(women).transpose(*women.dims).values
    males = srb.broadcast_like(women.isel(age=0, drop=True)).transpose(*leading, "year").values
    start, end = people.values[..., :-1, :, :], after.values
    net = end.copy()
    net[..., 1:] -= start[..., :-1] * s[..., 1:]
    net[..., -1] -= start[..., -1] * s[..., -1]
    births = (width * f * (start + end)[..., 0, :] / 2).sum(axis=-1)
    net[..., 0] -= np.stack([births, births * males], axis=-1) / (1 + males[..., None]) * s[..., 0]
    if method == "cohort":
        net = _along_cohorts(net, s)
    elif method == "time":
        net = _in_periods(net, s)
    found = after.copy(data=net)
    found = found.rename("net_migration")
    found.attrs = {
        "units": "persons per step",
        "basis": population.attrs["basis"],
        "method": method,
        "sources": sources_of(population, *rates.values()),
    }
    return found


def _along_cohorts(stock: Array, s: Array) -> Array:
    """Half of each cohort's migrants at the age it ends in and half at the age before."""
    half = stock / (2 * np.sqrt(s))
    upper, lower = half.copy(), np.empty_like(half)
    upper[..., 0] *= 2
    lower[..., :-1] = half[..., 1:]
    lower[..., -2] = half[..., -2]
    upper[..., -1] = lower[..., -1] = stock[..., -1] / 2
    both: Array = upper + lower
    return both


def _in_periods(stock: Array, s: Array) -> Array:
    """Half of each period's migrants at its start, a group younger and exposed to its deaths."""
    net: Array = 2 * stock
    for a in range(1, stock.shape[-1]):
        net[..., a] -= net[..., a - 1] * s[..., a]
    return net
