"""`project_sums` is `project` and then the sums; `expand_rates` changes no number."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import example, given, settings
from hypothesis import strategies as st

import yilao as yl
from yilao.schema import SchemaError, YilaoError

LEAD = {"area": 2, "draw": 3, "variant": 2}


def make_weights(population: xr.DataArray, years: bool = False, measures: int = 5) -> xr.DataArray:
    """Weights of several kinds: all, of some ages, of one sex, none, of both signs."""
    rng = np.random.default_rng(4)
    dims = ("year", "sex", "age") if years else ("sex", "age")
    shape = [measures, *(population.sizes[d] for d in dims)]
    values = rng.uniform(0, 2, shape)
    values[1 % measures, ..., :3] = 0
    values[2 % measures, ..., 1, :] = 0
    values[3 % measures] = 0
    values[4 % measures] -= 1
    names = [f"measure {i}" for i in range(measures)]
    coords = {"measure": names, **{d: population[d].values for d in dims}}
    return xr.DataArray(values, dims=("measure", *dims), coords=coords, attrs={"units": "places"})


def summed(population: xr.DataArray, weights: xr.DataArray) -> xr.DataArray:
    sums = (population * weights).sum(["sex", "age"])
    return sums.transpose(..., "year", "measure")


def close(got: xr.DataArray, want: xr.DataArray, rel: float = 1e-12) -> None:
    assert got.dims == want.dims
    for dim in got.dims:
        np.testing.assert_array_equal(got[dim], want[dim])
    size = float(abs(want).max()) if want.size else 0.0
    np.testing.assert_allclose(got, want, rtol=rel, atol=rel * size)


def test_sums_are_those_of_the_population(inputs, engine, form, way):
    check_sums(inputs, engine, form, way, years=True)


def test_sums_with_weights_for_every_year(inputs, engine, form):
    check_sums(inputs, engine, form, {}, years=False)


def check_sums(inputs, engine: str, form: str, way: dict[str, str], years: bool) -> None:
    base, rates = inputs(form, lead=LEAD)
    population = yl.project(base, rates, engine=engine, flows=False, **way).population
    weights = make_weights(population, years)
    sums = yl.project_sums(base, rates, weights, engine=engine, **way)
    close(sums, summed(population, weights))
    assert sums.dims == ("area", "draw", "variant", "year", "measure")


@pytest.mark.parametrize("width", [1, 5])
@pytest.mark.parametrize("ages", [12, 86, 101, 131])
@pytest.mark.parametrize("form", ["all factors", "all rates"])
def test_sums_up_to_every_open_age(inputs, engine, form, ages, width):
    base, rates = inputs(form, lead={"draw": 2}, ages=ages, width=width)
    population = yl.project(base, rates, engine=engine, flows=False).population
    weights = make_weights(population, years=True)
    close(yl.project_sums(base, rates, weights, engine=engine), summed(population, weights))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("own", ["all", "base", "rates", "some"])
@pytest.mark.parametrize("draws", [1, 3, 600])
def test_sums_of_few_and_many_members(inputs, engine, draws, own, threads):
    base, rates = inputs("all factors", lead={"draw": draws}, own=own)
    population = yl.project(base, rates, engine=engine, flows=False).population
    weights = make_weights(population, measures=6)
    sums = yl.project_sums(base, rates, weights, engine=engine, threads=threads)
    close(sums, summed(population, weights))


# The kernel skips runs of zero weights; runs of women and men may be close, far, or not there.
spans = st.tuples(st.integers(0, 101), st.integers(0, 101)).map(sorted)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(women=spans, men=spans, by_year=st.booleans())
@example(women=[0, 0], men=[0, 0], by_year=False)
@example(women=[0, 101], men=[0, 101], by_year=True)
@example(women=[100, 101], men=[0, 1], by_year=True)
@example(women=[0, 5], men=[96, 101], by_year=True)
def test_weights_of_any_span_of_ages(inputs, engine, women, men, by_year):
    check_span(inputs, engine, women, men, by_year)


def check_span(inputs, engine, women, men, by_year=False):
    base, rates = inputs("net_migration", ages=101, steps=2)
    population = yl.project(base, rates, flows=False).population
    age = population["age"]
    weights = xr.concat(
        [xr.where((age >= first) & (age < last), 1.5, 0.0) for first, last in (women, men)],
        dim=xr.DataArray(["female", "male"], dims="sex", name="sex"),
    ).expand_dims(measure=["span"])
    if by_year:  # in one year only
        weights = (weights * (population["year"] == 2021)).transpose(
            "measure", "year", "sex", "age"
        )
    sums = yl.project_sums(base, rates, weights, engine=engine)
    close(sums, summed(population, weights))


def test_weights_of_old_women_and_young_men(inputs, engine):
    check_span(inputs, engine, [51, 84], [13, 46])


def test_sums_of_random_spans_of_both_kernels(inputs):
    """As above with many measures at once."""
    pytest.importorskip("numba")
    rng = np.random.default_rng(11)
    base, rates = inputs("net_migration", ages=91, steps=1)
    spans = np.sort(rng.integers(0, 92, (3000, 2, 2)), axis=-1)
    age = np.arange(91)
    values = ((age >= spans[..., :1]) & (age < spans[..., 1:])) * 1.0
    # Those whose spans are 30 to 64 cells apart overlap when they are widened (see above).
    apart = 91 + spans[:, 1, 0] - spans[:, 0, 1]
    values = values[(apart < 30) | (apart > 64)]
    weights = xr.DataArray(values, dims=("measure", "sex", "age")).assign_coords(
        sex=["female", "male"], age=age, measure=np.arange(len(values))
    )
    numba, numpy = (yl.project_sums(base, rates, weights, engine=e) for e in ("numba", "numpy"))
    close(numba, numpy)


@pytest.mark.parametrize("measures", range(1, 9))
def test_any_number_of_measures_with_few_and_many_ages(inputs, engine, measures):
    base, rates = inputs("all factors", lead={"draw": 2}, ages=101, steps=2)
    population = yl.project(base, rates, engine=engine, flows=False).population
    age, rng = population["age"], np.random.default_rng(measures)
    whole = make_weights(population, years=True, measures=measures)
    for width in (1, 30, 101):  # the kernel sums long spans by threes, short ones alone
        first = xr.DataArray(rng.integers(0, 102 - width, measures), dims="measure")
        weights = whole.where((age >= first) & (age < first + width), 0.0)
        weights = weights.transpose(*whole.dims)
        sums = yl.project_sums(base, rates, weights, engine=engine)
        close(sums, summed(population, weights))


def test_sums_without_weight_are_zero(inputs, engine):
    base, rates = inputs("all factors", lead=LEAD)
    population = yl.project(base, rates, flows=False).population
    sums = yl.project_sums(base, rates, make_weights(population) * 0, engine=engine)
    assert (sums == 0).all()
    assert sums.shape == (2, 3, 2, 5, 5)


def test_no_measure_at_all(inputs, engine):
    base, rates = inputs("net_migration", lead={"draw": 2})
    weights = make_weights(yl.project(base, rates).population).isel(measure=slice(0))
    sums = yl.project_sums(base, rates, weights, engine=engine)
    assert sums.shape == (2, 5, 0)


def test_labels_units_and_sources(inputs, engine):
    base, rates = inputs("net_migration", lead={"draw": 2})
    population = yl.project(base, rates).population
    weights = make_weights(population)
    sums = yl.project_sums(base, rates, weights, engine=engine, until=2023)
    assert sums.name == "sums"
    assert sums["year"].values.tolist() == [2020, 2021, 2022, 2023]
    assert sums["measure"].values.tolist() == weights["measure"].values.tolist()
    assert sums.attrs["units"] == "places"
    assert sums.attrs["basis"] == "resident"
    assert sums.attrs["sources"] == population.attrs["sources"]
    close(sums, summed(population.sel(year=slice(2020, 2023)), weights))
    plain = weights.drop_vars("measure")
    del plain.attrs["units"]
    sums = yl.project_sums(base, rates, plain, engine=engine)
    assert sums["measure"].values.tolist() == [0, 1, 2, 3, 4]
    assert sums.attrs["units"] == "weighted persons"


def test_order_of_dimensions_of_the_weights_does_not_matter(inputs, engine):
    base, rates = inputs("net_migration", lead={"draw": 2})
    weights = make_weights(yl.project(base, rates).population, years=True)
    turned = weights.transpose("age", "year", "measure", "sex")
    xr.testing.assert_identical(
        yl.project_sums(base, rates, turned, engine=engine),
        yl.project_sums(base, rates, weights, engine=engine),
    )


def test_inputs_are_identical_after_the_call(inputs, engine):
    base, rates = inputs("all factors", lead=LEAD)
    weights = make_weights(yl.project(base, rates).population, years=True)
    kept = [x.copy(deep=True) for x in (base, rates, weights)]
    yl.project_sums(base, rates, weights, engine=engine)
    for now, before in zip((base, rates, weights), kept, strict=True):
        xr.testing.assert_identical(now, before)


WRONG_WEIGHTS = {
    "no measure": (lambda w: w.isel(measure=0), r"weights: their dimensions are .*'sex', 'age'\]"),
    "no sex": (lambda w: w.sum("sex"), r"weights: their dimensions are"),
    "draws": (lambda w: w.expand_dims(draw=["draw0"]), r"weights: their dimensions are"),
    "one age short": (lambda w: w.isel(age=slice(-1)), r"age: base has 12 .*weights has 11"),
    "ages upside down": (lambda w: w.isel(age=slice(None, None, -1)), r"age: .*another order"),
    "sexes": (lambda w: w.isel(sex=[1, 0]), r"sex: .*another order"),
    "years without the base": (lambda w: w.isel(year=slice(1, None)), r"weights: year has \[2021,"),
    "years too few": (lambda w: w.isel(year=slice(-1)), r"weights: year has .* 2020 to 2024"),
    "years upside down": (
        lambda w: w.isel(year=slice(None, None, -1)),
        r"weights: year has \[2024",
    ),
    "NaN": (
        lambda w: w.where((w["age"] != 3) | (w["year"] != 2022)),
        r"weights: 10 value\(s\) are missing .* measure=measure 0, year=2022, sex=female, age=3",
    ),
    "inf": (lambda w: w + np.inf, r"weights: 600 value\(s\) are missing \(NaN\) or infinite"),
    "text": (lambda w: w.astype(str), r"weights: values are not numbers"),
}


@pytest.mark.parametrize("fault", WRONG_WEIGHTS)
def test_weights_that_do_not_fit(inputs, engine, fault):
    change, message = WRONG_WEIGHTS[fault]
    base, rates = inputs("net_migration")
    weights = make_weights(yl.project(base, rates).population, years=True)
    for call in (yl.project_sums, yl.sensitivity):
        with pytest.raises(SchemaError, match=message):
            call(base, rates, change(weights), engine=engine)


def test_marked_members_can_be_told(inputs, engine):
    base, rates = inputs("net_migration", lead={"draw": 3}, own="all")
    rates["net_migration"][1, 0, 0, 5] = -1e5
    weights = make_weights(yl.project(base, rates, negative="mark").population)
    sums = yl.project_sums(base, rates, weights, engine=engine, negative="mark")
    marks = sums.coords["first_negative"]
    np.testing.assert_array_equal(marks, [0, 2021, 0])


# Factorised rates written out.

WRITTEN = {
    "pattern x tfr": ({"asfr_pattern", "tfr"}, {"asfr"}),
    "profile x total": ({"migration_profile", "migration_total"}, {"net_migration"}),
    "surface x level": ({"survival_surface", "mortality_level"}, {"survival_ratio"}),
    "all factors": (
        {
            "asfr_pattern",
            "tfr",
            "migration_profile",
            "migration_total",
            "survival_surface",
            "mortality_level",
        },
        {"asfr", "net_migration", "survival_ratio"},
    ),
    "all rates": (
        {"asfr_pattern", "tfr", "survival_surface", "mortality_level"},
        {"asfr", "survival_ratio"},
    ),
}


@pytest.mark.parametrize(
    ("own", "way"),
    [
        ("all", {"convention": "un", "migrants": "end"}),
        ("base", {"convention": "spectrum"}),
        ("some", {"convention": "leslie"}),
        ("some", {}),
    ],
    ids=["all-un-end", "base-spectrum", "some-leslie", "some-un"],
)
@pytest.mark.parametrize("width", [1, 5])
@pytest.mark.parametrize("form", WRITTEN)
def test_rates_written_out_give_the_same_numbers(inputs, engine, form, way, own, width):
    base, rates = inputs(form, lead=LEAD, own=own, width=width)
    kept = rates.copy(deep=True)
    written = yl.expand_rates(rates)
    xr.testing.assert_identical(rates, kept)
    gone, new = WRITTEN[form]
    assert set(written.data_vars) == (set(rates.data_vars) - gone) | new
    assert "level" not in written.dims
    a, b = (yl.project(base, r, engine=engine, **way) for r in (rates, written))
    for name, flow in a.flows.items():
        size = float(abs(flow).max())
        got = b.flows[name].transpose(*flow.dims)
        np.testing.assert_allclose(got, flow, rtol=1e-12, atol=1e-12 * size)
    close(b.population.transpose(*a.population.dims), a.population)


@pytest.mark.parametrize("width", [1, 5])
def test_the_level_of_a_pattern_is_births_per_woman(inputs, engine, width):
    # Five-year rates of a pattern are those of a year, a fifth of its share of the level.
    base, rates = inputs("pattern x tfr", width=width)
    named = yl.fertility.asfr(rates["tfr"], rates["asfr_pattern"])
    written = yl.expand_rates(rates)["asfr"]
    np.testing.assert_allclose(written, named.transpose("year", "age"), rtol=1e-14)
    np.testing.assert_allclose(width * written.sum("age"), rates["tfr"], rtol=1e-14)
    own = rates.drop_vars(["asfr_pattern", "tfr"]).assign(asfr=named)
    a, b = (yl.project(base, r, engine=engine) for r in (rates, own))
    np.testing.assert_allclose(a.births, b.births, rtol=1e-13)


@pytest.mark.parametrize("form", WRITTEN)
def test_labels_units_and_sources_of_rates_written_out(inputs, form):
    _, rates = inputs(form, lead=LEAD)
    written = yl.expand_rates(rates)
    gone, new = WRITTEN[form]
    for name in new:
        assert written[name].attrs["sources"]
        assert {f"source of {n}" for n in gone} >= set(written[name].attrs["sources"])
        np.testing.assert_array_equal(written[name]["year"], rates["year"])
    for name in set(written.data_vars) - new:
        xr.testing.assert_identical(written[name], rates[name])
    again = yl.expand_rates(written)
    xr.testing.assert_identical(again, written)


def test_what_is_written_out_already_stays(inputs, form):
    _, rates = inputs(form)
    if form not in WRITTEN:
        xr.testing.assert_identical(yl.expand_rates(rates), rates)


def test_the_basis_goes_along(inputs):
    base, rates = inputs("profile x total")
    rates["migration_profile"].attrs["basis"] = "registered"
    assert yl.expand_rates(rates)["net_migration"].attrs["basis"] == "registered"
    with pytest.raises(YilaoError, match="resident"):
        yl.project(base, yl.expand_rates(rates))


WRONG_FACTORS = {
    "no years": (lambda r: r.isel(year=0, drop=True), r"rates: dimension 'year' is missing"),
    "pattern alone": (lambda r: r.drop_vars("tfr"), r"rates: tfr is missing beside asfr_pattern"),
    "level outside": (
        lambda r: r.assign(mortality_level=r["mortality_level"] + 40),
        r"mortality_level: .* is outside the levels",
    ),
    "level missing": (
        lambda r: r.assign(mortality_level=r["mortality_level"].where(r["year"] != 2022)),
        r"mortality_level: nan at year=2022 is outside the levels",
    ),
    "levels upside down": (
        lambda r: r.sortby("level", ascending=False),
        r"survival_surface: its levels must ascend",
    ),
}


@pytest.mark.parametrize("fault", WRONG_FACTORS)
def test_factors_that_cannot_be_written_out(inputs, fault):
    change, message = WRONG_FACTORS[fault]
    _, rates = inputs("all factors")
    with pytest.raises(SchemaError, match=message):
        yl.expand_rates(change(rates))
