"""Hands and capacity: how many beds or places a stock of workers is to look after."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product

from yilao.examine.evidence import AHEAD, REACHED, SCALE, Evidence, Known, family
from yilao.examine.finding import Finding
from yilao.examine.quantity import Quantity, Words, join, printed, say
from yilao.plan.relations import Staffing, relations, staffing


def staffed(ev: Evidence) -> Iterator[Finding]:
    """A capacity over those who look after it stays within the published norm of clients each."""
    for capacity, (staff,) in relations("staffed"):
        norm = staffing(capacity)
        rows = _both(ev, capacity, staff)
        if norm and any(each.low > norm.high for _, _, each in rows):
            yield ev.finding(
                "workforce",
                "doubt",
                [s for a, b, _ in rows for s in (*a.statements, *b.statements)],
                join([
                    *(say("{a} ÷ {b} = 每人 {r}", "{a} ÷ {b} = {r} each",
                          a=a.text, b=b.text, r=each) for a, b, each in rows),
                    say("标准：每名{s}照看 {l}–{h}（{c}）",
                        "norm: {l} to {h} for one of the {t} ({c})",
                        s=norm.staff_zh, t=norm.staff_en, l=norm.low, h=norm.high, c=norm.source),
                ]),
                Words("容量全部用上时，人手不够。",
                      "With the whole capacity in use there are too few hands."),
                Words("还计划哪些人员？预计使用率是多少？",
                      "Which other staff are planned, and what use is expected?"),
            )  # fmt: skip
        if norm:
            yield from _later(ev, capacity, staff, norm)


def _later(ev: Evidence, capacity: str, staff: str, norm: Staffing) -> Iterator[Finding]:
    """The staff that a capacity target asks for, where the document has no target for them."""
    now = ev.stated(staff, None, REACHED)[:1]
    due = sorted({p.year for i in ev.by_id.get(capacity, ()) for p in i.points
                  if p.role == "target" and p.year})  # fmt: skip
    for target in (k for y in due[-1:] for k in ev.stated(capacity, y, ("target",))[:1]):
        asked = Quantity(math.nan, target.quantity.low / norm.high, target.quantity.high / norm.low)
        if ev.stated(staff, None, AHEAD) or not now or asked.low <= now[0].quantity.high:
            continue
        yield ev.finding(
            "workforce",
            "note",
            [*target.statements, *now[0].statements],
            say(
                "{t} ÷ 每名{s} {l}–{h}（{c}）= {n} 人；{w}",
                "{t} ÷ {l} to {h} for one of the {e} ({c}) = {n}; {w}",
                t=target.text, s=norm.staff_zh, e=norm.staff_en, l=norm.low, h=norm.high,
                c=norm.source, n=asked, w=now[0].text,
            ),
            say(
                "容量目标须 {x} 倍以上的人手，文中没有人员目标。",
                "The target needs {x} times the staff or more; the document has no target for "
                "them.",
                x=float(f"{asked.low / now[0].quantity.value:.2g}"),
            ),
            Words("人从哪里来？", "Where will they come from?"),
        )  # fmt: skip


def _both(ev: Evidence, capacity: str, staff: str) -> list[tuple[Known, Known, Quantity]]:
    """Capacity, staff and quotient of every year and kind that has both."""
    found, seen = [], set()
    for top in ev.stated(capacity, None, REACHED + AHEAD):
        for point in top.statements[0].points:
            key = (point.year, family(point.role))
            if point.role != top.role or point.year is None or key in seen:
                continue
            above = ev.stated(capacity, point.year, family(point.role))
            below = ev.stated(staff, point.year, family(point.role))
            if above and below and below[0].quantity.low > 0:
                seen.add(key)
                found.append((above[0], below[0], above[0].quantity / below[0].quantity))
    return found


def served(ev: Evidence) -> Iterator[Finding]:
    """Clients per worker, workers and capacity: two of the three give the third."""
    for concept, (staff, capacity) in relations("serves"):
        for indicator in ev.by_id.get(concept, ()):
            for point in (p for p in indicator.points if p.year is not None):
                hands = ev.stated(staff, point.year, family(point.role))
                room = ev.stated(capacity, point.year, family(point.role))
                if not hands or not room:
                    continue
                each = printed(indicator, point)
                served = hands[0].quantity * each
                full = served / room[0].quantity * 100
                if full.low <= 100 and full.high >= 30:
                    continue
                yield ev.finding(
                    "workforce",
                    "doubt",
                    [indicator, *hands[0].statements, *room[0].statements],
                    say(
                        "{h} × {e} = 服务 {s}，为 {r} 的 {f}%",
                        "{h} × {e} = {s} served, {f} % of {r}",
                        h=hands[0].text,
                        e=each,
                        s=served,
                        r=room[0].text,
                        f=full,
                    ),
                    Words(
                        "三个数不能同时描述同一批床位。",
                        "The three figures cannot describe the same beds.",
                    ),
                    Words(
                        "护理员、每人服务数和床位各指什么范围？",
                        "Which beds, workers and clients does each of the three count?",
                    ),
                )


def per_worker(ev: Evidence) -> Iterator[Finding]:
    """A share of a capacity and two rates over the same people give the capacity per worker."""
    rates = {c.numerator: (c, m[0]) for c, m in ev.rates() if c.denominator == "older_people"}
    for share, mentions in ev.rates():
        for staff in (s for kind, (s,) in relations("staffed") if kind == share.numerator):
            if share.quantity != "share" or share.denominator not in rates or staff not in rates:
                continue
            (whole, room), (hands, workers) = rates[share.denominator], rates[staff]
            for p, q, r in product(mentions[0].points, room.points, workers.points):
                if not (p.role == q.role == r.role and p.year == q.year == r.year):
                    continue
                beds = printed(room, q) * printed(mentions[0], p) / SCALE[share.unit]
                each = printed(workers, r) * (SCALE[whole.unit] / SCALE[hands.unit])
                yield ev.finding(
                    "workforce",
                    "note",
                    [mentions[0], room, workers],
                    say(
                        "{y}年：{b} {q} × {s}% = {n}；{w} {r}，同样人数合 {h}；每名 {x}",
                        "{y}: {b} {q} × {s} % = {n}; {w} {r}, which is {h} for as many; "
                        "{x} for each",
                        y=str(p.year),
                        b=room,
                        q=q.value or 0.0,
                        s=p.value or 0.0,
                        n=beds.value,
                        w=workers,
                        r=r.value or 0.0,
                        h=each.value,
                        x=beds / each,
                    ),
                    Words(
                        "这是全部人员都在这些床位、不分班次时的最好情形。",
                        "This is the best case: all of them work at these, and without shifts.",
                    ),
                    Words("其余照护由谁承担？", "Who else gives the care?"),
                )
