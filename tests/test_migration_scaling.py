"""Net migration scaled to a total and split into two flows."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from yilao import load_place, project
from yilao.migration import (
    profile,
    rogers_castro,
    scale_net_migration,
    split_net_migration,
)
from yilao.migration.scaling import SCALINGS
from yilao.schema import SEXES, SchemaError, YilaoError

AGES = np.arange(0, 100, 10)


def net(values: object, **attrs: object) -> xr.DataArray:
    return xr.DataArray(
        np.asarray(values, dtype=float).reshape(2, len(AGES)),
        dims=("sex", "age"),
        coords={"sex": list(SEXES), "age": AGES},
        attrs={"units": "persons per step", "basis": "resident", "sources": ["made up"]} | attrs,
    )


moves = arrays(float, 20, elements=st.floats(-1e4, 1e4)).map(net)
CANCELS = net([100.0, -100.0] * 9 + [60.0, -50.0])
STEP = {"units": "persons per step"}
SHAPE = xr.DataArray(np.arange(10.0), dims="age", coords={"age": AGES})


# Scaling.


@settings(deadline=None, max_examples=60)
@given(moves, st.floats(-1e5, 1e5), st.sampled_from(SCALINGS))
def test_the_total_is_met(array: xr.DataArray, total: float, method: str) -> None:
    before = array.copy(deep=True)
    try:
        found = scale_net_migration(array, total, method=method)
    except SchemaError:
        return
    finally:
        xr.testing.assert_identical(array, before)
    size = float(abs(array).sum()) + abs(total)
    assert float(found.sum()) == pytest.approx(total, abs=1e-9 * size)
    if method != "proportional":
        assert (np.sign(found) * np.sign(array) >= 0).all()
    assert found.attrs == array.attrs


@pytest.mark.parametrize("total", [-1e6, -1.0, 0.0, 10.0, 1e6])
def test_split_scaling_has_a_factor_and_its_inverse(total: float) -> None:
    found = scale_net_migration(CANCELS, total)
    factor = (found / CANCELS).values
    ups, downs = factor[CANCELS.values > 0], factor[CANCELS.values < 0]
    np.testing.assert_allclose(ups, ups[0], rtol=1e-9)
    np.testing.assert_allclose(downs, 1 / ups[0], rtol=1e-9)


def test_the_own_total_changes_nothing() -> None:
    for method in ("split", "additive"):
        found = scale_net_migration(CANCELS, 10.0, method=method)
        np.testing.assert_allclose(found, CANCELS, rtol=1e-12)


def test_additive_scaling_by_hand() -> None:
    found = scale_net_migration(CANCELS, 10 + 0.1 * 1910, method="additive")
    np.testing.assert_allclose(found, CANCELS + 0.1 * abs(CANCELS), rtol=1e-12)


def test_proportional_scaling_is_the_profile_times_the_total() -> None:
    array = net(np.arange(20.0))
    found = scale_net_migration(array, 77.0, method="proportional")
    np.testing.assert_allclose(found, profile(array) * 77, rtol=1e-12)


def test_one_profile_and_many_totals() -> None:
    totals = xr.DataArray(
        [[100.0, 0.0, -50.0]] * 2, dims=("area", "year"),
        coords={"area": ["a", "b"], "year": [2021, 2022, 2023]},
        attrs=STEP | {"sources": ["totals"]},
    )  # fmt: skip
    found = scale_net_migration(CANCELS, totals)
    assert found.dims == ("area", "year", "sex", "age")
    np.testing.assert_allclose(found.sum(("sex", "age")), totals, atol=1e-9)
    assert found.attrs["sources"] == ["made up", "totals"]


def test_a_scaled_profile_goes_into_a_projection() -> None:
    place = load_place("taizhou-jiangsu")
    rates = place.rates("no-migration", until=2022)
    shape = rogers_castro(
        {"a1": 0.02, "alpha1": 0.1, "a2": 0.06, "alpha2": 0.1, "mu2": 20.0, "lambda2": 0.4,
         "c": 0.003}
    )  # fmt: skip
    signs = xr.DataArray([1.0, -1.0], dims="sex", coords={"sex": list(SEXES)})
    totals = xr.DataArray([500.0, -300.0], dims="year", coords={"year": [2021, 2022]}, attrs=STEP)
    flow = scale_net_migration(signs * shape * 1000, totals)
    flow.attrs["basis"] = "resident"
    result = project(place.base, rates.assign(net_migration=flow))
    np.testing.assert_allclose(result.net_migration.sum(("sex", "age")), totals, rtol=1e-9)


@pytest.mark.parametrize(
    ("total", "method", "message"),
    [
        (5.0, "proportional", r"^net_migration: its total is small beside the moves by age"),
        (5000.0, "additive", r"^total: it is further from the sum than all moves together"),
        (np.nan, "split", r"^total: 1 value\(s\) are missing"),
        (SHAPE, "split", r"^total: no unit\. Set total\.attrs"),
        (
            SHAPE.assign_attrs(STEP),
            "split",
            r"^total: it has dimension 'age'",
        ),
    ],
)
def test_totals_that_cannot_be_met(total: float, method: str, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        scale_net_migration(CANCELS, total, method=method)


def test_nobody_moves_in_the_direction_of_the_total() -> None:
    with pytest.raises(SchemaError, match=r"^total: nobody moves in the direction that it needs"):
        scale_net_migration(net([-1.0] * 20), 5.0)
    with pytest.raises(SchemaError, match=r"^total: nobody moves in the direction that it needs"):
        scale_net_migration(net([1.0] * 20), -5.0)
    assert not scale_net_migration(net([0.0] * 20), 0.0).any()


def test_faults_of_scaling() -> None:
    with pytest.raises(YilaoError, match=r"^method 'linear' is not known\. Available: proport"):
        scale_net_migration(CANCELS, 5.0, method="linear")
    with pytest.raises(SchemaError, match=r"^net_migration: dimension 'sex' is missing"):
        scale_net_migration(CANCELS.isel(sex=0, drop=True), 5.0)
    areas = CANCELS.expand_dims(area=["a", "b"])
    totals = xr.DataArray([1.0, 2.0], dims="area", coords={"area": ["a", "c"]}, attrs=STEP)
    with pytest.raises(SchemaError, match=r"^area: net_migration has 2 labels and total has 2"):
        scale_net_migration(areas, totals)


# Splitting.


@settings(deadline=None, max_examples=60)
@given(moves, st.floats(0, 1e6))
def test_in_less_out_is_the_net(array: xr.DataArray, more: float) -> None:
    gross = float(abs(array).sum()) + more
    before = array.copy(deep=True)
    flows = split_net_migration(array, SHAPE, gross)
    xr.testing.assert_identical(array, before)
    coming, leaving = flows["immigration"], flows["emigration"]
    np.testing.assert_allclose(coming - leaving, array, atol=1e-12 * gross + 1e-300)
    assert (coming >= 0).all()
    assert (leaving >= 0).all()
    assert float((coming + leaving).sum()) == pytest.approx(gross, rel=1e-12)
    # Beside the least moves, those who come and those who leave have the ages of the schedule.
    beside = np.minimum(coming, leaving)
    np.testing.assert_allclose(
        beside, xr.ones_like(array) * (more / 2 * SHAPE / 90), atol=1e-9 * gross
    )


def test_the_least_gross_total_is_one_way_only() -> None:
    flows = split_net_migration(CANCELS, SHAPE, float(abs(CANCELS).sum()))
    assert not (flows["immigration"] * flows["emigration"]).any()


def test_flows_of_areas_and_years_with_their_own_gross_totals() -> None:
    array = xr.concat([CANCELS, 2 * CANCELS], dim="area").assign_coords(area=["a", "b"])
    array.attrs = dict(CANCELS.attrs)
    gross = xr.DataArray([2000.0, 9000.0], dims="area", coords={"area": ["a", "b"]}, attrs=STEP)
    flows = split_net_migration(array, SHAPE, gross)
    both = flows["immigration"] + flows["emigration"]
    np.testing.assert_allclose(both.sum(("sex", "age")), gross, rtol=1e-12)
    one = split_net_migration(CANCELS, SHAPE, 2000.0)
    np.testing.assert_allclose(flows["emigration"].sel(area="a"), one["emigration"], rtol=1e-12)
    assert flows["immigration"].attrs["units"] == "persons per step"
    assert flows["immigration"].attrs["basis"] == "resident"


def test_split_flows_project_as_the_net_does() -> None:
    place = load_place("hangzhou")
    rates = place.rates("trend", until=2023)
    closed = rates.drop_vars(["immigration", "emigration_rate"])
    yearly = rates["immigration"] - rates["emigration_rate"] * place.base
    yearly = yearly.assign_attrs(units="persons per step", basis="resident")
    schedule = rogers_castro(
        {"a1": 0.02, "alpha1": 0.1, "a2": 0.06, "alpha2": 0.1, "mu2": 20.0, "lambda2": 0.4,
         "c": 0.003}
    )  # fmt: skip
    flows = split_net_migration(yearly, schedule * place.base, 600_000.0)
    two = project(place.base, closed.merge(flows)).population
    one = project(place.base, closed.assign(net_migration=yearly)).population
    np.testing.assert_allclose(two, one, rtol=1e-12)


@pytest.mark.parametrize(
    ("array", "schedule", "gross", "message"),
    [
        (CANCELS, SHAPE, 1909.0, r"^gross: 1,909 is below the sum of the net moves by age, 1,910"),
        (CANCELS, SHAPE, np.inf, r"^gross: 1 value\(s\) are missing \(NaN\) or infinite"),
        (CANCELS, -SHAPE, 3e3, r"^schedule: 9 value\(s\) are negative"),
        (CANCELS, 0 * SHAPE, 3e3, r"^schedule: it sums to 0\. Give the ages at which people move"),
        (CANCELS, SHAPE.isel(age=slice(0, 9)), 3e3, r"^age: net_migration has 10 labels and sched"),
        (
            CANCELS.assign_attrs(units="persons"),
            SHAPE,
            3e3,
            r"^net_migration: the unit is",
        ),
    ],
)
def test_flows_that_cannot_be(
    array: xr.DataArray, schedule: xr.DataArray, gross: float, message: str
) -> None:
    with pytest.raises(SchemaError, match=message):
        split_net_migration(array, schedule, gross)
