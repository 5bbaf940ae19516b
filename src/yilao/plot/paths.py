"""Several paths over the years, set to 100 in one of them, or as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import xarray as xr

from yilao.plot.fonts import lettering, spread
from yilao.schema import SchemaError, check_values

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = ("#1f4e9c", "#c44e52", "#4c8c6b", "#8a6d3b", "#6a4c93", "#4c566a")


def plot_paths(
    paths: xr.DataArray,
    *,
    names: Sequence[str] | None = None,
    index_year: int | None = None,
    axis: str = "",
    ax: Axes | None = None,
    lang: str = "zh",
    title: str = "",
) -> Axes:
    """Draw paths over the years with their names and last values at their ends.

    Parameters
    ----------
    paths : (series, year); ``series`` holds the names.
    names : other names for the picture.
    index_year : year in which every path is 100; None draws the values as they are.
    axis : what the values are.
    ax : axes to draw on; None makes a new figure.
    lang : ``"zh"`` or ``"en"``.  Without a Chinese font the picture is in English, with a warning,
        and Chinese names of yours fall back to those of ``series``.
    title : above the picture.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    SchemaError
        Other dimensions, a missing value, a name too many or too few, or an index year that is not
        there or in which a path is 0.
    UnknownNameError
        If ``lang`` is not known.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("Agg")
    >>> paths = xr.DataArray([[10.0, 12.0], [50.0, 40.0]],
    ...     coords={"series": ["residents", "children"], "year": [2025, 2035]})
    >>> plot_paths(paths, index_year=2025, lang="en", title="Apart").get_title()
    'Apart'
    """
    if set(paths.dims) != {"series", "year"}:
        raise SchemaError(f"paths: dimensions {list(paths.dims)}, needed are series and year.")
    paths = paths.transpose("series", "year").sortby("year")
    check_values(paths, "paths")
    own = [str(n) for n in paths["series"].values]
    shown = own if names is None else list(names)
    if len(shown) != len(own):
        raise SchemaError(f"names: {len(shown)} for {len(own)} paths. Give one for each.")
    if index_year is not None:
        if index_year not in paths["year"].values:
            raise SchemaError(f"index_year: {index_year} is none of the years.")
        start = paths.sel(year=index_year, drop=True)
        if not bool((start != 0).all()):
            raise SchemaError(f"index_year: a path is 0 in {index_year} and cannot be set to 100.")
        paths = 100 * paths / start
    letters = lettering(lang, [*shown, axis, title])

    from matplotlib import pyplot as plt

    if ax is None:
        _, ax = plt.subplots(figsize=(8.0, 4.6), layout="constrained")
    years, values = paths["year"].values, paths.values
    for i, path in enumerate(values):
        ax.plot(years, path, color=_COLOURS[i % len(_COLOURS)], linewidth=2)
    if index_year is not None:
        ax.axhline(100, color="#999999", linewidth=0.8)
    low, high = ax.get_ylim()
    for i, at in enumerate(spread(values[:, -1].tolist(), 0.065 * (high - low))):
        text = f"{letters.drawable(shown[i], own[i])} {values[i, -1]:.3g}"
        ax.annotate(
            text,
            (years[-1], at),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=_COLOURS[i % len(_COLOURS)],
            family=letters.family,
        )
    ax.set_xticks([y for y in years if y % 5 == 0 or y in (years[0], years[-1])])
    ax.set_ylabel(letters.drawable(axis), fontfamily=letters.family)
    ax.tick_params(labelfontfamily=letters.family)
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_title(letters.drawable(title), fontfamily=letters.family, fontsize=13, pad=12)
    return ax
