"""Monotone cubic interpolation is scipy's PCHIP, without its import."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator

from yilao.monotone import monotone_cubic


@given(seed=st.integers(0, 10_000), n=st.integers(3, 25), rising=st.booleans())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_it_is_pchip(seed: int, n: int, rising: bool) -> None:
    rng = np.random.default_rng(seed)
    x = np.cumsum(rng.random(n) + 0.05)
    y = rng.standard_normal((2, 3, n))
    y = np.cumsum(np.abs(y), axis=-1) if rising else y
    at = np.linspace(x[0], x[-1], 41)
    read = monotone_cubic(x, y, at)
    np.testing.assert_allclose(read, PchipInterpolator(x, y, axis=-1)(at), rtol=1e-12, atol=1e-12)
    if rising:
        assert (np.diff(read, axis=-1) >= -1e-12).all()


@pytest.mark.parametrize("y", [[0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 5.0, 5.0], [3.0, 1.0, 1.0, 0.0]])
def test_flat_pieces_stay_flat(y: list[float]) -> None:
    x = np.arange(4.0)
    at = np.linspace(0, 3, 31)
    read = monotone_cubic(x, np.array(y), at)
    assert read.min() >= min(y)
    assert read.max() <= max(y)
    for i in range(3):
        if y[i] == y[i + 1]:
            inside = (at >= i) & (at <= i + 1)
            np.testing.assert_allclose(read[inside], y[i])
