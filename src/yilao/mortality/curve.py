"""The parameter of a model by life expectancy: looked up once, then read for any number of tables.

Life expectancy is a smooth, monotone function of the one parameter, but for corners where a rule
for a0 changes from line to line.  Between corners the inverse is a spline of degree 7 through some
hundred exact tables.  Its error is measured between the nodes; where it is not small enough (in
abridged tables, whose rules have many small corners) the parameters are polished on exact tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from yilao.mortality.model import MortalityModel
from yilao.mortality.separation import LINES_ON_M0, separation_factors, widths
from yilao.mortality.tables import columns
from yilao.schema import SEXES, YilaoError

Array = npt.NDArray[np.float64]

# Years; the spline is taken as it is when it is better than this between its nodes.
# So few life expectancies are sought one by one.
FEW = 16
_EXACT = 1e-9
# Life expectancies that are looked for at all, years.
_REACH = (15.0, 105.0)


@dataclass(frozen=True)
class Curve:
    """Parameter by life expectancy.

    Attributes
    ----------
    edges : life expectancies between the pieces, ascending, one more than pieces.
    pieces : splines.
    nodes : life expectancies of the exact tables, ascending.
    rough : whether the spline is not exact, between each two nodes.
    """

    edges: Array
    pieces: tuple[Any, ...]
    nodes: Array
    rough: npt.NDArray[np.bool_]

    def read(self, e0: Array, order: int = 0) -> Array:
        """Parameters at life expectancies (n,) within the edges, or their derivative."""
        piece = np.searchsorted(self.edges[1:-1], e0, side="right")
        out = np.empty_like(e0)
        for i in range(len(self.pieces)):
            here = piece == i
            if here.any():
                out[here] = self.pieces[i](e0[here], order)
        return out


def parameters(model: MortalityModel, e0: Array, weights: tuple[float, float]) -> Array:
    """Parameters at life expectancies (n,) within the reach of the curve."""
    curve = curve_of(model, weights)
    out = curve.read(e0)
    if not curve.rough.any():
        return out
    interval = np.searchsorted(curve.nodes[1:-1], e0, side="right")
    rough = np.flatnonzero(curve.rough[interval])
    for start in range(0, len(rough), 512):
        block = rough[start : start + 512]
        slope = curve.read(e0[block], 1)
        for _ in range(20):
            miss = expectancy(model, out[block], np.array(weights)) - e0[block]
            if not np.abs(miss).max() > 1e-11:
                break
            out[block] -= miss * slope
    return out


def years_lived(m: Array, ages: Any, a0: str) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Life expectancies (..., sex) of rates, and whether the table is whole (every q up to 1)."""
    _, lx, big_l = columns(m, separation_factors(m, ages, a0=a0), widths(ages))
    return big_l.sum(axis=-1), np.asarray((lx > 0).all(axis=-1))


def curve_of(model: MortalityModel, weights: tuple[float, float]) -> Curve:
    """Look a model up, once; ``weights`` of women and men make one life expectancy of both."""
    if weights not in model.found:
        model.found[weights] = _build(model, np.array(weights))
    curve: Curve = model.found[weights]
    return curve


def expectancy(model: MortalityModel, parameter: Array, weights: Array) -> Array:
    """Weighted life expectancy of parameters (n,); NaN where the table is not whole."""
    m = model.rates(np.repeat(parameter[:, None], 2, axis=1))
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        e0, whole = years_lived(m, model.ages, model.a0)
        total: Array = np.where(
            (whole | (weights == 0)).all(axis=-1), np.where(weights == 0, 0, e0) @ weights, np.nan
        )
    return total


def few_parameters(model: MortalityModel, e0: Array, weights: tuple[float, float]) -> Array | None:
    """Parameters of a few life expectancies (n,) by false position, without making the curve.

    None where there are many, the curve is known already, or it has to decide: a life expectancy
    out of reach, or one that a jump of a0 leaves without a table.  Making the curve takes 40 ms,
    and the import of its splines a third of a second.
    """
    decides = weights in model.found or len(model.corners) > 0
    if decides or not 0 < e0.size <= FEW or not np.isfinite(e0).all():
        return None
    both = np.array(weights)
    scan, known, whole = _monotone_scan(model, both)
    if known[0] > known[-1]:
        scan, known = scan[::-1], known[::-1]
    if not whole or e0.min() < known[0] or e0.max() > known[-1]:
        return None
    after = np.clip(np.searchsorted(known, e0), 1, len(known) - 1)
    ends = np.stack([scan[after - 1], scan[after]])
    misses = np.stack([known[after - 1], known[after]]) - e0
    each = np.arange(e0.size)
    side = np.full(e0.size, -1)
    for _ in range(60):
        guess = (ends[0] * misses[1] - ends[1] * misses[0]) / (misses[1] - misses[0])
        miss = expectancy(model, guess, both) - e0
        if np.abs(miss).max() < 1e-11:
            return np.asarray(guess)
        end = np.where(miss > 0, 1, 0)
        ends[end, each], misses[end, each] = guess, miss
        # Illinois: the end that stays twice counts half, or it would stay for ever.
        misses[1 - end, each] *= np.where(side == end, 0.5, 1.0)
        side = end
    return None


