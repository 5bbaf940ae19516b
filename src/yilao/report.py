"""Tables and sentences for people, in Chinese and English."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from yilao.gap import ChildcareGap
from yilao.scenario import DESCRIPTION

Value = float | tuple[float, float] | None

MISSING_ZH = {
    "census_population_2010": "2010年普查分年龄人口",
    "resident_year_end_total_2020": "2020年末常住人口",
    "resident_year_end_total_2021": "2021年末常住人口",
    "resident_crude_birth_rate_2021": "2021年常住人口出生率",
    "resident_crude_death_rate_2021": "2021年常住人口死亡率",
    "life_expectancy": "本地人均预期寿命(暂用全国水平)",
    "childcare_places_stock": "现有托位数",
    "childcare_places_in_year_of_need": "需求当年的托位数",
    "norm_per_1000": "当年每千人口托位数目标",
    "published_population": "方案隐含的常住人口",
    "published_shortfall": "方案公布的托位缺口",
    "published_elderly_60plus": "方案预测的60岁及以上人口",
    "published_under_3": "方案预测的3岁以下人口",
    "childcare_places_added": "分年新增托位数",
}


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns set by display width; the first to the left, numbers to the right."""
    widths = [max(_width(r[i]) for r in (head, *rows)) for i in range(len(head))]

    def line(row: Sequence[str]) -> str:
        cells = [
            c + " " * (w - _width(c)) if i == 0 else " " * (w - _width(c)) + c
            for i, (c, w) in enumerate(zip(row, widths, strict=True))
        ]
        return ("  " + "  ".join(cells)).rstrip()

    rule = "  " + "-" * (sum(widths) + 2 * (len(widths) - 1))
    return [line(head), rule, *(line(r) for r in rows)]


def people(value: Value, lang: str) -> str:
    """Persons rounded for reading: 万 in Chinese, millions or thousands in English."""
    if value is None:
        return "—"
    if isinstance(value, tuple):
        if value[0] == value[1]:
            return people(value[0], lang)
        return f"{people(value[0], lang)}{'—' if lang == 'zh' else ' to '}{people(value[1], lang)}"
    if lang == "zh":
        return f"{value / 1e4:,.0f}万" if abs(value) >= 1e7 else f"{value / 1e4:,.1f}万"
    return f"{value / 1e6:,.2f} m" if abs(value) >= 1e6 else f"{round(value, -3):,.0f}"


def places(value: Value, lang: str) -> str:
    """Places rounded for reading, to hundreds above ten thousand."""
    if value is None:
        return "—"
    if isinstance(value, tuple):
        return f"{places(value[0], lang)}{'—' if lang == 'zh' else ' to '}{places(value[1], lang)}"
    if abs(value) < 10_000:
        return f"{value:,.0f}"
    return f"{value / 1e4:,.2f}万" if lang == "zh" else f"{round(value, -2):,.0f}"


def conclusion(values: dict[str, Any], name: str, lang: str) -> str:
    """Say in a sentence or two what a planner may conclude.

    Parameters
    ----------
    values : of a `ChildcareGap`.
    name : of the place, in the language.
    lang : ``zh`` or ``en``.
    """
    zh = lang == "zh"
    year, norm = values["year"], values["norm_per_1000"]
    need, supply, short = values["need"]["projected"], values["supply"], values["shortfall"]
    if norm is None:
        return (
            f"{name}{year}年没有可用的每千人口托位数目标,无法计算托位需求;可用 --norm 给出。"
            if zh
            else f"No norm of places per 1,000 residents is known for {name} in {year}, so the need "
            "cannot be computed; give one with --norm."
        )
    said = (
        f"到{year}年末,按每千常住人口{norm:g}个托位,{name}约需{places(need, lang)}个。"
        if zh
        else f"At {norm:g} places per 1,000 residents {name} needs about {places(need, lang)} "
        f"places at the end of {year}."
    )
    gap = short["projected_stated_stock"]
    if short["published"] is not None and supply["implied"] is not None and gap is not None:
        return said + " " + _against_published(values, lang) if not zh else said + _against_published(
            values, lang
        )
    if gap is not None:
        return said + (
            f"方案所载存量为{places(supply['stated'], lang)}个({supply['stated_date']}),如此后没有增减,"
            f"{_short_zh(gap)}。此后实际增减未知。"
            if zh
            else f" The plan counts {places(supply['stated'], lang)} ({supply['stated_date']}); had "
            f"nothing opened or closed since, {_short_en(gap)}. What opened since is not known."
        )
    if supply["given"] is not None:
        gap = short["projected_given_stock"]
        return said + (
            f"按您给出的{places(supply['given'], lang)}个计,{_short_zh(gap)}。"
            if zh
            else f" Against the {places(supply['given'], lang)} places you gave, {_short_en(gap)}."
        )
    return said + (
        "现有托位数未知,缺口无法计算;可用 --stock 给出。"
        if zh
        else " How many places exist is not known, so neither is the gap; give --stock."
    )


