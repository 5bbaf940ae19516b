"""Random problems, many with one wrong number: both kernels say the same."""

from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
import xarray as xr

import yilao as yl
from yilao.schema import YilaoError

WAYS = [("un", "even"), ("un", "end"), ("leslie", "even"), ("spectrum", "even")]
LEADS: list[dict[str, int]] = [{}, {"draw": 2}, {"area": 2, "draw": 3}]
WRONG = [np.nan, np.inf, -np.inf, -0.5, -1e9, 1 + 1e-9, 1e3, -1e-13]


def spoilt(
    rng: np.random.Generator, base: xr.DataArray, rates: xr.Dataset
) -> tuple[xr.DataArray, xr.Dataset]:
    """One number replaced, or an age that more leave at the start of a step than are there."""
    if "net_migration" in rates and rng.random() < 0.5:
        moving = rates["net_migration"].copy(deep=True)
        *place, age = (int(rng.integers(s)) for s in moving.shape)
        moving.values[(*place, age)] = -rng.choice([500.0, 2000.0])
        moving.values[(*place, min(age + 1, moving.sizes["age"] - 1))] += 3e4
        return base, rates.assign(net_migration=moving)
    name = str(rng.choice([*rates.data_vars, "base"]))
    array = (base if name == "base" else rates[name]).copy(deep=True)
    array.values[tuple(int(rng.integers(s)) for s in array.shape)] = rng.choice(WRONG)
    return (array, rates) if name == "base" else (base, rates.assign({name: array}))


def outcome(base: xr.DataArray, rates: xr.Dataset, **how: Any) -> yl.Projection | str:
    try:
        return yl.project(base, rates, **how)
    except YilaoError as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.skipif(not find_spec("numba"), reason="numba is not installed")
def test_both_kernels_give_the_same_numbers_and_name_the_same_faults(inputs, form):
    rng = np.random.default_rng(list(form.encode()))
    refused = 0
    for _ in range(40):
        base, rates = inputs(
            form,
            ages=int(rng.choice([3, 4, 5, 8, 9, 17, 33])),
            steps=int(rng.integers(1, 6)),
            width=int(rng.choice([1, 5])),
            lead=LEADS[rng.integers(len(LEADS))],
            own=str(rng.choice(["all", "base", "rates", "some"])),
        )
        if rng.random() < 0.7:
            base, rates = spoilt(rng, base, rates)
        convention, migrants = WAYS[rng.integers(len(WAYS))]
        negative = str(rng.choice(["raise", "mark"]))
        flows = bool(rng.random() < 0.5)
        numpy, numba = (
            outcome(
                base,
                rates,
                engine=engine,
                convention=convention,
                migrants=migrants,
                negative=negative,
                flows=flows,
            )
            for engine in ("numpy", "numba")
        )
        if isinstance(numpy, str) or isinstance(numba, str):
            assert numpy == numba
            refused += 1
            continue
        if negative == "mark":
            xr.testing.assert_equal(numpy.first_negative, numba.first_negative)
        pairs = [(numpy.population, numba.population)]
        pairs += [(a, numba.flows[n]) for n, a in numpy.flows.items()]
        for one, other in pairs:
            scale = abs(one.values).max()
            np.testing.assert_allclose(other.values, one.values, rtol=0, atol=1e-12 * scale)
    assert 5 < refused < 35
