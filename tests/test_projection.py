"""Projection with labels: what goes in, what comes out, and every fault by its message."""

import numpy as np
import pytest
import xarray as xr

import yilao as yl
from yilao.engine import UN, Rates, lay_out, project_members
from yilao.projection import Projection, project
from yilao.schema import BasisError, SchemaError, YilaoError

AGES, YEARS = 6, (2021, 2022, 2023)
SEXES = ["female", "male"]
UNITS = {
    "survival_ratio": "1",
    "asfr": "births per woman per year",
    "asfr_pattern": "1",
    "tfr": "births per woman",
    "srb": "males per female",
    "net_migration": "persons per step",
    "net_migration_rate": "per person per year",
    "migration_profile": "1",
    "migration_total": "persons per step",
}
DIMS = {
    "survival_ratio": ("year", "sex", "age"),
    "asfr": ("year", "age"),
    "asfr_pattern": ("year", "age"),
    "tfr": ("year",),
    "srb": ("year",),
    "net_migration": ("year", "sex", "age"),
    "net_migration_rate": ("year", "sex", "age"),
    "migration_profile": ("year", "sex", "age"),
    "migration_total": ("year",),
}


def labels(dims, ages: int = AGES, years=YEARS) -> dict:
    known = {"year": list(years), "sex": SEXES, "age": np.arange(ages)}
    return {d: known[d] for d in dims}


def rate(name: str, values, ages: int = AGES, years=YEARS, **attrs) -> xr.DataArray:
    coords = labels(DIMS[name], ages, years)
    shape = [len(c) for c in coords.values()]
    return xr.DataArray(
        np.broadcast_to(np.asarray(values, dtype=float), shape).copy(),
        dims=DIMS[name],
        coords=coords,
        attrs={"units": UNITS[name], "sources": [f"source of {name}"], **attrs},
    )


def mothers(ages: int = AGES) -> np.ndarray:
    """1 at ages of mothers, 0 at the youngest."""
    return np.minimum(np.arange(ages), 1.0)


def make_base(ages: int = AGES, year: int = 2020, seed: int = 1) -> xr.DataArray:
    values = np.random.default_rng(seed).uniform(500, 1000, (2, ages))
    return xr.DataArray(
        values,
        dims=("sex", "age"),
        coords={**labels(("sex", "age"), ages), "year": year},
        name="population",
        attrs={"units": "persons", "basis": "resident", "sources": ["source of base"]},
    )


def make_rates(ages: int = AGES, years=YEARS, migration: str = "", **extra) -> xr.Dataset:
    rng = np.random.default_rng(7)
    n = len(years)
    arrays = {
        "survival_ratio": rate("survival_ratio", rng.uniform(0.5, 1, (n, 2, ages)), ages, years),
        "asfr": rate("asfr", rng.uniform(0, 0.3, (n, ages)) * mothers(ages), ages, years),
        "srb": rate("srb", rng.uniform(1, 1.2, n), ages, years),
    }
    if migration == "counts":
        arrays["net_migration"] = rate(
            "net_migration", rng.uniform(-20, 40, (n, 2, ages)), ages, years
        )
    elif migration == "rates":
        arrays["net_migration_rate"] = rate(
            "net_migration_rate", rng.uniform(-0.05, 0.1, (n, 2, ages)), ages, years
        )
    elif migration == "profile x total":
        profile = rng.uniform(0, 1, (n, 2, ages))
        profile /= profile.sum((1, 2), keepdims=True)
        arrays["migration_profile"] = rate("migration_profile", profile, ages, years)
        arrays["migration_total"] = rate("migration_total", rng.uniform(-50, 300, n), ages, years)
    return xr.Dataset(arrays | extra)


def outputs(result: Projection) -> list[xr.DataArray]:
    return [
        result.population,
        result.births,
        result.births_by_mother_age,
        result.deaths,
        result.net_migration,
    ]


# What comes out.


