"""One target and due year beside what is observed: paces, projected value, status."""

from __future__ import annotations

from dataclasses import replace

from yilao.plan.figures import Point
from yilao.plan.indicator import Indicator
from yilao.plan.progress.compare import Known, base_of, comparable, latest_of, over_same_people
from yilao.plan.progress.judge import status_of
from yilao.plan.progress.observations import Observation
from yilao.plan.progress.people import computed_share, count, scale, year_time
from yilao.plan.progress.rules import aim, better, due_date, extrapolate, pace, reached
from yilao.plan.progress.target import TargetStatus
from yilao.plan.progress.words import NOTES
from yilao.plan.registry import concepts


def lost(number: int, indicator: Indicator) -> TargetStatus:
    """Return the entry of a row whose cells were lost."""
    return replace(_blank(number, indicator), notes=("cells lost",))


def _blank(number: int, indicator: Indicator) -> TargetStatus:
    i = indicator
    return TargetStatus(number, i.statement, i.id, i.name_zh, i.name_en, i.unit, i.binding)


def measure(known: Known, number: int, indicator: Indicator, point: Point) -> TargetStatus:
    """Return where one target stands for one due year."""
    concept = concepts().get(indicator.id)
    sign = better(point.comparator, concept.direction if concept else "")
    due, issued = due_date(point), known.plan.issued
    flow = concept is not None and concept.quantity == "flow"
    fit, others = comparable(known.seen, indicator)
    base, base_note = base_of(known.plan, indicator, point.year, fit)
    others = [o for o in others if base is None or o.date > base.date]
    yearly = flow and indicator.accumulates == "year"
    latest, late_note = latest_of(fit, base, due, point, sign, within_year=yearly)
    if base_note == "base observed" and latest is None:
        # Of a due year before all others only one figure counts: no way can be measured.
        base, base_note = None, None
        latest, late_note = latest_of(fit, None, due, point, sign, within_year=yearly)
    if again := over_same_people(base, latest, fit):
        base, base_note = again, "base recomputed"
    floor = (
        base is not None
        and base_note not in ("base observed", "counted from zero")
        and sign != 0
        # A base of >99 holds a target of >99; one of 95 has yet to pass >95.
        and reached(base.value, replace(point, comparator="=") if base.bound else point, sign)
    )
    found = replace(
        _blank(number, indicator),
        year=point.year,
        due=due,
        target=aim(point, sign),
        printed=str(point),
        base=base.value if base else None,
        base_date=base.date if base else None,
        latest=latest.value if latest else None,
        latest_date=latest.date if latest else None,
        source=latest.source if latest else "",
        retrospective=None if due is None or issued is None else due < issued,
        floor=floor,
    )
    found = _paced(found)
    found = _projected(known, found, indicator, base, latest)
    status, why = status_of(known, found, indicator, point, base, latest, bool(others))
    if status in ("met", "floor held"):
        found = replace(found, needed_pace=None, needed_growth=None)
    notes = {why, base_note, late_note, *_basis_notes(found, indicator, latest, known)}
    if others and (not fit or max(o.date for o in others) > fit[-1].date):
        notes.add("definition differs")
    if found.retrospective:
        notes.add("retrospective")
    share = concept is not None and concept.quantity == "share"
    if share and (found.projected or 0.0) > scale(indicator.unit):
        notes.add("over the whole")
    if due and latest and latest.date > due and late_note is None:
        notes.add("seen later")
    return replace(found, status=status, notes=tuple(n for n in NOTES if n in notes))


def _paced(found: TargetStatus) -> TargetStatus:
    """Fill in progress, time elapsed, and the paces before and after the latest value."""
    base, latest, target = found.base, found.latest, found.target
    if latest is None or found.latest_date is None or target is None:
        return found
    now = year_time(found.latest_date)
    left = year_time(found.due) - now if found.due else 0.0
    needed, needed_growth = pace(latest, target, left)
    found = replace(found, needed_pace=needed, needed_growth=needed_growth)
    if base is None or found.base_date is None:
        return found
    gone = now - year_time(found.base_date)
    past, growth = pace(base, latest, gone)
    return replace(
        found,
        past_pace=past,
        past_growth=growth,
        progress=None if found.floor or target == base else (latest - base) / (target - base),
        elapsed=gone / (gone + left) if found.due and gone + left > 0 else None,
    )


def _projected(
    known: Known,
    found: TargetStatus,
    indicator: Indicator,
    base: Observation | None,
    latest: Observation | None,
) -> TargetStatus:
    """Fill in the value at the due date: of people by projection, of all else by trend."""
    if found.due is None or found.target is None:
        return found
    bases = {indicator.basis_as_labelled.replace("unstated", "")}
    bases |= {o.basis for o in (base, latest) if o is not None}
    projection = known.projection
    if projection is not None and bases - {"", projection.population.attrs["basis"]}:
        projection = None
    concept = concepts().get(indicator.id)
    value, by = computed_share(projection, concept, found.due), "projection"
    if value is None and base and latest and latest.date < found.due:
        dates = (base.date, latest.date, found.due)
        # A rate has a stock above, which goes on as it did; the share of people who are reached
        # goes on as a share, for nothing keeps the number reached when people become fewer.
        over = concept.denominator if concept and concept.quantity == "rate" else ""
        counted = [count(projection, over, d) for d in dates]
        people = [1.0 if None in counted else p or 0.0 for p in counted]
        by = "trend" if None in counted else "trend and projection"
        k = scale(indicator.unit)
        first, last, end = (year_time(d) for d in dates)
        tops = base.value * people[0] / k, latest.value * people[1] / k
        top = extrapolate(*tops, last - first, end - last, known.trend)
        value = None if top is None else k * top / people[2]
    if value is None:
        return found
    way = found.target - base.value if base and not found.floor else 0.0
    part = (value - base.value) / way if base and way else None
    return replace(found, projected=value, projected_by=by, anticipated=part)


def _basis_notes(
    found: TargetStatus, indicator: Indicator, latest: Observation | None, known: Known
) -> set[str]:
    """Say on which people a figure stands where the document does not."""
    notes = set()
    if latest is not None:
        notes |= {"latest is a bound"} if latest.bound else set()
        notes |= {"latest computed"} if latest.origin == "computed" else set()
        if latest.basis and indicator.basis_as_labelled == "unstated":
            notes.add(f"compared with {latest.basis}")
    over = "projection" in found.projected_by or (latest is not None and latest.projected)
    if over and known.projection is not None:
        notes.add(f"projected {known.projection.population.attrs['basis']}")
    return notes
