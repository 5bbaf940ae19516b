"""The censuses of 2010 and 2020: migration put back lands on the second one."""

import functools
from typing import Any

import numpy as np
import pytest
import xarray as xr

from yilao import load_place as load_one
from yilao import project
from yilao.backtest import (
    census,
    census_pair_rates,
    closing_migration,
    missing_without_migration,
)
from yilao.migration import census_residual, cohort_residual
from yilao.place import Place
from yilao.population import census_groups
from yilao.scenario import Inputs
from yilao.schema import BasisError, SchemaError, YilaoError

load_place = functools.cache(load_one)
PREFECTURES = ("hangzhou", "taizhou-zhejiang", "taizhou-jiangsu", "ankang")


@pytest.fixture(scope="module")
def ankang() -> tuple[xr.DataArray, xr.DataArray, xr.Dataset]:
    place = load_place("ankang")
    return census(place, 2010), census(place, 2020), census_pair_rates(place)


# It closes.


@pytest.mark.parametrize("name", [*PREFECTURES, "china", "ankang-hanbin"])
def test_migration_put_back_lands_on_the_census(name: str) -> None:
    place = load_place(name)
    base, target, rates = census(place, 2010), census(place, 2020), census_pair_rates(place)
    kept = [a.copy(deep=True) for a in (base, target, rates)]
    moved = closing_migration(base, target, rates)
    for now, then in zip((base, target, rates), kept, strict=True):
        xr.testing.assert_identical(now, then)
    result = project(base, rates.assign(net_migration=moved), migrants="end")
    np.testing.assert_allclose(result.population.sel(year=2020), target, rtol=1e-12)
    assert (result.population > 0).all()
    # births less deaths and the migrants are the change of the people
    grown = float(target.sum() - base.sum())
    natural = float(result.births.sum() - result.deaths.sum())
    assert float(moved.sum()) == pytest.approx(grown - natural, abs=1e-6)
    assert moved.attrs["units"] == "persons per step"
    assert moved.attrs["basis"] == "resident"


def test_without_it_the_projection_is_far_off(ankang: Any) -> None:
    base, target, rates = ankang
    closed = project(base, rates).population.sel(year=2020)
    assert float(closed.sum()) / float(target.sum()) > 1.08


def test_the_census_comes_from_deaths_alone_when_nobody_moved(ankang: Any) -> None:
    base, _, rates = ankang
    closed = project(base, rates).population.sel(year=2020)
    moved = closing_migration(base, closed.assign_attrs(base.attrs), rates)
    np.testing.assert_allclose(moved, 0, atol=1e-8)


def test_those_alive_at_the_end_are_the_forward_residual(ankang: Any) -> None:
    base, target, rates = ankang
    first, second = (rates["survival_ratio"].sel(year=y).values for y in (2015, 2020))
    ten = rates["survival_ratio"].sel(year=2020, drop=True).copy()
    ten[:, 1:] = second[:, 1:] * first[:, :-1]
    residual = cohort_residual(base, target, survival=ten).sel(age=slice(10, 80))
    closed = project(base, rates).population.sel(year=2020, age=slice(10, 80))
    counted = target.sel(age=slice(10, 80))
    np.testing.assert_allclose(residual, counted - closed, atol=1e-7)
    # and the migrants of the first step who survive the second, with those of the second
    moved = closing_migration(base, target, rates)
    early, late = (moved.sel(year=y).values for y in (2015, 2020))
    alive = late[:, 2:-1] + early[:, 1:-2] * second[:, 2:-1]
    np.testing.assert_allclose(residual, alive, atol=1e-7)


def test_a_cohort_has_the_same_factor_in_every_step(ankang: Any) -> None:
    base, target, rates = ankang
    moved = closing_migration(base, target, rates)
    result = project(base, rates.assign(net_migration=moved), migrants="end")
    factor = result.population.isel(year=slice(1, None)) / (
        result.population.isel(year=slice(1, None)) - moved
    )
    np.testing.assert_allclose(
        factor.sel(year=2015).values[:, 1:-2], factor.sel(year=2020).values[:, 2:-1], rtol=1e-10
    )


def test_single_years_and_areas_close_as_well() -> None:
    place = load_place("taizhou-zhejiang")
    rates = place.rates("trend", until=2027)
    target = project(place.base, rates).population.sel(year=2027)
    closed = rates.drop_vars(["immigration", "emigration_rate"])
    moved = closing_migration(place.base, target, closed)
    assert moved["year"].values.tolist() == list(range(2021, 2028))
    end = project(place.base, closed.assign(net_migration=moved), migrants="end").population
    np.testing.assert_allclose(end.sel(year=2027), target, rtol=1e-12)
    # many areas, and mortality by draw
    both = [
        xr.concat([a, 1.5 * a], dim="area").assign_coords(area=["a", "b"]).assign_attrs(a.attrs)
        for a in (place.base, target)
    ]
    draws = xr.DataArray([0.99, 1.0], dims="draw", coords={"draw": [0, 1]})
    many = closed.assign(
        survival_ratio=(closed["survival_ratio"] * draws).assign_attrs(units="1", basis="resident")
    )
    moved = closing_migration(*both, many)
    assert moved.sizes == {"area": 2, "draw": 2, "year": 7, "sex": 2, "age": 101}
    end = project(both[0], many.assign(net_migration=moved), migrants="end").population
    wanted = both[1].expand_dims(draw=[0, 1]).transpose("area", "draw", "sex", "age")
    np.testing.assert_allclose(end.sel(year=2027), wanted, rtol=1e-12)


