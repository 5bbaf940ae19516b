"""The norms that a place's documents set for beds, carers and places, as models of demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import xarray as xr

from yilao import demand
from yilao.place import Place
from yilao.plan import Plan
from yilao.schema import UnknownNameError, YilaoError


@dataclass(frozen=True)
class Rule:
    """How a concept of the registry becomes a measure: a rate of people, or a share of another."""

    measure: str
    concept: str
    per: int
    from_age: int = 60
    share_of: str = ""
    part_of: str = ""
    unit: str = "beds"
    setting: str = demand.CARE


RULES: tuple[Rule, ...] = (
    Rule("care_beds", "care_beds_per_1000_older", 1000),
    Rule("institution_beds", "institution_beds_per_1000_older", 1000, part_of="care_beds"),
    Rule("nursing_beds", "nursing_bed_share", 100, share_of="care_beds"),
    Rule(
        "institution_nursing_beds",
        "institution_nursing_bed_share",
        100,
        share_of="institution_beds",
    ),
    Rule("dementia_beds", "dementia_beds_per_10000_older", 10_000, part_of="nursing_beds"),
    Rule(
        "rehabilitation_beds",
        "rehabilitation_beds_per_10000_older",
        10_000,
        setting=demand.MEDICAL,
    ),
    Rule(
        "certified_carers", "certified_carers_per_10000_older", 10_000, unit="persons", setting=""
    ),
    Rule(
        "childcare_places", "childcare_places_per_1000", 1000, from_age=0, unit="places", setting=""
    ),
)
# One of each is looked for; the first is named as missing where a place has none.
_WANTED: tuple[tuple[str, ...], ...] = (
    ("care_beds_per_1000_older", "institution_beds_per_1000_older"),
    ("nursing_bed_share", "institution_nursing_bed_share"),
    ("dementia_beds_per_10000_older",),
    ("certified_carers_per_10000_older",),
    ("childcare_places_per_1000",),
)


@dataclass(frozen=True)
class Norm:
    """A norm as stated: its targets by year (None: without a year) and the documents."""

    rule: Rule
    targets: Mapping[int | None, float]
    documents: tuple[str, ...]
    sources: tuple[str, ...]

    def path(self, years: Sequence[int]) -> xr.DataArray:
        """The norm in each year from its first target on, the last one carried on."""
        if None in self.targets:
            return xr.DataArray(
                [self.targets[None]] * len(years), dims="year", coords={"year": list(years)}
            )
        due = sorted(y for y in self.targets if y is not None)
        held = [y for y in years if y >= due[0]]
        values = [self.targets[max(d for d in due if d <= y)] for y in held]
        return xr.DataArray(values, dims="year", coords={"year": held})


def norms_of(place: Place, given: Mapping[str, float]) -> list[Norm]:
    """Return the norms of a place for the years after its base; yours replace the documents'.

    Documents that state the same are one norm; two that differ are both kept.

    Raises
    ------
    UnknownNameError
        A norm of yours is no concept that is known here.
    YilaoError
        A norm of yours is not above 0, a share above 100 %, or a share of beds for which there is
        no norm.
    """
    if unknown := [c for c in given if c not in {r.concept for r in RULES}]:
        known = ", ".join(r.concept for r in RULES)
        raise UnknownNameError(f"norm {unknown[0]!r} is not known. Known: {known}.")
    base = int(place.base["year"])
    found = []
    for rule in RULES:
        if rule.concept in given:
            if not given[rule.concept] > 0:
                raise YilaoError(f"norm {rule.concept}: {given[rule.concept]} is not above 0.")
            if rule.share_of and given[rule.concept] > rule.per:
                wanted = f"{given[rule.concept]:g} % of {rule.share_of}"
                raise YilaoError(f"norm {rule.concept}: {wanted} is above 100 %.")
            found.append(Norm(rule, {None: float(given[rule.concept])}, ("given",), ()))
            continue
        alike: dict[tuple[tuple[int | None, float], ...], list[Plan]] = {}
        for document in place.plans:
            if targets := _targets(document, rule.concept, base):
                alike.setdefault(tuple(targets.items()), []).append(document)
        for points, documents in alike.items():
            sources = tuple(s for d in documents for s in d.sources)
            found.append(Norm(rule, dict(points), tuple(d.document for d in documents), sources))
    have = {norm.rule.measure for norm in found}
    for rule in (r for r in RULES if r.concept in given and r.share_of):
        if rule.share_of not in have:
            whole = next(r.concept for r in RULES if r.measure == rule.share_of)
            raise YilaoError(
                f"norm {rule.concept}: a share of {rule.share_of}, for which no document has a "
                f"norm. Give {whole} too."
            )
    return found


def _targets(document: Plan, name: str, after: int) -> dict[int | None, float]:
    """Single-valued targets or norms of the principal statement that fall after a year."""
    return {
        point.year: point.value
        for indicator in document.indicators
        if indicator.statement == name
        for point in indicator.points
        if point.role in ("target", "norm")
        and point.value is not None
        and (point.year is None or point.year > after)
    }


def missing_norms(norms: Sequence[Norm]) -> list[str]:
    """Name the concepts for which no document of the place has a norm."""
    stated = {norm.rule.concept for norm in norms}
    missing = [group[0] for group in _WANTED if not stated & set(group)]
    # A share of beds in institutions helps nobody without the beds of which it is a share.
    alone = "institution_nursing_bed_share" in stated
    if alone and "institution_beds_per_1000_older" not in stated:
        missing = [m for m in missing if m != _WANTED[0][0]]
        missing.insert(0, "institution_beds_per_1000_older")
    return missing


def later_norms(norms: Sequence[Norm], until: int) -> dict[str, int]:
    """Measures whose norms begin after a year, with the year they begin."""
    starts: dict[str, int] = {}
    for norm in norms:
        first = min(until if y is None else y for y in norm.targets)
        starts[norm.rule.measure] = min(first, starts.get(norm.rule.measure, first))
    return {measure: first for measure, first in starts.items() if first > until}


def model_of(norm: Norm, whole: Norm | None, years: Sequence[int], basis: str) -> xr.DataArray:
    """Weights of a norm; a share is put on the model of its whole."""
    rule, path = norm.rule, norm.path(years)
    if whole is not None:
        beds = model_of(whole, None, years, basis)
        both = [y for y in path["year"].values if y in beds["year"].values]
        return demand.nursing_beds(
            beds.sel(year=both),
            share=path.sel(year=both) / rule.per,
            measure=rule.measure,
            sources=norm.sources,
        )
    return demand.per_people(
        path,
        per=rule.per,
        measure=rule.measure,
        unit=rule.unit,
        from_age=rule.from_age,
        basis=basis,
        part_of=rule.part_of,
        setting=rule.setting,
        sources=norm.sources,
    )


def promised(place: Place, measure: str) -> tuple[dict[int, float], bool]:
    """Numbers that documents of a place promise, by year, and whether they are only implied.

    Nursing beds promised as a share of promised beds are implied by the two.
    """
    base = int(place.base["year"])
    share = next((r for r in RULES if r.measure == measure and r.share_of), None)
    for document in place.plans:
        stock = _targets(document, measure, base)
        if stock:
            return {y: v for y, v in stock.items() if y is not None}, False
        if share is not None:
            whole = _targets(document, share.share_of, base)
            part = _targets(document, share.concept, base)
            if both := [y for y in whole if y is not None and y in part]:
                return {y: whole[y] * part[y] / share.per for y in both}, True
    return {}, False
