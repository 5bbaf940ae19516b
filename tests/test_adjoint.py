"""`sensitivity`: against finite differences of every input, against algebra, on both kernels."""

import numpy as np
import pytest
import xarray as xr

import yilao as yl
from yilao.schema import VARIABLES, NegativePopulationError, SchemaError, YilaoError

LEAD = {"area": 2, "draw": 3, "variant": 2}
# Inputs that move together with the size of the population: twice the base and twice these make
# twice the sums.
FLOWS = ("net_migration", "migration_total", "immigration", "emigration")


def make_weights(
    base: xr.DataArray, rates: xr.Dataset, years: bool = True, measures: int = 2
) -> xr.DataArray:
    """Weights of both signs; the second measure is of old people in the last year only."""
    rng = np.random.default_rng(8)
    coords = {
        "measure": [f"measure {i}" for i in range(measures)],
        "year": [int(base["year"]), *rates["year"].values.tolist()],
        "sex": base["sex"].values,
        "age": base["age"].values,
    }
    values = rng.uniform(-0.5, 1.5, [len(c) for c in coords.values()])
    weights = xr.DataArray(values, coords, tuple(coords))
    if measures > 1:
        old = (weights["age"] > weights["age"].values[-4]) & (weights["year"] == coords["year"][-1])
        weights[1] = weights[1].where(old, 0.0)
    return weights if years else weights.isel(year=1, drop=True)


def measure(base: xr.DataArray, rates: xr.Dataset, weights: xr.DataArray, **way) -> xr.DataArray:
    """The numbers whose gradient is taken."""
    return yl.project_sums(base, rates, weights, negative="mark", **way).sum("year")


# Against finite differences.


