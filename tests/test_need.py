"""What a place needs: norms of its documents, the definition of need, the command."""

import json

import pytest

import yilao as yl
from yilao import demand
from yilao.cli import main
from yilao.plan.registry import concepts
from yilao.report.measures import KIND_ZH, label
from yilao.schema import UnknownNameError, YilaoError

CITIES = ("hangzhou", "taizhou-zhejiang", "ankang", "taizhou-jiangsu")


@pytest.fixture(scope="module")
def ankang():
    return yl.place_need(yl.load_place("ankang"))


def row(answer, measure, document=None):
    return next(
        r
        for r in answer.rows
        if r.measure == measure and (document is None or document in r.documents)
    )


def test_ankang_by_its_own_yearly_targets(ankang):
    old = ankang.people["aged_60_and_over"]
    beds = row(ankang, "care_beds")
    for year, norm in {2021: 53, 2022: 54, 2025: 60, 2035: 60}.items():
        wanted = float(old.sel(year=year)) * norm / 1000
        assert float(beds.values.sel(year=year)) == pytest.approx(wanted)
    nursing = row(ankang, "nursing_beds")
    assert float(nursing.values.sel(year=2022) / beds.values.sel(year=2022)) == pytest.approx(0.3)
    assert dict(beds.promised) == {2025: 30_000}
    assert (dict(nursing.promised), nursing.implied) == ({2025: 18_000}, True)
    places = row(ankang, "childcare_places")
    assert places.promised[2025] == 12_156
    assert ankang.missing == ["dementia_beds_per_10000_older", "certified_carers_per_10000_older"]


def test_staff_lie_between_the_ratios(ankang):
    places, staff = (row(ankang, m).values for m in ("childcare_places", "childcare_staff"))
    assert ((staff > places / 7) & (staff < places / 3)).all()


def test_the_kinds_are_kept_apart(ankang):
    kinds = {r.measure: r.kind for r in ankang.rows}
    assert kinds["disabled_or_semi_disabled"] == "need"
    assert kinds["beds_of_need"] == "demand"
    assert kinds["care_beds"] == "norm requirement"
    assert {r.basis for r in ankang.rows} == {"resident"}
    table = ankang.table()
    assert set(table["kind"]) == {"need", "demand", "norm requirement"}
    assert table.loc[(table.measure == "care_beds") & (table.year == 2025), "promised"].item() == (
        30_000
    )


def test_documents_that_differ_give_a_line_each():
    answer = yl.place_need(yl.load_place("taizhou-zhejiang"), until=2025)
    carers = {r.documents: r.norm[2025] for r in answer.rows if r.measure == "certified_carers"}
    assert carers == {("five-year-plan",): 25, ("solution-annex",): 28}
    places = row(answer, "childcare_places")
    assert places.documents == ("five-year-plan", "solution-annex")
    nursing = row(answer, "institution_nursing_beds", "solution-annex")
    beds = row(answer, "institution_beds")
    assert float(nursing.values[-1] / beds.values[-1]) == pytest.approx(0.6)
    assert answer.missing == []


def test_a_share_without_its_whole_is_missing():
    answer = yl.place_need(yl.load_place("taizhou-jiangsu"))
    assert answer.missing[0] == "institution_beds_per_1000_older"
    assert not any("beds" in r.measure for r in answer.rows if r.kind == "norm requirement")
    norms = {"institution_beds_per_1000_older": 30.0}
    answer = yl.place_need(yl.load_place("taizhou-jiangsu"), norms=norms)
    assert row(answer, "institution_nursing_beds").norm == {2023: 68}


def test_norms_of_your_own_hold_in_every_year():
    norms = {"care_beds_per_1000_older": 40, "nursing_bed_share": 73}
    answer = yl.place_need(yl.load_place("hangzhou"), until=2026, norms=norms)
    beds = row(answer, "care_beds")
    assert beds.values.year.values.tolist() == list(range(2021, 2027))
    assert (dict(beds.norm), beds.documents) == ({None: 40.0}, ("given",))
    assert float(row(answer, "nursing_beds").values[0] / beds.values[0]) == pytest.approx(0.73)


def test_no_value_before_the_first_target():
    answer = yl.place_need(yl.load_place("hangzhou"), until=2026)
    assert row(answer, "certified_carers").values.year.values.tolist() == [2025, 2026]
    assert not [r for r in yl.place_need(yl.load_place("hangzhou"), until=2022).rows if r.norm]


def test_definitions_stand_side_by_side(ankang):
    assert ankang.in_need["impairment-2025"] > 10 * ankang.in_need["census-2020"]
    early = yl.place_need(yl.load_place("ankang"), until=2024, definition="multi-source-2025")
    assert "multi-source-2025" not in early.in_need
    assert not [r for r in early.rows if r.kind != "norm requirement"]
    other = yl.place_need(yl.load_place("ankang"), definition="pooled-adl-2023")
    assert "beds_of_need" not in [r.measure for r in other.rows]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"variant": "high"}, UnknownNameError, "variant 'high' does not exist"),
        ({"until": 2020}, YilaoError, "until: 2020 is outside 2021"),
        ({"definition": "dementia-2018"}, UnknownNameError, "definition 'dementia-2018'"),
        ({"norms": {"beds": 3}}, UnknownNameError, "norm 'beds' is not known"),
        ({"norms": {"nursing_bed_share": 0}}, YilaoError, "nursing_bed_share: 0 is not above 0"),
        (
            {"norms": {"nursing_bed_share": 150}},
            YilaoError,
            "150 % of care_beds is above 100 %",
        ),
    ],
)
def test_faults(options, error, message):
    with pytest.raises(error, match=message):
        yl.place_need(yl.load_place("ankang"), **options)


