"""The demographic statements of documents beside the engine's figures, as a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from yilao.place import Place
from yilao.plan import COMPARATORS
from yilao.report.claims_notes import claims_notes
from yilao.report.notes import MISSING_ZH, VARIANT_ZH
from yilao.report.text import table
from yilao.reproduce import PARAMETERS, Assumption, Claim, Claims, Reproduction, measures

_LABELLED = {
    "resident": ("标注为常住", "labelled resident"),
    "registered": ("标注为户籍", "labelled registered"),
    "unstated": ("未注明口径", "basis not stated"),
}
_PARAMETERS = {
    "net_migration": ("年净迁入需为", "net migration a year"),
    "tfr": ("总和生育率需为", "TFR"),
    "life_expectancy": ("预期寿命需为", "life expectancy"),
}
_REASONS = {
    "registered": ("户籍人口：没有收录户籍分年龄资料，无法推算", "registered people: no ages of theirs are packaged"),
    "year": ("年份（或增长的起点）在2020年基期之前、无年份或在2050年之后", "its year, or the one it grows from, is before the base of 2020, after 2050 or not printed"),
    "input": ("是推算本身的输入，相符不说明问题", "the projection starts from this figure: that they agree tests nothing"),
    "other input": ("推算以该年的另一个数为起点，该年没有推算值可比", "for that year the projection starts from another figure, so that it projects none to compare"),
}  # fmt: skip


def number(value: float | None, claim: Claim, lang: str, sign: str = "") -> str:
    """Write a figure in the unit of a claim, with more digits than the document has."""
    if value is None:
        return "—"
    if value == 0:
        return "0"
    unit = claim.indicator.unit
    if unit.startswith("persons"):
        return _persons(value, lang, sign)
    if unit == "calendar year":
        return f"{value:{sign}.0f}"
    return f"{value:{sign}.2f}{'%' if unit.startswith('percent') and not sign else ''}"


def _persons(value: float, lang: str, sign: str = "") -> str:
    if lang == "zh":
        return f"{value / 1e4:{sign}.2f}万"
    # Nothing computed is known to the single person.
    return f"{round(value, -2):{sign},.0f}"


def _printed(claim: Claim, lang: str) -> str:
    """The figure as printed; in English in single units, with the sign that goes with it."""
    mark = COMPARATORS[claim.comparator]
    if lang == "zh":
        return claim.printed if claim.printed.startswith(mark) else f"{mark}{claim.printed}"
    unit = claim.indicator.unit
    ends = claim.ends or (claim.value,)
    text = " to ".join(f"{e:,.0f}" if (e or 0) >= 1e4 else f"{e:g}" for e in ends if e is not None)
    after = {"percent": "%", "percent per year": "%", "percentage points": " percentage points"}
    return f"{mark}{text}{after.get(unit, '')}"


def _title(claim: Claim, lang: str) -> str:
    """What is stated, for which year or day and with which label, in a line."""
    zh = lang == "zh"
    name = claim.indicator.name_zh if zh else claim.indicator.name_en
    ages = claim.measure.ages.replace(" ", "、" if zh else " and ")
    if len(measures()[claim.indicator.id]) > 1:
        name += f"（按{ages}岁理解）" if zh else f" (read as completed ages {ages})"
    label = _LABELLED[claim.labelled][0 if zh else 1]
    year = "" if claim.year is None else f"{claim.year}年" if zh else f", {claim.year}"
    day = claim.date
    if day is not None and (day.month, day.day) != (12, 31):
        year = f"{day.year}年{day.month}月{day.day}日" if zh else f", {day}"
    if zh:
        return f"{year}{name}：文件为{_printed(claim, lang)}（{label}）"
    return f"{name}{year}: printed {_printed(claim, lang)} ({label})"


def _needed(row: Reproduction, found: Assumption | None, lang: str) -> str:
    """What a parameter has and needs; how far it goes where it does not get there."""
    zh, claim = lang == "zh", row.claim
    if found is None:
        return "—"
    if found.needed is not None:
        used, needed = (_value(found.parameter, x, lang) for x in (found.used, found.needed))
        return f"{used} → {needed}{'' if found.plausible else ' !'}"
    if (end := found.low if found.low is not None else found.high) is not None:
        used, needed = (_value(found.parameter, x, lang) for x in (found.used, end))
        return f"{used} → {needed} ~"
    if found.reach is None:
        return "无解" if zh else "none"
    least, most = found.reach
    if most - least < 1e-9 * abs(most):
        return "无影响" if zh else "no effect"
    # Of a range nothing within is given either: all that is given lies on one side of it.
    short = most < claim.nearest(most)
    bound = number(most if short else least, claim, lang)
    if zh:
        return f"无解（{'至多' if short else '至少'}{bound}）"
    return f"none ({'at most' if short else 'at least'} {bound})"


def _value(parameter: str, value: float, lang: str) -> str:
    if value == 0:
        return "0"
    if parameter == "net_migration":
        return f"{value / 1e4:.1f}万" if lang == "zh" else f"{round(value, -2):,.0f}"
    return f"{value:.2f}" if parameter == "tfr" else f"{value:.1f}"


def _block(rows: Sequence[Reproduction], lang: str, *, solved: bool) -> list[str]:
    """A table in which every claim has a line of its own above its variants."""
    zh = lang == "zh"
    head = ["情景", "推算", "差", "差（%）", "在印刷精度内", "达到年份"] if zh else [
        "variant", "engine", "difference", "%", "in rounding", "passed in",
    ]  # fmt: skip
    head += [_PARAMETERS[p][0 if zh else 1] for p in PARAMETERS]
    columns = len(head) if solved else 5
    lines, titles = [], []
    for row, variants in _merged(rows):
        engine = number(row.engine, row.claim, lang)
        if row.reason == "no peak":
            engine = "2050年仍在增长" if zh else "still grows in 2050"
        by_name = {a.parameter: a for a in row.assumptions}
        names = [VARIANT_ZH[v] if zh else v for v in variants]
        cells = [
            "  " + ("、" if zh else ", ").join(names),
            engine,
            number(row.difference, row.claim, lang, "+"),
            "—" if row.relative is None else f"{row.relative:+.1f}",
            ("是" if zh else "yes") if row.holds else ("否" if zh else "no"),
            "—" if row.reached is None else str(row.reached),
            *(_needed(row, by_name.get(p), lang) for p in PARAMETERS),
        ]
        lines.append(cells[:columns])
        titles.append(_heading(row.claim, lang, doubt=solved))
    drawn = table(head[:columns], lines)
    result = drawn[:2]
    for i, (title, line) in enumerate(zip(titles, drawn[2:], strict=True)):
        result += title if i == 0 or title != titles[i - 1] else []
        result.append(line)
    return result


def _merged(rows: Sequence[Reproduction]) -> list[tuple[Reproduction, list[str]]]:
    """Rows with the variants that agree on them: those of a claim with one figure are one."""
    found: list[tuple[Reproduction, list[str]]] = []
    for row in rows:
        last = found[-1][0] if found else None
        if last is not None and replace(row, variant=last.variant) == last:
            found[-1][1].append(row.variant)
        else:
            found.append((row, [row.variant]))
    return found


def _heading(claim: Claim, lang: str, *, doubt: bool) -> list[str]:
    """The title of a claim, and below it the doubt that the plan's data notes."""
    issues = (claim.indicator.issue_zh, claim.indicator.issue)
    issue = issues[0] or issues[1] if lang == "zh" else issues[1] or issues[0]
    lines = [f"  {_title(claim, lang)}"]
    if doubt and issue:
        lines.append(f"    （{issue}）" if lang == "zh" else f"    ({issue})")
    return lines


