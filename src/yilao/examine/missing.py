"""What a document leaves out: bases, denominators, dates, and cells that were lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from yilao.examine.evidence import Evidence
from yilao.examine.finding import Finding
from yilao.examine.quantity import Words, join, say
from yilao.plan import Indicator, concepts
from yilao.plan.figures import RATIOS

# Words of the data that say a denominator is not printed.
_OPEN = ("not printed", "未写明", "basis not stated")


def missing(ev: Evidence) -> Iterator[Finding]:
    """One finding for each kind of gap, with all statements that have it."""
    for rule, severity, test, arithmetic, implication, question in _KINDS:
        rows = [m[0] for m in ev.by_id.values() if test(m[0])]
        if rows:
            names = join([Words(i.name_zh, i.name_en) for i in rows], "、", "; ")
            yield ev.finding(
                rule,
                severity,
                rows,
                say(
                    arithmetic.zh + "：{names}", arithmetic.en + ": {names}",
                    n=float(len(rows)), names=names,
                ),
                implication,
                question,
            )  # fmt: skip


def _lost(indicator: Indicator) -> bool:
    return bool(indicator.legible)


def _no_base(indicator: Indicator) -> bool:
    """A target to be measured against a start that is nowhere printed; a full 100 % needs none."""
    entry = concepts().get(indicator.id)
    if entry is None or entry.quantity not in ("stock", "rate", "share") or indicator.legible:
        return False
    due = [p for p in indicator.points if p.role == "target" and p.year and p.value is not None]
    if not due or (indicator.unit == "percent" and (due[-1].value or 0) >= 100):
        return False
    return not any(p.role in ("base", "statistic") for p in indicator.points)


def _no_denominator(indicator: Indicator) -> bool:
    """A ratio to people that leaves open who they are."""
    entry = concepts().get(indicator.id)
    people = entry is not None and entry.denominator in ("population", "older_people")
    left_open = any(w in indicator.denominator for w in _OPEN)
    return indicator.unit in RATIOS and people and left_open


def _no_date(indicator: Indicator) -> bool:
    return any(p.role == "target" and p.year is None for p in indicator.points)


# Rule, severity, which statements, and the three texts.
_KINDS: tuple[tuple[str, str, Callable[[Indicator], bool], Words, Words, Words], ...] = (
    (
        "no-denominator",
        "missing",
        _no_denominator,
        Words("{n} 个比率未写明分母是什么人口", "{n} ratios do not say whom they count over"),
        Words(
            "按常住还是户籍、60岁还是65岁，结果可差两成以上。",
            "Residents or registered, from 60 or from 65: the answers can differ by a fifth.",
        ),
        Words("分母的年龄和口径是什么？", "Which ages and which basis has the denominator?"),
    ),
    (
        "no-base",
        "missing",
        _no_base,
        Words("{n} 个目标没有基数", "{n} targets have no base"),
        Words("看不出要走多远。", "How far there is to go cannot be told."),
        Words("现在是多少，哪一天的数？", "What is it today, and on which day?"),
    ),
    (
        "no-date",
        "missing",
        _no_date,
        Words("{n} 个目标未写期限", "{n} targets have no year"),
        Words("无法判断何时完成。", "When they are due cannot be told."),
        Words("到哪一年完成？", "By which year?"),
    ),
    (
        "lost",
        "missing",
        _lost,
        Words("{n} 行的单元格在转换中丢失", "{n} rows lost cells in conversion"),
        Words(
            "剩下的数字属于哪一列无法确定，未作使用。",
            "To which column the figures that are left belong is not known; they are not used.",
        ),
        Words("请提供原表。", "Please provide the table as it was issued."),
    ),
)
