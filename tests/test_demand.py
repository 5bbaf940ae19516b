"""Childcare places by norm: the arithmetic, the attributes and the faults."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from yilao.demand import childcare_places
from yilao.schema import BasisError, SchemaError


def people(values, **coords) -> xr.DataArray:
    values = np.asarray(values, dtype=float)
    lead = list(coords)
    return xr.DataArray(
        values,
        dims=(*lead, "sex", "age"),
        coords={**coords, "sex": ["female", "male"], "age": np.arange(values.shape[-1])},
        attrs={
            "units": "persons",
            "basis": "resident",
            "sources": ["census"],
            "place": "x",
            "place_zh": "某市",
        },
    )


@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(
    st.lists(st.floats(0, 1e7), min_size=4, max_size=8).filter(lambda x: len(x) % 2 == 0),
    st.floats(0.01, 100),
)
def test_places_are_residents_times_the_norm(counts, norm):
    population = people(np.reshape(counts, (2, -1)))
    assert float(childcare_places(population, per_1000=norm)) == pytest.approx(
        sum(counts) / 1000 * norm, rel=1e-12, abs=1e-9
    )


def test_the_norm_counts_everybody_and_not_the_children():
    old = people([[0, 0, 1000], [0, 0, 1000]])
    young = people([[1000, 0, 0], [1000, 0, 0]])
    assert float(childcare_places(old, per_1000=4.5)) == 9
    assert float(childcare_places(young, per_1000=4.5)) == 9


def test_years_and_draws_stay():
    values = np.arange(24.0).reshape(2, 2, 2, 3) * 1000
    population = people(values, draw=[0, 1], year=[2024, 2025])
    before = population.copy(deep=True)
    need = childcare_places(population, per_1000=2)
    assert need.dims == ("draw", "year")
    np.testing.assert_allclose(need, values.sum((2, 3)) * 2 / 1000)
    xr.testing.assert_identical(population, before)


def test_attributes():
    need = childcare_places(people([[1, 2], [3, 4]]), per_1000=4.6)
    assert need.name == "childcare_places"
    assert need.attrs["units"] == "places"
    assert need.attrs["basis"] == "resident"
    assert need.attrs["per_1000"] == 4.6
    assert need.attrs["sources"] == ["census"]
    assert (need.attrs["place"], need.attrs["place_zh"]) == ("x", "某市")
    assert need.attrs["label_zh"] == "托位"
    registered = people([[1, 2], [3, 4]]).assign_attrs(basis="registered")
    assert childcare_places(registered, per_1000=1).attrs["basis"] == "registered"


def test_missing_is_not_zero():
    with pytest.raises(SchemaError, match="Missing is not zero"):
        childcare_places(people([[1, np.nan], [3, 4]]), per_1000=1)


@pytest.mark.parametrize("norm", [0, -4.5, float("nan")])
def test_a_norm_must_be_above_zero(norm):
    with pytest.raises(SchemaError, match=r"per_1000: .* is not above 0"):
        childcare_places(people([[1, 2], [3, 4]]), per_1000=norm)


@pytest.mark.parametrize(
    ("attrs", "error", "message"),
    [
        ({"units": "万人", "basis": "resident"}, SchemaError, "Multiply by 10,000"),
        ({"units": "places", "basis": "resident"}, SchemaError, "needed is 'persons'"),
        ({"basis": "resident"}, SchemaError, "population: no unit"),
        ({"units": "persons"}, BasisError, "population: the basis is None"),
        ({"units": "persons", "basis": "both"}, BasisError, "population: the basis is 'both'"),
    ],
)
def test_faults_of_the_population(attrs, error, message):
    population = people([[1, 2], [3, 4]])
    population.attrs = attrs
    with pytest.raises(error, match=message):
        childcare_places(population, per_1000=4.5)
