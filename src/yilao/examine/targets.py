"""Targets beside their bases and dates: floors, old targets, jumps, and what was due already."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from statistics import median

from yilao.examine.evidence import REACHED, Evidence
from yilao.examine.finding import Finding
from yilao.examine.quantity import Words, join, number, printed, say
from yilao.plan import Indicator, Point, concepts

# A jump: so many points in a year, and so many times the other steps of its row.
POINTS, TIMES = 20.0, 4.0


def _ends(indicator: Indicator) -> tuple[Point, Point] | None:
    """The base and the last target of a statement."""
    bases = [p for p in indicator.points if p.role == "base" and p.value is not None]
    dues = [p for p in indicator.points if p.role == "target" and p.year and p.value is not None]
    return (bases[-1], dues[-1]) if bases and dues else None


def floors(ev: Evidence) -> Iterator[Finding]:
    """A target that asks for no more than what there was is a floor, and should say so."""
    held: list[tuple[Indicator, Point, Point]] = []
    below: list[tuple[Indicator, Point, Point]] = []
    worse: list[tuple[Indicator, Point, Point]] = []
    for mentions in ev.by_id.values():
        ends = _ends(mentions[0])
        entry = concepts().get(mentions[0].id)
        if ends is None or entry is None or entry.direction == "neutral":
            continue
        base, due = ends
        if ev.plan.issued and (due.year or 0) < ev.plan.issued.year:
            continue  # a report on an earlier plan
        sign = 1 if entry.direction == "more" else -1
        gain = sign * ((due.value or 0.0) - (base.value or 0.0))
        if gain == 0 and base.comparator in ("=", due.comparator):
            held.append((mentions[0], base, due))
        elif gain < 0:
            (below if _is_floor(mentions, due) else worse).append((mentions[0], base, due))
    for rows, severity, implication in (
        (worse, "doubt", Words(
            "目标差于基数而未写成下限：是允许退步，还是口径变了？",
            "The target is worse than the base and is not written as a floor: is a step back "
            "allowed, or has the definition changed?")),
        (below, "note", Words(
            "目标不如基数：只是底线，或文中另有说明；达到它不等于有进步。",
            "The target is worse than the base: a floor, or explained in the document; reaching "
            "it is no gain on the base.")),
        (held, "note", Words(
            "目标等于基数：只要求保持。", "The target is the base: it asks to hold, no more.")),
    ):  # fmt: skip
        if rows:
            lines = [
                say("{i}：{b}（{y}）→ {d}（{z}）", "{i}: {b} ({y}) → {d} ({z})",
                    i=i, b=_shown(b), y=str(b.year), d=_shown(d), z=str(d.year))
                for i, b, d in rows
            ]  # fmt: skip
            yield ev.finding(
                "floor",
                severity,
                [i for i, _, _ in rows],
                join(lines),
                implication,
                Words("是底线还是目标？", "Is it a floor or an aim?"),
            )


def _is_floor(mentions: tuple[Indicator, ...], due: Point) -> bool:
    """Whether a mention writes the target as a bound, or a note (注) gives the reason."""
    return any(
        "注" in i.place_in_document
        or any(p.year == due.year and p.comparator not in ("=", "about") for p in i.points)
        for i in mentions
    )


def _shown(point: Point) -> Words:
    sign = {">=": "≥", "<=": "≤", ">": ">", "<": "<"}.get(point.comparator, "")
    value = point.value or 0.0
    return Words(sign + number(value, "zh", 7), sign + number(value, "en", 7))


def old_target(ev: Evidence) -> Iterator[Finding]:
    """A base that is the target once set for that year, not what was reached."""
    plans = (ev.plan, *ev.sisters)
    for id_, mentions in ev.by_id.items():
        rows = [(i, p) for plan in plans for i in plan.indicators if i.id == id_ for p in i.points]
        for base_of, base in rows:
            if base.role != "base":
                continue
            same = [r for r in rows if r[1].year == base.year and r[1].value is not None]
            once = [r for r in same if r[1].role == "target" and r[1].value == base.value]
            counted = [r for r in same if r[1].role in REACHED and r[1] is not base]
            # Where another row counted the same, the target was met exactly.
            if not once or not counted or any(r[1].value == base.value for r in counted):
                continue
            used = [base_of, once[0][0], counted[0][0]]
            if not any(i in mentions for i in used):
                continue
            yield ev.finding(
                "old-target",
                "contradiction",
                used,
                say(
                    "{y}年基数 {b} = 当年为{y}年定的目标 {t}；实际 {r}",
                    "base of {y} {b} = target once set for {y} {t}; reached {r}",
                    y=str(base.year),
                    b=_shown(base),
                    t=_shown(once[0][1]),
                    r=_shown(counted[0][1]),
                ),
                say(
                    "“{i}”的基数与旧目标相同、与实际不同；由此算的进展有 {d} 的偏差。",
                    "The base of “{i}” is the old target and not what was reached; progress from "
                    "it is off by {d}.",
                    i=base_of,
                    d=float(f"{abs((counted[0][1].value or 0.0) - (base.value or 0.0)):.4g}"),
                ),
                Words("基数应改为实际值吗？", "Should the base be what was reached?"),
            )


def jumps(ev: Evidence) -> Iterator[Finding]:
    """One step many times the others of its row is rather a change of what is counted."""
    for mentions in ev.by_id.values():
        row = [p for p in mentions[0].points if p.year and p.value is not None]
        if len(row) < 4 or mentions[0].unit != "percent":
            continue
        steps = [((b.value or 0.0) - (a.value or 0.0), a, b) for a, b in pairwise(row)]
        for step, a, b in steps:
            others = [abs(s) for s, p, _ in steps if p is not a and s]
            if abs(step) < POINTS or not others or abs(step) <= TIMES * median(others):
                continue
            yield ev.finding(
                "jump",
                "doubt",
                mentions[:1],
                say(
                    "{r}：{a}→{b}年 {s} 个百分点，其余各年 {o}",
                    "{r}: {s} points from {a} to {b}, in the other years {o}",
                    r=join([_shown(p) for p in row], "，", ", "),
                    a=str(a.year),
                    b=str(b.year),
                    s=step,
                    o="、".join(f"{s:g}" for s, p, _ in steps if p is not a),
                ),
                Words(
                    "一年之内一般难以做到，可能是统计定义改变。",
                    "Hardly the work of one year; perhaps the definition changed.",
                ),
                say(
                    "{b}年起“{i}”的定义变了吗？基数按新定义是多少？",
                    "Does “{i}” count something else from {b} on? What is the base by it?",
                    b=str(b.year),
                    i=mentions[0],
                ),
            )


def retrospective(ev: Evidence) -> Iterator[Finding]:
    """Targets that were due when the document was issued are reports, not promises."""
    issued = ev.plan.issued
    if issued is None:
        return
    rows = [
        (m[0], [p for p in m[0].points if p.role == "target" and p.year and p.year < issued.year])
        for m in ev.by_id.values()
    ]
    # A table that reports on an earlier plan holds what was due then on purpose.
    rows = [
        (i, due)
        for i, due in rows
        if due and any(p.role == "target" and (p.year or 0) >= issued.year for p in i.points)
    ]
    if not rows:
        return
    years = sorted({p.year or 0 for _, due in rows for p in due})
    yield ev.finding(
        "retrospective",
        "note",
        [i for i, _ in rows],
        say(
            "{d} 印发；{n} 个指标共 {m} 个目标在 {y} 年到期",
            "issued {d}; {m} targets of {n} indicators were due in {y}",
            d=str(issued),
            n=float(len(rows)),
            m=float(sum(len(due) for _, due in rows)),
            y="、".join(map(str, years)),
        ),
        Words(
            "印发时已可知道结果；不能算作承诺。",
            "Their outcome could be known at the issue; they promise nothing.",
        ),
        Words("这些年份的实际值是多少？", "What was reached in these years?"),
    )


def same_figure(ev: Evidence) -> Iterator[Finding]:
    """Two neighbouring rows with one base to three digits: a copy, or one survey for both."""
    for a, b in pairwise(ev.plan.indicators):
        if a.id == b.id or not a.place_in_document.startswith("表"):
            continue
        for p, q in ((p, q) for p in a.points for q in b.points):
            same = p.role == q.role == "base" and p.year == q.year and p.printed == q.printed
            digits = p.printed.replace(".", "").strip("0")
            if not same or len(digits) < 3 or not digits.isdigit() or a.unit != b.unit:
                continue
            yield ev.finding(
                "same-figure",
                "doubt",
                [a, b],
                say(
                    "{y}年：{a} {p} = {b} {p}",
                    "{y}: {a} {p} = {b} {p}",
                    y=str(p.year),
                    a=a,
                    b=b,
                    p=printed(a, p).value,
                ),
                Words(
                    "相邻两行数字逐位相同。",
                    "Two rows one below the other, digit by digit the same.",
                ),
                Words("是抄错行，还是同一次调查？", "A slip of the row, or one survey for both?"),
            )


def base_year(ev: Evidence) -> Iterator[Finding]:
    """A base of another year than those around it."""
    for table in dict.fromkeys(i.place_in_document.split("，")[0] for i in ev.plan.indicators):
        rows = [i for i in ev.plan.indicators if i.place_in_document.split("，")[0] == table]
        bases = [(i, p) for i in rows for p in i.points if p.role == "base" and p.year]
        years = [p.year for _, p in bases]
        usual = max(set(years), key=years.count) if years else None
        odd = [(i, p) for i, p in bases if p.year != usual]
        if usual and odd and len(bases) >= 5:
            yield ev.finding(
                "base-year",
                "note",
                [i for i, _ in odd],
                join([
                    say("{i}：基数为{y}年，同表其余为{u}年",
                        "{i}: base of {y}, the others of the table {u}",
                        i=i, y=str(p.year), u=str(usual))
                    for i, p in odd
                ]),
                Words("增幅的年数不同。", "The growth is over another number of years."),
                say("{u}年的值是多少？", "What was it in {u}?", u=str(usual)),
            )  # fmt: skip
