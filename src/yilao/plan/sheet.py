"""Plans as tables: every figure in a row, an Excel file laid out as an annex, and reading back."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from yilao.plan.check import NEEDED, OPTIONAL, SOURCE_NEEDED, SOURCE_OPTIONAL, check
from yilao.plan.figures import UNITS, Point
from yilao.schema import FactsError, YilaoError

if TYPE_CHECKING:
    from yilao.plan.document import Plan

_SOURCE = [*SOURCE_NEEDED.split(), *SOURCE_OPTIONAL.split()]
_POINT = ["year", "role", "comparator", "value", "low", "high", "printed", "date"]
_ENTRY = [k for k in [*NEEDED.split(), *OPTIONAL.split()] if k != "comparator"]
# Words that tell what a row is come first, long texts last.
_FIRST = ["statement", "id", "name_zh", "name_en", "unit", "kind"]
_COLUMNS = [*_FIRST, *_POINT, *(k for k in _ENTRY if k not in _FIRST)]
FIGURES = "figures"
_ROLE_ZH = {"base": "基数", "statistic": "统计", "projection": "预测", "norm": "标准", "target": ""}


def table(plan: Plan) -> pd.DataFrame:
    """Return every figure of a plan in a row of its own; see ``Plan.table``."""
    rows = []
    for indicator in plan.indicators:
        words = {k: getattr(indicator, k) for k in _ENTRY}
        lost = {"role": "legible", "comparator": "=", "printed": " | ".join(indicator.legible)}
        points = [asdict(p) for p in indicator.points] or [lost]
        rows += [{"place": plan.place, "document": plan.document, **words, **p} for p in points]
    frame = pd.DataFrame(rows, columns=["place", "document", *_COLUMNS])
    types: dict[str, Any] = {
        "year": "Int64",
        "value": float,
        "low": float,
        "high": float,
        "date": "datetime64[s]",
    }
    frame = frame.astype(types)
    frame.attrs["sources"] = plan.sources
    return frame


def annex(plan: Plan, beside: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return targets and norms laid out as in the annex of a plan, a row per statement.

    ``beside`` has statements as its index; its columns stand to the right.
    """
    listed = [i for i in plan.indicators if i.kind in ("target", "norm")]
    dated = {(p.year, p.role) for i in listed for p in i.points if p.year is not None}
    # 2020基数 stands before what was reached in 2020 and the targets of that year.
    order = sorted(dated, key=lambda key: (key[0] or 0, list(_ROLE_ZH).index(key[1])))
    rows = []
    for number, indicator in enumerate(listed, 1):
        cells = {_head(p): _cell(p) for p in indicator.points}
        lost = " | ".join(indicator.legible)
        rows.append(
            {"序号": number, "指标": indicator.name_zh, "单位": UNITS[indicator.unit], **cells}
            | {"属性": indicator.binding.replace("unstated", "")}
            | {"备注": f"单元格丢失，残存：{lost}" if lost else ""}
        )
    undated = any(p.year is None for i in listed for p in i.points)
    years = [f"{year}{_ROLE_ZH[role]}" for year, role in order] + ["未注明年份"] * undated
    frame = pd.DataFrame(rows, columns=["序号", "指标", "单位", *years, "属性", "备注"])
    if beside is None:
        return frame
    more = beside.reindex([i.statement for i in listed]).set_axis(frame.index)
    return pd.concat([frame, more], axis=1)


def _head(point: Point) -> str:
    return "未注明年份" if point.year is None else f"{point.year}{_ROLE_ZH[point.role]}"


def _cell(point: Point) -> float | str:
    """The number where it is one, and text where a sign or a range makes it more than that."""
    return point.value if point.comparator == "=" and point.value is not None else str(point)


def to_excel(
    plan: Plan, path: Path, beside: pd.DataFrame | None, sheets: Mapping[str, pd.DataFrame]
) -> None:
    """Write the annex and the table of a plan to an Excel file; see ``Plan.to_excel``."""
    _need_openpyxl()
    if path.suffix.lower() != ".xlsx":
        # Under another name Excel and ``read_plan`` would take it for what it is not.
        raise YilaoError(f"{path.name}: an Excel file is named .xlsx. Write {path.stem}.xlsx.")
    figures = table(plan)
    source = {k: [getattr(plan, k) or None, *[None] * (len(figures) - 1)] for k in _SOURCE}
    figures = figures.drop(columns=["place", "document"])
    figures["date"] = figures["date"].dt.date
    figures = pd.concat([pd.DataFrame(source, dtype=object), figures], axis=1)
    # Put together before the file is opened: a fault leaves what stands there as it was.
    book = io.BytesIO()
    with pd.ExcelWriter(book, engine="openpyxl") as writer:
        for name, frame in (("指标", annex(plan, beside)), *sheets.items(), (FIGURES, figures)):
            frame.to_excel(writer, sheet_name=name, index=False, freeze_panes=(1, 0))
            for column in writer.sheets[name].columns:
                width = max(len(str(cell.value or "")) for cell in column)
                letter = column[0].column_letter
                writer.sheets[name].column_dimensions[letter].width = min(max(9, width + 4), 48)
    try:
        path.write_bytes(book.getvalue())
    except OSError as error:
        raise YilaoError(
            f"{path}: the file cannot be written: {error.strerror}. Choose a folder that exists "
            "and is yours to write to, and close the file where it is open."
        ) from None