def test_a_cohort_that_left_altogether_is_put_back_too(ankang: Any) -> None:
    base, target, rates = ankang
    target = target.copy(data=np.where(target["age"] == 30, 0.0, target.values))
    moved = closing_migration(base, target, rates)
    end = project(base, rates.assign(net_migration=moved), migrants="end").population
    np.testing.assert_allclose(end.sel(year=2020), target, rtol=1e-12, atol=1e-9)


# What is missing.


@pytest.mark.parametrize("name", PREFECTURES)
def test_what_is_missing_looks_like_the_migration_of_the_city(name: str) -> None:
    table = missing_without_migration(load_place(name))
    assert list(table.columns) == ["sex", "age", "counted", "projected", "missing", "share"]
    assert len(table) == 36
    np.testing.assert_allclose(table["missing"], table["counted"] - table["projected"])
    np.testing.assert_allclose(table["share"], table["missing"] / table["projected"])
    counted = census(load_place(name), 2020)
    assert table["counted"].sum() == float(counted.sum())
    women = table[(table["sex"] == "female") & (table["age"] == 20)]
    assert women["counted"].item() == float(counted.sel(sex="female", age=20))
    # The residual by the nation's census survival: the same, but for the nation's coverage.
    tables = [census_groups(p, y) for p in (name, "china") for y in (2010, 2020)]
    residual = census_residual(*tables).sel(sex="female", age_low=20)
    nation = missing_without_migration(load_place("china"))
    common = nation[(nation["sex"] == "female") & (nation["age"] == 20)]["share"].item()
    own = women["missing"].item() - common * women["projected"].item()
    assert own == pytest.approx(float(residual), abs=0.005 * women["projected"].item())


def test_the_nation_shows_the_size_of_what_is_not_migration() -> None:
    table = missing_without_migration(load_place("china")).groupby("age")["share"].mean()
    assert 0.1 < table[10] < 0.16  # children of 0-4 were not all counted in 2010
    assert 0.2 < table[85] < 0.35
    assert abs(table[(table.index >= 30) & (table.index < 75)]).max() < 0.04


def test_the_rates_are_of_the_size_known() -> None:
    nation = census_pair_rates(load_place("china"))
    assert nation.attrs["relative_fertility"] == 1
    np.testing.assert_allclose(nation["asfr"].sum("age") * 5, [1.724, 1.568], atol=1e-3)
    assert ((nation["srb"] > 1.1) & (nation["srb"] < 1.2)).all()
    assert float(nation["survival_ratio"].min()) > 0.4
    low = census_pair_rates(load_place("hangzhou")).attrs["relative_fertility"]
    high = census_pair_rates(load_place("ankang")).attrs["relative_fertility"]
    assert 0.55 < low < 0.7 < 0.95 < high < 1.1


# Bad input.


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda b, t, r: (b, t.assign_attrs(basis="registered"), r), BasisError, r"^base is resid"),
        (
            lambda b, t, r: (b, t.isel(age=slice(0, 17)), r),
            SchemaError,
            r"^age: base has 18",
        ),
        (lambda b, t, r: (b, t.assign_attrs(units="万"), r), SchemaError, r"^target: the unit is"),
        (lambda b, t, r: (b, t.copy(data=-t.values), r), SchemaError, r"^target: 36 .* negative"),
        (
            lambda b, t, r: (t, b, r),
            SchemaError,
            r"^target: 2010 is not after",
        ),
        (
            lambda b, t, r: (b, t.drop_vars("year"), r),
            SchemaError,
            r"^target: no scalar",
        ),
        (lambda b, t, r: (b.drop_vars("year"), t, r), SchemaError, r"^base: no scalar coordinate"),
        (
            lambda b, t, r: (b.expand_dims(area=["a"]), t, r),
            SchemaError,
            r"^base has dimensions \['area', 'sex', 'age'\] and target",
        ),
        (
            lambda b, t, r: (b, t, r.assign(migration_total=r["srb"])),
            SchemaError,
            r"^rates: migration_total is there already\. Drop it",
        ),
        (
            lambda b, t, r: (b.copy(data=np.where(b["age"] == 20, 0, b.values)), t, r),
            YilaoError,
            r"^target: it has people at sex=female, age=30 where the cohort had none",
        ),
    ],
)
def test_pairs_that_do_not_fit(
    change: Any, error: type[Exception], message: str, ankang: Any
) -> None:
    with pytest.raises(error, match=message):
        closing_migration(*change(*ankang))


def test_a_place_without_two_censuses() -> None:
    groups = census_groups("ankang", 2020)
    assert groups is not None
    place = Place("mine", "", "", Inputs(census_2020=groups))
    with pytest.raises(YilaoError, match=r"^mine: no census of 2010 by age group"):
        missing_without_migration(place)
