"""The gaps of a place year by year: the answer, the page, the command."""

import json
import re
from pathlib import Path

import pytest

import yilao as yl
from yilao import gap, population, report, supply
from yilao.cli import main
from yilao.gap.of_place import OF
from yilao.plan.registry import concepts
from yilao.schema import BasisError, SchemaError, UnknownNameError

CITIES = ("hangzhou", "taizhou-zhejiang", "ankang", "taizhou-jiangsu")
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def needs():
    return {city: yl.place_need(yl.load_place(city)) for city in CITIES}


def line(answer, measure):
    return next(x for x in answer.lines if x.need.measure == measure)


def test_nursing_beds_of_ankang(needs):
    found = line(gap.gaps_of(needs["ankang"], "nursing_beds"), "nursing_beds")
    assert (float(found.supply), found.supply_is, found.first_short) == (2_781, "counted", 2021)
    need = found.need.values
    pairs = {k: v.shortfall for k, v in found.comparisons.items()}
    assert pairs["need_less_supply"].equals((need - 2_781).rename("shortfall"))
    assert float(pairs["need_less_promise"].sel(year=2025)) == float(need.sel(year=2025)) - 18_000
    assert pairs["promise_less_supply"].values.tolist() == [18_000 - 2_781]
    assert float(found.additions.additions.sum()) == pytest.approx(float(need.max()) - 2_781)


def test_promise_and_need_can_point_apart(needs):
    """Ankang promises more places than the norm asks of fewer residents; still few exist."""
    found = line(gap.gaps_of(needs["ankang"], "places"), "childcare_places")
    last = {k: float(v.shortfall.sel(year=2025)) for k, v in found.comparisons.items()}
    assert last["need_less_supply"] > 0
    assert last["need_less_promise"] < 0
    assert last["promise_less_supply"] == 12_156 - 3_379


def test_a_stock_is_not_carried_back(needs):
    answer = gap.gaps_of(yl.place_need(needs["hangzhou"].place, norms=NORM), "places")
    years = line(answer, "childcare_places").comparisons["need_less_supply"].year.values
    assert years[0] == 2022  # the stock is of October 2022; need is known from 2021 on
    assert line(answer, "childcare_places").need.values.year.values[0] == 2021


NORM = {"childcare_places_per_1000": 4.6}


def test_unknown_supply_is_unknown_by_name(needs):
    hangzhou = gap.gaps_of(needs["hangzhou"], "nursing_beds")
    assert hangzhou.lines == ()
    assert "nursing_beds_supply" in hangzhou.missing
    assert "care_beds_per_1000_older" in hangzhou.missing
    assert "childcare_places_supply" not in gap.gaps_of(needs["hangzhou"], "places").missing
    jiangsu = gap.gaps_of(needs["taizhou-jiangsu"], "caregivers")
    assert "certified_carers_supply" in jiangsu.missing
    beds = gap.gaps_of(needs["taizhou-zhejiang"], "beds")
    unknown = line(beds, "institution_beds")
    assert (unknown.supply, unknown.supply_is, unknown.additions) == (None, "unknown", None)
    assert unknown.comparisons == {}
    # What is printed of another definition is shown beside it, not compared.
    assert ("social_care_beds_per_1000_older", 2020, 60.9, "per 1,000 older people") in unknown.near


def test_a_printed_rate_implies_the_carers_of_its_document(needs):
    answer = gap.gaps_of(needs["taizhou-zhejiang"], "caregivers")
    older = float(yl.sum_ages(answer.place.base, 60))
    found = {x.need.documents: float(x.supply) for x in answer.lines if x.supply_is == "implied"}
    assert found[("five-year-plan",)] == pytest.approx(older * 13 / 10_000)
    assert found[("solution-annex",)] == pytest.approx(older * 12.8 / 10_000)


def test_supply_of_your_own(needs):
    ankang = needs["ankang"]
    mine = supply.stock(9_000, date="2023", units="beds", measure="nursing_beds")
    found = line(gap.gaps_of(ankang, "nursing_beds", supply={"nursing_beds": mine}), "nursing_beds")
    pair = found.comparisons["need_less_supply"]
    assert (found.supply_is, int(pair.year[0])) == ("given", 2023)
    assert float(pair.shortfall.sel(year=2025)) == float(pair.need.sel(year=2025)) - 9_000
    path = supply.stocks({2024: 12_000, 2025: 30_000}, units="beds")
    found = line(gap.gaps_of(ankang, "nursing_beds", supply={"nursing_beds": path}), "nursing_beds")
    assert found.first_short == 2024
    assert float(found.comparisons["need_less_supply"].shortfall.sel(year=2025)) < 0


