"""County census tables, long and wide: what is an area, what a sum, and whether they add up."""

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import yilao as yl
from yilao.population import Counties, read_counties
from yilao.population.headers import group_of
from yilao.schema import BasisError, FactsError, SchemaError, UnknownNameError

# Where the tables of all counties may lie: beside the repository, as in development.
FACTS = Path(__file__).parents[2] / "shared" / "facts"
TOTALS = FACTS / "census_age_sex_nation_province_prefecture.csv.gz"
GIVEN = {"basis": "resident", "date": "2020-11-01"}
needs_facts = pytest.mark.skipif(not TOTALS.exists(), reason="no county tables beside the source")

HEAD = ["place", "code", "sex", "age_low", "age_high", "value", "unit", "definition"]
AGES = (("0", "0"), ("1", "59"), ("60", ""))
DEFINITION = "resident, census 2020-11-01"

# An invented province: a city with two counties and a zone, and a county of its own.
AREAS = {
    ("甲省|乙市|  东区", "990102"): ((1, 30, 9), (2, 33, 8)),
    ("甲省|乙市|西县", "990121"): ((3, 40, 19), (4, 44, 18)),
    ("甲省|乙市|高新区", "0"): ((2, 10, 1), (2, 12, 1)),
    ("甲省|省直辖县级行政区划|省直辖县级行政区划", "0"): ((1, 5, 2), (1, 6, 2)),
    ("甲省|丙市|丙市", "999001"): ((1, 5, 2), (1, 6, 2)),
}
CITY = {("甲省|乙市", "990100"): ((6, 80, 29), (8, 89, 27))}
PROVINCE = {("甲省", "990000"): ((7, 85, 31), (9, 95, 29))}
NATION = {("全国", "0"): ((7, 85, 31), (9, 95, 29))}


def rows_of(areas, definition=DEFINITION) -> list[list[str]]:
    return [
        [place, code, sex, low, high, str(value), "persons", definition]
        for (place, code), by_sex in areas.items()
        for sex, values in zip(("female", "male"), by_sex, strict=True)
        for (low, high), value in zip(AGES, values, strict=True)
    ]


def write(path: Path, rows: list[list[str]], head: list[str] = HEAD) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


@pytest.fixture
def long(tmp_path):
    def make(areas=AREAS, change=lambda rows: rows, name="long.csv"):
        return write(tmp_path / name, change(rows_of(areas)))

    return make


WIDE_HEAD = [
    "省",
    "市",
    "县",
    "代码",
    "女_0岁",
    "女_1-59岁",
    "女_60岁及以上",
    "男_0岁",
    "男 1～59岁",
]
WIDE_HEAD += ["60岁以上（男）", "女_合计", "男合计", "总人口", "60岁以上", "性别比"]


def wide_rows(areas=AREAS) -> list[list[str]]:
    rows = []
    for (place, code), (women, men) in areas.items():
        totals = [sum(women), sum(men), sum(women) + sum(men), women[2] + men[2]]
        rows.append([*place.split("|"), code, *map(str, (*women, *men, *totals)), "100.1"])
    return rows


@pytest.fixture
def wide(tmp_path):
    def make(rows=None, head=WIDE_HEAD, name="wide.csv"):
        return write(tmp_path / name, wide_rows() if rows is None else rows, head)

    return make


def kinds(table: Counties) -> dict[str, str]:
    names = table.report["place"].str.rpartition("|")[2]
    return dict(zip(names, table.report["kind"], strict=True))


# What is an area.


def test_a_long_table(long):
    table = read_counties(long())
    assert table.population.dims == ("area", "sex", "age_low")
    assert table.population["area"].values.tolist() == [
        "990102",
        "990121",
        "甲省|乙市|高新区",
        "999001",
    ]
    np.testing.assert_array_equal(table.population.sel(area="990121"), [[3, 40, 19], [4, 44, 18]])
    assert table.population.attrs == {
        "units": "persons",
        "basis": "resident",
        "date": "2020-11-01",
        "sources": ["long.csv, 2020-11-01"],
    }
    assert table.faults == ()
    assert table.left_out == ()


