"""What a plan says: targets, norms, statistics and projections of a document, each with its quote.

One TOML file holds one document; two documents of one city that disagree are both kept.  Figures
are in single units beside the text as printed; a doubt stands in ``issue``, never in the value.
"""

from __future__ import annotations

import datetime as dt
import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path

import pandas as pd

from yilao import facts
from yilao.plan import sheet
from yilao.plan.check import check_keys, check_once, check_source, checked_indicator
from yilao.plan.indicator import Indicator
from yilao.schema import FactsError, UnknownNameError


@dataclass(frozen=True, repr=False)
class Plan:
    """One document: where it comes from and its indicators; ``plan["id"]`` gives one of them.

    A document may state one thing in several places.  Every mention is an indicator of its own with
    the same ``id`` and another ``statement``; ``plan["id"]`` is the principal one, of the tables
    where there is one, and ``plan.mentions("id")`` gives all.
    """

    place: str
    document: str
    title: str
    indicators: tuple[Indicator, ...]
    issuer: str = ""
    issued: dt.date | None = None
    note: str = ""

    def __getitem__(self, name: str) -> Indicator:
        by_name = {i.statement: i for i in self.indicators}
        if name in by_name:
            return by_name[name]
        near = difflib.get_close_matches(str(name), by_name, n=5, cutoff=0.5)
        words = {i.statement: f"{i.statement} {i.name_zh} {i.name_en}" for i in self.indicators}
        near += [statement for statement, text in words.items() if str(name) in text]
        listed = list(dict.fromkeys(near or by_name))[:10]
        raise UnknownNameError(
            f"{self.place}, {self.document}: no indicator {name!r}. "
            f"{'Similar' if near else 'Known'}: {', '.join(listed)}. "
            f".table() shows all {len(by_name)}."
        )

    def __repr__(self) -> str:
        return (
            f"<Plan {self.place}, {self.document}: {self.title}, {self.issued or 'no date'}, "
            f"{len(self.indicators)} statements; .table() shows their figures>"
        )

    @property
    def sources(self) -> list[str]:
        """The document in one line: title, issuer, date, place."""
        issuer, issued = self.issuer or "issuer not stated", self.issued or "date not stated"
        return [f"{self.title}, {issuer}, {issued} ({self.place})"]

    def mentions(self, name: str) -> tuple[Indicator, ...]:
        """Return every statement of the concept that an id or statement names, principal first.

        Raises
        ------
        UnknownNameError
            The document has no such indicator.

        Examples
        --------
        >>> places = load_plan("ankang").mentions("childcare_places")
        >>> [(i.place_in_document, i.points[-1].printed) for i in places]
        [('表2，4', '12156'), ('一（一）发展基础', '3379个'), ('二（三）总体目标', '1.2万个')]
        """
        found = [i for i in self.indicators if i.id == self[name].id]
        return tuple(sorted(found, key=lambda i: i.statement != i.id))

    def table(self) -> pd.DataFrame:
        """Return every figure in a row of its own, with the words of its statement.

        ``year`` is missing where none is printed; a row whose cells were lost has the role
        ``legible`` and no figure.  With ``title``, ``issuer``, ``issued`` and ``note`` in the first
        row, as ``to_excel`` writes it, ``read_plan`` reads such a table.

        Examples
        --------
        >>> table = load_plan("ankang").table()
        >>> beds = table[table["statement"] == "care_beds_per_1000_older"]
        >>> beds["value"].tolist()
        [49.0, 53.0, 54.0, 57.0, 58.0, 60.0]
        """
        return sheet.table(self)

    def to_excel(
        self,
        path: str | Path,
        *,
        beside: pd.DataFrame | None = None,
        sheets: Mapping[str, pd.DataFrame] | None = None,
    ) -> None:
        """Write an Excel file: targets and norms laid out as an annex, and the table of figures.

        The sheet 指标 has the columns 序号, 指标, 单位, 2020基数, 2021 …, 属性, 备注; the sheet
        figures is what ``read_plan`` reads.

        Parameters
        ----------
        path : of the file.
        beside : columns of your own beside the annex, with statements as the index.
        sheets : further sheets by name.

        Raises
        ------
        YilaoError
            The package openpyxl is not installed, the name does not end in ``.xlsx``, or the file
            cannot be written.
        """
        sheet.to_excel(self, Path(path), beside, sheets or {})


