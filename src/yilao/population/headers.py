"""What the columns of a wide census table mean: sex and ages, by the patterns in use."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple


class Group(NamedTuple):
    """People of one sex (``female``, ``male`` or ``both``) and an interval of completed years.

    ``high`` is None in an open group; ages 0 to None are all ages.
    """

    sex: str
    low: int
    high: int | None

    def __str__(self) -> str:
        ages = f"{self.low}+" if self.high is None else f"{self.low}-{self.high}"
        return f"{self.sex} {ages}"


_SEXES = {
    "female": r"女性?|female|females|women|f",
    "male": r"男性?|male|males|men|m",
    "both": r"男女合计|男女|合计|小计|总计|总|both(?:sexes)?|total|t",
}
# Words that say no more than that people are counted.
_FILLERS = r"人口数?|人数|数|人|population|pop|persons|people"
_AGE_WORDS = r"岁|周岁|年龄|aged?|years?|ages|all"
_OLDEST = 130
_RANGE = re.compile(r"(\d+)(?:周?岁)?[-_~至到–—](\d+)(?:周?岁)?(?!\d)")
_OPEN = re.compile(
    r"(\d+)(?:周?岁)?(?:\+|_?及?其?以上|[_.]?(?:and[_.]?)?(?:plus|up|over|above|older))"
)
_SINGLE = re.compile(r"(\d+)(?:周?岁)?(?!\d)")
_WORD = re.compile("|".join([*_SEXES.values(), _FILLERS, _AGE_WORDS]))


def group_of(header: str) -> Group | None:
    """Read a header such as ``男_0岁``, ``1-4岁女``, ``85岁及以上_男``, ``F_85+``, ``合计``.

    Returns None where the header is not of people by sex and age.  A header without a sex is of
    both sexes, one without an age of all ages.

    Examples
    --------
    >>> group_of("男_0岁"), group_of("85岁及以上（女）"), group_of("F5-9")
    (Group(sex='male', low=0, high=0), Group(sex='female', low=85, high=None), \
Group(sex='female', low=5, high=9))
    >>> group_of("总人口"), group_of("性别比")
    (Group(sex='both', low=0, high=None), None)
    """
    text = re.sub(r"[\s()（）\[\]:：,，、]", "", unicodedata.normalize("NFKC", header).casefold())
    low, high = 0, None
    if found := _RANGE.search(text):
        low, high = int(found[1]), int(found[2])
    elif found := _OPEN.search(text):
        low = int(found[1])
    elif found := _SINGLE.search(text):
        low = high = int(found[1])
    if found:
        text = text[: found.start()] + "_" + text[found.end() :]
    words = [w for part in re.split(r"[_\-/|.]+", text) for w in _words(part)]
    sexes = {s for s, pattern in _SEXES.items() for w in words if re.fullmatch(pattern, w)}
    known = all(_WORD.fullmatch(w) for w in words)
    people = found or not all(re.fullmatch(_AGE_WORDS, w) for w in words)
    ordered = low <= (low if high is None else high) <= _OLDEST
    if not known or not people or not ordered or len(sexes - {"both"}) > 1:
        return None
    return Group((sexes - {"both"} or {"both"}).pop(), low, high)


def _words(text: str) -> list[str]:
    """Cut text into known words, the longest first; what is left stays as it is."""
    words: list[str] = []
    while text:
        ends = [n for n in range(len(text), 0, -1) if _WORD.fullmatch(text[:n])]
        if not ends:
            return [*words, text]
        words.append(text[: ends[0]])
        text = text[ends[0] :]
    return words
