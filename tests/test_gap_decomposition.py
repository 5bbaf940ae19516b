"""What a change is made of: exact and additive, by factor, by cohort, by component."""

import itertools
import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import yilao as yl
from yilao import demand, gap
from yilao.schema import BasisError, SchemaError

AGES = {"sex": ["female", "male"], "age": np.arange(101)}


def by_orders(before, after, model):
    """Shapley by its definition: the mean over every order in which the factors change."""
    total = dict.fromkeys(before, 0.0)
    for order in itertools.permutations(before):
        state = dict(before)
        for name in order:
            value = model(**state)
            state[name] = after[name]
            total[name] += model(**state) - value
    return {n: t / math.factorial(len(before)) for n, t in total.items()}


def odd(a, b, c, d):
    return a * b + np.exp(c / 50) * d - b * d


# The parts of factors.


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-100, 100), st.floats(-100, 100)),
        min_size=1,
        max_size=7,
    )
)
def test_parts_add_up_for_any_number_of_factors(pairs):
    before = {f"f{i}": p[0] for i, p in enumerate(pairs)}
    after = {f"f{i}": p[1] for i, p in enumerate(pairs)}
    parts = gap.shapley(before, after)
    change = math.prod(after.values()) - math.prod(before.values())
    # Rounding is that of the largest product among the mixtures.
    size = math.prod(max(abs(a), abs(b), 1) for a, b in pairs)
    assert float(parts.sum()) == pytest.approx(change, abs=1e-13 * size)
    assert float(parts.after - parts.before) == pytest.approx(change, abs=1e-13 * size)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=4, max_size=4))
def test_parts_are_the_mean_over_all_orders(pairs):
    before, after = ({n: p[k] for n, p in zip("abcd", pairs, strict=True)} for k in (0, 1))
    wanted = by_orders(before, after, odd)
    parts = gap.shapley(before, after, model=odd)
    for name, value in wanted.items():
        assert float(parts.sel(factor=name)) == pytest.approx(value, rel=1e-9, abs=1e-9)


def test_two_factors_are_the_averages_of_kitagawa():
    parts = gap.shapley({"n": 100.0, "r": 0.02}, {"n": 180.0, "r": 0.05})
    np.testing.assert_allclose(parts, [80 * 0.035, 0.03 * 140], rtol=1e-14)


def test_what_does_not_change_has_no_part_and_names_do_not_matter():
    parts = gap.shapley({"a": 3.0, "b": 2.0, "c": 7.0}, {"c": 9.0, "a": 3.0, "b": 5.0})
    assert float(parts.sel(factor="a")) == 0
    other = gap.shapley({"c": 7.0, "b": 2.0, "a": 3.0}, {"a": 3.0, "b": 5.0, "c": 9.0})
    xr.testing.assert_allclose(parts, other.sel(factor=["a", "b", "c"]))


def test_arrays_are_split_cell_by_cell():
    rng = np.random.default_rng(3)
    coords = {"year": [2025, 2030], "draw": range(4)}
    before, after = (
        {
            "n": xr.DataArray(rng.uniform(1, 2, (2, 4)), coords),
            "r": xr.DataArray(rng.uniform(1, 2, 2), {"year": [2025, 2030]}),
            "s": float(rng.uniform()),
        }
        for _ in range(2)
    )
    parts = gap.shapley(before, after)
    assert parts.dims == ("factor", "year", "draw")
    one = gap.shapley(
        *(
            {
                "n": float(x["n"].sel(year=2030, draw=2)),
                "r": float(x["r"].sel(year=2030)),
                "s": x["s"],
            }
            for x in (before, after)
        )
    )
    np.testing.assert_allclose(parts.sel(year=2030, draw=2), one, rtol=1e-12)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ({"a": 1}, {"b": 1}, "Give the same names"),
        ({}, {}, "0 of them, 1 to 16"),
        ({f"f{i}": 1 for i in range(17)}, {f"f{i}": 2 for i in range(17)}, "17 of them"),
        ({"a": 1.0}, {"a": float("nan")}, "the model's values: 1 value"),
        (
            {"a": xr.DataArray([1.0, 2.0], {"year": [1, 2]}), "b": 1.0},
            {"a": xr.DataArray([1.0, 2.0], {"year": [2, 3]}), "b": 1.0},
            "year: factor a has 2 labels",
        ),
        (
            {"a": xr.DataArray([1.0, 2.0], {"year": [1, 2]}), "b": 1.0},
            {
                "a": xr.DataArray([1.0, 2.0], {"year": [1, 2]}),
                "b": xr.DataArray([1.0], {"year": [1]}),
            },
            "year: factor a has 2 labels and factor b has 1",
        ),
    ],
)
def test_faults_of_factors(before, after, message):
    with pytest.raises(SchemaError, match=message):
        gap.shapley(before, after)


