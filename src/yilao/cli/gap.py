"""``yilao gap``: childcare places, their need, supply and gap."""

from __future__ import annotations

import argparse
import json
from typing import Any

from yilao import report
from yilao.backtest import against_bulletins
from yilao.gap import childcare_gap
from yilao.place import Place, load_place, read_place
from yilao.scenario import VARIANTS
from yilao.schema import YilaoError, citations


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command and its options."""
    gap: argparse.ArgumentParser = commands.add_parser(
        "gap", help="childcare places: need, supply and gap (托位缺口)"
    )
    gap.add_argument(
        "place", nargs="?", help="id, Chinese name or six-digit code; see yilao places"
    )
    gap.add_argument("--base", metavar="CSV", help="your own census table instead of a place")
    gap.add_argument("--name", help="what to call the place of --base")
    gap.add_argument("--year", type=int, help="year of the need; default: of the plan's target")
    gap.add_argument("--variant", help=f"{', '.join(VARIANTS)}; default: the first possible")
    gap.add_argument("--stock", type=float, help="places that exist, as you know them")
    gap.add_argument("--norm", type=float, help="places per 1,000 residents, instead of the plan's")
    gap.add_argument("--sources", action="store_true", help="list the sources below the table")
    return gap


def _rounded(value: Any) -> Any:
    """Whole persons and places; ratios and names as they are; intervals as lists."""
    if isinstance(value, dict):
        return {k: v if k == "norm_per_1000" else _rounded(v) for k, v in value.items()}
    if isinstance(value, tuple):
        return [_rounded(v) for v in value]
    return round(value) if isinstance(value, float) else value


def run(args: argparse.Namespace) -> str:
    """Return what the command prints."""
    if (args.place is None) == (args.base is None):
        raise YilaoError("gap: give either a place or --base FILE.csv.")
    place: Place = (
        load_place(args.place) if args.base is None else read_place(args.base, name=args.name)
    )
    answer = childcare_gap(
        place, year=args.year, variant=args.variant, stock=args.stock, norm=args.norm
    )
    if args.json:
        name = place.name_zh if args.lang == "zh" else place.name_en
        document = _rounded(answer.values) | {
            "missing": answer.missing,
            "conclusion": report.conclusion(answer.values, name, args.lang),
            "sources": answer.sources,
        }
        return json.dumps(document, ensure_ascii=False, indent=2)
    checks = against_bulletins(place, answer.values["variant"])
    text = report.gap_text(answer, args.lang, checks)
    if args.sources:
        text += "\n\n" + citations(answer)
    return text
