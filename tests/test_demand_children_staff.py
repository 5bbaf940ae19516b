"""Childcare by enrolment and classes, kindergarten seats, and the workforce."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from yilao import demand
from yilao.schema import SchemaError, YilaoError

QUIET = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def people(value=1000.0) -> xr.DataArray:
    return xr.DataArray(
        np.full((2, 101), value),
        dims=("sex", "age"),
        coords={"sex": ["female", "male"], "age": np.arange(101)},
        attrs={"units": "persons", "basis": "resident"},
    )


def test_only_part_of_age_0_can_enrol():
    model = demand.places_by_enrolment({0: 0.1, 1: 0.2, 2: 0.4}, utilisation=0.8, full_time=0.9)
    places = demand.apply(people(), model).item()
    assert places == pytest.approx(2000 * (0.05 + 0.2 + 0.4) * 0.9 / 0.8)
    assert model.attrs["kind"] == "demand"


@QUIET
@given(st.floats(0.1, 10), st.floats(0.015, 0.05), st.floats(0.2, 1))
def test_conversions_lead_back(per_1000, share, utilisation):
    per_child = demand.places_per_child(per_1000, under_3_share=share)
    assert demand.places_per_1000(per_child, under_3_share=share) == pytest.approx(per_1000)
    given_ = {"under_3_share": share, "utilisation": utilisation}
    rate = demand.enrolment_rate(per_1000, **given_)
    assert demand.places_per_1000_of_enrolment(rate, **given_) == pytest.approx(per_1000)


def test_the_same_norm_is_an_ever_larger_share_of_children():
    shown = [
        round(100 * demand.enrolment_rate(4.5, under_3_share=c, utilisation=u), 1)
        for c, u in ((0.0261, 0.5), (0.0181, 0.5), (0.0181, 1.0))
    ]
    assert shown == [8.6, 12.4, 24.9]


def test_residential_areas_count_their_own_people():
    found = demand.residential_area_places(
        new_residents=xr.DataArray([10_000, 0], dims="area"),
        existing_residents=50_000,
        per_1000_new=10,
        per_1000_existing=8,
    )
    assert found.total.values.tolist() == [500, 400]
    assert found.attrs["kind"] == "norm requirement"


def loop(n, institutions, size, ratio):
    """Classes and carers child by child, as a check on the arrays."""
    each = [n // institutions + (i < n % institutions) for i in range(institutions)]
    classes = [[size] * (e // size) + ([e % size] if e % size else []) for e in each]
    flat = [c for home in classes for c in home]
    return len(flat), sum(-(-c // ratio) for c in flat)


@QUIET
@given(st.integers(0, 400), st.integers(1, 12), st.sampled_from(["infant", "young", "older"]))
def test_packing_against_a_plain_loop(n, institutions, name):
    rule = demand.class_standard()[name]
    packed = demand.pack_classes(
        xr.DataArray([n], coords={"measure": [name]}), institutions=institutions
    )
    classes, carers = loop(n, institutions, rule.max_children, int(rule.children_per_carer))
    assert (packed.classes.item(), packed.carers.item()) == (classes, carers)
    assert packed.places.item() == classes * rule.max_children >= n


def test_packing_districts_and_mixed_classes():
    kids = xr.DataArray(
        [[30, 30], [45, 45]],
        dims=("area", "measure"),
        coords={"area": ["a", "b"], "measure": ["young", "mixed"]},
    )
    homes = xr.DataArray([1, 3], coords={"area": ["a", "b"]})
    packed = demand.pack_classes(kids, institutions=homes)
    assert packed.classes.dims == ("area", "measure")
    assert packed.classes.values.tolist() == [[2, 2], [3, 3]]
    assert packed.places.values.tolist() == [[30, 36], [45, 54]]
    assert packed.carers.values.tolist() == [[6, 7], [9, 9]]
    fewer = demand.pack_classes(kids, institutions=homes, mixed_children_per_carer=7)
    assert fewer.carers.sel(measure="mixed").values.tolist() == [5, 9]
    homes = demand.institutions_for(packed.places.sum("measure"), places_each=50)
    assert homes.values.tolist() == [2, 2]


def test_children_by_class_follow_enrolment():
    sums = demand.apply(people(), demand.children_by_class({0: 0.1, 1: 0.2, 2: 0.3}))
    np.testing.assert_allclose(sums, [100, 400, 600])
    staff = demand.apply(people(), demand.childcare_staff({0: 0.1, 1: 0.2, 2: 0.3}, relief=1.2))
    assert staff.item() == pytest.approx(1.2 * (100 / 3 + 400 / 5 + 600 / 7))


def test_seats_that_fewer_children_leave():
    free = demand.free_kindergarten_seats(people(), capacity=5000, enrolment=0.95)
    assert float(free) == pytest.approx(5000 - 5700)
    assert free.attrs["basis"] == "resident"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: demand.places_by_enrolment({3: 0.1}, utilisation=1), r"enrolment: ages \[3\]"),
        (lambda: demand.places_by_enrolment({}, utilisation=1), r"enrolment: ages \[\]"),
        (lambda: demand.places_by_enrolment({2: 1.1}, utilisation=1), "enrolment: .* above 1"),
        (lambda: demand.places_by_enrolment({2: 0.1}, utilisation=0), "utilisation: 0 is not"),
        (
            lambda: demand.places_by_enrolment({2: 0.1}, utilisation=1, eligible_at_0=0),
            "eligible_at_0",
        ),
        (lambda: demand.places_per_child(0, under_3_share=0.02), "per_1000: 0 is not above 0"),
        (lambda: demand.places_per_1000(-1, under_3_share=0.02), "per_child: -1 is not above"),
        (
            lambda: demand.enrolment_rate(50, under_3_share=0.02, utilisation=1),
            "enrolment rate: .* above 1",
        ),
        (
            lambda: demand.residential_area_places(
                new_residents=-1, existing_residents=0, per_1000_new=10, per_1000_existing=8
            ),
            "new_residents: .* negative",
        ),
        (
            lambda: demand.residential_area_places(
                new_residents=1, existing_residents=0, per_1000_new=10, per_1000_existing=0
            ),
            "per_1000_existing: 0 is not above 0",
        ),
        (
            lambda: demand.pack_classes(xr.DataArray([1], coords={"measure": ["baby"]})),
            "'baby' is no class",
        ),
        (
            lambda: demand.pack_classes(xr.DataArray([1.5], coords={"measure": ["young"]})),
            "not all are whole numbers",
        ),
        (
            lambda: demand.pack_classes(
                xr.DataArray([1], coords={"measure": ["young"]}), institutions=0
            ),
            "institutions: 0 is not a whole number",
        ),
        (
            lambda: demand.pack_classes(
                xr.DataArray([1], coords={"measure": ["mixed"]}), mixed_children_per_carer=0
            ),
            "mixed_children_per_carer: 0 is not above 0",
        ),
        (
            lambda: demand.workforce(
                xr.DataArray([1.0], coords={"area": ["a"]}),
                HIRES.expand_dims(area=["b"]),
                turnover=0.1,
            ),
            "area: entrants has 1 labels and start has 1; they differ",
        ),
        (lambda: demand.institutions_for(xr.DataArray(1), places_each=0), "places_each: 0"),
        (
            lambda: demand.free_kindergarten_seats(people(), capacity=-1.0),
            "capacity: .* negative",
        ),
        (
            lambda: demand.free_kindergarten_seats(people(), capacity=1.0, enrolment=0),
            "enrolment: 0 is not above 0",
        ),
        (
            lambda: demand.childcare_staff({2: 0.1}, children_per_carer={"older": 7}),
            "no ratio above 0 for 'infant'",
        ),
        (
            lambda: demand.childcare_staff({2: 0.1}, children_per_carer={}),
            "no ratio above 0 for 'infant'",
        ),
        (
            lambda: demand.childcare_staff({2: 0.1}, children_per_carer={"toddler": 5}),
            "'toddler' is no class of",
        ),
        (lambda: demand.childcare_staff({2: 0.1}, relief=0.5), "relief: 0.5 is below 1"),
        (lambda: demand.childcare_staff({2: 0.1}, relief=float("inf")), "relief: inf"),
        (lambda: carers(r={"adl_disabled": float("inf")}), "residents_per_carer: inf"),
        (
            lambda: demand.carers(
                demand.care_need("pooled-adl-2023"), propensity={}, residents_per_carer={}
            ),
            "propensity: nobody enters",
        ),
        (lambda: demand.pack_classes(xr.DataArray([1, 2])), "no dimension 'measure'"),
        (
            lambda: demand.institutions_for(xr.DataArray(float("nan")), places_each=50),
            "places: 1 value.* missing",
        ),
        (
            lambda: demand.institutions_for(xr.DataArray(-9.0), places_each=50),
            "places: .* negative",
        ),
        (lambda: demand.institutions_for(xr.DataArray(9.0), places_each=0.5), "places_each: 0.5"),
        (
            lambda: demand.free_kindergarten_seats(people().isel(age=slice(6)), capacity=1.0),
            "its open age is 5",
        ),
        (
            lambda: demand.free_kindergarten_seats(people().expand_dims(area=["a"]), capacity=1.0),
            "one number for several areas",
        ),
        (lambda: carers(r={"adl_disabled": 4, "severe": 3}), "'severe' has no ratio or no prop"),
        (lambda: carers({"severe": 0.1}, {"severe": 3}), "'severe' is not a measure of need"),
        (lambda: carers(r={"adl_disabled": 0}), "residents_per_carer: 0 of adl_disabled"),
        (lambda: carers(relief=0), "relief: 0 is below 1"),
        (
            lambda: demand.carers(
                demand.beds(30, from_age=60, basis="resident"),
                propensity={"care_beds": 1},
                residents_per_carer={"care_beds": 1},
            ),
            "norm requirement, not need",
        ),
    ],
)
def test_faults(call, message):
    with pytest.raises(SchemaError, match=message):
        call()


def carers(h=None, r=None, relief=1.0):
    return demand.carers(
        demand.care_need("pooled-adl-2023"),
        propensity=h or {"adl_disabled": 0.1},
        residents_per_carer=r or {"adl_disabled": 4},
        relief=relief,
    )


def test_carers_by_severity():
    rates = demand.by_age({(60, None): 0.1})
    need = demand.together(
        *(
            demand.care_need(
                (rates * f).expand_dims(measure=[name]).assign_attrs(definition="own survey")
            )
            for name, f in (("partial", 1.0), ("full", 0.5))
        )
    )
    model = demand.carers(
        need,
        propensity={"partial": 0.2, "full": 0.4},
        residents_per_carer={"partial": 5, "full": 3},
        relief=1.5,
    )
    assert demand.apply(people(), model).item() == pytest.approx(
        82_000 * 1.5 * (0.1 * 0.2 / 5 + 0.05 * 0.4 / 3)
    )
    nursing = demand.beds_of_need(
        need, propensity={"full": 0.4}, occupancy=0.8, measure="nursing_beds", part_of="care_beds"
    )
    assert demand.apply(people(), nursing).item() == pytest.approx(82_000 * 0.05 * 0.4 / 0.8)


# The stock of a workforce.


HIRES = xr.DataArray([100.0, 0.0, 50.0], coords={"year": [2021, 2022, 2023]})


@QUIET
@given(st.floats(0, 1), st.floats(0, 0.9), st.floats(1, 5000))
def test_the_stock_balances_and_required_intake_gives_it_back(turnover, re_entry, start):
    path = demand.workforce(start, HIRES, turnover=turnover, re_entry=re_entry)
    before = np.array([start, *path.stock.values[:-1]])
    balance = before - path.leavers + path.returned + path.entrants
    np.testing.assert_allclose(balance, path.stock, rtol=1e-12)
    intake = demand.required_intake(
        path.stock.drop_attrs(), start=start, turnover=turnover, re_entry=re_entry
    )
    np.testing.assert_allclose(intake, HIRES, atol=1e-8 * start)


def test_rates_by_year_and_draws():
    starts = xr.DataArray([100.0, 200.0], coords={"draw": [0, 1]})
    rates = xr.DataArray([0.1, 0.2, 0.0], coords={"year": [2021, 2022, 2023]})
    path = demand.workforce(starts, HIRES, turnover=rates)
    np.testing.assert_allclose(path.stock.sel(draw=0), [190, 152, 202])
    assert path.stock.dims == ("draw", "year")
    wanted = path.stock.drop_attrs()
    intake = demand.required_intake(wanted, start=starts, turnover=rates)
    np.testing.assert_allclose(intake, np.broadcast_to(HIRES, (2, 3)), atol=1e-9)


def test_pipeline_of_ankang_arrives_after_the_plan():
    courses = xr.DataArray(
        [0.0, 0.0, 100.0, 200.0, 400.0, 600.0], coords={"year": range(2020, 2026)}
    )
    entrants = demand.training_pipeline(courses, years=3, completion=0.9, entry=0.6, retention=0.8)
    assert float(entrants.sel(year=slice(None, 2025)).sum()) == pytest.approx(100 * 0.432)
    assert int(entrants.year[-1]) == 2028


def test_break_even_turnover():
    found = demand.break_even_turnover(1000, 800, HIRES, re_entry=0.5)
    path = demand.workforce(1000, HIRES, turnover=found, re_entry=0.5)
    assert float(path.stock[-1]) == pytest.approx(800)
    with pytest.raises(YilaoError, match="not reached even if nobody leaves"):
        demand.break_even_turnover(1000, 2000, HIRES)
    with pytest.raises(YilaoError, match="reached even if everybody leaves"):
        demand.break_even_turnover(1000, 10, HIRES)
    with pytest.raises(SchemaError, match="re_entry: 1 is not below 1"):
        demand.break_even_turnover(1000, 800, HIRES, re_entry=1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: demand.workforce(1, HIRES, turnover=1.2), "turnover: .* above 1"),
        (lambda: demand.workforce(1, HIRES, turnover=0.1, re_entry=-1), "re_entry: .* below|neg"),
        (lambda: demand.workforce(-1, HIRES, turnover=0.1), "start: .* negative"),
        (lambda: demand.workforce(1, -HIRES, turnover=0.1), "entrants: .* negative"),
        (
            lambda: demand.workforce(1, HIRES.sel(year=[2021, 2023]), turnover=0.1),
            "do not follow one another",
        ),
        (
            lambda: demand.workforce(1, HIRES, turnover=HIRES.sel(year=[2021]) / 1000),
            "entrants has 3 labels and turnover has 1",
        ),
        (
            lambda: demand.required_intake(HIRES.sel(year=[2021, 2023]), start=1, turnover=0.1),
            "do not follow one another",
        ),
        (lambda: demand.workforce(1, xr.DataArray([3.0]), turnover=0.1), "entrants: no years"),
        (
            lambda: demand.workforce(1, xr.DataArray([3.0], dims="year"), turnover=0.1),
            "entrants: no years",
        ),
        (lambda: demand.workforce(1, HIRES.isel(year=[]), turnover=0.1), "entrants: no years"),
        (
            lambda: demand.training_pipeline(xr.DataArray([3.0]), years=1, completion=1, entry=1),
            "enrolled: no years",
        ),
        (
            lambda: demand.training_pipeline(HIRES, years=2.5, completion=1, entry=1),
            "years: 2.5 is below 0 or not whole",
        ),
        (
            lambda: demand.break_even_turnover(1, float("nan"), HIRES),
            "target: nan is no number of people",
        ),
        (
            lambda: demand.break_even_turnover(1, 5, HIRES.expand_dims(area=["a", "b"])),
            "Give .year., and one start",
        ),
        (
            lambda: demand.training_pipeline(HIRES, years=-1, completion=1, entry=1),
            "years: -1 is below 0",
        ),
        (
            lambda: demand.training_pipeline(HIRES, years=1, completion=1.5, entry=1),
            "completion: .* above 1",
        ),
    ],
)
def test_faults_of_the_workforce(call, message):
    with pytest.raises(SchemaError, match=message):
        call()
