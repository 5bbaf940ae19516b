"""A place with what is known of it, and the packaged places gathered by name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import xarray as xr

from yilao import facts, plan, scenario
from yilao.facts import Figure
from yilao.population import census_groups
from yilao.scenario import Inputs
from yilao.schema import FactsError
from yilao.supply import stock

# Counts that documents state and a need of the same measure can be set against.
STOCKS: dict[str, str] = {
    "childcare_places": "places",
    "care_beds": "beds",
    "institution_beds": "beds",
    "nursing_beds": "beds",
}


@dataclass(frozen=True, eq=False)
class Place:
    """A city with what is known of it.

    Attributes
    ----------
    id, name_zh, name_en : names; ``id`` is unique.
    inputs : census groups, life expectancy and official figures behind base and rates.
    documents : plans instead of those that are packaged for it.
    note : what to know of its boundary, if anything.
    """

    id: str
    name_zh: str
    name_en: str
    inputs: Inputs
    documents: tuple[plan.Plan, ...] | None = None
    note: str = ""

    @property
    def plans(self) -> tuple[plan.Plan, ...]:
        """Documents packaged for it, possibly none, read when they are asked for."""
        return plan.documents_of(self.id) if self.documents is None else self.documents

    @cached_property
    def supply(self) -> dict[str, xr.DataArray]:
        """Stocks that a document states, by indicator id; what is not stated is not there."""
        return _stocks(self.plans)

    @property
    def base(self) -> xr.DataArray:
        """Residents by sex and single age on 31 December 2020, in persons; a copy of your own."""
        return self.base_of(scenario.BASE_YEAR)

    def base_of(self, year: int) -> xr.DataArray:
        """Residents by sex and single age on 31 December of a census year, in persons.

        Parameters
        ----------
        year : 2010 or 2020.

        Returns
        -------
        xr.DataArray
            (sex, age 0 … 100+), with the scalar coordinate ``year``; a copy of your own.

        Raises
        ------
        YilaoError
            The census of that year is not known of this place.

        Notes
        -----
        Made as docs/method.md says of 2020, with the rates of 2010 for 2010; where no official
        total of the year's end is known, two months of migration are left out.  The place's
        mortality stands to the nation's in 2010 as in the year of its published life expectancy.

        Examples
        --------
        >>> round(float(load_place("hangzhou").base_of(2010).sum()), -4)
        8710000.0
        """
        if year not in self._bases:
            names = {"place": self.id, "place_zh": self.name_zh, "place_en": self.name_en}
            made = scenario.base(self.inputs, year).population.assign_attrs(names)
            self._bases[year] = made
        return self._bases[year].copy(deep=True)

    @cached_property
    def _bases(self) -> dict[int, xr.DataArray]:
        return {}

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
        note=record.note,
    )
