"""`audit`: all rules on one plan, the heaviest findings first."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pandas as pd

from yilao.examine import (
    bases,
    cohorts,
    documents,
    growth,
    labels,
    missing,
    ratios,
    shares,
    sizes,
    stocks,
    targets,
    workforce,
)
from yilao.examine.evidence import Evidence
from yilao.examine.finding import RULES, SEVERITIES, Finding
from yilao.place import Place, load_place
from yilao.plan import Plan, documents_of, load_plan
from yilao.schema import UnknownNameError, YilaoError

Rule = Callable[[Evidence], Iterator[Finding]]

# In the order of a careful reading: arithmetic, bases, what hangs together, people, words.
ALL: tuple[Rule, ...] = (
    ratios.ratio,
    bases.parts,
    bases.breaks,
    stocks.gap,
    stocks.stock_rate,
    cohorts.cohort,
    cohorts.census,
    growth.growth,
    growth.above,
    shares.part,
    shares.implied,
    shares.mean,
    shares.coverage,
    shares.overlap,
    sizes.conversions,
    sizes.sizes,
    sizes.users,
    workforce.staffed,
    workforce.served,
    workforce.per_worker,
    documents.conflict,
    documents.two_documents,
    documents.norms,
    labels.names,
    labels.units,
    labels.definitions,
    targets.old_target,
    targets.jumps,
    targets.same_figure,
    targets.floors,
    targets.base_year,
    targets.retrospective,
    missing.no_denominator,
    missing.no_base,
    missing.no_date,
    missing.no_period,
    missing.no_issue,
    missing.lost,
)


@dataclass(frozen=True)
class Audit:
    """Findings on one plan, heaviest first; each is in Chinese and English.

    Attributes
    ----------
    plan : the document that was examined.
    findings : what was found.
    sources : the document, and what it was compared with.
    """

    plan: Plan
    findings: tuple[Finding, ...]
    sources: list[str] = field(default_factory=list)

    def records(self, lang: str = "en") -> list[dict[str, object]]:
        """Return the findings for programs: rule, severity, place, document, statements, texts."""
        _check_language(lang)
        return [
            {
                "rule": f.rule,
                "severity": f.severity,
                "place": f.place,
                "document": f.document,
                "statements": list(f.statements),
                "quotes": list(f.quotes),
                "arithmetic": f.arithmetic(lang),
                "implication": f.implication(lang),
                "question": f.question(lang),
            }
            for f in self.findings
        ]

    def table(self, lang: str = "en") -> pd.DataFrame:
        """Return a row for each finding."""
        rows = [r | {"statements": ", ".join(f.statements), "quotes": "\n".join(f.quotes)}
                for r, f in zip(self.records(lang), self.findings, strict=True)]  # fmt: skip
        columns = ["rule", "severity", "place", "document", "statements"]
        columns += ["quotes", "arithmetic", "implication", "question"]
        return pd.DataFrame(rows, columns=columns)

    def to_json(self, lang: str = "en") -> str:
        """Return `records` as JSON."""
        return json.dumps(self.records(lang), ensure_ascii=False, indent=2)

    def to_markdown(self, lang: str = "en", *, quotes: bool = True) -> str:
        """Return a page: a heading for each severity, a paragraph for each finding."""
        _check_language(lang)
        words = {
            "zh": ("涉及", "算式", "推论", "请作者答复"),
            "en": ("Statements", "Arithmetic", "It follows", "Ask the authors"),
        }[lang]
        lines = [f"# {self.plan.title}", ""]
        for severity, name in SEVERITIES.items():
            mine = [f for f in self.findings if f.severity == severity]
            if mine:
                lines += [f"## {name(lang)} ({len(mine)})", ""]
            for f in mine:
                lines += [f"### {RULES[f.rule](lang)}", ""]
                if f.statements:
                    lines += [f"- {words[0]}: " + ", ".join(f"`{s}`" for s in f.statements)]
                if quotes:
                    lines += [f"  > {q}" for q in f.quotes]
                lines += [f"- {words[1]}: {f.arithmetic(lang)}".replace("\n", "\n  ")]
                lines += [f"- {words[2]}: {f.implication(lang)}"]
                lines += [f"- {words[3]}: {f.question(lang)}", ""]
        return "\n".join(lines)


def audit(
    plan: Plan | str, facts: Place | None = None, *, sisters: Sequence[Plan] | None = None
) -> Audit:
    """Examine a plan by arithmetic and demography: against itself, and the people who are alive.

    Printed digits carry half a unit of their last place, and only what no rounding explains is
    called a contradiction; what may have another reason is a doubt.  The rules know no place.

    Parameters
    ----------
    plan : a plan, or the name of a place with one packaged document.
    facts : the place of the plan with census, bulletins and projections; by default the packaged
        one, if there is one.  Rules that need it are silent without it.
    sisters : other documents of the place; by default the packaged ones.

    Returns
    -------
    Audit
        Findings, heaviest first, with statements, quotes, arithmetic, what follows, what to ask.

    Raises
    ------
    UnknownNameError
        The place is not packaged, or has several documents.
    YilaoError
        ``facts`` or a document of ``sisters`` are of another place than the plan.

    Notes
    -----
    A projection of five years misses those over 60 by less than 5 % and small children by less than
    10 % (docs/method.md); a statement within that is not accused, and one for later years has as
    much more room as its projection is longer.  Census, bulletins and projections are of residents;
    what is labelled registered is not held against them.

    Examples
    --------
    >>> found = audit("hangzhou")
    >>> found.findings[0].severity
    'contradiction'
    """
    if not isinstance(plan, Plan):
        plan = load_plan(plan)
    packaged = _packaged_place(plan.place)
    here = packaged.id if packaged else plan.place
    facts = facts or packaged
    if sisters is None:
        sisters = [s for s in documents_of(here) if s.document != plan.document]
    others = [facts.id] if facts else []
    for other in (*others, *(s.place for s in sisters)):
        if other not in (here, plan.place) and not other.startswith("own:"):
            raise YilaoError(
                f"The plan is of {plan.place}, what it is compared with is of {other}. "
                "Compare a plan with the people and documents of its own place."
            )
    evidence = Evidence(plan, facts, sisters)
    found = [finding for rule in ALL for finding in rule(evidence)]
    order = list(SEVERITIES)
    found.sort(key=lambda f: order.index(f.severity))
    return Audit(plan, tuple(found), evidence.sources)


def _check_language(lang: str) -> None:
    if lang not in ("zh", "en"):
        raise UnknownNameError(f"lang {lang!r} is not known. Use 'zh' or 'en'.")


def _packaged_place(name: str) -> Place | None:
    try:
        return load_place(name)
    except YilaoError:
        # A plan of the user's own place: arithmetic and words are examined without people.
        return None
