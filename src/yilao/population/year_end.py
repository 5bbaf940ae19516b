"""From census day to 31 December: ageing, births, deaths, and the official total."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr

from yilao.population.moving import aged
from yilao.population.reference import labelled
from yilao.schema import (
    SchemaError,
    check_dims,
    check_same_labels,
    check_values,
    check_variable,
    sources_of,
)

# 1 November to 31 December: 61 days of the year are still to come on census day.
TO_YEAR_END = 61 / 365


class YearEnd(NamedTuple):
    """A population moved to 31 December and the events that were added on the way, in persons."""

    population: xr.DataArray
    births: float
    deaths: float
    migrants: float | None


def to_year_end(
    census: xr.DataArray,
    *,
    survival_ratio: xr.DataArray,
    asfr: xr.DataArray,
    srb: float,
    total: float | None = None,
    profile: xr.DataArray | None = None,
    total_source: str = "",
) -> YearEnd:
    """Move a census of 1 November to 31 December of the same year.

    61/365 of each single age grow a year older, two months of births and deaths are added, and the
    difference to the official year-end total is spread as migrants by the profile.  Without an
    official total that last step is left out.

    Parameters
    ----------
    census : (sex, age) persons on 1 November.
    survival_ratio : (sex, age) one-year ratios; two months are their 61/365-th power.
    asfr : (age) births per woman per year.
    srb : males per female at birth.
    total : official resident total at year end, persons; needs ``profile``.
    profile : (sex, age) net migration summing to 1.

    Returns
    -------
    YearEnd
        The population (sex, age) of 31 December, and the births, deaths and migrants added.

    Raises
    ------
    SchemaError
        The census is not of 1 November or is no population; a rate has other labels or a wrong
        value; the profile is missing, does not sum to 1, or takes more people than there are.

    Notes
    -----
    `move` goes from any day to any other within a year; this is its form for a census and an
    official total.

    Examples
    --------
    >>> from yilao.population import national_reference
    >>> now = national_reference()
    >>> live = (now * 0 + 0.99).assign_attrs(units="1")
    >>> none = now.sel(sex="female", drop=True) * 0
    >>> moved = to_year_end(now, survival_ratio=live, asfr=none, srb=1.1)
    >>> moved.population.attrs["date"], round(moved.deaths / float(now.sum()), 4)
    ('2020-12-31', 0.0017)
    """
    check_variable(census, "population", as_name="census")
    if not str(census.attrs.get("date", "")).endswith("-11-01"):
        raise SchemaError(
            f"census: its date is {census.attrs.get('date')!r}; only a census of 1 November can be "
            "moved to the year end. A base of 31 December needs no moving."
        )
    census = census.transpose("sex", "age")
    given = {"survival_ratio": survival_ratio, "asfr": asfr, "profile": profile}
    for name, rate in given.items():
        if rate is None:
            continue
        check_dims(rate, ("age",) if name == "asfr" else ("sex", "age"), name, leading=())
        for dim in rate.dims:
            check_same_labels(census, rate, dim, "census", name)
        low, high = (None, None) if name == "profile" else (0.0, 1.0)
        check_values(rate, name, low, high)
    if not 0 < srb < np.inf:
        raise SchemaError(f"srb: {srb}; needed are males per female at birth, above 0.")
    if profile is not None and abs(float(profile.sum()) - 1) > 1e-9:
        raise SchemaError(f"profile: it sums to {float(profile.sum()):.6g}, needed is 1.")
    x, s, f = census.values, survival_ratio.transpose("sex", "age").values, TO_YEAR_END
    end, died = aged(x, s, f)
    births = f * float((x[0] * asfr.values).sum())
    newborn = births * np.array([1 / (1 + srb), srb / (1 + srb)])
    deaths = float(died + (newborn * (1 - s[:, 0])).sum())
    end[:, 0] += newborn * s[:, 0]
    migrants = None
    if total is not None:
        if profile is None:
            raise SchemaError("total: a profile is needed to spread the difference as migrants.")
        migrants = total - float(end.sum())
        end = end + migrants * profile.transpose("sex", "age").values
    year = int(str(census.attrs["date"])[:4])
    moved = labelled(end, census.attrs, sources_of(census, survival_ratio, asfr))
    moved.attrs |= {k: v for k, v in census.attrs.items() if k not in ("date", "sources")}
    moved.attrs["date"] = f"{year}-12-31"
    if total is not None:
        moved.attrs["year_end_total"] = total
    if total_source:
        moved.attrs["sources"].append(total_source)
    moved = moved.assign_coords(year=year)
    check_variable(moved, "population", as_name="year-end population")
    return YearEnd(moved, births, deaths, migrants)
