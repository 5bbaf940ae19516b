"""The open age group spread over the ages above it."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.mortality import kannisto, life_table
from yilao.population.ages import check_single, written
from yilao.schema import SchemaError, check_ages, check_shared_labels, sources_of

Array = npt.NDArray[np.float64]
_HIGHEST = 130
_KANNISTO_FROM = 80


def extend_open_group(
    population: xr.DataArray,
    mx: xr.DataArray,
    *,
    open_age: int = 100,
    tail: Literal["life-table", "kannisto"] = "life-table",
    growth_rate: float = 0.0,
) -> xr.DataArray:
    """Spread the open age group over single years up to a higher open age; it is kept exactly.

    P(a) = N L(a) e^(-r a) / Σ L(x) e^(-r x), the stable population of the death rates: L(a) are the
    years lived at age a, r the growth rate of the number of people who reach the old open age.

    Parameters
    ----------
    population : (..., sex, age), persons, open at a lower age than ``open_age``.
    mx : (..., sex, age) death rates by single year, the last age open.
    tail : ``"life-table"`` takes the rates as they are, and needs them to ``open_age`` at least;
        ``"kannisto"`` replaces those of the open age and above by the logistic curve
        mx = c e^(b a) / (1 + c e^(b a)), fitted by least squares to logit mx from age 80 on.
    growth_rate : per year; above 0 where ever larger cohorts grow old.

    Returns
    -------
    xr.DataArray
        (..., sex, age 0 … ``open_age``), persons.

    Raises
    ------
    SchemaError
        An open age not above the present one, rates of age groups, that end too low, that fall with
        age, or are not below 1 (Kannisto); labels that differ.

    Notes
    -----
    Death rates of the oldest are low by age exaggeration where birth dates were not registered:
    too many people then come out above 95.  If ever larger cohorts have reached the old open age,
    growth_rate 0 gives too few at its start and too many at the top: at 3 per cent a year a tenth
    too few at 85 and a quarter too many at 95 and over.  Spread from 85+, China's people of 95 and
    over in 2020 come out 16 per cent too many with 0 and 8 per cent too few with 0.03, against the
    exposures of the census.

    References
    ----------
    Thatcher, Kannisto and Vaupel (1998), The Force of Mortality at Ages 80 to 120.

    Examples
    --------
    >>> from yilao.mortality import wpp_mx
    >>> from yilao.population import census_groups, graduate
    >>> to_85 = graduate(census_groups("hangzhou", 2020), "monotone")
    >>> mx = wpp_mx("2022", [2020]).isel(year=0, drop=True)
    >>> single = extend_open_group(to_85, mx)
    >>> single.attrs["open_age"], bool(single.sum().round(6) == to_85.sum().round(6))
    (100, True)
    """
    check_single(population)
    # A life table takes abridged groups too, whose places in the array are not their ages.
    check_ages(mx, "mx")
    mx = life_table(mx)["mx"].assign_attrs(mx.attrs)
    youngest = {"population": population.isel(age=0, drop=True), "mx": mx.isel(age=0, drop=True)}
    check_shared_labels(**youngest)
    now, top = int(population["age"].values[-1]), int(mx["age"].values[-1])
    if not now < open_age <= _HIGHEST:
        raise SchemaError(
            f"open_age: {open_age}; the population is open at {now}, needed is an age above, up to "
            f"{_HIGHEST}."
        )
    if not np.isfinite(growth_rate):
        raise SchemaError(f"growth_rate: {growth_rate} is not a number per year.")
    if tail == "kannisto":
        mx = _kannisto(mx)
    elif tail != "life-table":
        raise SchemaError(f"tail: {tail!r} is not known. Choose 'life-table' or 'kannisto'.")
    elif top < open_age:
        raise SchemaError(
            f"mx: its open age is {top}, needed is {open_age} at least. Use tail='kannisto'."
        )
    lived = life_table(mx)["Lx"].transpose(..., "age").isel(age=slice(now, None))
    weight = lived.values * np.exp(-growth_rate * np.arange(lived.sizes["age"]))
    shares = np.concatenate(
        [weight[..., : open_age - now], weight[..., open_age - now :].sum(-1, keepdims=True)], -1
    )
    spread = xr.DataArray(
        shares / shares.sum(axis=-1, keepdims=True),
        dims=lived.dims,
        coords={k: v for k, v in lived.coords.items() if "age" not in v.dims}
        | {"age": np.arange(now, open_age + 1)},
    )
    old = population.isel(age=-1, drop=True) * spread
    young = population.isel(age=slice(now)).broadcast_like(old.isel(age=0, drop=True))
    dims = [d for d in old.dims if d not in ("sex", "age")]
    whole = xr.concat([young, old], dim="age").transpose(*dims, "sex", "age")
    sources = sources_of(population, mx)
    return written(whole, population, sources, tail=tail)


def _kannisto(mx: xr.DataArray) -> xr.DataArray:
    """Rates with those of the open age and above replaced by Kannisto's curve, up to 130+."""
    top = int(mx["age"].values[-1])
    if top - _KANNISTO_FROM < 5:
        raise SchemaError(
            f"mx: its open age is {top}; Kannisto's curve is fitted to single years from "
            f"{_KANNISTO_FROM} and needs five of them."
        )
    fitted = kannisto(mx, _HIGHEST, fit=(_KANNISTO_FROM, top - 1))
    falls = fitted.isel(age=-1) <= fitted.sel(age=top)
    if bool(falls.any()):
        raise SchemaError(
            f"mx: the rates from {_KANNISTO_FROM} to {top - 1} do not rise with age. Check them."
        )
    return fitted