def test_labels_units_basis_and_sources_of_the_outputs():
    base, rates = make_base(), make_rates(migration="counts")
    result = project(base, rates)
    assert result.population.dims == ("year", "sex", "age")
    assert result.population["year"].values.tolist() == [2020, *YEARS]
    assert result.births.dims == ("year", "sex")
    assert result.births_by_mother_age.dims == ("year", "mother_age")
    assert result.deaths.dims == result.net_migration.dims == ("year", "sex", "age")
    names = ["population", "births", "births_by_mother_age", "deaths", "net_migration"]
    assert [a.name for a in outputs(result)] == names
    used = ["survival_ratio", "asfr", "net_migration", "srb"]
    for array in outputs(result):
        assert array.attrs["units"] == "persons"
        assert array.attrs["basis"] == "resident"
        assert array.attrs["sources"] == ["source of base", *[f"source of {n}" for n in used]]
        if array.name != "population":
            assert array["year"].values.tolist() == list(YEARS)
        if "sex" in array.dims:
            assert array["sex"].values.tolist() == SEXES
    assert result.sources == result.population.attrs["sources"]
    assert "source of net_migration" in yl.citations(result)
    np.testing.assert_array_equal(result.population.sel(year=2020), base)


def test_attributes_of_one_output_are_not_those_of_another():
    result = project(make_base(), make_rates())
    result.births.attrs["units"] = "changed"
    assert result.deaths.attrs["units"] == "persons"


@pytest.mark.parametrize("migrants", ["even", "end"])
@pytest.mark.parametrize("migration", ["", "counts", "rates", "profile x total"])
def test_the_balancing_equation_holds_along_cohorts(migration, migrants):
    result = project(make_base(), make_rates(migration=migration), migrants=migrants)
    before = result.population.sel(year=[2020, 2021, 2022]).values
    came = np.zeros_like(before)
    came[..., 1:] = before[..., :-1]
    came[..., -1] += before[..., -1]
    came[..., 0] = result.births.values
    expected = came - result.deaths.values + result.net_migration.values
    np.testing.assert_allclose(result.population.sel(year=list(YEARS)), expected, rtol=1e-9)


NAMES = {
    "": {},
    "counts": {"migration": "net_migration"},
    "rates": {"migration_rate": "net_migration_rate"},
    "profile x total": {"migration": "migration_profile", "total": "migration_total"},
}


@pytest.mark.parametrize("migration", NAMES)
def test_labels_change_nothing_of_the_kernel(migration):
    base, rates = make_base(), make_rates(migration=migration)
    plain = Rates(
        asfr=rates["asfr"].values,
        srb=rates["srb"].values,
        survival=rates["survival_ratio"].values,
        **{engine: rates[name].values for engine, name in NAMES[migration].items()},
    )
    names = ["population", "births", "mothers", "deaths", "moved"]
    done = project_members(lay_out(base.values, plain), UN, names, engine="numpy")
    for got, want in zip(outputs(project(base, rates)), names, strict=True):
        np.testing.assert_array_equal(got.values, done.arrays[want][0])


def test_factorised_rates_are_the_rates_written_out():
    base = make_base()
    rates = make_rates()
    tfr = rates["asfr"].sum("age")
    split = rates.drop_vars("asfr")
    split["asfr_pattern"] = (rates["asfr"] / tfr).assign_attrs(units="1")
    split["tfr"] = tfr.assign_attrs(units="births per woman")
    a, b = project(base, rates), project(base, split)
    np.testing.assert_allclose(a.population, b.population, rtol=1e-13)


def test_pattern_and_profile_may_leave_out_the_years():
    pattern = mothers() / (AGES - 1)
    profile = np.full((2, AGES), 1 / (2 * AGES))
    with_years = make_rates(
        asfr_pattern=rate("asfr_pattern", pattern),
        tfr=rate("tfr", [1.0, 1.5, 2.0]),
        migration_profile=rate("migration_profile", profile),
        migration_total=rate("migration_total", [10, -20, 30]),
    ).drop_vars("asfr")
    without = with_years.copy()
    for name in ("asfr_pattern", "migration_profile"):
        without[name] = with_years[name].isel(year=0, drop=True)
        assert "year" not in without[name].dims
    for a, b in zip(
        outputs(project(make_base(), with_years)),
        outputs(project(make_base(), without)),
        strict=True,
    ):
        xr.testing.assert_identical(a, b)