def test_no_targets_within_reach():
    answer = yl.place_gap(yl.load_place("ankang"), "nursing_beds", until=2022)
    found = line(answer, "nursing_beds")
    assert set(found.comparisons) == {"need_less_supply"}


@pytest.mark.parametrize(
    ("of", "words", "error", "message"),
    [
        ("bed", {}, UnknownNameError, "of 'bed' is not known"),
        (
            "beds",
            {"supply": {"nursing_beds": supply.stock(1, date="2020", units="beds")}},
            UnknownNameError,
            "'nursing_beds' is no measure of beds",
        ),
        (
            "beds",
            {"supply": {"care_beds": supply.stock(1, date="2020", units="places")}},
            SchemaError,
            "unit is 'places'",
        ),
        (
            "beds",
            {
                "supply": {
                    "care_beds": supply.stock(1, date="2020", units="beds", measure="nursing_beds")
                }
            },
            SchemaError,
            "need counts care_beds and supply nursing_beds",
        ),
        (
            "beds",
            {
                "supply": {
                    "care_beds": supply.stock(1, date="2020", units="beds", basis="registered")
                }
            },
            BasisError,
            "need is resident and supply is registered",
        ),
        ("nursing_beds", {"lead": -1}, SchemaError, "lead: -1"),
        (
            "beds",
            {"supply": {"care_beds": supply.stock(1, date="2040", units="beds")}},
            SchemaError,
            "it is of 2040, after 2035",
        ),
        ("beds", {"supply": {"care_beds": 30_000}}, SchemaError, "30000 has no year. Make it with"),
    ],
)
def test_faults(needs, of, words, error, message):
    with pytest.raises(error, match=message):
        gap.gaps_of(needs["ankang"], of, **words)


# The page and the command.


