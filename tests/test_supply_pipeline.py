"""Stocks of several years, and projects on their way."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from yilao import supply
from yilao.schema import BasisError, FactsError, SchemaError

HOMES = {
    "project": "homes",
    "measure": "nursing_beds",
    "state": "in_use",
    "capacity": 2781,
    "year": 2020,
    "probability": 1,
}


def row(name, state, capacity, year, chance=1.0, **more):
    found = {"project": name, "measure": "nursing_beds", "state": state, "capacity": capacity}
    return {**found, "year": year, "probability": chance, **more}


# Counts.


@pytest.mark.parametrize("text", ["", " ", "-", "—", "不详", None, float("nan"), "/"])
def test_unknown_is_not_zero(text):
    assert supply.read_count(text) is None


@pytest.mark.parametrize(("text", "value"), [("0", 0.0), (0, 0.0), ("25,261", 25261.0), (3.5, 3.5)])
def test_counts_are_read(text, value):
    assert supply.read_count(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("4.4万", "Multiply by 10,000"),
        ("many", "is not a number"),
        ("2,5", "'2,5' is not a number"),  # two and a half, or twenty-five?
        ("1,23,4", "is not a number"),
        ("inf", "is not a number"),
        ("1_000", "is not a number"),
        (True, "is not a number"),
    ],
)
def test_what_is_no_count(text, message):
    with pytest.raises(SchemaError, match=message):
        supply.read_count(text)


def test_stocks_name_what_is_unknown():
    got = supply.stocks(
        {"2022": 26_000, "2020-12-31": "25,261", "2021": "-", "2023": None},
        units="beds",
        measure="care_beds",
        source="plan",
    )
    assert got.year.values.tolist() == [2020, 2022]
    assert got.values.tolist() == [25_261, 26_000]
    assert got.attrs["unknown"] == ["2021", "2023"]
    assert got.attrs["dates"] == ["2020-12-31", "2022"]
    assert (got.attrs["measure"], got.attrs["sources"]) == ("care_beds", ["plan"])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"2020": "-"}, "no count is known"),
        ({"2020": 1, "2020-12-31": 2}, "2020 stands twice"),
        ({"soon": 1}, "the date is 'soon'"),
        ({"soon": "-"}, "the date is 'soon'"),
        ({2020: -1}, "negative or missing"),
    ],
)
def test_faults_of_stocks(values, message):
    with pytest.raises(SchemaError, match=message):
        supply.stocks(values, units="beds")


# Between the counts.


@pytest.fixture
def beds():
    return supply.stocks({2020: 100, 2022: 121, 2023: 0}, units="beds")


@pytest.mark.parametrize(
    ("method", "wanted"),
    [("linear", [100, 110.5, 121]), ("geometric", [100, 110, 121]), ("hold", [100, 100, 121])],
)
def test_between_counts_only_by_a_named_method(beds, method, wanted):
    got = supply.at_years(beds, [2020, 2021, 2022], method=method)
    np.testing.assert_allclose(got, wanted, rtol=1e-12)
    assert got.estimated.values.tolist() == [False, True, False]
    assert got.attrs["method"] == method
    with pytest.raises(SchemaError, match=r"no count of \[2021\].*Name a method"):
        supply.at_years(beds, [2020, 2021, 2022])


def test_counted_years_need_no_method(beds):
    got = supply.at_years(beds, [2022, 2023])
    assert got.values.tolist() == [121, 0]
    assert not got.estimated.any()


def test_hold_goes_on_after_the_last_count_and_areas_are_kept():
    one = supply.stock(5, date="2022", units="beds")
    assert supply.at_years(one, [2022, 2030], method="hold").values.tolist() == [5, 5]
    two = xr.DataArray(
        [[1.0, 3.0], [10.0, 30.0]], coords={"area": ["a", "b"], "year": [2020, 2022]}
    )
    got = supply.at_years(two, [2021], method="linear")
    assert got.squeeze().values.tolist() == [2, 20]
    assert got.area.values.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("years", "method", "message"),
    [
        ([2019], "hold", "2019 lies outside"),
        ([2024], "linear", "2024 lies outside"),
        ([2021], "spline", "'spline' is not known"),
        ([2022, 2023], None, None),
    ],
)
def test_outside_the_counts(beds, years, method, message):
    if message is None:
        assert supply.at_years(beds, years, method=method).sizes["year"] == 2
        return
    with pytest.raises(SchemaError, match=message):
        supply.at_years(beds, years, method=method)


def test_no_geometric_path_to_zero():
    to_zero = supply.stocks({2020: 10, 2022: 0}, units="beds")
    with pytest.raises(SchemaError, match="geometric path in 2021 from or to 0"):
        supply.at_years(to_zero, [2021], method="geometric")
    with pytest.raises(SchemaError, match="no year"):
        supply.at_years(xr.DataArray(3.0), [2020])


# Occupancy.


def test_occupancy():
    assert supply.occupancy(85, 100) == 0.85
    got = supply.occupied(supply.stock(200, date="2024", units="beds"), 0.5)
    assert (float(got), got.attrs["units"]) == (100, "persons")


@pytest.mark.parametrize("beds", [0, -3, float("inf")])
def test_no_occupancy_without_beds(beds):
    with pytest.raises(SchemaError, match="no meaning without beds"):
        supply.occupancy(0, beds)


def test_faults_of_occupancy():
    with pytest.raises(SchemaError, match="120 people in 100 beds"):
        supply.occupancy(120, 100)
    for share in (0, 1.2, float("nan")):
        with pytest.raises(SchemaError, match=r"occupancy: .* is not above 0 and at most 1"):
            supply.occupied(supply.stock(1, date="2024", units="beds"), share)


# The pipeline.


@pytest.fixture
def table():
    return supply.pipeline(
        [
            HOMES,
            row("old homes", "in_use", 22_480, 2020) | {"measure": "ordinary_beds"},
            row("site", "under_construction", 500, 2022, 0.9),
            row("granted", "approved", 300, 2023, 0.5),
            row("wish", "planned", 1000, 2025, 0.2),
            row("worn out", "closing", 281, 2024, 1.0),
            row("turned", "converting", 4000, 2024, 0.75, from_measure="ordinary_beds"),
        ]
    )


def test_expected_supply_by_year(table):
    got = supply.operational(table, range(2020, 2026), units="beds")
    nursing = got.sel(measure="nursing_beds")
    np.testing.assert_allclose(
        nursing, [2781, 2781, 3231, 3381, 3381 - 281 + 3000, 3381 - 281 + 3000 + 200]
    )
    np.testing.assert_allclose(
        got.sel(measure="ordinary_beds", year=[2023, 2024]), [22_480, 22_480 - 3000]
    )
    assert (got.attrs["units"], got.attrs["basis"]) == ("beds", "resident")


def test_granted_beds_are_not_yet_in_use(table):
    granted = supply.allocated(table, [2020, 2024], units="beds").sel(measure="nursing_beds")
    np.testing.assert_allclose(granted, [2781 + 800, 2781 + 800 - 281 + 4000])


def test_draws_average_to_the_expected_value(table):
    years = range(2020, 2026)
    draws = supply.operational(
        table, years, units="beds", rng=np.random.default_rng(1), draws=20_000
    )
    expected = supply.operational(table, years, units="beds")
    assert draws.dims == ("measure", "draw", "year")
    np.testing.assert_allclose(draws.mean("draw"), expected, rtol=5e-3)
    again = supply.operational(table, years, units="beds", rng=np.random.default_rng(1), draws=5)
    assert set(np.unique(again.sel(measure="nursing_beds", year=2022))) <= {2781.0, 3281.0}
    other = supply.operational(table, years, units="beds", rng=np.random.default_rng(1), draws=5)
    np.testing.assert_array_equal(again, other)


def test_a_conversion_keeps_the_sum(table):
    draws = supply.operational(
        table, [2023, 2024], units="beds", rng=np.random.default_rng(2), draws=50
    )
    change = draws.sum("measure").diff("year")
    np.testing.assert_allclose(change, -281)


def test_areas_stand_beside_each_other():
    rows = [HOMES | {"area": "a"}, row("b homes", "in_use", 10, 2021) | {"area": "b"}]
    got = supply.operational(supply.pipeline(rows), [2021], units="beds")
    assert got.dims == ("measure", "area", "year")
    assert got.squeeze().values.tolist() == [2781, 10]


def test_unknown_projects_are_named_and_in_no_sum():
    rows = [HOMES, row("later", "planned", "-", 2024, 0.5), row("when", "approved", 5, "", 0.5)]
    table = supply.pipeline(rows)
    assert table.attrs["unknown"] == ["later", "when"]
    got = supply.operational(table, [2030], units="beds")
    assert float(got.squeeze()) == 2781
    assert got.attrs["unknown"] == ["later", "when"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"project": "a"}], "column 'measure' is missing"),
        ([HOMES, HOMES], "'homes' stands twice"),
        ([HOMES | {"state": "dreamt"}], "state 'dreamt' is not known"),
        ([HOMES | {"capacity": -3}], "capacity -3.0 is negative"),
        ([HOMES | {"capacity": "3万"}], "Multiply by 10,000"),
        ([HOMES | {"probability": 0.5}], "what is in use has probability 1"),
        ([HOMES | {"year": "-"}], "a stock without date"),
        ([HOMES | {"measure": ""}], "must be named"),
        ([row("a", "planned", 1, 2024, 1.5)], "not within 0 to 1"),
        ([row("a", "planned", 1, 2024, "-")], "probability '-' is not within"),
        ([row("a", "planned", 1, 2024.5)], "year 2024.5 is not whole"),
        ([row("a", "converting", 1, 2024)], "needs from_measure"),
        ([row("a", "planned", 1, 2024, from_measure="b")], "needs from_measure"),
        ([row("a", "planned", "", 2024)], "no project has both"),
        (
            [HOMES, row("a", "converting", 1, 2024, from_measure="nursing_beds")],
            "converted from nursing_beds into itself",
        ),
        ([HOMES | {"area": "x"}, row("b", "planned", 1, 2024)], "some projects have an area"),
    ],
)
def test_faults_of_a_pipeline(rows, message):
    with pytest.raises(SchemaError, match=message):
        supply.pipeline(rows)


def test_faults_of_a_sum(table):
    with pytest.raises(SchemaError, match="2019 lies before 2020"):
        supply.operational(table, [2019], units="beds")
    with pytest.raises(SchemaError, match="both rng and draws"):
        supply.operational(table, [2020], units="beds", draws=3)
    with pytest.raises(SchemaError, match="draws: 0 is not 1"):
        supply.operational(table, [2020], units="beds", rng=np.random.default_rng(0), draws=0)
    with pytest.raises(BasisError, match="basis is 'all'"):
        supply.operational(table, [2020], units="beds", basis="all")
    for chance in (1.0, 0.4):
        gone = supply.pipeline([HOMES, row("more", "closing", 3000, 2022, chance)])
        with pytest.raises(SchemaError, match="nursing_beds falls below 0 in 2022"):
            supply.operational(gone, [2022], units="beds")


@pytest.mark.parametrize("of", [supply.operational, supply.allocated])
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([row("new", "approved", 5, 2024)], "nothing is known of nursing_beds in use"),
        ([HOMES | {"capacity": "-"}, row("new", "approved", 5, 2024)], "nothing is known of"),
        (
            [HOMES, row("turned", "converting", 5, 2024, from_measure="ordinary_beds")],
            "nothing is known of ordinary_beds in use, so 'turned'",
        ),
        (
            [HOMES | {"area": "a"}, row("new", "planned", 5, 2024, area="b")],
            "nothing is known of nursing_beds of b in use",
        ),
        ([HOMES, row("old", "closing", 5, 2020)], "'old' is of 2020.*the count holds it already"),
        ([HOMES, row("late", "under_construction", 5, 2019)], "'late' is of 2019"),
    ],
)
def test_a_change_is_a_change_of_a_known_count(of, rows, message):
    with pytest.raises(SchemaError, match=message):
        of(supply.pipeline(rows), [2025], units="beds")


def test_an_empty_city_says_so():
    rows = [HOMES | {"capacity": 0}, row("new", "approved", 5, 2024, 0.5)]
    got = supply.operational(supply.pipeline(rows), [2023, 2024], units="beds")
    assert got.squeeze().values.tolist() == [0, 2.5]


def test_names_are_read_without_their_blanks():
    table = supply.pipeline([HOMES | {"measure": " nursing_beds ", "state": "in_use "}])
    assert table[["measure", "state"]].values.tolist() == [["nursing_beds", "in_use"]]


def test_faults_of_years_and_units(table):
    for of in (supply.operational, supply.allocated):
        with pytest.raises(SchemaError, match="unit is '万张'"):
            of(table, [2020], units="万张")
        with pytest.raises(SchemaError, match="are no list of whole years"):
            of(table, [], units="beds")
        with pytest.raises(SchemaError, match=r"Make it with pipeline\(\)"):
            of(table.drop(columns="area"), [2020], units="beds")


def test_a_table_is_left_as_it_was():
    rows = pd.DataFrame([HOMES, row("later", "planned", "-", 2024, 0.5)])
    before = rows.copy(deep=True)
    supply.operational(supply.pipeline(rows), [2024], units="beds")
    pd.testing.assert_frame_equal(rows, before)


def test_a_pipeline_is_read_from_a_file(tmp_path):
    path = tmp_path / "projects.csv"
    path.write_text(
        "project,measure,state,capacity,year,probability\n"
        "homes,nursing_beds,in_use,2781,2020,1\nwing,nursing_beds,approved,300,2023,0.8\n"
        "plan,nursing_beds,planned,-,,0.5\n",
        encoding="utf-8",
    )
    table = supply.read_pipeline(path)
    assert table.attrs["unknown"] == ["plan"]
    assert float(supply.operational(table, [2023], units="beds").squeeze()) == 3021
    with pytest.raises(FactsError, match="no such file"):
        supply.read_pipeline(tmp_path / "none.csv")
    path.write_bytes("项目,类型\n".encode("gbk"))
    with pytest.raises(FactsError, match="not a table"):
        supply.read_pipeline(path)


@pytest.mark.parametrize("years", [[], [2020.7], [2022, 2020], [2020, 2020]])
def test_wanted_years_are_whole_and_ascending(years):
    counted = supply.stocks({2020: 100, 2022: 121}, units="beds")
    with pytest.raises(SchemaError, match=r"years: .* are (no list of whole years|not ascending)"):
        supply.at_years(counted, years, method="linear")
