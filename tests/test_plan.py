"""Plan documents: what the packaged ones say, and every fault of a file by its message."""

import datetime as dt
import math

import pytest

from yilao import facts
from yilao.plan import Plan, load_plan, plans, read_plan
from yilao.plan.figures import printed_figures
from yilao.schema import FactsError, UnknownNameError

SOURCE = """
[source]
document = "plan"
place = "my-city"
title = "某市方案"
issuer = "某市人民政府"
issued = 2024-05-01
"""
ENTRY = """
[[indicator]]
id = "places_share"
name_zh = "占比"
name_en = "Share"
unit = "percent"
kind = "target"
comparator = ">="
binding = "约束性"
denominator = "places"
place_in_document = "表1"
quote = "占比(%) | 10 | 30 | 40"
points = [
  { year = 2020, value = 10, printed = "10", role = "base" },
  { year = 2023, value = 30, printed = "30", role = "target" },
  { year = 2025, value = 40, printed = "≥40", role = "target" },
]
"""


def read(tmp_path, text: str | bytes) -> Plan:
    path = tmp_path / "mine.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_plan(path)


# What the packaged documents say.


def test_every_packaged_file_loads_and_is_listed():
    table = plans()
    files = [f.name for f in (facts.DATA / "plans").iterdir() if f.name.endswith(".toml")]
    assert list(table.columns) == ["place", "document", "title", "issued", "indicators"]
    assert len(table) == len(files) == 5
    for row in table.itertuples():
        plan = load_plan(row.place, document=row.document)
        assert facts.find_place(plan.place).id == plan.place
        assert len(plan.indicators) == row.indicators >= 10
        for indicator in plan.indicators:
            assert indicator.name_zh in str(indicator)
            assert indicator.name_en in str(indicator)
            assert "原文" in indicator.describe("zh")
            assert "quote" in indicator.describe("en")
            assert bool(indicator.issue) == bool(indicator.issue_zh)
            assert bool(indicator.points) != bool(indicator.legible)
            for cell in indicator.legible:
                assert cell in indicator.quote
            for point in indicator.points:
                assert point.printed in indicator.quote


def test_one_id_has_one_unit_in_all_documents():
    units: dict[str, str] = {}
    for row in plans().itertuples():
        for indicator in load_plan(row.place, document=row.document).indicators:
            assert units.setdefault(indicator.id, indicator.unit) == indicator.unit


def test_hangzhou():
    plan = load_plan("杭州市")
    assert plan["childcare_places_per_1000"].target(2025) == 4.6
    stock = plan["childcare_places"]
    assert stock.value(2022) == 44_000
    assert stock.points[0].date == dt.date(2022, 10, 21)
    assert stock.interval(2022) == (43_500, 44_500)
    assert plan["childcare_shortfall"].value(2025) == 29_000
    assert plan["childcare_shortfall"].interval(2025) == (28_500, 29_500)
    assert plan["population_60plus"].value(2025) == 2_640_000
    assert plan["population_60plus"].interval(2025) == (2_635_000, 2_645_000)
    assert plan["population_60plus"].value(2021) == 2_111_000
    assert plan["population_old_and_young"].value(2025) == 2_920_000
    assert plan["share_old_and_young"].value(2025) == 22
    assert plan["share_old_and_young"].interval(2025) == (21.5, 22.5)
    assert plan["share_old_and_young"].interval(2021) == (19.55, 19.65)
    assert plan["share_old_and_young"].basis_as_labelled == "registered"
    assert "registered" in plan["population_old_and_young"].issue
    assert plan["inclusive_place_share"].target(2035) == 90
    assert [p.comparator for p in plan["inclusive_place_share"].points] == [">", ">="]
    assert plan.sources == ["杭州市“一老一小”整體解決方案, 杭州市人民政府, 2022-10-21 (hangzhou)"]


