"""Models of one parameter brought to life expectancies: exactness, identities, errors."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import yilao as yl
from yilao.mortality import (
    MortalityModel,
    brass,
    brass_model,
    lee_carter_model,
    life_expectancy,
    life_table,
    log_quadratic_model,
    mx_at,
    parameter_at,
    survival_ratio_at,
    survival_ratios,
    survival_surface,
    table_model,
    wpp_mx,
)
from yilao.mortality.logit import infant_rate
from yilao.mortality.separation import infant_a0
from yilao.mortality.tables import columns
from yilao.schema import SEXES, SchemaError, YilaoError

GOLDEN = Path(__file__).parent / "golden" / "mortcast"


def by_sex(values: object, *dims: str, **coords: object) -> xr.DataArray:
    return xr.DataArray(values, dims=dims, coords={"sex": list(SEXES), **coords})


@pytest.fixture(scope="module")
def standard() -> xr.DataArray:
    return wpp_mx("2022", [2020]).isel(year=0, drop=True)


@pytest.fixture(scope="module")
def models(standard: xr.DataArray) -> dict[str, MortalityModel]:
    past = np.log(wpp_mx("2022", range(2002, 2021)))
    ax = past.mean("year")
    change = (past - ax).isel(year=0)
    bx = change.mean("sex") / change.mean("sex").sum()
    levels = np.arange(25.0, 115.0, 5.0)
    family = xr.concat(
        [brass(standard, (80 - level) / 30) for level in levels],
        xr.DataArray(levels, dims="level", coords={"level": levels}, name="level"),
    )
    return {
        "brass": brass_model(standard),
        "brass, slope": brass_model(standard, slope=0.8),
        "lee-carter": lee_carter_model(xr.Dataset({"ax": ax, "bx": bx})),
        "lee-carter, cd": lee_carter_model(xr.Dataset({"ax": ax, "bx": bx}), a0="coale-demeny-m0"),
        "tables": table_model(family),
    }


NAMES = ("brass", "brass, slope", "lee-carter", "lee-carter, cd", "tables")


# Brass's relational logit.


def test_brass_is_its_formula_taken_apart(standard: xr.DataArray) -> None:
    """Survivors moved on the logit scale, and rates from them, a0 found by repetition."""
    m = standard.values
    survivors = columns(m)[1]
    for level in (-0.5, 0.0, 0.7):
        moved = survivors.copy()
        odds = (1 - survivors[:, 1:]) / survivors[:, 1:]
        moved[:, 1:] = 1 / (1 + odds * np.exp(2 * level))
        q = 1 - moved[:, 1:] / moved[:, :-1]
        plain = m.copy()
        plain[:, 1:-1] = q[:, 1:] / (1 - 0.5 * q[:, 1:])
        for _ in range(12):
            plain[:, 0] = q[:, 0] / (1 - (1 - infant_a0(plain[:, 0])) * q[:, 0])
        np.testing.assert_allclose(brass(standard, level), plain, rtol=1e-11)


@settings(deadline=None, max_examples=30)
@given(level=st.floats(-1.0, 1.0), slope=st.floats(0.6, 1.5))
def test_brass_is_linear_in_logits(standard: xr.DataArray, level: float, slope: float) -> None:
    def logit(mx: xr.DataArray) -> np.ndarray:
        lx = life_table(mx)["lx"].values[:, 1:]
        return np.log((1 - lx) / lx) / 2

    got = logit(brass(standard, level, slope=slope))
    np.testing.assert_allclose(got, level + slope * logit(standard), atol=1e-9)


def test_brass_parameters_may_differ_by_sex_and_draw(standard: xr.DataArray) -> None:
    level = by_sex([[0.1, -0.2]], "draw", "sex", draw=[7])
    slope = xr.DataArray([0.9, 1.1], dims="scenario", coords={"scenario": ["a", "b"]})
    before = standard.copy(deep=True)
    got = brass(standard, level, slope=slope)
    xr.testing.assert_identical(standard, before)
    assert got.attrs == standard.attrs
    for sex in SEXES:
        one = brass(standard, float(level.sel(draw=7, sex=sex)), slope=1.1).sel(sex=sex)
        np.testing.assert_allclose(got.sel(draw=7, scenario="b", sex=sex), one, rtol=1e-14)


def test_brass_refuses_parameters_that_make_no_sense(standard: xr.DataArray) -> None:
    with pytest.raises(SchemaError, match=r"^slope: it must be above 0; 1 keeps the shape"):
        brass(standard, 0.0, slope=0.0)
    with pytest.raises(SchemaError, match=r"^level: a finite number is needed"):
        brass(standard, np.nan)
    with pytest.raises(SchemaError, match=r"^level: a finite number is needed, or such numbers w"):
        brass(standard, standard)
    with pytest.raises(SchemaError, match=r"^sex: mx has 2 labels and level has 2; the same lab"):
        brass(standard, xr.DataArray([0.1, 0.2], dims="sex", coords={"sex": list(SEXES[::-1])}))
    with pytest.raises(SchemaError, match=r"^mx: age 1 is missing"):
        brass(standard.sel(age=slice(0, 100, 5)), 0.0)
    with pytest.raises(SchemaError, match=r"^slope: -1; it must be above 0; 1 keeps"):
        brass_model(standard, slope=-1.0)


def test_m0_is_that_of_q0_on_every_line_of_the_rule() -> None:
    m0 = np.stack([np.geomspace(1e-4, 0.5, 300)] * 2, axis=1)
    q0 = m0 / (1 + (1 - infant_a0(m0)) * m0)
    np.testing.assert_allclose(infant_rate(q0), m0, rtol=1e-13)


# Tables at life expectancies.


def expectancy(mx: xr.DataArray, name: str) -> xr.DataArray:
    a0 = "coale-demeny-m0" if name.endswith("cd") else "andreev-kingkade"
    return life_table(mx, a0=a0)["ex"].isel(age=0, drop=True)


@pytest.mark.parametrize("name", NAMES)
def test_every_life_expectancy_is_met(models: dict[str, MortalityModel], name: str) -> None:
    # Steps that are no multiple of anything pass corners of the rule for a0 closely.
    e0 = by_sex(
        np.stack([np.linspace(50.013, 89.77, 997), np.linspace(48.9, 84.0, 997)], axis=1),
        *("draw", "sex"),
        draw=np.arange(997),
    )
    mx = mx_at(e0, models[name])
    assert mx.dims == ("draw", "sex", "age")
    assert mx.attrs["units"] == "deaths per person-year"
    assert float(abs(expectancy(mx, name) - e0).max()) < 1e-8


@pytest.mark.parametrize("name", NAMES)
def test_one_life_expectancy_of_both_sexes(models: dict[str, MortalityModel], name: str) -> None:
    e0 = xr.DataArray(
        np.linspace(60, 85, 52).reshape(2, 26),
        dims=("area", "year"),
        coords={"area": ["x", "y"], "year": range(2020, 2046)},
    )
    both = parameter_at(e0, models[name], srb=1.12)
    assert both.dims == e0.dims
    by_sexes = expectancy(mx_at(e0, models[name], srb=1.12), name)
    got = (by_sexes.sel(sex="female") + 1.12 * by_sexes.sel(sex="male")) / 2.12
    assert float(abs(got - e0).max()) < 1e-8


@pytest.mark.parametrize("name", ["brass", "lee-carter", "tables"])
def test_survival_ratios_are_those_of_the_life_table(
    models: dict[str, MortalityModel], name: str
) -> None:
    e0 = by_sex([[62.5, 58.0], [86.2, 81.4]], "year", "sex", year=[2020, 2021])
    ratio = survival_ratio_at(e0, models[name])
    want = survival_ratios(life_table(mx_at(e0, models[name])))
    np.testing.assert_allclose(ratio, want, rtol=1e-13)
    assert ratio.attrs["units"] == "1"


@pytest.mark.parametrize("name", ["brass", "lee-carter"])
def test_where_the_rule_for_a0_jumps_the_miss_is_smaller_than_the_jump(
    models: dict[str, MortalityModel], name: str
) -> None:
    model = models[name]
    parameter_at(by_sex([75.0, 70.0], "sex"), model)
    missed = 0
    for i, weights in enumerate([(1.0, 0.0), (0.0, 1.0)]):
        for edge in model.found[weights].edges[1:-1]:
            near = edge + np.linspace(-4e-6, 4e-6, 81)
            e0 = by_sex(np.stack([near, near], axis=1), "draw", "sex", draw=np.arange(81))
            miss = abs(life_expectancy(mx_at(e0, model)) - e0).isel(sex=i)
            assert float(miss.max()) < 3e-6
            missed += int((miss > 1e-8).sum())
    assert missed > 0  # two of the four cuts leave a gap


def test_the_standards_own_life_expectancy_gives_the_standard(
    standard: xr.DataArray, models: dict[str, MortalityModel]
) -> None:
    own = life_expectancy(standard)
    np.testing.assert_allclose(parameter_at(own, models["brass"]), 0, atol=1e-9)
    np.testing.assert_allclose(mx_at(own, models["brass"]), standard, rtol=1e-9)


def test_sources_of_the_standard_and_of_the_figures_are_kept(
    standard: xr.DataArray, models: dict[str, MortalityModel]
) -> None:
    e0 = by_sex([84.0, 79.0], "sex").assign_attrs(sources=["a bulletin"])
    got = mx_at(e0, models["brass"]).attrs["sources"]
    assert got == [*dict.fromkeys(standard.attrs["sources"]), "a bulletin"]


def test_order_of_dimensions_and_arguments(models: dict[str, MortalityModel]) -> None:
    e0 = by_sex([[84.0, 85.0], [79.0, 80.0]], "sex", "year", year=[2020, 2021])
    before = e0.copy(deep=True)
    got = mx_at(e0, models["brass"])
    xr.testing.assert_identical(e0, before)
    one = mx_at(e0.isel(year=1), models["brass"])
    np.testing.assert_allclose(got.isel(year=1), one, rtol=1e-12)
    assert got.dims == ("year", "sex", "age")


def test_a_life_expectancy_out_of_reach_is_named(models: dict[str, MortalityModel]) -> None:
    e0 = by_sex([[84.0, 79.0], [84.0, 790.0]], "year", "sex", year=[2020, 2021])
    with pytest.raises(
        YilaoError,
        match=r"^life expectancy 790 \(male; year=2021\): out of reach of the model, Brass "
        r"relational logit \(\d+\.\d to \d+\.\d years\)\. Check the figure and its unit",
    ):
        mx_at(e0, models["brass"])
    both = xr.DataArray([7.7], dims="year", coords={"year": [2020]})
    with pytest.raises(YilaoError, match=r"^life expectancy 7\.7 \(both; year=2020\): out of rea"):
        parameter_at(both, models["lee-carter"], srb=1.1)


def test_life_expectancies_of_wrong_form(models: dict[str, MortalityModel]) -> None:
    model = models["brass"]
    with pytest.raises(SchemaError, match=r"^e0: dimension 'sex' is missing"):
        mx_at(xr.DataArray([80.0], dims="year", coords={"year": [2020]}), model)
    with pytest.raises(SchemaError, match=r"^e0 \(of both sexes, as srb is given\): dimension 'se"):
        mx_at(by_sex([80.0, 75.0], "sex"), model, srb=1.1)
    with pytest.raises(SchemaError, match=r"^e0: 1 value\(s\) are missing"):
        mx_at(by_sex([80.0, np.nan], "sex"), model)
    with pytest.raises(SchemaError, match=r"^srb: 0 males per female; it must be above 0"):
        mx_at(xr.DataArray(80.0), model, srb=0.0)
    with pytest.raises(SchemaError, match=r"^e0: sex is \['male', 'female'\]"):
        mx_at(by_sex([80.0, 75.0], "sex").isel(sex=[1, 0]), model)


# A surface for the projection.


def test_a_surface_is_read_at_its_levels_exactly_and_between_them_closely(
    models: dict[str, MortalityModel],
) -> None:
    e0 = xr.DataArray(np.linspace(77.1, 84.3, 30), dims="year", coords={"year": range(2021, 2051)})
    exact = survival_ratio_at(e0, models["brass"], srb=1.1)
    misses = []
    for step in (1.0, 0.25):
        found = survival_surface(e0, models["brass"], srb=1.1, step=step)
        read = found["survival_surface"].interp(level=found["mortality_level"])
        misses.append(float(abs(read - exact).max()))
    assert misses[0] < 4e-4
    assert 10 < misses[0] / misses[1] < 30  # about linear: a quarter of the step, a sixteenth
    assert found["mortality_level"].dims == ("year",)
    levels = found["survival_surface"]["level"].values
    assert levels[0] <= 77.1
    assert levels[-1] >= 84.3


def test_a_projection_takes_the_surface(
    standard: xr.DataArray, models: dict[str, MortalityModel]
) -> None:
    e0 = xr.DataArray([79.0, 80.25], dims="year", coords={"year": [2021, 2022]})
    base = xr.ones_like(standard).assign_coords(year=2020).rename("population") * 1000
    base.attrs = {"units": "persons", "basis": "resident"}
    rates = survival_surface(e0, models["brass"], srb=1.1)
    rates["asfr"] = xr.full_like(standard.isel(sex=0, drop=True).expand_dims(year=e0.year), 0.0)
    rates["asfr"].attrs = {"units": "births per woman per year"}
    rates["srb"] = xr.full_like(e0, 1.1).assign_attrs(units="males per female")
    exact = rates.drop_vars(["survival_surface", "mortality_level", "level"]).assign(
        survival_ratio=survival_ratio_at(e0, models["brass"], srb=1.1)
    )
    got, want = (yl.project(base, r).population for r in (rates, exact))
    np.testing.assert_allclose(got, want, rtol=1e-12)


def test_a_surface_of_one_level_has_two(models: dict[str, MortalityModel]) -> None:
    e0 = xr.DataArray([80.0], dims="year", coords={"year": [2021]})
    found = survival_surface(e0, models["brass"], srb=1.1, step=0.5)
    assert found["level"].values.tolist() == [80.0, 80.5]
    with pytest.raises(SchemaError, match=r"^step: 0 years; it must be above 0"):
        survival_surface(e0, models["brass"], srb=1.1, step=0)


# Model families whose coefficients the user brings.


def golden_mx(case: str) -> xr.DataArray:
    frame = pd.read_csv(GOLDEN / "mx_at_e0.csv.gz")
    frame = frame[frame["case"] == case].drop(columns="case").dropna(axis=1)
    wide = frame.set_index(["sex", "age"])
    wide.columns = [int(c[:4]) for c in wide.columns]
    return (
        wide.stack().rename_axis(["sex", "age", "year"]).to_xarray().transpose("year", "sex", "age")
    )


@pytest.fixture(scope="module")
def goal() -> xr.DataArray:
    frame = pd.read_csv(GOLDEN / "e0.csv", index_col="period")
    years = [int(p[:4]) for p in frame.index]
    return by_sex(frame[["e0f", "e0m"]].to_numpy(), "year", "sex", year=years)


@pytest.fixture(scope="module")
def coefficients() -> xr.Dataset:
    """Found again from MortCast's tables: log mx is a parabola in log 5q0."""
    mx = golden_mx("log_quadratic").isel(year=slice(0, 14))
    h = np.log(1 - life_table(mx)["lx"].sel(age=5))
    powers = np.stack([np.ones(h.shape), h, h**2], axis=-1)
    logs = np.log(mx)
    found = np.empty((3, 2, mx.sizes["age"]))
    for sex in range(2):
        solved = np.linalg.lstsq(powers[:, sex], logs[:, sex].values, rcond=None)[0]
        assert np.abs(powers[:, sex] @ solved - logs[:, sex].values)[
            :, [0, *range(2, 24)]
        ].max() < (1e-10)
        found[:, sex] = solved
    found[:, :, 1] = np.nan  # follows from the others
    names = dict(zip(("ax", "bx", "cx"), found, strict=True))
    one = by_sex(names["ax"], "sex", "age", age=mx["age"].values)
    return xr.Dataset({k: one.copy(data=v) for k, v in names.items()} | {"vx": xr.zeros_like(one)})


