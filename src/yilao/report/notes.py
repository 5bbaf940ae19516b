"""The notes below a page: what was assumed, how it checks, what is not known."""

from __future__ import annotations

import pandas as pd

from yilao import facts
from yilao.gap import ChildcareGap
from yilao.report.text import month, people, places
from yilao.scenario import DESCRIPTION

# Names of what may be missing, as a Chinese planner would call it.
MISSING_ZH = {
    "census_population_2010": "2010年普查分年龄人口",
    "census_population_2020": "2020年普查分年龄组人口",
    "census_population_2010_five_year_groups": "2010年普查五岁组人口（至85岁及以上）",
    "census_population_2020_five_year_groups": "2020年普查五岁组人口（至85岁及以上）",
    "resident_year_end_total_2020": "2020年末常住人口",
    "resident_year_end_total_2021": "2021年末常住人口",
    "resident_crude_birth_rate_2021": "2021年常住人口出生率",
    "resident_crude_death_rate_2021": "2021年常住人口死亡率",
    "life_expectancy": "本地人均预期寿命（暂用全国水平）",
    "childcare_places_stock": "现有托位数",
    "childcare_places_in_year_of_need": "需求当年的托位数",
    "norm_per_1000": "当年的每千人口托位数目标",
    "published_population": "方案隐含的常住人口",
    "published_shortfall": "方案公布的托位缺口",
    "published_elderly_60plus": "方案预测的60岁及以上人口",
    "published_under_3": "方案预测的3岁以下人口",
    "childcare_places_added": "历年新增托位数",
}
VARIANT_ZH = {"plan": "方案情景", "trend": "趋势情景", "no-migration": "无迁移情景"}
# The notes of the packaged places, which places.csv has in English.
PLACE_NOTES_ZH = {
    "boundary of the census dates, before the change of April 2021": "按普查时的区划，2021年4月调整之前",
    "census 2010 under its former code and name; that the boundary is the same was not checked": "2010年普查用的是旧名称和旧代码，两次普查的范围是否一致未经核实",
    "counted as a zone of its own in 2020, not listed in 2010": "2020年普查单独统计，2010年未单列",
    "the 2010 figure may hold people counted in the medical high-tech zone in 2020": "2010年的人口可能包含2020年计入医药高新区的人口",
}
_CHECKED = {
    "population": ("常住人口", "residents"),
    "population_0_14": ("0—14岁", "0-14"),
    "population_under_3": ("3岁以下", "under three"),
    "population_60plus": ("60岁及以上", "60 and over"),
    "population_65plus": ("65岁及以上", "65 and over"),
    "births": ("出生", "births"),
    "deaths": ("死亡", "deaths"),
}


def notes(answer: ChildcareGap, lang: str, checks: pd.DataFrame | None) -> list[str]:
    """Write the notes of an answer, one a line."""
    zh = lang == "zh"
    found = [
        *_boundary(answer, lang),
        *_assumptions(answer, lang),
        *_collective(answer, lang),
        *_argued(answer, lang),
    ]
    found += _basis(answer, lang)
    if checks is not None and len(checks):
        found += _checks(checks, answer.values["variant"], lang)
    if answer.missing:
        names = [MISSING_ZH.get(m) or _variant_missing(m) for m in answer.missing]
        found.append(
            f"缺少的资料：{'、'.join(names)}。"
            if zh
            else f"Not known: {', '.join(answer.missing)}."
        )
    count = len(answer.sources)
    found.append(
        f"资料来源{count}项，加 --sources 列出。"
        if zh
        else f"{count} sources; --sources lists them."
    )
    return ["说明" if zh else "Notes", *(f"  - {line}" for line in found)]


def _boundary(answer: ChildcareGap, lang: str) -> list[str]:
    """What is known of the boundary of the place."""
    note = answer.place.note
    if not note:
        return []
    return [f"行政区划：{PLACE_NOTES_ZH.get(note, note)}。" if lang == "zh" else f"Place: {note}."]


def _variant_missing(name: str) -> str:
    """Write ``variant_trend_to_2050`` as a Chinese planner would."""
    variant, _, year = name.removeprefix("variant_").rpartition("_to_")
    return f"{VARIANT_ZH.get(variant, name)}至{year}年的预测（迁出人数将超过现有人数）"


