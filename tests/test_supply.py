"""Stocks: a number with its date, and nothing invented."""

import datetime as dt

import numpy as np
import pytest

from yilao.schema import BasisError, SchemaError
from yilao.supply import stock


def test_a_stock_is_labelled():
    got = stock(
        44_000,
        date="2022-10-21",
        units="places",
        definition="托位",
        source="plan",
        rounding=500,
    )
    assert float(got) == 44_000
    assert got.name == "supply"
    assert got.dims == ()
    assert int(got["year"]) == 2022
    assert got.attrs == {
        "units": "places",
        "basis": "resident",
        "date": "2022-10-21",
        "definition": "托位",
        "rounding": 500.0,
        "sources": ["plan"],
    }


@pytest.mark.parametrize("date", [dt.date(2020, 12, 31), "2020-12-31", "2020", 2020])
def test_the_year_is_that_of_the_date(date):
    got = stock(0, date=date, units="beds", basis="registered")
    assert int(got["year"]) == 2020
    assert got.attrs["date"] == str(date)
    assert got.attrs["sources"] == []
    assert got.attrs["basis"] == "registered"
    assert float(got) == 0.0  # none is a count, unknown is not


@pytest.mark.parametrize(
    "date", ["", "now", "20", "目前", "’22-10-21", "2022abc", "20221", "2022.7"]
)
def test_a_stock_needs_its_date(date):
    with pytest.raises(SchemaError, match="stock: the date is"):
        stock(1, date=date, units="places")


@pytest.mark.parametrize("date", ["2022-13", "2022-02-30"])
def test_a_day_that_is_none(date):
    with pytest.raises(SchemaError, match="is not a day"):
        stock(1, date=date, units="places")


def test_a_count_of_a_table_is_a_number():
    assert float(stock(np.int64(25_261), date="2020", units="beds")) == 25_261


def test_a_stock_without_unit():
    with pytest.raises(SchemaError, match="stock: no unit"):
        stock(1, date="2020", units=" ")


@pytest.mark.parametrize("value", [-1, -0.001, float("nan"), True, "5"])
def test_negative_and_missing_stocks(value):
    with pytest.raises(SchemaError, match=r"is negative or missing\. Leave an unknown stock out"):
        stock(value, date="2022", units="places")


@pytest.mark.parametrize("units", ["万个", "萬個", "places (万)"])
def test_no_tens_of_thousands(units):
    with pytest.raises(SchemaError, match="Multiply by 10,000"):
        stock(4.4, date="2022", units=units)


@pytest.mark.parametrize("basis", ["", "户籍", "unstated"])
def test_unknown_basis(basis):
    with pytest.raises(BasisError, match="stock: the basis is"):
        stock(1, date="2022", units="places", basis=basis)