def test_log_quadratic_is_mortcasts_at_its_own_life_expectancies(
    coefficients: xr.Dataset, goal: xr.DataArray
) -> None:
    model = log_quadratic_model(coefficients)
    want = golden_mx("log_quadratic")
    own = life_expectancy(want)
    # Two tables of men stop short of the life expectancy: 5q0 is held at 1e-4 there.
    assert float(abs(own - goal).isel(year=slice(0, 14)).max()) < 0.01
    got = mx_at(own, model)
    np.testing.assert_allclose(got, want, rtol=1e-7)
    exact = mx_at(goal, model)
    assert float(abs(life_expectancy(exact) - goal).max()) < 1e-8
    five = 1 - life_table(exact)["lx"].sel(age=5)
    np.testing.assert_allclose(five, np.exp(parameter_at(goal, model)), rtol=1e-10)


def test_log_quadratic_refuses_incomplete_coefficients(coefficients: xr.Dataset) -> None:
    with pytest.raises(SchemaError, match=r"^coefficients: cx is missing; ax, bx, cx and vx"):
        log_quadratic_model(coefficients.drop_vars("cx"))
    broken = coefficients.copy(deep=True)
    broken["bx"][1, 4] = np.nan
    with pytest.raises(SchemaError, match=r"^bx: 1 value\(s\) are missing.*sex=male, age=15"):
        log_quadratic_model(broken)
    single = coefficients.isel(age=[0, 2, 3, 4]).assign_coords(age=range(4))
    with pytest.raises(SchemaError, match=r"^coefficients: they must be of the groups 0, 1, 5"):
        log_quadratic_model(single)
    model = log_quadratic_model(coefficients)
    with pytest.raises(SchemaError, match=r"^log-quadratic: ratios of one year need single ages"):
        survival_ratio_at(by_sex([80.0, 75.0], "sex"), model)


