"""Importing yilao is light, and gives what it says it gives."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import yilao

HEAVY = {"dask", "matplotlib", "numba", "openpyxl", "statsmodels", "tqdm"}


def test_import_loads_nothing_heavy() -> None:
    code = "import sys, yilao; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "yilao" in run.stdout.split()
    assert not HEAVY & set(run.stdout.split())


def test_star_import_gives_every_public_name() -> None:
    names: dict[str, object] = {}
    exec("from yilao import *", names)
    assert len(set(yilao.__all__)) == len(yilao.__all__)
    assert set(yilao.__all__) <= set(names)


def test_the_citation_names_this_version() -> None:
    text = (Path(__file__).parents[1] / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.+)$", text, flags=re.MULTILINE) == [yilao.__version__]


def test_the_suite_cannot_reach_the_network() -> None:
    with socket.socket() as sock, pytest.raises(RuntimeError, match="reach the network"):
        sock.connect(("192.0.2.1", 80))  # an address kept for documentation: nobody answers
