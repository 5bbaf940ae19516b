"""``yilao audit``: what it prints for people and programs, and its faults."""

import json
import re
from importlib.resources import files

import pytest

from yilao import cli
from yilao.plan import read_plan


def printed(capsys, *words):
    code = cli.main(["audit", *words])
    out = capsys.readouterr()
    return code, out.out, out.err


@pytest.mark.parametrize("place", ["hangzhou", "ankang", "taizhou-zhejiang", "taizhou-jiangsu"])
def test_every_place_in_both_languages(capsys, place):
    pages = {lang: printed(capsys, place, "--lang", lang) for lang in ("zh", "en")}
    assert all(code == 0 and not err for code, _, err in pages.values())
    assert "发现" in pages["zh"][1]
    assert "findings:" in pages["en"][1]
    records = json.loads(printed(capsys, place, "--json")[1])
    numbered = re.findall(r"^\d+\. \[", pages["en"][1], re.MULTILINE)
    assert len(records) == len(numbered)


def test_what_two_documents_say_of_each_other_is_said_once(capsys):
    both = json.loads(printed(capsys, "taizhou-zhejiang", "--json")[1])
    pairs = [r for r in both if r["rule"] == "two-documents"]
    assert len(pairs) == len({frozenset(s.split(":")[-1] for s in r["statements"]) for r in pairs})
    assert len(pairs) == 3
    # An old target stands with the document whose base it is.
    (old,) = [r for r in both if r["rule"] == "old-target"]
    assert (old["document"], old["statements"][0]) == ("solution-annex", "life_expectancy")
    one = json.loads(
        printed(capsys, "taizhou-zhejiang", "--json", "--document", "solution-annex")[1]
    )
    assert {r["document"] for r in one} == {"solution-annex"}
    assert sum(r["rule"] == "two-documents" for r in one) == 3


def test_some_severities_and_a_page(capsys):
    words = ("hangzhou", "--severity", "contradiction", "--severity", "note", "--json")
    assert {r["severity"] for r in json.loads(printed(capsys, *words)[1])} == {
        "contradiction",
        "note",
    }
    _, none, _ = printed(capsys, "taizhou-jiangsu", "--severity", "doubt", "--lang", "en")
    assert none.strip().endswith("findings: 0")
    _, page, _ = printed(capsys, "hangzhou", "--markdown", "--lang", "zh")
    assert page.startswith("# 杭州市")
    assert "## 矛盾" in page


def test_quotes_stand_beside_few_statements_and_long_lists_are_cut(capsys):
    _, text, _ = printed(capsys, "ankang", "--lang", "zh")
    assert "原文：8 | 护理型养老床位占比(%) | 12 | 20" in text
    assert "care_beds_per_1000_older，另 23 项" in text


def test_a_plan_of_your_own_is_examined_without_people(capsys, tmp_path):
    own = tmp_path / "mine.toml"
    text = (files("yilao") / "data" / "plans" / "ankang.toml").read_text(encoding="utf-8")
    own.write_text(text.replace('place = "ankang"', 'place = "mine"'), encoding="utf-8")
    # A spreadsheet of the same figures reads the same.
    sheet = tmp_path / "mine.XLSX"
    read_plan(own).to_excel(tmp_path / "mine.xlsx")
    (tmp_path / "mine.xlsx").rename(sheet)
    assert printed(capsys, str(sheet), "--json") == printed(capsys, str(own), "--json")
    records = json.loads(printed(capsys, str(own), "--json")[1])
    rules = {r["rule"] for r in records}
    assert "ratio" in rules
    assert "cohort" not in rules
    assert {r["place"] for r in records} == {"mine"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("zhejiang",), "zhejiang: no plan document is packaged. Give a plan of your own"),
        (("nowhere.toml",), "nowhere.toml: the file cannot be read"),
        (("nowhere.xlsx",), "nowhere.xlsx: the file cannot be read"),
        (("nowhere.CSV",), "nowhere.CSV: the file cannot be read"),
        (("mine.toml", "--document", "one"), "--document chooses among packaged documents"),
        (("hangzhou", "--document", "two"), "hangzhou has no document 'two'"),
        (("atlantis",), "place 'atlantis' is not packaged"),
    ],
)
def test_faults(capsys, words, message):
    code, out, err = printed(capsys, *words)
    assert (code, out) == (2, "")
    assert message in err
