"""People in need of care, by severity, under one named definition.

From the self-report of the census to the broadest scale lies a factor of ten and more: a
definition is a scenario.  Two are shown side by side and never averaged.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from yilao import facts
from yilao.demand.model import LEADING, by_age, weights
from yilao.demand.parameter_table import of_id, parameter, rows, source_of
from yilao.demand.sums import together
from yilao.schema import (
    OPEN_AGE,
    SEXES,
    SchemaError,
    UnknownNameError,
    check_dims,
    check_values,
)

# Named trends: the yearly relative change stands among the parameters with its source.
TRENDS: tuple[str, ...] = ("constant", "rising", "declining")


def care_definitions() -> pd.DataFrame:
    """Return the packaged definitions: what they count, from where, with their prevalence 60+.

    Examples
    --------
    >>> table = care_definitions().set_index("id")
    >>> table.loc[["census-2020", "pooled-mixed-2022"], "severities"].tolist()
    ['unable_to_care_for_self', 'disabled']
    """
    table = pd.DataFrame([dict(row) for row in rows("care_definitions.csv")])
    found = pd.DataFrame([dict(row) for row in rows("care_prevalence.csv")])
    groups = found.groupby("id", sort=False)
    table["severities"] = table["id"].map(groups["variable"].agg(lambda v: ", ".join(v.unique())))
    table["years"] = table["id"].map(groups["year"].agg(lambda v: ", ".join(v.unique())))
    table["ages"] = table["id"].map(groups["age_low"].agg(lambda v: f"{v.astype(int).min()}+"))
    return table


def prevalence(definition: str, *, open_age: int = OPEN_AGE) -> xr.DataArray:
    """Prevalence of a packaged definition as printed, by sex and single age.

    Parameters
    ----------
    definition : an id of ``care_definitions``.
    open_age : the last age.

    Returns
    -------
    xr.DataArray
        (measure, year, sex, age), share of people; ``year`` has the years that are printed.

    Raises
    ------
    UnknownNameError
        There is no such definition.

    Notes
    -----
    A rate printed for all aged 60 and over stands at each of these ages, and none below: younger
    people in need are left out.

    Examples
    --------
    >>> prevalence("pooled-adl-2023").sel(sex="male", age=[59, 65, 85]).values.ravel()
    array([0.   , 0.108, 0.47 ])
    """
    of_id("care_definitions.csv", definition, "definition")
    found = of_id("care_prevalence.csv", definition, "definition")
    severities = list(dict.fromkeys(r["variable"] for r in found))
    years = sorted({int(r["year"]) for r in found})
    table = np.zeros((len(severities), len(years), len(SEXES), open_age + 1))
    for i, severity in enumerate(severities):
        for j, year in enumerate(years):
            for k, sex in enumerate(SEXES):
                bands = {
                    (int(r["age_low"]), int(r["age_high"]) + 1 if r["age_high"] else None): (
                        facts.number(r["value"], f"care_prevalence.csv, {definition}")
                    )
                    for r in found
                    if (r["variable"], int(r["year"])) == (severity, year)
                    and r["sex"] in (sex, "both")
                }
                table[i, j, k] = by_age(bands, open_age=open_age).sel(sex=sex)
    return xr.DataArray(
        table,
        dims=("measure", "year", "sex", "age"),
        coords={
            "measure": severities,
            "year": years,
            "sex": list(SEXES),
            "age": np.arange(open_age + 1),
        },
        name="prevalence",
        attrs={"units": "1", "definition": definition},
    )


def care_need(
    definition: str | xr.DataArray,
    *,
    years: Sequence[int] | None = None,
    trend: str | float | None = None,
    basis: str = "resident",
    open_age: int = OPEN_AGE,
) -> xr.DataArray:
    """People in need of care by severity: prevalence by sex and age under a named definition.

    C[s, t] = Σ P[x, a, t] · π[s, x, a] · (1 + δ)^(t − t0) with δ = ``trend`` and t0 the year of the
    definition.

    Parameters
    ----------
    definition : an id of ``care_definitions``, or prevalence of your own: (measure, sex, age)
        shares with ``attrs["definition"]``, and with ``year`` as a scalar coordinate for a trend.
    years : years of the weights; needed with a trend and for a definition printed for several
        years, between which its rates are joined by straight lines.
    trend : None keeps what is printed; ``constant``, ``rising``, ``declining``, or the relative
        change per year, such as -0.01.
    basis : whom the result counts.
    open_age : the last age.

    Returns
    -------
    xr.DataArray
        (measure, [year,] sex, age), a need in persons; a measure for each severity.

    Raises
    ------
    UnknownNameError
        The definition or trend does not exist.
    SchemaError
        A prevalence is above 1 or missing, prevalence of your own has no definition, years are
        needed, not ascending or outside those printed, or a trend is put on a definition that has
        its own.

    References
    ----------
    Each definition has its own: ``care_definitions()``.

    Notes
    -----
    Prevalence of one year says nothing of who falls ill and recovers: a city whose people are
    younger or fitter than the country's has fewer.  A multi-state model would need rates of
    transition, which are not packaged; it would stand beside this function and give weights no
    longer, since its states have a memory.

    Examples
    --------
    >>> need = care_need("pooled-adl-2023", years=[2025, 2035], trend="rising")
    >>> need.attrs["kind"], [round(float(x), 4) for x in need.sel(sex="male", age=85).squeeze()]
    ('need', [0.4731, 0.489])
    """
    if isinstance(definition, str):
        rates = prevalence(definition, open_age=open_age)
        (row,) = of_id("care_definitions.csv", definition, "definition")
        name, sources = definition, [source_of(row)]
    else:
        check_dims(definition, ("measure", "sex", "age"), "prevalence", leading=LEADING)
        check_values(definition, "prevalence", low=0.0, high=1.0)
        if not definition.attrs.get("definition"):
            raise SchemaError(
                "prevalence: no definition. Say in attrs['definition'] who counts as in need: "
                "between definitions lies a factor of ten."
            )
        rates, name = definition, str(definition.attrs["definition"])
        sources = list(definition.attrs.get("sources", []))
        if "year" not in rates.dims and "year" in rates.coords:
            rates = rates.expand_dims("year")
    rates, told = _in_years(rates, name, years, trend)
    check_values(rates, f"prevalence of {name}", low=0.0, high=1.0)
    severities = [str(m) for m in rates["measure"].values]
    return together(
        *(
            weights(
                rates.sel(measure=severity, drop=True),
                measure=severity,
                unit="persons",
                kind="need",
                basis=basis,
                definition=name + told,
                sources=sources,
            )
            for severity in severities
        )
    )


def _in_years(
    rates: xr.DataArray, name: str, years: Sequence[int] | None, trend: str | float | None
) -> tuple[xr.DataArray, str]:
    """Prevalence in the wanted years, and what to say of the trend."""
    if years is not None and (len(years) == 0 or (np.diff(list(years)) <= 0).any()):
        raise SchemaError(f"years: {list(years)} are not ascending, or none. Give every year once.")
    printed = [] if "year" not in rates.dims else [int(y) for y in rates["year"].values]
    if len(printed) > 1:
        if trend is not None:
            raise SchemaError(
                f"{name}: it is printed for {printed} and has its own course. Leave trend out."
            )
        if years is None or min(years) < printed[0] or max(years) > printed[-1]:
            raise SchemaError(
                f"{name}: years={years} with rates printed for {printed}. Give years between the "
                "first and the last; it says nothing beyond."
            )
        return rates.interp(year=list(years)), f", joined between {', '.join(map(str, printed))}"
    if trend is None or trend == "constant":
        flat = rates.isel(year=0, drop=True) if printed else rates
        return (flat, "") if years is None else (flat.expand_dims(year=list(years)), "")
    if isinstance(trend, str) and trend not in TRENDS:
        raise UnknownNameError(
            f"trend {trend!r} is not known. Known: {', '.join(TRENDS)}, or a number per year."
        )
    change = parameter(f"trend_{trend}") if isinstance(trend, str) else float(trend)
    if years is None or not printed:
        raise SchemaError(
            f"{name}: a trend needs years= and the year of the prevalence (a coordinate 'year')."
        )
    if not -1 < change < 1:
        raise SchemaError(f"trend: {change} per year. Give a relative change such as -0.01.")
    when = xr.DataArray(list(years), coords={"year": list(years)})
    factor = (1 + change) ** (when - printed[0])
    return rates.isel(year=0, drop=True) * factor, f", {change:+.1%} a year from {printed[0]}"
