"""Two trees side by side: base, head, base, head …, and what got slower."""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.process import ROOT, CaseBroke, Record, run_apart
from benchmarks.table import number

SLOWER = 0.15


@contextlib.contextmanager
def source_of(tree: str) -> Iterator[Path]:
    """The folder to import from: of a path, or of a git revision checked out for the while."""
    if Path(tree).is_dir():
        path = Path(tree).resolve()
        yield path / "src" if (path / "src").is_dir() else path
        return
    with tempfile.TemporaryDirectory() as temp:
        where = str(Path(temp) / "tree")
        git = ["git", "-C", str(ROOT), "worktree"]
        if subprocess.run(
            [*git, "add", "--quiet", "--detach", where, tree], check=False
        ).returncode:
            sys.exit(f"{tree!r} is neither a folder nor a revision that git can check out.")
        try:
            yield Path(where) / "src"
        finally:
            subprocess.run([*git, "remove", "--force", where], check=True)


def change(base: Sequence[Record], head: Sequence[Record]) -> dict[str, tuple[float, float, float]]:
    """By measure: medians of base and head, and by how much head is worse (0.2: a fifth)."""
    found = {}
    for name, first in head[0]["measures"].items():
        if not first["better"] or not all(name in r["measures"] for r in base):
            continue
        old, new = (
            statistics.median(r["measures"][name]["value"] for r in runs) for runs in (base, head)
        )
        worse = (new / old if first["better"] == "lower" else old / new) - 1
        found[name] = (old, new, worse)
    return found


def _runs(
    name: str, size: str, sources: Sequence[Path], repeats: int
) -> tuple[list[Record], list[Record]]:
    base: list[Record] = []
    head: list[Record] = []
    for _ in range(repeats):
        for runs, source in zip((base, head), sources, strict=True):
            runs.append(run_apart(name, size, source))
    return base, head


def _breaks(name: str, source: Path) -> str | None:
    try:
        run_apart(name, "small", source)
    except CaseBroke as error:
        return str(error)
    return None


def compare(base: str, head: str, names: Sequence[str], size: str, repeats: int) -> int:
    """Print what changed between two trees; 1 when a case breaks in the head, else 0."""
    slower, broken = [], []
    with source_of(base) as old, source_of(head) as new:
        for name in names:
            if error := _breaks(name, new):
                print(f"{name}: breaks in {head}\n{error}\n")
                broken.append(name)
                continue
            if _breaks(name, old):
                print(f"{name}: cannot run in {base}; not compared")
                continue
            for what, (was, now, worse) in change(*_runs(name, size, (old, new), repeats)).items():
                mark = ""
                if worse > SLOWER:
                    mark = f"  slower by {worse:.0%}"
                    slower.append(f"{name}, {what}")
                print(f"{name}, {what}: {number(was)} -> {number(now)}{mark}", flush=True)
    print(f"slower by more than {SLOWER:.0%}: {'; '.join(slower) or 'nothing'}")
    return 1 if broken else 0
