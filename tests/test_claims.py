"""What documents say of the population beside the engine's figures, and what would make it true."""

import contextlib
import dataclasses
import io
import json
import math
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import yilao as yl
from yilao import cli, mortality, report
from yilao.plan import Plan, concepts
from yilao.plan.measures import checked_measure, spans
from yilao.reproduce import Claims, Reproduction, claims, measures, rates_under, stated
from yilao.reproduce.solve import secant
from yilao.schema import FactsError, UnknownNameError, YilaoError

ROOT = Path(__file__).parents[1]
PLACES = ("ankang", "hangzhou", "taizhou-jiangsu", "taizhou-zhejiang")
PLACE = {name: yl.load_place(name) for name in PLACES}
ROW = {"form": "count", "ages": "60+", "of_ages": "", "basis": "resident"}
ROW |= {"id": "x", "reason_en": "", "reason_zh": ""}


@pytest.fixture(scope="module")
def answer() -> Claims:
    return claims()


def one(answer: Claims, place: str, statement: str, year: int, variant: str) -> Reproduction:
    found = [
        r
        for r in answer.rows
        if (r.claim.place, r.claim.indicator.statement) == (place, statement)
        and (r.claim.year, r.variant) == (year, variant)
        and r.claim.role == "projection"
    ]
    return found[0]


# What is compared


def test_every_demographic_concept_has_a_measure() -> None:
    demographic = {c.id for c in concepts().values() if c.subject == "population"}
    assert set(measures()) == demographic | {"life_expectancy"}


def test_every_demographic_figure_of_the_documents_is_a_row(answer: Claims) -> None:
    wanted: Counter[tuple[object, ...]] = Counter()
    for row in yl.plans().itertuples():
        document = yl.load_plan(row.place, document=row.document)
        variants = PLACE[row.place].variants
        for indicator in document.indicators:
            concept = concepts().get(indicator.id)
            if concept and (concept.subject == "population" or concept.id == "life_expectancy"):
                for point in indicator.points:
                    key = (row.place, row.document, indicator.statement, point.year, point.printed)
                    wanted[key] += len(variants) * len(measures()[indicator.id])
    found = Counter(
        (
            r.claim.place,
            r.claim.document,
            r.claim.indicator.statement,
            r.claim.year,
            r.claim.printed,
        )
        for r in answer.rows
    )
    assert found == wanted
    assert [p.id for p in answer.places] == list(PLACES)


def test_the_best_known_projections_are_there(answer: Claims) -> None:
    expected = {
        (r.claim.place, r.claim.year, r.claim.printed) for r in answer.rows if not r.claim.counted
    }
    assert {
        ("hangzhou", 2025, "264萬人"),
        ("hangzhou", 2025, "25萬—30萬人"),
        ("hangzhou", 2025, "292萬人"),
        ("hangzhou", 2025, "22%"),
        ("taizhou-zhejiang", 2025, "17%"),
        ("taizhou-zhejiang", 2030, "20%"),
        ("taizhou-zhejiang", 2033, "2033年"),
        ("ankang", 2025, "27.34%"),
        ("ankang", 2025, "20.62%"),
        ("ankang", 2025, "4.5万人"),
    } <= expected


def test_an_increase_is_measured_from_the_latest_earlier_count() -> None:
    since = {c.indicator.id: c.since for c in stated(PLACE["hangzhou"]) if c.since}
    assert since["population_60plus_annual_increase"] == 2021
    assert since["population_under_3_growth_rate"] == 2015


# The engine's figures


@pytest.mark.parametrize("variant", ["plan", "trend", "no-migration"])
def test_figures_are_those_of_project(answer: Claims, variant: str) -> None:
    people = yl.project(
        PLACE["hangzhou"].base, PLACE["hangzhou"].rates(variant, until=2025)
    ).population
    old = yl.sum_ages(people, 60)
    young = yl.sum_ages(people, 0, 3)
    total = people.sum(("sex", "age"))
    at = {"year": 2025}
    direct = {
        "population_60plus": old.sel(at),
        "population_under_3": young.sel(at),
        "population_old_and_young": (old + young).sel(at),
        "share_old_and_young": 100 * ((old + young) / total).sel(at),
        "population_60plus_annual_increase": (old.sel(at) - old.sel(year=2021)) / 4,
    }
    for statement, figure in direct.items():
        row = one(answer, "hangzhou", statement, 2025, variant)
        assert row.engine == pytest.approx(float(figure), rel=1e-12)
        low, high = row.claim.low, row.claim.high
        assert row.holds == (low <= float(figure) <= high)
        if row.claim.value is None:
            assert row.relative is None
            # Printed are 25万 and 30万, which 24.5万 and 30.5万 round to.
            assert (low, high) == (245_000, 305_000)
            assert row.difference == pytest.approx(min(0.0, float(figure) - 250_000))
        else:
            assert row.difference == pytest.approx(float(figure) - row.claim.value)
            assert row.relative == pytest.approx(100 * (float(figure) / row.claim.value - 1))