def load_plan(place: str, *, document: str | None = None) -> Plan:
    """Return the packaged plan document of a place.

    Parameters
    ----------
    place : id, name or six-digit code.
    document : needed where a place has several; ``plans()`` lists them.

    Raises
    ------
    UnknownNameError
        The place or document is not packaged, or the place has several documents.

    Examples
    --------
    >>> print(load_plan("杭州")["childcare_places"])  # doctest: +ELLIPSIS
    3岁以下婴幼儿照护服务托位数 Childcare places ... (个, places): 2022 统计 statistic 44,000
    """
    wanted = facts.find_place(place).id
    of_place = documents_of(wanted)
    found = [p for p in of_place if document in (None, p.document)]
    if len(found) == 1:
        return found[0]
    missing = f"no document {document!r}" if document else "no document"
    what = f"{len(found)} documents" if found else missing
    known = [f"document={p.document!r} ({p.title})" for p in of_place]
    known = known or sorted({f"place {p.place!r}" for p in _packaged()})
    raise UnknownNameError(
        f"{wanted} has {what}. Choose {' or '.join(known)}; read_plan(path) reads your own."
    )


def plans() -> pd.DataFrame:
    """Return a table of the packaged documents: place, document, title, issued, indicators."""
    columns = ["place", "document", "title", "issued", "indicators"]
    rows = [(p.place, p.document, p.title, p.issued, len(p.indicators)) for p in _packaged()]
    return pd.DataFrame(rows, columns=columns).astype({"issued": "datetime64[s]"})


@cache
def documents_of(place: str) -> tuple[Plan, ...]:
    """Return the packaged documents of a place; the names of their files begin with its id."""
    found = [
        read_plan(file)
        for file in (facts.DATA / "plans").iterdir()
        if file.name.endswith(".toml") and file.name[:-5].partition("_")[0] == place
    ]
    return tuple(sorted(found, key=lambda p: p.document))


def _packaged() -> list[Plan]:
    names = [f.name[:-5] for f in (facts.DATA / "plans").iterdir() if f.name.endswith(".toml")]
    places = sorted({n.partition("_")[0] for n in names})
    return [plan for place in places for plan in documents_of(place)]


def read_plan(path: str | Path | Traversable) -> Plan:
    """Read a plan document of your own from TOML or a spreadsheet (xlsx, csv).

    The checks are those of the packaged documents.  A spreadsheet has a row per figure and the
    columns of ``Plan.table``, with ``title``, ``issuer``, ``issued`` and ``note`` in its first row;
    ``to_excel`` of any plan writes one to start from.

    Raises
    ------
    FactsError
        The file is not valid TOML, CSV or Excel, or an entry is incomplete, unknown, repeated or
        does not agree with the figure as printed; the message names file, row or entry, and field.
    YilaoError
        The file is an Excel file and the package openpyxl is not installed.
    """
    path = Path(path) if isinstance(path, str) else path
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise FactsError(f"{path.name}: the file cannot be read: {error.strerror}.") from None
    if path.name.lower().endswith((".csv", ".xlsx")):
        source, entries = sheet.read(path.name, raw)
        check_source(source, f"{path.name}, row 2")
        indicators = tuple(checked_indicator(e, rows[0], rows) for e, rows in entries)
    else:
        try:
            data = tomllib.loads(raw.decode("utf-8-sig"))
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise FactsError(
                f"{path.name}: the file is not valid TOML in UTF-8: {error}."
            ) from None
        check_keys(data, "source indicator", "", path.name)
        source = data["source"]
        check_source(source, f"{path.name}, source")
        indicators = tuple(
            checked_indicator(e, f"{path.name}, entry {e.get('statement', e.get('id', i))!r}")
            for i, e in enumerate(data["indicator"], 1)
        )
    check_once([f"entry {i.statement!r}, id" for i in indicators], path.name)
    return Plan(**source, indicators=indicators)
