"""What a plan says: targets, statistics and projections of a document, each with its quote.

One TOML file holds one document; two documents of one city that disagree are both kept.  Figures
are in single units beside the text as printed; a doubt stands in ``issue``, never in the value.
"""

from __future__ import annotations

import datetime as dt
import difflib
import math
import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from yilao import facts
from yilao.schema import BASES, FactsError, UnknownNameError

# A whole number of these that is printed in full is exact.
_COUNTS = {"persons": "人", "places": "个", "beds": "张", "institutions": "家", "households": "户"}
_RATIOS = {"percent": "%", "per 1,000 people": "每千人口", "per 10,000 people": "每万人口"}
_RATIOS |= {"per 1,000 older people": "每千名老年人", "per 10,000 older people": "每万名老年人"}
_OTHERS = {"persons per year": "人/年", "years": "岁", "calendar year": "年"}
UNITS: dict[str, str] = _COUNTS | _RATIOS | _OTHERS
KINDS: dict[str, str] = {"target": "目标", "statistic": "统计", "projection": "预测"}
ROLES: dict[str, str] = {"base": "基数"} | KINDS
COMPARATORS: dict[str, str] = {"=": "", "range": "", "about": "≈", ">=": "≥", "<=": "≤"}
COMPARATORS |= {">": ">", "<": "<"}
BINDINGS: tuple[str, ...] = ("约束性", "预期性", "unstated")
_SIGNS = {"≥": ">=", "≤": "<=", ">": ">", "<": "<", "\uff1e": ">", "\uff1c": "<"}
_SCALE = {"百": 100, "千": 1000, "万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_FIGURE = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*([百千]?[万萬亿億]|[百千])?")


@dataclass(frozen=True)
class Point:
    """One figure: a value, or a range from ``low`` to ``high``, for a year, in a role."""

    year: int
    role: str
    printed: str
    comparator: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    date: dt.date | None = None

    def __str__(self) -> str:
        figures = [self.low, self.high] if self.value is None else [self.value]
        return COMPARATORS[self.comparator] + "-".join(f"{f:,.10g}" for f in figures)


