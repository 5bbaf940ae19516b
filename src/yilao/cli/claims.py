"""``yilao claims``: what documents say of the population, and what the engine gives."""

from __future__ import annotations

import argparse
import json
import math
from typing import Any

from yilao import report
from yilao.reproduce import Assumption, Claims, Reproduction, claims
from yilao.schema import citations


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command and its options."""
    command: argparse.ArgumentParser = commands.add_parser(
        "claims", help="the plans' own projections, recomputed (文件中的人口预计数，逐一重算)"
    )
    command.add_argument(
        "place", nargs="?", help="id, Chinese name or six-digit code; default: all with documents"
    )
    command.add_argument("--sources", action="store_true", help="list the sources below the table")
    return command


def _number(value: float | None) -> float | None:
    """Whole numbers from a thousand on, four digits below; an open end is null."""
    if value is None or not math.isfinite(value):
        return None
    return round(value) if abs(value) >= 1000 else round(value, 4)


def _assumption(found: Assumption) -> dict[str, Any]:
    reach = None if found.reach is None else [_number(x) for x in found.reach]
    return {
        "parameter": found.parameter,
        **{k: _number(getattr(found, k)) for k in ("used", "needed", "low", "high")},
        "setting": found.setting,
        "plausible": found.plausible,
        "reach": reach,
        "searched": [_number(x) for x in found.searched],
    }


def _row(row: Reproduction) -> dict[str, Any]:
    claim = row.claim
    return {
        "place": claim.place,
        "document": claim.document,
        "statement": claim.indicator.statement,
        "id": claim.indicator.id,
        "name_zh": claim.indicator.name_zh,
        "name_en": claim.indicator.name_en,
        "form": claim.measure.form,
        "ages": claim.measure.ages,
        "of_ages": claim.measure.of_ages,
        "year": claim.year,
        "since": claim.since,
        "role": claim.role,
        "labelled": claim.labelled,
        "unit": claim.indicator.unit,
        "printed": claim.printed,
        "comparator": claim.comparator,
        "value": claim.value,
        "low": _number(claim.low),
        "high": _number(claim.high),
        "quote": claim.indicator.quote,
        "place_in_document": claim.indicator.place_in_document,
        "variant": row.variant,
        "basis": "resident",
        "engine": _number(row.engine),
        "difference": _number(row.difference),
        "relative_percent": _number(row.relative),
        "holds": row.holds,
        "passed_in": row.reached,
        "reason": row.reason,
        "assumptions": [_assumption(a) for a in row.assumptions],
    }


def _document(answer: Claims) -> dict[str, Any]:
    return {
        "places": [p.id for p in answer.places],
        "claims": [_row(row) for row in answer.rows],
        "missing": answer.missing,
        "sources": answer.sources,
    }


def run(args: argparse.Namespace) -> str:
    """Return what the command prints."""
    answer = claims(args.place)
    if args.json:
        return json.dumps(_document(answer), ensure_ascii=False, indent=2)
    text = report.claims_text(answer, args.lang)
    return f"{text}\n\n{citations(answer)}" if args.sources else text
