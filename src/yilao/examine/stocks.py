"""Stocks beside rates: the population in which both meet, and the gap that follows."""

from __future__ import annotations

from collections.abc import Iterator

from yilao.examine.evidence import AHEAD, REACHED, SCALE, Evidence, Known, of_residents
from yilao.examine.finding import Finding
from yilao.examine.quantity import Quantity, Words, between, join, printed, say
from yilao.plan import Concept, Indicator, concepts
from yilao.plan.relations import relations
from yilao.scenario import BASE_YEAR

# A projection of a few years is not held to less.
SLACK = 0.03


def stock_rate(ev: Evidence) -> Iterator[Finding]:
    """A stock target and a rate target of one thing meet in a population that can exist."""
    for concept, mentions in ev.rates():
        if concept.denominator not in ("population", "older_people"):
            continue
        indicator = mentions[0]
        due = [p for p in indicator.points if p.role == "target" and p.year and p.value]
        tops = [t for p in due[-1:] for t in ev.stated(concept.numerator, p.year, ("target",))]
        if not tops or not of_residents(indicator):
            continue
        point, top = due[-1], tops[0]
        year = point.year or 0
        rate = printed(indicator, point)
        below = top.quantity * SCALE[concept.unit] / rate
        who, base = _counted_over(ev, concept, indicator)
        expected = ev.expected(who, year) if who else None
        if who is None or base is None or expected is None:
            continue
        if below.low <= expected.high * (1 + SLACK) and below.high >= expected.low * (1 - SLACK):
            continue
        few = below.value < expected.low
        # Where at least so much is promised, more of it keeps both.
        most = ev.stated(concept.numerator, year, ("target",), bounds=True)[0].quantity
        kept = most * SCALE[concept.unit] / printed(indicator, point, bounds=True)
        both = kept.meets(expected, SLACK)
        if both and not few:
            continue
        needed = expected * rate.value * (1 / SCALE[concept.unit])
        already = base.quantity * rate.value * (1 / SCALE[concept.unit])
        # Short of what the rate asks for the people of the base: no projection is needed.
        short = top.quantity.high < already.low and below.high < expected.low
        reached = top.quantity.value * SCALE[concept.unit]
        lines = [
            say(
                "{t} ÷ {r} 推得{y}年分母 {q}",
                "{t} ÷ {r} implies a denominator of {q} in {y}",
                t=top.text,
                r=say("{v}（{i}）", "{v} ({i})", v=rate.value, i=indicator),
                q=below,
                y=str(year),
            ),
            say(
                "{b}；推算{y}年 {e}",
                "{b}; projected for {y}: {e}",
                b=base.text,
                y=str(year),
                e=expected,
            ),
            say("按此比率须 {n}", "the rate asks for {n}", n=needed),
        ]
        if short:
            lines.insert(
                1, say("按{b}已须 {a}", "for {b} it already asks for {a}", b=base.text, a=already)
            )
        own = _own_projection(ev, who, year)
        lines += [
            say(
                "按文中预测{o} = {p}，须 {n}",
                "for the document's own projection, {o} = {p}, it asks for {n}",
                o=say("{s} {v}% × {t}", "{s} {v} % × {t}", s=share, v=v, t=total.text),
                p=people,
                n=people * rate.value * (1 / SCALE[concept.unit]),
            )
            for share, v, total, people in own
        ]
        gives = between(sorted((reached / expected.high, reached / expected.low)))
        yield ev.finding(
            "stock-rate",
            "note" if both else "contradiction" if short else "doubt",
            [
                indicator,
                *top.statements,
                *base.statements,
                *(s for o in own for s in (o[0], *o[2].statements)),
            ],
            join(lines),
            say(
                "总量目标按推算人口合 {g}，比率目标为 {r}："
                + ("总量不够。" if few else "总量有余。"),
                "For the people projected the stock gives {g}, the rate promised is {r}: "
                + ("the stock is too small." if few else "the stock is more than enough."),
                g=gives,
                r=rate.value,
            ),
            Words(
                "两个目标以哪个为准？比率用了哪一年、什么口径的人口？",
                "Which of the two holds? Over the people of which year and basis is the rate?",
            ),
        )


