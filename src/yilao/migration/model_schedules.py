"""Rogers and Castro's model schedule of migration, and the United Nations' family profile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from yilao.schema import OPEN_AGE, SEXES, SchemaError, UnknownNameError, check_values

# Numbers or arrays by name; a Dataset serves, whose type is that of a mapping from anything.
Parameters = Mapping[Any, Any]

# The parameters of each component, in the order of the 13-parameter schedule.
COMPONENTS: dict[str, tuple[str, ...]] = {
    "childhood": ("a1", "alpha1"),
    "labour": ("a2", "alpha2", "mu2", "lambda2"),
    "retirement": ("a3", "alpha3", "mu3", "lambda3"),
    "post_retirement": ("a4", "lambda4"),
    "constant": ("c",),
}
# Number of parameters: the components of the schedule.
FORMS: dict[int, tuple[str, ...]] = {
    7: ("childhood", "labour", "constant"),
    9: ("childhood", "labour", "post_retirement", "constant"),
    11: ("childhood", "labour", "retirement", "constant"),
    13: tuple(COMPONENTS),
}


def names_of(form: int) -> tuple[str, ...]:
    """Parameters of the schedule with 7, 9, 11 or 13 of them, in order."""
    return tuple(name for component in FORMS[form] for name in COMPONENTS[component])


def _present(parameters: Parameters) -> tuple[str, ...]:
    given = {str(name) for name in parameters}
    for form, components in FORMS.items():
        if given == set(names_of(form)):
            return components
    known = set(names_of(13))
    if unknown := sorted(given - known):
        raise SchemaError(
            f"parameters: {unknown[0]!r} is not known. A schedule has some of {list(names_of(13))}."
        )
    raise SchemaError(
        f"parameters: {sorted(given)} are no schedule of 7, 9, 11 or 13 parameters. Needed are "
        f"{list(names_of(7))}, and with them {list(COMPONENTS['post_retirement'])}, "
        f"{list(COMPONENTS['retirement'])}, both or neither."
    )


def rogers_castro_components(
    parameters: Parameters, ages: Iterable[int] | None = None
) -> xr.DataArray:
    """Components of a model migration schedule by age, each by its name.

    childhood a1 exp(-alpha1 x); labour a2 exp(-alpha2 (x - mu2) - exp(-lambda2 (x - mu2)));
    retirement a3 exp(-alpha3 (x - mu3) - exp(-lambda3 (x - mu3))); post_retirement
    a4 exp(lambda4 x); constant c.

    Parameters
    ----------
    parameters : by name, numbers or arrays with leading dimensions (such as ``sex``); a
        `xarray.Dataset` serves.  7: a1, alpha1, a2, alpha2, mu2, lambda2, c; 9: with a4, lambda4;
        11: with a3, alpha3, mu3, lambda3; 13: with both.
    ages : x, by default 0 … 100.

    Returns
    -------
    xr.DataArray
        migration_schedule (component, ..., age), in the unit of the a and c.

    Raises
    ------
    SchemaError
        The parameters are not those of a schedule with 7, 9, 11 or 13, or one is missing (NaN).

    References
    ----------
    Rogers and Castro 1981, Model Migration Schedules (IIASA RR-81-30).

    Notes
    -----
    x is the lower bound of the age, as in the R package DemoTools; a schedule fitted at the middle
    of the year of age is half a year older.

    Examples
    --------
    >>> parts = rogers_castro_components({"a1": 0.02, "alpha1": 0.1, "a2": 0.06, "alpha2": 0.1,
    ...     "mu2": 20, "lambda2": 0.4, "c": 0.003})
    >>> parts["component"].values.tolist()
    ['childhood', 'labour', 'constant']
    >>> int(parts.sel(component="labour").idxmax("age"))
    23
    """
    present = _present(parameters)
    for name in parameters:
        check_values(xr.DataArray(parameters[name]), str(name))
    at = np.arange(OPEN_AGE + 1) if ages is None else np.array([*ages])
    x = xr.DataArray(at, dims="age", coords={"age": at})
    p = parameters

    def hump(i: int) -> xr.DataArray:
        from_peak = x - p[f"mu{i}"]
        return p[f"a{i}"] * np.exp(  # type: ignore[no-any-return]
            -p[f"alpha{i}"] * from_peak - np.exp(-p[f"lambda{i}"] * from_peak)
        )

    one = xr.ones_like(x, dtype=float)
    formula: dict[str, Callable[[], xr.DataArray]] = {
        "childhood": lambda: p["a1"] * np.exp(-p["alpha1"] * x),
        "labour": lambda: hump(2),
        "retirement": lambda: hump(3),
        "post_retirement": lambda: p["a4"] * np.exp(p["lambda4"] * x),
        "constant": lambda: p["c"] * one,
    }
    # A component far from its peak is 0: exp(-exp(large)) is no fault.
    with np.errstate(over="ignore", under="ignore"):
        parts: list[xr.DataArray] = [formula[name]() for name in present]
    joined = xr.concat(parts, dim="component", join="exact")
    joined = joined.assign_coords(component=list(present))
    return joined.transpose("component", ..., "age").rename("migration_schedule")


def rogers_castro(parameters: Parameters, ages: Iterable[int] | None = None) -> xr.DataArray:
    """Model migration schedule of Rogers and Castro by age: the sum of its components.

    Parameters
    ----------
    parameters, ages : as for `rogers_castro_components`, which has the formulas.

    Returns
    -------
    xr.DataArray
        migration_schedule (..., age), in the unit of the a and c, usually a rate per person and
        year, or a share where it is made to sum to 1.

    Raises
    ------
    SchemaError
        The parameters are not those of a schedule with 7, 9, 11 or 13.

    References
    ----------
    Rogers and Castro 1981, Model Migration Schedules (IIASA RR-81-30).

    Examples
    --------
    >>> rogers_castro({"a1": 0.02, "alpha1": 0.1, "a2": 0.06, "alpha2": 0.1, "mu2": 20,
    ...     "lambda2": 0.4, "c": 0.003}, [0, 25, 60]).values.round(4)
    array([0.023 , 0.0364, 0.0041])
    """
    return rogers_castro_components(parameters, ages).sum("component").rename("migration_schedule")


# Parameters for females and males.  family: they give back the profile ``mig_un_families`` of
# DemoTools 01.13.87 to rounding (the table ``mig_un_params`` beside it there, of another run of its
# estimation, comes within 0.33 % of the profile below age 60).  The labour families: fitted with
# `fit_rogers_castro` to the United Nations' shares by five-year group, ages 0-79, whose c is 0.
_UN_FAMILIES: dict[str, dict[str, tuple[float, float]]] = {
    "family": {
        "a1": (0.007855148906550456, 0.007849788538897368),
        "alpha1": (0.16599694113009697, 0.16579512596971743),
        "a2": (0.04675904535550413, 0.042749718901919656),
        "alpha2": (0.09488261381059654, 0.08696012449587925),
        "mu2": (19.746736997573407, 19.72600534689786),
        "lambda2": (0.19726594708298395, 0.19812904403740547),
        "c": (9.377283185492145e-05, 0.00011605485051419081),
    },
    "male_labour": {
        "a1": (0.00585465, 0.00596161),
        "alpha1": (0.174002, 0.180262),
        "a2": (0.0312267, 0.0576099),
        "alpha2": (0.0894268, 0.0821512),
        "mu2": (19.1396, 19.1872),
        "lambda2": (0.217684, 0.216370),
        "c": (0.0, 0.0),
    },
    "female_labour": {
        "a1": (0.0109539, 0.0107884),
        "alpha1": (0.174002, 0.170095),
        "a2": (0.0584242, 0.0266070),
        "alpha2": (0.0894271, 0.0821621),
        "mu2": (19.1397, 19.1877),
        "lambda2": (0.217686, 0.216281),
        "c": (0.0, 0.0),
    },
}
# DemoTools sums the ages 100 to 120 into its open group.
_UN_LAST_AGE = 120


def un_family(family: str = "family") -> xr.DataArray:
    """Migration profile by sex and age of one of the United Nations' families of migrants.

    Parameters
    ----------
    family : ``family``, ``male_labour`` or ``female_labour``; the same for in- and outmigration.

    Returns
    -------
    xr.DataArray
        migration_profile (sex, age 0 … 100+), unit 1, summing to 1 over both sexes.

    Raises
    ------
    UnknownNameError
        The family does not exist.

    References
    ----------
    United Nations Population Division, spreadsheet of migration age profiles, as distributed and
    fitted by the R package DemoTools 01.13.87 (``mig_un_fam``).

    Notes
    -----
    The three families have one shape for each sex and differ in the share of the sexes (50, 66 and
    36 % males) and of children (11, 8 and 14 % under 15).  The schedule of ``family`` keeps
    DemoTools' constant, which puts 1.3 % of the migrants at 80 and over, twice what the labour
    families have; these miss the United Nations' groups by 0.6 % of the migrants in all.

    Examples
    --------
    >>> profile = un_family("male_labour")
    >>> profile.sum("age").round(2).values
    array([0.34, 0.66])
    >>> round(float(un_family().sum()), 9)
    1.0
    """
    if family not in _UN_FAMILIES:
        raise UnknownNameError(
            f"family {family!r} does not exist. Known: {', '.join(_UN_FAMILIES)}."
        )
    parameters = {
        name: xr.DataArray(list(values), dims="sex", coords={"sex": list(SEXES)})
        for name, values in _UN_FAMILIES[family].items()
    }
    single = rogers_castro(parameters, range(_UN_LAST_AGE + 1))
    shares = single.isel(age=slice(0, OPEN_AGE + 1)).copy()
    shares[{"age": OPEN_AGE}] = single.isel(age=slice(OPEN_AGE, None)).sum("age")
    source = "United Nations, migration age profiles; DemoTools 01.13.87"
    return (shares / shares.sum()).rename("migration_profile").assign_attrs(
        units="1", sources=[source]
    )  # fmt: skip
