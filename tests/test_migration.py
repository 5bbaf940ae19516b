"""Net migration as a residual: what must come out for places whose migration is known."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from yilao.migration import annual_net_migration, census_residual, profile
from yilao.population import census_groups
from yilao.schema import SEXES, BasisError, SchemaError, check_variable

LOWS = np.arange(0, 90, 5)
CENSUS_LOWS = np.array([0, 1, *range(5, 90, 5)])
PREFECTURES = ("hangzhou", "taizhou-zhejiang", "taizhou-jiangsu", "ankang")


def groups(values: object, lows: np.ndarray = LOWS, **attrs: object) -> xr.DataArray:
    return xr.DataArray(
        np.asarray(values, dtype=float).reshape(2, len(lows)),
        dims=("sex", "age_low"),
        coords={"sex": list(SEXES), "age_low": lows},
        attrs={"units": "persons", "basis": "resident", "sources": ["made up"]} | attrs,
    )


def counts(low: float = 1.0, high: float = 1e6) -> st.SearchStrategy[xr.DataArray]:
    return st.lists(st.floats(low, high), min_size=36, max_size=36).map(groups)


def unchanged(call: Callable[..., xr.DataArray], *arrays: xr.DataArray) -> xr.DataArray:
    """Call, then make sure that the arrays are what they were."""
    before = [a.copy(deep=True) for a in arrays]
    result = call(*arrays)
    for now, then in zip(arrays, before, strict=True):
        xr.testing.assert_identical(now, then)
    return result


def older(before: xr.DataArray, births: float = 100.0) -> xr.DataArray:
    """Ten years later, when nobody has died or moved."""
    p = before.values
    after = np.full_like(p, births)
    after[:, 2:] = p[:, :-2]
    after[:, -1] += p[:, -2] + p[:, -1]
    return before.copy(data=after)


def adults(residual: xr.DataArray) -> np.ndarray:
    return residual.sel(age_low=slice(10, None)).values


# Residuals.


@settings(deadline=None, max_examples=40)
@given(counts())
def test_a_closed_nation_without_deaths_has_no_migration(nation: xr.DataArray) -> None:
    after = older(nation)
    residual = unchanged(census_residual, nation, after, nation, after)
    np.testing.assert_allclose(residual, 0, atol=1e-9 * float(after.max()))


@settings(deadline=None, max_examples=40)
@given(n0=counts(), n1=counts(), scale=st.floats(1e-3, 1))
def test_a_small_copy_of_the_nation_has_no_migration(
    n0: xr.DataArray, n1: xr.DataArray, scale: float
) -> None:
    place = [n.copy(data=n.values * scale) for n in (n0, n1)]
    residual = census_residual(*place, n0, n1)
    np.testing.assert_allclose(adults(residual), 0, atol=1e-8 * float(n1.max()))


@settings(deadline=None, max_examples=40)
@given(parts=st.lists(st.tuples(counts(), counts()), min_size=2, max_size=4))
def test_within_a_closed_nation_migration_adds_up_to_0(
    parts: list[tuple[xr.DataArray, xr.DataArray]],
) -> None:
    n0 = parts[0][0].copy(data=sum(p.values for p, _ in parts))
    n1 = parts[0][1].copy(data=sum(p.values for _, p in parts))
    residuals = [adults(census_residual(p0, p1, n0, n1)) for p0, p1 in parts]
    np.testing.assert_allclose(sum(residuals), 0, atol=1e-8 * float(n1.sum()))


@settings(deadline=None, max_examples=40)
@given(p0=counts(), p1=counts(), n0=counts(), n1=counts(), moved=counts(0, 1e5))
def test_who_came_is_what_the_residual_finds(
    p0: xr.DataArray, p1: xr.DataArray, n0: xr.DataArray, n1: xr.DataArray, moved: xr.DataArray
) -> None:
    without = adults(census_residual(p0, p1, n0, n1))
    with_them = adults(census_residual(p0, p1.copy(data=p1.values + moved.values), n0, n1))
    scale = max(np.abs(without).max(), float(p1.max()))
    np.testing.assert_allclose(with_them - without, adults(moved), atol=1e-9 * scale)


@settings(deadline=None, max_examples=40)
@given(p0=counts(), p1=counts(), n0=counts(), n1=counts())
def test_doubling_the_place_doubles_its_migration(
    p0: xr.DataArray, p1: xr.DataArray, n0: xr.DataArray, n1: xr.DataArray
) -> None:
    one = census_residual(p0, p1, n0, n1)
    two = census_residual(p0.copy(data=2 * p0.values), p1.copy(data=2 * p1.values), n0, n1)
    np.testing.assert_allclose(two, 2 * one, rtol=1e-12)


def test_the_residual_by_hand() -> None:
    n0, n1, p0, p1 = (groups(np.full(36, v)) for v in (100.0, 80.0, 10.0, 20.0))
    residual = unchanged(census_residual, p0, p1, n0, n1)
    women = residual.sel(sex="female")
    assert float(women.sel(age_low=10)) == pytest.approx(20 - 10 * 0.8)
    # three groups of the first census grow into the open one: survival 80 / 300
    assert float(women.sel(age_low=85)) == pytest.approx(20 - 30 * 80 / 300)
    # child-woman: 20 children to 6 x 20 women, whose migrants are 6 x 12, and 1/4 and 3/4 of it
    assert float(women.sel(age_low=0)) == pytest.approx(20 / 120 * 72 / 4)
    assert float(women.sel(age_low=5)) == pytest.approx(20 / 120 * 72 * 3 / 4)


def test_children_move_with_the_women_who_could_be_their_mothers() -> None:
    n0, n1, p0, p1 = (groups(np.full(36, 100.0)) for _ in range(4))
    n1 = n1.copy()
    n1.loc[{"age_low": 85}] = 300.0
    p1.loc[{"age_low": 85}] = 300.0
    p1.loc[{"sex": "female", "age_low": 15}] = 160.0  # 15-44 for ages 0-4, 20-49 for ages 5-9
    residual = census_residual(p0, p1, n0, n1)
    children = residual.sel(age_low=[0, 5])
    np.testing.assert_allclose(children.sel(age_low=0), 100 / 660 * 60 / 4)
    np.testing.assert_allclose(children.sel(age_low=5), 0, atol=1e-12)
    p1.loc[{"sex": "female", "age_low": 15}] = 100.0
    p1.loc[{"sex": "female", "age_low": 45}] = 160.0
    children = census_residual(p0, p1, n0, n1).sel(age_low=[0, 5])
    np.testing.assert_allclose(children.sel(age_low=0), 0, atol=1e-12)
    np.testing.assert_allclose(children.sel(age_low=5), 100 / 660 * 60 * 3 / 4)


def test_a_place_that_lives_longer_keeps_more_survivors() -> None:
    n0, n1, p0, p1 = (groups(np.full(36, v)) for v in (100.0, 80.0, 10.0, 20.0))
    ratio = groups(np.linspace(1, 1.2, 36), units="1")
    before = ratio.copy(deep=True)
    residual = census_residual(p0, p1, n0, n1, survival=ratio)
    xr.testing.assert_identical(ratio, before)
    expected = 20 - 8 * ratio.values
    np.testing.assert_allclose(residual.values[:, 2:-1], expected[:, 2:-1])
    plain = census_residual(p0, p1, n0, n1, survival=xr.ones_like(ratio))
    np.testing.assert_array_equal(plain, census_residual(p0, p1, n0, n1))


def test_finer_groups_are_joined() -> None:
    rng = np.random.default_rng(7)
    fine = [groups(rng.uniform(10, 99, 38), CENSUS_LOWS) for _ in range(4)]
    joined = []
    for f in fine:
        values = np.append(f.values[:, :2].sum(axis=1, keepdims=True), f.values[:, 2:], axis=1)
        joined.append(groups(values))
    residual = census_residual(*fine)
    assert residual["age_low"].values.tolist() == LOWS.tolist()
    np.testing.assert_allclose(residual, census_residual(*joined), rtol=1e-12)


def test_the_residual_is_labelled() -> None:
    n = groups(np.ones(36), sources=["nation"])
    survival = groups(np.ones(36), units="1", sources=["table"])
    residual = census_residual(groups(np.ones(36), sources=["place"]), n, n, n, survival=survival)
    assert residual.dims == ("sex", "age_low")
    assert residual.attrs == {
        "units": "persons per ten years",
        "basis": "resident",
        "sources": ["place", "nation", "table"],
    }


@pytest.mark.parametrize("place", PREFECTURES)
def test_the_packaged_places_gain_and_lose_as_known(place: str) -> None:
    tables = [census_groups(p, y) for p in (place, "china") for y in (2010, 2020)]
    residual = unchanged(census_residual, *tables)
    young = float(residual.sel(age_low=20).sum())
    # Hangzhou and Taizhou (Zhejiang) took in; Ankang and Taizhou (Jiangsu) sent their young away.
    assert (young > 0) == (place in ("hangzhou", "taizhou-zhejiang"))
    if place == "hangzhou":  # most of its growth of ten years, but not all
        growth = float(tables[1].sum() - tables[0].sum())
        assert 0.75 * growth < float(residual.sum()) < growth


# Labels and bases of the residual.


def test_groups_that_end_early() -> None:
    tables = [groups(np.ones(36))] * 4
    tables[1] = groups(np.ones(34), LOWS[:-1])
    with pytest.raises(SchemaError, match=r"^groups: the residual needs age groups that join to"):
        census_residual(*tables)


def test_groups_that_do_not_join_to_five_years() -> None:
    n = groups(np.ones(18), np.arange(0, 90, 10))
    with pytest.raises(SchemaError, match=r"^groups: the residual needs age groups that join to"):
        census_residual(n, n, n, n)
    n = groups(np.ones(40), np.arange(0, 100, 5))
    with pytest.raises(SchemaError, match=r"they begin at \[0, 5.* 95\]\. Sum them first\."):
        census_residual(n, n, n, n)


@pytest.mark.parametrize(
    ("which", "message"),
    [
        (0, r"^before is registered and after is resident"),
        (1, r"^before is resident and after is registered"),
        (2, r"^before is resident and nation_before is registered"),
        (3, r"^after is resident and nation_after is registered"),
    ],
)
def test_bases_are_not_mixed(which: int, message: str) -> None:
    tables = [groups(np.ones(36)) for _ in range(4)]
    tables[which] = tables[which].assign_attrs(basis="registered")
    with pytest.raises(BasisError, match=message):
        census_residual(*tables)


def test_a_basis_is_needed() -> None:
    tables = [groups(np.ones(36)) for _ in range(4)]
    tables[3] = tables[3].assign_attrs(basis=None)
    with pytest.raises(BasisError, match=r"^nation_after: the basis is None"):
        census_residual(*tables)


def test_men_first_is_an_error() -> None:
    tables = [groups(np.arange(1.0, 37)).isel(sex=[1, 0]) for _ in range(4)]
    with pytest.raises(SchemaError, match=r"sex is \['male', 'female'\]"):
        census_residual(*tables)


def test_survival_of_other_groups_is_an_error() -> None:
    tables = [groups(np.ones(36)) for _ in range(4)]
    ratio = groups(np.ones(38), CENSUS_LOWS, units="1")
    with pytest.raises(SchemaError, match=r"^age_low: .*survival has 19"):
        census_residual(*tables, survival=ratio)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a.expand_dims(area=["a"]), r"^survival: dimension 'area' is not known here"),
        (lambda a: a.isel(sex=[1, 0]), r"^survival: sex is \['male', 'female'\]"),
        (lambda a: a.where(a.age_low != 20), r"^survival: 2 value\(s\) are missing"),
        (lambda a: -a, r"^survival: 36 value\(s\) are negative"),
    ],
)
def test_faults_of_the_survival_of_the_place(
    change: Callable[[xr.DataArray], xr.DataArray], message: str
) -> None:
    tables = [groups(np.ones(36)) for _ in range(4)]
    with pytest.raises(SchemaError, match=message):
        census_residual(*tables, survival=change(groups(np.ones(36), units="1")))


def test_censuses_are_in_persons() -> None:
    tables = [groups(np.ones(36)) for _ in range(4)]
    tables[2] = tables[2].assign_attrs(units="万人")
    with pytest.raises(SchemaError, match=r"^nation_before: the unit is '万人'"):
        census_residual(*tables)


# From ten years to one.

TEN_YEARS = "persons per ten years"
residuals = counts(-1e5, 1e5).map(lambda a: a.assign_attrs(units=TEN_YEARS))


def ten_years(values: object, lows: np.ndarray = LOWS, **attrs: object) -> xr.DataArray:
    return groups(values, lows, units=TEN_YEARS, **attrs)


@settings(deadline=None, max_examples=40)
@given(residuals)
def test_a_year_has_a_tenth_of_the_migrants(residual: xr.DataArray) -> None:
    annual = unchanged(annual_net_migration, residual)
    size = float(np.abs(residual).sum())
    np.testing.assert_allclose(
        annual.sum("age"), residual.sum("age_low") / 10, atol=1e-12 * size + 1e-300
    )
    check_variable(annual.expand_dims(year=[2021]), "net_migration")
    assert annual.sizes == {"sex": 2, "age": 101}
    assert annual.attrs == {
        "units": "persons per step",
        "basis": "resident",
        "sources": ["made up"],
    }


def test_one_cohort_is_spread_over_the_ages_it_passed() -> None:
    one = np.zeros((2, 18))
    one[0, 4] = 5000  # aged 20-24 at the second census: 10-24 in the ten years before
    annual = annual_net_migration(ten_years(one))
    women = annual.sel(sex="female").values
    assert not annual.sel(sex="male").values.any()
    assert np.flatnonzero(women).tolist() == list(range(11, 25))
    # each single cohort brings 1000 people, 10 a year of its ten ages; five overlap in the middle
    np.testing.assert_allclose(women[11:25], 10 * np.array([1, 2, 3, 4, *[5] * 6, 4, 3, 2, 1]))


def test_children_came_in_the_years_of_their_lives() -> None:
    one = np.zeros((2, 18))
    one[1, 0] = 500  # aged 0-4, 100 of each age
    men = annual_net_migration(ten_years(one)).sel(sex="male").values
    wanted = [sum(100 / (b + 1) / 10 for b in range(a, 5)) for a in range(5)]
    np.testing.assert_allclose(men[:5], wanted)
    assert not men[5:].any()


# The profile.


@settings(deadline=None, max_examples=40)
@given(counts(0, 1e5).map(lambda a: a.assign_attrs(units=TEN_YEARS)), st.sampled_from([1.0, -1.0]))
def test_a_profile_sums_to_1_whatever_the_direction(
    residual: xr.DataArray, direction: float
) -> None:
    annual = annual_net_migration(residual) * direction + direction
    shares = unchanged(profile, annual)
    assert float(shares.sum()) == pytest.approx(1, rel=1e-12)
    np.testing.assert_allclose(shares * float(annual.sum()), annual, rtol=1e-9)
    assert shares.attrs["units"] == "1"
    assert shares.dims == annual.dims


def test_a_profile_keeps_the_sources() -> None:
    annual = annual_net_migration(ten_years(np.ones(36)))
    assert profile(annual).attrs["sources"] == ["made up"]


@pytest.mark.parametrize("left", [0.0, 1.0, -1.0])
def test_in_and_out_that_cancel_have_no_profile(left: float) -> None:
    moves = np.ones((2, 18))
    moves[0] = -1
    moves[0, 3] += left
    annual = annual_net_migration(ten_years(moves * 1e5))
    with pytest.raises(
        SchemaError, match=r"^net_migration: the total .* is small beside the moves by age; a profi"
    ):
        profile(annual)


def test_a_total_of_a_tenth_of_the_moves_is_enough() -> None:
    moves = groups(np.zeros(36)).rename(age_low="age")
    moves.loc[{"age": 20}] = [60.0, -40.0]
    assert float(profile(moves).sum()) == pytest.approx(1)
    moves.loc[{"age": 20}] = [54.0, -46.0]
    with pytest.raises(SchemaError, match="the total 8 is small"):
        profile(moves)


def test_no_migration_has_no_profile() -> None:
    nothing = annual_net_migration(ten_years(np.zeros(36)))
    with pytest.raises(SchemaError, match=r"^net_migration: the total 0"):
        profile(nothing)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            lambda a: a.assign_attrs(units="persons"),
            SchemaError,
            r"^residual: the unit is 'persons",
        ),
        (lambda a: a.isel(age_low=slice(1, None)), SchemaError, r"^residual: its groups begin at "),
        (lambda a: a.rename(age_low="age"), SchemaError, r"^residual: dimension 'age_low' is miss"),
        (lambda a: a.where(a.age_low > 0), SchemaError, r"^residual: 2 value\(s\) are missing"),
        (lambda a: a.assign_attrs(basis=None), BasisError, r"^residual: the basis is None"),
    ],
)
def test_faults_of_the_residual_of_ten_years(
    change: Callable[[xr.DataArray], xr.DataArray], error: type[SchemaError], message: str
) -> None:
    with pytest.raises(error, match=message):
        annual_net_migration(change(ten_years(np.ones(36))))


def test_faults_of_what_a_profile_is_made_of() -> None:
    annual = annual_net_migration(ten_years(np.ones(36)))
    with pytest.raises(SchemaError, match=r"^net_migration: 2 value\(s\) are missing"):
        profile(annual.where(annual.age != 30))
    with pytest.raises(SchemaError, match=r"^net_migration: dimension 'sex' is missing"):
        profile(annual.sum("sex"))
