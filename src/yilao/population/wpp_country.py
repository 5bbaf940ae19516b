"""A country run from the files of World Population Prospects: its base and its rates."""

from __future__ import annotations

from collections.abc import Iterable

import xarray as xr

from yilao.mortality import life_table, survival_ratios
from yilao.population.wpp import At, Paths, read_wpp
from yilao.schema import (
    LEADING_DIMS,
    SchemaError,
    check_dims,
    check_same_labels,
    check_variable,
    sources_of,
)


def wpp_base(paths: Paths, *, location: str | int, year: int, at: At = "1 January") -> xr.DataArray:
    """Read a base population (sex, age) of 31 December of ``year`` from WPP's files.

    Parameters
    ----------
    paths, location, at : as for ``read_wpp``; the file of 1 January ``year`` + 1 is the one wanted,
        and that of 1 July will not do.
    year : year of the stock; the population of 1 January 2024 is that of 2023.

    Raises
    ------
    SchemaError
        The year is missing, or the population is of 1 July.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "WPP2024_Population1JanuaryBySingleAgeSex_Medium.csv"
    >>> _ = path.write_text(chr(10).join(["LocID,Time,AgeGrpStart,AgeGrpSpan,PopMale,PopFemale",
    ...     "156,2024,0,1,4.5,4.0", "156,2024,1,-1,90,80"]))
    >>> base = wpp_base(path, location=156, year=2023)
    >>> int(base["year"]), base.sel(sex="female").values.tolist()
    (2023, [4000.0, 80000.0])
    """
    if at == "1 July":
        raise SchemaError(
            "at: a population of 1 July is no base. Use Population1JanuaryBySingleAgeSex, the "
            "population of 1 January of the next year."
        )
    published = year + 1 if at == "1 January" else year
    base = read_wpp(paths, "population", location=location, years=[published], at=at)
    base = base.sel(year=year)
    check_variable(base, "population")
    return base


def wpp_rates(
    *,
    life_tables: Paths,
    fertility: Paths,
    indicators: Paths,
    migration: Paths | xr.DataArray | None,
    location: str | int,
    years: Iterable[int],
    variant: str = "Medium",
) -> xr.Dataset:
    """Read the rates of one country from WPP's files, ready for ``yilao.project``.

    Parameters
    ----------
    life_tables : complete life tables of women and men (``mx``).
    fertility : ``Fertility_by_Age1`` (``ASFR``); ages outside the published ones bear no children.
    indicators : ``Demographic_Indicators`` (``SRB``, ``NetMigrations``), or ``sexRatio1dt``.
    migration : net migration by sex and age (``migprojAge1dt`` of wpp2024); or a profile (sex, age)
        that sums to 1, for the totals of ``indicators``, as the UN's files have no ages of
        migrants; or None for a closed population.
    location, years, variant : as for ``read_wpp``.

    Returns
    -------
    xr.Dataset
        ``survival_ratio, asfr, srb`` and ``net_migration``, or ``migration_total`` with
        ``migration_profile``.

    Raises
    ------
    FactsError, SchemaError, UnknownNameError
        As for ``read_wpp``; or the ages of two files differ.

    Notes
    -----
    Survival ratios come from mx by ``mortality.life_table``, not from the printed columns.  The
    UN's own projection is thus followed, not repeated to the last digit; by how much the results
    differ was not measured.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> folder = Path(tempfile.mkdtemp())
    >>> tables = {"mx": ["mxF,mxM", "0.01,0.012", "0.001,0.002", "0.1,0.12"],
    ...     "pop": ["popF,popM", "10,11", "12,12", "20,15"],
    ...     "asfr": ["asfr", "0", "90", "0"], "mig": ["migF,migM", "0,0", "-0.5,1", "0,0"]}
    >>> for name, (head, *rows) in tables.items():
    ...     lines = [f"country_code,year,age,{head}", *(f"999,2024,{a},{r}" for a, r in
    ...         enumerate(rows))]
    ...     _ = (folder / f"{name}.csv").write_text(chr(10).join(lines))
    >>> srb = ["country_code,year,srb", "999,2024,1.05"]
    >>> _ = (folder / "srb.csv").write_text(chr(10).join(srb))
    >>> rates = wpp_rates(life_tables=folder / "mx.csv", fertility=folder / "asfr.csv",
    ...     indicators=folder / "srb.csv", migration=folder / "mig.csv", location=999, years=[2024])
    >>> from yilao.projection import project
    >>> base = wpp_base(folder / "pop.csv", location=999, year=2024, at="31 December")
    >>> float(project(base.assign_coords(year=2023), rates).net_migration.sum())
    500.0
    """
    wanted = list(years)

    def read(paths: Paths, variable: str) -> xr.DataArray:
        return read_wpp(paths, variable, location=location, years=wanted, variant=variant)

    mx = read(life_tables, "mx")
    asfr = read(fertility, "asfr")
    if asfr["age"][-1] > mx["age"][-1]:
        raise SchemaError("asfr: it has ages above those of the life tables. Use one edition.")
    attrs = asfr.attrs | {"open_age": mx.attrs["open_age"]}
    asfr = asfr.reindex(age=mx["age"], fill_value=0.0).assign_attrs(attrs)
    rates = {
        "survival_ratio": survival_ratios(life_table(mx)),
        "asfr": asfr,
        "srb": read(indicators, "srb"),
    }
    if isinstance(migration, xr.DataArray):
        check_dims(migration, ("sex", "age"), "migration", leading=("year", *LEADING_DIMS))
        check_same_labels(mx, migration, "age", "life_tables", "migration")
        rates["migration_profile"] = migration
        rates["migration_total"] = read(indicators, "migration_total")
    elif migration is not None:
        rates["net_migration"] = read(migration, "net_migration")
        check_same_labels(mx, rates["net_migration"], "age", "life_tables", "migration")
    dataset = xr.Dataset(rates)
    return dataset.assign_attrs(sources=sources_of(*rates.values()))
