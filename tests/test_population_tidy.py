"""Tidy tables of age groups and the Excel template, with every fault by its message."""

import gzip
import sys
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest

import yilao as yl
from yilao import facts
from yilao.facts.sheets import cells_of
from yilao.population import census_groups, read_groups, write_template
from yilao.schema import BasisError, FactsError, SchemaError

HEAD = "date,basis,sex,age_low,age_high,value,unit"
ROWS = [
    "2020-11-01,resident,female,0,59,80,persons",
    "2020-11-01,resident,female,60,,20,persons",
    "2020-11-01,resident,male,0,59,85,persons",
    "2020-11-01,resident,male,60,,15,persons",
]


def write(tmp_path: Path, rows: list[str], head: str = HEAD, name: str = "mine.csv") -> Path:
    path = tmp_path / name
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_table_is_a_population_by_group(tmp_path):
    groups = read_groups(write(tmp_path, ROWS))
    assert groups.dims == ("sex", "age_low")
    assert groups["age_low"].values.tolist() == [0, 60]
    np.testing.assert_array_equal(groups, [[80, 20], [85, 15]])
    assert groups.attrs == {
        "units": "persons",
        "basis": "resident",
        "date": "2020-11-01",
        "sources": ["mine.csv, 2020-11-01"],
    }


@pytest.mark.parametrize(
    "head",
    [
        "日期,口径,性别,年龄下限,年龄上限,人数,单位",
        "时点,口径 basis,性别,起始年龄,终止年龄,数值,UNIT",
    ],
)
def test_chinese_headers_and_words(tmp_path, head):
    rows = [
        r.replace("resident", "户籍").replace("female", "女").replace("male", "男") for r in ROWS
    ]
    rows = [r.replace("persons", "人") for r in rows]
    groups = read_groups(write(tmp_path, rows, head))
    np.testing.assert_array_equal(groups, read_groups(write(tmp_path, ROWS, name="en.csv")))
    assert groups.attrs["basis"] == "registered"


def test_one_of_several_dates_and_further_columns(tmp_path):
    rows = [f"{r},x" for r in ROWS]
    rows += [r.replace("2020", "2010").replace("80", "70") for r in rows]
    path = write(tmp_path, rows, f"{HEAD},note")
    assert float(read_groups(path, date="2010-11-01").sel(sex="female", age_low=0)) == 70
    with pytest.raises(FactsError, match=r"^mine\.csv, date: \['2020-11-01', '2010-11-01'\] stand"):
        read_groups(path)
    with pytest.raises(FactsError, match=r"^mine\.csv, date: no rows of '2000-11-01'\. It has"):
        read_groups(path, date="2000-11-01")


def test_a_gzipped_table(tmp_path):
    path = tmp_path / "mine.csv.gz"
    path.write_bytes(gzip.compress("\n".join([HEAD, *ROWS]).encode()))
    assert float(read_groups(path).sum()) == 200
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(FactsError, match=r"^mine\.csv\.gz: not a whole gzip file"):
        read_groups(path)


@pytest.mark.parametrize(
    ("rows", "head", "error", "message"),
    [
        (
            ROWS,
            HEAD.replace("unit", "x"),
            FactsError,
            r"^mine\.csv: column 'unit' is missing",
        ),
        (
            [f"{r},1" for r in ROWS],
            f"{HEAD},人数",
            FactsError,
            r"^mine\.csv: columns \['value', '人数'\] both mean 'value'\. Rename or drop one",
        ),
        (
            [*ROWS[:3], ROWS[3].replace("persons", "万人")],
            HEAD,
            SchemaError,
            r"^mine\.csv, row 5, unit: '万人' is not 'persons'\. Multiply by 10,000",
        ),
        (
            [*ROWS[:3], ROWS[3].replace("persons", "heads")],
            HEAD,
            SchemaError,
            r"^mine\.csv, row 5, unit: 'heads' is not 'persons'\. Write persons",
        ),
        (
            [*ROWS[:3], ROWS[3].replace("resident", "registered")],
            HEAD,
            BasisError,
            r"^mine\.csv \(2020-11-01\), basis: \['resident', 'registered'\]\. Needed is one of",
        ),
        ([r.replace("resident", "") for r in ROWS], HEAD, BasisError, r"basis: \[''\]\. Needed is"),
        (
            [*ROWS[:3], ROWS[3].replace(",15,", ",,")],
            HEAD,
            FactsError,
            r"^mine\.csv \(2020-11-01\), entry 4, value: '' is not a number",
        ),
        (ROWS[:3], HEAD, SchemaError, r"^mine\.csv \(2020-11-01\): age 60 is missing for male"),
    ],
)
def test_faults(tmp_path, rows, head, error, message):
    with pytest.raises(error, match=message):
        read_groups(write(tmp_path, rows, head))


