"""The sums of a population with the weights of demand models.

``yilao.project_sums`` makes them inside the projection, with the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import xarray as xr

from yilao.demand.model import COORDS, LEADING
from yilao.schema import (
    SchemaError,
    check_ages,
    check_basis,
    check_dims,
    check_same_basis,
    check_same_labels,
    check_sexes,
    check_unit,
    check_values,
    sources_of,
)

_NAMES = ("place", "place_zh", "place_en")


def together(*models: xr.DataArray) -> xr.DataArray:
    """Put several demand models into one array, to be summed in one pass.

    Parameters
    ----------
    models : (measure, [year,] sex, age); one without years counts in all years of the others.

    Returns
    -------
    xr.DataArray
        (measure, …, sex, age).  ``attrs["units"]`` and ``["kind"]`` are ``several`` where the
        measures differ: the coordinates ``unit`` and ``kind`` say each.

    Raises
    ------
    SchemaError
        A measure stands twice; labels differ; there is no model.
    BasisError
        One counts residents and another the registered.

    Examples
    --------
    >>> from yilao.demand import by_age, weights
    >>> old = weights(by_age({(60, None): 1.0}), measure="old", unit="persons", kind="need")
    >>> bed = weights(by_age({(60, None): 0.03}), measure="bed", unit="beds", kind="demand")
    >>> both = together(old, bed)
    >>> both.attrs["units"], both.unit.values.tolist()
    ('several', ['persons', 'beds'])
    """
    if not models:
        raise SchemaError("together: no model. Give one or more arrays of weights.")
    for model in models:
        check_model(model)
        check_same_basis(models[0], model, "the first model", str(model["measure"].values[0]))
        for other in models:
            for dim in (d for d in model.dims if d in other.dims and d != "measure"):
                check_same_labels(model, other, dim, "one model", "another")
    names = [str(n) for model in models for n in model["measure"].values]
    if twice := {n for n in names if names.count(n) > 1}:
        raise SchemaError(f"measure: {sorted(twice)[0]!r} stands twice. Rename or drop one.")
    leading = {d: m[d] for m in models for d in m.dims if d in LEADING}
    spread = [m.expand_dims({d: v for d, v in leading.items() if d not in m.dims}) for m in models]
    order = ("measure", *leading, "sex", "age")
    joined = xr.concat([m.transpose(*order) for m in spread], "measure", combine_attrs="override")
    joined.attrs = {
        "units": _common(joined, "unit"),
        "kind": _common(joined, "kind"),
        "basis": models[0].attrs["basis"],
        "sources": sources_of(*models),
    }
    return joined


def _common(array: xr.DataArray, coord: str) -> str:
    found = set(array[coord].values.tolist())
    return str(found.pop()) if len(found) == 1 else "several"


def check_model(model: xr.DataArray, name: str = "weights") -> None:
    """Raise unless an array is a demand model, as ``weights`` makes it."""
    check_dims(model, ("measure", "sex", "age"), name, leading=LEADING)
    if missing := [c for c in COORDS if c not in model.coords]:
        raise SchemaError(
            f"{name}: the coordinate {missing[0]!r} of the measures is missing. Make the array "
            "with yilao.demand.weights."
        )
    check_sexes(model, name)
    check_ages(model, name)
    check_basis(model, name)
    check_values(model, name, low=0.0)


def check_need(need: xr.DataArray) -> None:
    """Raise unless weights count people in need."""
    check_model(need, "need")
    if set(need["kind"].values.tolist()) != {"need"}:
        raise SchemaError(
            f"need: the weights are {need.attrs['kind']}, not need. Start from the people in need: "
            "use care_need."
        )


def select_severities(need: xr.DataArray, names: Iterable[str]) -> xr.DataArray:
    """Weights of some severities, which together are no more than everybody."""
    chosen = need.sel(measure=list(names))
    check_values(chosen.sum("measure"), "need, all severities together", high=1.0)
    return chosen


def check_population(population: xr.DataArray) -> str:
    """Return the basis of a population, or raise unless it is one by sex and single age."""
    check_unit(population, "persons", "population")
    basis = check_basis(population, "population")
    check_dims(population, ("sex", "age"), "population", leading=[str(d) for d in population.dims])
    check_sexes(population, "population")
    check_ages(population, "population")
    check_values(population, "population", low=0.0)
    return basis


def apply(population: xr.DataArray, model: xr.DataArray) -> xr.DataArray:
    """Sum a population with the weights of a demand model.

    D = Σ P[sex, age] · w[sex, age], in each year, area, scenario and draw.

    Parameters
    ----------
    population : (…, [year,] sex, age) persons with attribute ``basis``, such as the population of
        ``yilao.project``.
    model : (measure, [year,] sex, age) weights; years are those of the population.

    Returns
    -------
    xr.DataArray
        (…, measure) with what is known of each measure; the same numbers as
        ``yilao.project_sums`` with the same weights.

    Raises
    ------
    SchemaError
        Labels of ages, sexes, years or other dimensions differ, or a value is missing.
    BasisError
        The population is resident (常住) and the model counts the registered (户籍), or vice versa.

    Examples
    --------
    >>> import numpy as np
    >>> from yilao.demand import by_age, weights
    >>> people = xr.DataArray(np.full((2, 101), 1000.0), dims=("sex", "age"),
    ...     coords={"sex": ["female", "male"], "age": range(101)},
    ...     attrs={"units": "persons", "basis": "resident"})
    >>> beds = weights(by_age({(60, None): 0.03}), measure="care_beds", unit="beds",
    ...     kind="norm requirement")
    >>> float(apply(people, beds).sel(measure="care_beds"))
    2460.0
    """
    check_population(population)
    check_model(model)
    basis = check_same_basis(population, model, "population", "weights")
    if "year" in model.dims and "year" not in population.dims:
        raise SchemaError(
            "year: the weights have years and the population has none. Select the year of the "
            "population in both."
        )
    for dim in (d for d in model.dims if d in population.dims):
        check_same_labels(population, model, dim, "population", "weights")
    found: xr.DataArray = xr.dot(population, model, dim=("sex", "age"))
    found = found.transpose(..., "measure")
    attrs: dict[str, Any] = {k: population.attrs[k] for k in _NAMES if k in population.attrs}
    attrs |= {k: model.attrs[k] for k in ("units", "kind")} | {"basis": basis}
    return found.rename("sums").assign_attrs(attrs, sources=sources_of(population, model))
