"""When a gap opens, how sure that is, and what must be added and ordered in each year."""

from __future__ import annotations

import numpy as np
import xarray as xr

from yilao.schema import SchemaError, check_unit_name, check_values


def _by_year(array: xr.DataArray, name: str) -> xr.DataArray:
    """An array along ascending years without a hole, or raise."""
    if "year" not in array.dims:
        raise SchemaError(f"{name}: dimension 'year' is missing. Give all years of the period.")
    years = array["year"].values
    if (np.diff(years) != 1).any():
        raise SchemaError(
            f"{name}: the years {years.tolist()} are not one after another. A year in between "
            "could be the short one: give all; yilao.supply.at_years estimates a stock between."
        )
    check_values(array, name)
    return array


def first_year_short(gap: xr.DataArray, *, above: float = 0.0) -> xr.DataArray:
    """First year in which the shortfall exceeds a threshold.

    Parameters
    ----------
    gap : (…, year) shortfall, positive is short; years one after another.
    above : threshold in the unit of the gap.

    Returns
    -------
    xr.DataArray
        (…) the year; NaN where it never happens within the years, which is no zero and no mean:
        count them with ``.isnull()``.

    Raises
    ------
    SchemaError
        There are no years, or holes between them, or a value or the threshold is missing.

    Examples
    --------
    >>> gap = xr.DataArray([-5.0, 2.0, 9.0], coords={"year": [2024, 2025, 2026]})
    >>> float(first_year_short(gap)), float(first_year_short(gap, above=5))
    (2025.0, 2026.0)
    """
    if not np.isfinite(above):
        raise SchemaError(f"above: {above} is no threshold. Give a number in the unit of the gap.")
    short = _by_year(gap, "gap") > above
    first = short["year"].where(short).min("year")
    return first.rename("first_year_short").assign_attrs(units="year", above=above)


def chance(
    gap: xr.DataArray, *, above: float | None = None, below: float | None = None
) -> xr.DataArray:
    """Share of draws in which a gap is above, or below, a threshold.

    Parameters
    ----------
    gap : (…, draw) shortfall, positive is short.
    above, below : one of them: ``above=0`` is the probability of a shortage, ``below=-500`` of more
        than 500 to spare.

    Returns
    -------
    xr.DataArray
        (…) probability, 0 to 1, with ``standard_error`` of the number of draws as a coordinate.

    Raises
    ------
    SchemaError
        There are no draws, or not exactly one threshold, or a value is missing.

    Notes
    -----
    It is the probability within the model of the draws: a definition or norm is no draw.

    Examples
    --------
    >>> gap = xr.DataArray([-1.0, 1.0, 2.0, 3.0], dims="draw")
    >>> float(chance(gap, above=0)), float(chance(gap, below=0))
    (0.75, 0.25)
    """
    if "draw" not in gap.dims:
        raise SchemaError("gap: dimension 'draw' is missing. Without draws there is no chance.")
    check_values(gap, "gap")
    if above is not None and below is None:
        hit = gap > above
    elif below is not None and above is None:
        hit = gap < below
    else:
        raise SchemaError("chance: give one threshold, above= or below=.")
    if not all(np.isfinite(t) for t in (above, below) if t is not None):
        raise SchemaError("chance: the threshold is no number. Give one in the unit of the gap.")
    share = hit.mean("draw").rename("probability")
    error = np.sqrt(share * (1 - share) / gap.sizes["draw"])
    threshold = {"above": above} if below is None else {"below": below}
    return share.assign_coords(standard_error=error).assign_attrs(
        units="1", draws=gap.sizes["draw"], **threshold
    )


def required_additions(gap: xr.DataArray, *, lead: int = 0) -> xr.Dataset:
    """What must be added in each year, and ordered before, so that no year is short.

    C_t = max(0, max over s <= t of gap_s) is what must stand by t beyond the supply; the additions
    of a year are C_t - C_{t-1}.  What has been added stays: a need that falls again leaves spare.

    Parameters
    ----------
    gap : (…, year) need less the supply that comes anyhow; years one after another.  The first
        year's additions are the whole gap of that year.
    lead : years from order to opening, the same for all.

    Returns
    -------
    xr.Dataset
        ``additions`` and ``added_so_far`` (…, year) at the end of the year, ``spare`` (…, year) of
        what was added and is needed no more; ``order_year`` is a coordinate along year.

    Raises
    ------
    SchemaError
        The gap has no unit, its years have holes, a value is missing, or the lead is no whole
        number of years of 0 or more.

    Notes
    -----
    Conversion is quicker than building: call it once for each way with its own lead.  Cancelled
    projects call for more orders than this; divide by the share that is completed.

    Examples
    --------
    >>> gap = xr.DataArray([-5.0, 2.0, 9.0, 6.0], coords={"year": [2024, 2025, 2026, 2027]},
    ...     attrs={"units": "beds"})
    >>> plan = required_additions(gap, lead=2)
    >>> plan.additions.values.tolist(), plan.order_year.values.tolist()
    ([0.0, 2.0, 7.0, 0.0], [2022, 2023, 2024, 2025])
    """
    if "units" not in gap.attrs:
        raise SchemaError("gap: no unit. Take the shortfall of yilao.shortfall.")
    check_unit_name(str(gap.attrs["units"]), "gap")
    if isinstance(lead, bool) or not isinstance(lead, int) or lead < 0:
        raise SchemaError(f"lead: {lead!r} is no whole number of years, 0 or more.")
    ordered = _by_year(gap, "gap").transpose(..., "year")
    lacking = ordered.copy(data=np.maximum(ordered.values, 0.0))
    so_far = lacking.copy(data=np.maximum.accumulate(lacking.values, axis=-1))
    additions = so_far.copy(data=np.diff(so_far.values, axis=-1, prepend=0.0))
    # What the supply has to spare besides is in the gap itself.
    found = xr.Dataset({"additions": additions, "added_so_far": so_far, "spare": so_far - lacking})
    for name in found.data_vars:
        found[name].attrs = {"units": gap.attrs["units"]}
    found.attrs["sources"] = list(gap.attrs.get("sources", []))
    return found.assign_coords(order_year=("year", ordered["year"].values - lead))


def orders(plan: xr.Dataset, *, today: int) -> xr.Dataset:
    """Additions by the year in which they must be ordered, those that are overdue in one number.

    Parameters
    ----------
    plan : of ``required_additions``.
    today : first year in which one can still order.

    Returns
    -------
    xr.Dataset
        ``orders`` (…, order_year) from ``today`` on, and ``overdue`` (…): what should have been
        ordered before, and will be late.

    Raises
    ------
    SchemaError
        Every order year lies before ``today``.

    Examples
    --------
    >>> gap = xr.DataArray([2.0, 9.0], coords={"year": [2025, 2026]}, attrs={"units": "beds"})
    >>> due = orders(required_additions(gap, lead=2), today=2024)
    >>> due.orders.values.tolist(), float(due.overdue)
    ([7.0], 2.0)
    """
    by_order = plan["additions"].swap_dims(year="order_year").drop_vars("year")
    years = by_order["order_year"].values
    if (years < today).all():
        raise SchemaError(
            f"orders: all order years ({years.min()} to {years.max()}) lie before {today}. "
            "Shorten the lead or look further ahead."
        )
    late = by_order.sel(order_year=years[years < today]).sum("order_year")
    found = xr.Dataset({"orders": by_order.sel(order_year=years[years >= today]), "overdue": late})
    for name in found.data_vars:
        found[name].attrs = dict(plan["additions"].attrs)
    return found