def test_until_ends_the_projection_earlier_with_the_same_numbers():
    base, rates = make_base(), make_rates(migration="counts")
    short, whole = project(base, rates, until=2022), project(base, rates)
    for a, b in zip(outputs(short), outputs(whole), strict=True):
        xr.testing.assert_identical(a, b.sel(year=a["year"]))


def test_years_before_the_base_are_left_alone_and_order_of_years_does_not_matter():
    rates = make_rates(years=(2019, 2020, *YEARS))
    later = rates.sel(year=list(YEARS))
    want = project(make_base(), later)
    for other in (rates, later.isel(year=[2, 0, 1])):
        result = project(make_base(), other, until=2023)
        np.testing.assert_array_equal(result.population, want.population)


def test_order_of_dimensions_does_not_matter():
    base, rates = make_base(), make_rates(migration="counts")
    turned = project(base.transpose("age", "sex"), rates.transpose("age", "sex", "year"))
    xr.testing.assert_identical(turned.population, project(base, rates).population)


def test_inputs_are_identical_after_the_call():
    for migration in ("counts", "rates", "profile x total"):
        base, rates = make_base(), make_rates(migration=migration)
        kept_base, kept_rates = base.copy(deep=True), rates.copy(deep=True)
        result = project(base, rates)
        result.population[:] = 0
        result.population.attrs["sources"].append("mine")
        xr.testing.assert_identical(base, kept_base)
        xr.testing.assert_identical(rates, kept_rates)


@pytest.mark.parametrize(
    ("how", "arrived"),
    [
        ({}, {3: 50, 4: 50}),
        ({"convention": "leslie"}, {3: 50, 4: 50}),
        ({"migrants": "end"}, {3: 100}),
        ({"convention": "spectrum"}, {3: 100}),
    ],
)
def test_the_age_that_migrants_are_given_for(how, arrived):
    """Half of those who come evenly have a birthday before the end of the step."""
    rates = make_rates(years=[2021], net_migration=rate("net_migration", 0.0, years=[2021]))
    rates["survival_ratio"][:] = 1.0
    closed = project(make_base(), rates, **how).population
    rates["net_migration"].loc[{"sex": "male", "age": 3}] = 100.0
    result = project(make_base(), rates, **how)
    men = (result.population - closed).sel(year=2021, sex="male").values
    wanted = np.zeros(AGES)
    wanted[list(arrived)] = list(arrived.values())
    np.testing.assert_allclose(men, wanted, atol=1e-9)
    moved = result.net_migration.sel(year=2021, sex="male")
    np.testing.assert_allclose(moved, wanted, atol=1e-9)


def test_out_is_written_into_and_is_the_population():
    base, rates = make_base(), make_rates(migration="rates")
    out = np.full((4, 2, AGES), np.nan)
    result = project(base, rates, out=out)
    assert np.shares_memory(result.population.values, out)
    np.testing.assert_array_equal(out, project(base, rates).population)


NOT_FITTING = {
    "ages": np.zeros((4, 2, AGES - 1)),
    "too few years": np.zeros((3, 2, AGES)),
    "too many years": np.zeros((9, 2, AGES)),
    "members": np.zeros((2, 4, 2, AGES)),
    "float32": np.zeros((4, 2, AGES), dtype=np.float32),
    "int": np.zeros((4, 2, AGES), dtype=int),
    "every second": np.zeros((4, 2, 2 * AGES))[..., ::2],
    "turned": np.zeros((4, AGES, 2)).swapaxes(1, 2),
    "read-only": np.broadcast_to(0.0, (4, 2, AGES)),
    "list": [[[0.0] * AGES] * 2] * 4,
}