def _without(rows: Sequence[Reproduction], lang: str) -> list[str]:
    """Claims that the engine has no figure for, each with the reason."""
    found = {}
    for row in rows:
        reason = row.claim.measure.reason_zh if lang == "zh" else row.claim.measure.reason_en
        if row.reason in _REASONS:
            reason = _REASONS[row.reason][0 if lang == "zh" else 1]
        found[_title(row.claim, lang)] = reason
    return [f"  {title} — {reason}" for title, reason in found.items()]


def _verdict(rows: Sequence[Reproduction], lang: str) -> list[str]:
    """Of how many projections the engine's figure lies within the rounding, by variant.

    One figure that a document expects for several years is one, and holds where it does in all of
    them; ages that can be read in two ways need to agree in one.
    """
    counts = []
    projections = [r for r in rows if r.claim.role == "projection"]
    for variant in dict.fromkeys(r.variant for r in projections):
        held: dict[tuple[str, str, str], dict[str, bool]] = {}
        for row in (r for r in projections if r.variant == variant):
            claim = row.claim
            figure = (claim.document, claim.indicator.statement, claim.printed)
            readings = held.setdefault(figure, {})
            ages = claim.measure.ages
            readings[ages] = readings.get(ages, True) and bool(row.holds)
        name = VARIANT_ZH[variant] if lang == "zh" else variant
        counts.append(f"{name} {sum(any(r.values()) for r in held.values())}/{len(held)}")
    if not counts:
        return []
    joined = "，".join(counts) if lang == "zh" else ", ".join(counts)
    return [
        f"  推算数落在印刷精度内的预计数：{joined}（多个年份同一数的，各年都在才算）。"
        if lang == "zh"
        else f"  Projections whose rounding holds the engine's figure: {joined} (one figure for "
        "several years counts once, where it holds in all)."
    ]


