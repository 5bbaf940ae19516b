"""Both kernels through `project`: every form of rates in every convention, and every fault."""

import contextlib
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
import xarray as xr

import yilao as yl
from yilao.schema import VARIABLES, NegativePopulationError, SchemaError, YilaoError

needs_numba = pytest.mark.skipif(not find_spec("numba"), reason="numba is not installed")

# A dimension that yilao has no word for is a leading one like the others.
LEAD = {"area": 2, "draw": 3, "variant": 2}


def arrays(result: yl.Projection) -> dict[str, xr.DataArray]:
    return {"population": result.population, **result.flows}


def agree(a: xr.DataArray, b: xr.DataArray, rel: float = 1e-12) -> None:
    """The same labels, and values equal relative to the largest of that array."""
    xr.testing.assert_identical(a.copy(data=np.zeros(a.shape)), b.copy(data=np.zeros(b.shape)))
    np.testing.assert_allclose(a, b, rtol=rel, atol=rel * float(abs(b).max()))


# The same numbers.


@needs_numba
@pytest.mark.parametrize("width", [1, 5])
def test_numba_is_numpy(inputs, form, way, width):
    base, rates = inputs(form, lead=LEAD, width=width)
    numba, numpy = (yl.project(base, rates, engine=e, **way) for e in ("numba", "numpy"))
    assert arrays(numba).keys() == arrays(numpy).keys()
    for name, got in arrays(numba).items():
        agree(got, arrays(numpy)[name])


@needs_numba
@pytest.mark.parametrize("ages", [86, 91, 101, 131])
@pytest.mark.parametrize("form", ["all factors", "all rates", "net_migration"])
def test_numba_is_numpy_up_to_every_open_age(inputs, form, ages, way):
    base, rates = inputs(form, lead={"draw": 2}, ages=ages)
    numba, numpy = (yl.project(base, rates, engine=e, **way) for e in ("numba", "numpy"))
    for name, got in arrays(numba).items():
        agree(got, arrays(numpy)[name])


def test_balance_in_every_cell(inputs, engine, form, way):
    check_balance(inputs, engine, form, way, width=1)


@pytest.mark.parametrize("form", ["all factors", "all rates"])
def test_balance_in_five_year_steps(inputs, engine, form, way):
    check_balance(inputs, engine, form, way, width=5)


def check_balance(inputs, engine: str, form: str, way: dict[str, str], width: int) -> None:
    base, rates = inputs(form, lead=LEAD, width=width)
    result = yl.project(base, rates, engine=engine, **way)
    assert result.population.dims == (*LEAD, "year", "sex", "age")
    assert result.population["year"].values.tolist() == [2020 + i * width for i in range(5)]
    p = result.population.values
    came = np.zeros_like(p[..., 1:, :, :])
    came[..., 1:] = p[..., :-1, :, :-1]
    came[..., -1] += p[..., :-1, :, -1]
    came[..., 0] += result.births.values
    end = came - result.deaths.values + result.net_migration.values
    np.testing.assert_allclose(end, p[..., 1:, :, :], rtol=1e-12, atol=1e-12 * p.max())
    np.testing.assert_allclose(
        result.births_by_mother_age.sum("mother_age"), result.births.sum("sex"), rtol=1e-12
    )
    assert (result.deaths.values > -1e-9).all()
    if form == "closed":
        assert not result.net_migration.values.any()
    if "lx" in rates:
        period, cohort = result.deaths_by_age_at_death.sum("age"), result.deaths.sum("age")
        np.testing.assert_allclose(period, cohort, rtol=1e-12)
    if "immigration" in rates:
        coming = result.flows["immigration"].sum("age") - result.flows["emigration"].sum("age")
        xr.testing.assert_allclose(*xr.broadcast(result.net_migration.sum("age"), coming))


