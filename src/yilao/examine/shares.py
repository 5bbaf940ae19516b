"""Parts and wholes across the rows of a document: bounds that no arithmetic can leave."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from yilao.examine.evidence import REACHED, SCALE, Evidence, Known, family
from yilao.examine.finding import Finding
from yilao.examine.quantity import Quantity, Words, join, printed, say
from yilao.plan import Indicator, Point
from yilao.plan.relations import relations


def supersets(part: str) -> set[str]:
    """Everything that a stock is part of, over any number of steps."""
    found: set[str] = set()
    waiting = [part]
    while waiting:
        name = waiting.pop()
        for concept, wholes in relations("part"):
            if concept == name:
                waiting += [w for w in wholes if w not in found]
                found |= set(wholes)
    return found


def part(ev: Evidence) -> Iterator[Finding]:
    """A part is no larger than its whole: stocks of one year, and shares of one denominator."""
    for concept in dict.fromkeys(c for c, _ in relations("part")):
        for whole, indicator in product(sorted(supersets(concept)), ev.by_id.get(concept, ())):
            for point in (p for p in indicator.points if p.year is not None):
                small = printed(indicator, point, bounds=True)
                for large in ev.stated(whole, point.year, family(point.role), bounds=True):
                    if small.low > large.quantity.high:
                        text = say("{y}年{i} {q}", "{i} {y}: {q}",
                                   y=str(point.year), i=indicator, q=small)  # fmt: skip
                        yield _exceeds(ev, [indicator, *large.statements], text, large.text)
    shares = [(c, m[0]) for c, m in ev.rates() if c.quantity == "share"]
    for small_concept, a in shares:
        for large_concept, b in shares:
            if (
                large_concept.numerator in supersets(small_concept.numerator)
                and small_concept.denominator == large_concept.denominator
            ):
                yield from _shares(ev, a, b)


def _shares(ev: Evidence, a: Indicator, b: Indicator) -> Iterator[Finding]:
    for p in a.points:
        for q in b.points:
            same = p.year == q.year and family(p.role) == family(q.role)
            if same and printed(a, p, bounds=True).low > printed(b, q, bounds=True).high:
                yield _exceeds(
                    ev,
                    [a, b],
                    say("{y} {i} {v}%", "{i} {y}: {v} %", y=str(p.year), i=a, v=printed(a, p)),
                    say("{i} {v}%", "{i}: {v} %", i=b, v=printed(b, q)),
                )


def _exceeds(ev: Evidence, used: list[Indicator], small: Words, large: Words) -> Finding:
    return ev.finding(
        "part",
        "contradiction",
        used,
        say("{a} > {b}", "{a} > {b}", a=small, b=large),
        Words("部分大于它所属的整体。", "A part is larger than the whole it belongs to."),
        Words("两行的统计范围各是什么？", "What does each of the two rows count?"),
    )


def implied(ev: Evidence) -> Iterator[Finding]:
    """The count that a ratio implies is part of larger counts, and holds the smaller ones."""
    for concept, mentions in ev.rates():
        indicator = mentions[0]
        for point in indicator.points:
            if point.role not in REACHED or ev.stated(concept.numerator, point.year, REACHED):
                continue
            # An open denominator may be any that is stated: the count lies between the ends.
            names = ev.alternatives(concept.denominator)
            below = [k for n in names for k in ev.stated(n, point.year, REACHED)[:1]]
            if not below:
                continue
            rate = printed(indicator, point)
            counts = [k.quantity * rate / SCALE[concept.unit] for k in below]
            count = Quantity(
                counts[0].value, min(c.low for c in counts), max(c.high for c in counts)
            )
            sign = "%" if concept.unit == "percent" else ""
            working = join([
                say("{i} {r}{s} × {b} = {c}", "{i} {r}{s} × {b} = {c}",
                    i=indicator, r=rate, s=sign, b=k.text, c=c)
                for k, c in zip(below, counts, strict=True)
            ])  # fmt: skip
            used = [indicator, *(s for k in below for s in k.statements)]
            for whole in sorted(supersets(concept.numerator) - {concept.denominator}):
                for larger in ev.stated(whole, point.year, REACHED):
                    yield from _beside(ev, used, working, count, larger, whole=True)
            for part, _ in relations("part"):
                if concept.numerator in supersets(part):
                    for smaller in ev.stated(part, point.year, REACHED):
                        yield from _beside(ev, used, working, count, smaller, whole=False)


def _beside(
    ev: Evidence, used: list[Indicator], working: Words, count: Quantity, other: Known, whole: bool
) -> Iterator[Finding]:
    small, large = (count, other.quantity) if whole else (other.quantity, count)
    used = [*used, *other.statements]
    if small.low > large.high:
        yield _exceeds(ev, used, *((working, other.text) if whole else (other.text, working)))
    elif small.high < large.low * (1 if whole else 0.5):
        yield ev.finding(
            "implied",
            "note",
            used,
            join([working, other.text]),
            Words("比率所指只是其中一部分，或分母更大：两个数说的不是同一批。",
                  "The ratio counts a part of them, or its denominator is larger: the two figures "
                  "are not of the same ones.")
            if whole
            else Words("文中列出的不到一半，其余属于哪些未写。",
                       "The document names less than half of them; what the others are is not "
                       "said."),
            Words("比率算的是哪些？", "Which ones does the ratio count?"),
        )  # fmt: skip


def mean(ev: Evidence) -> Iterator[Finding]:
    """The rate of all lies between the rates of its groups, whatever their weights."""
    for concept, groups in relations("mean"):
        for total in ev.by_id.get(concept, ()):
            for point in (p for p in total.points if p.year is not None):
                roles = family(point.role)
                rates = [ev.stated(g, point.year, roles, bounds=True) for g in groups]
                if not all(rates):
                    continue
                low = min(r[0].quantity.low for r in rates)
                high = max(r[0].quantity.high for r in rates)
                whole = printed(total, point, bounds=True)
                if low <= whole.high and whole.low <= high:
                    continue
                used = [total, *(s for r in rates for s in r[0].statements)]
                parts = [r[0].text for r in rates]
                yield ev.finding(
                    "mean",
                    "contradiction",
                    used,
                    say(
                        "{p}；任何权重的平均都在 {l}–{h} 之间；{y}年{t}文中为 {w}",
                        "{p}; with any weights the mean lies between {l} and {h}; "
                        "{t} {y} is printed {w}",
                        p=Words("，".join(p.zh for p in parts), ", ".join(p.en for p in parts)),
                        l=low,
                        h=high,
                        y=str(point.year),
                        t=total,
                        w=whole,
                    ),
                    say(
                        "各组的数都成立时，“{t}”只会更{x}。",
                        "With the figures of all groups “{t}” can only be {x}.",
                        t=total,
                        x=Words("低", "lower") if whole.low > high else Words("高", "higher"),
                    ),
                    Words(
                        "总体与各组是否同一指标、同一对象？",
                        "Do the total and the groups measure the same thing for the same people?",
                    ),
                )


def overlap(ev: Evidence) -> Iterator[Finding]:
    """Two shares of one whole that exceed it together must have members in common."""
    shares = [(c, m[0]) for c, m in ev.rates() if c.quantity == "share"]
    for n, (c, a) in enumerate(shares):
        for d, b in shares[n + 1 :]:
            apart = c.numerator not in supersets(d.numerator) | {d.numerator}
            apart = apart and d.numerator not in supersets(c.numerator)
            if c.denominator != d.denominator or not apart or c.subject != "elder":
                continue
            for p, q in _last_targets(a, b):
                both = (p.value or 0) + (q.value or 0) - 100
                if "beds" not in c.denominator or both <= 0:
                    continue
                yield ev.finding(
                    "overlap",
                    "note",
                    [a, b],
                    say(
                        "{y}年：{i} {v}% + {j} {w}% − 100% = {x}%",
                        "{y}: {i} {v} % + {j} {w} % − 100 % = {x} %",
                        y=str(p.year),
                        i=a,
                        v=p.value or 0.0,
                        j=b,
                        w=q.value or 0.0,
                        x=both,
                    ),
                    say(
                        "至少 {x}% 须同时属于两类。",
                        "At least {x} % must be both at once.",
                        x=both,
                    ),
                    Words("现有多少同时属于两类？", "How many are both today?"),
                )


def _last_targets(a: Indicator, b: Indicator) -> Iterator[tuple[Point, Point]]:
    due = [[p for p in i.points if p.role == "target" and p.year and p.value] for i in (a, b)]
    if all(due) and due[0][-1].year == due[1][-1].year:
        yield due[0][-1], due[1][-1]


def coverage(ev: Evidence) -> Iterator[Finding]:
    """At least one in every unit means that all units are covered, and so is more."""
    for concept, (covered,) in relations("covers"):
        for rule in ev.by_id.get(concept, ()):
            for each in (p for p in rule.points if (p.value or 0) >= 1):
                for share, mentions in ev.rates():
                    if share.numerator not in supersets(covered) | {covered}:
                        continue
                    for point in mentions[0].points:
                        if point.role != "target" or printed(mentions[0], point).high >= 100:
                            continue
                        if each.year not in (None, point.year) or point.comparator in (">", ">="):
                            continue
                        yield _covered(ev, rule, mentions[0], point)


def _covered(ev: Evidence, rule: Indicator, share: Indicator, point: Point) -> Finding:
    soft = rule.modality in ("力争", "原则上", "争取", "原則上")
    return ev.finding(
        "coverage",
        "doubt" if soft else "contradiction",
        [rule, share],
        say(
            "“{r}”至少 1 家，覆盖率即 100%；“{s}”{y}年目标只有 {v}%",
            "“{r}” at least 1 means 100 % covered; “{s}” asks for {v} % in {y}",
            r=rule,
            s=share,
            y=str(point.year),
            v=point.value or 0.0,
        ),
        Words(
            "每个单位都有，覆盖率就是100%：两个目标不是同一个要求。",
            "With one in every unit all are covered: the two targets do not ask for the same.",
        ),
        say(
            "到{y}年是否每个单位都要有？",
            "Shall every unit have one by {y}, or not?",
            y=str(point.year),
        ),
    )
