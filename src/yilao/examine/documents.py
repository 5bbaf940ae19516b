"""One thing stated twice: in a table and in the text, or in two documents of one place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import combinations, permutations

from yilao.examine.evidence import REACHED, Evidence, family
from yilao.examine.finding import Finding
from yilao.examine.quantity import Quantity, Words, join, printed, row, say
from yilao.examine.ratios import matches
from yilao.plan import Indicator, Point
from yilao.plan.figures import UNITS

# Names at least so alike mean one thing.
ALIKE = 0.6
_ROLES = {
    "base": Words("基数", "base"),
    "statistic": Words("统计数", "statistic"),
    "target": Words("目标", "target"),
    "norm": Words("标准", "norm"),
    "projection": Words("预测", "projection"),
}


def conflict(ev: Evidence) -> Iterator[Finding]:
    """Two mentions of one concept in one document give one figure for one year."""
    for id_, mentions in ev.by_id.items():
        for a, b in combinations(mentions, 2):
            pairs = list(_different(a, b))
            if not pairs:
                continue
            why = [w for p, q in pairs for w in _why(ev, id_, ((a, p), (b, q)))]
            same = why or alike(a, b)
            yield ev.finding(
                "conflict",
                "contradiction" if same and not _bounds(pairs) else "doubt",
                [a, b],
                join([*(_beside(a, p, b, q) for p, q in pairs), *why]),
                Words(
                    "两个数用了不同的分母，不能并列比较。",
                    "The two have different denominators and cannot stand side by side.",
                )
                if why
                else Words(
                    "若两处指的是同一件事，两个数不能都对。",
                    "If both mean one thing, the two figures cannot both be right.",
                ),
                Words("以哪一处为准？两处定义相同吗？",
                      "Which of the two holds, and is the definition the same?"),
            )  # fmt: skip


def alike(a: Indicator, b: Indicator) -> bool:
    """Whether two printed names are near enough to mean one thing."""
    return SequenceMatcher(None, a.name_zh, b.name_zh).ratio() >= ALIKE


def _why(ev: Evidence, concept: str, mentions: Sequence[tuple[Indicator, Point]]) -> list[Words]:
    """The denominators that make two figures of one ratio true, if each has one of its own."""
    entry = next((c for c, _ in ev.rates() if c.id == concept), None)
    if entry is None:
        return []
    found = [next((t for t in matches(ev, entry, p, i) if t[3]), None) for i, p in mentions]
    return [
        say("{v} = {t} ÷ {b}", "{v} = {t} ÷ {b}", v=printed(i, p).value, t=fit[0].text,
            b=fit[1].text)
        for (i, p), fit in zip(mentions, found, strict=True)
        if fit and all(found)
    ]  # fmt: skip


def norms(ev: Evidence) -> Iterator[Finding]:
    """Targets do not stay below a norm that the document states without a year."""
    for mentions in ev.by_id.values():
        for rule, due in permutations(mentions, 2):
            for norm in rule.points:
                low = [p for p in due.points if _falls_short(p, norm)]
                if not low:
                    continue
                yield ev.finding(
                    "norm",
                    "doubt",
                    [rule, due],
                    say(
                        "标准 {n}（{w}，未限年份）；目标 {t}",
                        "norm {n} ({w}, no year); targets {t}",
                        n=str(norm),
                        w=rule.place_in_document,
                        t=row([p for p in due.points if p.role == "target"]),
                    ),
                    say(
                        "{y}年以前（含）的目标低于文中的标准。",
                        "The targets up to {y} are below the norm of the document.",
                        y=str(low[-1].year),
                    ),
                    Words("标准从哪一年起执行？", "From which year does the norm hold?"),
                )


def _falls_short(target: Point, norm: Point) -> bool:
    if norm.role != "norm" or norm.year is not None or norm.comparator not in (">=", ">", "="):
        return False
    if target.role != "target" or None in (target.year, target.value, norm.value):
        return False
    return (target.value or 0.0) < (norm.value or 0.0)


def two_documents(ev: Evidence) -> Iterator[Finding]:
    """Two documents of one place promise the same, and begin from the same base."""
    for sister in ev.sisters:
        for theirs in sister.indicators:
            if theirs.statement != theirs.id or theirs.id not in ev.by_id:
                continue
            mine = ev.by_id[theirs.id][0]
            if mine.unit != theirs.unit:
                yield ev.finding(
                    "unit",
                    "note",
                    [mine, theirs],
                    say(
                        "{i}：{a} / {b}",
                        "{i}: {a} / {b}",
                        i=mine,
                        a=UNITS.get(mine.unit, mine.unit),
                        b=UNITS.get(theirs.unit, theirs.unit),
                    ),
                    Words("两份文件单位不同，不能直接比较。", "The units differ: not comparable."),
                    Words("以哪个单位考核？", "Which unit is the one that is checked?"),
                )
                continue
            pairs = list(_different(mine, theirs))
            # A base that is an old target is a finding of its own, and accuses one document only.
            reached = [
                (p, q)
                for p, q in pairs
                if p.role in REACHED and not any(once_set(ev, mine.id, r) for r in (p, q))
            ]
            promised = [(p, q) for p, q in pairs if p.role not in REACHED]
            if reached:
                yield _differing(
                    ev, mine, theirs, reached, "contradiction",
                    Words(
                        "两份文件的基数或统计数不同，不是四舍五入所致。",
                        "The two documents count differently, by more than rounding.",
                    ),
                )  # fmt: skip
            if promised:
                yield _differing(
                    ev, mine, theirs, promised,
                    "doubt" if _bounds(promised) else "contradiction",
                    Words(
                        "两份文件对同一指标的目标不同：要求高的达到了，才算都达到。",
                        "The two documents promise differently: only the more demanding target "
                        "keeps both.",
                    ),
                )  # fmt: skip


def _differing(
    ev: Evidence,
    mine: Indicator,
    theirs: Indicator,
    pairs: list[tuple[Point, Point]],
    severity: str,
    implication: Words,
) -> Finding:
    return ev.finding(
        "two-documents",
        severity,
        [mine, theirs],
        join([_beside(mine, p, theirs, q) for p, q in pairs]),
        implication,
        Words(
            "以哪份文件为准？后一份是否修订了前一份？",
            "Which of the two holds? Does the later one amend the earlier one?",
        ),
    )


def once_set(ev: Evidence, concept: str, point: Point) -> bool:
    """Whether a figure is also the target that some document of the place set for its year."""
    return any(
        p.role == "target" and p.year == point.year and p.value == point.value
        for plan in (ev.plan, *ev.sisters)
        for i in plan.indicators
        if i.id == concept
        for p in i.points
    )


def _different(a: Indicator, b: Indicator) -> Iterator[tuple[Point, Point]]:
    """Points of one year and kind that cannot be the same number; a higher bound is another one."""
    if a.unit != b.unit:
        return
    for p in a.points:
        for q in b.points:
            norms = (p.role == "norm", q.role == "norm")
            same = p.year == q.year and family(p.role) == family(q.role) and len(set(norms)) == 1
            # Targets without a year may be due at different times.
            same = same and (p.year is not None or all(norms))
            if same and not printed(a, p, rounded=True).meets(printed(b, q, rounded=True)):
                yield p, q


def _bounds(pairs: list[tuple[Point, Point]]) -> bool:
    """Whether all are promises of at least or at most so much, of which both can be kept."""
    return all(p.role not in REACHED and "=" not in (p.comparator, q.comparator) for p, q in pairs)


def _beside(a: Indicator, p: Point, b: Indicator, q: Point) -> Words:
    other = say("{b} ", "{b} ", b=b) if b.name_zh != a.name_zh else ""
    return say(
        "{y}年{i} {p}（{w}，{r}） / {o}{q}（{v}，{s}）" if p.year else
        "{i} {p}（{w}，{r}） / {o}{q}（{v}，{s}）",
        "{i} {y}: {p} ({w}, {r}) / {o}{q} ({v}, {s})",
        i=a,
        y=str(p.year or ""),
        p=_figure(a, p),
        o=other,
        q=_figure(b, q),
        w=a.place_in_document,
        v=b.place_in_document,
        r=_ROLES[p.role],
        s=_ROLES[q.role],
    )  # fmt: skip


def _figure(indicator: Indicator, point: Point) -> Quantity | str:
    """A bound with its sign, any other figure with the interval of its digits."""
    bound = point.comparator not in ("=", "about", "range")
    return str(point) if bound else printed(indicator, point)
