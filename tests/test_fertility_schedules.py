"""Model schedules of fertility against their formulas and scipy, and fitting them."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from yilao.fertility import (
    booth_standard,
    census_asfr_pattern,
    fit_schedule,
    gamma_pattern,
    group_pattern,
    hadwiger_pattern,
    mean_age_at_birth,
    quadratic_spline_pattern,
    relational_gompertz_pattern,
)
from yilao.fertility.curves import spline_shares
from yilao.schema import SchemaError, check_values

AGES = np.arange(101)


def labelled(values: list[float], dim: str = "draw", first: int = 0) -> xr.DataArray:
    return xr.DataArray(values, dims=dim, coords={dim: range(first, first + len(values))})


def check_is_pattern(pattern: xr.DataArray) -> None:
    check_values(pattern, "pattern", low=0.0)
    np.testing.assert_allclose(pattern.sum("age"), 1, rtol=1e-12)
    assert float(pattern.sel(age=0).max()) == 0
    assert pattern.attrs["units"] == "1"
    assert pattern.name == "asfr_pattern"


# Each curve against an independent one.


def test_gamma_is_that_of_scipy_cut_to_the_ages_of_mothers() -> None:
    from scipy.stats import gamma

    mean, sd, start = 28.0, 6.0, 13.0
    scale = sd**2 / (mean - start)
    curve = gamma((mean - start) / scale, loc=start, scale=scale)
    inside = curve.cdf(55) - curve.cdf(10)
    expected = np.diff(curve.cdf(np.clip(np.arange(102), 10, 55))) / inside
    np.testing.assert_allclose(gamma_pattern(mean, sd, start=start), expected, atol=1e-14)


def test_hadwiger_is_the_inverse_gaussian_of_scipy() -> None:
    from scipy.stats import invgauss

    mean, sd = 30.0, 5.0
    shape = mean**3 / sd**2
    curve = invgauss(mean / shape, scale=shape)
    inside = curve.cdf(55) - curve.cdf(10)
    expected = np.diff(curve.cdf(np.clip(np.arange(102), 10, 55))) / inside
    np.testing.assert_allclose(hadwiger_pattern(mean, sd), expected, atol=1e-13)


def test_hadwiger_is_its_own_formula() -> None:
    from scipy.integrate import quad

    c, sd = 28.0, 6.0
    b = c / (sd * np.sqrt(2))

    def f(x: float) -> float:
        return float((c / x) ** 1.5 * np.exp(-(b**2) * (c / x + x / c - 2)))

    whole = quad(f, 10, 55, epsabs=1e-12)[0]
    pattern = hadwiger_pattern(c, sd)
    for age in (15, 27, 40):
        assert float(pattern.sel(age=age)) == pytest.approx(
            quad(f, age, age + 1)[0] / whole, abs=1e-11
        )


def test_a_narrow_hadwiger_does_not_overflow() -> None:
    check_is_pattern(hadwiger_pattern(28.0, 0.5))


@pytest.mark.parametrize(
    ("start", "peak", "half"), [(15, 23, 31), (14, 28, 34), (16, 30, 36), (15, 26, 42)]
)
def test_quadratic_spline_is_that_of_appendix_b(start: float, peak: float, half: float) -> None:
    """Schmertmann's own coefficients without matrices (Appendix B), integrated by rule."""
    w = min(0.75, 0.25 + 0.025 * (peak - start))
    end = half + (half - peak) / 3
    if end <= 50:
        end = min(half + 3 * (half - peak), 50)
    t = [start, (1 - w) * start + w * peak, peak, (peak + half) / 2, (half + end) / 2]
    theta = [1 / (w * (peak - start) ** 2)]
    theta.append(-theta[0] / (1 - w))

    def early(x: float) -> float:
        return sum(theta[i] * max(x - t[i], 0) ** 2 for i in (0, 1))

    slope_at_end = 2 * sum(theta[i] * (end - t[i]) for i in (0, 1))
    left = [[(half - v) ** 2 * (half > v) for v in t[2:]]]
    left += [[(end - v) ** 2 for v in t[2:]], [2 * (end - v) for v in t[2:]]]
    theta += list(np.linalg.solve(left, [0.5 - early(half), -early(end), -slope_at_end]))

    def f(x: np.ndarray) -> np.ndarray:
        terms = [th * np.maximum(x - v, 0) ** 2 for th, v in zip(theta, t, strict=True)]
        return np.where((x >= start) & (x <= end), sum(terms), 0.0)

    assert f(np.array([peak, half, end])) == pytest.approx([1, 0.5, 0], abs=1e-12)
    at = (np.arange(101 * 2000) + 0.5) / 2000
    area = f(at).reshape(101, 2000).mean(axis=1)
    got = quadratic_spline_pattern(start, peak, half=half)
    np.testing.assert_allclose(got, area / area.sum(), atol=1e-7)
    check_is_pattern(got)


