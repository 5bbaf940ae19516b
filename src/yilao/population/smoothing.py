"""Smoothing of five-year age groups that heaping or uneven counting has made jagged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.population.ages import check_groups, written
from yilao.schema import SchemaError, YilaoError, first_offender

Array = npt.NDArray[np.float64]
Method = Literal[
    "carrier-farrag",
    "karup-king-newton",
    "arriaga",
    "united-nations",
    "strong",
    "moving-average",
    "zigzag",
]
METHODS: tuple[str, ...] = get_args(Method)
# Strong and zigzag leave the ends alone: ages 10 to 69.
_FIRST, _LAST = 2, 14


def smooth_groups(groups: xr.DataArray, method: Method) -> xr.DataArray:
    """Smooth five-year age groups; the open group is never changed.

    With T the count of ten years, T' and T'' of the ten before and after, and v a group of five:

    ======================  ======================================================================
    ``carrier-farrag``      second half of the ten years T / (1 + (T' / T'')^¼)
    ``karup-king-newton``   first half T / 2 + (T' - T'') / 16
    ``arriaga``             second half (11 T - T' + 2 T'') / 24, other weights at both ends
    ``united-nations``      v = (-v(-2) + 4 v(-1) + 10 v + 4 v(+1) - v(+2)) / 16
    ``strong``              T = (T' + 2 T + T'') / 4 scaled to ages 10-69, then Arriaga
    ``moving-average``      v = (v(-1) + v + v(+1)) / 3
    ``zigzag``              Feeney: every second group from 15-19 to 55-59 gives a share of its
                            people to both neighbours, the shares that leave the least roughness
    ======================  ======================================================================

    The first three keep every ten years, Strong and zigzag the total, the other two neither.  Where
    a method has no value (mostly the first and last ten years) the group stays as it was.

    Parameters
    ----------
    groups : (..., age_low), persons, in five-year groups from 0, the last open.

    Returns
    -------
    xr.DataArray
        (..., age_low), persons.

    Raises
    ------
    SchemaError
        Groups that are not of five years or too few; an unknown method; without neighbours to
        compare (Carrier-Farrag: ten years without people).
    YilaoError
        A group came out negative: Arriaga and Strong do so where counts fall steeply.

    Notes
    -----
    Smoothing takes the marks of famine and baby booms for errors.  Use it where a census is known
    to be heaped (`whipple`), not on China's.

    References
    ----------
    Carrier and Farrag (1959), Population Studies 12(3), 242-260.  Arriaga (1994), Population
    Analysis with Microcomputers.  Feeney (2013), Removing "zigzag" from age data.

    Examples
    --------
    >>> people = xr.DataArray([[9.0, 7, 8, 6, 7, 5, 6, 4]], dims=("area", "age_low"),
    ...     coords={"area": ["a"], "age_low": range(0, 40, 5)}, attrs={"units": "persons"})
    >>> smooth_groups(people, "moving-average").values
    array([[9., 8., 7., 7., 6., 6., 6., 4.]])
    """
    lows = check_groups(groups)
    if method not in METHODS:
        raise SchemaError(f"method: {method!r} is not known. Choose one of {list(METHODS)}.")
    if lows != list(range(0, 5 * len(lows), 5)):
        raise SchemaError(
            f"groups: smoothing needs five-year groups 0-4, 5-9 …; they begin at {lows}. Sum them "
            "with group_ages() or .coarsen() first."
        )
    needed = 16 if method in ("strong", "zigzag") else 7
    if len(lows) < needed:
        raise SchemaError(f"groups: {method!r} needs {needed} groups at least, here {len(lows)}.")
    moved = groups.transpose(..., "age_low")
    result = moved.astype(float).copy()
    result[..., :-1] = smoothed(moved.values[..., :-1].astype(float), method)
    bad = ~(result.values >= 0)
    if bad.any():
        raise YilaoError(
            f"groups: {method!r} leaves a negative or undefined number at "
            f"{first_offender(result, bad)}. Begin the open group lower, or use another method."
        )
    return written(result, groups, list(groups.attrs.get("sources", [])), smoothing=method)


def smoothed(closed: Array, method: str) -> Array:
    """`smooth_groups` on plain arrays of closed groups (..., group)."""
    by_decades: dict[str, Callable[[Array], tuple[Array, slice]]] = {
        "carrier-farrag": _carrier_farrag,
        "karup-king-newton": _karup_king_newton,
        "arriaga": _arriaga,
        "strong": _strong,
    }
    out = closed.copy()
    if method == "united-nations":
        v = closed
        out[..., 2:-2] = (
            -v[..., :-4] + 4 * v[..., 1:-3] + 10 * v[..., 2:-2] + 4 * v[..., 3:-1] - v[..., 4:]
        ) / 16
    elif method == "moving-average":
        out[..., 1:-1] = (closed[..., :-2] + closed[..., 1:-1] + closed[..., 2:]) / 3
    elif method == "zigzag":
        flat = closed.reshape(-1, closed.shape[-1])
        out = np.array([_zigzag(row) for row in flat]).reshape(closed.shape)
    else:
        decades = closed.shape[-1] // 2
        tens = closed[..., : 2 * decades].reshape(*closed.shape[:-1], decades, 2)
        halves, where = by_decades[method](tens.sum(axis=-1))
        tens = tens.copy()
        tens[..., where, :] = halves
        out[..., : 2 * decades] = tens.reshape(*closed.shape[:-1], 2 * decades)
    return out


def _halves(total: Array, second: Array) -> Array:
    return np.stack([total - second, second], axis=-1)


def _carrier_farrag(t: Array) -> tuple[Array, slice]:
    with np.errstate(divide="ignore", invalid="ignore"):
        second = t[..., 1:-1] / (1 + (t[..., :-2] / t[..., 2:]) ** 0.25)
    return _halves(t[..., 1:-1], second), slice(1, -1)


def _karup_king_newton(t: Array) -> tuple[Array, slice]:
    second = t[..., 1:-1] / 2 - (t[..., :-2] - t[..., 2:]) / 16
    return _halves(t[..., 1:-1], second), slice(1, -1)


def _arriaga(t: Array) -> tuple[Array, slice]:
    second = np.empty_like(t)
    second[..., 1:-1] = (-t[..., :-2] + 11 * t[..., 1:-1] + 2 * t[..., 2:]) / 24
    second[..., 0] = (8 * t[..., 0] + 5 * t[..., 1] - t[..., 2]) / 24
    second[..., -1] = t[..., -1] - (8 * t[..., -1] + 5 * t[..., -2] - t[..., -3]) / 24
    return _halves(t, second), slice(None)


def _strong(t: Array) -> tuple[Array, slice]:
    even = t.copy()
    even[..., 1:-1] = (2 * t[..., 1:-1] + t[..., :-2] + t[..., 2:]) / 4
    inner = slice(_FIRST // 2, _LAST // 2)
    total, now = (x[..., inner].sum(axis=-1, keepdims=True) for x in (t, even))
    even[..., inner] *= np.divide(total, now, out=np.ones_like(now), where=now > 0)
    return _arriaga(even)


def _zigzag(closed: Array) -> Array:
    """One row: the shares of five groups by minimising Feeney's roughness."""
    from scipy.optimize import minimize

    givers = np.arange(_FIRST + 1, _LAST - 2, 2)
    touched = slice(_FIRST, _LAST - 1)

    def moved(share: Array) -> Array:
        given = closed[givers] * share
        out = closed.copy()
        out[givers] -= given
        out[givers - 1] += given / 2
        out[givers + 1] += given / 2
        return out

    def roughness(share: Array) -> float:
        v = moved(share)
        mean = (v[_FIRST - 1 : _LAST - 2] + v[_FIRST + 1 : _LAST]) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(np.sum((v[touched] - mean) ** 2 / v[touched]))

    start = np.full(len(givers), 0.05)
    if not np.isfinite(roughness(start)):
        return np.full_like(closed, np.nan)
    found = minimize(roughness, start, method="BFGS", options={"gtol": 1e-8 * closed.sum()})
    return moved(found.x)
