"""Every demographic statement of the documents beside the engine's figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from yilao import plan
from yilao.place import Place, load_place
from yilao.reproduce.assume import PARAMETERS, Assumption
from yilao.reproduce.figures import Course, course, figure, peak, reached, reason
from yilao.reproduce.solve import solve
from yilao.reproduce.stated import Claim, stated
from yilao.scenario import VARIANTS, missing_for
from yilao.schema import FactsError, UnknownNameError


@dataclass(frozen=True)
class Reproduction:
    """A claim beside the engine's figure under one variant.

    Attributes
    ----------
    claim, variant : what is compared.
    engine : the engine's figure, of residents, in the unit of the claim; None where there is none.
    reason : why there is none: ``measure``, ``registered``, ``year``, ``input`` or ``other input``
        (see `yilao.reproduce.figures.reason`), or ``no peak`` when the population still grows in
        the last year with rates.
    reached : first year in which the engine's figure passes the printed one; None for never.
    assumptions : what would make the claim true, a parameter at a time; of expected figures only.
    """

    claim: Claim
    variant: str
    engine: float | None
    reason: str = ""
    reached: int | None = None
    assumptions: tuple[Assumption, ...] = ()

    @property
    def difference(self) -> float | None:
        """Engine less document; of a range its nearest printed end, 0 within it."""
        return None if self.engine is None else self.engine - self.claim.nearest(self.engine)

    @property
    def relative(self) -> float | None:
        """The difference in percent of the printed figure; None for years and ranges."""
        difference, value = self.difference, self.claim.value
        years = self.claim.measure.form == "peak"
        return None if difference is None or not value or years else 100 * difference / value

    @property
    def holds(self) -> bool | None:
        """Whether the engine's figure lies within what the printed one can stand for."""
        if self.engine is None:
            return False if self.reason == "no peak" else None
        return self.claim.holds(self.engine)


@dataclass(frozen=True, repr=False)
class Claims:
    """The demographic statements of one or more places, each beside the engine's figures.

    Attributes
    ----------
    places : the places, also those whose documents state nothing.
    rows : a claim under each variant that can be computed.
    missing : by place and variant, what a variant would need and is not known.
    sources : of documents, bases and rates.
    """

    places: tuple[Place, ...]
    rows: tuple[Reproduction, ...]
    missing: dict[str, dict[str, list[str]]]
    sources: list[str]

    def __repr__(self) -> str:
        places = ", ".join(place.id for place in self.places)
        return f"<Claims of {places}: {len(self.rows)} rows; .table() shows them>"

    def table(self) -> pd.DataFrame:
        """Return a row per claim and variant; of each parameter what is used and what is needed."""
        found = pd.DataFrame([_flat(row) for row in self.rows])
        return found.astype({"year": "Int64", "reached": "Int64"}) if len(found) else found


def _flat(row: Reproduction) -> dict[str, object]:
    claim = row.claim
    flat: dict[str, object] = {
        "place": claim.place,
        "document": claim.document,
        "statement": claim.indicator.statement,
        "id": claim.indicator.id,
        "ages": claim.measure.ages,
        "year": claim.year,
        "role": claim.role,
        "labelled": claim.labelled,
        "unit": claim.indicator.unit,
        "printed": claim.printed,
        "comparator": claim.comparator,
        "value": claim.value,
        "low": claim.low,
        "high": claim.high,
        "variant": row.variant,
        "engine": row.engine,
        "difference": row.difference,
        "relative": row.relative,
        "holds": row.holds,
        "reached": row.reached,
        "reason": row.reason,
    }
    by_name = {a.parameter: a for a in row.assumptions}
    for name in PARAMETERS:
        found = by_name.get(name)
        flat[f"{name}_used"] = found and found.used
        flat[f"{name}_needed"] = found and found.needed
        flat[f"{name}_plausible"] = found and found.plausible
    return flat