def test_booth_has_the_gompits_of_its_table() -> None:
    single, groups = booth_standard(), booth_standard(width=5)
    check_is_pattern(single)
    xr.testing.assert_allclose(group_pattern(single, 5), groups, atol=1e-14)
    cumulative = groups.cumsum().sel(age=[10, 15, 20, 25, 30, 35, 40])  # up to age + 5
    gompits = -np.log(-np.log(cumulative.values))
    printed = [-1.77306, -0.69130, 0.02564, 0.70000, 1.47872, 2.62602, 4.80970]
    np.testing.assert_allclose(gompits, printed, atol=1e-10)
    assert float(groups.sel(age=slice(50, None)).sum()) == 0


def test_relational_gompertz_moves_gompits_along_a_line() -> None:
    standard = census_asfr_pattern(2010)
    moved = relational_gompertz_pattern(-0.2, 1.3, standard=standard)
    check_is_pattern(moved)
    before, after = (-np.log(-np.log(p.cumsum().values[15:49])) for p in (standard, moved))
    np.testing.assert_allclose(after, -0.2 + 1.3 * before, atol=1e-9)
    same = relational_gompertz_pattern(0.0, 1.0, standard=standard)
    np.testing.assert_allclose(same, standard, atol=1e-14)


# What all of them share.

MAKERS = {
    "gamma": lambda v: gamma_pattern(v, 5.5, start=13.0),
    "hadwiger": lambda v: hadwiger_pattern(v, 5.5),
    "quadratic spline": lambda v: quadratic_spline_pattern(15.0, v, half=36.0),
    "relational Gompertz": lambda v: relational_gompertz_pattern(
        (28 - v) / 10, 1.1, standard=booth_standard()
    ),
}


@pytest.mark.parametrize("name", MAKERS)
def test_members_together_are_members_one_by_one(name: str) -> None:
    values = labelled([26.0, 28.0, 30.5])
    values.attrs["sources"] = ["a survey"]
    before = values.copy(deep=True)
    together = MAKERS[name](values)
    assert together.dims == ("draw", "age")
    check_is_pattern(together)
    assert "a survey" in together.attrs["sources"] or name == "relational Gompertz"
    for draw, value in enumerate([26.0, 28.0, 30.5]):
        np.testing.assert_allclose(together.sel(draw=draw), MAKERS[name](value), atol=1e-15)
    xr.testing.assert_identical(values, before)


def test_five_year_groups_are_sums_of_single_years() -> None:
    for make in (
        lambda width: gamma_pattern(28.0, 6.0, start=14.0, width=width),
        lambda width: hadwiger_pattern(28.0, 6.0, width=width),
        lambda width: quadratic_spline_pattern(15.0, 27.0, half=35.0, width=width),
    ):
        xr.testing.assert_allclose(group_pattern(make(1), 5), make(5), atol=1e-14)


