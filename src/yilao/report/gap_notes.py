"""The notes below the gaps of a place: assumptions, limits, what is not known by name."""

from __future__ import annotations

from yilao.gap import PlaceGap
from yilao.plan.registry import concepts
from yilao.report.need import label, later_norms, of_older_people
from yilao.scenario import DESCRIPTION

_UNITS = {
    "persons": ("人", "persons"),
    "beds": ("张", "beds"),
    "percent": ("%", "%"),
    "per 1,000 older people": ("张/千名老年人", "per 1,000 older people"),
    "per 10,000 older people": ("人/万名老年人", "per 10,000 older people"),
}


def gap_notes(answer: PlaceGap, lang: str) -> list[str]:
    """Write what was assumed, what the numbers leave out, and what is not known."""
    zh = lang == "zh"
    found = [
        f"情景：{DESCRIPTION[answer.variant]['zh']}。"
        if zh
        else f"Variant: {DESCRIPTION[answer.variant]['en']}.",
        "正数为不足，负数为富余。需求−供给是缺口，需求−承诺看方案是否够用，承诺−供给是方案尚待完成的部分，"
        "三者可以方向不同。"
        if zh
        else "Positive is short, negative is spare. Need less supply is the gap, need less promise "
        "says whether the plan is enough, promise less supply what it has still to do; the three "
        "can point in different directions.",
    ]
    found += _supply_and_additions(answer, lang)
    ends = sorted({max(y for y in x.need.norm if y) for x in answer.lines if any(x.need.norm)})
    last = int(answer.need.people["year"].values[-1])
    if answer.variant == "plan" and last > 2025:
        found.append(
            "方案情景的人口推算到2025年以后不可信：2021年的净迁入逐年延续。"
            if zh
            else "Beyond 2025 the variant plan is not credible: it repeats the net migration of "
            "2021 every year. Compare --variant trend."
        )
    if past := [y for y in ends if y < last]:
        told = ("、" if zh else ", ").join(map(str, past))
        found.append(
            f"方案目标年为{told}年，此后各年沿用同一标准只是假设。"
            if zh
            else f"Targets end in {told}; that they go on afterwards is an assumption."
        )
    if any(of_older_people(x.need) for x in answer.lines):
        found.append(
            "“老年人”按60岁及以上常住人口计算，方案未写明。"
            if zh
            else "“Older people” are taken as residents aged 60 and over; the documents do not say."
        )
    if any(x.need.implied for x in answer.lines):
        found.append(
            "* 承诺数由同一方案的床位总量目标与占比目标相乘得出。"
            if zh
            else "* Promised as a product of two targets of one document."
        )
    found += _by_need(answer, lang)
    found += _unknown(answer, lang)
    return ["注" if zh else "Notes", *(f"  {i}. {text}" for i, text in enumerate(found, 1))]


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


def _by_need(answer: PlaceGap, lang: str) -> list[str]:
    """What the lines that rest on a definition of need, or on ratios, leave out."""
    zh, measures = lang == "zh", {x.need.measure for x in answer.lines}
    found = []
    if "beds_of_need" in measures:
        found.append(
            "按失能推算的床位依赖所用失能定义，定义不同可差十倍以上；见 yilao need。"
            if zh
            else "Beds from people in need rest on one definition of need; definitions differ by a "
            "factor of ten and more: see yilao need."
        )
    if "certified_carers" in measures:
        found.append(
            "持证养老护理员为持证人数，不等于在岗人数。"
            if zh
            else "Certified carers are holders of a certificate, not people at work."
        )
    if "childcare_staff" in measures:
        found.append(
            "托育保育人员按所需托位全部收托和最低配备比例计算，结果偏低。"
            if zh
            else "Childcare carers: every required place taken, at the lowest national ratios; it "
            "errs low."
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
    found += later_norms(answer.need, [x.need.measure for x in answer.lines], answer.measures, lang)
    norms = [m for m in answer.missing if m in concepts()]
    if norms:
        named = ("、" if zh else "; ").join(
            concepts()[m].name_zh if zh else concepts()[m].name_en for m in norms
        )
        found.append(
            f"方案未设标准、未测算：{named}；可用 --norm 指标编号=数值 给出（{'、'.join(norms)}）。"
            if zh
            else f"No norm in the documents, so not computed: {named}. Give one with --norm "
            f"ID=VALUE ({', '.join(norms)})."
        )
    return found
