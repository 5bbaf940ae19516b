"""What a plan says: targets, statistics and projections of a document, each with its quote.

One TOML file holds one document; two documents of one city that disagree are both kept.  Figures
are in single units beside the text as printed; a doubt stands in ``issue``, never in the value.
"""

from __future__ import annotations

import datetime as dt
import difflib
import math
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import pandas as pd

from yilao import facts
from yilao.plan.indicator import (
    BINDINGS,
    COMPARATORS,
    KINDS,
    RATIOS,
    ROLES,
    SIGNS,
    UNITS,
    Indicator,
    Point,
    printed_figures,
)
from yilao.schema import BASES, FactsError, UnknownNameError


@dataclass(frozen=True)
class Plan:
    """One document: where it comes from and its indicators; ``plan["id"]`` gives one of them."""

    place: str
    document: str
    title: str
    indicators: tuple[Indicator, ...]
    issuer: str = ""
    issued: dt.date | None = None
    note: str = ""

    def __getitem__(self, name: str) -> Indicator:
        by_id = {i.id: i for i in self.indicators}
        if name in by_id:
            return by_id[name]
        near = difflib.get_close_matches(str(name), by_id, n=5, cutoff=0.5)
        near += [i.id for i in self.indicators if str(name) in f"{i.id} {i.name_zh} {i.name_en}"]
        raise UnknownNameError(
            f"{self.place}, {self.document}: no indicator {name!r}. "
            f"{'Similar' if near else 'Known'}: {', '.join(dict.fromkeys(near or by_id))}."
        )

    @property
    def sources(self) -> list[str]:
        """The document in one line: title, issuer, date, place."""
        issuer, issued = self.issuer or "issuer not stated", self.issued or "date not stated"
        return [f"{self.title}, {issuer}, {issued} ({self.place})"]


def load_plan(place: str, *, document: str | None = None) -> Plan:
    """Return the packaged plan document of a place.

    Parameters
    ----------
    place : id, name or six-digit code.
    document : needed where a place has several; ``plans()`` lists them.

    Raises
    ------
    UnknownNameError
        The place or document is not packaged, or the place has several documents.

    Examples
    --------
    >>> print(load_plan("杭州")["childcare_places"])  # doctest: +ELLIPSIS
    3岁以下婴幼儿照护服务托位数 Childcare places ... (个, places): 2022 统计 statistic 44,000
    """
    wanted = facts.find_place(place).id
    of_place = [p for p in _packaged() if p.place == wanted]
    found = [p for p in of_place if document in (None, p.document)]
    if len(found) == 1:
        return found[0]
    missing = f"no document {document!r}" if document else "no document"
    what = f"{len(found)} documents" if found else missing
    known = [f"document={p.document!r} ({p.title})" for p in of_place]
    known = known or sorted({f"place {p.place!r}" for p in _packaged()})
    raise UnknownNameError(
        f"{wanted} has {what}. Choose {' or '.join(known)}; read_plan(path) reads your own."
    )


def plans() -> pd.DataFrame:
    """Return a table of the packaged documents: place, document, title, issued, indicators."""
    columns = ["place", "document", "title", "issued", "indicators"]
    rows = [(p.place, p.document, p.title, p.issued, len(p.indicators)) for p in _packaged()]
    return pd.DataFrame(rows, columns=columns).astype({"issued": "datetime64[s]"})


@cache
def _packaged() -> tuple[Plan, ...]:
    found = [read_plan(f) for f in (facts.DATA / "plans").iterdir() if f.name.endswith(".toml")]
    return tuple(sorted(found, key=lambda p: (p.place, p.document)))


def read_plan(path: str | Path | Traversable) -> Plan:
    """Read a plan document from a TOML file of your own, with the checks of the packaged ones.

    Raises
    ------
    FactsError
        The file is not valid TOML in UTF-8, or an entry is incomplete, unknown, repeated or does
        not agree with the figure as printed; the message names file, entry and field.
    """
    path = Path(path) if isinstance(path, str) else path
    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FactsError(f"{path.name}: the file is not valid TOML in UTF-8: {error}.") from None
    _keys(data, "source indicator", "", path.name)
    source, where = data["source"], f"{path.name}, source"
    _keys(source, "document place title", "issuer issued note", where)
    _check(
        "note" in source or source.keys() >= {"issuer", "issued"},
        f"{where}, note: is missing. Say in it why issuer or issued is not known.",
    )
    entries = tuple(_indicator(e, i, path.name) for i, e in enumerate(data["indicator"], 1))
    _once([f"entry {e.id!r}, id" for e in entries], path.name)
    return Plan(**source, indicators=entries)