def probes(array: xr.DataArray, name: str) -> tuple[xr.DataArray, np.ndarray, np.ndarray]:
    """Every cell of an array a little up and down, in steps of h and h / 2.

    Returns the arrays along a new dimension ``probe``, the directions (of them, own dimensions of
    the rate) and the steps (4, directions).
    """
    dims = [d for d in VARIABLES[name].dims if d in array.dims]
    array = array.transpose(..., *dims)
    shape = [array.sizes[d] for d in dims]
    cells = int(np.prod(shape))
    directions = np.eye(cells)
    if name in ("asfr_pattern", "migration_profile"):
        # They must keep their sum: what one cell gains, the last one of the year gives.
        of_year = cells // (shape[0] if dims[0] == "year" else 1)
        directions -= np.eye(cells)[np.arange(cells) // of_year * of_year + of_year - 1]
    if name in ("asfr", "asfr_pattern"):
        # The youngest age has no mothers.
        directions = directions[np.arange(cells) % shape[-1] > 0]
    directions = directions.reshape(-1, *shape)
    own = tuple(range(array.ndim - len(shape), array.ndim))
    h = 1e-3 * float(abs(array).max())
    # Not below 0: where fertility is 0 one looks upwards only, the measure is straight there.
    least = np.tensordot(directions > 0, array.values, [range(1, directions.ndim), own])
    free = least.reshape(len(directions), -1).min(axis=1) > h
    signs = np.array([[1.0], [-1.0], [0.5], [-0.5]])
    steps = h * np.where((signs < 0) & (VARIABLES[name].low == 0) & ~free, 0.0, signs)
    moves = steps.reshape(-1, *[1] * len(shape)) * np.concatenate([directions] * 4)
    extra = tuple(range(1, 1 + array.ndim - len(shape)))
    values = array.values + np.expand_dims(moves, extra)
    out = xr.DataArray(values, dims=("probe", *array.dims), attrs=array.attrs)
    out = out.assign_coords(
        probe=np.arange(len(values)), **{d: array[d].values for d in array.dims}
    )
    return out, directions, steps


def differences(
    name: str, base: xr.DataArray, rates: xr.Dataset, weights: xr.DataArray, way: dict[str, str]
) -> tuple[np.ndarray, np.ndarray]:
    """Derivatives along each direction (…, measure, directions), extrapolated to steps of 0."""
    moved, directions, steps = probes(base if name == "population" else rates[name], name)
    if name == "population":
        base = moved.assign_coords(year=base["year"])
    else:
        rates = rates.drop_vars(name).assign({name: moved})
    values = measure(base, rates, weights, **way).transpose(..., "measure", "probe").values
    up, down, half_up, half_down = np.split(values, 4, axis=-1)
    wide = (up - down) / (steps[0] - steps[1])
    narrow = (half_up - half_down) / (steps[2] - steps[3])
    return (4 * narrow - wide) / 3, directions


def room_above(rates: xr.Dataset) -> xr.Dataset:
    """Ratios low enough to be raised a little."""
    ratios = [n for n in rates.data_vars if VARIABLES[str(n)].high == 1 and "survival" in str(n)]
    return rates.assign({n: (rates[n] * 0.99).assign_attrs(rates[n].attrs) for n in ratios})


def test_gradient_is_the_finite_difference(inputs, form, way):
    check_differences(inputs, form, way)


@pytest.mark.parametrize("form", ["net_migration_rate", "all rates"])
def test_gradient_is_the_finite_difference_in_five_year_steps(inputs, form, way):
    check_differences(inputs, form, way, width=5)


def test_gradient_where_nobody_is_old(inputs, way):
    check_differences(inputs, "net_migration", way, oldest=0.0)


def check_differences(
    inputs, form: str, way: dict[str, str], width: int = 1, oldest: float | None = None
) -> None:
    base, rates = inputs(form, lead={"draw": 2}, ages=7, steps=3, width=width)
    rates = room_above(rates)
    if oldest is not None:
        base[..., -2:] = oldest
    if "net_migration" in rates:
        # Nobody leaves: a cohort below zero has no gradient.
        net = rates["net_migration"]
        rates["net_migration"] = abs(net).assign_attrs(net.attrs)
    weights = make_weights(base, rates)
    gradient = yl.sensitivity(base, rates, weights, engine="numpy", **way)
    assert set(gradient.data_vars) == {"population", *rates.data_vars} - {"lx", "Lx"}
    for name in gradient.data_vars:
        want, directions = differences(str(name), base, rates, weights, way)
        dims = [d for d in VARIABLES[str(name)].dims if d in gradient[name].dims]
        got = gradient[name].transpose("draw", "measure", *dims).values
        got = np.tensordot(got, directions, [range(2, got.ndim), range(1, directions.ndim)])
        np.testing.assert_allclose(got, want, rtol=1e-8, atol=1e-9 * abs(want).max(), err_msg=name)


# Against algebra.


def dot(gradient: xr.DataArray, array: xr.DataArray) -> xr.DataArray:
    core = [d for d in ("year", "level", "sex", "age") if d in gradient.dims]
    return (gradient * array).sum(core)


def test_the_parts_of_the_inputs_make_up_the_measure(inputs, engine, form, way):
    # The sums are proportional to base and flows together, in all conventions.
    base, rates = inputs(form, lead=LEAD)
    weights = make_weights(base, rates, years=False)
    gradient = yl.sensitivity(base, rates, weights, engine=engine, **way)
    parts = dot(gradient["population"], base)
    for name in FLOWS:
        if name in rates:
            parts = parts + dot(gradient[name], rates[name])
    want = measure(base, rates, weights, **way)
    want, parts = xr.broadcast(want, parts)
    np.testing.assert_allclose(parts, want, rtol=1e-11, atol=1e-11 * float(abs(want).max()))


@pytest.mark.parametrize("form", ["closed", "net_migration_rate"])
def test_gradient_of_the_base_is_what_one_person_becomes(inputs, engine, form, way):
    base, rates = inputs(form, lead={"draw": 2}, own="rates")
    weights = make_weights(base, rates)
    gradient = yl.sensitivity(base, rates, weights, engine=engine, **way)["population"]
    people = np.eye(24).reshape(24, 2, 12)
    each = xr.DataArray(people, dims=("person", "sex", "age"), attrs=base.attrs)
    each = each.assign_coords(person=np.arange(24), sex=base["sex"], age=base["age"])
    alone = measure(each.assign_coords(year=2020), rates, weights, **way)
    want = alone.transpose("measure", "draw", "person").values.reshape(2, 2, 2, 12)
    np.testing.assert_allclose(gradient, want, rtol=1e-12, atol=1e-13)
    # It does not depend on who is there.
    other = yl.sensitivity((base * 3).assign_attrs(base.attrs), rates, weights, **way)
    np.testing.assert_allclose(gradient, other["population"], rtol=1e-12, atol=1e-13)


def test_gradient_of_factors_is_that_of_their_product(inputs, engine, way):
    base, rates = inputs("all factors", lead=LEAD)
    weights = make_weights(base, rates)
    split = yl.sensitivity(base, rates, weights, engine=engine, **way)
    whole = yl.sensitivity(base, yl.expand_rates(rates), weights, engine=engine, **way)

    def same(a: xr.DataArray, b: xr.DataArray) -> None:
        a, b = xr.broadcast(a, b)
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-11 * float(abs(b).max()))

    same(split["population"], whole["population"])
    same(split["srb"], whole["srb"])
    same(split["survival_ratio_open"], whole["survival_ratio_open"])
    same(split["tfr"], (whole["asfr"] * rates["asfr_pattern"]).sum("age"))
    same(split["asfr_pattern"], whole["asfr"] * rates["tfr"])
    moved = whole["net_migration"]
    same(split["migration_total"], (moved * rates["migration_profile"]).sum(["sex", "age"]))
    same(split["migration_profile"], moved * rates["migration_total"])
    # The surface is a straight line between two levels.
    surface, level = rates["survival_surface"], rates["mortality_level"]
    levels = surface["level"].values
    grad = whole["survival_ratio"]
    shares = xr.concat(
        [xr.DataArray(np.interp(level, levels, row), dims=level.dims) for row in np.eye(6)],
        dim=xr.DataArray(levels, dims="level", name="level"),
    )
    same(split["survival_surface"], (grad * shares).sum("year"))
    below = xr.DataArray(np.searchsorted(levels, level) - 1, dims=level.dims, coords=level.coords)
    rows = surface.drop_vars("level")
    slope = rows.isel(level=below + 1) - rows.isel(level=below)
    slope = slope / xr.DataArray(np.diff(levels), dims="level")[{"level": below}]
    same(split["mortality_level"], (grad * slope).sum(["sex", "age"]))