@dataclass(frozen=True)
class Indicator:
    """One indicator of a document, as printed, with its points by year and role."""

    id: str
    name_zh: str
    name_en: str
    unit: str
    kind: str
    comparator: str
    binding: str
    points: tuple[Point, ...]
    place_in_document: str
    quote: str
    modality: str = ""
    denominator: str = ""
    basis_as_labelled: str = ""
    issue: str = ""
    issue_zh: str = ""

    def target(self, year: int, *, path: Literal["hold", "linear"] | None = None) -> float:
        """Return the target of a year, in the unit of the indicator.

        Parameters
        ----------
        year : the year the target is due.
        path : by default a target holds in its own years only; ``"hold"`` carries the latest
            earlier target forward, ``"linear"`` joins base and targets by straight lines.

        Raises
        ------
        UnknownNameError
            There is no target for the year, the target is a range, or ``path`` is unknown.

        Examples
        --------
        >>> norm = load_plan("hangzhou")["childcare_places_per_1000"]
        >>> norm.target(2025), norm.target(2030, path="hold")
        (4.6, 4.6)
        """
        if path not in (None, "hold", "linear"):
            raise UnknownNameError(f"path {path!r} is not known. Use 'hold', 'linear' or None.")
        due = {p.year: p for p in self.points if p.role == "target"}
        held = [y for y in due if y <= year]
        if year in due or (held and path == "hold"):
            return self._single(due[max(held)])
        known = {p.year: p for p in self.points if p.role == "base"} | due
        years = sorted(known)
        if path == "linear" and due and years[0] <= year <= years[-1]:
            return float(np.interp(year, years, [self._single(known[y]) for y in years]))
        raise UnknownNameError(
            f"{self.id}: no target for {year}. The document states {self._stated()}. .value(year) "
            "gives a base, statistic or projection; path='hold' carries a target forward, "
            "path='linear' joins base and targets."
        )

    def value(self, year: int, *, role: str | None = None) -> float:
        """Return the figure of a year, whatever its role; ``role`` chooses where there are two.

        Raises
        ------
        UnknownNameError
            There is no figure for the year, there is more than one, or it is a range.
        """
        return self._single(self._point(year, role))

    def interval(self, year: int, *, role: str | None = None) -> tuple[float, float]:
        """Return the lowest and the highest value that the printed figure can stand for.

        A target is exact.  Any other figure carries half a unit of its last printed digit, unless
        it is a count printed in full; a bound (``>``, 余) is open to its side.

        Raises
        ------
        UnknownNameError
            There is no figure for the year, or more than one.

        Examples
        --------
        >>> load_plan("hangzhou")["childcare_shortfall"].interval(2025)
        (28500.0, 29500.0)
        """
        point = self._point(year, role)
        if point.role == "target":
            ends = [e for e in (point.value, point.low, point.high) if e is not None]
            return ends[0], ends[-1]
        figures = _figures(point.printed, self.unit)
        (low, half_low), (high, half_high) = figures[0], figures[-1]
        if point.comparator in (">", ">="):
            return float(low), math.inf
        if point.comparator in ("<", "<="):
            return -math.inf, float(high)
        return float(low - half_low), float(high + half_high)

    def describe(self, lang: Literal["zh", "en"] = "en") -> str:
        """Return the indicator as lines of text: figures, denominator, quote and doubt."""
        if lang not in ("zh", "en"):
            raise UnknownNameError(f"lang {lang!r} is not known. Use 'zh' or 'en'.")
        zh = lang == "zh"
        lines = [f"{self.name_zh if zh else self.name_en} ({self.id})"]
        for p in self.points:
            role, unit = (ROLES[p.role], UNITS[self.unit]) if zh else (p.role, self.unit)
            lines.append(f"  {p.year} {role}: {p} {unit} “{p.printed}”")
        unstated = "未注明" if zh else "not stated"
        doubts = [self.issue, self.issue_zh]
        for label_zh, label, text in (
            ("分母", "denominator", self.denominator),
            ("属性", "attribute", self.binding.replace("unstated", unstated)),
            ("原文", "quote", f"“{self.quote}” ({self.place_in_document})"),
            ("存疑", "doubt", doubts[zh] or doubts[not zh]),
        ):
            lines += [f"  {label_zh if zh else label}: {text}"] if text else []
        return "\n".join(lines)

    def __str__(self) -> str:
        figures = ", ".join(f"{p.year} {ROLES[p.role]} {p.role} {p}" for p in self.points)
        return f"{self.name_zh} {self.name_en} ({UNITS[self.unit]}, {self.unit}): {figures}"

    def _stated(self) -> str:
        return ", ".join(f"{p.year} ({p.role})" for p in self.points)

    def _point(self, year: int, role: str | None) -> Point:
        found = [p for p in self.points if p.year == year and role in (None, p.role)]
        if len(found) == 1:
            return found[0]
        what = f"{len(found)} figures" if found else "no figure"
        raise UnknownNameError(
            f"{self.id}: {what} for {year}{f' as {role}' if role else ''}. The document states "
            f"{self._stated()}; role= chooses among several of one year."
        )

    def _single(self, point: Point) -> float:
        if point.value is None:
            raise UnknownNameError(
                f"{self.id}: {point.year} is a range, {point.printed}. Use .interval({point.year})."
            )
        return point.value


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
    what = f"{len(found)} documents" if found else f"no document {document or ''}".rstrip()
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
    stated = unit not in _RATIOS or "denominator" in entry
    _check(stated, f"{where}, denominator: is missing. A ratio ({unit}) needs one.")
    points = tuple(_point(p, entry, where) for p in entry["points"])
    _once([f"points, {p.role} of {p.year}" for p in points], where)
    kinds = [p.role for p in points]
    _check(kind in kinds, f"{where}, kind: no point has the role {kind!r}, only {kinds}.")
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
    fits = _SIGNS.get(printed[:1], comparator) == comparator
    fits = fits and (comparator == "range") == (len(ends) == 2)
    _check(fits, f"{where}, comparator: {comparator!r} does not fit what is printed, {printed!r}.")
    given = [float(raw[end]) for end in ends]
    shown = [float(figure) for figure, _ in _figures(printed, entry["unit"])]
    # 全覆盖 and other targets in words hold no figure to compare with.
    same = (not shown and raw["role"] == "target") or (
        len(given) == len(shown) and all(map(math.isclose, given, shown))
    )
    _check(same, f"{where}, {ends[0]}: {given} is not what is printed, {printed!r}.")
    _check(given[0] <= given[-1], f"{where}, low: {given[0]} is above high, {given[-1]}.")
    return Point(**{**point, **dict(zip(ends, given, strict=True))})


def _figures(printed: str, unit: str) -> list[tuple[Decimal, Decimal]]:
    """Return each figure of a printed text, in single units, with half a unit of its last digit."""
    found = [(Decimal(a.replace(",", "")), b) for a, b in _FIGURE.findall(printed)]
    # In 25—30万 the first figure is in 万 too; in 9000—1万 it is not.
    if len(found) == 2 and not found[0][1] and found[0][0] < found[1][0]:
        found[0] = (found[0][0], found[1][1])
    figures = []
    for figure, word in found:
        scale, digit = math.prod(_SCALE[c] for c in word), int(figure.as_tuple().exponent)
        exact = unit in _COUNTS and not word and digit == 0
        half = Decimal(0 if exact else 5).scaleb(digit - 1) * scale
        figures.append((figure * scale, half))
    return figures


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