def test_no_file(tmp_path):
    with pytest.raises(FactsError, match=r"none\.csv: no such file\. Give a tidy table, or make"):
        read_groups(tmp_path / "none.csv")


def test_old_excel_files(tmp_path):
    path = write(tmp_path, ROWS, name="mine.xls")
    with pytest.raises(FactsError, match=r"^mine\.xls: the old Excel format is not read\. Save"):
        read_groups(path)


# Excel.


def fill(path: Path, groups) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    for row in sheet.iter_rows(min_row=2):
        sex = {"女": "female", "男": "male"}[row[2].value]
        row[5].value = float(groups.sel(sex=sex, age_low=row[3].value))
    book.save(path)


def test_the_template_filled_in_comes_back(tmp_path):
    pytest.importorskip("openpyxl")
    path = tmp_path / "mine.xlsx"
    write_template(path)
    with pytest.raises(FactsError, match=r"entry 1, value: '' is not a number"):
        read_groups(path)
    census = census_groups("ankang", 2020)
    fill(path, census)
    groups = read_groups(path)
    np.testing.assert_array_equal(groups, census)
    assert groups["age_low"].values.tolist() == census["age_low"].values.tolist()
    assert (groups.attrs["basis"], groups.attrs["date"]) == ("resident", "2020-11-01")
    place = yl.read_place(path, name="安康")
    assert (place.name_zh, place.default_variant) == ("安康", "no-migration")
    np.testing.assert_array_equal(place.inputs.census_2020, census)


def test_the_template_says_what_to_fill_in(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    path = tmp_path / "mine.xlsx"
    write_template(path, date="2010-11-01")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["数据 data", "说明 notes"]
    assert [c.value for c in book.worksheets[0][1]][:3] == ["日期 date", "口径 basis", "性别 sex"]
    assert book.worksheets[0]["A2"].value == "2010-11-01"
    assert "不是万人" in book.worksheets[1]["A3"].value


def test_what_an_excel_cell_says(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    path = tmp_path / "cells.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["a", "b", "c"])
    sheet.append([12, 0.5, 7.0])
    sheet.append([date(2020, 11, 1), datetime(2020, 11, 1, 6), " 万 "])
    sheet.append([None, None, None, "stray"])
    book.save(path)
    assert cells_of(path) == [
        ["a", "b", "c"],
        ["12", "0.5", "7"],
        ["2020-11-01", "2020-11-01T06:00:00", "万"],
        ["", "", "", "stray"],
    ]
    with pytest.raises(FactsError, match=r"^cells\.xlsx, row 4: 4 fields where the header has 3"):
        facts.read_table(path)


def test_not_an_excel_file(tmp_path):
    pytest.importorskip("openpyxl")
    path = write(tmp_path, ROWS, name="mine.xlsx")
    with pytest.raises(FactsError, match=r"^mine\.xlsx: not an Excel file"):
        read_groups(path)


def test_excel_without_openpyxl(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    path = write(tmp_path, ROWS, name="mine.xlsx")
    with pytest.raises(FactsError, match=r"need openpyxl\. Install it with: pip install"):
        read_groups(path)
    with pytest.raises(FactsError, match=r"^new\.xlsx: Excel files need openpyxl"):
        write_template(tmp_path / "new.xlsx")


def test_the_template_overwrites_nothing(tmp_path):
    with pytest.raises(FactsError, match=r"^mine\.csv: the template is an Excel file\. End its"):
        write_template(tmp_path / "mine.csv")
    path = write(tmp_path, ROWS, name="mine.xlsx")
    with pytest.raises(FactsError, match=r"mine\.xlsx: the file exists\. Choose another name"):
        write_template(path)
