"""The level of fertility found indirectly: from children and women, from births, from infants.

What goes wrong in China, and which way: children who stay with grandparents while their mothers
work elsewhere make the level too low where the mothers are counted (cities of arrival) and too
high where the children are (Ankang); infants missed by a census make every level too low.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from yilao.fertility.arrays import (
    LEADING,
    Parameter,
    as_array,
    check_pattern,
    finish,
)
from yilao.schema import (
    SchemaError,
    check_ages,
    check_dims,
    check_same_labels,
    check_sexes,
    check_shared_labels,
    check_unit,
    check_values,
    first_offender,
    sources_of,
)


def child_woman_tfr(
    population: xr.DataArray, *, q5: Parameter | None = None, refined: bool = True
) -> xr.DataArray:
    """Total fertility of the last five years from children under five and women of 15 to 49.

    iTFR = 7 C / W; refined, xTFR = (10.65 - 12.55 π) C / W with π the share of the women who are
    25 to 34; with child mortality either is divided by 1 - 0.75 q5.

    Parameters
    ----------
    population : (…, sex, age) by single years from 0, persons.
    q5 : probability of dying before age 5, a number or an array (…); None leaves mortality out.
    refined : False gives iTFR.

    Returns
    -------
    xr.DataArray
        tfr (…), births per woman, an average of about the five years before.

    Raises
    ------
    SchemaError
        A label, unit or value of the population is wrong, there are no women of 15 to 49, or
        ``q5`` is not between 0 and 1.

    References
    ----------
    Hauer and Schmertmann (2020), Population pyramids yield accurate estimates of total fertility
    rates, Demography 57(1), 221-241.

    Notes
    -----
    The coefficients are regressions over many populations; of the simplest form the authors give a
    median error of 0.09 births per woman.  In China children who are missed or live elsewhere
    weigh more.  In 2010 the census missed a seventh of the children under five: xTFR of the nation
    is 1.48, where World Population Prospects 2024 has 1.68 for the five years; in 2020 hardly any,
    and it is 1.60 for 1.57.  Beside the level by births (`census_relative_level` times the
    nation's) it is 28 per cent too low in Zhejiang in 2010, a place of arrival, and 14 per cent too
    high in Shaanxi in 2020, where children are left with grandparents.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> people = xr.DataArray(np.ones((2, 101)), dims=("sex", "age"), attrs={"units": "persons"},
    ...     coords={"sex": ["female", "male"], "age": range(101)})
    >>> float(child_woman_tfr(people, refined=False))
    2.0
    """
    check_unit(population, "persons", "population")
    check_dims(population, ("sex", "age"), "population", leading=LEADING)
    check_sexes(population, "population")
    check_ages(population, "population")
    check_values(population, "population", low=0.0)
    if population.sizes["age"] < 50:
        raise SchemaError("population: ages 0 to 49 are needed. Do not cut them off.")
    children = population.sel(age=slice(0, 4)).sum(("sex", "age"))
    women = population.sel(sex="female", age=slice(15, 49), drop=True)
    total = women.sum("age")
    if (bad := total.values <= 0).any():
        raise SchemaError(
            f"population: no women of 15 to 49 at {first_offender(total, bad)}, so there is no "
            "level. Leave the member out."
        )
    share = women.sel(age=slice(25, 34)).sum("age") / total
    factor = 10.65 - 12.55 * share if refined else 7.0
    if refined and (bad := np.asarray(factor) <= 0).any():
        raise SchemaError(
            f"population: {share.values[bad][0]:.0%} of the women are 25 to 34 at "
            f"{first_offender(share, bad)}; the formula ends at 85 %. Use refined=False."
        )
    tfr = factor * children / total
    if q5 is not None:
        dying = as_array(q5, "q5")
        check_values(dying, "q5", low=0.0, high=1.0)
        check_shared_labels(population=population, q5=dying)
        tfr = tfr / (1 - 0.75 * dying)
    return _tfr(tfr, population, q5)


def tfr_from_births(births: Parameter, women: xr.DataArray, pattern: xr.DataArray) -> xr.DataArray:
    """Total fertility from a number of births, the women of the place and an age pattern.

    TFR = B / Σ Wx px: the level at which the pattern gives the births (indirect standardisation).

    Parameters
    ----------
    births : births of a year, a number or an array (…).
    women : person-years lived by women in the year (…, age), or women in its middle; unit persons
        or person-years.
    pattern : (…, age) by the same single years, summing to 1.

    Returns
    -------
    xr.DataArray
        tfr (…), births per woman.

    Raises
    ------
    SchemaError
        A value is negative or missing, labels or units differ, or nobody is at an age of the
        pattern.

    References
    ----------
    Preston, Heuveline and Guillot (2001), Demography, ch. 2.

    Notes
    -----
    Births and women must be of one basis.  Births by registration (户籍) over resident women make a
    city of arrival too low.  A pattern two years too young or old moves the level by up to some
    per cent where cohorts differ in size, as the women born around 1990 and 2000 in China do.

    Examples
    --------
    >>> from yilao.fertility import census_asfr_pattern
    >>> pattern = census_asfr_pattern(2020)
    >>> women = (0 * pattern + 1000).assign_attrs(units="persons")
    >>> float(tfr_from_births(1300, women, pattern).round(12))
    1.3
    """
    check_dims(women, ("age",), "women", leading=LEADING)
    if women.attrs.get("units") != "person-years":
        check_unit(women, "persons", "women")
    check_values(women, "women", low=0.0)
    if check_pattern(pattern) != 1:
        raise SchemaError("pattern: single years of age are needed. Use single_year_asfr().")
    born = as_array(births, "births")
    check_values(born, "births", low=0.0)
    check_shared_labels(women=women, pattern=pattern, births=born)
    expected = (women * pattern).sum("age")
    if (bad := expected.values <= 0).any():
        raise SchemaError(
            f"women: nobody is at an age of the pattern at {first_offender(expected, bad)}, so "
            "there is no level. Check the ages."
        )
    return _tfr(born / expected, women, pattern, births)


def tfr_from_infants(
    population: xr.DataArray, pattern: xr.DataArray, *, survival: Parameter
) -> xr.DataArray:
    """Total fertility of the last twelve months from children of age 0 in a census.

    TFR = (C0 / S0) / Σ (Wx + Wx+1)/2 px: the infants are brought back to births by the survival to
    age 0, the women were half a year younger on average.

    Parameters
    ----------
    population : (…, sex, age) by single years from 0, persons on one day.
    pattern : (…, age) by the same ages, summing to 1.
    survival : share of the births of the last twelve months alive on the day (L0 of a life table),
        a number or an array (…).

    Returns
    -------
    xr.DataArray
        tfr (…), births per woman.

    Raises
    ------
    SchemaError
        A label, unit or value is wrong, or ``survival`` is not above 0 and at most 1.

    References
    ----------
    Preston, Heuveline and Guillot (2001), Demography, ch. 2.

    Notes
    -----
    Every error of the infants is an error of the level.  China's census of 2010 counted 13.8
    million of age 0, and World Population Prospects 2024 has 17.9 million births in the twelve
    months before: 23 per cent too low; in 2020 it was 3 per cent.  Children away from their
    mothers: too low in cities of arrival, too high where they are left.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> from yilao.fertility import census_asfr_pattern
    >>> people = xr.DataArray(np.ones((2, 101)), dims=("sex", "age"), attrs={"units": "persons"},
    ...     coords={"sex": ["female", "male"], "age": range(101)})
    >>> float(tfr_from_infants(people, census_asfr_pattern(2020), survival=1.0).round(12))
    2.0
    """
    check_unit(population, "persons", "population")
    check_dims(population, ("sex", "age"), "population", leading=LEADING)
    check_sexes(population, "population")
    check_ages(population, "population")
    check_values(population, "population", low=0.0)
    alive = as_array(survival, "survival")
    check_values(alive, "survival", high=1.0)
    if (alive.values <= 0).any():
        raise SchemaError(
            "survival: it must be above 0 and at most 1. L0 of a life table is meant."
        )
    check_shared_labels(population=population, survival=alive)
    women = population.sel(sex="female", drop=True).transpose(..., "age")
    exposed = women.copy(data=half_a_year_younger(women.values))
    exposed.attrs = {"units": "persons", "sources": sources_of(population, survival)}
    infants = population.sel(age=0, drop=True).sum("sex")
    return tfr_from_births(infants / alive, exposed, pattern)


def relative_level(place: xr.DataArray, nation: xr.DataArray, pattern: xr.DataArray) -> float:
    """Total fertility of a place over the nation's, from children of age 0 in a census.

    Children under one divided by the births that the national age pattern would give the women of
    the place at one child each, over the same ratio of the nation (indirect
    standardisation; Preston, Heuveline and Guillot 2001, ch. 2).  Mothers who live apart from their
    infants, and infants who moved, go wrong: the level comes out too low where children stay with
    grandparents elsewhere, too high where they are left.

    Parameters
    ----------
    place, nation : (sex, age) persons on the same day.
    pattern : (age) by the same ages, summing to 1.

    Returns
    -------
    float
        The place's total fertility rate over the nation's.

    Raises
    ------
    SchemaError
        A dimension, label or value is wrong, nobody is under one year old, or no women are at the
        ages of the pattern.

    References
    ----------
    Preston, Heuveline and Guillot (2001), Demography, ch. 2 (indirect standardisation).

    Examples
    --------
    >>> from yilao.fertility import wpp_asfr_pattern
    >>> from yilao.population import census_groups, single_years
    >>> place, nation = (single_years(census_groups(p, 2020)) for p in ("zhejiang", "china"))
    >>> pattern = wpp_asfr_pattern("2022", [2020]).isel(year=0, drop=True)
    >>> round(relative_level(place, nation, pattern), 2)
    0.78
    """
    check_dims(pattern, ("age",), "pattern", leading=())
    check_pattern(pattern)

    def per_expected(population: xr.DataArray, name: str) -> float:
        check_dims(population, ("sex", "age"), name, leading=())
        check_sexes(population, name)
        check_values(population, name, low=0.0)
        check_same_labels(population, pattern, "age", name, "pattern")
        # The births are those of the twelve months before: women were half a year younger.
        exposed = half_a_year_younger(population.sel(sex="female").values)
        infants, expected = population.sel(age=0).sum(), (exposed * pattern.values).sum()
        if not float(infants) > 0:
            raise SchemaError(f"{name}: nobody is under one year old, so births cannot be told.")
        if not expected > 0:
            raise SchemaError(f"{name}: no women are at the ages of the pattern. Check the ages.")
        return float(infants) / float(expected)

    return per_expected(place, "place") / per_expected(nation, "nation")


def half_a_year_younger(women: np.ndarray) -> np.ndarray:
    """Women (…, age) in the middle of the twelve months before the count, deaths left out."""
    exposed = women.copy()
    exposed[..., :-1] = (women[..., :-1] + women[..., 1:]) / 2
    return exposed


def _tfr(values: xr.DataArray, *sources: object) -> xr.DataArray:
    ordered = values.transpose(*[d for d in LEADING if d in values.dims])
    return finish(ordered, "tfr", "births per woman", *sources)