def members(base: xr.DataArray, rates: xr.Dataset, **at: str) -> tuple[xr.DataArray, xr.Dataset]:
    """The base and the rates of some members."""
    return (
        base.sel({d: v for d, v in at.items() if d in base.dims}),
        rates.sel({d: v for d, v in at.items() if d in rates.dims}),
    )


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("own", ["all", "base", "rates", "some"])
@pytest.mark.parametrize(
    "lead",
    [{"draw": 1}, {"draw": 3}, {"draw": 600}, {"area": 20, "variant": 2, "draw": 15}],
    ids=str,
)
def test_members_together_are_members_alone(inputs, engine, lead, own, threads):
    form = "all factors" if own in ("all", "some") else "immigration + emigration_rate"
    base, rates = inputs(form, lead=lead, own=own, steps=3)
    # Blocks end at 256 in NumPy and at other numbers in numba; flows must find their members too.
    whole = yl.project(base, rates, engine=engine, threads=threads)
    rng = np.random.default_rng(3)
    for _ in range(3):
        at = {d: f"{d}{rng.integers(n)}" for d, n in lead.items()}
        alone = yl.project(*members(base, rates, **at), engine=engine)
        for name, got in arrays(alone).items():
            one = arrays(whole)[name]
            one = one.sel({d: v for d, v in at.items() if d in one.dims})
            size = float(abs(got).max())
            np.testing.assert_allclose(one, got, rtol=1e-13, atol=1e-13 * size)


def test_threads_change_nothing(inputs, engine):
    base, rates = inputs("all rates", lead={"area": 3, "draw": 200})
    one, two = (yl.project(base, rates, engine=engine, threads=t) for t in (1, 2))
    for name, got in arrays(one).items():
        xr.testing.assert_identical(got, arrays(two)[name])


@pytest.mark.parametrize("threads", [0, -1, 2.5, True])
def test_no_threads_at_all(inputs, engine, threads):
    base, rates = inputs("net_migration", lead={"draw": 3})
    with pytest.raises(YilaoError, match=f"threads: {threads} is not a whole number, 1 or more"):
        yl.project(base, rates, engine=engine, threads=threads)


def test_out_holds_the_population_of_all_members(inputs, engine):
    base, rates = inputs("net_migration", lead={"area": 2, "draw": 300})
    out = np.full((2, 300, 5, 2, 12), np.nan)
    result = yl.project(base, rates, engine=engine, out=out, flows=False)
    assert np.shares_memory(result.population.values, out)
    want = yl.project(base, rates, engine=engine).population
    np.testing.assert_array_equal(out, want)
    assert result.flows == {}


def test_inputs_are_identical_after_the_call(inputs, engine, form):
    base, rates = inputs(form, lead=LEAD)
    kept = base.copy(deep=True), rates.copy(deep=True)
    result = yl.project(base, rates, engine=engine)
    result.population[:] = 0
    xr.testing.assert_identical(base, kept[0])
    xr.testing.assert_identical(rates, kept[1])


def test_emigration_is_migration_of_the_other_sign(inputs, engine, way):
    base, rates = inputs("immigration + emigration", lead={"draw": 3})
    net = rates.drop_vars(["immigration", "emigration"])
    net["net_migration"] = (rates["immigration"] - rates["emigration"]).transpose(
        ..., "year", "sex", "age"
    )
    net["net_migration"].attrs["units"] = "persons per step"
    a, b = (yl.project(base, r, engine=engine, **way) for r in (rates, net))
    np.testing.assert_allclose(a.population, b.population, rtol=1e-13)
    by_rate = net.drop_vars("net_migration").assign(
        immigration=rates["immigration"] * 0, emigration_rate=rates["emigration"] / 1e4
    )
    by_rate["immigration"].attrs["units"] = "persons per step"
    by_rate["emigration_rate"].attrs["units"] = "per person per year"
    net = net.drop_vars("net_migration").assign(net_migration_rate=-rates["emigration"] / 1e4)
    net["net_migration_rate"].attrs["units"] = "per person per year"
    a, b = (yl.project(base, r, engine=engine, **way) for r in (by_rate, net))
    np.testing.assert_allclose(a.population, b.population, rtol=1e-13)


def test_a_ratio_of_the_open_group_like_that_into_it_changes_nothing(inputs, engine, way):
    base, rates = inputs("net_migration", lead={"draw": 3}, own="all")
    same = rates.assign(
        survival_ratio_open=rates["survival_ratio"].isel(age=-1, drop=True).assign_attrs(units="1")
    )
    a, b = (yl.project(base, r, engine=engine, **way) for r in (rates, same))
    for name, got in arrays(a).items():
        np.testing.assert_allclose(got, arrays(b)[name], rtol=1e-12, atol=1e-9)


def test_the_conventions_differ_in_births_only_where_migrants_come(inputs, engine):
    base, rates = inputs("net_migration")
    rates["net_migration"] = abs(rates["net_migration"]) + 1
    rates["net_migration"].attrs["units"] = "persons per step"

    def born(convention: str, migrants: str) -> float:
        options = {"convention": convention, "migrants": migrants, "engine": engine}
        return float(yl.project(base, rates, **options).births.sum())

    assert born("un", "end") == born("leslie", "end")
    assert born("un", "end") < born("leslie", "even") < born("un", "even")
    assert born("un", "end") < born("spectrum", "even") < born("un", "even")


