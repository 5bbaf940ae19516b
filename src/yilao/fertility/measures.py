"""What a set of fertility rates amounts to: level, mean age, reproduction, and the tempo note."""

from __future__ import annotations

import numpy as np
import xarray as xr

from yilao.fertility.arrays import (
    Parameter,
    age_width,
    as_array,
    check_rates,
    finish,
)
from yilao.schema import SchemaError, check_shared_labels, check_values, first_offender


def total_fertility(asfr: xr.DataArray) -> xr.DataArray:
    """Total fertility rate: children of a woman who lives through the rates of the period.

    TFR = n Σ fx, with n the width of the age groups.

    Parameters
    ----------
    asfr : rates (…, age) by single years or equal groups, births per woman per year.

    Returns
    -------
    xr.DataArray
        tfr (…), births per woman.

    Raises
    ------
    SchemaError
        A rate is negative or missing, the unit differs, or the age groups are not equally wide.

    References
    ----------
    Preston, Heuveline and Guillot (2001), Demography, ch. 5.

    Examples
    --------
    >>> from yilao.fertility import census_asfr
    >>> float(total_fertility(census_asfr(2010)).round(3))
    1.188
    """
    width = check_rates(asfr)
    return finish(width * asfr.sum("age"), "tfr", "births per woman", asfr)


def mean_age_at_birth(asfr: xr.DataArray) -> xr.DataArray:
    """Mean age of mothers at birth, free of the population's age structure.

    MAC = Σ (x + n/2) fx / Σ fx.

    Parameters
    ----------
    asfr : rates or a pattern (…, age), by single years or equal groups.

    Returns
    -------
    xr.DataArray
        mean_age (…), years of exact age.

    Raises
    ------
    SchemaError
        A rate is negative or missing, all rates of a member are 0, or the groups are not equal.

    References
    ----------
    Preston, Heuveline and Guillot (2001), Demography, ch. 5.

    Notes
    -----
    Births are taken at the middle of their group: five-year groups give a mean some 0.03 years
    away from that of single years.

    Examples
    --------
    >>> from yilao.fertility import wpp_asfr_pattern
    >>> float(mean_age_at_birth(wpp_asfr_pattern("2024", [2021])).round(1).squeeze())
    29.0
    """
    width = age_width(asfr, "asfr")
    check_values(asfr, "asfr", low=0.0)
    total = asfr.sum("age")
    if (bad := total.values <= 0).any():
        raise SchemaError(
            f"asfr: every rate is 0 at {first_offender(total, bad)}, so there is no mean age. "
            "Leave the member out."
        )
    mean = ((asfr["age"] + width / 2) * asfr).sum("age") / total
    return finish(mean, "mean_age", "years", asfr)


def gross_reproduction_rate(asfr: xr.DataArray, srb: Parameter) -> xr.DataArray:
    """Daughters of a woman who lives through the rates and dies of nothing: TFR / (1 + SRB).

    Parameters
    ----------
    asfr : rates (…, age), births per woman per year.
    srb : males per female at birth, a number or an array (…).

    Returns
    -------
    xr.DataArray
        gross_reproduction_rate (…), daughters per woman.

    Raises
    ------
    SchemaError
        A rate or ``srb`` is negative or missing, or labels differ.

    References
    ----------
    Preston, Heuveline and Guillot (2001), Demography, ch. 5.

    Examples
    --------
    >>> from yilao.fertility import census_asfr
    >>> float(gross_reproduction_rate(census_asfr(2010), 1.18).round(3))
    0.545
    """
    daughters = _daughters(total_fertility(asfr), srb)
    return finish(daughters, "gross_reproduction_rate", "daughters per woman", asfr, srb)


