"""The status of one target, and why where it cannot be told."""

from __future__ import annotations

from yilao.plan.figures import Point
from yilao.plan.indicator import Indicator
from yilao.plan.progress.compare import Known
from yilao.plan.progress.observations import Observation
from yilao.plan.progress.rules import better, due_date, reached, verdict
from yilao.plan.progress.target import TargetStatus
from yilao.plan.registry import concepts


def status_of(
    known: Known,
    found: TargetStatus,
    indicator: Indicator,
    point: Point,
    base: Observation | None,
    latest: Observation | None,
    others: bool,
) -> tuple[str, str | None]:
    """Return the status and, where it cannot be told, a note that says why."""
    concept = concepts().get(indicator.id)
    flow = concept is not None and concept.quantity == "flow"
    if flow and not indicator.accumulates:
        return "cannot tell", "period not said"
    # What is counted over a time begins at nothing: it has no base to lack.
    counted = indicator.accumulates if flow else ""
    if latest is None or found.latest is None or found.latest_date is None:
        return _unobserved(known, found, others, from_zero=counted in ("year", "plan period"))
    sign = better(point.comparator, concept.direction if concept else "")
    good = reached(found.latest, point, sign)
    if latest.bound and not good:
        # Of 5000余人 no one can say that they are fewer than 6,000.
        return "cannot tell", "latest is a bound"
    if found.floor:
        return "floor held" if good else "floor broken", None
    # A flow of a year before the due one shows what can be done, not that it was.
    early = flow and indicator.accumulates == "year" and found.latest_date.year != found.year
    if good and (not early or found.year is None):
        return "met", None
    if counted == "plan period" and found.base is None and found.due and found.due >= known.on:
        return "cannot tell", "start not said"
    return _not_reached(known, found, sign, _noise(known, base))


def _unobserved(
    known: Known, found: TargetStatus, others: bool, *, from_zero: bool
) -> tuple[str, str | None]:
    """Status without a comparable value after the base."""
    if others:
        return "definition changed", "definition differs"
    if found.due is not None and found.due < known.on:
        return "cannot tell", "due, not observed"
    if found.base is None:
        return ("cannot tell", "not observed") if from_zero else ("no base", "nothing observed")
    return "cannot tell", "nothing after base"


def _not_reached(
    known: Known, found: TargetStatus, sign: int, noise: float
) -> tuple[str, str | None]:
    """Status of a target that the latest value does not reach."""
    if not sign:
        return "cannot tell", "no direction"
    if found.due is None:
        return "cannot tell", "no due year"
    if found.latest_date is not None and found.latest_date >= found.due:
        return "overdue", None
    if found.due < known.on:
        return "cannot tell", "due, not observed"
    if found.base is None or found.latest is None:
        return "no base", "one value only"
    if found.anticipated is None:
        return "cannot tell", "no trend"
    moved = sign * (found.latest - found.base)
    return verdict(found.anticipated, moved, noise, known.thresholds), None


def _noise(known: Known, base: Observation | None) -> float:
    """Half a unit of the last digit of a printed base; a step back within it is none."""
    if base is None or not base.statement:
        return 0.0
    printed = known.plan[base.statement]
    stated = [p for p in printed.points if p.role in ("base", "statistic")]
    point = next(p for p in stated if due_date(p) == base.date)
    low, high = printed.interval(point.year, role=point.role)
    return (high - low) / 2
