"""Moving, interpolating and leading back a population."""

import numpy as np
import pytest
import xarray as xr

from yilao import project
from yilao.fertility import wpp_asfr_pattern
from yilao.mortality import life_table, survival_ratios, wpp_mx
from yilao.population import (
    graduate,
    group_ages,
    interpolate,
    move,
    national_reference,
    reverse_project,
)
from yilao.population.moving import moment
from yilao.schema import SEXES, BasisError, NegativePopulationError, SchemaError, YilaoError

RATIO = survival_ratios(life_table(wpp_mx("2022", [2021]))).isel(year=0, drop=True)
PATTERN = wpp_asfr_pattern("2022", [2021]).isel(year=0, drop=True)
ASFR = (PATTERN * 1.2).assign_attrs(units="births per woman per year")
RATES = {"survival_ratio": RATIO, "asfr": ASFR, "srb": 1.1}


def dated(day: str, factor: float = 1.0) -> xr.DataArray:
    now = national_reference()
    return (now * factor).assign_attrs(now.attrs | {"date": day})


# Moving.


def test_a_whole_year_is_a_year_of_project() -> None:
    base = dated("2020-12-31").assign_coords(year=2020)
    moved = move(base, "2021-12-31", **RATES)
    rates = xr.Dataset(
        {
            k: v.expand_dims(year=[2021]).assign_attrs(v.attrs)
            for k, v in RATES.items()
            if k != "srb"
        }
    )
    rates["srb"] = xr.DataArray([1.1], dims="year", coords={"year": [2021]})
    rates["srb"].attrs["units"] = "males per female"
    result = project(base, rates)
    np.testing.assert_allclose(moved.population, result.population.sel(year=2021), rtol=1e-12)
    np.testing.assert_allclose(moved.births, result.births.sel(year=2021).sum(), rtol=1e-12)
    np.testing.assert_allclose(moved.deaths, result.deaths.sel(year=2021).sum(), rtol=1e-10)
    assert int(moved.population["year"]) == 2021


def test_people_balance_and_age_by_the_part_of_the_year() -> None:
    start = dated("2020-11-01")
    before = start.copy(deep=True)
    net = (start * 0.01).assign_attrs(units="persons per step")
    moved = move(start, "2020-12-31", net_migration=net, **RATES)
    xr.testing.assert_identical(start, before)
    end = float(start.sum() + moved.births - moved.deaths + net.sum())
    np.testing.assert_allclose(float(moved.population.sum()), end, rtol=1e-12)
    assert moved.population.attrs["date"] == "2020-12-31"
    alone = move(start, "2020-12-31", **RATES).population
    part = 61 / 365
    at_61 = (1 - part) * start.sel(age=61) * RATIO.sel(age=62, drop=True) ** part
    at_61 = at_61 + part * start.sel(age=60) * RATIO.sel(age=61, drop=True) ** part
    np.testing.assert_allclose(alone.sel(age=61), at_61, rtol=1e-12)
    np.testing.assert_allclose(moved.population - alone, net, rtol=1e-6)


def test_leading_dimensions_of_rates_are_broadcast() -> None:
    low = xr.concat([RATIO, RATIO * 0.9], dim=xr.Variable("draw", [0, 1])).assign_attrs(units="1")
    many = move(dated("2020-11-01"), "2021-03-01", **(RATES | {"survival_ratio": low}))
    assert many.population.dims == ("draw", "sex", "age")
    one = move(dated("2020-11-01"), "2021-03-01", **RATES)
    np.testing.assert_allclose(many.population.sel(draw=0), one.population, rtol=1e-14)
    assert many.deaths.sel(draw=1) > many.deaths.sel(draw=0)
    assert many.births.dims == ("draw",)


def test_dates() -> None:
    assert moment("2020-12-31") == 2021.0
    assert moment("2021-01-01") == 2021.0
    assert moment("2020-12-31") - moment("2020-11-01") == pytest.approx(61 / 365)
    assert moment("2021-11-01") - moment("2020-11-01") == 1.0
    assert moment("2020-02-29") == moment("2020-02-28")


