"""Names and units: one figure under two of them, and two things under much the same name."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

from yilao.examine.documents import alike
from yilao.examine.evidence import REACHED, Evidence
from yilao.examine.finding import Finding
from yilao.examine.quantity import Words, join, row, say
from yilao.examine.shares import supersets
from yilao.plan import Concept, Indicator, Plan, concepts
from yilao.plan.figures import UNITS


def names(ev: Evidence) -> Iterator[Finding]:
    """A row of figures stands under one name, in another table and another document too."""
    own = ev.plan.indicators
    for sister in ev.sisters:
        for a, b in product(own, sister.indicators):
            if len(a.points) > 1 and _figures(a) == _figures(b) and _two_names(a, b):
                yield _named_twice(ev, "doubt", a, b, row(a.points))
    for a, b, both in _sharing(own):
        # One figure alone is weaker evidence than a whole row; full shares are none.
        shared = [(y, v) for y, v in both if v not in (0, 100)]
        if shared and _table(a) != _table(b) and _two_names(a, b):
            same = [p for p in a.points if (p.year, p.value) in shared]
            yield _named_twice(ev, "note", a, b, row(same))


def _two_names(a: Indicator, b: Indicator) -> bool:
    return a.id != b.id and a.unit == b.unit and a.name_zh != b.name_zh and alike(a, b)


def _figures(indicator: Indicator) -> list[tuple[int | None, str, float | None]]:
    return [(p.year, p.role, p.value) for p in indicator.points]


def _table(indicator: Indicator) -> str:
    return indicator.place_in_document.split("，")[0]


def _sharing(
    rows: tuple[Indicator, ...],
) -> Iterator[tuple[Indicator, Indicator, list[tuple[int, float]]]]:
    """Every two statements with the figures that both have counted, by year."""
    counted = [
        (i, {(p.year, p.value) for p in i.points
             if p.role in REACHED and p.year is not None and p.value is not None})
        for i in rows
    ]  # fmt: skip
    for (a, x), (b, y) in combinations(counted, 2):
        if x & y:
            yield a, b, sorted(x & y)


def _named_twice(ev: Evidence, severity: str, a: Indicator, b: Indicator, shown: Words) -> Finding:
    return ev.finding(
        "label",
        severity,
        [a, b],
        say(
            "{f}：“{i}”（{p}）与“{j}”（{q}）",
            "{f}: “{i}” ({p}) and “{j}” ({q})",
            f=shown,
            i=a,
            p=a.place_in_document,
            j=b,
            q=b.place_in_document,
        ),
        Words(
            "同样的数字挂在两个名称下：统计范围若不同，数字很少会相同。",
            "The same figures under two names: of different things they would rarely agree.",
        ),
        Words(
            "是同一指标的两种写法，还是两个指标？", "One thing written in two ways, or two things?"
        ),
    )


def units(ev: Evidence) -> Iterator[Finding]:
    """A figure under one name has one unit."""
    for a, b, shared in _sharing(ev.plan.indicators):
        if a.name_zh != b.name_zh or a.unit == b.unit:
            continue
        year, value = shared[-1]
        yield ev.finding(
            "unit",
            "contradiction",
            [a, b],
            say(
                "{y}年“{i}” {v}：{p}为{u}，{q}为{w}",
                "{y}, “{i}” {v}: {u} in {p}, {w} in {q}",
                y=str(year),
                i=a,
                v=value,
                p=a.place_in_document,
                q=b.place_in_document,
                u=Words(UNITS[a.unit], a.unit),
                w=Words(UNITS[b.unit], b.unit),
            ),
            Words("同一个数不能有两种单位。", "One figure cannot have two units."),
            Words("哪个单位对？", "Which unit is right?"),
        )


def definitions(ev: Evidence) -> Iterator[Finding]:
    """Rates of much the same name in two documents, of which one counts a part of the other."""
    for sister in ev.sisters:
        for (c, a), (d, b) in product(_rates(ev.plan), _rates(sister)):
            if c.denominator == d.denominator and c.unit == d.unit and alike(a, b):
                if d.numerator in supersets(c.numerator):
                    yield _defined(ev, a, b)
                elif c.numerator in supersets(d.numerator):
                    yield _defined(ev, b, a)


def _rates(plan: Plan) -> list[tuple[Concept, Indicator]]:
    return [
        (entry, i)
        for i in plan.indicators
        if i.statement == i.id and i.points and (entry := concepts().get(i.id)) and entry.numerator
    ]


def _defined(ev: Evidence, a: Indicator, b: Indicator) -> Finding:
    return ev.finding(
        "definition",
        "note",
        [a, b],
        join([
            say("{i}：{p}", "{i}: {p}", i=i, p=row(i.points))
            for i in (a, b)
        ]),
        say(
            "名称相近而统计范围不同：“{a}”只是“{b}”的一部分，两者不能相比。",
            "Near in name, not in what is counted: “{a}” is a part of “{b}”, and the two "
            "cannot be compared.",
            a=a,
            b=b,
        ),
        Words("以哪个口径考核？另一口径现在是多少？",
              "By which is progress judged, and what is the other one today?"),
    )  # fmt: skip
