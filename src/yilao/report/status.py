"""The plan as its own annex, with where each target stands, and rates beside their stocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from yilao.plan.figures import UNITS
from yilao.plan.progress import STATUSES, Assessment, Joint, TargetStatus
from yilao.plan.progress.joint import JOINT
from yilao.plan.progress.words import BINDING, NOTES, PROJECTED_BY
from yilao.report.text import table

Lang = Literal["zh", "en"]
_HEAD = {
    "zh": [
        "序号",
        "指标",
        "单位",
        "基数",
        "目标",
        "属性",
        "最新",
        "完成",
        "时间",
        "所需/年",
        "到期预计",
        "状态",
    ],
    "en": [
        "No.",
        "Indicator",
        "Unit",
        "Base",
        "Target",
        "Attribute",
        "Latest",
        "Way",
        "Time",
        "Needed/year",
        "Projected",
        "Status",
    ],
}
_LEFT = 3


def figure(value: float | None, lang: Lang, date: object = None, *, exact: bool = False) -> str:
    """Four significant digits, or whole units from a thousand on, with a year or day behind.

    ``exact`` keeps all digits, as of a figure that is printed.
    """
    if value is None:
        return "—"
    shape = ".10g" if exact else ".4g"
    digits = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:{shape}}"
    for unit, size in (("亿", 1e8), ("万", 1e4)):
        if lang == "zh" and abs(value) >= size:
            digits = f"{value / size:{shape}}{unit}"
            break
    return digits if date is None else f"{digits} ({str(date).removesuffix('-12-31')})"


def _printed(target: TargetStatus, lang: Lang) -> str:
    """The target with its sign, large numbers as people read them."""
    sign = "" if target.printed[:1].isdigit() else target.printed[:1]
    large = target.target is not None and target.target >= 1000 and "-" not in target.printed
    return f"{sign}{figure(target.target, lang, exact=True)}" if large else target.printed


def _marks(target: TargetStatus) -> str:
    return "*" * bool(target.retrospective) + "°" * ("seen later" in target.notes)


def _part(value: float | None) -> str:
    return "—" if value is None else f"{value:.0%}"


def _row(target: TargetStatus, lang: Lang) -> tuple[str, ...]:
    zh = lang == "zh"
    needed = figure(target.needed_pace, lang)
    if target.needed_growth is not None:
        needed += f" ({target.needed_growth:+.1f}%)"
    by = PROJECTED_BY[target.projected_by][not zh]
    due = target.year or ("未注年份" if zh else "no year")
    return (
        str(target.number),
        target.name_zh if zh else target.name_en,
        UNITS[target.unit] if zh else target.unit,
        figure(target.base, lang, target.base_date, exact="base recomputed" not in target.notes),
        f"{_printed(target, lang)} ({due})" if target.target is not None else "—",
        target.binding.replace("unstated", "—") if zh else BINDING[target.binding],
        figure(target.latest, lang, target.latest_date),
        _part(target.progress),
        _part(target.elapsed),
        needed,
        f"{figure(target.projected, lang)} ({by})" if by else "—",
        (STATUSES[target.status] if zh else target.status) + _marks(target),
    )


def _by_year(found: Assessment, lang: Lang) -> list[str]:
    """Statements with a target for each of several years, and the status of each."""
    zh = lang == "zh"
    several: dict[str, list[TargetStatus]] = {}
    for target in found.targets:
        if target.year is not None:
            several.setdefault(target.statement, []).append(target)
    several = {k: v for k, v in several.items() if len(v) > 1}
    if not several:
        return []
    years = sorted({t.year for v in several.values() for t in v if t.year})
    rows = []
    for targets in several.values():
        cells = {
            t.year: f"{_printed(t, lang)} {STATUSES[t.status] if zh else t.status}"
            + ("（迟）" if zh else " late") * ("met late" in t.notes)
            + _marks(t)
            for t in targets
        }
        name = targets[0].name_zh if zh else targets[0].name_en
        rows.append((str(targets[0].number), name, *(cells.get(y, "—") for y in years)))
    head = (_HEAD[lang][0], _HEAD[lang][1], *map(str, years))
    title = "分年度目标" if zh else "Targets of each year"
    return ["", title, *table(head, rows, 2)]


def joint_line(pair: Joint, found: Assessment, lang: Lang) -> str:
    """Say in a sentence what a rate and its stock ask for together."""
    zh = lang == "zh"
    rate, stock = found.plan[pair.rate], found.plan[pair.stock]
    asked = [figure(n, lang, exact=True) for n in (pair.rate_target, pair.stock_target)]
    implied, reached, needed = (
        figure(n, lang) for n in (pair.implied, pair.rate_reached, pair.stock_needed)
    )
    # A projection is not known to the single person.
    people = None if pair.projected is None else figure(round(pair.projected, -3), lang)
    if zh:
        line = (
            f"{pair.year}年：{rate.name_zh}{asked[0]}，{stock.name_zh}{asked[1]}，隐含分母{implied}"
        )
        if people:
            line += f"；按预测人口{people}，数量目标合{reached}，比率目标需要{needed}"
        return f"{line}。{JOINT[pair.finding][0]}。"
    line = f"{pair.year}: {rate.name_en}, {asked[0]}, and {stock.name_en}, {asked[1]}, imply a "
    line += f"denominator of {implied}"
    if people:
        line += f"; over the {people} people projected the stock target gives {reached}, and the "
        line += f"rate target needs {needed}"
    return f"{line}: {JOINT[pair.finding][1]}."


def status_text(found: Assessment, lang: Lang) -> str:
    """Write where the targets stand: the annex, the years, joint targets, and why not known."""
    zh, plan = lang == "zh", found.plan
    current = found.current
    rows = [_row(t, lang) for t in current]
    title = f"{plan.title}（{plan.place}，{plan.document}）" if zh else ""
    title = title or f"{plan.title} ({plan.place}, {plan.document})"
    counts = [(s, sum(t.status == s for t in current)) for s in STATUSES]
    summary = ("，" if zh else ", ").join(f"{STATUSES[s] if zh else s} {n}" for s, n in counts if n)
    summary = summary or ("没有带数字的目标" if zh else "no target with a figure")
    lines = [title, f"截至{found.on}：{summary}" if zh else f"On {found.on}: {summary}", ""]
    lines += table(_HEAD[lang], rows, _LEFT)
    lines += _by_year(found, lang)
    if found.joint:
        lines += ["", "比率与数量一并看" if zh else "Rates and stocks together"]
        lines += [f"  - {joint_line(j, found, lang)}" for j in found.joint]
    return "\n".join([*lines, "", *_notes(current, found, lang)])


def _notes(current: Sequence[TargetStatus], found: Assessment, lang: Lang) -> list[str]:
    """Say which numbers share a note, and how the status was found."""
    zh = lang == "zh"
    lines = ["说明" if zh else "Notes"]
    for code, words in NOTES.items():
        numbers = sorted(t.number for t in current if code in t.notes)
        if numbers:
            listed = ("、" if zh else ", ").join(map(str, numbers))
            lines.append(f"  - {words[not zh]}{'：' if zh else ': '}{listed}")
    least = found.thresholds
    lines.append(
        f"  - 到期时预计走完全程的{least.on_track:.0%}以上为进度正常，{least.nearly:.0%}以上为略慢，"
        "其余为滞后，反向为倒退；* 表示发文时已到期；° 表示到期之后才有观测值，到期时如何不得而知。"
        if zh
        else f"  - At least {least.on_track:.0%} of the way covered at the due date, as things go, "
        f"is on track, {least.nearly:.0%} nearly, less is behind, the other way is moving away; "
        "* was due before the document was issued; ° observed only after it was due, so that how it "
        "stood then is not known."
    )
    lines.append(
        f"  - 资料来源{len(found.sources)}项，加 --sources 列出。"
        if zh
        else f"  - Sources: {len(found.sources)}; --sources lists them."
    )
    return lines
