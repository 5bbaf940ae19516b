"""Heaping and accuracy of ages, and the ratios of an age structure, worked by hand and on China."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from yilao import facts
from yilao.population import (
    age_ratios,
    age_sex_accuracy,
    ageing_index,
    bachi,
    dependency_ratios,
    mean_age,
    median_age,
    myers,
    sex_ratio,
    sex_ratios,
    whipple,
)
from yilao.schema import SEXES, SchemaError


def single(values: object) -> xr.DataArray:
    array = np.asarray(values, dtype=float)
    array = np.broadcast_to(array, (2, array.shape[-1])).copy()
    return xr.DataArray(
        array,
        dims=("sex", "age"),
        coords={"sex": list(SEXES), "age": range(array.shape[1])},
        attrs={"units": "persons", "basis": "resident", "sources": ["me"]},
    )


def china_2010() -> xr.DataArray:
    return single(facts.by_age("census_population_single_2010.csv")[1])


EVEN = single(np.full(101, 700.0))
ONLY_TENS = single(np.where(np.arange(101) % 10 == 0, 100.0, 0.0))
FIVES_AND_TENS = single(np.where(np.arange(101) % 5 == 0, 100.0, 0.0))
# From the spreadsheet AGESEX of the Population Analysis System: males and females 0-4 … 75+.
MALES = [4677, 4135, 3825, 3647, 3247, 2802, 2409, 2212, 1786, 1505, 1390, 984, 745, 537, 346, 335]
FEMALES = [
    4544,
    4042,
    3735,
    3647,
    3309,
    2793,
    2353,
    2112,
    1691,
    1409,
    1241,
    887,
    697,
    525,
    348,
    366,
]


def agesex() -> xr.DataArray:
    fives = np.array([FEMALES, MALES], dtype=float) * 1000
    return single(np.concatenate([np.repeat(fives[:, :-1] / 5, 5, axis=1), fives[:, -1:]], axis=1))


@pytest.mark.parametrize(
    ("index", "none", "tens", "fives"),
    [(whipple, 100, 500, 500), (myers, 0, 90, 80), (bachi, 0, 90, 80)],
)
def test_no_heaping_and_nothing_but_heaping(
    index: Callable[[xr.DataArray], xr.DataArray], none: float, tens: float, fives: float
) -> None:
    for people, expected in ((EVEN, none), (ONLY_TENS, tens), (FIVES_AND_TENS, fives)):
        found = index(people)
        assert found.dims == ("sex",)
        np.testing.assert_allclose(found, expected, atol=1e-12)


def test_heaping_of_a_tenth_worked_by_hand() -> None:
    people = np.full(101, 100.0)
    people[::10] = 200.0
    # Whipple: 25, 35, 45, 55 at 100 and 30, 40, 50, 60 at 200; 40 ages of 100 and four more.
    np.testing.assert_allclose(whipple(single(people)), 500 * 1200 / 4400)
    # Myers: digit 0 blends to twice the others, 2 / 11 of all.
    np.testing.assert_allclose(myers(single(people)), 50 * (2 / 11 - 0.1 + 9 * (0.1 - 1 / 11)))


def test_a_line_has_no_heaping_by_bachi_and_little_by_the_others() -> None:
    line = single(1000.0 - 9 * np.arange(101))
    assert (abs(bachi(line) - 0) < 1.0).all()
    assert (abs(whipple(line) - 100) < 1.0).all()
    assert (myers(line) < 1.0).all()


def test_china_2010_stated_its_ages_well() -> None:
    people = china_2010()
    np.testing.assert_allclose(whipple(people), 100, atol=3)
    assert (myers(people) < 3).all()
    assert (bachi(people) < 3).all()


def test_the_scores_of_the_spreadsheet() -> None:
    scores = age_sex_accuracy(agesex())
    np.testing.assert_allclose(scores["age_ratio_score"], [3.66, 3.9], atol=0.05)
    np.testing.assert_allclose(scores["sex_ratio_score"], 2.2, atol=0.05)
    np.testing.assert_allclose(scores["joint"], 14.3, atol=0.05)
    ratios = sex_ratios(agesex())
    np.testing.assert_allclose(ratios, 100 * np.divide(MALES, FEMALES)[:-1], rtol=1e-12)
    by_age = age_ratios(agesex()).sel(sex="male")
    assert by_age["age_low"].values.tolist() == list(range(5, 70, 5))
    np.testing.assert_allclose(by_age[0], 100 * 4135 / ((4677 + 3825) / 2), rtol=1e-12)


def test_even_ages_score_nothing() -> None:
    scores = age_sex_accuracy(EVEN)
    assert all((scores[k] == 0).all() for k in scores)
    assert scores["joint"].dims == ()


def test_leading_dimensions_stay() -> None:
    many = xr.concat([EVEN, FIVES_AND_TENS], dim=xr.Variable("area", ["a", "b"]))
    many = many.transpose("sex", "area", "age").assign_attrs(EVEN.attrs)
    assert whipple(many).sel(area="b").values.tolist() == [500, 500]
    assert sex_ratios(many).dims == ("area", "age_low")
    np.testing.assert_allclose(sex_ratios(many), 100)
    assert set(age_sex_accuracy(many)["joint"].dims) == {"area"}
    assert median_age(many).dims == ("area",)
    assert dependency_ratios(many)["total"].dims == ("area",)


@pytest.mark.parametrize("index", [whipple, myers, bachi, sex_ratios, age_ratios, age_sex_accuracy])
def test_the_open_group_and_nobody(index: Callable[[xr.DataArray], xr.DataArray]) -> None:
    with pytest.raises(SchemaError, match=r"closed single years up to \d+ are needed, the open"):
        index(EVEN.isel(age=slice(55)))
    with pytest.raises(SchemaError, match=r"^population: nobody .* at"):
        index((EVEN * 0).assign_attrs(EVEN.attrs))


def test_faults_of_ranges() -> None:
    with pytest.raises(SchemaError, match=r"^low, high: 10 and 85; they must be 20, 30"):
        myers(EVEN, high=85)
    with pytest.raises(SchemaError, match=r"^low, high: 0 and 50; they must be 10, 20"):
        bachi(EVEN, low=0, high=50)
    with pytest.raises(SchemaError, match=r"^high: 72; needed is a multiple of 5"):
        age_ratios(EVEN, high=72)


# Structure.


def test_ratios_by_hand() -> None:
    people = np.zeros((2, 101))
    people[:, 10], people[:, 40], people[0, 62], people[1, 70] = 10, 30, 12, 6
    population = single(people)
    ratios = dependency_ratios(population)
    np.testing.assert_allclose(ratios["child"], 100 * 20 / 72)
    np.testing.assert_allclose(ratios["old"], 100 * 6 / 72)
    np.testing.assert_allclose(ratios["total"], 100 * 26 / 72)
    at_60 = dependency_ratios(population, old=60)
    np.testing.assert_allclose(at_60["old"], 100 * 18 / 60)
    np.testing.assert_allclose(ageing_index(population), 30)
    np.testing.assert_allclose(ageing_index(population, old=60), 90)
    np.testing.assert_allclose(sex_ratio(population), 100 * 46 / 52)
    np.testing.assert_allclose(sex_ratio(population, 0, 60), 100)
    np.testing.assert_allclose(median_age(population), 40 + (49 - 20) / 60)
    expected = (20 * 10.5 + 60 * 40.5 + 12 * 62.5 + 6 * 70.5) / 98
    np.testing.assert_allclose(mean_age(population), expected)
    assert ratios["old"].attrs == {"basis": "resident", "sources": ["me"], "units": "per 100"}


def test_median_at_a_bound_and_mean_with_an_open_group() -> None:
    people = single([10.0, 10, 0, 20])
    np.testing.assert_allclose(median_age(single([10.0, 10, 0, 15, 5])), 3)
    expected = (10 * 0.5 + 10 * 1.5 + 20 * (3 + 4)) / 40
    np.testing.assert_allclose(mean_age(people, open_years=4), expected)
    with pytest.raises(SchemaError, match=r"half of the people are in the open group 3\+"):
        median_age(people)


def test_china_2010_structure() -> None:
    people = china_2010()
    assert 34 < float(median_age(people)) < 36
    assert 104 < float(sex_ratio(people)) < 106
    # As published: 0-14 16.6, 15-64 74.5, 65 and over 8.9 per cent.
    np.testing.assert_allclose(dependency_ratios(people)["old"], 100 * 8.9 / 74.5, atol=0.1)


def test_faults_of_structure() -> None:
    nobody = (EVEN * 0).assign_attrs(EVEN.attrs)
    for call, message in (
        (lambda: dependency_ratios(nobody), r"nobody to compare with .* child dependency is not"),
        (lambda: ageing_index(nobody), r"the ageing index is not defined"),
        (lambda: sex_ratio(nobody), r"the sex ratio is not defined"),
        (lambda: median_age(nobody), r"^population: nobody at the value; no median age"),
        (lambda: mean_age(nobody), r"^population: nobody at the value; no mean age"),
        (lambda: mean_age(EVEN, open_years=-1), r"^open_years: -1; needed are years not below 0"),
        (lambda: dependency_ratios(EVEN, young=65, old=15), r"^young, old: 65 and 15; needed is 0"),
        (lambda: ageing_index(EVEN, old=120), r"^ages: \[120, None. is not within 0 … 100"),
    ):
        with pytest.raises(SchemaError, match=message):
            call()