@pytest.mark.parametrize("variant", ["trend", "no-migration"])
def test_peak_and_year_passed_are_those_of_project(answer: Claims, variant: str) -> None:
    place = PLACE["taizhou-zhejiang"]
    people = yl.project(place.base, place.rates(variant)).population
    total = people.sum(("sex", "age"))
    row = one(answer, place.id, "population_peak_year", 2033, variant)
    assert row.engine == int(total["year"].values[np.argmax(total.values)])
    share = 100 * yl.sum_ages(people, 65) / total
    row = one(answer, place.id, "share_65plus", 2030, variant)
    assert row.reached == int(share["year"].values[np.argmax(share.values > 20)])
    assert (row.claim.low, row.claim.high) == (20, math.inf)


def test_life_expectancy_is_that_of_the_rates(answer: Claims) -> None:
    (row,) = [
        r
        for r in answer.rows
        if (r.claim.place, r.claim.indicator.id) == ("ankang", "life_expectancy")
        and (r.claim.year, r.variant) == (2025, "trend")
    ]
    rates = PLACE["ankang"].rates("trend", until=2025)
    mx = mortality.brass(mortality.wpp_mx("2024", [2025]), rates.attrs["mortality_level"])
    direct = mortality.life_expectancy(mx, srb=float(rates["srb"].sel(year=2025)))
    assert row.engine == pytest.approx(direct.item(), rel=1e-12)
    assert row.assumptions == ()


def test_a_population_that_still_grows_has_no_peak() -> None:
    place = PLACE["hangzhou"]
    peak = next(c for c in stated(PLACE["taizhou-zhejiang"]) if c.measure.form == "peak").indicator
    own = dataclasses.replace(place, documents=(Plan(place.id, "own", "own", (peak,)),))
    found = claims(own, variants=["trend"], solved=False)
    (row,) = found.rows
    assert (row.engine, row.reason, row.holds) == (None, "no peak", False)
    assert "still grows in 2050" in report.claims_text(found, "en")
    assert "2050年仍在增长" in report.claims_text(found, "zh")


def test_claims_show_themselves_in_a_line(answer: Claims) -> None:
    assert repr(answer).startswith("<Claims of ankang, hangzhou, taizhou-jiangsu, taizhou-zhejiang")


def test_what_has_no_figure_says_why(answer: Claims) -> None:
    why = {(r.claim.indicator.id, r.claim.year): r.reason for r in answer.rows if r.engine is None}
    assert why["population_60plus_registered", 2021] == "registered"
    assert why["population_60plus_growth_rate", 2021] == "year"
    assert why["population_60plus", 2015] == "year"
    assert why["central_city_population", None] == "measure"
    # The life expectancy that the projection starts from would agree with itself.
    given = {
        (r.claim.place, r.claim.role, r.claim.printed): r.reason
        for r in answer.rows
        if (r.claim.indicator.id, r.claim.year) == ("life_expectancy", 2020)
    }
    assert given == {
        ("ankang", "base", "75.3"): "input",
        ("taizhou-zhejiang", "statistic", "81.33"): "input",
        ("taizhou-zhejiang", "base", "81.33"): "input",
        # An old target, and the other document's base: nothing is projected for that year.
        ("taizhou-zhejiang", "target", "79.3"): "other input",
        ("taizhou-zhejiang", "base", "79.3"): "other input",
    }
    assert not [r for r in answer.rows if r.engine is None and not r.reason]
    assert not [r for r in answer.rows if r.claim.measure.basis == "registered" and r.engine]


# What would make it true


