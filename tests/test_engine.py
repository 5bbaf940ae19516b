"""The kernel: against a plain loop, against other programs, and the identities it must keep."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from yilao.engine import Flows, Rates, project_arrays
from yilao.projection import Projection, project

GOLDEN = Path(__file__).parent / "golden"
FORMS = ("none", "counts", "rates", "profile x total")
# Numbers decide nothing here, so few examples are enough, and the same ones every time.
identity = settings(max_examples=40, deadline=None, derandomize=True, database=None)


@dataclasses.dataclass(frozen=True)
class Case:
    base: np.ndarray
    rates: Rates
    migrants: str

    def run(self, **changed) -> Flows:
        return project_arrays(
            changed.get("base", self.base),
            self.rates._replace(**changed.get("rates", {})),
            migrants=self.migrants,
        )


@st.composite
def cases(draw, members=((), (3,), (2, 1), (2, 3)), forms=FORMS, shared=False) -> Case:
    """Random members, steps and ages; with ``shared`` the rates have no members of their own."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    lead = draw(st.sampled_from(members))
    own = () if shared else lead
    ages, steps = draw(st.integers(2, 9)), draw(st.integers(1, 5))
    form, two = draw(st.sampled_from(forms)), draw(st.booleans())
    cell = (*own, steps, 2, ages)
    migration, total = None, None
    if form == "counts":
        migration = rng.normal(0, 30, cell)
    elif form == "rates":
        migration = rng.uniform(-0.1, 0.1, cell)
    elif form == "profile x total":
        migration = rng.uniform(0, 1, cell)
        migration /= migration.sum(axis=(-2, -1), keepdims=True)
        total = rng.normal(0, 300, (*own, steps))
    rates = Rates(
        survival=rng.uniform(0, 1, cell),
        asfr=rng.uniform(0, 0.5, (*own, steps, ages)),
        tfr=rng.uniform(0, 3, (*own, steps)) if two else None,
        srb=rng.uniform(0.9, 1.2, (*own, steps)),
        migration=migration,
        total=total,
        migration_is_rate=form == "rates",
    )
    base = rng.uniform(0, 1000, (*lead, 2, ages))
    return Case(base, rates, draw(st.sampled_from(["even", "end"])))


def plain_loop(base: np.ndarray, rates: Rates, migrants: str) -> Flows:
    """The same equations for one member, one cell at a time."""
    steps, _, ages = rates.survival.shape
    last = ages - 1
    population = [[[float(x) for x in row] for row in base]]
    births, by_mother, deaths, moved = [], [], [], []
    for t in range(steps):
        p = population[-1]
        m = [[0.0] * ages for _ in range(2)]
        for s in range(2):
            for a in range(ages):
                if rates.migration is not None:
                    m[s][a] = float(rates.migration[t, s, a])
                    if rates.total is not None:
                        m[s][a] *= float(rates.total[t])
                    elif rates.migration_is_rate:
                        m[s][a] *= p[s][a]
        half = [[x / 2 if migrants == "even" else 0.0 for x in row] for row in m]
        start = [[p[s][a] + half[s][a] for a in range(ages)] for s in range(2)]
        d = [[0.0] * ages for _ in range(2)]
        end = [[0.0] * ages for _ in range(2)]
        for s in range(2):
            for a in range(1, ages):
                up = start[s][a - 1] + (start[s][a] if a == last else 0.0)
                d[s][a] = up * (1 - float(rates.survival[t, s, a]))
                end[s][a] = up - d[s][a] + half[s][a]
            end[s][0] = half[s][0]
        level = 1.0 if rates.tfr is None else float(rates.tfr[t])
        mothers = [
            float(rates.asfr[t, a]) * level * (start[0][a] + end[0][a]) / 2 for a in range(ages)
        ]
        share = float(rates.srb[t]) / (1 + float(rates.srb[t]))
        born = [sum(mothers) * (1 - share), sum(mothers) * share]
        gone = [[0.0] * ages for _ in range(2)]
        for s in range(2):
            d[s][0] = born[s] * (1 - float(rates.survival[t, s, 0]))
            end[s][0] += born[s] - d[s][0]
            for a in range(ages):
                if migrants == "end":
                    end[s][a] += m[s][a]
                    gone[s][a] += m[s][a]
                else:  # who came at the start is a year older at the end
                    gone[s][a] += half[s][a]
                    gone[s][min(a + 1, last)] += half[s][a]
        population.append(end)
        births.append(born)
        by_mother.append(mothers)
        deaths.append(d)
        moved.append(gone)
    return Flows(*(np.array(x) for x in (population, births, by_mother, deaths, moved)))


def one(case: Case, index: tuple[int, ...]) -> Case:
    """One member of a case."""
    taken = {
        name: value[index] if isinstance(value, np.ndarray) else value
        for name, value in case.rates._asdict().items()
    }
    return Case(case.base[index], Rates(**taken), case.migrants)


