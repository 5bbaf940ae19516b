"""Deaths that were registered in part: a table brought to a published life expectancy."""

from __future__ import annotations

import numpy as np
import xarray as xr

from yilao.mortality.at_e0 import mx_at, parameter_at
from yilao.mortality.model import lee_carter_model
from yilao.schema import (
    SchemaError,
    check_dims,
    check_same_labels,
    check_sexes,
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
    deaths : registered deaths (sex, age), above 0.
    exposure : person-years (sex, age) of the same ages and the same time, above 0.
    e0 : published life expectancy at birth, years: (sex), or a number for both sexes together.
    srb : males per female at birth, when ``e0`` is of both sexes.

    Returns
    -------
    xr.Dataset
        ``mx`` (sex, age), deaths per person-year, and ``completeness`` (sex), or one for both.

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
        check_dims(array, ("sex", "age"), name, leading=())
        check_sexes(array, name)
        check_values(array, name)
        if (bad := array.values <= 0).any():
            raise SchemaError(
                f"{name}: it must be above 0 at every age, it is not at "
                f"{first_offender(array, bad)}. Join ages or smooth first."
            )
    check_same_labels(deaths, exposure, "age", "deaths", "exposure")
    if isinstance(e0, xr.DataArray) != (srb is None):
        raise SchemaError("e0: give it by sex, or one number for both sexes together with srb.")
    raw = (deaths / exposure).transpose("sex", "age")
    # One factor for all ages is Lee-Carter with an even bx.
    even = xr.DataArray(np.full(raw.sizes["age"], 1 / raw.sizes["age"]), raw["age"].coords)
    sources = sources_of(deaths, exposure, e0)
    model = lee_carter_model(
        xr.Dataset({"ax": np.log(raw), "bx": even}, attrs={"sources": sources})
    )
    found = parameter_at(e0, model, srb=srb)
    share = found.copy(data=np.exp(-found.values / raw.sizes["age"]))
    return xr.Dataset(
        {
            "mx": mx_at(e0, model, srb=srb),
            "completeness": share.rename("completeness"),
        },
        attrs={"sources": sources},
    )
