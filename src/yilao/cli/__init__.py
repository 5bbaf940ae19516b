"""The same from a shell: a module here for each command."""

from __future__ import annotations

import argparse
import locale
import os
import sys
from collections.abc import Sequence

from yilao import __version__
from yilao.cli import audit, claims, gap, need, places, plan
from yilao.schema import YilaoError

# Each has ``add``, which adds its command to the parser, and ``run``, which returns the text.
COMMANDS = {
    "gap": gap,
    "need": need,
    "plan": plan,
    "audit": audit,
    "claims": claims,
    "places": places,
}


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
    for module in COMMANDS.values():
        command = module.add(commands)
        command.add_argument("--json", action="store_true", help="for programs")
        command.add_argument("--lang", choices=("zh", "en"), default=_default_lang())
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return 0, or 2 with a message on the standard error stream."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    args = _parser().parse_args(argv)
    try:
        print(COMMANDS[args.command].run(args), flush=True)
    except YilaoError as error:
        print(f"yilao: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader (head, less) has gone: nothing is left to say, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