def test_a_table_without_any_code_as_pandas_writes_it(long):
    """Ages as 4.0, since their column has an empty cell; areas by name alone."""

    def written(rows):
        return [[r[0], "", r[2], *(f"{a}.0" if a else "" for a in r[3:5]), *r[5:]] for r in rows]

    areas = {p: v for p, v in AREAS.items() if p[0].endswith("区") and p[1]}
    table = read_counties(long(areas, written))
    assert table.population["area"].values.tolist() == ["甲省|乙市|东区", "甲省|乙市|高新区"]
    assert set(table.report["kind"]) == {"zone"}


def test_every_area_is_in_the_report(long):
    report = read_counties(long()).report
    assert report["kind"].tolist() == ["county", "county", "zone", "subtotal", "county"]
    assert report["row"].tolist() == [2, 8, 14, 20, 26]
    assert report["persons"].tolist() == [83, 128, 28, 17, 17]
    assert report["note"].tolist() == [
        "printed with spaces",
        "",
        "no code",
        "sum of other rows",
        "",
    ]


def test_a_wide_table_says_the_same(long, wide):
    table = read_counties(wide(), basis="resident", date="2020-11-01")
    expected = read_counties(long())
    np.testing.assert_array_equal(table.population, expected.population)
    assert table.population["place"].values.tolist() == expected.population["place"].values.tolist()
    assert kinds(table) == kinds(expected)
    assert table.left_out == ("column '性别比': no sex and ages recognised",)


def test_a_wide_table_in_excel(tmp_path, wide):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(WIDE_HEAD)
    for row in wide_rows():
        book.active.append([int(c) if c.isdigit() else c for c in row])
    book.save(tmp_path / "wide.xlsx")
    given = {"basis": "resident", "date": "2020-11-01"}
    np.testing.assert_array_equal(
        read_counties(tmp_path / "wide.xlsx", **given).population,
        read_counties(wide(), **given).population,
    )


def test_a_missing_cell_leaves_the_area_out(long, wide):
    table = read_counties(long(change=lambda rows: rows[:6] + rows[7:]))
    assert kinds(table)["西县"] == "incomplete"
    assert "990121" not in table.population["area"]
    assert np.isnan(table.report["persons"][1])
    with pytest.raises(
        UnknownNameError, match=r"西县 was left out \(incomplete: 1 cell\(s\) missing; missing is"
    ):
        table.county("西县")
    rows = wide_rows()
    rows[1][4] = ""
    assert kinds(read_counties(wide(rows), basis="resident", date="2020"))["西县"] == "incomplete"


def test_the_districts_of_a_city_are_a_subtotal_and_a_city_without_counties_is_an_area(long):
    districts = {("甲省|乙市|市辖区", "0"): ((1, 1, 1), (1, 1, 1))}
    alone = {("甲省|丁市|  市辖区", "0"): ((1, 1, 1), (1, 1, 1))}
    table = read_counties(long(AREAS | districts | alone))
    assert table.report["kind"].tolist()[-2:] == ["subtotal", "zone"]
    assert table.report["note"].tolist()[-2:] == [
        "sum of other rows; 2 areas have this name",
        "no code; 2 areas have this name; printed with spaces",
    ]


def test_a_code_of_another_province_is_noted(long):
    odd = {("甲省|乙市|山区", "170971"): ((0, 1, 0), (0, 0, 0))}
    report = read_counties(long(AREAS | odd)).report
    assert report["note"].iloc[-1] == "the code does not begin with 99 as others there"
    assert report["area"].iloc[-1] == "170971"


def test_a_row_without_code_over_others_is_their_total(wide):
    rows = wide_rows()
    city = [
        "甲省",
        "乙市",
        "",
        "",
        "6",
        "80",
        "29",
        "8",
        "89",
        "27",
        "115",
        "124",
        "239",
        "56",
        "1",
    ]
    table = read_counties(wide([*rows, city]), **GIVEN)
    assert table.report["kind"].iloc[-1] == "total"
    assert table.population.sizes["area"] == 4
    city[5] = city[10] = "0"
    faults = read_counties(wide([*rows, city]), **GIVEN, faults="report").faults
    assert "甲省|乙市: 1 cell(s) differ, the first female 1-59" in faults[-1]


