"""Li and Lee's model: identities of the terms, their forecasts, errors."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from yilao.mortality import (
    draw_index,
    fit_lee_carter,
    fit_li_lee,
    forecast_index,
    lee_carter_mx,
    li_lee_mx,
    wpp_mx,
)
from yilao.schema import SEXES, SchemaError, YilaoError, sources_of

YEARS = np.arange(1990, 2020)
AGES = np.arange(0, 100, 10)


@pytest.fixture(scope="module")
def china() -> xr.DataArray:
    return wpp_mx("2022", range(2002, 2020))


def index(values: object, **labels: object) -> xr.DataArray:
    array = np.asarray(values, dtype=float)
    years = {"year": np.arange(2000, 2000 + array.shape[-1])}
    return xr.DataArray(array, dims=(*labels, "year"), coords=labels | years)


def made(size: float, dim: str = "sex") -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Rates by the model, those of all groups together, and log rates of the specific terms."""
    labels = list(SEXES)
    rng = np.random.default_rng(3)
    a = xr.DataArray(
        np.linspace([-7, -6.6], [-1, -0.6], 10, axis=1),
        dims=(dim, "age"),
        coords={dim: labels, "age": AGES},
    )
    b = xr.DataArray(rng.dirichlet(np.full(10, 8.0)), dims="age", coords={"age": AGES})
    k = xr.DataArray(np.linspace(12, -12, 30), dims="year", coords={"year": YEARS})
    own = rng.standard_normal((2, 30)).cumsum(axis=1)
    own = xr.DataArray(own, dims=(dim, "year"), coords={dim: labels, "year": YEARS})
    part = size * (own - own.mean("year")) * a.copy(data=rng.standard_normal((2, 10)))
    mx = np.exp(a + b * k + part).transpose(dim, "year", "age")
    return mx, np.exp(a.mean(dim) + b * k).transpose("year", "age"), part


def test_rates_made_by_the_model_give_it_back() -> None:
    mx, whole, part = made(0.05)
    before = mx.copy(deep=True)
    fit = fit_li_lee(mx, whole=whole)
    xr.testing.assert_identical(mx, before)
    np.testing.assert_allclose(li_lee_mx(fit).transpose(*mx.dims), mx, rtol=1e-12)
    found = (fit.specific_bx * fit.specific_kt).transpose(*part.dims)
    np.testing.assert_allclose(found, part, atol=1e-13)
    common = fit_lee_carter(whole)
    for name in ("bx", "kt"):
        xr.testing.assert_identical(fit[name], common[name])
    np.testing.assert_allclose(fit.bx.sum("age"), 1, rtol=1e-13)
    np.testing.assert_allclose((fit.specific_bx**2).sum("age"), 1, rtol=1e-13)
    assert bool((fit.specific_bx.sum("age") >= 0).all())
    np.testing.assert_allclose(fit.specific_kt.sum("year"), 0, atol=1e-12)


def test_without_specific_terms_it_is_the_common_factor(china: xr.DataArray) -> None:
    fit = fit_li_lee(china)
    common = li_lee_mx(fit, specific_kt=0 * fit.specific_kt)
    xr.testing.assert_allclose(common, lee_carter_mx(fit[["ax", "bx", "kt"]]), rtol=1e-14)
    # Rates that have no specific part: nothing is found of one.
    mx, _, _ = made(0.0)
    alike = fit_li_lee(mx)
    assert float(abs(alike.specific_kt).max()) < 1e-12
    np.testing.assert_allclose(li_lee_mx(alike).transpose(*mx.dims), mx, rtol=1e-12)


def test_the_specific_terms_take_their_square_off_the_residual(china: xr.DataArray) -> None:
    fit = fit_li_lee(china)
    assert fit.attrs["sources"] == sources_of(china)

    def missed(mx: xr.DataArray) -> xr.DataArray:
        return (np.log(china / mx) ** 2).sum(("year", "age"))

    common = missed(li_lee_mx(fit, specific_kt=0 * fit.specific_kt))
    both = missed(li_lee_mx(fit))
    assert bool((both < common / 2).all())
    np.testing.assert_allclose(common - both, (fit.specific_kt**2).sum("year"), rtol=1e-10)


def test_groups_may_be_areas_and_other_dimensions_are_apart() -> None:
    mx, _, _ = made(0.05, "area")
    several = xr.concat([mx, mx**1.1], pd.Index(SEXES, name="sex"))
    fit = fit_li_lee(several, group="area")
    assert fit.kt.dims == ("sex", "year")
    assert fit.specific_kt.dims == ("sex", "area", "year")
    for sex, rates in zip(SEXES, (mx, mx**1.1), strict=True):
        xr.testing.assert_allclose(
            li_lee_mx(fit.sel(sex=sex, drop=True)), li_lee_mx(fit_li_lee(rates, group="area"))
        )


# Forecasts of the specific index.


def test_an_ar1_is_that_of_statsmodels() -> None:
    from statsmodels.tsa.ar_model import AutoReg

    own = fit_li_lee(made(0.05)[0]).specific_kt
    ahead = forecast_index(own, until=2039, method="ar1")
    for sex in SEXES:
        fit = AutoReg(own.sel(sex=sex).values, 1).fit()
        wanted = fit.get_prediction(30, 49)
        np.testing.assert_allclose(ahead["mean"].sel(sex=sex), wanted.predicted_mean, rtol=1e-9)
        # The mean square of the errors there may be by their number, here by degrees of freedom.
        scale = np.sqrt((fit.resid**2).sum() / 27 / fit.sigma2)
        np.testing.assert_allclose(ahead["se"].sel(sex=sex), scale * wanted.se_mean, rtol=1e-9)