def _assumptions(answer: ChildcareGap, lang: str) -> list[str]:
    zh, variants = lang == "zh", answer.values["variants"]
    lines = [
        f"{VARIANT_ZH[variant] + '：' if zh else variant + ': '}{DESCRIPTION[variant][lang]}{'。' if zh else '.'}"
        for variant, line in variants.items()
        if line is not None
    ]
    if variants["plan"] is not None:
        lines.append(
            "方案情景每年净迁入同样多的人，只宜用于方案期内，推算到2035年不可信。"
            if zh
            else "The constant inflow of the plan variant is for the plan's own years: as far as "
            "2035 it is not credible."
        )
    if "year_end_total" not in answer.place.base.attrs:
        lines.append(
            "没有2020年末公报总数：普查日到年末的两个月只推算了年龄、出生和死亡，未计迁移。"
            if zh
            else "Without an official total for the end of 2020, the two months from census day "
            "have ageing, births and deaths but no migration."
        )
    return lines


def _collective(answer: ChildcareGap, lang: str) -> list[str]:
    """Size of what ageing in place gets wrong: students and workers in collective households."""
    found = facts.figures(answer.place.id, "population_in_family_households")
    if not found:
        return []
    total = float(answer.place.inputs.census_2020.sum())
    others = total - found[0].value
    size, share = people(others, lang), f"{others / total:.1%}"
    return [
        f"普查时有{size}人（{share}）不在家庭户中，多为学生和职工；推算时与其他人一样就地老化，"
        "18—22岁会有偏差。"
        if lang == "zh"
        else f"{size} residents ({share}) lived outside family households at the census, many of "
        "them students and workers who stay some years; they are aged in place like everyone, "
        "which distorts ages 18-22."
    ]


def _argued(answer: ChildcareGap, lang: str) -> list[str]:
    supply = answer.values["supply"]
    if supply["argued"] is None:
        return []
    before = int(supply["stated_date"][:4]) - 1
    added, date = f"{supply['argued_added']:,.0f}", month(supply["stated_date"], lang)
    span = supply["argued_span"]
    first, last = (month(part, lang) for part in span.split("/"))
    return [
        f"推断存量：据报道{first}至{last}新增普惠托位{added}个。方案的存量写作“目前”，未注明日期（此处按印发日{date}计）；"
        f"若新增部分已全部计入，{before}年末为区间下限，若均未计入则与所述存量相同。其他新开、停办情况不详。"
        if lang == "zh"
        else f"Argued stock: {added} inclusive places were reported added from {first} to {last}. "
        f"The plan says “目前” (at present) of its stock, without a date; it is taken as {date}, when "
        f"the plan was issued. If it held all of the additions, the end of {before} is at the lower "
        "end of the range; if none, at the stated stock. Other openings and closures are unknown."
    ]


def _basis(answer: ChildcareGap, lang: str) -> list[str]:
    """What the norm would need on the registered population, where a document lets one tell."""
    v = answer.values
    if v["norm_per_1000"] is None or not answer.place.plans:
        return []
    zh = lang == "zh"
    for document in answer.place.plans:
        by_id = {i.statement: i for i in document.indicators}
        old, share = by_id.get("population_60plus_registered"), by_id.get("share_60plus_registered")
        if old is None or share is None:
            continue
        year = max(p.year for p in share.points if p.year is not None)
        registered = old.value(year) / (share.value(year) / 100)
        need = places(registered * v["norm_per_1000"] / 1000, lang)
        size = people(registered, lang)
        return [
            f"方案只写“每千人口”，这里按常住人口计；若按户籍人口（{year}年约{size}）计，只需{need}个。"
            if zh
            else "The plan says “per 1,000 people”; residents are meant here. On its registered "
            f"population (about {size} in {year}) the norm asks for {need} places."
        ]
    return [
        "方案只写“每千人口”，这里按常住人口计。"
        if zh
        else "The plan says “per 1,000 people”; residents are meant here."
    ]


def _checks(checks: pd.DataFrame, variant: str, lang: str) -> list[str]:
    """The latest bulletin year beside the projection: the miss that remains."""
    zh, year = lang == "zh", int(checks["year"].max())
    parts = []
    for row in checks[checks["year"] == year].to_dict("records"):
        if row["variable"] not in _CHECKED:
            continue
        label = _CHECKED[row["variable"]][0 if zh else 1]
        projected = row["projected"]
        parts.append(
            f"{label}{people(projected, lang)}（公布{row['printed']}）"
            if zh
            else f"{label} {round(projected, -3):,.0f} (published {row['published']:,.0f})"
        )
    joined = ("，" if zh else ", ").join(parts)
    return [
        f"与公布的{year}年数核对（{VARIANT_ZH[variant]}）：{joined}。非普查年份的公布数本身也是推算。"
        if zh
        else f"Against what was published for {year} ({variant}): {joined}. Figures between "
        "censuses are estimates themselves."
    ]
