"""Which observations a target is held against: comparable ones, the base, the latest value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from yilao.plan.document import Plan
from yilao.plan.figures import Point
from yilao.plan.indicator import Indicator
from yilao.plan.progress.observations import Observation
from yilao.plan.progress.rules import Thresholds, reached
from yilao.projection import Projection

# Where two stand for one day, the later one of these is taken.
_ORDER = ("plan", "computed", "official", "given")


@dataclass(frozen=True)
class Known:
    """What a status is found from."""

    plan: Plan
    seen: tuple[Observation, ...]
    projection: Projection | None
    on: dt.date
    thresholds: Thresholds
    trend: Literal["linear", "compound"]


def comparable(
    seen: Sequence[Observation], indicator: Indicator
) -> tuple[list[Observation], list[Observation]]:
    """Return what counts the same as the indicator, oldest first, and what counts otherwise.

    Where the plan prints no basis, figures on that of the newest one are compared with each other.
    """
    names = {"", indicator.id, indicator.name_zh, indicator.name_en}
    label = indicator.basis_as_labelled.replace("unstated", "")
    fit: list[Observation] = []
    others: list[Observation] = []
    for one in seen:
        own = one.statement == indicator.statement
        if one.id != indicator.id:
            continue
        # Another mention may count a year where this one counts the whole period.
        if one.origin == "plan" and not own and one.accumulates != indicator.accumulates:
            continue
        same = own or (one.definition in names and (not label or one.basis in ("", label)))
        (fit if same else others).append(one)
    own_last = [(o.date, _ORDER.index(o.origin), o.statement == indicator.statement) for o in fit]
    order = sorted(range(len(fit)), key=own_last.__getitem__)
    fit = [fit[i] for i in order]
    basis = next((o.basis for o in reversed(fit) if o.basis), "")
    others += [o for o in fit if o.basis not in ("", basis)]
    return [o for o in fit if o.basis in ("", basis)], others


def base_of(
    plan: Plan, indicator: Indicator, year: int | None, fit: Sequence[Observation]
) -> tuple[Observation | None, str | None]:
    """Return what progress is counted from, and a note.

    It is the base of the row; else that of another mention with a target for the same year, or for
    any year where none is printed; else the first of several observations.
    """
    others = [m for m in plan.mentions(indicator.id) if m.statement != indicator.statement]
    if year is not None:
        others = [m for m in others if any(p.role == "target" and p.year == year for p in m.points)]
    for mention in (indicator, *others):
        dates = [
            p.date or dt.date(p.year, 12, 31) for p in mention.points if p.role == "base" and p.year
        ]
        own = [o for o in fit if o.statement == mention.statement and o.date in dates]
        if not own:
            continue
        base = own[0]
        if indicator.accumulates == "plan period":
            # What is counted over the plan's years begins at nothing, whatever was before.
            return replace(base, value=0.0, bound=False, statement=""), "counted from zero"
        if mention is not indicator:
            return base, "base of another mention"
        return base, "base is a bound" if base.bound else None
    return (fit[0], "base observed") if len(fit) > 1 else (None, None)


def latest_of(
    fit: Sequence[Observation],
    base: Observation | None,
    due: dt.date | None,
    point: Point,
    sign: int,
    *,
    within_year: bool,
) -> tuple[Observation | None, str | None]:
    """Return the value that a target is held against, and a note.

    It is the last one until the due date; where that does not reach the target, a later one that
    does, and else the first figure on or after the due date.  A flow of a year (``within_year``)
    cannot be made good by a later year.
    """
    after = [o for o in fit if base is None or o.date > base.date]
    in_time = [o for o in after if due is None or o.date <= due]
    late = [] if within_year else [o for o in after if o not in in_time]
    if not late or (in_time and reached(in_time[-1].value, point, sign)):
        return (in_time[-1], None) if in_time else (None, None)
    missed = bool(in_time) and in_time[-1].date == due
    for one in late:
        if reached(one.value, point, sign):
            return one, "met late" if missed else None
    return (in_time[-1] if missed else late[-1]), None


def over_same_people(
    base: Observation | None, latest: Observation | None, fit: Sequence[Observation]
) -> Observation | None:
    """Return the base worked out of its parts, where the latest value is; None where it cannot.

    Both are then over the same people, whatever people the printed base was divided by.
    """
    if base is None or latest is None or latest.origin != "computed" or base.origin != "plan":
        return None
    return next((o for o in fit if o.date == base.date and o.origin == "computed"), None)
