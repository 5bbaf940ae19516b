"""What documents say of the population, what the engine gives, and what would make it true."""

from yilao.plan.measures import Measure, measures
from yilao.reproduce.assume import PARAMETERS, PLAUSIBLE, Assumption, rates_under
from yilao.reproduce.claims import Claims, Reproduction, claims
from yilao.reproduce.stated import Claim, stated

__all__ = [
    "PARAMETERS",
    "PLAUSIBLE",
    "Assumption",
    "Claim",
    "Claims",
    "Measure",
    "Reproduction",
    "claims",
    "measures",
    "rates_under",
    "stated",
]
