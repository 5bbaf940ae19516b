"""Childcare places (托位): by a norm, by the enrolment of single ages, for residential areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import xarray as xr

from yilao.demand.bed_norms import check_share
from yilao.demand.model import Rate, Value, by_age, check_alike, per_people, weights
from yilao.demand.sums import apply, check_population
from yilao.schema import OPEN_AGE, SchemaError, check_values


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
    basis = check_population(population)
    if not per_1000 > 0:
        raise SchemaError(f"per_1000: {per_1000} is not above 0. Give places per 1,000 people.")
    open_age = population.sizes["age"] - 1
    model = places_by_norm(per_1000, basis=basis, open_age=open_age)
    places = apply(population, model).isel(measure=0, drop=True)
    return places.rename("childcare_places").assign_attrs(
        per_1000=per_1000, label_zh="托位", label_en="childcare places"
    )


def places_by_norm(
    per_1000: Rate,
    *,
    basis: str | None = None,
    definition: str = "",
    sources: Sequence[str] = (),
    open_age: int = OPEN_AGE,
) -> xr.DataArray:
    """Childcare places by a norm per 1,000 people of all ages, as weights.

    Parameters
    ----------
    per_1000 : places per 1,000 people; or one for each ``year``.
    basis : whom the norm counts, ``resident`` or ``registered``.
    definition, sources : as for ``weights``.
    open_age : the last age.

    Returns
    -------
    xr.DataArray
        (measure ``childcare_places``, [year,] sex, age), a norm requirement in places.

    Raises
    ------
    SchemaError
        No basis, or a norm not above 0.

    Notes
    -----
    The norm follows all residents and not the children: as births fall, the same norm asks for
    more places per child.

    Examples
    --------
    >>> model = places_by_norm(4.5, basis="resident")
    >>> float(model.sel(sex="male", age=70).item())
    0.0045
    """
    return per_people(
        per_1000,
        per=1000,
        measure="childcare_places",
        unit="places",
        from_age=0,
        basis=basis,
        definition=definition,
        sources=sources,
        open_age=open_age,
    )


def places_by_enrolment(
    enrolment: Mapping[int, float],
    *,
    utilisation: float,
    full_time: float = 1.0,
    eligible_at_0: float = 0.5,
    kind: str = "demand",
    basis: str = "resident",
    definition: str = "",
    sources: Sequence[str] = (),
    open_age: int = OPEN_AGE,
) -> xr.DataArray:
    """Childcare places by the enrolment of children of single ages.

    places = Σ_a K_a · e_a · f / u with children K of completed age a = 0, 1, 2, enrolment e,
    full-time factor f and utilisation u.

    Parameters
    ----------
    enrolment : ``{0: 0.02, 1: 0.1, 2: 0.3}``, the share enrolled of those who can be.
    utilisation : enrolled children per place, above 0 and at most 1.
    full_time : places that one enrolled child takes, below 1 where many come for half a day.
    eligible_at_0 : share of age 0 that can enrol: from six months on, half of them.
    kind : ``demand`` for a rate that is expected or wished, ``utilisation`` for an observed one.
    basis, definition, sources : as for ``weights``.
    open_age : the last age.

    Returns
    -------
    xr.DataArray
        (measure ``childcare_places``, sex, age) in places.

    Raises
    ------
    SchemaError
        An age is not 0, 1 or 2, or a rate is below 0 or above 1.

    Notes
    -----
    No trustworthy Chinese rates by single age were found: bring your own.  Stated wishes are two
    to six times what is used and err high; the count of 31 December misses that groups change in
    September.

    Examples
    --------
    >>> model = places_by_enrolment({0: 0.02, 1: 0.1, 2: 0.3}, utilisation=0.8)
    >>> model.sel(sex="male", age=[0, 2, 3]).values.ravel()
    array([0.0125, 0.375 , 0.    ])
    """
    rates = _enrolled(enrolment, eligible_at_0, open_age)
    check_share(utilisation, "utilisation")
    check_share(full_time, "full_time")
    told = ", ".join(f"{rate:g} at {age}" for age, rate in sorted(enrolment.items()))
    return weights(
        rates * full_time / utilisation,
        measure="childcare_places",
        unit="places",
        kind=kind,
        basis=basis,
        definition=definition or f"enrolment {told}; utilisation {utilisation:g}",
        sources=sources,
    )


def _enrolled(enrolment: Mapping[int, float], eligible_at_0: float, open_age: int) -> xr.DataArray:
    """Enrolled share of each age; age 0 counts for the part that can enrol."""
    if not enrolment or set(enrolment) - {0, 1, 2}:
        raise SchemaError(f"enrolment: ages {sorted(enrolment)}; give rates of the ages 0, 1, 2.")
    check_share(eligible_at_0, "eligible_at_0")
    check_values(xr.DataArray(list(enrolment.values())), "enrolment", low=0.0, high=1.0)
    values: dict[tuple[int, int | None], Value] = {
        (age, age + 1): enrolment.get(age, 0.0) * (eligible_at_0 if age == 0 else 1.0)
        for age in (0, 1, 2)
    }
    return by_age(values, open_age=open_age)


def residential_area_places(
    *,
    new_residents: Rate,
    existing_residents: Rate,
    per_1000_new: float,
    per_1000_existing: float,
) -> xr.Dataset:
    """Places that norms of residential areas ask for, of *their* residents and not of the city.

    Parameters
    ----------
    new_residents, existing_residents : people in areas newly built, and in existing areas without
        childcare.
    per_1000_new, per_1000_existing : the norms, per 1,000 of these people.

    Returns
    -------
    xr.Dataset
        ``new``, ``existing`` and ``total`` places, a norm requirement.

    Raises
    ------
    SchemaError
        Residents are negative or missing, or a norm is not above 0.

    Notes
    -----
    Put on the whole city, 10 per 1,000 would ask for more than twice the 4.5 of the city's norm.
    The two are not added to it: places in these areas count towards it.

    Examples
    --------
    >>> areas = residential_area_places(new_residents=50_000, existing_residents=200_000,
    ...     per_1000_new=10, per_1000_existing=8)
    >>> float(areas.new), float(areas.existing), float(areas.total)
    (500.0, 1600.0, 2100.0)
    """
    check_alike(new_residents=new_residents, existing_residents=existing_residents)
    found = {}
    for name, residents, norm in (
        ("new", new_residents, per_1000_new),
        ("existing", existing_residents, per_1000_existing),
    ):
        people = xr.DataArray(residents)
        check_values(people, f"{name}_residents", low=0.0)
        if not norm > 0:
            raise SchemaError(f"per_1000_{name}: {norm} is not above 0.")
        found[name] = people * norm / 1000
    result = xr.Dataset({**found, "total": found["new"] + found["existing"]})
    attrs = {"units": "places", "kind": "norm requirement"}
    return result.map(lambda a: a.assign_attrs(attrs), keep_attrs=True).assign_attrs(attrs)
