"""Crosswalks: totals kept, splits and merges, and every fault by its message."""

import csv

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from yilao import facts
from yilao.population import census_groups, crosswalk, read_crosswalk, to_areas
from yilao.schema import FactsError, SchemaError, UnknownNameError

HEAD = ["from_code", "from_name", "to_code", "to_name", "persons"]
ROWS = [["1", "a", "7", "x", "30"], ["1", "a", "8", "y", "10"], ["2", "b", "8", "y", "5"]]
ROWS += [["3", "c", "9", "z", "2"]]


@pytest.fixture
def table(tmp_path):
    def write(rows=ROWS, head=HEAD):
        path = tmp_path / "mine.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *rows])
        return path

    return write


def counts(areas="123", units="persons") -> xr.DataArray:
    values = np.arange(1.0, 1 + 2 * len(areas) * 2).reshape(2, len(areas), 2)
    return xr.DataArray(
        values,
        dims=("year", "area", "sex"),
        coords={"year": [2020, 2021], "area": list(areas), "sex": ["female", "male"]},
        name="population",
        attrs={"units": units, "basis": "resident", "sources": ["a source"]},
    )


def test_areas_are_split_and_merged(table):
    people = counts()
    before = people.copy(deep=True)
    found = to_areas(people, read_crosswalk(table()))
    assert found.dims == people.dims
    assert found["area"].values.tolist() == ["7", "8", "9"]
    assert found["place"].values.tolist() == ["x", "y", "z"]
    a, b, c = (people.sel(area=code).values for code in "123")
    np.testing.assert_allclose(found.sel(area="7"), 0.75 * a)
    np.testing.assert_allclose(found.sel(area="8"), 0.25 * a + b)
    np.testing.assert_array_equal(found.sel(area="9"), c)
    assert found.attrs == people.attrs | {"sources": ["a source", "mine.csv"]}
    assert found.name == "population"
    xr.testing.assert_identical(people, before)


def test_areas_that_get_nobody_are_not_there(table):
    found = to_areas(counts("3"), read_crosswalk(table()))
    assert found["area"].values.tolist() == ["9"]


@given(st.lists(st.floats(0.1, 1e6), min_size=6, max_size=6))
def test_the_total_stays(weights):
    shares = xr.DataArray(
        np.reshape(weights, (2, 3)),
        dims=("area", "area_to"),
        coords={
            "area": ["1", "2"],
            "area_to": ["7", "8", "9"],
            "name_to": ("area_to", list("xyz")),
        },
    )
    people = counts("12")
    np.testing.assert_allclose(to_areas(people, shares).sum("area"), people.sum("area"), rtol=1e-14)


def test_an_area_that_is_not_mapped(table):
    with pytest.raises(SchemaError, match=r"^area: \['4', '5'\] not in the crosswalk\. Add them"):
        to_areas(counts("1245"), read_crosswalk(table()))


def test_an_area_that_would_be_missed(table):
    with pytest.raises(SchemaError, match=r"^area: \['2'\] not in the counts, but part of them is"):
        to_areas(counts("13"), read_crosswalk(table()))


def test_only_counts_are_shared_out(table):
    weights = read_crosswalk(table())
    with pytest.raises(SchemaError, match=r"^counts: the unit is 'per 1000'\. Only counts can be"):
        to_areas(counts(units="per 1000"), weights)
    with pytest.raises(SchemaError, match=r"^counts: dimension 'area' is missing"):
        to_areas(counts().isel(area=0, drop=True), weights)
    with pytest.raises(SchemaError, match=r"^counts: 1 value\(s\) are missing"):
        to_areas(counts().where(counts() > 1), weights)


@pytest.mark.parametrize(
    ("rows", "head", "message"),
    [
        (ROWS, [*HEAD[:4], "x"], r"^mine\.csv: column 'persons' is missing\. Needed"),
        ([*ROWS, ROWS[1]], HEAD, r"^mine\.csv, row 6: 1 to 8 stands already in row 3"),
        ([["1", "a", "7", "x", "?"]], HEAD, r"^mine\.csv, row 2, persons: '\?' is not a number"),
        ([["1", "a", "7", "x", "-1"]], HEAD, r"^mine\.csv, row 2, persons: -1 is negative"),
        ([["1", "a", "7", "x", "0"]], HEAD, r"^mine\.csv: nobody passes from 1\. Give persons"),
    ],
)
def test_faults_of_a_crosswalk(table, rows, head, message):
    with pytest.raises(FactsError, match=message):
        read_crosswalk(table(rows, head))


def test_no_file(tmp_path):
    with pytest.raises(FactsError, match=r"none\.csv: no such file\. Give a table with"):
        read_crosswalk(tmp_path / "none.csv")


# Hangzhou.


def test_an_unknown_crosswalk():
    with pytest.raises(UnknownNameError, match=r"^crosswalk 'x' is not packaged\. Known: hangzhou"):
        crosswalk("x")


def former_districts() -> xr.DataArray:
    records = [r for r in facts.place_records() if r.parent == "hangzhou"]
    groups = [census_groups(r.id, 2020) for r in records]
    joined = xr.concat([g for g in groups if g is not None], dim="area", combine_attrs="override")
    return joined.assign_coords(area=[r.code for r in records])


def test_the_former_districts_have_the_people_of_the_census():
    weights, people = crosswalk("hangzhou-2021"), former_districts()
    assert set(weights["area"].values) == set(people["area"].values)
    census = people.sum(("sex", "age_low"))
    np.testing.assert_array_equal(weights.sum("area_to").sel(area=census["area"]), census)


def test_the_present_districts_have_the_people_of_the_bulletin():
    people = former_districts()
    present = to_areas(people, crosswalk("hangzhou-2021"))
    found = present.sum(("sex", "age_low")).round(6)
    printed = {
        "上城区": 1_323_467,
        "拱墅区": 1_120_985,
        "西湖区": 1_089_229 + 23_763,
        "滨江区": 503_859,
        "萧山区": 2_011_699,
        "余杭区": 1_226_673,
        "临平区": 1_175_841,
        "钱塘区": 769_150,
        "富阳区": 832_017,
        "临安区": 634_555,
        "桐庐县": 453_106,
        "淳安县": 328_957,
        "建德市": 442_709,
    }
    assert dict(zip(found["place"].values, found.values, strict=True)) == printed
    assert float(found.sum()) == 11_936_010
    whole = present.sel(area="330105").values
    np.testing.assert_allclose(
        whole, people.sel(area="330103").values + people.sel(area="330105").values, rtol=1e-15
    )
    np.testing.assert_allclose(present.sum("area"), people.sum("area"), rtol=1e-14)
    assert "分县资料" in present.attrs["sources"][0]
    assert "主要数据公报" in present.attrs["sources"][1]
