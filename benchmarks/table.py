"""What was measured, as a table for people and as JSON."""

from __future__ import annotations

import datetime
import os
import platform
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

README = Path(__file__).parent / "README.md"
HEAD = ("case", "measure", "value", "beside", "ratio", "want", "", "peak MB")


def environment() -> dict[str, Any]:
    """Machine, date and versions."""

    def version(name: str) -> str | None:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            return None

    packages = ("yilao", "numpy", "numba", "xarray", "pandas")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": f"{_processor()}, {cores} cores, {platform.system()}",
        "python": platform.python_version(),
        "versions": {n: v for n in packages if (v := version(n))},
        "revision": _revision(),
    }


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"^model name\s*:\s*(.+)$", text, flags=re.MULTILINE)
    return found[1] if found else platform.machine()


def _revision() -> str | None:
    """Commit of this checkout, with a + where files differ from it."""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty=+"],
            capture_output=True,
            text=True,
            cwd=README.parent,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()


def number(value: float) -> str:
    """Three significant digits, without a power of ten."""
    if value == 0 or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.2g}"


def rows(cases: dict[str, Any]) -> list[tuple[str, ...]]:
    """One row for each measure; a case that broke has one row that says so."""
    found: list[tuple[str, ...]] = []
    for name, record in cases.items():
        if "broke" in record:
            found.append((name, "broke", "", "", "", "", "broke", ""))
            continue
        for i, (what, m) in enumerate(record["measures"].items()):
            found.append(
                (
                    name if i == 0 else "",
                    what,
                    f"{number(m['value'])} {m['unit']}",
                    "" if m["beside"] is None else f"{number(m['beside'])} {m['unit']}",
                    "" if m["ratio"] is None else number(m["ratio"]),
                    m["want"],
                    {True: "ok", False: "miss", None: ""}[m["ok"]],
                    number(record["peak_mb"]) if i == 0 else "",
                )
            )
    return found


def head(result: dict[str, Any]) -> str:
    """Where and when, on two lines."""
    at = result["environment"]
    versions = ", ".join(f"{n} {v}" for n, v in at["versions"].items())
    compiled = [r["compile_seconds"] for r in result["cases"].values() if r.get("compile_seconds")]
    lines = [
        f"{at['machine']}; {at['date']}; size {result['size']}",
        f"Python {at['python']}, {versions}, revision {at['revision']}",
    ]
    if compiled:
        lines.append(f"compiling the forward kernel, once a process: {number(compiled[0])} s")
    return "\n".join(lines)


def as_text(result: dict[str, Any]) -> str:
    """Aligned columns for a terminal."""
    table = [HEAD, *rows(result["cases"])]
    widths = [max(len(r[i]) for r in table) for i in range(len(HEAD))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in table]
    return "\n".join([head(result), "", *lines])


def as_markdown(result: dict[str, Any]) -> str:
    """The same for the README."""
    lines = [head(result).replace("\n", ".  \n") + ".", ""]
    lines += ["| " + " | ".join(HEAD) + " |", "|---" * len(HEAD) + "|"]
    lines += ["| " + " | ".join(r) + " |" for r in rows(result["cases"])]
    return "\n".join(lines)


def write_readme(result: dict[str, Any], path: Path = README) -> None:
    """Put the table between the two marks of the README."""
    text = path.read_text(encoding="utf-8")
    begin, end = "<!-- table -->", "<!-- /table -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        sys.exit(f"{path}: {begin} and {end} must stand there once each.")
    before, after = text.split(begin)[0], text.split(end)[1]
    whole = f"{before}{begin}\n\n{as_markdown(result)}\n\n{end}{after}"
    path.write_text(whole, encoding="utf-8")
