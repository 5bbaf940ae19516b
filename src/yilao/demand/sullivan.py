"""Disability-free life expectancy by Sullivan's method."""

from __future__ import annotations

import numpy as np
import xarray as xr

from yilao.schema import SchemaError, check_same_labels, check_values, first_offender


def disability_free_life_expectancy(table: xr.Dataset, prevalence: xr.DataArray) -> xr.Dataset:
    r"""Years of life without disability, by Sullivan's method.

    :math:`DFLE_x = \frac{1}{l_x} \sum_{y \ge x} L_y (1 - \pi_y)`

    Parameters
    ----------
    table : life table with ``lx``, ``Lx`` (…, sex, age), as ``yilao.mortality.life_table`` gives.
    prevalence : (…, sex, age) shares of disabled people of the same sexes and ages.

    Returns
    -------
    xr.Dataset
        In years: ``ex``, ``free`` (disability-free), ``disabled`` = ex − free; and ``share`` =
        free / ex (…, sex, age).

    Raises
    ------
    SchemaError
        Labels differ, a prevalence is missing, negative or above 1, or the table is no life table:
        ages out of order, values missing, ``lx`` and ``Lx`` of different radix.

    References
    ----------
    Sullivan (1971), HSMHA Health Reports 86(4), 347-354.

    Notes
    -----
    It joins the deaths of one period with disability acquired over decades: when incidence
    falls, it follows late.  Ages without prevalence count as free of disability, so rates that
    begin at 60 overstate it at birth: read it from 60 on.

    Examples
    --------
    >>> from yilao.demand import prevalence
    >>> from yilao.mortality import life_table, wpp_mx
    >>> table = life_table(wpp_mx("2024", [2020]).squeeze("year", drop=True))
    >>> rates = prevalence("pooled-adl-2023").squeeze(drop=True)
    >>> years = disability_free_life_expectancy(table, rates).sel(sex="female", age=60)
    >>> float(years.free.round(1)), float(years.ex.round(1))
    (18.2, 23.8)
    """
    if missing := [c for c in ("lx", "Lx") if c not in table]:
        raise SchemaError(f"life table: {missing[0]} is missing. Use yilao.mortality.life_table.")
    check_values(prevalence, "prevalence", low=0.0, high=1.0)
    if "age" not in prevalence.dims:
        raise SchemaError("prevalence: dimension 'age' is missing. Give (…, sex, age) shares.")
    for dim in prevalence.dims:
        if dim in table["Lx"].dims:
            check_same_labels(table["Lx"], prevalence, dim, "life table", "prevalence")
        elif dim in ("sex", "age"):
            raise SchemaError(f"life table: dimension {dim!r} is missing.")

    _check_fit(table)

    def years_left(lived: xr.DataArray) -> xr.DataArray:
        backwards = lived.isel(age=slice(None, None, -1))
        return backwards.cumsum("age").assign_coords(age=backwards["age"]).sortby("age")

    ex = years_left(table["Lx"]) / table["lx"]
    free = years_left(table["Lx"] * (1 - prevalence)) / table["lx"]
    found = xr.Dataset({"ex": ex, "free": free, "disabled": ex - free, "share": free / ex})
    sources = [*table.attrs.get("sources", []), *prevalence.attrs.get("sources", [])]
    for name in found.data_vars:
        found[name].attrs = {"units": "1" if name == "share" else "years"}
    found.attrs = {"sources": sources, "definition": prevalence.attrs.get("definition", "")}
    return found


def _check_fit(table: xr.Dataset) -> None:
    """Raise unless the years lived fit the survivors: n l(x + n) <= L(x) <= n l(x)."""
    lived, alive = (table[name].transpose(..., "age") for name in ("Lx", "lx"))
    check_values(lived, "life table, Lx", low=0.0)
    check_values(alive, "life table, lx", low=0.0)
    check_same_labels(alive, lived, "age", "lx", "Lx")
    ages = table["age"].values
    if (np.diff(ages) <= 0).any():
        raise SchemaError("life table: ages are not ascending. Use .sortby('age').")
    n = xr.DataArray(np.diff(ages), coords={"age": ages[:-1]})
    later = alive.isel(age=slice(1, None)).assign_coords(age=ages[:-1])
    closed, slack = lived.isel(age=slice(None, -1)), 1e-6
    fits = (closed <= n * alive.isel(age=slice(None, -1)) * (1 + slack)) & (
        closed >= n * later * (1 - slack)
    )
    if not bool(fits.all()):
        bad = ~fits.transpose(..., "age")
        raise SchemaError(
            f"life table: Lx does not fit lx at {first_offender(bad, bad.values)}: those alive "
            "cannot live so many years, or so few. Take both from one table of one radix."
        )
