"""The projection beside later bulletins."""

import functools

import pandas as pd
import pytest

from yilao import facts
from yilao.backtest import against_bulletins
from yilao.place import load_place as load_one
from yilao.projection import project
from yilao.schema import UnknownNameError, YilaoError

load_place = functools.cache(load_one)
COLUMNS = ["year", "variable", "published", "printed", "projected", "miss", "source"]
AGES = {
    "population": (0, 200),
    "population_0_14": (0, 14),
    "population_15_59": (15, 59),
    "population_60plus": (60, 200),
    "population_65plus": (65, 200),
}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return against_bulletins(load_place("hangzhou"))


def test_columns_and_rows(table):
    assert list(table.columns) == COLUMNS
    # Children under three are counted by the plan document, whose basis is not stated.
    assert set(table["variable"]) == {*AGES, "population_under_3"}
    assert set(table["year"]) == {2021}
    assert table["year"].is_monotonic_increasing
    assert table["source"].str.len().min() > 10


def test_miss_is_projected_less_published(table):
    assert (table["miss"] == table["projected"] - table["published"]).all()
    result = project(load_place("hangzhou").base, load_place("hangzhou").rates("plan", until=2021))
    at_end = result.population.sel(year=2021)
    for row in table[table["variable"] != "population_under_3"].itertuples():
        (figure,) = [
            f
            for f in facts.figures("hangzhou", row.variable, basis="resident")
            if f.date == "2021-12-31"
        ]
        assert (row.published, row.printed) == (figure.value, figure.printed)
        low, high = AGES[row.variable]
        expected = float(at_end.sel(age=slice(low, high)).sum())
        assert row.projected == pytest.approx(expected, rel=1e-12)


def test_children_under_three_are_those_of_the_document(table):
    row = table.set_index("variable").loc["population_under_3"]
    assert (row.year, row.published) == (2021, 281_100)
    assert row.miss == row.projected - row.published


def test_the_year_that_is_put_in_comes_out(table):
    """Total and births of 2021 are inputs of the plan variant; only deaths are modelled."""
    misses = table.set_index("variable")["miss"]
    assert abs(misses["population"]) < 5_000
    assert abs(misses["population_60plus"]) < 20_000


def test_variants(table):
    closed = against_bulletins(load_place("hangzhou"), "no-migration")
    assert list(closed["published"]) == list(table["published"])
    miss = closed.set_index("variable")["miss"]["population"]
    assert -260_000 < miss < -150_000
    with pytest.raises(UnknownNameError, match="does not exist"):
        against_bulletins(load_place("hangzhou"), "high")
    with pytest.raises(YilaoError, match="cannot be computed here"):
        against_bulletins(load_place("taizhou-jiangsu"), "plan")


def test_flows_are_those_of_their_year():
    place = load_place("zhejiang")
    table = against_bulletins(place)
    flows = table[table["variable"].isin(["births", "deaths"])]
    assert set(flows["year"]) == {2021, 2022, 2023}
    result = project(place.base, place.rates(until=2024))
    for row in flows.itertuples():
        expected = float(getattr(result, row.variable).sel(year=row.year).sum())
        assert row.projected == pytest.approx(expected, rel=1e-12)
    births = flows[(flows["variable"] == "births") & (flows["year"] == 2021)]
    assert births["miss"].item() == pytest.approx(0, abs=1e-3)


def test_registered_and_census_figures_are_left_out():
    table = against_bulletins(load_place("taizhou-jiangsu"))
    assert facts.figures("taizhou-jiangsu", "births", basis="registered")
    assert list(table["variable"]) == ["population"]
    assert table["published"].item() == 4_521_800


@pytest.mark.parametrize("place", ["ankang", "ankang-hanbin", "taizhou-zhejiang"])
def test_a_place_without_figures_has_an_empty_table(place):
    table = against_bulletins(load_place(place))
    assert table.empty
    assert list(table.columns) == COLUMNS
