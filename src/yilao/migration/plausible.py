"""Cohorts that changed more between two censuses than migration makes likely."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from yilao.migration.pair import cohort_start, survival_for
from yilao.schema import sources_of

Array = npt.NDArray[np.float64]


def cohort_ratios(
    before: xr.DataArray, after: xr.DataArray, *, survival: xr.DataArray, interval: int = 10
) -> xr.DataArray:
    """People at the second census over the survivors expected from the first.

    Parameters
    ----------
    before, after, survival, interval : as for `cohort_residual`.

    Returns
    -------
    xr.DataArray
        (..., sex, age from ``interval``), unit 1; above 1 where more came than left.  Where nobody
        was expected it is infinite, or NaN where nobody came either.

    Raises
    ------
    SchemaError
        As for `cohort_residual`.

    Examples
    --------
    >>> from yilao.migration import census_survival_ratios, join_five_years
    >>> from yilao.population import census_groups
    >>> pairs = [[join_five_years(census_groups(p, y)) for y in (2010, 2020)]
    ...     for p in ("ankang", "china")]
    >>> ratio = cohort_ratios(*pairs[0], survival=census_survival_ratios(*pairs[1]))
    >>> round(float(ratio.sel(sex="male", age=25)), 2)
    0.74
    """
    start = cohort_start(before, after, interval, None)
    ratio = survival_for(survival, start)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = after.sel(age=start["age"]) / (ratio * start)
    found = found.transpose(..., "sex", "age").rename("cohort_ratio")
    found.attrs = {"units": "1", "sources": sources_of(before, after, survival)}
    return found


def implausible(ratios: xr.DataArray, *, low: float = 2 / 3, high: float = 3 / 2) -> pd.DataFrame:
    """List the cohorts that shrank or grew more than migration makes likely.

    Boundaries move between censuses: a county that took in a neighbour's townships, or a new zone
    counted apart, shows as migration of every age at once.  Nothing is dropped here; look at what
    is listed before you use a residual.

    Parameters
    ----------
    ratios : from `cohort_ratios`.
    low, high : ratios outside them are listed; the defaults are an assumption.

    Returns
    -------
    pandas.DataFrame
        The dimensions of ``ratios`` as columns, and ``ratio``; empty where all are within.

    Notes
    -----
    Students and young workers pass the limits without any change of boundary: choose ages at which
    few move, such as ``ratios.sel(age=slice(40, 65))``.  Of the 2,522 counties whose code is in
    both censuses, 50 pass them at all ages from 40 to 69 of both sexes.

    Examples
    --------
    >>> import xarray as xr
    >>> ratios = xr.DataArray([[0.9, 3.0]], dims=("area", "age"),
    ...     coords={"area": ["330102"], "age": [30, 35]}, name="cohort_ratio")
    >>> implausible(ratios)
         area  age  ratio
    0  330102   35    3.0
    """
    outside = ~((ratios.values >= low) & (ratios.values <= high))
    where = np.argwhere(outside)
    columns: dict[str, Array] = {
        str(dim): ratios[dim].values[where[:, i]] for i, dim in enumerate(ratios.dims)
    }
    return pd.DataFrame({**columns, "ratio": ratios.values[outside]})