def test_immigrants_and_emigrants_are_migrants_of_the_other_sign(inputs, engine, way):
    base, rates = inputs("immigration + emigration", lead={"draw": 2})
    weights = make_weights(base, rates)
    gradient = yl.sensitivity(base, rates, weights, engine=engine, **way)
    np.testing.assert_array_equal(gradient["immigration"], -gradient["emigration"])
    net = rates.drop_vars(["immigration", "emigration"]).assign(
        net_migration=(rates["immigration"] - rates["emigration"]).assign_attrs(
            units="persons per step"
        )
    )
    other = yl.sensitivity(base, net, weights, engine=engine, **way)
    np.testing.assert_allclose(gradient["immigration"], other["net_migration"], rtol=1e-12)


def test_only_those_who_are_there_count(inputs, engine):
    # The measure is of women aged 8 in 2022: girls of 6 in 2020, and migrants since.
    base, rates = inputs("net_migration", own="base", steps=3)
    weights = 0 * make_weights(base, rates, measures=1)
    weights.loc[{"year": 2022, "sex": "female", "age": 8}] = 1.0
    gradient = yl.sensitivity(base, rates, weights, engine=engine).isel(measure=0)
    s = rates["survival_ratio"].sel(sex="female")
    both = float(s.sel(year=2021, age=7) * s.sel(year=2022, age=8))
    people = gradient["population"]
    assert float(people.sel(sex="female", age=6)) == pytest.approx(both, rel=1e-14)
    assert float(abs(people).sum()) == pytest.approx(both, rel=1e-14)
    moved = gradient["net_migration"].sel(sex="female")
    last = float(s.sel(year=2022, age=8))
    # Half at the start of a year, half at its end.
    assert float(moved.sel(year=2022, age=8)) == 0.5
    assert float(moved.sel(year=2022, age=7)) == pytest.approx(0.5 * last, rel=1e-14)
    assert float(moved.sel(year=2021, age=7)) == pytest.approx(0.5 * last, rel=1e-14)
    assert float(moved.sel(year=2021, age=6)) == pytest.approx(0.5 * both, rel=1e-14)
    assert np.count_nonzero(gradient["net_migration"]) == 4
    assert np.count_nonzero(gradient["survival_ratio"]) == 2
    for name in ("asfr", "srb"):
        assert not gradient[name].any()