def claims(
    place: str | Place | None = None,
    *,
    variants: Sequence[str] | None = None,
    solved: bool = True,
) -> Claims:
    """Set every demographic statement of the documents beside the engine's figure.

    Figures that a document counts itself are compared; those it expects are also solved for: which
    net migration, total fertility or life expectancy, one at a time, would make each of them true.

    Parameters
    ----------
    place : id, name or code of a packaged place, or a `Place` of your own with plans; by default
        all places with documents.
    variants : by default all that can be computed.
    solved : False leaves out the assumptions.

    Returns
    -------
    Claims
        ``table()`` gives a row per claim and variant.

    Raises
    ------
    UnknownNameError
        The place or variant does not exist.
    FactsError
        The place has no document.

    Notes
    -----
    The engine's figures are of residents: no ages of registered people are packaged, and a claim
    about them has no figure.  That a solution exists does not make it the reason of the document's
    figure: documents do not state theirs, and several assumptions may give one number.

    Examples
    --------
    >>> table = claims("hangzhou", variants=["trend"], solved=False).table()
    >>> row = table[(table.statement == "population_60plus") & (table.year == 2025)].iloc[0]
    >>> print(row.printed, round(row.engine, -3), row.reached)
    264萬人 2645000.0 2025
    """
    if unknown := [v for v in variants or () if v not in VARIANTS]:
        raise UnknownNameError(
            f"variant {unknown[0]!r} does not exist. Known: {', '.join(VARIANTS)}."
        )
    if place is None:
        with_plans = dict.fromkeys(plan.plans()["place"])
        places = tuple(load_place(name) for name in with_plans)
    else:
        places = (place if isinstance(place, Place) else load_place(place),)
    if bare := [p.id for p in places if not p.plans]:
        known = ", ".join(dict.fromkeys(plan.plans()["place"]))
        raise FactsError(f"{bare[0]}: no plan document is held for it. Choose one of {known}.")
    wanted = [v for v in VARIANTS if v in (variants or VARIANTS)]
    rows: list[Reproduction] = []
    sources: dict[str, None] = {}
    missing: dict[str, dict[str, list[str]]] = {}
    for one in places:
        gaps = {v: missing_for(v, one.inputs) for v in wanted}
        missing[one.id] = {v: gap for v, gap in gaps.items() if gap}
        sources |= dict.fromkeys(s for document in one.plans for s in document.sources)
        found = stated(one)
        ages = [a for c in found for a in (c.measure.ages, c.measure.of_ages) if a]
        if not found:
            continue
        by_variant = []
        for variant in (v for v in wanted if not gaps[v]):
            run = course(one, variant, [*ages, "0+"])
            sources |= dict.fromkeys(run.sums.attrs["sources"])
            by_variant.append(_compared(run, found, solved))
        # One claim after the other, each under all variants.
        rows += [row for group in zip(*by_variant, strict=True) for row in group]
    return Claims(places, tuple(rows), missing, list(sources))


def _compared(run: Course, found: Sequence[Claim], solved: bool) -> list[Reproduction]:
    """All claims of a place under one variant."""
    why = [reason(claim, run) for claim in found]
    expected = [
        i
        for i, claim in enumerate(found)
        if solved
        and not (why[i] or claim.counted or claim.measure.form == "life_expectancy")
        # Nothing is assumed of the base year.
        and (claim.year or 0) > int(run.base["year"])
    ]
    assumptions: dict[int, tuple[Assumption, ...]] = {}
    for parameter in PARAMETERS:
        solutions = solve(run, [found[i] for i in expected], parameter)
        for position, solution in solutions.items():
            i = expected[position]
            assumptions[i] = (*assumptions.get(i, ()), solution)
    rows = []
    for i, claim in enumerate(found):
        engine = None if why[i] else _engine(claim, run)
        lacking = "no peak" if engine is None and not why[i] else why[i]
        passed = None if why[i] else reached(claim, run)
        rows.append(
            Reproduction(claim, run.variant, engine, lacking, passed, assumptions.get(i, ()))
        )
    return rows


def _engine(claim: Claim, run: Course) -> float | None:
    if claim.measure.form == "peak":
        return peak(claim, run.sums)
    if claim.measure.form == "life_expectancy":
        return float(run.life_expectancy.sel(year=claim.year))
    return float(figure(claim, run.sums))
