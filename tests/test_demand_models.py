"""Demand models as weights: agreement, identities, parts and wholes, the faults by message."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import yilao as yl
from yilao import demand, facts
from yilao.mortality import life_table, wpp_mx
from yilao.schema import BasisError, SchemaError, UnknownNameError, YilaoError

QUIET = settings(max_examples=40, deadline=None, derandomize=True, database=None)


def people(value=1000.0, **coords) -> xr.DataArray:
    lead = {k: len(v) for k, v in coords.items()}
    return xr.DataArray(
        np.full((*lead.values(), 2, 101), value),
        dims=(*coords, "sex", "age"),
        coords={**coords, "sex": ["female", "male"], "age": np.arange(101)},
        attrs={"units": "persons", "basis": "resident", "sources": ["census"], "place": "x"},
    )


BEDS = demand.beds(30, from_age=60, basis="resident", sources=["plan"])
NEED = demand.care_need("pooled-adl-2023")


def everything(years=None) -> xr.DataArray:
    need = demand.care_need("pooled-adl-2023", years=years)
    return demand.together(
        BEDS,
        demand.nursing_beds(BEDS, share=0.55),
        demand.dementia_beds(20, from_age=60, basis="resident"),
        demand.rehabilitation_beds(55, from_age=60, basis="resident"),
        demand.family_care_beds(need, share=0.01),
        need,
        demand.beds_of_need(need, propensity=0.1, occupancy=0.85, measure="beds_of_need"),
        demand.carers(
            need, propensity={"adl_disabled": 0.1}, residents_per_carer={"adl_disabled": 4}
        ),
        demand.certified_carers(28, from_age=60, basis="resident"),
        demand.places_by_norm(4.5, basis="resident"),
        demand.childcare_staff({0: 0.02, 1: 0.1, 2: 0.3}),
        demand.children_by_class({0: 0.02, 1: 0.1, 2: 0.3}),
    )


@pytest.mark.parametrize("years", [None, range(2020, 2026)], ids=["constant", "by year"])
def test_a_finished_projection_and_project_sums_agree(years):
    place = yl.load_place("ankang")
    rates = place.rates("trend", until=2025)
    models = everything(years)
    population = yl.project(place.base, rates).population
    after = demand.apply(population, models)
    inside = yl.project_sums(place.base, rates, models)
    xr.testing.assert_allclose(after, inside, rtol=1e-13)
    for name in ("unit", "kind", "definition", "part_of", "setting"):
        assert inside[name].values.tolist() == models[name].values.tolist()
    assert inside.attrs["kind"] == after.attrs["kind"] == "several"
    assert set(models.attrs["sources"]) < set(inside.attrs["sources"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"measure": " "}, "measure: no name"),
        ({"unit": ""}, "m: no unit"),
        ({"unit": "万张"}, "m: the unit is '万张'. Multiply by 10,000"),
    ],
)
def test_a_model_says_what_it_counts(words, message):
    words = {"measure": "m", "unit": "beds", "kind": "need", **words}
    with pytest.raises(SchemaError, match=message):
        demand.weights(demand.by_age({(60, None): 1.0}), **words)


def test_project_sums_checks_the_basis_of_the_weights():
    place = yl.load_place("ankang")
    registered = demand.beds(30, from_age=60, basis="registered")
    with pytest.raises(BasisError, match="base is resident and weights is registered"):
        yl.project_sums(place.base, place.rates(until=2021), registered)


def test_draws_and_areas_are_carried_and_arguments_unchanged():
    population = people(area=["a", "b"], draw=[0, 1, 2], year=[2024, 2025])
    before, models = population.copy(deep=True), everything()
    kept = models.copy(deep=True)
    sums = demand.apply(population, models)
    assert sums.dims == ("area", "draw", "year", "measure")
    assert float(sums.sel(measure="care_beds")[0, 0, 0]) == pytest.approx(82_000 * 0.03)
    assert (sums.attrs["basis"], sums.attrs["place"]) == ("resident", "x")
    assert {"census", "plan"} <= set(sums.attrs["sources"])
    xr.testing.assert_identical(population, before)
    xr.testing.assert_identical(models, kept)


def test_a_norm_may_differ_by_area_and_year():
    norm = xr.DataArray(
        [[30.0, 40.0], [50.0, 60.0]],
        dims=("area", "year"),
        coords={"area": ["a", "b"], "year": [2024, 2025]},
    )
    model = demand.beds(norm, from_age=60, basis="resident")
    sums = demand.apply(people(area=["a", "b"], year=[2024, 2025]), model)
    np.testing.assert_allclose(sums.sel(measure="care_beds"), norm * 82)


@QUIET
@given(st.floats(0.001, 1), st.floats(0.05, 1))
def test_identity_of_beds_and_share_both_ways(share, occupancy):
    beds = demand.beds_per_1000(share, occupancy=occupancy)
    assert beds == pytest.approx(1000 * share / occupancy)
    assert demand.institution_share(beds, occupancy=occupancy) == pytest.approx(share)


def test_known_arithmetic_of_9073():
    share = demand.parameter("institution_share_9073")
    shown = [round(demand.beds_per_1000(share, occupancy=o), 1) for o in (1.0, 0.85, 0.5)]
    assert shown == [30.0, 35.3, 60.0]
    assert round(demand.beds_per_1000(0.04, occupancy=0.85), 1) == 47.1


def test_known_floor_areas_and_the_boundary_the_text_leaves_open():
    plan = yl.load_plan("taizhou-zhejiang", document="solution-annex")

    def figure(name):
        return plan[name].value(None)

    rule = {
        "permille": figure("new_estate_care_room_permille"),
        "least_small": figure("new_small_estate_care_room_min"),
        "least_large": figure("new_large_estate_care_room_min"),
        "boundary_area": 50_000,
    }
    areas = xr.DataArray([50_000.0, 80_000.0, 200_000.0])
    np.testing.assert_array_equal(demand.new_estate_rooms(areas, **rule), [200, 300, 600])
    other = demand.new_estate_rooms(areas, **rule, at_boundary="large")
    np.testing.assert_array_equal(other, [300, 300, 600])
    rooms = demand.existing_estate_rooms(
        xr.DataArray([999, 1000, 2000]),
        per_100_households=figure("existing_estate_care_room_per_100_households"),
        least=figure("existing_estate_care_room_site_min"),
    )
    np.testing.assert_array_equal(rooms, [200, 200, 400])
    assert rooms.attrs == {"units": "square metres", "kind": "norm requirement"}


def test_beds_by_age_see_ageing_that_a_ratio_does_not():
    by_age = demand.beds_by_age(demand.bed_rates("arkansas-2016"))
    young, old = people(0.0), people(0.0)
    young.loc[{"age": 65}], old.loc[{"age": 90}] = 1000, 1000
    for model, ratio in ((BEDS, 1.0), (by_age, 16.0)):
        assert (demand.apply(old, model) / demand.apply(young, model)).item() == pytest.approx(
            ratio
        )
    assert demand.bed_rates_source("arkansas-2016").startswith("Arkansas")


# Parts and wholes.


def nested(nursing=0.55, dementia=20.0):
    models = demand.together(
        BEDS,
        demand.nursing_beds(BEDS, share=nursing),
        demand.dementia_beds(dementia, from_age=60, basis="resident"),
    )
    return demand.apply(people(), models)


def test_parts_are_counted_once():
    sums = nested()
    left = demand.exclusive(sums)
    assert float(left.sum()) == pytest.approx(float(sums.sel(measure="care_beds")))
    assert float(left.sel(measure="nursing_beds")) == pytest.approx(82 * (16.5 - 2))
    with pytest.raises(SchemaError, match="nursing_beds is part of care_beds"):
        demand.total(sums)
    assert float(demand.total(sums.sel(measure=["care_beds"]))) == pytest.approx(2460)


def test_parts_larger_than_the_whole_are_a_contradiction():
    with pytest.raises(SchemaError, match="larger than the whole at measure=nursing_beds"):
        demand.exclusive(nested(dementia=200.0))


def test_unlike_measures_are_not_added():
    need = demand.care_need("pooled-adl-2023")
    sums = demand.apply(people(), everything())
    for pair, what in (
        (["care_beds", "rehabilitation_beds"], "setting"),
        (["care_beds", "family_care_beds"], "setting"),
        (["care_beds", "beds_of_need"], "kind"),
        (["adl_disabled", "care_beds"], "unit"),
    ):
        with pytest.raises(SchemaError, match=f"differ in {what} and are not added"):
            demand.total(sums.sel(measure=pair))
    unknown = demand.apply(people(), everything()).copy()
    unknown[..., 0] = np.nan
    with pytest.raises(SchemaError, match=r"measures: .* missing"):
        demand.exclusive(unknown)
    with pytest.raises(SchemaError, match=r"measures: .* missing"):
        demand.total(unknown[..., :1])
    with pytest.raises(SchemaError, match="what is known of them is missing"):
        demand.total(sums.drop_vars("kind"))
    part = demand.beds_of_need(
        need, propensity=0.1, occupancy=1.0, measure="nursing_beds", part_of="care_beds"
    )
    with pytest.raises(SchemaError, match="nursing_beds is demand and care_beds"):
        demand.exclusive(demand.apply(people(), demand.together(BEDS, part)))


def test_conversion_before_building():
    found = demand.convert_beds(
        stock=100, nursing_stock=40, required=xr.DataArray([90, 120]), required_nursing=80
    )
    assert (float(found.convert), float(found.build_nursing)) == (40, 0)
    assert found.build_ordinary.values.tolist() == [0, 20]
    assert found.spare.values.tolist() == [10, 0]
    with pytest.raises(SchemaError, match="nursing_stock: 200 is not between 0 and stock"):
        demand.convert_beds(stock=100, nursing_stock=200, required=1, required_nursing=1)
    with pytest.raises(SchemaError, match="convertible: 2 is no share"):
        demand.convert_beds(
            stock=100, nursing_stock=2, required=1, required_nursing=1, convertible=2
        )


# Need under a named definition.


@pytest.mark.parametrize("name", demand.care_definitions()["id"])
def test_every_definition_has_shares_a_source_and_its_words(name):
    rates = demand.prevalence(name)
    assert float(rates.max()) <= 1
    assert (rates.sel(age=slice(0, 59)) == 0).all()
    years = rates.year.values.tolist()
    need = demand.care_need(name, years=years)
    assert need.attrs["kind"] == "need"
    assert need.attrs["sources"][0].strip()
    np.testing.assert_allclose(need, rates)


def test_definitions_lie_a_factor_of_ten_apart():
    totals = {
        name: float(demand.apply(people(), demand.care_need(name))[0])
        for name in ("census-2020", "pooled-mixed-2022")
    }
    assert totals["pooled-mixed-2022"] / totals["census-2020"] > 10


@pytest.mark.parametrize("file", ["care_definitions", "bed_rates", "class_standard", "parameters"])
def test_nothing_recalled_from_memory_is_packaged(file):
    for row in facts.read_table(facts.DATA / "demand" / f"{file}.csv"):
        assert row["evidence"].startswith(("read", "derived"))
        assert row["source"]
        assert row["url"].startswith("http")


def test_definitions_and_prevalence_name_the_same_ids():
    table = demand.care_definitions()
    rates = facts.read_table(facts.DATA / "demand" / "care_prevalence.csv")
    assert set(table["id"]) == {row["id"] for row in rates}
    assert table["severities"].notna().all()


def test_trends():
    flat = demand.care_need("pooled-adl-2023", years=[2023, 2033])
    up = demand.care_need("pooled-adl-2023", years=[2023, 2033], trend="rising")
    down = demand.care_need("pooled-adl-2023", years=[2023, 2033], trend=-0.01)
    old = {"age": 85, "sex": "male", "measure": "adl_disabled"}
    np.testing.assert_allclose(flat.sel(old), [0.47, 0.47])
    np.testing.assert_allclose(up.sel(old), 0.47 * 1.0033 ** np.array([0, 10]))
    np.testing.assert_allclose(down.sel(old), 0.47 * 0.99 ** np.array([0, 10]))
    path = demand.care_need("disabled-semi-disabled-2022", years=[2020, 2025, 2030])
    np.testing.assert_allclose(path.sel(age=70, sex="male").squeeze(), [0.1711, 0.17275, 0.1744])


def own_prevalence(value=0.1):
    rates = demand.by_age({(60, None): 1.0}) * value
    rates = rates.expand_dims(measure=["mild"])
    return rates.assign_attrs(definition="own survey")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: demand.care_need("adl"), UnknownNameError, "definition 'adl' is not packaged"),
        (lambda: demand.care_need(own_prevalence(1.5)), SchemaError, "above 1"),
        (
            lambda: demand.care_need(own_prevalence().assign_attrs(definition="")),
            SchemaError,
            "prevalence: no definition",
        ),
        (
            lambda: demand.care_need("markov-2024", years=[2050]),
            SchemaError,
            "Give years between",
        ),
        (
            lambda: demand.care_need("markov-2024", years=[2030], trend="rising"),
            SchemaError,
            "has its own course",
        ),
        (
            lambda: demand.care_need("pooled-adl-2023", years=[2030], trend="up"),
            UnknownNameError,
            "trend 'up' is not known",
        ),
        (lambda: demand.care_need("census-2020", trend=0.01), SchemaError, "a trend needs years"),
        (
            lambda: demand.care_need("census-2020", years=[2030], trend=1.0),
            SchemaError,
            "trend: 1.0 per year",
        ),
        (
            lambda: demand.care_need("impairment-2025", years=[2030], trend=0.1),
            SchemaError,
            "own course",
        ),
        (
            lambda: demand.care_need("pooled-adl-2023", years=[2053], trend=0.03),
            SchemaError,
            "prevalence of pooled-adl-2023: .* above 1",
        ),
        (lambda: demand.parameter("x"), UnknownNameError, "parameter 'x' is not packaged"),
        (lambda: demand.bed_rates("x"), UnknownNameError, "bed rates 'x' is not packaged"),
    ],
)
def test_faults_of_definitions(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_prevalence_of_your_own():
    need = demand.care_need(own_prevalence())
    assert need.definition.values.tolist() == ["own survey"]
    assert demand.apply(people(), need).item() == pytest.approx(8200)
    moved = demand.care_need(
        own_prevalence().assign_coords(year=2020), years=[2020, 2021], trend=0.1
    )
    np.testing.assert_allclose(moved.sel(age=60, sex="male").squeeze(), [0.1, 0.11])


def test_sullivan():
    lived = xr.DataArray(
        [[[1.0, 0.9, 1.5]], [[1.0, 0.8, 1.0]]],
        dims=("sex", "draw", "age"),
        coords={"sex": ["female", "male"], "draw": [0], "age": [0, 1, 2]},
    )
    alive = lived.copy(data=[[[1.0, 1.0, 0.8]], [[1.0, 1.0, 0.6]]])
    table = xr.Dataset({"lx": alive, "Lx": lived})
    rates = xr.DataArray(
        [[0.0, 0.0, 0.5], [0.0, 0.5, 1.0]],
        dims=("sex", "age"),
        coords={"sex": ["female", "male"], "age": [0, 1, 2]},
    )
    found = demand.disability_free_life_expectancy(table, rates)
    np.testing.assert_allclose(found.free.sel(age=0, draw=0), [1 + 0.9 + 0.75, 1 + 0.4])
    np.testing.assert_allclose(found.ex.sel(age=0, draw=0), [3.4, 2.8])
    none = demand.disability_free_life_expectancy(table, rates * 0)
    xr.testing.assert_allclose(none.free, none.ex)
    np.testing.assert_allclose(none.share, 1)
    with pytest.raises(SchemaError, match="above 1"):
        demand.disability_free_life_expectancy(table, rates * 3)
    with pytest.raises(SchemaError, match="life table has 3 labels and prevalence has 2"):
        demand.disability_free_life_expectancy(table, rates.sel(age=[0, 1]))
    with pytest.raises(SchemaError, match="life table: Lx is missing"):
        demand.disability_free_life_expectancy(table[["lx"]], rates)
    with pytest.raises(SchemaError, match="dimension 'sex' is missing"):
        demand.disability_free_life_expectancy(table.sel(sex="male"), rates)
    with pytest.raises(SchemaError, match="prevalence: dimension 'age' is missing"):
        demand.disability_free_life_expectancy(table, rates.isel(age=0, drop=True))


def test_severities_that_overlap_are_not_added_up():
    """Mild and severe are of one scale; two scales over the same people are not."""
    ages = {"sex": ["female", "male"], "age": range(101)}
    shares = xr.DataArray(
        np.full((2, 2, 101), 0.6), {"measure": ["iadl", "adl"], **ages}, ("measure", "sex", "age")
    )
    need = demand.care_need(shares.assign_attrs(definition="two scales"))
    both = {"iadl": 0.1, "adl": 0.2}
    for call in (
        lambda: demand.beds_of_need(need, propensity=both, occupancy=0.9),
        lambda: demand.carers(need, propensity=both, residents_per_carer={"iadl": 5, "adl": 3}),
    ):
        with pytest.raises(SchemaError, match=r"severities together: .* above 1"):
            call()
    assert demand.beds_of_need(need, propensity={"adl": 0.2}, occupancy=0.9).max() > 0


def test_sullivan_takes_a_life_table_only():
    table = life_table(wpp_mx("2024", [2020]).squeeze("year", drop=True))
    rates = demand.prevalence("pooled-adl-2023").squeeze(drop=True)
    good = demand.disability_free_life_expectancy(table, rates)
    for wrong, message in (
        (table.assign(lx=table.lx / 100_000), "Lx does not fit lx at .*sex=female, age=0"),
        (table.assign(Lx=table.Lx.shift(age=1, fill_value=0.0)), "Lx does not fit lx"),
        (table.assign(Lx=table.Lx.where(table.age != 70)), "life table, Lx: 2 value"),
        (table.isel(age=slice(None, None, -1)), "ages are not ascending"),
    ):
        with pytest.raises(SchemaError, match=message):
            demand.disability_free_life_expectancy(wrong, rates.sel(age=wrong.age))
    scaled = table.assign(lx=table.lx / 100_000, Lx=table.Lx / 100_000)
    xr.testing.assert_allclose(demand.disability_free_life_expectancy(scaled, rates), good)


# Bad input of the models.


def by_year(*years):
    return xr.DataArray(np.full(len(years), 30.0), coords={"year": list(years)})


@pytest.mark.parametrize(
    ("bands", "message"),
    [
        ({}, "there are none"),
        ({(60, 70): 1, (65, None): 1}, r"\(60, 70\) and the band from 65 overlap"),
        ({(60, None): 1, (70, None): 1}, "overlap"),
        ({(60, 70): 1, (75, None): 1}, "no value from 70 to 74"),
        ({(60, 60): 1}, "holds no whole ages"),
        ({(60, 120): 1}, "holds no whole ages"),
        ({(60.5, None): 1}, "holds no whole ages"),
        ({(60, None): -1}, "negative"),
        ({(60, None): float("nan")}, "missing"),
    ],
)
def test_faults_of_bands(bands, message):
    with pytest.raises(SchemaError, match=message):
        demand.by_age(bands)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: demand.beds(30), SchemaError, "care_beds: a norm without denominator"),
        (lambda: demand.beds(30, from_age=60), SchemaError, "a norm without denominator"),
        (
            lambda: demand.places_by_norm(4.5),
            SchemaError,
            "childcare_places: a norm without denominator",
        ),
        (
            lambda: demand.beds(30, from_age=60, basis="served"),
            BasisError,
            "care_beds: the basis is 'served'",
        ),
        (lambda: demand.beds(0, from_age=60, basis="resident"), SchemaError, "is not above 0"),
        (
            lambda: demand.weights(
                demand.by_age({(0, None): 1}), measure="m", unit="beds", kind="gap"
            ),
            SchemaError,
            "kind 'gap' is not known",
        ),
        (lambda: demand.together(), SchemaError, "no model"),
        (lambda: demand.together(BEDS, BEDS), SchemaError, "'care_beds' stands twice"),
        (
            lambda: demand.together(
                BEDS, demand.certified_carers(28, from_age=60, basis="registered")
            ),
            BasisError,
            "certified_carers is registered",
        ),
        (
            lambda: demand.apply(people(), demand.beds(30, from_age=60, basis="registered")),
            BasisError,
            "population is resident and weights is registered",
        ),
        (
            lambda: demand.apply(
                people(), demand.beds(30, from_age=60, basis="resident", open_age=90)
            ),
            SchemaError,
            "population has 101 labels and weights has 91",
        ),
        (
            lambda: demand.apply(people(), demand.care_need("census-2020", years=[2025])),
            SchemaError,
            "the weights have years and the population has none",
        ),
        (
            lambda: demand.apply(
                people(year=[2024]), demand.care_need("census-2020", years=[2025])
            ),
            SchemaError,
            "they differ in",
        ),
        (
            lambda: demand.apply(people(), BEDS.drop_vars("kind")),
            SchemaError,
            "the coordinate 'kind' of the measures is missing",
        ),
        (lambda: demand.beds_per_1000(0.03, occupancy=0), SchemaError, "occupancy: 0 is not above"),
        (lambda: demand.beds_per_1000(0.03, occupancy=85), SchemaError, "occupancy: .* above 1"),
        (
            lambda: demand.institution_share(2000, occupancy=1),
            SchemaError,
            "share in institutions: .* above 1",
        ),
        (
            lambda: demand.beds_of_need(
                demand.care_need("census-2020"), propensity=0.1, occupancy=0
            ),
            SchemaError,
            "occupancy: 0 is not above 0",
        ),
        (
            lambda: demand.beds_of_need(BEDS, propensity=0.1, occupancy=1),
            SchemaError,
            "norm requirement, not need",
        ),
        (
            lambda: demand.beds_of_need(
                demand.care_need("census-2020"), propensity={"severe": 0.1}, occupancy=1
            ),
            SchemaError,
            "'severe' is not a measure of need",
        ),
        (
            lambda: demand.beds_of_need(
                demand.together(
                    demand.care_need("census-2020"), demand.care_need("pooled-adl-2023")
                ),
                propensity=0.1,
                occupancy=1,
            ),
            SchemaError,
            "one number for 2 measures",
        ),
        (
            lambda: demand.care_need(own_prevalence().squeeze("measure")),
            SchemaError,
            "dimension 'measure' is missing",
        ),
        (lambda: demand.by_age({(60, None): (1, 2, 3)}), SchemaError, "one for each sex"),
        (
            lambda: demand.nursing_beds(
                demand.beds(by_year(2023, 2025), from_age=60, basis="resident"),
                share=by_year(2024, 2025) / 100,
            ),
            SchemaError,
            r"year: beds has 2 labels and share has 2; they differ in \[2023, 2024\]",
        ),
        (
            lambda: demand.beds_per_1000(by_year(2023) / 100, occupancy=by_year(2024) / 100),
            SchemaError,
            "they differ in",
        ),
        (
            lambda: demand.enrolment_rate(
                by_year(2023), under_3_share=by_year(2024) / 100, utilisation=1
            ),
            SchemaError,
            "they differ in",
        ),
        (
            lambda: demand.convert_beds(
                stock=by_year(2023), nursing_stock=1, required=by_year(2024), required_nursing=2
            ),
            SchemaError,
            "they differ in",
        ),
        (
            lambda: demand.convert_beds(
                stock=by_year(2023),
                nursing_stock=1,
                required=by_year(2023),
                required_nursing=2,
                convertible=by_year(2024) / 100,
            ),
            SchemaError,
            "they differ in",
        ),
        (
            lambda: demand.beds_of_need(NEED, propensity={}, occupancy=0.9),
            SchemaError,
            "propensity: nobody enters",
        ),
        (
            lambda: demand.family_care_beds(BEDS, share=0.1),
            SchemaError,
            "norm requirement, not need",
        ),
        (
            lambda: demand.care_need("pooled-adl-2023", years=[2030, 2025]),
            SchemaError,
            "are not ascending",
        ),
        (lambda: demand.care_need("pooled-adl-2023", years=[]), SchemaError, "ascending, or none"),
        (lambda: demand.propensity_of(10, 5), SchemaError, "10 of 5 cases is no share"),
        (lambda: demand.nursing_beds(BEDS, share=1.2), SchemaError, "share: .* above 1"),
        (lambda: demand.nursing_beds(everything(), share=0.5), SchemaError, "are several"),
        (
            lambda: demand.new_estate_rooms(
                -1, permille=3, least_small=1, least_large=1, boundary_area=1
            ),
            SchemaError,
            "floor_area: .* negative",
        ),
        (
            lambda: demand.new_estate_rooms(
                1, permille=3, least_small=1, least_large=1, boundary_area=1, at_boundary="both"
            ),
            SchemaError,
            "at_boundary: 'both'",
        ),
        (lambda: demand.care_land(-1, per_person=1), SchemaError, "residents: .* negative"),
        (
            lambda: demand.existing_estate_rooms(10, per_100_households=20, least=float("nan")),
            SchemaError,
            "least: .* missing",
        ),
    ],
)
def test_faults_of_models(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_all_models_state_kind_basis_and_definition():
    models = everything()
    assert set(models.kind.values.tolist()) == {"norm requirement", "need", "demand"}
    assert set(models.kind.values.tolist()) <= set(demand.KINDS)
    assert all(models.definition.values.tolist())
    assert models.attrs["basis"] == "resident"
    used = demand.places_by_enrolment({2: 0.3}, utilisation=0.8, kind="utilisation")
    assert used.attrs["kind"] == "utilisation"
    assert issubclass(SchemaError, YilaoError)
