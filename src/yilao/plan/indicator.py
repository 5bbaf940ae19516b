"""One indicator of a plan: its figures as printed, their precision, and the words around them."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np

from yilao.schema import UnknownNameError

# A whole number of these that is printed in full is exact.
_COUNTS = {"persons": "人", "places": "个", "beds": "张", "institutions": "家", "households": "户"}
RATIOS = {"percent": "%", "per 1,000 people": "每千人口", "per 10,000 people": "每万人口"}
RATIOS |= {"per 1,000 older people": "每千名老年人", "per 10,000 older people": "每万名老年人"}
_OTHERS = {"persons per year": "人/年", "years": "岁", "calendar year": "年"}
UNITS: dict[str, str] = _COUNTS | RATIOS | _OTHERS
KINDS: dict[str, str] = {"target": "目标", "statistic": "统计", "projection": "预测"}
ROLES: dict[str, str] = {"base": "基数"} | KINDS
COMPARATORS: dict[str, str] = {"=": "", "range": "", "about": "≈", ">=": "≥", "<=": "≤"}
COMPARATORS |= {">": ">", "<": "<"}
BINDINGS: tuple[str, ...] = ("约束性", "预期性", "unstated")
SIGNS = {"≥": ">=", "≤": "<=", ">": ">", "<": "<", "\uff1e": ">", "\uff1c": "<"}
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
        figures = [f for f in (self.value, self.low, self.high) if f is not None]
        texts = [f"{f:,.10g}" if f >= 10_000 else f"{f:.10g}" for f in figures]
        return COMPARATORS[self.comparator] + "-".join(texts)


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
        >>> from yilao.plan import load_plan
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
        >>> from yilao.plan import load_plan
        >>> load_plan("hangzhou")["childcare_shortfall"].interval(2025)
        (28500.0, 29500.0)
        """
        point = self._point(year, role)
        if point.role == "target":
            ends = [e for e in (point.value, point.low, point.high) if e is not None]
            return ends[0], ends[-1]
        figures = printed_figures(point.printed, self.unit)
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


def printed_figures(printed: str, unit: str) -> list[tuple[Decimal, Decimal]]:
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
