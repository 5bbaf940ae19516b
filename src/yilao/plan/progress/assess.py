"""Where each target of a plan stands: progress against time, pace, projected value, status."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

import pandas as pd

from yilao.plan.document import Plan
from yilao.plan.measures import measures, people_counted
from yilao.plan.progress import words
from yilao.plan.progress.compare import Known
from yilao.plan.progress.joint import Joint, joint_targets
from yilao.plan.progress.measure import lost, measure
from yilao.plan.progress.observations import computed, packaged, read_observations
from yilao.plan.progress.people import check_projection
from yilao.plan.progress.rules import Thresholds
from yilao.plan.progress.target import TargetStatus
from yilao.plan.registry import concepts
from yilao.projection import Projection
from yilao.schema import YilaoError

Lang = Literal["zh", "en"]


@dataclass(frozen=True, repr=False)
class Assessment:
    """Where the targets of a plan stand on a date, the binding ones (约束性) first.

    Attributes
    ----------
    plan, on : the document and the date; nothing observed later is used.
    targets : one entry for each target and due year.
    joint : rates and stocks that belong together.
    thresholds, trend : how the status was found.
    sources : of all that was used.
    """

    plan: Plan
    on: dt.date
    targets: tuple[TargetStatus, ...]
    joint: tuple[Joint, ...]
    thresholds: Thresholds
    trend: str
    sources: tuple[str, ...]

    def __repr__(self) -> str:
        plan = self.plan
        return (
            f"<Assessment of {plan.place}, {plan.document}, on {self.on}: {len(self.targets)} "
            "targets and due years; .table() shows them>"
        )

    @property
    def current(self) -> tuple[TargetStatus, ...]:
        """One entry for each statement: the target that is due next, else the last one."""
        chosen: dict[str, TargetStatus] = {}
        for target in self.targets:  # those of one statement stand in the order they are due
            held = chosen.get(target.statement)
            if held is None or (held.due is not None and held.due < self.on):
                chosen[target.statement] = target
        return tuple(chosen.values())

    def table(self, *, lang: Lang | None = None) -> pd.DataFrame:
        """Return a row for each target and due year.

        Without ``lang`` the columns are the fields of ``TargetStatus``; with it they are worded,
        and status and notes are in that language.
        """
        if lang is not None:
            frame = words.worded(self.targets, lang)
        else:
            numbers = f"target progress elapsed anticipated {words.NUMBERS}"
            columns = [*(field.name for field in fields(TargetStatus)), "status_zh"]
            frame = pd.DataFrame([t.row("en") for t in self.targets], columns=columns)
            frame = frame.astype({"year": "Int64"} | dict.fromkeys(numbers.split(), float))
        frame.attrs["sources"] = list(self.sources)
        return frame

    def to_excel(self, path: str | Path, *, lang: Lang = "zh") -> None:
        """Write the plan's own annex with the status beside it, and every due year.

        The sheet 指标 is the annex of ``Plan.to_excel`` with the columns of the status, 进展 has a
        row for each target and due year, figures is what ``read_plan`` reads.

        Raises
        ------
        YilaoError
            The package openpyxl is not installed, the name does not end in ``.xlsx``, or the file
            cannot be written.
        """
        beside = words.beside(self.current, lang)
        self.plan.to_excel(path, beside=beside, sheets={"进展": self.table(lang=lang)})


def assess(
    plan: Plan,
    observations: pd.DataFrame | str | Path | None = None,
    *,
    projection: Projection | None = None,
    on: dt.date | None = None,
    thresholds: Thresholds | None = None,
    trend: Literal["linear", "compound"] = "linear",
) -> Assessment:
    """Say for every numeric target of a plan where it stands on a date.

    Parameters
    ----------
    plan : the document.
    observations : DataFrame or CSV file with columns ``id``, ``year`` or ``date``, ``value``,
        ``unit``, ``basis``, ``source`` and, where it counts something else than the plan,
        ``definition``.  Base values and statistics of the plan and packaged official figures are
        added.
    projection : of the plan's place; gives the people that rates are divided by, and shares and
        numbers of people themselves.
    on : the date; by default today.  Observations after it are left out.
    thresholds : by default 0.95 (on track) and 0.60 (nearly).
    trend : how an indicator goes on: by the same amount each year, or by the same percentage.

    Returns
    -------
    Assessment
        ``.table()`` is a pandas table; ``.joint`` has the rates and stocks that belong together.

    Raises
    ------
    FactsError, UnknownNameError
        The observations are incomplete or do not fit the plan.
    SchemaError, YilaoError
        The projection is of several futures or of another place; ``trend`` is not known or ``on``
        is not a day.

    Notes
    -----
    With base b at time s, latest value v at time t, target g due at time T and the value p that is
    projected for T, progress is (v - b) / (g - b), time elapsed (t - s) / (T - s), and the part of
    the way that is anticipated (p - b) / (g - b).  With a linear trend the last is progress over
    time elapsed.  Only the last value and the base count: where figures are noisy, a status is as
    noisy as they are.

    References
    ----------
    Statistics Canada, Progress Measurement Methodology for the Sustainable Development Goals, in
    the documentation of Open SDG.  United Nations Statistics Division (2023), Progress Chart
    Technical Note.  docs/plan-status.md says what is taken over and what differs.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from yilao.plan import load_plan
    >>> seen = pd.DataFrame([{"id": "nursing_bed_share", "year": 2023, "value": 34.0,
    ...                       "unit": "percent", "basis": "", "source": "made up"}])
    >>> found = assess(load_plan("ankang"), seen, on=dt.date(2024, 6, 30))
    >>> [(t.year, t.status) for t in found.targets if t.statement == "nursing_bed_share"][2:]
    [(2023, 'overdue'), (2024, 'nearly'), (2025, 'nearly')]
    """
    if trend not in ("linear", "compound"):
        raise YilaoError(f"trend {trend!r} is not known. Use 'linear' or 'compound'.")
    if on is not None and type(on) is not dt.date:
        raise YilaoError(
            f"on {on!r} is not a day. Give a datetime.date, such as date(2024, 12, 31)."
        )
    on = on or dt.date.today()
    thresholds = thresholds or Thresholds()
    if projection is not None:
        check_projection(plan, projection)
    stated = [i for i in plan.indicators if i.kind == "target"]
    names = {i.id: None for i in stated} | dict.fromkeys(filter(people_counted, measures()))
    for concept in [concepts()[i.id] for i in stated if i.id in concepts()]:
        names |= dict.fromkeys(filter(None, (concept.numerator, concept.denominator)))
    seen = [*packaged(plan, names), *read_observations(observations, plan)]
    seen = [o for o in seen if o.date <= on]
    for name in list(names):
        own = {o.date for o in seen if o.id == name and o.origin != "plan"}
        seen += [o for o in computed(name, seen, projection) if o.date not in own]
    known = Known(plan, tuple(seen), projection, on, thresholds, trend)
    found: list[TargetStatus] = []
    # Numbered as in the annex, which has the norms too.
    listed = [i for i in plan.indicators if i.kind in ("target", "norm")]
    for number, indicator in enumerate(listed, 1):
        if indicator.kind == "norm":
            continue
        points = [p for p in indicator.points if p.role == "target"]
        found += [measure(known, number, indicator, p) for p in points]
        found += [lost(number, indicator)] * bool(indicator.legible)
    order = ("约束性", "预期性", "unstated")
    found.sort(key=lambda t: (order.index(t.binding), t.number, t.due or dt.date.max))
    used = [t.source for t in found if t.source]
    if projection is not None:
        used += projection.population.attrs.get("sources", [])
    return Assessment(
        plan,
        on,
        tuple(found),
        joint_targets(known, found),
        thresholds,
        trend,
        tuple(dict.fromkeys([*plan.sources, *used])),
    )
