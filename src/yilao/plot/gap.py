"""Need against supply: bars to compare stocks, lines over years."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from yilao.plot.fonts import UNITS_ZH, Lettering, lettering
from yilao.plot.gap_marks import VARIABLES, draw_bars, draw_lines
from yilao.schema import SchemaError, check_dims, check_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_gap(
    gap: xr.Dataset | xr.DataArray,
    *,
    ax: Axes | None = None,
    lang: str = "zh",
    title: str | None = None,
) -> Axes:
    """Draw need against supply and the shortfall between them, spare included.

    Several years become lines; anything else becomes bars, one pair a row.  An unknown supply is
    written as unknown and has no bar, marker or line.

    Parameters
    ----------
    gap : as ``yilao.shortfall`` makes it: ``need``, ``supply`` and ``shortfall`` of one unit
        (persons, places, beds, carers, m2), each a scalar or along ``year`` or ``stock``; or the
        shortfall alone with the other two as coordinates. ``attrs``: ``label_zh``, ``label_en`` for
        what is counted, ``place_zh``, ``place_en``; all optional.
    ax : axes to draw on; None makes a new figure.
    lang : ``"zh"`` or ``"en"``. Without a Chinese font the picture is in English, with a warning.
    title : None writes place, year and what is counted; ``""`` writes none.

    Returns
    -------
    matplotlib.axes.Axes
        The data on it are single units; only the labels are in 万.

    Raises
    ------
    SchemaError
        If a variable is missing, has no unit or another unit than ``need``, is negative (need and
        supply) or infinite; or ``shortfall`` is not need minus supply.
    SchemaError
        If there is a dimension other than ``year`` or ``stock``, or both of them, or one is empty;
        or years are not whole numbers.
    UnknownNameError
        If ``lang`` is not known.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("Agg")
    >>> import xarray as xr
    >>> places = {"units": "places"}
    >>> gap = xr.Dataset(
    ...     {
    ...         "need": ((), 60_000.0, places),
    ...         "supply": ((), 44_000.0, places),
    ...         "shortfall": ((), 16_000.0, places),
    ...     },
    ...     attrs={"label_en": "childcare places", "place_en": "Example"},
    ... )
    >>> plot_gap(gap, lang="en").get_title()
    'Example: childcare places, need and supply'
    """
    table = _as_table(gap)
    unit = _check(table)
    letters = lettering(lang, _user_texts(table, title))

    from matplotlib import pyplot as plt

    lines = table.sizes.get("year", 0) > 1
    figure = None
    if ax is None:
        figure, ax = plt.subplots(figsize=(8.0, 4.6), layout="constrained")
    if lines:
        draw_lines(ax, table.sortby("year"), unit, letters)
    else:
        draw_bars(ax, table, unit, letters)
        if figure is not None:  # as high as the rows need
            bottom, top = ax.get_ylim()
            figure.set_figheight(max(2.5, 1.0 + 0.4 * (bottom - top)))
    ax.tick_params(labelfontfamily=letters.family)
    ax.spines[["top", "right"]].set_visible(False)
    text = _title(table, letters)
    if title is not None:
        text = letters.drawable(title, text)
    ax.set_title(text, fontfamily=letters.family, fontsize=13, pad=12)
    return ax


def _as_table(gap: xr.Dataset | xr.DataArray) -> xr.Dataset:
    """Return need, supply and shortfall, all with the same dimensions, as a new Dataset."""
    if isinstance(gap, xr.DataArray):
        attrs = gap.attrs
        gap = gap.rename("shortfall").to_dataset()
        gap = gap.reset_coords([n for n in ("need", "supply") if n in gap.coords])
        gap = gap.assign_attrs(attrs)
    missing = [name for name in VARIABLES if name not in gap.data_vars]
    if missing:
        raise SchemaError(
            f"gap: variable {missing[0]!r} is missing; a picture of a gap needs {list(VARIABLES)}. "
            "Make it with yilao.shortfall(need, supply)."
        )
    table = gap[list(VARIABLES)]
    for dim in table.dims:
        if dim not in ("year", "stock"):
            raise SchemaError(
                f"gap: it has a dimension {dim!r}, and a picture shows 'year' or 'stock' only. "
                f"Pick one with .sel({dim}=...), or take a mean or quantile over it."
            )
    if len(table.dims) > 1:
        raise SchemaError(
            "gap: it has both 'year' and 'stock'. Pick one with .sel(year=...) or .sel(stock=...)."
        )
    if not all(table.sizes.values()):
        raise SchemaError("gap: there is nothing in it; a dimension has no labels left.")
    if "year" in table.dims and not np.issubdtype(table["year"].dtype, np.integer):
        raise SchemaError(
            f"gap: year labels must be whole numbers, they are {table['year'].dtype}. Use "
            ".assign_coords(year=...)."
        )
    wide = table.copy()
    for name, full in zip(VARIABLES, xr.broadcast(*(table[n] for n in VARIABLES)), strict=True):
        wide[name] = full.assign_attrs(table[name].attrs)
    return wide


def _check(table: xr.Dataset) -> str:
    """Check labels, units and numbers; return the unit."""
    for name in VARIABLES:
        check_dims(table[name], (), f"gap {name}", ("year", "stock"))
    unit = table["need"].attrs.get("units")
    if unit not in UNITS_ZH or not unit:
        check_unit(table["need"], "places", "gap need")
    for name in VARIABLES:
        check_unit(table[name], str(unit), f"gap {name}")
        values = table[name].values
        if np.isinf(values).any() or (name != "shortfall" and (values < 0).any()):
            raise SchemaError(
                f"gap {name}: values must be finite, and need and supply not negative. Correct the "
                "source; what is unknown is NaN."
            )
    difference = table["need"].values - table["supply"].values
    # One unit of tolerance: three figures may each have been rounded to whole places.
    if not np.allclose(table["shortfall"].values, difference, rtol=1e-9, atol=1.0, equal_nan=True):
        raise SchemaError(
            "gap: 'shortfall' is not need minus supply. Make it with yilao.shortfall(need, supply)."
        )
    return str(unit)


def _user_texts(table: xr.Dataset, title: str | None) -> list[object]:
    """Collect the words that are not ours, in which there may be Chinese in an English picture."""
    texts: list[object] = [title]
    for name in ("label", "place"):
        if f"{name}_en" not in table.attrs:
            texts.append(table.attrs.get(f"{name}_zh"))
    if "stock" in table.coords:
        texts += np.atleast_1d(table["stock"].values).tolist()
    return texts


def _title(table: xr.Dataset, letters: Lettering) -> str:
    place, label = letters.named(table.attrs, "place"), letters.named(table.attrs, "label")
    year = f"{int(table['year'])}" if "year" in table.coords and not table["year"].ndim else ""
    if letters.lang == "zh":
        return f"{place}{f'{year}年' if year else ''}{label}需求与供给"
    text = ", ".join(part for part in (label, "need and supply", year) if part)
    return f"{place}: {text}" if place else text[0].upper() + text[1:]