@pytest.mark.parametrize("fault", NOT_FITTING)
def test_out_that_does_not_fit(engine, fault):
    with pytest.raises(SchemaError, match=r"^out: it"):
        project(make_base(), make_rates(), out=NOT_FITTING[fault], engine=engine)


def test_whole_numbers_are_taken_as_persons():
    base = make_base().astype(int)
    assert project(base, make_rates()).population.dtype == float


def test_nan_in_a_year_that_is_not_used_does_not_matter():
    rates = make_rates()
    rates["survival_ratio"][2] = np.nan
    project(make_base(), rates, until=2022)
    with pytest.raises(SchemaError, match=r"survival_ratio: .*year=2023"):
        project(make_base(), rates)


# Areas, scenarios and draws.


def widened():
    base = xr.concat([make_base(seed=1), make_base(seed=2)], dim="area", combine_attrs="override")
    base = base.assign_coords(area=["a", "b"])
    rates = make_rates(migration="counts")
    attrs = rates["srb"].attrs
    rates["srb"] = (rates["srb"] * xr.DataArray([1, 1.1, 1.2], dims="scenario")).assign_attrs(attrs)
    attrs = rates["asfr"].attrs
    rates["asfr"] = (rates["asfr"] * xr.DataArray([0.5, 1], dims="draw")).assign_attrs(attrs)
    return base, rates.assign_coords(scenario=["low", "mid", "high"], draw=[0, 1])


def test_leading_dimensions_broadcast_against_each_other():
    base, rates = widened()
    result = project(base, rates)
    assert result.population.dims == ("area", "scenario", "draw", "year", "sex", "age")
    assert result.population.shape == (2, 3, 2, 4, 2, AGES)
    assert result.births.dims == ("area", "scenario", "draw", "year", "sex")
    for area in ("a", "b"):
        for scenario in ("low", "mid", "high"):
            for draw in (0, 1):
                at = {"area": area, "scenario": scenario, "draw": draw}
                one = project(
                    base.sel(area=area, drop=True),
                    rates.sel(scenario=scenario, draw=draw, drop=True),
                )
                for got, want in zip(outputs(result), outputs(one), strict=True):
                    np.testing.assert_allclose(got.sel(at), want, rtol=1e-13)


def test_order_of_leading_dimensions_does_not_matter():
    base, rates = widened()
    turned = project(base.transpose("sex", "area", "age"), rates.transpose("draw", ...))
    xr.testing.assert_identical(turned.population, project(base, rates).population)


def test_areas_of_base_and_rates_meet_by_label():
    base, _ = widened()
    rates = make_rates()
    attrs = rates["asfr"].attrs
    rates["asfr"] = (rates["asfr"] * xr.DataArray([1, 2], dims="area")).assign_attrs(attrs)
    rates = rates.assign_coords(area=["a", "b"])
    result = project(base, rates)
    for area in ("a", "b"):
        one = project(base.sel(area=area), rates.sel(area=area))
        np.testing.assert_allclose(result.births.sel(area=area), one.births, rtol=1e-13)
    with pytest.raises(SchemaError, match=r"area: base has 2 labels and asfr has 2.*'b', 'c'"):
        project(base, rates.assign_coords(area=["a", "c"]))
    with pytest.raises(SchemaError, match=r"area: .*in another order"):
        project(base, rates.isel(area=[1, 0]))
    with pytest.raises(SchemaError, match=r"area: base has 2 labels and asfr has 1"):
        project(base, rates.isel(area=[0]))


def test_out_takes_the_members_too():
    base, rates = widened()
    out = np.empty((2, 3, 2, 4, 2, AGES))
    assert np.shares_memory(project(base, rates, out=out).population.values, out)


