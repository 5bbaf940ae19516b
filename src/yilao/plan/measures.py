"""Which measure of a population each concept is, and so whom it counts: a file, not code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from yilao import facts
from yilao.plan.relations import relations
from yilao.schema import BASES, FactsError

FORMS: tuple[str, ...] = (
    "count", "share", "increase", "growth", "peak", "life_expectancy", "",
)  # fmt: skip
_SPAN = re.compile(r"(\d+)(?:\+|-(\d+))")


@dataclass(frozen=True)
class Measure:
    """How a concept is read off a population.

    Attributes
    ----------
    id : of the concept.
    form : count (persons), share (percent), increase (persons per year), growth (percent per year),
        peak (the year in which the count is largest), life_expectancy (years, of the mortality
        behind the population); empty where the engine has nothing to compare.
    ages, of_ages : completed ages counted, and those of the denominator: ``60+``, ``0-2 60+``.
    basis : the people meant: resident or registered.
    reason_en, reason_zh : why there is nothing to compare.
    """

    id: str
    form: str
    ages: str
    of_ages: str
    basis: str
    reason_en: str = ""
    reason_zh: str = ""


@dataclass(frozen=True)
class People:
    """Whom a concept counts: its basis, and ages from low to below high, where it has one."""

    basis: str
    low: int
    high: int | None


def spans(ages: str) -> list[tuple[int, int | None]]:
    """Return the spans of completed ages that a text names, the last age included."""
    found = [_SPAN.fullmatch(part) for part in ages.split()]
    if not found or None in found:
        raise FactsError(f"ages: {ages!r} is not known. Write '60+', '0-2' or '0-2 60+'.")
    return [(int(m[1]), int(m[2]) if m[2] else None) for m in found if m]


def checked_measure(row: Mapping[str, str], where: str) -> Measure:
    """Return the measure of a row, or raise with file, row and field."""
    form = row["form"]
    if form not in FORMS:
        raise FactsError(f"{where}, form: {form!r} is not known. Known are {list(FORMS)}.")
    if row["basis"] not in BASES:
        raise FactsError(f"{where}, basis: {row['basis']!r} is not known. Known are {list(BASES)}.")
    for field in ("reason_en", "reason_zh"):
        if (row[field] == "") != (form != ""):
            raise FactsError(f"{where}, {field}: needed where there is no form, and only there.")
    needed = {"ages": form not in ("life_expectancy", ""), "of_ages": form == "share"}
    for field, wanted in needed.items():
        if (row[field] != "") != wanted:
            raise FactsError(f"{where}, {field}: {'missing' if wanted else 'not'} for {form!r}.")
        if wanted:
            spans(row[field])
    return Measure(**row)


@cache
def measures() -> Mapping[str, tuple[Measure, ...]]:
    """Return the measures by id of the concept; several where the ages can be read in two ways.

    Raises
    ------
    FactsError
        A row of the packaged file holds a form, basis or age that is not known.

    Examples
    --------
    >>> [m.ages for m in measures()["population_0_3"]]
    ['0-2', '0-3']
    """
    found: dict[str, tuple[Measure, ...]] = {}
    for number, row in enumerate(facts.read_table(facts.DATA / "plans" / "measures.csv"), 2):
        measure = checked_measure(row, f"measures.csv, row {number}")
        found[measure.id] = (*found.get(measure.id, ()), measure)
    return found


@cache
def people_counted(concept: str) -> tuple[People, ...]:
    """Return whom a concept of people counts, one entry per reading; empty for other concepts.

    Examples
    --------
    >>> [p.high for p in people_counted("population_0_3")]
    [3, 4]
    """
    found = [m for m in measures().get(concept, ()) if m.form == "count" and " " not in m.ages]
    ends = [(m.basis, *spans(m.ages)[0]) for m in found]
    return tuple(
        People(basis, low, None if last is None else last + 1) for basis, low, last in ends
    )


def meant(concept: str) -> tuple[str, ...]:
    """Return the concepts of people that a denominator may mean, the likeliest first.

    Documents leave open whom 每千人口 and 老年人 count; any other concept means itself.

    Examples
    --------
    >>> meant("population"), meant("population_65plus")
    (('population_resident', 'population_registered'), ('population_65plus',))
    """
    names = dict(relations("one_of")).get(concept, (concept,))
    return tuple(name for name in names if people_counted(name))
