"""The words of the library: dimensions, bases, and the checks on labelled arrays.

Every array that a public function takes is checked here and nowhere else, so that one kind of
fault has one message.  Checks read; they never change what they are given.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import xarray as xr

from yilao.errors import (
    BasisError,
    FactsError,
    NegativePopulationError,
    SchemaError,
    UnknownNameError,
    YilaoError,
)
from yilao.variables import VARIABLES, Variable

__all__ = [
    "BASES",
    "LEADING_DIMS",
    "OPEN_AGE",
    "SEXES",
    "VARIABLES",
    "BasisError",
    "FactsError",
    "NegativePopulationError",
    "SchemaError",
    "UnknownNameError",
    "Variable",
    "YilaoError",
    "check_ages",
    "check_basis",
    "check_dims",
    "check_form",
    "check_same_basis",
    "check_same_labels",
    "check_sexes",
    "check_shared_labels",
    "check_unit",
    "check_values",
    "check_variable",
    "citations",
    "first_offender",
    "labels_of",
    "sources_of",
]

SEXES: tuple[str, str] = ("female", "male")
BASES: tuple[str, ...] = ("resident", "registered")
OPEN_AGE: int = 100
LEADING_DIMS: tuple[str, ...] = ("area", "scenario", "draw")


def labels_of(array: xr.DataArray, dim: Hashable) -> np.ndarray:
    """Return the labels of a dimension; ``array[dim]`` would make a new array first."""
    if dim not in array.coords:
        return np.arange(array.sizes[dim])
    found: np.ndarray = array.coords.variables[dim].values
    return found


def first_offender(array: xr.DataArray, bad: np.ndarray) -> str:
    """Name the labels of the first True in ``bad``, as ``year=2024, sex=male, age=61``."""
    where = np.argwhere(bad)[0]
    parts = []
    for dim, index in zip(array.dims, where, strict=True):
        label = array[dim].values[index] if dim in array.coords else index
        parts.append(f"{dim}={label}")
    return ", ".join(parts) or "the value"


def check_unit_name(unit: str, name: str) -> None:
    """Raise unless a unit is named and is no 万, for which the way out is named."""
    if not unit.strip():
        raise SchemaError(f"{name}: no unit. Say what is counted, such as beds, places or persons.")
    if "万" in unit or "萬" in unit:
        raise SchemaError(f"{name}: the unit is {unit!r}. Multiply by 10,000 and use single units.")


def check_unit(array: xr.DataArray, unit: str, name: str) -> None:
    """Raise unless ``attrs["units"]`` is ``unit``."""
    found = array.attrs.get("units")
    if found == unit:
        return
    if found is None:
        raise SchemaError(
            f'{name}: no unit. Set {name}.attrs["units"] = "{unit}" once you are sure of it.'
        )
    if str(found).strip():
        check_unit_name(str(found), name)
    raise SchemaError(f"{name}: the unit is {found!r}, needed is {unit!r}. Convert it first.")


def check_basis(array: xr.DataArray | xr.Dataset, name: str) -> str:
    """Return the basis of an array or dataset, or raise when it has none or an unknown one."""
    basis = array.attrs.get("basis")
    if basis not in BASES:
        raise BasisError(
            f"{name}: the basis is {basis!r}. Set {name}.attrs['basis'] to 'resident' (常住) or "
            "'registered' (户籍); the two are never mixed."
        )
    return str(basis)


def check_same_basis(
    a: xr.DataArray | xr.Dataset, b: xr.DataArray | xr.Dataset, name_a: str, name_b: str
) -> str:
    """Return the common basis of two arrays or datasets, or raise when they differ."""
    basis_a, basis_b = check_basis(a, name_a), check_basis(b, name_b)
    if basis_a != basis_b:
        raise BasisError(
            f"{name_a} is {basis_a} and {name_b} is {basis_b}. Resident (常住) and registered "
            "(户籍) figures count different people: use two of the same basis."
        )
    return basis_a


def check_same_labels(
    a: xr.DataArray, b: xr.DataArray, dim: Hashable, name_a: str, name_b: str
) -> None:
    """Raise unless two arrays have the same labels, in the same order, along ``dim``."""
    labels_a, labels_b = labels_of(a, dim), labels_of(b, dim)
    if len(labels_a) == len(labels_b) and bool((labels_a == labels_b).all()):
        return
    differ = sorted(set(labels_a.tolist()) ^ set(labels_b.tolist()), key=str)
    what = f"they differ in {differ[:8]}" if differ else "the same labels in another order"
    raise SchemaError(
        f"{dim}: {name_a} has {len(labels_a)} labels and {name_b} has {len(labels_b)}; {what}. "
        "Use .sel() or .reindex() first."
    )


def check_shared_labels(**arrays: xr.DataArray) -> None:
    """Raise unless arrays have the same labels along every labelled dimension that two share."""
    for (name_a, a), (name_b, b) in combinations(arrays.items(), 2):
        for dim in a.dims:
            if dim in b.dims and dim in a.coords and dim in b.coords:
                check_same_labels(a, b, dim, name_a, name_b)


def check_dims(
    array: xr.DataArray, dims: Sequence[str], name: str, leading: Iterable[str] = LEADING_DIMS
) -> None:
    """Raise unless ``array`` has ``dims`` and otherwise only leading dimensions."""
    missing = [d for d in dims if d not in array.dims]
    if missing:
        raise SchemaError(
            f"{name}: dimension {missing[0]!r} is missing; it has {list(array.dims)} and needs "
            f"{list(dims)}."
        )
    allowed = {*dims, *leading}
    extra = [d for d in array.dims if d not in allowed]
    if extra:
        raise SchemaError(
            f"{name}: dimension {extra[0]!r} is not known here. Allowed beside {list(dims)} are "
            f"{list(leading)}; select or rename it first."
        )
    for dim in array.dims:
        if dim not in array.coords:
            raise SchemaError(f"{name}: dimension {dim!r} has no labels. Add them as a coordinate.")
        labels = labels_of(array, dim)
        # Ascending numbers, by far the most common labels, are compared fifty times as fast.
        numbers = np.issubdtype(labels.dtype, np.number)
        if numbers and bool((labels[1:] > labels[:-1]).all()):
            continue
        if len(set(labels.tolist())) != len(labels):
            raise SchemaError(f"{name}: {dim} has repeated labels. Drop or sum the repeated ones.")


def check_ages(array: xr.DataArray, name: str, width: int = 1) -> None:
    """Raise unless ``age`` runs 0, width, 2 width … without a gap, the last one open."""
    ages = labels_of(array, "age")
    if not np.issubdtype(ages.dtype, np.integer):
        raise SchemaError(f"{name}: age labels must be whole numbers, they are {ages.dtype}.")
    if len(ages) == 0:
        raise SchemaError(f"{name}: no ages. Every age from 0 to the open group is needed.")
    wanted = np.arange(len(ages)) * width
    if (ages == wanted).all():
        return
    missing = sorted(set(range(0, int(ages.max()) + 1, width)) - set(ages.tolist()))
    if missing:
        raise SchemaError(
            f"{name}: age {missing[0]} is missing (of 0 to {ages.max()}). Every single age is "
            "needed; yilao.population.single_years() splits age groups."
        )
    raise SchemaError(f"{name}: ages are not in ascending order from 0. Use .sortby('age') first.")


def check_sexes(array: xr.DataArray, name: str) -> None:
    """Raise unless ``sex`` is exactly female, male in this order."""
    found = [str(s) for s in labels_of(array, "sex")]
    if found != list(SEXES):
        raise SchemaError(
            f"{name}: sex is {found}, needed is {list(SEXES)} in this order. "
            "Use .sel(sex=['female', 'male'])."
        )


def check_numbers(array: xr.DataArray, name: str) -> None:
    """Raise unless the values are real numbers."""
    if array.dtype.kind not in "iuf":
        raise SchemaError(f"{name}: values are not numbers but {array.dtype}.")


def check_values(
    array: xr.DataArray, name: str, low: float | None = None, high: float | None = None
) -> None:
    """Raise on NaN, infinity, or a value outside [low, high], naming the first offender."""
    check_numbers(array, name)
    values = np.asarray(array.values)
    bad = ~np.isfinite(values)
    if bad.any():
        raise SchemaError(
            f"{name}: {int(bad.sum())} value(s) are missing (NaN) or infinite, the first at "
            f"{first_offender(array, bad)}. Missing is not zero: fill it from a source or leave "
            "the row out."
        )
    if low is not None and (bad := values < low).any():
        kind = "negative" if low == 0 else f"below {low:g}"
        raise SchemaError(
            f"{name}: {int(bad.sum())} value(s) are {kind}, the first at "
            f"{first_offender(array, bad)} ({beside(values[bad][0], low)}). Correct the source."
        )
    # A survival ratio made by division may pass 1 by rounding; more than that is a fault.
    if high is not None and (bad := values > high * (1 + 1e-12)).any():
        raise SchemaError(
            f"{name}: {int(bad.sum())} value(s) are above {high:g}, the first at "
            f"{first_offender(array, bad)} ({beside(values[bad][0], high)}). Correct the source."
        )


def beside(value: float, bound: float) -> str:
    """Print a value so that it differs from the bound that it passes."""
    short = f"{value:g}"
    return f"{value:.15g}" if short == f"{bound:g}" else short


def check_form(
    array: xr.DataArray,
    name: str,
    *,
    as_name: str | None = None,
    width: int = 1,
    leading: Iterable[str] = LEADING_DIMS,
) -> None:
    """Check dims, labels and unit of one variable of the data dictionary, not its values."""
    variable, shown = VARIABLES[name], as_name or name
    check_dims(array, variable.dims, shown, leading)
    if "age" in variable.dims:
        check_ages(array, shown, width)
    if "sex" in variable.dims:
        check_sexes(array, shown)
    check_unit(array, variable.unit, shown)


def check_variable(array: xr.DataArray, name: str, *, as_name: str | None = None) -> None:
    """Check dims, labels, unit and values of one variable of the data dictionary."""
    check_form(array, name, as_name=as_name)
    check_values(array, as_name or name, VARIABLES[name].low, VARIABLES[name].high)


def sources_of(*objects: Any) -> list[str]:
    """Join the ``attrs["sources"]`` of several arrays, each once, in order."""
    joined: dict[str, None] = {}
    for obj in objects:
        for source in getattr(obj, "attrs", {}).get("sources", ()):
            joined[str(source)] = None
    return list(joined)


def citations(obj: Any) -> str:
    """List the sources of a yilao result, one a line.

    Parameters
    ----------
    obj : a DataArray, Dataset, or any object with ``sources``.

    Returns
    -------
    str
        The sources, numbered; or a sentence that says there are none.

    Examples
    --------
    >>> import xarray as xr
    >>> print(citations(xr.DataArray(1.0, attrs={"sources": ["NBS, census 2020"]})))
    [1] NBS, census 2020
    """
    sources = list(getattr(obj, "sources", ())) or sources_of(obj)
    if not sources:
        return "No sources recorded: arithmetic on arrays loses them, yilao functions keep them."
    return "\n".join(f"[{i}] {source}" for i, source in enumerate(sources, 1))
