"""The gap: need minus supply, and the childcare gap of the cities with its working."""

import dataclasses
import functools

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import yilao as yl
from yilao import facts, report
from yilao.gap import ChildcareGap, childcare_gap, shortfall
from yilao.place import load_place
from yilao.plan import load_plan
from yilao.scenario import LAST_YEAR, VARIANTS
from yilao.schema import BasisError, SchemaError, UnknownNameError, YilaoError
from yilao.supply import stock

load = functools.cache(load_place)


@functools.cache
def answer(place: str, **words) -> ChildcareGap:
    return childcare_gap(load(place), **words)


# Shortfall.


def need(values=60_500.0, years=2025, **attrs) -> xr.DataArray:
    dims = ("year",) if np.ndim(values) else ()
    return xr.DataArray(
        values,
        dims=dims,
        coords={"year": years},
        attrs={"units": "places", "basis": "resident", "sources": ["need"], **attrs},
    )


def supply(value=44_000, date="2025", **words) -> xr.DataArray:
    return stock(value, **{"date": date, "units": "places", "source": "supply", **words})


def series(values, years, **attrs) -> xr.DataArray:
    return need(values, years, sources=["series"], **attrs)


@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(st.floats(0, 1e8), st.floats(0, 1e8))
def test_positive_is_short_and_negative_is_spare(wanted, there):
    gap = shortfall(need(wanted), supply(there))
    assert float(gap["shortfall"]) == wanted - there
    assert float(gap["need"]) == wanted
    assert float(gap["supply"]) == there


def test_nothing_is_clipped():
    assert float(shortfall(need(10.0), supply(25))["shortfall"]) == -15


def test_attributes_of_a_gap():
    labelled = need(place="x", place_zh="某市", label_zh="托位", label_en="childcare places")
    gap = shortfall(labelled, supply())
    assert gap.attrs["sources"] == ["need", "supply"]
    assert gap.attrs["supply_date"] == "2025"
    assert (gap.attrs["place"], gap.attrs["place_zh"]) == ("x", "某市")
    assert (gap.attrs["label_zh"], gap.attrs["label_en"]) == ("托位", "childcare places")
    for name in ("need", "supply", "shortfall"):
        assert gap[name].attrs == {"units": "places", "basis": "resident"}
    assert yl.citations(gap) == "[1] need\n[2] supply"


def test_inputs_stay():
    wanted, there = need([1.0, 2.0], [2025, 2026]), supply(1, "2022")
    kept = wanted.copy(deep=True), there.copy(deep=True)
    shortfall(wanted, there, hold=True)
    xr.testing.assert_identical(wanted, kept[0])
    xr.testing.assert_identical(there, kept[1])


def test_a_stock_of_another_year_is_held_on_request_only():
    with pytest.raises(
        SchemaError, match=r"the stock is of 2022 .2022-10-21. and the need of 2025"
    ):
        shortfall(need(), supply(date="2022-10-21"))
    gap = shortfall(need(), supply(date="2022-10-21"), hold=True)
    assert float(gap["shortfall"]) == 16_500
    assert gap.attrs["supply_date"] == "2022-10-21"
    with pytest.raises(SchemaError, match="Use hold=True"):
        shortfall(need([1.0, 2.0], [2025, 2026]), supply())
    held = shortfall(need([1.0, 2.0], [2025, 2026]), supply(3), hold=True)
    np.testing.assert_array_equal(held["shortfall"], [-2, -1])


def test_a_series_of_stocks_meets_the_need_by_year():
    gap = shortfall(need([5.0, 7.0], [2025, 2026]), series([2.0, 1.0], [2026, 2025]))
    np.testing.assert_array_equal(gap["shortfall"].sel(year=[2025, 2026]), [4, 5])
    for hold in (False, True):
        with pytest.raises(SchemaError, match=r"need has \[2025, 2026\] and supply has \[2024"):
            shortfall(need([5.0, 7.0], [2025, 2026]), series([1.0, 2.0], [2024, 2025]), hold=hold)


