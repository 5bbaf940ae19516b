"""The notes below the claims: what is compared, and what the signs mean."""

from __future__ import annotations

from yilao.report.notes import VARIANT_ZH
from yilao.reproduce import PLAUSIBLE, Claims
from yilao.scenario import DESCRIPTION, VARIANTS


def claims_notes(answer: Claims, lang: str) -> list[str]:
    """Write the notes of the claims, one a line."""
    zh = lang == "zh"
    low, high = PLAUSIBLE["tfr"]
    young, old = PLAUSIBLE["life_expectancy"]
    used = [v for v in VARIANTS if any(r.variant == v for r in answer.rows)]
    joint = "：" if zh else ": "
    lines = [f"{VARIANT_ZH[v] if zh else v}{joint}{DESCRIPTION[v][lang]}" for v in used]
    lines += (
        [
            "推算数都是常住人口。没有收录户籍人口的年龄资料，因此标注为户籍的数也只能与常住人口比较。",
            "印刷精度：预计数和统计数为末位的半个单位；目标为其本身；“约”“左右”不放宽。",
            "“→”左边是情景所用的值，右边是使文件数成立所需的值，每次只改一个参数，其余不变：净迁移为各年龄流量"
            "同乘一个系数（无迁移情景用趋势情景的流量），生育率各年同乘一个系数，二者写作基期后至该年的年均值；"
            "预期寿命为该年男女合计。上下限（>、≥）写的是恰好达到时的值，区间写的是最近一端。",
            f"“!”：超出合理范围（净迁移为趋势的0至2倍，总和生育率{low}至{high}，预期寿命{young:.0f}至{old:.0f}岁）。"
            "“~”：达不到印刷的数，写的是其精度区间能达到的一端。“无解”：搜索范围内都得不到，括号内为所能达到的数。",
            "有解不等于文件就是这样算的：文件没有写明依据，几种假设可以得出同一个数。",
        ]
        if zh
        else [
            "The engine's figures are of residents. No ages of registered people are packaged, so "
            "that a figure labelled registered can be set beside residents only.",
            "Rounding: half a unit of the last printed digit of an expected or counted figure; a "
            "target is exact; “about” widens nothing.",
            "Left of → stands what the variant has, right of it what makes the printed figure true, "
            "one parameter at a time: net migration (the flows of all ages times one factor; in "
            "no-migration those of the trend) and TFR (all years times one factor) as means from "
            "the base to the year, life expectancy of the year, both sexes. For a bound (>, ≥) it is "
            "what just meets it, for a range what meets its nearest end.",
            f"!: not plausible (net migration beyond 0 to 2 times the flows, TFR {low} to {high}, life "
            f"expectancy {young:.0f} to {old:.0f}). ~: the printed figure is not reached, only the end of "
            "its rounding that is given. none: no value searched gives it; how far it goes is in "
            "brackets.",
            "That a value is found does not make it the document's reason: documents do not state "
            "theirs, and several assumptions may give one number.",
        ]
    )  # fmt: skip
    return ["说明" if zh else "Notes", *(f"  - {line}" for line in lines)]