def test_faults_of_moving() -> None:
    start = dated("2020-11-01")
    for change, to, message in (
        ({}, "2020-10-01", r"^to_date: 2020-10-01 is -0.08 years after 2020-11-01"),
        ({}, "2022-01-01", r"^to_date: .* Move by at most a year"),
        ({}, "soon", r"^date: 'soon' is not a day"),
        ({"srb": 0.0}, "2021-01-01", r"^srb: 0.0; needed are males per female"),
        ({"asfr": PATTERN}, "2021-01-01", r"^asfr: the unit is '1', needed is 'births per"),
        ({"survival_ratio": RATIO[:, :-1]}, "2021-01-01", r"^age: population has 101 labels"),
        ({"survival_ratio": RATIO + 1}, "2021-01-01", r"^survival_ratio: .* above 1"),
    ):
        with pytest.raises(SchemaError, match=message):
            move(start, to, **(RATES | change))
    draws = [
        rate.expand_dims(draw=labels).assign_attrs(rate.attrs)
        for rate, labels in ((RATIO, [0, 1]), (ASFR, [1, 2]))
    ]
    with pytest.raises(SchemaError, match=r"^draw: survival_ratio has 2 labels and asfr has 2"):
        move(start, "2021-01-01", survival_ratio=draws[0], asfr=draws[1], srb=1.1)
    bare = start.assign_attrs(start.attrs)
    del bare.attrs["date"]
    with pytest.raises(SchemaError, match=r'^population: no date. Set population.attrs\["date"\]'):
        move(bare, "2021-01-01", **RATES)
    away = (start * -2).assign_attrs(units="persons per step")
    with pytest.raises(
        NegativePopulationError, match=r"more people leave than there are at sex=female, age=0"
    ):
        move(start, "2021-01-01", net_migration=away, **RATES)


# Between two dates.


def test_linear_and_exponential() -> None:
    first, second = dated("2010-11-01"), dated("2020-11-01", 4.0)
    middle = {
        m: interpolate(first, second, "2015-11-01", method=m) for m in ("linear", "exponential")
    }
    np.testing.assert_allclose(middle["linear"] / first, 2.5, rtol=1e-12)
    np.testing.assert_allclose(middle["exponential"] / first, 2.0, rtol=1e-12)
    for method in middle:
        for edge in (first, second):
            same = interpolate(
                first, edge if edge is second else second, edge.attrs["date"], method=method
            )
            np.testing.assert_allclose(same, edge, rtol=1e-12)
    assert middle["linear"].attrs["date"] == "2015-11-01"
    year_end = interpolate(first, second, "2015-12-31", method="linear")
    assert int(year_end["year"]) == 2015


def history(years: int) -> tuple[list[xr.DataArray], xr.DataArray]:
    """A population with no deaths from year to year, and its births by year and sex."""
    births = xr.DataArray(
        np.linspace(8e6, 5e6, 2 * years).reshape(years, 2),
        dims=("year", "sex"),
        coords={"year": range(2011, 2011 + years), "sex": list(SEXES)},
        attrs={"units": "persons", "sources": ["births"]},
    )
    all_live = [dated("2010-12-31")]
    for t in range(years):
        now = all_live[-1].values
        after = np.concatenate([births.values[t][:, None], now[:, :-1]], axis=1)
        after[:, -1] += now[:, -1]
        moved = all_live[-1].copy(data=after)
        all_live.append(moved.assign_attrs(moved.attrs | {"date": f"{2011 + t}-12-31"}))
    return all_live, births


def test_cohorts_without_deaths_are_led_exactly() -> None:
    populations, births = history(10)
    first, last = populations[0], populations[-1]
    for k in (0, 1, 4, 9, 10):
        day = f"{2010 + k}-12-31"
        read = interpolate(first, last, day, method="cohort", births=births)
        np.testing.assert_allclose(read, populations[k], rtol=1e-12)
    half = interpolate(first, last, "2014-07-02", method="cohort", births=births)
    part = moment("2014-07-02") - 2014
    grown = (1 - part) * populations[3].values
    grown[:, 1:] += part * populations[3].values[:, :-1]
    grown[:, 0] += part * births.values[3]
    grown[:, -1] += part * populations[3].values[:, -1]
    np.testing.assert_allclose(half, grown, rtol=1e-12)


