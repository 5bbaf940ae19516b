"""``yilao audit``: does a plan agree with itself and with the people who are alive."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from yilao import report
from yilao.examine import SEVERITIES, Audit, Finding, audit
from yilao.facts import find_place
from yilao.plan import Plan, documents_of, load_plan, read_plan
from yilao.schema import UnknownNameError, YilaoError

_FILES = (".toml", ".csv", ".xlsx")


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command and its options."""
    command: argparse.ArgumentParser = commands.add_parser(
        "audit", help="a plan examined by arithmetic and demography (方案核查)"
    )
    command.add_argument("place", help="id, name or code; or your own plan as .toml, .csv or .xlsx")
    command.add_argument("--document", help="one of several documents of the place; default: all")
    command.add_argument(
        "--severity", choices=SEVERITIES, action="append", help="only these; may be repeated"
    )
    command.add_argument("--markdown", action="store_true", help="a page, with quotes")
    return command


def run(args: argparse.Namespace) -> str:
    """Return what the command prints."""
    found = _said_once([audit(plan) for plan in _plans(args.place, args.document)])
    if args.severity:
        found = [
            replace(one, findings=tuple(f for f in one.findings if f.severity in args.severity))
            for one in found
        ]
    if args.json:
        records = [record for one in found for record in one.records(args.lang)]
        return json.dumps(records, ensure_ascii=False, indent=2)
    if args.markdown:
        return "\n".join(one.to_markdown(args.lang) for one in found)
    return "\n\n".join(report.audit_text(one, args.lang) for one in found)


def _plans(place: str, document: str | None) -> tuple[Plan, ...]:
    if place.lower().endswith(_FILES):
        if document is not None:
            raise YilaoError(f"--document chooses among packaged documents; {place} is one itself.")
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


def _said_once(found: list[Audit]) -> list[Audit]:
    """What two documents say of each other stands once: with the one whose statement is first."""
    first: dict[tuple[str, frozenset[str]], Finding] = {}
    everything = [f for one in found for f in one.findings]
    for f in sorted(everything, key=lambda f: ":" in "".join(f.statements[:1])):
        first.setdefault(_key(f), f)
    return [
        replace(one, findings=tuple(f for f in one.findings if first[_key(f)] is f))
        for one in found
    ]


def _key(finding: Finding) -> tuple[str, frozenset[str]]:
    """The rule and its statements, each with its document, as a sister's have them."""
    own = finding.document
    full = [s if ":" in s else f"{own}:{s}" for s in finding.statements]
    return finding.rule, frozenset(full or [own])
