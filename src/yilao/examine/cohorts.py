"""Statements about people against those who are alive: cohorts, census and bulletins."""

from __future__ import annotations

import math
from collections.abc import Iterator

from yilao.examine.evidence import AHEAD, REACHED, Evidence, Known, of_residents
from yilao.examine.finding import Finding
from yilao.examine.quantity import Quantity, Words, between, join, printed, say
from yilao.plan import Indicator, Point, concepts
from yilao.plan.measures import people_counted
from yilao.scenario import BASE_YEAR

# A projection of five years misses the old by less than this, and small children by less than
# that; a longer one may miss them by more.
OLD_SLACK, YOUNG_SLACK, YEARS = 0.05, 0.10, 5
# So many times the slack, and the people would have to be others than those who live there.
BEYOND = 2.0


def cohort(ev: Evidence) -> Iterator[Finding]:
    """Those aged a and over in n years are survivors of those a - n and over, and newcomers."""
    for concept, mentions in ev.by_id.items():
        entry = concepts().get(concept)
        share = entry is not None and entry.quantity == "share"
        who = entry.numerator if entry and share else concept
        people = people_counted(who)
        if entry is None or not people or people[0].low == 0 or people[0].basis == "registered":
            continue
        if share and entry.denominator not in ("population", "population_resident"):
            continue
        for indicator in filter(of_residents, mentions):
            for point in indicator.points:
                if point.role in ("target", "projection") and point.year and point.year > BASE_YEAR:
                    expected = ev.expected(who, point.year)
                    if expected is not None:
                        test = _share if share else _count
                        yield from test(ev, indicator, point, people[0].low, expected)


def _slack(point: Point) -> float:
    return OLD_SLACK * max(1.0, ((point.year or BASE_YEAR) - BASE_YEAR) / YEARS)


def _count(
    ev: Evidence, indicator: Indicator, point: Point, age: int, expected: Quantity
) -> Iterator[Finding]:
    stated, slack = printed(indicator, point, bounds=True), _slack(point)
    if stated.low <= expected.high * (1 + slack) and stated.high >= expected.low * (1 - slack):
        return
    far = stated.low > expected.high * (1 + BEYOND * slack)
    yield ev.finding(
        "cohort",
        "contradiction" if far else "doubt",
        [indicator],
        say(
            "{y}年文中为 {s}；推算 {e}",
            "{y}: printed {s}; projected {e}",
            y=str(point.year),
            s=stated,
            e=expected,
        ),
        Words(
            "与活着的同批人和近年迁移不合。",
            "This does not fit those who are alive and the migration of recent years.",
        ),
        Words("用了什么口径、什么迁移假设？", "Which basis and which migration were assumed?"),
    )


def _share(
    ev: Evidence, indicator: Indicator, point: Point, age: int, expected: Quantity
) -> Iterator[Finding]:
    year = point.year or 0
    stated, slack = printed(indicator, point, bounds=True), _slack(point)
    totals = ev.projected(0, None, year)
    olds = ev.projected(age, None, year)
    shares = between([olds[v] / totals[v] * 100 for v in totals])
    if stated.low <= shares.high * (1 + slack) and stated.high >= shares.low * (1 - slack):
        return
    own = _own_totals(ev, indicator, year)
    # The two months from the census to the year's end move these by less than one per cent.
    alive = ev.census(age - (year - BASE_YEAR))
    lines = [
        say(
            "文中为 {s}%；推算 {h}%（{e} ÷ {t}）",
            "printed {s} %; projected {h} % ({e} ÷ {t})",
            s=stated,
            h=shares,
            e=expected,
            t=between(list(totals.values())),
        )
    ]
    counts = []
    for total in own:
        count = total.quantity * stated / 100
        counts.append(count)
        lines.append(
            say(
                "× {t} = {c}",
                "× {t} = {c}",
                t=total.text,
                c=count,
            )
        )
        if alive:
            lines[-1] = say(
                "{l}，须为2020年普查{a}岁及以上 {n} 的 {r}%",
                "{l}, which is {r} % of the {n} aged {a} and over in the census of 2020",
                l=lines[-1],
                a=str(age - (year - BASE_YEAR)),
                n=alive,
                r=Quantity(math.nan, count.low / alive * 100, count.high / alive * 100),
            )
    far = bool(counts) and all(c.low > expected.high * (1 + BEYOND * slack) for c in counts)
    if alive:
        lines.append(
            say(
                "推算存活且留下 {p}%",
                "projected to live and stay: {p} %",
                p=Quantity(math.nan, expected.low / alive * 100, expected.high / alive * 100),
            )
        )
    needed = expected / stated * 100
    yield ev.finding(
        "cohort",
        "contradiction" if far else "doubt",
        [indicator, *(s for t in own for s in t.statements)],
        join(lines),
        say(
            "要使占比成立，{y}年总人口只能有 {n}{h}。",
            "The share holds only if the total of {y} is {n}{h}.",
            y=str(year),
            n=needed,
            h=_against(own),
        ),
        Words(
            "占比的分母是什么人口？预测用了什么迁移假设？",
            "Which population is the share of, and which migration was assumed?",
        ),
    )


