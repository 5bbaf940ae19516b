"""The same from a shell: ``yilao gap hangzhou``, ``yilao places``."""

from __future__ import annotations

import argparse
import json
import locale
import os
import sys
from collections.abc import Sequence
from typing import Any

from yilao import __version__, facts, report
from yilao.backtest import against_bulletins
from yilao.gap import childcare_gap
from yilao.place import Place, load_place, read_place
from yilao.scenario import VARIANTS
from yilao.schema import YilaoError, citations


def _default_lang() -> str:
    """Chinese where the system speaks it, English elsewhere."""
    found = next(
        (os.environ[k] for k in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(k)), ""
    )
    found = found or (locale.getlocale()[0] or "")
    return "zh" if found.casefold().startswith(("zh", "chinese")) else "en"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="yilao",
        description="一老一小: population, demand, supply and the gap (人口、需求、供给与缺口)",
    )
    parser.add_argument("--version", action="version", version=f"yilao {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)

    gap = commands.add_parser("gap", help="childcare places: need, supply and gap (托位缺口)")
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

    listing = commands.add_parser("places", help="what is packaged (已收录的地区)")
    listing.add_argument("--counties", action="store_true", help="list counties and districts too")
    for command in (gap, listing):
        command.add_argument("--json", action="store_true", help="for programs")
        command.add_argument("--lang", choices=("zh", "en"), default=_default_lang())
    return parser


def _rounded(value: Any) -> Any:
    """Whole persons and places; ratios and names as they are; intervals as lists."""
    if isinstance(value, dict):
        return {k: v if k == "norm_per_1000" else _rounded(v) for k, v in value.items()}
    if isinstance(value, tuple):
        return [_rounded(v) for v in value]
    return round(value) if isinstance(value, float) else value


def _gap(args: argparse.Namespace) -> str:
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


def _places(args: argparse.Namespace) -> str:
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


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return 0, or 2 with a message on the standard error stream."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    args = _parser().parse_args(argv)
    try:
        print(_gap(args) if args.command == "gap" else _places(args), flush=True)
    except YilaoError as error:
        print(f"yilao: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader (head, less) has gone: nothing is left to say, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
