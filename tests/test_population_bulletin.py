"""A bulletin's figures to single years: margins met, nothing else changed, clashes named."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from yilao.population import (
    Margin,
    census_groups,
    fit_bulletin,
    group_ages,
    national_reference,
    sex_ratio,
    single_years,
    sum_ages,
)
from yilao.population.bulletin import BulletinFit
from yilao.population.entropy import least_divergent
from yilao.population.margins import Row
from yilao.schema import SEXES, BasisError, SchemaError, YilaoError

M = Margin.printed
TOTAL = 9_000_000
HANGZHOU_LIKE = [
    M("all", TOTAL),
    M("0-14", 1_100_000),
    M("15-59", 6_000_000),
    M("60+", 1_900_000),
    M("65+", 1_300_000),
]


def small(values: object) -> xr.DataArray:
    return xr.DataArray(
        np.asarray(values, dtype=float),
        dims=("sex", "age"),
        coords={"sex": list(SEXES), "age": range(np.shape(values)[1])},
        attrs={"units": "persons", "basis": "resident", "sources": ["the nation"]},
    )


def check(fit: BulletinFit, margins: list[Margin]) -> None:
    for margin in margins:
        people = fit.population
        if margin.sex != "both":
            people = people.where(people.sex == margin.sex, 0).assign_attrs(people.attrs)
        found = float(sum_ages(people, margin.low, margin.high))
        assert abs(found - margin.value) <= margin.tolerance + 1e-9 * margin.value, margin


def test_every_margin_is_met_and_ages_inside_keep_their_proportions() -> None:
    reference = national_reference()
    before = reference.copy(deep=True)
    fit = fit_bulletin(HANGZHOU_LIKE, reference, sex_ratio=108.9, sources=["the bulletin"])
    xr.testing.assert_identical(reference, before)
    check(fit, HANGZHOU_LIKE)
    np.testing.assert_allclose(float(sex_ratio(fit.population)), 108.9, rtol=1e-9)
    assert fit.residuals["margin"].values.tolist() == ["all", "0-14", "15-59", "60+", "65+"]
    assert (abs(fit.residuals) < 1e-9 * TOTAL).all()
    factor = fit.population / reference
    for low, high in ((0, 14), (15, 59), (60, 64), (65, 100)):
        part = factor.sel(age=slice(low, high))
        np.testing.assert_allclose(part, part.values[:, :1].repeat(part.shape[1], 1), rtol=1e-9)
    assert fit.population.attrs["sources"][0] == "the bulletin"
    assert fit.population.attrs["basis"] == "resident"
    assert 0.01 < fit.divergence < 0.02


def test_what_the_margins_of_hangzhou_do_not_show() -> None:
    groups = census_groups("hangzhou", 2020)
    assert groups is not None
    census = single_years(groups)
    margins = [
        M(ages, float(sum_ages(census, low, high)))
        for ages, low, high in (
            ("all", 0, None),
            ("0-14", 0, 15),
            ("60+", 60, None),
            ("65+", 65, None),
        )
    ]
    ratio = float(sex_ratio(census))
    fit = fit_bulletin(margins, national_reference(), sex_ratio=ratio)
    found = group_ages(fit.population, groups["age_low"].values).sum("sex") / groups.sum("sex")
    np.testing.assert_allclose(found.sel(age_low=[20, 25]), 0.77, atol=0.01)
    np.testing.assert_allclose(found.sel(age_low=15), 1.32, atol=0.01)


def test_the_reference_itself_is_at_no_distance() -> None:
    reference = national_reference()
    margins = [
        M("all", float(reference.sum())),
        M("60+", float(reference.sel(age=slice(60, None)).sum()), tolerance=5),
        M("20-29", float(reference.sel(sex="male", age=slice(20, 29)).sum()), sex="male"),
    ]
    fit = fit_bulletin(margins, reference)
    np.testing.assert_allclose(fit.population, reference, rtol=1e-9)
    assert abs(fit.divergence) < 1e-12


def test_two_margins_worked_by_hand() -> None:
    # Ages 0, 1, 2+; women 10 20 30, men 10 20 30; all 240, age 0 both sexes 80, men 120.
    margins = [M("all", 240), M("[0,1)", 80), M("all", 120, sex="male")]
    fit = fit_bulletin(margins, small([[10, 20, 30], [10, 20, 30]]))
    np.testing.assert_allclose(fit.population.values, [[40, 32, 48]] * 2, rtol=1e-12)
    p, q = np.array([40, 32, 48]) / 120, np.array([10, 20, 30]) / 60
    np.testing.assert_allclose(fit.divergence, (p * np.log(p / q)).sum(), rtol=1e-12)


def test_overlapping_margins_agree_with_proportional_fitting() -> None:
    reference = small(np.arange(1, 13).reshape(2, 6))
    margins = [M("all", 100), M("all", 45, sex="female"), M("0-2", 40), M("2-4", 30, sex="male")]
    fit = fit_bulletin(margins, reference)
    x = reference.values.copy()
    for _ in range(3000):
        x *= 100 / x.sum()
        x[0] *= 45 / x[0].sum()
        x[:, :3] *= 40 / x[:, :3].sum()
        x[1, 2:5] *= 30 / x[1, 2:5].sum()
    np.testing.assert_allclose(fit.population.values, x, rtol=1e-8)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0.1, 100), min_size=20, max_size=20),
    st.lists(st.floats(0.1, 100), min_size=20, max_size=20),
    st.lists(
        st.tuples(st.integers(0, 8), st.integers(1, 9), st.sampled_from([*SEXES, "both"])),
        max_size=5,
    ),
)
def test_margins_of_any_population_are_met_from_any_other(
    truth: list[float], reference: list[float], cuts: list[tuple[int, int, str]]
) -> None:
    people = small(np.reshape(truth, (2, 10)))
    margins = [M("all", float(people.sum()))]
    for low, wide, sex in cuts:
        high = None if low + wide > 9 else low + wide
        chosen = people if sex == "both" else people.sel(sex=[sex])
        last = 9 if high is None else high - 1
        value = float(chosen.sel(age=slice(low, last)).sum())
        margins.append(Margin(value, low, high, sex))
    fit = fit_bulletin(margins, small(np.reshape(reference, (2, 10))))
    check(fit, margins)
    assert (fit.population > 0).all()
    # No other population with these margins is closer, the true one among them.
    q = np.reshape(reference, -1) / np.sum(reference)
    p = np.reshape(truth, -1) / np.sum(truth)
    assert fit.divergence <= (p * np.log(p / q)).sum() + 1e-9


def test_a_rounded_figure_gives_way_within_its_tolerance() -> None:
    rounded = [M("all", TOTAL), M("0-14", 1_100_000), M("15-59", 6_000_001), M("60+", 1_900_000)]
    with pytest.raises(YilaoError, match=r"15-59 = 6,000,001 and 60\+ = 1,900,000 contradict"):
        fit_bulletin(rounded, national_reference())
    rounded[3] = M("60+", 1_900_000, tolerance=50)
    fit = fit_bulletin(rounded, national_reference())
    np.testing.assert_allclose(fit.residuals.values, [0, 0, 0, -1], atol=1e-2)


def test_the_figure_inside_an_interval_is_the_closest_to_the_reference() -> None:
    reference = small([[10, 20, 30, 40], [10, 20, 30, 40]])
    free = fit_bulletin([M("all", 200), M("[0,1)", 25, tolerance=10)], reference)
    np.testing.assert_allclose(free.population, reference, rtol=1e-9)
    held = fit_bulletin([M("all", 200), M("[0,1)", 40, tolerance=10)], reference)
    exact = fit_bulletin([M("all", 200), M("[0,1)", 30)], reference)
    np.testing.assert_allclose(held.population, exact.population, rtol=1e-9)
    np.testing.assert_allclose(held.residuals.values, [0, -10], atol=1e-9)
    ratio = fit_bulletin([M("all", 200)], reference, sex_ratio=110, sex_ratio_tolerance=5)
    np.testing.assert_allclose(float(sex_ratio(ratio.population)), 105, rtol=1e-9)
    loose = fit_bulletin([M("all", 180, tolerance=30)], reference)
    np.testing.assert_allclose(float(loose.population.sum()), 180, rtol=1e-9)


def test_the_result_has_the_date_of_the_bulletin() -> None:
    undated = fit_bulletin([M("all", TOTAL)], national_reference()).population
    assert "date" not in undated.attrs
    dated = fit_bulletin([M("all", TOTAL)], national_reference(), date="2022-12-31").population
    assert dated.attrs["date"] == "2022-12-31"
    assert int(dated["year"]) == 2022


def test_a_zero_empties_its_ages() -> None:
    fit = fit_bulletin([M("all", 90), M("2+", 0)], small([[1, 2, 3]] * 2))
    assert fit.population.values.tolist() == [[15, 30, 0]] * 2


@pytest.mark.parametrize(
    ("margins", "ratio", "message"),
    [
        ([M("60+", 190), M("65+", 230)], None,
         r"^margins: 60\+ = 190 and 65\+ = 230 contradict each other"),
        ([M("60+", 190), M("65+", 190)], None, r"^margins: 60\+ = 190 and 65\+ = 190 contradict"),
        ([M("60+", 190), M("60+", 191)], None, r"^margins: 60\+ = 190 and 60\+ = 191 contradict"),
        ([M("0-14", 500), M("15+", 600)], None,
         r"^margins: all = 1,000 and 0-14 = 500 and 15\+ = 600 contradict each other"),
        ([M("all", 500, sex="male")], 105.0,
         r"^margins: all = 1,000 and all male = 500 and sex ratio 105 contradict each other"),
        ([M("60+", 1200, tolerance=5)], None,
         r"^margins: all = 1,000 and 60\+ = 1,195 to 1,205 contradict each other"),
    ],
)  # fmt: skip
def test_margins_that_clash_are_named_and_no_others(
    margins: list[Margin], ratio: float | None, message: str
) -> None:
    bystander = M("20-29", 150, sex="female")
    with pytest.raises(YilaoError, match=message) as caught:
        fit_bulletin([M("all", 1000), *margins, bystander], national_reference(), sex_ratio=ratio)
    assert "20-29" not in str(caught.value)


def test_a_margin_where_the_reference_has_nobody() -> None:
    reference = small([[10, 20, 0], [10, 20, 0]])
    with pytest.raises(YilaoError, match=r"^margins: 2\+ = 5 contradicts the reference"):
        fit_bulletin([M("all", 100), M("2+", 5)], reference)


@pytest.mark.parametrize(
    ("margins", "message"),
    [
        ([M("60+", 100)], r"^margins: they do not fix the total. Add the margin 'all'"),
        ([], r"^margins: they do not fix the total"),
        ([M("all", 0)], r"^margins: they leave nobody at all"),
        ([M("all", 100), M("90-100", 5)], r"^margin 90-100: its ages are not within 0 … 100\+"),
        ([M("all", 100), M("101+", 5)], r"^margin 101\+: its ages are not within"),
        ([M("all", 100), Margin(5, 10, 10)], r"^margin 10-9: its ages are not within"),
        ([M("all", 100), M("60+", 5, sex="women")], r"^margin 60\+ women: sex is 'women', needed"),
        ([M("all", 100), M("60+", -5)], r"^margin 60\+: -5 ± 0.0 persons. Counts and"),
        ([M("all", 100), M("60+", np.nan)], r"^margin 60\+: nan ± 0.0 persons"),
        ([M("all", 100), M("60+", 5, tolerance=-1)], r"^margin 60\+: 5 ± -1 persons"),
    ],
)
def test_faults_of_margins(margins: list[Margin], message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        fit_bulletin(margins, national_reference())


def test_a_search_that_fails_says_so() -> None:
    rows = [Row("a", np.array([1.0, 1]), 5, 5), Row("b", np.array([1.0, 0]), 7, 7)]
    with (
        pytest.raises(YilaoError, match=r"only by all but emptying some ages"),
        np.errstate(all="ignore"),
    ):
        least_divergent(rows, np.array([1.0, 1]))


def test_faults_of_the_rest() -> None:
    with pytest.raises(SchemaError, match=r"^sex_ratio: 0.0 ± 0.0; needed are males per 100"):
        fit_bulletin([M("all", 100)], national_reference(), sex_ratio=0.0)
    with pytest.raises(SchemaError, match=r"^ages: 'old' is not understood. Write"):
        M("old", 5)
    with pytest.raises(BasisError, match=r"^reference: the basis is None"):
        fit_bulletin([M("all", 5)], small([[1, 2]] * 2).assign_attrs(basis=None))
    two = xr.concat([national_reference()] * 2, dim=xr.Variable("draw", [0, 1]))
    with pytest.raises(SchemaError, match=r"needed are sex and age. Select one year"):
        fit_bulletin([M("all", 100)], two)


@pytest.mark.parametrize(
    ("text", "low", "high", "label"),
    [
        ("0-14岁", 0, 15, "0-14"), ("60岁及以上", 60, None, "60+"), ("[0, 3)", 0, 3, "0-2"),
        ("15—59", 15, 60, "15-59"), ("all", 0, None, "all"),
    ],
)  # fmt: skip
def test_printed_ages(text: str, low: int, high: int | None, label: str) -> None:
    margin = M(text, 1.0)
    assert (margin.low, margin.high, margin.label) == (low, high, label)