def test_parameters_and_standard_of_different_dimensions_broadcast() -> None:
    years = xr.concat([census_asfr_pattern(y) for y in (2010, 2020)], "year")
    standard = years.assign_coords(year=[2010, 2020])
    got = relational_gompertz_pattern(labelled([0.0, 0.1, 0.2]), 1.0, standard=standard)
    assert got.dims == ("year", "draw", "age")
    np.testing.assert_allclose(got.sel(draw=0), standard, atol=1e-14)
    spread = labelled([5.0, 6.0], "year", 2020)
    assert gamma_pattern(labelled([28.0, 29.0]), spread, start=14.0).sizes == {
        "draw": 2,
        "year": 2,
        "age": 101,
    }


@settings(deadline=None, max_examples=40)
@given(st.floats(22, 35), st.floats(3, 7), st.floats(5, 17))
def test_any_gamma_is_a_pattern_of_about_its_mean(mean: float, sd: float, start: float) -> None:
    pattern = gamma_pattern(mean, sd, start=start)
    check_is_pattern(pattern)
    assert float(mean_age_at_birth(pattern)) == pytest.approx(mean, abs=0.3)


@settings(deadline=None, max_examples=100)
@given(st.floats(10, 40), st.floats(0.5, 20), st.floats(0.5, 20))
def test_no_spline_falls_below_zero(start: float, rise: float, fall: float) -> None:
    if start + rise + fall <= 55:
        peak = np.array(start + rise)
        quarters = spline_shares(np.arange(0, 101, 0.25), np.array(start), peak, peak + fall)
        assert quarters.min() > -1e-12
        assert quarters.sum() == pytest.approx(1, abs=1e-9)


# Fitting.


@settings(deadline=None, max_examples=12)
@given(st.floats(24, 33), st.floats(4, 7), st.floats(10, 16), st.sampled_from([1, 5]))
def test_gamma_fitted_to_itself(mean: float, sd: float, start: float, width: int) -> None:
    found = fit_schedule(gamma_pattern(mean, sd, start=start, width=width), "gamma")
    got = [float(found[n]) for n in ("mean_age", "sd", "start")]
    assert got == pytest.approx([mean, sd, start], abs=1e-5)
    assert float(found.dissimilarity) < 1e-9


@settings(deadline=None, max_examples=12)
@given(st.floats(24, 33), st.floats(4, 7), st.sampled_from([1, 5]))
def test_hadwiger_fitted_to_itself(mean: float, sd: float, width: int) -> None:
    found = fit_schedule(hadwiger_pattern(mean, sd, width=width), "hadwiger")
    assert [float(found.mean_age), float(found.sd)] == pytest.approx([mean, sd], abs=1e-7)


@settings(deadline=None, max_examples=12)
@given(st.floats(13, 17), st.floats(8, 13), st.floats(5, 8))
def test_spline_fitted_to_itself(start: float, rise: float, fall: float) -> None:
    own = quadratic_spline_pattern(start, start + rise, half=start + rise + fall)
    found = fit_schedule(own, "quadratic_spline")
    got = [float(found[n]) for n in ("start", "peak", "half")]
    assert got == pytest.approx([start, start + rise, start + rise + fall], abs=1e-5)


@settings(deadline=None, max_examples=12)
@given(st.floats(-0.6, 0.6), st.floats(0.7, 1.5))
def test_relational_gompertz_fitted_to_itself(alpha: float, beta: float) -> None:
    standard = booth_standard()
    own = relational_gompertz_pattern(alpha, beta, standard=standard)
    found = fit_schedule(own, "relational_gompertz", standard=standard)
    assert [float(found.alpha), float(found.beta)] == pytest.approx([alpha, beta], abs=1e-8)


def test_fits_of_china_keep_their_quality() -> None:
    limits = {"gamma": 0.025, "hadwiger": 0.025, "quadratic_spline": 0.03}
    for model, limit in limits.items():
        assert float(fit_schedule(census_asfr_pattern(2020), model).dissimilarity) < limit


