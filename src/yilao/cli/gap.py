"""``yilao gap``: childcare places in full, or with ``--of`` beds, places, caregivers to 2035."""

from __future__ import annotations

import argparse
import json
from typing import Any

import xarray as xr

from yilao import report, supply
from yilao.backtest import against_bulletins
from yilao.cli.need import read_norms
from yilao.gap import PlaceGap, childcare_gap, gaps_of, place_gap
from yilao.gap.of_place import OF
from yilao.place import Place, load_place, read_place
from yilao.scenario import VARIANTS
from yilao.schema import YilaoError, citations


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command and its options."""
    gap: argparse.ArgumentParser = commands.add_parser(
        "gap", help="need, supply and gap: childcare places, or --of beds … (缺口)"
    )
    gap.add_argument(
        "place", nargs="?", help="id, Chinese name or six-digit code; see yilao places"
    )
    gap.add_argument("--base", metavar="CSV", help="your own census table instead of a place")
    gap.add_argument("--name", help="what to call the place of --base")
    gap.add_argument("--of", choices=tuple(OF), help="year by year, of this; without: places, once")
    gap.add_argument(
        "--year", type=int, help="year of the need; default: of the plan's target; --of: the last"
    )
    gap.add_argument("--variant", help=f"{', '.join(VARIANTS)}; default: the first possible")
    gap.add_argument("--stock", type=float, help="what exists, as you know it (--of: first table)")
    gap.add_argument("--stock-year", type=int, help="with --of: year at whose end it was counted")
    gap.add_argument(
        "--pipeline",
        metavar="CSV",
        help="with --of: projects in use and coming; columns: docs/own-city.md",
    )
    gap.add_argument("--lead", type=int, default=0, help="with --of: years from order to opening")
    gap.add_argument(
        "--norm",
        action="append",
        default=[],
        help="places per 1,000 residents, instead of the plan's; with --of: ID=VALUE, may repeat",
    )
    gap.add_argument("--sources", action="store_true", help="list the sources below the table")
    return gap


def _rounded(value: Any) -> Any:
    """Whole persons and places; ratios and names as they are; intervals as lists."""
    if isinstance(value, dict):
        return {k: v if k == "norm_per_1000" else _rounded(v) for k, v in value.items()}
    if isinstance(value, tuple):
        return [_rounded(v) for v in value]
    return round(value) if isinstance(value, float) else value


def _norm(given: list[str]) -> float | None:
    """The one norm of childcare places."""
    if not given:
        return None
    try:
        (text,) = given
        return float(text)
    except ValueError:
        raise YilaoError(
            f"--norm {' '.join(given)!r}: give one number of places per 1,000 residents; ID=VALUE "
            "goes with --of."
        ) from None


def run(args: argparse.Namespace) -> str:
    """Return what the command prints."""
    if (args.place is None) == (args.base is None):
        raise YilaoError("gap: give either a place or --base FILE.csv.")
    place: Place = (
        load_place(args.place) if args.base is None else read_place(args.base, name=args.name)
    )
    return _of_measures(place, args) if args.of else _childcare(place, args)


def _childcare(place: Place, args: argparse.Namespace) -> str:
    if args.stock_year is not None or args.pipeline or args.lead:
        raise YilaoError("gap: --stock-year, --pipeline and --lead go with --of.")
    answer = childcare_gap(
        place, year=args.year, variant=args.variant, stock=args.stock, norm=_norm(args.norm)
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


def _of_measures(place: Place, args: argparse.Namespace) -> str:
    words: dict[str, Any] = {
        "variant": args.variant,
        "norms": read_norms(args.norm),
        "lead": args.lead,
    }
    if args.year is not None:
        words["until"] = args.year
    answer = place_gap(place, args.of, **words)
    if given := _supply(answer, args):
        answer = gaps_of(answer.need, args.of, supply=given, lead=args.lead)
    if args.json:
        return json.dumps(_document(answer, args.lang), ensure_ascii=False, indent=2)
    text = report.place_gap_text(answer, args.lang)
    return text + "\n\n" + citations(answer) if args.sources else text


def _supply(answer: PlaceGap, args: argparse.Namespace) -> dict[str, xr.DataArray]:
    """The stock or the projects given, by measure; a stock is of the first measure shown."""
    if args.stock is None and args.stock_year is not None:
        raise YilaoError("gap: --stock-year without --stock.")
    if args.stock is not None and args.pipeline:
        raise YilaoError("gap: give either --stock or --pipeline, which holds what is in use.")
    if args.stock is None and not args.pipeline:
        return {}
    units = {line.need.measure: line.need.unit for line in answer.lines}
    if not units:
        raise YilaoError(f"gap: there is no need of {args.of} to set it against. Give --norm.")
    if args.stock is not None:
        if args.stock_year is None:
            raise YilaoError("gap: a stock without date. Give --stock-year with --stock.")
        first = next(iter(units))
        return {
            first: supply.stock(
                args.stock, date=str(args.stock_year), units=units[first], measure=first
            )
        }
    table = supply.read_pipeline(args.pipeline)
    if not (found := [m for m in units if m in set(table["measure"])]):
        raise YilaoError(
            f"{args.pipeline}: no project of {', '.join(units)}; it has "
            f"{', '.join(dict.fromkeys(table['measure']))}."
        )
    in_use = table.loc[table["state"] == "in_use", "year"]
    years = range(int(in_use.max() if len(in_use) else table["year"].min()), _last(answer) + 1)
    paths = supply.operational(table, years, units=units[found[0]])
    if "area" in paths.dims:
        paths = paths.sum("area", keep_attrs=True)
    return {m: paths.sel(measure=m) for m in found}


def _last(answer: PlaceGap) -> int:
    return int(answer.need.people["year"].values[-1])


def _by_year(array: xr.DataArray) -> dict[str, int]:
    return {str(y): round(float(array.sel(year=y))) for y in array["year"].values.tolist()}


def _document(answer: PlaceGap, lang: str) -> dict[str, Any]:
    """The answer for programs: whole persons, beds and places, by year."""
    lines = []
    for line in answer.lines:
        row, held = line.need, line.supply
        counted = None
        if held is not None:
            counted = _by_year(held if "year" in held.dims else held.expand_dims("year"))
        lines.append(
            {
                "measure": row.measure,
                "label": report.measure_label(row.measure, lang),
                "unit": row.unit,
                "kind": row.kind,
                "basis": row.basis,
                "definition": row.definition,
                "documents": list(row.documents),
                "norm": {str(y) if y else "any": v for y, v in row.norm.items()},
                "need": _by_year(row.values),
                "promised": {str(y): round(v) for y, v in row.promised.items()},
                "promised_implied": row.implied,
                "supply_is": line.supply_is,
                "supply": counted,
                "supply_lacks": [] if held is None else held.attrs.get("unknown", []),
                **{k: _by_year(v["shortfall"]) for k, v in line.comparisons.items()},
                "first_year_short": line.first_short,
                "additions": None if line.additions is None else _by_year(line.additions.additions),
                "conclusion": report.line_conclusion(line, lang),
            }
        )
    return {
        "place": answer.place.id.removeprefix("own:"),
        "variant": answer.variant,
        "of": answer.of,
        "lines": lines,
        "missing": answer.missing,
        "norms_begin_later": {m: y for m, y in answer.need.later.items() if m in answer.measures},
        "sources": answer.sources,
    }