def test_a_family_gives_its_own_tables_and_between_them_something_between() -> None:
    tables = golden_mx("coale_demeny_west")
    west = tables.rename(year="level")
    inner = life_expectancy(tables).isel(year=slice(1, -1))
    got = mx_at(inner, table_model(west))
    np.testing.assert_allclose(got, tables.isel(year=slice(1, -1)), rtol=1e-9)
    # Every second table is found again from its neighbours, to the roughness of the family.
    half = table_model(west.isel(level=slice(0, None, 2)))
    found = mx_at(inner.isel(year=slice(0, 13, 2)), half)
    want = tables.isel(year=slice(1, 14, 2))
    assert float(abs(np.log(found / want)).max()) < 0.02
    assert float(abs(life_expectancy(found) - life_expectancy(want)).max()) < 1e-8


def test_a_broken_family_is_refused() -> None:
    west = golden_mx("coale_demeny_west").rename(year="level")
    with pytest.raises(SchemaError, match=r"^mx: its levels must ascend and be two at least"):
        table_model(west.isel(level=[1, 0]))
    with pytest.raises(SchemaError, match=r"^mx: every death rate must be above 0"):
        table_model(west.where(west["age"] != 30, 0.0))
    with pytest.raises(SchemaError, match=r"^mx: dimension 'level' is missing"):
        table_model(west.isel(level=0))
    same = table_model(west.copy(data=np.broadcast_to(west.values[:1], west.shape)))
    with pytest.raises(YilaoError, match=r"^model life tables: life expectancy does not move"):
        mx_at(by_sex([80.0, 75.0], "sex"), same)


