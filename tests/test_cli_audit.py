"""``yilao audit``: what it prints for people and programs, and its faults."""

import json
import re
from importlib.resources import files

import pytest

from yilao import cli


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


def test_one_of_two_documents_and_a_page(capsys):
    _, both, _ = printed(capsys, "taizhou-zhejiang", "--lang", "en")
    _, one, _ = printed(capsys, "taizhou-zhejiang", "--document", "solution-annex", "--lang", "en")
    assert one.strip() in both
    _, page, _ = printed(capsys, "hangzhou", "--markdown", "--lang", "zh")
    assert page.startswith("# 杭州市")
    assert "## 矛盾" in page


def test_a_plan_of_your_own_is_examined_without_people(capsys, tmp_path):
    own = tmp_path / "mine.toml"
    text = (files("yilao") / "data" / "plans" / "ankang.toml").read_text(encoding="utf-8")
    own.write_text(text.replace('place = "ankang"', 'place = "mine"'), encoding="utf-8")
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
        (("nowhere.xlsx",), "nowhere.xlsx"),
        (("hangzhou", "--document", "two"), "hangzhou has no document 'two'"),
        (("atlantis",), "place 'atlantis' is not packaged"),
    ],
)
def test_faults(capsys, words, message):
    code, out, err = printed(capsys, *words)
    assert (code, out) == (2, "")
    assert message in err