def scale(case: Case) -> float:
    total = 0.0 if case.rates.total is None else np.abs(case.rates.total).sum()
    return float(case.base.sum() + total + 1)


def close(a: np.ndarray, b: np.ndarray, size: float, rel: float = 1e-12) -> None:
    assert a.shape == b.shape
    np.testing.assert_allclose(a, b, rtol=rel, atol=rel * size)


# Against a plain loop.


@identity
@given(cases())
def test_kernel_is_the_plain_loop(case):
    flows = case.run()
    for index in np.ndindex(case.base.shape[:-2]):
        member = one(case, index)
        expected = plain_loop(member.base, member.rates, case.migrants)
        for got, want in zip(flows, expected, strict=True):
            close(got[index], want, scale(member))


@pytest.mark.parametrize("migrants", ["even", "end"])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_migration_in_both_timings_is_the_plain_loop(form, migrants):
    rng = np.random.default_rng(5)
    migration = {
        "none": None,
        "counts": rng.normal(0, 20, (4, 2, 7)),
        "rates": rng.uniform(-0.1, 0.1, (4, 2, 7)),
        "profile x total": np.full((4, 2, 7), 1 / 14),
    }[form]
    rates = Rates(
        survival=rng.uniform(0.5, 1, (4, 2, 7)),
        asfr=rng.uniform(0, 0.2, (4, 7)),
        tfr=None,
        srb=np.array([1.05, 1.06, 1.1, 1.2]),
        migration=migration,
        total=rng.normal(0, 200, 4) if form == "profile x total" else None,
        migration_is_rate=form == "rates",
    )
    base = rng.uniform(100, 1000, (2, 7))
    flows = project_arrays(base, rates, migrants=migrants)
    for got, want in zip(flows, plain_loop(base, rates, migrants), strict=True):
        close(got, want, base.sum())


def test_one_step_by_hand():
    base = np.array([[10.0, 20.0, 30.0], [10.0, 20.0, 30.0]])
    rates = Rates(
        survival=np.array([[[0.5, 0.9, 0.1], [0.5, 0.8, 0.2]]]),
        asfr=np.array([[0.0, 0.2, 0.0]]),
        tfr=None,
        srb=np.array([1.5]),
        migration=None,
        total=None,
        migration_is_rate=False,
    )
    flows = project_arrays(base, rates)
    # Women aged 1: 20 at the start, 10 * 0.9 = 9 at the end; 0.2 * 14.5 = 2.9 births.
    np.testing.assert_allclose(flows.births_by_mother_age, [[0, 2.9, 0]])
    np.testing.assert_allclose(flows.births, [[1.16, 1.74]])
    np.testing.assert_allclose(flows.population[1], [[0.58, 9, 5], [0.87, 8, 10]])
    np.testing.assert_allclose(flows.deaths[0], [[0.58, 1, 45], [0.87, 2, 40]])


# Identities.


@identity
@given(cases(forms=("none",)))
def test_without_events_cohorts_only_grow_older(case):
    still = {"survival": np.ones_like(case.rates.survival), "asfr": case.rates.asfr * 0}
    flows = case.run(rates=still)
    for t in range(case.rates.survival.shape[-3]):
        before, after = flows.population[..., t, :, :], flows.population[..., t + 1, :, :]
        assert (after[..., 0] == 0).all()
        assert (after[..., 1:-1] == before[..., :-2]).all()
        np.testing.assert_allclose(after[..., -1], before[..., -2] + before[..., -1], rtol=1e-15)
    assert not flows.births.any()
    assert not flows.deaths.any()
    assert not flows.net_migration.any()


@identity
@given(cases())
def test_doubling_doubles(case):
    twice = {}
    if case.rates.total is not None:
        twice["total"] = case.rates.total * 2
    elif case.rates.migration is not None and not case.rates.migration_is_rate:
        twice["migration"] = case.rates.migration * 2
    for got, want in zip(case.run(base=case.base * 2, rates=twice), case.run(), strict=True):
        assert (got == want * 2).all()  # a power of two loses no digit


@identity
@given(cases(members=((3,), (2, 3), (2, 1, 2))))
def test_members_together_are_members_one_at_a_time(case):
    together = case.run()
    for index in np.ndindex(case.base.shape[:-2]):
        for got, want in zip(together, one(case, index).run(), strict=True):
            close(got[index], want, scale(case), 1e-14)


@identity
@given(cases(members=((3,), (2, 3)), shared=True))
def test_shared_rates_are_rates_written_out(case):
    lead = case.base.shape[:-2]
    written = {
        name: np.broadcast_to(value, (*lead, *value.shape)).copy()
        for name, value in case.rates._asdict().items()
        if isinstance(value, np.ndarray)
    }
    for got, want in zip(case.run(), case.run(rates=written), strict=True):
        close(got, want, scale(case), 1e-14)