def test_solved_assumptions_put_back_give_the_printed_figure(answer: Claims) -> None:
    tried: Counter[str] = Counter()
    for row in answer.rows:
        claim, place = row.claim, PLACE[row.claim.place]
        for a in row.assumptions:
            if a.setting is None:
                continue
            until = claim.year + (6 if claim.measure.form == "peak" else 0)
            rates = rates_under(place, row.variant, a.parameter, a.setting, until)
            done = yl.project(place.base, rates)
            total = done.population.sum(("sex", "age"))
            if claim.measure.form == "peak":
                assert int(total["year"].values[np.argmax(total.values)]) == claim.year
            else:
                parts = [done.population.sel(age=slice(*s)) for s in spans(claim.measure.ages)]
                people = sum(p.sum(("sex", "age")) for p in parts)
                figure = people.sel(year=claim.year)
                if claim.measure.form == "share":
                    figure = 100 * figure / total.sel(year=claim.year)
                elif claim.measure.form == "increase":
                    figure = (figure - people.sel(year=claim.since)) / (claim.year - claim.since)
                near = claim.nearest(row.engine)
                assert near in (claim.value, *(claim.ends or ()))
                assert float(figure) == pytest.approx(near, rel=1e-8)
            if a.parameter == "net_migration":
                moved = done.net_migration.sum(("sex", "age")).sel(year=slice(None, claim.year))
                assert a.needed == pytest.approx(float(moved.mean()), rel=1e-9)
            elif a.parameter == "tfr":
                assert a.needed == pytest.approx(
                    float(rates["tfr"].sel(year=slice(None, claim.year)).mean())
                )
            tried[a.parameter] += 1
    assert min(tried.values()) > 10


def test_what_is_not_found_is_not_within_reach(answer: Claims) -> None:
    none = 0
    for row in answer.rows:
        for a in row.assumptions:
            assert a.searched[0] <= a.used <= a.searched[1]
            if a.needed is None and a.reach is not None:
                near = row.claim.nearest(row.engine)
                assert not a.reach[0] <= near <= a.reach[1]
                assert not a.plausible
                none += 1
    assert none > 5


def test_the_ends_of_the_rounding_lie_on_both_sides(answer: Claims) -> None:
    row = one(answer, "hangzhou", "share_old_and_young", 2025, "plan")
    a = row.assumptions[0]
    # More arrivals make the share smaller, so that its lower end needs more of them.
    assert a.low > a.needed > a.high
    # What the variant has lies between them where it holds.
    assert row.holds
    assert a.high < a.used < a.low


def test_fertility_cannot_change_those_born_before(answer: Claims) -> None:
    row = one(answer, "hangzhou", "population_60plus", 2025, "plan")
    tfr = next(a for a in row.assumptions if a.parameter == "tfr")
    assert tfr.needed is None
    assert tfr.reach[0] == pytest.approx(tfr.reach[1])


def test_one_flow_makes_all_of_taizhou_true(answer: Claims) -> None:
    """The finding of docs/claims.md: three statements, one assumption."""
    place = PLACE["taizhou-zhejiang"]
    row = one(answer, place.id, "population_peak_year", 2033, "trend")
    a = row.assumptions[0]
    assert (round(a.needed, -2), a.plausible) == (25_700, True)
    people = yl.project(
        place.base, rates_under(place, "trend", "net_migration", a.setting, 2030)
    ).population
    share = 100 * yl.sum_ages(people, 65) / people.sum(("sex", "age"))
    assert 16.5 <= float(share.sel(year=2025)) <= 17.5
    assert float(share.sel(year=2030)) > 20


def test_no_flow_makes_both_of_ankang_true(answer: Claims) -> None:
    needed = [
        one(answer, "ankang", f"share_{age}plus", 2025, "trend").assumptions[0] for age in (60, 65)
    ]
    assert [round(a.needed, -2) for a in needed] == [-56_600, -89_400]
    assert not any(a.plausible for a in needed)


def test_several_settings_are_draws() -> None:
    place = PLACE["hangzhou"]
    rates = rates_under(place, "plan", "net_migration", [0.0, 1.0, 2.0], until=2022)
    people = yl.project(place.base, rates).population
    direct = yl.project(place.base, place.rates("plan", until=2022)).population
    assert people.sel(draw=1).values == pytest.approx(direct.values, rel=1e-12)
    longer = rates_under(place, "plan", "life_expectancy", 0.0, until=2022)
    assert longer.survival_ratio.values == pytest.approx(
        place.rates("plan", until=2022).survival_ratio.values, rel=1e-12
    )


def test_without_solutions() -> None:
    found = claims("hangzhou", variants=["plan"], solved=False)
    assert not any(r.assumptions for r in found.rows)
    assert {r.variant for r in found.rows} == {"plan"}
    table = found.table()
    assert table["net_migration_needed"].isna().all()
    assert len(table) == len(found.rows)


# Faults