def test_draws_stay():
    wanted = need([1.0, 2.0], [2025, 2026]).expand_dims(draw=[0, 1, 2])
    gap = shortfall(wanted, supply(1), hold=True)
    assert gap["shortfall"].sizes == {"draw": 3, "year": 2}


@pytest.mark.parametrize(
    ("wanted", "there", "error", "message"),
    [
        (need(), supply(basis="registered"), BasisError, "need is resident and supply is regist"),
        (need(basis="registered"), supply(), BasisError, "need is registered and supply is resid"),
        (
            need(),
            supply(units="beds"),
            SchemaError,
            "supply: the unit is 'beds', needed is 'places'",
        ),
        (need(basis=None), supply(), BasisError, "need: the basis is None"),
        (need(np.nan), supply(), SchemaError, r"need: 1 value\(s\) are missing"),
        (need(), need(np.nan), SchemaError, r"supply: 1 value\(s\) are missing"),
        (need(), need(-1.0), SchemaError, r"supply: 1 value\(s\) are negative"),
        (need().drop_vars("year"), supply(), SchemaError, "year: need and supply must both"),
        (need(), supply().drop_vars("year"), SchemaError, "year: need and supply must both"),
        (xr.DataArray(1.0), supply(), SchemaError, "need: no unit"),
        (need(), xr.DataArray(1.0), SchemaError, "supply: no unit"),
    ],
)
def test_faults_of_a_shortfall(wanted, there, error, message):
    with pytest.raises(error, match=message):
        shortfall(wanted, there)


def test_areas_of_need_and_supply_must_be_the_same():
    wanted = need().expand_dims(area=["a", "b"])
    there = supply().expand_dims(area=["a", "c"])
    with pytest.raises(SchemaError, match="area"):
        shortfall(wanted, there)


# The gap of Hangzhou.


@pytest.fixture(scope="module")
def hangzhou() -> ChildcareGap:
    return answer("hangzhou")


def stated(name: str):
    (point,) = [p for p in load_plan("hangzhou")[name].points if p.year == 2025]
    return point


def test_words_of_the_answer(hangzhou):
    v = hangzhou.values
    assert (v["place"], v["year"], v["variant"]) == ("hangzhou", 2025, "plan")
    assert (v["norm_per_1000"], v["norm_target_year"]) == (4.6, 2025)
    assert hangzhou.missing == ["childcare_places_in_year_of_need"]
    assert hangzhou.population["year"].values.tolist() == list(range(2020, 2026))
    assert any("杭州市" in s for s in hangzhou.sources)
    assert any("places added" in s for s in hangzhou.sources)
    assert len(set(hangzhou.sources)) == len(hangzhou.sources)
    assert yl.citations(hangzhou).count("\n") + 1 == len(hangzhou.sources)


def test_population_that_the_plan_implies(hangzhou):
    count, share = stated("population_old_and_young"), stated("share_old_and_young")
    assert (count.printed, share.printed) == ("292萬人", "22%")
    # Half a unit of the last printed digit on both: 291.5-292.5万 people and 21.5-22.5 %.
    low, high = 2_915_000 / 0.225, 2_925_000 / 0.215
    got = hangzhou.values["population"]
    assert got["published_implied"] == pytest.approx((low, high))
    assert got["published_implied_point"] == pytest.approx(2_920_000 / 0.22)
    assert low < got["projected"] < high
    assert got["projected"] == pytest.approx(float(hangzhou.population.sel(year=2025).sum()))


def test_need_is_the_norm_times_the_people(hangzhou):
    people, got = hangzhou.values["population"], hangzhou.values["need"]
    norm = load_plan("hangzhou")["childcare_places_per_1000"].target(2025)
    assert got["published_implied"] == pytest.approx(
        tuple(p * norm / 1000 for p in people["published_implied"])
    )
    assert got["published_implied_point"] == pytest.approx(2_920_000 / 0.22 * 4.6 / 1000)
    assert got["projected"] == pytest.approx(people["projected"] * norm / 1000)


