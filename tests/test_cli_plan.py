"""The command `yilao plan`: text, JSON, Excel, your own plan, and its faults."""

import json
from pathlib import Path

import pytest

from yilao.cli import main
from yilao.plan import load_plan

EXAMPLE = Path(__file__).parents[1] / "examples" / "ankang_observations_made_up.csv"


def run(capsys, *argv):
    """Exit code, standard output, standard error."""
    code = main(["plan", *map(str, argv)])
    return code, *capsys.readouterr()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_text(capsys, lang):
    code, out, err = run(
        capsys, "ankang", "--on", "2024-06-30", "--observations", EXAMPLE, "--lang", lang
    )
    assert (code, err) == (0, "")
    words = {
        "zh": ["序号", "约束性", "守住底线", "跌破底线", "口径不同", "分年度目标", "比率与数量"],
        "en": ["No.", "binding", "floor held", "floor broken", "definition changed", "together"],
    }
    assert all(word in out for word in words[lang])
    # The places of 2021 are known of 2022 only; large figures of the plan keep their digits.
    shown = {"zh": ["3,673 已达标*°", "1.2156万 略慢"], "en": ["3,673 met*°", "12,156 nearly"]}
    assert all(cell in out for cell in shown[lang])


def test_json_is_the_same_in_both_languages_but_for_notes(capsys):
    found = []
    for lang in ("zh", "en"):
        code, out, _ = run(
            capsys, "ankang", "--on", "2024-06-30", "--observations", EXAMPLE,
            "--lang", lang, "--json",
        )  # fmt: skip
        assert code == 0
        found.append(json.loads(out))
    zh, en = found
    assert zh["on"] == "2024-06-30"
    assert zh["thresholds"] == {"on_track": 0.95, "nearly": 0.6}
    assert zh["targets"][0]["binding"] == "约束性"
    assert {t["notes"] for t in zh["targets"]} != {t["notes"] for t in en["targets"]}
    for document in found:
        for target in document["targets"]:
            del target["notes"]
    assert zh == en
    assert {"stock too small", "stock suffices"} <= {j["finding"] for j in zh["joint"]}
    assert "made up for the example" in zh["sources"]


@pytest.mark.parametrize(
    ("place", "document"),
    [
        ("hangzhou", None),
        ("taizhou-jiangsu", None),
        ("taizhou-zhejiang", "five-year-plan"),
        ("taizhou-zhejiang", "solution-annex"),
    ],
)
def test_every_document(capsys, place, document):
    words = ["--document", document] if document else []
    code, out, _ = run(capsys, place, *words, "--on", "2024-12-31", "--json", "--lang", "en")
    found = json.loads(out)
    assert code == 0
    targets = [i for i in load_plan(place, document=document).indicators if i.kind == "target"]
    assert {t["statement"] for t in found["targets"]} == {i.statement for i in targets}


def test_without_a_projection_and_with_another(capsys):
    def row(*words):
        _, out, _ = run(capsys, "hangzhou", "--on", "2024-06-30", "--json", *words)
        targets = json.loads(out)["targets"]
        return next(t for t in targets if t["statement"] == "childcare_places_per_1000")

    assert row("--variant", "none")["latest"] is None
    assert row()["latest"] != row("--variant", "no-migration")["latest"]


def test_sources_on_request(capsys):
    words = ("ankang", "--on", "2024-06-30", "--observations", EXAMPLE, "--lang", "en")
    _, without, _ = run(capsys, *words)
    _, listed, _ = run(capsys, *words, "--sources")
    assert listed.startswith(without.rstrip())
    assert "made up for the example" in listed.removeprefix(without.rstrip())


def test_a_target_beyond_the_rates_is_not_projected(capsys, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(
        "document,place,title,note,id,name_zh,name_en,unit,kind,binding,place_in_document,quote,"
        "year,role,value,printed\n"
        "mine,hangzhou,某方案,未注明,care_beds,床位,Beds,beds,target,约束性,一,床位,2060,target,9,9\n",
        encoding="utf-8",
    )
    code, out, err = run(capsys, path, "--variant", "trend", "--on", "2024-06-30", "--lang", "en")
    assert (code, err) == (0, "")
    assert "9 (2060)" in out


def test_your_own_plan_and_excel(capsys, tmp_path):
    pytest.importorskip("openpyxl")
    first, second = tmp_path / "annex.xlsx", tmp_path / "again.xlsx"
    words = ("--on", "2024-06-30", "--observations", EXAMPLE, "--lang", "zh", "--variant", "none")
    code, out, _ = run(capsys, "ankang", *words, "--excel", first)
    assert code == 0
    # What was written is a plan again.
    own = run(capsys, first, *words[:-2], "--excel", second)
    assert own == (0, out, "")
    assert second.exists()


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["ankang", "--on", "tomorrow"], "--on 'tomorrow' is not a day"),
        (["taizhou-zhejiang"], "has 2 documents"),
        (["china"], "no document"),
        (["ankang", "--observations", "none.csv"], "none.csv: the file cannot be read: No such"),
        (["none.csv"], "none.csv: the file cannot be read: No such file"),
        (["ankang", "--variant", "none", "--excel", "none/a.xlsx"], "a.xlsx: the file cannot be"),
    ],
)
def test_faults(capsys, argv, message):
    code, out, err = run(capsys, *argv)
    assert (code, out) == (2, "")
    assert message in err