# The command.


def printed(capsys, *argv):
    code = main(["need", *argv])
    out = capsys.readouterr()
    return code, out.out, out.err


@pytest.mark.parametrize("city", CITIES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_city_prints(capsys, city, lang):
    code, out, err = printed(capsys, city, "--lang", lang)
    assert (code, err) == (0, "")
    place = yl.load_place(city)
    assert (place.name_zh if lang == "zh" else place.name_en) in out
    for bad in ("nan", "None", "given", "http"):
        assert bad not in out
    for year in ("2025", "2030", "2035"):
        assert year in out
    assert ("照护需要" if lang == "zh" else "norm requirement") in out
    if lang == "zh":
        assert "norm requirement" not in out


def test_the_table_of_ankang(capsys):
    _, zh, _ = printed(capsys, "ankang", "--lang", "zh")
    line = next(text for text in zh.splitlines() if "养老床位（张）" in text)
    assert "标准配置" in line
    assert "每千名老年人60" in line
    assert "3.57万" in line
    assert "3万 (2025)" in line
    assert "+5,670" in line
    assert "−1,180" in next(text for text in zh.splitlines() if "托位（个）" in text)
    _, en, _ = printed(capsys, "ankang", "--lang", "en", "--sources")
    assert "60 per 1,000 60+" in en
    assert "[1] " in en


def test_the_variant_of_the_plan_is_not_carried_beyond_it_without_a_word(capsys):
    for lang, told in (("en", "variant plan is not credible"), ("zh", "2025年以后不可信")):
        assert told in printed(capsys, "hangzhou", "--lang", lang)[1]
        assert told not in printed(capsys, "hangzhou", "--lang", lang, "--until", "2025")[1]
        assert told not in printed(capsys, "hangzhou", "--lang", lang, "--variant", "trend")[1]


@pytest.mark.parametrize(
    ("definition", "until", "told"),
    [
        ("markov-2024", "2050", "printed for 2020 to 2035 and not computed outside"),
        ("impairment-2025", "2025", "printed for 2030 to 2100 and not computed outside"),
        ("markov-2024", "2035", ""),
        ("pooled-adl-2023", "2050", ""),
    ],
)
def test_years_that_a_definition_does_not_reach_are_named(capsys, definition, until, told):
    _, en, _ = printed(
        capsys, "ankang", "--lang", "en", "--until", until, "--definition", definition
    )
    assert told in en
    assert ("not computed outside" in en) is bool(told)


def test_for_programs(capsys):
    _, out, _ = printed(capsys, "taizhou-zhejiang", "--json", "--lang", "zh")
    got = json.loads(out)
    assert got["place"] == "taizhou-zhejiang"
    assert list(got["people"]["residents"]) == [str(y) for y in range(2021, 2036)]
    measures = [r["measure"] for r in got["rows"]]
    assert measures.count("certified_carers") == 2
    dementia = got["rows"][measures.index("dementia_beds")]
    assert dementia["label"] == "认知障碍床位（张）"
    assert dementia["norm"] == {"2025": 20.0}
    assert dementia["values"]["2025"] == round(got["people"]["aged_60_and_over"]["2025"] * 0.002)
    assert all(isinstance(v, int) for r in got["rows"] for v in r["values"].values())
    _, out, _ = printed(capsys, "ankang", "--json", "--norm", "care_beds_per_1000_older=40")
    beds = next(r for r in json.loads(out)["rows"] if r["measure"] == "care_beds")
    assert beds["norm"] == {"any": 40.0}
    assert beds["short_of_promise"]["2025"] == beds["values"]["2025"] - 30_000


def test_own_table(capsys, tmp_path):
    place = yl.load_place("ankang")
    lines = ["date,basis,sex,age_low,age_high,value,unit"]
    for sex in ("female", "male"):
        for age in range(101):
            value = float(place.base.sel(sex=sex, age=age))
            high = "" if age == 100 else str(age)
            lines.append(f"2020-12-31,resident,{sex},{age},{high},{value:.3f},persons")
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    code, out, err = printed(
        capsys, "--base", str(path), "--lang", "en", "--norm", "childcare_places_per_1000=4.5"
    )
    assert (code, err) == (0, "")
    assert "4.5 per 1,000" in out
    assert "Elder-care beds per 1,000 older people" in out


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "give either a place or --base"),
        (["ankang", "--norm", "beds"], "write the concept and a number"),
        (["ankang", "--norm", "x=1"], "norm 'x' is not known"),
        (["ankang", "--until", "2090"], "until: 2090 is outside"),
        (["ankang", "--definition", "x"], "definition 'x' does not exist"),
        (["ankang", "--norm", "nursing_bed_share=160"], "160 % of care_beds is above 100 %"),
        (["hangzhou", "--norm", "nursing_bed_share=60"], "Give care_beds_per_1000_older too"),
    ],
)
def test_faults_of_the_command(capsys, argv, message):
    code, out, err = printed(capsys, *argv)
    assert (code, out) == (2, "")
    assert message in err


def test_words_for_people_cover_all():
    assert set(KIND_ZH) == set(demand.KINDS)
    table = demand.care_definitions()
    for severities in table.loc[table["subject"] == "care", "severities"]:
        for name in severities.split(", "):
            assert label(name, "zh")
    from yilao.gap.norms import RULES

    for rule in RULES:
        assert rule.concept in concepts()
        assert label(rule.measure, "en")


def test_years_outside_the_answer(ankang):
    from yilao.report import need_text

    with pytest.raises(YilaoError, match="years: 2050 is outside 2021 to 2035"):
        need_text(ankang, "en", [2050])
