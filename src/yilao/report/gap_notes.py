"""The notes below the gaps of a place: assumptions, limits, what is not known by name."""

from __future__ import annotations

from yilao.gap import PlaceGap
from yilao.plan.registry import concepts
from yilao.report.measures import label
from yilao.report.place_notes import assumptions, left_out, not_computed, numbered

_UNITS = {
    "persons": ("人", "persons"),
    "beds": ("张", "beds"),
    "percent": ("%", "%"),
    "per 1,000 older people": ("张/千名老年人", "per 1,000 older people"),
    "per 10,000 older people": ("人/万名老年人", "per 10,000 older people"),
}


def gap_notes(answer: PlaceGap, lang: str) -> list[str]:
    """Write what was assumed, what the numbers leave out, and what is not known."""
    zh, rows = lang == "zh", [line.need for line in answer.lines]
    last = int(answer.need.people["year"].values[-1])
    found = assumptions(answer.need, rows, last, lang)
    if any(line.comparisons for line in answer.lines):
        found.append(
            "正数为不足，负数为富余。需求−供给是缺口，需求−承诺看方案是否够用，承诺−供给是方案尚待完成的"
            "部分，三者可以方向不同。"
            if zh
            else "Positive is short, negative is spare. Need less supply is the gap, need less "
            "promise says whether the plan is enough, promise less supply what it has still to do; "
            "the three can point in different directions."
        )
    found += _supply_and_additions(answer, lang)
    if any(row.measure == "beds_of_need" for row in rows):
        found.append(
            "按失能推算的床位依赖所用失能定义，定义不同可差十倍以上；见 yilao need。"
            if zh
            else "Beds from people in need rest on one definition of need; definitions differ by a "
            "factor of ten and more: see yilao need."
        )
    found += [*left_out(rows, lang), *_unknown(answer, lang)]
    norms = [m for m in answer.missing if m in concepts()]
    return numbered([*found, *not_computed(answer.need, norms, answer.measures, lang)], lang)


def _supply_and_additions(answer: PlaceGap, lang: str) -> list[str]:
    """How a stock, or a supply of every year, was taken, and what "to add" holds."""
    zh, held = lang == "zh", [x.supply for x in answer.lines if x.additions is not None]
    found = []
    if any("year" not in s.dims for s in held if s is not None):
        found.append(
            "存量沿用为已知最近一次的数，此后的增减未知，也不回推到以前的年份。"
            if zh
            else "A stock is carried unchanged from its date; what opened or closed since is not "
            "known, and it is not carried back."
        )
    if any("year" in s.dims for s in held if s is not None):
        found.append(
            "逐年给出的供给按所给的数计；项目按规模乘以实现概率计入。"
            if zh
            else "A supply given year by year is taken as given; projects count with their capacity "
            "times their probability."
        )
    if unknown := dict.fromkeys(
        p for s in held if s is not None for p in s.attrs.get("unknown", ())
    ):
        named = ("、" if zh else ", ").join(unknown)
        found.append(
            f"规模或年份未知、未计入供给的项目：{named}。"
            if zh
            else f"Projects whose capacity or year is not known, in no supply here: {named}."
        )
    if held:
        found.append(
            "当年需新增：为使各年均不缺，在上述供给之外需增加的数量；新增后不拆，首年含已有的全部缺口。"
            if zh
            else "To add: so that no year is short, beyond that supply; what is added stays, and the "
            "first year holds the whole gap that is there."
        )
    return found


def _unknown(answer: PlaceGap, lang: str) -> list[str]:
    """What is not known, by name, and what is printed of something near."""
    zh = lang == "zh"
    between = "、" if zh else ", "
    found = []
    lacking = [m.removesuffix("_supply") for m in answer.missing if m.endswith("_supply")]
    if lacking:
        named = between.join(label(m, lang) for m in lacking)
        found.append(
            f"供给未知：{named}。可用 --stock 与 --stock-year，或 --pipeline 给出。"
            if zh
            else f"Supply unknown: {named}. Give --stock with --stock-year, or --pipeline."
        )
    near = dict.fromkeys(n for x in answer.lines if x.supply is None for n in x.near)
    if near:
        told = []
        for statement, year, value, unit in near:
            concept = concepts()[statement]
            units = _UNITS.get(unit, (unit, unit))[0 if zh else 1]
            shown = concept.name_zh if zh else concept.name_en
            told.append(
                f"{shown}{value:,g}{units}（{year}年）"
                if zh
                else f"{shown[0].lower()}{shown[1:]} {value:,g} ({year})"
            )
        found.append(
            f"供给未知的项目，文件另载口径相近但不可比的数：{'；'.join(told)}。"
            if zh
            else "Where supply is unknown the documents print figures of another definition, not "
            f"compared: {'; '.join(told)}."
        )
    return found
