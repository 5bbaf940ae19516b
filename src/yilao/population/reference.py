"""China by single years of age on the days of its censuses, and the trough of the famine in it."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao import facts
from yilao.mortality import life_table, survival_ratios, wpp_mx
from yilao.population.groups import CENSUS_DAY, census_groups
from yilao.population.proportional import proportional_to
from yilao.schema import OPEN_AGE, SEXES, FactsError, SchemaError, YilaoError

Array = npt.NDArray[np.float64]


def famine_ages(year: int) -> tuple[int, int]:
    """First and last age, on 1 November, of those born from November 1957 to October 1962.

    Between the ages on both sides the births of ordinary years are interpolated.

    Examples
    --------
    >>> famine_ages(2020)
    (58, 62)
    """
    return year - 1962, year - 1958


def _aged_2010_cohorts() -> Array:
    """China's single years of 2010 survived ten years: (sex, age), ages 10 … 100 filled."""
    _, now = facts.by_age("census_population_single_2010.csv")
    ratio = survival_ratios(life_table(wpp_mx("2022", range(2011, 2021)))).values
    for t in range(10):
        after = np.zeros_like(now)
        after[:, 1:] = now[:, :-1]
        after[:, -1] += now[:, -1]
        now = after * ratio[t]
    return now


def _born_2010_2020() -> Array:
    """Children of WPP's annual births still alive on 1 November 2020: (sex, age), ages 0 … 9."""
    births = {y: v[0] for y, v in facts.by_year("wpp2022_births.csv").items()}
    srb = {y: v[0] for y, v in facts.by_year("wpp2022_sex_ratio_at_birth.csv").items()}
    lx = life_table(wpp_mx("2022", [2015]))["lx"].values[0]
    children = np.zeros((2, 10))
    for age in range(10):
        # Aged a on 1 November 2020: ten months of the births of 2020 - a, two of the year before.
        for year, share in ((2020 - age, 10 / 12), (2019 - age, 2 / 12)):
            boys = srb[year] / (1 + srb[year])
            children[:, age] += share * births[year] * np.array([1 - boys, boys])
        children[:, age] *= (lx[:, age] + lx[:, age + 1]) / 2
    return children


@cache
def _national_single(year: int) -> xr.DataArray:
    groups = census_groups("china", year)
    if groups is None:  # pragma: no cover - the packaged files hold the nation
        raise YilaoError(f"census_population_{year}.csv: the nation is missing.")
    if year == 2010:
        file = "census_population_single_2010.csv"
        return labelled(facts.by_age(file)[1], groups.attrs, [facts.source(file)])
    reference = _aged_2010_cohorts()
    reference[:, :10] = _born_2010_2020()
    ages, exposure = facts.by_age("census_exposure_single_2020.csv")
    reference[:, 85:] = exposure[:, ages >= 85]
    single = np.zeros_like(reference)
    lows = groups["age_low"].values
    # Three sources meet at 10 and at 85 with different levels: each is scaled on its own.
    for first, last in ((0, 9), (10, 84), (85, OPEN_AGE)):
        keep = (lows >= first) & (lows <= last)
        part = proportional_to(
            reference[:, first : last + 1], groups.values[:, keep], lows[keep] - first, None
        )
        single[:, first : last + 1] = part.single
    files = ("census_population_single_2010.csv", "wpp2022_births.csv", "wpp2022_mx.csv")
    sources = [*groups.attrs["sources"], *(facts.source(f) for f in files)]
    return labelled(single, groups.attrs, sources)


def national_reference(year: int = 2020) -> xr.DataArray:
    """China's resident population by single age on 1 November of a census year.

    Parameters
    ----------
    year : 2010, whose single years are published, or 2020, whose are not in the sources used: there
        ages 0-9 follow WPP's annual births, 10-84 the single years of the census of 2010 survived
        ten years with WPP mortality, 85 and over the exposures of the census of 2020; all groups
        are those of the census of 2020.

    Returns
    -------
    xr.DataArray
        (sex, age 0 … 100+), persons.

    Raises
    ------
    FactsError
        Another year.

    Examples
    --------
    >>> national_reference(2010).sel(age=[47, 50]).sum("sex").round(-5).values
    array([27000000., 14100000.])
    """
    if year not in CENSUS_DAY:
        raise FactsError(f"census of {year}: packaged are those of {list(CENSUS_DAY)}.")
    return _national_single(year).copy()


def famine_trough(reference: xr.DataArray) -> Array:
    """Depth of the birth trough of 1958-62 by age: 1 outside, births over ordinary births inside.

    ``reference`` is dated to a census day.  Ordinary births are interpolated on a log scale between
    the ages on both sides.

    Parameters
    ----------
    reference : (sex, age) persons by single year, with ``attrs["date"]``.

    Returns
    -------
    numpy.ndarray
        (age), people over those whom ordinary births would have left; 1 outside `famine_ages`.

    Raises
    ------
    SchemaError
        The date is not that of a census.

    Examples
    --------
    >>> famine_trough(national_reference())[57:64].round(2)
    array([1.  , 0.79, 0.47, 0.63, 0.61, 0.85, 1.  ])
    """
    date = reference.attrs.get("date")
    if date not in CENSUS_DAY.values():
        raise SchemaError(
            f"reference: its date is {date!r}; needed is a census day, one of "
            f"{list(CENSUS_DAY.values())}, which tells the ages of the cohorts. Set "
            'reference.attrs["date"].'
        )
    first, last = famine_ages(int(str(date)[:4]))
    people = reference.sum("sex").values
    inside = np.arange(first, last + 1)
    ordinary = np.exp(
        np.interp(inside, [first - 1, last + 1], np.log(people[[first - 1, last + 1]]))
    )
    trough = np.ones(len(people))
    trough[inside] = people[inside] / ordinary
    return trough


def labelled(values: Array, attrs: dict[str, object], sources: list[str]) -> xr.DataArray:
    """Label (sex, age) values as a population with the basis and date of its source."""
    return xr.DataArray(
        values,
        dims=("sex", "age"),
        coords={"sex": list(SEXES), "age": np.arange(values.shape[1])},
        name="population",
        attrs={
            "units": "persons",
            "basis": attrs["basis"],
            "open_age": values.shape[1] - 1,
            "date": attrs["date"],
            "sources": sources,
        },
    )