def _section(answer: Claims, place: Place, lang: str) -> list[str]:
    zh = lang == "zh"
    titles = "；".join(p.title for p in place.plans)
    lines = [
        f"{place.name_zh if zh else place.name_en}：{titles}"
        if zh
        else f"{place.name_en}: {titles}"
    ]
    rows = [r for r in answer.rows if r.claim.place == place.id]
    if not rows:
        none = ("文件中没有人口方面的数字。", "The documents state no figure of the population.")
        return [*lines, f"  {none[0 if zh else 1]}", ""]
    compared = [r for r in rows if r.engine is not None or r.reason == "no peak"]
    expected = [r for r in compared if not r.claim.counted]
    counted = [r for r in compared if r.claim.counted]
    solved = any(r.assumptions for r in rows)
    parts = [
        ("预计数与目标", "Expected figures and targets", expected, solved),
        ("文件中的统计数（推算为年末数，普查为11月1日）", "Counted in the documents (the engine's are of the year end, a census of 1 November)", counted, False),
    ]  # fmt: skip
    for title_zh, title, part, with_solutions in parts:
        if part:
            lines += ["", title_zh if zh else title, *_block(part, lang, solved=with_solutions)]
        if part is expected:
            lines += _verdict(expected, lang)
    left = [r for r in rows if r not in compared]
    if left:
        lines += ["", "无法比较" if zh else "Not compared", *_without(left, lang)]
    for variant, missing in answer.missing[place.id].items():
        names = [MISSING_ZH.get(m, m) for m in missing] if zh else missing
        joined = ("、" if zh else ", ").join(names)
        lines.append(
            f"  {VARIANT_ZH[variant]}无法计算，缺：{joined}。"
            if zh
            else f"  {variant} cannot be computed; not known: {joined}."
        )
    return [*lines, ""]


def claims_text(answer: Claims, lang: str) -> str:
    """Write claims as a page: for each place what its documents expect, count, and cannot tell.

    Parameters
    ----------
    answer : from `claims`.
    lang : ``zh`` or ``en``.
    """
    lines = [line for place in answer.places for line in _section(answer, place, lang)]
    return "\n".join([*lines, *claims_notes(answer, lang)])