def test_one_name_with_two_codes(wide):
    rows = [["甲区", *r[3:]] for r in wide_rows()[:2]]
    table = read_counties(wide(rows, ["place", *WIDE_HEAD[3:]]), **GIVEN)
    assert table.report["note"].tolist() == ["2 areas have this name"] * 2
    assert table.population["area"].values.tolist() == ["990102", "990121"]


def test_a_sign_that_looks_like_another(long):
    odd = {("甲省|乙市|  丁巿", "990181"): ((1, 1, 1), (1, 1, 1))}
    table = read_counties(long(AREAS | odd))
    assert table.county("丁市").attrs["area"] == table.county("丁巿").attrs["area"] == "990181"
    assert table.report["note"].iloc[-1] == "printed with spaces and 巿 for 市"


def test_finding_a_county(long):
    again = {("甲省|戊市|西县", "990221"): ((1, 1, 1), (1, 1, 1))}
    table = read_counties(long(AREAS | again))
    for name in ("990102", "东区", " 东区", "甲省|乙市|东区"):
        found = table.county(name)
        assert found.dims == ("sex", "age_low")
        assert (found.attrs["area"], found.attrs["place_zh"]) == ("990102", "甲省|乙市|东区")
    assert "area" not in table.population.attrs
    with pytest.raises(
        UnknownNameError,
        match=r"'西县' means 2 areas: 甲省\|乙市\|西县 \(990121\); 甲省\|戊市\|西县 \(990221\)",
    ):
        table.county("西县")
    with pytest.raises(
        UnknownNameError, match=r"not in the table\. Similar: 甲省\|乙市\|东区 \(99"
    ):
        table.county("乙市")
    with pytest.raises(UnknownNameError, match=r"'己县' is not in the table\. Give a code or a"):
        table.county("己县")


# Do they add up.


def test_areas_add_up_to_city_province_and_nation(long):
    upper = long(CITY | PROVINCE | NATION, name="upper.csv")
    assert read_counties(long(), totals=upper).faults == ()
    table = read_counties(long(AREAS | CITY | PROVINCE))
    assert table.faults == ()
    assert kinds(table)["甲省"] == kinds(table)["乙市"] == "total"
    assert table.population.sizes["area"] == 4


def test_a_fault_is_found_and_named_once(long):
    areas = AREAS | {("甲省|乙市|西县", "990121"): ((3, 30040, 19), (4, 44, 18))}
    upper = long(CITY | PROVINCE | NATION, name="upper.csv")
    with pytest.raises(
        FactsError,
        match=r"^long\.csv: 1 sum\(s\) miss the printed total: upper\.csv, row 2: 甲省\|乙市: "
        r"1 cell\(s\) differ, the first female 1-59: 3 areas of long\.csv miss the printed 80 by "
        r"\+30000; they are 990102 东区, 990121 西县, 高新区; 990121 西县 stands out\. Correct",
    ):
        read_counties(long(areas), totals=upper)
    table = read_counties(long(areas), totals=upper, faults="report")
    assert len(table.faults) == 1
    assert float(table.county("西县").sel(sex="female", age_low=1)) == 30040


def test_a_subtotal_that_is_missed(long):
    areas = AREAS | {("甲省|丙市|丙市", "999001"): ((1, 5, 3), (1, 6, 2))}
    with pytest.raises(
        FactsError, match=r"row 20: 甲省\|省直辖.*female 60\+: 1 areas of long\.csv miss .* by \+1"
    ):
        read_counties(long(areas))


def test_municipalities_have_districts_and_counties(long):
    areas = {
        ("辛市||市辖区", "0"): ((1, 1, 1), (1, 1, 1)),
        ("辛市||  甲区", "980101"): ((1, 1, 1), (1, 1, 1)),
        ("辛市||县", "0"): ((2, 2, 2), (2, 2, 2)),
        ("辛市||  乙县", "980221"): ((2, 2, 2), (2, 2, 2)),
    }
    table = read_counties(long(areas))
    assert table.report["kind"].tolist() == ["subtotal", "county", "subtotal", "county"]
    areas["辛市||县", "0"] = ((2, 2, 2), (2, 2, 1))
    (fault,) = read_counties(long(areas), faults="report").faults
    assert "辛市|县: 1 cell(s) differ, the first male 60+" in fault