def test_a_level_on_a_row_of_the_surface_reads_that_row(inputs, engine):
    base, rates = inputs("surface x level", lead={"draw": 2}, own="base")
    surface = rates["survival_surface"]
    for level in surface["level"].values:
        rates["mortality_level"] = xr.full_like(rates["mortality_level"], level)
        plain = rates.drop_vars(["survival_surface", "mortality_level"]).drop_dims("level")
        row = surface.sel(level=level, drop=True).expand_dims(year=rates["year"]).copy()
        plain["survival_ratio"] = row.assign_attrs(units="1")
        a, b = (yl.project(base, r, engine=engine) for r in (rates, plain))
        np.testing.assert_allclose(a.population, b.population, rtol=1e-14)
        np.testing.assert_allclose(a.deaths, b.deaths, rtol=1e-10)


# Deaths by age at death.


def test_deaths_by_age_at_death_by_hand(inputs, engine):
    base, rates = inputs("lx", steps=1, lead={"draw": 2}, own="base")
    result = yl.project(base, rates, engine=engine)
    cohort, lx, person_years = (
        result.deaths.isel(year=0).values,
        rates["lx"].isel(year=0).values,
        rates["Lx"].isel(year=0).values,
    )
    # Of those who would have reached age a, the share that dies at age a already.
    n = lx.shape[-1]
    higher = np.zeros_like(lx)
    for a in range(1, n):
        younger = person_years[..., a - 1]
        older = person_years[..., a] if a < n - 1 else 0.0
        higher[..., a] = 1 - (younger - lx[..., a]) / (younger - older)
    higher[..., 0] = 1.0
    want = cohort * higher
    want[..., :-1] += cohort[..., 1:] * (1 - higher[..., 1:])
    np.testing.assert_allclose(result.deaths_by_age_at_death.isel(year=0), want, rtol=1e-12)


def test_rates_that_stay_are_rates_written_out(inputs, engine, form):
    base, rates = inputs(form, lead={"draw": 2}, own="base")
    years = [n for n, rate in rates.items() if "year" in rate.dims]
    still = rates.assign({n: rates[n].isel(year=0, drop=True) for n in years})
    still = still.assign({n: still[n].expand_dims(year=rates["year"]) for n in years})
    assert not any(still[n].values.strides[0] for n in years)
    a, b = (yl.project(base, r, engine=engine) for r in (still, still.copy(deep=True)))
    for name, got in arrays(a).items():
        xr.testing.assert_identical(got, arrays(b)[name])


def test_nobody_dies_at_some_ages(inputs, engine):
    # So it is in the life tables of small places.
    base, rates = inputs("lx")
    lx = rates["lx"].copy()
    lx[..., 3:6] = lx[..., 2]
    rates["lx"] = lx
    below = (lx + lx.shift(age=-1)) / 2
    rates["Lx"] = below.fillna(lx * 7).assign_attrs(units="years")
    rates["survival_ratio"][..., 3:6] = 1.0
    result = yl.project(base, rates, engine=engine)
    assert np.isfinite(result.deaths_by_age_at_death).all()
    np.testing.assert_allclose(
        result.deaths_by_age_at_death.sum("age"), result.deaths.sum("age"), rtol=1e-12
    )


# What is asked for.

FLOWS = (
    "births",
    "births_by_mother_age",
    "deaths",
    "deaths_by_age_at_death",
    "net_migration",
    "immigration",
    "emigration",
)


def test_flows_are_those_asked_for(inputs, engine):
    base, rates = inputs("all rates", lead={"draw": 2})
    whole = yl.project(base, rates, engine=engine)
    assert set(whole.flows) == set(FLOWS)
    for name in FLOWS[:5]:
        one = yl.project(base, rates, engine=engine, flows=[name])
        assert list(one.flows) == [name]
        xr.testing.assert_identical(one.flows[name], whole.flows[name])
        xr.testing.assert_identical(getattr(one, name), whole.flows[name])
        assert one.flows[name].name == name
        assert one.flows[name].attrs["units"] == "persons"
    nothing = yl.project(base, rates, engine=engine, flows=())
    with pytest.raises(YilaoError, match=r"births: not among the flows .*\(none\).*flows=\['bir"):
        _ = nothing.births
    xr.testing.assert_identical(nothing.population, whole.population)


