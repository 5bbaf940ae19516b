"""One city: base population, rates, supply and plans, gathered by name or from your own file."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import xarray as xr

from yilao import facts, plan, scenario
from yilao.facts import Figure
from yilao.population import census_groups, groups_from_rows
from yilao.scenario import Inputs
from yilao.schema import OPEN_AGE, BasisError, FactsError, SchemaError, check_variable
from yilao.supply import stock

# Counts that documents state and a need of the same measure can be set against.
STOCKS: dict[str, str] = {
    "childcare_places": "places",
    "care_beds": "beds",
    "institution_beds": "beds",
    "nursing_beds": "beds",
}
_COLUMNS = ("date", "basis", "sex", "age_low", "age_high", "value", "unit")


@dataclass(frozen=True, eq=False)
class Place:
    """A city with what is known of it.

    Attributes
    ----------
    id, name_zh, name_en : names; ``id`` is unique.
    inputs : census groups, life expectancy and official figures behind base and rates.
    plans : documents packaged for it, possibly none.
    supply : stocks that a document states, by indicator id; what is not stated is not there.
    note : what to know of its boundary, if anything.
    """

    id: str
    name_zh: str
    name_en: str
    inputs: Inputs
    plans: tuple[plan.Plan, ...] = ()
    supply: dict[str, xr.DataArray] = field(default_factory=dict)
    note: str = ""

    @cached_property
    def _base(self) -> xr.DataArray:
        population = scenario.base(self.inputs).population
        names = {"place": self.id, "place_zh": self.name_zh, "place_en": self.name_en}
        return population.assign_attrs(names)

    @property
    def base(self) -> xr.DataArray:
        """Residents by sex and single age on 31 December 2020, in persons; a copy of your own."""
        return self._base.copy(deep=True)

    @property
    def variants(self) -> tuple[str, ...]:
        """Variants that can be computed here."""
        return tuple(v for v in scenario.VARIANTS if not scenario.missing_for(v, self.inputs))

    @property
    def default_variant(self) -> str:
        """``plan`` where it can be computed, else ``trend``, else ``no-migration``."""
        return self.variants[0]

    @property
    def missing(self) -> list[str]:
        """Names of figures that would be used and are not known."""
        found: dict[str, None] = {}
        for variant in scenario.VARIANTS:
            found |= dict.fromkeys(scenario.missing_for(variant, self.inputs))
        if self.inputs.life_expectancy is None and self.id != "china":
            found["life_expectancy"] = None
        if "childcare_places" not in self.supply:
            found["childcare_places_stock"] = None
        return list(found)

    def rates(self, variant: str | None = None, until: int = scenario.LAST_YEAR) -> xr.Dataset:
        """Rates of a variant for the years after the base, ready for ``project``.

        Parameters
        ----------
        variant : ``plan``, ``trend`` or ``no-migration``; by default the first that can be had.
        until : last year.

        Raises
        ------
        UnknownNameError, YilaoError
            The variant does not exist, or something it needs is not known (it is named).
        """
        return scenario.rates(self.inputs, variant or self.default_variant, self.base, until)


def _by_year(place: str, variable: str) -> dict[int, Figure]:
    found = facts.figures(place, variable, basis="resident")
    # A census count stands beside year-end totals under the same name; only the latter are wanted.
    return {f.year: f for f in found if variable != "population" or f.date.endswith("12-31")}


def _life_expectancy(record: facts.PlaceRecord) -> Figure | None:
    """The place's own figure nearest to the base; a county takes that of its prefecture."""
    own = [f for f in facts.figures(record.id, "life_expectancy") if f.basis != "registered"]
    if own and record.level != "nation":
        return min(own, key=lambda f: abs(f.year - scenario.BASE_YEAR))
    return _life_expectancy(facts.find_place(record.parent)) if record.level == "county" else None


def _stocks(plans: tuple[plan.Plan, ...]) -> dict[str, xr.DataArray]:
    """The latest stock of each kind that a document states as counted."""
    found: dict[str, xr.DataArray] = {}
    for document in plans:
        for indicator in document.indicators:
            if indicator.statement not in STOCKS:
                continue
            counted = [p for p in indicator.points if p.role in ("base", "statistic") and p.value]
            for point in sorted(counted, key=lambda p: p.year or 0):
                low, high = indicator.interval(point.year, role=point.role)
                found[indicator.id] = stock(
                    float(point.value or 0),
                    date=point.date or str(point.year),
                    units=STOCKS[indicator.statement],
                    measure=indicator.id,
                    definition=indicator.name_zh,
                    source=f"{document.sources[0]}: “{indicator.quote}”",
                    rounding=(high - low) / 2,
                )
    return found