def test_members_are_fitted_one_by_one_and_feed_the_schedule() -> None:
    rates = gamma_pattern(labelled([27.0, 29.0], "year", 2020), 5.0, start=12.0) * 1.2
    rates.attrs["sources"] = ["a survey"]
    found = fit_schedule(rates, "gamma")
    assert found.mean_age.dims == ("year",)
    assert found.attrs == {"model": "gamma", "sources": ["a survey"]}
    again = gamma_pattern(found.mean_age, found.sd, start=found.start)
    np.testing.assert_allclose(again * 1.2, rates, atol=1e-9)


# Faults.

BOOTH = booth_standard()
FAULTS = {
    "mean age": (
        lambda: gamma_pattern(60.0, 5.0, start=14.0),
        r"mean_age: 60 at .* is not between 10 and 55",
    ),
    "mean age of a member": (
        lambda: hadwiger_pattern(labelled([28.0, 8.0]), 5.0),
        r"mean_age: 8 at draw=1 is not between 10 and 55",
    ),
    "spread": (lambda: hadwiger_pattern(28.0, 0.0), r"sd: 0 at .* is not above 0"),
    "start": (
        lambda: gamma_pattern(28.0, 5.0, start=28.0),
        r"start: 28 is not below mean_age \(28\)",
    ),
    "width": (lambda: booth_standard(width=10), r"width: 10 is not known\. Use 1 or 5"),
    "spline's start": (
        lambda: quadratic_spline_pattern(5.0, 25.0, half=30.0),
        r"start: 1 value\(s\) are below 10",
    ),
    "spline's half": (
        lambda: quadratic_spline_pattern(15.0, 25.0, half=60.0),
        r"half: 1 value\(s\) are above 55",
    ),
    "spline's peak": (
        lambda: quadratic_spline_pattern(15.0, 35.0, half=30.0),
        r"peak: 35 is not below half \(30\) by 0\.5 or more",
    ),
    "beta": (
        lambda: relational_gompertz_pattern(0.0, -1.0, standard=BOOTH),
        r"beta: -1 at .* is not above 0",
    ),
    "standard": (
        lambda: relational_gompertz_pattern(0.0, 1.0, standard=BOOTH * 2),
        r"standard: sums to 2 at .*, needed is 1\. Use yilao\.fertility\.asfr_pattern",
    ),
    "labels": (
        lambda: gamma_pattern(labelled([28.0, 29.0]), labelled([5.0, 6.0], first=1), start=14.0),
        r"draw: mean_age has 2 labels and sd has 2; they differ in \[0, 2\]",
    ),
    "not a number": (lambda: hadwiger_pattern(28.0, np.nan), r"sd: 1 value\(s\) are missing"),
    "unknown dimension": (
        lambda: hadwiger_pattern(labelled([28.0], "age"), 5.0),
        r"mean_age: dimension 'age' is not known here",
    ),
    "model": (
        lambda: fit_schedule(BOOTH, "beta"),
        r"model: 'beta' is not known\. Known: \['gamma'",
    ),
    "no standard": (
        lambda: fit_schedule(BOOTH, "relational_gompertz"),
        r"standard: it is needed for relational_gompertz, and for no other",
    ),
    "standard not wanted": (
        lambda: fit_schedule(BOOTH, "gamma", standard=BOOTH),
        r"standard: it is needed for relational_gompertz, and for no other",
    ),
    "standards of years": (
        lambda: fit_schedule(BOOTH, "relational_gompertz", standard=BOOTH.expand_dims(year=[1])),
        r"standard: one pattern \(age\) is needed",
    ),
    "standard at other ages": (
        lambda: fit_schedule(BOOTH.sel(age=slice(10, 49)), "relational_gompertz", standard=BOOTH),
        r"age: observed has 40 labels and standard has 101",
    ),
    "negative rates": (lambda: fit_schedule(-BOOTH, "gamma"), r"asfr: .* value\(s\) are negative"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults(fault: str) -> None:
    call, message = FAULTS[fault]
    with pytest.raises(SchemaError, match=message):
        call()
