"""``yilao audit``: does a plan agree with itself and with the people who are alive."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from yilao import report
from yilao.examine import audit
from yilao.facts import find_place
from yilao.plan import Plan, documents_of, load_plan, read_plan
from yilao.schema import UnknownNameError

_FILES = (".toml", ".csv", ".xlsx")


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command and its options."""
    command: argparse.ArgumentParser = commands.add_parser(
        "audit", help="a plan examined by arithmetic and demography (方案核查)"
    )
    command.add_argument("place", help="id, Chinese name or six-digit code; or a plan of your own")
    command.add_argument("--document", help="one of several documents of the place")
    command.add_argument("--markdown", action="store_true", help="a page, with quotes")
    return command


def run(args: argparse.Namespace) -> str:
    """Return what the command prints."""
    found = [audit(plan) for plan in _plans(args.place, args.document)]
    if args.json:
        records = [record for one in found for record in one.records(args.lang)]
        return json.dumps(records, ensure_ascii=False, indent=2)
    if args.markdown:
        return "\n".join(one.to_markdown(args.lang) for one in found)
    return "\n\n".join(report.audit_text(one, args.lang) for one in found)


def _plans(place: str, document: str | None) -> tuple[Plan, ...]:
    if place.endswith(_FILES):
        return (read_plan(Path(place)),)
    if document is not None:
        return (load_plan(place, document=document),)
    plans = documents_of(find_place(place).id)
    if not plans:
        raise UnknownNameError(
            f"{place}: no plan document is packaged. Give a plan of your own as a file "
            f"({', '.join(_FILES)})."
        )
    return plans
