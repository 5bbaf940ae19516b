"""The kernels: against a plain loop, against other programs, and the identities they must keep."""

import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from yilao.engine import Rates, Timing, choose, gradients, lay_out, project_members, timing
from yilao.projection import Projection, project

GOLDEN = Path(__file__).parent / "golden"
FORMS = ("none", "counts", "rates", "counts and rates", "profile x total")
WAYS = (
    ("un", "even"),
    ("un", "end"),
    ("leslie", "even"),
    ("leslie", "end"),
    ("spectrum", "even"),
)
# Numbers decide nothing here, so few examples are enough, and the same ones every time.
identity = settings(max_examples=40, deadline=None, derandomize=True, database=None)


class Flows(NamedTuple):
    """Outputs of a projection, leading dimensions first."""

    population: np.ndarray
    births: np.ndarray
    mothers: np.ndarray
    deaths: np.ndarray
    moved: np.ndarray


def run(
    engine: str,
    base: np.ndarray,
    rates: Rates,
    way: tuple[str, str] = ("un", "even"),
    width: float = 1.0,
    **options,
) -> Flows:
    """Project with one of the kernels."""
    problem = lay_out(base, rates, width)
    when = timing(*way)
    assert isinstance(when, Timing)
    done = project_members(problem, when, Flows._fields, engine=engine, **options)
    return Flows(
        *(done.arrays[n].reshape(*problem.shape, *done.arrays[n].shape[1:]) for n in FLOWS)
    )


FLOWS = Flows._fields


@dataclasses.dataclass(frozen=True)
class Case:
    base: np.ndarray
    rates: Rates
    way: tuple[str, str]
    width: float

    def run(self, engine: str, **changed) -> Flows:
        base = changed.get("base", self.base)
        rates = self.rates._replace(**changed.get("rates", {}))
        return run(engine, base, rates, self.way, self.width)

    @property
    def steps(self) -> int:
        return max(x.shape[-1] for x in (self.rates.srb, self.rates.tfr) if x is not None)


