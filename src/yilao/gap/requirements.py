"""What a place needs year by year: beds, nursing and dementia beds, carers, childcare, staff.

Norms are those of the place's documents; a norm that no document states is missing, not guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from yilao import demand, scenario
from yilao.gap.norms import Norm, later_norms, missing_norms, model_of, norms_of, promised
from yilao.place import Place
from yilao.population import sum_ages
from yilao.projection import project
from yilao.schema import UnknownNameError, YilaoError, sources_of

# The one definition for which its authors also state a share in institutions.
DEFAULT_DEFINITION = "disabled-semi-disabled-2022"
LAST_YEAR = 2035


@dataclass(frozen=True, eq=False)
class Requirement:
    """One line of the answer.

    Attributes
    ----------
    measure, unit, kind, basis : what is counted.
    norm_id : concept of the norm, or the definition of need.
    norm : its targets by year, None for no year; empty for need.
    documents : that state the norm; ``given`` for one of your own.
    definition : norm or definition in words.
    values : (year), the years for which it can be computed.
    promised : numbers that a document promises, by year.
    implied : the promised numbers are a product of two targets.
    """

    measure: str
    unit: str
    kind: str
    basis: str
    norm_id: str
    norm: Mapping[int | None, float]
    documents: tuple[str, ...]
    definition: str
    values: xr.DataArray
    promised: Mapping[int, float]
    implied: bool = False


@dataclass(frozen=True, eq=False)
class PlaceNeed:
    """Answer of `place_need`.

    Attributes
    ----------
    place, variant, definition : what was asked.
    people : ``residents``, ``aged_60_and_over``, ``under_three`` (year), persons.
    rows : the lines.
    in_need : people in need in the last year by each definition that reaches it.
    missing : concepts for which the documents of the place have no norm.
    later : measures whose norms begin after the last year, with the year they begin.
    sources : where the figures come from.
    """

    place: Place
    variant: str
    definition: str
    people: xr.Dataset
    rows: tuple[Requirement, ...]
    in_need: Mapping[str, float]
    missing: list[str]
    later: Mapping[str, int]
    sources: list[str]

    def table(self) -> pd.DataFrame:
        """Return a row for each line and year, with kind, basis, norm and promised number."""
        return pd.DataFrame(
            {
                "measure": row.measure,
                "year": int(year),
                "value": float(value),
                "unit": row.unit,
                "kind": row.kind,
                "basis": row.basis,
                "norm_id": row.norm_id,
                "documents": ", ".join(row.documents),
                "definition": row.definition,
                "promised": row.promised.get(int(year), np.nan),
            }
            for row in self.rows
            for year, value in zip(row.values["year"].values, row.values.values, strict=True)
        )


def place_need(
    place: Place,
    *,
    variant: str | None = None,
    until: int = LAST_YEAR,
    definition: str = DEFAULT_DEFINITION,
    norms: Mapping[str, float] | None = None,
) -> PlaceNeed:
    """Compute what a place needs in each year after its base.

    Parameters
    ----------
    place : from ``load_place`` or ``read_place``.
    variant : of the projection; by default the first that can be computed.
    until : last year.
    definition : of people in need of care, an id of ``yilao.demand.care_definitions``.
    norms : norms of your own by concept instead of the documents':
        ``{"care_beds_per_1000_older": 40}``.

    Returns
    -------
    PlaceNeed
        A line for each norm (documents that differ give a line each), for childcare staff, for the
        people in need and, under the default definition, for the beds that they would take up.

    Raises
    ------
    UnknownNameError
        The variant, the definition or a norm does not exist.
    YilaoError
        The variant cannot be computed here, the last year lies outside the rates, a norm is not
        above 0, or a share is given of beds for which there is no norm.

    Notes
    -----
    Documents seldom say whom 老年人 counts: residents aged 60 and over are taken.  A target holds
    from its year on and is carried on after the last; before the first there is no value.

    Examples
    --------
    >>> from yilao.place import load_place
    >>> answer = place_need(load_place("ankang"), until=2025)
    >>> beds = next(row for row in answer.rows if row.measure == "care_beds")
    >>> beds.kind, dict(beds.promised), round(float(beds.values.sel(year=2025)), -2)
    ('norm requirement', {2025: 30000.0}, 35700.0)
    """
    variant = place.default_variant if variant is None else variant
    if variant not in scenario.VARIANTS:
        raise UnknownNameError(
            f"variant {variant!r} does not exist. Known: {', '.join(scenario.VARIANTS)}."
        )
    first = int(place.base["year"]) + 1
    if until not in range(first, scenario.LAST_YEAR + 1):
        raise YilaoError(f"until: {until} is outside {first} to {scenario.LAST_YEAR}.")
    until = int(until)
    subjects = demand.care_definitions().set_index("id")["subject"]
    of_care = [str(name) for name in subjects.index[subjects == "care"]]
    if definition not in of_care:
        raise UnknownNameError(
            f"definition {definition!r} does not exist. Known: {', '.join(of_care)}."
        )
    stated = norms_of(place, norms or {})
    rates = place.rates(variant, until=until)
    population = project(place.base, rates, flows=False).population.sel(year=slice(first, None))
    rows = [*_by_need(definition, population), *_by_norms(stated, place, population)]
    reached = {name: _people_in_need(name, population.sel(year=[until])) for name in of_care}
    return PlaceNeed(
        place=place,
        variant=variant,
        definition=definition,
        people=xr.Dataset(
            {
                "residents": sum_ages(population, 0),
                "aged_60_and_over": sum_ages(population, 60),
                "under_three": sum_ages(population, 0, 3),
            }
        ),
        rows=tuple(rows),
        in_need={k: float(v.sum()) for k, v in reached.items() if v is not None},
        missing=missing_norms(stated),
        later=later_norms(stated, until),
        sources=list(dict.fromkeys(s for row in rows for s in row.values.attrs["sources"])),
    )


def _row(sums: xr.DataArray, norm_id: str, norm: Norm | None = None, **more: object) -> Requirement:
    """A line from the sums (year, measure) of a model with one measure."""
    one = sums.isel(measure=0)
    return Requirement(
        measure=str(one["measure"].item()),
        unit=str(one["unit"].item()),
        kind=str(one["kind"].item()),
        basis=str(sums.attrs["basis"]),
        norm_id=norm_id,
        norm={} if norm is None else norm.targets,
        documents=() if norm is None else norm.documents,
        definition=str(one["definition"].item()),
        values=one.reset_coords(drop=True),
        **{"promised": {}, **more},  # type: ignore[arg-type]
    )


def _need_model(definition: str, years: list[int]) -> xr.DataArray | None:
    """Weights of need in the years that a definition reaches; None if in none."""
    printed = demand.prevalence(definition)["year"].values
    if len(printed) == 1:
        return demand.care_need(definition, years=years)
    inside = [y for y in years if printed[0] <= y <= printed[-1]]
    return demand.care_need(definition, years=inside) if inside else None


def _people_in_need(definition: str, population: xr.DataArray) -> xr.DataArray | None:
    model = _need_model(definition, [int(y) for y in population["year"].values])
    if model is None:
        return None
    return demand.apply(population.sel(year=model["year"].values), model)


def _by_need(definition: str, population: xr.DataArray) -> list[Requirement]:
    """People in need, and the beds they would take up where a share in institutions is stated."""
    model = _need_model(definition, [int(y) for y in population["year"].values])
    if model is None:
        return []
    population = population.sel(year=model["year"].values)
    sums = demand.apply(population, model)
    severities = range(model.sizes["measure"])
    rows = [_row(sums.isel(measure=[i]), definition) for i in severities]
    if definition == DEFAULT_DEFINITION:
        taken_up = demand.beds_of_need(
            model,
            propensity=demand.parameter("institution_share_of_disabled"),
            occupancy=demand.parameter("occupancy_planning"),
            measure="beds_of_need",
        )
        rows.append(_row(demand.apply(population, taken_up), definition))
    return rows


def _by_norms(stated: list[Norm], place: Place, population: xr.DataArray) -> list[Requirement]:
    """A line for each norm, a share for each norm of its whole; staff after the places."""
    years = [int(y) for y in population["year"].values]
    basis = str(population.attrs["basis"])
    rows = []
    for norm in stated:
        wholes: list[Norm | None] = [None]
        if norm.rule.share_of:
            wholes = [n for n in stated if n.rule.measure == norm.rule.share_of]
        for whole in wholes:
            model = model_of(norm, whole, years, basis)
            if not model.sizes["year"]:
                continue
            sums = demand.apply(population.sel(year=model["year"].values), model)
            numbers, implied = promised(place, norm.rule.measure)
            row = _row(sums, norm.rule.concept, norm, promised=numbers, implied=implied)
            rows.append(row)
            if norm.rule.measure == "childcare_places":
                rows.append(_staff(row, population))
    return rows


def _staff(places: Requirement, population: xr.DataArray) -> Requirement:
    """Carers for the required places, all taken, by the ages of the children who could come."""
    population = population.sel(year=places.values["year"].values)
    everybody = {0: 1.0, 1: 1.0, 2: 1.0}
    carers = demand.apply(population, demand.childcare_staff(everybody))
    children = demand.apply(population, demand.places_by_enrolment(everybody, utilisation=1.0))
    # Labels of the two measures differ: only their numbers by year are divided.
    values = places.values * (carers.isel(measure=0).values / children.isel(measure=0).values)
    return Requirement(
        measure="childcare_staff",
        unit="persons",
        kind=places.kind,
        basis=places.basis,
        norm_id=places.norm_id,
        norm=places.norm,
        documents=places.documents,
        definition="places required, all taken, by the children under three of the year (half of "
        "age 0); 1:3, 1:5, 1:7",
        values=values.assign_attrs(
            units="persons", basis=places.basis, sources=sources_of(places.values, carers)
        ),
        promised={},
    )
