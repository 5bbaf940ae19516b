"""A population moved over part of a year, and read between two dates."""

from __future__ import annotations

from datetime import date as Date
from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.population.ages import check_shared, check_single, written
from yilao.schema import (
    LEADING_DIMS,
    SchemaError,
    YilaoError,
    check_basis,
    check_dims,
    check_same_basis,
    check_same_labels,
    check_sexes,
    check_unit,
    check_values,
    first_offender,
    sources_of,
)

Array = npt.NDArray[np.float64]
Between = Literal["linear", "exponential", "cohort"]
BETWEEN: tuple[str, ...] = get_args(Between)
# Half a week: two dates that far from whole years apart are taken as whole years.
_DAYS = 3.5 / 365


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
    YilaoError
        More people leave an age than it has.

    Notes
    -----
    S(0) is of a year's births; the births of less than a year have lived a shorter time, so that
    their deaths are overstated, in China by 0.3 per cent of these births at most.

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
    check_single(population)
    check_basis(population, "population")
    part = moment(to_date) - _date_of(population, "population")
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
        check_shared(population, rate, "population", name)
        high = 1.0 if name == "survival_ratio" else None
        check_values(rate, name, low=None if name == "net_migration" else 0.0, high=high)
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
            raise YilaoError(
                f"net_migration: more people leave than there are at {first_offender(moved, bad)}. "
                "Check its sign and size."
            )
    sources = sources_of(population, *rates.values())
    moved = written(moved, population, sources, date=to_date).drop_vars("year", errors="ignore")
    if to_date.endswith("-12-31"):
        moved = moved.assign_coords(year=int(to_date[:4]))
    flow = wide.isel(sex=0, age=0, drop=True).drop_vars("year", errors="ignore")
    counts = [
        flow.copy(data=v).rename(n).assign_attrs(units="persons", sources=sources)
        for n, v in (("births", births), ("deaths", died))
    ]
    return Moved(moved, *counts)


def _date_of(population: xr.DataArray, name: str) -> float:
    if "date" not in population.attrs:
        raise SchemaError(f'{name}: no date. Set {name}.attrs["date"] = "2020-11-01" or its own.')
    return moment(population.attrs["date"])


def interpolate(
    before: xr.DataArray,
    after: xr.DataArray,
    date: str,
    *,
    method: Between,
    births: xr.DataArray | None = None,
) -> xr.DataArray:
    """Read a population between two dates, w of the way from the first to the second.

    ``"linear"`` (1 - w) P + w Q at every age; ``"exponential"`` P (Q / P)ʷ at every age;
    ``"cohort"`` linear from P(a) to Q(a + n) along every cohort, which keeps troughs and booms with
    the people who are in them.

    Parameters
    ----------
    before, after : (..., sex, age), persons, same labels and basis, each with ``attrs["date"]``.
    date : between the two.
    births : for ``"cohort"``: (..., year, sex) births of the n years between, oldest first, years
        running from the day of ``before``; children born between are led from them to ``after``.

    Raises
    ------
    SchemaError
        Dates out of order, different labels, births missing or of another number of years, a time
        between the two dates that is not whole years (cohort).
    BasisError
        One is resident and the other registered.
    YilaoError
        Exponential with nobody at an age at one of the dates only.

    Notes
    -----
    By age, linear or exponential interpolation moves a trough of births not at all but fills it and
    digs a new one: over ten years it is wrong by the whole depth of the trough.  Along cohorts the
    people who end in the open group are reduced alike, though the oldest are reduced more.

    Examples
    --------
    >>> from yilao.population import national_reference
    >>> now = national_reference()
    >>> later = (now * 1.1).assign_attrs(now.attrs | {"date": "2030-11-01"})
    >>> halfway = interpolate(now, later, "2025-11-01", method="linear")
    >>> float((halfway / now).isel(age=5, sex=0).round(3))
    1.05
    """
    for name, population in (("before", before), ("after", after)):
        check_single(population, name)
    check_same_basis(before, after, "before", "after")
    check_shared(before, after, "before", "after")
    if method not in BETWEEN:
        raise SchemaError(f"method: {method!r} is not known. Choose one of {list(BETWEEN)}.")
    start, end, at = _date_of(before, "before"), _date_of(after, "after"), moment(date)
    if not start <= at <= end or start == end:
        raise SchemaError(
            f"date: {date} does not lie between {before.attrs['date']} and {after.attrs['date']}."
        )
    first, second = xr.broadcast(
        before.drop_vars("year", errors="ignore"), after.drop_vars("year", errors="ignore")
    )
    first, second = (p.transpose(..., "sex", "age") for p in (first, second))
    p, q, w = first.values.astype(float), second.values.astype(float), (at - start) / (end - start)
    if method == "linear":
        values = (1 - w) * p + w * q
    elif method == "exponential":
        if (bad := (p > 0) != (q > 0)).any():
            raise YilaoError(
                f"before, after: nobody at one of the dates at {first_offender(first, bad)}, so "
                'there is no rate of growth. Use method="linear".'
            )
        values = p * np.divide(q, p, out=np.ones_like(p), where=p > 0) ** w
    else:
        values = _along_cohorts(first, p, q, end - start, w, births)
    sources = sources_of(before, after, births)
    read = written(first.copy(data=values), before, sources, date=date, interpolation=method)
    return read.assign_coords(year=int(date[:4])) if date.endswith("-12-31") else read