def load_place(name: str) -> Place:
    """Load a packaged place: its base population, rates, supply and plans.

    Parameters
    ----------
    name : id (``hangzhou``), Chinese or English name, or six-digit code.

    Raises
    ------
    UnknownNameError
        The name is not packaged or means more than one place.

    Examples
    --------
    >>> hz = load_place("杭州市")
    >>> round(float(hz.base.sum()))
    11965000
    """
    record = facts.find_place(name)
    census = census_groups(record.id, 2020)
    if census is None:
        raise FactsError(f"{record.id}: no census population of 2020 is packaged.")
    table = plan.plans()
    documents = tuple(
        plan.load_plan(record.id, document=d)
        for d in table.loc[table["place"] == record.id, "document"]
    )
    return Place(
        id=record.id,
        name_zh=record.name_zh,
        name_en=record.name_en,
        inputs=Inputs(
            census_2020=census,
            census_2010=census_groups(record.id, 2010),
            life_expectancy=_life_expectancy(record),
            totals=_by_year(record.id, "population"),
            births=_by_year(record.id, "births"),
            birth_rates=_by_year(record.id, "crude_birth_rate"),
            death_rates=_by_year(record.id, "crude_death_rate"),
        ),
        plans=documents,
        supply=_stocks(documents),
        note=record.note,
    )


def read_place(path: str | Path, *, name: str | None = None) -> Place:
    """Read a place of your own from a table of its census age groups.

    Parameters
    ----------
    path : CSV file with columns ``date, basis, sex, age_low, age_high, value, unit``; ``date`` is
        2020-11-01 (and 2010-11-01 for a second census, which makes the variant ``trend``
        possible), ``age_high`` is empty in the open group, ``unit`` is persons.  Single ages may be
        given for 2020-12-31 instead.
    name : what to call the place; by default the name of the file.

    Returns
    -------
    Place
        Mortality is the national standard, fertility the national pattern at the level that the
        infants of the table show.

    Raises
    ------
    FactsError, SchemaError, BasisError
        A column, age or sex is missing, the unit is 万, or the basis is not resident.
    """
    path = Path(path)
    if not path.is_file():
        raise FactsError(f"{path}: no such file. Give a CSV table of census age groups.")
    rows = facts.read_table(path)
    if absent := [c for c in _COLUMNS if c not in rows[0]]:
        raise FactsError(f"{path.name}: column {absent[0]!r} is missing. Needed: {list(_COLUMNS)}.")
    for i, row in enumerate(rows, 2):
        if row["unit"] != "persons":
            hint = "Multiply by 10,000 and write" if "万" in row["unit"] else "Write"
            raise SchemaError(
                f"{path.name}, row {i}, unit: {row['unit']!r} is not 'persons'. {hint} persons."
            )
        if row["basis"] != "resident":
            raise BasisError(
                f"{path.name}, row {i}, basis: {row['basis']!r}. Rates and norms here are those of "
                "residents (常住); a registered (户籍) base cannot be mixed with them."
            )
    dates = dict.fromkeys(row["date"] for row in rows)
    if unknown := [d for d in dates if d not in ("2010-11-01", "2020-11-01", "2020-12-31")]:
        raise FactsError(
            f"{path.name}, date: {unknown[0]!r} is not known. Age groups are split for 2020-11-01 "
            "(with 2010-11-01 beside it for migration); single ages may be of 2020-12-31."
        )
    tables = {
        d: groups_from_rows(
            [r for r in rows if r["date"] == d], f"{path.name} ({d})", [f"{path.name}, {d}"]
        ).assign_attrs(basis="resident", date=d)
        for d in dates
    }
    if {"2020-11-01", "2020-12-31"} <= set(tables):
        raise FactsError(
            f"{path.name}: rows of 2020-11-01 and of 2020-12-31. Keep one of the two as the base."
        )
    for date, table in tables.items():
        if date.endswith("11-01") and (table % 1 != 0).any():
            raise SchemaError(
                f"{path.name} ({date}): a census counts whole persons, but not all values are "
                "whole. Are they in 万? Multiply by 10,000."
            )
    given = tables.get("2020-11-01", tables.get("2020-12-31"))
    if given is None:
        raise FactsError(f"{path.name}: no rows of 2020. A base of 2020-11-01 is needed.")
    if given.attrs["date"].endswith("12-31"):
        given = _single_ages(given, path.name)
    title = name or path.stem
    return Place(
        # A name that no packaged place can have, so that no figure of another is taken for its own.
        id=f"own:{title}",
        name_zh=title,
        name_en=title,
        inputs=Inputs(census_2020=given, census_2010=tables.get("2010-11-01")),
    )


def _single_ages(groups: xr.DataArray, name: str) -> xr.DataArray:
    single = groups.rename(age_low="age").assign_coords(year=2020)
    if single.sizes["age"] != OPEN_AGE + 1:
        raise SchemaError(
            f"{name}: a base of 2020-12-31 needs single ages 0 … 100+, it has "
            f"{single.sizes['age']} groups. Give age groups of 2020-11-01 instead."
        )
    check_variable(single, "population", as_name=name)
    return single.assign_attrs(open_age=OPEN_AGE)
