"""Tidy tables of age groups, CSV or Excel, with English or Chinese headers, and the template."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from yilao import facts
from yilao.population.groups import groups_from_rows
from yilao.schema import BASES, BasisError, FactsError, SchemaError

COLUMNS = ("date", "basis", "sex", "age_low", "age_high", "value", "unit")

# What stands for a column or for a word in it, beside the English name.
CHINESE_COLUMNS = {
    "date": ("日期", "时点"),
    "basis": ("口径",),
    "sex": ("性别",),
    "age_low": ("年龄下限", "起始年龄"),
    "age_high": ("年龄上限", "终止年龄"),
    "value": ("人数", "数值"),
    "unit": ("单位",),
}
WORDS = {
    "sex": {"女": "female", "女性": "female", "男": "male", "男性": "male"},
    "basis": {"常住": "resident", "常住人口": "resident", "户籍": "registered"},
    "unit": {"人": "persons"},
}
# Age groups of the county tables of the censuses.
CENSUS_AGES = (0, 1, *range(5, 90, 5))

_NOTES = (
    "每行是一个性别、一个年龄组的人数；请只填“人数 value”一列，其余可按需修改或增减行。",
    "One row is one sex and one age group: fill in “人数 value”; change or add rows freely.",
    "单位是“人”（persons），不是万人；年龄是周岁；最后一组的年龄上限留空，表示“及以上”。",
    "The unit is persons, never 万; ages are completed years; the last group has no upper age.",
    "口径：resident（常住）或 registered（户籍），不可混用。没有的数字请删去整行，不要填 0。",
    "Basis: resident (常住) or registered (户籍), not mixed. Unknown is not 0: drop the row.",
)


def tidy_rows(path: Path) -> list[dict[str, str]]:
    """Read the rows of a tidy table with English names of columns, sexes, bases and units.

    Raises
    ------
    FactsError
        A column is missing or stands twice, or the file cannot be read.
    SchemaError
        A unit is not persons.
    """
    table = facts.read_table(path)
    names = {head: _column(head) for head in table[0]}
    for column in COLUMNS:
        found = [head for head, name in names.items() if name == column]
        if not found:
            raise FactsError(f"{path.name}: column {column!r} is missing. Needed: {list(COLUMNS)}.")
        if len(found) > 1:
            raise FactsError(
                f"{path.name}: columns {found} both mean {column!r}. Rename or drop one."
            )
    rows = [
        {names[head]: WORDS.get(names[head], {}).get(text, text) for head, text in row.items()}
        for row in table
    ]
    for i, row in enumerate(rows, 2):
        if row["unit"] != "persons":
            hint = "Multiply by 10,000 and write" if "万" in row["unit"] else "Write"
            raise SchemaError(
                f"{path.name}, row {i}, unit: {row['unit']!r} is not 'persons'. {hint} persons."
            )
    return rows


def _column(head: str) -> str:
    """English name of a header; one in two languages (``性别 sex``) counts as either."""
    for word in (head, *head.split()):
        for column, chinese in CHINESE_COLUMNS.items():
            if word.casefold() == column or word in chinese:
                return column
    return head


def read_groups(path: str | Path, *, date: str | None = None) -> xr.DataArray:
    r"""Read one population by sex and age group from a tidy table of your own.

    Parameters
    ----------
    path : CSV (``.csv``, ``.csv.gz``) or Excel file (``.xlsx``, first sheet) with the columns
        ``date, basis, sex, age_low, age_high, value, unit`` or 日期, 口径, 性别, 年龄下限,
        年龄上限, 人数, 单位; ``age_high`` is empty in the open group, ``unit`` is persons (人).
        Further columns are not read.  ``write_template`` makes such an Excel file.
    date : which date to take; needed where the table has more than one.

    Returns
    -------
    xr.DataArray
        (sex, age_low) persons, with basis, date and sources.

    Raises
    ------
    FactsError, SchemaError
        A column, age or sex is missing, a group stands twice, groups overlap, the unit is 万, or
        the date is not there.
    BasisError
        The basis is unknown, or two stand in one date.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "mine.csv"
    >>> lines = ["日期,口径,性别,年龄下限,年龄上限,人数,单位",
    ...     "2020-11-01,常住,女,0,59,80,人", "2020-11-01,常住,女,60,,20,人",
    ...     "2020-11-01,常住,男,0,59,85,人", "2020-11-01,常住,男,60,,15,人"]
    >>> _ = path.write_text("\n".join(lines), encoding="utf-8")
    >>> groups = read_groups(path)
    >>> groups.attrs["basis"], groups.sel(sex="male").values.tolist()
    ('resident', [85.0, 15.0])
    """
    path = Path(path)
    if not path.is_file():
        raise FactsError(f"{path}: no such file. Give a tidy table, or make one by write_template.")
    rows = tidy_rows(path)
    dates = list(dict.fromkeys(row["date"] for row in rows))
    if date is None and len(dates) > 1:
        raise FactsError(f"{path.name}, date: {dates} stand in it. Choose one with date=.")
    wanted = dates[0] if date is None else date
    if wanted not in dates:
        raise FactsError(f"{path.name}, date: no rows of {wanted!r}. It has {dates}.")
    rows = [row for row in rows if row["date"] == wanted]
    bases = list(dict.fromkeys(row["basis"] for row in rows))
    if len(bases) > 1 or bases[0] not in BASES:
        raise BasisError(
            f"{path.name} ({wanted}), basis: {bases}. Needed is one of 'resident' (常住) and "
            "'registered' (户籍); the two are never mixed."
        )
    shown = f"{path.name} ({wanted})"
    groups = groups_from_rows(rows, shown, [f"{path.name}, {wanted}"])
    return groups.assign_attrs(basis=bases[0], date=wanted)


def write_template(path: str | Path, *, date: str = "2020-11-01") -> None:
    """Write an Excel file to fill in: a row per sex and census age group, headers in two languages.

    Parameters
    ----------
    path : file to make, ending in ``.xlsx``; one that exists is not overwritten.
    date : day of the count.

    Raises
    ------
    FactsError
        The name does not end in .xlsx, the file exists, or openpyxl is not installed.

    Notes
    -----
    ``read_groups`` and ``yilao.read_place`` read the filled file.  The groups are 0, 1-4, 5-9 … 85
    and over; other groups may be written instead, as long as they have no holes.

    Examples
    --------
    >>> import tempfile
    >>> from importlib.util import find_spec
    >>> path = Path(tempfile.mkdtemp()) / "mine.xlsx"
    >>> if find_spec("openpyxl"):
    ...     write_template(path)
    """
    path = Path(path)
    if path.suffix != ".xlsx":
        raise FactsError(f"{path.name}: the template is an Excel file. End its name in .xlsx.")
    if path.exists():
        raise FactsError(f"{path}: the file exists. Choose another name, or remove it first.")
    try:
        import openpyxl
    except ImportError:
        raise FactsError(
            f"{path.name}: Excel files need openpyxl. Install it with: pip install 'yilao[excel]'."
        ) from None
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "数据 data"
    sheet.append([f"{CHINESE_COLUMNS[column][0]} {column}" for column in COLUMNS])
    for sex in ("女", "男"):
        for low, after in zip(CENSUS_AGES, [*CENSUS_AGES[1:], None], strict=True):
            high = None if after is None else after - 1
            sheet.append([date, "常住", sex, low, high, None, "人"])
    sheet.freeze_panes = "A2"
    notes = book.create_sheet("说明 notes")
    for line in _NOTES:
        notes.append([line])
    book.save(path)
