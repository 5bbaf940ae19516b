"""A population read between two dates."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.population.ages import check_single, written
from yilao.population.moving import date_of, dated, moment
from yilao.schema import (
    LEADING_DIMS,
    SchemaError,
    YilaoError,
    check_dims,
    check_same_basis,
    check_sexes,
    check_shared_labels,
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
        check_single(population, name, leading=LEADING_DIMS)
    check_same_basis(before, after, "before", "after")
    check_shared_labels(before=before, after=after)
    if method not in BETWEEN:
        raise SchemaError(f"method: {method!r} is not known. Choose one of {list(BETWEEN)}.")
    start, end, at = date_of(before, "before"), date_of(after, "after"), moment(date)
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
    read = written(first.copy(data=values), before, sources, interpolation=method)
    return dated(read, date)


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
    lead = [str(d) for d in like.dims if d not in ("sex", "age")]
    check_dims(births, ("year", "sex"), "births", leading=lead)
    check_unit(births, "persons", "births")
    check_sexes(births, "births")
    check_values(births, "births", low=0.0)
    if births.sizes["year"] != n:
        raise SchemaError(f"births: {births.sizes['year']} years, needed are the {n} between.")
    check_shared_labels(before=like, births=births)
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
