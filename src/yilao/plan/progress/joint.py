"""Rates and stocks that belong together: beds, and beds per 1,000 older people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yilao.plan.progress.compare import Known
from yilao.plan.progress.people import count, scale
from yilao.plan.progress.target import TargetStatus
from yilao.plan.registry import concepts

JOINT: dict[str, tuple[str, str]] = {
    "stock suffices": ("数量目标足以实现比率目标", "the stock target is enough for the rate"),
    "stock too small": (
        "数量目标实现了，比率目标仍不能实现",
        "the rate is missed even when the stock target is met",
    ),
    "not known": (
        "分母不是人口，或没有到期时的推算，未作比较",
        "the denominator is not people or not projected for the due date: not compared",
    ),
}


@dataclass(frozen=True)
class Joint:
    """A rate target and the stock target that is its numerator, due in the same year.

    Attributes
    ----------
    rate, stock : statements; ``year`` both are due.
    rate_target, stock_target, rate_status, stock_status : as in the table.
    denominator : id of what the rate divides by.
    implied : denominator for which both targets say the same: scale · stock / rate.
    projected : people projected for the due date; None where it is not people, or without a
        projection on the right basis.
    rate_reached : rate that the stock target gives over ``projected``.
    stock_needed : stock that the rate target asks for over ``projected``.
    finding : a code of ``JOINT``.
    """

    rate: str
    stock: str
    year: int
    rate_target: float
    stock_target: float
    rate_status: str
    stock_status: str
    denominator: str
    implied: float
    projected: float | None
    rate_reached: float | None
    stock_needed: float | None
    finding: str


def joint_targets(known: Known, targets: Sequence[TargetStatus]) -> tuple[Joint, ...]:
    """Put each rate beside the stock that is its numerator, year by year.

    Other mentions of both with the same figures are not repeated.
    """
    found: dict[tuple[str, str, int, float, float], Joint] = {}
    for rate in targets:
        concept = concepts().get(rate.id)
        if concept is None or concept.quantity not in ("rate", "share") or not rate.target:
            continue
        for stock in targets:
            if stock.id != concept.numerator or rate.due is None or stock.due != rate.due:
                continue
            label = known.plan[rate.statement].basis_as_labelled.replace("unstated", "")
            projection = known.projection
            if projection and label not in ("", projection.population.attrs["basis"]):
                projection = None
            people, k = count(projection, concept.denominator, rate.due), scale(rate.unit)
            reached = k * (stock.target or 0.0) / people if people else None
            enough = reached is not None and reached >= rate.target * (1 - 1e-9)
            finding = "stock suffices" if enough else "stock too small"
            key = (rate.id, stock.id, rate.due.year, rate.target, stock.target or 0.0)
            found.setdefault(
                key,
                Joint(
                    rate=rate.statement,
                    stock=stock.statement,
                    year=rate.due.year,
                    rate_target=rate.target,
                    stock_target=stock.target or 0.0,
                    rate_status=rate.status,
                    stock_status=stock.status,
                    denominator=concept.denominator,
                    implied=k * (stock.target or 0.0) / rate.target,
                    projected=people,
                    rate_reached=reached,
                    stock_needed=rate.target * people / k if people else None,
                    finding="not known" if people is None else finding,
                ),
            )
    return tuple(found.values())
