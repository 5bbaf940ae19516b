"""What a change is made of: steps from the number before to the number after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from yilao.plot.fonts import lettering, number_text
from yilao.schema import SchemaError, check_values

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_END, _MORE, _LESS, _MARK = "#4c566a", "#c44e52", "#4c8c6b", "#1f4e9c"


def plot_parts(
    parts: xr.DataArray,
    *,
    names: Mapping[str, str] | None = None,
    ends: tuple[str, str] = ("", ""),
    marks: Mapping[str, float] | None = None,
    unit: str = "",
    ax: Axes | None = None,
    lang: str = "zh",
    title: str = "",
) -> Axes:
    """Draw a decomposition as steps from the number before to the number after.

    Parameters
    ----------
    parts : (factor) or (component), of ``yilao.gap.shapley``, ``explain_need`` or
        ``explain_change``, with the coordinates ``before`` and ``after``.
    names : label of each part; by default its own name.
    ends : labels of the number before and the number after.
    marks : numbers to compare with, as lines with their label: ``{"promised": 18_000}``.
    unit : ``beds``, ``places``, ``persons``.
    ax : axes to draw on; None makes a new figure.
    lang : ``"zh"`` or ``"en"``.  Without a Chinese font the picture is in English, with a warning,
        and Chinese words of yours fall back to the names of the parts.
    title : above the picture.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    SchemaError
        The parts have another dimension, no number before or after, do not add up, or a value is
        missing.
    UnknownNameError
        If ``lang`` is not known.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("Agg")
    >>> from yilao.gap import shapley
    >>> parts = shapley({"people": 100.0, "norm": 0.03}, {"people": 200.0, "norm": 0.05})
    >>> plot_parts(parts, lang="en", unit="beds", title="A change").get_title()
    'A change'
    """
    if len(parts.dims) != 1 or not {"before", "after"} <= set(parts.coords):
        raise SchemaError(
            f"parts: dimensions {list(parts.dims)}. A picture shows one decomposition with its "
            "before and after: pick one with .sel()."
        )
    check_values(parts, "parts")
    steps = parts.values
    before, after = float(parts["before"]), float(parts["after"])
    if abs(before + steps.sum() - after) > 1e-6 * max(abs(before), abs(after), 1.0):
        raise SchemaError("parts: they do not add up to the change. Show all of them.")
    own = [str(n) for n in parts[parts.dims[0]].values]
    shown = [(names or {}).get(n, n) for n in own]
    letters = lettering(lang, [*shown, *ends, *(marks or {}), title])
    labels = [
        letters.drawable(ends[0], "before") or "before",
        *(letters.drawable(text, n) for text, n in zip(shown, own, strict=True)),
        letters.drawable(ends[1], "after") or "after",
    ]

    from matplotlib import pyplot as plt

    if ax is None:
        _, ax = plt.subplots(figsize=(8.0, 1.2 + 0.55 * len(labels)), layout="constrained")
    starts = before + np.concatenate([[0.0], np.cumsum(steps)])
    lefts = [0.0, *np.minimum(starts[:-1], starts[1:]), 0.0]
    widths = [before, *np.abs(steps), after]
    colours = [_END, *(_MORE if s > 0 else _LESS for s in steps), _END]
    rows = np.arange(len(labels))
    ax.barh(rows, widths, left=lefts, color=colours, height=0.62)
    numbers = [number_text(v, unit, letters.lang) for v in (before, *steps, after)]
    far = max(*np.abs(starts), before, after, *(marks or {}).values())
    for row, (text, left, width) in enumerate(zip(numbers, lefts, widths, strict=True)):
        sign = "+" if 0 < row < len(labels) - 1 and steps[row - 1] > 0 else ""
        ax.text(left + width + 0.01 * far, row, sign + text, va="center", family=letters.family)
    for row, at in enumerate(starts):  # the line on which the next step stands
        ax.plot([at, at], [row + 0.31, row + 0.69], color=_END, linewidth=0.8)
    for name, value in (marks or {}).items():
        ax.axvline(value, color=_MARK, linestyle="--", linewidth=1.2)
        text = f"{letters.drawable(name, 'compare')} {number_text(value, unit, letters.lang)}"
        ax.annotate(
            text,
            (value, len(labels) - 0.45),
            color=_MARK,
            va="top",
            ha="right" if value > 0.5 * far else "left",
            xytext=(-4 if value > 0.5 * far else 4, 0),
            textcoords="offset points",
            family=letters.family,
        )
    ax.set_yticks(rows, labels)
    ax.tick_params(labelfontfamily=letters.family)
    ax.set_ylim(len(labels) - (0.1 if marks else 0.4), -0.6)
    ax.set_xlim(min(0.0, *lefts), 1.18 * far)
    ax.set_xticks([])
    ax.spines[["top", "right", "bottom"]].set_visible(False)
    ax.set_title(letters.drawable(title), fontfamily=letters.family, fontsize=13, pad=12)
    return ax