def test_stock_that_is_stated_and_that_is_implied(hangzhou):
    implied_need, got = hangzhou.values["need"]["published_implied"], hangzhou.values["supply"]
    assert stated("childcare_shortfall").printed == "2.9萬個"
    assert (got["stated"], got["stated_date"]) == (44_000, "2022-10-21")
    assert got["stated_rounding"] == 500
    # Need less the published 28,500-29,500.
    assert got["implied"] == pytest.approx((implied_need[0] - 29_500, implied_need[1] - 28_500))
    assert got["implied_point"] == pytest.approx(2_920_000 / 0.22 * 4.6 / 1000 - 29_000)
    assert got["given"] is None


def test_stock_that_is_argued_for_the_year_before(hangzhou):
    (added,) = facts.figures("hangzhou", "childcare_places_added_inclusive")
    got = hangzhou.values["supply"]
    assert added.value == got["argued_added"] == 8_358
    assert got["argued"] == pytest.approx((44_000 - 500 - 8_358, 44_000 + 500))


def test_shortfalls(hangzhou):
    v = hangzhou.values
    short, need_, supply_ = v["shortfall"], v["need"], v["supply"]
    assert short["published"] == 29_000
    point, (low, high) = need_["published_implied_point"], need_["published_implied"]
    assert short["plan_arithmetic_stated"] == pytest.approx(point - 44_000)
    assert short["plan_arithmetic_stated_interval"] == pytest.approx((low - 44_500, high - 43_500))
    # The implied stock gives the published gap back, with the rounding of that gap and no more.
    assert short["plan_arithmetic_implied"] == pytest.approx((28_500, 29_500))
    projected = need_["projected"]
    assert short["projected_stated_stock"] == pytest.approx(projected - 44_000)
    for key in ("implied", "argued"):
        low, high = supply_[key]
        assert short[f"projected_{key}_stock"] == pytest.approx((projected - high, projected - low))
    assert short["projected_given_stock"] is None


def test_the_difference_to_the_published_gap_adds_up(hangzhou):
    v = hangzhou.values
    parts = v["difference_to_published"]
    total = v["shortfall"]["projected_stated_stock"] - v["shortfall"]["published"]
    assert parts["total"] == pytest.approx(total, abs=1e-9)
    assert parts["population"] + parts["stock"] == pytest.approx(total, abs=1e-9)
    assert parts["population"] == pytest.approx(
        v["need"]["projected"] - v["need"]["published_implied_point"]
    )
    assert parts["stock"] == pytest.approx(v["supply"]["implied_point"] - 44_000)


def test_ages_beside_the_published_ones(hangzhou):
    v, at_end = hangzhou.values, hangzhou.population.sel(year=2025)
    assert v["elderly_60plus"]["published"] == 2_640_000
    assert v["elderly_60plus"]["projected"] == pytest.approx(
        float(at_end.sel(age=slice(60, None)).sum())
    )
    assert v["under_3"]["published"] == (250_000, 300_000)
    assert v["under_3"]["projected"] == pytest.approx(float(at_end.sel(age=slice(0, 2)).sum()))


def test_variants_stand_side_by_side(hangzhou):
    table = hangzhou.values["variants"]
    assert tuple(table) == VARIANTS
    for variant in VARIANTS:
        alone = answer("hangzhou", variant=variant).values
        assert alone["variant"] == variant
        assert table[variant]["population"] == pytest.approx(alone["population"]["projected"])
        assert table[variant]["need"] == pytest.approx(alone["need"]["projected"])
        assert table[variant]["shortfall_stated_stock"] == pytest.approx(
            alone["shortfall"]["projected_stated_stock"]
        )
        # What the plan printed is the same beside every variant.
        for key in ("published", "plan_arithmetic_stated", "plan_arithmetic_implied"):
            assert alone["shortfall"][key] == hangzhou.values["shortfall"][key]


def test_sources_of_all_that_is_shown(hangzhou):
    for variant in VARIANTS:
        alone = answer("hangzhou", variant=variant)
        assert set(alone.population.attrs["sources"]) <= set(hangzhou.sources)


