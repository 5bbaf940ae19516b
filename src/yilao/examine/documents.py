"""One thing stated twice: in a table and in the text, or in two documents of one place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from yilao.examine.evidence import REACHED, Evidence, family
from yilao.examine.finding import Finding
from yilao.examine.quantity import Words, join, printed, say
from yilao.plan import Indicator, Point
from yilao.plan.figures import UNITS

_ROLES = {
    "base": Words("基数", "base"),
    "statistic": Words("统计数", "statistic"),
    "target": Words("目标", "target"),
    "norm": Words("标准", "norm"),
    "projection": Words("预测", "projection"),
}


def conflict(ev: Evidence) -> Iterator[Finding]:
    """Two mentions of one concept in one document give one figure for one year."""
    for mentions in ev.by_id.values():
        for a, b in combinations(mentions, 2):
            pairs = list(_different(a, b))
            if pairs:
                yield ev.finding(
                    "conflict",
                    _weight(pairs),
                    [a, b],
                    join([_beside(a, p, b, q) for p, q in pairs]),
                    Words(
                        "同一文件中同一指标有两个数。",
                        "One document has two figures for one thing.",
                    ),
                    Words("以哪一处为准？", "Which of the two holds?"),
                )


def two_documents(ev: Evidence) -> Iterator[Finding]:
    """Two documents of one place promise the same, and begin from the same base."""
    for sister in ev.sisters:
        for theirs in sister.indicators:
            if theirs.statement != theirs.id or theirs.id not in ev.by_id:
                continue
            mine = ev.by_id[theirs.id][0]
            if mine.unit != theirs.unit:
                yield ev.finding(
                    "unit",
                    "note",
                    [mine, theirs],
                    say(
                        "{i}：{a} / {b}",
                        "{i}: {a} / {b}",
                        i=mine,
                        a=UNITS.get(mine.unit, mine.unit),
                        b=UNITS.get(theirs.unit, theirs.unit),
                    ),
                    Words("两份文件单位不同，不能直接比较。", "The units differ: not comparable."),
                    Words("以哪个单位考核？", "Which unit is the one that is checked?"),
                )
                continue
            pairs = list(_different(mine, theirs))
            if pairs:
                yield ev.finding(
                    "two-documents",
                    _weight(pairs),
                    [mine, theirs],
                    join([_beside(mine, p, theirs, q) for p, q in pairs]),
                    Words(
                        "同一地方的两份文件对同一指标说法不一。",
                        "Two documents of one place differ on one thing.",
                    ),
                    Words("以哪份文件为准？", "Which of the two documents holds?"),
                )


def _different(a: Indicator, b: Indicator) -> Iterator[tuple[Point, Point]]:
    """Points of one year and kind that cannot be the same number; a higher bound is another one."""
    if a.unit != b.unit:
        return
    for p in a.points:
        for q in b.points:
            same = p.year == q.year and family(p.role) == family(q.role)
            if same and not printed(a, p, rounded=True).meets(printed(b, q, rounded=True)):
                yield p, q


def _weight(pairs: list[tuple[Point, Point]]) -> str:
    """What was reached can have one value only; of two targets both can be kept."""
    return "contradiction" if any(p.role in REACHED for p, _ in pairs) else "doubt"


def _beside(a: Indicator, p: Point, b: Indicator, q: Point) -> Words:
    return say(
        "{i} {y}：{p}（{w}，{r}） / {q}（{v}，{s}）",
        "{i} {y}: {p} ({w}, {r}) / {q} ({v}, {s})",
        i=a,
        y=str(p.year or ""),
        p=printed(a, p),
        q=printed(b, q),
        w=a.place_in_document,
        v=b.place_in_document,
        r=_ROLES[p.role],
        s=_ROLES[q.role],
    )
