"""Net migration as a residual, by any method, interval and survival ratio, for many areas."""

from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from yilao.migration import (
    annual_net_migration,
    census_residual,
    census_survival_ratios,
    cohort_ratios,
    cohort_residual,
    implausible,
    join_five_years,
    life_table_survival,
    profile,
)
from yilao.mortality import life_table, survival_ratios, wpp_mx
from yilao.population import census_groups
from yilao.schema import SEXES, BasisError, SchemaError, YilaoError

PREFECTURES = ("hangzhou", "taizhou-zhejiang", "taizhou-jiangsu", "ankang")
FIVE = np.arange(0, 90, 5)
INTERVALS = st.sampled_from([5, 10, 20])


def people(values: Any, ages: Any = FIVE, **attrs: Any) -> xr.DataArray:
    return xr.DataArray(
        np.asarray(values, dtype=float).reshape(2, len(ages)),
        dims=("sex", "age"),
        coords={"sex": list(SEXES), "age": ages},
        attrs={"units": "persons", "basis": "resident", "sources": ["made up"]} | attrs,
    )


def counts(low: float = 1.0, high: float = 1e6) -> st.SearchStrategy[xr.DataArray]:
    return arrays(float, 36, elements=st.floats(low, high)).map(people)


def ratios(low: float = 0.05) -> st.SearchStrategy[xr.DataArray]:
    return arrays(float, 36, elements=st.floats(low, 1)).map(lambda v: people(v, units="1"))


@pytest.fixture(scope="module")
def lx() -> xr.DataArray:
    return life_table(wpp_mx("2024", [2015]).isel(year=0))["Lx"]


@pytest.fixture(scope="module")
def pairs() -> dict[str, tuple[xr.DataArray, xr.DataArray]]:
    return {
        p: tuple(join_five_years(census_groups(p, y)) for y in (2010, 2020))
        for p in (*PREFECTURES, "china")
    }


def survivors(before: xr.DataArray, ratio: xr.DataArray, steps: int) -> np.ndarray:
    """Who is there of those of the first census, in loops: the youngest steps are not yet born."""
    p, s = before.values, ratio.values[:, -before.sizes["age"] :]
    out = np.zeros_like(p)
    for sex in range(2):
        for a in range(p.shape[1]):
            to = min(a + steps, p.shape[1] - 1)
            out[sex, to] += p[sex, a] * s[sex, to]
    return out


# Forward, reverse, average.


@settings(deadline=None, max_examples=30)
@given(before=counts(), ratio=ratios(), moved=counts(-1e5, 1e5), interval=INTERVALS)
def test_the_forward_residual_closes_the_census(
    before: xr.DataArray, ratio: xr.DataArray, moved: xr.DataArray, interval: int
) -> None:
    steps = interval // 5
    closed = survivors(before, ratio, steps)
    after = before.copy(data=np.maximum(closed + moved.values, 0))
    kept = [a.copy(deep=True) for a in (before, after, ratio)]
    found = cohort_residual(before, after, survival=ratio, interval=interval)
    for now, then in zip((before, after, ratio), kept, strict=True):
        xr.testing.assert_identical(now, then)
    assert found["age"].values.tolist() == FIVE[steps:].tolist()
    wanted = (after.values - closed)[:, steps:]
    np.testing.assert_allclose(found, wanted, atol=1e-9 * float(after.max() + before.max()) * 18)