def test_rows_for_a_picture(hangzhou):
    gap = hangzhou.gap
    assert gap["stock"].values.tolist() == ["stated", "implied"]
    np.testing.assert_allclose(gap["shortfall"], gap["need"] - gap["supply"])
    assert float(gap["shortfall"].sel(stock="stated")) == pytest.approx(
        hangzhou.values["shortfall"]["projected_stated_stock"]
    )
    assert float(gap["supply"].sel(stock="implied")) == pytest.approx(
        hangzhou.values["supply"]["implied_point"]
    )
    given = answer("hangzhou", stock=70_000).gap
    assert given["stock"].values.tolist() == ["stated", "implied", "given"]
    assert given.attrs["sources"]


# Other years, stocks, norms and places.


def test_the_norm_is_held_after_its_last_year():
    v = answer("hangzhou", year=2030).values
    assert (v["year"], v["norm_per_1000"], v["norm_target_year"]) == (2030, 4.6, 2025)
    assert v["need"]["projected"] == pytest.approx(v["population"]["projected"] * 4.6 / 1000)
    # The plan states nothing for 2030.
    for group, key in (
        ("shortfall", "published"),
        ("shortfall", "plan_arithmetic_stated"),
        ("shortfall", "projected_implied_stock"),
        ("population", "published_implied"),
        ("need", "published_implied"),
        ("supply", "implied"),
        ("elderly_60plus", "published"),
        ("under_3", "published"),
    ):
        assert v[group][key] is None, (group, key)
    assert v["difference_to_published"] is None
    assert v["shortfall"]["projected_stated_stock"] == pytest.approx(
        v["need"]["projected"] - 44_000
    )


def test_before_its_first_target_there_is_no_norm():
    got = answer("hangzhou", year=2023)
    v = got.values
    assert v["norm_per_1000"] is None
    assert v["norm_target_year"] is None
    assert v["need"]["projected"] is None
    assert set(v["shortfall"].values()) == {None}
    assert got.gap is None
    assert "norm_per_1000" in got.missing
    assert v["population"]["projected"] > 12e6
    assert v["under_3"]["published"] == (250_000, 300_000)  # stated for every year


def test_your_own_stock_stands_beside_the_stated_one():
    v = answer("hangzhou", stock=70_000).values
    assert v["supply"]["given"] == 70_000
    assert v["supply"]["stated"] == 44_000
    spare = v["need"]["projected"] - 70_000
    assert v["shortfall"]["projected_given_stock"] == pytest.approx(spare)
    assert spare < 0


def test_your_own_norm_takes_the_place_of_the_plans():
    v = answer("taizhou-jiangsu", norm=4.5).values
    assert (v["year"], v["norm_per_1000"], v["norm_target_year"]) == (2025, 4.5, None)
    assert v["need"]["projected"] == pytest.approx(v["population"]["projected"] * 4.5 / 1000)


def test_a_stock_is_not_said_to_last_backwards():
    for lang, told in (
        ("en", "had there been as many at the end of 2021"),
        ("zh", "若2021年末已有"),
    ):
        values = answer("hangzhou", year=2021, norm=4.6).values
        text = report.conclusion(values, "Hangzhou", lang)
        assert told in text
        assert "since" not in text
        assert "此后" not in text


def test_a_published_gap_is_not_set_against_another_norm():
    plan = answer("hangzhou").values
    other = answer("hangzhou", norm=5.0).values
    assert other["supply"]["implied_point"] in (None, plan["supply"]["implied_point"])
    assert other["difference_to_published"] is None


def test_the_default_year_is_that_of_the_target():
    v = answer("taizhou-jiangsu").values
    assert (v["year"], v["norm_per_1000"], v["norm_target_year"]) == (2023, 3.5, 2023)
    assert (v["variant"], v["variants"]["plan"]) == ("trend", None)
    v = answer("taizhou-jiangsu", year=2025).values
    assert (v["norm_per_1000"], v["norm_target_year"]) == (3.5, 2023)


