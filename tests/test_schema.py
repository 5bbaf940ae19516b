"""The data dictionary and its checks: every message, and that checks only read."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from yilao import schema
from yilao.schema import (
    SEXES,
    VARIABLES,
    BasisError,
    FactsError,
    SchemaError,
    UnknownNameError,
    YilaoError,
)


def people(ages: int = 4, **attrs: Any) -> xr.DataArray:
    return xr.DataArray(
        np.arange(1.0, 2 * ages + 1).reshape(2, ages),
        dims=("sex", "age"),
        coords={"sex": list(SEXES), "age": np.arange(ages)},
        attrs={"units": "persons", "basis": "resident"} | attrs,
    )


def example(name: str) -> xr.DataArray:
    """A valid array of one variable of the data dictionary."""
    variable = VARIABLES[name]
    labels = {"year": [2021, 2022], "sex": list(SEXES), "age": np.arange(5), "level": [70.0, 80.0]}
    return xr.DataArray(
        np.full([len(labels[d]) for d in variable.dims], 0.5),
        dims=variable.dims,
        coords={d: labels[d] for d in variable.dims},
        attrs={"units": variable.unit},
    )


def unchanged(call: Callable[..., object], *arrays: xr.DataArray, **named: object) -> object:
    """Call, then make sure that the arrays are what they were."""
    before = [a.copy(deep=True) for a in arrays]
    result = call(*arrays, **named)
    for now, then in zip(arrays, before, strict=True):
        xr.testing.assert_identical(now, then)
    return result


# Errors are one family, so that a caller can catch all of them, or one kind.


def test_the_errors_are_one_family() -> None:
    assert issubclass(YilaoError, ValueError)
    assert issubclass(BasisError, SchemaError)
    for error in (SchemaError, FactsError, UnknownNameError):
        assert issubclass(error, YilaoError)


# Units.


def test_no_unit_says_how_to_set_one() -> None:
    bare = people()
    del bare.attrs["units"]
    with pytest.raises(SchemaError, match=r'^base: no unit\. Set base\.attrs\["units"\] = "pers'):
        schema.check_unit(bare, "persons", "base")


@pytest.mark.parametrize("unit", ["万", "万人", "萬人", "10万"])
def test_ten_thousands_are_refused_with_the_way_out(unit: str) -> None:
    wrong = people(units=unit)
    with pytest.raises(SchemaError, match=rf"^base: the unit is '{unit}'. Multiply by 10,000 and"):
        schema.check_unit(wrong, "persons", "base")


@pytest.mark.parametrize("unit", ["thousands", "", "Persons", 1])
def test_another_unit_is_named_beside_the_one_needed(unit: object) -> None:
    with pytest.raises(SchemaError, match=r"the unit is .*, needed is 'persons'\. Convert it"):
        schema.check_unit(people(units=unit), "persons", "base")


# Basis.


def test_basis_is_given_back() -> None:
    assert unchanged(schema.check_basis, people(), name="a") == "resident"
    registered = people(basis="registered")
    assert schema.check_basis(registered, "a") == "registered"
    both = unchanged(schema.check_same_basis, people(), people(), name_a="a", name_b="b")
    assert both == "resident"


@pytest.mark.parametrize("basis", [None, "", "hukou", "unstated", "Resident"])
def test_no_or_unknown_basis(basis: object) -> None:
    with pytest.raises(BasisError, match=r"^base: the basis is .*常住.*户籍.*never mixed"):
        schema.check_basis(people(basis=basis), "base")
    bare = people()
    del bare.attrs["basis"]
    with pytest.raises(BasisError, match=r"^right: the basis is None\."):
        schema.check_same_basis(people(), bare, "left", "right")


def test_two_bases_are_not_mixed() -> None:
    with pytest.raises(BasisError, match=r"^left is resident and right is registered\. Resident"):
        schema.check_same_basis(people(), people(basis="registered"), "left", "right")


# Labels of two arrays.


def test_one_age_short_is_named() -> None:
    long, short = people(101), people(100)
    with pytest.raises(
        SchemaError,
        match=r"^age: base has 101 labels and rates has 100; they differ in \[100\]\. Use \.sel\(",
    ):
        schema.check_same_labels(long, short, "age", "base", "rates")


def test_another_order_is_named() -> None:
    turned = people().isel(sex=[1, 0])
    with pytest.raises(SchemaError, match=r"^sex: .*; the same labels in another order\."):
        schema.check_same_labels(people(), turned, "sex", "base", "rates")


def test_shifted_and_mistyped_labels_differ() -> None:
    shifted = people().assign_coords(age=[1, 2, 3, 4])
    with pytest.raises(SchemaError, match=r"they differ in \[0, 4\]"):
        schema.check_same_labels(people(), shifted, "age", "base", "rates")
    text = people().assign_coords(age=["0", "1", "2", "3"])
    with pytest.raises(SchemaError, match=r"they differ in \["):
        schema.check_same_labels(people(), text, "age", "base", "rates")


def test_at_most_eight_differences_are_listed() -> None:
    with pytest.raises(SchemaError, match=r"they differ in \[(\d+, ){7}\d+\]"):
        schema.check_same_labels(people(40), people(4), "age", "base", "rates")


def test_of_several_arrays_every_shared_dimension_is_compared() -> None:
    def along(dim: str, labels: list[int] | None) -> xr.DataArray:
        array = xr.DataArray(np.zeros(2), dims=dim)
        return array if labels is None else array.assign_coords({dim: labels})

    schema.check_shared_labels(
        a=along("age", [0, 1]), b=along("age", None), c=along("year", [1, 2])
    )
    with pytest.raises(SchemaError, match=r"^year: b has 2 labels and c has 2; they differ in"):
        schema.check_shared_labels(
            a=along("age", [0, 1]), b=along("year", [1, 2]), c=along("year", [2, 3])
        )


def test_the_same_labels_pass() -> None:
    unchanged(schema.check_same_labels, people(), people(), dim="age", name_a="a", name_b="b")


# Dimensions.


def test_a_missing_dimension() -> None:
    with pytest.raises(SchemaError, match=r"^base: dimension 'age' is missing; it has \['sex'\]"):
        schema.check_dims(people().isel(age=0), ("sex", "age"), "base")


def test_an_unknown_dimension_lists_what_is_allowed() -> None:
    wide = people().expand_dims(region=[1, 2])
    with pytest.raises(
        SchemaError, match=r"'region' is not known here\..*\['area', 'scenario', 'draw'\]; select"
    ):
        schema.check_dims(wide, ("sex", "age"), "base")


def test_leading_dimensions_are_allowed_where_they_are_named() -> None:
    wide = people().expand_dims(area=["a", "b"], draw=[0, 1, 2])
    schema.check_dims(wide, ("sex", "age"), "base")
    with pytest.raises(SchemaError, match=r"'area' is not known here"):
        schema.check_dims(wide, ("sex", "age"), "base", leading=())


def test_a_dimension_without_labels() -> None:
    with pytest.raises(SchemaError, match=r"^base: dimension 'age' has no labels\. Add them as a"):
        schema.check_dims(people().drop_vars("age"), ("sex", "age"), "base")


@pytest.mark.parametrize(("dim", "index"), [("age", [0, 1, 1, 2]), ("sex", [0, 0, 1])])
def test_repeated_labels(dim: str, index: list[int]) -> None:
    with pytest.raises(SchemaError, match=rf"^base: {dim} has repeated labels\."):
        schema.check_dims(people().isel({dim: index}), ("sex", "age"), "base")


# Ages and sexes.


def test_a_missing_age_is_named_with_the_way_out() -> None:
    with pytest.raises(
        SchemaError, match=r"^base: age 2 is missing \(of 0 to 3\)\..*population\.single_years\(\)"
    ):
        schema.check_ages(people().sel(age=[0, 1, 3]), "base")


def test_ages_that_begin_above_0() -> None:
    with pytest.raises(SchemaError, match=r"^base: age 0 is missing \(of 0 to 3\)"):
        schema.check_ages(people().sel(age=[1, 2, 3]), "base")


def test_ages_in_another_order() -> None:
    with pytest.raises(SchemaError, match=r"not in ascending order from 0\. Use \.sortby\('age'\)"):
        schema.check_ages(people().isel(age=[3, 2, 1, 0]), "base")


@pytest.mark.parametrize("labels", [["0", "1", "2", "85+"], [0.0, 1.0, 2.0, 3.0]])
def test_ages_that_are_not_whole_numbers(labels: list[object]) -> None:
    with pytest.raises(SchemaError, match=r"^base: age labels must be whole numbers, they are"):
        schema.check_ages(people().assign_coords(age=labels), "base")


@pytest.mark.parametrize(
    "labels", [["male", "female"], ["f", "m"], ["Female", "Male"], ["女", "男"]]
)
def test_sexes_must_be_female_then_male(labels: list[str]) -> None:
    with pytest.raises(SchemaError, match=r"needed is \['female', 'male'\] in this order\. Use"):
        schema.check_sexes(people().assign_coords(sex=labels), "base")


def test_one_sex_is_not_enough() -> None:
    with pytest.raises(SchemaError, match=r"^base: sex is \['male'\]"):
        schema.check_sexes(people().sel(sex=["male"]), "base")


# Values.


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_missing_values_name_the_first(bad: float) -> None:
    broken = people()
    broken.loc[{"sex": "male", "age": [1, 3]}] = bad
    with pytest.raises(
        SchemaError,
        match=r"2 value\(s\) are missing \(NaN\) or infinite, the first at sex=male, age=1\. Miss",
    ):
        unchanged(schema.check_values, broken, name="base")


def test_negative_values_name_the_first_and_its_size() -> None:
    broken = people()
    broken.loc[{"sex": "female", "age": 2}] = -3.5
    with pytest.raises(
        SchemaError,
        match=r"^base: 1 value\(s\) are negative, the first at sex=female, age=2 \(-3\.5\)\.",
    ):
        schema.check_values(broken, "base", low=0.0)
    schema.check_values(broken, "base")  # without a limit negative values are wanted


def test_values_outside_other_limits() -> None:
    with pytest.raises(SchemaError, match=r"1 value\(s\) are below 2, the first at sex=female, ag"):
        schema.check_values(people(), "base", low=2.0)
    with pytest.raises(
        SchemaError, match=r"2 value\(s\) are above 6, the first at sex=male, age=2"
    ):
        schema.check_values(people(), "base", high=6.0)


def test_a_ratio_may_pass_its_limit_by_rounding_only() -> None:
    schema.check_values(xr.DataArray([1 + 2e-16]), "ratio", high=1.0)
    with pytest.raises(SchemaError, match=r"above 1, the first at dim_0=0 \(1\.000000001\)"):
        schema.check_values(xr.DataArray([1 + 1e-9]), "ratio", high=1.0)


def test_a_single_value_has_no_labels_to_name() -> None:
    with pytest.raises(SchemaError, match=r"the first at the value \(-1\)"):
        schema.check_values(xr.DataArray(-1.0), "births", low=0.0)


def test_text_is_not_numbers() -> None:
    with pytest.raises(SchemaError, match=r"^base: values are not numbers but"):
        schema.check_values(people().astype(str), "base")


@settings(deadline=None, max_examples=50)
@given(
    age=st.integers(0, 9),
    sex=st.sampled_from(SEXES),
    bad=st.sampled_from([np.nan, np.inf, -1.0, -1e-300]),
)
def test_whichever_value_is_bad_is_found(age: int, sex: str, bad: float) -> None:
    broken = people(10)
    broken.loc[{"sex": sex, "age": age}] = bad
    with pytest.raises(SchemaError, match=rf"1 value\(s\).* the first at sex={sex}, age={age}\b"):
        schema.check_values(broken, "base", low=0.0)


# Whole variables.


@pytest.mark.parametrize("name", sorted(VARIABLES))
def test_a_valid_array_of_every_variable_passes(name: str) -> None:
    unchanged(schema.check_variable, example(name), name=name)
    wide = example(name).expand_dims(area=["a"], scenario=["s"], draw=[0, 1])
    unchanged(schema.check_variable, wide, name=name)


@pytest.mark.parametrize("name", sorted(VARIABLES))
def test_faults_of_every_variable_carry_the_name_shown(name: str) -> None:
    good, variable = example(name), VARIABLES[name]
    with pytest.raises(SchemaError, match=r"^mine: the unit is '万'"):
        schema.check_variable(good.assign_attrs(units="万"), name, as_name="mine")
    broken = good.copy()
    broken[(0,) * broken.ndim] = np.nan
    with pytest.raises(SchemaError, match=rf"^{name}: 1 value\(s\) are missing"):
        schema.check_variable(broken, name)
    for limit, step, word in ((variable.low, -1.0, "negative"), (variable.high, 1.0, "above")):
        if limit is None:
            schema.check_variable(xr.full_like(good, 1e9 * step), name)
            continue
        with pytest.raises(SchemaError, match=word):
            schema.check_variable(xr.full_like(good, limit + step), name)
    for dim in variable.dims:
        with pytest.raises(SchemaError, match=rf"^{name}: dimension '{dim}' is missing"):
            schema.check_variable(good.isel({dim: 0}, drop=True), name)
    if "age" in variable.dims:
        with pytest.raises(SchemaError, match=r"age 3 is missing"):
            schema.check_variable(good.isel(age=[0, 1, 2, 4]), name)
    if "sex" in variable.dims:
        with pytest.raises(SchemaError, match=r"sex is \['male', 'female'\]"):
            schema.check_variable(good.isel(sex=[1, 0]), name)


def test_the_dictionary_is_whole() -> None:
    for name, variable in VARIABLES.items():
        assert variable.unit, name
        assert variable.meaning, name
        assert set(variable.dims) <= {"year", "sex", "age", "level"}, name
        assert not set(variable.dims) & set(schema.LEADING_DIMS), name


# Sources.


def test_sources_are_joined_once_and_in_order() -> None:
    a, b = people(sources=["x", "y"]), people(sources=["y", "z"])
    assert schema.sources_of(a, people(), b, object(), 3.0) == ["x", "y", "z"]
    assert schema.sources_of() == []


def test_citations_number_the_sources() -> None:
    text = unchanged(schema.citations, people(sources=["NBS, census 2020", "UN, WPP 2022"]))
    assert text == "[1] NBS, census 2020\n[2] UN, WPP 2022"


def test_citations_of_an_object_with_sources() -> None:
    class Plan:
        sources = ("plan, table 1",)

    assert schema.citations(Plan()) == "[1] plan, table 1"
    dataset = xr.Dataset(attrs={"sources": ["a"]})
    assert schema.citations(dataset) == "[1] a"


@pytest.mark.parametrize("thing", [people(), people(sources=[]), object(), None])
def test_no_sources_says_why(thing: object) -> None:
    assert schema.citations(thing).startswith("No sources recorded: arithmetic on arrays loses")
