"""The packaged places as a table."""

from __future__ import annotations

from typing import Any

from yilao.report.text import table


def places_text(rows: list[dict[str, Any]], lang: str) -> str:
    """Write what is packaged: place, code, basis, censuses, variants, documents."""
    zh = lang == "zh"
    head = (
        ["编号", "名称", "代码", "口径", "普查", "可算情景", "方案文件"]
        if zh
        else ["place", "name", "code", "basis", "censuses", "variants", "documents"]
    )
    basis = {"resident": "常住" if zh else "resident"}
    lines = [
        [
            r["id"],
            r["name_zh"] if zh else r["name_en"],
            r["code"],
            basis[r["basis"]],
            ", ".join(map(str, r["census_years"])),
            ", ".join(r["variants"]),
            ", ".join(r["documents"]) or "—",
        ]
        for r in rows
    ]
    return "\n".join(table(head, lines, text_columns=len(head)))
