"""What a place needs, as a page for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from yilao import demand
from yilao.gap import PlaceNeed, Requirement
from yilao.report.measures import KIND_ZH, label, norm_text
from yilao.report.notes import VARIANT_ZH
from yilao.report.place_notes import assumptions, left_out, not_computed, numbered
from yilao.report.text import as_printed, people, places, table
from yilao.schema import YilaoError


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
    return "\n".join([*lines, "", *_notes(answer, lang, max(years))])


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


def _notes(answer: PlaceNeed, lang: str, year: int) -> list[str]:
    """Write what was assumed, what the words mean, and what is missing."""
    zh = lang == "zh"
    rows = {row.measure: row for row in answer.rows}
    found = [
        *assumptions(answer, answer.rows, year, lang),
        "性质：标准配置为按方案标准应配置的数量，属政策取值；照护需要为符合所列定义的老年人数；"
        "有效需求为其中预计入住机构的部分。三者不可混用，也不可相加。"
        if zh
        else "Kind: a norm requirement is what a decided norm asks for; need is people who meet the "
        "definition; demand is the part of them expected in institutions. They are not compared as "
        "one, nor added.",
        *_need_notes(answer, lang, rows),
        *left_out(answer.rows, lang),
    ]
    if differing := _differing(answer, lang):
        found.append(
            f"文件之间标准不一的，分行列出，不作取舍：{'；'.join(differing)}。"
            if zh
            else f"Documents differ, and each has a line: {'; '.join(differing)}."
        )
    return numbered(
        [*found, *not_computed(answer, answer.missing, tuple(answer.later), lang)], lang
    )


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


def _reach(printed: str, answer: PlaceNeed, lang: str) -> str:
    """For which years a definition has a number, where that is not all of them."""
    years, known = [int(y) for y in printed.split(", ")], answer.people["year"].values
    if len(years) == 1 or (years[0] <= known[0] and known[-1] <= years[-1]):
        return ""
    return (
        f"，仅有{years[0]}—{years[-1]}年的数，其他年份不作推算"
        if lang == "zh"
        else f", printed for {years[0]} to {years[-1]} and not computed outside"
    )


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
    share += _reach(str(table.loc[answer.definition, "years"]), answer, lang)
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
