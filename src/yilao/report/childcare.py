"""The childcare gap as a page for the terminal, and its conclusion in a sentence or two."""

from __future__ import annotations

from typing import Any

import pandas as pd

from yilao.gap import ChildcareGap
from yilao.report.notes import VARIANT_ZH, notes
from yilao.report.text import Value, as_printed, month, people, places, table


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
            f"{name}没有{year}年适用的每千人口托位数目标，无法计算托位需求；可用 --norm 给出。"
            if zh
            else f"No norm of places per 1,000 residents is known for {name} in {year}, so the need "
            "cannot be computed; give one with --norm."
        )
    said = (
        f"按每千常住人口{norm:g}个托位计算，{name}{year}年末约需托位{places(need, lang)}个。"
        if zh
        else f"At {norm:g} places per 1,000 residents {name} needs about {places(need, lang)} "
        f"places at the end of {year}. "
    )
    gap = short["projected_stated_stock"]
    if short["published"] is not None and supply["implied"] is not None and gap is not None:
        said += _against_published(values, lang)
    elif gap is not None:
        stated, date = as_printed(supply["stated"], lang), month(supply["stated_date"], lang)
        if year < int(supply["stated_date"][:4]):
            held = (f"若{year}年末已有同样数量", f"had there been as many at the end of {year}")
        else:
            held = ("若此后没有增减", "if nothing had opened or closed since")
        said += (
            f"方案所载存量为{stated}个（{date}），{held[0]}，{_short(gap, lang)}；其间的实际增减未知。"
            if zh
            else f"The plan counts {stated} ({date}); {held[1]}, {_short(gap, lang)}. What did in "
            "between is not known."
        )
    elif supply["given"] is None:
        said += (
            "现有托位数未知，无法计算缺口；可用 --stock 给出。"
            if zh
            else "How many places exist is not known, so neither is the gap; give --stock."
        )
    due = values["norm_target_year"]
    if due is not None and due < year:
        said += (
            f"{due}年的目标沿用到{year}年只是假设。"
            if zh
            else f" That the target of {due} still holds in {year} is an assumption."
        )
        if values["variant"] == "plan":
            said += (
                "方案情景的人口推算到方案期以后也不可信。"
                if zh
                else " So far beyond the plan its variant's population is not credible either."
            )
    if supply["given"] is not None:
        given, left = (
            as_printed(supply["given"], lang),
            _short(short["projected_given_stock"], lang),
        )
        said += f"按您给出的存量{given}个计，{left}。" if zh else f" Against your {given}, {left}."
    return said.replace("  ", " ").strip()


def _short(gap: float, lang: str) -> str:
    count = places(abs(gap), lang)
    if lang == "zh":
        return f"{'尚缺' if gap >= 0 else '富余'}约{count}个"
    return f"about {count} are {'missing' if gap >= 0 else 'to spare'}"


def _against_published(values: dict[str, Any], lang: str) -> str:
    """Under which stock the published gap is reached, and whether the stated one is among them."""
    supply, short = values["supply"], values["shortfall"]
    low, high = values["population"]["published_implied"]
    fits = low <= values["population"]["projected"] <= high
    published, stated = (as_printed(x, lang) for x in (short["published"], supply["stated"]))
    implied, gap = places(supply["implied"], lang), places(short["projected_stated_stock"], lang)
    date = month(supply["stated_date"], lang)
    if lang == "zh":
        return (
            f"方案公布的缺口{published}个左右，只有存量约为{implied}个时才能得出；这一存量由缺口反推，"
            f"方案没有写明，本预测也不能印证（预测的常住人口与方案隐含的{'相符' if fits else '不符'}，"
            f"对存量则不置可否）。方案写明的存量是{stated}个（{date}），若此后没有增减，"
            f"缺口约{gap}个，得不出{published}个。{_argued_zh(values)}"
        )
    return (
        f"The published shortfall of about {published} follows only from a stock of about "
        f"{implied}, which is inferred from that shortfall and stated nowhere: the projected "
        f"residents are {'consistent' if fits else 'not consistent'} with those the plan implies, "
        f"but say nothing of the stock. Against the {stated} places that the plan states ({date}), "
        f"if nothing has opened or closed since, the gap is about {gap}, not {published}."
        f"{_argued_en(values)}"
    )


def _argued_zh(values: dict[str, Any]) -> str:
    gap, stock = values["shortfall"]["projected_argued_stock"], values["supply"]["argued"]
    if gap is None or gap[1] >= values["shortfall"]["published"]:
        return ""
    return f"按报告的新增数推断的上年末存量（{places(stock, 'zh')}个）计，缺口也到不了公布数。"


def _argued_en(values: dict[str, Any]) -> str:
    gap, stock = values["shortfall"]["projected_argued_stock"], values["supply"]["argued"]
    if gap is None or gap[1] >= values["shortfall"]["published"]:
        return ""
    return (
        f" Nor does the stock a year earlier, argued from reported additions "
        f"({places(stock, 'en')}), reach it."
    )


