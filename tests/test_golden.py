"""Other programs' numbers, reproduced through `yl.project`.

What each file is, and of which program and version, is in the README of its folder.  Every cell
agrees to 1e-14 relative, which is rounding; 1e-12 is asked, and where that is not reached, the
reason stands beside it.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import xarray as xr

import yilao as yl

Array = npt.NDArray[np.float64]

GOLDEN = Path(__file__).parent / "golden"
EXACT = 1e-12
SEXES = ["female", "male"]
UNITS = {
    "population": "persons",
    "survival_ratio": "1",
    "survival_ratio_open": "1",
    "asfr": "births per woman per year",
    "srb": "males per female",
    "net_migration": "persons per step",
    "net_migration_rate": "per person per year",
    "lx": "1",
    "Lx": "years",
}
# Columns that do not have the dimensions year, sex, age stand in some rows only (READMEs).
DIMS = {
    **dict.fromkeys(["srb", "male_share", "rate", "births", "female_births"], ("year",)),
    **dict.fromkeys(["survival_ratio_open", "deaths_of_open"], ("year", "sex")),
    **dict.fromkeys(["asfr", "asfr_step", "births_by_mother_age"], ("year", "age")),
    **dict.fromkeys(["female_births_by_mother_age", "male_births_by_mother_age"], ("year", "age")),
}


def read(path: str) -> pd.DataFrame:
    # As text first: not every pandas reads 17 digits exactly.
    frame = pd.read_csv(GOLDEN / path, dtype=str)
    labels = {c: int for c in ("year", "age", "from_age") if c in frame}
    numbers = {c: float for c in frame if c not in {*labels, "sex"}}
    return frame.astype(labels | numbers)


def column(frame: pd.DataFrame, name: str) -> xr.DataArray:
    """One column with its own dimensions; sexes and ages that are not there stay away."""
    dims = list(DIMS.get(name, ("year", "sex", "age")))
    found = frame.dropna(subset=[name]).set_index(dims)[name].to_xarray()
    return found.sel(sex=[s for s in SEXES if s in found["sex"]]) if "sex" in dims else found


def whole(array: xr.DataArray, name: str, ages: Array) -> xr.DataArray:
    """Both sexes and all ages, 0 where the file has none, with the unit of the variable."""
    full = {"sex": SEXES, "age": ages}
    array = array.reindex({d: full[d] for d in full if d in array.dims}, fill_value=0.0)
    return array.assign_attrs(units=UNITS[name])


def rates(frame: pd.DataFrame, *names: str, **made: xr.DataArray) -> xr.Dataset:
    """Columns of the inputs, and what the test made of others."""
    ages = np.unique(frame["age"])
    given = {n: column(frame, n) for n in names} | made
    return xr.Dataset({n: whole(a, n, ages) for n, a in given.items()})


def base(frame: pd.DataFrame) -> xr.DataArray:
    start = whole(column(frame, "population"), "population", np.unique(frame["age"]))
    return start.isel(year=0).assign_attrs(basis="resident")


def same(got: xr.DataArray, want: xr.DataArray, rtol: float = EXACT) -> None:
    """Every cell that the program wrote agrees, relative to the cell."""
    if "mother_age" in got.dims:
        got = got.rename(mother_age="age")
    assert set(got.dims) == set(want.dims)
    assert want.size
    chosen = got.sel({d: want[d] for d in want.dims}).transpose(*want.dims)
    np.testing.assert_allclose(chosen.values, want.values, rtol=rtol, atol=0)


def of_sex(array: xr.DataArray, sex: str) -> xr.DataArray:
    return array.sel(sex=sex, drop=True)


# bayesPop: the routine of the United Nations.


def five_year_inputs() -> tuple[xr.DataArray, xr.Dataset]:
    frame = read("bayesPop/china_wpp2019_5x5/inputs.csv.gz")
    asfr = column(frame, "asfr_step") / 5
    names = ("survival_ratio", "srb", "lx", "Lx", "net_migration")
    return base(frame), rates(frame, *names, asfr=asfr)


def bayespop_agrees(result: yl.Projection, frame: pd.DataFrame) -> None:
    same(result.population, column(frame, "population"))
    # 9e-16; compiled with fused multiply-add 7e-13: L(a) - 5 l(a+1) is a small difference.
    same(result.deaths_by_age_at_death, column(frame, "deaths_by_age_at_death"))
    by_mother = {s: column(frame, f"{s}_births_by_mother_age") for s in SEXES}
    same(result.births_by_mother_age, by_mother["female"] + by_mother["male"])
    for sex, births in by_mother.items():
        found = of_sex(result.births, sex).sel(year=births["year"])
        same(found, births.sum("age"))


@pytest.mark.parametrize(
    ("case", "migrants", "engine"),
    [
        ("mig_end", "end", "numpy"),
        ("mig_even", "even", "numpy"),
        ("mig_even", "even", "numba"),
    ],
)
def test_bayespop_in_five_year_steps(case, migrants, engine):
    if engine == "numba":
        pytest.importorskip("numba")
    start, given = five_year_inputs()
    result = yl.project(start, given, migrants=migrants, engine=engine)
    assert result.population.sizes == {"year": 17, "sex": 2, "age": 27}
    bayespop_agrees(result, read(f"bayesPop/china_wpp2019_5x5/{case}.csv.gz"))
    if migrants == "end":  # the program writes migrants by the age they were given for
        same(result.net_migration, given["net_migration"])
    else:
        total = given["net_migration"].sum("age")
        same(result.net_migration.sum("age"), total)


def by_schedule(people: Array, total: float, schedule: Array) -> Array:
    """Rate code 1: the total spread by a schedule; no cell loses more than 80 %."""
    return np.maximum(-0.8 * people, total * schedule)


def added_to_counts(people: Array, total: float, counts: Array) -> Array:
    """Rate code 2: what is missing to the total goes to the cells of its own sign.

    China's counts are all negative: while the rate is positive, they stay as they are.
    """
    part = np.where(counts > 0 if total > 0 else counts < 0, counts, 0.0)
    return counts + (total - counts.sum()) * part / part.sum() if part.any() else counts


def in_and_out(people: Array, total: float, schedule: Array) -> Array:
    """Rate code 4: in- and outflow of each sex from its number and its net migrants."""
    out = read("bayesPop/china_wpp2019_5x5/migrate_code4_out_schedule.csv")["out_schedule"].values
    b0, b1, least, female = 0.35, 0.5, 0.035, 0.5
    number, net = people.sum(axis=1), total * np.array([female, 1 - female])
    come = np.maximum.reduce([number * b0 + net * b1, number * least, number * least + net])
    return come[:, None] * schedule + (net - come)[:, None] * out / out.sum()


@pytest.mark.parametrize(
    ("code", "rule"), [(1, by_schedule), (2, added_to_counts), (4, in_and_out)]
)
def test_bayespops_rate_codes(code, rule: Callable[[Array, float, Array], Array]):
    """Migration as a rate of all who are alive at the end of the step.

    That is no linear rule of the population at the start, so it cannot be given as a rate: it is
    worked out here, step by step, from the closed projection of each step, and given as counts.
    """
    start, given = five_year_inputs()
    closed = given.drop_vars(["net_migration", "lx", "Lx"])
    frame = read(f"bayesPop/china_wpp2019_5x5/migrate_code{code}.csv.gz")
    ages = start["age"].values
    schedule = whole(column(frame, "schedule"), "net_migration", ages)
    rate = column(frame, "rate")
    migrants = xr.full_like(given["net_migration"], np.nan)
    people = start
    for year in rate["year"].values.tolist():
        alive = yl.project(people, closed, until=year, flows=False).population.sel(year=year)
        total = float(rate.sel(year=year) * alive.sum())
        moved = rule(alive.values, total, schedule.sel(year=year).values)
        migrants.loc[{"year": year}] = moved
        people = alive + moved
        people.attrs = alive.attrs
    # Differences of large flows: relative to the largest, and in 2075 the rate is 0.
    wanted = whole(column(frame, "net_migration"), "net_migration", ages)
    assert abs(migrants - wanted).max() <= EXACT * abs(wanted).max()
    result = yl.project(start, given.assign(net_migration=migrants), migrants="end")
    bayespop_agrees(result, frame)


def sampled_life_tables(frame: pd.DataFrame, scale: float = 1.0) -> dict[str, xr.DataArray]:
    """Life tables are carried for the years with outputs; the others take the next one.

    They change nothing but the period deaths of their own year.
    """
    years = np.unique(frame["year"])[1:]
    tables = {n: column(frame, n) / scale for n in ("lx", "Lx")}
    return {n: t.reindex(year=years, method="bfill") for n, t in tables.items()}


def test_bayespop_in_one_year_steps():
    frame = read("bayesPop/china_synthetic_1x1/inputs.csv.gz")
    names = ("survival_ratio", "asfr", "srb", "net_migration")
    given = rates(frame, *names, **sampled_life_tables(frame))
    result = yl.project(base(frame), given, migrants="end")
    assert result.population.sizes == {"year": 78, "sex": 2, "age": 131}
    bayespop_agrees(result, read("bayesPop/china_synthetic_1x1/mig_end.csv.gz"))


# ccmppWPP: the program of the United Nations in R.


def test_ccmppwpp_canada():
    frame = read("ccmppWPP/canada_1x1/inputs.csv.gz")
    want = read("ccmppWPP/canada_1x1/mig_end.csv.gz")
    names = ("survival_ratio", "asfr", "srb", "net_migration")
    given = rates(frame, *names, **sampled_life_tables(frame, scale=100_000))
    result = yl.project(base(frame), given, migrants="end")
    assert result.population.sizes == {"year": 71, "sex": 2, "age": 101}
    same(result.population, column(want, "population"))
    same(result.deaths, column(want, "deaths"))
    same(result.births_by_mother_age, column(want, "births_by_mother_age"))
    # The separation factors divide differences of neighbours, which near age 7 are 1e-4 of L: the
    # radix 1 for 100,000 rounds them to 1e-12.  Reached: 1.05e-12.
    same(result.deaths_by_age_at_death, column(want, "deaths_by_age_at_death"), rtol=1e-11)


# Leslie: CCMPP, demCore, popReconstruct, ccmpp.tmb, popbio.


@pytest.mark.parametrize("program", ["CCMPP_wheldon", "demCore"])
@pytest.mark.parametrize("convention", ["un", "leslie", "spectrum"])
def test_thailand_without_migration(program, convention):
    """Without migration the conventions are one."""
    frame = read(f"{program}/thailand/inputs.csv.gz")
    given = rates(frame, "survival_ratio", "survival_ratio_open", "asfr", "srb")
    result = yl.project(base(frame), given, convention=convention)
    same(result.population, column(read(f"{program}/thailand/outputs.csv.gz"), "population"))


def burkina_faso() -> tuple[xr.DataArray, xr.Dataset]:
    frame = read("popReconstruct/burkina_faso/inputs.csv.gz")
    yearly = column(frame, "migration_proportion") / 5
    srb = xr.full_like(yearly[:, 0, 0].drop_vars(["sex", "age"]), 1.05)
    names = ("survival_ratio", "survival_ratio_open", "asfr")
    return base(frame), rates(frame, *names, srb=srb, net_migration_rate=yearly)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_popreconstruct_and_ccmpp_tmb_burkina_faso(engine):
    if engine == "numba":
        pytest.importorskip("numba")
    start, given = burkina_faso()
    result = yl.project(start, given, convention="leslie", engine=engine)
    reconstructed = read("popReconstruct/burkina_faso/outputs.csv.gz")
    same(result.population, column(reconstructed, "population"))
    want = read("ccmpp.tmb/burkina_faso/outputs.csv.gz")
    same(result.population, column(want, "population"))
    same(result.births_by_mother_age, column(want, "births_by_mother_age"))
    same(of_sex(result.births, "female"), column(want, "female_births"))
    # The program keeps apart who dies on the way into the open group and who dies in it.
    deaths = column(want, "deaths")
    deaths.loc[{"age": 80}] += column(want, "deaths_of_open")
    same(result.deaths, deaths)
    # Its migrants stand at the age they start from.
    before = result.population.shift(year=1).sel(year=given["year"])
    same(5 * given["net_migration_rate"] * before, column(want, "net_migration"))


def leslie_inputs() -> tuple[Array, xr.DataArray, xr.Dataset]:
    """The matrix of popbio's case, and survival and fertility that it is made of.

    The first row is k (f(a) + s(a+1) f(a+1)) with k = S(0) / 2 / (1 + srb); only the product k f is
    in it, so S(0) = srb = 1 here.
    """
    frame = read("popbio/china_females_5x5/leslie.csv")
    ages = np.unique([frame["age"], frame["from_age"]])
    n = len(ages)
    leslie = np.zeros((n, n))
    leslie[frame["age"] // 5, frame["from_age"] // 5] = frame["leslie"]
    survival = np.ones((2, n))
    survival[0, 1:] = np.diag(leslie, -1)
    births = np.zeros(n)  # of a woman in the five years
    for a in range(n - 1, 2, -1):
        following = survival[0, a + 1] * births[a + 1] if a + 1 < n else 0.0
        births[a] = 4 * leslie[0, a] - following
    coords = {"year": [5], "sex": SEXES, "age": ages}
    cells = ("year", "sex", "age")
    given = xr.Dataset(
        {
            "survival_ratio": (cells, survival[None], {"units": UNITS["survival_ratio"]}),
            "asfr": (("year", "age"), births[None] / 5, {"units": UNITS["asfr"]}),
            "srb": ("year", [1.0], {"units": UNITS["srb"]}),
        },
        coords=coords,
    )
    start = xr.DataArray(
        np.zeros((2, n)),
        dims=("sex", "age"),
        coords={"sex": SEXES, "age": ages, "year": 0},
        attrs={"units": "persons", "basis": "resident"},
    )
    return leslie, start, given


def repeated(given: xr.Dataset, steps: int) -> xr.Dataset:
    years = 5 * np.arange(1, steps + 1)
    return xr.Dataset(
        {
            n: a.isel(year=np.zeros(steps, dtype=int)).assign_coords(year=years)
            for n, a in given.items()
        }
    )


def test_popbios_leslie_matrix_is_what_unit_vectors_become():
    leslie, start, given = leslie_inputs()
    ages = start["age"].values
    units = start.expand_dims(draw=ages).copy()
    units.loc[{"sex": "female"}] = np.eye(len(ages))
    step = yl.project(units, given, convention="leslie").population.sel(year=5, sex="female")
    matrix = step.transpose("age", "draw").values
    np.testing.assert_allclose(matrix, leslie, rtol=EXACT, atol=1e-16)
    # The growth that popbio prints with seven digits: those past childbearing do not change it.
    assert max(abs(np.linalg.eigvals(matrix))) == pytest.approx(0.9607246, abs=5e-8)


def test_popbios_projection():
    _, start, given = leslie_inputs()
    frame = read("popbio/china_females_5x5/population.csv.gz")
    want = frame.set_index(["year", "age"])["population"].to_xarray()
    people = start.copy()
    people.loc[{"sex": "female"}] = want.sel(year=0).values
    result = yl.project(people, repeated(given, 16), convention="leslie")
    same(of_sex(result.population, "female"), want)
    growth = of_sex(result.population, "female").sum("age")
    # The lambda of its projection is the growth of the last step, with seven digits.
    assert float(growth[-1] / growth[-2]) == pytest.approx(0.9608171, abs=5e-8)


def test_popbios_stable_ages_and_reproductive_values():
    """Ages 0 … 49 alone: the long run is stable, its gradient the reproductive value."""
    _, start, given = leslie_inputs()
    frame = read("popbio/china_females_5x5/eigen_10x10.csv")
    kept = start["age"].values[:10]
    start, given = start.sel(age=kept) + 0.0, given.sel(age=kept)
    start.attrs = {"units": "persons", "basis": "resident"}
    start.loc[{"sex": "female"}] = 1e6
    nobody = xr.zeros_like(given["survival_ratio"].isel(age=0, drop=True))
    given["survival_ratio_open"] = nobody.assign_attrs(units="1")
    steps = 200  # what is left of other vectors: the damping ratio 1.206 to the power -200, 1e-16
    given = repeated(given, steps)
    women = of_sex(yl.project(start, given, convention="leslie").population, "female")
    last = women.isel(year=-1)
    np.testing.assert_allclose(last / last.sum(), frame["stable_age"], rtol=EXACT)
    ratio = last.sum() / women.isel(year=-2).sum()
    assert float(ratio) == pytest.approx(0.9607246, abs=5e-8)
    weights = xr.zeros_like(start).expand_dims(measure=["women"], year=range(0, 5 * steps + 1, 5))
    weights = weights.copy()
    weights.loc[{"sex": "female", "year": 5 * steps}] = 1.0
    weights = weights.transpose("measure", "year", "sex", "age")
    gradient = yl.sensitivity(start, given, weights, convention="leslie", engine="numpy")
    value = gradient["population"].sel(measure="women", sex="female")
    np.testing.assert_allclose(value / value[0], frame["reproductive_value"], rtol=EXACT)


# leapfrog: the open replica of Spectrum's DemProj.


def leapfrog() -> tuple[xr.DataArray, xr.Dataset]:
    frame = read("leapfrog_demproj/china_1x1/inputs.csv.gz")
    male = column(frame, "male_share")
    names = ("survival_ratio", "survival_ratio_open", "asfr", "net_migration")
    return base(frame), rates(frame, *names, srb=male / (1 - male))


def test_leapfrog():
    start, given = leapfrog()
    want = read("leapfrog_demproj/china_1x1/outputs.csv.gz")
    result = yl.project(start, given, convention="spectrum")
    assert result.population.sizes == {"year": 78, "sex": 2, "age": 81}
    same(result.population, column(want, "population"))
    same(result.births.sum("sex"), column(want, "births"))
    same(result.net_migration, given["net_migration"])
    # leapfrog leaves out the deaths of the migrants of the year: half a step's, of the newborn
    # two thirds.  In the open group they are the share of all who die there.
    survival = given["survival_ratio"].copy()
    before = result.population.shift(year=1).sel(year=given["year"])
    older, younger = before.sel(age=80), before.sel(age=79)
    alive = younger * survival.sel(age=80) + older * given["survival_ratio_open"]
    survival.loc[{"age": 80}] = (alive / (younger + older)).transpose("year", "sex")
    share = xr.where(survival["age"] == 0, 2 / 3, 1 / 2)
    of_migrants = share * given["net_migration"] * (1 - survival)
    same(result.deaths - of_migrants, column(want, "deaths"))


# The cases can tell a wrong convention.


@pytest.mark.parametrize("wrong", ["un", "leslie", "spectrum", "end"])
def test_the_wrong_convention_is_seen(wrong):
    how = {"migrants": "end"} if wrong == "end" else {"convention": wrong}
    cases = {
        "un": (five_year_inputs, "bayesPop/china_wpp2019_5x5/mig_even.csv.gz"),
        "leslie": (burkina_faso, "popReconstruct/burkina_faso/outputs.csv.gz"),
        "spectrum": (leapfrog, "leapfrog_demproj/china_1x1/outputs.csv.gz"),
    }
    for right, (inputs, path) in cases.items():
        if right != wrong:
            result = yl.project(*inputs(), **how, negative="mark")
            want = column(read(path), "population")
            got = result.population.sel({d: want[d] for d in want.dims})
            # The least is 8e-6, of leapfrog's total with migrants at the end.
            assert abs(got.sum(["sex", "age"]) / want.sum(["sex", "age"]) - 1).max() > 1e-6


def test_goldens_are_small_and_say_what_they_are():
    files = [f for f in GOLDEN.rglob("*") if f.is_file()]
    assert sum(f.stat().st_size for f in files) < 2_000_000
    for file in files:  # what is larger goes in compressed
        assert file.suffix == ".gz" or file.stat().st_size < 30_000, file
    for folder in {f.parent for f in files}:
        named = [(f / "README.md").is_file() for f in (folder, folder.parent)]
        assert any(named), folder
