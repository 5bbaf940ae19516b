"""Survival ratios of a projection step, from the person-years of a life table."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.mortality.rates import ages_of, check_columns, check_table
from yilao.mortality.separation import is_single
from yilao.schema import SchemaError, YilaoError, first_offender

Array = npt.NDArray[np.float64]


def survival_ratios(
    table: xr.Dataset, *, step: int | None = None, capped: bool = False
) -> xr.DataArray:
    r"""Survival ratios of a step of one or five years from a life table.

    Parameters
    ----------
    table : life table with ``Lx`` (..., sex, age), radix 1, single or abridged.
    step : years, 1 or 5; by default 1 for a table by single years and 5 for an abridged one.
    capped : keep the last ratio at or below the one before it, as MortCast's projections do.

    Returns
    -------
    xr.DataArray
        Survival ratio (..., sex, age) with ages 0, step, 2 step …, unit 1: the share that survives
        the step *into* the age.

    Raises
    ------
    SchemaError
        The labels are not those of a life table; Lx is missing, as a whole or somewhere, or not
        above 0.
    YilaoError
        The step is not 1 or 5, or finer than the table, or does not divide its open age.

    Notes
    -----
    With n the step, index 0 is the way from birth to the end of the step, :math:`L_0 / n`; index x
    is :math:`L_x / L_{x-n}`; the last takes the two oldest groups together into the open one,
    :math:`L_\omega / (L_{\omega-n} + L_\omega)`.  The ratios are those of the stationary
    population: where a group is younger than that inside itself, its survival is somewhat higher.
    An abridged table gives exactly the ratios that it had itself; a table by single years gives,
    for a step of five, those of its five-year groups.

    References
    ----------
    Preston, Heuveline and Guillot (2001), Demography, ch. 6.

    Examples
    --------
    >>> from yilao.mortality import life_table, wpp_mx
    >>> table = life_table(wpp_mx("2022", [2020]))
    >>> survival_ratios(table, step=5).age.values[:4]
    array([ 0,  5, 10, 15])
    """
    years, step = _years_by_step(table, step)
    values = years.values
    ratio = np.empty_like(values)
    ratio[..., 0] = values[..., 0] / step
    ratio[..., 1:-1] = values[..., 1:-1] / values[..., :-2]
    ratio[..., -1] = values[..., -1] / (values[..., -2] + values[..., -1])
    if capped:
        ratio[..., -1] = np.minimum(ratio[..., -1], ratio[..., -2])
    return _labelled(ratio, years, table, "survival_ratio")


def survival_ratios_open(
    table: xr.Dataset, open_age: int, *, step: int | None = None
) -> xr.Dataset:
    r"""Survival ratios with one of its own for those who are already in the open group.

    Parameters
    ----------
    table : life table with ``Lx`` (..., sex, age), radix 1, single or abridged, that goes on for at
        least a step after ``open_age``.
    open_age : lower bound of the open group of the projection.
    step : years, 1 or 5; by default 1 for a table by single years and 5 for an abridged one.

    Returns
    -------
    xr.Dataset
        ``survival_ratio`` (..., sex, age 0 … open_age), the last from the age before into the open
        group, and ``survival_ratio_open`` (..., sex).

    Raises
    ------
    SchemaError
        The labels are not those of a life table; Lx is missing, as a whole or somewhere, or not
        above 0.
    YilaoError
        The step is not 1 or 5 or does not fit, or the table ends before the next step.

    Notes
    -----
    :math:`S_\omega = L_\omega / L_{\omega-n}` with L of the n years after ω only, and
    :math:`S_{\omega+} = T_{\omega+n} / T_\omega`.  Together they are the ratio of
    `survival_ratios` where the population is stationary; a growing population has a younger open
    group, and one ratio for both lets too many die.

    Examples
    --------
    >>> from yilao.mortality import kannisto, life_table, wpp_mx
    >>> table = life_table(kannisto(wpp_mx("2022", [2020])))
    >>> float(survival_ratios_open(table, 100)["survival_ratio_open"].sel(sex="male")[0].round(3))
    0.467
    """
    years, step = _years_by_step(table, step)
    ages = ages_of(years)
    if open_age not in ages[1:-1]:
        raise YilaoError(
            f"open_age: {open_age} must be an age of the table with another after it; in steps of "
            f"{step} the table has 0 … {ages[-1]}+. Extend it by kannisto()."
        )
    last = int(np.flatnonzero(ages == open_age)[0])
    values = years.values
    ratio = values[..., : last + 1].copy()
    ratio[..., 0] /= step
    ratio[..., 1:] /= values[..., :last]
    beyond = values[..., last + 1 :].sum(axis=-1)
    own = beyond / (beyond + values[..., last])
    kept = years.isel(age=slice(0, last + 1))
    return xr.Dataset(
        {
            "survival_ratio": _labelled(ratio, kept, table, "survival_ratio"),
            "survival_ratio_open": _labelled(
                own, kept.isel(age=0, drop=True), table, "survival_ratio_open"
            ),
        },
        attrs={"sources": list(table.attrs.get("sources", []))},
    )


def _years_by_step(table: xr.Dataset, step: int | None) -> tuple[xr.DataArray, int]:
    """Person-years (..., sex, age) in groups as wide as the step."""
    check_columns(table, "Lx")
    years = check_table(table["Lx"], "Lx")
    if (bad := years.values <= 0).any():
        raise SchemaError(
            f"Lx: person-years must be above 0, the first that are not: "
            f"{first_offender(years, bad)}. Truncate the table at a lower age."
        )
    ages = ages_of(years)
    width = 1 if is_single(ages) else 5
    step = width if step is None else step
    if step not in (1, 5):
        raise YilaoError(f"step: {step} years is not known. Choose 1 or 5.")
    if step < width:
        raise YilaoError("step: an abridged table has no ratios of one year. Split it first.")
    if ages[-1] % step:
        raise YilaoError(
            f"step: the open age {ages[-1]} is no multiple of {step}. Truncate the table first."
        )
    if step == 1:
        return years, step
    lows = np.arange(0, ages[-1] + 1, step)
    summed = np.add.reduceat(years.values, np.searchsorted(ages, lows), axis=-1)
    coords = {k: v for k, v in years.coords.items() if "age" not in v.dims}
    return xr.DataArray(summed, dims=years.dims, coords={**coords, "age": lows}), step


def _labelled(values: Array, like: xr.DataArray, table: xr.Dataset, name: str) -> xr.DataArray:
    result = xr.DataArray(
        values,
        dims=like.dims,
        coords=like.coords,
        name=name,
        attrs={"units": "1", "sources": list(table.attrs.get("sources", []))},
    )
    return result if "sex" in table["Lx"].dims else result.squeeze("sex")
