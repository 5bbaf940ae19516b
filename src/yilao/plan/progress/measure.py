"""One target and due year beside what is observed: paces, projected value, status."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from yilao.plan.concepts import concepts
from yilao.plan.figures import Point
from yilao.plan.indicator import Indicator
from yilao.plan.progress.compare import Known, base_of, comparable, latest_of
from yilao.plan.progress.observations import Observation
from yilao.plan.progress.people import computed_share, count, scale, year_time
from yilao.plan.progress.rules import (
    STATUSES,
    aim,
    better,
    due_date,
    extrapolate,
    pace,
    reached,
    verdict,
)
from yilao.plan.progress.words import NOTES


@dataclass(frozen=True)
class TargetStatus:
    """Where one target stands for one due year.

    Attributes
    ----------
    number : of the statement among the targets of the document, in its order.
    year, due : year and day it is due; None where none is printed.
    base, base_date : what progress is counted from.
    target, printed : the value asked for, and the figure with its sign.
    latest, latest_date, source : the comparable value it is held against, and where it is from.
    progress, elapsed : parts of the way and of the time from base to target at ``latest_date``.
    past_pace, needed_pace : change per year until and after ``latest_date``, in units.
    past_growth, needed_growth : the same in percent per year.
    projected, projected_by : value at the due date, by ``trend``, ``projection`` or
        ``trend and projection`` (numerator by trend, people by projection).
    anticipated : part of the way covered at the due date.
    status : one of ``STATUSES``.
    retrospective : due before the document was issued; None where either date is not known.
    floor : the target is not better than its base.
    notes : codes of ``yilao.plan.progress.words.NOTES``.
    """

    number: int
    statement: str
    id: str
    name_zh: str
    name_en: str
    unit: str
    binding: str
    year: int | None = None
    due: dt.date | None = None
    target: float | None = None
    printed: str = ""
    base: float | None = None
    base_date: dt.date | None = None
    latest: float | None = None
    latest_date: dt.date | None = None
    source: str = ""
    progress: float | None = None
    elapsed: float | None = None
    past_pace: float | None = None
    needed_pace: float | None = None
    past_growth: float | None = None
    needed_growth: float | None = None
    projected: float | None = None
    projected_by: str = ""
    anticipated: float | None = None
    status: str = "cannot tell"
    retrospective: bool | None = None
    floor: bool = False
    notes: tuple[str, ...] = ()

    def row(self, lang: Literal["zh", "en"]) -> dict[str, Any]:
        """Return the fields, status and notes in words of a language among them."""
        zh = lang == "zh"
        notes = [NOTES[n][not zh] for n in self.notes]
        return asdict(self) | {
            "status_zh": STATUSES[self.status],
            "notes": ("；" if zh else "; ").join(notes),
        }


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
    floor = (
        base is not None
        and base_note not in ("base observed", "counted from zero")
        and sign != 0
        and reached(base.value, replace(point, comparator="="), sign)
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
    good = latest is not None and reached(latest.value, point, sign)
    why: str | None = None
    if flow and not indicator.accumulates:
        status, why = "cannot tell", "period not said"
    elif latest is None:
        status, why = _unobserved(known, found, bool(others))
    elif floor:
        status = "floor held" if good else "floor broken"
    elif good and (not yearly or due is None or latest.date.year == due.year):
        status = "met"
    else:
        status, why = _not_reached(known, found, sign, _noise(known, base))
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


def _unobserved(known: Known, found: TargetStatus, others: bool) -> tuple[str, str | None]:
    """Status without a comparable value after the base."""
    if others:
        return "definition changed", "definition differs"
    if found.due is not None and found.due < known.on:
        return "cannot tell", "due, not observed"
    if found.base is None:
        return "no base", "nothing observed"
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
    roles = [p.role for p in printed.points if p.year == base.date.year]
    low, high = printed.interval(base.date.year, role="base" if "base" in roles else "statistic")
    return (high - low) / 2


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
    if "projection" in found.projected_by and known.projection is not None:
        notes.add(f"projected {known.projection.population.attrs['basis']}")
    return notes
