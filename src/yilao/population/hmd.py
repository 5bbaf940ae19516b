"""Text files of the Human Mortality Database and the Human Fertility Database."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import xarray as xr

from yilao.population.hmd_files import (
    array_of,
    missing_by_year,
    of_country,
    of_territory,
    read_text,
)
from yilao.schema import SEXES, FactsError, SchemaError, check_ages

# What a file is, by the words of its first line, with the name and unit of its values.
_KINDS = {
    "death rates": ("mx", "deaths per person-year"),
    "deaths": ("deaths", "persons"),
    "exposure": ("exposure", "person-years"),
    "population size": ("population", "persons"),
}
_HFD_KINDS = {
    "fertility rates": "births per woman per year",
    "births": "persons",
    "exposure": "person-years",
}
_LIFE_TABLE = {
    "mx": ("deaths per person-year", 1.0),
    "qx": ("1", 1.0),
    "ax": ("years", 1.0),
    "lx": ("1", 100_000.0),
    "dx": ("1", 100_000.0),
    "Lx": ("years", 100_000.0),
    "Tx": ("years", 100_000.0),
    "ex": ("years", 1.0),
}


def read_hmd(
    path: str | Path, *, territory: Literal["before", "after"] | None = None
) -> xr.DataArray:
    """Read deaths, exposures, population or death rates by sex and single age.

    Parameters
    ----------
    path : ``Deaths_1x1.txt``, ``Exposures_1x1.txt``, ``Population.txt`` or ``Mx_1x1.txt``; what it
        is, is read from its first line.
    territory : which of two populations to take where the territory changed on 1 January:
        ``before`` (``1975-``) or ``after`` (``1975+``).  Needed only where a file has such years.

    Returns
    -------
    xr.DataArray
        (year, sex, age): persons, person-years, or deaths per person-year.
        ``year`` of a population is the year before the one printed, because the file is of
        1 January and a stock of 31 December.  A value printed as "." is NaN, never zero, and
        ``attrs["missing"]`` tells how many there are by year.

    Raises
    ------
    FactsError
        The file is of another kind, a row is too short, or a cell is no number.
    SchemaError
        Ages or years are not single, a year and age is missing or stands twice, or the territory
        changed and ``territory`` is not given.

    References
    ----------
    Human Mortality Database, www.mortality.org; R package HMDHFDplus, help page ``readHMD``, for
    the signs of the years.

    Notes
    -----
    The column ``Total`` is not read.  The population is taken as resident.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "Deaths_1x1.txt"
    >>> lines = ["Nowhere, Deaths (period 1x1), Last modified: 1 Jan 2024", "",
    ...     "Year Age Female Male Total", "2020 0 3.00 4.00 7.00", "2020 1+ 90.50 . ."]
    >>> _ = path.write_text(chr(10).join(lines))
    >>> deaths = read_hmd(path)
    >>> float(deaths.sel(year=2020, sex="female", age=1)), deaths.attrs["missing"]
    (90.5, ['2020: 1 value(s)'])
    """
    table = read_text(Path(path))
    kind = next((k for k in _KINDS if k in table.title.casefold()), None)
    if kind is None or not {"Female", "Male"} <= set(table.fields):
        raise FactsError(
            f"{table.name}: not deaths, exposures, population or death rates by sex: its first "
            f"line is {table.title!r}, its columns are {list(table.fields)}."
        )
    name, unit = _KINDS[kind]
    rows = of_territory(table, territory) if name == "population" else table.rows
    array = array_of(table.name, rows, ("Female", "Male"))
    array = array.rename(field="sex").assign_coords(sex=list(SEXES)).transpose("year", "sex", "age")
    check_ages(array, f"{table.name}: {name}")
    array.attrs = {"units": unit, "open_age": int(array["age"][-1]), "sources": [table.title]}
    if name == "population":
        array = array.assign_coords(year=array["year"] - 1)
        array.attrs["basis"] = "resident"
    array.attrs["missing"] = missing_by_year(array)
    return array.rename(name)


def read_hmd_life_tables(women: str | Path, men: str | Path) -> xr.Dataset:
    """Read the period life tables of women and men, ``fltper_1x1.txt`` and ``mltper_1x1.txt``.

    Returns
    -------
    xr.Dataset
        ``mx qx ax lx dx Lx Tx ex`` (year, sex, age); radix 1, as everywhere in yilao (the files
        have 100,000).  "." is NaN; ``attrs["missing"]`` of each variable tells where.

    Raises
    ------
    FactsError, SchemaError
        As for ``read_hmd``; or a file is of the other sex, or both have different years or ages.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name, sex in (("fltper", "Females"), ("mltper", "Males")):
    ...     lines = [f"Nowhere, Life tables (period 1x1), {sex}", "",
    ...         "Year Age mx qx ax lx dx Lx Tx ex",
    ...         "2020 0 0.01 0.01 0.14 100000 1000 99140 8099140 80.99",
    ...         "2020 1+ 0.0125 1 80 99000 99000 8000000 8000000 80.81"]
    ...     _ = (folder / f"{name}_1x1.txt").write_text(chr(10).join(lines))
    >>> tables = read_hmd_life_tables(folder / "fltper_1x1.txt", folder / "mltper_1x1.txt")
    >>> tables["lx"].sel(year=2020, sex="male").values.tolist()
    [1.0, 0.99]
    """
    parts = []
    for path, sex in ((women, "female"), (men, "male")):
        table = read_text(Path(path))
        title = table.title.casefold()
        found = "female" if "female" in title else "male" if "male" in title else None
        if "life table" not in title or found != sex:
            raise FactsError(
                f"{table.name}: not the life table of {sex}s: its first line is {table.title!r}."
            )
        if absent := [c for c in _LIFE_TABLE if c not in table.fields]:
            raise FactsError(f"{table.name}: column {absent[0]!r} is missing.")
        array = array_of(table.name, table.rows, tuple(_LIFE_TABLE))
        check_ages(array, table.name)
        parts.append(array.assign_attrs(source=table.title))
    for dim in ("year", "age"):
        if not parts[0].indexes[dim].equals(parts[1].indexes[dim]):
            raise SchemaError(
                f"{Path(women).name} and {Path(men).name}: the {dim}s of women and men differ. "
                "Take both from one edition."
            )
    both = xr.concat(parts, dim="sex", combine_attrs="drop").assign_coords(sex=list(SEXES))
    both = both.transpose("field", "year", "sex", "age")
    tables = {}
    for i, (name, (unit, radix)) in enumerate(_LIFE_TABLE.items()):
        values = both.isel(field=i, drop=True) / radix
        values.attrs = {"units": unit, "missing": missing_by_year(values)}
        tables[name] = values
    return xr.Dataset(tables, attrs={"sources": [part.attrs["source"] for part in parts]})


def read_hfd(path: str | Path, *, country: str | None = None) -> xr.Dataset:
    """Read fertility rates, births or exposures by calendar year and age of the mother.

    Parameters
    ----------
    path : file such as ``asfrRR.txt``, ``birthsRR.txt`` or ``exposRR.txt``.
    country : code, where the file has several countries.

    Returns
    -------
    xr.Dataset
        A variable (year, age) for each column, by its name in small letters (``asfr``), with unit,
        sources and ``missing``.  ``first_age`` and ``open_age`` are the ages that take in everyone
        below and above (``12-``, ``55+``).

    Raises
    ------
    FactsError, SchemaError
        As for ``read_hmd``.
    UnknownNameError
        The country is not in the file, or is not given and the file has several.

    References
    ----------
    Human Fertility Database, www.humanfertility.org.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "asfrRR.txt"
    >>> lines = ["Nowhere, Period fertility rates by calendar year and age", "Last modified: x",
    ...     "Year Age ASFR", "2020 12- 0.00001", "2020 13 0.00012", "2020 14+ 0.00100"]
    >>> _ = path.write_text(chr(10).join(lines))
    >>> read_hfd(path)["asfr"].values.tolist()
    [[1e-05, 0.00012, 0.001]]
    """
    table = read_text(Path(path))
    unit = next((u for k, u in _HFD_KINDS.items() if k in table.title.casefold()), None)
    if unit is None:
        raise FactsError(
            f"{table.name}: not fertility rates, births or exposures: its first line is "
            f"{table.title!r}."
        )
    rows = of_country(table, country)
    fields = tuple(f for f in table.fields if f != "Code")
    array = array_of(table.name, rows, fields)
    title = table.title if country is None else f"{country}, {table.title}"
    dataset = xr.Dataset()
    for i, field in enumerate(fields):
        values = array.isel(field=i, drop=True)
        values.attrs = {"units": unit, "sources": [title], "missing": missing_by_year(values)}
        dataset[field.casefold()] = values
    ages = array["age"].values
    return dataset.assign_attrs(first_age=int(ages[0]), open_age=int(ages[-1]), sources=[title])
