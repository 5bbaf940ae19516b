"""A workforce as a stock with flows: leavers, re-entry, entrants, the pipeline of training."""

from __future__ import annotations

import numpy as np
import xarray as xr

from yilao.demand.model import Rate, check_alike
from yilao.schema import SchemaError, YilaoError, check_values


def _check_rate(value: Rate, name: str) -> None:
    check_values(xr.DataArray(value), name, low=0.0, high=1.0)


def training_pipeline(
    enrolled: xr.DataArray, *, years: int, completion: float, entry: float, retention: float = 1.0
) -> xr.DataArray:
    """People who enter the workforce from training: enrolled · completion · entry · retention.

    Parameters
    ----------
    enrolled : (…, year) persons who begin the course in each year.
    years : length of the course; those of 2022 enter in 2022 + years.
    completion : share that completes the course.
    entry : share of them that takes up the work.
    retention : share of these that is still there at the end of the year of entry.

    Returns
    -------
    xr.DataArray
        (…, year) persons, labelled with the year of entry.

    Raises
    ------
    SchemaError
        A share is not between 0 and 1, the length is below 0 or not whole, there are no years, or
        a number is negative.

    Examples
    --------
    >>> courses = xr.DataArray([100., 200.], coords={"year": [2022, 2023]})
    >>> entrants = training_pipeline(courses, years=3, completion=0.9, entry=0.5)
    >>> entrants.year.values, entrants.values
    (array([2025, 2026]), array([45., 90.]))
    """
    check_values(enrolled, "enrolled", low=0.0)
    if "year" not in enrolled.dims or "year" not in enrolled.coords:
        raise SchemaError("enrolled: no years. Give (…, year), the years in which courses begin.")
    for name, share in (("completion", completion), ("entry", entry), ("retention", retention)):
        _check_rate(share, name)
    if not years >= 0 or years % 1:
        raise SchemaError(
            f"years: {years} is below 0 or not whole. Give the years from enrolment to entry."
        )
    found = enrolled * (completion * entry * retention)
    found = found.assign_coords(year=enrolled["year"] + years)
    return found.rename("entrants").assign_attrs(units="persons per year")


def workforce(
    start: float | xr.DataArray, entrants: xr.DataArray, *, turnover: Rate, re_entry: Rate = 0.0
) -> xr.Dataset:
    """The stock of a workforce year by year.

    S_t = S_{t−1} − K_t + L_t + J_t with leavers K = S_{t−1} · H, those who come back L = K · I and
    new entrants J.

    Parameters
    ----------
    start : S at the end of the year before the first entrants.
    entrants : (…, year) J, persons who are new, by year.
    turnover : H, share who leave their post in a year; a number or by ``year``.
    re_entry : I, share of leavers who take up such work again in the same area.

    Returns
    -------
    xr.Dataset
        (…, year): ``stock`` at the end of the year, ``leavers``, ``returned``, ``entrants``.

    Raises
    ------
    SchemaError
        A rate is not between 0 and 1, years differ or leave a gap, or a number is negative.

    References
    ----------
    Ministry of Health, Labour and Welfare of Japan, 介護人材需給推計 (worksheet), in whose
    terms H is 離職率 and I 再就職率.

    Notes
    -----
    No usable Chinese rate of turnover was found, and the stock depends on it most: show
    ``break_even_turnover`` beside it.  Retirement by age is left out; where the mean age is 51, it
    errs high after ten years.

    Examples
    --------
    >>> hires = xr.DataArray([300., 300.], coords={"year": [2024, 2025]})
    >>> path = workforce(1000, hires, turnover=0.3, re_entry=0.5)
    >>> path.stock.values
    array([1150. , 1277.5])
    """
    check_values(entrants, "entrants", low=0.0)
    check_values(xr.DataArray(start), "start", low=0.0)
    _check_rate(turnover, "turnover")
    _check_rate(re_entry, "re_entry")
    _check_years(entrants, "entrants")
    check_alike(entrants=entrants, start=start, turnover=turnover, re_entry=re_entry)
    stock = xr.DataArray(start)
    steps = []
    for year in entrants["year"].values:
        h, i = (_of_year(r, year) for r in (turnover, re_entry))
        leavers = stock * h
        returned = leavers * i
        joined = entrants.sel(year=year, drop=True)
        stock = stock - leavers + returned + joined
        steps.append(
            xr.Dataset(
                {"stock": stock, "leavers": leavers, "returned": returned, "entrants": joined}
            )
        )
    found = xr.concat(steps, dim=entrants["year"]).transpose(..., "year")
    found["stock"].attrs["units"] = "persons"
    for name in ("leavers", "returned", "entrants"):
        found[name].attrs = {"units": "persons per year"}
    return found


