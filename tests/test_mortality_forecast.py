"""Forecasts of an index, and deaths raised to a published life expectancy."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import norm

from yilao.mortality import (
    coherent_lee_carter,
    draw_index,
    forecast_index,
    from_registered_deaths,
    lee_carter_mx,
    life_expectancy,
    wpp_mx,
)
from yilao.schema import SEXES, SchemaError, YilaoError

GOLDEN = Path(__file__).parent / "golden"


def series(values: object, first: int = 1950) -> xr.DataArray:
    array = np.asarray(values, dtype=float)
    years = np.arange(first, first + array.shape[-1])
    return xr.DataArray(array, dims="year", coords={"year": years}, attrs={"units": "1"})


@pytest.fixture(scope="module")
def kt() -> xr.DataArray:
    frame = pd.read_csv(GOLDEN / "demography/lca_kt.csv", index_col="year")
    return series(frame["dt"])


def test_random_walk_with_drift_is_demographys(kt: xr.DataArray) -> None:
    want = pd.read_csv(GOLDEN / "demography/lca_kt_forecast.csv", index_col="year")
    before = kt.copy(deep=True)
    got = forecast_index(kt, until=2056)
    xr.testing.assert_identical(kt, before)
    last = float(kt[-1])  # demography sets the last kt to 0
    np.testing.assert_allclose(got["mean"] - last, want["mean"], rtol=1e-12)
    reach = norm.ppf(0.9) * got["se"]
    np.testing.assert_allclose(got["mean"] + reach - last, want["upper"], rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(got["mean"] - reach - last, want["lower"], rtol=1e-11)
    assert got["year"].values.tolist() == list(range(2007, 2057))


def test_forecast_rates_are_stmomos() -> None:
    ages = pd.read_csv(GOLDEN / "stmomo/lc_ages.csv", index_col="age")
    index = series(pd.read_csv(GOLDEN / "stmomo/lc_kt.csv", index_col="year")["kt"], 1961)
    want = pd.read_csv(GOLDEN / "stmomo/lc_forecast_rates.csv", index_col="age")
    named = {k: xr.DataArray(ages[k], dims="age", coords={"age": ages.index}) for k in ages}
    ahead = forecast_index(index, until=2061)["mean"]
    mx = lee_carter_mx(xr.Dataset(named), ahead).sel(year=[int(c) for c in want.columns])
    np.testing.assert_allclose(mx.transpose("age", "year"), want, rtol=1e-12)


def test_draws_have_the_mean_and_spread_of_the_forecast(kt: xr.DataArray) -> None:
    for drift_error in (True, False):
        ahead = forecast_index(kt, until=2030, drift_error=drift_error)
        draws = draw_index(
            kt, np.random.default_rng(1), until=2030, draws=20_000, drift_error=drift_error
        )
        assert draws.dims == ("draw", "year")
        # Four standard errors of a mean and of a standard deviation of 20,000 draws.
        miss = abs(draws.mean("draw") - ahead["mean"]) / ahead["se"]
        assert float(miss.max()) < 4 / np.sqrt(20_000)
        spread = draws.std("draw") / ahead["se"]
        assert float(abs(spread - 1).max()) < 4 / np.sqrt(40_000)


def test_the_same_state_gives_the_same_draws_and_sexes_move_together() -> None:
    fit = coherent_lee_carter(wpp_mx("2024", range(2004, 2024)))
    one, two = (
        draw_index(fit.kt, np.random.default_rng(5), until=2040, draws=3000) for _ in range(2)
    )
    xr.testing.assert_identical(one, two)
    assert one.dims == ("draw", "sex", "year")
    first = one.isel(year=0)
    got = np.corrcoef(first.sel(sex="female"), first.sel(sex="male"))[0, 1]
    want = np.corrcoef(fit.kt.diff("year").transpose("sex", "year"))[0, 1]
    assert got == pytest.approx(want, abs=0.05)
    mx = lee_carter_mx(fit, one.isel(draw=slice(0, 2)))
    assert mx.dims == ("draw", "year", "sex", "age")
    assert bool((life_expectancy(mx) > 60).all())


def test_arima_finds_an_order_and_draws() -> None:
    rng = np.random.default_rng(11)
    shocks = rng.normal(size=250)
    changes = np.empty(250)  # AR(1) around -1
    changes[0] = -1
    for t in range(1, 250):
        changes[t] = -1 + 0.8 * (changes[t - 1] + 1) + shocks[t]
    index = series(np.cumsum(changes), 1750)
    got = forecast_index(index, until=2019, method="arima", criterion="bic")
    assert (int(got["p"]), int(got["q"])) == (1, 0)
    # A run of the last changes dies away toward the drift.
    ahead = got["mean"].diff("year")
    assert float(ahead[-1]) == pytest.approx(float(np.mean(changes)), abs=0.35)
    draws = draw_index(
        index, np.random.default_rng(2), until=2019, draws=4000, method="arima", criterion="bic"
    )
    assert draws.sizes == {"draw": 4000, "year": 20}
    miss = abs(draws.mean("draw") - got["mean"]) / got["se"]
    assert float(miss.max()) < 5 / np.sqrt(4000)
    assert float(abs(draws.std("draw") / got["se"] - 1).max()) < 0.06


def test_arima_of_several_series_is_that_of_each() -> None:
    rng = np.random.default_rng(4)
    values = np.cumsum(rng.normal(-1, 1, (2, 30)), axis=1)
    index = series(values[0]).expand_dims(area=["a", "b"]).copy(data=values)
    two = forecast_index(index, until=1985, method="arima")
    assert two["mean"].dims == ("area", "year")
    one = forecast_index(index.sel(area="b"), until=1985, method="arima")
    np.testing.assert_allclose(two["mean"].sel(area="b"), one["mean"], rtol=1e-8)
    draws = draw_index(index, rng, until=1985, draws=500, method="arima")
    assert draws.dims == ("draw", "area", "year")
    miss = abs(draws.mean("draw") - two["mean"]) / two["se"]
    assert float(miss.max()) < 5 / np.sqrt(500)


def test_an_index_that_cannot_be_forecast(kt: xr.DataArray) -> None:
    with pytest.raises(SchemaError, match=r"^index: 3 year\(s\); drift needs 4 at least"):
        forecast_index(kt[:3], until=2000)
    with pytest.raises(SchemaError, match=r"^index: 14 year\(s\); arima needs 15 at least"):
        forecast_index(kt[:14], until=2000, method="arima")
    with pytest.raises(SchemaError, match=r"^index: years must follow one another"):
        forecast_index(kt[::2], until=2010)
    with pytest.raises(SchemaError, match=r"^until: 2006 is not after the last year of the index"):
        forecast_index(kt, until=2006)
    with pytest.raises(SchemaError, match=r"^method: 'naive' is not known"):
        forecast_index(kt, until=2010, method="naive")  # type: ignore[arg-type]
    with pytest.raises(SchemaError, match=r"^criterion: 'hqic' is not known"):
        forecast_index(kt, until=2010, criterion="hqic")  # type: ignore[arg-type]
    with pytest.raises(SchemaError, match=r"^index: 1 value\(s\) are missing"):
        forecast_index(kt.where(kt.year != 1960), until=2010)
    with pytest.raises(SchemaError, match=r"^draws: 0; at least one is needed"):
        draw_index(kt, np.random.default_rng(1), until=2010, draws=0)


def test_a_constant_index_has_no_arima() -> None:
    with pytest.raises(YilaoError, match=r"^index: it changes by the same amount every year"):
        forecast_index(series(np.arange(20.0)), until=1980, method="arima")


# Deaths that were registered in part.


@pytest.fixture(scope="module")
def truth() -> xr.DataArray:
    return wpp_mx("2022", [2020]).isel(year=0, drop=True)


def test_a_common_share_is_found_and_undone(truth: xr.DataArray) -> None:
    share = xr.DataArray([0.72, 0.81], dims="sex", coords={"sex": list(SEXES)})
    exposure = xr.full_like(truth, 5e4).assign_attrs(sources=["exposures of somebody"])
    deaths = truth * share * exposure
    before = deaths.copy(deep=True)
    found = from_registered_deaths(deaths, exposure, life_expectancy(truth))
    xr.testing.assert_identical(deaths, before)
    np.testing.assert_allclose(found["mx"], truth, rtol=1e-8)
    np.testing.assert_allclose(found["completeness"], share, rtol=1e-8)
    assert "exposures of somebody" in found.attrs["sources"]


def test_one_figure_of_both_sexes(truth: xr.DataArray) -> None:
    exposure = xr.full_like(truth, 5e4)
    both = float(life_expectancy(truth, 1.11))
    found = from_registered_deaths(0.77 * truth * exposure, exposure, both, srb=1.11)
    assert found["completeness"].dims == ()
    assert float(found["completeness"]) == pytest.approx(0.77, abs=1e-9)
    assert float(life_expectancy(found["mx"], 1.11)) == pytest.approx(both, abs=1e-8)


@pytest.mark.parametrize("srb", [None, 1.11])
def test_several_areas_are_raised_one_by_one(truth: xr.DataArray, srb: float | None) -> None:
    area = xr.DataArray([0.7, 0.9], dims="area", coords={"area": ["a", "b"]})
    draw = xr.DataArray([-1.0, 0.0, 1.0], dims="draw", coords={"draw": range(3)})
    # An exposure that all areas share, and life expectancies that have draws beside.
    exposure = xr.full_like(truth, 5e4).assign_attrs(sources=["somebody"])
    deaths = (area * truth * exposure).transpose("sex", "area", "age")
    e0 = life_expectancy(truth, srb) + area + draw
    found = from_registered_deaths(deaths, exposure, e0, srb=srb)
    assert found["mx"].dims == ("area", "draw", "sex", "age")
    assert "somebody" in found.attrs["sources"]
    assert found["mx"].attrs["units"] == "deaths per person-year"
    np.testing.assert_allclose(
        life_expectancy(found["mx"], srb), e0.transpose("area", "draw", ...), atol=1e-8
    )
    for a in ("a", "b"):
        one = from_registered_deaths(deaths.sel(area=a), exposure, e0.sel(area=a), srb=srb)
        for name in ("mx", "completeness"):
            np.testing.assert_array_equal(found[name].sel(area=a), one[name])
    with pytest.raises(YilaoError, match=r"^life expectancy 7 \(.*area=b"):
        from_registered_deaths(deaths, exposure, e0.where(e0.area == "a", 7.0), srb=srb)
    other = e0.assign_coords(area=["a", "c"])
    with pytest.raises(SchemaError, match=r"^area: deaths has 2 labels and e0 has 2; they differ"):
        from_registered_deaths(deaths, exposure, other, srb=srb)


def test_groups_of_a_census_will_do() -> None:
    ages = [0, 1, *range(5, 90, 5)]
    mx = np.exp(np.linspace(-7, -2, len(ages)))
    raw = xr.DataArray(
        [mx, 1.3 * mx], dims=("sex", "age"), coords={"sex": list(SEXES), "age": ages}
    )
    e0 = life_expectancy(raw) - 3
    found = from_registered_deaths(raw * 1e4, xr.full_like(raw, 1e4), e0)
    np.testing.assert_allclose(life_expectancy(found["mx"]), e0, atol=1e-8)
    assert bool((found["completeness"] < 1).all())


def test_deaths_that_cannot_be_raised(truth: xr.DataArray) -> None:
    exposure = xr.full_like(truth, 1e4)
    deaths, e0 = truth * exposure, life_expectancy(truth)
    with pytest.raises(SchemaError, match=r"^deaths: it must be above 0 at every age, it is"):
        from_registered_deaths(deaths.where(deaths.age != 8, 0.0), exposure, e0)
    with pytest.raises(SchemaError, match=r"^exposure: it must be above 0"):
        from_registered_deaths(deaths, exposure.where(exposure.age != 8, 0.0), e0)
    with pytest.raises(SchemaError, match=r"^age: deaths has 101 labels and exposure has 100"):
        from_registered_deaths(deaths, exposure.isel(age=slice(0, 100)), e0)
    with pytest.raises(SchemaError, match=r"^e0: give it by sex, or one number for both"):
        from_registered_deaths(deaths, exposure, 78.0)
    with pytest.raises(SchemaError, match=r"^e0: give it by sex, or one number for both"):
        from_registered_deaths(deaths, exposure, e0, srb=1.1)
    with pytest.raises(YilaoError, match=r"^life expectancy 7\.9 \(both; the value\): out of"):
        from_registered_deaths(deaths, exposure, 7.9, srb=1.1)
