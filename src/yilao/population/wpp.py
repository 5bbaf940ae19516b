"""Files of the United Nations' World Population Prospects, as labelled arrays in yilao's units."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import pandas as pd
import xarray as xr

from yilao.population.wpp_files import Published, array_of, rows_of
from yilao.schema import (
    SchemaError,
    UnknownNameError,
    check_ages,
)

Paths = str | Path | Sequence[str | Path]
At = Literal["1 January", "1 July", "31 December"]

_VARIABLES = {
    "population": Published((("PopFemale", "PopMale"), ("popF", "popM")), (), 1000, "persons"),
    "mx": Published((("mxF", "mxM"),), ("mx",), 1, "deaths per person-year"),
    "asfr": Published((), ("ASFR", "asfr"), 1 / 1000, "births per woman per year", ("year", "age")),
    "asfr_pattern": Published((), ("PASFR", "pasfr"), 1 / 100, "1", ("year", "age")),
    "tfr": Published((), ("TFR", "tfr"), 1, "births per woman", ("year",)),
    "srb": Published((), ("SRB", "srb"), 1, "males per female", ("year",)),
    "net_migration": Published((("migF", "migM"),), (), 1000, "persons per step"),
    "migration_total": Published((), ("NetMigrations", "mig"), 1000, "persons per step", ("year",)),
}


def read_wpp(
    paths: Paths,
    variable: str,
    *,
    location: str | int,
    years: Iterable[int] | None = None,
    at: At | None = None,
    variant: str = "Medium",
) -> xr.DataArray:
    """Read one variable of one country from WPP's CSV files, or those of the R package wpp2024.

    Parameters
    ----------
    paths : one file or several that go on from one another (``.csv``, ``.csv.gz``, ``.zip``), such
        as ``WPP2024_Life_Table_Complete_Medium_Female_1950-2023.csv.gz`` with its men and its
        years from 2024; or data sets of wpp2024 saved as CSV (``popAge1dt``, ``mx1dt`` …).
    variable : ``population``, ``mx``, ``asfr``, ``asfr_pattern``, ``tfr``, ``srb``,
        ``net_migration`` (by sex and age, in ``migprojAge1dt`` only) or ``migration_total``.
    location : number (156), ISO code (``CHN``, in the UN's files) or name (``China``).
    years : years wanted; by default all of the files.
    at : day of a population, which the columns do not say: ``1 January`` for
        ``Population1JanuaryBySingleAgeSex``, ``1 July`` for ``PopulationBySingleAgeSex``,
        ``31 December`` for wpp2024.
    variant : projection variant, where the file has several; estimates are always taken.

    Returns
    -------
    xr.DataArray
        (year, sex, age), (year, age) or (year) in persons, deaths per person-year, births per woman
        per year, or males per female.  ``year`` of a population of 1 January is the year before,
        because a stock is of 31 December.  One of 1 July has the unit ``persons on 1 July`` and is
        no base.

    Raises
    ------
    FactsError
        A file has not the columns of the variable, a cell is no number, or a row stands twice.
    SchemaError
        Ages are not single years, a year or cell is missing, or ``at`` is missing or contradicts
        the name of the file.
    UnknownNameError
        No such variable or location.

    References
    ----------
    United Nations, World Population Prospects 2024 (2024); R package wpp2024, help page ``pop``,
    for the day of its populations.

    Notes
    -----
    Units are those of the editions 2022 and 2024: people in thousands, asfr per 1,000 women.  SRB
    is per 100 females there and per female in 2019 and in wpp2024; which, is seen by its size.
    ``asfr_pattern`` is divided by its sum, which rounding leaves within 0.001 of 1.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "WPP2024_Demographic_Indicators_Medium.csv"
    >>> _ = path.write_text(chr(10).join(["LocID,Location,Variant,Time,SRB",
    ...     "156,China,Medium,2023,111.1", "156,China,Medium,2024,110.9"]))
    >>> read_wpp(path, "srb", location=156).values.tolist()
    [1.111, 1.109]
    """
    if variable not in _VARIABLES:
        raise UnknownNameError(f"variable {variable!r} is not known. Known: {list(_VARIABLES)}.")
    published = _VARIABLES[variable]
    files = [Path(p) for p in ([paths] if isinstance(paths, str | Path) else paths)]
    if variable == "population":
        _check_day(files, at)
    parts = [rows_of(file, published, str(location), variant) for file in files]
    rows = pd.concat(parts, ignore_index=True)
    if rows.empty:
        raise UnknownNameError(
            f"{', '.join(f.name for f in files)}: no rows of location {location!r}. Give its "
            "number, such as 156, or its name as printed."
        )
    array = array_of(rows, published.dims, files[0].name) * published.factor
    if variable == "srb":
        array = _per_female(array, files[0].name)
    if variable == "asfr_pattern":
        array = _summing_to_1(array, files[0].name)
    if years is not None:
        wanted = list(years)
        if absent := [y for y in wanted if y not in array["year"].values]:
            raise SchemaError(
                f"{', '.join(f.name for f in files)}: year {absent[0]} is missing. Give the files "
                "of the years before and after 2023 together."
            )
        array = array.sel(year=wanted)
    if "age" in array.dims and variable not in ("asfr", "asfr_pattern"):
        check_ages(array, f"{files[0].name}: {variable}")
    array.attrs = {"units": published.unit, "sources": [_source(file) for file in files]}
    if "age" in array.dims:
        array.attrs["open_age"] = int(array["age"][-1])
    if variable == "population":
        array.attrs["basis"] = "resident"
        if at == "1 January":
            array = array.assign_coords(year=array["year"] - 1)
        if at == "1 July":
            array.attrs["units"] = "persons on 1 July"
    return array.rename(variable)


def _check_day(files: list[Path], at: At | None) -> None:
    if at not in ("1 January", "1 July", "31 December"):
        raise SchemaError(
            f"at: {at!r}. Say the day of the population: '1 January' (file Population1January…), "
            "'1 July' (PopulationBySingleAgeSex) or '31 December' (R package wpp2024)."
        )
    for file in files:
        named = "1 January" if "1January" in file.name else None
        if re.match(r"WPP\d{4}_PopulationBySingleAgeSex", file.name):
            named = "1 July"
        if named and named != at:
            raise SchemaError(f"{file.name}: by its name it is of {named}, at is {at!r}.")


def _source(file: Path) -> str:
    edition = re.match(r"WPP(\d{4})", file.name)
    title = "United Nations, World Population Prospects" + (f" {edition[1]}" if edition else "")
    return f"{title}, {file.name}"


def _per_female(srb: xr.DataArray, name: str) -> xr.DataArray:
    values = srb.values
    if ((values > 50) & (values < 200)).all():
        return srb / 100
    if ((values > 0.5) & (values < 2)).all():
        return srb
    raise SchemaError(f"{name}: srb from {values.min():g} to {values.max():g} is no sex ratio.")


def _summing_to_1(pattern: xr.DataArray, name: str) -> xr.DataArray:
    """Take away what rounding leaves; more than that is a fault."""
    total = pattern.sum("age")
    if (abs(total - 1) > 0.001).any():
        raise SchemaError(
            f"{name}: asfr_pattern sums to {float(total.values[0]):g} in {int(total.year[0])}, not "
            "to 1. Are all ages there?"
        )
    return pattern / total
