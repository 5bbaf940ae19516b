"""The cells of a table file as text: CSV, gzipped CSV, or the first sheet of an Excel file."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from datetime import date, datetime
from importlib.resources.abc import Traversable
from pathlib import Path
from zipfile import BadZipFile

from yilao.schema import FactsError


def cells_of(path: Traversable | Path) -> list[list[str]]:
    """Return the rows of a table file as text, its header first.

    Raises
    ------
    FactsError
        The file cannot be read, is not UTF-8, not a table, or is an Excel file and openpyxl is not
        installed.
    """
    name = path.name
    try:
        content = path.read_bytes()
        if name.endswith(".gz"):
            content = gzip.decompress(content)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FactsError(f"{name}: not a whole gzip file: {error}.") from None
    except OSError as error:
        raise FactsError(f"{name}: cannot be read: {error.strerror}.") from None
    if name.lower().endswith((".xlsx", ".xlsm")):
        return _excel(content, name)
    if name.lower().endswith(".xls"):
        raise FactsError(f"{name}: the old Excel format is not read. Save the file as .xlsx.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FactsError(
            f"{name}: the file is not UTF-8. In Excel choose 'CSV UTF-8' when saving it."
        ) from None
    try:
        return list(csv.reader(io.StringIO(text, newline=None)))
    except csv.Error as error:
        raise FactsError(f"{name}: not a table of comma-separated values: {error}.") from None


def _excel(content: bytes, name: str) -> list[list[str]]:
    try:
        import openpyxl
    except ImportError:
        raise FactsError(
            f"{name}: Excel files need openpyxl. Install it with: pip install 'yilao[excel]', or "
            "save the sheet as 'CSV UTF-8'."
        ) from None
    try:
        # data_only: what a formula gave when the file was last saved, not the formula.
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (BadZipFile, KeyError, ValueError) as error:
        raise FactsError(f"{name}: not an Excel file: {error}.") from None
    rows = [[_text(cell) for cell in row] for row in book.worksheets[0].iter_rows(values_only=True)]
    book.close()
    if rows:
        # A sheet is as wide as its widest row: empty columns beside the header are no fields.
        width = max((i for i, head in enumerate(rows[0], 1) if head), default=0)
        rows = [row[:width] if not any(row[width:]) else row for row in rows]
    return rows


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == cell.time().min else cell.isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return str(cell).strip()
