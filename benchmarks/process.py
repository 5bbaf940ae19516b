"""A case in a process of its own: its peak memory is its own, and so is what it has compiled."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
# What a case gives, as JSON has it.
Record = dict[str, Any]


class CaseBroke(RuntimeError):
    """A case raised: the message is the end of what it printed."""


def run_here(name: str, size: str) -> Record:
    """Run one case in this process."""
    from benchmarks.registry import load, peak_mb
    from benchmarks.timing import compile_seconds

    case = load()[name]
    compiled = None
    if size != "small" and name not in ("cold_start", "import_time"):
        compiled = compile_seconds()
    start = time.perf_counter()
    measures = case.run(size)
    return {
        "title": case.title,
        "size": size,
        "seconds": time.perf_counter() - start,
        "peak_mb": peak_mb(),
        "compile_seconds": compiled,
        "measures": {n: {**asdict(m), "ok": m.ok} for n, m in measures.items()},
    }


def run_apart(name: str, size: str, source: Path | None = None) -> Record:
    """Run one case in a process of its own, with the library in ``source`` if given.

    The cases are those of this checkout, whatever tree they measure.
    """
    paths = [str(source)] if source else []
    paths += [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH", "")])]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--here", "--case", name, "--size", size],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        check=False,
    )
    if done.returncode:
        raise CaseBroke(done.stderr.strip()[-2000:] or f"exit status {done.returncode}")
    record: Record = json.loads(done.stdout.splitlines()[-1])
    return record
