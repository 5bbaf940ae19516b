"""The checks of an entry of a plan, the same for TOML and spreadsheets."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Sequence
from typing import Any

from yilao.plan.figures import (
    ACCRUALS,
    BINDINGS,
    COMPARATORS,
    KINDS,
    RATIOS,
    ROLES,
    SIGNS,
    UNDATED,
    UNITS,
    Point,
    printed_figures,
    worded_figure,
)
from yilao.plan.indicator import Indicator
from yilao.plan.registry import concepts
from yilao.schema import BASES, FactsError

SOURCE_NEEDED, SOURCE_OPTIONAL = "document place title", "issuer issued note"
NEEDED = "id name_zh name_en unit kind comparator binding place_in_document quote"
OPTIONAL = "statement printed_unit accumulates modality denominator basis_as_labelled"
OPTIONAL += " responsible issue issue_zh"


def check_source(source: dict[str, Any], where: str) -> None:
    """Check what is said of the document as a whole."""
    check_keys(source, SOURCE_NEEDED, SOURCE_OPTIONAL, where)
    check(
        "note" in source or source.keys() >= {"issuer", "issued"},
        f"{where}, note: is missing. Say in it why issuer or issued is not known.",
    )


def checked_indicator(
    entry: dict[str, Any], where: str, rows: Sequence[str] | None = None
) -> Indicator:
    """Check one entry and return it; ``rows`` says for each point where it stands."""
    legible = "legible" in entry
    figures = "legible issue issue_zh" if legible else "points"
    check_keys(entry, f"{NEEDED} {figures}", OPTIONAL, where)
    unit, kind = entry["unit"], entry["kind"]
    wan = "万" in unit or "萬" in unit
    check(not wan, f"{where}, unit: {unit!r} holds 万. Give single units: 264万人 is 2640000.")
    _one_of(unit, UNITS, f"{where}, unit")
    _one_of(kind, KINDS, f"{where}, kind")
    _one_of(entry["comparator"], COMPARATORS, f"{where}, comparator")
    _one_of(entry["binding"], BINDINGS, f"{where}, binding")
    _one_of(entry.get("accumulates", "year"), ACCRUALS, f"{where}, accumulates")
    basis = entry.get("basis_as_labelled", "unstated")
    _one_of(basis, (*BASES, "unstated"), f"{where}, basis_as_labelled")
    stated = unit not in RATIOS or "denominator" in entry
    check(stated, f"{where}, denominator: is missing. A ratio ({unit}) needs one.")
    known = concepts().get(entry["id"])
    check(
        known is None or known.unit == unit,
        f"{where}, unit: {entry['id']} is counted in {known and known.unit!r}, not {unit!r}. "
        "Another definition needs another id.",
    )
    entry = {"statement": entry["id"], **entry}
    if legible:
        return Indicator(**{**entry, "legible": tuple(entry["legible"]), "points": ()})
    roles = [p.get("role") for p in entry["points"]]
    check(kind in roles, f"{where}, kind: no point has the role {kind!r}, only {roles}.")
    places = rows or [f"{where}, point {p.get('year', '')}".rstrip() for p in entry["points"]]
    pairs = zip(entry["points"], places, strict=True)
    points = tuple(_checked_point(p, entry, place) for p, place in pairs)
    check_once([f"points, {p.role} of {p.year or 'no year'}" for p in points], where)
    return Indicator(**{**entry, "points": points})


def _checked_point(raw: dict[str, Any], entry: dict[str, Any], where: str) -> Point:
    ends = ("low", "high") if "low" in raw or "high" in raw else ("value",)
    year = "" if raw.get("role") in UNDATED else "year"
    check_keys(raw, f"{year} role printed {' '.join(ends)}", "date comparator year", where)
    _one_of(raw["role"], ROLES, f"{where}, role")
    # The comparator of a target says nothing of its base, which is an equality.
    own = entry["comparator"] if raw["role"] == entry["kind"] else "="
    own = "range" if len(ends) == 2 else own.replace("range", "=")
    point = {"comparator": own, "year": None, **raw}
    comparator, printed = point["comparator"], point["printed"]
    _one_of(comparator, COMPARATORS, f"{where}, comparator")
    fits = SIGNS.get(printed[:1], comparator) == comparator
    fits = fits and (comparator == "range") == (len(ends) == 2)
    check(fits, f"{where}, comparator: {comparator!r} does not fit what is printed, {printed!r}.")
    given = [float(raw[end]) for end in ends]
    figures = printed_figures(printed, entry["unit"], entry.get("printed_unit", ""))
    shown = [float(figure) for figure, _ in figures]
    word = worded_figure(printed)
    if not shown and word is not None:
        shown = [word]
    # Other targets in words hold no figure to compare with.
    same = (not shown and raw["role"] in UNDATED) or (
        len(given) == len(shown) and all(map(math.isclose, given, shown))
    )
    check(same, f"{where}, {ends[0]}: {given} is not what is printed, {printed!r}.")
    check(given[0] <= given[-1], f"{where}, low: {given[0]} is above high, {given[-1]}.")
    return Point(**{**point, **dict(zip(ends, given, strict=True))})


def check_keys(table: dict[str, Any], needed: str, optional: str, where: str) -> None:
    """Check that every needed key is there, none is unknown, and each value is of its type."""
    known = [*needed.split(), *optional.split()]
    for key in needed.split():
        check(key in table, f"{where}, {key}: is missing. Needed are {needed.split()}.")
    for key, value in table.items():
        check(key in known, f"{where}, {key}: unknown key. Known are {known}.")
        if key in ("issued", "date"):
            fits, what = type(value) is dt.date, "a date, such as 2022-10-21 without quotes"
        elif key in ("indicator", "points"):
            fits, what = isinstance(value, list) and value != [], "a list of tables"
            fits = fits and all(isinstance(v, dict) for v in value)
        elif key == "legible":
            fits, what = isinstance(value, list) and value != [], "a list of texts"
            fits = fits and all(isinstance(v, str) for v in value)
        elif key == "source":
            fits, what = isinstance(value, dict), "a table"
        elif key == "year":
            fits, what = type(value) is int, "a year"
        elif key in ("value", "low", "high"):
            fits, what = type(value) in (int, float) and math.isfinite(value), "a number"
        else:
            fits, what = isinstance(value, str) and bool(value.strip()), "a text in quotes"
        check(fits, f"{where}, {key}: {value!r} is not {what}.")


def _one_of(text: str, known: Collection[str], where: str) -> None:
    check(text in known, f"{where}: {text!r} is not known. Known are {list(known)}.")


def check_once(names: list[str], where: str) -> None:
    """Check that no name stands twice."""
    for name in names:
        check(names.count(name) == 1, f"{where}, {name}: stands twice. Keep one or rename one.")


def check(holds: bool, message: str) -> None:
    """Raise FactsError with the message unless the condition holds."""
    if not holds:
        raise FactsError(message)
