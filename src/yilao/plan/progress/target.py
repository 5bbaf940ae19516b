"""Where one target stands for one due year: what is said of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any, Literal

from yilao.plan.progress.rules import STATUSES
from yilao.plan.progress.words import NOTES


@dataclass(frozen=True)
class TargetStatus:
    """Where one target stands for one due year.

    Attributes
    ----------
    number : of the statement in the annex that ``Plan.to_excel`` writes.
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