@pytest.mark.parametrize("name", ["immigration", "emigration"])
def test_migrants_apart_are_those_given(inputs, engine, name):
    base, rates = inputs("all rates")
    result = yl.project(base, rates, engine=engine, flows=[name])
    got = result.flows[name]
    want = rates["immigration"]
    if name == "emigration":
        start = result.population.isel(year=slice(-1)).assign_coords(year=rates["year"])
        want = rates["emigration_rate"] * start
    np.testing.assert_allclose(got, want.transpose(*got.dims), rtol=1e-14)


def test_of_migrants_apart_only_those_asked_for(inputs):
    base, rates = inputs("all rates")
    assert list(yl.project(base, rates, flows=["immigration"]).flows) == ["immigration"]


@pytest.mark.parametrize("name", ["immigration", "emigration"])
def test_migrants_apart_are_attributes_like_the_other_flows(inputs, name):
    result = yl.project(*inputs("all rates"))
    xr.testing.assert_identical(getattr(result, name), result.flows[name])


@pytest.mark.parametrize(
    ("form", "flows", "message"),
    [
        ("closed", ["birth"], r"flows: 'birth' is not known. Known: births, births_by_mother_age,"),
        ("closed", "births", r"flows: 'b' is not known"),
        ("closed", ["deaths_by_age_at_death"], r"deaths_by_age_at_death: rates need lx and Lx"),
        ("net_migration", ["immigration"], r"immigration: the rates give net migration only"),
    ],
)
def test_flows_that_cannot_be_had(inputs, engine, form, flows, message):
    with pytest.raises(YilaoError, match=message):
        yl.project(*inputs(form), flows=flows, engine=engine)


def test_no_members_at_all(inputs, engine):
    base, rates = inputs("net_migration", lead={"draw": 3}, own="base")
    result = yl.project(base.isel(draw=slice(0)), rates, engine=engine)
    assert result.population.shape == (0, 5, 2, 12)


# Bad input.

# Where each variable is given, and whether in a form of its own.
GIVEN = {
    "population": "closed",
    "survival_ratio": "closed",
    "asfr": "closed",
    "srb": "closed",
    "net_migration": "net_migration",
    "net_migration_rate": "net_migration_rate",
    "migration_profile": "profile x total",
    "migration_total": "profile x total",
    "immigration": "immigration + emigration",
    "emigration": "immigration + emigration",
    "emigration_rate": "immigration + emigration_rate",
    "survival_surface": "surface x level",
    "mortality_level": "surface x level",
    "asfr_pattern": "pattern x tfr",
    "tfr": "pattern x tfr",
    "survival_ratio_open": "survival_ratio_open",
    "lx": "lx",
    "Lx": "lx",
}
FAULTS = {"NaN": np.nan, "inf": np.inf, "-inf": -np.inf, "negative": -0.25}
KIND = {"negative": r"are negative", "above": r"are above \d+"}


def bad_value(name: str, kind: str) -> float:
    """Return a value of this kind that the variable may not have."""
    return 1.25 * VARIABLES[name].high if kind == "above" else FAULTS[kind]


def faults() -> list[tuple[str, str]]:
    """Every variable with every kind of value that it may not have."""
    found = []
    for name in GIVEN:
        found += [(name, kind) for kind in ("NaN", "inf", "-inf")]
        found += [(name, "negative")] if VARIABLES[name].low == 0 else []
        found += [(name, "above")] if VARIABLES[name].high else []
    return found


@pytest.mark.parametrize("owner", ["members", "all", "rates of one area"])
@pytest.mark.parametrize(("name", "kind"), faults())
def test_a_value_that_is_not_allowed_is_named(inputs, engine, name, kind, owner):
    lead = {"area": 2, "draw": 3}
    base, rates = inputs(GIVEN[name], lead=lead, own="all" if owner == "members" else "base")
    where = {"area": 1, "draw": 2, "year": 1, "level": 3, "sex": 1, "age": 4}
    if owner == "rates of one area":
        base = base.isel(area=0, drop=True)
        rates = rates.expand_dims(area=["area0"])
        where["area"] = 0
    array = base if name == "population" else rates[name]
    at = {d: i for d, i in where.items() if d in array.dims}
    array = array.copy(deep=True)
    array[at] = bad_value(name, kind)
    if name == "population":
        base = array
    else:
        rates[name] = array
    labels = ", ".join(f"{d}={array[d].values[at[d]]}" for d in array.dims)
    shown = "base" if name == "population" else name
    what = KIND.get(kind, r"are missing \(NaN\) or infinite")
    with pytest.raises(SchemaError, match=rf"^{shown}: 1 value\(s\) {what}, the first at {labels}"):
        yl.project(base, rates, engine=engine, threads=2)


