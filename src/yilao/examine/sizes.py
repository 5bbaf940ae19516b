"""What targets ask for beside what exists: conversions, mean sizes, supply per user."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from yilao.examine.evidence import REACHED, SCALE, Evidence, Known, of_residents
from yilao.examine.finding import Finding
from yilao.examine.quantity import Quantity, Words, exactly, join, printed, say
from yilao.plan import concepts
from yilao.plan.relations import relations
from yilao.scenario import BASE_YEAR


def conversions(ev: Evidence) -> Iterator[Finding]:
    """A share that must grow faster than the whole is built makes what exists change."""
    for concept, mentions in ev.rates():
        if concept.quantity != "share":
            continue
        indicator = mentions[0]
        bases = [p for p in indicator.points if p.role in REACHED and p.year]
        dues = [p for p in indicator.points if p.role == "target" and p.year]
        if not bases or not dues:
            continue
        first, last = bases[0], dues[-1]
        wholes = [
            ev.stated(concept.denominator, p.year, roles)
            for p, roles in ((first, REACHED), (last, ("target",)))
        ]
        if not all(wholes):
            continue
        before, after = wholes[0][0], wholes[1][0]
        counted = ev.stated(concept.numerator, first.year, REACHED)
        scale = SCALE[concept.unit]
        had = (
            counted[0].quantity if counted else before.quantity * printed(indicator, first) / scale
        )
        wanted = after.quantity.value * (last.value or 0.0) / scale
        built = after.quantity.value - before.quantity.value
        changed = wanted - had.high - built
        if changed <= 0:
            continue
        yield ev.finding(
            "conversion",
            "note",
            [
                indicator,
                *before.statements,
                *after.statements,
                *(s for k in counted for s in k.statements),
            ],
            say(
                "{y}年须 {w}（{a} × {s}%），{z}年有 {h}；总量只增 {b}（{c} → {a}）",
                "{y} needs {w} ({a} × {s} %), {z} had {h}; the whole grows by {b} only ({c} → {a})",
                y=str(last.year),
                w=wanted,
                a=after.quantity.value,
                s=last.value or 0.0,
                z=str(first.year),
                h=had,
                b=built,
                c=before.quantity.value,
            ),
            say(
                "即使新增全部符合，也须把至少 {x} 个现有的改造过来，占{z}年存量的 {p}%。",
                "Even if all new ones count, at least {x} that exist must be converted, {p} % "
                "of those of {z}.",
                x=exactly(float(int(changed))),
                z=str(first.year),
                p=float(round(changed / before.quantity.value * 100)),
            ),
            Words(
                "改造多少、每年多少、钱从哪里来？",
                "How many conversions, how many a year, and paid by what?",
            ),
        )


def sizes(ev: Evidence) -> Iterator[Finding]:
    """A stock over the institutions that hold it: the mean, and that of what is added."""
    for stock_id, (holder_id,) in relations("housed"):
        pairs = _pairs(ev, stock_id, holder_id)
        odd, grown = _strange_steps(pairs), _without_new(pairs)
        if odd or grown:
            yield ev.finding(
                "size",
                "doubt" if odd else "note",
                [*pairs[0][1].statements, *pairs[0][2].statements],
                join([*odd, *grown]),
                Words(
                    "两行所指的机构可能不同，或统计范围中途改变（如已有机构补办登记）。",
                    "The two rows may not count the same institutions, or what is counted changes "
                    "(such as institutions that existed and are registered).",
                )
                if odd
                else Words(
                    "新增全部来自原有机构扩容。",
                    "All that is added is in institutions that exist.",
                ),
                Words(
                    "总量是哪些机构的？新增机构是新建还是补登？",
                    "Whose total is it? Are the new institutions built, or registered late?",
                )
                if odd
                else Words("原有机构怎样扩容？", "How will they be enlarged?"),
            )
    yield from _shared_sizes(ev)


def _strange_steps(pairs: list[tuple[int, Known, Known]]) -> list[Words]:
    """Steps whose new institutions are several times smaller or larger than those there were."""
    found = []
    for (y0, s0, n0), (y1, s1, n1) in pairwise(pairs):
        more, new = s1.quantity.value - s0.quantity.value, n1.quantity.value - n0.quantity.value
        mean = s0.quantity.value / n0.quantity.value
        if new > 0 and not mean / 4 <= more / new <= mean * 4:
            found.append(
                say(
                    "{a}→{b}年：机构增 {n}，总量增 {s}，每家 {m}（平均由 {x} 变为 {y}）",
                    "{a} to {b}: {n} institutions more, {s} more in them, {m} each (the mean goes "
                    "from {x} to {y})",
                    a=str(y0),
                    b=str(y1),
                    n=new,
                    s=more,
                    m=float(f"{more / new:.3g}"),
                    x=float(round(mean)),
                    y=float(round(s1.quantity.value / n1.quantity.value)),
                )
            )
    return found


def _without_new(pairs: list[tuple[int, Known, Known]]) -> list[Words]:
    """Steps that add a tenth and more without one new institution."""
    return [
        say(
            "{a}→{b}年：机构不增，总量增 {s}（平均由 {x} 变为 {y}）",
            "{a} to {b}: no institution more, but {s} more in them (the mean goes from {x} to {y})",
            a=str(y0),
            b=str(y1),
            s=s1.quantity.value - s0.quantity.value,
            x=float(round(s0.quantity.value / n0.quantity.value)),
            y=float(round(s1.quantity.value / n1.quantity.value)),
        )
        for (y0, s0, n0), (y1, s1, n1) in pairwise(pairs)
        if n0.quantity.value == n1.quantity.value and s1.quantity.value > 1.1 * s0.quantity.value
    ]


def _pairs(ev: Evidence, stock: str, holder: str) -> list[tuple[int, Known, Known]]:
    years = sorted({p.year for i in ev.by_id.get(stock, ())[:1] for p in i.points if p.year})
    found = []
    for year in years:
        above, below = ev.stated(stock, year), ev.stated(holder, year)
        if above and below and below[0].quantity.value > 0:
            found.append((year, above[0], below[0]))
    return found


def _shared_sizes(ev: Evidence) -> Iterator[Finding]:
    """The part that a share gives, over its institutions, beside the mean of the others."""
    for stock_id, (holder_id,) in relations("housed"):
        share = next(
            (m[0] for c, m in ev.rates() if c.numerator == stock_id and c.quantity == "share"), None
        )
        whole_id = next((c.denominator for c, _ in ev.rates() if c.numerator == stock_id), "")
        all_holders = dict(relations("housed")).get(whole_id)
        if share is None or all_holders is None:
            continue
        for point in share.points:
            stocks = ev.stated(whole_id, point.year, ("target",))
            holders = ev.stated(holder_id, point.year, ("target",))
            everyone = ev.stated(all_holders[0], point.year, ("target",))
            if not (stocks and holders and everyone and point.value):
                continue
            total, mine, everybody = (k[0].quantity.value for k in (stocks, holders, everyone))
            part = total * point.value / 100
            if everybody <= mine:
                continue
            mean, rest = part / mine, (total - part) / (everybody - mine)
            if mean < 3 * rest:
                continue
            yield ev.finding(
                "size",
                "doubt",
                [share, *stocks[0].statements, *holders[0].statements, *everyone[0].statements],
                say(
                    "{y}年：{t} × {s}% = {p}，÷ {m} 家 = 每家 {a}；其余 {r} ÷ {o} 家 = 每家 {b}",
                    "{y}: {t} × {s} % = {p}, ÷ {m} institutions = {a} each; the others {r} ÷ {o} = "
                    "{b} each",
                    y=str(point.year),
                    t=total,
                    s=point.value,
                    p=part,
                    m=mine,
                    a=float(round(mean)),
                    r=total - part,
                    o=everybody - mine,
                    b=float(round(rest)),
                ),
                say(
                    "占比和家数两个目标合起来，要求这些机构平均是其余的 {x} 倍大。",
                    "Together the share and the number ask these institutions to be {x} times as "
                    "large as the others.",
                    x=float(f"{mean / rest:.2g}"),
                ),
                Words("占比按托位还是按机构算？", "Is the share one of places or of institutions?"),
            )


def users(ev: Evidence) -> Iterator[Finding]:
    """Supply per person who would use it, at the base and at the target."""
    for stock_id, (user,) in relations("users"):
        first = [k for k in ev.stated(stock_id, None, REACHED) if k.quantity.value]
        if not first:
            continue
        indicator = first[0].statements[0]
        for rate in (
            m[0] for c, m in ev.rates() if c.numerator == stock_id and c.denominator == "population"
        ):
            due = [p for p in rate.points if p.role == "target" and p.year]
            if not due or not of_residents(rate):
                continue
            year = due[-1].year or 0
            start = next(p.year for p in indicator.points if p.role in REACHED) or BASE_YEAR
            people = [ev.expected(user, y) or exactly(0.0) for y in (start, year)]
            residents = ev.expected("population_resident", year)
            if residents is None or people[0].high == 0:
                continue
            stated = ev.stated(stock_id, year, ("target",))
            then = (
                stated[0].quantity
                if stated
                else residents * ((due[-1].value or 0.0) / SCALE[rate.unit])
            )
            per = [
                Quantity(math.nan, q.low / p.high * 100, q.high / p.low * 100)
                for q, p in ((exactly(first[0].quantity.value), people[0]), (then, people[1]))
            ]
            yield ev.finding(
                "users",
                "note",
                [indicator, rate, *(s for k in stated[:1] for s in k.statements)],
                say(
                    "{a}年 {x} ÷ 推算{w} {p} = 每百名 {u}；{b}年 {y} ÷ {q} = 每百名 {v}",
                    "{a}: {x} ÷ {p} (projected: {w}) = {u} per 100; {b}: {y} ÷ {q} = {v} per 100",
                    w=Words(concepts()[user].name_zh, concepts()[user].name_en),
                    a=str(start),
                    b=str(year),
                    x=first[0].quantity,
                    y=then,
                    p=people[0],
                    q=people[1],
                    u=per[0],
                    v=per[1],
                ),
                Words(
                    "每千人口的比率随总人口走，孩子若减少，同一比率意味着每个孩子的托位更多。",
                    "A rate per 1,000 residents follows all residents: if children become "
                    "fewer, the same rate means more places for each of them.",
                ),
                Words("目标对照的入托意愿是多少？", "What share of children is expected to come?"),
            )