# Published arithmetic.


@pytest.fixture(scope="module")
def ankang():
    return yl.load_plan("ankang")


@pytest.fixture(scope="module")
def ankang_2025(ankang):
    """What the plan's rates ask for in 2025: 27.34 % x 2,490,000 x 60 per mille x 60 %."""
    share = ankang["share_60plus"].value(2025, role="projection") / 100
    return {
        "people": share * ankang["population_resident"].value(2020),
        "norm": ankang["care_beds_per_1000_older"].target(2025) / 1000,
        "share": ankang["nursing_bed_share"].target(2025) / 100,
    }


def test_nursing_beds_of_ankang(ankang, ankang_2025):
    people, beds = ankang["population_60plus"].value(2020), ankang["care_beds"].value(2020)
    nursing = ankang["nursing_beds"].value(2020)
    assert (people, beds, nursing) == (523_000, 25_261, 2_781)
    start = {"people": people, "norm": beds / people, "share": nursing / beds}
    parts = gap.shapley(start, ankang_2025)
    # To the bed: ageing, bed norm, nursing share, with the counted stocks of 2020.
    assert [round(float(p)) for p in parts] == [3_109, 2_576, 16_042]
    assert round(float(parts.before)) == 2_781
    assert round(float(parts.after)) == 24_508
    assert float(parts.sum()) == pytest.approx(21_726.576, abs=1e-9)


@pytest.mark.parametrize(
    ("start", "wanted"),
    [
        # 20.98 % of 2,490,000 residents instead of the 523,000 printed.
        ((522_402, 25_261 / 522_402, 2_781 / 25_261), (3_122, 2_562, 16_043)),
        # The rate as printed, 49 per 1,000; the share is what gives 2,781.
        ((523_000, 0.049, 2_781 / 523_000 / 0.049), (3_117, 2_417, 16_193)),
        # The share as printed, 12 %; the rate is what gives 2,781.
        ((523_000, 2_781 / 0.12 / 523_000, 0.12), (3_061, 3_498, 15_167)),
    ],
)
def test_other_conventions_of_the_base_give_other_parts(ankang_2025, start, wanted):
    parts = gap.shapley(dict(zip(ankang_2025, start, strict=True)), ankang_2025)
    assert tuple(round(float(p)) for p in parts) == wanted
    assert float(parts.sum()) == pytest.approx(24_507.576 - 2_781, abs=1e-9)


def test_places_of_hangzhou():
    plan = yl.load_plan("hangzhou")
    both = [
        plan["population_old_and_young"].value(y) / plan["share_old_and_young"].value(y) * 100
        for y in (2021, 2025)
    ]
    stock, norm = plan["childcare_places"].value(2022), plan["childcare_places_per_1000"]
    parts = gap.shapley(
        {"people": both[0], "norm": stock / both[0]},
        {"people": both[1], "norm": norm.target(2025) / 1000},
    )
    assert [round(float(p)) for p in parts] == [4_428, 12_627]
    # With the residents of the bulletin of 2021 instead.
    parts = gap.shapley(
        {"people": 12_204_000.0, "norm": stock / 12_204_000},
        {"people": both[1], "norm": 0.0046},
    )
    assert [round(float(p), -2) for p in parts] == [4_400, 12_700]