@settings(deadline=None, max_examples=30)
@given(before=counts(), after=counts(), ratio=ratios())
def test_the_average_lies_between_forward_and_reverse(
    before: xr.DataArray, after: xr.DataArray, ratio: xr.DataArray
) -> None:
    forward, reverse, average = (
        cohort_residual(before, after, survival=ratio, method=m)
        for m in ("forward", "reverse", "average")
    )
    s = ratio.sel(age=slice(10, None))
    np.testing.assert_allclose(reverse, forward / s, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(average, (forward + reverse) / 2, rtol=1e-9, atol=1e-6)
    slack = 1e-9 * (abs(forward) + abs(reverse))
    assert (average >= np.minimum(forward, reverse) - slack).all()
    assert (average <= np.maximum(forward, reverse) + slack).all()


def test_the_methods_by_hand() -> None:
    before, after = people([100.0] * 36), people([90.0] * 36)
    ratio = people([0.8] * 36, units="1")
    by_method = {
        m: float(cohort_residual(before, after, survival=ratio, method=m).sel(sex="male", age=20))
        for m in ("forward", "reverse", "average")
    }
    assert by_method == pytest.approx({"forward": 10, "reverse": 12.5, "average": 11.25})
    # three groups of the first census meet in the open group
    last = cohort_residual(before, after, survival=ratio).sel(sex="male", age=85)
    assert float(last) == pytest.approx(90 - 0.8 * 300)


def test_single_years_of_age() -> None:
    ages = np.arange(101)
    before, after = people([10.0] * 202, ages), people([9.0] * 202, ages)
    ratio = people([0.5] * 202, ages, units="1")
    found = cohort_residual(before, after, survival=ratio, interval=7)
    assert found["age"].values.tolist() == list(range(7, 101))
    np.testing.assert_allclose(found.sel(age=slice(7, 99)), 4)
    np.testing.assert_allclose(found.sel(age=100), 9 - 0.5 * 80)
    assert found.attrs["units"] == "persons per 7 years"
    assert found.attrs["method"] == "forward"


def test_births_give_the_youngest_a_residual() -> None:
    before, after = people([100.0] * 36), people([90.0] * 36)
    ratio = people([0.9] * 36, units="1")
    births = people([50.0, 60.0] * 2, FIVE[:2], sources=["births"])
    found = cohort_residual(before, after, survival=ratio, births=births)
    assert found["age"].values.tolist() == FIVE.tolist()
    np.testing.assert_allclose(found.sel(age=[0, 5]), [[45, 36]] * 2)
    older = found.sel(age=slice(10, None))
    np.testing.assert_array_equal(older, cohort_residual(before, after, survival=ratio))
    assert found.attrs["sources"] == ["made up", "births"]


def test_coverage_takes_a_known_undercount_out() -> None:
    before, ratio = people(np.linspace(50, 500, 36)), people([0.9] * 36, units="1")
    # The second census counted 98 % of those that the first would have counted; nobody moved.
    after = before.copy(data=0.98 * survivors(before, ratio, 2))
    found = cohort_residual(before, after, survival=ratio, coverage=0.98)
    np.testing.assert_allclose(found, 0, atol=1e-9)
    plain = cohort_residual(before, after, survival=ratio)
    np.testing.assert_allclose(plain, -0.02 * survivors(before, ratio, 2)[:, 2:], atol=1e-9)
    by_age = people([0.98] * 36, units="1")
    np.testing.assert_allclose(
        cohort_residual(before, after, survival=ratio, coverage=by_age), found, atol=1e-12
    )


# Survival between censuses.


@settings(deadline=None, max_examples=30)
@given(before=counts(), after=counts())
def test_a_closed_nation_has_no_migration(before: xr.DataArray, after: xr.DataArray) -> None:
    ratio = census_survival_ratios(before, after, interval=10)
    found = cohort_residual(before, after, survival=ratio)
    np.testing.assert_allclose(found, 0, atol=1e-9 * float(after.max()))
    np.testing.assert_allclose(cohort_ratios(before, after, survival=ratio), 1, rtol=1e-12)


@pytest.mark.parametrize("place", PREFECTURES)
def test_the_census_residual_is_the_forward_one(place: str, pairs: dict[str, Any]) -> None:
    ratio = census_survival_ratios(*pairs["china"])
    general = cohort_residual(*pairs[place], survival=ratio)
    tables = [census_groups(p, y) for p in (place, "china") for y in (2010, 2020)]
    special = census_residual(*tables).sel(age_low=slice(10, None))
    np.testing.assert_allclose(general, special, rtol=1e-9, atol=1e-6)


def test_five_year_ratios_are_those_of_a_projection(lx: xr.DataArray) -> None:
    ratio = life_table_survival(lx, range(101), interval=1)
    table = xr.Dataset({"Lx": lx})
    np.testing.assert_allclose(ratio, survival_ratios(table), rtol=1e-14)
    five = life_table_survival(lx, FIVE, interval=5)
    ten = life_table_survival(lx, FIVE, interval=10)
    assert ((five > 0) & (five <= 1)).all()
    # Two steps of five years are one of ten, except that the open group is joined later.
    np.testing.assert_allclose(
        ten.values[:, 2:-1], five.values[:, 2:-1] * five.values[:, 1:-2], rtol=1e-13
    )
    women = lx.sel(sex="female").values
    assert float(ten.sel(sex="female", age=85)) == pytest.approx(
        women[85:].sum() / women[75:].sum()
    )
    assert float(ten.sel(sex="female", age=0)) == pytest.approx(women[:5].sum() / 5)
    assert float(ten.sel(sex="female", age=5)) == pytest.approx(women[5:10].sum() / 5)


def test_life_tables_of_several_years_are_read_together() -> None:
    tables = life_table(wpp_mx("2024", [2013, 2018]))["Lx"]
    found = life_table_survival(tables, FIVE, interval=5)
    assert found.dims == ("year", "sex", "age")
    one = life_table_survival(tables.sel(year=2018), FIVE, interval=5)
    np.testing.assert_array_equal(found.sel(year=2018), one)


# Many areas.


def test_areas_together_are_areas_one_by_one(pairs: dict[str, Any]) -> None:
    before, after = (
        xr.concat([pairs[p][i] for p in PREFECTURES], dim="area")
        .assign_coords(area=list(PREFECTURES))
        .transpose("sex", "area", "age")
        .assign_attrs(units="persons", basis="resident")
        for i in (0, 1)
    )
    ratio = census_survival_ratios(*pairs["china"])
    together = cohort_residual(before, after, survival=ratio, method="average")
    assert together.dims == ("area", "sex", "age")
    shares = cohort_ratios(before, after, survival=ratio)
    for place in PREFECTURES:
        one = cohort_residual(*pairs[place], survival=ratio, method="average")
        np.testing.assert_array_equal(together.sel(area=place), one)
        np.testing.assert_array_equal(
            shares.sel(area=place), cohort_ratios(*pairs[place], survival=ratio)
        )


def test_the_chain_of_the_variant_trend_takes_areas_too() -> None:
    tables = {p: [census_groups(p, y) for y in (2010, 2020)] for p in (*PREFECTURES, "china")}
    before, after = (
        xr.concat([tables[p][i] for p in PREFECTURES], dim="area").assign_coords(
            area=list(PREFECTURES)
        )
        for i in (0, 1)
    )
    found = census_residual(before, after, *tables["china"])
    assert found.dims == ("area", "sex", "age_low")
    yearly = annual_net_migration(found)
    without = ["hangzhou", "taizhou-zhejiang", "ankang"]  # the fourth nearly cancels
    shares = profile(yearly.sel(area=without))
    np.testing.assert_allclose(shares.sum(("sex", "age")), 1, rtol=1e-12)
    with pytest.raises(SchemaError, match=r"^net_migration: the total -"):
        profile(yearly)
    for place in without:
        one = census_residual(*tables[place], *tables["china"])
        np.testing.assert_array_equal(found.sel(area=place), one)
        np.testing.assert_array_equal(yearly.sel(area=place), annual_net_migration(one))
        np.testing.assert_allclose(
            shares.sel(area=place), profile(annual_net_migration(one)), rtol=1e-12
        )


def test_implausible_cohorts_are_listed_not_dropped() -> None:
    before, after = people([100.0] * 36), people([80.0] * 36)
    after.loc[{"sex": "male", "age": 40}] = 900.0
    after.loc[{"age": 85}] = 240.0
    before.loc[{"sex": "female", "age": 0}] = 0.0
    ratio = people([0.8] * 36, units="1")
    found = implausible(cohort_ratios(before, after, survival=ratio))
    assert list(found.columns) == ["sex", "age", "ratio"]
    assert found.to_numpy().tolist() == [["female", 10, np.inf], ["male", 40, 11.25]]
    assert implausible(cohort_ratios(before, after, survival=ratio), high=np.inf).empty
    after.loc[{"sex": "female", "age": 10}] = 0.0
    # Nobody expected and nobody there: no ratio, but no silence either.
    found = implausible(cohort_ratios(before, after, survival=ratio), high=20)
    assert found["ratio"].isna().tolist() == [True]


def test_a_county_that_was_cut_is_seen() -> None:
    """Half of a county's townships went to a neighbour: every age loses half."""
    before, after = (join_five_years(census_groups("hangzhou-jiande", y)) for y in (2010, 2020))
    nation = [join_five_years(census_groups("china", y)) for y in (2010, 2020)]
    ratio = census_survival_ratios(*nation)
    whole = cohort_ratios(before, after, survival=ratio).sel(age=slice(40, 65))
    assert implausible(whole).empty
    cut = cohort_ratios(before, after.copy(data=after.values / 2), survival=ratio)
    assert len(implausible(cut.sel(age=slice(40, 65)))) >= 10


# Bad input.

BEFORE, AFTER = people([100.0] * 36), people([90.0] * 36)
RATIO = people([0.8] * 36, units="1")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            {"after": AFTER.assign_attrs(basis="registered")},
            BasisError,
            r"^before is resident",
        ),
        (
            {"after": AFTER.isel(age=slice(0, 17))},
            SchemaError,
            r"^age: before has 18 labels",
        ),
        ({"after": AFTER.assign_attrs(units="万")}, SchemaError, r"^after: the unit is '万'"),
        ({"before": people([-1.0] * 36)}, SchemaError, r"^before: 36 value\(s\) are negative"),
        (
            {"interval": 7},
            SchemaError,
            r"^interval: 7 years is not a whole number of age groups of 5",
        ),
        ({"interval": 0}, SchemaError, r"^interval: 0 years is not a whole number"),
        ({"interval": 90}, SchemaError, r"^interval: in 90 years everyone reaches the open group"),
        (
            {"survival": RATIO * 1.5},
            SchemaError,
            r"^survival: 32 value\(s\) are above 1",
        ),
        ({"survival": -RATIO}, SchemaError, r"^survival: 32 value\(s\) are negative"),
        (
            {"survival": RATIO.where(RATIO.age != 20)},
            SchemaError,
            r"^survival: 2 value\(s\) are",
        ),
        (
            {"survival": RATIO.isel(age=slice(0, 17))},
            SchemaError,
            r"survival has 15; they",
        ),
        (
            {"survival": RATIO.isel(sex=[1, 0])},
            SchemaError,
            r"^survival: sex is \['male",
        ),
        ({"survival": 0 * RATIO, "method": "reverse"}, SchemaError, r"nobody can be traced"),
        ({"coverage": 0.0}, SchemaError, r"^coverage: it must be above 0"),
        (
            {"coverage": RATIO.isel(age=slice(3, None))},
            SchemaError,
            r"coverage has 15; they",
        ),
        (
            {"method": "backward"},
            YilaoError,
            r"^method 'backward' is not known",
        ),
        ({"births": BEFORE}, SchemaError, r"^age: before has 2 labels and births has 18"),
        (
            {"births": BEFORE.isel(age=[0, 1]).assign_attrs(units="1")},
            SchemaError,
            r"^births: the unit is '1', needed is 'persons'",
        ),
        (
            {"before": BEFORE.expand_dims(area=["x"])},
            SchemaError,
            r"Give both censuses",
        ),
        ({"before": BEFORE.isel(age=[0])}, SchemaError, r"^before: at least two age groups"),
    ],
)
def test_censuses_that_do_not_fit(
    change: dict[str, Any], error: type[Exception], message: str
) -> None:
    given_: dict[str, Any] = {"before": BEFORE, "after": AFTER, "survival": RATIO} | change
    with pytest.raises(error, match=message):
        cohort_residual(given_.pop("before"), given_.pop("after"), **given_)


