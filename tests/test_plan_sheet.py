"""Plans as tables and Excel files, and reading them back; every fault of a spreadsheet."""

import datetime as dt
import sys

import pandas as pd
import pytest

from yilao.plan import Plan, concepts, load_plan, plans, read_plan
from yilao.plan.measures import People, meant, people_counted
from yilao.schema import FactsError, YilaoError

ALL = [(row.place, row.document) for row in plans().itertuples()]
CSV = """\
document,place,title,issuer,issued,id,name_zh,name_en,unit,kind,binding,denominator,\
place_in_document,quote,year,role,comparator,value,low,high,printed,date
plan,my-city,某市方案,某市人民政府,2024-05-01,places_share,占比,Share,percent,target,约束性,places,\
表1,占比(%) | 10 | 30 | 40,2020,base,,10,,,10,
,,,,,,,,,,,,,,2023,target,,30,,,30,2023-12-31
,,,,,,,,,,,,,,2025,target,>=,40,,,≥40,
,,,,,beds,床位,Beds,beds,target,约束性,,正文,1—2万张,2025,target,range,,10000,20000,1—2万张,
"""


def read(tmp_path, text: str) -> Plan:
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return read_plan(path)


def test_a_table_has_a_row_per_figure():
    plan = load_plan("ankang")
    table = plan.table()
    assert len(table) == sum(len(i.points) for i in plan.indicators)
    places = table[table["statement"] == "childcare_places"].set_index("year")["value"]
    assert places.to_dict() == {
        2020: 3379,
        2021: 3673,
        2022: 5821,
        2023: 7783,
        2024: 9963,
        2025: 12156,
    }
    assert table.attrs["sources"] == plan.sources
    annex = load_plan("taizhou-zhejiang", document="solution-annex").table()
    assert annex.loc[annex["role"] == "norm", "year"].isna().all()
    five_year = load_plan("taizhou-zhejiang", document="five-year-plan").table()
    lost = five_year[five_year["role"] == "legible"]
    assert lost["value"].isna().all()
    assert "≥90 | 97.76" in lost["printed"].tolist()


@pytest.mark.parametrize(("place", "document"), ALL)
def test_what_is_written_to_excel_and_csv_is_read_back(tmp_path, place, document):
    pytest.importorskip("openpyxl")
    plan = load_plan(place, document=document)
    plan.to_excel(tmp_path / "plan.xlsx")
    assert read_plan(tmp_path / "plan.xlsx") == plan
    table = pd.read_excel(tmp_path / "plan.xlsx", sheet_name="figures", dtype=str)
    table.to_csv(tmp_path / "plan.csv", index=False)
    assert read_plan(str(tmp_path / "plan.csv")) == plan


def test_the_sheet_is_laid_out_as_the_annex(tmp_path):
    pytest.importorskip("openpyxl")
    load_plan("ankang").to_excel(tmp_path / "ankang.xlsx")
    sheet = pd.read_excel(tmp_path / "ankang.xlsx", sheet_name="指标")
    years = ["2020基数", "2021", "2022", "2023", "2024", "2025", "未注明年份"]
    assert list(sheet.columns) == ["序号", "指标", "单位", *years, "属性", "备注"]
    row = sheet[sheet["指标"] == "每千名老年人养老床位数"].iloc[0]
    assert row[["单位", *years[:6], "属性"]].tolist() == [
        "每千名老年人", 49, 53, 54, 57, 58, 60, "约束性",
    ]  # fmt: skip
    assert sheet.loc[sheet["指标"] == "护理型床位占比", "2025"].tolist() == ["≥60"]
    load_plan("taizhou-zhejiang", document="five-year-plan").to_excel(tmp_path / "five.xlsx")
    five = pd.read_excel(tmp_path / "five.xlsx", sheet_name="指标")
    lost = five[five["指标"] == "城市(县城)污水集中处理率"].iloc[0]
    assert lost["备注"] == "单元格丢失，残存：≥90 | 97.76"
    assert list(five.columns[3:8]) == ["2015基数", "2019基数", "2020基数", "2020统计", "2020"]


def test_without_openpyxl_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(YilaoError, match=r"pip install 'yilao\[excel\]', or use CSV"):
        load_plan("ankang").to_excel(tmp_path / "ankang.xlsx")
    (tmp_path / "mine.xlsx").write_bytes(b"")
    with pytest.raises(YilaoError, match="need the package openpyxl"):
        read_plan(tmp_path / "mine.xlsx")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none/plan.xlsx", "plan.xlsx: the file cannot be written: No such file or directory"),
        ("folder.xlsx", "folder.xlsx: the file cannot be written: Is a directory"),
        ("plan.csv", r"plan.csv: an Excel file is named .xlsx. Write plan.xlsx"),
        ("plan", "plan: an Excel file is named .xlsx"),
    ],
)
def test_a_file_that_cannot_be_written_is_named(tmp_path, name, message):
    pytest.importorskip("openpyxl")
    (tmp_path / "folder.xlsx").mkdir()
    with pytest.raises(YilaoError, match=message):
        load_plan("ankang").to_excel(tmp_path / name)


