"""Notes that the pages of a place's needs and of its gaps have in common."""

from __future__ import annotations

from collections.abc import Sequence

from yilao.gap import PlaceNeed, Requirement
from yilao.plan.registry import concepts
from yilao.report.measures import label
from yilao.scenario import DESCRIPTION

# The last year for which the variant ``plan`` was meant.
_PLAN_ENDS = 2025


def numbered(found: Sequence[str], lang: str) -> list[str]:
    """Set notes below their title, numbered."""
    title = "注" if lang == "zh" else "Notes"
    return [title, *(f"  {i}. {text}" for i, text in enumerate(found, 1))]


def assumptions(answer: PlaceNeed, rows: Sequence[Requirement], year: int, lang: str) -> list[str]:
    """What is assumed of people and norms up to a year, for the lines that are shown."""
    zh = lang == "zh"
    found = [
        f"情景：{DESCRIPTION[answer.variant]['zh']}。"
        if zh
        else f"Variant: {DESCRIPTION[answer.variant]['en']}."
    ]
    if answer.variant == "plan" and year > _PLAN_ENDS:
        found.append(
            f"方案情景的人口推算到{_PLAN_ENDS}年以后不可信：2021年的净迁入逐年延续；可与 --variant trend 比较。"
            if zh
            else f"Beyond {_PLAN_ENDS} the variant plan is not credible: it repeats the net "
            "migration of 2021 every year. Compare --variant trend."
        )
    dated = ([y for y in row.norm if y is not None] for row in rows)
    if past := sorted({max(years) for years in dated if years and max(years) < year}):
        told = ("、" if zh else ", ").join(map(str, past))
        found.append(
            f"方案目标年为{told}年，此后各年沿用同一标准只是假设。"
            if zh
            else f"Targets end in {told}; that they go on afterwards is an assumption."
        )
    if any(row.norm and ("older" in row.norm_id or "bed_share" in row.norm_id) for row in rows):
        found.append(
            "“老年人”的年龄和口径方案未写明，按60岁及以上常住人口计算；改用户籍人口，结果不同。"
            if zh
            else "The documents do not say whom “older people” counts: residents aged 60 and over "
            "are taken; the registered would give another number."
        )
    return found


def left_out(rows: Sequence[Requirement], lang: str) -> list[str]:
    """What the lines that are shown leave out, and in which direction they err."""
    zh, measures = lang == "zh", {row.measure for row in rows}
    found = []
    if "childcare_staff" in measures:
        found.append(
            "托育保育人员按所需托位全部收托、当年可入托儿童（0岁计一半）的年龄构成和国家规定的"
            "最低配备比例计算，不含管理、保健、炊事、保安人员，也未计班额不满和轮休，结果偏低；"
            "托位收不满时则偏高。"
            if zh
            else "Childcare carers: every required place taken, by the ages of the children who "
            "could come (half of age 0) at the lowest national ratios; managers, health, kitchen "
            "and guards, classes not full and leave are left out, so it errs low; where places "
            "stay empty it errs high."
        )
    if "certified_carers" in measures:
        found.append(
            "持证养老护理员为持证人数，不等于在岗人数。"
            if zh
            else "Certified carers are holders of a certificate, not people at work."
        )
    if any(row.implied for row in rows):
        found.append(
            "* 承诺数方案未直接给出，由同一方案的床位总量目标与占比目标相乘得出。"
            if zh
            else "* Not promised as a number: the product of two targets of one document."
        )
    return found


def not_computed(
    answer: PlaceNeed, missing: Sequence[str], asked: Sequence[str], lang: str
) -> list[str]:
    """Measures without a line: their norms begin later, or no document has one."""
    zh, found = lang == "zh", []
    later = [
        f"{label(measure, lang)}{f'（{year}年起）' if zh else f' (from {year} on)'}"
        for measure, year in answer.later.items()
        if measure in asked
    ]
    if later:
        found.append(
            f"标准自以后年份起才有、未测算：{'、'.join(later)}。"
            if zh
            else f"Norms that begin after the last year, so not computed: {', '.join(later)}."
        )
    if missing:
        named = ("、" if zh else "; ").join(
            concepts()[m].name_zh if zh else concepts()[m].name_en for m in missing
        )
        found.append(
            f"方案未设标准、未测算：{named}；可用 --norm 指标编号=数值 给出（{'、'.join(missing)}）。"
            if zh
            else f"No norm in the documents, so not computed: {named}. Give one with --norm "
            f"ID=VALUE ({', '.join(missing)})."
        )
    return found
