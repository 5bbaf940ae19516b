"""Sums and ratios of an age structure: dependency, ageing, median and mean age, sex ratio."""

from __future__ import annotations

import numpy as np
import xarray as xr

from yilao.population.ages import check_single
from yilao.population.groups import sum_ages
from yilao.schema import SchemaError, first_offender


def _ratio(part: xr.DataArray, of: xr.DataArray, name: str, unit: str) -> xr.DataArray:
    if (of.values <= 0).any():
        raise SchemaError(
            f"population: nobody to compare with at {first_offender(of, of.values <= 0)}; "
            f"the {name.replace('_', ' ')} is not defined. Leave these areas out."
        )
    kept = {k: v for k, v in part.attrs.items() if k in ("basis", "sources")}
    return (100 * part / of).rename(name).assign_attrs(kept | {"units": unit})


def dependency_ratios(population: xr.DataArray, *, young: int = 15, old: int = 65) -> xr.Dataset:
    """Child, old-age and total dependency ratio: per 100 people of working age.

    child = 100 P[0, young) / P[young, old), old = 100 P[old, ∞) / P[young, old), total their sum.

    Parameters
    ----------
    population : (..., sex, age), persons.
    young, old : bounds of working age, young ≤ age < old; 15 and 65, or 60 as Chinese plans have.

    Returns
    -------
    xr.Dataset
        ``child``, ``old``, ``total`` (...), per 100.

    Raises
    ------
    SchemaError
        Bounds out of order or outside the ages; nobody of working age.

    References
    ----------
    Shryock and Siegel (1976), The Methods and Materials of Demography, ch. 8.

    Examples
    --------
    >>> from yilao.population import national_reference
    >>> ratios = dependency_ratios(national_reference())
    >>> {k: round(float(v), 1) for k, v in ratios.items()}
    {'child': 26.2, 'old': 19.7, 'total': 46.0}
    """
    _in_order(young, old)
    workers = sum_ages(population, young, old)
    child = _ratio(sum_ages(population, 0, young), workers, "child_dependency", "per 100")
    aged = _ratio(sum_ages(population, old), workers, "old_dependency", "per 100")
    total = (child + aged).assign_attrs(child.attrs)
    return xr.Dataset({"child": child, "old": aged, "total": total})


def ageing_index(population: xr.DataArray, *, young: int = 15, old: int = 65) -> xr.DataArray:
    """People of age ``old`` and over per 100 below age ``young``.

    Raises
    ------
    SchemaError
        Bounds out of order or outside the ages; no children.

    Examples
    --------
    >>> from yilao.population import national_reference
    >>> round(float(ageing_index(national_reference())), 1)
    75.2
    """
    _in_order(young, old)
    elderly = sum_ages(population, old)
    return _ratio(elderly, sum_ages(population, 0, young), "ageing_index", "per 100")


def _in_order(young: int, old: int) -> None:
    if not 0 < young < old:
        raise SchemaError(f"young, old: {young} and {old}; needed is 0 < young < old.")


def sex_ratio(population: xr.DataArray, low: int = 0, high: int | None = None) -> xr.DataArray:
    """Males per 100 females at low ≤ age < high.

    Raises
    ------
    SchemaError
        Bounds outside the ages; no women.

    Examples
    --------
    >>> from yilao.population import national_reference
    >>> round(float(sex_ratio(national_reference())), 1)
    104.8
    """
    men = sum_ages(_one_sex(population, "male"), low, high)
    return _ratio(men, sum_ages(_one_sex(population, "female"), low, high), "sex_ratio", "per 100")


def _one_sex(population: xr.DataArray, sex: str) -> xr.DataArray:
    check_single(population)
    return population.where(population["sex"] == sex, 0.0).assign_attrs(population.attrs)


def median_age(population: xr.DataArray) -> xr.DataArray:
    """Age that half of the people have not reached, of both sexes together.

    a + (N / 2 - P[0, a)) / P(a) for the single year a in which half of the people N are reached:
    birthdays are taken as even within it.  For one sex set the other to 0 or select before summing.

    Raises
    ------
    SchemaError
        Nobody at all, or half of the people are in the open group.

    Examples
    --------
    >>> from yilao.population import national_reference
    >>> round(float(median_age(national_reference())), 1)
    39.4
    """
    check_single(population)
    people = population.sum("sex").transpose(..., "age")
    total = people.sum("age")
    if (total.values <= 0).any():
        raise SchemaError(
            f"population: nobody at {first_offender(total, total.values <= 0)}; no median age."
        )
    reached = people.cumsum("age")
    at = (reached.values <= total.values[..., None] / 2).sum(axis=-1)
    ages = population["age"].values
    if (at >= len(ages) - 1).any():
        raise SchemaError(
            f"population: half of the people are in the open group {ages[-1]}+ at "
            f"{first_offender(total, at >= len(ages) - 1)}. Give single years further up."
        )
    here = np.take_along_axis(people.values, at[..., None], -1)[..., 0]
    below = np.take_along_axis(reached.values, at[..., None], -1)[..., 0] - here
    values = ages[at] + (total.values / 2 - below) / here
    kept = {k: v for k, v in population.attrs.items() if k in ("basis", "sources")}
    return total.copy(data=values).rename("median_age").assign_attrs(kept | {"units": "years"})


def mean_age(population: xr.DataArray, *, open_years: float = 0.5) -> xr.DataArray:
    """Mean age of both sexes: Σ (a + ½) P(a) / Σ P(a).

    Parameters
    ----------
    population : (..., sex, age), persons.
    open_years : mean years beyond the open age of those in the open group.  Half a year counts them
        as if it were closed: at 100+ no matter, at 85+ the mean of a population with 3 per cent
        there is too low by about 0.1 year.

    Raises
    ------
    SchemaError
        Nobody at all; ``open_years`` below 0.

    Examples
    --------
    >>> from yilao.population import national_reference
    >>> round(float(mean_age(national_reference())), 1)
    39.3
    """
    check_single(population)
    if not open_years >= 0:
        raise SchemaError(f"open_years: {open_years}; needed are years not below 0.")
    middle = population["age"] + 0.5
    middle[-1] = float(population["age"][-1]) + open_years
    total = population.sum(("sex", "age"))
    if (total.values <= 0).any():
        raise SchemaError(
            f"population: nobody at {first_offender(total, total.values <= 0)}; no mean age."
        )
    mean = (population * middle).sum(("sex", "age")) / total
    kept = {k: v for k, v in population.attrs.items() if k in ("basis", "sources")}
    return mean.rename("mean_age").assign_attrs(kept | {"units": "years"})