def _own_totals(ev: Evidence, indicator: Indicator, year: int) -> list[Known]:
    """The totals that the document itself gives: of its base, and implied for the year."""
    wanted = ("population", "population_resident")
    implied = list(ev.implied(wanted, year, AHEAD, indicator.id))
    return ev.stated("population_resident", BASE_YEAR, REACHED)[:1] + implied[:1]


def _against(own: list[Known]) -> Words:
    if not own:
        return Words("", "")
    texts = [k.text for k in own]
    return say("，而文中为 {t}", ", while the document has {t}", t=join(texts, "、", " and "))


def census(ev: Evidence) -> Iterator[Finding]:
    """What a document counts of people is what census and bulletins count."""
    for concept, mentions in ev.by_id.items():
        readings = people_counted(concept)
        for indicator in filter(of_residents, mentions if readings else ()):
            for point in indicator.points:
                if point.role not in REACHED or not point.year or point.year < BASE_YEAR:
                    continue
                stated = printed(indicator, point)
                counted = [k for k in ev.known(concept, point.year) if k.census]
                if counted:
                    if not any(stated.meets(k.quantity, 0.01) for k in counted):
                        yield _differs(ev, indicator, point, counted[0].text)
                    continue
                expected = ev.expected(concept, point.year)
                young = readings[0].high is not None
                if not young or expected is None or readings[0].basis == "registered":
                    continue
                low, high = expected.low * (1 - YOUNG_SLACK), expected.high * (1 + YOUNG_SLACK)
                if stated.high < low or stated.low > high:
                    yield _differs(ev, indicator, point, _readings(ev, concept, point.year))


def _readings(ev: Evidence, concept: str, year: int) -> Words:
    """Every reading of an age span with the people that live in it, and the census groups."""
    parts = []
    for people in people_counted(concept):
        found = ev.projected(people.low, people.high, year)
        span = f"{people.low}–{(people.high or 0) - 1}"
        parts.append(
            say("推算年末{s}岁 {v}", "ages {s}, projected for the end of the year: {v}",
                s=span, v=between(list(found.values())))
        )  # fmt: skip
    group = ev.census(0, 5)
    if group:
        parts.append(say("2020年普查0–4岁 {g}", "census of 2020, ages 0–4: {g}", g=group))
    return join(parts, "，", ", ")


def _differs(ev: Evidence, indicator: Indicator, point: Point, counted: Words) -> Finding:
    return ev.finding(
        "census",
        "doubt",
        [indicator],
        say(
            "{y}年文中为 {s}；{c}",
            "{y}: printed {s}; {c}",
            y=str(point.year),
            s=printed(indicator, point),
            c=counted,
        ),
        Words(
            "与普查、公报或由其推算的人数不合：年龄范围、口径或来源可能不同。",
            "Not what census and bulletin count, or give when carried to the date: ages, basis or "
            "source may differ.",
        ),
        Words(
            "数字来自哪里，含哪些年龄、是什么口径？",
            "Where is it from, and which ages and basis does it count?",
        ),
    )
