"""What exists: stocks with their date, definition and source.  Unknown is unknown, never zero."""

from __future__ import annotations

import datetime as dt
import math
import re

import numpy as np
import xarray as xr

from yilao.schema import BASES, BasisError, SchemaError, check_unit_name

_DATE = re.compile(r"(\d{4})(?:-\d{2})?(?:-\d{2})?")


def stock(
    value: float,
    *,
    date: dt.date | str,
    units: str,
    basis: str = "resident",
    definition: str = "",
    measure: str = "",
    source: str = "",
    rounding: float = 0.0,
) -> xr.DataArray:
    """Return a stock, such as the childcare places of a city, as a labelled number.

    Parameters
    ----------
    value : the count in single units, 0 or more; an unknown stock has no value: leave it out.
    date : the day it was counted (``2022-10-21``), its month, or the year for its end.
    units : ``places``, ``beds``, ``persons``.
    basis : whom the stock serves or counts: ``resident`` or ``registered``.
    definition, source : in words.
    measure : the name of what is counted, as in ``yilao.demand`` (``nursing_beds``); a need of
        another measure is then refused.
    rounding : half a unit of the last printed digit, in single units.

    Returns
    -------
    xr.DataArray
        Scalar with coordinate ``year``, the year of the date.

    Raises
    ------
    SchemaError
        No date, a negative or missing value, or no unit or one in 万.

    Examples
    --------
    >>> float(stock(44_000, date="2022-10-21", units="places", rounding=500))
    44000.0
    """
    text = str(date).strip()
    if not _DATE.fullmatch(text):
        raise SchemaError(
            f"stock: the date is {date!r}. A stock needs the day or year it counts: 2022-10-21, "
            "2022-10 or 2022."
        )
    try:
        dt.date.fromisoformat((text + "-01-01")[:10])
    except ValueError:
        raise SchemaError(f"stock: the date {text!r} is not a day. Write 2022-10-21.") from None
    number = isinstance(value, int | float | np.integer) and not isinstance(value, bool)
    if not number or not 0 <= value < math.inf:
        raise SchemaError(f"stock: {value!r} is negative or missing. Leave an unknown stock out.")
    if not 0 <= rounding < math.inf:
        raise SchemaError(f"stock: the rounding is {rounding!r}. Give half a unit, 0 or more.")
    check_unit_name(units, "stock")
    if basis not in BASES:
        raise BasisError(f"stock: the basis is {basis!r}. Known are 'resident' and 'registered'.")
    return xr.DataArray(
        float(value),
        coords={"year": int(text[:4])},
        name="supply",
        attrs={
            "units": units,
            "basis": basis,
            "date": text,
            "definition": definition,
            "rounding": float(rounding),
            "sources": [source] if source else [],
        }
        | ({"measure": measure} if measure else {}),
    )