@st.composite
def cases(
    draw, members=((), (3,), (2, 1), (2, 3)), forms=FORMS, shared=False, surface=True, still=True
) -> Case:
    """Random members, steps and ages; with ``shared`` the rates have no members of their own.

    surface, still : whether there may be a survival surface, and a ratio of the open group.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    lead = draw(st.sampled_from(members))
    own = () if shared else lead
    ages, steps = draw(st.integers(2, 9)), draw(st.integers(1, 5))
    form, two = draw(st.sampled_from(forms)), draw(st.booleans())
    # Some rates are the same in every step.
    once = 1 if draw(st.booleans()) else steps
    cell = (*own, steps, 2, ages)
    given_in = {}
    if "counts" in form:
        given_in["migration"] = rng.normal(0, 30, cell)
    if "rates" in form:
        given_in["migration_rate"] = rng.uniform(-0.1, 0.1, (*own, once, 2, ages))
    if form == "profile x total":
        profile = rng.uniform(0, 1, (*own, once, 2, ages))
        given_in["migration"] = profile / profile.sum(axis=(-2, -1), keepdims=True)
        given_in["total"] = rng.normal(0, 300, (*own, steps))
    if surface and draw(st.booleans()):
        given_in["levels"] = np.array([60.0, 70, 72, 80])
        given_in["surface"] = rng.uniform(0, 1, (*own[1:], 4, 2, ages))
        given_in["level"] = rng.uniform(60, 80, (*own, steps))
    else:
        given_in["survival"] = rng.uniform(0, 1, cell)
    if still and draw(st.booleans()):
        given_in["survival_open"] = rng.uniform(0, 1, (*own, once, 2))
    rates = Rates(
        asfr=rng.uniform(0, 0.5, (*own, once, ages)),
        tfr=rng.uniform(0, 3, (*own, steps)) if two else None,
        srb=rng.uniform(0.9, 1.2, (*own, steps)),
        **given_in,
    )
    base = rng.uniform(0, 1000, (*lead, 2, ages))
    return Case(base, rates, draw(st.sampled_from(WAYS)), draw(st.sampled_from([1.0, 5.0])))


def step_of(array: np.ndarray | None, t: int) -> np.ndarray | None:
    return None if array is None else array[t if len(array) > 1 else 0]


def ratios(rates: Rates, t: int) -> np.ndarray:
    """Survival ratios of a step, read between two rows of the surface if there is one."""
    if rates.surface is None:
        return step_of(rates.survival, t)
    level = float(step_of(rates.level, t))
    below = max(i for i, x in enumerate(rates.levels[:-1]) if x <= level)
    low, high = rates.levels[below], rates.levels[below + 1]
    share = (level - low) / (high - low)
    return (1 - share) * rates.surface[below] + share * rates.surface[below + 1]


def plain_loop(base: np.ndarray, rates: Rates, way: tuple[str, str], width: float) -> Flows:
    """The same equations for one member, one cell at a time."""
    convention, migrants = way
    steps = max(len(rates.srb), 0 if rates.tfr is None else len(rates.tfr))
    ages = base.shape[-1]
    last = ages - 1
    # What comes at the start is exposed to everything, what comes before the births gives birth.
    at_start = 0.5 if migrants == "even" and convention != "spectrum" else 0.0
    before_births = 0.5 if way == ("un", "even") else 0.0
    population = [[[float(x) for x in row] for row in base]]
    births, mothers, deaths, moved = [], [], [], []
    for t in range(steps):
        p = population[-1]
        s = ratios(rates, t).tolist()
        total, tfr = step_of(rates.total, t), step_of(rates.tfr, t)
        counts, by_rate = step_of(rates.migration, t), step_of(rates.migration_rate, t)
        of_open = step_of(rates.survival_open, t)
        m = [[0.0] * ages for _ in range(2)]
        x, q, d, gone = ([[0.0] * ages for _ in range(2)] for _ in range(4))
        for g in range(2):
            for a in range(ages):
                if counts is not None:
                    m[g][a] = float(counts[g, a]) * (1.0 if total is None else float(total))
                if by_rate is not None:
                    m[g][a] += width * float(by_rate[g, a]) * p[g][a]
                x[g][a] = p[g][a] + at_start * m[g][a]
            for a in range(1, ages):
                people, ratio = x[g][a - 1], s[g][a]
                alive = people * ratio
                if a == last:
                    alive += x[g][a] * (ratio if of_open is None else float(of_open[g]))
                    people += x[g][a]
                    ratio = alive / people if people > 0 else 1.0
                d[g][a] = people - alive
                q[g][a] = alive
                if convention == "spectrum":
                    half_dead = m[g][a] * (1 - ratio) / 2
                    d[g][a] += half_dead
                    q[g][a] += m[g][a] - half_dead
                else:
                    q[g][a] += before_births * m[g][a]
        asfr = step_of(rates.asfr, t) * (1.0 if tfr is None else float(tfr) / width)
        born_to = [0.0] * ages
        for a in range(1, ages):
            born_to[a] = width * float(asfr[a]) * (x[0][a] + q[0][a]) / 2
        srb = float(step_of(rates.srb, t))
        born = [sum(born_to) / (1 + srb), sum(born_to) * srb / (1 + srb)]
        for g in range(2):
            d[g][0] = born[g] * (1 - s[g][0])
            q[g][0] = born[g] - d[g][0]
            if convention == "spectrum":
                infants_dead = m[g][0] * 2 / 3 * (1 - s[g][0])
                d[g][0] += infants_dead
                q[g][0] += m[g][0] - infants_dead
            else:
                q[g][0] += before_births * m[g][0]
            for a in range(ages):
                if convention == "spectrum":
                    gone[g][a] = m[g][a]
                    continue
                late = 1 - at_start - before_births
                q[g][a] += late * m[g][a]
                gone[g][a] += (1 - at_start) * m[g][a]
                # Who came at the start is a year older at the end.
                gone[g][min(a + 1, last)] += at_start * m[g][a]
        population.append(q)
        births.append(born)
        mothers.append(born_to)
        deaths.append(d)
        moved.append(gone)
    return Flows(*(np.array(v) for v in (population, births, mothers, deaths, moved)))


def one(case: Case, index: tuple[int, ...]) -> Case:
    """One member of a case."""
    cores = {"srb": 1, "tfr": 1, "level": 1, "total": 1, "asfr": 2, "survival_open": 2}
    taken = {}
    for name, value in case.rates._asdict().items():
        if value is not None and name != "levels":
            lead = value.ndim - cores.get(name, 3)
            value = value[index[len(index) - lead :]] if lead else value
        taken[name] = value
    return dataclasses.replace(case, base=case.base[index], rates=Rates(**taken))


def scale(case: Case) -> float:
    total = 0.0 if case.rates.total is None else np.abs(case.rates.total).sum()
    return float(case.base.sum() + total + 1) * (1 if case.width == 1 else 100)


def close(a: np.ndarray, b: np.ndarray, size: float, rel: float = 1e-12) -> None:
    assert a.shape == b.shape
    np.testing.assert_allclose(a, b, rtol=rel, atol=rel * size)


# Against a plain loop.


@identity
@given(case=cases())
def test_kernel_is_the_plain_loop(engine, case):
    flows = case.run(engine)
    assume(case.way[0] != "spectrum" or (flows.population[..., -2:].sum(axis=-1) > 0).all())
    for index in np.ndindex(case.base.shape[:-2]):
        member = one(case, index)
        expected = plain_loop(member.base, member.rates, case.way, case.width)
        size = max(scale(member), np.abs(expected.population).max())
        for got, want in zip(flows, expected, strict=True):
            close(got[index], want, size)


@pytest.mark.parametrize("way", WAYS, ids="-".join)
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_migration_in_every_convention_is_the_plain_loop(engine, form, way):
    rng = np.random.default_rng(5)
    given_in = {
        "none": {},
        "counts": {"migration": rng.normal(0, 20, (4, 2, 7))},
        "rates": {"migration_rate": rng.uniform(-0.1, 0.1, (4, 2, 7))},
        "counts and rates": {
            "migration": rng.normal(0, 20, (4, 2, 7)),
            "migration_rate": rng.uniform(-0.1, 0.1, (1, 2, 7)),
        },
        "profile x total": {
            "migration": np.full((1, 2, 7), 1 / 14),
            "total": rng.normal(0, 200, 4),
        },
    }[form]
    rates = Rates(
        survival=rng.uniform(0.5, 1, (4, 2, 7)),
        survival_open=rng.uniform(0.2, 0.7, (4, 2)),
        asfr=rng.uniform(0, 0.2, (4, 7)),
        srb=np.array([1.05, 1.06, 1.1, 1.2]),
        **given_in,
    )
    base = rng.uniform(100, 1000, (2, 7))
    for width in (1.0, 5.0):
        flows = run(engine, base, rates, way, width)
        for got, want in zip(flows, plain_loop(base, rates, way, width), strict=True):
            close(got, want, np.abs(flows.population).max())


def by_hand(**more) -> tuple[np.ndarray, Rates]:
    base = np.array([[10.0, 20.0, 30.0], [10.0, 20.0, 30.0]])
    survival = np.array([[[0.5, 0.9, 0.1], [0.5, 0.8, 0.2]]])
    asfr = np.array([[0.0, 0.2, 0.0]])
    return base, Rates(asfr, np.array([1.5]), survival, **more)


def test_one_step_by_hand(engine):
    flows = run(engine, *by_hand())
    # Women aged 1: 20 at the start, 10 * 0.9 = 9 at the end; 0.2 * 14.5 = 2.9 births.
    np.testing.assert_allclose(flows.mothers, [[0, 2.9, 0]])
    np.testing.assert_allclose(flows.births, [[1.16, 1.74]])
    np.testing.assert_allclose(flows.population[1], [[0.58, 9, 5], [0.87, 8, 10]])
    np.testing.assert_allclose(flows.deaths[0], [[0.58, 1, 45], [0.87, 2, 40]])


@pytest.mark.parametrize(
    ("way", "women", "end"),
    [
        # Ten women aged 1 and ten girls aged 0 come.  Five at the start: 25 women aged 1, 15 girls.
        (("un", "even"), (25 + 15 * 0.9 + 5) / 2, [5, 15 * 0.9 + 5, 25 * 0.1 + 15]),
        (("leslie", "even"), (25 + 15 * 0.9) / 2, [5, 15 * 0.9 + 5, 25 * 0.1 + 15]),
        (("un", "end"), (20 + 9) / 2, [10, 9 + 10, 20 * 0.1 + 15]),
        (("leslie", "end"), (20 + 9) / 2, [10, 9 + 10, 20 * 0.1 + 15]),
        # At mid-year: of ten women 10 % die in a year, 5 % in half of it; of ten infants a third.
        (("spectrum", "even"), (20 + 9 + 9.5) / 2, [20 / 3, 9 + 9.5, 20 * 0.1 + 15]),
    ],
    ids=["un-even", "leslie-even", "un-end", "leslie-end", "spectrum-even"],
)
def test_who_gives_birth_in_each_convention_by_hand(engine, way, women, end):
    came = np.zeros((1, 2, 3))
    came[0, 0] = [10.0, 10.0, 0.0]
    base, rates = by_hand(migration=came, survival_open=np.array([[0.5, 0.5]]))
    flows = run(engine, base, rates, way)
    np.testing.assert_allclose(flows.mothers[0], [0, 0.2 * women, 0], rtol=1e-14)
    girls = 0.2 * women / 2.5 * 0.5
    np.testing.assert_allclose(flows.population[1, 0], np.add(end, [girls, 0, 0]), rtol=1e-14)


# Identities.


@identity
@given(case=cases(forms=("none",), surface=False))
def test_without_events_cohorts_only_grow_older(engine, case):
    still = {"survival": np.ones_like(case.rates.survival), "asfr": case.rates.asfr * 0}
    flows = case.run(engine, rates={**still, "survival_open": None})
    for t in range(case.steps):
        before, after = flows.population[..., t, :, :], flows.population[..., t + 1, :, :]
        assert (after[..., 0] == 0).all()
        assert (after[..., 1:-1] == before[..., :-2]).all()
        np.testing.assert_allclose(after[..., -1], before[..., -2] + before[..., -1], rtol=1e-15)
    assert not flows.births.any()
    assert not flows.deaths.any()
    assert not flows.moved.any()


def times(case: Case, factor: float) -> dict[str, np.ndarray]:
    """Counts of migrants by another factor; rates of migration stay."""
    name = "total" if case.rates.total is not None else "migration"
    counts = getattr(case.rates, name)
    return {} if counts is None else {name: counts * factor}


@identity
@given(case=cases())
def test_doubling_doubles(engine, case):
    twice = case.run(engine, base=case.base * 2, rates=times(case, 2))
    for got, want in zip(twice, case.run(engine), strict=True):
        assert (got == want * 2).all()  # a power of two loses no digit


@identity
@given(case=cases(still=False), share=st.floats(0.1, 0.9))
def test_parts_of_base_and_migration_add_up(engine, case, share):
    part = case.base * np.linspace(0.1, 0.9, case.base.shape[-1])
    whole, *two = (
        case.run(engine, base=base, rates=times(case, factor))
        for base, factor in ((case.base, 1), (part, share), (case.base - part, 1 - share))
    )
    if case.way[0] == "spectrum":  # its migrants die as the people of the open group do, if any
        assume(all((x.population[..., -2:] > 0).all() for x in (whole, *two)))
    size = max(scale(case), np.abs(whole.population).max())
    for got, *parts in zip(whole, *two, strict=True):
        close(sum(parts), got, size, 1e-11)


def test_migrants_into_an_empty_open_group_die_like_those_into_one_of_few(engine):
    came = np.zeros((1, 2, 3))
    came[0, :, 2] = 10.0
    rates = Rates(np.zeros((1, 3)), np.ones(1), np.full((1, 2, 3), 0.6), migration=came)
    few, none = (
        run(engine, np.full((2, 3), people), rates, ("spectrum", "even")) for people in (1e-9, 0.0)
    )
    np.testing.assert_allclose(none.population[1], few.population[1], atol=1e-6)


@identity
@given(case=cases(members=((3,), (2, 3), (2, 1, 2))))
def test_members_together_are_members_one_at_a_time(engine, case):
    together = case.run(engine)
    for index in np.ndindex(case.base.shape[:-2]):
        for got, want in zip(together, one(case, index).run(engine), strict=True):
            close(got[index], want, np.abs(together.population).max(), 1e-14)


@identity
@given(case=cases(members=((3,), (2, 3)), shared=True))
def test_shared_rates_are_rates_written_out(engine, case):
    lead = case.base.shape[:-2]
    written = {
        name: np.broadcast_to(value, (*lead, *value.shape)).copy()
        for name, value in case.rates._asdict().items()
        if isinstance(value, np.ndarray) and name != "levels"
    }
    shared = case.run(engine)
    for got, want in zip(shared, case.run(engine, rates=written), strict=True):
        close(got, want, np.abs(shared.population).max(), 1e-14)


@identity
@given(case=cases(members=((3,), (2, 3))))
def test_rates_read_through_zero_strides_are_rates_written_out(engine, case):
    def through(copy: bool) -> dict[str, np.ndarray]:
        found = {}
        for name, value in case.rates._asdict().items():
            if value is not None and name != "levels":
                strides = (0, *value.strides[1:])
                seen = np.lib.stride_tricks.as_strided(value, value.shape, strides)
                found[name] = seen.copy() if copy else seen
        return found

    shared = case.run(engine, rates=through(copy=False))
    for got, want in zip(shared, case.run(engine, rates=through(copy=True)), strict=True):
        close(got, want, np.abs(shared.population).max(), 1e-14)


def test_what_members_share_is_not_copied():
    base = np.broadcast_to(np.ones((2, 5)), (1000, 2, 5))
    survival = np.broadcast_to(np.full((3, 1, 1, 2, 5), 0.9), (3, 1000, 7, 2, 5))
    rates = Rates(np.zeros((7, 5)), np.ones((1000, 1)), survival)
    problem = lay_out(base, rates)
    assert problem.members == 3000
    assert problem.steps == 7
    assert problem.base.values.shape == (1, 2, 5)
    assert problem.rates["survival"].values.shape == (3, 1, 2, 5)
    assert problem.rates["asfr"].values.shape == (1, 7, 5)
    assert problem.rates["srb"].values.shape == (1000, 1)


@identity
@given(case=cases(members=((),)), members=st.integers(2, 4))
def test_shared_base_is_base_written_out(engine, case, members):
    wide = {"tfr": np.linspace(0.5, 2, members)[:, None] * np.ones(case.steps)}
    shared = case.run(engine, rates=wide)
    written = case.run(engine, base=np.stack([case.base] * members), rates=wide)
    for got, want in zip(shared, written, strict=True):
        assert got.shape[0] == members
        assert (got == want).all()


@identity
@given(case=cases(members=((4,),), forms=("none", "rates"), shared=True))
def test_areas_summed_are_the_total_under_shared_rates(engine, case):
    # Spectrum's migrants die as the open group does, whose mean ratio differs between areas.
    assume(case.way[0] != "spectrum" or case.rates.survival_open is None)
    whole = case.run(engine, base=case.base.sum(axis=0))
    for got, want in zip(case.run(engine), whole, strict=True):
        close(got.sum(axis=0), want, np.abs(whole.population).max() + scale(case))


@identity
@given(case=cases(forms=("profile x total",)))
def test_a_profile_with_its_total_is_the_counts(engine, case):
    counts = case.rates.migration * case.rates.total[..., None, None]
    written = case.run(engine, rates={"migration": counts, "total": None})
    for got, want in zip(case.run(engine), written, strict=True):
        close(got, want, np.abs(written.population).max() + scale(case), 1e-13)


@identity
@given(case=cases())
def test_a_pattern_with_its_level_is_the_rates(engine, case):
    assume(case.rates.tfr is not None)
    asfr = case.rates.asfr * case.rates.tfr[..., None] / case.width
    written = case.run(engine, rates={"asfr": asfr, "tfr": None})
    for got, want in zip(case.run(engine), written, strict=True):
        close(got, want, np.abs(written.population).max() + scale(case), 1e-13)


@identity
@given(case=cases())
def test_balancing_equation_holds_in_every_cell(engine, case):
    flows = case.run(engine)
    p, d, m = flows.population, flows.deaths, flows.moved
    came = np.zeros_like(d)
    came[..., 1:] = p[..., :-1, :, :-1]
    came[..., -1] += p[..., :-1, :, -1]
    came[..., 0] = flows.births
    close(came - d + m, p[..., 1:, :, :], np.abs(p).max() + scale(case))
    # Births by mother are the births; nobody dies or moves that is not in the totals.
    mothers, born = flows.mothers.sum(axis=-1), flows.births.sum(axis=-1)
    close(mothers, born, np.abs(p).max())
    given_in = np.zeros(1)
    if case.rates.migration is not None:
        given_in = case.rates.migration
        if case.rates.total is not None:
            given_in = given_in * case.rates.total[..., None, None]
    if case.rates.migration_rate is not None:
        given_in = given_in + case.width * case.rates.migration_rate * p[..., :-1, :, :]
    if given_in.ndim > 1:
        size = np.abs(p).max() + scale(case)
        close(m.sum(axis=(-2, -1)), given_in.sum(axis=(-2, -1)), size, 1e-11)


def moving(rows: np.ndarray, ages: int) -> Rates:
    """Migrants alone: nobody dies and nobody is born."""
    return Rates(np.zeros((1, ages)), np.ones(1), np.ones((1, 2, ages)), migration=rows)


def test_migrants_of_the_first_half_are_a_year_older(engine):
    moved = np.zeros((1, 2, 4))
    moved[0, 0] = [8.0, 0, 0, 2]
    even = run(engine, np.zeros((2, 4)), moving(moved, 4))
    end = run(engine, np.zeros((2, 4)), moving(moved, 4), ("un", "end"))
    np.testing.assert_array_equal(even.moved[0, 0], [4, 4, 0, 2])
    np.testing.assert_array_equal(end.moved[0, 0], [8, 0, 0, 2])
    np.testing.assert_array_equal(even.population[1], even.moved[0])
    np.testing.assert_array_equal(end.population[1], end.moved[0])


def test_nothing_is_clamped(engine):
    moved = np.full((1, 2, 3), -50.0)
    flows = run(engine, np.full((2, 3), 10.0), moving(moved, 3), ("un", "end"))
    np.testing.assert_array_equal(flows.population[1], [[-50, -40, -30]] * 2)


def test_the_first_step_below_zero_is_marked(engine):
    rows = np.zeros((4, 3, 2, 3))
    rows[1, 0, 0, 0] = -1.0
    rows[2, 1:, 1, 1] = -1e6
    rows[3, 2, 1, 2] = -1e6
    rates = Rates(np.zeros((3, 3)), np.ones(3), np.ones((3, 2, 3)), migration=rows)
    problem = lay_out(np.full((2, 3), 10.0), rates)
    done = project_members(problem, timing("un", "end"), ["births"], engine=engine)
    np.testing.assert_array_equal(done.negative, [0, 1, 2, 3])


@identity
@given(case=cases())
def test_inputs_stay_and_out_is_written(engine, case):
    before = [np.copy(x) for x in (case.base, *case.rates) if isinstance(x, np.ndarray)]
    want = case.run(engine)
    out = np.full(want.population.shape, np.nan)
    got = run(engine, case.base, case.rates, case.way, case.width, out=out)
    assert np.shares_memory(got.population, out)
    np.testing.assert_array_equal(out, want.population)
    after = [x for x in (case.base, *case.rates) if isinstance(x, np.ndarray)]
    for a, b in zip(before, after, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("width", [1.0, 5.0])
@settings(max_examples=5, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_constant_rates_converge_to_the_leslie_matrix(engine, width, seed):
    rng = np.random.default_rng(seed)
    ages, srb = 14, 1.06
    survival = rng.uniform(0.7, 1, (2, ages))
    survival[:, -1] = 0.3  # else the open group alone may outlive the births
    asfr = np.zeros(ages)
    asfr[2:11] = rng.uniform(0.2, 0.5, 9) / width
    # Women only.  Births go to the mean of the women at the start and at the end of the step, so
    # women aged a are mothers at a (half the step) and, if they live, at a + 1 (the other half).
    f, s, girls = width * asfr, survival[0], 1 / (1 + srb)
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
    rates = Rates(asfr[None], np.full(steps, srb), survival[None])
    for way in WAYS:  # without migrants there is no difference
        flows = run(engine, rng.uniform(1, 2, (2, ages)), rates, way, width)
        last, before = flows.population[-1, 0], flows.population[-2, 0]
        assert last.sum() / before.sum() == pytest.approx(growth, rel=1e-9)
        np.testing.assert_allclose(last / last.sum(), stable / stable.sum(), rtol=1e-8)
        # The last step is the matrix itself.
        np.testing.assert_allclose(last, leslie @ before, rtol=1e-12)


# Which kernel.


def read_only(array: np.ndarray) -> np.ndarray:
    """As it comes out of np.broadcast_to, a label of pandas, a memory map, or another process."""
    kept = array.copy()
    kept.flags.writeable = False
    return kept


@pytest.mark.parametrize("what", ["base and rates", "levels", "weights"])
def test_read_only_inputs_do_not_compile_again(request, monkeypatch, what):
    pytest.importorskip("numba")
    import numba

    from yilao.engine import launch

    seen: set[tuple] = set()
    for name in ("_forward", "_backward"):
        kernel = getattr(launch, name)

        def record(*arguments, name=name, kernel=kernel):
            seen.add((name, *(str(numba.typeof(x)) for x in arguments)))
            return kernel(*arguments)

        monkeypatch.setattr(launch, name, record)

    survival = np.full((2, 2, 3), 0.9)
    rates = Rates(
        asfr=np.array([[0.0, 0.2, 0.0]]),
        srb=np.array([1.5]),
        surface=survival,
        levels=np.array([60.0, 70.0]),
        level=np.array([65.0]),
    )
    base, weights = np.full((2, 3), 10.0), np.ones((1, 1, 2, 3))

    def everything() -> None:
        problem, when = lay_out(base, rates), timing("un", "even")
        project_members(problem, when, ["sums"], weights=weights, engine="numba")
        gradients(problem, when, weights, engine="numba")

    everything()
    before = set(seen)
    assert len(before) >= 2
    if what == "base and rates":
        base = read_only(base)
        rates = Rates(*(None if x is None else read_only(x) for x in rates))
        rates = rates._replace(levels=rates.levels.copy())
    elif what == "levels":
        rates = rates._replace(levels=read_only(rates.levels))
    else:
        weights = read_only(weights)
    everything()
    assert seen == before  # arguments of other types are compiled for anew


def test_auto_takes_numpy_for_little_work_and_numba_for_much(engine, monkeypatch):
    compiled = "yilao.engine.compiled"
    assert choose(engine, 1) == choose(engine, 10**12) == engine
    monkeypatch.delitem(sys.modules, compiled, raising=False)
    assert choose("auto", 100_000) == "numpy"
    if engine == "numba":
        assert choose("auto", 10**8) == "numba"
        # Once it is compiled it is worth calling sooner.
        monkeypatch.setitem(sys.modules, compiled, sys)
        assert choose("auto", 100_000) == "numba"
        assert choose("auto", 100) == "numpy"


PRELUDE = """
import sys
import numpy as np, xarray as xr
import yilao as yl