def test_places_of_ankang_and_the_switch_of_basis(ankang):
    promised = ankang["childcare_places"].target(2025)
    resident = ankang["population_resident"].value(2020)
    registered = ankang["population_registered"].value(2020)
    after = {"basis": resident, "growth": promised / 4.73 * 1000 / resident, "norm": 0.00473}
    held = gap.shapley({"basis": resident, "growth": 1.0, "norm": 3379 / resident}, after)
    assert [round(float(p)) for p in held] == [0, 243, 8_534]
    switched = gap.shapley({"basis": registered, "growth": 1.0, "norm": 3379 / registered}, after)
    assert float(switched.sum()) == pytest.approx(12_156 - 3_379)
    assert float(switched.sel(factor="basis")) < 0
    assert float(switched.sel(factor="norm")) > float(held.sel(factor="norm"))


# A requirement, from populations.


def people(seed, scale=1.0, basis="resident"):
    values = np.random.default_rng(seed).uniform(0, 1000, (2, 101)) * scale
    return xr.DataArray(values, AGES, ("sex", "age"), attrs={"units": "persons", "basis": basis})


def weights(rate):
    return demand.beds(rate, from_age=60, basis="resident").isel(measure=0)


def test_a_requirement_is_split_into_size_structure_norm_share_and_supply():
    then, now = people(1), people(2, 1.3)
    need = [float((p * w).sum()) for p, w in ((then, weights(40)), (now, weights(60)))]
    parts = gap.explain_need(
        then,
        now,
        (weights(40), weights(60)),
        factors={"share": (0.1, 0.6), "basis": (1.2, 1.0)},
        supply=(100.0, 150.0),
    )
    assert parts.factor.values.tolist() == [
        "size",
        "structure",
        "norm",
        "share",
        "basis",
        "supply",
    ]
    change = (need[1] * 0.6 - 150) - (need[0] * 0.12 - 100)
    assert float(parts.sum()) == pytest.approx(change, rel=1e-12)
    # Supply enters by subtraction, so its part is its own change in every order.
    assert float(parts.sel(factor="supply")) == pytest.approx(-50)


def test_growth_alike_in_all_ages_is_size_only():
    then = people(1)
    now = (then * 1.5).assign_attrs(then.attrs)
    parts = gap.explain_need(then, now, (weights(40), weights(40)))
    need = float((then * weights(40)).sum())
    np.testing.assert_allclose(parts, [need / 2, 0, 0], rtol=1e-12, atol=1e-9)


def test_years_areas_and_draws_pass():
    then = people(1).expand_dims(area=["a", "b"])
    now = xr.concat([people(2), people(3)], "area").assign_coords(area=["a", "b"])
    now = now.expand_dims(draw=range(3)).assign_coords(year=2035)
    parts = gap.explain_need(then.assign_coords(year=2020), now, (weights(40), weights(60)))
    assert parts.sizes == {"factor": 3, "area": 2, "draw": 3}
    np.testing.assert_allclose(parts.sum("factor"), parts.after - parts.before, rtol=1e-10)


def test_faults_of_a_requirement():
    with pytest.raises(BasisError, match="before is resident and after is registered"):
        gap.explain_need(people(1), people(2, basis="registered"), (weights(1), weights(1)))
    with pytest.raises(SchemaError, match="nobody is there"):
        gap.explain_need(people(1), people(2, 0.0), (weights(1), weights(1)))
    with pytest.raises(SchemaError, match="age: before has 101 labels and norm after has 100"):
        gap.explain_need(people(1), people(2), (weights(1), weights(1).isel(age=slice(100))))


REGISTERED = demand.beds(40, from_age=60, basis="registered")
PLACES_NORM = demand.places_by_norm(4.5, basis="resident")


@pytest.mark.parametrize(
    ("norms", "words", "error", "message"),
    [
        ((REGISTERED, REGISTERED), {}, BasisError, "resident and norm before is registered"),
        ((weights(1), PLACES_NORM), {}, SchemaError, "norm after: the unit is 'places'"),
        (
            (weights(1), weights(2)),
            {"supply": (5.0, yl.supply.stock(6, date="2020", units="places"))},
            SchemaError,
            "supply after: the unit is 'places', needed is 'beds'",
        ),
        (
            (weights(1), weights(2)),
            {"supply": (5.0, yl.supply.stock(6, date="2020", units="beds", basis="registered"))},
            BasisError,
            "supply after is registered",
        ),
        ((weights(1), weights(2)), {"factors": {"size": (1.0, 2.0)}}, SchemaError, "'size' is a"),
    ],
)
def test_norms_and_supply_count_whom_the_population_counts(norms, words, error, message):
    with pytest.raises(error, match=message):
        gap.explain_need(people(1), people(2), norms, **words)