def test_a_model_that_turns_back_is_refused(standard: xr.DataArray) -> None:
    turning = xr.concat(
        [brass(standard, x) for x in (0.3, 0.1, 0.1005, -0.4)],
        xr.DataArray([0.0, 1.0, 1.001, 2.0], dims="level", name="level"),
    ).assign_coords(level=[0.0, 1.0, 1.001, 2.0])
    model = table_model(turning)
    with pytest.raises(YilaoError, match=r"^model life tables: life expectancy turns back between"):
        mx_at(life_expectancy(standard), model)


def test_lee_carter_models_need_sound_parameters(standard: xr.DataArray) -> None:
    ax = np.log(standard)
    bx = xr.full_like(ax.isel(sex=0, drop=True), 1 / 101)
    with pytest.raises(SchemaError, match=r"^parameters: bx is missing, it has .*fit_lee_carter"):
        lee_carter_model(xr.Dataset({"ax": ax}))
    with pytest.raises(SchemaError, match=r"^ax: 1 value\(s\) are missing"):
        lee_carter_model(xr.Dataset({"ax": ax.where(ax > ax.min()), "bx": bx}))
    with pytest.raises(SchemaError, match=r"^bx: dimension 'year' is not known here"):
        lee_carter_model(xr.Dataset({"ax": ax, "bx": bx.expand_dims(year=[2020, 2021])}))
    with pytest.raises(YilaoError, match=r"^a0: 'half' is not known\. Choose one of"):
        lee_carter_model(xr.Dataset({"ax": ax, "bx": bx}), a0="half")


def test_a_number_is_a_life_expectancy_too() -> None:
    model = brass_model(wpp_mx("2022", [2020]).isel(year=0, drop=True))
    for find in (parameter_at, mx_at, survival_ratio_at, survival_surface):
        number, array = (find(e, model, srb=1.1) for e in (79.5, xr.DataArray(79.5)))
        xr.testing.assert_identical(number, array)
    with pytest.raises(SchemaError, match=r"^e0: dimension 'sex' is missing"):
        mx_at(79.5, model)
    with pytest.raises(YilaoError, match=r"^life expectancy 7.9 \(both; the value\): out of reach"):
        mx_at(7.9, model, srb=1.1)
