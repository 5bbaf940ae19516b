"""The data dictionary: dimensions, unit, bounds and meaning of every variable of a projection."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Variable:
    """One entry of the data dictionary.

    Attributes
    ----------
    dims : dimensions in their order; leading dimensions may stand before them.
    unit : the only unit accepted.
    low, high : values allowed, both ends included; None is no limit.
    meaning : one line for people.
    """

    dims: tuple[str, ...]
    unit: str
    low: float | None
    high: float | None
    meaning: str


VARIABLES: dict[str, Variable] = {
    "population": Variable(
        ("sex", "age"), "persons", 0.0, None, "people on 31 December of the year"
    ),
    "survival_ratio": Variable(
        ("year", "sex", "age"),
        "1",
        0.0,
        1.0,
        "share surviving the step into the age; age 0: from birth; the last: into the open group",
    ),
    "survival_ratio_open": Variable(
        ("year", "sex"), "1", 0.0, 1.0, "share surviving of those already in the open group"
    ),
    "survival_surface": Variable(
        ("level", "sex", "age"), "1", 0.0, 1.0, "survival ratios by mortality level"
    ),
    "mortality_level": Variable(
        ("year",), "1", None, None, "level at which the survival surface is read"
    ),
    # Far above anything seen: a rate per 1,000 women or a ratio per 100 girls is caught.
    "asfr": Variable(
        ("year", "age"),
        "births per woman per year",
        0.0,
        2.0,
        "fertility rate by completed age of the mother",
    ),
    "asfr_pattern": Variable(
        ("year", "age"), "1", 0.0, 1.0, "fertility by age, summing to 1; may leave out year"
    ),
    "tfr": Variable(
        ("year",),
        "births per woman",
        0.0,
        20.0,
        "level of the pattern: asfr = pattern * tfr / years of an age group",
    ),
    "srb": Variable(("year",), "males per female", 0.0, 10.0, "sex ratio at birth"),
    "net_migration": Variable(
        ("year", "sex", "age"),
        "persons per step",
        None,
        None,
        "net migrants by age; come evenly, half of them are one age older at the end of the step",
    ),
    "net_migration_rate": Variable(
        ("year", "sex", "age"),
        "per person per year",
        None,
        None,
        "net migrants per person of that sex and age at the start of the step",
    ),
    "migration_profile": Variable(
        ("year", "sex", "age"),
        "1",
        None,
        None,
        "net migration by sex and age, summing to 1; may leave out year",
    ),
    "migration_total": Variable(
        ("year",), "persons per step", None, None, "net migrants of both sexes and all ages"
    ),
    "immigration": Variable(
        ("year", "sex", "age"), "persons per step", 0.0, None, "migrants who come in"
    ),
    "emigration": Variable(
        ("year", "sex", "age"), "persons per step", 0.0, None, "migrants who leave"
    ),
    "emigration_rate": Variable(
        ("year", "sex", "age"),
        "per person per year",
        0.0,
        None,
        "migrants who leave per person of that sex and age at the start of the step",
    ),
    "lx": Variable(("year", "sex", "age"), "1", 0.0, 1.0, "survivors to the age, radix 1"),
    "Lx": Variable(
        ("year", "sex", "age"), "years", 0.0, None, "person-years lived in the age group, radix 1"
    ),
}
