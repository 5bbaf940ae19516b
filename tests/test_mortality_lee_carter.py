"""Lee-Carter against MortCast, demography and StMoMo; identities and errors."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from yilao.mortality import (
    coherent_lee_carter,
    fit_lee_carter,
    fit_lee_carter_deaths,
    index_to_deaths,
    last_ax,
    lee_carter_model,
    lee_carter_mx,
    lee_carter_mx_at,
    li_lee_mx,
    life_expectancy,
    life_table,
    mx_at,
    parameter_at,
    rotated_bx,
    ultimate_bx,
    wpp_mx,
)
from yilao.schema import SEXES, SchemaError, YilaoError

GOLDEN = Path(__file__).parent / "golden"


def table(path: str, **index: object) -> pd.DataFrame:
    return pd.read_csv(GOLDEN / path, **index).sort_index()


def labelled(frame: pd.DataFrame, rows: str, columns: str) -> xr.DataArray:
    columns_ = [int(str(c)[:4]) for c in frame.columns] if columns == "year" else frame.columns
    coords = {rows: frame.index.to_numpy(), columns: list(columns_)}
    return xr.DataArray(frame.to_numpy(dtype=float), dims=(rows, columns), coords=coords)


def of_sexes(frames: list[pd.DataFrame]) -> xr.DataArray:
    both = [labelled(f, "age", "year").transpose("year", "age") for f in frames]
    return xr.concat(both, xr.DataArray(list(SEXES), dims="sex", name="sex")).transpose(
        "year", "sex", "age"
    )


@pytest.fixture(scope="module")
def wpp2019() -> xr.DataArray:
    frame = table("mortcast/kannisto_abridged.csv.gz", index_col=["case", "age"])
    return of_sexes([frame.loc[f"cokannisto_{s}"] for s in SEXES])


@pytest.fixture(scope="module")
def goal() -> xr.DataArray:
    frame = table("mortcast/e0.csv", index_col="period")
    years = [int(p[:4]) for p in frame.index]
    coords = {"year": years, "sex": list(SEXES)}
    return xr.DataArray(frame[["e0f", "e0m"]].to_numpy(), dims=("year", "sex"), coords=coords)


@pytest.fixture(scope="module")
def parameters(wpp2019: xr.DataArray) -> xr.Dataset:
    ages = table("mortcast/lee_carter_ages.csv", index_col=["case", "age"]).loc["lc"]
    ax = wpp2019.isel(year=0, drop=True).copy(data=ages[["ax_f", "ax_m"]].to_numpy().T)
    return coherent_lee_carter(wpp2019, ax=ax)


# MortCast: row sums, both sexes together, rotation.


@pytest.mark.parametrize("case", ["lc", "lc2"])
def test_coherent_lee_carter_is_mortcasts(
    case: str, wpp2019: xr.DataArray, parameters: xr.Dataset
) -> None:
    ages = table("mortcast/lee_carter_ages.csv", index_col=["case", "age"]).loc[case]
    kt = table("mortcast/lee_carter_kt.csv", index_col=["case", "period"]).loc[case]
    before = wpp2019.copy(deep=True)
    fit = parameters if case == "lc" else coherent_lee_carter(wpp2019)
    xr.testing.assert_identical(wpp2019, before)
    np.testing.assert_allclose(fit.ax, ages[["ax_f", "ax_m"]].to_numpy().T, rtol=1e-12)
    np.testing.assert_allclose(fit.bx, ages["bx"], rtol=1e-12)
    np.testing.assert_allclose(fit.sex_bx, ages[["sbx_f", "sbx_m"]].to_numpy().T, rtol=1e-12)
    np.testing.assert_allclose(
        fit.kt.transpose("year", "sex"), kt[["kt_f", "kt_m"]], rtol=1e-12, atol=1e-11
    )
    np.testing.assert_allclose(ultimate_bx(fit.bx), ages["bux"], rtol=1e-12)


def test_the_smoothed_last_year_is_near_to_rs(
    wpp2019: xr.DataArray, parameters: xr.Dataset
) -> None:
    smooth = last_ax(wpp2019, smooth=True)
    np.testing.assert_allclose(smooth, parameters.ax, rtol=0, atol=1e-4)
    plain = last_ax(wpp2019)
    np.testing.assert_allclose(plain, np.log(wpp2019.isel(year=-1)), rtol=1e-15)
    np.testing.assert_array_equal(smooth.isel(age=0), plain.isel(age=0))
    straight = wpp2019.copy(data=np.exp(np.broadcast_to(np.arange(28.0) / 7 - 9, wpp2019.shape)))
    np.testing.assert_allclose(  # a straight line is smooth already
        last_ax(straight, smooth=True), last_ax(straight), rtol=1e-10
    )


def test_rotated_bx_is_mortcasts(parameters: xr.Dataset, goal: xr.DataArray) -> None:
    want = table("mortcast/rotated_bx.csv", index_col="age")
    got = rotated_bx(parameters.bx, goal.mean("sex"))
    np.testing.assert_allclose(got.transpose("age", "year"), want, rtol=1e-12)


def test_rotation_begins_at_80_and_ends_at_102(parameters: xr.Dataset) -> None:
    e0 = xr.DataArray([60.0, 80.0, 91.0, 102.0, 110.0], dims="year", coords={"year": range(5)})
    turned = rotated_bx(parameters.bx, e0)
    for year, share in ((0, 0), (1, 0), (2, np.sqrt(0.5)), (3, 1), (4, 1)):
        want = (1 - share) * parameters.bx + share * ultimate_bx(parameters.bx)
        np.testing.assert_allclose(turned.isel(year=year), want, rtol=1e-13)
    np.testing.assert_allclose(turned.sum("age"), 1, rtol=1e-13)
    number = rotated_bx(parameters.bx, 91.0)
    xr.testing.assert_allclose(number, turned.isel(year=2, drop=True), rtol=1e-15)


def test_bx_of_ages_out_of_order_or_missing_is_not_turned(parameters: xr.Dataset) -> None:
    bx, e0 = parameters.bx, xr.DataArray([85.0], dims="year", coords={"year": [2040]})
    with pytest.raises(SchemaError, match=r"^bx: ages are not in ascending order"):
        ultimate_bx(bx.isel(age=slice(None, None, -1)))
    with pytest.raises(SchemaError, match=r"^bx: 1 value\(s\) are missing"):
        ultimate_bx(bx.where(bx.age != 70))
    with pytest.raises(SchemaError, match=r"^ultimate: 1 value\(s\) are missing"):
        rotated_bx(bx, e0, ultimate=ultimate_bx(bx).where(bx.age != 70))


def test_parameters_that_are_missing_are_named(parameters: xr.Dataset, goal: xr.DataArray) -> None:
    for name, use in (
        ("bx", lee_carter_mx),
        ("kt", lee_carter_mx),
        ("kt", lambda p: index_to_deaths(p, goal, goal)),
        ("ax", lambda p: lee_carter_mx_at(goal, p)),
        ("bx", lambda p: lee_carter_mx_at(goal, p)),
        ("specific_bx", li_lee_mx),
    ):
        with pytest.raises(SchemaError, match=rf"^parameters: {name} is missing, it has"):
            use(parameters.drop_vars(name, errors="ignore"))


def golden_rates(rotated: bool) -> xr.DataArray:
    if rotated:
        frame = table("mortcast/projected_tables.csv.gz", index_col=["column", "sex", "age"])
        return of_sexes([frame.loc["mx", s] for s in SEXES])
    frame = table("mortcast/mx_at_e0.csv.gz", index_col=["case", "sex", "age"])
    return of_sexes([frame.loc["lee_carter", s] for s in SEXES])


@pytest.mark.parametrize("rotated", [True, False])
def test_rates_at_a_life_expectancy_are_mortcasts_at_the_one_it_reached(
    rotated: bool, parameters: xr.Dataset, goal: xr.DataArray
) -> None:
    want = golden_rates(rotated)
    reached = life_expectancy(want)
    slack = float(abs(reached - goal).max())
    assert 1e-3 < slack < 0.01  # MortCast stops there
    bx = rotated_bx(parameters.bx, goal.mean("sex")) if rotated else None
    floor = "all" if rotated else "old"
    got = lee_carter_mx_at(reached, parameters, bx=bx, male_floor=floor)
    np.testing.assert_allclose(got, want, rtol=1e-11)
    exact = lee_carter_mx_at(goal, parameters, bx=bx, male_floor=floor)
    assert float(abs(life_expectancy(exact) - goal).max()) < 1e-8
    np.testing.assert_allclose(exact, want, rtol=0.01)


def test_the_floor_for_men_holds_where_they_live_shorter(
    parameters: xr.Dataset, goal: xr.DataArray
) -> None:
    free, old, everywhere = (
        lee_carter_mx_at(goal, parameters, male_floor=f) for f in (None, "old", "all")
    )
    below = free.sel(sex="male") < free.sel(sex="female")
    assert bool(below.any())
    assert not bool((everywhere.sel(sex="male") < everywhere.sel(sex="female")).any())
    np.testing.assert_array_equal(everywhere.sel(sex="female"), free.sel(sex="female"))
    np.testing.assert_allclose(old, free, rtol=1e-9)  # it does not bind at these ages
    longer = goal.isel(sex=[1, 0]).assign_coords(sex=list(SEXES))
    np.testing.assert_array_equal(
        lee_carter_mx_at(longer, parameters, male_floor="all"), lee_carter_mx_at(longer, parameters)
    )


def test_with_one_bx_table_by_table_is_the_same_as_all_at_once(
    parameters: xr.Dataset, goal: xr.DataArray
) -> None:
    slow = lee_carter_mx_at(goal, parameters)
    np.testing.assert_allclose(mx_at(goal, lee_carter_model(parameters)), slow, rtol=1e-8)


def test_errors_of_rates_at_a_life_expectancy(parameters: xr.Dataset, goal: xr.DataArray) -> None:
    wrong = goal.where((goal.year != 2025) | (goal.sex != "male"), 842.0)
    with pytest.raises(
        YilaoError, match=r"^life expectancy 842 \(male; year=2025\): out of reach of Lee-Carter"
    ):
        lee_carter_mx_at(wrong, parameters)
    with pytest.raises(SchemaError, match=r"^male_floor: 'young' is not known"):
        lee_carter_mx_at(goal, parameters, male_floor="young")  # type: ignore[arg-type]
    bx = rotated_bx(parameters.bx, goal.mean("sex").isel(year=slice(1, None)))
    with pytest.raises(SchemaError, match=r"^year: bx has 15 labels and e0 has 16; they differ"):
        lee_carter_mx_at(goal, parameters, bx=bx)
    with pytest.raises(SchemaError, match=r"^e0: dimension 'year' is missing"):
        lee_carter_mx_at(goal.isel(year=0), parameters)
    with pytest.raises(SchemaError, match=r"^e0: dimension 'year' is missing"):
        lee_carter_mx_at(80.0, parameters)  # type: ignore[arg-type]


# demography: singular values, kt adjusted to deaths and to life expectancy.


@pytest.fixture(scope="module")
def france() -> dict[str, xr.DataArray]:
    frame = table("demography/france_female.csv.gz", index_col=["column", "age"])
    return {
        c: labelled(frame.loc[c], "age", "year").transpose("year", "age")
        for c in ("mx", "exposure")
    }


@pytest.fixture(scope="module")
def lca() -> pd.DataFrame:
    return table("demography/lca_kt.csv", index_col="year")


def test_svd_is_demographys(france: dict[str, xr.DataArray], lca: pd.DataFrame) -> None:
    fit = fit_lee_carter(france["mx"])
    ages = table("demography/lca_ages.csv", index_col="age")
    np.testing.assert_allclose(fit.ax, ages["ax"], rtol=1e-12)
    np.testing.assert_allclose(fit.bx, ages["bx"], rtol=1e-12)
    np.testing.assert_allclose(fit.kt, lca["none"], rtol=1e-12, atol=1e-11)
    assert fit.ax.attrs["units"] == "log deaths per person-year"


def test_kt_adjusted_to_deaths(france: dict[str, xr.DataArray], lca: pd.DataFrame) -> None:
    deaths = (france["mx"] * france["exposure"]).sum("age")
    fit = index_to_deaths(fit_lee_carter(france["mx"]), deaths, france["exposure"])
    np.testing.assert_allclose(fit.kt, lca["dt"], rtol=0, atol=1e-4)  # R's uniroot stops there
    got = (lee_carter_mx(fit) * france["exposure"]).sum("age")
    np.testing.assert_allclose(got, deaths, rtol=1e-12)


def test_kt_adjusted_to_life_expectancy(france: dict[str, xr.DataArray], lca: pd.DataFrame) -> None:
    mx = xr.concat([france["mx"]] * 2, xr.DataArray(list(SEXES), dims="sex", name="sex"))
    fit = fit_lee_carter(mx)
    rule = "coale-demeny-m0"
    e0 = life_table(mx, a0=rule)["ex"].isel(age=0, drop=True)
    model = lee_carter_model(fit[["ax", "bx"]], a0=rule)
    kt = parameter_at(e0, model).sel(sex="female")
    np.testing.assert_allclose(kt, lca["e0"], rtol=0, atol=1e-4)


def test_forecast_rates_are_demographys(lca: pd.DataFrame) -> None:
    want = table("demography/lca_forecast_rates.csv", index_col="age")
    ages = table("demography/lca_ages.csv", index_col="age")
    kt = table("demography/lca_kt_forecast.csv", index_col="year")["mean"]
    years = [int(y) for y in want.columns]
    index = xr.DataArray(
        kt.loc[years].to_numpy() + lca["dt"].iloc[-1], dims="year", coords={"year": years}
    )
    named = {k: xr.DataArray(ages[k], dims="age", coords={"age": ages.index}) for k in ages}
    got = lee_carter_mx(xr.Dataset(named), index)
    np.testing.assert_allclose(got.transpose("age", "year"), want, rtol=1e-12)


# StMoMo: maximum likelihood.


@pytest.fixture(scope="module")
def england() -> dict[str, xr.DataArray]:
    frame = table("stmomo/england_wales_male.csv.gz", index_col=["column", "age"])
    return {
        c: labelled(frame.loc[c], "age", "year").transpose("year", "age")
        for c in ("deaths", "exposure")
    }


def test_maximum_likelihood_is_stmomos(england: dict[str, xr.DataArray]) -> None:
    fit = fit_lee_carter_deaths(england["deaths"], england["exposure"])
    ages = table("stmomo/lc_ages.csv", index_col="age")
    np.testing.assert_allclose(fit.ax, ages["ax"], rtol=1e-10)
    np.testing.assert_allclose(fit.bx, ages["bx"], rtol=1e-8)
    kt = table("stmomo/lc_kt.csv", index_col="year")["kt"]
    np.testing.assert_allclose(fit.kt, kt, rtol=0, atol=1e-6)
    assert float(fit.bx.sum()) == pytest.approx(1, abs=1e-13)
    assert float(fit.kt.sum()) == pytest.approx(0, abs=1e-9)


def test_at_the_maximum_fitted_deaths_add_up(england: dict[str, xr.DataArray]) -> None:
    deaths, exposure = england["deaths"], england["exposure"]
    fit = fit_lee_carter_deaths(deaths, exposure)
    rest = deaths - exposure * lee_carter_mx(fit)
    for score, size in (
        (rest.sum("year"), deaths.sum("year")),
        ((rest * fit.bx).sum("age"), (deaths * abs(fit.bx)).sum("age")),
        ((rest * fit.kt).sum("year"), (deaths * abs(fit.kt)).sum("year")),
    ):
        assert float(abs(score / size).max()) < 2e-10


def test_several_populations_at_once_are_those_one_by_one(
    england: dict[str, xr.DataArray],
) -> None:
    deaths = england["deaths"]
    other = deaths.copy(data=np.round(deaths.values[::-1] * 0.3))
    two = xr.concat([deaths, other], xr.DataArray(["a", "b"], dims="area", name="area"))
    fit = fit_lee_carter_deaths(two, england["exposure"].broadcast_like(two))
    for area, one in (("a", deaths), ("b", other)):
        single = fit_lee_carter_deaths(one, england["exposure"])
        xr.testing.assert_allclose(fit.sel(area=area, drop=True), single, rtol=1e-7)


def test_data_made_by_the_model_give_it_back() -> None:
    rng = np.random.default_rng(1)
    a, b = np.linspace(-8, -1, 12), rng.uniform(0.2, 1, 12)
    b /= b.sum()
    k = np.linspace(9, -9, 20) + rng.normal(size=20)
    k -= k.mean()
    mx = xr.DataArray(
        np.exp(a + np.outer(k, b)),
        dims=("year", "age"),
        coords={"year": range(2000, 2020), "age": range(12)},
    )
    fits = [fit_lee_carter(mx, method=m) for m in ("svd", "sums")]
    fits.append(fit_lee_carter_deaths(mx * 1e5, xr.full_like(mx, 1e5)))
    for fit in fits:
        np.testing.assert_allclose(fit.ax, a, rtol=1e-7)
        np.testing.assert_allclose(fit.bx, b, rtol=1e-6)
        np.testing.assert_allclose(fit.kt, k, rtol=1e-6, atol=1e-7)
        np.testing.assert_allclose(lee_carter_mx(fit), mx, rtol=1e-7)


def test_cells_without_deaths_are_no_obstacle(england: dict[str, xr.DataArray]) -> None:
    thin = np.random.default_rng(3).poisson(england["deaths"].values * 0.0005).astype(float)
    assert (thin == 0).mean() > 0.05
    few = england["deaths"].copy(data=thin)
    fit = fit_lee_carter_deaths(few, england["exposure"] * 0.0005)
    whole = fit_lee_carter_deaths(england["deaths"], england["exposure"])
    assert float(xr.corr(fit.kt, whole.kt)) > 0.9


# Bad input.


def test_fits_refuse_what_they_cannot_use(england: dict[str, xr.DataArray]) -> None:
    mx = england["deaths"] / england["exposure"]
    with pytest.raises(SchemaError, match=r"^mx: 1 rate\(s\) are not above 0.*year=1963, age=57"):
        fit_lee_carter(mx.where((mx.year != 1963) | (mx.age != 57), 0.0))
    with pytest.raises(SchemaError, match=r"^mx: 2 year\(s\); Lee-Carter needs three at least"):
        fit_lee_carter(mx.isel(year=[0, 1]))
    with pytest.raises(SchemaError, match=r"^mx: the rates do not change over the years"):
        fit_lee_carter(mx.copy(data=np.broadcast_to(mx.values[:1], mx.shape)))
    with pytest.raises(SchemaError, match=r"^method: 'pca' is not known"):
        fit_lee_carter(mx, method="pca")  # type: ignore[arg-type]
    with pytest.raises(SchemaError, match=r"^mx: age labels must be whole numbers, they are"):
        fit_lee_carter(mx.assign_coords(age=[f"{a}+" for a in mx.age.values]))
    with pytest.raises(SchemaError, match=r"^mx: ages are not in ascending order"):
        fit_lee_carter(mx.isel(age=slice(None, None, -1)))
    with pytest.raises(SchemaError, match=r"^age: ax has 34 labels and mx has 35"):
        fit_lee_carter(mx, ax=last_ax(mx).isel(age=slice(1, None)))
    with pytest.raises(SchemaError, match=r"^mx: dimension 'year' is missing"):
        last_ax(mx.isel(year=0))
    with pytest.raises(SchemaError, match=r"^bx: ages 15, 60 and one beyond are needed"):
        ultimate_bx(fit_lee_carter(mx).bx)
    fit = fit_lee_carter(mx)
    with pytest.raises(SchemaError, match=r"^kt: 1 value\(s\) are missing"):
        lee_carter_mx(fit, fit.kt.where(fit.kt.year != 1961))
    with pytest.raises(SchemaError, match=r"^mx: sex is \['male', 'female'\]"):
        coherent_lee_carter(wpp_mx("2022", range(2005, 2010)).isel(sex=[1, 0]))


def test_the_likelihood_refuses_what_it_cannot_use(england: dict[str, xr.DataArray]) -> None:
    deaths, exposure = england["deaths"], england["exposure"]
    with pytest.raises(SchemaError, match=r"^deaths: 35 value\(s\) are negative"):
        fit_lee_carter_deaths(deaths.where(deaths.year != 1970, -1.0), exposure)
    with pytest.raises(SchemaError, match=r"^exposure: it must be above 0; it is not at year=1970"):
        fit_lee_carter_deaths(deaths, exposure.where(exposure.year != 1970, 0.0))
    with pytest.raises(SchemaError, match=r"^deaths: an age has none in all"):
        fit_lee_carter_deaths(deaths.where(deaths.age != 60, 0.0), exposure)
    with pytest.raises(SchemaError, match=r"^deaths: a year has none in all"):
        fit_lee_carter_deaths(deaths.where(deaths.year != 1970, 0.0), exposure)
    with pytest.raises(SchemaError, match=r"^year: deaths has 51 labels and exposure has 50"):
        fit_lee_carter_deaths(deaths, exposure.isel(year=slice(1, None)))
    with pytest.raises(SchemaError, match=r"^deaths: 2 year\(s\); three are needed"):
        fit_lee_carter_deaths(deaths.isel(year=[0, 1]), exposure.isel(year=[0, 1]))
    with pytest.raises(SchemaError, match=r"^exposure: dimension 'sex' is missing, deaths have it"):
        fit_lee_carter_deaths(deaths.expand_dims(sex=["male"]), exposure)


def test_the_adjustment_to_deaths_refuses_what_it_cannot_use(
    france: dict[str, xr.DataArray],
) -> None:
    fit = fit_lee_carter(france["mx"])
    deaths = (france["mx"] * france["exposure"]).sum("age")
    with pytest.raises(SchemaError, match=r"^deaths: every value must be above 0"):
        index_to_deaths(fit, 0 * deaths, france["exposure"])
    with pytest.raises(SchemaError, match=r"^year: kt has 57 labels and deaths has 56"):
        index_to_deaths(fit, deaths.isel(year=slice(1, None)), france["exposure"])