def test_hangzhou_range_is_widened_and_a_bound_is_open():
    under_3 = load_plan("hangzhou")["population_under_3"]
    assert [(p.low, p.high) for p in under_3.points if p.value is None] == [(250e3, 300e3)] * 5
    assert under_3.interval(2025) == (245_000, 305_000)
    assert under_3.value(2021, role="statistic") == 281_100
    assert under_3.interval(2021, role="statistic") == (281_050, 281_150)
    assert load_plan("hangzhou")["family_care_beds"].interval(2022) == (900, math.inf)


def test_ankang():
    plan = load_plan("ankang")
    places, norm = plan["childcare_places"], plan["childcare_places_per_1000"]
    years = [2021, 2022, 2023, 2024, 2025]
    assert [places.target(y) for y in years] == [3673, 5821, 7783, 9963, 12156]
    assert [norm.target(y) for y in years] == [1.47, 2.31, 3.08, 3.93, 4.73]
    assert (norm.binding, places.binding) == ("约束性", "预期性")
    assert places.value(2020) == 3379
    assert places.interval(2020) == (3379, 3379)
    assert plan["childcare_places_in_text"].target(2025) == 12_000
    assert plan["childcare_places_in_text"].interval(2025) == (12_000, 12_000)
    assert plan["childcare_places_per_1000_in_text"].interval(2020) == (1.355, 1.365)
    assert norm.value(2020) == 1.12
    beds = plan["care_beds_per_1000_older"]
    assert [beds.target(y) for y in years] == [53, 54, 57, 58, 60]
    assert [plan["nursing_bed_share"].target(y) for y in years] == [20, 30, 40, 50, 60]
    assert plan["care_beds"].value(2020) == 25_261
    assert plan["nursing_beds"].value(2020) == 2_781
    assert plan["population_resident"].value(2020) == 2_490_000
    assert plan["population_registered"].value(2020) == 3_030_000
    assert plan["population_0_3"].value(2025) == 45_000
    assert plan["life_expectancy"].value(2020) == 75.3
    assert plan["life_expectancy"].interval(2020) == (75.25, 75.35)


def test_two_documents_of_taizhou_zhejiang_are_both_kept():
    annex = load_plan("taizhou-zhejiang", document="solution-annex")
    five_year = load_plan("331000", document="five-year-plan")
    assert annex["childcare_places_per_1000"].target(2025) == 4.5
    assert five_year["childcare_places_per_1000"].target(2025) == 4.5
    for name, in_annex, in_plan in (
        ("institution_nursing_bed_share", 60, 58),
        ("certified_carers_per_10000_older", 28, 25),
    ):
        assert annex[name].target(2025) == in_annex
        assert five_year[name].target(2025) == in_plan
        assert annex[name].issue
    assert annex["life_expectancy"].value(2020) == 79.3
    assert five_year["life_expectancy"].value(2020) == 81.33
    assert annex["childcare_places_per_1000_new_areas"].target(2025) == 10
    assert annex["childcare_places_per_1000_existing_areas"].target(2025) == 8
    assert five_year["population_peak_year"].value(2033) == 2033
    assert five_year["share_65plus"].interval(2025) == (16.5, 17.5)
    assert five_year["share_65plus"].interval(2030) == (20, math.inf)
    report = five_year["life_expectancy_13th_plan"]
    assert report.target(2020) == 79.3
    assert report.value(2020, role="statistic") == 81.33
    assert annex.issued is None
    assert "issuer not stated, date not stated" in annex.sources[0]


def test_taizhou_jiangsu():
    plan = load_plan("taizhou-jiangsu")
    assert plan["childcare_places_per_1000"].target(2023) == 3.5
    assert plan["institution_nursing_bed_share"].target(2023) == 68


# Names that do not exist or mean more than one.