def test_a_city_without_areas_is_named_and_stands_for_itself(long):
    extra = ((1, 1, 1), (1, 1, 1))
    province = ((8, 86, 32), (10, 96, 30))
    upper = CITY | {("甲省|庚市", "990300"): extra, ("甲省", "990000"): province}
    table = read_counties(long(), totals=long(upper, name="upper.csv"))
    assert table.left_out == ("1 totals of upper.csv have no areas here: 甲省|庚市",)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (
            10,
            "41",
            r"wide\.csv, row 2, 女_合计: 甲省\|乙市\|东区 \(990102\): female 0\+ sum to 40, pr",
        ),
        (12, "84", r"row 2, 总人口: .* both 0\+ sum to 83, printed is 84 \(-1\)"),
        (13, "18", r"row 2, 60岁以上: .* both 60\+ sum to 17, printed is 18"),
    ],
)
def test_the_totals_printed_for_an_area(wide, column, value, message):
    rows = wide_rows()
    rows[0][column] = value
    with pytest.raises(FactsError, match=message):
        read_counties(wide(rows), basis="resident", date="2020-11-01")


def test_the_totals_in_a_long_table(long):
    place, code = next(iter(AREAS))

    def with_total(value):
        def change(rows):
            return [*rows, [place, code, "both", "", "", value, "persons", DEFINITION]]

        return change

    assert read_counties(long(change=with_total("83"))).faults == ()
    with pytest.raises(FactsError, match=r"row 32, value: .* both 0\+ sum to 83, printed is 80"):
        read_counties(long(change=with_total("80")))


def test_a_printed_group_that_is_no_sum_is_said(wide):
    head = [*WIDE_HEAD[:-1], "0-14岁"]
    table = read_counties(wide(head=head, rows=[[*r[:-1], "5"] for r in wide_rows()]), **GIVEN)
    assert table.left_out == ("both 0-14: 5 cell(s), no sum of the groups read",)


# Faults of the file.


def with_cell(row: int, column: str, value: str):
    def change(rows):
        rows[row][HEAD.index(column)] = value
        return rows

    return change


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (with_cell(3, "value", "x"), FactsError, r"^long\.csv, row 5, value: 'x' is not a number"),
        (with_cell(3, "value", "-2"), SchemaError, r"^long\.csv, row 5, value: -2 is negative\. C"),
        (
            with_cell(3, "value", "0.2"),
            SchemaError,
            r"row 5, value: 0\.2 is not whole: is it in 万",
        ),
        (with_cell(3, "unit", "万人"), SchemaError, r"row 5, unit: '万人' is not 'persons'\. Mult"),
        (with_cell(3, "unit", "heads"), SchemaError, r"row 5, unit: 'heads' is not 'persons'\. Wr"),
        (with_cell(3, "sex", "x"), FactsError, r"row 5, sex: 'x' is not 'female', 'male' or 'both"),
        (with_cell(3, "age_low", "x"), FactsError, r"row 5, age_low: 'x' is not a whole age"),
        (with_cell(3, "code", "9901"), FactsError, r"row 5, code: '9901' is not a six-digit code"),
        (with_cell(3, "place", " "), FactsError, r"row 5, place: the area has no name"),
        (
            with_cell(3, "place", "甲省|乙市|南区"),
            FactsError,
            r"row 5, code: 990102 is that of '甲省\|乙市\|南区' here and of '甲省.* in row 2",
        ),
        (
            lambda rows: [*rows, [rows[0][0].replace(" ", ""), *rows[0][1:]]],
            FactsError,
            r"row 32: the area has female from age 0 already in row 2\. Keep one",
        ),
        (
            lambda rows: [*rows, rows[0]],
            FactsError,
            r"^long\.csv, row 32: the area has female from age 0 already in row 2\. Keep",
        ),
        (
            lambda rows: [r for r in rows if r[3] != "1"],
            SchemaError,
            r"^long\.csv: age 1 is missing: the groups read are \['0-0'\]\. Give every group",
        ),
        (
            with_cell(3, "definition", "registered, census 2020-11-01"),
            FactsError,
            r"^long\.csv, definition: \['resident, census 2020-11-01', 'registered, .* Keep one",
        ),
    ],
)
def test_faults_of_a_long_table(long, change, error, message):
    with pytest.raises(error, match=message):
        read_counties(long(change=change))