def test_years_are_compared_with_themselves():
    then, now = (people(k).expand_dims(year=[2025, 2030]) for k in (1, 2))
    parts = gap.explain_need(then, now, (weights(40), weights(60)))
    assert parts.year.values.tolist() == [2025, 2030]
    np.testing.assert_allclose(parts.sum("factor"), parts.after - parts.before, rtol=1e-10)
    with pytest.raises(SchemaError, match=r"year: .* they differ in \[2025, 2031\]"):
        gap.explain_need(then, now.assign_coords(year=[2030, 2031]), (weights(40), weights(60)))


def test_a_switch_of_basis_may_be_named():
    switched = (REGISTERED, demand.beds(40, from_age=60, basis="resident"))
    parts = gap.explain_need(people(1), people(1), switched, factors={"basis": (1.2, 1.0)})
    need = float((people(1) * weights(40)).sum())
    np.testing.assert_allclose(parts.sel(factor="basis"), -0.2 * need)


def test_a_population_in_tens_of_thousands_is_refused():
    with pytest.raises(SchemaError, match="after: the unit is '万人'"):
        gap.explain_need(people(1), people(2).assign_attrs(units="万人"), (weights(1), weights(1)))


# By cohort and component.

PLACES = [
    ("ankang", "trend", 2035),
    ("ankang", "no-migration", 2030),
    ("hangzhou", "plan", 2035),
    ("taizhou-zhejiang", "trend", 2027),
]


@pytest.fixture(scope="module")
def model():
    return demand.together(
        demand.nursing_beds(demand.beds(60, from_age=60, basis="resident"), share=0.6),
        demand.places_by_norm(4.6, basis="resident"),
    )


@pytest.fixture(scope="module", params=PLACES, ids=lambda p: f"{p[0]}-{p[1]}")
def case(request):
    name, variant, year = request.param
    place = yl.load_place(name)
    return place.base, place.rates(variant, year), year


def test_origins_add_up_to_the_projected_need(case, model):
    base, rates, year = case
    parts = gap.explain_origin(base, rates, model, year)
    wanted = yl.project_sums(base, rates, model).sel(year=year)
    apart = parts.drop_vars("departures_of_residents", errors="ignore")
    total = sum(v.sum([d for d in v.dims if d != "measure"]) for v in apart.data_vars.values())
    np.testing.assert_allclose(total, wanted, rtol=1e-12)


def test_nobody_born_later_is_old_and_no_cohort_grows(case, model):
    base, rates, year = case
    parts = gap.explain_origin(base, rates, model, year).sel(measure="nursing_beds")
    later = year - int(base.year)
    young = parts.residents.sel(age=slice(0, 59 - later))
    assert float(abs(young).sum()) == 0
    assert float(abs(parts.residents_children).sum()) == 0
    # A cohort cannot fill more beds than the weight of its members in the base year.
    assert (parts.residents <= base * 0.036 * (1 + 1e-12)).all()


def test_departures_are_the_difference_to_nobody_leaving(model):
    place = yl.load_place("ankang")
    rates = place.rates("trend", 2030)
    parts = gap.explain_origin(place.base, rates, model, 2030)
    flows = {n: xr.zeros_like(rates[n]) for n in ("immigration", "emigration_rate")}
    alone = rates.assign(
        {n: flows[n].assign_attrs(rates[n].attrs) if n in flows else rates[n] for n in rates}
    )
    stay = yl.project_sums(place.base, alone, model).sel(year=2030)
    kept = (parts.residents + parts.residents_children).sum(("sex", "age"))
    left = parts.departures_of_residents.sum(("sex", "age"))
    np.testing.assert_allclose(kept - left, stay, rtol=1e-12)
    assert (left < 0).all()