def _need_openpyxl() -> None:
    try:
        import openpyxl  # noqa: F401
    except ImportError:
        raise YilaoError(
            "Excel files need the package openpyxl: pip install 'yilao[excel]', or use CSV."
        ) from None


def read(name: str, raw: bytes) -> tuple[dict[str, Any], list[tuple[dict[str, Any], list[str]]]]:
    """Read a spreadsheet: what is said of the document, and its entries with their rows.

    The texts of a statement need to stand in its first row only.

    Raises
    ------
    FactsError
        The file or a column is not known, a cell is not of its type, or the rows of one statement
        do not agree.
    """
    grid = _grid_xlsx(name, raw) if name.lower().endswith(".xlsx") else _grid_csv(name, raw)
    check(len(grid) > 1, f"{name}: the table has no rows. See Plan.table for its columns.")
    head = [str(h or "").strip() for h in grid[0]]
    known = [*_SOURCE, *_COLUMNS]
    for column in head:
        fits = not column or column in known
        check(fits, f"{name}, {column}: unknown column. Known are {known}.")
    twice = sorted({h for h in head if h and head.count(h) > 1})
    check(not twice, f"{name}, {', '.join(twice)}: the column stands twice.")
    source: dict[str, Any] = {}
    entries: list[tuple[dict[str, Any], list[str]]] = []
    for number, cells in enumerate(grid[1:], 2):
        where = f"{name}, row {number}"
        short = len(cells) <= len(head)
        check(short, f"{where}: has {len(cells)} cells, the header {len(head)}.")
        row = {k: _typed(k, c, where) for k, c in zip(head, cells, strict=False) if k and c != ""}
        if row:
            _agree(source, {k: v for k, v in row.items() if k in _SOURCE}, where, number > 2)
            _add(entries, row, where)
    for entry, _ in entries:
        # A statement is compared as the first figure of its kind is.
        own = [
            p["comparator"] for p in entry.get("points", []) if p.get("role") == entry.get("kind")
        ]
        entry["comparator"] = own[0] if own else "="
    return source, entries


def _add(entries: list[tuple[dict[str, Any], list[str]]], row: dict[str, Any], where: str) -> None:
    """Put a row with the statement before it, or begin another."""
    point = {k: row[k] for k in _POINT if k in row}
    words = {k: row[k] for k in _ENTRY if k in row}
    name = words.get("statement", words.get("id"))
    if not entries or name not in (None, entries[-1][0].get("statement", entries[-1][0].get("id"))):
        entries.append((words, []))
    entry, rows = entries[-1]
    _agree(entry, words, where, bool(rows))
    rows.append(where)
    if point.get("role") == "legible":
        entry["legible"] = str(point.get("printed", "")).split(" | ")
    else:
        entry.setdefault("points", []).append({"comparator": "=", **point})


def _agree(into: dict[str, Any], new: dict[str, Any], where: str, later: bool) -> None:
    """Take over texts; a later row may repeat them but not change or add to them."""
    for key, value in new.items():
        fits = not later or into.get(key) == value
        check(fits, f"{where}, {key}: {value!r} differs from {into.get(key)!r} in the rows above.")
        into[key] = value


def _typed(column: str, cell: Any, where: str) -> Any:
    """A cell as its column wants it; texts that a spreadsheet made numbers become texts again."""
    try:
        if column in ("value", "low", "high"):
            return float(cell)
        if column == "year":
            return int(str(cell).removesuffix(".0"))
        if column in ("date", "issued"):
            return (
                cell.date()
                if isinstance(cell, dt.datetime)
                else dt.date.fromisoformat(str(cell)[:10])
            )
    except ValueError:
        wanted = {"year": "a year", "date": "a date", "issued": "a date"}.get(column, "a number")
        raise FactsError(f"{where}, {column}: {cell!r} is not {wanted}.") from None
    if isinstance(cell, float):
        return f"{cell:.15g}"
    return str(cell).strip()


def _grid_csv(name: str, raw: bytes) -> list[list[Any]]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FactsError(
            f"{name}: the file is not UTF-8. In Excel choose 'CSV UTF-8' when saving it."
        ) from None
    return list(csv.reader(io.StringIO(text, newline="")))


def _grid_xlsx(name: str, raw: bytes) -> list[list[Any]]:
    """The sheet ``figures``, or the first one of a file that has none of that name."""
    _need_openpyxl()
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(raw), data_only=True)
    except Exception as error:
        raise FactsError(f"{name}: not an Excel file: {error}.") from None
    sheet = book[FIGURES] if FIGURES in book.sheetnames else book.worksheets[0]
    rows: Iterable[tuple[Any, ...]] = sheet.iter_rows(values_only=True)
    return [["" if cell is None else cell for cell in row] for row in rows]