@identity
@given(cases(members=((),)), st.integers(2, 4))
def test_shared_base_is_base_written_out(case, members):
    wide = {"tfr": np.linspace(0.5, 2, members)[:, None] * np.ones(case.rates.survival.shape[0])}
    shared = case.run(rates=wide)
    written = case.run(base=np.stack([case.base] * members), rates=wide)
    for got, want in zip(shared, written, strict=True):
        assert got.shape[0] == members
        assert (got == want).all()


@identity
@given(cases(members=((4,),), forms=("none", "rates"), shared=True))
def test_areas_summed_are_the_total_under_shared_rates(case):
    for got, want in zip(case.run(), case.run(base=case.base.sum(axis=0)), strict=True):
        close(got.sum(axis=0), want, scale(case))


@identity
@given(cases())
def test_a_profile_with_its_total_is_the_counts(case):
    assume(case.rates.total is not None)
    counts = case.rates.migration * case.rates.total[..., None, None]
    written = case.run(rates={"migration": counts, "total": None})
    for got, want in zip(case.run(), written, strict=True):
        close(got, want, scale(case), 1e-14)


@identity
@given(cases())
def test_a_pattern_with_its_level_is_the_rates(case):
    assume(case.rates.tfr is not None)
    asfr = case.rates.asfr * case.rates.tfr[..., None]
    for got, want in zip(case.run(), case.run(rates={"asfr": asfr, "tfr": None}), strict=True):
        close(got, want, scale(case), 1e-14)


@identity
@given(cases())
def test_balancing_equation_holds_in_every_cell(case):
    flows = case.run()
    p, d, m = flows.population, flows.deaths, flows.net_migration
    came = np.zeros_like(d)
    came[..., 1:] = p[..., :-1, :, :-1]
    came[..., -1] += p[..., :-1, :, -1]
    came[..., 0] = flows.births
    size = np.abs(came) + np.abs(d) + np.abs(m)
    assert (np.abs(came - d + m - p[..., 1:, :, :]) <= 1e-9 * size + 1e-300).all()
    # Births by mother are the births; nobody dies or moves that is not in the totals.
    mothers, born = flows.births_by_mother_age.sum(axis=-1), flows.births.sum(axis=-1)
    close(mothers, born, scale(case))
    if case.rates.migration is not None:
        given_in = case.rates.migration
        if case.rates.total is not None:
            given_in = given_in * case.rates.total[..., None, None]
        elif case.rates.migration_is_rate:
            given_in = given_in * p[..., :-1, :, :]
        close(m.sum(axis=(-2, -1)), given_in.sum(axis=(-2, -1)), scale(case), 1e-11)


def test_migrants_of_the_first_half_are_a_year_older():
    moved = np.zeros((1, 2, 4))
    moved[0, 0] = [8.0, 0, 0, 2]
    rates = Rates(
        np.ones((1, 2, 4)), np.zeros((1, 4)), None, np.ones(1), moved, None, migration_is_rate=False
    )
    even = project_arrays(np.zeros((2, 4)), rates, migrants="even")
    end = project_arrays(np.zeros((2, 4)), rates, migrants="end")
    np.testing.assert_array_equal(even.net_migration[0, 0], [4, 4, 0, 2])
    np.testing.assert_array_equal(end.net_migration[0, 0], [8, 0, 0, 2])
    np.testing.assert_array_equal(even.population[1], even.net_migration[0])
    np.testing.assert_array_equal(end.population[1], end.net_migration[0])


def test_nothing_is_clamped():
    moved = np.full((1, 2, 3), -50.0)
    rates = Rates(
        np.ones((1, 2, 3)), np.zeros((1, 3)), None, np.ones(1), moved, None, migration_is_rate=False
    )
    flows = project_arrays(np.full((2, 3), 10.0), rates, migrants="end")
    np.testing.assert_array_equal(flows.population[1], [[-50, -40, -30]] * 2)


@identity
@given(cases())
def test_inputs_stay_and_out_is_written(case):
    before = [np.copy(x) for x in (case.base, *case.rates) if isinstance(x, np.ndarray)]
    want = case.run()
    out = np.full(want.population.shape, np.nan)
    got = project_arrays(case.base, case.rates, migrants=case.migrants, out=out)
    assert got.population is out
    np.testing.assert_array_equal(out, want.population)
    after = [x for x in (case.base, *case.rates) if isinstance(x, np.ndarray)]
    for a, b in zip(before, after, strict=True):
        np.testing.assert_array_equal(a, b)


