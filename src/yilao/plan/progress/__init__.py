"""Where the targets of a plan stand: observations beside targets, paces, projections, status."""

from yilao.plan.progress.assess import Assessment, assess
from yilao.plan.progress.joint import Joint
from yilao.plan.progress.observations import Observation
from yilao.plan.progress.rules import STATUSES, Thresholds
from yilao.plan.progress.target import TargetStatus

__all__ = [
    "STATUSES",
    "Assessment",
    "Joint",
    "Observation",
    "TargetStatus",
    "Thresholds",
    "assess",
]