def test_cohorts_keep_the_trough_that_ages_lose() -> None:
    populations, births = history(10)
    first, last, true = populations[0], populations[-1], populations[5]
    by_age = interpolate(first, last, "2015-12-31", method="linear")
    by_cohort = interpolate(first, last, "2015-12-31", method="cohort", births=births)
    window = {"age": slice(60, 69)}
    lowest = [int(p.sum("sex").sel(window).argmin("age")) for p in (true, by_cohort, by_age)]
    assert lowest[0] == lowest[1] != lowest[2]
    at = {"age": 60 + lowest[0]}
    assert float(by_age.sel(at).sum()) > 1.15 * float(true.sel(at).sum())


def test_losses_along_cohorts_are_even_in_time() -> None:
    populations, births = history(10)
    last = populations[-1]
    fewer = (last * 0.8).assign_attrs(last.attrs)
    read = interpolate(populations[0], fewer, "2015-12-31", method="cohort", births=births)
    ratio = (read / populations[5]).values
    np.testing.assert_allclose(ratio[:, 5:], 0.9, rtol=1e-12)
    # Born in the middle of 2015, read at its end: half a year of five and a half.
    np.testing.assert_allclose(ratio[:, 0], 1 - 0.2 * 0.5 / 5.5, rtol=1e-12)


def test_faults_between_dates() -> None:
    first, second = dated("2010-11-01"), dated("2020-11-01")
    births = history(10)[1]

    def read(
        day: str = "2015-11-01", a: xr.DataArray = first, b: xr.DataArray = second, **k: object
    ):
        return interpolate(a, b, day, **({"method": "linear"} | k))

    with pytest.raises(SchemaError, match=r"^date: 2021-01-01 does not lie between 2010-11-01 and"):
        read("2021-01-01")
    with pytest.raises(SchemaError, match=r"^date: .* does not lie between"):
        read(a=second, b=first)
    with pytest.raises(SchemaError, match=r"^method: 'spline' is not known"):
        read(method="spline")
    with pytest.raises(BasisError, match=r"before is resident and after is registered"):
        read(b=second.assign_attrs(second.attrs | {"basis": "registered"}))
    with pytest.raises(SchemaError, match=r"^age: before has 101 labels and after has 86"):
        read(b=group_ages(second, range(86)).rename(age_low="age"))
    none = second.where(second.age != 3, 0.0).assign_attrs(second.attrs)
    with pytest.raises(YilaoError, match=r"nobody at one of the dates at sex=female, age=3"):
        read(b=none, method="exponential")
    assert (
        float(read(a=none.assign_attrs(first.attrs), b=none, method="exponential").sel(age=3).sum())
        == 0
    )
    with pytest.raises(SchemaError, match=r"^births: those of the 10 years between"):
        read(method="cohort")
    with pytest.raises(SchemaError, match=r"^births: 9 years, needed are the 10 between"):
        read(method="cohort", births=births[:-1])
    more = births.expand_dims(area=["a"]).assign_attrs(births.attrs)
    with pytest.raises(SchemaError, match=r"^births: dimension 'area' is not known here"):
        read(method="cohort", births=more)
    with pytest.raises(SchemaError, match=r"^dates: 10.17 years lie between them"):
        read(method="cohort", births=births, b=dated("2020-12-31"))


# Back in time.


def projected(years: int) -> tuple[xr.DataArray, xr.Dataset, xr.Dataset]:
    span = list(range(2021, 2021 + years))
    base = dated("2020-12-31").assign_coords(year=2020)
    rng = np.random.default_rng(4)
    net = (
        base.expand_dims(year=span)
        * 0.01
        * xr.DataArray(rng.normal(size=(years, 2, 101)), dims=("year", "sex", "age"))
    )
    rates = xr.Dataset(
        {
            "survival_ratio": survival_ratios(life_table(wpp_mx("2022", span))),
            "asfr": ASFR.expand_dims(year=span).assign_attrs(ASFR.attrs),
            "srb": xr.DataArray([1.1] * years, dims="year", coords={"year": span}).assign_attrs(
                units="males per female"
            ),
            "net_migration": net.assign_attrs(units="persons per step"),
        }
    )
    return base, rates, project(base, rates, migrants="end")