def test_areas_that_differ() -> None:
    before, after = BEFORE.expand_dims(area=["a", "b"]), AFTER.expand_dims(area=["a", "c"])
    with pytest.raises(SchemaError, match=r"^area: before has 2 labels and after has 2; they diff"):
        cohort_residual(before, after, survival=RATIO)
    with pytest.raises(SchemaError, match=r"^area: before has 2 labels and survival has 2"):
        cohort_residual(
            before, AFTER.expand_dims(area=["a", "b"]), survival=RATIO.expand_dims(area=["a", "c"])
        )


def test_a_nation_without_ratios() -> None:
    with pytest.raises(SchemaError, match=r"^before: an age group is empty"):
        census_survival_ratios(people([0.0] * 36), AFTER)
    with pytest.raises(SchemaError, match=r"^interval: 12 years is not a whole number"):
        census_survival_ratios(BEFORE, AFTER, interval=12)


def test_a_census_ratio_may_pass_1_but_no_other() -> None:
    ratio = census_survival_ratios(BEFORE, people([120.0] * 36))
    assert float(ratio.max()) > 1
    cohort_residual(BEFORE, AFTER, survival=ratio)
    with pytest.raises(SchemaError, match=r"^survival: 30 value\(s\) are above 1"):
        cohort_residual(BEFORE, AFTER, survival=ratio.rename("survival_ratio"))


