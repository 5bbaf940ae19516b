"""Status of one target: thresholds, what counts as reached, and the verdict, on plain numbers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from yilao.plan.figures import Point
from yilao.schema import YilaoError

# In the order of a legend.
STATUSES: dict[str, str] = {
    "met": "已达标",
    "on track": "进度正常",
    "nearly": "略慢",
    "behind": "滞后",
    "moving away": "倒退",
    "floor held": "守住底线",
    "floor broken": "跌破底线",
    "overdue": "逾期未达",
    "no base": "缺基数",
    "definition changed": "口径不同",
    "cannot tell": "无法判断",
}


@dataclass(frozen=True)
class Thresholds:
    """What part of the way must be covered at the due year, as things go, to be called so.

    ``on_track`` is 0.95 as in the Progress Chart of the United Nations and in Statistics Canada's
    method, ``nearly`` 0.60 as in the latter (docs/plan-status.md gives the references); below is
    *behind*, and below nothing *moving away*.
    """

    on_track: float = 0.95
    nearly: float = 0.60

    def __post_init__(self) -> None:
        if not 0 < self.nearly < self.on_track <= 1:
            raise YilaoError(
                f"thresholds: nearly {self.nearly} and on_track {self.on_track} are not in order. "
                "Needed is 0 < nearly < on_track <= 1."
            )


def better(comparator: str, direction: str) -> int:
    """Return 1 where more is better, -1 where less is, 0 where it is not known.

    The sign of the target goes before the registry: it is what the document says.
    """
    signs = {">=": 1, ">": 1, "<=": -1, "<": -1}
    return signs.get(comparator, {"more": 1, "less": -1}.get(direction, 0))


def aim(point: Point, sign: int) -> float:
    """Return the value that a target asks for: of a range the end that is reached first."""
    ends = [e for e in (point.value, point.low, point.high) if e is not None]
    return ends[-1] if sign < 0 else ends[0]


def reached(value: float, point: Point, sign: int) -> bool:
    """Say whether a value is what the target asks for.

    Without a sign of its own a target is read as "at least" where more is better and "at most"
    where less is; where neither is, the value or range itself is asked for.
    """
    wanted = aim(point, sign)
    # Ratios are worked out in floating point: 60.00000000000001 is 60.
    slack = 1e-9 * max(1.0, abs(wanted))
    if point.comparator in (">", "<"):
        return sign * (value - wanted) > slack
    if sign:
        return sign * (value - wanted) >= -slack
    high = point.high if point.high is not None else wanted
    return wanted - slack <= value <= high + slack


def pace(start: float, end: float, years: float) -> tuple[float | None, float | None]:
    """Return the change from ``start`` to ``end`` in units and in percent per year.

    The one is (end - start) / years, the other 100 · ((end / start)^(1 / years) - 1), which needs
    both ends above zero; None where they are not, and both None over no time.

    Examples
    --------
    >>> [round(p, 6) for p in pace(100.0, 121.0, 2.0)]
    [10.5, 10.0]
    """
    if years <= 0:
        return None, None
    growth = 100 * ((end / start) ** (1 / years) - 1) if start > 0 and end > 0 else None
    return (end - start) / years, growth


def extrapolate(
    start: float, end: float, years: float, ahead: float, trend: Literal["linear", "compound"]
) -> float | None:
    """Go on from ``end`` for ``ahead`` years as from ``start`` to ``end``; None without a pace."""
    absolute, growth = pace(start, end, years)
    if trend == "compound":
        return None if growth is None else float(end * (1 + growth / 100) ** ahead)
    return None if absolute is None else end + absolute * ahead


def verdict(anticipated: float, moved: float, noise: float, thresholds: Thresholds) -> str:
    """Return the status of a target that is neither reached nor due.

    Parameters
    ----------
    anticipated : part of the way from base to target that is covered at the due year.
    moved : change since the base, positive towards the target.
    noise : rounding of the base: a step back within it is none.
    thresholds : see ``Thresholds``.
    """
    slack = 1e-9
    if anticipated >= thresholds.on_track - slack:
        return "on track"
    # Where a step forth so far ends behind the base, people grow faster than the stock above them.
    if moved < -noise or (anticipated < 0 < moved):
        return "moving away"
    return "nearly" if anticipated >= thresholds.nearly - slack else "behind"


def due_date(point: Point) -> dt.date | None:
    """Return the day a target is due: as printed, or the last of its year; None without a year."""
    return point.date or (None if point.year is None else dt.date(point.year, 12, 31))
