"""Death rates as life tables take them: their labels, and how they come from deaths counted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.schema import (
    LEADING_DIMS,
    SEXES,
    SchemaError,
    check_ages,
    check_dims,
    check_same_labels,
    check_shared_labels,
    check_values,
    first_offender,
    sources_of,
)

TABLE_SEXES: tuple[str, ...] = (*SEXES, "both")
RATE_UNIT = "deaths per person-year"


def check_table(array: xr.DataArray, name: str) -> xr.DataArray:
    """Return one column of a life table as (..., sex, age) once its labels are sound.

    ``sex`` is any of female, male, both, in this order, or one of them as a scalar coordinate;
    ``age`` is 0, 1, 2 … or 0, 1, 5, 10 ….
    """
    if "sex" in array.coords and "sex" not in array.dims:
        array = array.expand_dims("sex")
    check_dims(array, ("sex", "age"), name, leading=("year", *LEADING_DIMS))
    found = [str(s) for s in array["sex"].values]
    if not found or found != [s for s in TABLE_SEXES if s in found]:
        raise SchemaError(
            f"{name}: sex is {found}, needed are labels of {list(TABLE_SEXES)} in this order. "
            "Use .sel(sex=[...]), or .assign_coords(sex='both') for rates of both sexes together."
        )
    _check_table_ages(array, name)
    if array.sizes["age"] < 2:
        raise SchemaError(f"{name}: a life table needs a closed age before the open one.")
    array = array.transpose(..., "sex", "age")
    check_values(array, name)
    return array


def check_columns(
    table: xr.Dataset, *columns: str, name: str = "table", maker: str = "life_table"
) -> None:
    """Raise unless a life table, or what another function makes, has these columns."""
    if missing := [column for column in columns if column not in table]:
        raise SchemaError(
            f"{name}: {missing[0]} is missing, it has {[str(column) for column in table]}. Use "
            f"yilao.mortality.{maker}()."
        )


def _check_table_ages(array: xr.DataArray, name: str) -> None:
    ages = set(array["age"].values.tolist())
    if not {0, 1, 5} <= ages or 2 in ages or array["age"].dtype.kind not in "iu":
        check_ages(array, name)
        return
    wanted = [0, 1, *range(5, max(ages) + 1, 5)]
    if array["age"].values.tolist() == wanted:
        if max(ages) < 15:
            raise SchemaError(
                f"{name}: an abridged table must be closed at 15+ or later, it ends at "
                f"{max(ages)}+. Add the older groups."
            )
        return
    strange = sorted(ages - set(wanted))
    if strange:
        raise SchemaError(
            f"{name}: age {strange[0]} does not belong to an abridged table, which has the groups "
            "0, 1, 5, 10 …, each named by its lower bound."
        )
    missing = sorted(set(wanted) - ages)
    if missing:
        raise SchemaError(
            f"{name}: age {missing[0]} is missing. An abridged table has the groups 0, 1, 5, 10 "
            f"… {max(ages)}+, each named by its lower bound."
        )
    raise SchemaError(f"{name}: ages are not in ascending order from 0. Use .sortby('age') first.")


def check_rates(mx: xr.DataArray, name: str = "mx") -> xr.DataArray:
    """`check_table` of death rates, which must all be above 0."""
    mx = check_table(mx, name)
    if (mx.values <= 0).any():
        raise SchemaError(
            f"{name}: every death rate must be above 0. Smooth or extend the table first. The "
            f"first that is not: {first_offender(mx, mx.values <= 0)}."
        )
    return mx


def sexes_of(array: xr.DataArray) -> list[str]:
    """Labels of ``sex`` of an array that passed `check_table`."""
    return [str(s) for s in array["sex"].values]


def ages_of(array: xr.DataArray) -> npt.NDArray[np.int64]:
    """Lower bounds of the ages of an array."""
    return np.asarray(array["age"].values, dtype=np.int64)


def as_rates(
    values: npt.NDArray[np.float64],
    like: xr.DataArray,
    given: xr.DataArray,
    ages: npt.NDArray[np.int64] | None = None,
) -> xr.DataArray:
    """Label death rates as ``like``, with other ages if named; sexes and sources of ``given``."""
    coords = {k: v for k, v in like.coords.items() if "age" not in v.dims}
    rates = xr.DataArray(
        values,
        dims=like.dims,
        coords={**coords, "age": ages_of(like) if ages is None else ages},
        name="mx",
        attrs={"units": RATE_UNIT, "sources": list(given.attrs.get("sources", []))},
    )
    return rates if "sex" in given.dims else rates.squeeze("sex")


def death_rates(
    deaths: xr.DataArray,
    exposure: xr.DataArray,
    *,
    completeness: float | xr.DataArray | None = None,
) -> xr.DataArray:
    r"""Death rates from deaths counted and the person-years in which they happened.

    Parameters
    ----------
    deaths : deaths (..., sex, age) by age at death, in the ages of a life table.
    exposure : person-years (..., sex, age) with the labels of ``deaths``; the population in the
        middle of the period times its length stands in for them.
    completeness : share of all deaths that ``deaths`` holds, above 0 and at most 1, a number or an
        array of some of the dimensions; none is taken as 1, and the result says so.

    Returns
    -------
    xr.DataArray
        mx (..., sex, age), deaths per person-year; ``attrs["note"]`` says what was done about
        deaths that are not in the count.

    Raises
    ------
    SchemaError
        Labels differ; deaths are negative or missing; an exposure is not above 0; completeness is
        outside 0 to 1.

    Notes
    -----
    :math:`m_x = D_x / (c N_x)`.  Deaths missing from the count make life too long: with
    completeness c at all ages, life expectancy comes out too high by about H e0 (1 - c), where H,
    Keyfitz's entropy, is about 0.15 where people live to 80: two to three years for c = 0.8.
    One number for all ages is itself a simplification, since infants and the very old are missed
    most.

    References
    ----------
    Preston, Heuveline and Guillot (2001), Demography, ch. 3.

    Examples
    --------
    >>> ages = {"sex": ["female"], "age": [0, 1, 2]}
    >>> deaths = xr.DataArray([[4.0, 1.0, 30.0]], dims=("sex", "age"), coords=ages)
    >>> exposure = xr.DataArray([[1000.0, 1000.0, 500.0]], dims=("sex", "age"), coords=ages)
    >>> death_rates(deaths, exposure, completeness=0.8).values
    array([[0.005  , 0.00125, 0.075  ]])
    """
    counted = check_table(deaths, "deaths")
    years = check_table(exposure, "exposure")
    check_shared_labels(deaths=counted, exposure=years)
    check_values(counted, "deaths", low=0.0)
    if (bad := years.values <= 0).any():
        raise SchemaError(
            f"exposure: it must be above 0, the first that is not is {first_offender(years, bad)}. "
            "Take several years or areas together, or close the table at a lower age."
        )
    share: float | xr.DataArray = 1.0
    note = "Deaths as counted: if some are missing from the count, life expectancy is too high."
    if completeness is not None:
        share = completeness
        low, high = float(np.min(completeness)), float(np.max(completeness))
        if not 0 < low <= high <= 1:
            raise SchemaError(
                f"completeness: {low:g} to {high:g} is not a share above 0 and at most 1. 0.8 says "
                "that eight of ten deaths are in the count."
            )
        if isinstance(completeness, xr.DataArray):
            for dim in completeness.dims:
                if dim not in counted.dims:
                    raise SchemaError(f"completeness: deaths have no dimension {dim!r}.")
                check_same_labels(counted, completeness, dim, "deaths", "completeness")
        spread = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        note = f"Deaths raised for a completeness of the count of {spread}."
    mx = (counted / (share * years)).transpose(..., "sex", "age")
    if "sex" not in deaths.dims and "sex" not in exposure.dims:
        mx = mx.squeeze("sex")
    mx.name = "mx"
    mx.attrs = {"units": RATE_UNIT, "sources": sources_of(deaths, exposure), "note": note}
    return mx
