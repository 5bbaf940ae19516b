"""Stocks of several years, values between them only by request, and how full they are."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from yilao.schema import SchemaError, check_values
from yilao.supply.stocks import stock

METHODS: tuple[str, ...] = ("linear", "geometric", "hold")
# How tables write that a figure is not known; none of them is a zero.
_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?([eE][+-]?\d+)?")
_UNKNOWN = frozenset({"", "-", "--", "—", "–", "－", "/", "…", "nan", "n/a", "不详", "未知"})


def read_count(value: object, where: str = "count") -> float | None:
    """Read a count of a table: a number, or None where "-" or a blank says it is not known.

    Parameters
    ----------
    value : a number or text; thousands may be set off by commas.
    where : cell or row, for the message.

    Returns
    -------
    float or None
        None is unknown.  It is never zero: write 0 where there is none.

    Raises
    ------
    SchemaError
        The text is no number, or it is in 万.

    Examples
    --------
    >>> read_count("25,261"), read_count("-"), read_count("0")
    (25261.0, None, 0.0)
    """
    text = "" if value is None else str(value).strip()
    if text.casefold() in _UNKNOWN:
        return None
    if "万" in text or "萬" in text:
        raise SchemaError(f"{where}: {text!r} is in 万. Multiply by 10,000.")
    plain = text.replace("，", ",")
    # "2,5" may be two and a half: only whole groups of three are thousands.
    if not _NUMBER.fullmatch(plain):
        raise SchemaError(
            f'{where}: {text!r} is not a number. Write the number, or "-" where it is not known; '
            "thousands are set off as in 25,261."
        )
    return float(plain.replace(",", ""))


def stocks(
    values: Mapping[dt.date | str | int, object],
    *,
    units: str,
    basis: str = "resident",
    definition: str = "",
    measure: str = "",
    source: str = "",
) -> xr.DataArray:
    """Return a stock counted in several years.

    Parameters
    ----------
    values : count by date, ``{"2020-12-31": 25_261, "2021": "-"}``; "-", a blank and None are not
        known and get no entry.
    units, basis, definition, measure, source : as for ``stock``, the same for all.

    Returns
    -------
    xr.DataArray
        (year), the years that are known, ascending; ``attrs["unknown"]`` lists the others.

    Raises
    ------
    SchemaError
        A date or count is wrong, a year stands twice, or nothing is known.

    Examples
    --------
    >>> beds = stocks({"2020-12-31": 25_261, "2021": "-", "2022": 26_000}, units="beds")
    >>> beds.year.values.tolist(), beds.attrs["unknown"]
    ([2020, 2022], ['2021'])
    """
    found: dict[int, xr.DataArray] = {}
    unknown: list[str] = []
    for date, value in values.items():
        count = read_count(value, f"stocks, {date}")
        one = stock(
            0.0 if count is None else count,
            date=date if isinstance(date, dt.date) else str(date),
            units=units,
            basis=basis,
            definition=definition,
            measure=measure,
            source=source,
        )
        if count is None:
            unknown.append(str(date))
            continue
        year = int(one["year"])
        if year in found:
            raise SchemaError(f"stocks: the year {year} stands twice. Keep one count of a year.")
        found[year] = one
    if not found:
        raise SchemaError("stocks: no count is known. Leave an unknown stock out altogether.")
    parts = [found[y] for y in sorted(found)]
    dates = [p.attrs.pop("date") for p in parts]
    joined = xr.concat(parts, dim="year", combine_attrs="override")
    return joined.assign_attrs(parts[0].attrs, dates=dates, unknown=unknown)


def at_years(
    supply: xr.DataArray, years: Sequence[int], *, method: str | None = None
) -> xr.DataArray:
    """Return a stock in the wanted years; values between counts only by a method you name.

    Parameters
    ----------
    supply : (…, year) as ``stocks`` gives it, or a ``stock`` of one year.
    years : wanted, ascending.
    method : None takes counted years only; ``linear`` and ``geometric`` join two counts, the latter
        as S0 (S1 / S0)^((t - t0) / (t1 - t0)); ``hold`` carries the latest count forward, also
        after the last.

    Returns
    -------
    xr.DataArray
        (…, year) with a coordinate ``estimated`` that is True where no count is behind a value.

    Raises
    ------
    SchemaError
        Years are not whole or not ascending; a year is not counted and no method is given; it lies
        outside the counts (before the first, or after the last but for ``hold``); the method is
        not known, or geometric from or to 0.

    Notes
    -----
    A line through two counts knows nothing of what opened and closed between them.

    Examples
    --------
    >>> beds = stocks({2020: 100, 2022: 121}, units="beds")
    >>> at_years(beds, [2020, 2021, 2022], method="geometric").values
    array([100., 110., 121.])
    """
    if method is not None and method not in METHODS:
        raise SchemaError(f"method {method!r} is not known. Use {', '.join(METHODS)} or None.")
    if "year" not in supply.coords:
        raise SchemaError("supply: no year. A stock needs the year it counts.")
    series = supply if "year" in supply.dims else supply.expand_dims("year")
    check_values(series, "supply", low=0.0)
    series = series.transpose(..., "year").sortby("year")
    known = series["year"].values
    wanted = np.asarray(years)
    if wanted.ndim != 1 or not len(wanted) or wanted.dtype.kind not in "iu":
        raise SchemaError(f"years: {years} are no list of whole years.")
    if (np.diff(wanted) <= 0).any():
        raise SchemaError(f"years: {wanted.tolist()} are not ascending. Give every year once.")
    counted = np.isin(wanted, known)
    if method is None and not counted.all():
        raise SchemaError(
            f"supply: no count of {wanted[~counted][:5].tolist()}; counted are {known.tolist()}. "
            "Name a method to estimate: method='linear', 'geometric' or 'hold'."
        )
    outside = (wanted < known[0]) | ((wanted > known[-1]) & (method != "hold"))
    if outside.any():
        raise SchemaError(
            f"supply: {wanted[outside][0]} lies outside the counts, {known[0]} to {known[-1]}. "
            "Only method='hold' goes beyond the last, and nothing before the first."
        )
    left = np.searchsorted(known, wanted, side="right") - 1
    right = np.minimum(left + 1, len(known) - 1)
    gap = np.where(right > left, known[right] - known[left], 1)
    part = np.where(counted | (method == "hold"), 0.0, (wanted - known[left]) / gap)
    low, high = series.values[..., left], series.values[..., right]
    if method == "geometric":
        if (bad := (part > 0) & ((low <= 0) | (high <= 0))).any():
            column = int(np.argwhere(bad)[0][-1])
            raise SchemaError(
                f"supply: a geometric path in {wanted[column]} from or to 0. Use method='linear'."
            )
        # Where a count stands the quotient is not used, and may be 0 / 0.
        ratio = np.divide(high, low, out=np.ones_like(low), where=part > 0)
        values = low * ratio**part
    else:
        values = low + (high - low) * part
    coords = {d: series[d].values for d in series.dims if d != "year"}
    made = xr.DataArray(values, {**coords, "year": wanted}, series.dims, "supply", supply.attrs)
    return made.assign_coords(estimated=("year", ~counted)).assign_attrs(method=method or "")


def occupancy(residents: float, beds: float) -> float:
    """Share of beds that are occupied: residents / beds.

    Parameters
    ----------
    residents : people who live there, counted on the date of the beds.
    beds : above 0.

    Returns
    -------
    float
        0 to 1.

    Raises
    ------
    SchemaError
        There are no beds, or more people than beds.

    Examples
    --------
    >>> occupancy(53, 100)
    0.53
    """
    if not 0 < beds < math.inf:
        raise SchemaError(f"occupancy: {beds} beds. It has no meaning without beds.")
    if not 0 <= residents <= beds:
        raise SchemaError(
            f"occupancy: {residents} people in {beds} beds. Do both count the same homes and day?"
        )
    return residents / beds


def occupied(supply: xr.DataArray, share: float) -> xr.DataArray:
    """People who can be served when a share of the stock is in use: stock · occupancy.

    Parameters
    ----------
    supply : beds or places.
    share : occupancy, above 0 and at most 1.

    Returns
    -------
    xr.DataArray
        Like ``supply``, in persons.

    Raises
    ------
    SchemaError
        The occupancy is not above 0 or above 1, or a stock is missing or negative.

    Examples
    --------
    >>> float(occupied(stock(1000, date="2024", units="beds"), 0.85))
    850.0
    """
    if not 0 < share <= 1:
        raise SchemaError(f"occupancy: {share} is not above 0 and at most 1.")
    check_values(supply, "supply", low=0.0)
    return (supply * share).assign_attrs({**supply.attrs, "units": "persons"})
