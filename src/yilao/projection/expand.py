"""Factorised rates written out."""

from __future__ import annotations

import numpy as np
import xarray as xr

from yilao.projection.checks import check_surface
from yilao.projection.prepare import choose_form, width_of
from yilao.schema import SchemaError, sources_of


def expand_rates(rates: xr.Dataset) -> xr.Dataset:
    """Write out factorised rates: projecting them gives the same numbers.

    ``asfr_pattern`` times ``tfr`` over the years of an age group becomes ``asfr``,
    ``migration_profile`` times ``migration_total`` becomes ``net_migration``, and
    ``survival_surface`` read at ``mortality_level`` becomes ``survival_ratio``.  What is written
    out already stays.

    Parameters
    ----------
    rates : as for `project`.

    Returns
    -------
    xr.Dataset
        Rates without factors; as large as the product of their dimensions.

    Examples
    --------
    >>> import yilao as yl
    >>> rates = yl.load_place("hangzhou").rates("plan", until=2025)
    >>> sorted(yl.expand_rates(rates).data_vars)
    ['asfr', 'net_migration', 'srb', 'survival_ratio']
    """
    if "year" not in rates.dims:
        raise SchemaError("rates: dimension 'year' is missing. Every rate needs its years.")
    out = rates.copy()
    if len(form := choose_form(rates, "fertility")) == 2:
        width = width_of(rates["asfr_pattern"])
        out = _product(out, form, "asfr", "births per woman per year", ("year", "age"), width)
    if "migration_profile" in (form := choose_form(rates, "migration")):
        out = _product(out, form, "net_migration", "persons per step", ("year", "sex", "age"))
    if len(choose_form(rates, "survival")) == 2:
        out = _read_surface(out)
    return out


def _product(
    rates: xr.Dataset,
    form: tuple[str, ...],
    name: str,
    units: str,
    dims: tuple[str, ...],
    width: int = 1,
) -> xr.Dataset:
    pattern, level = (rates[f] for f in form)
    written = (pattern * (level / width)).transpose(..., *dims)
    written.attrs = {"units": units, "sources": sources_of(pattern, level)}
    if "basis" in pattern.attrs:
        written.attrs["basis"] = pattern.attrs["basis"]
    return rates.drop_vars(list(form)).assign({name: written})


def _read_surface(rates: xr.Dataset) -> xr.Dataset:
    surface, level = rates["survival_surface"], rates["mortality_level"]
    check_surface(surface, level)
    levels = surface["level"].values
    j = np.clip(np.searchsorted(levels, level.values, side="right") - 1, 0, len(levels) - 2)
    below = xr.DataArray(j, dims=level.dims, coords=level.coords)
    rest = surface.drop_vars("level")
    low, high = rest.isel(level=below), rest.isel(level=below + 1)
    start, end = (xr.DataArray(levels, dims="level")[{"level": below + k}] for k in (0, 1))
    weight = (level - start) / (end - start)
    written = (low + weight * (high - low)).transpose(..., "year", "sex", "age")
    written.attrs = {"units": "1", "sources": sources_of(surface, level)}
    dropped = rates.drop_vars(["survival_surface", "mortality_level"]).drop_dims("level")
    return dropped.assign(survival_ratio=written)