def test_unknown_names():
    with pytest.raises(UnknownNameError, match=r"2 documents.*'five-year-plan'.*'solution-annex'"):
        load_plan("taizhou-zhejiang")
    with pytest.raises(UnknownNameError, match=r"no document 'annex'\. Choose document='solution'"):
        load_plan("hangzhou", document="annex")
    with pytest.raises(
        UnknownNameError, match=r"zhejiang has no document\. Choose place 'ankang' or "
    ):
        load_plan("zhejiang")
    with pytest.raises(UnknownNameError, match=r"'atlantis' is not packaged"):
        load_plan("atlantis")
    plan = load_plan("hangzhou")
    with pytest.raises(
        UnknownNameError, match=r"'childcare_place_per_1000'.*Similar: childcare_pl"
    ):
        plan["childcare_place_per_1000"]
    with pytest.raises(UnknownNameError, match=r"'护理员'\. Similar: certified_carers_per_10000"):
        plan["护理员"]
    with pytest.raises(
        UnknownNameError, match=r"'xyz'\. Known: elder_care_policy_documents, .*shows all 59"
    ):
        plan["xyz"]


def test_every_cell_of_ankangs_tables_is_held():
    plan = load_plan("ankang")
    rows = [i for i in plan.indicators if i.place_in_document.startswith("表")]
    assert len(rows) == 32
    for row in rows:
        number, name, *cells, attribute = row.quote.split(" | ")
        assert row.place_in_document.endswith(f"，{number}")
        assert name.startswith(row.name_zh)
        assert row.binding == attribute
        held = {p.year: p.printed for p in row.points}
        printed = dict(zip(range(2020, 2026), cells, strict=True))
        assert held == {year: c for year, c in printed.items() if c not in ("-", "——")}
        assert {p.role for p in row.points if p.year == 2020} <= {"base"}


def test_a_row_whose_cells_were_lost_is_kept_broken():
    plan = load_plan("taizhou-zhejiang", document="five-year-plan")
    broken = {i.statement: i.legible for i in plan.indicators if i.legible}
    assert len(broken) == 13
    assert broken["sewage_treatment_rate"] == ("≥90", "97.76")
    assert broken["childcare_places_per_1000_in_table"] == ("4.5",)
    row = plan["housing_security_coverage_13th_plan"]
    assert "cells lost: 23 | 23.75" in str(row)
    assert "残存单元格: 23 | 23.75" in row.describe("zh")
    with pytest.raises(
        UnknownNameError, match=r"no target for 2020.*only 23 \| 23.75; other cells"
    ):
        row.target(2020)


def test_mentions_of_one_concept_are_kept_apart():
    ankang = load_plan("ankang")
    found = {i.statement: i for i in ankang.mentions("nursing_bed_share")}
    assert list(found) == ["nursing_bed_share", "nursing_bed_share_in_text"]
    assert [i.points[-1].comparator for i in found.values()] == ["=", ">="]
    assert ankang.mentions("childcare_places_in_text") == ankang.mentions("childcare_places")
    assert ankang["childcare_institutions_registered"].value(2020) == 26
    assert ankang["childcare_institutions_registered_in_text"].value(2020) == 27
    with pytest.raises(UnknownNameError, match="no indicator 'xyz'"):
        ankang.mentions("xyz")
    for row in plans().itertuples():
        plan = load_plan(row.place, document=row.document)
        for indicator in plan.indicators:
            assert plan[indicator.id].statement == indicator.id
            assert plan[indicator.statement] is indicator


def test_norms_stand_in_every_year_and_undated_targets_in_none():
    annex = load_plan("taizhou-zhejiang", document="solution-annex")
    permille = annex["new_estate_care_room_permille"]
    assert (permille.kind, permille.unit, permille.target(2030)) == ("norm", "permille", 3)
    assert permille.interval(None) == (3, 3)
    assert annex["new_small_estate_care_room_min"].target(2025) == 200
    assert annex["new_large_estate_care_room_min"].target(2025) == 300
    assert annex["existing_estate_care_room_per_100_households"].target(2025) == 20
    assert annex["rehabilitation_beds_per_10000_older"].target(2025) == 55
    beds = annex["family_care_beds"]
    assert beds.value(None) == 300
    assert "no year target: ≥300" in beds.describe()
    assert "未注年份 目标: ≥300" in beds.describe("zh")
    with pytest.raises(UnknownNameError, match=r"no target for 2025.*states no year \(target\)"):
        beds.target(2025)


