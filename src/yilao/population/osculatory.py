"""Coefficients of Sprague, Beers and Grabill: five-year groups to single years by one product.

A single year is a weighted sum of five neighbouring groups.  The tables are those of Shryock and
Siegel (1976), The Methods and Materials of Demography, appendix C, also in Siegel and Swanson
(2004), 2nd ed., pp. 727-729, to the four digits printed there.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

# Each table: ten rows for the two first groups, then the three first rows of a middle group.  Its
# other two rows, and the two last groups, are these read backwards.
_TABLES: dict[str, Array] = {
    "sprague": np.array(
        [
            [0.3616, -0.2768, 0.1488, -0.0336, 0.0],
            [0.2640, -0.0960, 0.0400, -0.0080, 0.0],
            [0.1840, 0.0400, -0.0320, 0.0080, 0.0],
            [0.1200, 0.1360, -0.0720, 0.0160, 0.0],
            [0.0704, 0.1968, -0.0848, 0.0176, 0.0],
            [0.0336, 0.2272, -0.0752, 0.0144, 0.0],
            [0.0080, 0.2320, -0.0480, 0.0080, 0.0],
            [-0.0080, 0.2160, -0.0080, 0.0, 0.0],
            [-0.0160, 0.1840, 0.0400, -0.0080, 0.0],
            [-0.0176, 0.1408, 0.0912, -0.0144, 0.0],
            [-0.0128, 0.0848, 0.1504, -0.0240, 0.0016],
            [-0.0016, 0.0144, 0.2224, -0.0416, 0.0064],
            [0.0064, -0.0336, 0.2544, -0.0336, 0.0064],
        ]
    ),
    "beers": np.array(
        [
            [0.3333, -0.1636, -0.0210, 0.0796, -0.0283],
            [0.2595, -0.0780, 0.0130, 0.0100, -0.0045],
            [0.1924, 0.0064, 0.0184, -0.0256, 0.0084],
            [0.1329, 0.0844, 0.0054, -0.0356, 0.0129],
            [0.0819, 0.1508, -0.0158, -0.0284, 0.0115],
            [0.0404, 0.2000, -0.0344, -0.0128, 0.0068],
            [0.0093, 0.2268, -0.0402, 0.0028, 0.0013],
            [-0.0108, 0.2272, -0.0248, 0.0112, -0.0028],
            [-0.0198, 0.1992, 0.0172, 0.0072, -0.0038],
            [-0.0191, 0.1468, 0.0822, -0.0084, -0.0015],
            [-0.0117, 0.0804, 0.1570, -0.0284, 0.0027],
            [-0.0020, 0.0160, 0.2200, -0.0400, 0.0060],
            [0.0050, -0.0280, 0.2460, -0.0280, 0.0050],
        ]
    ),
    "beers-modified": np.array(
        [
            [0.3332, -0.1938, 0.0702, -0.0118, 0.0022],
            [0.2569, -0.0753, 0.0205, -0.0027, 0.0006],
            [0.1903, 0.0216, -0.0146, 0.0032, -0.0005],
            [0.1334, 0.0969, -0.0351, 0.0059, -0.0011],
            [0.0862, 0.1506, -0.0410, 0.0054, -0.0012],
            [0.0486, 0.1831, -0.0329, 0.0021, -0.0009],
            [0.0203, 0.1955, -0.0123, -0.0031, -0.0004],
            [0.0008, 0.1893, 0.0193, -0.0097, 0.0003],
            [-0.0108, 0.1677, 0.0577, -0.0153, 0.0007],
            [-0.0159, 0.1354, 0.0972, -0.0170, 0.0003],
            [-0.0160, 0.0973, 0.1321, -0.0121, -0.0013],
            [-0.0129, 0.0590, 0.1564, 0.0018, -0.0043],
            [-0.0085, 0.0260, 0.1650, 0.0260, -0.0085],
        ]
    ),
}
# Grabill's middle group; at the ends it has no coefficients of its own.
_GRABILL = np.array(
    [
        [0.0111, 0.0816, 0.0826, 0.0256, -0.0009],
        [0.0049, 0.0673, 0.0903, 0.0377, -0.0002],
        [0.0015, 0.0519, 0.0932, 0.0519, 0.0015],
    ]
)
FEWEST_GROUPS = 5


@cache
def coefficients(method: str, groups: int) -> Array:
    """Matrix (5 * groups, groups) from closed five-year groups to single years."""
    table = _TABLES[method]
    matrix = np.zeros((5 * groups, groups))
    matrix[:10, :5] = table[:10]
    matrix[-10:, -5:] = table[:10][::-1, ::-1]
    middle = _symmetric(table[10:])
    for g in range(2, groups - 2):
        matrix[5 * g : 5 * g + 5, g - 2 : g + 3] = middle
    return matrix


def _symmetric(half: Array) -> Array:
    return np.concatenate([half, half[1::-1, ::-1]])


@cache
def _grabill_alone(groups: int) -> Array:
    """Grabill's middle coefficients everywhere, cut off where there are no groups."""
    matrix = np.zeros((5 * groups, groups + 4))
    for g in range(groups):
        matrix[5 * g : 5 * g + 5, g : g + 5] = _symmetric(_GRABILL)
    return matrix[:, 2:-2]


def grabill(closed: Array) -> Array:
    """Single years (..., age) of closed five-year groups by Grabill, blended into Sprague.

    The ten ages at each end go over to Sprague with weights exp(k - 10.1), k = 1 … 10 from the end
    inwards, and what is then missing from the total is spread in proportion: the way of DemoTools.
    """
    groups = closed.shape[-1]
    sprague = closed @ coefficients("sprague", groups).T
    weight = np.ones(5 * groups)
    weight[:10] = np.exp(np.arange(1, 11) - 10.1)
    weight[-10:] = weight[9::-1]
    blend = weight * (closed @ _grabill_alone(groups).T) + (1 - weight) * sprague
    part = blend * weight
    missing = (sprague - blend).sum(axis=-1, keepdims=True)
    total = part.sum(axis=-1, keepdims=True)
    spread: Array = blend + missing * part / np.where(total == 0, 1.0, total)
    return spread
