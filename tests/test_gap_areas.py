"""Districts and their city; a rate and a stock that are promised."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import yilao as yl
from yilao import demand, facts, gap
from yilao.schema import BasisError, SchemaError, YilaoError

ABOUT = {"units": "beds", "basis": "resident", "sources": ["test"]}


def areas(values, **attrs):
    names = [f"area {i}" for i in range(len(values))]
    values = np.asarray(values, float)
    return xr.DataArray(values, coords={"area": names}, dims="area", attrs={**ABOUT, **attrs})


# Sharing out.


@given(
    st.lists(st.floats(0.01, 1e5), min_size=1, max_size=15),
    st.integers(0, 10**6),
    st.sampled_from(["need", "gap", "equal"]),
)
def test_whole_beds_that_add_up(values, total, by):
    need = areas(values)
    supply = areas(np.zeros(len(values)))
    got = gap.allocate(total, need, by=by, supply=supply)
    assert float(got.allocation.sum()) == total
    assert (got.allocation % 1 == 0).all()
    share = need / need.sum() if by != "equal" else xr.full_like(need, 1 / len(values))
    assert float(abs(got.allocation - share * total).max()) < 1 + 1e-6
    np.testing.assert_allclose(got.open, need - supply - got.allocation)


def test_the_largest_remainders_get_the_rest():
    got = gap.allocate(10, areas([1.0, 1.0, 1.0]), by="need")
    assert got.allocation.values.tolist() == [4, 3, 3]  # equal fractions: the first
    got = gap.allocate(7, areas([4.6, 1.7, 0.7]))
    assert got.allocation.values.tolist() == [4, 2, 1]


def test_exact_quotas_stay_exact():
    # 0.1 + 0.2 is not 0.3 in binary: three tenths of ten are three all the same.
    got = gap.allocate(10, areas([0.1 + 0.2, 0.7]))
    assert got.allocation.values.tolist() == [3, 7]


def test_by_gap_nothing_goes_where_there_is_spare():
    got = gap.allocate(60, areas([100, 50, 10]), by="gap", supply=areas([40, 20, 30]))
    assert got.allocation.values.tolist() == [40, 20, 0]
    assert got.open.values.tolist() == [20, 10, -20]


def test_years_and_draws_are_shared_out_at_once():
    need = areas([3, 1]).expand_dims(year=[2025, 2030], draw=range(3)).copy()
    need[1, 2] = [1.0, 1.0]
    total = xr.DataArray([8.0, 6.0], coords={"year": [2025, 2030]}, dims="year")
    got = gap.allocate(total, need).allocation
    assert got.dims == ("area", "year", "draw")
    assert got.sel(year=2025, draw=0).values.tolist() == [6, 2]
    assert got.sel(year=2030, draw=2).values.tolist() == [3, 3]


@pytest.mark.parametrize(
    ("total", "words", "error", "message"),
    [
        (5, {"by": "lot"}, SchemaError, "by: 'lot' is not known"),
        (5.5, {}, SchemaError, "total: it is not whole"),
        (-1, {}, SchemaError, "total: 1 value"),
        (5, {"by": "gap"}, SchemaError, "needs the supply of each district"),
        (5, {"by": "gap", "supply": areas([9, 9])}, SchemaError, "nothing to share out by gap"),
        (5, {"supply": areas([1, 1, 1])}, SchemaError, "area: need has 2 labels"),
        (5, {"supply": areas([1, 1], units="places")}, SchemaError, "unit is 'places'"),
        (5, {"supply": areas([1, 1], basis="registered")}, BasisError, "registered"),
        (
            xr.DataArray([5.0], {"area": ["x"]}, ("area",)),
            {},
            SchemaError,
            "area: need has 2 labels and total has 1",
        ),
        (areas([5, 5]), {}, SchemaError, "total: it has areas already"),
        (xr.DataArray(5.0, attrs={"units": "places"}), {}, SchemaError, "total: the unit is"),
        (xr.DataArray(5.0, attrs={"basis": "registered"}), {}, BasisError, "total is registered"),
    ],
)
def test_faults_of_sharing_out(total, words, error, message):
    with pytest.raises(error, match=message):
        gap.allocate(total, areas([3, 4]), **words)


def test_beds_of_one_kind_are_not_shared_out_by_those_of_another():
    need, held = areas([3, 4], measure="nursing_beds"), areas([1, 1], measure="care_beds")
    with pytest.raises(SchemaError, match="need counts nursing_beds and supply care_beds"):
        gap.allocate(5, need, by="gap", supply=held)
    city = xr.DataArray(9.0, attrs={**ABOUT, "measure": "care_beds"})
    with pytest.raises(SchemaError, match="districts counts nursing_beds and city care_beds"):
        gap.add_up(need, city)


def test_an_area_stands_once():
    twice = xr.concat([areas([3]), areas([4])], "area")
    with pytest.raises(SchemaError, match="area 'area 0' stands twice"):
        gap.allocate(5, twice)


def test_no_districts_and_no_need():
    with pytest.raises(SchemaError, match="need: no areas"):
        gap.allocate(5, xr.DataArray(3.0, attrs=ABOUT))
    with pytest.raises(SchemaError, match="nothing to share out by need"):
        gap.allocate(5, areas([0, 0]))


# Adding up.


def test_districts_are_scaled_to_the_city():
    parts = areas([40, 50]).expand_dims(year=[2025, 2030])
    city = xr.DataArray([99.0, 81.0], coords={"year": [2025, 2030]}, dims="year", attrs=ABOUT)
    got = gap.add_up(parts, city)
    np.testing.assert_allclose(got.sum("area"), city)
    np.testing.assert_allclose(got.scaled_by, [1.1, 0.9])
    np.testing.assert_allclose(got.sel(year=2025), [44, 55])


@pytest.mark.parametrize(
    ("districts", "city", "error", "message"),
    [
        (areas([0, 0]), xr.DataArray(5.0, attrs=ABOUT), SchemaError, "they need nothing"),
        (areas([1, 2]), areas([1, 2]), SchemaError, "city: it has areas"),
        (
            areas([1, 2]),
            xr.DataArray(5.0, attrs={**ABOUT, "units": "places"}),
            SchemaError,
            "city: the unit",
        ),
        (
            areas([1, 2]),
            xr.DataArray(5.0, attrs={**ABOUT, "basis": "registered"}),
            BasisError,
            "city is registered",
        ),
        (xr.DataArray(5.0, attrs=ABOUT), xr.DataArray(5.0, attrs=ABOUT), SchemaError, "no areas"),
        (
            areas([1, 2]).assign_coords(year=2025),
            xr.DataArray(5.0, coords={"year": 2030}, attrs=ABOUT),
            SchemaError,
            "districts are of 2025 and the city of 2030",
        ),
    ],
)
def test_faults_of_adding_up(districts, city, error, message):
    with pytest.raises(error, match=message):
        gap.add_up(districts, city)


@pytest.fixture(scope="module")
def beds():
    return demand.beds(60, from_age=60, basis="resident")


def test_counties_add_up_to_ankang(beds):
    ankang = yl.load_place("ankang")
    needs = gap.district_needs(ankang, beds, until=2022)
    city = demand.apply(yl.project(ankang.base, ankang.rates("trend", 2022)).population, beds)
    # In the base year by the census itself, later all but: each has its own rates.
    np.testing.assert_allclose(needs.sum("area").sel(year=2020), city.sel(year=2020), rtol=1e-4)
    got = gap.add_up(needs, city)
    np.testing.assert_allclose(got.sum("area"), city, rtol=1e-12)
    assert float(abs(got.scaled_by - 1).max()) < 2e-3
    shared = gap.allocate(30_000, got.sel(year=2022, measure="care_beds"))
    assert float(shared.allocation.sum()) == 30_000
    assert shared.name_zh.values[0] == "汉滨区"


def test_districts_that_cannot_be_had(beds):
    with pytest.raises(YilaoError, match="ankang-hanbin: no districts are packaged"):
        gap.district_needs(yl.load_place("ankang-hanbin"), beds)
    taizhou = yl.load_place("taizhou-jiangsu")
    with pytest.raises(YilaoError, match="cannot be computed for taizhou-jiangsu-medical-zone"):
        gap.district_needs(taizhou, beds)
    needs = gap.district_needs(taizhou, beds, variant="no-migration", until=2021)
    assert needs.sizes["area"] == sum(r.parent == taizhou.id for r in facts.place_records())


# Rates and stocks.


@pytest.fixture(scope="module")
def population():
    place = yl.load_place("ankang")
    return yl.project(place.base, place.rates("trend", 2025)).population


def test_a_rate_and_the_stock_it_needs_are_each_others_reverse(population):
    stock = gap.stock_of_rate(population, 60, per=1000, from_age=60, units="beds")
    assert stock.attrs["units"] == "beds"
    assert stock.attrs["basis"] == "resident"
    rate = gap.rate_of_stock(population, stock, per=1000, from_age=60)
    np.testing.assert_allclose(rate, 60, rtol=1e-12)
    assert rate.attrs["units"] == "per 1,000 people"


def test_both_targets_of_ankang_cannot_hold(population):
    plan, then = yl.load_plan("ankang"), population.sel(year=2025)
    norm = plan["care_beds_per_1000_older"].target(2025)
    beds = plan["care_beds"].target(2025)
    assert float(gap.stock_of_rate(then, norm, per=1000, from_age=60, units="beds")) > 1.15 * beds
    assert 49 < float(gap.rate_of_stock(then, beds, per=1000, from_age=60)) < 52
    # 30,000 beds are 60 per 1,000 of fewer people than there were in 2020 already.
    assert beds / norm * 1000 < plan["population_60plus"].value(2020)


def test_yearly_rates_and_a_stock_of_another_year(population):
    norm = xr.DataArray([53.0, 60.0], coords={"year": [2021, 2025]}, dims="year")
    then = population.sel(year=[2021, 2025])
    stock = gap.stock_of_rate(then, norm, per=1000, from_age=60, units="beds")
    np.testing.assert_allclose(stock, yl.sum_ages(then, 60) * norm / 1000)
    held = yl.supply.stock(25_261, date="2020-12-31", units="beds")
    rate = gap.rate_of_stock(population, held, per=1000, from_age=60)
    assert rate.sizes == {"year": 6}
    assert float(rate.sel(year=2020)) == pytest.approx(48.3, abs=0.1)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda p: gap.stock_of_rate(p, 0, per=1000, from_age=60, units="beds"),
            SchemaError,
            "rate: 0 per 1000 is not above 0",
        ),
        (
            lambda p: gap.stock_of_rate(p * 0, 5, per=1000, from_age=60, units="beds"),
            SchemaError,
            "no denominator|no unit",
        ),
        (lambda p: gap.rate_of_stock(p, 5, per=0, from_age=60), SchemaError, "per 0 is not above"),
        (
            lambda p: gap.stock_of_rate(p, 5, per=1000, from_age=60, units="万张"),
            SchemaError,
            "the unit is '万张'. Multiply by 10,000",
        ),
        (
            lambda p: gap.stock_of_rate(
                p,
                xr.DataArray([5.0, 6.0], coords={"year": [2025, 2026]}),
                per=1000,
                from_age=60,
                units="beds",
            ),
            SchemaError,
            "year: population has 6 labels and rate has 2",
        ),
        (
            lambda p: gap.rate_of_stock(
                p, yl.supply.stocks({2025: 5, 2026: 6}, units="beds"), per=1000, from_age=60
            ),
            SchemaError,
            "year: population has 6 labels and supply has 2",
        ),
        (
            lambda p: gap.rate_of_stock(p.expand_dims(area=["a"]), 5, per=1000, from_age=60),
            SchemaError,
            "population has areas and supply has none",
        ),
        (lambda p: gap.rate_of_stock(p, -5, per=1, from_age=60), SchemaError, "supply: 1 value"),
        (
            lambda p: gap.rate_of_stock((p * 0).assign_attrs(p.attrs), 5, per=1000, from_age=60),
            SchemaError,
            "no denominator",
        ),
        (
            lambda p: gap.rate_of_stock(
                p,
                yl.supply.stock(5, date="2020", units="beds", basis="registered"),
                per=1000,
                from_age=60,
            ),
            BasisError,
            "supply is registered and population is resident",
        ),
    ],
)
def test_faults_of_rates(population, call, error, message):
    with pytest.raises(error, match=message):
        call(population)