def test_units_of_a_table_head_and_figures_in_words():
    plan = load_plan("taizhou-zhejiang", document="five-year-plan")
    jobs = plan["new_urban_jobs"]
    assert (jobs.printed_unit, jobs.accumulates, jobs.target(2025)) == (
        "万人",
        "plan period",
        400e3,
    )
    assert jobs.interval(2020) == (913_500, 914_500)
    assert "规划期内" in jobs.describe("zh")
    assert plan["education_modern_counties"].interval(2020) == (100, 100)
    assert plan["work_deaths_per_gdp_percent"].issue
    spending = load_plan("hangzhou")["accident_insurance_spending"]
    assert spending.interval(2022) == (29e6, math.inf)
    assert (
        "responsible: 市民政局" in load_plan("taizhou-jiangsu")["home_adaptations_new"].describe()
    )


# Figures by year.


def test_a_target_holds_in_its_own_years_unless_a_path_is_named(tmp_path):
    share = read(tmp_path, SOURCE + ENTRY)["places_share"]
    assert (share.target(2023), share.target(2025)) == (30, 40)
    with pytest.raises(UnknownNameError, match=r"no target for 2024.*2023 \(target\), 2025 \(tar"):
        share.target(2024)
    assert share.target(2024, path="hold") == 30
    assert share.target(2030, path="hold") == 40
    assert share.target(2024, path="linear") == 35
    assert share.target(2021, path="linear") == pytest.approx(10 + 20 / 3)
    assert share.target(2020, path="linear") == 10
    with pytest.raises(UnknownNameError, match="no target for 2022"):
        share.target(2022, path="hold")
    with pytest.raises(UnknownNameError, match="no target for 2026"):
        share.target(2026, path="linear")
    with pytest.raises(UnknownNameError, match=r"path 'nearest' is not known\. Use 'hold'"):
        share.target(2025, path="nearest")
    with pytest.raises(UnknownNameError, match=r"lang 'de' is not known\. Use 'zh' or 'en'"):
        share.describe("de")


def test_missing_years_ranges_and_double_years():
    plan = load_plan("hangzhou")
    under_3 = plan["population_under_3"]
    with pytest.raises(UnknownNameError, match=r"no target for 2025.*2025 \(projection\).*\.value"):
        plan["population_60plus"].target(2025)
    with pytest.raises(
        UnknownNameError, match=r"no figure for 2030\. The document states 2022 \(s"
    ):
        plan["childcare_places"].value(2030)
    with pytest.raises(UnknownNameError, match="no figure for 2022 as target"):
        plan["childcare_places"].interval(2022, role="target")
    with pytest.raises(
        UnknownNameError, match=r"2025 is a range, 25萬—30萬人\. Use \.interval\(2025"
    ):
        under_3.value(2025)
    with pytest.raises(UnknownNameError, match=r"2 figures for 2021.*role= chooses"):
        under_3.value(2021)


def test_a_target_that_is_a_range_is_exact_and_has_no_single_value(tmp_path):
    ranged = ENTRY.replace(
        'value = 40, printed = "≥40"', 'low = 40, high = 45.5, printed = "40%—45.5%"'
    )
    share = read(tmp_path, SOURCE + ranged)["places_share"]
    assert share.interval(2025) == (40, 45.5)
    assert str(share.points[2]) == "40-45.5"
    with pytest.raises(UnknownNameError, match=r"2025 is a range.*\.interval\(2025\)"):
        share.target(2025)


