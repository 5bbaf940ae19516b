"""`project`: the whole population, year by year."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.projection.checks import check_eager
from yilao.projection.lazy import run_lazily
from yilao.projection.prepare import Prepared, prepare
from yilao.projection.run import label, run
from yilao.schema import YilaoError

Array = npt.NDArray[np.float64]

# Flows by their public name: the engine's name and the dimensions.
_FLOWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "births": ("births", ("year", "sex")),
    "births_by_mother_age": ("mothers", ("year", "mother_age")),
    "deaths": ("deaths", ("year", "sex", "age")),
    "deaths_by_age_at_death": ("period", ("year", "sex", "age")),
    "net_migration": ("moved", ("year", "sex", "age")),
}


@dataclass(frozen=True, eq=False)
class Projection:
    """Result of `project`: a population on base year … until, and the flows of each step.

    Attributes
    ----------
    population : (…, year, sex, age) persons on 31 December; the base year comes first.
    flows : the flows that were asked for, also to be had as attributes:
        ``births`` (…, year, sex), ``births_by_mother_age`` (…, year, mother_age), ``deaths``
        (…, year, sex, age) by the age that would have been reached at the end of the step,
        ``deaths_by_age_at_death``, ``net_migration`` by the age reached at the end, and
        ``immigration`` and ``emigration`` where they were given apart, by the age they were
        given for.
    first_negative : (…) first year with a cell below zero, 0 for none; with ``negative="mark"``.
    """

    population: xr.DataArray
    flows: dict[str, xr.DataArray] = field(default_factory=dict)
    first_negative: xr.DataArray | None = None

    def _flow(self, name: str) -> xr.DataArray:
        if name not in self.flows:
            raise YilaoError(
                f"{name}: not among the flows of this projection ({', '.join(self.flows) or 'none'}"
                f"). Ask for it with project(…, flows=[{name!r}])."
            )
        return self.flows[name]

    @property
    def births(self) -> xr.DataArray:
        """Persons born during each step, by sex."""
        return self._flow("births")

    @property
    def births_by_mother_age(self) -> xr.DataArray:
        """Births by completed age of the mother."""
        return self._flow("births_by_mother_age")

    @property
    def deaths(self) -> xr.DataArray:
        """Deaths by the age that would have been reached at the end of the step."""
        return self._flow("deaths")

    @property
    def deaths_by_age_at_death(self) -> xr.DataArray:
        """Deaths by age at death, by the separation factors of the life table."""
        return self._flow("deaths_by_age_at_death")

    @property
    def net_migration(self) -> xr.DataArray:
        """Net migrants by the age reached at the end of the step."""
        return self._flow("net_migration")

    @property
    def immigration(self) -> xr.DataArray:
        """Immigrants as given, by the age they were given for."""
        return self._flow("immigration")

    @property
    def emigration(self) -> xr.DataArray:
        """Emigrants as given, by the age they were given for."""
        return self._flow("emigration")

    @property
    def sources(self) -> list[str]:
        """Sources of base and rates."""
        return list(self.population.attrs["sources"])


def _wanted(prepared: Prepared, flows: bool | Collection[str]) -> list[str]:
    if isinstance(flows, bool):
        usual = [f for f in _FLOWS if f != "deaths_by_age_at_death" or "lx" in prepared.chosen]
        return usual if flows else []
    known = [*_FLOWS, "immigration", "emigration"]
    if unknown := [f for f in flows if f not in known]:
        raise YilaoError(f"flows: {unknown[0]!r} is not known. Known: {', '.join(known)}.")
    if "deaths_by_age_at_death" in flows and "lx" not in prepared.chosen:
        raise YilaoError("deaths_by_age_at_death: rates need lx and Lx for it.")
    if {"immigration", "emigration"} & set(flows) and "immigration" not in prepared.chosen:
        raise YilaoError("immigration: the rates give net migration only.")
    return list(flows)


def project(
    base: xr.DataArray,
    rates: xr.Dataset,
    until: int | None = None,
    *,
    migrants: str = "even",
    convention: str = "un",
    engine: str = "auto",
    out: Array | None = None,
    flows: bool | Collection[str] = True,
    negative: str = "raise",
    threads: int | None = None,
    progress: bool = False,
) -> Projection:
    """Project a population with the cohort-component method.

    Parameters
    ----------
    base : (…, sex, age) persons on 31 December, with scalar coordinate ``year`` and attribute
        ``basis``.  Ages are lower bounds 0, 1, 2 … or 0, 5, 10 …, the last open; their width is
        the length of a step.  A base of another day is taken as it is: its steps then run from
        that day to that day, and rates of calendar years do not fit them.
    rates : by the end year of each step
        ``survival_ratio`` (year, sex, age), or ``survival_surface`` (level, sex, age) read at
        ``mortality_level`` (year); ``survival_ratio_open`` (year, sex) where those in the open
        group have a ratio of their own;
        ``asfr`` (year, age), or ``asfr_pattern`` ([year,] age) with ``tfr`` (year);
        ``srb`` (year);
        unless the population is closed ``net_migration``, ``net_migration_rate``,
        ``migration_profile`` with ``migration_total``, or ``immigration`` with ``emigration`` or
        ``emigration_rate``;
        ``lx`` and ``Lx`` for deaths by age at death.
        Base and rates may have ``area``, ``scenario``, ``draw`` and any other dimension; one that
        a rate lacks is read through, without a copy.  Dask arrays stay lazy.
    until : last year; by default the last year of the rates.

    Other Parameters
    ----------------
    migrants : ``even``, half at the start and half at the end of the step, so that half of those
        given for an age are one age older in the end; ``end``, all at the end.
    convention : ``un``, births see all migrants at the end; ``leslie``, births see the first half
        only; ``spectrum``, migrants at mid-year with half a step's mortality.
    engine : ``numpy``, ``numba`` (compiled), ``auto`` by size: compiling takes seconds.
    out : (…, year, sex, age) float64 array to write the population into.
    flows : all usual ones, none, or a list of names (see `Projection`).
    negative : ``raise`` when more leave a cohort than it has, or ``mark`` the members.
    threads : at most this many; by default the cores of the process.
    progress : show a bar (needs the package tqdm).  Dask arrays take neither: Dask has its own.

    Returns
    -------
    Projection
        Population and flows.  In every cell P(t) = P(t-1) + births - deaths + net migration, along
        cohorts.

    Raises
    ------
    SchemaError
        Labels, dimensions, units or values do not fit; a year is missing from the rates.
    NegativePopulationError
        More people leave a cohort than it has.
    YilaoError
        A convention, engine, flow or pair of them is not known.

    References
    ----------
    Preston, Heuveline and Guillot (2001), Demography, ch. 6; United Nations (2022), World
    Population Prospects 2022: Methodology.  docs/engine.md derives the equations.

    Examples
    --------
    >>> import yilao as yl
    >>> ankang = yl.load_place("ankang")
    >>> result = yl.project(ankang.base, ankang.rates("no-migration"), until=2025)
    >>> result.population.sizes["year"]
    6
    """
    prepared = prepare(base, rates, until, migrants, convention, engine)
    wanted = _wanted(prepared, flows)
    inside = [f for f in wanted if f in _FLOWS]
    outputs = ["population", *(_FLOWS[f][0] for f in inside)]
    all_years = [prepared.start, *prepared.years]
    if prepared.lazy:
        check_eager(threads, progress)
        if out is not None:
            raise YilaoError("out is not for Dask arrays: compute them first.")
        arrays, below = run_lazily(prepared, outputs, engine=engine, negative=negative)
    else:
        arrays, below = run(
            prepared,
            outputs,
            engine=engine,
            threads=threads,
            out=out,
            negative=negative,
            progress=progress,
        )
    population = label(
        prepared,
        arrays["population"] if out is None else out,
        "population",
        ("year", "sex", "age"),
        year=all_years,
    )
    found = {f: label(prepared, arrays[_FLOWS[f][0]], f, _FLOWS[f][1]) for f in inside}
    found |= _given_apart(prepared, population, flows, wanted)
    marks = None
    if negative == "mark":
        marks = label(prepared, below, "first_negative", ()).assign_attrs(units="year")
    return Projection(population, found, marks)


def _given_apart(
    prepared: Prepared,
    population: xr.DataArray,
    flows: bool | Collection[str],
    wanted: list[str],
) -> dict[str, xr.DataArray]:
    """Immigration and emigration, where they are given apart and asked for."""
    asked = {"immigration", "emigration"} if flows is True else {*wanted}
    if "immigration" not in prepared.chosen or not asked & {"immigration", "emigration"}:
        return {}
    return {n: a for n, a in _apart(prepared, population).items() if n in asked}


def _apart(prepared: Prepared, population: xr.DataArray) -> dict[str, xr.DataArray]:
    """Immigrants and emigrants as they were given, by the age they were given for."""
    chosen = prepared.chosen
    apart = {"immigration": chosen["immigration"]}
    if "emigration" in chosen:
        apart["emigration"] = chosen["emigration"]
    else:
        start = population.isel(year=slice(None, -1)).assign_coords(year=prepared.years)
        apart["emigration"] = chosen["emigration_rate"] * start * prepared.width
    attrs = {**prepared.attrs, "units": "persons"}
    order = [*prepared.leading, "year", "sex", "age"]
    return {
        n: a.transpose(*[d for d in order if d in a.dims]).rename(n).assign_attrs(attrs)
        for n, a in apart.items()
    }
