"""Groups to single years and their smoothing: DemoTools' numbers, identities, faults."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from yilao.mortality import abridge, life_table, wpp_mx
from yilao.population import (
    census_groups,
    extend_open_group,
    graduate,
    group_ages,
    national_reference,
    single_years,
    smooth_groups,
)
from yilao.population.graduation import METHODS
from yilao.population.pclm import fit_pclm
from yilao.population.smoothing import METHODS as SMOOTHING
from yilao.population.smoothing import smoothed
from yilao.schema import SEXES, SchemaError, YilaoError

GOLDEN = Path(__file__).parent / "golden" / "demotools"
ABRIDGED = [0, 1, *range(5, 90, 5)]
FIVES = list(range(0, 105, 5))


@cache
def golden(name: str) -> pd.DataFrame:
    # As text first: pandas would round the last digit.
    return pd.read_csv(GOLDEN / f"{name}.csv", index_col="age", dtype=str).astype(float)


def grouped(values: object, lows: list[int], **attrs: object) -> xr.DataArray:
    array = np.asarray(values, dtype=float)
    return xr.DataArray(
        np.broadcast_to(array, (2, len(lows))).copy(),
        dims=("sex", "age_low"),
        coords={"sex": list(SEXES), "age_low": lows},
        attrs={"units": "persons", "basis": "resident", "sources": ["me"]} | attrs,
    )


def females() -> xr.DataArray:
    return grouped(golden("graduate_population")["female"].values, FIVES)


@cache
def hangzhou() -> xr.DataArray:
    groups = census_groups("hangzhou", 2020)
    assert groups is not None
    return groups


# DemoTools.


@pytest.mark.parametrize(
    ("method", "column", "tolerance"),
    [
        ("uniform", "uniform", 1e-14),
        ("sprague", "sprague", 1e-14),
        ("beers", "beers(ord)", 1e-14),
        ("beers-modified", "beers(mod)", 1e-14),
        ("grabill", "grabill", 1e-14),
        ("monotone", "mono", 2e-12),
        ("pclm", "pclm", 2e-4),
    ],
)
def test_each_method_gives_the_numbers_of_demotools(
    method: str, column: str, tolerance: float
) -> None:
    single = graduate(females(), method, preserve=False).sel(sex="female")
    expected = golden("graduate_female")[column].values
    np.testing.assert_allclose(single.values, expected, rtol=tolerance, atol=0)


def test_the_composite_link_model_after_the_iterations_of_ungroup() -> None:
    counts = np.append(golden("graduate_population")["female"].values, 1.0)
    bounds = np.array([*FIVES, 101, 102], dtype=float)
    expected = golden("graduate_female")["pclm"].values
    for rounds, tolerance, up_to in ((12, 1e-9, 101), (None, 2e-5, 85)):
        fit = fit_pclm(bounds, counts, smoothing=0.1**0.5, rounds=rounds)
        single = fit.single[:-1] * (1 + (fit.single[-1] - 1) / fit.single[:-1].sum())
        np.testing.assert_allclose(single[:up_to], expected[:up_to], rtol=tolerance, atol=0)


@pytest.mark.parametrize(
    ("method", "column", "tolerance"),
    [
        ("carrier-farrag", "Carrier-Farrag", 1e-14),
        ("karup-king-newton", "KKN", 1e-14),
        ("arriaga", "Arriaga", 1e-14),
        ("united-nations", "United Nations", 1e-14),
        ("strong", "Strong", 1e-14),
        ("moving-average", "MAV", 1e-14),
        ("zigzag", "Zigzag", 2e-5),
    ],
)
def test_smoothing_gives_the_numbers_of_demotools(
    method: str, column: str, tolerance: float
) -> None:
    closed = golden("graduate_population")["female"].values[:-1]
    expected = golden("smooth_female")[column].values[:-1]
    np.testing.assert_allclose(smoothed(closed, method), expected, rtol=tolerance, atol=0)


def roughness(v: np.ndarray) -> float:
    mean = (v[1:12] + v[3:14]) / 2
    return float(((v[2:13] - mean) ** 2 / v[2:13]).sum())


def test_zigzag_is_smoother_than_the_one_of_demotools() -> None:
    ours = smooth_groups(females(), "zigzag").sel(sex="female").values
    theirs = golden("smooth_female")["Zigzag"].values
    assert roughness(ours) < roughness(theirs)
    assert roughness(theirs) - roughness(ours) < 1e-3
    np.testing.assert_allclose(ours.sum(), females().sel(sex="female").sum(), rtol=1e-14)


# Groups are kept.


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("lows", [ABRIDGED, FIVES], ids=["abridged", "five-year"])
def test_every_method_keeps_every_group(method: str, lows: list[int]) -> None:
    single = national_reference()
    groups = group_ages(single, lows)
    before = groups.copy(deep=True)
    result = graduate(groups, method)
    xr.testing.assert_identical(groups, before)
    np.testing.assert_allclose(group_ages(result, lows).values, groups.values, rtol=1e-12)
    assert result.attrs["open_age"] == lows[-1]
    assert result.attrs["basis"] == "resident"
    assert result.attrs["graduation"] == method
    assert (result >= 0).all()


@pytest.mark.parametrize(
    ("method", "up_to"), [("grabill", 0.14), ("beers-modified", 0.07), ("pclm", 0.02)]
)
def test_three_methods_do_not_keep_groups_of_themselves(method: str, up_to: float) -> None:
    groups = females().sel(sex="female", drop=True)
    free = group_ages(graduate(groups, method, preserve=False), FIVES)
    miss = np.abs(free / groups - 1).values[:-1].max()
    assert up_to / 3 < miss < up_to


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=19, max_size=19), st.sampled_from(METHODS))
def test_any_counts_keep_their_groups_and_fall_below_zero_nowhere(
    counts: list[float], method: str
) -> None:
    # The composite link model may give up where groups jump from nobody to many.
    counts = [1000 + c % 1000 if method == "pclm" else round(c) for c in counts]
    groups = grouped(counts, ABRIDGED)
    result = graduate(
        groups, method, negative="monotone", smoothing=1.0 if method == "pclm" else None
    )
    assert (result >= 0).all()
    np.testing.assert_allclose(group_ages(result, ABRIDGED).values, groups.values, atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_members_together_are_members_one_at_a_time(method: str) -> None:
    factor = xr.DataArray([1.0, 0.3, 2.0], dims="draw", coords={"draw": [0, 1, 2]})
    many = (hangzhou() * factor).assign_attrs(hangzhou().attrs)
    together = graduate(many, method)
    assert set(together.dims) == {"sex", "draw", "age"}
    alone = graduate(many.sel(draw=1, drop=True), method)
    np.testing.assert_allclose(
        together.sel(draw=1).transpose("sex", "age"),
        alone,
        rtol=1e-6 if method == "pclm" else 1e-13,
    )


def test_linear_densities_come_back_exactly() -> None:
    people = xr.DataArray(
        1000.0 - 9 * np.arange(101),
        dims="age",
        coords={"age": range(101)},
        attrs={"units": "persons"},
    )
    for method in ("sprague", "beers", "monotone"):
        result = graduate(group_ages(people, FIVES), method)
        np.testing.assert_allclose(result, people, rtol=1e-2 if method == "beers" else 1e-10)


def test_the_same_at_every_age_is_kept_by_all() -> None:
    groups = grouped([500.0] * 20 + [40.0], FIVES)
    for method in set(METHODS) - {"grabill"}:
        np.testing.assert_allclose(graduate(groups, method)[:, :-1], 100, rtol=1e-3)


def test_reaching_60_in_hangzhou_depends_on_the_method() -> None:
    def reach(single: xr.DataArray) -> float:
        ages = single.sum("sex")
        return float(ages.sel(age=59) + ages.sel(age=58) * 61 / 365)

    found = [reach(graduate(hangzhou(), m)) for m in ("uniform", "sprague")]
    assert np.round(np.array(found) / 1000).tolist() == [198, 180]
    assert round(reach(single_years(hangzhou())) / 1000) == 161


# Below zero.


STEEP = [100, 400, 500, 480, 460, 450, 440, 430, 300, 10, 0, 0, 0, 0, 900, 0, 0, 0, 0]


def test_a_negative_year_raises_or_is_split_otherwise_when_asked() -> None:
    groups = grouped(STEEP, ABRIDGED)
    with pytest.raises(
        YilaoError,
        match=r"'sprague' goes below zero, .* in \d+ group\(s\), .* sex=female, age_low=\d+",
    ):
        graduate(groups, "sprague")
    result = graduate(groups, "sprague", negative="monotone")
    assert (result >= 0).all()
    np.testing.assert_allclose(group_ages(result, ABRIDGED), groups, atol=1e-9)
    smooth = graduate(groups, "monotone")
    for low in result.attrs["monotone_groups"]:
        at = {"age": slice(low, low + 4)}
        np.testing.assert_allclose(result.sel(at), smooth.sel(at), atol=1e-12)
    assert "monotone_groups" not in graduate(hangzhou(), "sprague", negative="monotone").attrs


def test_a_negative_group_after_smoothing_raises() -> None:
    with pytest.raises(YilaoError, match=r"'arriaga' leaves a negative .* age_low=95"):
        smooth_groups(females(), "arriaga")
    groups = grouped([10, 10, 10, 10, 0, 0, 10, 10, 10], list(range(0, 45, 5)))
    with pytest.raises(YilaoError, match=r"'carrier-farrag' leaves a negative or undefined"):
        smooth_groups(
            (groups * [1, 1, 0, 0, 0, 0, 0, 0, 1]).assign_attrs(groups.attrs), "carrier-farrag"
        )


@pytest.mark.parametrize("method", SMOOTHING)
def test_smoothing_keeps_what_it_says(method: str) -> None:
    lows = list(range(0, 90, 5))
    groups = group_ages(national_reference(), lows)
    result = smooth_groups(groups, method)
    assert not np.allclose(result, groups)
    np.testing.assert_array_equal(result.sel(age_low=85), groups.sel(age_low=85))
    total, was = result[:, :-1].sum("age_low"), groups[:, :-1].sum("age_low")
    if method in ("carrier-farrag", "karup-king-newton", "arriaga"):
        tens = [r[:, :16].values.reshape(2, 8, 2).sum(-1) for r in (result, groups)]
        np.testing.assert_allclose(*tens, rtol=1e-12)
    elif method in ("strong", "zigzag"):
        np.testing.assert_allclose(total, was, rtol=1e-12)
    else:
        assert not np.allclose(total, was, rtol=1e-6)


# The composite link model.


def test_the_penalty_is_chosen_by_the_criterion() -> None:
    bounds = np.array(FIVES, dtype=float)
    counts = np.round(golden("graduate_population")["female"].values[:-1] / 10)
    for criterion, weight in (("bic", np.log(20)), ("aic", 2.0)):
        best = fit_pclm(bounds, counts, criterion=criterion)
        value = best.deviance + weight * best.dimension
        for factor in (0.5, 0.9, 1.1, 2.0):
            other = fit_pclm(bounds, counts, smoothing=float(best.smoothing) * factor)
            assert value <= other.deviance + weight * other.dimension + 1e-3
    rough, smooth = (fit_pclm(bounds, counts, smoothing=s) for s in (0.1, 1e8))
    assert rough.dimension > 15
    np.testing.assert_allclose(smooth.dimension, 2, atol=0.2)
    assert rough.deviance < smooth.deviance


@pytest.mark.parametrize(
    ("counts", "smoothing"),
    [([0] * 12 + [60, 0, 2711, 0, 3785, 0], 1.0), ([1e6, 0, 0, 0, 1e6, 0, 0, 0, 0, 1e6], 1e-300)],
)
def test_a_model_that_does_not_converge_says_so(counts: list[float], smoothing: float) -> None:
    bounds = np.arange(0, 5 * len(counts) + 5, 5.0)
    with pytest.raises(YilaoError, match=r"did not converge. Give a higher smoothing"):
        fit_pclm(bounds, np.array(counts, dtype=float), smoothing=smoothing)


# The open group.


def rates() -> xr.DataArray:
    return wpp_mx("2022", [2020]).isel(year=0, drop=True)


@pytest.mark.parametrize("tail", ["life-table", "kannisto"])
def test_the_open_group_is_spread_and_kept(tail: str) -> None:
    single = graduate(hangzhou(), "monotone")
    result = extend_open_group(single, rates(), tail=tail)
    assert result.dims == ("sex", "age")
    assert result.attrs["open_age"] == 100
    np.testing.assert_array_equal(result.isel(age=slice(85)), single.isel(age=slice(85)))
    np.testing.assert_allclose(group_ages(result, range(86)), single, rtol=1e-12)
    assert (result.isel(age=slice(85, 100)).diff("age") < 0).all()


def test_a_stationary_population_is_extended_to_itself() -> None:
    from yilao.mortality import life_table

    lived = life_table(rates())["Lx"].assign_attrs(units="persons", basis="resident")
    shut = group_ages(lived, range(86)).rename(age_low="age")
    np.testing.assert_allclose(extend_open_group(shut, rates()), lived, rtol=1e-12)
    up = extend_open_group(shut, rates(), growth_rate=0.03)
    assert (up.sel(age=85) > lived.sel(age=85)).all()
    assert (up.sel(age=99) < lived.sel(age=99)).all()


def test_rates_that_follow_kannisto_are_continued_exactly() -> None:
    age = np.arange(131)
    logit = -11 + 0.1 * age
    mx = xr.DataArray(
        np.broadcast_to(1 / (1 + np.exp(-logit)), (2, 131)),
        dims=("sex", "age"),
        coords={"sex": list(SEXES), "age": age},
    )
    single = graduate(hangzhou(), "monotone")
    whole = extend_open_group(single, mx, open_age=110)
    cut = extend_open_group(single, mx.isel(age=slice(96)), open_age=110, tail="kannisto")
    np.testing.assert_allclose(cut, whole, rtol=1e-9)


# Faults.


def test_faults_of_groups() -> None:
    good = grouped(STEEP, ABRIDGED)
    short = grouped([1, 2, 3], [0, 5, 10])
    of_areas = [grouped([n] * 7, list(range(0, 35, 5))) for n in (1, 0)]
    empty_area = xr.concat(of_areas, pd.Index(["a", "b"], name="area"))
    cases: list[tuple[xr.DataArray, str, str]] = [
        (good.isel(age_low=slice(None, None, -1)), "uniform", r"^groups: they begin at \[85, 80"),
        (good.isel(age_low=slice(1, None)), "uniform", r"needed are ascending ages from 0"),
        (good - 1, "uniform", r"^groups: no unit"),
        ((good - 1).assign_attrs(good.attrs), "uniform", r"^groups: .*-1"),
        (good.where(good > 0).assign_attrs(good.attrs), "uniform", r"missing \(NaN\)"),
        (good.assign_attrs(units="万人"), "uniform", r"Multiply by 10,000"),
        (good.rename(age_low="age"), "uniform", r"dimension 'age_low' is missing"),
        (good.assign_coords(age_low=good.age_low + 0.5), "uniform", r"not whole numbers"),
        (good, "karup", r"^method: 'karup' is not known. Choose one of"),
        (short, "sprague", r"'sprague' needs 5 closed groups at least, here are 2"),
        (short, "monotone", r"'monotone' needs 3 closed groups at least, here are 2"),
        (short.isel(age_low=[0]), "uniform", r"one open group has nothing to split"),
        (grouped([1] * 7, [0, 15, 20, 25, 30, 35, 40]), "beers", r"join to 0-4, 5-9"),
        (grouped([1] * 7, [0, 5, 10, 15, 20, 25, 28]), "grabill", r"join to 0-4, 5-9"),
        (empty_area, "pclm", r"^groups: nobody at area=b, sex=female; the composite link"),
    ]
    for groups, method, message in cases:
        if message == r"^groups: no unit":
            groups.attrs.clear()
        with pytest.raises(SchemaError, match=message):
            graduate(groups, method)
    with pytest.raises(SchemaError, match=r"^negative: 'clip' is not known. Choose one of"):
        graduate(good, "beers", negative="clip")
    with pytest.raises(SchemaError, match=r"^criterion: 'gcv' is not known"):
        graduate(good, "pclm", criterion="gcv")
    with pytest.raises(SchemaError, match=r"smoothing: 1.0 with method 'beers'; it is a number"):
        graduate(good, "beers", smoothing=1.0)
    with pytest.raises(SchemaError, match=r"smoothing: -1 with method 'pclm'"):
        graduate(good, "pclm", smoothing=-1)


@pytest.mark.parametrize(
    ("highs", "message"),
    [
        ([4, 8, np.nan], r"^groups: a hole between 5-8 and the group from 10"),
        ([4, 10, np.nan], r"^groups: an overlap between 5-10 and the group from 10"),
        ([4, np.nan, np.nan], r"^groups: an overlap between 5-nan"),
    ],
)
def test_groups_with_upper_ages_follow_one_another(highs: list[float], message: str) -> None:
    groups = grouped([1, 2, 3], [0, 5, 10]).assign_coords(age_high=("age_low", highs))
    with pytest.raises(SchemaError, match=message):
        graduate(groups, "uniform")
    fine = groups.assign_coords(age_high=("age_low", [4, 9, np.nan]))
    assert graduate(fine, "uniform").values[0].tolist() == [0.2] * 5 + [0.4] * 5 + [3.0]


def test_faults_of_smoothing() -> None:
    with pytest.raises(SchemaError, match=r"needs five-year groups .* begin at \[0, 1, 5"):
        smooth_groups(hangzhou(), "arriaga")
    with pytest.raises(SchemaError, match=r"^method: 'arrow' is not known"):
        smooth_groups(females(), "arrow")
    with pytest.raises(SchemaError, match=r"'strong' needs 16 groups at least, here 9"):
        smooth_groups(grouped([1] * 9, list(range(0, 45, 5))), "strong")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"open_age": 85}, r"^open_age: 85; the population is open at 85, needed is an age above"),
        ({"open_age": 131}, r"needed is an age above, up to 130"),
        ({"open_age": 110}, r"^mx: its open age is 100, needed is 110 at least"),
        ({"tail": "gompertz"}, r"^tail: 'gompertz' is not known"),
        ({"growth_rate": np.nan}, r"^growth_rate: nan is not a number"),
    ],
)
def test_faults_of_the_open_group(change: dict[str, object], message: str) -> None:
    single = graduate(hangzhou(), "monotone")
    with pytest.raises(SchemaError, match=message):
        extend_open_group(single, rates(), **change)


@pytest.mark.parametrize("tail", ["life-table", "kannisto"])
def test_the_open_group_needs_rates_by_single_years(tail: str) -> None:
    groups = abridge(life_table(rates()))["mx"]
    with pytest.raises(SchemaError, match=r"^mx: age 2 is missing"):
        extend_open_group(graduate(hangzhou(), "monotone"), groups, tail=tail)


def test_faults_of_rates_for_kannisto() -> None:
    single, mx = graduate(hangzhou(), "monotone"), rates()
    with pytest.raises(SchemaError, match=r"Kannisto's curve is fitted to single years from 80"):
        extend_open_group(single, mx.isel(age=slice(84)), tail="kannisto")
    flat = mx.where(mx.age < 80, 1.0 - 0.009 * mx.age).assign_attrs(mx.attrs)
    with pytest.raises(SchemaError, match=r"the rates from 80 to 99 do not rise with age"):
        extend_open_group(single, flat, tail="kannisto")
    steep = mx.where(mx.age < 99, 1.2).assign_attrs(mx.attrs)
    with pytest.raises(SchemaError, match=r"rate of 1 or above has no logit.*sex=female, age=99"):
        extend_open_group(single, steep, tail="kannisto")


@pytest.mark.parametrize("lows", [[], [1, 5], [0, 5, 5], [0, 101], [0, 2.5]])
def test_sums_by_group_need_groups(lows: list[float]) -> None:
    with pytest.raises(SchemaError, match=r"^lows: .* are no groups of ages 0 … 100\+"):
        group_ages(national_reference(), lows)
