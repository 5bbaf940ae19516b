"""Numbers, dates and columns as people read them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

Value = float | tuple[float, float] | None


def width(text: str) -> int:
    """Columns that a text takes in a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], text_columns: int = 1) -> list[str]:
    """Columns set by display width: the first ones to the left, numbers to the right."""
    widths = [max(width(r[i]) for r in (head, *rows)) for i in range(len(head))]

    def line(row: Sequence[str]) -> str:
        cells = [
            c + " " * (w - width(c)) if i < text_columns else " " * (w - width(c)) + c
            for i, (c, w) in enumerate(zip(row, widths, strict=True))
        ]
        return ("  " + "  ".join(cells)).rstrip()

    rule = "  " + "-" * (sum(widths) + 2 * (len(widths) - 1))
    return [line(head), rule, *(line(r) for r in rows)]


def _span(low: str, high: str, lang: str) -> str:
    return f"{low}—{high}" if lang == "zh" else f"{low} to {high}"


def people(value: Value, lang: str) -> str:
    """Persons rounded for reading: 万 in Chinese, millions or thousands in English."""
    if value is None:
        return "—"
    if isinstance(value, tuple):
        return _span(people(value[0], lang), people(value[1], lang), lang)
    if lang == "zh":
        return f"{value / 1e4:,.0f}万" if abs(value) >= 1e7 else f"{value / 1e4:,.1f}万"
    if abs(value) >= 1e6:
        return f"{value / 1e6:,.2f} m"
    return f"{round(value, -3 if abs(value) >= 1e4 else -1):,.0f}"


def places(value: Value, lang: str) -> str:
    """Places rounded for reading, to tens from a thousand on, to hundreds from ten thousand."""
    if value is None:
        return "—"
    if isinstance(value, tuple):
        return _span(places(value[0], lang), places(value[1], lang), lang)
    if abs(value) < 10_000:
        # A computed number is never known to the single place.
        return f"{round(value, -1) if abs(value) >= 1000 else value:,.0f}"
    return f"{value / 1e4:,.2f}万" if lang == "zh" else f"{round(value, -2):,.0f}"


def as_printed(value: float, lang: str) -> str:
    """A figure of a document with the digits it was printed with: 4.4万, not 4.40万."""
    if lang == "zh" and abs(value) >= 10_000:
        return f"{value / 1e4:g}万"
    return f"{value:,.0f}"


def month(date: str, lang: str) -> str:
    """Write 2022-10-21 as 2022年10月 or October 2022; the end of a year as the year."""
    year, _, rest = date.partition("-")
    if not rest or rest.startswith("12-31"):
        return f"{year}年末" if lang == "zh" else f"end of {year}"
    number = int(rest[:2])
    names = "January February March April May June July August September October November December"
    return f"{year}年{number}月" if lang == "zh" else f"{names.split()[number - 1]} {year}"