def _along_cohorts(
    like: xr.DataArray, p: Array, q: Array, span: float, w: float, births: xr.DataArray | None
) -> Array:
    n, last = round(span), p.shape[-1] - 1
    if abs(span - n) > _DAYS or not 0 < n < last:
        raise SchemaError(
            f"dates: {span:.2f} years lie between them; along cohorts whole years are needed, "
            "fewer than the ages. Use move() on one of the two first."
        )
    if births is None:
        raise SchemaError(f"births: those of the {n} years between the dates are needed by sex.")
    check_dims(births, ("year", "sex"), "births", leading=LEADING_DIMS)
    check_unit(births, "persons", "births")
    check_sexes(births, "births")
    check_values(births, "births", low=0.0)
    if births.sizes["year"] != n:
        raise SchemaError(f"births: {births.sizes['year']} years, needed are the {n} between.")
    for dim in births.dims:
        if dim in like.dims:
            check_same_labels(like, births, dim, "before", "births")
    by_year = births.drop_vars("year").broadcast_like(like.isel(age=0, drop=True))
    born = by_year.transpose(*like.dims[:-1], "year").values
    time = w * n
    whole = min(int(time + 1e-9), n)
    part = max(time - whole, 0.0)
    # Alive at the first date: those who end in the open group keep one common ratio.
    ended = q.copy()
    ended[..., : last + 1 - n] = q[..., n:]
    into = p[..., last - n :].sum(axis=-1, keepdims=True)
    ratio = np.divide(q[..., -1:], into, out=np.zeros_like(into), where=into > 0)
    ended[..., last - n :] = p[..., last - n :] * ratio
    alive = p + (ended - p) * w
    # Born between: from the middle of their year of birth to the second date.
    j = np.arange(1, n + 1)
    children = q[..., n - j]
    lived = np.where(j <= time + 1e-9, time - (j - 0.5), part / 2)
    young = born + (children - born) * lived / (n - j + 0.5)
    cohorts = np.concatenate([young[..., :whole][..., ::-1], alive], axis=-1)
    values = (1 - part) * cohorts
    values[..., 1:] += part * cohorts[..., :-1]
    if part > 0:
        values[..., 0] += part * young[..., whole]
        values[..., -1] += part * cohorts[..., -1]
    out = values[..., : last + 1].copy()
    out[..., -1] = values[..., last:].sum(axis=-1)
    return out
