"""A place of your own: from a table of its census age groups, or a county of a census table."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from yilao.place.packaged import Place
from yilao.population import Counties, groups_from_rows
from yilao.population.tidy import tidy_rows
from yilao.scenario import Inputs
from yilao.schema import OPEN_AGE, BasisError, FactsError, SchemaError, check_variable


def read_place(path: str | Path, *, name: str | None = None) -> Place:
    """Read a place of your own from a table of its census age groups.

    Parameters
    ----------
    path : CSV or Excel file with columns ``date, basis, sex, age_low, age_high, value, unit``, or
        their Chinese names (see ``population.read_groups``); ``date`` is
        2020-11-01 (and 2010-11-01 for a second census, which makes the variant ``trend``
        possible), ``age_high`` is empty in the open group, ``unit`` is persons.  Single ages may be
        given for 2020-12-31 instead.
    name : what to call the place; by default the name of the file.

    Returns
    -------
    Place
        Mortality is the national standard, fertility the national pattern at the level that the
        infants of the table show.

    Raises
    ------
    FactsError, SchemaError, BasisError
        A column, age or sex is missing, the unit is 万, or the basis is not resident.
    """
    path = Path(path)
    if not path.is_file():
        raise FactsError(f"{path}: no such file. Give a CSV table of census age groups.")
    rows = tidy_rows(path)
    for i, row in enumerate(rows, 2):
        if row["basis"] != "resident":
            raise BasisError(
                f"{path.name}, row {i}, basis: {row['basis']!r}. Rates and norms here are those of "
                "residents (常住); a registered (户籍) base cannot be mixed with them."
            )
    dates = dict.fromkeys(row["date"] for row in rows)
    if unknown := [d for d in dates if d not in ("2010-11-01", "2020-11-01", "2020-12-31")]:
        raise FactsError(
            f"{path.name}, date: {unknown[0]!r} is not known. Age groups are split for 2020-11-01 "
            "(with 2010-11-01 beside it for migration); single ages may be of 2020-12-31."
        )
    tables = {
        d: groups_from_rows(
            [r for r in rows if r["date"] == d], f"{path.name} ({d})", [f"{path.name}, {d}"]
        ).assign_attrs(basis="resident", date=d)
        for d in dates
    }
    if {"2020-11-01", "2020-12-31"} <= set(tables):
        raise FactsError(
            f"{path.name}: rows of 2020-11-01 and of 2020-12-31. Keep one of the two as the base."
        )
    for date, table in tables.items():
        if date.endswith("11-01") and (table % 1 != 0).any():
            raise SchemaError(
                f"{path.name} ({date}): a census counts whole persons, but not all values are "
                "whole. Are they in 万? Multiply by 10,000."
            )
    given = tables.get("2020-11-01", tables.get("2020-12-31"))
    if given is None:
        raise FactsError(f"{path.name}: no rows of 2020. A base of 2020-11-01 is needed.")
    if given.attrs["date"].endswith("12-31"):
        given = _single_ages(given, path.name)
    title = name or path.stem
    return Place(
        # A name that no packaged place can have, so that no figure of another is taken for its own.
        id=f"own:{title}",
        name_zh=title,
        name_en=title,
        inputs=Inputs(census_2020=given, census_2010=tables.get("2010-11-01")),
    )


def _single_ages(groups: xr.DataArray, name: str) -> xr.DataArray:
    single = groups.rename(age_low="age").assign_coords(year=2020)
    if single.sizes["age"] != OPEN_AGE + 1:
        raise SchemaError(
            f"{name}: a base of 2020-12-31 needs single ages 0 … 100+, it has "
            f"{single.sizes['age']} groups. Give age groups of 2020-11-01 instead."
        )
    check_variable(single, "population", as_name=name)
    return single.assign_attrs(open_age=OPEN_AGE)


def place_of_county(
    table: Counties,
    county: str,
    *,
    earlier: Counties | None = None,
    county_then: str | None = None,
) -> Place:
    r"""Make a place of one county of a census table, so that any county can be projected.

    Parameters
    ----------
    table : the census of 2020-11-01, from ``population.read_counties``.
    county : six-digit code, full name, or a name that no other area has.
    earlier : the census of 2010-11-01, which makes the variant ``trend`` possible.
    county_then : code or name in ``earlier``, where it was another.

    Returns
    -------
    Place
        Mortality is the national standard, fertility the national pattern at the level that the
        infants of the table show.

    Raises
    ------
    UnknownNameError
        The county is not in the table, was left out, or its name means more than one.
    FactsError, BasisError
        A table is of another day, or not of residents.

    Notes
    -----
    Boundaries are not compared: where a county has gained or lost people by a change of boundary
    between the two censuses, ``trend`` takes them for migrants.  A ratio of the two totals far from
    1 is a reason to look it up.

    Examples
    --------
    >>> import tempfile
    >>> from yilao import facts
    >>> from yilao.population import read_counties
    >>> path = Path(tempfile.mkdtemp()) / "counties.csv"
    >>> head = "place,code,sex,age_low,age_high,value"
    >>> rows = facts.series("census_population_2020.csv", "ankang-ningshan")
    >>> lines = [f"陕西省|安康市|宁陕县,610923,{r.sex},{r.age_low:.0f},"
    ...     f"{'' if r.age_high != r.age_high else int(r.age_high)},{r.value:.0f}"
    ...     for r in rows.itertuples()]
    >>> _ = path.write_text("\n".join([head, *lines]), encoding="utf-8")
    >>> table = read_counties(path, basis="resident", date="2020-11-01")
    >>> place = place_of_county(table, "宁陕县")
    >>> place.name_zh, place.variants
    ('宁陕县', ('no-migration',))
    """
    wanted = [(table, county, "2020-11-01")]
    if earlier is not None:
        wanted.append((earlier, county_then or county, "2010-11-01"))
    found = []
    for counties, name, date in wanted:
        attrs = counties.population.attrs
        if attrs["date"] != date:
            raise FactsError(f"county {name!r}: the table is of {attrs['date']}, needed is {date}.")
        if attrs["basis"] != "resident":
            raise BasisError(
                f"county {name!r}: the table is {attrs['basis']}. Rates and norms here are those "
                "of residents (常住); a registered (户籍) base cannot be mixed with them."
            )
        found.append(counties.county(name))
    full = found[0].attrs["place_zh"]
    return Place(
        id=f"own:{full}",
        name_zh=full.rpartition("|")[2],
        name_en=full.rpartition("|")[2],
        inputs=Inputs(census_2020=found[0], census_2010=found[1] if found[1:] else None),
    )
