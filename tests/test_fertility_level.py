"""Levels of fertility from children, births and infants; the censuses of 2010 and 2020."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from yilao import facts
from yilao.fertility import (
    asfr,
    census_asfr,
    census_asfr_pattern,
    census_relative_level,
    child_woman_tfr,
    mean_age_at_birth,
    tfr_from_births,
    tfr_from_infants,
    total_fertility,
    wpp_annual,
)
from yilao.schema import SEXES, SchemaError, YilaoError

PATTERN = census_asfr_pattern(2020)


def population(values: np.ndarray, **dims: list[int]) -> xr.DataArray:
    return xr.DataArray(
        values,
        dims=(*dims, "sex", "age"),
        coords={**dims, "sex": list(SEXES), "age": np.arange(values.shape[-1])},
        attrs={"units": "persons", "basis": "resident", "sources": ["a register"]},
    )


EVEN = population(np.ones((2, 101)))


# Children and women.


def test_child_woman_by_hand() -> None:
    women = np.zeros(101)
    women[15:50], women[25:35] = 100.0, 300.0
    people = population(np.stack([women, np.zeros(101)]))
    people.loc[{"age": slice(0, 4)}] = 40.0
    ratio, share = 400 / 5500, 3000 / 5500
    assert float(child_woman_tfr(people, refined=False)) == pytest.approx(7 * ratio)
    refined = (10.65 - 12.55 * share) * ratio
    assert float(child_woman_tfr(people)) == pytest.approx(refined)
    assert float(child_woman_tfr(people, q5=0.1)) == pytest.approx(refined / 0.925)
    assert child_woman_tfr(people).attrs == {"units": "births per woman", "sources": ["a register"]}


def stable(growth: float) -> xr.DataArray:
    """A stable population without deaths: everyone of age a was born exp(-growth (a + 1/2))."""
    born = np.exp(-growth * (np.arange(101) + 0.5))
    return population(np.stack([born, born]))


@pytest.mark.parametrize("tfr", [1.0, 2.0, 3.0])
def test_child_woman_comes_near_the_level_of_a_stable_population(tfr: float) -> None:
    growth = np.log(tfr / 2) / float(mean_age_at_birth(PATTERN))
    got = child_woman_tfr(stable(growth))
    assert float(got) == pytest.approx(tfr, rel=0.12)


def test_child_woman_of_members_and_arguments_unchanged() -> None:
    two = population(np.stack([EVEN.values, EVEN.values * 3]), year=[2010, 2020])
    q5 = xr.DataArray([0.01, 0.0], dims="year", coords={"year": [2010, 2020]})
    before = two.copy(deep=True)
    got = child_woman_tfr(two, q5=q5)
    assert got.dims == ("year",)
    assert float(got[1]) == pytest.approx(float(child_woman_tfr(EVEN)))
    assert float(got[0] / got[1]) == pytest.approx(1 / 0.9925)
    xr.testing.assert_identical(two, before)


@pytest.mark.parametrize(
    ("place", "year", "xtfr", "by_births"),
    [
        ("china", 2010, 1.475, 1.682),
        ("china", 2020, 1.595, 1.568),
        ("zhejiang", 2010, 1.101, 1.535),
        ("shaanxi", 2020, 1.524, 1.334),
    ],
)
def test_child_woman_misses_china_as_the_docstring_says(
    place: str, year: int, xtfr: float, by_births: float
) -> None:
    frame = facts.series(f"census_population_{year}.csv", place)
    # The formula needs sums only: every group may stand at its lower age.
    people = population(np.zeros((2, 101)))
    for row in frame.itertuples():
        people.loc[{"sex": row.sex, "age": int(row.age_low)}] = row.value
    assert float(child_woman_tfr(people)) == pytest.approx(xtfr, abs=0.001)
    five_years = wpp_annual("2024", "tfr").loc[year - 4 : year].mean()
    assert census_relative_level(place, year) * five_years == pytest.approx(by_births, abs=0.001)


# Births and infants.


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(1, 1e6), min_size=101, max_size=101), st.floats(0.1, 8), st.booleans())
def test_births_of_known_rates_give_their_level(
    counts: list[float], level: float, years: bool
) -> None:
    unit = "person-years" if years else "persons"
    women = PATTERN.copy(data=counts).assign_attrs(units=unit)
    births = float((women * asfr(level, PATTERN)).sum())
    assert float(tfr_from_births(births, women, PATTERN)) == pytest.approx(level, rel=1e-12)


def test_births_of_years_and_areas() -> None:
    women = PATTERN.expand_dims(area=["a", "b"]) * 0 + 500.0
    women.attrs["units"] = "persons"
    births = xr.DataArray([600.0, 700.0], dims="year", coords={"year": [2020, 2021]})
    got = tfr_from_births(births, women, PATTERN)
    assert got.dims == ("year", "area")
    np.testing.assert_allclose(got.sel(area="b"), [1.2, 1.4])


def test_infants_by_hand() -> None:
    pattern = xr.DataArray([0.0, 1.0, 0.0], dims="age", coords={"age": range(3)})
    people = population(np.array([[1.0, 2.0, 4.0], [2.0, 9.0, 9.0]]))
    before = people.copy(deep=True)
    got = tfr_from_infants(people, pattern, survival=0.75)
    assert float(got) == pytest.approx(3 / 0.75 / 3)
    xr.testing.assert_identical(people, before)


# The censuses.


def test_the_printed_rates_give_the_published_level_of_2010() -> None:
    """Table 6-3 sums to 1.188 by single years; 1.181 was published, by five-year groups."""
    rates = census_asfr(2010)
    assert float(total_fertility(rates)) == pytest.approx(1.18787, abs=1e-9)
    assert 0.006 < float(total_fertility(rates)) - 1.181 < 0.008
    assert float(rates.sel(age=15)) == 0.00011
    assert float(rates.sel(age=slice(0, 14)).sum() + rates.sel(age=slice(50, None)).sum()) == 0


def test_a_tenth_as_sample_falls_three_per_cent_short_of_the_published_level_of_2020() -> None:
    births = facts.series("fertility_births_by_age_2020.csv").set_index("age_low")["value"]
    women = facts.series("fertility_women_2020.csv").set_index("age_low")["value"]
    assert births.index.tolist() == women.index.tolist() == list(range(15, 50))
    assert 1.3 / float((10 * births / women).sum()) == pytest.approx(1.029, abs=0.001)
    shares = (births / women) / (births / women).sum()
    np.testing.assert_allclose(PATTERN[15:50], shares, rtol=1e-12)


def test_births_by_age_are_all_births_of_the_sample_of_2020() -> None:
    by_age = facts.series("fertility_births_by_age_2020.csv")["value"].sum()
    for year in (2010, 2020):
        sample = facts.series(f"fertility_births_sample_{year}.csv")
        wide = sample.pivot_table(index="place", columns="sex", values="value")
        assert (wide["female"] + wide["male"] == wide["both"]).all()
        assert wide.loc["china", "both"] > wide.drop("china")["both"].sum()
    assert wide.loc["china", "both"] == by_age


def test_mothers_of_2020_are_a_year_older_than_those_of_2010() -> None:
    ages = [float(mean_age_at_birth(census_asfr_pattern(y))) for y in (2010, 2020)]
    assert ages == pytest.approx([28.44, 29.56], abs=0.01)


@pytest.mark.parametrize(
    ("place", "year", "level"),
    [
        ("zhejiang", 2010, 0.912),
        ("jiangsu", 2010, 0.904),
        ("shaanxi", 2010, 0.896),
        ("zhejiang", 2020, 0.828),
        ("jiangsu", 2020, 0.784),
        ("shaanxi", 2020, 0.851),
    ],
)
def test_provinces_beside_the_nation(place: str, year: int, level: float) -> None:
    assert census_relative_level(place, year) == pytest.approx(level, abs=0.001)
    assert census_relative_level("china", year) == 1.0


def infants_beside_the_nation(place: str, year: int) -> float:
    """Relative level by children of age 0 and women by five-year group, as for births."""
    pattern = census_asfr_pattern(year).values

    def ratio(name: str) -> float:
        frame = facts.series(f"census_population_{year}.csv", name)
        women = frame[(frame["sex"] == "female") & frame["age_high"].notna()]
        expected = sum(
            r.value * pattern[int(r.age_low) : int(r.age_high) + 1].mean()
            for r in women.itertuples()
        )
        return float(frame.loc[frame["age_low"] == 0, "value"].sum() / expected)

    return ratio(place) / ratio("china")


def test_infants_are_wrong_in_the_direction_the_docstrings_say() -> None:
    def excess(place: str, year: int) -> float:
        return infants_beside_the_nation(place, year) / census_relative_level(place, year) - 1

    assert excess("zhejiang", 2010) == pytest.approx(-0.16, abs=0.01)
    assert excess("zhejiang", 2020) == pytest.approx(-0.06, abs=0.01)
    assert excess("shaanxi", 2020) == pytest.approx(0.14, abs=0.01)


def test_children_missed_by_the_censuses_are_as_many_as_the_docstrings_say() -> None:
    births = wpp_annual("2024", "births")

    def missed(year: int) -> tuple[float, float]:
        frame = facts.series(f"census_population_{year}.csv", "china")
        by_age = frame.groupby("age_low")["value"].sum()
        last_twelve_months = (2 * births[year - 1] + 10 * births[year]) / 12
        under_five = by_age[0] + by_age[1]
        return (
            1 - by_age[0] / last_twelve_months,
            1 - under_five / births.loc[year - 4 : year].sum(),
        )

    assert missed(2010) == pytest.approx((0.23, 0.14), abs=0.005)
    assert missed(2020) == pytest.approx((0.026, 0.007), abs=0.002)
    assert wpp_annual("2024", "tfr")[2010] == pytest.approx(1.69, abs=0.005)


# Faults.

WOMEN = PATTERN.copy(data=np.ones(101)).assign_attrs(units="persons")
GROUPS = WOMEN[::5]
YOUNG = EVEN.copy(data=np.where((EVEN.age >= 25) & (EVEN.age < 35), 1.0, 0.01) * np.ones((2, 1)))
FAULTS = {
    "unit": (
        lambda: child_woman_tfr(EVEN.assign_attrs(units="万")),
        r"population: the unit is '万'",
    ),
    "sexes": (lambda: child_woman_tfr(EVEN[::-1]), r"population: sex is \['male', 'female'\]"),
    "ages": (lambda: child_woman_tfr(EVEN[:, 1:]), r"population: age 0 is missing"),
    "cut": (lambda: child_woman_tfr(EVEN[:, :40]), r"population: ages 0 to 49 are needed"),
    "negative": (lambda: child_woman_tfr(-EVEN), r"population: 202 value\(s\) are negative"),
    "no women": (lambda: child_woman_tfr(EVEN * 0), r"population: no women of 15 to 49 at"),
    "all of one age": (
        lambda: child_woman_tfr(YOUNG),
        r"population: 98% of the women are 25 to 34 at .*; the formula ends at 85 %",
    ),
    "q5": (lambda: child_woman_tfr(EVEN, q5=12.0), r"q5: 1 value\(s\) are above 1"),
    "unit of women": (
        lambda: tfr_from_births(1.0, WOMEN.assign_attrs(units="1"), PATTERN),
        r"women: the unit is '1', needed is 'persons'",
    ),
    "negative births": (
        lambda: tfr_from_births(-1.0, WOMEN, PATTERN),
        r"births: 1 value\(s\) are negative",
    ),
    "mothers' ages": (
        lambda: tfr_from_births(1.0, WOMEN[15:50], PATTERN),
        r"age: women has 35 labels and pattern has 101",
    ),
    "groups": (
        lambda: tfr_from_births(1.0, GROUPS, (GROUPS / GROUPS.sum())),
        r"pattern: single years of age are needed",
    ),
    "nobody": (
        lambda: tfr_from_births(1.0, WOMEN * 0, PATTERN),
        r"women: nobody is at an age of the pattern at",
    ),
    "survival": (
        lambda: tfr_from_infants(EVEN, PATTERN, survival=0.0),
        r"survival: it must be above 0 and at most 1",
    ),
    "survival in per cent": (
        lambda: tfr_from_infants(EVEN, PATTERN, survival=99.0),
        r"survival: 1 value\(s\) are above 1",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults(fault: str) -> None:
    call, message = FAULTS[fault]
    with pytest.raises(SchemaError, match=message):
        call()


def test_censuses_and_places_that_are_not_packaged() -> None:
    with pytest.raises(YilaoError, match=r"printed census rates are packaged for 2010, asked is 2"):
        census_asfr(2020)
    with pytest.raises(YilaoError, match=r"patterns are packaged for 2010 and 2020, asked is 2000"):
        census_asfr_pattern(2000)
    with pytest.raises(YilaoError, match=r"births of 'hangzhou' in the census of 2020 are not"):
        census_relative_level("hangzhou", 2020)
