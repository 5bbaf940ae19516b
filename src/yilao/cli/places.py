"""``yilao places``: what is packaged."""

from __future__ import annotations

import argparse
import json
from typing import Any

from yilao import facts, report
from yilao.place import load_place


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command and its options."""
    listing: argparse.ArgumentParser = commands.add_parser(
        "places", help="what is packaged (已收录的地区)"
    )
    listing.add_argument("--counties", action="store_true", help="list counties and districts too")
    return listing


def run(args: argparse.Namespace) -> str:
    """Return what the command prints."""
    rows = []
    for record in facts.place_records():
        if record.level == "county" and not args.counties:
            continue
        place = load_place(record.id)
        held = {2010: place.inputs.census_2010, 2020: place.inputs.census_2020}
        years = [year for year, groups in held.items() if groups is not None]
        rows.append(
            {
                "id": record.id,
                "name_zh": record.name_zh,
                "name_en": record.name_en,
                "code": record.code,
                "level": record.level,
                "basis": place.inputs.census_2020.attrs["basis"],
                "census_years": years,
                "variants": list(place.variants),
                "documents": [p.document for p in place.plans],
                "missing": place.missing,
                "sources": list(place.inputs.census_2020.attrs["sources"])
                + [s for p in place.plans for s in p.sources],
            }
        )
    if args.json:
        return json.dumps(rows, ensure_ascii=False, indent=2)
    text = report.places_text(rows, args.lang)
    sources = "\n".join(
        f"  {name}: {facts.source(name)}" for name in facts.manifest() if name.startswith("census")
    )
    return f"{text}\n\n{'来源' if args.lang == 'zh' else 'Sources'}\n{sources}"
