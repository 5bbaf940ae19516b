"""Whom a future need is due to: people here today, their children, those who move in and out."""

from __future__ import annotations

import xarray as xr

from yilao.gap.factors import shapley
from yilao.projection import expand_rates, project_sums, sensitivity
from yilao.schema import SchemaError, check_same_basis, sources_of

# Flows that come as numbers of people: the measure is linear in them.
_COUNTS: tuple[str, ...] = ("net_migration", "immigration", "emigration")
# Flows that are shares of the people there: they are part of what happens to those.
_RATES: tuple[str, ...] = ("emigration_rate", "net_migration_rate")
_COMPONENTS: dict[str, tuple[str, ...]] = {
    "mortality": ("survival_ratio", "survival_ratio_open", "lx", "Lx"),
    "fertility": ("asfr", "srb"),
    "migration": (*_COUNTS, *_RATES),
}


def _zero(rates: xr.Dataset, *names: str) -> xr.Dataset:
    """The same rates with some of them 0."""
    return rates.assign(
        {n: xr.zeros_like(rates[n]).assign_attrs(rates[n].attrs) for n in names if n in rates}
    )


def _of_year(weights: xr.DataArray, year: int) -> xr.DataArray:
    """Weights (measure, sex, age) of one year."""
    if "measure" not in weights.dims:
        weights = weights.expand_dims(measure=[str(weights.name or "need")])
    if "year" in weights.dims:
        if year not in weights["year"].values:
            raise SchemaError(f"weights: no year {year}. They have {weights['year'].values}.")
        weights = weights.sel(year=year)
    return weights.drop_vars("year", errors="ignore")


def explain_origin(
    base: xr.DataArray,
    rates: xr.Dataset,
    weights: xr.DataArray,
    year: int,
    *,
    migrants: str = "even",
    convention: str = "un",
    engine: str = "auto",
) -> xr.Dataset:
    """Split a need of a future year exactly by cohorts of today, their children, and migrants.

    The measure is linear in the base and in migrants given as numbers, so each cell's part is the
    cell times its gradient (``yilao.sensitivity``), and the parts add up to the measure.  Who is at
    least as old as the time since the base was alive then; who is younger was born after, and is
    counted with the cell whose child or grandchild, or self, it is.

    Parameters
    ----------
    base, rates, migrants, convention, engine : as for ``yilao.project``.
    weights : (measure, [year,] sex, age), a demand model; its weights of ``year`` are taken.
    year : after the base year.

    Returns
    -------
    xr.Dataset
        In the unit of the measure: ``residents`` (measure, …, sex, age) by the age in the base
        year, and ``residents_children``, born after the base, by the cell of their mothers; for
        each flow in numbers (``net_migration``, ``immigration``, ``emigration``) its part
        (measure, …, year, sex, age) in those born before the base, by the age at the end of the
        step, and ``…_born_after``: migrants born after it and children born to migrants.  The sum
        of all these is the measure.  Besides, where people leave by rates,
        ``departures_of_residents`` (measure, …, sex, age): by how much the parts of residents and
        their children would be larger if nobody left, as a negative number.  It is in
        ``residents`` already and no part of the sum.

    Raises
    ------
    SchemaError
        As for ``yilao.project``; the base or the weights do not have the year, or it is not after
        the base.
    BasisError
        The weights count others than the base.

    Notes
    -----
    Exact: residents, children and flows given in numbers.  A difference to a reference:
    ``departures_of_residents``, since departures by rates multiply along a life.  Arrivals are
    counted without those of them who leave again.

    Examples
    --------
    >>> import yilao as yl
    >>> ankang = yl.load_place("ankang")
    >>> old = yl.demand.beds(60, from_age=60, basis="resident")
    >>> parts = explain_origin(ankang.base, ankang.rates("no-migration", 2035), old, 2035)
    >>> of_60plus = float(parts.residents.sel(age=slice(60, None)).sum())
    >>> round(of_60plus, -3), float(parts.residents_children.sum())  # who is born later is no 60
    (14000.0, 0.0)
    """
    if "year" not in base.coords or base["year"].ndim:
        raise SchemaError("base: no scalar coordinate 'year'. Use base.assign_coords(year=2020).")
    # Cut by year below, the weights no longer say whom they count.
    if "basis" in weights.attrs:
        check_same_basis(base, weights, "base", "weights")
    start = int(base["year"])
    if not start < year:
        raise SchemaError(f"year: {year} is not after the base, which is of {start}.")
    written = expand_rates(rates.sel(year=slice(None, year)))
    model = _of_year(weights, year)
    years = [start, *(int(y) for y in written["year"].values if start < y <= year)]
    at_year = xr.DataArray([float(y == year) for y in years], coords={"year": years}, dims="year")
    yearly = (model * at_year).transpose("measure", "year", "sex", "age")

    def gradient(changed: xr.Dataset, wanted: xr.DataArray) -> xr.Dataset:
        return sensitivity(
            base,
            changed,
            wanted,
            until=year,
            migrants=migrants,
            convention=convention,
            engine=engine,
        )

    alive = model["age"] >= year - start
    before, after = (yearly.where(alive == k, 0.0) for k in (True, False))
    of_before, of_after = gradient(written, before), gradient(written, after)
    plain = base.drop_vars("year")
    parts = {
        "residents": of_before["population"] * plain,
        "residents_children": of_after["population"] * plain,
    }
    for name in (n for n in _COUNTS if n in written):
        flow = written[name].sel(year=years[1:])
        parts[name] = of_before[name] * flow
        parts[f"{name}_born_after"] = of_after[name] * flow
    if leaving := [n for n in _RATES if n in written]:
        stay = gradient(_zero(written, *leaving), yearly)["population"]
        parts["departures_of_residents"] = (
            of_before["population"] + of_after["population"] - stay
        ) * plain
    made = xr.Dataset({k: v.drop_attrs() for k, v in parts.items()})
    units = str(weights.attrs.get("units", "weighted persons"))
    for part in made.data_vars:
        made[part].attrs = {"units": units}
    return made.assign_attrs(year=year, base_year=start, sources=sources_of(base, rates, weights))


