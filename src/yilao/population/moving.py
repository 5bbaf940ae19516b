"""A dated population moved over part of a year."""

from __future__ import annotations

from datetime import date as Date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.population.ages import check_single, written
from yilao.schema import (
    LEADING_DIMS,
    NegativePopulationError,
    SchemaError,
    check_basis,
    check_dims,
    check_shared_labels,
    check_unit,
    check_values,
    first_offender,
    sources_of,
)

Array = npt.NDArray[np.float64]


class Moved(NamedTuple):
    """A population at a later date, and the births and deaths on the way, in persons."""

    population: xr.DataArray
    births: xr.DataArray
    deaths: xr.DataArray


def moment(date: str) -> float:
    """Time of a date in years of 365 days: the beginning of the day, but the end of 31 December.

    Examples
    --------
    >>> moment("2020-12-31") - moment("2020-01-01")
    1.0
    """
    try:
        day = Date.fromisoformat(str(date))
    except ValueError:
        raise SchemaError(f"date: {date!r} is not a day. Write it as 2020-11-01.") from None
    if (day.month, day.day) == (12, 31):
        return float(day.year + 1)
    # Counted in a common year: the same day of two years is whole years apart.
    common = Date(2001, day.month, min(day.day, 28) if day.month == 2 else day.day)
    return day.year + (common - Date(2001, 1, 1)).days / 365


def dated(population: xr.DataArray, date: str) -> xr.DataArray:
    """Give a population its date; on 31 December also the year as a coordinate."""
    moment(date)
    population = population.drop_vars("year", errors="ignore")
    population.attrs["date"] = date
    if date.endswith("-12-31"):
        return population.assign_coords(year=int(date[:4]))
    return population


def aged(x: Array, s: Array, part: float) -> tuple[Array, Array]:
    """Age (..., sex, age) people by part of a year: what they are then, and those who died.

    Everyone survives with the ratio of the age they are going to, to the power of the part; the
    part of each single age grows a year older.
    """
    stay = s[..., 1:] ** part
    survived = x * np.concatenate([stay, stay[..., -1:]], axis=-1)
    end = (1 - part) * survived
    end[..., 1:] += part * survived[..., :-1]
    end[..., -1] += part * survived[..., -1]
    return end, (x - survived).sum(axis=(-1, -2))


def move(
    population: xr.DataArray,
    to_date: str,
    *,
    survival_ratio: xr.DataArray,
    asfr: xr.DataArray,
    srb: float,
    net_migration: xr.DataArray | None = None,
) -> Moved:
    """Move a dated population forward by at most a year.

    P(a) = (1 - t) P(a) S(a + 1)ᵗ + t P(a - 1) S(a)ᵗ + M(a) for t of a year; births are t times the
    rates of the women of the beginning and the end on average, and survive with S(0).
    `to_year_end` does this for a census and an official total at 31 December, `yilao.project` whole
    years.

    Parameters
    ----------
    population : (..., sex, age), persons, with ``attrs["date"]``.
    to_date : ``"2021-06-30"``; 31 December is the end of that day, others their beginning.
    survival_ratio : (..., sex, age) one-year ratios into the age.
    asfr : (..., age) births per woman and year.
    srb : males per female at birth.
    net_migration : (..., sex, age) persons of the whole time, by age at its end; none if left out.

    Raises
    ------
    SchemaError
        No date, a date that is not later or more than a year later, labels that differ.
    NegativePopulationError
        More people leave an age than it has.

    Notes
    -----
    S(0) is of a year's births; the births of less than a year have lived a shorter time, so that
    their deaths are overstated, by at most 0.6 per cent of these births in China in 2021.

    Examples
    --------
    >>> import xarray as xr
    >>> from yilao.population import national_reference
    >>> now = national_reference()
    >>> all_live = (now * 0 + 1).assign_attrs(units="1")
    >>> no_births = (now.sel(sex="female", drop=True) * 0)
    >>> no_births.attrs["units"] = "births per woman per year"
    >>> later = move(now, "2021-11-01", survival_ratio=all_live, asfr=no_births, srb=1.1)
    >>> bool(later.population.sel(age=61).sum().round(3) == now.sel(age=60).sum().round(3))
    True
    """
    check_single(population, leading=LEADING_DIMS)
    check_basis(population, "population")
    part = moment(to_date) - date_of(population, "population")
    if not 0 < part <= 1 + 1e-9:
        raise SchemaError(
            f"to_date: {to_date} is {part:.2f} years after {population.attrs['date']}. Move by at "
            "most a year; project() goes further, reverse_project() back."
        )
    given = {"survival_ratio": survival_ratio, "asfr": asfr, "net_migration": net_migration}
    rates: dict[str, xr.DataArray] = {k: v for k, v in given.items() if v is not None}
    for name, rate in rates.items():
        needed = ("age",) if name == "asfr" else ("sex", "age")
        check_dims(rate, needed, name, leading=LEADING_DIMS)
        high = 1.0 if name == "survival_ratio" else None
        check_values(rate, name, low=None if name == "net_migration" else 0.0, high=high)
    check_shared_labels(population=population, **rates)
    check_unit(survival_ratio, "1", "survival_ratio")
    check_unit(asfr, "births per woman per year", "asfr")
    if not 0 < srb < np.inf:
        raise SchemaError(f"srb: {srb}; needed are males per female at birth, above 0.")
    dims = [d for d in xr.broadcast(population, *rates.values())[0].dims if d not in ("sex", "age")]
    people, ratio = xr.broadcast(population, survival_ratio)
    wide = xr.broadcast(people, *rates.values())[0].transpose(*dims, "sex", "age")
    x, s = wide.values.astype(float), ratio.broadcast_like(wide).transpose(*wide.dims).values
    end, died = aged(x, s, part)
    f = asfr.broadcast_like(wide.isel(sex=0, drop=True)).transpose(*dims, "age").values
    births = part * ((x + end)[..., 0, :] / 2 * f).sum(axis=-1)
    newborn = births[..., None] * np.array([1, srb]) / (1 + srb)
    end[..., 0] += newborn * s[..., 0]
    died = died + (newborn * (1 - s[..., 0])).sum(axis=-1)
    moved = wide.copy(data=end)
    if net_migration is not None:
        check_unit(net_migration, "persons per step", "net_migration")
        moved = moved + net_migration
        bad = moved.values < 0
        if bad.any():
            raise NegativePopulationError(
                f"net_migration: more people leave than there are at {first_offender(moved, bad)}. "
                "Check its sign and size."
            )
    sources = sources_of(population, *rates.values())
    moved = dated(written(moved, population, sources), to_date)
    flow = wide.isel(sex=0, age=0, drop=True).drop_vars("year", errors="ignore")
    counts = [
        flow.copy(data=v).rename(n).assign_attrs(units="persons", sources=sources)
        for n, v in (("births", births), ("deaths", died))
    ]
    return Moved(moved, *counts)


def date_of(population: xr.DataArray, name: str) -> float:
    """Time of a population's date, or raise if it has none."""
    if "date" not in population.attrs:
        raise SchemaError(f'{name}: no date. Set {name}.attrs["date"] = "2020-11-01" or its own.')
    return moment(population.attrs["date"])
