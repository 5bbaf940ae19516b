"""The marks of the picture of a gap: bars to compare stocks, lines over years."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from yilao.plot.fonts import UNITS_ZH, Lettering, number_text, spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

VARIABLES = ("need", "supply", "shortfall")

NEED = "#3d5a80"
SUPPLY = "#8fb0c9"
SHORT = "#c8553d"
SPARE = "#4f8a5b"
GREY = "#666666"


WORDS = {
    "zh": {
        "need": "需求",
        "supply": "供给",
        "short": "缺口",
        "spare": "富余",
        "even": "供需平衡",
        "unknown": "缺口未知",
        "no_supply": "供给未知",
        "year": "年份",
    },
    "en": {
        "need": "Need",
        "supply": "Supply",
        "short": "short",
        "spare": "spare",
        "even": "balanced",
        "unknown": "shortfall unknown",
        "no_supply": "supply unknown",
        "year": "Year",
    },
}


def _verdict(shortfall: float, letters: Lettering) -> tuple[str, str]:
    """Return the words for a shortfall and their colour."""
    words = WORDS[letters.lang]
    if np.isnan(shortfall):
        return words["unknown"], GREY
    if round(shortfall) == 0:
        return words["even"], GREY
    kind, colour = ("short", SHORT) if shortfall > 0 else ("spare", SPARE)
    return f"{words[kind]} {number_text(abs(shortfall), '', letters.lang)}", colour


def _row_names(table: xr.Dataset, letters: Lettering) -> list[str]:
    if "stock" in table.coords:
        labels = np.atleast_1d(table["stock"].values).tolist()
        names = [letters.drawable(label, f"stock {i}") for i, label in enumerate(labels, 1)]
        # A Chinese character is as wide as two others: both are a full line of the figure.
        return [
            "\n".join(textwrap.wrap(name, 80 if name.isascii() else 40) or [""]) for name in names
        ]
    if "year" in table.dims:
        return [f"{y}年" if letters.lang == "zh" else str(y) for y in table["year"].values]
    return [""]


def draw_bars(ax: Axes, table: xr.Dataset, unit: str, letters: Lettering) -> None:
    """Draw a pair of bars a row, the shorter one made up by the hatched shortfall."""
    family, lang, words = letters.family, letters.lang, WORDS[letters.lang]
    need, supply, shortfall = (np.atleast_1d(table[n].values).astype(float) for n in VARIABLES)
    names = _row_names(table, letters)
    line = 0.75  # height of one line of a name, in the units of the bars
    space = line * max(name.count("\n") for name in names)
    pitch = 3.0 + space
    ticks: list[float] = []
    tick_labels: list[str] = []
    for row, name in enumerate(names):
        top, bottom = pitch * row + 0.7, pitch * row + 1.6
        for what, height, value, colour in (
            ("need", top, need[row], NEED),
            ("supply", bottom, supply[row], SUPPLY),
        ):
            ticks.append(height)
            tick_labels.append(f"{words[what]} {number_text(value, '', lang)}")
            if not np.isnan(value):
                ax.barh(height, value, height=0.78, color=colour, zorder=2, label=what)
        text, colour = _verdict(shortfall[row], letters)
        start, height = 0.0, bottom
        if not np.isnan(shortfall[row]):
            # The hatched piece makes the shorter bar as long as the other.
            start, height = (supply[row], bottom) if shortfall[row] >= 0 else (need[row], top)
            ax.barh(
                height,
                abs(shortfall[row]),
                left=start,
                height=0.78,
                facecolor="none",
                edgecolor=colour,
                hatch="////",
                linewidth=0.8,
                zorder=3,
                label="shortfall",
            )
            start += abs(shortfall[row])
        ax.annotate(
            text,
            xy=(start, height),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            fontfamily=family,
            fontweight="normal" if colour == GREY else "bold",
        )
        if name:
            ax.annotate(
                name,
                xy=(0, top - 0.42),
                xytext=(6, 2),
                textcoords="offset points",
                va="bottom",
                color="#222222",
                fontfamily=family,
            )
    ax.set_yticks(ticks, tick_labels)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(pitch * (len(names) - 1) + 2.2, -0.5 - space if any(names) else 0.15)
    known = np.concatenate([need, supply])
    largest = float(np.nanmax(known)) if np.isfinite(known).any() else 0.0
    ax.set_xlim(0, largest * 1.22 or 1.0)
    _value_axis(ax, "x", largest, unit, letters, table)


def draw_lines(ax: Axes, table: xr.Dataset, unit: str, letters: Lettering) -> None:
    """Draw need and supply over the years, the gap shaded and its last known size written."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    family, lang, words = letters.family, letters.lang, WORDS[letters.lang]
    years = table["year"].values.astype(float)
    need, supply, shortfall = (table[n].values.astype(float) for n in VARIABLES)
    ax.plot(years, need, color=NEED, linewidth=2, marker="o", markersize=4, label="need", zorder=4)
    ax.plot(
        years, supply, color=SUPPLY, linewidth=2, marker="s", markersize=4, label="supply", zorder=4
    )
    for short, colour in ((True, SHORT), (False, SPARE)):
        if not (shortfall > 0 if short else shortfall < 0).any():
            continue
        ax.fill_between(
            years,
            need,
            supply,
            where=(need >= supply) if short else (need <= supply),
            interpolate=True,
            facecolor=(*_rgb(colour), 0.16),
            edgecolor=(*_rgb(colour), 0.55),
            hatch="///",
            linewidth=0.0,
            zorder=1,
        )
    values = np.concatenate([need, supply])
    largest = float(np.nanmax(values)) if np.isfinite(values).any() else 0.0
    ax.set_ylim(0, largest * 1.12 or 1.0)
    ax.set_xlim(years[0] - 0.4, years[-1] + 0.4)

    for first, last in _unknown_runs(np.isnan(supply)):
        ax.axvspan(years[first] - 0.4, years[last] + 0.4, color="#ededed", linewidth=0, zorder=0)
        ax.annotate(
            words["no_supply"],
            xy=((years[first] + years[last]) / 2, 0),
            xytext=(0, 8),
            textcoords="offset points",
            ha="center",
            va="bottom",
            rotation=0 if last - first >= 0.12 * len(years) else 90,
            color=GREY,
            fontfamily=family,
        )

    # At the right end: the last known need and supply, and between them the gap of that year.
    dated = "（{:.0f}年）" if lang == "zh" else " ({:.0f})"
    ends: list[tuple[float, str, str]] = []
    for name, series, colour in (("need", need, NEED), ("supply", supply, "#5f87a5")):
        if (known := np.flatnonzero(np.isfinite(series))).size:
            at = known[-1]
            when = "" if at == len(years) - 1 else dated.format(years[at])
            text = f"{words[name]} {number_text(series[at], '', lang)}{when}"
            ends.append((float(series[at]), text, colour))
    both = np.flatnonzero(np.isfinite(shortfall))
    if both.size:
        at = both[-1]
        text, colour = _verdict(shortfall[at], letters)
        when = "" if at == len(years) - 1 else dated.format(years[at])
        ends.append((float(need[at] + supply[at]) / 2, text + when, colour))
        ax.vlines(years[at], *sorted((need[at], supply[at])), color=colour, linewidth=1.2, zorder=3)
    heights = spread([end[0] for end in ends], 0.065 * ax.get_ylim()[1])
    for (_, text, colour), height in zip(ends, heights, strict=True):
        ax.text(
            1.015,
            height,
            text,
            transform=ax.get_yaxis_transform(),
            va="center",
            color=colour,
            fontfamily=family,
            fontweight="bold",
        )
    ax.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.0f}"))
    ax.set_xlabel(words["year"], fontfamily=family)
    _value_axis(ax, "y", largest, unit, letters, table)


