"""The population pyramid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from yilao.plot.fonts import Lettering, lettering, number_text, spread
from yilao.schema import (
    SchemaError,
    check_basis,
    check_same_basis,
    check_same_labels,
    check_variable,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOUR = {"male": "#6f9ac4", "female": "#dd8d85"}
OUTLINE = "#222222"
BAND = "#f2c14e"
GREY = "#555555"

WORDS = {
    "zh": {
        "male": "男",
        "female": "女",
        "resident": "常住人口",
        "registered": "户籍人口",
        "x": "人口（万人）",
        "y": "年龄（岁）",
        "compared": "（对比）",
    },
    "en": {
        "male": "Men",
        "female": "Women",
        "resident": "resident population",
        "registered": "registered population",
        "x": "Population (thousands)",
        "y": "Age",
        "compared": " (compared)",
    },
}


def plot_pyramid(
    population: xr.DataArray,
    *,
    ax: Axes | None = None,
    lang: str = "zh",
    title: str | None = None,
    highlight: Sequence[tuple[int, int, str]] | None = None,
    compare: xr.DataArray | None = None,
) -> Axes:
    """Draw a population by sex and single age: men to the left, women to the right.

    Parameters
    ----------
    population : (sex, age), persons; with a scalar coordinate ``year`` and ``attrs["basis"]``;
        ``attrs["place_zh"]`` and ``attrs["place_en"]`` name the place, if there.
    ax : axes to draw on; None makes a new figure.
    lang : ``"zh"`` or ``"en"``. Without a Chinese font the picture is in English, with a warning.
    title : None writes place, basis and year end; ``""`` writes none.
    highlight : bands to shade, each (first age, last age, label), both ages included.
    compare : (sex, age), persons; a second population of the same basis, drawn as an outline.

    Returns
    -------
    matplotlib.axes.Axes
        The bars hold persons; only the tick labels are in 万 or thousands.

    Raises
    ------
    SchemaError
        If a population has a ``year`` dimension or no year, or dimensions, labels, unit or values
        are not as above.
    SchemaError
        If a band of ``highlight`` is not a range of the ages drawn.
    BasisError
        If a basis is missing, or the two populations differ in basis.
    UnknownNameError
        If ``lang`` is not known.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("Agg")
    >>> import numpy as np, xarray as xr
    >>> people = xr.DataArray(
    ...     np.full((2, 101), 1000.0),
    ...     coords={"sex": ["female", "male"], "age": range(101), "year": 2020},
    ...     dims=("sex", "age"),
    ...     attrs={"units": "persons", "basis": "resident", "place_en": "Example"},
    ... )
    >>> plot_pyramid(people, lang="en").get_title()
    'Example: resident population by age and sex, end of 2020'
    """
    _check(population, "population")
    if compare is not None:
        _check(compare, "compare")
        check_same_basis(population, compare, "population", "compare")
        check_same_labels(population, compare, "age", "population", "compare")
    ages = population["age"].values
    bands = _check_bands(highlight or (), int(ages[-1]))
    letters = lettering(lang, _user_texts(title, bands, population, compare))
    words = WORDS[letters.lang]

    from matplotlib import pyplot as plt

    if ax is None:
        _, ax = plt.subplots(figsize=(7.2, 6.6), layout="constrained")
    family = letters.family
    largest = 0.0
    for sex, sign in (("male", -1.0), ("female", 1.0)):
        count = population.sel(sex=sex).values.astype(float)
        ax.barh(ages, sign * count, height=0.86, color=COLOUR[sex], label=words[sex], zorder=2)
        largest = max(largest, float(count.max()))
        total = number_text(
            float(count.sum()), "persons" if letters.lang == "zh" else "", letters.lang
        )
        ax.text(
            0.5 + 0.25 * sign,
            1.012,
            f"{words[sex]} {total}",
            transform=ax.transAxes,
            ha="center",
            va="bottom",
            color=COLOUR[sex],
            fontfamily=family,
            fontsize=11,
            fontweight="bold",
        )
        if compare is not None:
            other = compare.sel(sex=sex).values.astype(float)
            edges = np.arange(len(ages) + 1) - 0.5
            ax.stairs(
                sign * other,
                edges,
                orientation="horizontal",
                color=OUTLINE,
                linewidth=1.1,
                zorder=3,
            )
            largest = max(largest, float(other.max()))
    ax.axvline(0, color="white", linewidth=1.0, zorder=4)

    half = largest * 1.06 or 1.0
    ax.set_xlim(-half, half)
    ax.set_ylim(-0.8, float(ages[-1]) + 0.8)
    _axis_labels(ax, ages, letters)
    _shade(ax, bands, letters)
    if compare is not None:
        _legend(ax, population, compare, letters)
    if title is None:
        text = _title(population, letters)
    else:
        text = letters.drawable(title, _title(population, letters))
    ax.set_title(text, fontfamily=family, fontsize=13, pad=26)
    return ax


def _check(population: xr.DataArray, name: str) -> None:
    if "year" in population.dims:
        years = population["year"].values
        raise SchemaError(
            f"{name}: a pyramid shows one year and there is a 'year' dimension of {len(years)}. "
            f"Pick one: {name}.sel(year={years[-1]})."
        )
    extra = [d for d in population.dims if d not in ("sex", "age")]
    if extra:
        raise SchemaError(
            f"{name}: a pyramid shows one population and there is a dimension {extra[0]!r}. Pick "
            f"one with .sel({extra[0]}=...), or sum over it."
        )
    check_variable(population, "population", as_name=name)
    check_basis(population, name)
    if "year" not in population.coords:
        raise SchemaError(
            f"{name}: it does not say its year. Use {name}.assign_coords(year=2020) with the year "
            "at whose end the people were counted."
        )


def _check_bands(
    highlight: Sequence[tuple[int, int, str]], oldest: int
) -> list[tuple[int, int, str]]:
    for low, high, label in highlight:
        if not 0 <= low <= high <= oldest:
            raise SchemaError(
                f"highlight: {label!r} is given as ages {low} to {high}; needed are a first and a "
                f"last age, both included, within 0 and {oldest}."
            )
    return list(highlight)


def _user_texts(
    title: str | None,
    bands: Sequence[tuple[int, int, str]],
    population: xr.DataArray,
    compare: xr.DataArray | None,
) -> list[object]:
    """Collect the words that are not ours, in which there may be Chinese in an English picture."""
    texts: list[object] = [title, *(label for _, _, label in bands)]
    for array in (population, compare):
        if array is None:
            continue
        if "place_en" not in array.attrs:
            texts.append(array.attrs.get("place_zh"))
        if "scenario" in array.coords:
            texts.append(array["scenario"].item())
    return texts


def _title(population: xr.DataArray, letters: Lettering) -> str:
    place, year = letters.named(population.attrs, "place"), int(population["year"])
    basis = WORDS[letters.lang][population.attrs["basis"]]
    if letters.lang == "zh":
        return f"{place}{year}年末{basis}金字塔"
    if place:
        return f"{place}: {basis} by age and sex, end of {year}"
    return f"{basis.capitalize()} by age and sex, end of {year}"


def _axis_labels(ax: Axes, ages: np.ndarray, letters: Lettering) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    words, oldest = WORDS[letters.lang], int(ages[-1])
    ticks = [a for a in range(0, oldest, 10) if oldest - a >= 4]
    ax.set_yticks([*ticks, oldest], [*map(str, ticks), f"{oldest}+"])
    unit, number = (1e4, "{:g}") if letters.lang == "zh" else (1e3, "{:,g}")
    ax.xaxis.set_major_locator(MaxNLocator(8, symmetric=True, steps=[1, 2, 2.5, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: number.format(abs(x) / unit)))
    ax.set_xlabel(words["x"], fontfamily=letters.family)
    ax.set_ylabel(words["y"], fontfamily=letters.family)
    ax.tick_params(labelfontfamily=letters.family, length=3, color=GREY)
    ax.grid(axis="x", color="#dddddd", linewidth=0.7, zorder=0)
    ax.set_axisbelow(True)
    ax.spines[["top", "right", "left"]].set_visible(False)


def _shade(ax: Axes, bands: Sequence[tuple[int, int, str]], letters: Lettering) -> None:
    """Shade the bands; the labels stand right of the axes, where no bar can be under them."""
    middles = [(low + high) / 2 for low, high, _ in bands]
    low_y, high_y = ax.get_ylim()
    lines = max((label.count("\n") + 1 for _, _, label in bands), default=1)
    heights = spread(middles, (0.006 + 0.03 * lines) * (high_y - low_y))
    for (low, high, label), middle, height in zip(bands, middles, heights, strict=True):
        ax.axhspan(low - 0.5, high + 0.5, color=BAND, alpha=0.45, linewidth=0, zorder=1)
        if not label:
            continue
        ax.annotate(
            letters.drawable(label, f"ages {low}–{high}"),
            xy=(1.0, middle),
            xytext=(1.03, height),
            xycoords=ax.get_yaxis_transform(),
            textcoords=ax.get_yaxis_transform(),
            va="center",
            ha="left",
            fontsize=9,
            color=GREY,
            fontfamily=letters.family,
            arrowprops={
                "arrowstyle": "-",
                "color": GREY,
                "linewidth": 0.7,
                "shrinkA": 1,
                "shrinkB": 0,
            },
        )


def _legend(ax: Axes, population: xr.DataArray, compare: xr.DataArray, letters: Lettering) -> None:
    from matplotlib.font_manager import FontProperties
    from matplotlib.legend_handler import HandlerTuple
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    places = [letters.named(p.attrs, "place") for p in (population, compare)]
    labels = []
    for array, place in zip((population, compare), places, strict=True):
        year = int(array["year"])
        label = f"{year}年末" if letters.lang == "zh" else f"end of {year}"
        if places[0] != places[1] and place:
            label = f"{place}{label}" if letters.lang == "zh" else f"{place}, {label}"
        if "scenario" in array.coords and (variant := letters.drawable(array["scenario"].item())):
            label += f"（{variant}）" if letters.lang == "zh" else f" ({variant})"
        labels.append(label)
    if labels[0] == labels[1]:
        labels[1] += WORDS[letters.lang]["compared"]
    ax.legend(
        [
            (Patch(color=COLOUR["male"]), Patch(color=COLOUR["female"])),
            Line2D([], [], color=OUTLINE, linewidth=1.1),
        ],
        labels,
        handler_map={tuple: HandlerTuple(ndivide=None, pad=0)},
        prop=FontProperties(family=letters.family, size=10),
        loc="upper center",
        bbox_to_anchor=(0.5, -0.09),
        ncols=2,
        frameon=False,
    )