ages, years = 101, list(range(2021, 2051))
cell = {"year": years, "sex": ["female", "male"], "age": np.arange(ages)}
def table(value, units, *dims):
    coords = {d: cell[d] for d in dims}
    shape = [len(c) for c in coords.values()]
    return xr.DataArray(np.full(shape, value), coords, dims, attrs={"units": units})
base = table(1000.0, "persons", "sex", "age").assign_coords(year=2020)
base.attrs["basis"] = "resident"
asfr = table(0.04, "births per woman per year", "year", "age")
rates = xr.Dataset({
    "survival_ratio": table(0.98, "1", "year", "sex", "age"),
    "asfr": asfr.where(abs(asfr.age - 32) < 18, 0.0),
    "srb": table(1.05, "males per female", "year"),
    "net_migration": table(1.0, "persons per step", "year", "sex", "age"),
})
weights = table(1.0, "1", "sex", "age").expand_dims(measure=["all"])
"""


def python(code: str, prelude: str = PRELUDE) -> str:
    """Run in a process of its own, with warnings as errors; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", prelude + code],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_small_work_does_not_load_numba():
    code = """
variants = base * xr.DataArray(np.ones(3), {"scenario": ["low", "medium", "high"]}, "scenario")
yl.project(variants.assign_attrs(base.attrs), rates)
yl.project_sums(base, rates, weights)
yl.sensitivity(base, rates, weights)
loaded = {"numba", "llvmlite", "distributed", "yilao.engine.compiled"} & set(sys.modules)
assert not loaded, loaded
"""
    assert python(code) == ""