# Both kernels, all sizes.


def test_numba_is_numpy(inputs, form, way):
    pytest.importorskip("numba")
    width = 5 if way["convention"] == "un" else 1
    base, rates = inputs(form, lead=LEAD, width=width)
    weights = make_weights(base, rates, measures=3)
    numba, numpy = (
        yl.sensitivity(base, rates, weights, engine=e, **way) for e in ("numba", "numpy")
    )
    assert list(numba.data_vars) == list(numpy.data_vars)
    for name, got in numba.items():
        want = numpy[name]
        assert got.dims == want.dims
        size = float(abs(want).max())
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12 * size, err_msg=name)


def test_fertility_at_ages_without_mothers_has_a_gradient(inputs, engine):
    base, rates = inputs("closed", steps=2)
    weights = make_weights(base, rates, years=False) * 0 + 1
    gradient = yl.sensitivity(base, rates, weights, engine=engine)["asfr"]
    assert not rates["asfr"].sel(age=[1, 10, 11]).any()
    assert (gradient.sel(age=slice(1, None)) > 0).all()
    assert not gradient.sel(age=0).any()


@pytest.mark.parametrize("ages", [86, 101, 131])
def test_numba_is_numpy_up_to_every_open_age(inputs, ages, way):
    pytest.importorskip("numba")
    base, rates = inputs("all rates", ages=ages, lead={"draw": 2})
    weights = make_weights(base, rates)
    numba, numpy = (
        yl.sensitivity(base, rates, weights, engine=e, **way) for e in ("numba", "numpy")
    )
    for name, got in numba.items():
        size = float(abs(numpy[name]).max())
        np.testing.assert_allclose(got, numpy[name], rtol=1e-12, atol=1e-12 * size)


@pytest.mark.parametrize("own", ["all", "base", "rates", "some"])
@pytest.mark.parametrize("lead", [{"draw": 3}, {"area": 20, "draw": 30}], ids=str)
def test_members_together_are_members_alone(inputs, engine, lead, own):
    base, rates = inputs("all factors", lead=lead, own=own, steps=2)
    weights = make_weights(base, rates)
    whole, again = (yl.sensitivity(base, rates, weights, engine=engine, threads=t) for t in (2, 1))
    xr.testing.assert_identical(whole, again)
    rng = np.random.default_rng(5)
    for _ in range(2):
        at = {d: f"{d}{rng.integers(n)}" for d, n in lead.items()}
        alone = yl.sensitivity(
            base.sel({d: v for d, v in at.items() if d in base.dims}),
            rates.sel({d: v for d, v in at.items() if d in rates.dims}),
            weights,
            engine=engine,
        )
        for name, got in alone.items():
            one = whole[name]
            one = one.sel({d: v for d, v in at.items() if d in one.dims})
            size = float(abs(got).max())
            np.testing.assert_allclose(one, got, rtol=1e-12, atol=1e-12 * size)


