"""Net migration as the residual of two censuses, and its profile by sex and age."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.schema import (
    OPEN_AGE,
    SEXES,
    SchemaError,
    check_dims,
    check_same_basis,
    check_same_labels,
    check_sexes,
    sources_of,
)

Array = npt.NDArray[np.float64]


def joins_five_years(groups: xr.DataArray) -> bool:
    """Whether census groups join to 0-4, 5-9 … 85+, as the residual needs."""
    lows = groups["age_low"].values.tolist()
    return set(range(0, 90, 5)) <= set(lows) and lows[-1] == 85


def _five_year(groups: xr.DataArray) -> Array:
    """(sex, 18 groups 0-4 … 85+) of census groups, whatever finer groups they are in."""
    lows = groups["age_low"].values
    starts = np.arange(0, 90, 5)
    if not joins_five_years(groups):
        raise SchemaError(
            "groups: the residual needs age groups that join to 0-4, 5-9 … 85+; they begin at "
            f"{lows.tolist()}. Sum them first."
        )
    values = groups.transpose("sex", "age_low").values
    summed: Array = np.add.reduceat(values, np.searchsorted(lows, starts), axis=1)
    return summed


def census_residual(
    before: xr.DataArray,
    after: xr.DataArray,
    nation_before: xr.DataArray,
    nation_after: xr.DataArray,
    *,
    survival: xr.DataArray | None = None,
) -> xr.DataArray:
    """Net migration of ten years by cohort: what the second census has beyond the survivors.

    Survivors are found with the ten-year census survival ratios of the nation, taken as closed
    (forward residual; Shryock and Siegel 1976, The Methods and Materials of Demography, ch. 21),
    times the ratio of the place's to the nation's life-table survival.  For ages 0-9, who were not
    born at the first census, the child-woman rule of the same chapter: a quarter of the ratio of
    children 0-4 to women 15-44 times the net migration of those women, and three quarters of the
    ratio of children 5-9 to women 20-49 times theirs.

    Parameters
    ----------
    before, after : (sex, age_low) persons of the place, ten years apart.
    nation_before, nation_after : the same of the nation.
    survival : (sex, age_low) place over nation, by age at the second census; 1 when left out.

    Returns
    -------
    xr.DataArray
        (sex, age_low 0, 5 … 85+) persons in ten years, by age at the second census.

    Notes
    -----
    A difference in coverage between the censuses counts as migration unless the nation has it too.
    """
    for name, groups in (
        ("before", before),
        ("after", after),
        ("nation_before", nation_before),
        ("nation_after", nation_after),
    ):
        check_dims(groups, ("sex", "age_low"), name, leading=())
        check_sexes(groups, name)
    for a, b, names in (
        (before, after, ("before", "after")),
        (before, nation_before, ("before", "nation_before")),
        (after, nation_after, ("after", "nation_after")),
    ):
        check_same_basis(a, b, *names)
    p0, p1, n0, n1 = (_five_year(g) for g in (before, after, nation_before, nation_after))
    adjust = np.ones_like(p1)
    if survival is not None:
        starts = xr.DataArray(np.arange(0, 90, 5), dims="age_low")
        starts = starts.assign_coords(age_low=starts.values)
        check_same_labels(survival, starts, "age_low", "survival", "the groups 0-4, 5-9 … 85+")
        adjust = survival.transpose("sex", "age_low").values
    residual = np.empty_like(p1)
    residual[:, 2:-1] = p1[:, 2:-1] - p0[:, :-3] * n1[:, 2:-1] / n0[:, :-3] * adjust[:, 2:-1]
    old = n1[:, -1] / n0[:, -3:].sum(axis=1) * adjust[:, -1]
    residual[:, -1] = p1[:, -1] - p0[:, -3:].sum(axis=1) * old
    women, moved = p1[0], residual[0]
    residual[:, 0] = p1[:, 0] / women[3:9].sum() * moved[3:9].sum() / 4
    residual[:, 1] = p1[:, 1] / women[4:10].sum() * moved[4:10].sum() * 3 / 4
    return xr.DataArray(
        residual,
        dims=("sex", "age_low"),
        coords={"sex": list(SEXES), "age_low": np.arange(0, 90, 5)},
        name="net_migration",
        attrs={
            "units": "persons per ten years",
            "basis": before.attrs["basis"],
            "sources": sources_of(before, after, nation_before, nation_after),
        },
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
    residual : (sex, age_low) as `census_residual` gives it.

    Returns
    -------
    xr.DataArray
        net_migration (sex, age 0 … 100+), persons per year.
    """
    groups = residual.values
    single = np.zeros((2, OPEN_AGE + 10))
    single[:, :85] = np.repeat(groups[:, :-1] / 5, 5, axis=1)
    single[:, 85:95] = groups[:, -1:] / 10
    annual = np.zeros((2, OPEN_AGE + 1))
    for b in range(95):
        years = min(b + 1, 10)
        annual[:, b - years + 1 : b + 1] += (single[:, b] / years / 10)[:, None]
    return xr.DataArray(
        annual,
        dims=("sex", "age"),
        coords={"sex": list(SEXES), "age": np.arange(OPEN_AGE + 1)},
        name="net_migration",
        attrs={
            "units": "persons per step",
            "basis": residual.attrs["basis"],
            "sources": list(residual.attrs["sources"]),
        },
    )


def profile(net_migration: xr.DataArray) -> xr.DataArray:
    """Net migration by sex and age divided by its total, so that it sums to 1.

    Raises
    ------
    SchemaError
        In- and out-migration nearly cancel: the total is below a tenth of the moves, and a profile
        of it would multiply them.
    """
    values = net_migration.values
    total = float(values.sum())
    if abs(total) <= 0.1 * float(np.abs(values).sum()):
        raise SchemaError(
            f"net_migration: the total {total:,.0f} is small beside the moves by age; a profile "
            "summing to 1 would blow them up. Use the counts by age instead."
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