@settings(deadline=None, max_examples=20)
@given(slope=st.floats(-0.9, 0.9), level=st.floats(-5, 5), seed=st.integers(0, 99))
def test_an_ar1_returns_to_its_level(slope: float, level: float, seed: int) -> None:
    noise = np.random.default_rng(seed).standard_normal(60)
    values = [level]
    for e in noise:
        values.append(level + slope * (values[-1] - level) + e)
    own = index(values)
    try:
        ahead = forecast_index(own, until=4000, method="ar1")
    except YilaoError:  # a chance of the noise
        reject()
    mean = ahead["mean"].values
    assert np.abs(np.diff(mean[-10:])).max() < 1e-6
    assert np.abs(mean - mean[-1]).max() <= abs(values[-1] - mean[-1]) + 1e-9
    assert np.ptp(ahead["se"].values[-10:]) < 1e-6


def test_rates_of_the_groups_do_not_part(china: xr.DataArray) -> None:
    fit = fit_li_lee(china)
    kt = forecast_index(fit.kt, until=2150)["mean"]
    own = forecast_index(fit.specific_kt, until=2150, method="ar1")["mean"]
    log_ratio = np.log(li_lee_mx(fit, kt, own)).diff("sex")
    assert float(abs(log_ratio.isel(year=-1) - log_ratio.isel(year=-20)).max()) < 1e-2
    # Each sex by itself goes on apart.
    alone = fit_lee_carter(china)
    apart = np.log(lee_carter_mx(alone, forecast_index(alone.kt, until=2150)["mean"])).diff("sex")
    assert float(abs(apart.isel(year=-1) - apart.isel(year=-20)).max()) > 0.1


def test_a_random_walk_without_drift_keeps_the_last_value() -> None:
    ahead = forecast_index(index([1.0, 3.0, 2.0, 4.0, 3.0]), until=2008, method="walk")
    np.testing.assert_array_equal(ahead["mean"], 3.0)
    spread = np.sqrt((4 + 1 + 4 + 1) / 4)
    np.testing.assert_allclose(ahead["se"], spread * np.sqrt([1, 2, 3, 4]), rtol=1e-14)


def test_an_index_that_stands_still_stays() -> None:
    ahead = forecast_index(index([2.0] * 12), until=2020, method="ar1")
    np.testing.assert_array_equal(ahead["mean"], 2.0)
    np.testing.assert_array_equal(ahead["se"], 0.0)


@pytest.mark.parametrize("method", ["ar1", "walk"])
def test_draws_have_the_mean_and_spread_and_sexes_move_together(method: str) -> None:
    rng = np.random.default_rng(8)
    first = rng.standard_normal(40)
    for i in range(1, 40):
        first[i] += 0.6 * first[i - 1]
    own = index([first, -0.5 * first + 0.1 * rng.standard_normal(40)], sex=list(SEXES))
    ahead = forecast_index(own, until=2060, method=method)
    draws = draw_index(own, np.random.default_rng(1), until=2060, draws=20_000, method=method)
    assert draws.dims == ("draw", "sex", "year")
    # Five standard errors of a mean and of a standard deviation of 20,000 draws.
    assert float(abs((draws.mean("draw") - ahead["mean"]) / ahead["se"]).max()) < 5 / 20_000**0.5
    assert float(abs(draws.std("draw") / ahead["se"] - 1).max()) < 5 / 40_000**0.5
    assert np.corrcoef(draws.isel(year=0).T)[0, 1] < -0.9
    years = xr.DataArray([2045, 2046], dims="other")
    near = np.corrcoef(draws.sel(sex="female", year=years).T)[0, 1]
    assert near > (0.4 if method == "ar1" else 0.8)


# Errors.


def test_groups_that_have_no_model(china: xr.DataArray) -> None:
    mx, whole, _ = made(0.05)
    with pytest.raises(SchemaError, match=r"^mx: dimension 'area' is missing"):
        fit_li_lee(mx, group="area")
    with pytest.raises(SchemaError, match=r"^mx: one sex; a common factor needs two groups"):
        fit_li_lee(mx.isel(sex=[0]))
    with pytest.raises(SchemaError, match=r"^mx: 1 rate\(s\) are not above 0"):
        fit_li_lee(mx.where((mx.year != 2000) | (mx.age != 10) | (mx.sex != "male"), 0.0))
    with pytest.raises(SchemaError, match=r"^whole: dimension 'sex' is not known here"):
        fit_li_lee(mx, whole=mx)
    with pytest.raises(SchemaError, match=r"^year: mx has 30 labels and whole has 29"):
        fit_li_lee(mx, whole=whole.isel(year=slice(1, None)))
    fit = fit_li_lee(mx)
    ahead = forecast_index(fit.kt, until=2030)["mean"]
    with pytest.raises(SchemaError, match=r"^year: specific_kt has 30 labels and kt has 11"):
        li_lee_mx(fit, ahead)
    with pytest.raises(SchemaError, match=r"^specific_kt: 60 value\(s\) are missing"):
        li_lee_mx(fit, specific_kt=fit.specific_kt * np.nan)


def test_an_ar1_that_would_run_away() -> None:
    values = [np.sin(np.arange(20.0)), 1.2 ** np.arange(20)]
    with pytest.raises(
        YilaoError, match=r"^index: AR\(1\) goes on by a factor of 1.2 a .*sex=male"
    ):
        forecast_index(index(values, sex=list(SEXES)), until=2030, method="ar1")
    with pytest.raises(SchemaError, match=r"^index: 9 year\(s\); ar1 needs 10 at least"):
        forecast_index(index(np.arange(9)), until=2030, method="ar1")
