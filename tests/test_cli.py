"""The command line: what it prints for people and programs, and its faults."""

import contextlib
import functools
import io
import json
import re
from typing import Any

import pytest

import yilao
from yilao import cli, facts
from yilao.backtest import against_bulletins
from yilao.gap import ChildcareGap, childcare_gap
from yilao.place import Place, load_place
from yilao.population import census_groups
from yilao.report.notes import PLACE_NOTES_ZH
from yilao.scenario import VARIANTS

KEYS = {
    "population": {"published_implied", "projected"},
    "need": {"published_implied", "projected"},
    "supply": {"stated", "stated_date", "implied", "argued"},
    "shortfall": {
        "published",
        "plan_arithmetic_stated",
        "plan_arithmetic_implied",
        "projected_stated_stock",
        "projected_implied_stock",
        "projected_argued_stock",
    },
    "elderly_60plus": {"published", "projected"},
    "under_3": {"published", "projected"},
}
PLAIN = {"place", "year", "variant", "norm_per_1000", "conclusion", "sources", "missing"}
CITIES = {"hangzhou": 2025, "taizhou-zhejiang": 2025, "ankang": 2025, "taizhou-jiangsu": 2023}
COUNTIES = ("hangzhou-chunan", "taizhou-jiangsu-medical-zone", "ankang-hanbin")
HAN = re.compile(r"[\u4e00-\u9fff]")

_load = functools.cache(load_place)
_answers: dict[tuple[Any, ...], ChildcareGap] = {}


def remembered(place: Place, **words: Any) -> ChildcareGap:
    """The same question in two languages is computed once."""
    key = (id(place), *words.values())
    if key not in _answers:
        _answers[key] = childcare_gap(place, **words)  # it holds the place: the id stays taken
    return _answers[key]


_checks: dict[tuple[Any, ...], Any] = {}


def remembered_checks(place: Place, variant: str) -> Any:
    key = (id(place), variant)
    if key not in _checks:
        _checks[key] = place, against_bulletins(place, variant)
    return _checks[key][1]


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    for module in (cli.gap, cli.places):
        monkeypatch.setattr(module, "load_place", lambda name: _load(facts.find_place(name).id))
    monkeypatch.setattr(cli.gap, "childcare_gap", remembered)
    monkeypatch.setattr(cli.gap, "against_bulletins", remembered_checks)