def test_faults() -> None:
    with pytest.raises(UnknownNameError, match="variant 'high' does not exist"):
        claims("ankang", variants=["high"])
    with pytest.raises(UnknownNameError, match="atlantis"):
        claims("atlantis")
    with pytest.raises(FactsError, match=r"no plan document is held for it\. Choose one of ankang"):
        claims("zhejiang")
    with pytest.raises(UnknownNameError, match="parameter 'luck' does not exist"):
        rates_under(PLACE["ankang"], "trend", "luck", 1.0, until=2025)
    with pytest.raises(YilaoError, match="cannot be computed here"):
        rates_under(PLACE["ankang"], "plan", "tfr", 1.0, until=2025)
    ends = [np.array([x]) for x in (0.0, 1.0, -1.0, 1.0, 1.0)]
    with pytest.raises(YilaoError, match="no root within 80 steps"):
        secant(lambda x: np.where(x < 0.5, -1.0, 1.0), *ends)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"form": "sum"}, "form: 'sum' is not known"),
        ({"basis": "all"}, "basis: 'all' is not known"),
        ({"form": ""}, "reason_en: needed where there is no form"),
        ({"reason_zh": "x"}, "reason_zh: needed where there is no form"),
        ({"ages": ""}, "ages: missing for 'count'"),
        ({"of_ages": "0+"}, "of_ages: not for 'count'"),
        ({"form": "share"}, "of_ages: missing for 'share'"),
        ({"ages": "60 plus"}, "ages: '60 plus' is not known. Write"),
    ],
)
def test_faults_of_the_file(change: dict[str, str], message: str) -> None:
    with pytest.raises(FactsError, match=message):
        checked_measure(ROW | change, "measures.csv, row 2")


# The command and the page


def run(*argv: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main(argv)
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_names_every_figure(answer: Claims, lang: str) -> None:
    text = report.claims_text(answer, lang)
    for place in answer.places:
        assert (place.name_zh if lang == "zh" else place.name_en) in text
    if lang == "zh":
        assert all(r.claim.printed in text for r in answer.rows)
        assert "27.34%" in text
        assert "无解" in text
        assert "文件中没有人口方面的数字" in text
    else:
        assert "printed 2,640,000 (labelled resident)" in text
        assert "printed >20% (basis not stated)" in text
        assert "The documents state no figure of the population." in text
        assert "0.93 → 0.75 ~" in text
        assert "printed 2.28 percentage points (labelled resident)" in text
        assert "printed 4.54% (labelled resident)" in text


def test_a_figure_for_several_years_counts_once(answer: Claims) -> None:
    text = report.claims_text(answer, "en")
    # Hangzhou: 264万, 25-30万 in five years, 292万, 22 %, 13万 a year.
    assert "engine's figure: plan 3/5, trend 3/5, no-migration 1/5 (one figure" in text
    assert "engine's figure: trend 0/3, no-migration 0/3 (one" in text  # Ankang
    assert "engine's figure: trend 1/3, no-migration 2/3 (one" in text  # Taizhou


def test_a_census_figure_shows_its_day(answer: Claims) -> None:
    assert "Residents aged 60 and over, 2020-11-01: printed" in report.claims_text(answer, "en")
    assert "2020年11月1日60岁及以上人口：文件为52.3万人" in report.claims_text(answer, "zh")


def test_command(monkeypatch: pytest.MonkeyPatch, answer: Claims) -> None:
    monkeypatch.setattr(cli.claims, "claims", lambda place: answer)
    code, text, _ = run("claims", "--lang", "en")
    assert (code, text) == (0, report.claims_text(answer, "en") + "\n")
    code, text, _ = run("claims", "--lang", "zh", "--sources")
    assert text.startswith(report.claims_text(answer, "zh"))
    assert "[1] " in text
    code, text, _ = run("claims", "--json")
    document = json.loads(text, parse_constant=pytest.fail)
    assert len(document["claims"]) == len(answer.rows)
    found = [c for c in document["claims"] if c["printed"] == "27.34%" and c["variant"] == "trend"]
    assert found[0]["engine"] == 25.6272
    assert found[0]["assumptions"][0]["needed"] == -56612
    assert document["missing"]["ankang"]["plan"]


def test_command_with_a_fault() -> None:
    code, out, err = run("claims", "zhejiang")
    assert (code, out) == (2, "")
    assert "no plan document" in err


def test_docs_show_what_the_command_prints(monkeypatch: pytest.MonkeyPatch, answer: Claims) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    monkeypatch.setattr(yl, "claims", lambda: answer)
    import make_claims

    stored = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    assert stored == make_claims.build()
    sys.modules.pop("make_claims")