@pytest.mark.parametrize("years", [1, 12])
def test_back_undoes_forward(years: int) -> None:
    _, rates, result = projected(years)
    final = result.population.isel(year=-1)
    before = final.copy(deep=True)
    back = reverse_project(final, rates["survival_ratio"], net_migration=rates["net_migration"])
    xr.testing.assert_identical(final, before)
    below = back.exact_below
    assert below == 100 - years
    expected = result.population.isel(age=slice(below))
    np.testing.assert_allclose(back.population.isel(age=slice(below)), expected, rtol=1e-9)
    np.testing.assert_allclose(back.births, result.births, rtol=1e-9)
    lows = range(below + 1)
    open_group = group_ages(result.population, lows).isel(age_low=-1)
    recent = {"year": slice(-2, None)}
    np.testing.assert_allclose(
        back.population.isel(recent | {"age": -1}), open_group.isel(recent), rtol=1e-9
    )
    # Further back it is an estimate: right in size, not in its digits.
    np.testing.assert_allclose(back.population.isel(age=-1), open_group, rtol=0.15)
    assert back.population.attrs["open_age"] == below


def test_a_stationary_population_is_the_same_in_every_earlier_year() -> None:
    lived = life_table(wpp_mx("2022", [2020]).isel(year=0, drop=True))["Lx"]
    now = (lived * 1e5).assign_attrs(units="persons", basis="resident").assign_coords(year=2020)
    span = list(range(2011, 2021))
    own = survival_ratios(life_table(wpp_mx("2022", [2020]))).isel(year=0, drop=True)
    back = reverse_project(now, own.expand_dims(year=span).assign_attrs(units="1"))
    np.testing.assert_allclose(back.births, 1e5, rtol=1e-12)
    shut = group_ages(now, range(91)).values
    np.testing.assert_allclose(
        back.population.values, np.broadcast_to(shut, (11, 2, 91)), rtol=1e-10
    )


def test_nobody_dies_and_nobody_is_lost_on_the_way_back() -> None:
    now = dated("2020-12-31").assign_coords(year=2020)
    all_live = xr.ones_like(RATIO).expand_dims(year=[2018, 2019, 2020]).assign_attrs(units="1")
    back = reverse_project(now, all_live)
    total = back.population.isel(year=0).sum() + back.births.sum()
    np.testing.assert_allclose(float(total), float(now.sum()), rtol=1e-12)


def test_faults_of_leading_back() -> None:
    _, rates, result = projected(3)
    final, ratio = result.population.isel(year=-1), rates["survival_ratio"]
    cases: list[tuple[xr.DataArray, xr.DataArray, str]] = [
        (final.drop_vars("year"), ratio, r"^population: no year. Use .assign_coords"),
        (final, ratio.isel(year=[0, 1]), r"^survival_ratio: its years are \[2021, 2022\]; needed"),
        (final, ratio.isel(year=[0, 2]), r"needed are consecutive ones that end with 2023"),
        (
            final,
            ratio.where(ratio.age < 100, 0.0).assign_attrs(units="1"),
            r"0 at year=2021, sex=fem",
        ),
        (final, ratio.isel(age=slice(90)), r"^age: population has 101 labels and survival_ratio"),
        (
            group_ages(final, [0, 1, 2, 3]).rename(age_low="age").assign_coords(year=2023),
            ratio.isel(age=slice(4)),
            r"^survival_ratio: 3 years; with ages 0 … 3\+ at most 2",
        ),
    ]
    for population, given, message in cases:
        with pytest.raises(SchemaError, match=message):
            reverse_project(population, given)
    net = rates["net_migration"] + 1e9
    with pytest.raises(
        NegativePopulationError, match=r"more people came than there are in 2023 at"
    ):
        reverse_project(final, ratio, net_migration=net.assign_attrs(units="persons per step"))
    with pytest.raises(SchemaError, match=r"^year: survival_ratio has 3 labels and net_migration"):
        reverse_project(final, ratio, net_migration=rates["net_migration"].isel(year=[0]))


def test_graduate_then_move_is_a_base() -> None:
    groups = group_ages(national_reference(), list(range(0, 105, 5)))
    single = graduate(groups, "sprague")
    assert single.attrs["date"] == "2020-11-01"
    moved = move(single, "2020-12-31", **RATES)
    assert moved.population.attrs["basis"] == "resident"