def run(*argv: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = cli.main(argv)
        except SystemExit as stop:  # argparse's own faults
            code = stop.code
    return code, out.getvalue(), err.getvalue()


def answer(*argv: str) -> dict[str, Any]:
    code, out, err = run(*argv, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


@pytest.fixture
def table(tmp_path):
    groups = census_groups("ankang", 2020)
    lows = groups["age_low"].values.tolist()
    lines = ["date,basis,sex,age_low,age_high,value,unit"]
    for sex in ("female", "male"):
        for low, after in zip(lows, [*lows[1:], None], strict=True):
            high = "" if after is None else after - 1
            value = float(groups.sel(sex=sex, age_low=low))
            lines.append(f"2020-11-01,resident,{sex},{low},{high},{value:.0f},persons")
    path = tmp_path / "我的城市.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


# For programs.


@pytest.mark.parametrize("city", CITIES)
def test_keys_of_every_city(city):
    got = answer("gap", city)
    assert PLAIN | set(KEYS) <= set(got)
    for group, names in KEYS.items():
        assert names <= set(got[group]), group
    assert got["place"] == city
    assert got["year"] == CITIES[city]
    assert got["variant"] == ("plan" if city == "hangzhou" else "trend")
    assert isinstance(got["conclusion"], str)
    assert got["conclusion"]
    assert got["sources"]
    assert all(isinstance(s, str) for s in got["sources"] + got["missing"])


def numbers(value: Any, path: str = "") -> dict[str, Any]:
    """Every leaf of the document that is not a text by nature, by its path."""
    if isinstance(value, dict):
        return {k: v for n, x in value.items() for k, v in numbers(x, f"{path}/{n}").items()}
    if isinstance(value, list):
        return {k: v for i, x in enumerate(value) for k, v in numbers(x, f"{path}/{i}").items()}
    return {path: value}


@pytest.mark.parametrize("city", CITIES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_numbers_are_single_persons_and_places(city, lang):
    got = answer("gap", city, "--lang", lang)
    texts = ("place", "variant", "conclusion", "sources", "missing")
    for path, value in numbers({k: v for k, v in got.items() if k not in texts}).items():
        if path.endswith("argued_span"):
            assert value is None or re.fullmatch(r"[\d/-]+", value)
        elif path.endswith("stated_date"):
            assert value is None or re.fullmatch(r"\d{4}(-\d\d-\d\d)?", value)
        else:
            assert value is None or type(value) in (int, float), path
            if path != "/norm_per_1000":
                assert value is None or type(value) is int, path
    assert got["population"]["projected"] > 1_000_000
    assert 10_000 < got["need"]["projected"] < 100_000
    assert bool(HAN.search(got["conclusion"])) is (lang == "zh")


def test_languages_agree_on_the_numbers():
    en, zh = (answer("gap", "hangzhou", "--lang", lang) for lang in ("en", "zh"))
    for document in (en, zh):
        document.pop("conclusion")
    assert en == zh


def test_hangzhou():
    got = answer("gap", "hangzhou")
    assert got["norm_per_1000"] == 4.6
    assert 13_100_000 < got["population"]["projected"] < 13_200_000
    low, high = got["population"]["published_implied"]
    assert (low, high) == (12_955_556, 13_604_651)
    assert low < got["population"]["projected"] < high
    assert got["need"]["projected"] == round(got["population"]["projected"] * 4.6 / 1000)
    assert got["supply"]["stated"] == 44_000
    assert got["supply"]["stated_date"] == "2022-10-21"
    assert got["shortfall"]["published"] == 29_000
    assert got["shortfall"]["plan_arithmetic_implied"] == [28_500, 29_500]
    assert got["shortfall"]["projected_stated_stock"] == got["need"]["projected"] - 44_000
    assert got["elderly_60plus"]["published"] == 2_640_000
    assert got["under_3"]["published"] == [250_000, 300_000]
    assert got["missing"] == ["childcare_places_in_year_of_need"]


@pytest.mark.parametrize("city", [c for c in CITIES if c != "hangzhou"])
def test_unknown_is_null(city):
    got = answer("gap", city)
    # Ankang promises 12,156 places at 4.73: that implies residents, a need and a gap of its own.
    implied = [
        ("population", "published_implied"),
        ("need", "published_implied"),
        ("shortfall", "plan_arithmetic_stated"),
    ]
    for group, name in implied:
        assert (got[group][name] is None) == (city != "ankang"), name
    for group, name in (
        ("supply", "implied"),
        ("supply", "argued"),
        ("shortfall", "published"),
        ("shortfall", "plan_arithmetic_implied"),
        ("shortfall", "projected_implied_stock"),
        ("shortfall", "projected_argued_stock"),
        ("elderly_60plus", "published"),
        ("under_3", "published"),
    ):
        assert got[group][name] is None, (group, name)
    stated = got["supply"]["stated"]
    assert stated == (3_379 if city == "ankang" else None)
    assert (got["shortfall"]["projected_stated_stock"] is None) is (stated is None)
    assert "published_shortfall" in got["missing"]


def test_options_reach_the_answer():
    got = answer("gap", "330100", "--variant", "no-migration", "--stock", "50000")
    assert (got["place"], got["variant"]) == ("hangzhou", "no-migration")
    assert got["supply"]["given"] == 50_000
    assert got["shortfall"]["projected_given_stock"] == got["need"]["projected"] - 50_000
    got = answer("gap", "安康市", "--year", "2030", "--norm", "4.5")
    assert (got["place"], got["year"], got["norm_per_1000"]) == ("ankang", 2030, 4.5)


# For people.


@pytest.mark.parametrize("place", [r.id for r in facts.place_records() if r.level != "county"])
def test_text_of_every_place_in_two_languages(place):
    zh, en = (run("gap", place, "--lang", lang) for lang in ("zh", "en"))
    assert zh[0] == en[0] == 0
    assert zh[2] == en[2] == ""
    record = facts.find_place(place)
    assert record.name_zh in zh[1]
    assert record.name_en in en[1]
    assert "nan" not in zh[1] + en[1]
    assert "None" not in zh[1] + en[1]
    for variant in VARIANTS:
        assert variant in zh[1]
        assert variant in en[1]


@pytest.mark.parametrize("place", COUNTIES)
def test_text_of_counties(place):
    for lang in ("zh", "en"):
        code, out, err = run("gap", place, "--lang", lang)
        assert (code, err) == (0, "")
        assert "nan" not in out


def test_text_of_a_county_with_your_own_norm_and_stock():
    for lang in ("zh", "en"):
        code, out, err = run(
            "gap", "ankang-hanbin", "--lang", lang, "--norm", "4.5", "--stock", "300"
        )
        assert (code, err) == (0, "")
        assert "300" in out


@pytest.mark.parametrize(
    ("place", "year"), [("hangzhou", "2021"), ("hangzhou", "2050"), ("taizhou-jiangsu", "2026")]
)
def test_text_of_other_years(place, year):
    for lang in ("zh", "en"):
        code, out, err = run("gap", place, "--year", year, "--lang", lang)
        assert (code, err) == (0, "")
        assert year in out
        assert "nan" not in out
        assert "None" not in out


def test_numbers_of_hangzhou_in_the_text():
    _, en, _ = run("gap", "hangzhou", "--lang", "en")
    for number in ("60,500", "44,000", "29,000", "16,500", "4.6", "13.16"):
        assert number in en
    _, zh, _ = run("gap", "hangzhou", "--lang", "zh")
    for number in ("6.05万", "4.4", "2.9", "1.65万", "4.6", "1,316万"):
        assert number in zh
    assert "杭州市" in zh


def test_sources_are_listed_on_request():
    plain, full = (
        run("gap", "hangzhou", "--lang", "en", *more)[1] for more in ((), ("--sources",))
    )
    assert "https://" not in plain
    for number, source in enumerate(answer("gap", "hangzhou")["sources"], 1):
        assert f"[{number}] {source}" in full


def test_language_follows_the_system(monkeypatch):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "杭州市" in run("gap", "hangzhou")[1]
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    assert "杭州市" not in run("gap", "hangzhou")[1].split("\n")[0]


# Your own table.


def test_your_own_table(table):
    got = answer("gap", "--base", str(table), "--norm", "4.5", "--stock", "1000")
    assert got["place"] == "我的城市"
    assert got["variant"] == "no-migration"
    assert got["supply"]["stated"] is None
    assert got["population"]["published_implied"] is None
    assert got["need"]["projected"] == pytest.approx(got["population"]["projected"] * 0.0045, abs=1)
    assert got["shortfall"]["projected_given_stock"] == got["need"]["projected"] - 1000
    assert any("我的城市.csv" in s for s in got["sources"])
    for lang in ("zh", "en"):
        code, out, err = run("gap", "--base", str(table), "--name", "Anywhere", "--lang", lang)
        assert (code, err) == (0, "")
        assert "Anywhere" in out


def test_your_own_table_without_a_norm(table):
    got = answer("gap", "--base", str(table))
    assert got["norm_per_1000"] is None
    assert got["need"]["projected"] is None
    assert got["population"]["projected"] > 2_000_000
    assert {"norm_per_1000", "childcare_places_stock"} <= set(got["missing"])


def test_your_own_table_named_like_a_packaged_city(table):
    path = table.rename(table.with_name("hangzhou.csv"))
    code, out, _ = run("gap", "--base", str(path), "--norm", "4.5", "--lang", "en")
    assert code == 0
    assert "12,204,000" not in out  # Hangzhou's bulletin
    assert "(-" not in out  # a negative share of households


# What is packaged.


def test_places():
    records = [r for r in facts.place_records() if r.level != "county"]
    for lang in ("zh", "en"):
        code, out, err = run("places", "--lang", lang)
        assert (code, err) == (0, "")
        for record in records:
            assert record.id in out
            assert (record.name_zh if lang == "zh" else record.name_en) in out
            assert record.code in out
        assert "ankang-hanbin" not in out


def test_places_for_programs():
    rows = answer("places")
    assert [r["id"] for r in rows] == [r.id for r in facts.place_records() if r.level != "county"]
    by_id = {r["id"]: r for r in rows}
    assert by_id["hangzhou"]["variants"] == list(VARIANTS)
    assert by_id["hangzhou"]["missing"] == []
    assert by_id["hangzhou"]["documents"] == ["solution"]
    assert by_id["hangzhou"]["code"] == "330100"
    assert by_id["taizhou-zhejiang"]["documents"] == ["five-year-plan", "solution-annex"]
    assert by_id["china"]["documents"] == []
    for row in rows:
        assert row["census_years"] == [2010, 2020]
        assert row["basis"] == "resident"
        assert row["sources"]


def test_places_with_counties():
    rows = answer("places", "--counties")
    assert [r["id"] for r in rows] == [r.id for r in facts.place_records()]
    zone = next(r for r in rows if r["id"] == "taizhou-jiangsu-medical-zone")
    assert zone["census_years"] == [2020]
    assert zone["variants"] == ["no-migration"]


# Faults.


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["gap", "paris"], "place 'paris' is not packaged"),
        (["gap", "Taizhou"], "means more than one"),
        (["gap", "hangzhou", "--variant", "high"], "variant 'high' does not exist"),
        (["gap", "ankang", "--variant", "plan"], "'plan' cannot be computed here"),
        (["gap", "--base", "none.csv"], "none.csv: no such file"),
        (["gap", "hangzhou", "--base", "none.csv"], "give either a place or --base"),
        (["gap"], "give either a place or --base"),
        (["gap", "hangzhou", "--year", "2020"], "year: 2020 is outside"),
        (["gap", "hangzhou", "--year", "2051"], "year: 2051 is outside"),
        (["gap", "hangzhou", "--stock", "-5"], "stock: -5.0 is negative"),
        (["gap", "hangzhou", "--stock", "nan"], "stock: nan"),
        (["gap", "hangzhou", "--norm", "0"], "norm: 0.0 is not above 0"),
        (["gap", "hangzhou", "--norm", "-1"], "norm: -1.0 is not above 0"),
        (["gap", "hangzhou", "--stock", "inf"], "no number"),
        (["gap", "hangzhou", "--year", "soon"], "--year"),
        (["gap", "hangzhou", "--lang", "fr"], "--lang"),
        (["gap", "hangzhou", "--stock", "4.4万"], "--stock"),
        (["plan"], "plan"),
        ([], "command"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
@pytest.mark.parametrize("more", [(), ("--json",)], ids=["text", "json"])
def test_faults_go_to_the_error_stream(argv, message, more):
    code, out, err = run(*argv, *(more if argv else ()))
    assert code == 2
    assert out == ""
    assert message in err
    assert "Traceback" not in err


def test_a_table_with_a_fault(table):
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("persons", "万人"), encoding="utf-8")
    code, out, err = run("gap", "--base", str(table))
    assert (code, out) == (2, "")
    assert "我的城市.csv, row 2, unit: '万人'" in err


def test_a_table_in_another_encoding(table):
    text = table.read_text(encoding="utf-8").replace("unit\n", "unit,备注\n")
    table.write_text(text.replace("persons\n", "persons,无\n"), encoding="gbk")
    code, out, err = run("gap", "--base", str(table))
    assert (code, out) == (2, "")
    assert "UTF-8" in err


def test_version():
    code, out, _ = run("--version")
    assert code == 0
    assert yilao.__version__ in out


def test_notes_of_places_are_in_both_languages():
    notes = {r.note for r in facts.place_records() if r.note}
    assert notes == set(PLACE_NOTES_ZH)
    zh, en = (run("gap", "hangzhou-xiacheng", "--lang", lang)[1] for lang in ("zh", "en"))
    assert "2021年4月调整之前" in zh
    assert "Place: boundary of the census dates, before the change of April 2021." in en