def test_basis_and_date_are_stated_or_given(tmp_path, wide, long):
    with pytest.raises(BasisError, match=r"^wide\.csv: the basis is None\. Give basis='resident'"):
        read_counties(wide(), date="2020-11-01")
    with pytest.raises(FactsError, match=r"^wide\.csv: the day of the count is not stated\. Give"):
        read_counties(wide(), basis="resident")
    with pytest.raises(FactsError, match=r"^long\.csv, basis: the table says 'resident', 'registe"):
        read_counties(long(), basis="registered")
    rows = [[*r[:7], "常住", "2010-11-01"] for r in rows_of(AREAS)]
    path = write(tmp_path / "own.csv", rows, [*HEAD[:7], "口径", "日期"])
    attrs = read_counties(path).population.attrs
    assert (attrs["basis"], attrs["date"]) == ("resident", "2010-11-01")


def test_one_of_several_years_and_other_variables(tmp_path):
    rows = [["2020", "population", *r] for r in rows_of(AREAS)]
    rows += [["2010", "population", *r[:7], "resident, census 2010-11-01"] for r in rows_of(AREAS)]
    rows += [["2010", "births", *rows_of(AREAS)[0]]]
    path = write(tmp_path / "two.csv", rows, ["year", "variable", *HEAD])
    table = read_counties(path, year=2010)
    assert table.population.attrs["date"] == "2010-11-01"
    assert table.left_out == ("1 rows of other variables: births",)
    with pytest.raises(FactsError, match=r"^two\.csv, year: \['2010', '2020'\] stand in it\. Choo"):
        read_counties(path)
    with pytest.raises(FactsError, match=r"^two\.csv, year: no rows of 2000\. It has"):
        read_counties(path, year=2000)
    births = [["births", *r] for r in rows_of(AREAS)]
    path = write(tmp_path / "births.csv", births, ["variable", *HEAD])
    with pytest.raises(FactsError, match=r"^births\.csv, variable: no rows of 'population'"):
        read_counties(path)


def test_faults_of_a_wide_table(tmp_path, wide):
    head = [*WIDE_HEAD[:-1], "M0"]
    with pytest.raises(
        FactsError, match=r"^wide\.csv: columns '男_0岁' and 'M0' both mean male 0-0"
    ):
        read_counties(wide(head=head), **GIVEN)
    head = [*WIDE_HEAD[:4], *(f"x{i}" for i in range(11))]
    with pytest.raises(FactsError, match=r"^wide\.csv: no columns by sex and age were recognised"):
        read_counties(wide(head=head), **GIVEN)
    head = [f"x{i}" for i in range(4)] + WIDE_HEAD[4:]
    with pytest.raises(FactsError, match=r"^wide\.csv: no column names the areas\. Needed is one"):
        read_counties(wide(head=head), **GIVEN)
    head = ["省", "市", "县", "县级", *WIDE_HEAD[4:]]
    with pytest.raises(FactsError, match=r"^wide\.csv: columns '县' and '县级' both mean 'county'"):
        read_counties(wide(head=head), **GIVEN)
    with pytest.raises(FactsError, match=r"none\.csv: no such file\. Give a county census table"):
        read_counties(tmp_path / "none.csv")


def test_a_long_table_without_a_column(tmp_path):
    path = write(tmp_path / "long.csv", [["甲省", "0", "5"]], ["place", "age_low", "value"])
    with pytest.raises(FactsError, match=r"^long\.csv: column 'sex' is missing\. A long table has"):
        read_counties(path)


def test_totals_of_other_groups(tmp_path, long):
    rows = [["甲省", "990000", s, "0", "", "9"] for s in ("female", "male")]
    upper = write(tmp_path / "upper.csv", rows, HEAD[:6])
    with pytest.raises(FactsError, match=r"^upper\.csv: none of its age groups is one of long\.cs"):
        read_counties(long(), totals=upper)


