"""Survival between two censuses: of a life table, or of the censuses of a closed nation."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import xarray as xr

from yilao.migration.pair import (
    CENSUS_RATIO,
    age_width,
    by_age_at_second,
    check_pair,
    steps_between,
)
from yilao.schema import (
    SchemaError,
    check_ages,
    check_dims,
    check_sexes,
    check_values,
    sources_of,
)


def census_survival_ratios(
    before: xr.DataArray, after: xr.DataArray, *, interval: int = 10
) -> xr.DataArray:
    """Survival ratios of a closed population from two of its censuses.

    S(a) = P1(a) / P0(a - n), and for the open group P1(A+) / P0((A - n)+).

    Parameters
    ----------
    before, after : (..., sex, age) persons of a population without migration, usually the nation,
        ``interval`` years apart; ages are lower bounds of groups of one width.
    interval : years between the censuses.

    Returns
    -------
    xr.DataArray
        (..., sex, age from ``interval``), unit 1, by age at the second census.

    Raises
    ------
    SchemaError
        Labels or bases differ, the interval is no multiple of the age width, or a group of the
        first census is empty.

    References
    ----------
    Shryock and Siegel 1976, The Methods and Materials of Demography, ch. 21.

    Notes
    -----
    They hold the change in coverage between the censuses besides survival, and may be above 1:
    China's children of 2010 were counted more fully as adolescents of 2020.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> before = xr.DataArray(np.full((2, 3), 100.0), dims=("sex", "age"),
    ...     coords={"sex": ["female", "male"], "age": [0, 10, 20]},
    ...     attrs={"units": "persons", "basis": "resident"})
    >>> after = before.copy(data=before.values * 0.9)
    >>> census_survival_ratios(before, after, interval=10).sel(sex="female").values
    array([0.9 , 0.45])
    """
    steps = check_pair(before, after, interval, ("before", "after"))
    after = after.transpose(*before.dims).transpose(..., "sex", "age")
    start = by_age_at_second(before.transpose(..., "sex", "age").values, steps)[..., steps:]
    if not (start > 0).all():
        raise SchemaError(
            "before: an age group is empty, so it has no survival ratio. Use a larger population."
        )
    ratio = after.isel(age=slice(steps, None))
    ratio = ratio.copy(data=ratio.values / start).rename(CENSUS_RATIO)
    ratio.attrs = {"units": "1", "sources": sources_of(before, after)}
    return ratio


def life_table_survival(
    person_years: xr.DataArray, ages: Iterable[int], *, interval: int
) -> xr.DataArray:
    """Survival ratios of age groups over some years from the ``Lx`` of a life table.

    S(a) = L(a, a + w) / L(a - n, a - n + w) with the width w of the groups; L(A+) / L((A - n)+) for
    the open group; L(a, a + w) / w from birth for those born in the n years.  With n = w these are
    the survival ratios of a projection in steps of w years.

    Parameters
    ----------
    person_years : ``Lx`` (..., sex, age), years, by single age, radix 1.
    ages : lower bounds of the groups, 0, w, 2w …, the last one open.
    interval : n, years.

    Returns
    -------
    xr.DataArray
        survival_ratio (..., sex, age), unit 1, by age at the end.

    Raises
    ------
    SchemaError
        Ages are no groups of one width, pass the life table, or do not divide the interval; the
        radix is not 1, or nobody lives to an age.

    References
    ----------
    Preston, Heuveline and Guillot 2001, Demography, ch. 6.

    Notes
    -----
    Within a group people are spread as in the stationary population of the table.

    Examples
    --------
    >>> from yilao.mortality import life_table, wpp_mx
    >>> table = life_table(wpp_mx("2024", [2015]).isel(year=0))
    >>> ratio = life_table_survival(table["Lx"], range(0, 90, 5), interval=5)
    >>> round(float(ratio.sel(sex="female", age=85)), 4)
    0.4869
    """
    check_dims(
        person_years, ("sex", "age"), "person_years", leading=[str(d) for d in person_years.dims]
    )
    check_ages(person_years, "person_years")
    check_sexes(person_years, "person_years")
    check_values(person_years, "person_years", low=0.0)
    big = person_years.transpose(..., "sex", "age").values
    if not (big > 0).all() or (big[..., 0] > 1).any():
        raise SchemaError(
            "person_years: they must be above 0, and at most 1 at age 0. Divide Lx by l0, the "
            "radix of the table."
        )
    given = np.array([*ages])
    lows = xr.DataArray(given, dims="age", coords={"age": given})
    width = age_width(lows, "ages")
    check_ages(lows, "ages", width)
    if lows.values[-1] >= big.shape[-1]:
        raise SchemaError(
            f"ages: the open group begins at {lows.values[-1]}, the life table ends at "
            f"{big.shape[-1] - 1}+. Choose a younger open group."
        )
    steps = steps_between(interval, width, len(lows))
    grouped = np.add.reduceat(big, lows.values, axis=-1)
    start = by_age_at_second(grouped, steps)
    start[..., :steps] = width
    kept = [str(d) for d in person_years.dims if d not in ("sex", "age")]
    return xr.DataArray(
        grouped / start,
        dims=(*kept, "sex", "age"),
        coords={
            **{d: person_years[d].values for d in kept if d in person_years.coords},
            "sex": person_years["sex"].values,
            "age": lows.values,
        },
        name="survival_ratio",
        attrs={"units": "1", "sources": sources_of(person_years)},
    )