@pytest.mark.parametrize(
    ("printed", "unit", "expected"),
    [
        ("4.4万", "places", [(44_000, 500)]),
        ("264萬人", "persons", [(2_640_000, 5_000)]),
        ("1.2亿人", "persons", [(120_000_000, 5_000_000)]),
        ("30百万", "persons", [(30_000_000, 500_000)]),
        ("22%", "percent", [(22, 0.5)]),
        ("1.36", "per 1,000 people", [(1.36, 0.005)]),
        ("1.30", "per 1,000 people", [(1.3, 0.005)]),
        ("3379", "places", [(3379, 0)]),
        ("20,000人", "persons", [(20_000, 0)]),
        ("25—30万人", "persons", [(250_000, 5_000), (300_000, 5_000)]),
        ("9000—1万人", "persons", [(9_000, 0), (10_000, 5_000)]),
        ("2900餘萬元", "yuan", [(29_000_000, 5_000)]),
        ("全覆盖", "percent", []),
    ],
)
def test_printed_figures_and_half_a_unit_of_the_last_digit(printed, unit, expected):
    found = [(float(figure), float(half)) for figure, half in printed_figures(printed, unit)]
    assert found == expected


def test_bounds_are_open_to_their_side_and_a_target_in_words_is_taken(tmp_path):
    bound = ENTRY.replace('kind = "target"', 'kind = "statistic"').replace(
        '"target"', '"statistic"'
    )
    bound = bound.replace('printed = "30"', 'printed = "<30", comparator = "<"')
    share = read(tmp_path, SOURCE + bound)["places_share"]
    assert share.interval(2023) == (-math.inf, 30)
    assert share.interval(2025) == (40, math.inf)
    assert share.interval(2020) == (9.5, 10.5)
    words = ENTRY.replace('value = 40, printed = "≥40"', 'value = 100, printed = "全覆盖"')
    assert read(tmp_path, SOURCE + words)["places_share"].target(2025) == 100


# Faults of a file.


def test_a_users_own_file_is_read(tmp_path):
    plan = read(tmp_path, b"\xef\xbb\xbf" + (SOURCE + ENTRY).encode())
    assert plan["places_share"].points[0].comparator == "="
    assert plan["places_share"].points[1].comparator == ">="
    assert read_plan(str(tmp_path / "mine.toml")) == plan
    assert "attribute: 约束性" in plan["places_share"].describe()
    assert "2023 目标: ≥30 % “30”" in plan["places_share"].describe("zh")


