"""Projection: labelled population and rates in, labelled population and flows out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.engine import Rates, project_arrays
from yilao.schema import (
    LEADING_DIMS,
    VARIABLES,
    NegativePopulationError,
    SchemaError,
    YilaoError,
    check_basis,
    check_same_basis,
    check_same_labels,
    check_variable,
    first_offender,
    sources_of,
)

Array = npt.NDArray[np.float64]

_FERTILITY = (("asfr",), ("asfr_pattern", "tfr"))
_MIGRATION = (("net_migration",), ("net_migration_rate",), ("migration_profile", "migration_total"))


@dataclass(frozen=True)
class Projection:
    """Result of `project`: a population on base year … until, and the flows of each year.

    Attributes
    ----------
    population : (…, year, sex, age) persons on 31 December; the base year comes first.
    births : (…, year, sex) persons born during the year.
    births_by_mother_age : (…, year, mother_age) births by completed age of the mother.
    deaths : (…, year, sex, age) by the age that would have been reached at year end; age 0 are
        those born in the year.
    net_migration : (…, year, sex, age) by the age reached at year end.
    """

    population: xr.DataArray
    births: xr.DataArray
    births_by_mother_age: xr.DataArray
    deaths: xr.DataArray
    net_migration: xr.DataArray

    @property
    def sources(self) -> list[str]:
        """Sources of base and rates."""
        return list(self.population.attrs["sources"])


def _choose(rates: xr.Dataset, forms: tuple[tuple[str, ...], ...], what: str) -> tuple[str, ...]:
    """Return the one form of a rate that is given; two at once or half of one is an error."""
    present = [f for f in forms if any(name in rates for name in f)]
    shown = " or ".join(" with ".join(f) for f in forms)
    if len(present) > 1:
        raise SchemaError(f"rates: {what} is given twice ({present}). Keep one of {shown}.")
    if not present:
        return ()
    if missing := [name for name in present[0] if name not in rates]:
        raise SchemaError(f"rates: {missing[0]} is missing beside {present[0]}. Needed is {shown}.")
    return present[0]


def _steps(rates: xr.Dataset, start: int, until: int | None) -> list[int]:
    if "year" not in rates.dims:
        raise SchemaError("rates: dimension 'year' is missing. Every rate needs its years.")
    years = [int(y) for y in rates["year"].values]
    last = years[-1] if until is None else int(until)
    if last <= start:
        raise SchemaError(f"until: {last} is not after the base year {start}.")
    wanted = list(range(start + 1, last + 1))
    if absent := [y for y in wanted if y not in years]:
        raise SchemaError(
            f"rates: year {absent[0]} is missing; they have {years[0]} to {years[-1]} and "
            f"{start + 1} to {last} are needed without a gap. Give every year; nothing is repeated."
        )
    return wanted


def _in_years(array: xr.DataArray, name: str, years: list[int]) -> xr.DataArray:
    """The wanted years; a pattern or profile without years is read through all (a view)."""
    if "year" not in array.dims and name in ("asfr_pattern", "migration_profile"):
        return array.expand_dims(year=years)
    return array.sel(year=years) if "year" in array.dims else array


def _plain(array: xr.DataArray, name: str, leading: list[str]) -> Array:
    """Values with the leading dimensions in common order; missing ones have length 1."""
    own = VARIABLES[name].dims
    array = array.transpose(*[d for d in leading if d in array.dims], *own)
    values: Array = np.asarray(array.values, dtype=float)
    shape = [array.sizes.get(d, 1) for d in leading] + [array.sizes[d] for d in own]
    return values.reshape(shape)


def project(
    base: xr.DataArray,
    rates: xr.Dataset,
    until: int | None = None,
    *,
    migrants: str = "even",
    convention: str = "un",
    engine: str = "auto",
    out: Array | None = None,
) -> Projection:
    """Project a population by single years of age with the cohort-component method.

    Parameters
    ----------
    base : (sex, age) persons on 31 December, with scalar coordinate ``year`` and attribute
        ``basis``; leading dimensions (area, scenario, draw) as wanted.
    rates : ``survival_ratio`` (year, sex, age); ``asfr`` (year, age), or ``asfr_pattern`` with
        ``tfr``; ``srb`` (year); and, unless the population is closed, ``net_migration``,
        ``net_migration_rate`` or ``migration_profile`` with ``migration_total``.  A rate without a
        leading dimension holds for all its labels.
    until : last year; by default the last year of the rates.
    migrants : ``even``, half at the start and half at the end of the year; ``end``, all at the end.
    convention : ``un``, births to the mean of the women at the start and the end of the year,
        migrants included.
    engine : ``auto`` or ``numpy``.
    out : (…, year, sex, age) float64 array to write the population into.

    Returns
    -------
    Projection
        Population and flows.  In every cell P(t) = P(t-1) + births - deaths + net migration, along
        cohorts.

    Raises
    ------
    SchemaError
        Labels, dimensions, units or values do not fit; a year is missing from the rates.
    YilaoError
        More people leave a cohort than it has.

    References
    ----------
    Preston, Heuveline and Guillot (2001), Demography, ch. 6; United Nations (2022), World
    Population Prospects 2022: Methodology.

    Examples
    --------
    >>> import yilao as yl
    >>> ankang = yl.load_place("ankang")
    >>> result = yl.project(ankang.base, ankang.rates("no-migration"), until=2025)
    >>> result.population.sizes["year"]
    6
    """
    if convention != "un":
        raise YilaoError(f"convention {convention!r} is not known. Available: 'un'.")
    if engine not in ("auto", "numpy"):
        raise YilaoError(f"engine {engine!r} is not known. Available: 'auto', 'numpy'.")
    if migrants not in ("even", "end"):
        raise YilaoError(f"migrants {migrants!r} is not known. Available: 'even', 'end'.")
    check_variable(base, "population", as_name="base")
    check_basis(base, "base")
    if "year" not in base.coords or base["year"].ndim:
        raise SchemaError("base: no scalar coordinate 'year'. Use base.assign_coords(year=2020).")
    if unknown := [str(v) for v in rates.data_vars if v not in VARIABLES or v == "population"]:
        raise SchemaError(f"rates: {unknown[0]!r} is not a rate. Known: {list(VARIABLES)[1:]}.")
    fertility = _choose(rates, _FERTILITY, "fertility")
    migration = _choose(rates, _MIGRATION, "migration")
    if absent := [n for n in ("survival_ratio", "srb") if n not in rates]:
        raise SchemaError(f"rates: {absent[0]} is missing. Needed: survival_ratio, fertility, srb.")
    if not fertility:
        raise SchemaError("rates: fertility is missing. Give asfr, or asfr_pattern with tfr.")
    start = int(base["year"])
    years = _steps(rates, start, until)
    used = ("survival_ratio", "srb", *fertility, *migration)
    chosen = {n: _in_years(rates[n], n, years) for n in used}
    for name, array in chosen.items():
        check_variable(array, name)
        for dim in ("age", *LEADING_DIMS):
            if dim in array.dims and dim in base.dims:
                check_same_labels(base, array, dim, "base", name)
        if "basis" in array.attrs:
            check_same_basis(base, array, "base", name)
    for name in ("asfr_pattern", "migration_profile"):
        if name in chosen:
            sums = chosen[name].sum([d for d in ("sex", "age") if d in chosen[name].dims])
            if (abs(sums - 1) > 1e-9).any():
                raise SchemaError(f"{name}: it sums to {float(sums.values.flat[0]):g}, not to 1.")
    leading = [d for d in LEADING_DIMS if any(d in a.dims for a in (base, *chosen.values()))]
    _check_leading(chosen, leading)

    plain = {n: _plain(a, n, leading) for n, a in chosen.items()}
    kernel_rates = Rates(
        survival=plain["survival_ratio"],
        asfr=plain[fertility[0]],
        tfr=plain["tfr"] if len(fertility) == 2 else None,
        srb=plain["srb"],
        migration=plain[migration[0]] if migration else None,
        total=plain["migration_total"] if len(migration) == 2 else None,
        migration_is_rate=migration == ("net_migration_rate",),
    )
    flows = project_arrays(
        _plain(base, "population", leading), kernel_rates, migrants=migrants, out=out
    )
    coords = {d: _labels(d, base, chosen) for d in leading}
    attrs = {k: v for k, v in base.attrs.items() if k not in ("units", "sources", "date")}
    attrs |= {"units": "persons", "sources": sources_of(base, *chosen.values(), rates)}

    def label(values: Array, name: str, *dims: str) -> xr.DataArray:
        own = {
            "year": [start, *years] if name == "population" else years,
            "sex": base["sex"].values,
            "age": base["age"].values,
            "mother_age": base["age"].values,
        }
        return xr.DataArray(
            values,
            dims=(*leading, *dims),
            coords={**coords, **{d: own[d] for d in dims}},
            name=name,
            attrs=dict(attrs),
        )

    population = label(flows.population, "population", "year", "sex", "age")
    if (negative := flows.population < 0).any():
        raise NegativePopulationError(
            f"population: {first_offender(population, negative)} would have "
            f"{flows.population[negative][0]:.1f} people: more leave than are there. Lower the "
            "emigration of that age, or give it as a rate."
        )
    return Projection(
        population=population,
        births=label(flows.births, "births", "year", "sex"),
        births_by_mother_age=label(
            flows.births_by_mother_age, "births_by_mother_age", "year", "mother_age"
        ),
        deaths=label(flows.deaths, "deaths", "year", "sex", "age"),
        net_migration=label(flows.net_migration, "net_migration", "year", "sex", "age"),
    )


def _labels(dim: str, base: xr.DataArray, chosen: dict[str, xr.DataArray]) -> Array:
    holder = next(a for a in (base, *chosen.values()) if dim in a.dims)
    labels: Array = holder[dim].values
    return labels


def _check_leading(chosen: dict[str, xr.DataArray], leading: list[str]) -> None:
    """Leading dimensions that only rates have must agree between them."""
    for dim in leading:
        holders = [(n, a) for n, a in chosen.items() if dim in a.dims]
        for name, array in holders[1:]:
            check_same_labels(holders[0][1], array, dim, holders[0][0], name)
