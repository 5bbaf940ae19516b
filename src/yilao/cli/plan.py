"""``yilao plan``: where each target of a plan stands."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from dataclasses import asdict
from typing import Any

from yilao import report
from yilao.place import load_place
from yilao.plan import Plan, assess, load_plan, read_plan
from yilao.projection import Projection, project
from yilao.scenario import LAST_YEAR, VARIANTS
from yilao.schema import YilaoError, citations


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command and its options."""
    plan: argparse.ArgumentParser = commands.add_parser(
        "plan", help="where each target of a plan stands (指标进展)"
    )
    plan.add_argument("place", help="id, name or code; or your own plan as .toml, .csv or .xlsx")
    plan.add_argument("--document", help="which, where a place has several")
    plan.add_argument("--on", metavar="DATE", help="the date, such as 2024-12-31; default: today")
    plan.add_argument("--observations", metavar="CSV", help="id, year or date, value, unit, …")
    plan.add_argument(
        "--variant",
        choices=(*VARIANTS, "none"),
        help="projection that gives the people; default: the first possible; none: no projection",
    )
    plan.add_argument("--excel", metavar="XLSX", help="write the annex with the status beside it")
    plan.add_argument("--sources", action="store_true", help="list the sources below the table")
    return plan


def _projection(plan: Plan, variant: str | None) -> Projection | None:
    """The projection of the plan's place up to its last due year with rates, or none."""
    due = [p.year for i in plan.indicators for p in i.points if p.role == "target" and p.year]
    if variant == "none" or not due:
        return None
    place = load_place(plan.place)
    until = min(max(max(due), int(place.base["year"]) + 1), LAST_YEAR)
    return project(place.base, place.rates(variant, until=until))


def run(args: argparse.Namespace) -> str:
    """Return what the command prints."""
    own = args.place.lower().endswith((".toml", ".csv", ".xlsx"))
    plan = read_plan(args.place) if own else load_plan(args.place, document=args.document)
    try:
        on = dt.date.fromisoformat(args.on) if args.on else None
    except ValueError:
        raise YilaoError(f"--on {args.on!r} is not a day. Write it as 2024-12-31.") from None
    # A plan of one's own may be of a place that is not packaged: then only if asked for.
    variant = "none" if own and args.variant is None else args.variant
    found = assess(plan, args.observations, projection=_projection(plan, variant), on=on)
    if args.excel:
        found.to_excel(args.excel, lang=args.lang)
    if not args.json:
        text = report.status_text(found, args.lang)
        return f"{text}\n\n{citations(found)}" if args.sources else text
    document = {
        "place": plan.place,
        "document": plan.document,
        "on": found.on,
        "thresholds": asdict(found.thresholds),
        "trend": found.trend,
        "targets": [t.row(args.lang) for t in found.targets],
        "joint": [asdict(j) for j in found.joint],
        "sources": list(found.sources),
    }
    return json.dumps(document, ensure_ascii=False, indent=2, default=str)
