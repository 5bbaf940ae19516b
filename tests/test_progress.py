"""The bar for long work: told of every member once, from every kernel; without tqdm an error."""

import sys

import pytest
import xarray as xr

import yilao as yl
from yilao.projection import progress


@pytest.fixture
def told(monkeypatch):
    """What the bar was told: the total, and the members done each time."""
    found = {"total": None, "done": []}

    class Bar:
        def __init__(self, total, **words):
            found["total"] = total

        def __enter__(self):
            return self

        def __exit__(self, *fault):
            return None

        def update(self, members):
            found["done"].append(members)

    monkeypatch.setattr("tqdm.auto.tqdm", Bar)
    return found


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize("threads", [1, 2])
def test_every_member_is_told_once(inputs, told, engine, threads):
    if engine == "numba":
        pytest.importorskip("numba")
    base, rates = inputs("net_migration", lead={"draw": 600}, own="all")
    yl.project(base, rates, engine=engine, threads=threads, progress=True)
    assert told["total"] == sum(told["done"]) == 600
    weights = xr.ones_like(base.isel(draw=0, drop=True)).expand_dims(measure=["all"])
    for call in (yl.project_sums, yl.sensitivity):
        told["done"].clear()
        call(base, rates, weights, engine=engine, threads=threads, progress=True)
        assert sum(told["done"]) == 600


def test_nothing_is_told_without_asking(inputs, told):
    base, rates = inputs("net_migration", lead={"draw": 3})
    yl.project(base, rates)
    assert told["total"] is None


def test_a_bar_is_drawn(inputs, capsys):
    base, rates = inputs("net_migration", lead={"draw": 3})
    yl.project(base, rates, progress=True)
    assert "3.00/3.00" in capsys.readouterr().err


def test_without_tqdm_an_error_says_so(inputs, monkeypatch):
    monkeypatch.setattr(progress, "find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "tqdm", None)
    base, rates = inputs("net_migration")
    with pytest.raises(yl.YilaoError, match="progress needs the package tqdm: pip install tqdm"):
        yl.project(base, rates, progress=True)
