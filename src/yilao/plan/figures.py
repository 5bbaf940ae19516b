"""Figures as printed: their units, signs and words, and one figure of an indicator."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from decimal import Decimal

# A whole number of these that is printed in full is exact.
_COUNTS = {"persons": "人", "places": "个", "beds": "张", "institutions": "家", "households": "户"}
_COUNTS |= {"person-times": "人次", "dwellings": "套", "items": "个"}
# These need a denominator.
RATIOS = {"percent": "%", "permille": "‰", "ratio": "倍", "per person": "人均"}
RATIOS |= {"per 1,000 people": "每千人口", "per 10,000 people": "每万人口"}
RATIOS |= {"per 20,000 people": "每2万人口", "per 100,000 people": "每10万人口"}
RATIOS |= {"per 1,000 older people": "每千名老年人", "per 10,000 older people": "每万名老年人"}
RATIOS |= {"per township": "每乡镇(街道)", "per street": "每街道", "per city": "每设区市"}
RATIOS |= {"per county": "每县(市、区)", "per 100 million yuan": "人/亿元"}
RATIOS |= {"square metres per person": "平方米/人"}
RATIOS |= {"square metres per 100 households": "平方米/百户"}
RATIOS |= {"square metres per 10,000 people": "平方米/万人"}
_OTHERS = {"persons per year": "人/年", "percent per year": "%/年", "percentage points": "个百分点"}
_OTHERS |= {"years": "岁", "months": "月龄", "calendar year": "年", "years of duration": "年"}
_OTHERS |= {"hours": "小时", "minutes": "分钟", "years of return period": "年一遇"}
_OTHERS |= {"points": "分"}
_OTHERS |= {
    "yuan": "元",
    "yuan per month": "元/月",
    "kilometres": "公里",
    "square metres": "平方米",
}
_OTHERS |= {"square kilometres": "平方公里", "micrograms per cubic metre": "微克/立方米"}
UNITS: dict[str, str] = _COUNTS | RATIOS | _OTHERS
KINDS: dict[str, str] = {
    "target": "目标",
    "norm": "标准",
    "statistic": "统计",
    "projection": "预测",
}
ROLES: dict[str, str] = {"base": "基数"} | KINDS
# A norm stands without a year, and of some targets no year is printed.
UNDATED: tuple[str, ...] = ("norm", "target")
COMPARATORS: dict[str, str] = {"=": "", "range": "", "about": "≈", ">=": "≥", "<=": "≤"}
COMPARATORS |= {">": ">", "<": "<"}
BINDINGS: tuple[str, ...] = ("约束性", "预期性", "unstated")
# What a flow is counted over.
ACCRUALS: dict[str, str] = {"year": "每年", "plan period": "规划期内", "to date": "累计"}
SIGNS = {"≥": ">=", "≤": "<=", ">": ">", "<": "<", "\uff1e": ">", "\uff1c": "<"}
# Targets in words, with the figure that each stands for in its unit.
WORDS: dict[str, float] = {"全覆盖": 100, "全覆蓋": 100, "满堂红": 100, "全部": 100, "全面": 100}
WORDS |= {"所有": 100, "普遍": 100, "均建有": 100, "二分之一": 50, "一刻钟": 15, "一致": 1}
WORDS |= {"百个": 100, "一千名": 1000, "万场次": 10_000, "千亿级": 1e11}
_SCALE = {"百": 100, "千": 1000, "万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_FIGURE = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*[余餘多]?([百千]?[万萬亿億]|[百千])?")


@dataclass(frozen=True)
class Point:
    """One figure: a value, or a range from ``low`` to ``high``, for a year, in a role.

    ``year`` is None where a norm stands without a year or no due year is printed.
    """

    year: int | None
    role: str
    printed: str
    comparator: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    date: dt.date | None = None

    def __str__(self) -> str:
        figures = [f for f in (self.value, self.low, self.high) if f is not None]
        texts = [f"{f:,.12g}" if f >= 10_000 else f"{f:.10g}" for f in figures]
        return COMPARATORS[self.comparator] + "-".join(texts)


def printed_figures(
    printed: str, unit: str, printed_unit: str = ""
) -> list[tuple[Decimal, Decimal]]:
    """Return each figure of a printed text, in single units, with half a unit of its last digit.

    ``printed_unit`` is the unit in the head of a table, such as 万人, where the cell has none.
    """
    head = printed_unit[:1] if printed_unit[:1] in _SCALE else ""
    found = [(Decimal(a.replace(",", "")), b or head) for a, b in _FIGURE.findall(printed)]
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


def worded_figure(printed: str) -> float | None:
    """Return the figure that a target in words stands for, such as 全覆盖; None if not known."""
    return WORDS.get(printed.removesuffix("以上"))
