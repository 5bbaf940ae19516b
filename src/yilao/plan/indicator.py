"""One indicator of a plan: its figures as printed, their precision, and the words around them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from yilao.plan.figures import ACCRUALS, ROLES, UNITS, Point, printed_figures
from yilao.schema import UnknownNameError


@dataclass(frozen=True)
class Indicator:
    """One statement of a document, as printed, with its points by year and role.

    ``id`` names the concept, the same in all documents; ``statement`` names this mention of it and
    is the id itself for the principal one.  A row whose cells were lost in conversion is *broken*:
    it has no points, and ``legible`` holds the cells that are left.
    """

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
    statement: str = ""
    printed_unit: str = ""
    accumulates: str = ""
    responsible: str = ""
    legible: tuple[str, ...] = ()

    def target(self, year: int, *, path: Literal["hold", "linear"] | None = None) -> float:
        """Return the target of a year, in the unit of the indicator; a norm holds in every year.

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
        for standing in (p for p in self.points if p.role == "norm"):
            return self._single(standing)
        due = self._dated("target")
        held = [y for y in due if y <= year]
        if year in due or (held and path == "hold"):
            return self._single(due[max(held)])
        known = self._dated("base") | due
        years = sorted(known)
        if path == "linear" and due and years[0] <= year <= years[-1]:
            return float(np.interp(year, years, [self._single(known[y]) for y in years]))
        raise UnknownNameError(
            f"{self.id}: no target for {year}. The document states {self._stated()}. .value(year) "
            "gives a base, statistic or projection; path='hold' carries a target forward, "
            "path='linear' joins base and targets."
        )

    def value(self, year: int | None, *, role: str | None = None) -> float:
        """Return the figure of a year, whatever its role; ``role`` chooses where there are two.

        ``year`` None asks for the figure of which no year is printed.

        Raises
        ------
        UnknownNameError
            There is no figure for the year, there is more than one, or it is a range.
        """
        return self._single(self._point(year, role))

    def interval(self, year: int | None, *, role: str | None = None) -> tuple[float, float]:
        """Return the lowest and the highest value that the printed figure can stand for.

        A target or norm is exact.  Any other figure carries half a unit of its last printed digit,
        unless it is a count printed in full; a bound (``>``, 余) is open to its side.

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
        figures = printed_figures(point.printed, self.unit, self.printed_unit)
        if point.role in ("target", "norm") or not figures:
            ends = [e for e in (point.value, point.low, point.high) if e is not None]
            return ends[0], ends[-1]
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
            lines.append(f"  {_year(p, lang)} {role}: {p} {unit} “{p.printed}”")
        unstated = "未注明" if zh else "not stated"
        accrual = ACCRUALS.get(self.accumulates, "") if zh else self.accumulates
        doubts = [self.issue, self.issue_zh]
        for label_zh, label, text in (
            ("残存单元格", "legible cells", " | ".join(self.legible)),
            ("统计口径", "counted over", accrual),
            ("分母", "denominator", self.denominator),
            ("措辞", "wording", self.modality),
            ("属性", "attribute", self.binding.replace("unstated", unstated)),
            ("责任单位", "responsible", self.responsible),
            ("原文", "quote", f"“{self.quote}” ({self.place_in_document})"),
            ("存疑", "doubt", doubts[zh] or doubts[not zh]),
        ):
            lines += [f"  {label_zh if zh else label}: {text}"] if text else []
        return "\n".join(lines)

    def __str__(self) -> str:
        stated = (f"{_year(p)} {ROLES[p.role]} {p.role} {p}" for p in self.points)
        figures = ", ".join(stated) or f"单元格丢失 cells lost: {' | '.join(self.legible)}"
        return f"{self.name_zh} {self.name_en} ({UNITS[self.unit]}, {self.unit}): {figures}"

    def _stated(self) -> str:
        if self.legible:
            return f"only {' | '.join(self.legible)}; other cells of the row were lost"
        return ", ".join(f"{_year(p, 'en')} ({p.role})" for p in self.points)

    def _dated(self, role: str) -> dict[int, Point]:
        return {p.year: p for p in self.points if p.role == role and p.year is not None}

    def _point(self, year: int | None, role: str | None) -> Point:
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


def _year(point: Point, lang: str = "") -> str:
    """The year of a figure in words; a norm has none."""
    if point.year is not None:
        return str(point.year)
    return {"zh": "未注年份", "en": "no year"}.get(lang, "未注年份 no year")
