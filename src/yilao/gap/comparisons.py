"""The three comparisons: need less supply, need less promise, promise less supply."""

from __future__ import annotations

import numpy as np
import xarray as xr

from yilao.gap.shortfall import shortfall
from yilao.schema import SchemaError

COMPARISONS: dict[str, tuple[str, str]] = {
    "need_less_supply": ("need", "supply"),
    "need_less_promise": ("need", "promise"),
    "promise_less_supply": ("promise", "supply"),
}


def compare(
    need: xr.DataArray,
    *,
    supply: xr.DataArray | None = None,
    promise: xr.DataArray | None = None,
    hold: bool = False,
) -> dict[str, xr.Dataset]:
    """Set need, promise and supply against each other, in the years in which two are known.

    need - supply says who goes without; need - promise whether the plan is enough; promise -
    supply how much of the plan is still to be done.  The three can point in different directions.

    Parameters
    ----------
    need : (…, year), of ``yilao.demand``.
    supply : (…, year), or a ``stock`` of one year; None is unknown.
    promise : (…, year), the years with a target; None where nothing is promised.
    hold : carry a supply of one year to all years; only by request.

    Returns
    -------
    dict of xr.Dataset
        ``need_less_supply`` and so on, each as ``shortfall`` gives it under ``need`` (the first)
        and ``supply`` (the second); ``attrs["compared"]`` names them and
        ``attrs["unknown_years"]`` lists years in which one of the two is not known.  A comparison
        with an unknown side is not there.

    Raises
    ------
    SchemaError
        As for ``shortfall``; or two sides have no year in common.
    BasisError
        Two sides are of different basis.

    Examples
    --------
    >>> from yilao.supply import stock, stocks
    >>> need = stocks({2024: 60_000, 2025: 61_000}, units="places")
    >>> plan = stocks({2025: 58_000}, units="places")
    >>> found = compare(need, supply=stock(44_000, date="2022", units="places"), promise=plan,
    ...     hold=True)
    >>> {k: v.shortfall.values.tolist() for k, v in found.items()}  # doctest: +NORMALIZE_WHITESPACE
    {'need_less_supply': [16000.0, 17000.0], 'need_less_promise': [3000.0],
     'promise_less_supply': [14000.0]}
    """
    sides = {"need": need, "supply": supply, "promise": promise}
    found: dict[str, xr.Dataset] = {}
    for name, (first, second) in COMPARISONS.items():
        a, b = sides[first], sides[second]
        if a is None or b is None:
            continue
        a, b, lacking = _common(a, b, first, second, hold and second == "supply")
        pair = shortfall(a, b, hold=hold)
        found[name] = pair.assign_attrs(compared=(first, second), unknown_years=lacking)
    return found


def _common(
    a: xr.DataArray, b: xr.DataArray, name_a: str, name_b: str, hold: bool
) -> tuple[xr.DataArray, xr.DataArray, list[int]]:
    """The years that both know, and those that one of them does not."""
    if "year" not in a.dims or ("year" not in b.dims and hold):
        return a, b, []
    if "year" not in b.coords:
        raise SchemaError(f"{name_b}: no year. A stock or target needs the year it holds for.")
    b = b if "year" in b.dims else b.expand_dims("year")
    years_a, years_b = a["year"].values, b["year"].values
    both = np.intersect1d(years_a, years_b)
    if not len(both):
        raise SchemaError(
            f"year: {name_a} has {years_a.tolist()} and {name_b} {years_b.tolist()}, none in "
            "common. Nothing is carried over without hold=True or yilao.supply.at_years."
        )
    lacking = np.setxor1d(years_a, years_b).tolist()
    return a.sel(year=both), b.sel(year=both), lacking
