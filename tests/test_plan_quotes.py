"""Every quote of the plans is found in its document.

The project carries short quotes, not the documents.  ``plan_quotes.csv`` records where each quote
was found: offset, length and digest in the text of its document without spaces, line ends and the
bars of tables; a row without statement describes the whole text.  Where the documents are present
(``../shared/sources`` beside the repository, or ``YILAO_PLAN_SOURCES``) every quote is looked up
again.  Elsewhere the record shows that no quote was changed or added since it was last found; it
cannot show more.  ``python tests/test_plan_quotes.py`` writes the record anew from the documents.
"""

import csv
import hashlib
import os
import re
from pathlib import Path

import pytest

from yilao.plan import load_plan, plans

RECORD = Path(__file__).parent / "plan_quotes.csv"
COLUMNS = ["plan", "statement", "part", "offset", "length", "sha256"]
BESIDE = Path(__file__).parents[2] / "shared" / "sources"
SOURCES = Path(os.environ.get("YILAO_PLAN_SOURCES", BESIDE))
# A sentence that only this document holds, to tell the files apart whatever they are called.
MARKS = {
    "ankang/solution": "现印发给你们,请认真组织实施。安康市人民政府办公室",
    "hangzhou/solution": "杭州市“一老一小”整體解決方案",
    "taizhou-jiangsu/task-list-2023": "泰发改发〔2023〕62号",
    "taizhou-zhejiang/five-year-plan": "台州市公共服务体系建设“十四五”规划",
    "taizhou-zhejiang/solution-annex": "附件2台州市“一老一小”重点任务及责任分工一览表",
}


def bare(text: str) -> str:
    return re.sub(r"[\s|]", "", text)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def quotes() -> dict[tuple[str, str, int], str]:
    return {
        (f"{row.place}/{row.document}", indicator.statement, number): bare(part)
        for row in plans().itertuples()
        for indicator in load_plan(row.place, document=row.document).indicators
        for number, part in enumerate(indicator.quote.split("……"), 1)
    }


def documents() -> dict[str, str]:
    texts = [bare(p.read_text(encoding="utf-8")) for p in sorted(SOURCES.glob("*.txt"))]
    return {plan: next(t for t in texts if mark in t) for plan, mark in MARKS.items()}


def recorded() -> list[dict[str, str]]:
    with RECORD.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def found(texts: dict[str, str]) -> list[list[object]]:
    rows = [[plan, "", 0, 0, len(text), digest(text)] for plan, text in texts.items()]
    for (plan, statement, part), quote in quotes().items():
        offset = texts[plan].find(quote)
        assert offset >= 0, f"{plan}, {statement}, quote {part}: not in the document: {quote}"
        rows.append([plan, statement, part, offset, len(quote), digest(quote)])
    return rows


def test_no_quote_differs_from_the_one_that_was_found():
    rows = {(r["plan"], r["statement"], int(r["part"])): r for r in recorded() if r["statement"]}
    held = quotes()
    assert rows.keys() == held.keys()
    for key, quote in held.items():
        assert digest(quote) == rows[key]["sha256"], key
        assert len(quote) == int(rows[key]["length"]), key


def test_quotes_that_overlap_agree():
    held = quotes()
    letters: dict[tuple[str, int], str] = {}
    ends = {r["plan"]: int(r["length"]) for r in recorded() if not r["statement"]}
    for r in recorded():
        if r["statement"]:
            quote = held[r["plan"], r["statement"], int(r["part"])]
            assert int(r["offset"]) + len(quote) <= ends[r["plan"]]
            for place, letter in enumerate(quote, int(r["offset"])):
                assert letters.setdefault((r["plan"], place), letter) == letter, r


@pytest.mark.skipif(not any(SOURCES.glob("*.txt")), reason="the documents are not at hand")
def test_every_quote_is_in_its_document():
    assert [[str(cell) for cell in row] for row in found(documents())] == [
        list(row.values()) for row in recorded()
    ]


@pytest.mark.skipif(not any(SOURCES.glob("*.txt")), reason="the documents are not at hand")
def test_responsible_bodies_are_in_the_document():
    texts = documents()
    for row in plans().itertuples():
        for indicator in load_plan(row.place, document=row.document).indicators:
            assert bare(indicator.responsible) in texts[f"{row.place}/{row.document}"]


if __name__ == "__main__":
    with RECORD.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([COLUMNS, *found(documents())])
