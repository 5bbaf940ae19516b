"""Life tables single and abridged, their ends, conversions and ratios, against three programs."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from yilao.mortality import (
    A0_RULES,
    AX_RULES,
    abridge,
    brass,
    death_rates,
    infant_a0,
    kannisto,
    life_table,
    mx_from_lx,
    mx_from_qx,
    single_year_rates,
    survival_ratios,
    survival_ratios_open,
    truncate,
    wpp_mx,
)
from yilao.mortality.separation import a0_on_q0, constant_hazard, separation_factors
from yilao.schema import SEXES, SchemaError, YilaoError

GOLDEN = Path(__file__).parent / "golden"
MORTCAST, DEMOTOOLS = GOLDEN / "mortcast", GOLDEN / "demotools"
COLUMNS = ("mx", "qx", "ax", "dx", "lx", "Lx", "Tx", "ex")


def unchanged(call: Callable[..., object], *arrays: object, **named: object) -> object:
    """Call, then make sure that the arrays are what they were."""
    before = [a.copy(deep=True) if isinstance(a, xr.DataArray | xr.Dataset) else a for a in arrays]
    result = call(*arrays, **named)
    for now, then in zip(arrays, before, strict=True):
        if isinstance(now, xr.DataArray | xr.Dataset):
            xr.testing.assert_identical(now, then)
    return result


def column(values: object, ages: object, sex: str) -> xr.DataArray:
    """A column of one sex, with the sex as a scalar coordinate."""
    coords = {"age": np.asarray(ages, dtype=int), "sex": sex}
    return xr.DataArray(
        np.asarray(values, dtype=float).copy(), dims="age", coords=coords, name="mx"
    )


def both_sexes(women: object, men: object, ages: object) -> xr.DataArray:
    parts = [column(women, ages, "female"), column(men, ages, "male")]
    return xr.concat(parts, "sex")


def cases(path: Path, key: str = "case") -> dict[str, pd.DataFrame]:
    return {str(k): part for k, part in pd.read_csv(path).groupby(key)}


@pytest.fixture(scope="module")
def mortcast() -> dict[str, pd.DataFrame]:
    return cases(MORTCAST / "lifetable_abridged.csv.gz")


@pytest.fixture(scope="module")
def demotools() -> dict[str, pd.DataFrame]:
    found = cases(DEMOTOOLS / "lt_abridged_female.csv.gz")
    names = {"Age": "age", "nMx": "mx", "nAx": "ax", "nqx": "qx", "ndx": "dx", "nLx": "Lx"}
    renamed = {case: frame.rename(columns=names) for case, frame in found.items()}
    for frame in renamed.values():
        frame[["lx", "dx", "Lx", "Tx"]] /= 1e5
    return renamed


@pytest.fixture(scope="module")
def standard() -> xr.DataArray:
    return wpp_mx("2022", [2020]).isel(year=0, drop=True)


@pytest.fixture(scope="module")
def groups(standard: xr.DataArray) -> xr.DataArray:
    return abridge(life_table(standard))["mx"]


def agrees(
    table: xr.Dataset, golden: pd.DataFrame, columns: tuple[str, ...], closed: int | None = None
) -> None:
    for name in columns:
        got, wanted = table[name].values[:closed], golden[name].to_numpy()[:closed]
        np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-16, err_msg=name)


# Against MortCast.

RULES = {"ak": "andreev-kingkade", "cd": "coale-demeny-m0"}


@pytest.mark.parametrize("case", ["female_ak", "female_cd", "male_ak", "male_cd", "total_ak"])
def test_abridged_tables_of_mortcast(mortcast: dict[str, pd.DataFrame], case: str) -> None:
    golden = mortcast[case]
    sex, rule = case.split("_")
    mx = column(golden["mx"], golden["age"], "both" if sex == "total" else sex)
    table = unchanged(life_table, mx, a0=RULES[rule])
    assert tuple(table.data_vars) == COLUMNS
    agrees(table, golden, ("mx", "qx", "dx", "lx", "Lx", "Tx", "ex"))
    agrees(table, golden, ("ax",), closed=-1)
    ratio = unchanged(survival_ratios, table)
    assert ratio["age"].values.tolist() == list(range(0, 131, 5))
    np.testing.assert_allclose(ratio, golden["sx"].to_numpy()[:-1], rtol=1e-12)


def test_a_truncated_table_of_mortcast(mortcast: dict[str, pd.DataFrame]) -> None:
    whole, golden = mortcast["male_ak"], mortcast["male_open85"]
    table = life_table(column(whole["mx"], whole["age"], "male"))
    cut = unchanged(truncate, table, 85)
    agrees(cut, golden, ("dx", "lx", "Lx", "Tx", "ex"))
    # MortCast leaves the rate and probability of the new open group out.
    agrees(cut, golden, ("mx", "qx", "ax"), closed=-1)
    assert cut["Lx"].attrs == table["Lx"].attrs


def test_kannisto_of_mortcast() -> None:
    golden = cases(MORTCAST / "kannisto_abridged.csv.gz")
    ages = golden["kannisto_male"]["age"].to_numpy()
    periods = [c for c in golden["kannisto_male"] if c not in ("case", "age")]
    rows = {case: frame[periods].to_numpy().T for case, frame in golden.items()}
    observed = ages <= 100

    def mx(*parts: np.ndarray) -> xr.DataArray:
        return xr.DataArray(
            np.stack(parts, axis=1)[..., observed],
            dims=("year", "sex", "age"),
            coords={
                "year": np.arange(len(periods)),
                "sex": ["male"] if len(parts) == 1 else list(SEXES),
                "age": ages[observed],
            },
        )

    got = unchanged(kannisto, mx(rows["kannisto_male"]))
    assert got["age"].values.tolist() == ages.tolist()
    np.testing.assert_allclose(got.values[:, 0], rows["kannisto_male"], rtol=1e-12)
    pair = (rows["cokannisto_female"], rows["cokannisto_male"])
    got = unchanged(kannisto, mx(*pair), coherent=True)
    np.testing.assert_allclose(got.values, np.stack(pair, axis=1), rtol=1e-12)


def test_coherent_kannisto_of_mortcast_by_single_years() -> None:
    frame = pd.read_csv(MORTCAST / "cokannisto_1x1.csv.gz")
    golden = np.stack([frame[frame["sex"] == s].iloc[:, 2:].to_numpy().T for s in SEXES], axis=1)
    mx = xr.DataArray(
        golden,
        dims=("draw", "sex", "age"),
        coords={"draw": [0, 1, 2], "sex": list(SEXES), "age": np.arange(131)},
    )
    # The rates from 100 on are the model's: any others in their place are overwritten.
    wrong = mx.where(mx["age"] < 100, 0.5)
    np.testing.assert_allclose(kannisto(wrong, start=100, coherent=True), golden, rtol=1e-12)
    np.testing.assert_allclose(
        kannisto(wrong.sel(age=slice(0, 100)), coherent=True), golden, rtol=1e-12
    )


def test_projected_tables_of_mortcast() -> None:
    frame = pd.read_csv(MORTCAST / "projected_tables.csv.gz")
    periods = list(frame.columns[3:])

    def part(name: str) -> xr.DataArray:
        rows = frame[frame["column"] == name]
        values = [rows.loc[rows["sex"] == s, periods].to_numpy().T for s in SEXES]
        return xr.DataArray(
            np.stack(values, axis=1),
            dims=("year", "sex", "age"),
            coords={
                "year": np.arange(len(periods)),
                "sex": list(SEXES),
                "age": np.unique(rows["age"]),
            },
        )

    table = life_table(part("mx"))
    ratio = survival_ratios(table, capped=True)
    np.testing.assert_allclose(ratio, part("sr"), rtol=1e-12)
    np.testing.assert_allclose(table["lx"].sel(age=ratio["age"]), part("lx"), rtol=1e-12)
    years = table["Lx"].values
    np.testing.assert_allclose(years[..., 2:], part("Lx").values[..., 1:], rtol=1e-12)
    np.testing.assert_allclose(years[..., :2].sum(axis=-1), part("Lx").values[..., 0], rtol=1e-12)


def test_a_cap_keeps_the_last_ratio_down(groups: xr.DataArray) -> None:
    mild = groups.where(groups["age"] < 100, 0.01)
    table = life_table(mild)
    free, capped = survival_ratios(table), survival_ratios(table, capped=True)
    assert (free[..., -1] > free[..., -2]).all()
    np.testing.assert_array_equal(capped[..., -1], free[..., -2])
    np.testing.assert_array_equal(capped[..., :-1], free[..., :-1])


# Against DemoTools.


@pytest.mark.parametrize("case", ["pas_ak", "pas_cd", "un_ak_oa130"])
def test_abridged_tables_of_demotools(demotools: dict[str, pd.DataFrame], case: str) -> None:
    golden = demotools[case]
    # The open group lives as long as DemoTools' extension to 130 says.
    mx = column(golden["mx"], golden["age"], "female")
    mx[-1] = 1 / golden["ex"].iloc[-1]
    rules = {"ak": "andreev-kingkade", "cd": "coale-demeny"}
    ax = "midpoint" if case.startswith("pas") else "greville"
    table = life_table(mx, a0=rules[case.split("_")[1]], ax=ax)
    agrees(table, golden, ("qx", "ax", "dx", "lx", "Lx", "Tx", "ex"))
    agrees(table, golden, ("mx",), closed=-1)
    np.testing.assert_allclose(survival_ratios(table), golden["Sx"].to_numpy()[:-1], rtol=1e-12)


@pytest.mark.parametrize(("case", "open_age"), [("un_ak", 100), ("un_ak_oa85", 85), ("un_cd", 100)])
def test_truncated_tables_of_demotools(
    demotools: dict[str, pd.DataFrame], case: str, open_age: int
) -> None:
    whole, golden = demotools["un_ak_oa130"], demotools[case]
    a0 = "coale-demeny" if case == "un_cd" else "andreev-kingkade"
    table = life_table(column(whole["mx"], whole["age"], "female"), a0=a0, ax="greville")
    cut = truncate(table, open_age)
    agrees(cut, golden, ("qx", "ax", "dx", "lx", "Lx", "Tx", "ex"))
    # Where the open age stays, DemoTools prints the rate it was given for the open group.
    agrees(cut, golden, ("mx",), closed=None if open_age == 85 else -1)


def test_kannisto_of_demotools(demotools: dict[str, pd.DataFrame]) -> None:
    given = pd.read_csv(DEMOTOOLS / "china_mx5.csv")
    mx = column(given["female"], given["age"], "female")
    golden = pd.read_csv(DEMOTOOLS / "kannisto_extrap.csv")
    got = unchanged(kannisto, mx, minimise="log")
    # DemoTools' simplex search stops at about 1e-4.
    np.testing.assert_allclose(got, golden["v"], rtol=1e-4)
    wide = kannisto(mx, fit=(60, 95), minimise="log")
    np.testing.assert_allclose(wide, demotools["un_ak_oa130"]["mx"], rtol=2e-4)
    table = life_table(wide, ax="greville")
    np.testing.assert_allclose(table["ex"][0], demotools["un_ak"]["ex"].iloc[0], rtol=1e-7)
    # Ours is the minimum: it leaves less than DemoTools' parameters do.
    fitted = (golden["age"] >= 80) & (golden["age"] <= 95)
    x, y = golden["age"][fitted], np.log(golden["v"][fitted])

    def left(rates: np.ndarray) -> float:
        old = np.log(rates[-2:] / (1 - rates[-2:]))
        slope = (old[1] - old[0]) / 5
        eta = old[1] + slope * (x - 130)
        return float(((y - eta + np.log1p(np.exp(eta))) ** 2).sum())

    assert left(got.values) <= left(golden["v"].to_numpy())


def test_a_single_year_table_of_demotools() -> None:
    golden = pd.read_csv(DEMOTOOLS / "lt_single_female.csv")
    table = life_table(column(golden["nMx"], golden["Age"], "female"))
    names = {"qx": "nqx", "ax": "nAx", "dx": "ndx", "lx": "lx", "Lx": "nLx", "Tx": "Tx", "ex": "ex"}
    for ours, theirs in names.items():
        scale = 1.0 if ours in ("qx", "ax", "ex") else 1e5
        np.testing.assert_allclose(table[ours] * scale, golden[theirs], rtol=1e-12, err_msg=ours)
    np.testing.assert_allclose(survival_ratios(table), golden["Sx"], rtol=1e-12)


def test_a0_rules_of_demotools() -> None:
    golden = pd.read_csv(DEMOTOOLS / "a0_rules.csv")
    m0 = golden["m0"].to_numpy()
    pair = np.stack([m0, m0], axis=-1)
    columns = ["ak_f", "ak_m"]
    np.testing.assert_allclose(infant_a0(pair), golden[columns], rtol=1e-12)
    got = infant_a0(pair, rule="coale-demeny")
    np.testing.assert_allclose(got, golden[["cd_w_f", "cd_w_m"]], rtol=1e-11)
    for sex in SEXES:
        got = a0_on_q0(m0, sex, "andreev-kingkade-q0")
        np.testing.assert_allclose(got, golden[f"akq_{sex[0]}"], rtol=1e-12)
    ages = np.array([0, 1, 5, 10, 15])
    rates = np.full((len(m0), 2, 5), 0.01)
    rates[..., 0] = pair
    child = separation_factors(rates, ages, ax="midpoint")[..., 1]
    np.testing.assert_allclose(child, golden[["a14_f", "a14_m"]], rtol=1e-12)


def test_single_years_of_an_abridged_table_of_demotools(
    demotools: dict[str, pd.DataFrame],
) -> None:
    golden = pd.read_csv(DEMOTOOLS / "lt_abridged2single_female.csv").iloc[:-1]
    whole = demotools["un_ak_oa130"]
    single = single_year_rates(column(whole["mx"], whole["age"], "female"))
    # Another method: close, not the same.
    apart = np.abs(np.log(single.values[:110] / golden["nMx"].to_numpy()))
    assert apart.max() < 0.09
    assert apart.mean() < 0.02
    # DemoTools' composite link model does not keep the groups, ours does.
    ours, theirs = life_table(single)["ex"][0], golden["ex"].iloc[0]
    abridged = whole["ex"].iloc[0]
    assert abs(ours - abridged) < 0.001 < 0.02 < abs(theirs - abridged) < 0.025


# Against demography.


def test_a_table_of_demography() -> None:
    golden = pd.read_csv(GOLDEN / "demography" / "lifetable_female_2006.csv")
    table = life_table(column(golden["mx"], golden["age"], "female"), a0="coale-demeny-m0")
    agrees(table, golden, ("mx", "qx", "lx", "Lx", "Tx", "ex"))
    np.testing.assert_allclose(table["dx"], golden["dx"], rtol=1e-11)
    np.testing.assert_allclose(survival_ratios(table), golden["rx"], rtol=1e-12)


# Identities.

abridged_ages = [0, 1, *range(5, 61, 5)]
rough = st.lists(st.floats(-9.0, -1.5), min_size=2 * 14, max_size=2 * 14).map(
    lambda logs: both_sexes(*np.exp(logs).reshape(2, 14), abridged_ages)
)


@settings(deadline=None, max_examples=40)
@given(mx=rough, ax=st.sampled_from(sorted(AX_RULES)), a0=st.sampled_from(sorted(A0_RULES)))
def test_identities_of_an_abridged_table(mx: xr.DataArray, ax: str, a0: str) -> None:
    table = unchanged(life_table, mx, ax=ax, a0=a0)
    t = {k: table[k].values for k in COLUMNS}
    np.testing.assert_allclose(t["dx"], t["mx"] * t["Lx"], rtol=1e-9)
    np.testing.assert_allclose(t["dx"].sum(axis=-1), 1, rtol=1e-9)
    np.testing.assert_allclose(t["Tx"][:, 0], t["Lx"].sum(axis=-1), rtol=1e-12)
    np.testing.assert_allclose(t["ex"], t["Tx"] / t["lx"], rtol=1e-12)
    np.testing.assert_allclose(t["ex"][:, -1], 1 / t["mx"][:, -1], rtol=1e-9)
    cut = truncate(table, 30)
    np.testing.assert_allclose(cut["Lx"].sum("age"), t["Tx"][:, 0], rtol=1e-12)
    np.testing.assert_allclose(cut["dx"], cut["mx"] * cut["Lx"], rtol=1e-9)
    # A population in the shape of the table stays as it is under its own ratios.
    ratio = survival_ratios(table).values
    five = np.concatenate([t["Lx"][:, :2].sum(axis=-1, keepdims=True), t["Lx"][:, 2:]], axis=-1)
    later = np.concatenate([5 * ratio[:, :1], five[:, :-1] * ratio[:, 1:]], axis=-1)
    later[:, -1] = (five[:, -2] + five[:, -1]) * ratio[:, -1]
    np.testing.assert_allclose(later, five, rtol=1e-12)


@settings(deadline=None, max_examples=40)
@given(mx=rough, ax=st.sampled_from(["mortpak", "midpoint"]))
def test_rates_come_back_from_probabilities_and_survivors(mx: xr.DataArray, ax: str) -> None:
    table = life_table(mx, ax=ax)
    open_mx = mx.isel(age=-1, drop=True)
    from_qx = unchanged(mx_from_qx, table["qx"], open_mx=open_mx, ax=ax)
    again = life_table(from_qx, ax=ax)
    np.testing.assert_allclose(again["qx"], table["qx"], rtol=1e-10)
    from_lx = unchanged(mx_from_lx, 1e5 * table["lx"], open_mx=open_mx, ax=ax)
    np.testing.assert_allclose(life_table(from_lx, ax=ax)["lx"], table["lx"], rtol=1e-8)


@pytest.mark.parametrize("ax", sorted(AX_RULES))
@pytest.mark.parametrize("a0", sorted(A0_RULES))
def test_conversion_under_every_rule(groups: xr.DataArray, ax: str, a0: str) -> None:
    table = life_table(groups, ax=ax, a0=a0)
    again = mx_from_qx(table["qx"], open_mx=1 / table["ex"].isel(age=-1, drop=True), ax=ax, a0=a0)
    np.testing.assert_allclose(life_table(again, ax=ax, a0=a0)["qx"], table["qx"], rtol=1e-12)
    # Where half a group is too long two rates have one probability.
    kept = groups if ax != "midpoint" else groups.sel(age=slice(0, 85))
    np.testing.assert_allclose(again.sel(age=kept["age"]), kept, rtol=1e-12)
    assert again.attrs["units"] == "deaths per person-year"


def test_a_probability_where_two_lines_of_a_rule_meet() -> None:
    # On each of the two lines the rate lies on the other's side of the cut.
    m0 = 0.06891
    q = m0 / (1 + (1 - 0.314105) * m0)
    qx = column([q, 0.01, 1.0], [0, 1, 2], "female")
    m = mx_from_qx(qx, open_mx=0.1)
    assert float(m[0]) == pytest.approx(m0, rel=1e-5)


@settings(deadline=None, max_examples=20)
@given(noise=st.lists(st.floats(-0.3, 0.3), min_size=44, max_size=44))
def test_single_years_give_back_the_groups(groups: xr.DataArray, noise: list[float]) -> None:
    mx = groups * np.exp(np.reshape(noise, groups.shape))
    groups = abridge(life_table(unchanged(single_year_rates, mx)))
    np.testing.assert_allclose(groups["mx"], mx, rtol=1e-9)


def test_single_years_of_a_table_and_back(standard: xr.DataArray) -> None:
    table = life_table(standard)
    groups = unchanged(abridge, table)
    assert groups["age"].values.tolist() == [0, 1, *range(5, 101, 5)]
    assert tuple(groups.data_vars) == COLUMNS
    np.testing.assert_allclose(groups["ex"], table["ex"].sel(age=groups["age"]), rtol=1e-14)
    np.testing.assert_allclose(groups["dx"].sum("age"), 1, rtol=1e-12)
    np.testing.assert_allclose(groups["mx"] * groups["Lx"], groups["dx"], rtol=1e-12)
    assert (groups["ax"] > 0).all()
    np.testing.assert_allclose(survival_ratios(groups), survival_ratios(table, step=5), rtol=1e-12)
    single = single_year_rates(groups["mx"])
    assert single["age"].values.tolist() == list(range(101))
    e0 = life_table(single)["ex"].isel(age=0)
    np.testing.assert_allclose(e0, table["ex"].isel(age=0), atol=1e-6)
    assert single.attrs == standard.attrs
    for ax, within in (("mortpak", 0.002), ("greville", 0.002), ("midpoint", 0.05)):
        abridged = life_table(groups["mx"], ax=ax)["ex"].isel(age=0)
        np.testing.assert_allclose(e0, abridged, atol=within, rtol=0)


def test_one_sex_is_the_same_as_that_sex_of_two(groups: xr.DataArray) -> None:
    for mx in (groups, single_year_rates(groups)):
        two = life_table(mx)
        for sex in SEXES:
            one = life_table(mx.sel(sex=sex))
            xr.testing.assert_identical(one, two.sel(sex=sex))
            assert one["ex"].dims == ("age",)
            xr.testing.assert_identical(survival_ratios(one), survival_ratios(two).sel(sex=sex))
            # Sums over another layout may round otherwise.
            closed, of_two = kannisto(mx.sel(sex=sex)), kannisto(mx).sel(sex=sex)
            xr.testing.assert_allclose(closed, of_two, rtol=1e-13)
            assert closed.attrs == of_two.attrs
            kept = life_table(mx.sel(sex=[sex]))
            xr.testing.assert_identical(kept, two.sel(sex=[sex]))
    one, two = groups.sel(sex="male"), single_year_rates(groups)
    xr.testing.assert_identical(single_year_rates(one), two.sel(sex="male"))
    table = life_table(two)
    xr.testing.assert_identical(abridge(table.sel(sex="male")), abridge(table).sel(sex="male"))


def test_three_tables_at_once(groups: xr.DataArray) -> None:
    both = groups.mean("sex").assign_coords(sex="both")
    three = xr.concat([groups, both], "sex")
    table = life_table(three)
    xr.testing.assert_allclose(table.sel(sex="both"), life_table(both), rtol=1e-15)
    xr.testing.assert_allclose(table.sel(sex=list(SEXES)), life_table(groups), rtol=1e-15)


def test_a0_of_a_rule_or_sexes_that_are_not_known() -> None:
    pair = np.full((3, 2), 0.01)
    with pytest.raises(YilaoError, match=r"^rule: 'ak' is not known\. Choose one of"):
        infant_a0(pair, rule="ak")
    with pytest.raises(YilaoError, match=r"^region: 'centre' is not known"):
        infant_a0(pair, rule="coale-demeny", region="centre")
    for m0 in (np.full((2, 3), 0.01), np.array(0.01)):
        with pytest.raises(SchemaError, match=r"^m0: its shape is .*; the last axis must hold"):
            infant_a0(m0)


@pytest.mark.parametrize("rule", sorted(A0_RULES))
def test_a0_of_both_sexes_lies_between_them(rule: str) -> None:
    m0 = np.array([[0.005] * 3, [0.04] * 3, [0.2] * 3])
    women, men, both = infant_a0(m0, ("female", "male", "both"), rule=rule).T
    assert (both > np.minimum(women, men)).all()
    assert (both < np.maximum(women, men)).all()


@pytest.mark.parametrize("region", ["west", "north", "east", "south"])
def test_regions_of_coale_and_demeny(groups: xr.DataArray, region: str) -> None:
    table = life_table(groups, a0="coale-demeny", ax="midpoint", region=region)
    q0 = table["qx"].sel(age=0)
    west = 0.05 + 3 * q0.sel(sex="female")
    wanted = west - 0.04 if region == "east" else west
    np.testing.assert_allclose(table["ax"].sel(sex="female", age=0), wanted, rtol=1e-12)
    child = {"west": 1.653, "north": 1.859, "east": 1.614, "south": 1.541}[region]
    assert float(table["ax"].sel(sex="male", age=1)) == pytest.approx(child, abs=0.03)


def test_a0_jumps_to_its_constant_where_infants_die_early() -> None:
    got = infant_a0(np.full((1, 2), 0.2), rule="coale-demeny", region="east")
    np.testing.assert_array_equal(got, [[0.31, 0.29]])
    got = infant_a0(np.full((1, 2), 0.2), rule="coale-demeny-m0")
    np.testing.assert_array_equal(got, [[0.35, 0.33]])
    got = infant_a0(np.full((1, 2), 0.2), rule="andreev-kingkade-q0")
    np.testing.assert_array_equal(got, [[0.3141, 0.2991]])


def test_the_factor_of_a_constant_hazard() -> None:
    m = np.array([1e-9, 0.99e-4 / 5, 1.01e-4 / 5, 0.3, 3.0])
    got = constant_hazard(m, 5.0)
    np.testing.assert_allclose(got[:3], 2.5, rtol=1e-4)
    q = 5 * m / (1 + (5 - got) * m)
    np.testing.assert_allclose(q, -np.expm1(-5 * m), rtol=1e-10)


def test_rules_differ_as_said(groups: xr.DataArray) -> None:
    low = groups * 1.0
    e0 = {ax: life_table(low, ax=ax)["ex"].isel(age=0) for ax in AX_RULES}
    assert (abs(e0["mortpak"] - e0["greville"]) < 0.02).all()
    apart = e0["greville"] - e0["midpoint"]
    assert (apart > 0.005).all()
    assert (apart < 0.06).all()


# The ends.


def test_kannisto_gives_back_a_table_that_follows_it() -> None:
    ages = np.arange(111)
    eta = np.stack([-11 + 0.11 * ages, -10.5 + 0.11 * ages])
    true = both_sexes(*(1 / (1 + np.exp(-eta))), ages)
    for named in ({}, {"coherent": True}, {"minimise": "log"}, {"fit": (70, 84)}):
        got = kannisto(true.sel(age=slice(0, 100)), 110, **named)
        np.testing.assert_allclose(got, true, rtol=1e-10)
    five = true.sel(age=[0, 1, *range(5, 86, 5)])
    got = kannisto(five, 110, fit=(60, 80))
    np.testing.assert_allclose(got.sel(age=[85, 110]), true.sel(age=[85, 110]), rtol=1e-10)


def test_a_coherent_slope_does_not_cross(groups: xr.DataArray) -> None:
    tilted = groups.copy()
    tilted.loc[{"sex": "female", "age": [90, 95]}] *= 1.4
    apart, together = (kannisto(tilted, coherent=c) for c in (False, True))
    assert bool((apart.sel(sex="female") > apart.sel(sex="male")).sel(age=130))
    assert not bool((together.sel(sex="female") > together.sel(sex="male")).sel(age=130))


def test_an_extended_table_has_an_open_group_of_its_own(standard: xr.DataArray) -> None:
    table = life_table(kannisto(standard))
    cut = truncate(table, 100)
    assert cut["age"].values[-1] == 100
    assert table.attrs["sources"] == standard.attrs["sources"]
    np.testing.assert_array_equal(cut["ex"], table["ex"].sel(age=slice(0, 100)))
    # Extending and cutting again changes nothing: the open rate is what the old ages imply.
    np.testing.assert_allclose(life_table(cut["mx"])["ex"], cut["ex"], rtol=1e-12)
    # The rate of the model at 100 is that of one age: as the rate of 100+ it is too low.
    kept = life_table(kannisto(standard, 100))
    longer = kept["ex"].isel(age=-1) / cut["ex"].isel(age=-1)
    assert ((longer > 1.02) & (longer < 1.18)).all()


def test_a_ratio_of_its_own_for_the_open_group(standard: xr.DataArray) -> None:
    table = life_table(kannisto(standard))
    for step in (1, 5):
        own = unchanged(survival_ratios_open, table, 100, step=step)
        joint = survival_ratios(truncate(table, 100), step=step)
        ratio = own["survival_ratio"]
        xr.testing.assert_identical(ratio["age"], joint["age"])
        np.testing.assert_allclose(ratio[..., :-1], joint[..., :-1], rtol=1e-12)
        # Where the population is stationary the two ratios together are the joint one.
        years = table["Lx"].values
        before = years[:, 100 - step : 100].sum(axis=-1)
        open_years = years[:, 100:].sum(axis=-1)
        later = before * ratio.values[:, -1] + open_years * own["survival_ratio_open"].values
        np.testing.assert_allclose(later, (before + open_years) * joint.values[:, -1], rtol=1e-12)
        assert own["survival_ratio_open"].dims == ("sex",)
        assert (own["survival_ratio_open"] < ratio.isel(age=-1)).all()


# Deaths and exposures.


def test_rates_are_deaths_over_exposure(groups: xr.DataArray) -> None:
    exposure = xr.full_like(groups, 1e5).assign_attrs(sources=["a count"])
    deaths = (groups * exposure).assign_attrs(sources=["a register", "a count"])
    mx = unchanged(death_rates, deaths, exposure)
    np.testing.assert_allclose(mx, groups, rtol=1e-14)
    assert mx.name == "mx"
    assert mx.attrs["sources"] == ["a register", "a count"]
    assert mx.attrs["units"] == "deaths per person-year"
    assert mx.attrs["note"].startswith("Deaths as counted: if some are missing")
    life_table(mx)


def test_completeness_raises_deaths(groups: xr.DataArray) -> None:
    exposure = xr.full_like(groups, 1e5)
    share = xr.DataArray([0.8, 0.9], dims="sex", coords={"sex": list(SEXES)})
    mx = unchanged(death_rates, groups * share * exposure, exposure, completeness=share)
    np.testing.assert_allclose(mx, groups, rtol=1e-14)
    assert mx.attrs["note"] == "Deaths raised for a completeness of the count of 0.8 to 0.9."
    one = death_rates(groups.sel(sex="male"), exposure.sel(sex="male"), completeness=0.5)
    assert one.dims == ("age",)
    np.testing.assert_allclose(one, groups.sel(sex="male") / 1e5 / 0.5)
    assert one.attrs["note"].endswith("of 0.5.")


def test_what_incompleteness_does_to_life_expectancy(groups: xr.DataArray) -> None:
    true = life_table(groups)["ex"].isel(age=0)
    seen = life_table(death_rates(0.8 * groups, xr.ones_like(groups)))["ex"].isel(age=0)
    assert ((seen - true > 2) & (seen - true < 3.2)).all()


# Bad input.


def test_sexes_that_are_not_of_a_table(groups: xr.DataArray) -> None:
    with pytest.raises(
        SchemaError, match=r"^mx: sex is \['male', 'female'\], needed are labels of"
    ):
        life_table(groups.isel(sex=[1, 0]))
    with pytest.raises(SchemaError, match=r"^mx: sex is \['total'\].*assign_coords\(sex='both'\)"):
        life_table(groups.sel(sex="male").assign_coords(sex="total"))
    with pytest.raises(SchemaError, match=r"^mx: dimension 'sex' is missing"):
        life_table(groups.sel(sex="male", drop=True))


def test_ages_that_are_not_of_a_table(groups: xr.DataArray) -> None:
    with pytest.raises(SchemaError, match=r"^mx: age 50 is missing\. An abridged table has"):
        life_table(groups.drop_sel(age=50))
    with pytest.raises(SchemaError, match=r"^mx: age 102 does not belong to an abridged table"):
        life_table(groups.assign_coords(age=[*groups["age"].values[:-1], 102]))
    with pytest.raises(SchemaError, match=r"^mx: ages are not in ascending order from 0"):
        life_table(groups.isel(age=[0, 1, 2, 4, 3, *range(5, 22)]))
    with pytest.raises(SchemaError, match=r"^mx: age 1 is missing"):
        life_table(groups.drop_sel(age=1))
    with pytest.raises(
        SchemaError, match=r"^mx: an abridged table must be closed at 15\+ or later"
    ):
        life_table(groups.sel(age=[0, 1, 5, 10]))
    with pytest.raises(SchemaError, match=r"^mx: age labels must be whole numbers"):
        life_table(groups.assign_coords(age=groups["age"].astype(float)))
    with pytest.raises(SchemaError, match=r"^mx: a life table needs a closed age"):
        life_table(groups.sel(age=[0]))
    assert life_table(groups.sel(age=[0, 1, 5, 10, 15])).sizes["age"] == 5


def test_rates_that_are_not_above_0(groups: xr.DataArray) -> None:
    for bad in (0.0, -0.1):
        broken = groups.copy()
        broken.loc[{"sex": "male", "age": 40}] = bad
        with pytest.raises(SchemaError, match=r"must be above 0.*sex=male, age=40"):
            life_table(broken)
        with pytest.raises(SchemaError, match=r"must be above 0"):
            kannisto(broken)
        with pytest.raises(SchemaError, match=r"must be above 0"):
            single_year_rates(broken)


def test_rates_that_leave_nobody(groups: xr.DataArray) -> None:
    broken = groups.copy()
    broken.loc[{"sex": "male", "age": 95}] = 1.5
    with pytest.raises(
        SchemaError, match=r"a rate this high leaves no survivors.*sex=male, age=95"
    ):
        life_table(broken)
    # The constant hazard leaves some, whatever the rate.
    for ax in ("greville", "midpoint"):
        qx = life_table(broken, ax=ax)["qx"].sel(sex="male", age=95)
        assert float(qx) == pytest.approx(-np.expm1(-7.5), rel=1e-12)


def test_rules_that_are_not_known(groups: xr.DataArray) -> None:
    with pytest.raises(YilaoError, match=r"^a0: 'ak' is not known\. Choose one of \['andreev"):
        life_table(groups, a0="ak")
    with pytest.raises(YilaoError, match=r"^ax: 'pas' is not known"):
        life_table(groups, ax="pas")
    with pytest.raises(YilaoError, match=r"^region: 'w' is not known"):
        life_table(groups, region="w")
    with pytest.raises(YilaoError, match=r"^region: 'east' would change nothing"):
        life_table(groups, region="east")
    with pytest.raises(YilaoError, match=r"^region: 'east' would change nothing"):
        mx_from_qx(life_table(groups)["qx"], open_mx=0.4, region="east")
    life_table(groups, ax="midpoint", region="east")


def test_a_relational_model_needs_both_sexes_by_single_years(groups: xr.DataArray) -> None:
    with pytest.raises(SchemaError, match=r"^mx: age 2 is missing"):
        brass(groups, 0.1)


def test_counts_that_are_not_counts(groups: xr.DataArray) -> None:
    exposure = xr.full_like(groups, 1e5)
    with pytest.raises(SchemaError, match=r"^deaths: 44 value\(s\) are negative"):
        death_rates(-groups, exposure)
    with pytest.raises(SchemaError, match=r"^exposure: it must be above 0.*sex=female, age=30"):
        death_rates(groups, exposure.where(exposure["age"] != 30, 0.0))
    with pytest.raises(SchemaError, match=r"^exposure: it must be above 0"):
        death_rates(groups, -exposure)
    with pytest.raises(SchemaError, match=r"^age: deaths has 22 labels and exposure has 21"):
        death_rates(groups, exposure.isel(age=slice(0, -1)))
    for bad in (0.0, 77.0, np.nan):
        with pytest.raises(
            SchemaError, match=r"^completeness: .* is not a share above 0 and at mo"
        ):
            death_rates(groups, exposure, completeness=bad)
    by_area = xr.DataArray([0.8], dims="area", coords={"area": ["a"]})
    with pytest.raises(SchemaError, match=r"^completeness: deaths have no dimension 'area'"):
        death_rates(groups, exposure, completeness=by_area)
    other = xr.DataArray([0.8, 0.9], dims="sex", coords={"sex": ["male", "female"]})
    with pytest.raises(SchemaError, match=r"^sex: deaths has 2 labels"):
        death_rates(groups, exposure, completeness=other)


def test_closings_that_cannot_be(groups: xr.DataArray, standard: xr.DataArray) -> None:
    with pytest.raises(YilaoError, match=r"^start: 97 is not an age of the table"):
        kannisto(groups, start=97)
    with pytest.raises(YilaoError, match=r"^open_age: 95 must be 100 or later, in steps of 5"):
        kannisto(groups, 95)
    with pytest.raises(YilaoError, match=r"^open_age: 113 must be 100 or later, in steps of 5"):
        kannisto(groups, 113)
    # An open group has no place in the fit, nor a single age.
    for fit in ((80, 100), (80, 97), (95, 95)):
        with pytest.raises(YilaoError, match=r"^fit: .* must begin and end with closed ages"):
            kannisto(groups, fit=fit)
    lower = truncate(life_table(standard), 85)["mx"]
    with pytest.raises(YilaoError, match=r"^fit: 90 to 99 must begin.*which are 0 to 84"):
        kannisto(lower)
    assert kannisto(lower, fit=(70, 84)).sizes["age"] == 131
    with pytest.raises(YilaoError, match=r"^minimise: 'poisson' is not known"):
        kannisto(groups, minimise="poisson")
    with pytest.raises(YilaoError, match=r"^coherent: one slope for both sexes needs"):
        kannisto(groups.sel(sex="male"), coherent=True)
    with pytest.raises(YilaoError, match=r"^coherent: only errors of logit mx"):
        kannisto(groups, coherent=True, minimise="log")
    broken = groups.copy()
    broken.loc[{"sex": "male", "age": 95}] = 1.2
    with pytest.raises(SchemaError, match=r"^mx: a rate of 1 or above has no logit.*age=95"):
        kannisto(broken)
    falling = groups.copy()
    falling.loc[{"age": [80, 85, 90, 95]}] = [0.193, 0.363, 0.156, 0.0066]
    with pytest.raises(YilaoError, match=r"^mx: the model of Kannisto could not be fitted"):
        kannisto(falling, minimise="log")
    for age in (0, 83, 130):
        with pytest.raises(YilaoError, match=rf"^open_age: {age} is not an age of the table above"):
            truncate(life_table(groups), age)


def test_probabilities_that_cannot_be(groups: xr.DataArray) -> None:
    qx = life_table(groups)["qx"]
    assert qx.attrs["units"] == "1"

    def broken(value: float, age: int) -> xr.DataArray:
        return qx.where((qx["age"] != age) | (qx["sex"] != "male"), value)

    with pytest.raises(SchemaError, match=r"^qx: 1 value\(s\) are above 1, .*sex=male, age=40"):
        mx_from_qx(broken(1.2, 40), open_mx=0.4)
    with pytest.raises(SchemaError, match=r"^qx: 1 value\(s\) are negative"):
        mx_from_qx(broken(-0.2, 40), open_mx=0.4)
    for bad in (0.0, 1.0):
        with pytest.raises(SchemaError, match=r"^qx: before the open group .*sex=male, age=40"):
            mx_from_qx(broken(bad, 40), open_mx=0.4)
    with pytest.raises(SchemaError, match=r"^qx: the last age must be the open group"):
        mx_from_qx(broken(0.9, 100), open_mx=0.4)
    for bad in (0.0, np.nan):
        with pytest.raises(SchemaError, match=r"^open_mx: the death rate of the open group must"):
            mx_from_qx(qx, open_mx=bad)
    with pytest.raises(SchemaError, match=r"^open_mx: the table has no dimension 'age'"):
        mx_from_qx(qx, open_mx=groups)
    other = xr.DataArray([0.4, 0.5], dims="sex", coords={"sex": ["male", "female"]})
    with pytest.raises(SchemaError, match=r"^sex: the table has 2 labels and open_mx has 2"):
        mx_from_qx(qx, open_mx=other)
    jagged = np.full(22, 0.01)
    jagged[[2, 10, 13, -1]] = 0.93, 0.4, 0.82, 1.0
    with pytest.raises(YilaoError, match=r"^qx: no death rates have these .* rule 'greville'\."):
        mx_from_qx(column(jagged, qx["age"], "male"), open_mx=0.5, ax="greville")


def test_survivors_that_cannot_be(groups: xr.DataArray) -> None:
    lx = life_table(groups)["lx"]
    with pytest.raises(SchemaError, match=r"^lx: survivors must be above 0.*age=100"):
        mx_from_lx(lx.where(lx["age"] < 100, 0.0), open_mx=0.4)
    with pytest.raises(SchemaError, match=r"^lx: survivors must fall .*after sex=female, age=35"):
        mx_from_lx(lx.where(lx["age"] != 40, 1.0), open_mx=0.4)


def test_ratios_that_cannot_be(groups: xr.DataArray, standard: xr.DataArray) -> None:
    table, single = life_table(groups), life_table(standard)
    with pytest.raises(YilaoError, match=r"^step: 2 years is not known\. Choose 1 or 5"):
        survival_ratios(table, step=2)
    with pytest.raises(YilaoError, match=r"^step: an abridged table has no ratios of one year"):
        survival_ratios(table, step=1)
    with pytest.raises(YilaoError, match=r"^step: the open age 98 is no multiple of 5"):
        survival_ratios(truncate(single, 98), step=5)
    nobody = table.assign(Lx=table["Lx"].where(table["age"] < 100, 0.0))
    with pytest.raises(SchemaError, match=r"^Lx: person-years must be above 0.*age=100"):
        survival_ratios(nobody)
    for age in (0, 100, 97):
        with pytest.raises(YilaoError, match=rf"^open_age: {age} must be an age of the table with"):
            survival_ratios_open(single, age, step=5)


def test_tables_that_cannot_be_split_or_joined(
    groups: xr.DataArray, standard: xr.DataArray
) -> None:
    with pytest.raises(SchemaError, match=r"^mx: ages 0, 1, 2 are single years already"):
        single_year_rates(standard)
    with pytest.raises(SchemaError, match=r"^table: ages 0, 1 … 100\+ are not single years"):
        abridge(life_table(groups))
    with pytest.raises(SchemaError, match=r"^table: ages 0, 1 … 98\+ are not single years"):
        abridge(truncate(life_table(standard), 98))
    rough = groups.copy()
    rough.loc[{"age": [20, 30]}] = 0.7
    rough.loc[{"age": 25}] = 1e-9
    with pytest.raises(YilaoError, match=r"^mx: the abridged rates could not be graduated"):
        single_year_rates(rough)


@pytest.mark.parametrize(
    ("use", "column"),
    [
        (survival_ratios, "Lx"),
        (lambda table: survival_ratios_open(table, 90), "Lx"),
        (lambda table: truncate(table, 85), "lx"),
        (abridge, "Tx"),
    ],
)
def test_a_life_table_without_a_column_says_which(
    use: Callable[[xr.Dataset], object], column: str
) -> None:
    table = life_table(wpp_mx("2022", [2020]))
    with pytest.raises(SchemaError, match=rf"^table: {column} is missing, it has \['mx', "):
        use(table.drop_vars(column))