@pytest.mark.parametrize("ages", [2, 3, 4, 8, 9, 12])
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("survival_ratio", "above"),
        ("survival_ratio", "NaN"),
        ("asfr", "above"),
        ("asfr", "negative"),
    ],
)
def test_a_fault_in_any_cell_is_seen(inputs, engine, name, kind, ages):
    # The compiled kernel takes cells by eights: it must not leave out the first or the last.
    base, rates = inputs("closed", lead={"draw": 2}, own="all", ages=ages, steps=1)
    sound = rates[name]
    for cell in np.ndindex(sound.shape[1:]):
        faulty = sound.copy(deep=True)
        faulty[1][cell] = -1e-9 if kind == "negative" else bad_value(name, kind)
        with pytest.raises(SchemaError, match=rf"^{name}: 1 value\(s\) are .*draw=draw1"):
            yl.project(base, rates.assign({name: faulty}), engine=engine)


@pytest.mark.parametrize("name", ["base", "survival_ratio", "asfr", "srb", "net_migration"])
def test_a_fault_in_what_is_read_through_members_is_seen(inputs, engine, name):
    base, rates = inputs("net_migration", lead={"draw": 3}, own="all")
    array = (base if name == "base" else rates[name]).isel(draw=0, drop=True).copy(deep=True)
    array[dict.fromkeys(array.dims, 1)] = np.nan
    array = array.expand_dims(draw=rates["draw"])
    assert array.values.strides[0] == 0
    base, rates = (array, rates) if name == "base" else (base, rates.assign({name: array}))
    with pytest.raises(SchemaError, match=rf"^{name}: 3 value\(s\) are missing .*draw=draw0"):
        yl.project(base, rates, engine=engine)


@pytest.mark.parametrize("kind", ["str", "object", "bool", "complex", "timedelta64[ns]"])
@pytest.mark.parametrize("owner", ["all", "base"])
def test_values_that_are_not_numbers(inputs, engine, owner, kind):
    base, rates = inputs("net_migration", lead={"draw": 3}, own=owner)
    rates["net_migration"] = rates["net_migration"].round().astype(int).astype(kind)
    with pytest.raises(SchemaError, match=r"net_migration: values are not numbers but .*"):
        yl.project(base, rates, engine=engine)


def test_of_many_faulty_members_the_first_is_named(inputs, engine):
    base, rates = inputs("net_migration", lead={"area": 3, "draw": 200}, own="all")
    rates["asfr"][1:, 7:, 2:, 5] = np.nan
    rates["net_migration"][2, 3, 0, 0, 0] = np.inf
    first = "asfr: 772 .* the first at area=area1, draw=draw7, year=2023, age=5"
    for _ in range(3):
        with pytest.raises(SchemaError, match=first):
            yl.project(base, rates, engine=engine, threads=2)


@needs_numba
def test_a_fault_that_only_the_kernel_sees_still_raises(inputs, monkeypatch):
    # Should its bounds be narrower than those of the checks by labels.
    monkeypatch.setitem(VARIABLES, "srb", replace(VARIABLES["srb"], high=1.0))
    monkeypatch.setattr("yilao.projection.checks.check_all_values", lambda prepared: None)
    base, rates = inputs("closed", lead={"draw": 3}, own="all")
    with pytest.raises(SchemaError, match=r"^rates: a value is not allowed"):
        yl.project(base, rates, engine="numba")


def test_a_ratio_above_1_by_rounding_is_none(inputs, engine):
    base, rates = inputs("net_migration", lead={"draw": 3}, own="all")
    rates["survival_ratio"][1, 2, 0, 3] = 1 + 1e-13
    yl.project(base, rates, engine=engine)
    rates["survival_ratio"][1, 2, 0, 3] = 1 + 1e-9
    with pytest.raises(SchemaError, match=r"survival_ratio: 1 value.* are above 1"):
        yl.project(base, rates, engine=engine)


def with_sum_off(rates: xr.Dataset, name: str) -> xr.Dataset:
    at = {"draw": 2, "year": 1, "sex": 0, "age": 4}
    array = rates[name].copy(deep=True)
    array[{d: i for d, i in at.items() if d in array.dims}] += 0.01
    return rates.assign({name: array})


