"""What a place needs, as a page for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from yilao import demand
from yilao.gap import PlaceNeed, Requirement
from yilao.plan.registry import concepts
from yilao.report.notes import VARIANT_ZH
from yilao.report.text import as_printed, people, places, table
from yilao.scenario import DESCRIPTION
from yilao.schema import YilaoError

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
        whole = "机构床位" if row.norm_id.startswith("institution") else "养老床位"
        return f"占{whole}{value:g}%" if zh else f"{value:g} % of beds"
    per = {
        "per 1,000 people": ("每千常住人口{}", "{} per 1,000"),
        "per 1,000 older people": ("每千名老年人{}", "{} per 1,000 60+"),
        "per 10,000 older people": ("每万名老年人{}", "{} per 10,000 60+"),
    }[unit]
    return per[0 if zh else 1].format(f"{value:g}")


def need_text(answer: PlaceNeed, lang: str, years: Sequence[int]) -> str:
    """Write the page: people, lines with norm and promise, notes.

    Parameters
    ----------
    answer : of ``place_need``.
    lang : ``zh`` or ``en``.
    years : the years to show.

    Raises
    ------
    YilaoError
        A year lies outside the answer.
    """
    zh = lang == "zh"
    known = answer.people["year"].values
    if outside := [y for y in years if y not in known]:
        raise YilaoError(f"years: {outside[0]} is outside {known[0]} to {known[-1]}.")
    name = answer.place.name_zh if zh else answer.place.name_en
    heading = (
        f"{name}“一老一小”服务需求测算（{VARIANT_ZH[answer.variant]}，常住人口，年末数）"
        if zh
        else f"{name}: what the oldest and the youngest need (residents, end of year, variant "
        f"{answer.variant})"
    )
    names = {
        "residents": ("常住人口", "residents"),
        "aged_60_and_over": ("60岁及以上", "aged 60 and over"),
        "under_three": ("3岁以下", "under three"),
    }
    head = [f"{y}年" if zh else str(y) for y in years]
    counted = [
        [names[str(k)][0 if zh else 1], *(people(float(v.sel(year=y)), lang) for y in years)]
        for k, v in answer.people.items()
    ]
    lines = [heading, "", *table(["人口" if zh else "people", *head], counted), ""]
    tail = (
        ["方案目标数", "目标年测算数", "差额(+为不足)"]
        if zh
        else ["promised", "needed then", "short (+)"]
    )
    titles = ["测算项目", "性质", "标准"] if zh else ["what", "kind", "norm"]
    body = [_line(row, lang, years) for row in answer.rows]
    columns = [*titles, *head, *tail]
    if not any(row.promised for row in answer.rows):
        columns, body = columns[: -len(tail)], [line[: -len(tail)] for line in body]
    lines += table(columns, body, text_columns=3)
    return "\n".join([*lines, "", *notes(answer, lang, max(years))])


def _line(row: Requirement, lang: str, years: Sequence[int]) -> list[str]:
    known = [int(y) for y in row.values["year"].values]
    values = [places(float(row.values.sel(year=y)), lang) if y in known else "—" for y in years]
    due = [y for y in row.promised if y in known]
    promise = ["—", "—", "—"]
    if due:
        year = max(due)
        given, wanted = row.promised[year], float(row.values.sel(year=year))
        short = ("+" if wanted > given else "−") + places(abs(wanted - given), lang)
        promise = [f"{as_printed(given, lang)} ({year})", places(wanted, lang), short]
    kind = KIND_ZH[row.kind] if lang == "zh" else row.kind
    title = label(row.measure, lang) + ("*" if row.implied else "")
    return [title, kind, norm_text(row, max(years), lang), *values, *promise]


def notes(answer: PlaceNeed, lang: str, year: int) -> list[str]:
    """Write what was assumed, what the words mean, and what is missing."""
    zh = lang == "zh"
    rows = {row.measure: row for row in answer.rows}
    found = [
        f"情景：{DESCRIPTION[answer.variant]['zh']}。"
        if zh
        else f"Variant: {DESCRIPTION[answer.variant]['en']}."
    ]
    found.append(
        "性质：标准配置为按方案标准应配置的数量，属政策取值；照护需要为符合所列定义的老年人数；"
        "有效需求为其中预计入住机构的部分。三者不可混用，也不可相加。"
        if zh
        else "Kind: a norm requirement is what a decided norm asks for; need is people who meet the "
        "definition; demand is the part of them expected in institutions. They are not compared as "
        "one, nor added."
    )
    ends = sorted(set(_lasts(answer)))
    if ends and ends[0] < year:
        told = ("、" if zh else ", ").join(map(str, ends))
        found.append(
            f"方案目标年为{told}年，此后各年沿用同一标准只是假设。"
            if zh
            else f"Targets end in {told}; that they go on afterwards is an assumption."
        )
    if any(of_older_people(row) for row in answer.rows):
        found.append(
            "“老年人”的年龄和口径方案未写明，按60岁及以上常住人口计算；改用户籍人口，结果不同。"
            if zh
            else "The documents do not say whom “older people” counts: residents aged 60 and over "
            "are taken; the registered would give another number."
        )
    found += _need_notes(answer, lang, rows)
    if "childcare_staff" in rows:
        found.append(
            "托育保育人员按所需托位全部收托、当年可入托儿童（0岁计一半）的年龄构成和国家规定的"
            "最低配备比例计算，不含管理、保健、炊事、保安人员，也未计班额不满和轮休，结果偏低。"
            if zh
            else "Childcare carers: every required place taken, by the ages of the children who "
            "could come (half of age 0) at the national ratios; managers, health, kitchen and "
            "guards, classes not full and leave are left out, so it errs low."
        )
    if "certified_carers" in rows:
        found.append(
            "持证养老护理员为持证人数，不等于在岗人数。"
            if zh
            else "Certified carers are holders of a certificate, not people at work."
        )
    if any(row.implied for row in answer.rows):
        found.append(
            "* 方案未直接给出数量，由同一方案的床位总量目标与占比目标相乘得出。"
            if zh
            else "* Not stated as a number: the product of two targets of one document."
        )
    if differing := _differing(answer, lang):
        found.append(
            f"文件之间标准不一的，分行列出，不作取舍：{'；'.join(differing)}。"
            if zh
            else f"Documents differ, and each has a line: {'; '.join(differing)}."
        )
    found += later_norms(answer, list(rows), None, lang)
    if answer.missing:
        absent = [concepts()[m].name_zh if zh else concepts()[m].name_en for m in answer.missing]
        found.append(
            f"方案未设标准、未测算：{'、'.join(absent)}；可用 --norm 指标编号=数值 给出"
            f"（{'、'.join(answer.missing)}）。"
            if zh
            else f"No norm in the documents, so not computed: {'; '.join(absent)}. Give one with "
            f"--norm ID=VALUE ({', '.join(answer.missing)})."
        )
    mark = "注" if zh else "Notes"
    return [mark, *(f"  {i}. {text}" for i, text in enumerate(found, 1))]


def of_older_people(row: Requirement) -> bool:
    """Whether a line rests on a norm for older people, whom the documents do not define."""
    return bool(row.norm) and ("older" in row.norm_id or "bed_share" in row.norm_id)


def later_norms(
    answer: PlaceNeed, shown: Sequence[str], asked: Sequence[str] | None, lang: str
) -> list[str]:
    """Measures without a line because their norms begin after the last year."""
    zh = lang == "zh"
    later = [
        f"{label(measure, lang)}{f'（{year}年起）' if zh else f' (from {year} on)'}"
        for measure, year in answer.later.items()
        if measure not in shown and (asked is None or measure in asked)
    ]
    if not later:
        return []
    return [
        f"标准自以后年份起才有、未测算：{'、'.join(later)}。"
        if zh
        else f"Norms that begin after the last year, so not computed: {', '.join(later)}."
    ]


def _differing(answer: PlaceNeed, lang: str) -> list[str]:
    """Norms for which documents differ, with the documents, in the order of the lines."""
    titles = {p.document: p.title if lang == "zh" else p.document for p in answer.place.plans}
    stated: dict[str, dict[str, str]] = {}
    for row in answer.rows:
        if row.norm and row.measure != "childcare_staff":
            named = "、".join(titles.get(d, d) for d in row.documents)
            stated.setdefault(label(row.measure, lang), {})[named] = norm_text(row, 9999, lang)
    left, right, between = ("（", "）", "、") if lang == "zh" else (" (", ")", ", ")
    return [
        f"{name} " + between.join(f"{norm}{left}{named}{right}" for named, norm in norms.items())
        for name, norms in stated.items()
        if len(norms) > 1
    ]


def _lasts(answer: PlaceNeed) -> list[int]:
    """The last target year of each norm."""
    dated = ([y for y in row.norm if y is not None] for row in answer.rows)
    return [max(years) for years in dated if years]


def _need_notes(answer: PlaceNeed, lang: str, rows: dict[str, Requirement]) -> list[str]:
    zh = lang == "zh"
    table = demand.care_definitions().set_index("id")
    shown = "label_zh" if zh else "label_en"
    year = int(answer.people["year"].values[-1])
    low, high = (f(answer.in_need, key=answer.in_need.__getitem__) for f in (min, max))
    name, least, most = (str(table.loc[d, shown]) for d in (answer.definition, low, high))
    spread = people(answer.in_need[low], lang), people(answer.in_need[high], lang)
    share, counted = "", answer.in_need.get(answer.definition)
    if counted is not None:
        older = float(answer.people["aged_60_and_over"].sel(year=year))
        rate = f"{counted / older:.1%}"
        share = f"，{year}年占60岁及以上{rate}" if zh else f", {rate} of those aged 60+ in {year}"
    told = [
        f"照护需要的定义：{name}{share}。定义不同，{year}年人数从{spread[0]}（“{least}”）"
        f"到{spread[1]}（“{most}”）不等；应并列比较，不可取平均。"
        if zh
        else f"Definition of need: {name}{share}. By definition alone the number of {year} runs from "
        f"{spread[0]} (“{least}”) to {spread[1]} (“{most}”); show them side by side, never averaged."
    ]
    if "beds_of_need" in rows:
        told.append(
            "按失能推算的机构床位：入住比例为该定义作者的假设，使用率取美国规划规则；"
            "本地在院人数和床位使用率有数后应予替换。"
            if zh
            else "Beds from people in need: the share that enters is an assumption of the authors "
            "of that definition, the occupancy that of planning rules in the USA; replace both by "
            "local figures."
        )
    return told