def test_any_other_dimension_is_a_leading_one():
    base = xr.concat([make_base(seed=1), make_base(seed=2)], "region", combine_attrs="override")
    base = base.assign_coords(region=["north", "south"])
    rates = make_rates(migration="counts")
    attrs = rates["srb"].attrs
    rates["srb"] = (rates["srb"] * xr.DataArray([1, 1.1], dims="sample")).assign_attrs(attrs)
    rates = rates.assign_coords(sample=[5, 7])
    result = project(base, rates)
    assert result.population.dims == ("region", "sample", "year", "sex", "age")
    one = project(base.sel(region="south", drop=True), rates.sel(sample=7, drop=True))
    got = result.population.sel(region="south", sample=7, drop=True)
    np.testing.assert_allclose(got, one.population, rtol=1e-13)


# Faults of the base.


def cell(array: xr.DataArray, value: float, **at) -> xr.DataArray:
    changed = array.copy(deep=True)
    changed.loc[at] = value
    return changed


def no_attr(array: xr.DataArray, name: str) -> xr.DataArray:
    changed = array.copy()
    changed.attrs = {k: v for k, v in array.attrs.items() if k != name}
    return changed


BASE_FAULTS = {
    "age missing": (lambda b: b.drop_sel(age=3), SchemaError, r"base: age 3 is missing"),
    "first age missing": (lambda b: b.drop_sel(age=0), SchemaError, r"base: age 0 is missing"),
    "one age only": (lambda b: b[:, :1], SchemaError, r"base: one age only. Needed is age 0"),
    "ages upside down": (lambda b: b[:, ::-1], SchemaError, r"base: ages .*ascending"),
    "ages twice": (
        lambda b: b.assign_coords(age=[0, 1, 2, 3, 4, 4]),
        SchemaError,
        r"base: age has repeated labels",
    ),
    "ages not whole": (
        lambda b: b.assign_coords(age=np.arange(AGES) + 0.5),
        SchemaError,
        r"base: age labels must be whole",
    ),
    "NaN": (
        lambda b: cell(b, np.nan, sex="male", age=4),
        SchemaError,
        r"base: 1 value\(s\) are missing \(NaN\).*sex=male, age=4",
    ),
    "infinite": (
        lambda b: cell(b, np.inf, sex="female", age=2),
        SchemaError,
        r"base: .*infinite.*sex=female, age=2",
    ),
    "negative": (
        lambda b: cell(b, -2.0, sex="male", age=1),
        SchemaError,
        r"base: 1 value\(s\) are negative.*sex=male, age=1 \(-2\)",
    ),
    "text": (lambda b: b.astype(str), SchemaError, r"base: values are not numbers"),
    "unit 万": (
        lambda b: b.assign_attrs(units="万人"),
        SchemaError,
        r"base: the unit is '万人'. Multiply by 10,000",
    ),
    "other unit": (
        lambda b: b.assign_attrs(units="thousands"),
        SchemaError,
        r"base: the unit is 'thousands', needed is 'persons'",
    ),
    "no unit": (
        lambda b: no_attr(b, "units"),
        SchemaError,
        r"base: no unit",
    ),
    "no basis": (
        lambda b: no_attr(b, "basis"),
        BasisError,
        r"base: the basis is None",
    ),
    "unknown basis": (
        lambda b: b.assign_attrs(basis="hukou"),
        BasisError,
        r"base: the basis is 'hukou'",
    ),
    "no year": (lambda b: b.drop_vars("year"), SchemaError, r"base: no scalar coordinate 'year'"),
    "years as a dimension": (
        lambda b: b.expand_dims(year=[2020]),
        SchemaError,
        r"base: dimension 'year' is not known here",
    ),
    "sexes other way round": (
        lambda b: b.sel(sex=["male", "female"]),
        SchemaError,
        r"base: sex is \['male', 'female'\]",
    ),
    "no sex": (lambda b: b.sum("sex"), SchemaError, r"base: dimension 'sex' is missing"),
    "dimension without labels": (
        lambda b: b.expand_dims(draw=2),
        SchemaError,
        r"base: dimension 'draw' has no labels",
    ),
}