def with_mothers_of_age_0(rates: xr.Dataset, name: str) -> xr.Dataset:
    array = rates[name].copy(deep=True)
    array[2, 1, 0] = 0.001
    return rates.assign({name: array})


def with_level(rates: xr.Dataset, level: float) -> xr.Dataset:
    array = rates["mortality_level"].copy(deep=True)
    array[2, 1] = level
    return rates.assign(mortality_level=array)


# Form, change, message, and the labels that should stand in it.
TOGETHER = {
    "level above the surface": (
        "surface x level",
        lambda r: with_level(r, 90.5),
        r"mortality_level: 90.5 .*is outside the levels of the survival surface, 60 to 90",
        "draw=draw2, year=2022",
    ),
    "level below the surface": (
        "surface x level",
        lambda r: with_level(r, 59.0),
        r"mortality_level: 59 .*is outside the levels of the survival surface, 60 to 90",
        "draw=draw2, year=2022",
    ),
    "levels upside down": (
        "surface x level",
        lambda r: r.sortby("level", ascending=False),
        r"survival_surface: its levels must ascend",
        "",
    ),
    "one level": (
        "surface x level",
        lambda r: r.isel(level=[0]),
        r"survival_surface: its levels must ascend and be two at least, they are \[60.0\]",
        "",
    ),
    "a level missing": (
        "surface x level",
        lambda r: r.assign_coords(level=[60.0, 65.0, np.nan, 75.0, 80.0, 90.0]),
        r"survival_surface: its levels must ascend .* they are \[60.0, 65.0, nan, 75.0",
        "",
    ),
    "an infinite level": (
        "surface x level",
        lambda r: r.assign_coords(level=[60.0, 65.0, 70.0, 75.0, 80.0, np.inf]),
        r"survival_surface: its levels must ascend",
        "",
    ),
    "levels in words": (
        "surface x level",
        lambda r: r.assign_coords(level=list("abcdef")),
        r"survival_surface, level: values are not numbers but <U1",
        "",
    ),
    "mothers of age 0": (
        "closed",
        lambda r: with_mothers_of_age_0(r, "asfr"),
        r"asfr: fertility at age 0 is not 0",
        "draw=draw2, year=2022",
    ),
    "sum of the pattern": (
        "all factors",
        lambda r: with_sum_off(r, "asfr_pattern"),
        r"asfr_pattern: it sums to 1.01, not to 1",
        "draw=draw2, year=2022",
    ),
    "sum of the profile": (
        "all factors",
        lambda r: with_sum_off(r, "migration_profile"),
        r"migration_profile: it sums to 1.01, not to 1",
        "draw=draw2, year=2022",
    ),
    "lx without Lx": (
        "lx",
        lambda r: r.drop_vars("Lx"),
        r"rates: lx and Lx go together",
        "",
    ),
    "Lx without lx": (
        "lx",
        lambda r: r.drop_vars("lx"),
        r"rates: lx and Lx go together",
        "",
    ),
    "level without surface": (
        "surface x level",
        lambda r: r.drop_vars("survival_surface").drop_dims("level"),
        r"rates: survival_surface is missing beside mortality_level",
        "",
    ),
    "emigration alone": (
        "immigration + emigration",
        lambda r: r.drop_vars("immigration"),
        r"rates: immigration is missing beside emigration",
        "",
    ),
    "immigration alone": (
        "immigration + emigration",
        lambda r: r.drop_vars("emigration"),
        r"rates: emigration or emigration_rate is missing beside immigration",
        "",
    ),
    "surface and ratios": (
        "surface x level",
        lambda r: r.assign(survival_ratio=r["survival_surface"].isel(level=0)),
        r"rates: survival is given twice",
        "",
    ),
}


@pytest.mark.parametrize("fault", TOGETHER)
def test_what_is_wrong_together(inputs, engine, fault):
    form, change, message, _ = TOGETHER[fault]
    base, rates = inputs(form, lead={"draw": 3}, own="all")
    with pytest.raises(SchemaError, match=message):
        yl.project(base, change(rates), engine=engine)


@pytest.mark.parametrize("fault", [f for f, (*_, labels) in TOGETHER.items() if labels])
def test_what_is_wrong_together_is_named(inputs, fault):
    form, change, _, labels = TOGETHER[fault]
    base, rates = inputs(form, lead={"draw": 3}, own="all")
    with pytest.raises(SchemaError, match=labels):
        yl.project(base, change(rates))