def constant_reference(rates: xr.Dataset) -> xr.Dataset:
    """Rates in which nothing changes: first year's survival and fertility held, nobody moves.

    Parameters
    ----------
    rates : as for ``yilao.project``.

    Returns
    -------
    xr.Dataset
        Rates written out, of the same years.

    Examples
    --------
    >>> import yilao as yl
    >>> held = constant_reference(yl.load_place("ankang").rates("trend", 2030))
    >>> bool((held.asfr == held.asfr.isel(year=0)).all()), float(abs(held.immigration).sum())
    (True, 0.0)
    """
    written = expand_rates(rates)
    held = written.isel(year=0, drop=True)
    fixed = {
        str(n): held[n].expand_dims(year=written["year"]).transpose(*written[n].dims)
        for names in ("mortality", "fertility")
        for n in _COMPONENTS[names]
        if n in written and "year" in written[n].dims
    }
    return _zero(written.assign(fixed), *_COMPONENTS["migration"])


def explain_change(
    base: xr.DataArray,
    rates: xr.Dataset,
    weights: xr.DataArray,
    year: int,
    *,
    reference: xr.Dataset | None = None,
) -> xr.DataArray:
    """Split the change of a need since the base year into ageing, mortality, fertility, migration.

    Ageing is the reference projection less the base year.  The rest, the projection less the
    reference, is split exactly among the components that differ (``shapley``: in no order).

    Parameters
    ----------
    base, rates : as for ``yilao.project``.
    weights : (measure, [year,] sex, age); the weights of ``year`` on both sides, so that a change
        of norm is no part of it.
    year : after the base year.
    reference : rates to compare with, of the same form; by default ``constant_reference``.

    Returns
    -------
    xr.DataArray
        (component, …, measure): ``ageing, mortality, fertility, migration``, their sum is the
        change; coordinates ``before`` and ``after`` hold the measure.

    Raises
    ------
    SchemaError
        As for ``yilao.project``; the year is not after the base, or the reference has not the same
        variables or years.
    BasisError
        The weights count others than the base.

    Notes
    -----
    All but the sum depends on the reference: what migration is due to is measured against nobody
    moving, what mortality is due to against the rates of the first year.

    Examples
    --------
    >>> import yilao as yl
    >>> ankang = yl.load_place("ankang")
    >>> old = yl.demand.beds(60, from_age=60, basis="resident")
    >>> parts = explain_change(ankang.base, ankang.rates("trend", 2035), old, 2035)
    >>> bool(abs(parts.sum("component") - (parts.after - parts.before)).max() < 1e-6)
    True
    """
    if "year" in base.coords and not int(base["year"]) < year:
        raise SchemaError(f"year: {year} is not after the base, which is of {int(base['year'])}.")
    written = expand_rates(rates.sel(year=slice(None, year)))
    other = constant_reference(written) if reference is None else expand_rates(reference)
    if set(other.data_vars) != set(written.data_vars):
        differ = sorted(map(str, set(other.data_vars) ^ set(written.data_vars)))
        raise SchemaError(
            f"reference: it differs from the rates in {differ}. Give both in the same form, with 0 "
            "where nobody moves."
        )
    model = _of_year(weights, year)

    def measure(**from_rates: xr.DataArray) -> xr.DataArray:
        mixed = other.sel(year=slice(None, year))
        for component, flag in from_rates.items():
            names = [n for n in _COMPONENTS[component] if n in written]
            mixed = mixed.assign({n: written[n] for n in names}) if flag else mixed
        return project_sums(base, mixed, model, until=year).sel(year=year, drop=True)

    off, on = ({c: float(k) for c in _COMPONENTS} for k in (0, 1))
    split = shapley(off, on, model=measure).rename(factor="component")
    before = xr.dot(base, model, dim=("sex", "age")).drop_vars("year", errors="ignore")
    # Along other dimensions (draws of rates) the base may be one for all.
    ageing = (split["before"] - before).transpose(*split["before"].dims)
    made: xr.DataArray = xr.concat(
        [ageing.expand_dims(component=["ageing"]), split.drop_vars(["before", "after"])],
        dim="component",
        coords="minimal",
        compat="override",
    )
    made = made.rename("change").assign_coords(before=before, after=split["after"])
    made.attrs = {
        "units": str(weights.attrs.get("units", "weighted persons")),
        "sources": sources_of(base, rates, weights),
    }
    return made
