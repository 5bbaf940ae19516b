"""Census tables of counties: which rows are areas, which are sums of them, and do they add up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from yilao.population.county_cells import Cells, clean_name, read_cells
from yilao.population.county_totals import missed_sums, missed_totals
from yilao.schema import BASES, SEXES, BasisError, FactsError, SchemaError, UnknownNameError

# Rows that gather other rows, by the last part of their name.
_DIRECT = ("省直辖县级行政区划", "自治区直辖县级行政区划")
_GATHERING = ("市辖区", "县", *_DIRECT)


@dataclass(frozen=True, eq=False)
class Counties:
    """The areas of a county census table, and what was made of each of its rows.

    Attributes
    ----------
    population : (area, sex, age_low) persons of every complete area.  The label of an area is its
        six-digit code, or its full name where it has none; the coordinate ``place`` is the full
        name.
    report : one row per area of the file: ``place, code, kind, area`` (label in ``population``, or
        empty), ``persons`` (NaN where a cell is missing), ``row`` and ``note``.  ``kind`` is
        ``county`` (has a code), ``zone`` (has none), ``incomplete`` (a cell is missing; left out),
        ``subtotal`` or ``total`` (the sum of others; left out, used to check).
    faults : sums that miss the printed total, one sentence each.
    left_out : columns and rows that were not used, one sentence each.
    """

    population: xr.DataArray
    report: pd.DataFrame
    faults: tuple[str, ...]
    left_out: tuple[str, ...]

    def county(self, name: str) -> xr.DataArray:
        """Return one area (sex, age_low) by code, full name, or a name that no other area has.

        Raises
        ------
        UnknownNameError
            No area has the name, more than one has, or its row was left out; the message says so.
        """
        wanted = clean_name(str(name))
        report = self.report
        last = report["place"].str.rpartition("|")[2]
        hits = report[(report["code"] == wanted) | (report["place"] == wanted) | (last == wanted)]
        usable = hits[hits["area"] != ""]
        if len(usable) == 1:
            area = usable["area"].iloc[0]
            chosen = self.population.sel(area=area)
            return chosen.assign_attrs(area=area, place_zh=usable["place"].iloc[0])
        if usable.empty and not hits.empty:
            place, kind, note = hits[["place", "kind", "note"]].iloc[0]
            raise UnknownNameError(f"county {name!r}: {place} was left out ({kind}: {note}).")
        if not usable.empty:
            shown = "; ".join(f"{p} ({a})" for p, a in usable[["place", "area"]].values[:8])
            raise UnknownNameError(
                f"county {name!r} means {len(usable)} areas: {shown}. Use the code."
            )
        near = report[report["place"].str.contains(wanted, regex=False) & (report["area"] != "")]
        shown = "; ".join(f"{p} ({a})" for p, a in near[["place", "area"]].values[:8])
        raise UnknownNameError(
            f"county {name!r} is not in the table. "
            + (f"Similar: {shown}." if shown else "Give a code or a name as printed.")
        )


def read_counties(
    path: str | Path,
    *,
    totals: str | Path | None = None,
    faults: Literal["raise", "report"] = "raise",
    year: int | None = None,
    basis: str | None = None,
    date: str | None = None,
) -> Counties:
    r"""Read a census table of counties by sex and age group, long or wide, and check its sums.

    Parameters
    ----------
    path : CSV (also gzipped) or Excel file.  Long: ``place, code, sex, age_low, age_high, value``,
        a row per cell.  Wide: a row per area and a column per sex and age group, such as 男_0岁,
        女_1-4岁, 85岁及以上_男, F_85+.  ``place`` (地区) is a path such as 浙江省|杭州市|上城区; in
        its stead ``province, prefecture, county`` (省, 市, 县).  ``code`` (代码) is empty or 0
        where an area has none.
    totals : another table of either layout with provinces, prefectures or the nation, to whose
        cells the counties must add up.
    faults : ``raise`` where sums miss printed totals, or ``report`` them in the result.
    year : which year, where the table has several.
    basis, date : ``resident`` (常住) or ``registered`` (户籍), and the day of the count, where the
        table does not state them.

    Returns
    -------
    Counties

    Raises
    ------
    FactsError
        The file, a row or a cell cannot be read (each is named), or sums miss printed totals.
    SchemaError
        Age groups leave a hole, a value is negative or not whole, or the unit is not persons.
    BasisError
        The basis is neither stated nor given.

    Notes
    -----
    Checked are: ages against the printed total of an area (rows without ages, columns such as 合计,
    broader groups), women and men against both, counties against the subtotals 市辖区 and 县 of
    municipalities and those of counties directly under a province, and against prefectures,
    provinces and the nation in this table or in ``totals``.  A fault that two cells share with
    opposite sign inside one sum cannot be seen.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "wide.csv"
    >>> lines = ["地区,代码,女_0-59岁,女_60岁以上,男_0-59岁,男_60岁以上,合计",
    ...     "甲省|乙市|  丙县,990121,40,9,42,8,99", "甲省|乙市|高新区,,10,1,12,1,24"]
    >>> _ = path.write_text("\n".join(lines), encoding="utf-8")
    >>> table = read_counties(path, basis="resident", date="2020-11-01")
    >>> table.population["area"].values.tolist(), float(table.county("丙县").sum())
    (['990121', '甲省|乙市|高新区'], 99.0)
    """
    path = Path(path)
    cells = read_cells(path, year)
    known = {"basis": basis, "date": date}
    for key, given in known.items():
        stated = cells.attrs.get(key)
        if given is not None and stated not in (None, given):
            raise FactsError(f"{path.name}, {key}: the table says {stated!r}, {given!r} is given.")
        known[key] = given or stated
    if known["basis"] not in BASES:
        raise BasisError(
            f"{path.name}: the basis is {known['basis']!r}. Give basis='resident' (常住) or "
            "'registered' (户籍)."
        )
    if known["date"] is None:
        raise FactsError(f"{path.name}: the day of the count is not stated. Give date=.")
    groups = _groups(cells)
    values = cell_values(cells, groups)
    report = _report(cells, values)
    found, unused = missed_totals(cells, groups, values)
    found += missed_sums(cells.name, report, values, groups)[0]
    left_out = (*cells.left_out, *unused)
    if totals is not None:
        upper = read_cells(Path(totals), year if year is not None else int(known["date"][:4]))
        upper_values = cell_values(upper, groups)
        if np.isnan(upper_values).all():
            raise FactsError(
                f"{upper.name}: none of its age groups is one of {path.name}. Give totals of the "
                "same groups."
            )
        above = (upper.name, _report(upper, upper_values), upper_values)
        missed, alone = missed_sums(cells.name, report, values, groups, above)
        found += missed
        if alone:
            left_out += (
                f"{len(alone)} totals of {upper.name} have no areas here: {', '.join(alone)}",
            )
    if found and faults == "raise":
        raise FactsError(
            f"{path.name}: {len(found)} sum(s) miss the printed total: {' '.join(found[:5])} "
            "Correct the table, or read it with faults='report' and judge."
        )
    kept = (report["area"] != "").to_numpy()
    population = xr.DataArray(
        values[kept],
        dims=("area", "sex", "age_low"),
        coords={
            "area": report.loc[kept, "area"].to_numpy(dtype=str),
            "sex": list(SEXES),
            "age_low": [low for low, _ in groups],
            "place": ("area", report.loc[kept, "place"].to_numpy(dtype=str)),
        },
        name="population",
        attrs={"units": "persons", **known, "sources": [f"{path.name}, {known['date']}"]},
    )
    return Counties(population, report.drop(columns=["filed", "digits"]), tuple(found), left_out)


def _groups(cells: Cells) -> list[tuple[int, int]]:
    """The finest age groups that follow one another from 0 to the open one (high -1)."""
    by_sex = cells.cells[cells.cells["sex"] != "both"]
    # The open group, -1, is the widest.
    options = by_sex.groupby("low")["high"].agg(lambda h: min(h, key=lambda x: (x == -1, x)))
    chain: list[tuple[int, int]] = []
    low = 0
    while not chain or chain[-1][1] != -1:
        if low not in options.index:
            raise SchemaError(
                f"{cells.name}: age {low} is missing: the groups read are "
                f"{[f'{a}-{b}' for a, b in chain]}. Give every group up to the open one (85+)."
            )
        chain.append((low, int(options[low])))
        low = chain[-1][1] + 1
    return chain


def cell_values(cells: Cells, groups: list[tuple[int, int]]) -> npt.NDArray[np.float64]:
    """Persons (unit, sex, group), NaN where the table has no such cell."""
    values = np.full((len(cells.units), len(SEXES), len(groups)), np.nan)
    position = {group: i for i, group in enumerate(groups)}
    table = cells.cells
    at = [position.get(g, -1) for g in zip(table["low"], table["high"], strict=True)]
    regular = (np.array(at) >= 0) & (table["sex"] != "both").to_numpy()
    sex = table["sex"].map({s: i for i, s in enumerate(SEXES)}).to_numpy()[regular].astype(int)
    values[table["unit"].to_numpy()[regular], sex, np.array(at)[regular]] = table["value"][regular]
    return values


def _report(cells: Cells, values: npt.NDArray[np.float64]) -> pd.DataFrame:
    """One row per area: its kind, its label, what is to be known of it, where it is filed."""
    units = cells.units
    names = units["place"].str.rpartition("|")[2]
    inside = units["place"].str.rpartition("|")[0]
    province = units["place"].str.partition("|")[0]
    coded = units["code"] != ""
    usual = units[coded].groupby(province[coded])["code"].agg(lambda c: c.str[:2].mode()[0])
    usual_here = province.map(lambda name: str(usual.get(name, "")))
    fits = units["code"].str[:2] == usual_here
    absent = np.isnan(values).sum(axis=(1, 2))
    sharing = names.map(names.value_counts())
    # 市辖区 of a city without counties (Dongguan, Sanya) is the city itself.
    in_cities = coded & (units["code"].str[2:4] != "90")
    siblings = inside.map(inside[in_cities].value_counts()).fillna(0) - in_cities
    gathering = names.isin(_DIRECT) | (names.isin(_GATHERING) & (siblings > 0))
    above = ~coded & units["place"].isin(inside)
    kind = np.select(
        [
            (units["place"] == "全国") | units["code"].str.endswith("00") | above,
            gathering,
            absent > 0,
            coded,
        ],
        ["total", "subtotal", "incomplete", "county"],
        "zone",
    )
    area = np.isin(kind, ["county", "zone"])
    # Zones printed after the subtotal of a province's own counties are among these.
    direct = names.isin(_DIRECT).groupby(inside).cumsum() > 0
    notes = pd.DataFrame(
        {
            "sum": np.where(kind == "subtotal", "sum of other rows", ""),
            "absent": [f"{n} cell(s) missing; missing is not zero" if n else "" for n in absent],
            "code": np.where(~coded & ~gathering & (kind != "total"), "no code", ""),
            "fits": np.where(
                coded & ~fits, "the code does not begin with " + usual_here + " as others there", ""
            ),
            "name": [f"{n} areas have this name" if n > 1 else "" for n in sharing],
            "odd": units["odd"],
        }
    )
    # How many digits of its code an area shares with a total over it; 4 - 2 - 0 are the levels.
    digits = np.select(
        [
            kind != "total",
            units["place"] == "全国",
            units["code"].str.endswith("0000") | (above & (inside == "")),
        ],
        [-1, 0, 2],
        4,
    )
    return pd.DataFrame(
        {
            "place": units["place"],
            "code": units["code"],
            "kind": kind,
            "area": units["code"].where(coded, units["place"]).where(area, ""),
            "persons": values.sum(axis=(1, 2)),
            "row": units["row"],
            "note": ["; ".join(filter(None, row)) for row in notes.to_numpy()],
            "filed": units["code"].where(fits, np.where(~coded & direct, usual_here + "90", "")),
            "digits": digits,
        }
    )