@settings(max_examples=10, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 2**32 - 1))
def test_constant_rates_converge_to_the_leslie_matrix(seed):
    rng = np.random.default_rng(seed)
    ages, srb = 14, 1.06
    survival = rng.uniform(0.7, 1, (2, ages))
    survival[:, -1] = 0.3  # else the open group alone may outlive the births
    asfr = np.zeros(ages)
    asfr[2:11] = rng.uniform(0.2, 0.5, 9)
    # Women only.  Births go to the mean of the women at the start and at the end of the step, so
    # women aged a are mothers at a (half the step) and, if they live, at a + 1 (the other half).
    f, s, girls = asfr, survival[0], 1 / (1 + srb)
    leslie = np.zeros((ages, ages))
    for a in range(ages):
        older = min(a + 1, ages - 1)
        leslie[older, a] += s[older]
        leslie[0, a] += girls * s[0] * (f[a] + f[older] * s[older]) / 2
    values, vectors = np.linalg.eig(leslie)
    order = np.argsort(-np.abs(values))
    growth = values[order[0]].real
    stable = np.abs(vectors[:, order[0]].real)
    ratio = abs(values[order[1]]) / growth
    steps = int(np.ceil(np.log(1e-13) / np.log(ratio))) + ages
    assume(steps < 3000)
    rates = Rates(
        np.broadcast_to(survival, (steps, 2, ages)),
        np.broadcast_to(asfr, (steps, ages)),
        None,
        np.broadcast_to(srb, (steps,)),
        None,
        None,
        migration_is_rate=False,
    )
    flows = project_arrays(rng.uniform(1, 2, (2, ages)), rates)
    last, before = flows.population[-1, 0], flows.population[-2, 0]
    assert last.sum() / before.sum() == pytest.approx(growth, rel=1e-9)
    np.testing.assert_allclose(last / last.sum(), stable / stable.sum(), rtol=1e-8)
    # The last step is the matrix itself.
    np.testing.assert_allclose(last, leslie @ before, rtol=1e-12)


# Against other programs.


def golden(name: str) -> pd.DataFrame:
    return pd.read_csv(GOLDEN / name)


def table(frame: pd.DataFrame, column: str, sex: bool = True) -> xr.DataArray:
    frame = frame[frame["sex"] == "female"] if not sex else frame
    keys = ["year", "sex", "age"] if sex else ["year", "age"]
    return frame.set_index(keys)[column].to_xarray()


def run_golden(frame: pd.DataFrame) -> Projection:
    """Project with the inputs of a golden file, from its first year to its last."""
    start = int(frame["year"].min())
    later = frame[frame["year"] > start]
    base = table(frame, "population").sel(year=start)
    base.attrs = {"units": "persons", "basis": "resident"}
    srb = later.dropna(subset=["srb"]).set_index("year")["srb"].to_xarray()
    rates = xr.Dataset(
        {
            "survival_ratio": table(later, "survival_ratio").assign_attrs(units="1"),
            "asfr": table(later, "asfr", sex=False).assign_attrs(units="births per woman per year"),
            "srb": srb.assign_attrs(units="males per female"),
            "net_migration": table(later, "net_migration").assign_attrs(units="persons per step"),
        }
    )
    return project(base, rates, migrants="end")


def parts(name: str) -> list[pd.DataFrame]:
    """The run of years of a golden file, and its last step."""
    frame = golden(name)
    last = frame["year"].max()
    return [frame[frame["year"] < last - 1], frame[frame["year"] >= last - 1]]


@pytest.mark.parametrize(
    ("name", "ages", "years"),
    [
        ("bayesPop/china_synthetic_1x1_mig_end.csv.gz", 131, ([*range(2022, 2035)], [2098, 2099])),
        ("ccmppWPP/canada_1x1_mig_end.csv.gz", 101, ([*range(1949, 1962)], [2018, 2019])),
    ],
)
def test_other_programs_are_reproduced(name, ages, years):
    for frame, expected in zip(parts(name), years, strict=True):
        result = run_golden(frame)
        assert result.population["year"].values.tolist() == expected
        assert result.population.sizes["age"] == ages
        later = frame[frame["year"] > expected[0]]
        pairs = [
            (result.population, table(frame, "population")),
            (result.net_migration, table(later, "net_migration")),
            (
                result.births_by_mother_age.rename(mother_age="age"),
                table(later, "births_by_mother_age", sex=False),
            ),
        ]
        if "deaths" in frame:
            pairs.append((result.deaths, table(later, "deaths")))
        for got, want in pairs:
            xr.align(got, want, join="exact")
            np.testing.assert_allclose(got, want.transpose(*got.dims), rtol=1e-11, atol=1e-300)


def test_goldens_are_small():
    files = [f for f in GOLDEN.rglob("*") if f.is_file()]
    assert sum(f.stat().st_size for f in files) < 400_000
    for folder in (f for f in GOLDEN.iterdir() if f.is_dir()):
        assert (folder / "README.md").is_file()