@pytest.mark.parametrize("fault", BASE_FAULTS)
def test_faults_of_the_base(fault):
    change, error, message = BASE_FAULTS[fault]
    with pytest.raises(error, match=message):
        project(change(make_base()), make_rates())


# Faults of the rates.


def without(rates: xr.Dataset, *names: str) -> xr.Dataset:
    return rates.drop_vars(names)


def swapped(name: str, value: xr.DataArray) -> xr.Dataset:
    return make_rates().assign({name: value})


def pattern(values) -> xr.Dataset:
    extra = {"asfr_pattern": rate("asfr_pattern", values), "tfr": rate("tfr", 1.5)}
    return without(make_rates(**extra), "asfr")


def spread(values) -> xr.Dataset:
    return make_rates(
        migration_profile=rate("migration_profile", values),
        migration_total=rate("migration_total", 10.0),
    )


RATES_FAULTS = {
    "one age short": (
        lambda: make_rates(ages=AGES - 1),
        r"age: base has 6 labels and survival_ratio has 5; they differ in \[5\]",
    ),
    "one age too many": (
        lambda: make_rates(ages=AGES + 1),
        r"age: base has 6 labels and survival_ratio has 7; they differ in \[6\]",
    ),
    # xarray fills the missing age with NaN before yilao sees it
    "one table of them one age short": (
        lambda: make_rates().merge(
            xr.Dataset({"net_migration": rate("net_migration", 1.0, ages=AGES - 1)}), join="outer"
        ),
        r"net_migration: 6 value\(s\) are missing \(NaN\).*age=5",
    ),
    "gap in the years": (lambda: make_rates(years=(2021, 2023)), r"rates: year 2022 is missing"),
    "begin too late": (lambda: make_rates(years=(2022, 2023)), r"rates: year 2021 is missing"),
    "end before the base": (
        lambda: make_rates(years=(2018, 2019)),
        r"until: 2019 is not after the base year 2020",
    ),
    "no years": (
        lambda: make_rates().isel(year=0, drop=True),
        r"rates: dimension 'year' is missing",
    ),
    "a rate without years": (
        lambda: swapped("srb", rate("srb", 1.05).isel(year=0, drop=True)),
        r"srb: dimension 'year' is missing",
    ),
    "unknown name": (
        lambda: make_rates(mortality=rate("survival_ratio", 1.0)),
        r"rates: 'mortality' is not a rate",
    ),
    "population among the rates": (
        lambda: make_rates(population=make_base().drop_vars("year")),
        r"rates: 'population' is not a rate",
    ),
    "no survival": (
        lambda: without(make_rates(), "survival_ratio"),
        r"rates: survival_ratio is missing",
    ),
    "no sex ratio": (lambda: without(make_rates(), "srb"), r"rates: srb is missing"),
    "no fertility": (lambda: without(make_rates(), "asfr"), r"rates: asfr is missing"),
    "fertility twice": (
        lambda: make_rates(asfr_pattern=rate("asfr_pattern", 1 / AGES), tfr=rate("tfr", 1.5)),
        r"rates: fertility is given twice",
    ),
    "fertility twice, the second by half": (
        lambda: make_rates(tfr=rate("tfr", 1.5)),
        r"rates: fertility is given twice",
    ),
    "level without pattern": (
        lambda: without(make_rates(tfr=rate("tfr", 1.5)), "asfr"),
        r"rates: asfr_pattern is missing beside",
    ),
    "pattern without level": (
        lambda: without(pattern(1 / AGES), "tfr"),
        r"rates: tfr is missing beside",
    ),
    "migration twice": (
        lambda: make_rates(migration="counts", net_migration_rate=rate("net_migration_rate", 0.01)),
        r"rates: migration is given twice",
    ),
    "profile without total": (
        lambda: without(spread(1 / (2 * AGES)), "migration_total"),
        r"rates: migration_total is missing beside",
    ),
    "total without profile": (
        lambda: without(spread(1 / (2 * AGES)), "migration_profile"),
        r"rates: migration_profile is missing beside",
    ),
    "pattern not summing to 1": (lambda: pattern(0.15), r"asfr_pattern: it sums to 0.9, not to 1"),
    "profile not summing to 1": (
        lambda: spread(0.1),
        r"migration_profile: it sums to 1.2, not to 1",
    ),
    "survival above 1": (
        lambda: swapped(
            "survival_ratio",
            cell(rate("survival_ratio", 0.9), 1.01, year=2022, sex="male", age=5),
        ),
        r"survival_ratio: 1 value\(s\) are above 1.*year=2022, sex=male, age=5 \(1.01\)",
    ),
    "survival negative": (
        lambda: swapped(
            "survival_ratio", cell(rate("survival_ratio", 0.9), -0.1, year=2021, sex="male", age=0)
        ),
        r"survival_ratio: 1 value\(s\) are negative.*year=2021, sex=male, age=0",
    ),
    "negative fertility": (
        lambda: swapped("asfr", rate("asfr", -0.1)),
        r"asfr: 18 value\(s\) are negative",
    ),
    "total fertility per 1,000 women": (
        lambda: without(
            make_rates(
                asfr_pattern=rate("asfr_pattern", mothers() / (AGES - 1)), tfr=rate("tfr", 1300.0)
            ),
            "asfr",
        ),
        r"tfr: 3 value\(s\) are above 20",
    ),
    "births per 1,000 women": (
        lambda: swapped("asfr", rate("asfr", 80.0)),
        r"asfr: 18 value\(s\) are above 2",
    ),
    "boys per 100 girls": (
        lambda: swapped("srb", rate("srb", 105.0)),
        r"srb: 3 value\(s\) are above 10",
    ),
    "percent instead of a ratio": (
        lambda: swapped("survival_ratio", rate("survival_ratio", 0.9).assign_attrs(units="%")),
        r"survival_ratio: the unit is '%', needed is '1'",
    ),
    "migrants in 万": (
        lambda: make_rates(net_migration=rate("net_migration", 1.0).assign_attrs(units="万人")),
        r"net_migration: the unit is '万人'. Multiply by 10,000",
    ),
    "NaN": (
        lambda: swapped("srb", cell(rate("srb", 1.05), np.nan, year=2023)),
        r"srb: 1 value\(s\) are missing \(NaN\).*year=2023",
    ),
}


