"""Childcare places (托位) that a norm requires."""

from __future__ import annotations

import xarray as xr

from yilao.schema import (
    SchemaError,
    check_ages,
    check_basis,
    check_dims,
    check_sexes,
    check_unit,
    check_values,
)


def childcare_places(population: xr.DataArray, *, per_1000: float) -> xr.DataArray:
    """Childcare places required by a norm of places per 1,000 people (每千人口托位数).

    The norm counts all residents, not children: places = residents * norm / 1000.  It therefore
    grows with the city even while fewer children are born.

    Parameters
    ----------
    population : (…, sex, age) persons, with attribute ``basis``.
    per_1000 : places per 1,000 people of that basis, above 0.

    Returns
    -------
    xr.DataArray
        (…) places, a norm requirement; basis and sources as the population.

    Raises
    ------
    SchemaError
        The unit is not persons, the basis is not stated, or the norm is not above 0.

    Notes
    -----
    A requirement by norm is a decision, not the number of families that would use a place.

    References
    ----------
    The norms are those of the cities' plans: ``yilao.load_plan`` gives them with their quotes.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> people = xr.DataArray(np.full((2, 3), 1e6), dims=("sex", "age"),
    ...     coords={"sex": ["female", "male"], "age": range(3)},
    ...     attrs={"units": "persons", "basis": "resident"})
    >>> float(childcare_places(people, per_1000=4.5))
    27000.0
    """
    check_unit(population, "persons", "population")
    basis = check_basis(population, "population")
    check_dims(population, ("sex", "age"), "population", leading=[str(d) for d in population.dims])
    check_sexes(population, "population")
    check_ages(population, "population")
    check_values(population, "population", low=0.0)
    if not per_1000 > 0:
        raise SchemaError(f"per_1000: {per_1000} is not above 0. Give places per 1,000 people.")
    places = population.sum(("sex", "age"), skipna=False) * per_1000 / 1000
    keep = ("place", "place_zh", "place_en", "sources")
    places.attrs = {k: population.attrs[k] for k in keep if k in population.attrs}
    places.attrs |= {
        "units": "places",
        "basis": basis,
        "per_1000": per_1000,
        "label_zh": "托位",
        "label_en": "childcare places",
        "concept": "norm requirement",
    }
    return places.rename("childcare_places")