@pytest.mark.parametrize("dim", ["measure", "mother_age"])
def test_leading_dimensions_with_a_name_that_results_need(inputs, dim):
    base, rates = inputs("closed", lead={dim: 2}, own="base")
    base = base.assign_coords({dim: [1, 2]})
    weights = xr.ones_like(base.isel({dim: 0}, drop=True)).drop_vars("year")
    with pytest.raises(SchemaError, match=dim):
        yl.project(base, rates)
    with pytest.raises(SchemaError, match=dim):
        yl.project_sums(base, rates, weights.expand_dims(measure=["all"]))


def test_spectrum_has_no_migrants_at_the_end(inputs, engine):
    with pytest.raises(YilaoError, match="'spectrum' with migrants 'end' is not defined"):
        yl.project(*inputs(), convention="spectrum", migrants="end", engine=engine)


# More leave than are there.


def emptied(inputs, lead: dict[str, int]) -> tuple[xr.DataArray, xr.Dataset]:
    """Members 5, 6 and 300 lose more than they have, in other years and cells."""
    base, rates = inputs("net_migration", lead=lead, own="all")
    flat = rates["net_migration"].values.reshape(-1, 4, 2, 12)
    flat[5, 2, 1, 7] = -5000.0
    flat[6, 0, 0, 3] = -5000.0
    flat[300, 3, 1, 0] = -5000.0
    return base, rates


@pytest.mark.parametrize("threads", [1, 2])
def test_the_first_cohort_that_is_emptied_is_named(inputs, engine, way, threads):
    base, rates = emptied(inputs, {"area": 3, "draw": 200})
    message = (
        r"^population: area=area0, draw=draw5, year=2023, sex=male, age=7 would have -\d+\.\d "
        r"people: .*\(3 of 600 members are affected\)"
    )
    with pytest.raises(NegativePopulationError, match=message):
        yl.project(base, rates, engine=engine, threads=threads, **way)
    weights = xr.ones_like(base.isel(area=0, draw=0, drop=True)).expand_dims(measure=["all"])
    with pytest.raises(NegativePopulationError, match=message):
        yl.project_sums(
            base, rates, weights.drop_vars("year"), engine=engine, threads=threads, **way
        )


def test_members_with_an_emptied_cohort_are_marked(inputs, engine, way):
    base, rates = emptied(inputs, {"area": 3, "draw": 200})
    result = yl.project(base, rates, engine=engine, negative="mark", **way)
    marks = result.first_negative
    assert marks.dims == ("area", "draw")
    assert np.issubdtype(marks.dtype, np.integer)
    flat = marks.values.ravel()
    assert np.flatnonzero(flat).tolist() == [5, 6, 300]
    assert flat[[5, 6, 300]].tolist() == [2023, 2021, 2024]
    # Nothing is clamped, and the others are as they were.
    below = (result.population < 0).any(["year", "sex", "age"])
    np.testing.assert_array_equal(below, marks > 0)
    kept = yl.project(base.isel(draw=[0, 1]), rates.isel(draw=[0, 1]), engine=engine, **way)
    np.testing.assert_allclose(result.population.isel(draw=[0, 1]), kept.population, rtol=1e-14)
    assert yl.project(base, rates.isel(draw=0, drop=True), engine=engine).first_negative is None


def test_marks_are_0_where_nobody_is_emptied(inputs, engine):
    marks = yl.project(*inputs(lead={"draw": 3}), engine=engine, negative="mark").first_negative
    np.testing.assert_array_equal(marks, np.zeros(3))


def test_first_negative_in_five_year_steps_is_a_year(inputs, engine):
    base, rates = inputs("net_migration", width=5)
    rates["net_migration"][1, 0, 3] = -1e5
    result = yl.project(base, rates, engine=engine, negative="mark")
    assert int(result.first_negative) == 2030


def left_short(inputs, age: int) -> tuple[xr.DataArray, xr.Dataset]:
    """In one member more leave an age at the start than are there; others fill it by the end."""
    base, rates = inputs("net_migration", lead={"draw": 300}, own="all")
    rates["net_migration"] *= 0.0
    # Few, so that the cohort behind them outnumbers those who leave after the births.
    base[7, 0, age] = people = 5.0
    rates["net_migration"][7, 0, 0, age] = -2.2 * people
    rates["net_migration"][7, 0, 0, age + 1] = 3.0 * people
    return base, rates