def test_origins_by_draw():
    place = yl.load_place("ankang")
    rates = place.rates("trend", 2023)
    several = rates.assign(
        tfr=(rates.tfr * xr.DataArray([0.9, 1.1], {"draw": [0, 1]})).assign_attrs(rates.tfr.attrs)
    )
    young = demand.places_by_norm(4.6, basis="resident")
    parts = gap.explain_origin(place.base, several, young, 2023)
    for draw, factor in ((0, 0.9), (1, 1.1)):
        one = rates.assign(tfr=(rates.tfr * factor).assign_attrs(rates.tfr.attrs))
        alone = gap.explain_origin(place.base, one, young, 2023)
        np.testing.assert_allclose(
            parts.residents_children.sel(draw=draw).squeeze(),
            alone.residents_children.squeeze(),
            rtol=1e-10,
        )


def test_components_add_up_to_the_change(case, model):
    base, rates, year = case
    parts = gap.explain_change(base, rates, model, year)
    before = xr.dot(base, model, dim=("sex", "age"))
    after = yl.project_sums(base, rates, model).sel(year=year)
    np.testing.assert_allclose(parts.sum("component"), after - before, rtol=1e-9)
    np.testing.assert_allclose(parts.before, before)
    beds = parts.sel(measure="nursing_beds")
    assert float(beds.sel(component="fertility")) == 0
    if "immigration" not in rates and "migration_total" not in rates:
        assert float(abs(parts.sel(component="migration")).max()) == 0


def test_a_reference_of_your_own():
    place = yl.load_place("ankang")
    rates = place.rates("no-migration", 2030)
    model = demand.beds(60, from_age=60, basis="resident")
    same = gap.explain_change(place.base, rates, model, 2030, reference=rates)
    assert same.squeeze().values[1:].tolist() == [0, 0, 0]
    with pytest.raises(SchemaError, match=r"differs from the rates in \['emigration_rate'"):
        gap.explain_change(place.base, rates, model, 2030, reference=place.rates("trend", 2030))


def test_yearly_weights_are_those_of_the_year():
    place = yl.load_place("ankang")
    rates = place.rates("no-migration", 2023)
    norm = xr.DataArray([50.0, 53.0, 54.0, 57.0], coords={"year": range(2020, 2024)})
    yearly = demand.beds(norm, from_age=60, basis="resident")
    fixed = demand.beds(57, from_age=60, basis="resident")
    for explain in (gap.explain_origin, gap.explain_change):
        a, b = (explain(place.base, rates, w, 2023) for w in (yearly, fixed))
        a, b = (x.residents if isinstance(x, xr.Dataset) else x for x in (a, b))
        np.testing.assert_allclose(a, b, rtol=1e-12)
    for explain in (gap.explain_origin, gap.explain_change):
        with pytest.raises(BasisError, match="base is resident and weights is registered"):
            explain(place.base, rates, REGISTERED, 2023)
        with pytest.raises(SchemaError, match="year: 2020 is not after the base"):
            explain(place.base, rates, fixed, 2020)
    with pytest.raises(SchemaError, match="no year 2022"):
        gap.explain_origin(place.base, rates, yearly.sel(year=[2020, 2021]), 2022)
    with pytest.raises(SchemaError, match="base: no scalar coordinate 'year'"):
        gap.explain_origin(place.base.drop_vars("year"), rates, fixed, 2022)


def test_plain_weights_without_measure_will_do():
    place = yl.load_place("ankang")
    old = xr.zeros_like(place.base).where(place.base.age < 60, 1.0).rename("60+")
    parts = gap.explain_origin(place.base, place.rates("no-migration", 2022), old, 2022)
    assert parts.measure.values.tolist() == ["60+"]


def test_arguments_are_left_alone(model):
    place = yl.load_place("ankang")
    base, rates = place.base, place.rates("trend", 2022)
    copies = base.copy(deep=True), rates.copy(deep=True), model.copy(deep=True)
    gap.explain_origin(base, rates, model, 2022)
    gap.explain_change(base, rates, model, 2022)
    for array, copy in zip((base, rates, model), copies, strict=True):
        xr.testing.assert_identical(array, copy)
