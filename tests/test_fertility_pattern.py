"""Rates, patterns and their measures; patterns moved, split and drawn towards a norm."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from yilao.fertility import (
    asfr,
    asfr_pattern,
    booth_standard,
    census_asfr,
    census_asfr_pattern,
    converge_pattern,
    gamma_pattern,
    gross_reproduction_rate,
    group_pattern,
    mean_age_at_birth,
    net_reproduction_rate,
    relational_gompertz_pattern,
    single_year_asfr,
    tempo_adjusted_tfr,
    total_fertility,
    with_mean_age,
    wpp_asfr_pattern,
)
from yilao.schema import SchemaError, check_variable

UNIT = {"units": "births per woman per year"}


def rates(values: object, ages: object, **dims: object) -> xr.DataArray:
    return xr.DataArray(values, dims=(*dims, "age"), coords={**dims, "age": list(ages)}, attrs=UNIT)


def five_year(values: list[float]) -> xr.DataArray:
    return rates(values, range(15, 15 + 5 * len(values), 5))


random_patterns = st.lists(st.floats(0.001, 1), min_size=5, max_size=35).map(
    lambda v: asfr_pattern(rates(v, range(15, 15 + len(v))))
)


# Measures.


def test_measures_by_hand() -> None:
    f = five_year([0.01, 0.06, 0.09, 0.04])
    assert float(total_fertility(f)) == pytest.approx(1.0)
    mean = 0.05 * 17.5 + 0.30 * 22.5 + 0.45 * 27.5 + 0.20 * 32.5
    assert float(mean_age_at_birth(f)) == pytest.approx(mean)
    assert float(gross_reproduction_rate(f, 1.0)) == pytest.approx(0.5)
    lx = rates([4.5, 4.0, 3.5, 3.0], [15, 20, 25, 30]).assign_attrs(units="years")
    daughters = (0.01 * 4.5 + 0.06 * 4 + 0.09 * 3.5 + 0.04 * 3) / 2.1
    assert float(net_reproduction_rate(f, 1.1, lx)) == pytest.approx(daughters)
    assert total_fertility(f).attrs["units"] == "births per woman"
    assert gross_reproduction_rate(f, 1.0).attrs["units"] == "daughters per woman"


def test_without_deaths_the_net_is_the_gross_rate() -> None:
    f = census_asfr(2010)
    ratio = xr.DataArray([1.05, 1.18], dims="draw", coords={"draw": [0, 1]})
    both = xr.DataArray(
        np.ones((2, 101)), dims=("sex", "age"), coords={"sex": ["female", "male"], "age": f.age}
    )
    gross = gross_reproduction_rate(f, ratio)
    np.testing.assert_allclose(net_reproduction_rate(f, ratio, both), gross, rtol=1e-14)


def test_tempo_takes_a_steady_shift_out() -> None:
    """Bongaarts and Feeney: a schedule that moves by r a year shows TFR (1 - r)."""
    r, years = 0.1, np.arange(2000, 2010)
    mean = xr.DataArray(27 + r * (years - 2000), dims="year", coords={"year": years})
    # Moved as a whole, so that its mean rises by exactly r.
    moving = with_mean_age(gamma_pattern(27.0, 5.0, start=14.0), mean, method="shift")
    observed = asfr(2.0 * (1 - r), moving)
    before = observed.copy(deep=True)
    adjusted = tempo_adjusted_tfr(observed)
    assert adjusted["year"].values.tolist() == years[1:-1].tolist()
    np.testing.assert_allclose(adjusted, 2.0, rtol=1e-9)
    xr.testing.assert_identical(observed, before)


def test_tempo_without_parity_is_not_believable_when_second_births_rise() -> None:
    years = range(2015, 2020)
    china = asfr(1.8, wpp_asfr_pattern("2024", years))
    assert float(tempo_adjusted_tfr(china).sel(year=2017)) > 2.1


# Level, pattern, mean age.


@settings(deadline=None, max_examples=40)
@given(random_patterns, st.floats(0, 8))
def test_rates_have_the_level_they_are_given(pattern: xr.DataArray, level: float) -> None:
    made = asfr(level, pattern)
    assert float(total_fertility(made)) == pytest.approx(level, rel=1e-12, abs=1e-15)
    if level > 0.01:
        xr.testing.assert_allclose(asfr_pattern(made), pattern, rtol=1e-12)


def test_the_united_nations_convention() -> None:
    """A five-year rate is TFR x PASFR / 100 / 5, in every year of the interval."""
    percent = xr.DataArray(
        [5.0, 30.0, 40.0, 20.0, 5.0], dims="age", coords={"age": range(15, 40, 5)}
    )
    made = asfr(1.5, asfr_pattern(percent))
    np.testing.assert_allclose(made, 1.5 * percent / 100 / 5, rtol=1e-14)


def test_the_pattern_fits_the_projection() -> None:
    years = [2025, 2026]
    pattern = asfr_pattern(census_asfr_pattern(2020)).expand_dims(year=years)
    check_variable(pattern.assign_attrs(units="1"), "asfr_pattern")
    level = xr.DataArray([1.0, 1.1], dims="year", coords={"year": years})
    made = asfr(level, census_asfr_pattern(2020), mean_age=29.0)
    assert made.dims == ("year", "age")
    check_variable(made, "asfr")


@settings(deadline=None, max_examples=60)
@given(random_patterns, st.floats(0.03, 0.97))
def test_any_mean_age_within_the_ages_is_met(pattern: xr.DataArray, share: float) -> None:
    first, last = (float(pattern.age[i]) + 0.5 for i in (0, -1))
    target = first + share * (last - first)
    before = pattern.copy(deep=True)
    moved = with_mean_age(pattern, target)
    assert float(mean_age_at_birth(moved)) == pytest.approx(target, abs=1e-10)
    assert float(moved.sum()) == pytest.approx(1, abs=1e-12)
    assert (moved >= 0).all()
    xr.testing.assert_identical(pattern, before)


@settings(deadline=None, max_examples=40)
@given(st.floats(-6, 6))
def test_a_shift_is_exact_and_keeps_the_spread(years: float) -> None:
    pattern = gamma_pattern(28.0, 5.0, start=12.0)
    target = float(mean_age_at_birth(pattern)) + years
    moved = with_mean_age(pattern, target, method="shift")
    assert float(mean_age_at_birth(moved)) == pytest.approx(target, abs=1e-10)
    middle = pattern.age + 0.5
    variance = [float((p * (middle - (p * middle).sum()) ** 2).sum()) for p in (pattern, moved)]
    assert -1e-9 < variance[1] - variance[0] < 0.25 + 1e-9


def test_a_whole_shift_moves_the_labels() -> None:
    pattern = census_asfr_pattern(2020)
    moved = with_mean_age(pattern, float(mean_age_at_birth(pattern)) + 2, method="shift")
    np.testing.assert_allclose(moved[2:], pattern[:-2], atol=1e-13)


def test_the_relational_move_is_the_relational_gompertz() -> None:
    pattern = census_asfr_pattern(2020)
    other = relational_gompertz_pattern(-0.4, 1.0, standard=pattern)
    moved = with_mean_age(pattern, float(mean_age_at_birth(other)))
    np.testing.assert_allclose(moved, other, atol=1e-11)


@pytest.mark.parametrize("method", ["relational", "shift"])
def test_members_are_moved_together(method: str) -> None:
    years = wpp_asfr_pattern("2024", [2010, 2020])
    wanted = xr.DataArray([27.0, 28.0, 29.5], dims="draw", coords={"draw": range(3)})
    moved = with_mean_age(years, wanted, method=method)
    assert moved.dims == ("year", "draw", "age")
    np.testing.assert_allclose(
        mean_age_at_birth(moved), np.broadcast_to(wanted, (2, 3)), atol=1e-10
    )
    one = with_mean_age(years.sel(year=2020, drop=True), 28.0, method=method)
    np.testing.assert_allclose(moved.sel(year=2020, draw=1), one, atol=1e-12)


# Groups to single years.

group_rates = st.lists(
    st.integers(0, 300_000).map(lambda v: v / 1e6), min_size=3, max_size=8
).filter(lambda v: sum(v) > 0.01)


@settings(deadline=None, max_examples=40)
@given(group_rates, st.sampled_from(["monotone", "smooth"]))
def test_groups_and_level_stay_exact(values: list[float], method: str) -> None:
    groups = five_year(values)
    single = single_year_asfr(groups, method=method)
    assert (single >= 0).all()
    for low, value in zip(groups.age.values, values, strict=True):
        mean = float(single.sel(age=slice(low, low + 4)).mean())
        assert mean == pytest.approx(value, rel=1e-12, abs=1e-16)
    assert float(total_fertility(single)) == pytest.approx(float(total_fertility(groups)))
    assert float(single.sel(age=slice(0, 14)).sum()) == 0


@pytest.mark.parametrize(("method", "wrong"), [("monotone", 0.036), ("smooth", 0.02)])
def test_single_years_come_near_those_observed(method: str, wrong: float) -> None:
    seen = census_asfr_pattern(2020)
    groups = asfr(1.3, group_pattern(seen, 5)).sel(age=slice(15, 49))
    single = single_year_asfr(groups, method=method)
    assert float(abs(single / 1.3 - seen).sum()) / 2 < wrong


def test_groups_of_members_are_split_alike() -> None:
    groups = rates([[0.01, 0.08, 0.06], [0.02, 0.05, 0.01]], [15, 20, 25], year=[2000, 2001])
    for method in ("monotone", "smooth"):
        both = single_year_asfr(groups, method=method)
        one = single_year_asfr(groups.isel(year=1, drop=True), method=method)
        np.testing.assert_allclose(both.sel(year=2001), one, atol=1e-15)


# Towards a norm.


def bayespop(
    first: np.ndarray, last: np.ndarray, norm: np.ndarray, t0: int, t1: int, end: int, year: int
) -> np.ndarray:
    """One year of kantorova.pasfr, step by step."""

    def logit(p: float) -> float:
        return float(np.log(p / (1 - p)))

    def lifted(p: np.ndarray) -> np.ndarray:
        return np.maximum(p, 1e-6) / np.maximum(p, 1e-6).sum()

    pe, pr = lifted(first), lifted(last)
    tau = min((year - t1) / (end - t1), 1)
    a1, a2, mixed = (np.zeros(len(norm)) for _ in range(3))
    for i in range(len(norm)):
        to_norm = logit(pr[i]) + tau * (logit(norm[i]) - logit(pr[i]))
        onward = logit(pr[i]) + (year - t1) / (t1 - t0) * (logit(pr[i]) - logit(pe[i]))
        a1[i], a2[i] = np.exp(to_norm) / (1 + np.exp(to_norm)), 1 / (1 + np.exp(-onward))
    a1, a2 = a1 / a1.sum(), a2 / a2.sum()
    for i in range(len(norm)):
        z = tau * logit(a1[i]) + (1 - tau) * logit(a2[i])
        mixed[i] = 1 / (1 + np.exp(-z))
    return mixed / mixed.sum()


def test_convergence_is_that_of_bayespop() -> None:
    known = wpp_asfr_pattern("2024", [2010, 2024]).sel(age=slice(10, 54))
    norm = wpp_asfr_pattern("2024", [2045]).sel(age=slice(10, 54)).isel(year=0, drop=True)
    years = [2025, 2030, 2040, 2050]
    got = converge_pattern(known, norm, years=years, reached=2045)
    fertile = norm.values > 0
    expected = np.array(
        [
            bayespop(*known.values[:, fertile], norm.values[fertile], 2010, 2024, 2045, y)
            for y in years
        ]
    )
    mean = expected @ norm.age.values[fertile]
    top = int(mean.argmax())
    if mean[top] > float((norm * norm.age).sum()):
        expected[top:] = expected[top]
    np.testing.assert_allclose(got.values[:, fertile], expected, atol=1e-14)
    np.testing.assert_allclose(got.sum("age"), 1, rtol=1e-12)


def test_the_norm_is_reached_and_kept_when_the_mean_age_stays_below() -> None:
    known = xr.concat([census_asfr_pattern(2010)] * 2, "year").assign_coords(year=[2005, 2010])
    norm = with_mean_age(census_asfr_pattern(2010), 31.0)
    got = converge_pattern(known, norm, years=range(2011, 2031), reached=2025)
    np.testing.assert_allclose(got.sel(year=slice(2025, None)), np.tile(norm, (6, 1)), atol=1e-12)
    assert (np.diff(mean_age_at_birth(got))[:14] > 0).all()


def test_the_oldest_pattern_is_kept_when_it_is_above_the_norm() -> None:
    known = xr.concat(
        [with_mean_age(census_asfr_pattern(2020), a) for a in (27.0, 29.5)], "year"
    ).assign_coords(year=[2010, 2020])
    norm = with_mean_age(census_asfr_pattern(2020), 30.0)
    mean = mean_age_at_birth(converge_pattern(known, norm, years=range(2021, 2061), reached=2060))
    assert float(mean.max()) > 30.0
    top = int(mean.values.argmax())
    assert 0 < top < 39
    np.testing.assert_array_equal(mean[top:], mean[top])


def test_areas_converge_one_by_one() -> None:
    one = wpp_asfr_pattern("2024", [2010, 2020])
    two = xr.concat([with_mean_age(one, 27.0), one], "area").assign_coords(area=["a", "b"])
    norm = wpp_asfr_pattern("2024", [2045]).isel(year=0, drop=True)
    before = two.copy(deep=True)
    got = converge_pattern(two, norm, years=[2030], reached=2040)
    assert got.dims == ("area", "year", "age")
    alone = converge_pattern(one, norm, years=[2030], reached=2040)
    np.testing.assert_allclose(got.sel(area="b"), alone, atol=1e-15)
    xr.testing.assert_identical(two, before)


# Faults.

CHINA = census_asfr(2010)
PATTERN = census_asfr_pattern(2020)
KNOWN = wpp_asfr_pattern("2024", [2010, 2020])
NORM = KNOWN.isel(year=1, drop=True)
YEARS = xr.DataArray([1.0, 1.1], dims="year", coords={"year": [2020, 2021]})
LX = xr.DataArray(np.ones(101), dims="age", coords={"age": range(101)})


def converge(known: xr.DataArray = KNOWN, norm: xr.DataArray = NORM, **keys: object) -> object:
    return converge_pattern(known, norm, **{"years": [2030], "reached": 2040, **keys})


FAULTS = {
    "negative": (lambda: total_fertility(-CHINA), r"asfr: .* value\(s\) are negative"),
    "missing": (
        lambda: total_fertility(CHINA.where(CHINA.age != 30)),
        r"asfr: 1 value\(s\) are missing",
    ),
    "unit": (lambda: total_fertility(CHINA.assign_attrs(units="per 1000")), r"asfr: the unit is"),
    "gap": (lambda: total_fertility(CHINA.drop_sel(age=20)), r"asfr: age must hold the lower"),
    "no ages": (lambda: mean_age_at_birth(YEARS), r"asfr: dimension 'age' is missing"),
    "nothing": (lambda: mean_age_at_birth(CHINA * 0), r"asfr: every rate is 0 at .*no mean age"),
    "sex ratio": (lambda: gross_reproduction_rate(CHINA, -1.0), r"srb: 1 value\(s\) are negative"),
    "radix": (
        lambda: net_reproduction_rate(CHINA, 1.1, LX * 1e5),
        r"Lx: more than 1 years in a group at age=0\. Divide the table by its radix",
    ),
    "ages of the table": (
        lambda: net_reproduction_rate(CHINA, 1.1, LX[:-1]),
        r"age: asfr has 101 labels and Lx has 100",
    ),
    "width of the table": (
        lambda: net_reproduction_rate(CHINA, 1.1, LX[::5]),
        r"Lx: its age groups are not as wide",
    ),
    "tempo of one year": (lambda: tempo_adjusted_tfr(CHINA), r"asfr: tempo needs three or more"),
    "tempo with a gap": (
        lambda: tempo_adjusted_tfr(asfr(1.0, wpp_asfr_pattern("2024", [2010, 2012, 2013]))),
        r"asfr: years must follow each other without a gap",
    ),
    "level": (lambda: asfr(-1.0, PATTERN), r"tfr: 1 value\(s\) are negative"),
    "pattern": (lambda: asfr(1.0, CHINA), r"pattern: sums to 1\.18787 at"),
    "years": (
        lambda: asfr(YEARS, KNOWN),
        r"year: tfr has 2 labels and pattern has 2; they differ in \[2010, 2021\]",
    ),
    "mean age": (
        lambda: asfr(1.0, PATTERN, mean_age=14.0),
        r"mean_age: 14 at .* is out of reach of the pattern, whose mothers are 15\.5 to 49\.5",
    ),
    "mean age of a member": (
        lambda: with_mean_age(PATTERN, YEARS * 30 + 18),
        r"mean_age: 51 at year=2021 is out of reach",
    ),
    "shift": (
        lambda: with_mean_age(PATTERN[15:50], 33.0, method="shift"),
        r"mean_age: 33 at .* would shift mothers out of the ages",
    ),
    "method": (
        lambda: with_mean_age(PATTERN, 30.0, method="scale"),
        r"method: 'scale' is not known\. Use 'relational' or 'shift'",
    ),
    "groups of groups": (
        lambda: group_pattern(booth_standard(width=5), 10),
        r"pattern: single years of age from 0",
    ),
    "method of splitting": (
        lambda: single_year_asfr(five_year([0.1, 0.2]), method="sprague"),
        r"method: 'sprague' is not known\. Use 'monotone' or 'smooth'",
    ),
    "too old": (
        lambda: single_year_asfr(rates([0.1, 0.1], [95, 100])),
        r"asfr: a group ends at 105; mothers are below 100",
    ),
    "negative groups": (lambda: single_year_asfr(five_year([0.1, -0.2])), r"are negative"),
    "one year observed": (lambda: converge(KNOWN[:1]), r"observed: two or more ascending years"),
    "norms": (lambda: converge(norm=KNOWN), r"norm: one pattern \(age\) is needed"),
    "years before": (lambda: converge(years=[2015]), r"years: ascending years after 2020"),
    "reached before": (lambda: converge(reached=2020), r"reached: 2020 is not after the last"),
    "norm too narrow": (
        lambda: converge(norm=PATTERN),
        r"norm: it has no fertility where observed has some, at year=2010, age=10",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults(fault: str) -> None:
    call, message = FAULTS[fault]
    with pytest.raises(SchemaError, match=message):
        call()


def test_a_mean_age_that_leaps_has_no_tempo() -> None:
    means = xr.DataArray([25.0, 27.0, 29.0], dims="year", coords={"year": [2000, 2001, 2002]})
    with pytest.raises(SchemaError, match=r"asfr: the mean age rises by 2 years a year at year=20"):
        tempo_adjusted_tfr(asfr(1.0, with_mean_age(PATTERN, means)))