def gap_text(answer: ChildcareGap, lang: str, checks: pd.DataFrame | None = None) -> str:
    """Write the answer of `childcare_gap` as a page for the terminal.

    Parameters
    ----------
    answer : of `childcare_gap`.
    lang : ``zh`` or ``en``.
    checks : of `against_bulletins`, to print the misses of the projection; left out when None.
    """
    v, zh = answer.values, lang == "zh"
    name = answer.place.name_zh if zh else answer.place.name_en
    lines = [_title(v, name, zh), "", *_people_table(v, lang), "", *_stock_table(v, lang)]
    if v["difference_to_published"]:
        # To the place, so that the parts add up to the sum as printed.
        d = {k: f"{round(x):,}" for k, x in v["difference_to_published"].items()}
        lines += [
            "",
            f"  预测缺口（按所述存量）减公布缺口：{d['total']} = 人口 {d['population']} + 存量 {d['stock']}"
            if zh
            else f"  Projected gap (stated stock) less the published one: {d['total']} = "
            f"population {d['population']} + stock {d['stock']}",
        ]
    lines += ["", *_variant_table(v, lang), ""]
    lines += [("结论：" if zh else "Conclusion: ") + conclusion(v, name, lang), ""]
    return "\n".join([*lines, *notes(answer, lang, checks)])


def _title(v: dict[str, Any], name: str, zh: bool) -> str:
    norm, due = v["norm_per_1000"], v["norm_target_year"]
    said = "norm unknown" if norm is None else f"{norm:g} places per 1,000 residents"
    said_zh = "目标未知" if norm is None else f"每千常住人口{norm:g}个"
    if due is not None and due != v["year"]:
        said, said_zh = f"{said}: target of {due}, held", f"{said_zh}，沿用{due}年目标"
    if zh:
        return f"{name}{v['year']}年末托位需求与缺口（{said_zh}）"
    return f"{name}: childcare places at the end of {v['year']} ({said})"


def _people_table(v: dict[str, Any], lang: str) -> list[str]:
    zh, pop, need = lang == "zh", v["population"], v["need"]
    head = (
        ["", "方案（推算或所载）", "按公布数有效位数的区间", f"预测（{VARIANT_ZH[v['variant']]}）"]
        if zh
        else ["", "plan (implied or stated)", "range of its digits", f"projected ({v['variant']})"]
    )
    rows = [
        [
            "常住人口" if zh else "residents",
            people(pop["published_implied_point"], lang),
            people(pop["published_implied"], lang),
            people(pop["projected"], lang),
        ],
        [
            "需要托位" if zh else "places needed",
            places(need["published_implied_point"], lang),
            places(need["published_implied"], lang),
            places(need["projected"], lang),
        ],
    ]
    for key, label_zh, label in (
        ("elderly_60plus", "60岁及以上", "aged 60 and over"),
        ("under_3", "3岁以下", "under three"),
    ):
        published, projected = (people(v[key][k], lang) for k in ("published", "projected"))
        rows.append([label_zh if zh else label, published, "", projected])
    return table(head, rows)


def _stock_table(v: dict[str, Any], lang: str) -> list[str]:
    zh, supply, short = lang == "zh", v["supply"], v["shortfall"]
    head = (
        ["存量与缺口（个，负数为富余）", "存量", "缺口：方案需求", "缺口：预测需求"]
        if zh
        else [
            "stock, and gap (negative: spare)",
            "stock",
            "gap, plan's need",
            "gap, projected need",
        ]
    )
    rows: list[list[str]] = []

    def row(label_zh: str, label: str, stock: Value, by_plan: Value, projected: Value) -> None:
        # A single stock is a figure of a document and keeps its digits; a range is computed.
        held = as_printed(stock, lang) if isinstance(stock, float) else places(stock, lang)
        cells = (places(x, lang) for x in (by_plan, projected))
        rows.append([label_zh if zh else label, held, *cells])

    if short["published"] is not None:
        row("方案公布的缺口", "as published", None, short["published"], None)
    if supply["stated"] is not None:
        date = month(supply["stated_date"], lang)
        row(
            f"方案所述存量（{date}）",
            f"stock the plan states ({date})",
            supply["stated"],
            short["plan_arithmetic_stated_interval"],
            short["projected_stated_stock"],
        )
    if supply["implied"] is not None:
        row(
            "由公布缺口反推的存量（不能作印证）",
            "implied by the published gap (no proof)",
            supply["implied"],
            short["plan_arithmetic_implied"],
            short["projected_implied_stock"],
        )
    if supply["argued"] is not None:
        before = int(supply["stated_date"][:4]) - 1
        row(
            f"推断的{before}年末存量（见说明）",
            f"argued for the end of {before} (see notes)",
            supply["argued"],
            short["plan_arithmetic_argued"],
            short["projected_argued_stock"],
        )
    if supply["promised"] is not None:
        kept = (
            None if v["need"]["projected"] is None else v["need"]["projected"] - supply["promised"]
        )
        row(
            f"方案承诺的{v['year']}年托位数",
            f"promised for {v['year']}",
            supply["promised"],
            None,
            kept,
        )
    if supply["given"] is not None:
        row("您给出的存量", "stock you gave", supply["given"], None, short["projected_given_stock"])
    if not rows:
        row("现有托位数未知", "number of places unknown", None, None, None)
    return table(head, rows)


def _variant_table(v: dict[str, Any], lang: str) -> list[str]:
    zh = lang == "zh"
    head = (
        ["预测情景", "常住人口", "60岁及以上", "3岁以下", "需要托位", "缺口（所述存量）"]
        if zh
        else ["variant", "residents", "60 and over", "under three", "places needed", "gap (stated)"]
    )
    rows = []
    for variant, line in v["variants"].items():
        label = f"{VARIANT_ZH[variant]}（{variant}）" if zh else variant
        if line is None:
            rows.append([label, *["—"] * 5])
            continue
        counts = [people(line[k], lang) for k in ("population", "elderly_60plus", "under_3")]
        gaps = [places(line[k], lang) for k in ("need", "shortfall_stated_stock")]
        rows.append([label, *counts, *gaps])
    return table(head, rows)
