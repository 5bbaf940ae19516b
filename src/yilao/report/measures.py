"""The names of measures, kinds and norms for people, in both languages."""

from __future__ import annotations

from yilao import demand
from yilao.gap import Requirement
from yilao.plan.registry import concepts

KIND_ZH = {
    "norm requirement": "标准配置",
    "need": "照护需要",
    "demand": "有效需求",
    "utilisation": "实际使用",
}
_MEASURES = {
    "care_beds": ("养老床位", "elder-care beds", "张"),
    "institution_beds": ("养老机构床位", "beds in care institutions", "张"),
    "nursing_beds": ("护理型床位", "nursing beds", "张"),
    "institution_nursing_beds": ("机构护理型床位", "nursing beds in institutions", "张"),
    "dementia_beds": ("认知障碍床位", "dementia beds", "张"),
    "rehabilitation_beds": ("康复护理床位（医疗机构）", "rehabilitation beds (medical)", "张"),
    "certified_carers": ("持证养老护理员", "certified carers", "人"),
    "childcare_places": ("托位", "childcare places", "个"),
    "childcare_staff": ("托育保育人员", "childcare carers", "人"),
    "beds_of_need": ("机构床位（按失能推算）", "beds, from people in need", "张"),
    "disabled_or_semi_disabled": ("失能、半失能老年人", "disabled or semi-disabled", "人"),
    "unable_to_care_for_self": ("生活不能自理老年人", "unable to care for oneself", "人"),
    "adl_disabled": ("失能老年人（ADL）", "disabled (ADL)", "人"),
    "basic_adl_disabled": ("失能老年人（基本ADL）", "disabled (basic ADL)", "人"),
    "disabled": ("失能老年人", "disabled", "人"),
    "impaired": ("功能障碍老年人", "impaired", "人"),
}


def label(measure: str, lang: str) -> str:
    """Name of a measure for people, with its unit in Chinese."""
    zh, en, unit = _MEASURES[measure]
    return f"{zh}（{unit}）" if lang == "zh" else en


def _norm_value(row: Requirement, year: int) -> float:
    due = [y for y in row.norm if y is not None and y <= year]
    return row.norm[max(due)] if due else row.norm[None]


def norm_text(row: Requirement, year: int, lang: str) -> str:
    """The norm of a line in a year, or its definition, in a few words."""
    zh = lang == "zh"
    if row.measure == "childcare_staff":
        return "1:3、1:5、1:7" if zh else "1:3, 1:5, 1:7"
    if row.measure == "beds_of_need":
        share = demand.parameter("institution_share_of_disabled")
        full = demand.parameter("occupancy_planning")
        return (
            f"{share:.0%}入住，使用率{full:.0%}"
            if zh
            else f"{share:.0%} enter, {full:.0%} occupied"
        )
    if not row.norm:
        return "见注" if zh else "see notes"
    value, unit = _norm_value(row, year), concepts()[row.norm_id].unit
    if unit == "percent":
        inside = row.norm_id.startswith("institution")
        whole = ("机构床位", "institution beds") if inside else ("养老床位", "beds")
        return f"占{whole[0]}{value:g}%" if zh else f"{value:g} % of {whole[1]}"
    per = {
        "per 1,000 people": ("每千常住人口{}", "{} per 1,000"),
        "per 1,000 older people": ("每千名老年人{}", "{} per 1,000 60+"),
        "per 10,000 older people": ("每万名老年人{}", "{} per 10,000 60+"),
    }[unit]
    return per[0 if zh else 1].format(f"{value:g}")
