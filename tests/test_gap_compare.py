"""Need, supply and promise against each other; when a gap opens and what must be added."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from yilao import gap
from yilao.schema import BasisError, SchemaError
from yilao.supply import stock, stocks

YEARS = [2024, 2025, 2026]


def series(values, years=YEARS, **attrs):
    about = {"units": "beds", "basis": "resident", "sources": ["test"], **attrs}
    return xr.DataArray(np.asarray(values, float), coords={"year": years}, dims="year", attrs=about)


def test_three_comparisons_can_point_in_different_directions():
    found = gap.compare(
        series([100, 90, 80]),
        supply=series([70, 85, 95]),
        promise=series([110], years=[2026]),
    )
    assert found["need_less_supply"].shortfall.values.tolist() == [30, 5, -15]
    assert found["need_less_promise"].shortfall.values.tolist() == [-30]
    assert found["promise_less_supply"].shortfall.values.tolist() == [15]
    assert found["need_less_promise"].attrs["unknown_years"] == [2024, 2025]
    assert found["promise_less_supply"].attrs["compared"] == ("promise", "supply")


def test_an_unknown_side_is_not_there():
    need = series([1, 2, 3])
    assert gap.compare(need) == {}
    assert set(gap.compare(need, promise=series([1], years=[2025]))) == {"need_less_promise"}


def test_a_stock_is_carried_on_only_by_request():
    need, held = series([5, 6, 7]), stock(4, date="2022", units="beds")
    got = gap.compare(need, supply=held, promise=series([9], years=[2025]), hold=True)
    assert got["need_less_supply"].shortfall.values.tolist() == [1, 2, 3]
    assert got["promise_less_supply"].shortfall.values.tolist() == [5]
    with pytest.raises(SchemaError, match=r"none in common\. Nothing is carried over"):
        gap.compare(need, supply=held)
    of_2025 = stock(4, date="2025", units="beds")
    assert gap.compare(need, supply=of_2025)["need_less_supply"].shortfall.values.tolist() == [2]


def test_draws_and_areas_pass():
    need = series([5, 6, 7]).expand_dims(area=["a", "b"], draw=[0, 1, 2])
    held = series([1, 2, 3]).expand_dims(area=["a", "b"])
    got = gap.compare(need, supply=held)["need_less_supply"].shortfall
    assert got.sizes == {"area": 2, "draw": 3, "year": 3}


@pytest.mark.parametrize(
    ("need", "supply", "error", "message"),
    [
        ({"measure": "nursing_beds"}, {"measure": "care_beds"}, SchemaError, "of different kinds"),
        ({}, {"basis": "registered"}, BasisError, "need is resident and supply is registered"),
        ({}, {"units": "places"}, SchemaError, "unit is 'places', needed is 'beds'"),
    ],
)
def test_what_is_not_compared(need, supply, error, message):
    with pytest.raises(error, match=message):
        gap.compare(series([1, 2, 3], **need), supply=series([1, 2, 3], **supply))


def test_several_measures_are_not_set_against_one_stock():
    need = series([1, 2, 3]).expand_dims(measure=["care_beds", "nursing_beds"])
    with pytest.raises(SchemaError, match=r"need has \['care_beds', 'nursing_beds'\]. Select one"):
        gap.shortfall(need, series([1, 2, 3]))


def test_a_need_below_zero():
    with pytest.raises(SchemaError, match=r"need: 1 value.* negative"):
        gap.shortfall(series([1, -2, 3]), series([1, 2, 3]))


def test_a_threshold_is_a_number():
    with pytest.raises(SchemaError, match="above: nan is no threshold"):
        gap.first_year_short(series([1, 2, 3]), above=float("nan"))
    with pytest.raises(SchemaError, match="the threshold is no number"):
        gap.chance(xr.DataArray([1.0, 2.0], dims="draw"), below=float("nan"))


def test_a_measure_is_known_by_its_coordinate_too():
    need = series([1, 2, 3]).assign_coords(measure="nursing_beds")
    held = stocks(dict.fromkeys(YEARS, 1), units="beds", measure="care_beds")
    with pytest.raises(SchemaError, match="need counts nursing_beds and supply care_beds"):
        gap.shortfall(need, held)


@pytest.mark.parametrize("with_areas", ["need", "supply"])
def test_the_city_is_not_counted_in_every_district(with_areas):
    arrays = {"need": series([1, 2, 3]), "supply": series([1, 2, 3])}
    arrays[with_areas] = arrays[with_areas].expand_dims(area=["a", "b"])
    with pytest.raises(SchemaError, match=f"{with_areas} has areas and"):
        gap.shortfall(arrays["need"], arrays["supply"])


def test_a_stock_without_year():
    with pytest.raises(SchemaError, match="supply: no year"):
        gap.compare(series([1, 2, 3]), supply=xr.DataArray(3.0, attrs=series([1] * 3).attrs))


# Timing.


def test_first_year_short_by_draw():
    made = series([-1, 2, 3]).expand_dims(draw=2).copy()
    made[1] = -1.0
    got = gap.first_year_short(made)
    assert float(got[0]) == 2025
    assert np.isnan(got[1])
    assert float(gap.first_year_short(made, above=2)[0]) == 2026


def test_chance_of_a_gap_and_of_spare():
    draws = xr.DataArray([-300.0, 100.0, 700.0, 800.0], dims="draw")
    assert float(gap.chance(draws, above=500)) == 0.5
    assert float(gap.chance(draws, below=-200)) == 0.25
    assert float(gap.chance(draws, above=0).standard_error) == pytest.approx(0.75**0.5 * 0.25)


@given(st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=12))
def test_additions_leave_no_year_short(values):
    made = series(values, years=list(range(2020, 2020 + len(values))))
    plan = gap.required_additions(made, lead=3)
    assert (plan.additions >= 0).all()
    left = made - plan.additions.cumsum("year")
    assert float(left.max()) <= 1e-6
    # Not one more than needed: the largest gap is just closed.
    assert float(plan.additions.sum()) == pytest.approx(max(0.0, max(values)))
    np.testing.assert_array_equal(plan.order_year, made.year - 3)


def test_spare_is_what_was_needed_once():
    plan = gap.required_additions(series([-4, 9, 6]))
    assert plan.additions.values.tolist() == [0, 9, 0]
    assert plan.spare.values.tolist() == [0, 0, 3]


def test_overdue_orders_are_one_number():
    plan = gap.required_additions(series([2, 9, 12]), lead=2)
    due = gap.orders(plan, today=2023)
    assert (float(due.overdue), due.orders.values.tolist()) == (2, [7, 3])
    assert due.order_year.values.tolist() == [2023, 2024]
    assert float(due.overdue + due.orders.sum()) == float(plan.additions.sum())


def test_additions_by_area_and_draw():
    wide = series([1, 5, 2]).expand_dims(draw=[0, 1]).copy()
    wide[1] *= 2
    plan = gap.required_additions(wide.transpose("year", "draw"))
    np.testing.assert_allclose(plan.additions.sel(draw=1), [2, 8, 0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gap.first_year_short(xr.DataArray(1.0)), "dimension 'year' is missing"),
        (lambda: gap.first_year_short(series([1, 2], years=[2020, 2022])), "not one after another"),
        (lambda: gap.first_year_short(series([1, np.nan, 2])), "are missing"),
        (lambda: gap.chance(series([1, 2, 3]), above=0), "dimension 'draw' is missing"),
        (
            lambda: gap.chance(series([1, 2, 3]).rename(year="draw"), above=0, below=1),
            "one threshold",
        ),
        (lambda: gap.chance(series([1, 2, 3]).rename(year="draw")), "one threshold"),
        (lambda: gap.required_additions(series([1, 2, 3]).drop_attrs()), "no unit"),
        (lambda: gap.required_additions(series([1, 2, 3]), lead=-1), "lead: -1"),
        (lambda: gap.required_additions(series([1, 2, 3]), lead=1.5), "lead: 1.5"),
        (
            lambda: gap.orders(gap.required_additions(series([1, 2, 3])), today=2050),
            "lie before 2050",
        ),
    ],
)
def test_faults_of_timing(call, message):
    with pytest.raises(SchemaError, match=message):
        call()


def test_arguments_are_left_alone():
    need, held = series([3, 2, 1]), series([1, 2, 3])
    copies = need.copy(deep=True), held.copy(deep=True)
    gap.required_additions(gap.compare(need, supply=held)["need_less_supply"].shortfall)
    xr.testing.assert_identical(need, copies[0])
    xr.testing.assert_identical(held, copies[1])


def test_only_what_was_added_is_spare_of_the_additions():
    """Spare supply is in the gap; of the additions no more than all can be spare."""
    plan = gap.required_additions(series([5, -100, 3]))
    assert plan.added_so_far.values.tolist() == [5, 5, 5]
    assert plan.spare.values.tolist() == [0, 5, 2]
    assert gap.required_additions(series([-100, -1, 0])).spare.values.tolist() == [0, 0, 0]
    with pytest.raises(SchemaError, match="unit is '万张'"):
        gap.required_additions(series([1, 2, 3], units="万张"))