def _short_zh(gap: float) -> str:
    return f"{'尚缺' if gap >= 0 else '富余'}约{places(abs(gap), 'zh')}个"


def _short_en(gap: float) -> str:
    return f"{places(abs(gap), 'en')} would be {'missing' if gap >= 0 else 'to spare'}"


def _against_published(values: dict[str, Any], lang: str) -> str:
    """Under which stock the published gap is reached, and whether the stated one is among them."""
    supply, short = values["supply"], values["shortfall"]
    published, gap = short["published"], short["projected_stated_stock"]
    low, high = short["projected_implied_stock"]
    reached = low <= published <= high
    stated = places(supply["stated"], lang)
    implied = places(supply["implied"], lang)
    if lang == "zh":
        verb = "与之相符" if reached else "与之不符"
        return (
            f"方案公布的缺口约{places(published, lang)}个,只在存量约为{implied}个时成立"
            f"(由缺口反推,预测{verb},但不能作为印证);而方案写明的存量是{stated}个"
            f"({supply['stated_date']}),据此缺口约{places(gap, lang)}个,得不出{places(published, lang)}个。"
        )
    return (
        f"The published shortfall of about {places(published, lang)} follows only from a stock of "
        f"about {implied}, which is inferred from that shortfall (the projection is "
        f"{'consistent' if reached else 'not consistent'} with it, but cannot confirm it). Against "
        f"the {stated} places the plan states ({supply['stated_date']}) the gap is about "
        f"{places(gap, lang)}, not {places(published, lang)}."
    )


def gap_text(answer: ChildcareGap, lang: str) -> str:
    """Write the answer of `childcare_gap` as a page for the terminal."""
    v, zh = answer.values, lang == "zh"
    name = answer.place.name_zh if zh else answer.place.name_en
    lines = [_title(v, name, zh), ""]
    lines += _people_table(v, lang)
    lines += ["", *_stock_table(v, lang)]
    if v["difference_to_published"]:
        d = {k: places(x, lang) for k, x in v["difference_to_published"].items()}
        lines += [
            "",
            f"  预测缺口(所述存量)与公布缺口之差 {d['total']} = 人口 {d['population']} + 存量 {d['stock']}"
            if zh
            else f"  Projected gap (stated stock) less published: {d['total']} = population "
            f"{d['population']} + stock {d['stock']}",
        ]
    lines += ["", *_variant_table(v, lang)]
    lines += ["", ("结论:" if zh else "Conclusion: ") + conclusion(v, name, lang)]
    lines += ["", *_notes(answer, lang)]
    return "\n".join(lines)


def _title(v: dict[str, Any], name: str, zh: bool) -> str:
    norm = v["norm_per_1000"]
    if norm is None:
        said = "目标未知" if zh else "norm unknown"
    else:
        said = f"每千人口{norm:g}个" if zh else f"{norm:g} places per 1,000 residents"
        due = v["norm_target_year"]
        if due is not None and due != v["year"]:
            said += f"(沿用{due}年目标)" if zh else f" (target of {due}, held)"
    if zh:
        return f"{name} {v['year']}年末托位缺口({said})"
    return f"{name}: childcare places at the end of {v['year']} ({said})"


def _people_table(v: dict[str, Any], lang: str) -> list[str]:
    zh = lang == "zh"
    head = (
        ["", "方案数字推算", "(按位数取整的区间)", f"预测({v['variant']})"]
        if zh
        else ["", "plan's figures", "(range of the digits)", f"projected ({v['variant']})"]
    )
    pop, need = v["population"], v["need"]
    rows = [
        [
            "常住人口" if zh else "residents",
            people(pop["published_implied_point"], lang),
            people(pop["published_implied"], lang),
            people(pop["projected"], lang),
        ],
        [
            "需要托位(个)" if zh else "places needed",
            places(need["published_implied_point"], lang),
            places(need["published_implied"], lang),
            places(need["projected"], lang),
        ],
    ]
    for key, label_zh, label in (
        ("elderly_60plus", "60岁及以上", "aged 60 and over"),
        ("under_3", "3岁以下", "under three"),
    ):
        rows.append(
            [
                label_zh if zh else label,
                people(v[key]["published"], lang),
                "",
                people(v[key]["projected"], lang),
            ]
        )
    return _table(head, rows)


