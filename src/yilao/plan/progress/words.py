"""Words of a status in Chinese and English: notes, heads of tables, and the columns of an annex."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import pandas as pd

if TYPE_CHECKING:
    from yilao.plan.progress.target import TargetStatus

# (Chinese, English), in the order they are said.
NOTES: dict[str, tuple[str, str]] = {
    "retrospective": ("发文时已到期", "was due before the document was issued"),
    "cells lost": ("单元格丢失", "cells of the row were lost"),
    "no due year": ("未写完成年份", "no due year is printed"),
    "period not said": (
        "未写按年还是按规划期计数",
        "not said whether counted over a year or the plan's period",
    ),
    "no direction": ("未知越高越好还是越低越好", "not known whether more or less is better"),
    "start not said": ("未写自何时起累计", "not said from when it is counted"),
    "not observed": ("无观测值", "nothing observed"),
    "nothing observed": ("无基数，也无观测值", "no base and nothing observed"),
    "one value only": (
        "只有一个观测值，无基数可比",
        "one value only, and no base to compare it with",
    ),
    "nothing after base": ("基期之后无观测值", "nothing observed after the base"),
    "due, not observed": (
        "已过期，到期日及以后无观测值",
        "due has passed, nothing observed on or after it",
    ),
    "no trend": ("趋势算不出", "no trend can be computed"),
    "definition differs": (
        "最新观测值的定义或口径与方案不同",
        "the newest figure counts something else or other people than the plan",
    ),
    "met late": ("逾期后达标", "met after it was due"),
    "seen later": ("到期之后才有观测值", "observed only after it was due"),
    "base observed": (
        "方案无基数，以最早观测值为基数",
        "no base is printed: counted from the first observation",
    ),
    "base of another mention": (
        "基数取自文中另一处",
        "the base is printed elsewhere in the document",
    ),
    "base recomputed": (
        "基数按同一人口重新计算",
        "the base was worked out again over the same people",
    ),
    "base is a bound": ("基数是上限或下限", "the base is printed as a bound"),
    "counted from zero": ("规划期内累计，自零起算", "counted over the plan's period, from zero"),
    "over the whole": (
        "按趋势到期将超过100%，趋势不会如此持续",
        "by trend it would pass 100 %: the trend cannot go on",
    ),
    "latest is a bound": ("最新值是上限或下限", "the latest value is printed as a bound"),
    "latest computed": (
        "最新值由分子和分母算得",
        "the latest value was worked out of numerator and denominator",
    ),
    "compared with resident": (
        "方案未写口径，按常住人口比较",
        "basis not stated in the plan: compared with residents",
    ),
    "compared with registered": (
        "方案未写口径，按户籍人口比较",
        "basis not stated in the plan: compared with the registered population",
    ),
    "projected resident": (
        "按预测的常住人口，老年人指60岁及以上",
        "people as projected, residents; older people are those aged 60 and over",
    ),
    "projected registered": (
        "按预测的户籍人口，老年人指60岁及以上",
        "people as projected, registered population; older people are those aged 60 and over",
    ),
}
PROJECTED_BY = {
    "": ("", ""),
    "trend": ("趋势", "trend"),
    "projection": ("人口预测", "projection"),
    "trend and projection": ("趋势与人口预测", "trend and projection"),
}
# Columns of the table in words; those of the first list stand in the annex too.
_BESIDE: dict[str, tuple[str, str]] = {
    "year": ("目标年份", "Due"),
    "latest": ("最新值", "Latest"),
    "latest_date": ("最新时点", "Latest date"),
    "progress": ("完成进度(%)", "Progress (%)"),
    "elapsed": ("时间进度(%)", "Time elapsed (%)"),
    "past_pace": ("已往年均变化", "Past change per year"),
    "needed_pace": ("所需年均变化", "Needed change per year"),
    "past_growth": ("已往年均增速(%)", "Past growth (% per year)"),
    "needed_growth": ("所需年均增速(%)", "Needed growth (% per year)"),
    "projected": ("到期预计值", "Projected at due date"),
    "status": ("状态", "Status"),
    "notes": ("状态说明", "Notes on status"),
}
_TABLE: dict[str, tuple[str, str]] = {
    "number": ("序号", "No."),
    "name": ("指标", "Indicator"),
    "unit": ("单位", "Unit"),
    "binding": ("属性", "Attribute"),
    "base": ("基数", "Base"),
    "printed": ("目标", "Target"),
}
NUMBERS = "base latest past_pace needed_pace past_growth needed_growth projected"
BINDING = {"约束性": "binding", "预期性": "expected", "unstated": "not stated"}


def worded(targets: Sequence[TargetStatus], lang: Literal["zh", "en"]) -> pd.DataFrame:
    """Return the targets as a table for people, with the statement as its index."""
    from yilao.plan.figures import UNITS

    zh = lang == "zh"
    rows = []
    for target in targets:
        row = target.row(lang)
        row["name"] = target.name_zh if zh else target.name_en
        row["unit"] = UNITS[target.unit] if zh else target.unit
        row["binding"] = target.binding.replace("unstated", "") if zh else BINDING[target.binding]
        row["status"] = row["status_zh"] if zh else target.status
        if target.printed.replace(",", "").replace(".", "", 1).isdigit():
            # A figure without sign or range is a number in a spreadsheet too.
            row["printed"] = target.target
        rows.append(row)
    heads = _TABLE | _BESIDE
    frame = pd.DataFrame(rows, columns=["statement", *heads]).set_index("statement")
    frame["year"] = frame["year"].astype("Int64")
    parts = ["progress", "elapsed"]
    frame[parts] = (100 * frame[parts].astype(float)).round(1)
    numbers = [*parts, *NUMBERS.split()]
    frame[numbers] = frame[numbers].astype(float).round(4)
    return frame.rename(columns={k: v[not zh] for k, v in heads.items()})


def beside(targets: Sequence[TargetStatus], lang: Literal["zh", "en"]) -> pd.DataFrame:
    """Return the columns that stand beside the plan's own annex, by statement."""
    return worded(targets, lang)[[v[lang == "en"] for v in _BESIDE.values()]]
