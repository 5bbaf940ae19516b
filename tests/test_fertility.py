"""The national age pattern of fertility, and a place's level beside the nation's."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from yilao import facts
from yilao.fertility import LAST_ESTIMATE, relative_level, tfr_path, wpp_annual, wpp_asfr_pattern
from yilao.schema import SEXES, FactsError, SchemaError, YilaoError, check_variable

EDITIONS = ("2022", "2024")
FIRST_YEAR = {"2022": 2002, "2024": 2005}


def periods(edition: str) -> dict[int, list[tuple[int, int, float]]]:
    """Groups (low, high, share) of every period of the edition, by the year it centres on."""
    frame = facts.series(f"wpp{edition}_percent_asfr.csv")
    result: dict[int, list[tuple[int, int, float]]] = {}
    for row in frame.itertuples():
        mid = int((row.period_start + row.period_end - 1) // 2)
        assert (row.period_start + row.period_end - 1) % 2 == 0
        result.setdefault(mid, []).append((int(row.age_low), int(row.age_high), row.value))
    return result


# The pattern.


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_pattern_sums_to_1_and_is_never_negative(edition: str) -> None:
    pattern = wpp_asfr_pattern(edition, range(FIRST_YEAR[edition], 2051))
    check_variable(pattern, "asfr_pattern")
    np.testing.assert_allclose(pattern.sum("age"), 1, rtol=1e-12)
    assert (pattern.values >= 0).all()
    assert float(pattern.sel(age=slice(0, 9)).max()) == 0
    assert float(pattern.sel(age=slice(55, None)).max()) == 0
    assert set(pattern.idxmax("age").values) <= set(range(23, 33))


@pytest.mark.parametrize("edition", EDITIONS)
def test_groups_have_the_shares_of_the_edition(edition: str) -> None:
    table = periods(edition)
    pattern = wpp_asfr_pattern(edition, sorted(table))
    for year, groups in table.items():
        printed = sum(share for _, _, share in groups)
        assert printed == pytest.approx(100, abs=1e-3)
        for low, high, share in groups:
            got = float(pattern.sel(year=year, age=slice(low, high)).sum())
            assert got == pytest.approx(share / printed, abs=1e-12)


def test_between_two_periods_the_pattern_is_between_theirs() -> None:
    at = wpp_asfr_pattern("2022", [2017, 2018, 2022])
    between = at.sel(year=2017) * 0.8 + at.sel(year=2022) * 0.2
    np.testing.assert_allclose(at.sel(year=2018), between, atol=1e-15)


@pytest.mark.parametrize("edition", EDITIONS)
def test_beyond_the_last_period_the_pattern_stays(edition: str) -> None:
    last = max(periods(edition))
    pattern = wpp_asfr_pattern(edition, [last, last + 1, last + 3])
    for year in pattern["year"].values:
        np.testing.assert_array_equal(pattern.sel(year=year), pattern.sel(year=last))


def test_the_pattern_is_labelled_and_its_own() -> None:
    pattern = wpp_asfr_pattern("2024", [2030, 2021])
    assert pattern["year"].values.tolist() == [2030, 2021]
    assert pattern.attrs["units"] == "1"
    assert pattern.attrs["sources"] == [facts.source("wpp2024_percent_asfr.csv")]
    pattern[:] = -1  # a caller may write into its own copy
    assert float(wpp_asfr_pattern("2024", [2030]).min()) == 0


@pytest.mark.parametrize("years", [[2001], [2060], [2030, 1990]])
def test_years_that_are_not_packaged(years: list[int]) -> None:
    with pytest.raises(
        YilaoError,
        match=rf"^fertility: WPP 2022 is packaged for 2002 to 2050, asked are {min(years)} to "
        rf"{max(years)}\. Give your own pattern",
    ):
        wpp_asfr_pattern("2022", years)


def test_an_edition_that_is_not_packaged() -> None:
    with pytest.raises(FactsError, match=r"^wpp2019_percent_asfr\.csv: not in manifest\.csv"):
        wpp_asfr_pattern("2019", [2020])
    with pytest.raises(FactsError, match=r"^wpp2019_tfr\.csv: not in manifest\.csv"):
        wpp_annual("2019", "tfr")


# The annual series and the path of the level.


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_annual_series_is_that_of_the_file(edition: str) -> None:
    tfr = wpp_annual(edition, "tfr")
    assert tfr.name == "tfr"
    assert tfr.index.is_monotonic_increasing
    assert tfr.index[0] == 2000
    assert tfr[2000] == 1.628053
    srb = wpp_annual(edition, "sex_ratio_at_birth")
    assert srb.between(1.04, 1.20).all()


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_last_estimate_is_marked_so_in_the_file(edition: str) -> None:
    frame = facts.series(f"wpp{edition}_tfr.csv")
    estimates = frame.loc[frame["kind"] == "estimate", "year"]
    assert estimates.max() == LAST_ESTIMATE[edition]


@pytest.mark.parametrize("edition", EDITIONS)
def test_fertility_is_held_after_the_last_estimate(edition: str) -> None:
    last = LAST_ESTIMATE[edition]
    path = tfr_path(edition, 1.0, range(2010, 2051))
    check_variable(path, "tfr")
    national = wpp_annual(edition, "tfr")
    for year in range(2010, last + 1):
        assert float(path.sel(year=year)) == national[year]
    assert (path.sel(year=slice(last, None)) == national[last]).all()
    assert path.attrs["sources"] == [facts.source(f"wpp{edition}_tfr.csv")]


@settings(deadline=None, max_examples=30)
@given(st.floats(0.1, 3))
def test_the_path_is_proportional_to_the_level(relative: float) -> None:
    one, other = (tfr_path("2024", r, range(2015, 2031)) for r in (1.0, relative))
    np.testing.assert_allclose(other, relative * one, rtol=1e-14)


@pytest.mark.parametrize("relative", [-0.1, np.nan, np.inf])
def test_a_level_that_is_none(relative: float) -> None:
    with pytest.raises(SchemaError, match=r"^relative: .* is not a level of 0 or above"):
        tfr_path("2024", relative, [2020])


def test_no_years_have_no_pattern() -> None:
    with pytest.raises(YilaoError, match=r"^years: none are given"):
        wpp_asfr_pattern("2024", [])


# The level of a place beside the nation.


def population(values: np.ndarray) -> xr.DataArray:
    return xr.DataArray(
        values,
        dims=("sex", "age"),
        coords={"sex": list(SEXES), "age": np.arange(values.shape[1])},
        attrs={"units": "persons", "basis": "resident"},
    )


@pytest.fixture(scope="module")
def pattern() -> xr.DataArray:
    return wpp_asfr_pattern("2022", [2020]).sel(year=2020, drop=True)


people = st.lists(st.floats(1, 1e6), min_size=202, max_size=202).map(
    lambda v: population(np.reshape(v, (2, 101)))
)


@settings(deadline=None, max_examples=30)
@given(nation=people, place=people, scale=st.floats(0.01, 100))
def test_identities_of_the_level(
    pattern: xr.DataArray, nation: xr.DataArray, place: xr.DataArray, scale: float
) -> None:
    before = [a.copy(deep=True) for a in (place, nation, pattern)]
    level = relative_level(place, nation, pattern)
    for now, then in zip((place, nation, pattern), before, strict=True):
        xr.testing.assert_identical(now, then)
    assert level > 0
    assert relative_level(nation, nation, pattern) == 1
    assert relative_level(nation * scale, nation, pattern) == pytest.approx(1, rel=1e-12)
    assert relative_level(nation, place, pattern) == pytest.approx(1 / level, rel=1e-12)
    more = place.copy()
    more.loc[{"age": 0}] = place.sel(age=0) * 2  # the pattern is 0 at ages 0 and 1
    assert relative_level(more, nation, pattern) == pytest.approx(2 * level, rel=1e-12)


def test_the_level_by_hand() -> None:
    # Two women at 1 and four at 2 were half a year younger: three at 1, all births at 1.
    pattern = xr.DataArray([0.0, 1.0, 0.0], dims="age", coords={"age": range(3)})
    nation = population(np.array([[1.0, 2.0, 4.0], [2.0, 9.0, 9.0]]))
    place = population(np.array([[1.0, 1.0, 1.0], [1.0, 9.0, 9.0]]))
    assert relative_level(place, nation, pattern) == pytest.approx((2 / 1) / (3 / 3))


@pytest.mark.parametrize(
    ("which", "change", "message"),
    [
        (0, lambda a: a.expand_dims(area=["a"]), r"^place: dimension 'area' is not known here"),
        (0, lambda a: a.isel(sex=[1, 0]), r"^place: sex is \['male', 'female'\]"),
        (0, lambda a: a.where(a.age != 2), r"^place: 2 value\(s\) are missing"),
        (1, lambda a: -a, r"^nation: 6 value\(s\) are negative"),
        (0, lambda a: a.isel(age=[2, 1, 0]), r"^age: place has 3 labels and pattern has 3; the"),
        (1, lambda a: a.isel(age=[0, 1]), r"^age: nation has 2 labels and pattern has 3"),
        (0, lambda a: a.where(a.age > 0, 0.0), r"^place: nobody is under one year old"),
        (1, lambda a: a.where(a.age > 0, 0.0), r"^nation: nobody is under one year old"),
        (0, lambda a: a.where(a.age < 1, 0.0), r"^place: no women are at the ages of the pattern"),
        (2, lambda a: 2 * a, r"^pattern: sums to 2"),
        (2, lambda a: a.expand_dims(year=[2020]), r"^pattern: dimension 'year' is not known"),
    ],
)
def test_faults_of_the_level(
    which: int, change: Callable[[xr.DataArray], xr.DataArray], message: str
) -> None:
    pattern = xr.DataArray([0.0, 1.0, 0.0], dims="age", coords={"age": range(3)})
    given = [population(np.ones((2, 3))), population(np.ones((2, 3))), pattern]
    given[which] = change(given[which])
    with pytest.raises(SchemaError, match=message):
        relative_level(*given)
