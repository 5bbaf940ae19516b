"""Deaths that were registered in part: a table brought to a published life expectancy."""

from __future__ import annotations

import numpy as np
import xarray as xr

from yilao.mortality.at_e0 import mx_at, parameter_at
from yilao.mortality.model import lee_carter_model
from yilao.schema import (
    LEADING_DIMS,
    SchemaError,
    check_dims,
    check_sexes,
    check_shared_labels,
    check_values,
    first_offender,
    sources_of,
)


def from_registered_deaths(
    deaths: xr.DataArray,
    exposure: xr.DataArray,
    e0: float | xr.DataArray,
    *,
    srb: float | None = None,
) -> xr.Dataset:
    """Death rates of registered deaths, raised to a published life expectancy.

    mx = D / (c E) with one completeness c at all ages: the age pattern is that of the deaths, the
    level is the published one.

    Parameters
    ----------
    deaths : registered deaths (..., sex, age), above 0.
    exposure : person-years (..., sex, age) of the same ages and the same time, above 0.
    e0 : published life expectancy at birth (..., sex), years; without ``sex``, or one number, for
        both sexes together.
    srb : males per female at birth, when ``e0`` is of both sexes.

    Returns
    -------
    xr.Dataset
        ``mx`` (..., sex, age), deaths per person-year, and ``completeness`` (..., sex), or one for
        both.

    Raises
    ------
    SchemaError
        Labels differ, deaths or an exposure is not above 0, or ``e0`` and ``srb`` do not fit.
    YilaoError
        The life expectancy is out of reach.

    Notes
    -----
    China's censuses miss deaths: in 2020 about a quarter against World Population Prospects, which
    makes raw life expectancy some four years too high; in 2010 about a sixth.  Infants and the
    very old are commonly missed more than others, which one c cannot mend: a published infant
    mortality rate above the adjusted one shows it.  A completeness above 1 says that the life
    expectancy and the deaths are not of the same people.

    Examples
    --------
    >>> from yilao.mortality import life_expectancy, wpp_mx
    >>> mx = wpp_mx("2022", [2020]).isel(year=0, drop=True)
    >>> exposure = xr.full_like(mx, 1e4)
    >>> found = from_registered_deaths(0.75 * mx * exposure, exposure, life_expectancy(mx))
    >>> found.completeness.round(6).values.tolist()
    [0.75, 0.75]
    """
    for name, array in (("deaths", deaths), ("exposure", exposure)):
        check_dims(array, ("sex", "age"), name, leading=("year", *LEADING_DIMS))
        check_sexes(array, name)
        check_values(array, name)
        if (bad := array.values <= 0).any():
            raise SchemaError(
                f"{name}: it must be above 0 at every age, it is not at "
                f"{first_offender(array, bad)}. Join ages or smooth first."
            )
    target = xr.DataArray(e0)
    if ("sex" in target.dims) != (srb is None):
        raise SchemaError("e0: give it by sex, or one number for both sexes together with srb.")
    check_shared_labels(deaths=deaths, exposure=exposure, e0=target)
    raw = (deaths / exposure).transpose(..., "sex", "age")
    raw.attrs["sources"] = sources_of(deaths, exposure, e0)
    return _raised(raw, target.broadcast_like(raw.isel(sex=0, age=0, drop=True)), srb)


def _raised(raw: xr.DataArray, e0: xr.DataArray, srb: float | None) -> xr.Dataset:
    """Rates at life expectancies that have every leading dimension of the rates."""
    if raw.ndim > 2:
        # The model of each member is its own; e0 keeps the dimension, by which errors are named.
        dim = raw.dims[0]
        members = range(raw.sizes[dim])
        parts = [_raised(raw.isel({dim: i}, drop=True), e0.isel({dim: [i]}), srb) for i in members]
        joined: xr.Dataset = xr.concat(parts, dim)
        return joined.transpose(*raw.dims[:-2], ..., "sex", "age")
    # One factor for all ages is Lee-Carter with an even bx.
    even = xr.DataArray(np.full(raw.sizes["age"], 1 / raw.sizes["age"]), raw["age"].coords)
    model = lee_carter_model(xr.Dataset({"ax": np.log(raw), "bx": even}, attrs=raw.attrs))
    found = parameter_at(e0, model, srb=srb)
    share = found.copy(data=np.exp(-found.values / raw.sizes["age"]))
    return xr.Dataset(
        {"mx": mx_at(e0, model, srb=srb), "completeness": share.rename("completeness")},
        attrs=raw.attrs,
    )