@pytest.mark.parametrize("city", CITIES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_pages_of_every_city(needs, city, lang):
    for of in OF:
        answer = gap.gaps_of(needs[city], of)
        text = report.place_gap_text(answer, lang)
        assert bool(HAN.search(text)) is (lang == "zh"), text
        for name in answer.missing:
            if name in concepts():
                assert name in text
            else:
                measure = name.removesuffix("_supply")
                assert report.measure_label(measure, lang) in text
        assert "nan" not in text.casefold()
        assert not re.search(r" +$", text, re.MULTILINE)


def run(capsys, *words):
    code = main(["gap", *words])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_the_command_prints_every_year(capsys):
    code, text, _ = run(capsys, "ankang", "--of", "nursing_beds", "--lang", "en", "--lead", "2")
    assert code == 0
    row = next(x for x in text.splitlines() if x.strip().startswith("2025"))
    cells = row.split()
    assert cells[1:7] == ["21,400", "18,000", "2,780", "+18,600", "+3,400", "+15,200"]
    assert cells[-1] == "2023"
    assert [y for y in range(2021, 2036) if f"\n  {y}  " in text] == list(range(2021, 2036))
    assert "the 18,000 promised for 2025 are 3,400 short of that year's need" in text


@pytest.mark.parametrize(
    ("stock", "en", "zh"),
    [
        # The need of Ankang rises to 10,970 in 2025 and falls to 9,170 in 2035.
        (3_379, "are missing in 2035, short from 2024 on.", "2024年起不足。"),
        (
            10_000,
            "to spare in 2035, first short in 2025 and last in 2030.",
            "2025年首次、2030年末次不足",
        ),
        (10_800, "to spare in 2035, short in 2025.", "，2025年不足。"),
        (12_000, "about 2,830 are to spare in 2035.", "富余约2,830个。"),
    ],
)
def test_a_gap_that_closes_is_not_short_from_then_on(needs, stock, en, zh):
    held = {"childcare_places": supply.stock(stock, date="2024", units="places")}
    answer = gap.gaps_of(needs["ankang"], "places", supply=held)
    assert en in report.line_conclusion(answer.lines[0], "en")
    assert zh in report.line_conclusion(answer.lines[0], "zh")


def test_a_gap_of_nothing_is_not_to_spare(needs):
    wanted = line(gap.gaps_of(needs["ankang"], "places"), "childcare_places").need.values
    held = supply.stock(float(wanted.sel(year=2035)), date="2035", units="places")
    answer = gap.gaps_of(needs["ankang"], "places", supply={"childcare_places": held})
    assert "none are missing in 2035." in report.line_conclusion(answer.lines[0], "en")
    assert "2035年供需持平。" in report.line_conclusion(answer.lines[0], "zh")


def test_notes_say_how_the_supply_was_taken(capsys, tmp_path):
    path = tmp_path / "projects.csv"
    path.write_text(
        "project,measure,state,capacity,year,probability,area\n"
        "a homes,care_beds,in_use,20000,2022,1,Hanbin\n"
        "b homes,care_beds,in_use,5000,2022,1,Hanyin\n"
        "wing,care_beds,approved,3000,2026,0.5,Hanbin\nwish,care_beds,planned,-,2026,0.5,Hanbin\n",
        encoding="utf-8",
    )
    words = ("ankang", "--of", "beds", "--pipeline", str(path))
    code, text, err = run(capsys, *words, "--lang", "en")
    assert (code, err) == (0, "")
    assert "carried unchanged" not in text
    assert "projects count with their capacity times their probability" in text
    assert "in no supply here: wish." in text
    got = json.loads(run(capsys, *words, "--json")[1])["lines"][0]
    assert (got["supply"]["2025"], got["supply"]["2026"]) == (25_000, 26_500)
    assert got["supply_lacks"] == ["wish"]
    _, text, _ = run(capsys, "ankang", "--of", "beds", "--lang", "en")
    assert "carried unchanged" in text
    assert "their probability" not in text


def test_the_projects_of_the_page_on_own_cities(capsys, tmp_path):
    page = (Path(__file__).parents[1] / "docs" / "own-city.md").read_text(encoding="utf-8")
    block = re.search(r"```\n(project,.*?)```", page, re.DOTALL).group(1)
    path = tmp_path / "projects.csv"
    path.write_text(block, encoding="utf-8")
    code, text, _ = run(capsys, "ankang", "--of", "beds", "--pipeline", str(path), "--json")
    beds = json.loads(text)["lines"][0]
    assert code == 0
    assert [beds["supply"][y] for y in ("2022", "2024", "2026")] == [26_000, 26_720, 26_420]
    assert beds["supply_lacks"] == ["north site"]


def test_notes_keep_to_what_is_shown(needs):
    text = report.place_gap_text(gap.gaps_of(needs["ankang"], "caregivers"), "en")
    assert "“older people”" not in text  # only childcare carers have a line
    assert "childcare staff 410 (2020)" in text
    assert "three can point" not in text  # nothing is compared
    text = report.place_gap_text(gap.gaps_of(needs["ankang"], "beds"), "en")
    assert "“older people”" in text
    assert "three can point" in text


def test_a_norm_of_later_years_is_named(capsys):
    early = yl.place_need(yl.load_place("hangzhou"), until=2023)
    assert early.later == {"certified_carers": 2025, "childcare_places": 2025}
    text = report.place_gap_text(gap.gaps_of(early, "caregivers"), "en")
    assert "after the last year, so not computed: certified carers (from 2025 on)." in text
    words = ("hangzhou", "--of", "places", "--year", "2023", "--json")
    assert json.loads(run(capsys, *words)[1])["norms_begin_later"] == {"childcare_places": 2025}
    text = report.need_text(early, "zh", [2023])
    assert (
        "标准自以后年份起才有、未测算：持证养老护理员（人）（2025年起）、托位（个）（2025年起）"
        in text
    )


def test_the_command_for_programs(capsys):
    code, text, _ = run(capsys, "ankang", "--of", "beds", "--json", "--lang", "zh")
    got = json.loads(text)
    assert code == 0
    assert (got["place"], got["of"], got["variant"]) == ("ankang", "beds", "trend")
    beds = next(x for x in got["lines"] if x["measure"] == "care_beds")
    assert beds["supply"] == {"2020": 25_261}
    assert beds["promised"] == {"2025": 30_000}
    short = beds["need"]["2025"] - 30_000
    assert beds["need_less_promise"] == {"2025": pytest.approx(short, abs=1)}
    assert beds["first_year_short"] == 2021
    assert sum(beds["additions"].values()) == pytest.approx(beds["need"]["2035"] - 25_261, abs=9)
    assert got["missing"] == ["institution_beds_supply"]
    assert HAN.search(beds["conclusion"])


def test_a_stock_and_a_pipeline_of_your_own(capsys, tmp_path):
    words = ("taizhou-jiangsu", "--of", "nursing_beds", "--json", "--norm")
    norm = "institution_beds_per_1000_older=30"
    code, text, _ = run(capsys, *words, norm, "--stock", "20000", "--stock-year", "2024")
    got = json.loads(text)["lines"][0]
    assert code == 0
    assert (got["supply"], got["supply_is"]) == ({"2024": 20_000}, "given")
    path = tmp_path / "projects.csv"
    path.write_text(
        "project,measure,state,capacity,year,probability\n"
        "homes,institution_nursing_beds,in_use,20000,2024,1\n"
        "wing,institution_nursing_beds,approved,1000,2026,0.8\n",
        encoding="utf-8",
    )
    code, text, _ = run(capsys, *words, norm, "--pipeline", str(path))
    got = json.loads(text)["lines"][0]
    assert code == 0
    assert {got["supply"][y] for y in ("2024", "2025", "2026", "2035")} == {20_000, 20_800}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("ankang", "--stock-year", "2020"), "go with --of"),
        (("ankang", "--lead", "2"), "go with --of"),
        (("ankang", "--norm", "a=1"), "give one number of places"),
        (("ankang", "--norm", "1", "--norm", "2"), "give one number of places"),
        (("ankang", "--of", "beds", "--stock", "5"), "a stock without date"),
        (("ankang", "--of", "beds", "--stock-year", "2020"), "--stock-year without --stock"),
        (
            ("ankang", "--of", "beds", "--stock", "5", "--pipeline", "x.csv"),
            "either --stock or --pipeline",
        ),
        (("ankang", "--of", "beds", "--pipeline", "none.csv"), "no such file"),
        (("ankang", "--of", "beds", "--norm", "4.5"), "write the concept and a number"),
        (
            ("hangzhou", "--of", "nursing_beds", "--stock", "5", "--stock-year", "2020"),
            "no need of nursing_beds",
        ),
    ],
)
def test_faults_of_the_command(capsys, words, message):
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    assert message in err


