"""Life tables against another program, Brass's model, and the WPP standard."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from yilao import facts, mortality
from yilao.mortality import (
    brass,
    brass_model,
    graduate_mx,
    infant_a0,
    life_expectancy,
    life_table,
    parameter_at,
    survival_ratios,
    wpp_mx,
)
from yilao.schema import SEXES, FactsError, SchemaError, YilaoError

GOLDEN = Path(__file__).parent / "golden" / "mortcast"
EDITIONS = ("2022", "2024")


def rates(values: object, **attrs: object) -> xr.DataArray:
    array = np.asarray(values, dtype=float)
    return xr.DataArray(
        array,
        dims=("sex", "age"),
        coords={"sex": list(SEXES), "age": np.arange(array.shape[1])},
        attrs=attrs,
    )


@pytest.fixture(scope="module")
def golden() -> dict[str, pd.DataFrame]:
    return {s: pd.read_csv(GOLDEN / f"lifetable_1x1_{s}.csv", index_col="age") for s in SEXES}


@pytest.fixture(scope="module")
def standard() -> xr.DataArray:
    return wpp_mx("2022", [2020]).isel(year=0, drop=True)


def unchanged(call: Callable[..., object], *arrays: object, **named: object) -> object:
    """Call, then make sure that the arrays are what they were."""
    before = [a.copy(deep=True) if isinstance(a, xr.DataArray | xr.Dataset) else a for a in arrays]
    result = call(*arrays, **named)
    for now, then in zip(arrays, before, strict=True):
        if isinstance(now, xr.DataArray | xr.Dataset):
            xr.testing.assert_identical(now, then)
    return result


# Life tables.


def test_life_table_is_mortcasts(golden: dict[str, pd.DataFrame]) -> None:
    mx = rates([golden[s]["mx"] for s in SEXES])
    table = unchanged(life_table, mx)
    for sex in SEXES:
        for column in ("qx", "lx", "Lx", "ex"):
            np.testing.assert_allclose(
                table[column].sel(sex=sex), golden[sex][column], rtol=1e-10, err_msg=column
            )
    ratio = unchanged(survival_ratios, table)
    for sex in SEXES:
        np.testing.assert_allclose(ratio.sel(sex=sex), golden[sex]["sx"], rtol=1e-10)


def test_infant_a0_is_mortcasts_and_jumps_where_the_rule_does(
    golden: dict[str, pd.DataFrame],
) -> None:
    m0 = np.array([golden[s]["mx"][0] for s in SEXES])
    np.testing.assert_allclose(infant_a0(m0), [golden[s]["ax"][0] for s in SEXES], rtol=1e-12)
    # female, male: below the first cut, between the cuts, above the second
    got = infant_a0(np.array([[0.01, 0.01], [0.05, 0.05], [0.1, 0.1]]))
    wanted = [
        [0.14903 - 2.05527 * 0.01, 0.14929 - 1.99545 * 0.01],
        [0.04667 + 3.88089 * 0.05, 0.02832 + 3.26021 * 0.05],
        [0.31411, 0.29915],
    ]
    np.testing.assert_allclose(got, wanted, rtol=1e-14)
    # a rate on a cut belongs to the piece above it
    np.testing.assert_allclose(
        infant_a0(np.array([0.01724, 0.0230])),
        [0.04667 + 3.88089 * 0.01724, 0.02832 + 3.26021 * 0.0230],
        rtol=1e-14,
    )


mx_tables = st.lists(st.floats(-12.0, 0.0), min_size=8, max_size=8).map(
    lambda logs: rates(np.exp(logs).reshape(2, 4))
)


@settings(deadline=None, max_examples=60)
@given(mx_tables)
def test_identities_of_a_life_table(mx: xr.DataArray) -> None:
    table = unchanged(life_table, mx)
    lx, big_l, m = table["lx"].values, table["Lx"].values, mx.values
    died = np.append(-np.diff(lx, axis=1), lx[:, -1:], axis=1)
    np.testing.assert_allclose(died, m * big_l, rtol=1e-10)  # deaths are rate times person-years
    np.testing.assert_allclose(big_l.sum(axis=1), table["ex"].isel(age=0), rtol=1e-12)
    np.testing.assert_allclose(table["ex"].isel(age=-1), 1 / m[:, -1], rtol=1e-12)
    np.testing.assert_allclose(table["qx"] * table["lx"], died, rtol=1e-10)
    assert (lx[:, 0] == 1).all()
    ratio = survival_ratios(table).values
    assert (ratio > 0).all()
    assert (ratio <= 1).all()
    # with those ratios a population in the shape of Lx stays as it is
    moved = np.append(ratio[:, :1], big_l[:, :-1] * ratio[:, 1:], axis=1)
    moved[:, -1] = (big_l[:, -2] + big_l[:, -1]) * ratio[:, -1]
    np.testing.assert_allclose(moved, big_l, rtol=1e-12)


def test_tables_of_several_years_are_those_of_each_year() -> None:
    mx = wpp_mx("2022", [2010, 2030])
    together = life_table(mx)
    for year in (2010, 2030):
        xr.testing.assert_allclose(together.sel(year=year), life_table(mx.sel(year=year)), rtol=0)


def test_the_order_of_dimensions_does_not_matter(standard: xr.DataArray) -> None:
    turned = standard.transpose("age", "sex")
    xr.testing.assert_identical(life_table(turned), life_table(standard))


def test_sources_are_kept(standard: xr.DataArray) -> None:
    assert len(standard.attrs["sources"]) == 2
    table = life_table(standard)
    assert table.attrs["sources"] == standard.attrs["sources"]
    ratio = survival_ratios(table)
    assert ratio.attrs == {"units": "1", "sources": standard.attrs["sources"]}


def test_survival_ratios_of_every_year_lie_in_0_to_1() -> None:
    for edition in EDITIONS:
        ratio = survival_ratios(life_table(wpp_mx(edition, range(2002, 2051))))
        assert float(ratio.min()) > 0
        assert float(ratio.max()) <= 1


@pytest.mark.parametrize("bad", [0.0, -0.001])
def test_a_rate_that_is_not_above_0(standard: xr.DataArray, bad: float) -> None:
    broken = standard.copy()
    broken.loc[{"sex": "male", "age": 30}] = bad
    with pytest.raises(SchemaError, match=r"^mx: every death rate must be above 0\. Smooth or ex"):
        life_table(broken)


def test_a_missing_rate_is_named(standard: xr.DataArray) -> None:
    broken = standard.copy()
    broken.loc[{"sex": "male", "age": 30}] = np.nan
    with pytest.raises(SchemaError, match=r"^mx: 1 value\(s\) are missing.*at sex=male, age=30"):
        life_table(broken)


def test_a_rate_that_leaves_nobody(standard: xr.DataArray) -> None:
    broken = standard.copy()
    broken.loc[{"sex": "male", "age": 99}] = 2.1
    with pytest.raises(SchemaError, match=r"a rate above 2 leaves no survivors\. Close the table"):
        life_table(broken)
    broken = standard.copy()
    broken.loc[{"sex": "male", "age": 100}] = 2.1  # the open group may die that quickly
    assert float(life_table(broken)["ex"].sel(sex="male", age=100)) == pytest.approx(1 / 2.1)


def test_a_table_without_sex_or_of_groups(standard: xr.DataArray) -> None:
    with pytest.raises(SchemaError, match=r"^mx: dimension 'sex' is missing"):
        life_table(standard.sel(sex="male", drop=True))
    with pytest.raises(SchemaError, match=r"^mx: dimension 'age' is missing"):
        life_table(standard.rename(age="age_low"))


def test_a_table_with_men_first(standard: xr.DataArray) -> None:
    with pytest.raises(SchemaError, match=r"^mx: sex is \['male', 'female'\]"):
        life_table(standard.isel(sex=[1, 0]))


def test_a_table_with_a_missing_age(standard: xr.DataArray) -> None:
    with pytest.raises(SchemaError, match=r"^mx: age 1 is missing"):
        life_table(standard.sel(age=slice(0, 100, 5)))


# The relational model.


def test_brass_of_0_is_the_identity(standard: xr.DataArray) -> None:
    same = unchanged(brass, standard, 0.0)
    np.testing.assert_allclose(same, standard, rtol=1e-12)


def test_brass_moves_the_logits_by_alpha(standard: xr.DataArray) -> None:
    def logit(mx: xr.DataArray) -> np.ndarray:
        lx = life_table(mx)["lx"].values[:, 1:]
        return np.log((1 - lx) / lx) / 2

    for alpha in (-0.7, 0.3):
        moved = logit(brass(standard, alpha)) - logit(standard)
        np.testing.assert_allclose(moved, alpha, atol=1e-9)


@settings(deadline=None, max_examples=40)
@given(a=st.floats(-1.5, 1.5), b=st.floats(-1.5, 1.5))
def test_mortality_rises_with_alpha(standard: xr.DataArray, a: float, b: float) -> None:
    low, high = sorted((a, b))
    if high - low < 1e-3:
        high = low + 1e-3
    less, more = brass(standard, low), brass(standard, high)
    assert (more.values[:, :-1] > less.values[:, :-1]).all()
    np.testing.assert_array_equal(more.values[:, -1], standard.values[:, -1])
    assert (life_expectancy(more) < life_expectancy(less)).all()


@pytest.mark.parametrize("srb", [-1.0, 0.0, np.nan, np.inf])
def test_both_sexes_need_a_sex_ratio_above_0(standard: xr.DataArray, srb: float) -> None:
    with pytest.raises(SchemaError, match=r"^srb: .* males per female; it must be above 0"):
        life_expectancy(standard, srb)


def test_both_sexes_need_rates_of_both(standard: xr.DataArray) -> None:
    for one in (standard.sel(sex=["female"]), standard.sel(sex="male")):
        with pytest.raises(SchemaError, match=r"^mx: both sexes together need rates of female"):
            life_expectancy(one, 1.1)


@settings(deadline=None, max_examples=25)
@given(a=st.floats(-0.7, 0.7), b=st.floats(-0.7, 0.7))
def test_two_moves_are_one(standard: xr.DataArray, a: float, b: float) -> None:
    twice = brass(brass(standard, a), b)
    np.testing.assert_allclose(twice, brass(standard, a + b), rtol=1e-9)


def test_alpha_may_differ_by_sex_and_year() -> None:
    mx = wpp_mx("2022", [2010, 2020])
    alpha = xr.DataArray(
        [[0.1, 0.2], [-0.3, 0.0]], dims=("year", "sex"), coords={"year": [2010, 2020]}
    )
    moved = unchanged(brass, mx, alpha)
    for i in range(2):
        for j in range(2):
            one = brass(mx.isel(year=i), float(alpha[i, j])).isel(sex=j)
            np.testing.assert_array_equal(moved.isel(year=i, sex=j), one)


def test_alpha_is_matched_by_name() -> None:
    mx = wpp_mx("2022", [2010, 2020])
    alpha = xr.DataArray([[0.1, 0.2], [-0.3, 0.0]], dims=("year", "sex"))
    turned = brass(mx, alpha.transpose("sex", "year"))
    xr.testing.assert_allclose(turned, brass(mx, alpha))


def test_brass_keeps_unit_and_sources(standard: xr.DataArray) -> None:
    assert brass(standard, 0.1).attrs == standard.attrs


def level_of(standard: xr.DataArray, e0: float, srb: float) -> float:
    return float(parameter_at(xr.DataArray(e0), brass_model(standard), srb=srb))


@pytest.mark.parametrize("e0", [60.0, 75.3, 77.93, 78.79, 81.33, 83.63, 90.0])
@pytest.mark.parametrize("srb", [1.0, 1.117])
def test_one_level_for_both_sexes_hits_life_expectancy(
    standard: xr.DataArray, e0: float, srb: float
) -> None:
    level = unchanged(level_of, standard, e0=e0, srb=srb)
    got = float(life_expectancy(brass(standard, level), srb))
    assert got == pytest.approx(e0, abs=1e-8)


def test_fit_of_the_standards_own_life_expectancy_is_0(standard: xr.DataArray) -> None:
    own = float(life_expectancy(standard, 1.1))
    assert level_of(standard, own, srb=1.1) == pytest.approx(0, abs=1e-9)


def test_life_expectancy_of_both_sexes_is_weighted_by_births(standard: xr.DataArray) -> None:
    women, men = (float(life_expectancy(standard).sel(sex=s)) for s in SEXES)
    both = unchanged(life_expectancy, standard, srb=1.25)
    assert both.dims == ()
    assert float(both) == pytest.approx((1.25 * men + women) / 2.25, rel=1e-14)


@pytest.mark.parametrize("e0", [7.793, 779.3, 0.0])
def test_a_life_expectancy_out_of_reach(standard: xr.DataArray, e0: float) -> None:
    with pytest.raises(
        YilaoError,
        match=r"^life expectancy .* \(both; the value\): out of reach of the model, "
        r"Brass relational logit \(\d+\.\d to \d+\.\d years\)\.",
    ):
        level_of(standard, e0, srb=1.1)


# Abridged rates to single years.


def abridged(edition: str, start: int) -> tuple[np.ndarray, np.ndarray]:
    frame = facts.series(f"wpp{edition}_mx.csv")
    part = frame[frame["period_start"] == start]
    wide = part.pivot_table(index="sex", columns="age_low", values="value").loc[list(SEXES)]
    return wide.columns.to_numpy(dtype=float), wide.to_numpy()


def group_rates(single: np.ndarray, ages: np.ndarray) -> np.ndarray:
    """Deaths over person-years of each closed group, and the rate of the open one."""
    table = life_table(rates(single))
    lx, big_l = table["lx"].values, table["Lx"].values
    lows = ages.astype(int)
    died = np.append(-np.diff(lx[:, lows], axis=1), lx[:, lows[-1:]], axis=1)
    return died / np.add.reduceat(big_l, lows, axis=1)


@pytest.mark.parametrize("edition", EDITIONS)
def test_graduated_rates_give_back_the_abridged_ones(edition: str) -> None:
    for start in sorted(set(facts.series(f"wpp{edition}_mx.csv")["period_start"])):
        ages, mx = abridged(edition, start)
        before = mx.copy()
        single = graduate_mx(ages, mx)
        np.testing.assert_array_equal(mx, before)
        assert single.shape == (2, 101)
        assert (single > 0).all()
        np.testing.assert_array_equal(single[:, 0], mx[:, 0])
        np.testing.assert_allclose(group_rates(single, ages), mx, rtol=1e-11)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(-0.2, 0.2), min_size=44, max_size=44))
def test_graduation_gives_back_rougher_rates_too(noise: list[float]) -> None:
    ages, mx = abridged("2022", 2015)
    rough = mx * np.exp(np.reshape(noise, mx.shape))
    np.testing.assert_allclose(group_rates(graduate_mx(ages, rough), ages), rough, rtol=1e-10)


# The WPP standard.


@pytest.mark.parametrize("edition", EDITIONS)
def test_rates_have_the_annual_life_expectancy_of_the_edition(edition: str) -> None:
    frame = facts.series(f"wpp{edition}_life_expectancy.csv")
    printed = frame.pivot_table(index="year", columns="sex", values="value")[list(SEXES)]
    years = [int(y) for y in printed.index if 2002 <= y <= 2050]
    assert years[-1] == {"2022": 2021, "2024": 2050}[edition]
    got = life_expectancy(wpp_mx(edition, years))
    np.testing.assert_allclose(got, printed.loc[years], rtol=0, atol=1e-8)


@pytest.mark.parametrize("edition", EDITIONS)
def test_no_jump_where_the_annual_series_ends(edition: str) -> None:
    e0 = life_expectancy(wpp_mx(edition, range(2010, 2051)))
    assert float(np.abs(e0.diff("year")).max()) < 0.75


def test_years_are_taken_one_by_one() -> None:
    together = wpp_mx("2024", [2035, 2010, 2020])
    for year in (2010, 2020, 2035):
        one = wpp_mx("2024", [year]).sel(year=year)
        np.testing.assert_allclose(together.sel(year=year), one, rtol=1e-10)


def test_the_standard_is_labelled() -> None:
    mx = wpp_mx("2022", range(2020, 2023))
    assert mx.dims == ("year", "sex", "age")
    assert mx["sex"].values.tolist() == list(SEXES)
    assert mx.attrs["units"] == "deaths per person-year"
    assert all("World Population Prospects 2022" in s for s in mx.attrs["sources"])
    mx[:] = 0  # a caller may write into its own copy
    assert float(wpp_mx("2022", [2020]).min()) > 0


@pytest.mark.parametrize("years", [[2001], [2051], [2020, 2100]])
def test_years_that_are_not_packaged(years: list[int]) -> None:
    with pytest.raises(
        YilaoError,
        match=rf"^mortality: WPP 2022 is packaged for 2002 to 2050, asked are {min(years)} to "
        rf"{max(years)}\. Give your own rates",
    ):
        wpp_mx("2022", years)


def test_an_edition_that_is_not_packaged() -> None:
    with pytest.raises(FactsError, match=r"^wpp2019_mx\.csv: not in manifest\.csv"):
        mortality.wpp_mx("2019", [2020])