def net_reproduction_rate(asfr: xr.DataArray, srb: Parameter, Lx: xr.DataArray) -> xr.DataArray:
    """Daughters of a newborn girl who lives through the rates and the life table.

    NRR = Σ fx Lx / (1 + SRB), Lx of women with radix 1; 1 is replacement.

    Parameters
    ----------
    asfr : rates (…, age), births per woman per year.
    srb : males per female at birth, a number or an array (…).
    Lx : person-years (…, age) of a life table with radix 1, of women, or (…, sex, age); its age
        labels are those of ``asfr``.

    Returns
    -------
    xr.DataArray
        net_reproduction_rate (…), daughters per woman.

    Raises
    ------
    SchemaError
        A value is negative or missing, labels differ, or ``Lx`` is not of radix 1.

    References
    ----------
    Preston, Heuveline and Guillot (2001), Demography, ch. 5.

    Examples
    --------
    >>> from yilao.fertility import asfr, wpp_asfr_pattern, wpp_annual
    >>> from yilao.mortality import life_table, wpp_mx
    >>> rates = asfr(float(wpp_annual("2024", "tfr")[2021]), wpp_asfr_pattern("2024", [2021]))
    >>> women = life_table(wpp_mx("2024", [2021])).Lx
    >>> float(net_reproduction_rate(rates, 1.12, women).round(2).squeeze())
    0.52
    """
    width = check_rates(asfr)
    women = Lx.sel(sex="female", drop=True) if "sex" in Lx.dims else Lx
    if age_width(women, "Lx") != width:
        raise SchemaError("Lx: its age groups are not as wide as those of asfr. Use the same.")
    check_values(women, "Lx", low=0.0)
    closed = women.isel(age=slice(None, -1))
    if (bad := closed.values > width * (1 + 1e-12)).any():
        raise SchemaError(
            f"Lx: more than {width} years in a group at {first_offender(closed, bad)}. Divide the "
            "table by its radix."
        )
    check_shared_labels(asfr=asfr, Lx=women)
    daughters = _daughters((asfr * women).sum("age"), srb)
    return finish(daughters, "net_reproduction_rate", "daughters per woman", asfr, Lx, srb)


def tempo_adjusted_tfr(asfr: xr.DataArray) -> xr.DataArray:
    """Total fertility without the effect of births that move to later or earlier ages.

    TFR' = TFR / (1 - r), r the yearly change of the mean age at birth, (MAC(t+1) - MAC(t-1)) / 2.

    Parameters
    ----------
    asfr : rates (…, year, age) of three or more consecutive years, births per woman per year.

    Returns
    -------
    xr.DataArray
        tfr (…, year), births per woman, without the first and the last year.

    Raises
    ------
    SchemaError
        Fewer than three years, years with a gap, or a mean age that changes by a year a year.

    References
    ----------
    Bongaarts and Feeney (1998), On the quantum and tempo of fertility, Population and Development
    Review 24(2), 271-291.

    Notes
    -----
    Bongaarts and Feeney adjust each birth order by itself and add them.  Without parity the mean
    age also moves when the mix of orders does: where second births rise, as in China after 2013
    and 2016, it rises without any postponement and the adjusted rate is too high (2.1 for 2017,
    against 1.8 unadjusted); where they fall it is too low.  A change of the mean age by 0.1 a year
    moves the rate by 11 per cent, so one year's figure says little.

    Examples
    --------
    >>> from yilao.fertility import asfr, tfr_path, wpp_asfr_pattern
    >>> years = range(2015, 2022)
    >>> rates = asfr(tfr_path("2024", 1.0, years), wpp_asfr_pattern("2024", years))
    >>> tempo_adjusted_tfr(rates).sel(year=[2016, 2020]).round(2).values.tolist()
    [2.02, 1.55]
    """
    check_rates(asfr)
    if "year" not in asfr.dims or asfr.sizes["year"] < 3:
        raise SchemaError("asfr: tempo needs three or more years. Give rates with dimension year.")
    years = asfr["year"].values
    if (np.diff(years) != 1).any():
        raise SchemaError(
            f"asfr: years must follow each other without a gap, they are {years.tolist()}."
        )
    mean = mean_age_at_birth(asfr).transpose("year", ...)
    tfr = total_fertility(asfr).transpose("year", ...)[1:-1]
    change = tfr.copy(data=(mean.values[2:] - mean.values[:-2]) / 2)
    if (bad := change.values >= 1).any():
        raise SchemaError(
            f"asfr: the mean age rises by {change.values[bad][0]:.2g} years a year at "
            f"{first_offender(change, bad)}; the adjustment holds below 1 only."
        )
    adjusted = (tfr / (1 - change)).transpose(*[d for d in asfr.dims if d != "age"])
    return finish(adjusted, "tfr", "births per woman", asfr)


def _daughters(births: xr.DataArray, srb: Parameter) -> xr.DataArray:
    ratio = as_array(srb, "srb")
    check_values(ratio, "srb", low=0.0)
    check_shared_labels(asfr=births, srb=ratio)
    return births / (1 + ratio)