def _rgb(colour: str) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    return to_rgb(colour)


def _unknown_runs(unknown: np.ndarray) -> list[tuple[int, int]]:
    """Return first and last index of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], unknown.astype(int), [0]])))
    return [(int(a), int(b) - 1) for a, b in edges.reshape(-1, 2)]


def _value_axis(
    ax: Axes, which: str, largest: float, unit: str, letters: Lettering, table: xr.Dataset
) -> None:
    """Write the axis of the numbers: in 万 once they reach it, or with thousands separators."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis = ax.xaxis if which == "x" else ax.yaxis
    label = letters.named(table.attrs, "label")
    if letters.lang == "zh":
        scale, wan = (1e4, "万") if largest >= 10_000 else (1.0, "")
        text = f"{label}（{wan}{UNITS_ZH[unit]}）"
    else:
        scale, text = 1.0, label or unit
        text = text[0].upper() + text[1:]
    axis.set_label_text(text, fontfamily=letters.family)
    axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    number = "{:g}" if letters.lang == "zh" else "{:,g}"
    axis.set_major_formatter(FuncFormatter(lambda v, _: number.format(v / scale)))
    ax.grid(axis="x" if which == "x" else "y", color="#dddddd", linewidth=0.7, zorder=0)
    ax.set_axisbelow(True)