@pytest.mark.parametrize("fault", RATES_FAULTS)
def test_faults_of_the_rates(fault):
    make, message = RATES_FAULTS[fault]
    with pytest.raises(SchemaError, match=message):
        project(make_base(), make())


def test_the_sum_that_is_off_is_shown():
    values = np.full((3, AGES), 1 / AGES)
    values[1] *= 0.9
    with pytest.raises(SchemaError, match=r"asfr_pattern: .*0\.9"):
        project(make_base(), pattern(values))


def test_years_of_the_rates_that_stand_twice():
    rates = make_rates(years=(2021, 2022, 2022, 2023))
    with pytest.raises(SchemaError, match="year 2022 stands twice"):
        project(make_base(), rates)


def by_fives(array):
    return array.assign_coords(age=5 * array["age"].values)


def test_rates_of_single_years_are_not_those_of_five_year_steps():
    years = range(2021, 2031)
    base, rates = by_fives(make_base()), by_fives(make_rates(years=years))
    with pytest.raises(SchemaError, match="year 2021 lies within a step: ages of 5 years"):
        project(base, rates)
    steps = project(base, rates.sel(year=[2025, 2030]))
    assert steps.population["year"].values.tolist() == [2020, 2025, 2030]


def test_rates_with_an_empty_axis_of_years():
    with pytest.raises(SchemaError, match="year"):
        project(make_base(), make_rates().isel(year=slice(0, 0)))


def test_registered_rates_and_a_resident_base_are_not_mixed():
    rates = make_rates(migration="counts")
    rates["net_migration"].attrs["basis"] = "registered"
    with pytest.raises(BasisError, match="base is resident and net_migration is registered"):
        project(make_base(), rates)
    with pytest.raises(BasisError, match="base is resident and rates is registered"):
        project(make_base(), make_rates().assign_attrs(basis="registered"))
    result = project(make_base().assign_attrs(basis="registered"), rates)
    assert {a.attrs["basis"] for a in outputs(result)} == {"registered"}