def _build(model: MortalityModel, weights: Array) -> Curve:
    from scipy.interpolate import make_interp_spline

    starts, ends = _smooth_stretches(model, weights)
    count = max(12, 240 // len(starts))
    found, directions = [], set()
    for start, end in zip(starts, ends, strict=True):
        theta = np.linspace(start, end, 2 * count - 1)
        e0 = expectancy(model, theta, weights)
        rises = bool(e0[0] < e0[-1])
        if not rises:
            theta, e0 = theta[::-1], e0[::-1]
        directions.add(rises)
        if len(directions) > 1 or not (np.diff(e0) > 0).all():
            raise YilaoError(
                f"{model.name}: life expectancy turns back between the parameters {start:g} and "
                f"{end:g}, so that a table has no single parameter. Check the coefficients."
            )
        spline = make_interp_spline(e0[::2], theta[::2], k=7)
        misses = (spline(e0[1::2]) - theta[1::2]) / spline(e0[1::2], 1)
        found.append((e0[::2], spline, np.abs(misses) > _EXACT))
    found.sort(key=lambda piece: float(piece[0][0]))
    nodes, pieces, rough = zip(*found, strict=True)
    edges = np.array([n[0] for n in nodes] + [nodes[-1][-1]])
    # Between two pieces there may be a gap; it counts with the interval before it.
    joined = [np.append(r, r[-1:]) for r in rough]
    return Curve(edges, pieces, np.concatenate(nodes), np.concatenate(joined)[:-1])


def _monotone_scan(model: MortalityModel, weights: Array) -> tuple[Array, Array, bool]:
    """Parameters and life expectancies of the longest run in which these only rise or fall.

    And whether all that are in reach lie in it.
    """
    scan = np.linspace(model.low, model.high, 257)
    e0 = expectancy(model, scan, weights)
    e0[(e0 < _REACH[0]) | (e0 > _REACH[1])] = np.nan
    steps = np.diff(e0)
    run = max((_longest_run(steps < 0), _longest_run(steps > 0)), key=lambda r: r[1] - r[0])
    if run[1] - run[0] < 2:
        raise YilaoError(
            f"{model.name}: life expectancy does not move with the parameter. Check the "
            "coefficients."
        )
    kept = slice(run[0], run[1] + 1)
    return scan[kept], e0[kept], run[1] - run[0] + 1 == np.isfinite(e0).sum()


def _smooth_stretches(model: MortalityModel, weights: Array) -> tuple[Array, Array]:
    """Starts and ends, in the parameter, of stretches where life expectancy is smooth."""
    scan, _, _ = _monotone_scan(model, weights)
    lows, highs = _corners(model, weights, scan)
    inner = np.array([c for c in model.corners if scan[0] < c < scan[-1]])
    starts = np.sort(np.concatenate([scan[:1], highs, inner]))
    ends = np.sort(np.concatenate([lows, inner, scan[-1:]]))
    wide = ends - starts > 1e-6 * (scan[-1] - scan[0])
    return starts[wide], ends[wide]


def _longest_run(true: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """First index and the one after the last of the longest run of True; 0, 0 without."""
    turns = np.flatnonzero(np.diff(np.concatenate([[False], true, [False]])))
    if not len(turns):
        return 0, 0
    runs = turns.reshape(-1, 2)
    first, last = runs[np.argmax(runs[:, 1] - runs[:, 0])]
    return int(first), int(last)


def _corners(model: MortalityModel, weights: Array, scan: Array) -> tuple[Array, Array]:
    """Parameters just before and just after m0 passes a cut of the rule for a0."""

    def above(parameter: Array, sex: Any, cut: Any) -> npt.NDArray[np.bool_]:
        rates = model.rates(np.repeat(parameter[:, None], 2, axis=1))[..., 0]
        result: npt.NDArray[np.bool_] = rates[np.arange(len(parameter)), sex] >= cut
        return result

    crossings = []
    for sex in np.flatnonzero(weights):
        lines = LINES_ON_M0.get(model.a0)
        for cut in lines[SEXES[sex]].cuts if lines else ():
            turns = np.flatnonzero(np.diff(above(scan, sex, cut)))
            crossings += [(scan[i], scan[i + 1], sex, cut) for i in turns]
    if not crossings:
        return np.empty(0), np.empty(0)
    low, high, sexes, cuts = (np.array(x) for x in zip(*crossings, strict=True))
    side = above(low, sexes, cuts)
    for _ in range(60):
        middle = (low + high) / 2
        stays = above(middle, sexes, cuts) == side
        low, high = np.where(stays, middle, low), np.where(stays, high, middle)
    return low, high
