"""Net migration by sex and age: from ten years to one, and as a profile that sums to 1."""

from __future__ import annotations

import numpy as np
import xarray as xr

from yilao.schema import (
    OPEN_AGE,
    SchemaError,
    check_basis,
    check_dims,
    check_unit,
    check_values,
    sources_of,
)


def annual_net_migration(residual: xr.DataArray) -> xr.DataArray:
    """Mean yearly net migration by single age from a ten-year residual by cohort.

    Each cohort's migrants are spread evenly over its single years and over the ten years (over its
    years of life for those born in between): aged b at the second census, M(b) / 10 came in each
    year, k years before at age b - k, so the yearly number at age a is the sum of M(a + k) / 10
    over k = 0 … 9, divided by 10 years; migrants who died since are not added.  A peak of migration
    at 18-20 is flattened over the ages before it; solving for sharper ages from five-year groups
    swings between neighbouring ages, which is worse.

    Parameters
    ----------
    residual : (..., sex, age_low) as `census_residual` gives it.

    Returns
    -------
    xr.DataArray
        net_migration (..., sex, age 0 … 100+), persons per year.

    Raises
    ------
    SchemaError
        The groups are not 0, 5 … 85+, a value is missing, or the unit is not that of ten years.
    BasisError
        It has no basis.

    Examples
    --------
    >>> lows = range(0, 90, 5)
    >>> residual = xr.DataArray(np.full((2, 18), 1000.0), dims=("sex", "age_low"),
    ...     coords={"sex": ["female", "male"], "age_low": lows},
    ...     attrs={"units": "persons per ten years", "basis": "resident", "sources": []})
    >>> float(annual_net_migration(residual).sum().round(6))  # 36,000 in ten years
    3600.0
    """
    check_dims(residual, ("sex", "age_low"), "residual")
    check_values(residual, "residual")
    check_unit(residual, "persons per ten years", "residual")
    basis = check_basis(residual, "residual")
    lows = residual["age_low"].values.tolist()
    if lows != [*range(0, 90, 5)]:
        raise SchemaError(f"residual: its groups begin at {lows}; needed are 0, 5 … 85+.")
    residual = residual.transpose(..., "sex", "age_low")
    groups = residual.values
    single = np.zeros((*groups.shape[:-1], OPEN_AGE + 10))
    single[..., :85] = np.repeat(groups[..., :-1] / 5, 5, axis=-1)
    single[..., 85:95] = groups[..., -1:] / 10
    annual = np.zeros((*groups.shape[:-1], OPEN_AGE + 1))
    for b in range(95):
        years = min(b + 1, 10)
        annual[..., b - years + 1 : b + 1] += (single[..., b] / years / 10)[..., None]
    labels = {d: residual[d].values for d in residual.dims if d != "age_low"}
    return xr.DataArray(
        annual,
        dims=(*labels, "age"),
        coords={**labels, "age": np.arange(OPEN_AGE + 1)},
        name="net_migration",
        attrs={
            "units": "persons per step",
            "basis": basis,
            "sources": sources_of(residual),
        },
    )


def profile(net_migration: xr.DataArray) -> xr.DataArray:
    """Net migration by sex and age divided by its total, so that it sums to 1.

    Parameters
    ----------
    net_migration : (..., sex, age), persons.

    Returns
    -------
    xr.DataArray
        migration_profile (..., sex, age), unit 1, summing to 1 over sex and age.

    Raises
    ------
    SchemaError
        A value is missing, or in- and out-migration nearly cancel: the total is below a tenth of
        the moves, and a profile of it would multiply them; `scale_net_migration` scales both
        directions apart.

    Examples
    --------
    >>> net = xr.DataArray([[30.0, 10.0]], dims=("sex", "age"), attrs={"units": "persons"},
    ...     coords={"sex": ["female"], "age": [20, 21]})
    >>> profile(net).values
    array([[0.75, 0.25]])
    """
    check_dims(net_migration, ("sex", "age"), "net_migration", [str(d) for d in net_migration.dims])
    check_values(net_migration, "net_migration")
    values = net_migration.values
    moves = tuple(i for i, d in enumerate(net_migration.dims) if d in ("sex", "age"))
    total = values.sum(axis=moves, keepdims=True)
    small = np.abs(total) <= 0.1 * np.abs(values).sum(axis=moves, keepdims=True)
    if small.any():
        raise SchemaError(
            f"net_migration: the total {total[small][0]:,.0f} is small beside the moves by age; a "
            "profile summing to 1 would blow them up. Use the counts by age instead."
        )
    return xr.DataArray(
        values / total,
        dims=net_migration.dims,
        coords=net_migration.coords,
        name="migration_profile",
        attrs={
            **{k: v for k, v in net_migration.attrs.items() if k == "basis"},
            "units": "1",
            "sources": list(net_migration.attrs.get("sources", [])),
        },
    )
