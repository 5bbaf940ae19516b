"""The distribution of least relative entropy under linear margins, and margins that clash."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from yilao.population.margins import Row
from yilao.schema import YilaoError

Array = npt.NDArray[np.float64]

# The linear programme meets its rows to 1e-7: of figures of this size that is 1e-12, which rounding
# stays below and a miscount of one person in a country does not.
_LP_SIZE = 1e5
# Fewer than this share of those whom the reference has at an age is nobody.
_LEAST_SHARE = 1e-6


def contradiction(rows: list[Row], q: Array) -> list[Row]:
    """The fewest rows that no population with people wherever q has some can meet together."""
    cells, which = np.unique(
        np.column_stack([*(r.cells for r in rows), q > 0]), axis=0, return_inverse=True
    )
    mass = np.bincount(which.ravel(), weights=q)

    def possible(chosen: list[int]) -> bool:
        from scipy.optimize import linprog

        if not chosen:
            return True
        a = cells[:, chosen].T
        low, high = (np.array([getattr(rows[i], k) for i in chosen]) for k in ("low", "high"))
        edges = np.abs(np.concatenate([low, high]))
        unit = _LP_SIZE / max(edges[np.isfinite(edges)].max(), 1e-300)
        low, high = low * unit, high * unit
        least = _LEAST_SHARE * _LP_SIZE * mass / mass.sum()
        upper, lower = np.isfinite(high), np.isfinite(low)
        found = linprog(
            np.zeros(len(cells)),
            A_ub=np.concatenate([a[upper], -a[lower]]),
            b_ub=np.concatenate([high[upper], -low[lower]]),
            bounds=[(m, None if m > 0 else 0.0) for m in least],
        )
        return bool(found.status == 0)

    chosen = list(range(len(rows)))
    if possible(chosen):
        return []
    for i in range(len(rows)):
        without = [k for k in chosen if k != i]
        if not possible(without):
            chosen = without
    return [rows[i] for i in chosen]


def least_divergent(rows: list[Row], q: Array) -> Array:
    """Minimum relative entropy by Newton on the dual, with an active set for the intervals."""
    low, high = np.array([r.low for r in rows]), np.array([r.high for r in rows])
    matrix = np.array([r.cells for r in rows])
    side = np.where(low == high, 2, 0)  # 2 exact, -1 held at low, 1 at high, 0 free
    for _ in range(20 * len(rows) + 20):
        active = side != 0
        target = np.where(side == -1, low, high)[active]
        x, multiplier = _newton(matrix[active], target, q)
        # Held at its lower bound a margin pulls up, at its upper bound down; else let it go.
        wrong = np.flatnonzero(active)[(multiplier * side[active] > 1e-12) & (side[active] != 2)]
        if len(wrong):
            side[wrong[0]] = 0
            continue
        value = matrix @ x
        slack = 1e-9 * np.maximum(np.abs(value), 1.0)
        miss = np.maximum(low - value - slack, value - high - slack) * (side == 0)
        if not (miss > 0).any():
            return x
        worst = int(miss.argmax())
        side[worst] = -1 if value[worst] < low[worst] else 1
    raise _hardly_met()  # pragma: no cover - every round leaves a smaller divergence behind


def _newton(matrix: Array, target: Array, q: Array) -> tuple[Array, Array]:
    def dual(m: Array) -> float:
        with np.errstate(over="ignore"):
            return float((q * np.exp(m @ matrix)).sum() - m @ target)

    multiplier, x = np.zeros(len(target)), q
    for _ in range(200):
        miss = target - matrix @ x
        if (np.abs(miss) <= 1e-12 * (np.abs(matrix) @ x)).all():
            break
        # Figures that follow from others make the system singular: least squares does not mind.
        step = np.linalg.lstsq((matrix * x) @ matrix.T, miss, rcond=1e-13)[0]
        now, slope, length = dual(multiplier), float(miss @ step), 1.0
        # Close to the end the fall is below rounding: there the whole step is right.
        while (
            slope > 1e-10 * abs(now)
            and length > 1e-9
            and not dual(multiplier + length * step) <= now - 1e-4 * length * slope
        ):
            length /= 2
        multiplier = multiplier + length * step
        x = q * np.exp(multiplier @ matrix)
    if not (np.abs(target - matrix @ x) <= 1e-10 * (np.abs(matrix) @ x)).all():
        raise _hardly_met()
    return x, multiplier


def _hardly_met() -> YilaoError:
    return YilaoError(
        "margins: they can be met only by all but emptying some ages. Check the figures, or widen "
        "a tolerance."
    )