@pytest.mark.parametrize("age", [0, 4, 9])
def test_a_cohort_that_is_left_short_within_a_step_is_named(inputs, engine, way, age):
    base, rates = left_short(inputs, age)
    marked = yl.project(base, rates, engine=engine, negative="mark", **way)
    early = way["migrants"] == "even" and way["convention"] != "spectrum"
    at = {"draw": 7, "sex": 0}
    assert float(marked.population[at].sel(year=2021, age=age + 1)) > 0
    first = marked.first_negative.values
    assert first[np.arange(300) != 7].max() == 0
    assert first[7] == (2021 if early else 0)
    if not early:
        return
    message = (
        rf"^population: draw=draw7, year=2021, sex=female, age={age} would have -\d+\.\d people "
        r"after the migrants of the first half of the step: .*\(1 of 300 members"
    )
    with pytest.raises(NegativePopulationError, match=message):
        yl.project(base, rates, engine=engine, **way)


def test_the_oldest_two_ages_are_one_cohort(inputs, engine):
    base, rates = inputs("net_migration", lead={"draw": 300}, own="all")
    rates["net_migration"] *= 0.0
    rates["net_migration"][7, 0, :, -1] = -2.1 * base[7, :, -1].values
    base[7, :, -2] = 10.0 * base[7, :, -1]
    assert yl.project(base, rates, engine=engine).population.sizes["draw"] == 300


@pytest.mark.parametrize("negative", ["clamp", None, True])
def test_unknown_words_for_negative(inputs, engine, negative):
    with pytest.raises(YilaoError, match=r"negative .* is not known. Available: raise, mark"):
        yl.project(*inputs(), engine=engine, negative=negative)


def leaving_to_the_last(inputs, size: float = 1.0) -> tuple[xr.DataArray, xr.Dataset]:
    """All who survive into age 4 leave at the end of the step: nobody is left, to rounding."""
    base, rates = inputs("closed", lead={"draw": 300}, own="base", steps=1)
    base *= size
    base.loc[{"age": 4}] = 1e6 * size  # half of the migrants of age 4 leave at the start
    survivors = base.sel(age=3) * rates["survival_ratio"].sel(age=4)
    leaving = (-2 * survivors).expand_dims(age=[4]).reindex(age=base["age"], fill_value=0.0)
    leaving = leaving.transpose("draw", "year", "sex", "age").drop_vars("year")
    leaving = leaving.assign_coords(year=rates["year"].values)
    return base, rates.assign(net_migration=leaving.assign_attrs(units="persons per step"))


@pytest.mark.parametrize("size", [1, 1e5], ids=["a town", "a country"])
def test_a_cohort_may_leave_to_the_last_person(inputs, request, engine, size):
    base, rates = leaving_to_the_last(inputs, size)
    result = yl.project(base, rates, engine=engine, negative="mark")
    assert abs(result.population.sel(year=2021, age=4)).max() < 1e-9 * size
    assert not (result.first_negative > 0).any()


@needs_numba
def test_a_rounding_error_of_numba_alone_is_named_too(inputs):
    base, rates = leaving_to_the_last(inputs, 1e5)
    numba, numpy = (
        yl.project(base, rates, engine=e, negative="mark").first_negative > 0
        for e in ("numba", "numpy")
    )
    for draw in base["draw"].values[(numba & ~numpy).values][:5]:
        with contextlib.suppress(NegativePopulationError):
            yl.project(*members(base, rates, draw=draw), engine="numba")


# Many members: the compiled kernel looks at a sample of their fertility first.


def test_a_mother_of_an_age_that_no_other_member_has(inputs, engine):
    base, rates = inputs("closed", lead={"draw": 5000}, own="all", steps=1)
    alone = rates["asfr"].copy(deep=True)
    for draw, age in ((1234, 1), (4321, 11), (4999, 10)):
        assert not rates["asfr"].sel(age=age).any()
        alone[draw, 0, age] = 0.5
    result = yl.project(base, rates.assign(asfr=alone), engine=engine)
    women = result.population.sel(sex="female").mean("year")
    for draw, age in ((1234, 1), (4321, 11), (4999, 10)):
        got = float(result.births_by_mother_age[draw, 0, age])
        assert got == pytest.approx(0.5 * float(women[draw, age]), rel=1e-13)
    mothers = result.births_by_mother_age.sum("mother_age")
    np.testing.assert_allclose(mothers, result.births.sum("sex"), rtol=1e-13)
