"""Weights: what one person of a sex and age adds to a measure.

A demand model is an array of weights (measure, [year,] sex, age).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise

import numpy as np
import xarray as xr

from yilao.schema import (
    BASES,
    LEADING_DIMS,
    OPEN_AGE,
    SEXES,
    BasisError,
    SchemaError,
    check_ages,
    check_dims,
    check_same_labels,
    check_sexes,
    check_unit_name,
    check_values,
)

KINDS: tuple[str, ...] = ("norm requirement", "need", "demand", "utilisation")
# What is known of each measure stands beside its name and travels with it.
COORDS: tuple[str, ...] = ("unit", "kind", "definition", "part_of", "setting")
LEADING: tuple[str, ...] = ("year", *LEADING_DIMS)

Band = tuple[int, int | None]
Value = float | tuple[float, float]
Rate = float | xr.DataArray


def by_age(bands: Mapping[Band, Value], *, open_age: int = OPEN_AGE) -> xr.DataArray:
    """Values by sex and single age from bands of age; outside the bands the value is 0.

    Parameters
    ----------
    bands : ``{(60, 70): 0.1, (70, None): (0.3, 0.2)}``: from the first age up to, not including,
        the second, None for no end; one value, or one for women and one for men.
    open_age : the last age, which is open.

    Returns
    -------
    xr.DataArray
        (sex, age), in the unit of the values.

    Raises
    ------
    SchemaError
        Bands overlap, leave a gap, are empty or end nowhere; a value is missing or negative; an
        age lies above the open one.

    Examples
    --------
    >>> rates = by_age({(60, 80): 0.1, (80, None): 0.4})
    >>> rates.sel(sex="male", age=[59, 60, 79, 80]).values
    array([0. , 0.1, 0.1, 0.4])
    """
    if not bands:
        raise SchemaError("bands: there are none. Give {(60, None): value}.")
    edges = sorted(bands, key=lambda band: band[0])
    for low, high in edges:
        whole = all(isinstance(a, int | np.integer) for a in (low, high) if a is not None)
        inside = whole and 0 <= low <= open_age
        if not inside or (high is not None and not low < high <= open_age):
            raise SchemaError(
                f"bands: ({low}, {high}) holds no whole ages of 0 to {open_age}+. It runs from its "
                "first age up to, not including, its second; None is no end."
            )
    for (low, high), (after, _) in pairwise(edges):
        if high is None or high > after:
            raise SchemaError(
                f"bands: ({low}, {high}) and the band from {after} overlap. Each age has one value."
            )
        if high < after:
            raise SchemaError(
                f"bands: no value from {high} to {after - 1}. Give a band for these ages, with 0 "
                "where 0 is meant."
            )
    table = np.zeros((len(SEXES), open_age + 1))
    for (low, high), value in bands.items():
        if np.size(value) not in (1, len(SEXES)):
            raise SchemaError(f"bands: {value} at {low} is neither one value nor one for each sex.")
        table[:, low : (open_age + 1 if high is None else high)] = np.reshape(value, (-1, 1))
    rates = xr.DataArray(
        table, dims=("sex", "age"), coords={"sex": list(SEXES), "age": np.arange(open_age + 1)}
    )
    check_values(rates, "bands", low=0.0)
    return rates


def check_alike(**values: Rate) -> None:
    """Raise unless arrays have identical labels along every dimension that two of them share.

    xarray would drop or fill the others without a word.
    """
    arrays = {k: v for k, v in values.items() if isinstance(v, xr.DataArray)}
    for (name_a, a), (name_b, b) in combinations(arrays.items(), 2):
        for dim in (d for d in a.dims if d in b.dims):
            check_same_labels(a, b, dim, name_a, name_b)


def weights(
    values: xr.DataArray,
    *,
    measure: str,
    unit: str,
    kind: str,
    basis: str = "resident",
    definition: str = "",
    part_of: str = "",
    setting: str = "",
    sources: Sequence[str] = (),
) -> xr.DataArray:
    """Make a demand model of values by sex and age.

    Parameters
    ----------
    values : ([year, area, scenario, draw,] sex, age), what one person adds, in ``unit``.
    measure : name of what is counted, such as ``care_beds``.
    unit : ``beds``, ``places``, ``persons``.
    kind : ``norm requirement`` (decided), ``need`` (people whose state calls for care), ``demand``
        (need that would be taken up) or ``utilisation`` (taken up).
    basis : whom it counts: ``resident`` (常住) or ``registered`` (户籍).
    definition : norm or definition in words.
    part_of : the measure of which this one is a part, so that the two are never added.
    setting : where it is: beds of care and of medical institutions are never added.
    sources : where the values come from.

    Returns
    -------
    xr.DataArray
        (measure, …, sex, age) with one measure, for ``apply`` and ``yilao.project_sums``.  The
        latter takes no leading dimension but ``year``.

    Raises
    ------
    SchemaError
        The kind is not known; measure or unit have no name, or the unit is in 万; labels or values
        are wrong.
    BasisError
        The basis is not known.

    Examples
    --------
    >>> visits = weights(by_age({(80, None): 0.5}), measure="monthly_visits", unit="visits",
    ...     kind="need", definition="half of those aged 80 and over, a trial")
    >>> visits.dims, visits.attrs["kind"]
    (('measure', 'sex', 'age'), 'need')
    """
    if kind not in KINDS:
        raise SchemaError(f"{measure}: kind {kind!r} is not known. Known: {', '.join(KINDS)}.")
    if not measure.strip():
        raise SchemaError("measure: no name. Say what is counted, such as care_beds.")
    check_unit_name(unit, measure)
    if basis not in BASES:
        raise BasisError(
            f"{measure}: the basis is {basis!r}. A norm or rate counts 'resident' (常住) or "
            "'registered' (户籍) people: say which."
        )
    check_dims(values, ("sex", "age"), measure, leading=LEADING)
    check_sexes(values, measure)
    check_ages(values, measure)
    check_values(values, measure, low=0.0)
    told = {
        "unit": unit,
        "kind": kind,
        "definition": definition,
        "part_of": part_of,
        "setting": setting,
    }
    made = values.drop_vars([c for c in values.coords if c not in values.dims])
    made = made.expand_dims(measure=[measure]).transpose("measure", ..., "sex", "age")
    made = made.assign_coords({k: ("measure", [v]) for k, v in told.items()})
    made.attrs = {"units": unit, "kind": kind, "basis": basis, "sources": list(sources)}
    return made.rename("weights")


def per_people(
    rate: Rate,
    *,
    per: float,
    measure: str,
    unit: str,
    from_age: int | None = None,
    to_age: int | None = None,
    basis: str | None = None,
    definition: str = "",
    part_of: str = "",
    setting: str = "",
    sources: Sequence[str] = (),
    open_age: int = OPEN_AGE,
) -> xr.DataArray:
    """A norm of so many per 1,000 or 10,000 people of an interval of age: D = N · rate / per.

    Parameters
    ----------
    rate : the norm, or one for each ``year`` (or area, scenario) as an array.
    per : 1000 for per 1,000, 10000 for per 10,000.
    measure, unit, definition, part_of, setting, sources : as for ``weights``.
    from_age, to_age : whom the norm counts: [from_age, to_age), to_age None is no end.
    basis : ``resident`` or ``registered``.
    open_age : the last age.

    Returns
    -------
    xr.DataArray
        (measure, [year,] sex, age), a norm requirement.

    Raises
    ------
    SchemaError
        The norm has no denominator (ages), or it is not above 0.
    BasisError
        The norm does not say whether it counts residents or the registered.

    Notes
    -----
    A norm is a decision and no random variable: vary the people and the basis, not the norm.

    Examples
    --------
    >>> vans = per_people(2, per=10_000, measure="vans", unit="vans", from_age=60,
    ...     basis="resident")
    >>> float(vans.sel(sex="male", age=60, measure="vans"))
    0.0002
    """
    if from_age is None or basis is None:
        raise SchemaError(
            f"{measure}: a norm without denominator. Say whom it counts: from_age=60 (0 for "
            "everybody) and basis='resident' or 'registered'."
        )
    norm = xr.DataArray(rate)
    check_values(norm, measure)
    if not bool((norm > 0).all()) or not per > 0:
        raise SchemaError(f"{measure}: the norm {rate} per {per} is not above 0.")
    mask = by_age({(from_age, to_age): 1.0}, open_age=open_age)
    shown = f"{rate:g}" if isinstance(rate, int | float) else "yearly norm"
    ages = "people" if (from_age, to_age) == (0, None) else f"people aged {from_age}+"
    if to_age is not None:
        ages = f"people aged {from_age} to {to_age - 1}"
    return weights(
        norm / per * mask,
        measure=measure,
        unit=unit,
        kind="norm requirement",
        basis=basis,
        definition=definition or f"{shown} per {per:,g} {ages}",
        part_of=part_of,
        setting=setting,
        sources=sources,
    )