@pytest.mark.parametrize("name", ["none.csv", "none.xlsx", "none.toml"])
def test_a_file_that_is_not_there_is_named(tmp_path, name):
    with pytest.raises(FactsError, match=f"{name}: the file cannot be read: No such file"):
        read_plan(tmp_path / name)


def test_a_spreadsheet_of_your_own_is_read(tmp_path):
    plan = read(tmp_path, CSV)
    share = plan["places_share"]
    assert (plan.title, plan.issued) == ("某市方案", dt.date(2024, 5, 1))
    assert (share.target(2023), share.target(2025), share.value(2020)) == (30, 40, 10)
    assert [p.comparator for p in share.points] == ["=", "=", ">="]
    assert share.points[1].date == dt.date(2023, 12, 31)
    assert plan["beds"].interval(2025) == (10_000, 20_000)


BROKEN = [
    (",30,,,30,", ",31,,,30,", r"mine.csv, row 3, value: \[31.0\] is not what is printed, '30'"),
    (",30,,,30,", ",thirty,,,30,", r"mine.csv, row 3, value: 'thirty' is not a number"),
    (",2023,target", ",soon,target", r"mine.csv, row 3, year: 'soon' is not a year"),
    ("2023-12-31", "31 Dec", r"mine.csv, row 3, date: '31 Dec' is not a date"),
    (",2023,target", ",2023,aim", r"mine.csv, row 3, role: 'aim' is not known"),
    (",2023,target", ",2025,target", r"mine.csv, row 2, points, target of 2025: stands twice"),
    ("Beds,beds,", "Beds,bushels,", r"mine.csv, row 5, unit: 'bushels' is not known"),
    ("percent,target,约束性,places", "percent,target,约束性,", r"row 2, denominator: is missing"),
    ("issuer,issued", "issuer,issue", r"mine.csv, row 2, note: is missing\. Say in it why"),
    ("quote,year", "cite,year", r"mine.csv, cite: unknown column\. Known are \['document', "),
    ("low,high", "low,low", r"mine.csv, low: the column stands twice"),
    ("plan,my-city,某市方案", ",my-city,某市方案", r"mine.csv, row 2, document: is missing"),
    (",,,,,beds,", ",town,,,,beds,", r"mine.csv, row 5, place: 'town' differs from 'my-city' in"),
    ("10,\n,,,,,,,,,,,,,", "10,\n,,,,,,,,,,,,,other", r"row 3, quote: 'other' differs from '占比"),
    (",2025,target,>=,40,,,≥40,", ",2025,target,>=,40,,,≥40,,x", r"row 4: has 23 cells"),
    (",,,,,beds,", ",,,,,places_share,", r"row 5, name_zh: '床位' differs from '占比'"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), BROKEN)
def test_a_fault_of_a_spreadsheet_names_file_row_and_field(tmp_path, old, new, message):
    assert old in CSV
    with pytest.raises(FactsError, match=message):
        read(tmp_path, CSV.replace(old, new, 1))


def test_a_file_that_is_no_spreadsheet_is_refused(tmp_path):
    pytest.importorskip("openpyxl")
    with pytest.raises(FactsError, match=r"mine.csv: the table has no rows\. See Plan.table"):
        read(tmp_path, CSV.splitlines()[0])
    (tmp_path / "mine.csv").write_bytes(CSV.encode("gbk"))
    with pytest.raises(FactsError, match=r"mine.csv: the file is not UTF-8\. In Excel choose"):
        read_plan(tmp_path / "mine.csv")
    (tmp_path / "mine.xlsx").write_bytes(b"nothing")
    with pytest.raises(FactsError, match=r"mine.xlsx: not an Excel file"):
        read_plan(tmp_path / "mine.xlsx")


# The registry of concepts, and whom those of people count.


def test_whom_a_concept_and_a_denominator_count():
    assert people_counted("population_60plus") == (People("resident", 60, None),)
    assert [p.high for p in people_counted("population_0_3")] == [3, 4]
    assert people_counted("population_old_and_young") == people_counted("care_beds") == ()
    # What documents leave open is residents first; other open denominators are not of people.
    assert meant("older_people")[0] == "population_60plus"
    assert meant("population_under_3") == ("population_under_3",)
    assert meant("childcare_institutions") == meant("townships") == ()


def test_every_id_is_registered_and_every_concept_used():
    used = {i.id for place, document in ALL for i in load_plan(place, document=document).indicators}
    assert used == set(concepts())


def test_numerators_and_denominators_relate_rates_and_stocks():
    rate = concepts()["care_beds_per_1000_older"]
    assert concepts()[rate.numerator].quantity == "stock"
    for concept in concepts().values():
        if concept.quantity == "rate" and concept.unit.endswith("people"):
            assert concept.numerator, concept.id
            assert concept.denominator, concept.id
        if concept.quantity == "stock" and concept.numerator:
            # A stock is its own numerator, so that rates find it.
            assert concept.numerator == concept.id
    share = concepts()["inclusive_place_share"]
    assert (share.numerator, share.denominator) == (
        "inclusive_childcare_places",
        "childcare_places",
    )