@pytest.mark.parametrize(
    ("until", "message"),
    [
        (2020, "until: 2020 is not after the base year 2020"),
        (1999, "until: 1999 is not after the base year 2020"),
        (2024, "rates: year 2024 is missing; they have 2021 to 2023"),
    ],
)
def test_until_outside_the_rates(until, message):
    with pytest.raises(SchemaError, match=message):
        project(make_base(), make_rates(), until=until)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        (
            {"convention": "who"},
            "convention 'who' is not known. Available: un, leslie, spectrum",
        ),
        (
            {"convention": "spectrum", "migrants": "end"},
            "convention 'spectrum' with migrants 'end' is not defined",
        ),
        ({"negative": "clamp"}, "negative 'clamp' is not known. Available: raise, mark"),
        ({"engine": "cuda"}, "engine 'cuda' is not known. Available"),
        ({"migrants": "start"}, "migrants 'start' is not known. Available: even, end"),
    ],
)
def test_unknown_words(word, message):
    with pytest.raises(YilaoError, match=message):
        project(make_base(), make_rates(), **word)


def test_known_words_give_the_same_numbers():
    want = project(make_base(), make_rates()).population
    for engine in ("auto", "numpy"):
        for migrants in ("even", "end"):  # nobody migrates
            got = project(make_base(), make_rates(), engine=engine, migrants=migrants)
            xr.testing.assert_identical(got.population, want)


# More leave than are there.


@pytest.mark.parametrize("migrants", ["even", "end"])
def test_a_cohort_made_negative_is_named(migrants):
    leaving = cell(rate("net_migration", 0.0), -5000.0, year=2022, sex="male", age=3)
    leaving.loc[{"year": 2023, "sex": "female", "age": 1}] = -9000.0
    with pytest.raises(YilaoError, match=r"population: year=2022, sex=male, age=3 would have -\d"):
        project(make_base(), make_rates(net_migration=leaving), migrants=migrants)


def test_a_cohort_of_one_member_made_negative_is_named_with_the_member():
    base, _ = widened()
    base.loc[{"area": "b", "age": 2}] = 1.0
    leaving = cell(rate("net_migration", 0.0), -50.0, year=2021, sex="female", age=3)
    with pytest.raises(YilaoError, match=r"area=b, year=2021, sex=female, age=3"):
        project(base, make_rates(net_migration=leaving), migrants="end")


def test_a_cohort_may_leave_to_the_last_person():
    base, rates = make_base(), make_rates()
    rates["survival_ratio"][:] = 1.0
    leaving = rate("net_migration", 0.0)
    leaving.loc[{"year": 2021, "age": 3}] = -base.sel(age=2, drop=True)
    rates["net_migration"] = leaving
    result = project(base, rates, migrants="end")
    assert not result.population.sel(year=2021, age=3).any()
    assert not result.population.sel(year=2022, age=4).any()


def test_rates_that_are_all_read_through_the_years_keep_their_steps(engine):
    """One year's rates spread over five without a copy are five steps, not one."""
    place = yl.load_place("ankang")
    year = yl.expand_rates(place.rates("no-migration", 2021)).isel(year=0, drop=True)
    years = xr.DataArray(np.arange(2021, 2026), dims="year", name="year")
    spread = xr.Dataset(
        {
            n: a.expand_dims(year=years.values).assign_attrs(a.attrs)
            for n, a in year.data_vars.items()
        }
    )
    copied = spread.copy(deep=True).map(lambda a: a.copy(data=np.array(a.values)), keep_attrs=True)
    got, want = (yl.project(place.base, r, engine=engine).population for r in (spread, copied))
    assert got.sizes["year"] == 6
    xr.testing.assert_identical(got, want)