def _stock_table(v: dict[str, Any], lang: str) -> list[str]:
    zh = lang == "zh"
    supply, short = v["supply"], v["shortfall"]
    head = (
        ["存量(个)与缺口(个)", "存量", "缺口:方案需求", "缺口:预测需求"]
        if zh
        else ["stock, and gap (negative: spare)", "stock", "gap, plan's need", "gap, projected need"]
    )
    rows = []

    def row(label_zh: str, label: str, stock: Value, by_plan: Value, projected: Value) -> None:
        cells = (places(x, lang) for x in (stock, by_plan, projected))
        rows.append([label_zh if zh else label, *cells])

    if short["published"] is not None:
        row("方案公布", "as published", None, short["published"], None)
    date = supply["stated_date"]
    if supply["stated"] is not None:
        row(
            f"方案所述存量({date})",
            f"stock the plan states ({date})",
            supply["stated"],
            short["plan_arithmetic_stated"],
            short["projected_stated_stock"],
        )
    if supply["implied"] is not None:
        row(
            "由公布缺口反推(不可作印证)",
            "implied by the published gap (no proof)",
            supply["implied"],
            short["plan_arithmetic_implied"],
            short["projected_implied_stock"],
        )
    if supply["argued"] is not None:
        before = int(str(date)[:4]) - 1
        row(
            f"推断的{before}年末存量(见注)",
            f"argued for the end of {before} (see note)",
            supply["argued"],
            None,
            short["projected_argued_stock"],
        )
    if supply["given"] is not None:
        row("您给出的存量", "stock you gave", supply["given"], None, short["projected_given_stock"])
    if not rows:
        row("现有托位数未知", "number of places unknown", None, None, None)
    return _table(head, rows)


def _variant_table(v: dict[str, Any], lang: str) -> list[str]:
    zh = lang == "zh"
    head = (
        ["变体", "常住人口", "60岁及以上", "3岁以下", "需要托位", "缺口(所述存量)"]
        if zh
        else ["variant", "residents", "60 and over", "under three", "places needed", "gap (stated)"]
    )
    rows = []
    for variant, line in v["variants"].items():
        if line is None:
            rows.append([variant, *["—"] * 5])
            continue
        counts = [people(line[k], lang) for k in ("population", "elderly_60plus", "under_3")]
        gaps = [places(line[k], lang) for k in ("need", "shortfall_stated_stock")]
        rows.append([variant, *counts, *gaps])
    return _table(head, rows)


def _notes(answer: ChildcareGap, lang: str) -> list[str]:
    v, zh = answer.values, lang == "zh"
    lines = ["说明" if zh else "Notes"]
    for variant, line in v["variants"].items():
        if line is not None:
            lines.append(f"  {variant}: {DESCRIPTION[variant][lang]}")
    if v["variants"]["plan"] is not None:
        lines.append(
            "  plan 的净迁入量每年不变,推算到2035年不可信,只宜用于方案期内。"
            if zh
            else "  The plan variant's constant inflow is not credible as far as 2035: use it within "
            "the plan's own years."
        )
    supply = v["supply"]
    if supply["argued"] is not None:
        before = int(str(supply["stated_date"])[:4]) - 1
        lines.append(
            f"  推断存量:{supply['stated_date'][:4]}年1—11月报告新增普惠托位{supply['argued_added']:,.0f}个,"
            f"其中一部分在方案统计之前已建成,故{before}年末的存量低于所述存量,最多低这么多(不计关停)。"
            if zh
            else f"  Argued stock: {supply['argued_added']:,.0f} inclusive places were reported added "
            f"in January-November {supply['stated_date'][:4]}; some stood before the plan's count, "
            f"so the stock at the end of {before} was lower, by that number at most (closures not "
            "counted)."
        )
    if answer.missing:
        names = [MISSING_ZH.get(m, m) for m in answer.missing] if zh else answer.missing
        lines.append(("  缺少的资料:" if zh else "  Not known: ") + ("、" if zh else ", ").join(names))
    lines.append(
        f"  资料来源{len(answer.sources)}项,加 --sources 列出。"
        if zh
        else f"  {len(answer.sources)} sources; --sources lists them."
    )
    return lines


def places_text(rows: list[dict[str, Any]], lang: str) -> str:
    """Write the packaged places as a table."""
    zh = lang == "zh"
    head = (
        ["地区", "名称", "代码", "口径", "普查", "变体", "方案文件"]
        if zh
        else ["place", "name", "code", "basis", "censuses", "variants", "documents"]
    )
    basis = {"resident": "常住" if zh else "resident"}
    table = [
        [
            r["id"],
            r["name_zh"] if zh else r["name_en"],
            r["code"],
            basis[r["basis"]],
            ", ".join(map(str, r["census_years"])),
            ", ".join(r["variants"]),
            ", ".join(r["documents"]) or "—",
        ]
        for r in rows
    ]
    return "\n".join(_table(head, table))