# Labels and faults.


def test_labels_of_the_gradient(inputs, engine):
    base, rates = inputs("all factors", lead=LEAD)
    weights = make_weights(base, rates).sel(year=slice(2020, 2023))
    gradient = yl.sensitivity(base, rates, weights, engine=engine, until=2023)
    members = ("measure", "area", "draw", "variant")
    for name, array in gradient.items():
        assert array.dims == (*members, *VARIABLES[str(name)].dims)
        assert array.attrs["units"] == f"measure per unit of {name}"
    assert gradient["tfr"]["year"].values.tolist() == [2021, 2022, 2023]
    np.testing.assert_array_equal(gradient["survival_surface"]["level"], rates["level"])
    assert gradient["measure"].values.tolist() == ["measure 0", "measure 1"]
    assert gradient.attrs["sources"] == yl.project(base, rates).sources


def test_labels_of_the_gradient_of_patterns_without_years(inputs, engine):
    base, rates = inputs("pattern x tfr")
    weights = make_weights(base, rates, years=False)
    gradient = yl.sensitivity(base, rates, weights.drop_vars("measure"), engine=engine)
    assert gradient["asfr_pattern"].dims == ("measure", "age")
    assert gradient["population"].dims == ("measure", "sex", "age")
    assert gradient["measure"].values.tolist() == [0, 1]


def test_weights_without_years_count_in_every_year(inputs, engine):
    base, rates = inputs("all rates", lead={"draw": 2})
    weights = make_weights(base, rates, years=False)
    years = [2020, *rates["year"].values.tolist()]
    repeated = weights.expand_dims(year=years).transpose("measure", "year", "sex", "age")
    a, b = (yl.sensitivity(base, rates, w, engine=engine) for w in (weights, repeated))
    xr.testing.assert_allclose(a, b, rtol=1e-13)


def test_inputs_are_identical_after_the_call(inputs, engine):
    base, rates = inputs("all factors", lead=LEAD)
    weights = make_weights(base, rates)
    kept = [x.copy(deep=True) for x in (base, rates, weights)]
    yl.sensitivity(base, rates, weights, engine=engine)
    for now, before in zip((base, rates, weights), kept, strict=True):
        xr.testing.assert_identical(now, before)


@pytest.mark.parametrize("threads", [0, -1, 2.5, True])
def test_no_threads_at_all(inputs, engine, threads):
    base, rates = inputs("net_migration")
    with pytest.raises(YilaoError, match=f"threads: {threads} is not a whole number, 1 or more"):
        yl.sensitivity(base, rates, make_weights(base, rates), engine=engine, threads=threads)


def test_an_emptied_cohort_raises(inputs, engine):
    base, rates = inputs("net_migration", lead={"draw": 3}, own="all")
    rates["net_migration"][1, 2, 0, 5] = -1e5
    with pytest.raises(NegativePopulationError, match="draw=draw1, year=2023, sex=female, age="):
        yl.sensitivity(base, rates, make_weights(base, rates), engine=engine)


def test_faults(inputs, engine):
    base, rates = inputs("net_migration", lead={"draw": 3}, own="all")
    weights = make_weights(base, rates)
    rates["asfr"][1, 2, 5] = np.nan
    with pytest.raises(SchemaError, match=r"asfr: 1 value.*draw=draw1, year=2023, age=5"):
        yl.sensitivity(base, rates, weights, engine=engine)
    rates["asfr"][1, 2, 5] = 0.1
    rates["survival_ratio"][2, 0, 1, 3] = 1.5
    with pytest.raises(SchemaError, match=r"survival_ratio: .*draw=draw2, year=2021, sex=male"):
        yl.sensitivity(base, rates, weights, engine=engine)
    with pytest.raises(YilaoError, match="'spectrum' with migrants 'end' is not defined"):
        yl.sensitivity(base, rates, weights, engine=engine, convention="spectrum", migrants="end")
