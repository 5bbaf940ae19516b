"""The cells of a county table, long or wide, as one list: who, sex, ages, persons, and where."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from yilao import facts
from yilao.population.headers import Group, group_of
from yilao.schema import SEXES, FactsError, SchemaError

# Headers that name an area or say what a row is; whichever stands in the table is used.
_NAMES = {
    "place": ("place", "地区", "地区名称", "名称", "全称", "name"),
    "province": ("province", "省", "省份", "省级"),
    "prefecture": ("prefecture", "市", "地市", "地级市", "地级", "城市"),
    "county": ("county", "县", "区县", "县区", "县级", "县市区"),
    "code": ("code", "代码", "区划代码", "行政区划代码", "地区代码", "统计用区划代码"),
    "year": ("year", "年份", "年"),
    "date": ("date", "日期", "时点"),
    "basis": ("basis", "口径"),
    "definition": ("definition",),
    "unit": ("unit", "单位"),
    "variable": ("variable", "指标"),
    "sex": ("sex", "性别"),
    "age_low": ("age_low", "年龄下限", "起始年龄"),
    "age_high": ("age_high", "年龄上限", "终止年龄"),
    "value": ("value", "人数", "数值"),
}
_SEX_WORDS = {"female": "female", "male": "male", "both": "both", "女": "female", "男": "male"}
_SEX_WORDS |= {"合计": "both", "total": "both"}
_BASIS_WORDS = {"常住": "resident", "户籍": "registered"}


@dataclass(frozen=True)
class Cells:
    """Cells of one table.

    Attributes
    ----------
    name : name of the file.
    units : place, code, row (the first one) and odd (how the name was printed) of every area.
    cells : unit (position in ``units``), sex, low, high (-1 is open), value, row, field.
    attrs : basis and date as the table states them, where it does.
    left_out : what of the table was not used, one sentence each.
    """

    name: str
    units: pd.DataFrame
    cells: pd.DataFrame
    attrs: dict[str, str]
    left_out: tuple[str, ...]


def read_cells(path: Path, year: int | None) -> Cells:
    """Read a county table in the long or in the wide layout."""
    if not path.is_file():
        raise FactsError(f"{path}: no such file. Give a county census table, CSV or .xlsx.")
    table = pd.DataFrame(facts.read_table(path, keyed=False), dtype=str)
    table.insert(0, "row", np.arange(2, len(table) + 2))
    columns = _named_columns(table, path.name)
    table = table.rename(columns={head: name for name, head in columns.items()})
    left_out: list[str] = []
    table = _one_year(table, year, path.name)
    if "unit" in table and (wrong := table[table["unit"].isin(["persons", "人"]).eq(False)]).size:
        row, unit = wrong[["row", "unit"]].iloc[0]
        hint = "Multiply by 10,000 and write" if "万" in unit else "Write"
        raise SchemaError(
            f"{path.name}, row {row}, unit: {unit!r} is not 'persons'. {hint} persons."
        )
    if "variable" in table:
        keep = table["variable"].isin(["population", "人口"])
        if not keep.all():
            others = sorted(set(table.loc[~keep, "variable"]))
            left_out.append(f"{int((~keep).sum())} rows of other variables: {', '.join(others)}")
        table = table[keep]
    if table.empty:
        raise FactsError(f"{path.name}, variable: no rows of 'population'.")
    attrs = {
        k: _stated(table, k, path.name) for k in ("basis", "date") if k in table
    } or _from_definition(table, path.name)
    units, unit_of_row = _units(table, path.name)
    if "age_low" in table:
        cells = _long(table, path.name)
        if unread := [c for c in table.columns if c not in _NAMES and c != "row"]:
            left_out.append(f"columns not read: {', '.join(unread)}")
    else:
        cells = _wide(table, path.name, left_out)
    cells["unit"] = unit_of_row.loc[cells.index].to_numpy()
    cells = cells.reset_index(drop=True)
    _refuse_twice(cells, path.name)
    return Cells(path.name, units, _numbers(cells, path.name), attrs, tuple(left_out))


def _named_columns(table: pd.DataFrame, name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for head in table.columns:
        words = {head.casefold(), *head.casefold().split()}
        for column, known in _NAMES.items():
            if words & set(known):
                if column in found:
                    raise FactsError(
                        f"{name}: columns {found[column]!r} and {head!r} both mean {column!r}. "
                        "Rename or drop one."
                    )
                found[column] = head
    return found


def _one_year(table: pd.DataFrame, year: int | None, name: str) -> pd.DataFrame:
    if "year" not in table:
        return table
    years = sorted(set(table["year"]))
    if year is None and len(years) > 1:
        raise FactsError(f"{name}, year: {years} stand in it. Choose one with year=.")
    if year is not None and str(year) not in years:
        raise FactsError(f"{name}, year: no rows of {year}. It has {years}.")
    return table if year is None else table[table["year"] == str(year)]


def _stated(table: pd.DataFrame, column: str, name: str) -> str:
    stated = list(dict.fromkeys(table[column].map(lambda v: _BASIS_WORDS.get(v, v))))
    if len(stated) > 1:
        raise FactsError(f"{name}, {column}: {stated} stand in it. Keep one.")
    return str(stated[0])


def _from_definition(table: pd.DataFrame, name: str) -> dict[str, str]:
    """Basis and date in a definition such as ``resident, census 2020-11-01``."""
    if "definition" not in table:
        return {}
    found = re.fullmatch(
        r"(resident|registered), census (\d{4}-\d\d-\d\d)", _stated(table, "definition", name)
    )
    return {"basis": found[1], "date": found[2]} if found else {}


def _units(table: pd.DataFrame, name: str) -> tuple[pd.DataFrame, pd.Series]:
    """One row per area, and the position of the area of every row of the table."""
    parts = [c for c in ("province", "prefecture", "county") if c in table]
    if "place" not in table and not parts:
        raise FactsError(
            f"{name}: no column names the areas. Needed is one of 'place' (地区), or 'province', "
            "'prefecture', 'county' (省, 市, 县)."
        )
    # Empty parts fall away: a row without a county is the city's own.
    printed = table["place"] if "place" in table else table[parts].agg("|".join, axis=1)
    places = printed.map(clean_name)
    if (places == "").any():
        row = table.loc[places == "", "row"].iloc[0]
        raise FactsError(f"{name}, row {row}, place: the area has no name.")
    codes = table["code"] if "code" in table else pd.Series("", index=table.index)
    codes = codes.replace({"0": ""}).str.replace(r"^(\d{6})0{6}$", r"\1", regex=True)
    if (wrong := (codes != "") & ~codes.str.fullmatch(r"\d{6}")).any():
        row, code = table.loc[wrong, "row"].iloc[0], codes[wrong].iloc[0]
        raise FactsError(
            f"{name}, row {row}, code: {code!r} is not a six-digit code. Leave it empty where an "
            "area has none."
        )
    keys = pd.DataFrame({"place": places, "code": codes})
    unit_of_row = keys.groupby(["place", "code"], sort=False).ngroup()
    first = ~unit_of_row.duplicated()
    units = keys[first].assign(row=table.loc[first, "row"], odd=printed[first].map(_odd))
    named_twice = units[(units["code"] != "") & units["code"].duplicated(keep=False)]
    if not named_twice.empty:
        (a, b), code = named_twice[["place", "row"]].values[:2], named_twice["code"].iloc[0]
        raise FactsError(
            f"{name}, row {b[1]}, code: {code} is that of {b[0]!r} here and of {a[0]!r} in row "
            f"{a[1]}. Correct one."
        )
    return units.reset_index(drop=True), unit_of_row


def clean_name(place: str) -> str:
    """Take spaces, full-width signs and empty parts out of the name of an area."""
    # 巿 (fú) looks like 市 and stands for it in some rows of the tables of 2010.
    parts = unicodedata.normalize("NFKC", place).replace("巿", "市").split("|")
    return "|".join(filter(None, ("".join(part.split()) for part in parts)))


def _odd(place: str) -> str:
    odd = ["spaces"] if any(c.isspace() for c in place) else []
    odd += ["巿 for 市"] if "巿" in place else []
    return f"printed with {' and '.join(odd)}" if odd else ""


def _long(table: pd.DataFrame, name: str) -> pd.DataFrame:
    for column in ("sex", "age_high", "value"):
        if column not in table:
            raise FactsError(
                f"{name}: column {column!r} is missing. A long table has place, code, sex, "
                "age_low, age_high, value."
            )
    sexes = table["sex"].map(_SEX_WORDS)
    if sexes.isna().any():
        row, sex = table.loc[sexes.isna(), ["row", "sex"]].iloc[0]
        raise FactsError(f"{name}, row {row}, sex: {sex!r} is not 'female', 'male' or 'both'.")
    ages = {}
    for column, empty in (("age_low", "0"), ("age_high", "-1")):
        # 4.0 is what programs write that keep an empty cell and whole numbers in one column.
        text = table[column].replace({"": empty}).str.removesuffix(".0")
        if (wrong := ~text.str.fullmatch(r"-1|\d{1,3}")).any():
            row, age = table.loc[wrong, ["row", column]].iloc[0]
            raise FactsError(f"{name}, row {row}, {column}: {age!r} is not a whole age.")
        ages[column] = text.astype(int)
    return pd.DataFrame(
        {
            "sex": sexes,
            "low": ages["age_low"],
            "high": ages["age_high"],
            "value": table["value"],
            "row": table["row"],
            "field": "value",
        }
    )


def _wide(table: pd.DataFrame, name: str, left_out: list[str]) -> pd.DataFrame:
    groups: dict[Group, str] = {}
    for head in table.columns:
        if head in _NAMES or head == "row":
            continue
        group = group_of(head)
        if group is None:
            left_out.append(f"column {head!r}: no sex and ages recognised")
        elif group in groups:
            raise FactsError(
                f"{name}: columns {groups[group]!r} and {head!r} both mean {group}. Drop one."
            )
        else:
            groups[group] = head
    if not {g.sex for g in groups} >= set(SEXES):
        raise FactsError(
            f"{name}: no columns by sex and age were recognised. Name them like 男_0岁, 女_1-4岁, "
            "男_85岁及以上, or give a long table with sex, age_low, age_high, value."
        )
    parts = [
        pd.DataFrame(
            {
                "sex": g.sex,
                "low": g.low,
                "high": -1 if g.high is None else g.high,
                "value": table[head],
                "row": table["row"],
                "field": head,
            }
        )
        for g, head in groups.items()
    ]
    cells = pd.concat(parts)
    # An empty cell is unknown: the area is then reported as incomplete.
    return cells[cells["value"] != ""]


def _refuse_twice(cells: pd.DataFrame, name: str) -> None:
    again = cells.duplicated(["unit", "sex", "low", "high"])
    if again.any():
        key = ["unit", "sex", "low", "high"]
        b = cells[again].iloc[0]
        a = cells[(cells[key] == b[key]).all(axis=1)].iloc[0]
        raise FactsError(
            f"{name}, row {b['row']}: the area has {b['sex']} from age {b['low']} already in row "
            f"{a['row']}. Keep one; two areas of one name need codes."
        )


def _numbers(cells: pd.DataFrame, name: str) -> pd.DataFrame:
    values = pd.to_numeric(cells["value"], errors="coerce").to_numpy(dtype=float)
    bad = ~np.isfinite(values)
    if bad.any():
        row, field, text = cells.loc[bad, ["row", "field", "value"]].iloc[0]
        facts.number(text, f"{name}, row {row}, {field}")
    for fault, what in ((values < 0, "negative"), (values % 1 != 0, "not whole: is it in 万?")):
        if fault.any():
            row, field, text = cells.loc[fault, ["row", "field", "value"]].iloc[0]
            raise SchemaError(
                f"{name}, row {row}, {field}: {text} is {what} A census counts whole persons."
                if what.endswith("?")
                else f"{name}, row {row}, {field}: {text} is {what}. Correct the table."
            )
    return cells.assign(value=values)