def _indicator(entry: dict[str, Any], number: int, file: str) -> Indicator:
    where = f"{file}, entry {entry.get('id', number)!r}"
    needed = "id name_zh name_en unit kind comparator binding points place_in_document quote"
    _keys(entry, needed, "modality denominator basis_as_labelled issue issue_zh", where)
    unit, kind = entry["unit"], entry["kind"]
    wan = "万" in unit or "萬" in unit
    _check(not wan, f"{where}, unit: {unit!r} holds 万. Give single units: 264万人 is 2640000.")
    _one_of(unit, UNITS, f"{where}, unit")
    _one_of(kind, KINDS, f"{where}, kind")
    _one_of(entry["comparator"], COMPARATORS, f"{where}, comparator")
    _one_of(entry["binding"], BINDINGS, f"{where}, binding")
    basis = entry.get("basis_as_labelled", "unstated")
    _one_of(basis, (*BASES, "unstated"), f"{where}, basis_as_labelled")
    stated = unit not in RATIOS or "denominator" in entry
    _check(stated, f"{where}, denominator: is missing. A ratio ({unit}) needs one.")
    roles = [p.get("role") for p in entry["points"]]
    _check(kind in roles, f"{where}, kind: no point has the role {kind!r}, only {roles}.")
    points = tuple(_point(p, entry, where) for p in entry["points"])
    _once([f"points, {p.role} of {p.year}" for p in points], where)
    return Indicator(**{**entry, "points": points})


def _point(raw: dict[str, Any], entry: dict[str, Any], where: str) -> Point:
    where = f"{where}, point {raw.get('year', '')}".rstrip()
    ends = ("low", "high") if "low" in raw or "high" in raw else ("value",)
    _keys(raw, f"year role printed {' '.join(ends)}", "date comparator", where)
    _one_of(raw["role"], ROLES, f"{where}, role")
    # The comparator of a target says nothing of its base, which is an equality.
    own = entry["comparator"] if raw["role"] == entry["kind"] else "="
    own = "range" if len(ends) == 2 else own.replace("range", "=")
    point = {"comparator": own, **raw}
    comparator, printed = point["comparator"], point["printed"]
    _one_of(comparator, COMPARATORS, f"{where}, comparator")
    fits = SIGNS.get(printed[:1], comparator) == comparator
    fits = fits and (comparator == "range") == (len(ends) == 2)
    _check(fits, f"{where}, comparator: {comparator!r} does not fit what is printed, {printed!r}.")
    given = [float(raw[end]) for end in ends]
    shown = [float(figure) for figure, _ in printed_figures(printed, entry["unit"])]
    # 全覆盖 and other targets in words hold no figure to compare with.
    same = (not shown and raw["role"] == "target") or (
        len(given) == len(shown) and all(map(math.isclose, given, shown))
    )
    _check(same, f"{where}, {ends[0]}: {given} is not what is printed, {printed!r}.")
    _check(given[0] <= given[-1], f"{where}, low: {given[0]} is above high, {given[-1]}.")
    return Point(**{**point, **dict(zip(ends, given, strict=True))})


def _keys(table: dict[str, Any], needed: str, optional: str, where: str) -> None:
    known = [*needed.split(), *optional.split()]
    for key in needed.split():
        _check(key in table, f"{where}, {key}: is missing. Needed are {needed.split()}.")
    for key, value in table.items():
        _check(key in known, f"{where}, {key}: unknown key. Known are {known}.")
        if key in ("issued", "date"):
            fits, what = type(value) is dt.date, "a date, such as 2022-10-21 without quotes"
        elif key in ("indicator", "points"):
            fits, what = isinstance(value, list) and value != [], "a list of tables"
            fits = fits and all(isinstance(v, dict) for v in value)
        elif key == "source":
            fits, what = isinstance(value, dict), "a table"
        elif key == "year":
            fits, what = type(value) is int, "a year"
        elif key in ("value", "low", "high"):
            fits, what = type(value) in (int, float) and math.isfinite(value), "a number"
        else:
            fits, what = isinstance(value, str) and bool(value.strip()), "a text in quotes"
        _check(fits, f"{where}, {key}: {value!r} is not {what}.")


def _one_of(text: str, known: Collection[str], where: str) -> None:
    _check(text in known, f"{where}: {text!r} is not known. Known are {list(known)}.")


def _once(names: list[str], where: str) -> None:
    for name in names:
        _check(names.count(name) == 1, f"{where}, {name}: stands twice. Keep one or rename one.")


def _check(holds: bool, message: str) -> None:
    if not holds:
        raise FactsError(message)
