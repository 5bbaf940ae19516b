"""Forecasts of total fertility against theory and statsmodels."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from yilao.fertility import (
    FertilityDecline,
    MeanReversion,
    decline_per_year,
    draw_tfr,
    fit_decline,
    fit_mean_reversion,
    forecast_tfr,
    tfr_path,
    tfr_quantiles,
)
from yilao.fertility.decline import declining_paths
from yilao.schema import SchemaError, YilaoError, check_variable

MODEL = MeanReversion(level=1.4, phi=0.8, sigma=0.05, year=2023, tfr=1.0, sources=("a survey",))
DECLINE = FertilityDecline(
    d=0.2, deltas=(2.0, 2.0, 1.0, 1.8), sigma=0.03, after=replace(MODEL, tfr=5.5)
)


def series(values: np.ndarray, first: int = 1990) -> xr.DataArray:
    years = np.arange(first, first + len(values))
    attrs = {"units": "births per woman", "sources": ["a survey"]}
    return xr.DataArray(values, dims="year", coords={"year": years}, attrs=attrs)


def history(n: int = 60, seed: int = 5) -> xr.DataArray:
    rng = np.random.default_rng(seed)
    return draw_tfr(MODEL, range(2024, 2024 + n), draws=1, rng=rng)[0].drop_vars("draw")


# Mean reversion: estimation.


def test_the_fit_is_that_of_statsmodels() -> None:
    from statsmodels.regression.linear_model import OLS
    from statsmodels.tsa.ar_model import AutoReg

    tfr = history()
    logs = np.log(tfr.values)
    before = tfr.copy(deep=True)
    found = fit_mean_reversion(tfr)
    xr.testing.assert_identical(tfr, before)
    expected = AutoReg(logs, 1, trend="c").fit()
    constant, phi = expected.params
    assert found.phi == pytest.approx(phi, rel=1e-12)
    assert found.level == pytest.approx(np.exp(constant / (1 - phi)), rel=1e-12)
    assert (found.year, found.tfr, found.sources) == (2083, float(tfr[-1]), ("a survey",))
    # The path of the median is that of statsmodels' forecast.
    ahead = forecast_tfr(found, range(2084, 2114))
    dynamic = expected.predict(start=60, end=89)
    np.testing.assert_allclose(np.log(ahead), dynamic, rtol=1e-10, atol=1e-12)
    # With a level: least squares through the origin of the distances from it.
    given_level = fit_mean_reversion(tfr, level=1.4)
    away = logs - np.log(1.4)
    ols = OLS(away[1:], away[:-1]).fit()
    assert given_level.phi == pytest.approx(ols.params[0], rel=1e-10)
    assert given_level.sigma == pytest.approx(np.sqrt((ols.resid**2).mean()), rel=1e-10)
    assert given_level.level == 1.4


def test_a_long_series_gives_its_parameters_back() -> None:
    found = fit_mean_reversion(history(20_000, seed=1))
    # Three standard errors: of phi sqrt((1 - phi²)/n), of sigma sigma/sqrt(2n), of ln L
    # sigma/((1 - phi) sqrt(n)).
    assert found.phi == pytest.approx(0.8, abs=3 * 0.6 / 20_000**0.5)
    assert found.sigma == pytest.approx(0.05, abs=3 * 0.05 / 40_000**0.5)
    assert np.log(found.level / 1.4) == pytest.approx(0, abs=3 * 0.25 / 20_000**0.5)


def test_china_has_no_level_of_its_own() -> None:
    china = tfr_path("2024", 1.0, range(2000, 2024))
    with pytest.raises(YilaoError, match=r"tfr: it does not return to a level \(phi is 1\.118\)"):
        fit_mean_reversion(china)
    found = fit_mean_reversion(china, level=1.2)
    assert 0.9 < found.phi < 1
    assert 0.05 < found.sigma < 0.08


# Mean reversion: forecasts.


@settings(deadline=None, max_examples=40)
@given(st.floats(0.5, 3), st.floats(-0.9, 0.98), st.floats(0, 0.2), st.floats(0.4, 7))
def test_the_median_steps_towards_the_level(
    level: float, phi: float, sigma: float, start: float
) -> None:
    model = MeanReversion(level, phi, sigma, 2020, start)
    path = forecast_tfr(model, range(2021, 2031))
    check_variable(path, "tfr")
    logs = np.log(np.append(start, path) / level)
    np.testing.assert_allclose(logs[1:], phi * logs[:-1], atol=1e-12)
    np.testing.assert_allclose(tfr_quantiles(model, [2025], quantiles=[0.5])[0], path[4:5])


def test_draws_have_the_mean_variance_and_memory_of_theory() -> None:
    n, years = 40_000, [2024, 2028, 2029, 2123]
    draws = draw_tfr(MODEL, years, draws=n, rng=np.random.default_rng(2026))
    assert draws.dims == ("draw", "year")
    assert draws.attrs == {"units": "births per woman", "sources": ["a survey"]}
    assert (draws > 0).all()
    logs = np.log(draws.values)
    h = np.array(years) - 2023
    mean = np.log(1.4) + 0.8**h * np.log(1.0 / 1.4)
    variance = 0.05**2 * (1 - 0.8 ** (2 * h)) / (1 - 0.8**2)
    # Four standard errors of a mean and of a variance of n independent normal numbers.
    assert (np.abs(logs.mean(axis=0) - mean) < 4 * np.sqrt(variance / n)).all()
    assert (np.abs(logs.var(axis=0) / variance - 1) < 4 * np.sqrt(2 / n)).all()
    long_run = 0.05**2 / (1 - 0.8**2)
    assert variance[-1] == pytest.approx(long_run, rel=1e-12)
    memory = np.cov(logs[:, 1], logs[:, 2])[0, 1] / variance[1]
    assert memory == pytest.approx(0.8, abs=4 * np.sqrt(1 / n))


def test_quantiles_are_those_of_the_draws() -> None:
    n, q = 40_000, [0.05, 0.5, 0.95]
    exact = tfr_quantiles(MODEL, [2025, 2050], quantiles=q)
    assert exact.dims == ("quantile", "year")
    assert exact["quantile"].values.tolist() == q
    draws = draw_tfr(MODEL, [2025, 2050], draws=n, rng=np.random.default_rng(7))
    below = (draws < exact).mean("draw")
    for share in q:
        error = 4 * np.sqrt(share * (1 - share) / n)
        np.testing.assert_allclose(below.sel(quantile=share), share, atol=error)


def test_the_same_seed_draws_the_same_and_years_left_out_change_nothing() -> None:
    for model in (MODEL, DECLINE):
        one = draw_tfr(model, range(2024, 2041), draws=5, rng=np.random.default_rng(3))
        two = draw_tfr(model, range(2024, 2041), draws=5, rng=np.random.default_rng(3))
        xr.testing.assert_identical(one, two)
        few = draw_tfr(model, [2030, 2040], draws=5, rng=np.random.default_rng(3))
        np.testing.assert_array_equal(few, one.sel(year=[2030, 2040]))


# The decline.


def test_the_decline_is_the_double_logistic_of_bayestfr() -> None:
    d, (d1, d2, d3, d4) = 0.15, (1.5, 2.5, 1.2, 1.7)
    levels = np.array([0.9, 1.5, 2.0, 3.0, 4.5, 6.0, 8.5])
    first, last = d4 + d3 + d2 + 0.5 * d1, d4 + 0.5 * d3
    expected = d * (
        -1 / (1 + np.exp(-np.log(81) / d1 * (levels - first)))
        + 1 / (1 + np.exp(-np.log(81) / d3 * (levels - last)))
    )
    expected[(expected < 0) | (levels <= 1)] = 0
    got = decline_per_year(series(levels), d=d, deltas=(d1, d2, d3, d4))
    np.testing.assert_allclose(got, expected, rtol=1e-13)
    assert got.attrs["units"] == "births per woman per year"


def test_the_middle_path_declines_and_then_returns() -> None:
    path = forecast_tfr(DECLINE, range(2024, 2124)).values
    before = np.append(5.5, path[:-1])
    declining = before > 1.8
    fall = decline_per_year(series(before), d=0.2, deltas=DECLINE.deltas).values
    np.testing.assert_allclose(before[declining] - path[declining], fall[declining], atol=1e-13)
    late = ~declining
    np.testing.assert_allclose(
        np.log(path[late] / 1.4), 0.8 * np.log(before[late] / 1.4), atol=1e-13
    )
    assert declining[:20].all()
    assert path[-1] == pytest.approx(1.4, abs=1e-3)


def test_after_the_decline_draws_have_the_long_run_of_the_level() -> None:
    n = 20_000
    draws = draw_tfr(DECLINE, [2300], draws=n, rng=np.random.default_rng(11))
    logs = np.log(draws.values[:, 0] / 1.4)
    sd = 0.05 / 0.6
    assert abs(logs.mean()) < 4 * sd / np.sqrt(n)
    assert abs(logs.var() / sd**2 - 1) < 4 * np.sqrt(2 / n)


def test_wild_shocks_never_bring_fertility_to_zero() -> None:
    wild = replace(DECLINE, sigma=1.0, after=replace(DECLINE.after, sigma=1.0))
    draws = draw_tfr(wild, range(2024, 2060), draws=2000, rng=np.random.default_rng(1))
    assert float(draws.min()) > 0


def test_a_decline_without_shocks_gives_its_curve_back() -> None:
    still = replace(DECLINE, after=replace(DECLINE.after, tfr=6.8))
    path = np.append(6.8, declining_paths(still, np.zeros((1, 29)))[0])
    tfr = series(path)
    after = MeanReversion(1.4, 0.8, 0.05, year=int(tfr.year[-1]), tfr=float(path[-1]))
    found = fit_decline(tfr, after)
    curve = decline_per_year(tfr[:-1], d=found.d, deltas=found.deltas)
    np.testing.assert_allclose(curve, -np.diff(path), atol=1e-5)
    assert found.sigma < 1e-5
    assert found.after is after


# Faults.

RNG = np.random.default_rng(0)
FALLING = series(np.linspace(5, 2, 20))
FAULTS = {
    "level": (lambda: replace(MODEL, level=0.0), r"level: 0\.0 is not above 0"),
    "start": (lambda: replace(MODEL, tfr=-1.0), r"tfr: -1\.0 is not above 0"),
    "phi": (lambda: replace(MODEL, phi=1.0), r"phi: 1\.0 is not between -1 and 1"),
    "sigma": (lambda: replace(MODEL, sigma=-0.1), r"sigma: -0\.1 is not 0 or above"),
    "d": (lambda: replace(DECLINE, d=1.5), r"d: 1\.5 is not between 0 and 1"),
    "deltas": (
        lambda: replace(DECLINE, deltas=(1.0, 1.0, -1.0, 1.0)),
        r"deltas: four values above 0 are needed",
    ),
    "sigma of the decline": (
        lambda: replace(DECLINE, sigma=np.nan),
        r"sigma: nan is not 0 or above",
    ),
    "few years": (
        lambda: fit_mean_reversion(series(np.linspace(1, 2, 7))),
        r"tfr: 7 years are too few to fit\. Give 8 or more",
    ),
    "gap": (
        lambda: fit_mean_reversion(FALLING.drop_sel(year=2000)),
        r"tfr: years must follow each other",
    ),
    "zero": (lambda: fit_mean_reversion(FALLING * 0), r"tfr: a value is 0 and has no logarithm"),
    "negative": (lambda: fit_mean_reversion(-FALLING), r"tfr: 20 value\(s\) are negative"),
    "unit": (
        lambda: fit_mean_reversion(FALLING.assign_attrs(units="1")),
        r"tfr: the unit is '1'",
    ),
    "areas": (
        lambda: fit_mean_reversion(FALLING.expand_dims(area=["a"])),
        r"tfr: dimension 'area' is not known here",
    ),
    "level to return to": (
        lambda: fit_mean_reversion(FALLING, level=-1.0),
        r"level: -1\.0 is not above 0\. Give births per woman",
    ),
    "few years of decline": (
        lambda: fit_decline(FALLING[:10], MODEL),
        r"tfr: 10 years are too few to fit\. Give 15 or more",
    ),
    "start after the decline": (
        lambda: fit_decline(FALLING, MODEL),
        r"after: it starts with 1 in 2023, the series ends with 2 in 2009",
    ),
    "negative level": (
        lambda: decline_per_year(-FALLING, d=0.1, deltas=(1.0, 1.0, 1.0, 1.0)),
        r"tfr: 20 value\(s\) are negative",
    ),
    "decline of nothing": (
        lambda: decline_per_year(FALLING, d=-0.1, deltas=(1.0, 1.0, 1.0, 1.0)),
        r"d: -0\.1 is not between 0 and 1 births per woman a year",
    ),
    "three stages": (
        lambda: decline_per_year(FALLING, d=0.1, deltas=(1.0, 1.0, 1.0)),
        r"deltas: four values above 0 are needed",
    ),
    "years before": (lambda: forecast_tfr(MODEL, [2023]), r"years: ascending years after 2023"),
    "years not ascending": (
        lambda: draw_tfr(DECLINE, [2030, 2025], draws=1, rng=RNG),
        r"years: ascending years after 2023 are needed, not \[2030, 2025\]",
    ),
    "no draws": (lambda: draw_tfr(MODEL, [2030], draws=0, rng=RNG), r"draws: 0 is below 1"),
    "rng": (
        lambda: draw_tfr(MODEL, [2030], draws=1, rng=7),
        r"rng: a generator is needed\. Use numpy\.random\.default_rng\(seed\)",
    ),
    "quantiles": (
        lambda: tfr_quantiles(MODEL, [2030], quantiles=[0.0, 0.5]),
        r"quantiles: \[0\.0, 0\.5\] are not all between 0 and 1",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults(fault: str) -> None:
    call, message = FAULTS[fault]
    with pytest.raises(SchemaError, match=message):
        call()


@pytest.mark.parametrize("name", ["gamma", "decline"])
def test_a_search_that_does_not_settle(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import scipy.optimize

    from yilao.fertility import booth_standard, fit_schedule

    def lost(*args: object, **keys: object) -> object:
        return type("Result", (), {"success": False})()

    monkeypatch.setattr(scipy.optimize, "least_squares", lost)
    if name == "gamma":
        with pytest.raises(YilaoError, match=r"observed: gamma does not settle at the value"):
            fit_schedule(booth_standard(), "gamma")
    else:
        after = replace(MODEL, year=2009, tfr=2.0)
        with pytest.raises(YilaoError, match=r"tfr: the decline does not settle"):
            fit_decline(FALLING, after)