BROKEN = [
    ("issuer =", "issuer_ =", r"mine.toml, source, issuer_: unknown key\. Known are"),
    ('title = "某市方案"', "", r"source, title: is missing\. Needed are"),
    ('title = "某市方案"', 'title = " "', r"source, title: ' ' is not a text in quotes"),
    ("2024-05-01", '"2024-05-01"', r"source, issued: '2024-05-01' is not a date, such as"),
    ("issued = 2024-05-01", "", r"source, note: is missing\. Say in it why issuer or issued"),
    ("[source]", "[[source]]", r"mine.toml, source: .* is not a table\."),
    ("[source]", "[sources]", r"mine.toml, source: is missing"),
    ("[[indicator]]", "[indicator]", r"mine.toml, indicator: .* is not a list of tables"),
    ("[[indicator]]", "[[indicators]]", r"mine.toml, indicator: is missing"),
    (
        'kind = "target"',
        'kind = "target"\nkind = "target"',
        r"mine.toml: the file is not valid TOML",
    ),
    ('id = "places_share"', "", r"entry 1, id: is missing"),
    ('quote = "占比', 'cite = "占比', r"entry 'places_share', quote: is missing"),
    ("denominator =", "denominators =", r"'places_share', denominators: unknown key"),
    ('denominator = "places"\n', "", r"denominator: is missing\. A ratio \(percent\) needs one"),
    ('"percent"', '"per 1,000 people"\ndenominator_ = "x"', r"denominator_: unknown key"),
    ('"percent"', '"万人"', r"unit: '万人' holds 万\. Give single units: 264万人 is 2640000"),
    ('"percent"', '"萬個"', r"unit: '萬個' holds 万"),
    ('"percent"', '"bushels"', r"unit: 'bushels' is not known\. Known are \['persons', "),
    ('kind = "target"', 'kind = "aim"', r"kind: 'aim' is not known"),
    ('kind = "target"', 'kind = "projection"', r"kind: no point has the role 'projection', only"),
    ('comparator = ">="', 'comparator = "=>"', r"comparator: '=>' is not known"),
    ('"约束性"', '"binding"', r"binding: 'binding' is not known"),
    (
        'quote = "',
        'basis_as_labelled = "both"\nquote = "',
        r"basis_as_labelled: 'both' is not known",
    ),
    ('role = "base"', 'role = "start"', r"point 2020, role: 'start' is not known"),
    ('role = "base"', 'role = "base", date = "2020"', r"point 2020, date: '2020' is not a date"),
    ('role = "base"', 'role = "base", note = "x"', r"point 2020, note: unknown key"),
    ("value = 10, ", "", r"point 2020, value: is missing"),
    ("value = 10, ", "low = 10, ", r"point 2020, high: is missing"),
    ("value = 10, ", 'value = "10", ', r"point 2020, value: '10' is not a number"),
    ("value = 10, ", "value = nan, ", r"point 2020, value: nan is not a number"),
    ("value = 10, ", "value = 12, ", r"point 2020, value: \[12.0\] is not what is printed, '10'"),
    ('printed = "10"', 'printed = "—"', r"point 2020, value: \[10.0\] is not what is printed, '—'"),
    ("year = 2020", "year = 2020.0", r"point 2020.0, year: 2020.0 is not a year"),
    ("year = 2023", "year = 2025", r"points, target of 2025: stands twice"),
    ('"≥40"', '"≤40"', r"point 2025, comparator: '>=' does not fit what is printed, '≤40'"),
    ('"≥40"', '"＞40"', r"point 2025, comparator: '>=' does not fit what is printed, '＞40'"),
    ('"30"', '"30", comparator = "range"', r"point 2023, comparator: 'range' does not fit"),
    ('"30"', '"30", comparator = "~"', r"point 2023, comparator: '~' is not known"),
    ('value = 30, printed = "30"', 'low = 30, high = 20, printed = "30—20"', r"30.0 is above high"),
    ("value = 10, ", "", r"point 2020, value: is missing"),
    ("year = 2020, ", "", r"point, year: is missing\. Needed are \['year', 'role'"),
    ('unit = "percent"', 'unit = "percent"\naccumulates = "month"', r"accumulates: 'month' is not"),
    ('"places_share"', '"childcare_places"', r"unit: childcare_places is counted in 'places', not"),
    ('"30"', '"全覆盖"', r"point 2023, value: \[30.0\] is not what is printed, '全覆盖'"),
    (
        "points = [",
        "legible = []\nissue = 'x'\nissue_zh = 'x'\npoints = [",
        r"legible: \[\] is not",
    ),
    ("points = [", "legible = ['3']\nissue_zh = 'x'\npoints = [", r"issue: is missing"),
    ("points = [", "legible = ['3']\nissue = 'x'\nissue_zh = 'x'\npoints = [", r"points: unknown"),
    ("points = [", "points = []\nmodality = [", r"points: \[\] is not a list of tables"),
]


@pytest.mark.parametrize(("old", "new", "message"), BROKEN)
def test_a_broken_file_is_refused(tmp_path, old, new, message):
    text = SOURCE + ENTRY
    assert old in text
    with pytest.raises(FactsError, match=message):
        read(tmp_path, text.replace(old, new, 1))


def test_a_repeated_id_and_a_wrong_encoding_are_refused(tmp_path):
    with pytest.raises(FactsError, match=r"mine.toml, entry 'places_share', id: stands twice"):
        read(tmp_path, SOURCE + ENTRY + ENTRY)
    with pytest.raises(FactsError, match=r"mine.toml: the file is not valid TOML in UTF-8"):
        read(tmp_path, (SOURCE + ENTRY).replace("≥", "").encode("gbk"))


def test_a_file_is_named_after_its_place():
    """Documents are found by the name of the file, without reading those of other places."""
    for file in (facts.DATA / "plans").iterdir():
        if file.name.endswith(".toml"):
            assert read_plan(file).place == file.name[:-5].partition("_")[0]
