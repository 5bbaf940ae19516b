"""`python -m benchmarks`: the table; `python -m benchmarks compare BASE HEAD`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.registry import SIZES, load


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--list", action="store_true", help="name the cases and stop")
    _common(parser, "full")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the results there")
    parser.add_argument("--write-readme", action="store_true", help="put the table in README.md")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    commands = parser.add_subparsers(dest="command")
    two = commands.add_parser("compare", help="base and head alternately: what got slower")
    two.add_argument("base", help="git revision, or folder of a tree")
    two.add_argument("head", help="git revision, or folder of a tree")
    _common(two, "medium")
    two.add_argument("--repeats", type=int, default=5, help="processes of each (default 5)")
    return parser.parse_args(given)


def _common(parser: argparse.ArgumentParser, size: str) -> None:
    parser.add_argument(
        "--case", action="append", metavar="NAME", help="only this one; may be repeated"
    )
    parser.add_argument("--size", choices=SIZES, default=size, help=f"(default {size})")


def table(names: list[str], size: str) -> dict[str, Any]:
    """Run cases one after another, each in a process of its own."""
    from benchmarks.process import CaseBroke, run_apart
    from benchmarks.table import environment

    cases: dict[str, Any] = {}
    for name in names:
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            cases[name] = run_apart(name, size)
        except CaseBroke as error:
            print(error, file=sys.stderr)
            cases[name] = {"broke": str(error)}
    return {"environment": environment(), "size": size, "cases": cases}


def main(given: list[str] | None = None) -> int:
    """Run what was asked for; 1 when a case broke, never because one was slow."""
    arguments = _arguments(given)
    cases = load()
    names = arguments.case or list(cases)
    if unknown := [n for n in names if n not in cases]:
        sys.exit(f"case {unknown[0]!r} is not known. Known: {', '.join(cases)}.")
    if arguments.list:
        for known in cases.values():
            print(f"{known.name:16} {known.title}")
        return 0
    if arguments.command == "compare":
        from benchmarks.compare import compare

        return compare(arguments.base, arguments.head, names, arguments.size, arguments.repeats)
    if arguments.here:
        from benchmarks.process import run_here

        print(json.dumps(run_here(names[0], arguments.size)))
        return 0
    from benchmarks.table import as_text, write_readme

    result = table(names, arguments.size)
    print(as_text(result))
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    if arguments.write_readme:
        write_readme(result)
    return 1 if any("broke" in r for r in result["cases"].values()) else 0


if __name__ == "__main__":
    sys.exit(main())
