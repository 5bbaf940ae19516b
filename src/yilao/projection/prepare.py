"""From labels to plain arrays: every check on names, labels and units is made here."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.engine import CONVENTIONS, ENGINES, Rates, Timing, timing
from yilao.schema import (
    LEADING_DIMS,
    VARIABLES,
    SchemaError,
    YilaoError,
    check_basis,
    check_form,
    check_numbers,
    check_same_basis,
    check_same_labels,
    labels_of,
    sources_of,
)

Array = npt.NDArray[np.float64]

CORE_DIMS = ("year", "sex", "age", "level")
# Forms of each rate; two forms at once, or half of one, is an error.
FORMS: dict[str, tuple[tuple[str, ...], ...]] = {
    "survival": (("survival_ratio",), ("survival_surface", "mortality_level")),
    "fertility": (("asfr",), ("asfr_pattern", "tfr")),
    "migration": (
        ("net_migration",),
        ("net_migration_rate",),
        ("migration_profile", "migration_total"),
        ("immigration", "emigration"),
        ("immigration", "emigration_rate"),
    ),
}
# The engine's name of each variable.
ENGINE_NAMES = {
    "survival_ratio": "survival",
    "survival_ratio_open": "survival_open",
    "survival_surface": "surface",
    "mortality_level": "level",
    "asfr": "asfr",
    "asfr_pattern": "asfr",
    "tfr": "tfr",
    "srb": "srb",
    "net_migration": "migration",
    "immigration": "migration",
    "migration_profile": "migration",
    "migration_total": "total",
    "net_migration_rate": "migration_rate",
    "emigration_rate": "migration_rate",
    "lx": "lx",
    "Lx": "person_years",
}
WITHOUT_YEARS = ("asfr_pattern", "migration_profile")


@dataclass(frozen=True)
class Prepared:
    """A projection ready for the engine, with the labels for the way back.

    base, chosen : the arrays that are used, in the wanted years.
    leading : dimensions beside year, sex and age, in the order of the results.
    years : of the steps; start : the base year; width : years of a step and of an age group.
    """

    base: xr.DataArray
    chosen: dict[str, xr.DataArray]
    leading: list[str]
    start: int
    years: list[int]
    width: int
    when: Timing
    attrs: dict[str, Any] = field(default_factory=dict)

    @property
    def lazy(self) -> bool:
        """Whether an input is a Dask array."""
        return any(a.chunks is not None for a in (self.base, *self.chosen.values()))


def choose_form(rates: xr.Dataset, what: str) -> tuple[str, ...]:
    """Return the one form of a rate that is given."""
    forms = FORMS[what]
    names = {n for f in forms for n in f if n in rates}
    for form in forms:
        if names == set(form):
            return form
    shown = " or ".join(" with ".join(f) for f in forms)
    if not names:
        return ()
    halves = [f for f in forms if names < set(f)]
    if halves:
        missing = sorted({n for f in halves for n in f} - names)
        raise SchemaError(
            f"rates: {' or '.join(missing)} is missing beside {', '.join(sorted(names))}. Needed "
            f"is {shown}."
        )
    raise SchemaError(
        f"rates: {what} is given twice ({', '.join(sorted(names))}). Keep one of {shown}."
    )


def wanted_years(rates: xr.Dataset, start: int, until: int | None, width: int) -> list[int]:
    """Return the years of the steps; every one of them must be in the rates."""
    if "year" not in rates.dims:
        raise SchemaError("rates: dimension 'year' is missing. Every rate needs its years.")
    years = [int(y) for y in rates["year"].values]
    if not years:
        raise SchemaError("rates: they have no years. Give a row for every step.")
    if len(set(years)) < len(years):
        twice = next(y for y in years if years.count(y) > 1)
        raise SchemaError(f"rates: year {twice} stands twice. Keep one of the two.")
    if any(y != float(v) for y, v in zip(years, rates["year"].values, strict=True)):
        raise SchemaError("rates: years must be whole numbers. Give the end year of each step.")
    last = max(years) if until is None else int(until)
    if until is not None and last != until:
        raise SchemaError(f"until: {until} is not a whole year.")
    if last <= start:
        raise SchemaError(f"until: {last} is not after the base year {start}.")
    if (last - start) % width:
        raise SchemaError(
            f"until: {last} is not a whole number of {width}-year steps from {start}."
        )
    wanted = list(range(start + width, last + 1, width))
    if absent := [y for y in wanted if y not in years]:
        raise SchemaError(
            f"rates: year {absent[0]} is missing; they have {min(years)} to {max(years)} and "
            f"{wanted[0]} to {last} are needed without a gap. Give every year; nothing is repeated."
        )
    if within := sorted(y for y in years if start < y < last and y not in wanted):
        raise SchemaError(
            f"rates: year {within[0]} lies within a step: ages of {width} years make steps of "
            f"{width} years, which end in {wanted[0]}, {wanted[0] + width} …. Rates of single "
            "years are no rates of such steps: give survival and migration of the whole step."
        )
    return wanted


def width_of(array: xr.DataArray) -> int:
    """Width of the age groups in years; 1 where the ages are none that a projection could have."""
    if "age" not in array.dims or "age" not in array.coords:
        return 1
    ages = labels_of(array, "age")
    if len(ages) > 2 and np.issubdtype(ages.dtype, np.integer) and ages[0] == 0:
        steps = np.diff(ages)
        if (steps == steps[0]).all() and steps[0] > 1:
            return int(steps[0])
    return 1


def prepare(
    base: xr.DataArray,
    rates: xr.Dataset,
    until: int | None,
    migrants: str,
    convention: str,
    engine: str,
) -> Prepared:
    """Check everything but the values, which are checked when the engine is known."""
    for word, given, options in (
        ("convention", convention, CONVENTIONS),
        ("engine", engine, ENGINES),
        ("migrants", migrants, ("even", "end")),
    ):
        if given not in options:
            shown = ", ".join(options)
            raise YilaoError(f"{word} {given!r} is not known. Available: {shown}.")
    if engine == "numba" and not find_spec("numba"):
        raise YilaoError("engine 'numba' needs the package numba: install it, or use 'auto'.")
    when = timing(convention, migrants)
    if when is None:
        raise YilaoError(
            f"convention {convention!r} with migrants {migrants!r} is not defined. Spectrum's "
            "migrants come at mid-year: use migrants='even'."
        )
    other = [d for a in (base, *rates.data_vars.values()) for d in a.dims if d not in CORE_DIMS]
    if taken := [d for d in ("measure", "mother_age", "time") if d in other]:
        raise SchemaError(f"{taken[0]}: results need this name for a dimension. Rename yours.")
    leading = [d for d in LEADING_DIMS if d in other]
    leading += [str(d) for d in dict.fromkeys(other) if d not in LEADING_DIMS]
    width = width_of(base)
    check_form(base, "population", as_name="base", width=width, leading=leading)
    check_numbers(base, "base")
    if base.sizes["age"] < 2:
        raise SchemaError("base: one age only. Needed is age 0 and an open group at least.")
    check_basis(base, "base")
    if "year" not in base.coords or base["year"].ndim:
        raise SchemaError("base: no scalar coordinate 'year'. Use base.assign_coords(year=2020).")
    start = int(base["year"])
    if start != float(base["year"]):
        raise SchemaError(f"base: the year is {float(base['year'])}, not a whole number.")
    known = [v for v in VARIABLES if v != "population"]
    if unknown := [str(v) for v in rates.data_vars if v not in known]:
        raise SchemaError(f"rates: {unknown[0]!r} is not a rate. Known: {known}.")
    forms = {what: choose_form(rates, what) for what in FORMS}
    for what, name in (("survival", "survival_ratio"), ("fertility", "asfr")):
        if not forms[what]:
            raise SchemaError(f"rates: {name} is missing. Needed: survival, fertility and srb.")
    if "srb" not in rates:
        raise SchemaError("rates: srb is missing. Needed: survival, fertility and srb.")
    if ("lx" in rates) != ("Lx" in rates):
        raise SchemaError("rates: lx and Lx go together: deaths by age at death need both.")
    extra = [n for n in ("survival_ratio_open", "lx", "Lx") if n in rates]
    used = [n for form in forms.values() for n in form]
    years = wanted_years(rates, start, until, width)
    chosen = {n: _in_years(rates[n], years) for n in (*used, "srb", *extra)}
    for name, array in chosen.items():
        _check_labels(array, name, base, width, leading)
    if "basis" in rates.attrs:
        check_same_basis(base, rates, "base", "rates")
    attrs = {k: v for k, v in base.attrs.items() if k not in ("units", "sources", "date")}
    attrs["sources"] = sources_of(base, *chosen.values(), rates)
    return Prepared(base, chosen, leading, start, years, width, when, attrs)


def _in_years(array: xr.DataArray, years: list[int]) -> xr.DataArray:
    """Return the wanted years, without a copy where they lie in order."""
    if "year" not in array.dims:
        return array
    held = labels_of(array, "year").tolist()
    first = held.index(years[0])
    if held == years:
        return array
    if held[first : first + len(years)] == years:
        return array.isel(year=slice(first, first + len(years)))
    return array.sel(year=years)


def _check_labels(
    array: xr.DataArray, name: str, base: xr.DataArray, width: int, leading: list[str]
) -> None:
    shaped = array
    if name in WITHOUT_YEARS and "year" not in array.dims:
        shaped = array.expand_dims(year=[0])
    if "age" in array.dims and "age" in array.coords:
        check_same_labels(base, array, "age", "base", name)
    check_form(shaped, name, width=width, leading=leading)
    check_numbers(array, name)
    if "level" in array.dims:
        check_numbers(array["level"], f"{name}, level")
    for dim in leading:
        if dim in array.dims and dim in base.dims:
            check_same_labels(base, array, dim, "base", name)
    if "basis" in array.attrs:
        check_same_basis(base, array, "base", name)


def plain(array: xr.DataArray, name: str, leading: list[str]) -> Array:
    """Values with leading dimensions in common order, length 1 where missing (a view)."""
    own = list(VARIABLES[name].dims)
    if name in WITHOUT_YEARS and "year" not in array.dims:
        own.remove("year")
    there = [d for d in leading if d in array.dims]
    order = [array.dims.index(d) for d in (*there, *own)]
    values = np.asarray(array.values, dtype=float).transpose(order)
    shape = [array.sizes.get(d, 1) for d in leading] + [array.sizes[d] for d in own]
    if len(own) < len(VARIABLES[name].dims):
        shape.insert(len(leading), 1)
    return values.reshape(shape)


def engine_rates(chosen: dict[str, xr.DataArray], arrays: dict[str, Array]) -> Rates:
    """Put plain arrays under the engine's names; immigration less emigration is net migration."""
    named: dict[str, Any] = {}
    for name, values in arrays.items():
        if name == "emigration":
            continue
        named[ENGINE_NAMES[name]] = -values if name == "emigration_rate" else values
    if "emigration" in arrays:
        named["migration"] = arrays["immigration"] - arrays["emigration"]
    if "survival_surface" in chosen:
        named["levels"] = np.asarray(chosen["survival_surface"]["level"].values, dtype=float)
    return Rates(**named)
