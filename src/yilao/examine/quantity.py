"""Numbers with the interval that their printed digits leave open, and texts in two languages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from yilao.plan import Indicator, Point
from yilao.plan.figures import RATIOS, printed_figures


@dataclass(frozen=True)
class Quantity:
    """A value between ``low`` and ``high``; all are positive or zero.

    Arithmetic uses every operand once, so that no term is set against itself as if independent.
    """

    value: float
    low: float
    high: float

    def __add__(self, other: Quantity) -> Quantity:
        return Quantity(self.value + other.value, self.low + other.low, self.high + other.high)

    def __sub__(self, other: Quantity) -> Quantity:
        return Quantity(self.value - other.value, self.low - other.high, self.high - other.low)

    def __mul__(self, other: Quantity | float) -> Quantity:
        o = other if isinstance(other, Quantity) else exactly(other)
        return Quantity(self.value * o.value, self.low * o.low, self.high * o.high)

    def __truediv__(self, other: Quantity | float) -> Quantity:
        o = other if isinstance(other, Quantity) else exactly(other)
        with_zero = o.low <= 0
        high = math.inf if with_zero else self.high / o.low
        value = self.value / o.value if o.value else math.inf
        return Quantity(value, self.low / o.high if o.high else math.inf, high)

    def meets(self, other: Quantity, slack: float = 1e-9) -> bool:
        """Whether the two can be the same number; ``slack`` is relative."""
        return self.low <= other.high * (1 + slack) and other.low <= self.high * (1 + slack)

    def text(self, lang: str) -> str:
        """The value, and its interval in brackets where it has one."""
        if self.low == self.high:
            return number(self.low, lang)
        if math.isinf(self.high):
            return f"≥{number(self.low, lang)}"
        if math.isnan(self.value):
            return f"{number(self.low, lang, 4)}–{number(self.high, lang, 4)}"
        digits = _digits(self.low, self.high)
        ends = f"{number(self.low, lang, digits)}–{number(self.high, lang, digits)}"
        return f"{number(self.value, lang, digits)} [{ends}]"


def exactly(value: float) -> Quantity:
    """A number without rounding."""
    return Quantity(value, value, value)


def between(values: list[float]) -> Quantity:
    """The range of several numbers, none of which stands for all."""
    return Quantity(math.nan if min(values) < max(values) else values[0], min(values), max(values))


def printed(
    indicator: Indicator, point: Point, *, rounded: bool = False, bounds: bool = False
) -> Quantity:
    """The figure of a point with half a unit of its last printed digit.

    A count that is promised is exact (``rounded`` makes 1.2万 stand for 12,156 too).  A ratio that
    is promised may be computed from counts, so 47 % for 80 of 170 is no contradiction.  A counted
    bound (5000余) is open above; the bound of a promise is taken as its number, unless ``bounds``
    asks for all that keeps the promise.
    """
    reached = point.role in ("base", "statistic")
    promised = point.role in ("target", "norm")
    figures = printed_figures(point.printed, indicator.unit, indicator.printed_unit)
    ends = [e for e in (point.value, point.low, point.high) if e is not None]
    value = math.nan if len(ends) > 1 else ends[0]
    if (reached or bounds) and point.comparator in (">", ">="):
        return Quantity(value, ends[0], math.inf)
    if (reached or bounds) and point.comparator in ("<", "<="):
        return Quantity(value, 0.0, ends[-1])
    if not figures or (promised and not rounded and indicator.unit not in RATIOS):
        return between(ends)
    (low, half_low), (high, half_high) = figures[0], figures[-1]
    return Quantity(value, float(low - half_low), float(high + half_high))


def _digits(low: float, high: float) -> int:
    """Significant digits that tell two ends apart."""
    if not low or low == high or high <= 0:
        return 4
    return min(8, max(4, math.ceil(math.log10(abs(high) / abs(high - low))) + 2))


def number(value: float, lang: str, digits: int | None = None) -> str:
    """A number for reading: 万 in Chinese, thousands separated in English.

    Without ``digits`` a whole number is written in full and any other with four digits.
    """
    if digits is None:
        digits = 12 if float(value).is_integer() else 4
    if lang == "zh" and abs(value) >= 1e8:
        return f"{float(f'{value / 1e8:.{digits}g}'):,.10g}亿"
    if lang == "zh" and abs(value) >= 1e4:
        return f"{float(f'{value / 1e4:.{digits}g}'):,.10g}万"
    return f"{float(f'{value:.{digits}g}'):,.12g}"


class Words(NamedTuple):
    """One text in both languages."""

    zh: str
    en: str

    def __call__(self, lang: str) -> str:
        """Return the text in a language."""
        return self.zh if lang == "zh" else self.en


def row(points: Sequence[Point]) -> Words:
    """Figures of one statement by year, as printed."""
    texts = [f"{p.year or ''} {p}".strip() for p in points]
    return Words("，".join(texts), ", ".join(texts))


Value = Quantity | Words | Indicator | float | str


def say(zh: str, en: str, **values: Value) -> Words:
    """Fill both texts with values, each written in its language."""
    return Words(
        zh.format(**{k: _text(v, "zh") for k, v in values.items()}),
        en.format(**{k: _text(v, "en") for k, v in values.items()}),
    )


def join(parts: list[Words], zh: str = "\n", en: str = "\n") -> Words:
    """Put texts together, as lines of their own unless told otherwise."""
    return Words(zh.join(p.zh for p in parts), en.join(p.en for p in parts))


def _text(value: Value, lang: str) -> str:
    if isinstance(value, Quantity):
        return value.text(lang)
    if isinstance(value, Words):
        return value(lang)
    if isinstance(value, Indicator):
        # A name stands in quotes often: those in it are then the inner ones.
        inner = value.name_zh.replace("“", "‘").replace("”", "’")
        return inner if lang == "zh" else value.name_en
    return value if isinstance(value, str) else number(value, lang)
