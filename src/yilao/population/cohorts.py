"""Census age groups to single years by what is known of the cohorts.

Not by smoothness: the births of 1959-61 were so few that they decide how many people turn 60 in
2021-25.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from yilao.population.ages import written
from yilao.population.groups import CENSUS_DAY
from yilao.population.proportional import proportional_to
from yilao.population.reference import famine_ages, famine_trough, national_reference
from yilao.schema import (
    OPEN_AGE,
    SchemaError,
    YilaoError,
    check_basis,
    check_dims,
    check_sexes,
    check_unit,
    check_values,
    first_offender,
    sources_of,
)


def single_years(groups: xr.DataArray) -> xr.DataArray:
    """Split the age groups of the census of 2010 or 2020 into single years of age by cohorts.

    The reference is China's single years of that day (`national_reference`).  Its ratio to the
    place is as smooth over age as the groups of the place allow, except that the trough of the
    births of 1958-62 may be deeper or shallower than in the nation: one exponent, common to both
    sexes, is found from the place's own groups (those on both sides of age 60, in 2010 of 50, show
    how far the trough dents the ratio).  ``attrs["famine_depth"]`` holds it, where there are
    several places a coordinate of that name: 1 as deep as in the nation, 0 no trough.

    Parameters
    ----------
    groups : (..., sex, age_low) persons on 2020-11-01 or 2010-11-01, any groups that begin at 0 and
        end open.

    Returns
    -------
    xr.DataArray
        (..., sex, age 0 … 100+), persons; every group is kept to 1e-6 persons.

    Raises
    ------
    SchemaError
        Another date, wrong dimensions or unit, a negative or missing value, a sex without people.
    YilaoError
        Groups that no smooth ratio to the reference has.

    Notes
    -----
    Every place is split by itself, in a few milliseconds.  Within a group the split is an
    estimate: only the sums of the groups were counted.  Students and workers in collective
    households, who stay some years and leave, are aged like everyone.

    Examples
    --------
    >>> from yilao.population import census_groups
    >>> hangzhou = single_years(census_groups("hangzhou", 2020))
    >>> float(hangzhou.sel(age=slice(60, 64)).sum().round(6))
    621893.0
    """
    check_dims(groups, ("sex", "age_low"), "groups")
    groups = groups.transpose(..., "sex", "age_low")
    check_basis(groups, "groups")
    check_sexes(groups, "groups")
    check_unit(groups, "persons", "groups")
    check_values(groups, "groups", low=0.0)
    people = groups.sum("age_low")
    if (empty := people.values <= 0).any():
        raise SchemaError(
            f"groups: nobody at {first_offender(people, empty)}. Check the columns of the table."
        )
    date = groups.attrs.get("date")
    if date is None or date not in CENSUS_DAY.values():
        raise SchemaError(
            f"groups: their date is {date!r}; age groups can be split for "
            f"{' and '.join(CENSUS_DAY.values())} only, where the reference cohorts stand. Give "
            "single ages instead."
        )
    year = int(date[:4])
    lows = groups["age_low"].values
    if lows[0] != 0 or (np.diff(lows) <= 0).any():
        raise SchemaError(
            f"groups: they begin at {lows.tolist()}; needed are ascending ages from 0. Sort them."
        )
    if lows[-1] > OPEN_AGE:
        raise SchemaError(
            f"groups: the open group begins at {lows[-1]}, at most {OPEN_AGE} is known."
        )
    reference = national_reference(year)
    # The depth of the trough shows only where the groups part it from its neighbours.
    first, last = famine_ages(year)
    apart = sum(first - 10 <= low <= last + 10 for low in lows) >= 3
    trough = famine_trough(reference) if apart else None
    member = groups.isel(sex=0, age_low=0, drop=True)
    single, depth = np.empty((*member.shape, *reference.shape)), np.empty(member.shape)
    for i in np.ndindex(member.shape):
        try:
            single[i], depth[i] = proportional_to(reference.values, groups.values[i], lows, trough)
        except YilaoError as fault:
            if not i:
                raise
            labels = zip(member.dims, i, strict=True)
            where = ", ".join(f"{dim}={member[dim].values[k]}" for dim, k in labels)
            raise YilaoError(f"{where}: {fault}") from None
    result = xr.DataArray(
        single,
        dims=(*member.dims, *reference.dims),
        coords={**member.coords, **reference.coords},
    )
    result = written(result, groups, sources_of(groups, reference))
    if not member.dims:
        return result.assign_attrs(famine_depth=float(depth))
    return result.assign_coords(famine_depth=(member.dims, depth))
