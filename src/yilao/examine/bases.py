"""Which people a document counts: sums of a labelled basis, and rows that change theirs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from yilao.examine.evidence import BASIS, REACHED, SCALE, Evidence, Known, family
from yilao.examine.finding import Finding
from yilao.examine.quantity import Quantity, Words, join, printed, say
from yilao.plan import Concept, Indicator, Point
from yilao.plan.relations import relations
from yilao.schema import BASES

# A denominator of people does not change by more in a year, unless it becomes another one.
STEP = 0.03


def parts(ev: Evidence) -> Iterator[Finding]:
    """A sum is the sum of its parts, of the basis that its label names."""
    for total in dict.fromkeys(c for c, _ in relations("sum")):
        ways = [others for c, others in relations("sum") if c == total]
        for indicator in ev.by_id.get(total, ()):
            tried = [t for p in indicator.points for t in _sums(ev, indicator, p, ways)]
            fits = [t for t in tried if t[2]]
            years = {t[3] for t in tried}
            label = indicator.basis_as_labelled
            bases = {k.basis for t in fits for k in t[0]} & set(BASES)
            lines = [
                say(
                    "{p} = {q}，文中为 {w}",
                    "{p} = {q}; printed {w}",
                    p=join([k.text for k in t[0]], " + ", " + "),
                    q=t[1],
                    w=printed(indicator, t[3]),
                )
                for t in sorted(tried, key=lambda t: (not t[2], t[3].year or 0))
            ]
            used = [indicator, *(s for t in tried for k in t[0] for s in k.statements)]
            if years - {t[3] for t in fits}:
                yield ev.finding(
                    "sum",
                    "contradiction",
                    used,
                    join(lines),
                    say("“{i}”不是各部分之和。", "“{i}” is not the sum of its parts.", i=indicator),
                    Words(
                        "合计里还有什么，或少了什么？",
                        "What else is in the total, or what is left out?",
                    ),
                )
            elif label in BASES and bases and label not in bases:
                found = BASIS[bases.pop()]
                yield ev.finding(
                    "basis",
                    "contradiction",
                    used,
                    join(lines),
                    say(
                        "“{i}”标为{l}，只有用{f}数才加得出来。",
                        "“{i}” is labelled {l}; only {f} figures add up to it.",
                        i=indicator,
                        l=BASIS[label],
                        f=found,
                    ),
                    say("合计是{l}还是{f}？", "Is the total {l} or {f}?", l=BASIS[label], f=found),
                )


def _sums(
    ev: Evidence, indicator: Indicator, point: Point, ways: list[tuple[str, ...]]
) -> Iterator[tuple[list[Known], Quantity, bool, Point]]:
    """Every way to add the total up in the year of a point, and whether it is what is printed."""
    for way in ways:
        summed = [ev.stated(c, point.year, family(point.role), bounds=True) for c in way]
        if point.year is not None and all(summed):
            first = [s[0] for s in summed]
            quantity = first[0].quantity
            for known in first[1:]:
                quantity = quantity + known.quantity
            yield first, quantity, quantity.meets(printed(indicator, point, bounds=True)), point


def breaks(ev: Evidence) -> Iterator[Finding]:
    """The denominators that a row implies from year to year move smoothly."""
    for concept, mentions in ev.rates():
        indicator = mentions[0]
        if concept.denominator not in ("population", "older_people"):
            continue
        found: list[tuple[int, Quantity, tuple[Indicator, ...]]] = []
        for point in indicator.points:
            tops = (
                ev.stated(concept.numerator, point.year, family(point.role)) if point.year else []
            )
            rate = printed(indicator, point)
            if tops and point.year and rate.low > 0:
                below = tops[0].quantity * SCALE[concept.unit] / rate
                found.append((point.year, below, tops[0].statements))
        for (y0, before, s0), (y1, after, s1) in pairwise(sorted(found, key=lambda f: f[0])):
            allowed = (1 + STEP) ** (y1 - y0)
            if after.low <= before.high * allowed and after.high >= before.low / allowed:
                continue
            lines = [say("{y}年：{q}", "{y}: {q}", y=str(y), q=q) for y, q, _ in found]
            near = [_nearest(ev, concept, q, y0) for q in (before, after)]
            which = [
                say("近于{n}", "is near {n}", n=k.text)
                if k
                else Words("不是已知的人口", "is no known population")
                for k in near
            ]
            top = ev.stated(concept.numerator, y0)
            if near[1] and top:
                same = top[0].quantity * SCALE[concept.unit] / near[1].quantity
                lines.append(
                    say(
                        "{y}年按目标口径：{t} ÷ {n} = {q}",
                        "{y} on the basis of the targets: {t} ÷ {n} = {q}",
                        y=str(y0),
                        t=top[0].text,
                        n=near[1].text,
                        q=same,
                    )
                )
            yield ev.finding(
                "break",
                "contradiction",
                [indicator, *s0, *s1],
                say(
                    "“{i}”推得的分母：{l}",
                    "Denominators behind “{i}”: {l}",
                    i=indicator,
                    l=join(lines, "，", ", "),
                ),
                say(
                    "{a}年的分母{x}，{b}年起{y}：同一行前后不可比，增长被{g}。",
                    "In {a} the denominator {x}, from {b} on it {y}: the row cannot be compared "
                    "with its own base, and its growth is {g}.",
                    a=str(y0),
                    b=str(y1),
                    x=which[0],
                    y=which[1],
                    g=Words("夸大", "overstated")
                    if before.value > after.value
                    else Words("缩小", "understated"),
                ),
                say("基数按目标的口径应是多少？", "What is the base on the basis of the targets?"),
            )


def _nearest(ev: Evidence, concept: Concept, below: Quantity, base: int) -> Known | None:
    """The known population that a denominator is near to; one that the document states first."""
    known = [k for n in ev.alternatives(concept.denominator) for k in ev.known(n, base, REACHED)]

    def away(k: Known) -> float:
        return abs(below.value / k.quantity.value - 1)

    near = [k for k in known if away(k) < STEP]
    return min(near, key=lambda k: (not k.statements, away(k))) if near else None