HIDDEN = """
import sys
import importlib.abc
class Hidden(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("numba", "llvmlite"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hidden())
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name == "numba" else found(name, *more)
"""


@pytest.fixture(scope="module")
def errors_without_numba() -> list[list[str]]:
    """What engine="numba" says where numba is missing; everything else works there."""
    # Work enough that auto would compile, were numba there.
    code = """
import yilao.engine.run as engine
engine.WORTH_COMPILING = 10
calls = (
    lambda **k: yl.project(base, rates, **k).population,
    lambda **k: yl.project_sums(base, rates, weights, **k),
    lambda **k: yl.sensitivity(base, rates, weights, **k).population,
)
for call in calls:
    np.testing.assert_array_equal(call(), call(engine="numpy"))
    try:
        call(engine="numba")
    except Exception as error:
        print(f"{isinstance(error, yl.YilaoError)}|{error}")
assert "numba" not in sys.modules
"""
    return [line.split("|") for line in python(code, HIDDEN + PRELUDE).splitlines()]


def test_without_numba_everything_works_but_engine_numba(errors_without_numba):
    assert len(errors_without_numba) == 3
    assert all("numba" in message for _, message in errors_without_numba)


def test_without_numba_engine_numba_raises_an_error_of_yilao(errors_without_numba):
    assert [ours for ours, _ in errors_without_numba] == ["True"] * 3


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
