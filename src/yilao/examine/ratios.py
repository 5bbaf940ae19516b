"""Ratios recomputed from what they are ratios of, on every basis that is known."""

from __future__ import annotations

from collections.abc import Iterator

from yilao.examine.evidence import BASIS, SCALE, Evidence, Known, family
from yilao.examine.finding import Finding
from yilao.examine.quantity import Quantity, Words, join, printed, say
from yilao.plan import Concept, Indicator, Point
from yilao.schema import BASES

# Numerator, denominator, quotient, and whether that is what is printed.
Trial = tuple[Known, Known, Quantity, bool]


def matches(ev: Evidence, concept: Concept, point: Point, indicator: Indicator) -> list[Trial]:
    """Numerator, denominator, quotient and whether it is what is printed, for all that is known."""
    if point.year is None:
        return []
    # What keeps every promise may be far from the quotient of the bounds.
    wanted, scale = printed(indicator, point, bounds=True), SCALE[concept.unit]
    roles = family(point.role)
    found = []
    for top in ev.stated(concept.numerator, point.year, roles, bounds=True):
        for name in ev.alternatives(concept.denominator):
            for below in ev.known(name, point.year, roles, bounds=True):
                if indicator in below.statements:
                    continue
                quotient = top.quantity * scale / below.quantity
                found.append((top, below, quotient, quotient.meets(wanted)))
    return found


def _working(
    indicator: Indicator, point: Point, top: Known, below: Known, quotient: Quantity
) -> Words:
    return say(
        "{t} ÷ {b} = {q}，文中为 {p}",
        "{t} ÷ {b} = {q}; printed {p}",
        t=top.text,
        b=below.text,
        q=quotient,
        p=printed(indicator, point),
    )


def ratio(ev: Evidence) -> Iterator[Finding]:
    """A ratio is its numerator over its denominator, on the basis that its label names."""
    for concept, mentions in ev.rates():
        wrong: list[tuple[Indicator, Point, Known, Known, Quantity]] = []
        right: set[str] = set()
        for indicator in mentions:
            for point in indicator.points:
                tried = matches(ev, concept, point, indicator)
                fits = [t for t in tried if t[3]]
                right |= {t[1].concept for t in fits}
                label = indicator.basis_as_labelled
                if fits and label in BASES:
                    if all(t[1].basis not in ("", "unstated", label) for t in fits):
                        yield _mislabelled(ev, concept, indicator, point, tried)
                elif tried and not fits:
                    rate = printed(indicator, point).value
                    nearest = min(tried, key=lambda t: abs(t[2].value - rate))
                    wrong.append((indicator, point, *nearest[:3]))
        if wrong:
            yield _unequal(ev, concept, wrong, right)


def _unequal(
    ev: Evidence,
    concept: Concept,
    wrong: list[tuple[Indicator, Point, Known, Known, Quantity]],
    right: set[str],
) -> Finding:
    """A denominator that is closed, or makes other years of the row true, leaves no way out."""
    closed = len(ev.alternatives(concept.denominator)) == 1 or len(right) == 1
    seen, lines, needed = set(), [], []
    for indicator, point, top, below, quotient in wrong:
        if (point.year, printed(indicator, point)) in seen:
            continue
        seen.add((point.year, rate := printed(indicator, point)))
        lines.append(_working(indicator, point, top, below, quotient))
        size = _power(quotient.value / rate.value) if rate.value else ""
        if size:
            lines.append(say("相差{f}倍", "a factor of {f}", f=size))
        needed.append(top.quantity * SCALE[concept.unit] / rate)
    statements = [i for w in wrong for i in (w[0], *w[2].statements, *w[3].statements)]
    need = join([Words(n.text("zh"), n.text("en")) for n in needed], "、", ", ")
    return ev.finding(
        "ratio",
        "contradiction" if closed else "doubt",
        statements,
        join(lines),
        say(
            "要使“{i}”成立，分母须为 {n}。",
            "“{i}” needs a denominator of {n}.",
            i=wrong[0][0],
            n=need,
        ),
        say(
            "“{i}”用的是什么分子、分母和时点？",
            "What numerator, denominator and date has “{i}”?",
            i=wrong[0][0],
        ),
    )


def _power(factor: float) -> str:
    """万 read as units, or 千 as 百, shows as a power of ten."""
    for power in (10, 100, 1000, 10_000):
        for f in (power, 1 / power):
            if abs(factor / f - 1) < 0.01:
                return f"{f:g}"
    return ""


def _mislabelled(
    ev: Evidence,
    concept: Concept,
    indicator: Indicator,
    point: Point,
    tried: list[tuple[Known, Known, Quantity, bool]],
) -> Finding:
    label = indicator.basis_as_labelled
    fits = next(t for t in tried if t[3])
    labelled = next((t for t in tried if t[1].basis == label), None)
    lines = [_working(indicator, point, *fits[:3])]
    statements = [indicator, *fits[0].statements, *fits[1].statements]
    if labelled:
        lines.append(_working(indicator, point, *labelled[:3]))
        statements += labelled[1].statements
    for other in indicator.points:
        if other.year != point.year and other.year is not None:
            for top in ev.stated(concept.numerator, other.year, family(other.role)):
                implied = top.quantity * SCALE[concept.unit] / printed(indicator, other)
                lines.append(
                    say(
                        "{t} ÷ {r}% 推得分母 {q}",
                        "{t} ÷ {r}% implies {q}",
                        t=top.text,
                        r=printed(indicator, other),
                        q=implied,
                    )
                )
    return ev.finding(
        "basis",
        "contradiction" if labelled else "doubt",
        statements,
        join(lines),
        say(
            "“{i}”标为{l}，算出来是{f}。",
            "“{i}” is labelled {l}; the arithmetic is {f}.",
            i=indicator,
            l=BASIS[label],
            f=BASIS[fits[1].basis],
        ),
        say(
            "分母是{l}还是{f}人口？应改标注还是改数？",
            "Is the denominator the {l} or the {f} population? Correct the label or the figure?",
            l=BASIS[label],
            f=BASIS[fits[1].basis],
        ),
    )