# Headers.


@pytest.mark.parametrize(
    ("header", "group"),
    [
        ("男_0岁", ("male", 0, 0)),
        ("女_1-4岁", ("female", 1, 4)),
        ("男 5—9岁", ("male", 5, 9)),
        ("10～14岁（女）", ("female", 10, 14)),
        ("15至19岁男性", ("male", 15, 19)),
        ("85岁及以上_男", ("male", 85, None)),
        ("女性100岁以上人口", ("female", 100, None)),
        ("F_85+", ("female", 85, None)),
        ("male_0_4", ("male", 0, 4)),
        ("pop_female_5-9", ("female", 5, 9)),
        ("m_90_and_over", ("male", 90, None)),
        ("both_0_4", ("both", 0, 4)),
        ("60岁以上", ("both", 60, None)),
        ("合计_男", ("male", 0, None)),
        ("总人口", ("both", 0, None)),
        ("男女合计", ("both", 0, None)),
    ],
)
def test_headers_in_use(header, group):
    assert group_of(header) == group


@pytest.mark.parametrize(
    "header",
    [
        "性别比",
        "总人口性别比",
        "户数",
        "家庭户",
        "城镇人口",
        "year",
        "2020",
        "id",
        "9-4岁男",
        "年龄",
    ],
)
def test_headers_of_something_else(header):
    assert group_of(header) is None


# A county as a place, and the real tables.


def test_a_county_that_cannot_be_a_place(long):
    table = read_counties(long())
    other = read_counties(long(change=lambda rows: [[*r[:7], "x"] for r in rows]), **GIVEN)
    registered = Counties(other.population.assign_attrs(basis="registered"), other.report, (), ())
    with pytest.raises(
        BasisError, match=r"^county '东区': the table is registered\. Rates and norm"
    ):
        yl.place_of_county(registered, "东区")
    with pytest.raises(
        FactsError, match=r"^county '东区': the table is of 2020-11-01, needed is 201"
    ):
        yl.place_of_county(table, "东区", earlier=table)


@cache
def counties(year: int) -> Counties:
    path = FACTS / f"census_age_sex_county_{year}.csv.gz"
    return read_counties(path, totals=TOTALS, faults="report")


@needs_facts
def test_the_counties_of_2020_add_up_to_the_nation():
    table = counties(2020)
    assert table.faults == ()
    assert table.report["kind"].value_counts().to_dict() == {
        "county": 2942,
        "zone": 39,
        "incomplete": 4,
        "subtotal": 3,
    }
    # Cities without counties, and the city whose islands stand under their own names.
    alone = table.left_out[-1].partition(" have no areas here: ")[2].split(", ")
    cities = [name.partition("|")[2] for name in alone]
    assert cities == ["东莞市", "中山市", "三沙市", "儋州市", "嘉峪关市"]
    odd = table.report[table.report["note"].str.contains("does not begin")]
    assert odd["code"].tolist() == ["170971"]
    assert float(table.county("330104").sum()) == 1_487_787


@needs_facts
def test_the_known_faults_of_2010_are_found_and_no_others():
    first, second = counties(2010).faults
    assert "葫芦岛市: 1 cell(s) differ, the first female 35-39" in first
    assert "by +30000" in first
    assert first.endswith("211422 建昌县 stands out.")
    assert "衡阳市: 1 cell(s) differ, the first male 1-4" in second
    assert "by -6" in second
    assert "430407 石鼓区" in second


@needs_facts
def test_any_county_can_be_projected():
    now, then = counties(2020), counties(2010)
    linan = yl.place_of_county(now, "临安区", earlier=then, county_then="临安市")
    packaged = yl.load_place("临安区")
    np.testing.assert_array_equal(linan.inputs.census_2020, packaged.inputs.census_2020)
    np.testing.assert_array_equal(linan.inputs.census_2010, packaged.inputs.census_2010)
    assert linan.variants == ("trend", "no-migration")
    far = yl.place_of_county(now, "654301")
    assert (far.name_zh, far.variants) == ("阿勒泰市", ("no-migration",))
    people = yl.project(far.base, far.rates(until=2025)).population.sum(("sex", "age"))
    assert (people > 0).all()