def test_a_pipeline_of_something_else(capsys, tmp_path):
    path = tmp_path / "projects.csv"
    path.write_text(
        "project,measure,state,capacity,year,probability\nx,hotel_beds,in_use,5,2020,1\n",
        encoding="utf-8",
    )
    code, _, err = run(capsys, "ankang", "--of", "beds", "--pipeline", str(path))
    assert code == 2
    assert "no project of" in err
    assert "hotel_beds" in err


def test_a_city_of_your_own(capsys, tmp_path):
    groups = population.census_groups("ankang", 2020)
    lows = groups.age_low.values.tolist()
    ends = [*(low - 1 for low in lows[1:]), ""]
    rows = [
        f"2020-11-01,resident,{sex},{low},{end},{int(groups.sel(sex=sex, age_low=low))},persons"
        for sex in ("female", "male")
        for low, end in zip(lows, ends, strict=True)
    ]
    path = tmp_path / "my.csv"
    path.write_text("\n".join(["date,basis,sex,age_low,age_high,value,unit", *rows]), "utf-8")
    words = ("--base", str(path), "--of", "beds", "--norm", "care_beds_per_1000_older=40")
    code, text, _ = run(capsys, *words, "--stock", "900", "--stock-year", "2024", "--json")
    found = {x["measure"]: x for x in json.loads(text)["lines"]}["care_beds"]
    assert code == 0
    assert found["documents"] == ["given"]
    assert found["supply"] == {"2024": 900}
    code, text, err = run(capsys, *words, "--lang", "en")
    assert code == 0, err
    assert "elder-care beds (norm requirement, 40 per 1,000 60+, given)" in text