def _own_projection(
    ev: Evidence, who: str, year: int
) -> list[tuple[Indicator, Quantity, Known, Quantity]]:
    """The people that a projected share of the document gives, of its residents of the base."""
    total = ev.stated("population_resident", BASE_YEAR, REACHED)[:1]
    return [
        (m[0], share, total[0], total[0].quantity * share / 100)
        for c, m in ev.rates()
        if c.numerator == who and c.quantity == "share" and total
        for p in m[0].points
        if p.role == "projection" and p.year == year and of_residents(m[0])
        for share in [printed(m[0], p)]
    ]


def _counted_over(
    ev: Evidence, concept: Concept, indicator: Indicator
) -> tuple[str | None, Known | None]:
    """The residents that a rate counts over: those nearest to what its earlier figures imply."""
    for point in sorted((p for p in indicator.points if p.year), key=lambda p: p.year or 0):
        for top in ev.stated(concept.numerator, point.year):
            below = top.quantity * SCALE[concept.unit] / printed(indicator, point)
            known = [
                k
                for name in ev.alternatives(concept.denominator)
                for k in ev.known(name, BASE_YEAR, REACHED)
                if k.basis == "resident"
            ]
            near = [k for k in known if abs(below.value / k.quantity.value - 1) < SLACK]
            if near:
                return near[0].concept, near[0]
    return None, None


def gap(ev: Evidence) -> Iterator[Finding]:
    """A stated gap is what the rate asks for less the stock that the document states."""
    for short, (rate_id, stock_id) in relations("gap"):
        rate_concept = concepts()[rate_id]
        for shortfall in ev.stated(short, None):
            point = next(p for p in shortfall.statements[0].points)
            year = point.year or 0
            rates = ev.stated(rate_id, year, ("target",))
            stocks = [k for y in range(year, year - 6, -1) for k in ev.stated(stock_id, y, REACHED)]
            if not rates or not stocks or not of_residents(rates[0].statements[0]):
                continue
            stock, per = stocks[0], rates[0].quantity.value / SCALE[rate_concept.unit]
            people = list(ev.implied(("population", "population_resident"), year, AHEAD, rate_id))
            expected = ev.expected("population_resident", year)
            below = (shortfall.quantity + stock.quantity) / per
            seen = [k.quantity for k in people] + ([expected] if expected else [])
            if not seen or any(below.meets(q, SLACK) for q in seen):
                continue
            lines = [
                say(
                    "{s} + {k} = {t}；÷ {r} 推得人口 {b}",
                    "{s} + {k} = {t}; ÷ {r} implies {b} people",
                    s=shortfall.text,
                    k=stock.text,
                    t=shortfall.quantity + stock.quantity,
                    r=rates[0].quantity.value,
                    b=below,
                ),
            ]
            for name, q in [(k.name, k.quantity) for k in people] + (
                [(say("推算{y}年常住人口", "residents projected for {y}", y=str(year)), expected)]
                if expected
                else []
            ):
                lines.append(
                    say(
                        "{n} {q}：须托位 {w}，缺 {g}；存量为 {i} 时才缺 {s}",
                        "{n} {q}: needs {w}, short by {g}; short by {s} only from a stock of {i}",
                        n=name,
                        q=q,
                        w=q * per,
                        g=q * per - stock.quantity,
                        s=shortfall.quantity.value,
                        i=q * per - shortfall.quantity,
                    )
                )
            used = [*shortfall.statements, *rates[0].statements, *stock.statements]
            used += [s for k in people for s in k.statements]
            yield ev.finding(
                "gap",
                "contradiction",
                used,
                join(lines),
                say(
                    "缺口不能由文中的存量和标准推出：推得的人口与文中和推算的人口都不符。",
                    "The gap does not follow from the stock and the rate of the document: the "
                    "people it implies are neither those of the document nor of a projection.",
                ),
                Words(
                    "缺口从哪一天的存量、多少人口算起？",
                    "From the stock of which day, and for how many people, is the gap counted?",
                ),
            )