def _of_year(rate: Rate, year: int) -> Rate:
    by_year = isinstance(rate, xr.DataArray) and "year" in rate.dims
    return rate.sel(year=year, drop=True) if by_year else rate  # type: ignore[union-attr]


def _check_years(array: xr.DataArray, name: str) -> None:
    if "year" not in array.dims or "year" not in array.coords or not array.sizes["year"]:
        raise SchemaError(f"{name}: no years. Give (…, year), one year after another.")
    years = array["year"].values
    if (np.diff(years) != 1).any():
        raise SchemaError(f"{name}: years {years.tolist()} do not follow one another.")


def required_intake(
    wanted: xr.DataArray, *, start: float | xr.DataArray, turnover: Rate, re_entry: Rate = 0.0
) -> xr.DataArray:
    """New people needed in each year to have the wanted workforce at its end.

    J*_t = D_t − D_{t−1} · (1 − H · (1 − I)), with the stock at the start before the first year.

    Parameters
    ----------
    wanted : (…, year) D, the workforce wanted at the end of each year.
    start : the workforce at the end of the year before.
    turnover, re_entry : H and I, as for ``workforce``.

    Returns
    -------
    xr.DataArray
        (…, year) persons per year; negative where fewer are wanted than stay.

    Raises
    ------
    SchemaError
        A rate is not between 0 and 1, years leave a gap, or a number is negative.

    Examples
    --------
    >>> wanted = xr.DataArray([1200., 1400.], coords={"year": [2024, 2025]})
    >>> required_intake(wanted, start=1000, turnover=0.3, re_entry=0.5).values
    array([350., 380.])
    """
    check_values(wanted, "wanted", low=0.0)
    check_values(xr.DataArray(start), "start", low=0.0)
    _check_years(wanted, "wanted")
    _check_rate(turnover, "turnover")
    _check_rate(re_entry, "re_entry")
    check_alike(wanted=wanted, start=start, turnover=turnover, re_entry=re_entry)
    first = wanted["year"] == wanted["year"][0]
    before = wanted.shift(year=1).where(~first, xr.DataArray(start))
    stay = 1 - turnover * (1 - xr.DataArray(re_entry))
    found: xr.DataArray = (wanted - before * stay).transpose(*wanted.dims, ...)
    return found.rename("intake").assign_attrs(units="persons per year")


def break_even_turnover(
    start: float, target: float, entrants: xr.DataArray, *, re_entry: float = 0.0
) -> float:
    """Turnover at which the workforce just reaches a target; above it the target is impossible.

    Parameters
    ----------
    start : the workforce at the end of the year before the first entrants.
    target : the workforce wanted at the end of the last year.
    entrants : (year) new people in each year.
    re_entry : I, share of leavers who come back; below 1.

    Returns
    -------
    float
        Share per year, 0 to 1.

    Raises
    ------
    YilaoError
        The target is not reached even if nobody leaves, or is reached even if everybody does.
    SchemaError
        A rate or number is wrong, years leave a gap, or there are several areas or draws.

    Examples
    --------
    >>> hires = xr.DataArray([300.] * 5, coords={"year": range(2021, 2026)})
    >>> round(break_even_turnover(1000, 1500, hires), 3)
    0.162
    """
    from scipy.optimize import brentq

    if not np.isfinite(target):
        raise SchemaError(f"target: {target} is no number of people.")
    if entrants.dims != ("year",) or np.ndim(start) != 0:
        raise SchemaError(
            f"entrants: dimensions {list(entrants.dims)}. Give (year), and one start: select one "
            "area and draw."
        )
    if not re_entry < 1:
        raise SchemaError(f"re_entry: {re_entry} is not below 1. All leavers would come back.")

    def over(turnover: float) -> float:
        path = workforce(start, entrants, turnover=turnover, re_entry=re_entry)
        return float(path["stock"].isel(year=-1)) - target

    if over(0.0) < 0:
        raise YilaoError(
            f"target: {target:g} is not reached even if nobody leaves ({over(0.0) + target:g}). "
            "More entrants are needed."
        )
    if over(1.0) > 0:
        raise YilaoError(f"target: {target:g} is reached even if everybody leaves each year.")
    return float(brentq(over, 0.0, 1.0, xtol=1e-10))
