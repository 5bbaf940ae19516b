"""What a document leaves out, so that nobody can check it: one finding for each kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from yilao.examine.evidence import REACHED, SCALE, Evidence, of_residents
from yilao.examine.finding import Finding
from yilao.examine.quantity import Words, join, row, say
from yilao.plan import Indicator, concepts
from yilao.schema import BASES

# Works and trainings are of the year or add up; a number of institutions is what stands.
_WORKS = ("households", "person-times", "dwellings")
_COUNTED = ("persons", "items", "institutions")
# Open denominators, and what is open in them.
_OPEN = {
    "older_people": Words("“老年人”未写年龄和口径",
                          "neither age nor basis of “older people” is printed"),
    "population": Words("“人口”未写常住或户籍", "resident or registered “people” is not printed"),
}  # fmt: skip


def no_denominator(ev: Evidence) -> Iterator[Finding]:
    """Ratios to people that leave open who they are."""
    open_ones = {
        name: [
            m[0]
            for m in ev.by_id.values()
            if (c := concepts().get(m[0].id))
            and c.denominator == name
            and c.unit in SCALE
            and m[0].basis_as_labelled not in BASES
            # Measured with the census, a ratio is over residents.
            and not any(w in m[0].denominator for w in ("census", "普查"))
        ]
        for name in _OPEN
    }
    rows = [i for name in _OPEN for i in open_ones[name]]
    if rows:
        lines = [
            say("{w}：{n}", "{w}: {n}", w=_OPEN[name], n=_names(mine))
            for name, mine in open_ones.items()
            if mine
        ]
        yield ev.finding(
            "no-denominator",
            "missing",
            rows,
            join([*lines, *_spread(ev, open_ones)]),
            Words("分母不同，同一比率要求的数量不同。",
                  "With another denominator the same ratio asks for another number."),
            Words("分母的年龄和口径是什么？", "Which ages and which basis has the denominator?"),
        )  # fmt: skip


def _spread(ev: Evidence, open_ones: dict[str, list[Indicator]]) -> list[Words]:
    """How much hangs on the choice: of ages, and of residents or registered people."""
    lines = []
    sixty, older = ev.census(60), ev.census(65)
    if open_ones["older_people"] and sixty and older:
        lines.append(
            say(
                "2020年普查：60岁及以上 {a}，65岁及以上 {b}",
                "census of 2020: {a} aged 60 and over, {b} aged 65 and over",
                a=sixty,
                b=older,
            )
        )
    due = [
        (i, p) for i in open_ones["population"] for p in i.points if p.role == "target" and p.value
    ]
    for year in (2021, 2020):
        people = [ev.known(f"population_{basis}", year)[:1] for basis in BASES]
        if due and all(people):
            indicator, point = due[-1]
            per = (point.value or 0.0) / SCALE[indicator.unit]
            lines += [
                say("{i} {v} × {n} = {q}", "{i} {v} × {n} = {q}",
                    i=indicator, v=point.value or 0.0, n=k.text, q=k.quantity * per)
                for (k,) in people
            ]  # fmt: skip
            break
    return lines


def no_base(ev: Evidence) -> Iterator[Finding]:
    """Targets to be measured against a start that is nowhere printed; a full 100 % needs none."""
    rows = []
    for mentions in ev.by_id.values():
        entry = concepts().get(mentions[0].id)
        due = [p for p in mentions[0].points if p.role == "target" and p.year and p.value]
        if entry is None or entry.quantity not in ("stock", "rate", "share") or not due:
            continue
        full = mentions[0].unit == "percent" and (due[-1].value or 0) >= 100
        if not full and not any(p.role in REACHED for i in mentions for p in i.points):
            rows.append(mentions[0])
    if rows:
        worked = [line for i in rows for line in _worked_out(ev, i)]
        yield ev.finding(
            "no-base",
            "missing",
            rows,
            join([_counted(rows, "个目标没有基数", "targets without a base"), *worked]),
            Words("看不出要走多远。", "How far there is to go cannot be told."),
            Words("现在是多少，哪一天的数？", "What is it today, and on which day?"),
        )


def _worked_out(ev: Evidence, indicator: Indicator) -> list[Words]:
    """The base of a rate: the stock that the document counts, over the residents then known."""
    concept = concepts()[indicator.id]
    open_one = concept.denominator == "population" and concept.unit in SCALE
    if not open_one or not of_residents(indicator):
        return []
    for stock in ev.by_id.get(concept.numerator, ()):
        for year in (p.year for p in stock.points if p.role in REACHED and p.year):
            for top in ev.stated(concept.numerator, year, REACHED)[:1]:
                residents = [
                    k for y in (year, year - 1) for k in ev.known("population_resident", y)
                ]
                for below in residents[:1]:
                    quotient = top.quantity * SCALE[concept.unit] / below.quantity
                    return [say("可算出：{t} ÷ {b} = {q}", "can be worked out: {t} ÷ {b} = {q}",
                                t=top.text, b=below.text, q=quotient)]  # fmt: skip
    return []


def no_date(ev: Evidence) -> Iterator[Finding]:
    """Targets without a year, unless they are of every year or of the period of the plan."""
    rows = [
        m[0]
        for m in ev.by_id.values()
        if (due := [p for i in m for p in i.points if p.role == "target"])
        and all(p.year is None for p in due)
        and not any(i.accumulates in ("year", "plan period") for i in m)
    ]
    if rows:
        yield ev.finding(
            "no-date",
            "missing",
            rows,
            _counted(rows, "个目标未写期限", "targets without a year"),
            Words("无法判断何时完成。", "When they are due cannot be told."),
            Words("到哪一年完成？", "By which year?"),
        )


def no_period(ev: Evidence) -> Iterator[Finding]:
    """Works and trainings of several years that may be of each year, or add up."""
    rows = []
    for indicator in (m[0] for m in ev.by_id.values()):
        entry = concepts().get(indicator.id)
        flow = entry is not None and entry.quantity == "flow" and indicator.unit in _COUNTED
        dated = [p for p in indicator.points if p.year and p.role in ("base", "target")]
        if (flow or indicator.unit in _WORKS) and len(dated) > 1 and not indicator.accumulates:
            rows.append((indicator, dated))
    if rows:
        yield ev.finding(
            "no-period",
            "missing",
            [i for i, _ in rows],
            join([
                say("{i}：{p}", "{i}: {p}", i=i, p=row(dated))
                for i, dated in rows
            ]),
            Words("是当年数还是累计数，目标可差数倍。",
                  "Of each year or in all: the target may differ several times."),
            Words("是当年数还是累计数？", "Of each year, or in all?"),
        )  # fmt: skip


def no_issue(ev: Evidence) -> Iterator[Finding]:
    """A document without a date cannot be put before or after another."""
    if ev.plan.issued is None and ev.plan.indicators:
        yield ev.finding(
            "no-issue",
            "missing",
            (),
            say("{t}：文件没有印发日期", "{t}: the document has no date", t=ev.plan.title),
            Words("不能判断哪些目标印发时已到期，也不能判断它与其他文件的先后。",
                  "Which targets were due at its issue, and which of two documents is the later, "
                  "cannot be told."),
            Words("何时印发？", "When was it issued?"),
        )  # fmt: skip


def lost(ev: Evidence) -> Iterator[Finding]:
    """Rows whose cells were lost, of which no other mention tells what stood in them."""
    rows = [m[0] for m in ev.by_id.values() if m[0].legible]
    if rows:
        yield ev.finding(
            "lost",
            "missing",
            rows,
            join([say("{i}：{c}", "{i}: {c}", i=i, c=" | ".join(i.legible)) for i in rows]),
            Words("剩下的数字属于哪一列无法确定，未作使用。",
                  "To which column the figures that are left belong is not known; they are not "
                  "used."),
            Words("请提供原表。", "Please provide the table as it was issued."),
        )  # fmt: skip


def _names(rows: Sequence[Indicator]) -> Words:
    return join([Words(i.name_zh, i.name_en) for i in rows], "、", "; ")


def _counted(rows: Sequence[Indicator], zh: str, en: str) -> Words:
    what = Words(zh, en)
    return say("{n} {w}：{i}", "{w} ({n}): {i}", n=float(len(rows)), w=what, i=_names(rows))