@pytest.mark.parametrize(
    ("place", "year", "norm", "stock_stated"),
    [
        ("ankang", 2025, 4.73, 3_379),
        ("taizhou-zhejiang", 2025, 4.5, None),
        ("taizhou-jiangsu", 2023, 3.5, None),
    ],
)
def test_the_other_cities(place, year, norm, stock_stated):
    got = answer(place)
    v = got.values
    assert (v["year"], v["norm_per_1000"], v["supply"]["stated"]) == (year, norm, stock_stated)
    assert v["need"]["projected"] == pytest.approx(v["population"]["projected"] * norm / 1000)
    for key in ("published", "projected_implied_stock"):
        assert v["shortfall"][key] is None
    if place == "ankang":  # 12,156 places at 4.73 per 1,000
        low, high = v["population"]["published_implied"]
        assert low < 12_156 / 4.73 * 1000 < high
        assert v["shortfall"]["plan_arithmetic_stated"] == pytest.approx(12_156 - 3_379)
        assert "published_population" not in got.missing
    else:
        assert v["population"]["published_implied"] is None
        assert "published_population" in got.missing
    for name in (
        "resident_year_end_total_2020",
        "resident_crude_birth_rate_2021",
        "published_shortfall",
        "published_elderly_60plus",
        "published_under_3",
        "childcare_places_added",
    ):
        assert name in got.missing
    if stock_stated is None:
        assert "childcare_places_stock" in got.missing
        assert v["shortfall"]["projected_stated_stock"] is None
        assert got.gap is None
    else:
        assert "childcare_places_in_year_of_need" in got.missing
        assert v["shortfall"]["projected_stated_stock"] == pytest.approx(
            v["need"]["projected"] - stock_stated
        )
        assert got.gap["stock"].values.tolist() == ["stated"]


def test_a_county_has_no_plan_and_takes_a_norm_and_a_stock():
    place = load("ankang-hanbin")
    assert place.plans == ()
    got = childcare_gap(place)
    assert got.values["year"] == 2025
    assert got.values["need"]["projected"] is None
    assert got.gap is None
    assert {"norm_per_1000", "childcare_places_stock"} <= set(got.missing)
    asked = childcare_gap(place, norm=4.73, stock=500)
    people = asked.values["population"]["projected"]
    assert asked.values["shortfall"]["projected_given_stock"] == pytest.approx(
        people * 4.73 / 1000 - 500
    )
    assert asked.gap["stock"].values.tolist() == ["given"]


def test_a_county_new_in_2020_has_one_variant():
    got = answer("taizhou-jiangsu-medical-zone")
    assert got.values["variant"] == "no-migration"
    assert got.values["variants"]["trend"] is None
    assert "census_population_2010" in got.missing


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (
            {"variant": "high"},
            UnknownNameError,
            "variant 'high' does not exist. Known: plan, trend",
        ),
        ({"variant": "plan"}, YilaoError, "'plan' cannot be computed here"),
        ({"year": 2020}, YilaoError, f"year: 2020 is outside 2021 to {LAST_YEAR}"),
        ({"year": LAST_YEAR + 1}, YilaoError, f"year: {LAST_YEAR + 1} is outside 2021"),
        ({"stock": -1}, YilaoError, "stock: -1 is negative"),
        ({"stock": float("nan")}, YilaoError, "stock: nan is negative"),
        ({"norm": 0}, YilaoError, "norm: 0 is not above 0"),
        ({"norm": -4.5}, YilaoError, "norm: -4.5 is not above 0"),
    ],
)
def test_faults_of_the_question(words, error, message):
    with pytest.raises(error, match=message):
        childcare_gap(load("ankang"), **words)


def test_documents_that_set_different_norms_are_not_chosen_between():
    place = load("taizhou-zhejiang")
    first, second = place.plans
    changed = [
        dataclasses.replace(i, points=tuple(dataclasses.replace(p, value=5.0) for p in i.points))
        if i.id == "childcare_places_per_1000"
        else i
        for i in second.indicators
    ]
    two = dataclasses.replace(
        place, documents=(first, dataclasses.replace(second, indicators=tuple(changed)))
    )
    with pytest.raises(YilaoError, match=r"childcare_places_per_1000, 2025: .*4.5 and .*5.*norm="):
        childcare_gap(two)
    assert childcare_gap(two, norm=5).values["norm_per_1000"] == 5