@pytest.mark.parametrize(
    ("ages", "interval", "message"),
    [
        (range(0, 200, 5), 5, r"^ages: the open group begins at 195, the life table ends at 100\+"),
        (FIVE, 12, r"^interval: 12 years is not a whole number of age groups of 5"),
        ([0, 5, 15], 5, r"^ages: age 10 is missing"),
        ([0], 5, r"^ages: at least two age groups"),
    ],
)
def test_ages_that_a_life_table_cannot_give(
    ages: Any, interval: int, message: str, lx: xr.DataArray
) -> None:
    with pytest.raises(SchemaError, match=message):
        life_table_survival(lx, ages, interval=interval)


def test_groups_that_do_not_join() -> None:
    groups = census_groups("hangzhou", 2020)
    assert groups is not None
    with pytest.raises(SchemaError, match=r"^groups: the residual needs age groups that join"):
        join_five_years(groups.isel(age_low=slice(0, 10)))


def test_life_tables_of_another_radix_or_without_survivors(lx: xr.DataArray) -> None:
    for broken in (lx * 100_000, lx.where(lx.age < 90, 0.0)):
        with pytest.raises(SchemaError, match=r"^person_years: they must be above 0"):
            life_table_survival(broken, FIVE, interval=5)


def test_forward_needs_no_survivors() -> None:
    found = cohort_residual(BEFORE, AFTER, survival=0 * RATIO)
    np.testing.assert_array_equal(found, AFTER.sel(age=slice(10, None)))


def test_census_tables_that_tell_nothing() -> None:
    tables = [people([9.0] * 36).rename(age="age_low") for _ in range(4)]
    empty = tables[0].where(tables[0].age_low != 20, 0.0)
    with pytest.raises(SchemaError, match=r"^nation_before: an age group is empty"):
        census_residual(*tables[:2], empty.assign_attrs(tables[0].attrs), tables[3])
    nobody = tables[0].where((tables[0].age_low < 15) | (tables[0].age_low > 45), 0.0)
    with pytest.raises(SchemaError, match=r"^after: there are no women of 15-49"):
        census_residual(tables[0], nobody.assign_attrs(tables[0].attrs), *tables[2:])
    with pytest.raises(SchemaError, match=r"^before: 36 value\(s\) are negative"):
        census_residual(tables[0].copy(data=-tables[0].values), *tables[1:])
    with pytest.raises(SchemaError, match=r"Give both censuses of the same places"):
        census_residual(tables[0].expand_dims(area=["a"]), *tables[1:])
