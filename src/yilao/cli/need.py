"""``yilao need``: beds, carers and childcare places that people call for, year by year."""

from __future__ import annotations

import argparse
import json
from typing import Any

from yilao import report
from yilao.gap import place_need
from yilao.gap.requirements import DEFAULT_DEFINITION, LAST_YEAR
from yilao.place import Place, load_place, read_place
from yilao.scenario import VARIANTS
from yilao.schema import YilaoError, citations


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command and its options."""
    need: argparse.ArgumentParser = commands.add_parser(
        "need", help="beds, carers, childcare places and staff to 2035 (服务需求)"
    )
    need.add_argument(
        "place", nargs="?", help="id, Chinese name or six-digit code; see yilao places"
    )
    need.add_argument("--base", metavar="CSV", help="your own census table instead of a place")
    need.add_argument("--name", help="what to call the place of --base")
    need.add_argument("--variant", help=f"{', '.join(VARIANTS)}; default: the first possible")
    need.add_argument(
        "--until", type=int, default=LAST_YEAR, help="last year; default: %(default)s"
    )
    need.add_argument(
        "--definition", default=DEFAULT_DEFINITION, help="of people in need; default: %(default)s"
    )
    need.add_argument(
        "--norm",
        action="append",
        default=[],
        metavar="ID=VALUE",
        help="a norm instead of the plan's, such as care_beds_per_1000_older=40; may be repeated",
    )
    need.add_argument("--sources", action="store_true", help="list the sources below the table")
    return need


def read_norms(given: list[str]) -> dict[str, float]:
    """Norms of your own by concept, of ``ID=VALUE``."""
    norms = {}
    for text in given:
        name, _, value = text.partition("=")
        try:
            norms[name.strip()] = float(value)
        except ValueError:
            raise YilaoError(
                f"--norm {text!r}: write the concept and a number, such as "
                "care_beds_per_1000_older=40."
            ) from None
    return norms


def run(args: argparse.Namespace) -> str:
    """Return what the command prints."""
    if (args.place is None) == (args.base is None):
        raise YilaoError("need: give either a place or --base FILE.csv.")
    place: Place = (
        load_place(args.place) if args.base is None else read_place(args.base, name=args.name)
    )
    answer = place_need(
        place,
        variant=args.variant,
        until=args.until,
        definition=args.definition,
        norms=read_norms(args.norm),
    )
    years = [int(y) for y in answer.people["year"].values]
    if args.json:
        return json.dumps(_document(answer, args.lang), ensure_ascii=False, indent=2)
    shown = [y for y in years if y % 5 == 0 or y == years[-1]]
    text = report.need_text(answer, args.lang, shown)
    return text + "\n\n" + citations(answer) if args.sources else text


def _document(answer: Any, lang: str) -> dict[str, Any]:
    """The answer for programs: whole persons, beds and places, by year."""
    return {
        "place": answer.place.id.removeprefix("own:"),
        "variant": answer.variant,
        "definition": answer.definition,
        "people": {
            str(k): {str(y): round(float(v.sel(year=y))) for y in v["year"].values.tolist()}
            for k, v in answer.people.items()
        },
        "rows": [
            {
                "measure": row.measure,
                "label": report.measure_label(row.measure, lang),
                "unit": row.unit,
                "kind": row.kind,
                "basis": row.basis,
                "norm_id": row.norm_id,
                "norm": {str(y) if y else "any": v for y, v in row.norm.items()},
                "documents": list(row.documents),
                "definition": row.definition,
                "values": {
                    str(y): round(float(row.values.sel(year=y)))
                    for y in row.values["year"].values.tolist()
                },
                "promised": {str(y): round(v) for y, v in row.promised.items()},
                "promised_implied": row.implied,
                "short_of_promise": {
                    str(y): round(float(row.values.sel(year=y)) - v)
                    for y, v in row.promised.items()
                    if y in row.values["year"].values
                },
            }
            for row in answer.rows
        ],
        "in_need_by_definition": {k: round(v) for k, v in answer.in_need.items()},
        "missing": answer.missing,
        "norms_begin_later": dict(answer.later),
        "sources": answer.sources,
    }
