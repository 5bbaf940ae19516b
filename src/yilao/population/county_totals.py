"""Sums of a county table against the totals printed in it or beside it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from yilao.population.county_cells import Cells
from yilao.schema import SEXES

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Above = tuple[str, pd.DataFrame, Array]


def missed_totals(
    cells: Cells, groups: list[tuple[int, int]], values: Array
) -> tuple[list[str], list[str]]:
    """Say which totals printed for an area itself its own sexes and ages do not add up to.

    The second list names the printed groups that are no sum of the groups read.
    """
    lows, highs = [low for low, _ in groups], [high for _, high in groups]
    found, unused = [], []
    margins = cells.cells[
        (cells.cells["sex"] == "both")
        | ~pd.MultiIndex.from_frame(cells.cells[["low", "high"]]).isin(groups)
    ]
    for (sex, low, high), part in margins.groupby(["sex", "low", "high"], sort=False):
        ages = f"{low}+" if high == -1 else f"{low}-{high}"
        if low not in lows or high not in highs:
            unused.append(f"{sex} {ages}: {len(part)} cell(s), no sum of the groups read")
            continue
        chosen = values if sex == "both" else values[:, [SEXES.index(sex)]]
        summed = chosen[:, :, lows.index(low) : highs.index(high) + 1].sum(axis=(1, 2))
        for unit, printed, row, field in part[["unit", "value", "row", "field"]].values:
            if summed[unit] != printed and not np.isnan(summed[unit]):
                place, code = cells.units.loc[unit, ["place", "code"]]
                found.append(
                    f"{cells.name}, row {row}, {field}: {place} ({code or 'no code'}): "
                    f"{sex} {ages} sum to {summed[unit]:.0f}, printed is {printed:.0f} "
                    f"({summed[unit] - printed:+.0f})."
                )
    return found, unused


def missed_sums(
    name: str,
    report: pd.DataFrame,
    values: Array,
    groups: list[tuple[int, int]],
    above: Above | None = None,
) -> tuple[list[str], list[str]]:
    """Say which subtotals and totals, of this table or one above it, areas do not add up to.

    Cells are compared where every area of the sum has them.  A difference that a prefecture shows
    is not told again of its province and of the nation.  The second list names the prefectures of
    the table above that have no areas in this one.
    """
    source, upper, upper_values = above or (name, report, values)
    wanted = upper["kind"].isin(["total"] if above else ["total", "subtotal"]).to_numpy()
    areas = report["kind"].isin(["county", "zone", "incomplete"]).to_numpy()
    parts, uppers = _parts(upper, wanted, report) & areas, _parts(upper, wanted, upper)
    digits = upper["digits"].to_numpy()
    alone = (digits == 4) & ~parts.any(axis=1)
    in_none = (report["filed"] == "").to_numpy() & ~parts[digits == 4].any(axis=0)
    off = np.full_like(upper_values, np.nan)
    for i in np.flatnonzero(wanted & parts.any(axis=1)):
        # A prefecture without areas in the table stands for itself in its province, and for zones
        # that are named under none (the islands of Sansha).
        itself = alone & uppers[i] & (digits[i] < 4)
        if itself.any():
            parts[i] &= ~in_none
        summed = values[parts[i]].sum(axis=0) + upper_values[itself].sum(axis=0)
        off[i] = summed - upper_values[i]
    labels = (report["code"] + " " + report["place"].str.rpartition("|")[2]).str.strip().to_numpy()
    found = []
    for i in np.flatnonzero(wanted):
        told = np.nansum(off[(digits == digits[i] + 2) & uppers[i]], axis=0)
        rest = off[i] - (told if digits[i] >= 0 else 0)
        bad = np.argwhere(~np.isnan(rest) & (rest != 0))
        if not len(bad):
            continue
        s, a = bad[0]
        low, high = groups[a]
        members = labels[parts[i]].tolist()
        more = f" and {len(members) - 20} more" if members[20:] else ""
        found.append(
            f"{source}, row {upper['row'][i]}: {upper['place'][i]}: {len(bad)} cell(s) differ, the "
            f"first {SEXES[s]} {low}{'+' if high < 0 else f'-{high}'}: {len(members)} areas of "
            f"{name} miss the printed {upper_values[i][s, a]:.0f} by {rest[s, a]:+.0f}; they are "
            + ", ".join(members[:20])
            + more
            + _suspect(values[parts[i]][:, s, :], int(a), float(rest[s, a]), members)
            + "."
        )
    return found, upper.loc[alone, "place"].tolist()


def _suspect(cells: Array, at: int, off: float, labels: list[str]) -> str:
    """Name the area whose cell stands out from its neighbouring ages by about the difference."""
    if not 0 < at < cells.shape[1] - 1:
        return ""
    excess = cells[:, at] - (cells[:, at - 1] + cells[:, at + 1]) / 2
    excess = np.nan_to_num(excess, nan=np.inf)
    most = int(np.argmin(np.abs(excess - off)))
    others = np.abs(np.delete(excess, most))
    # A difference inside the ordinary unevenness of ages points at nobody.
    if abs(excess[most] - off) > abs(off) / 4 or (others > abs(off) / 2).any():
        return ""
    return f"; {labels[most]} stands out"


def _parts(upper: pd.DataFrame, wanted: npt.NDArray[np.bool_], lower: pd.DataFrame) -> Mask:
    """Which rows of the lower table each subtotal or total gathers: (upper, lower).

    By code, and by name where a code says nothing.  In GB/T 2260 the third and fourth digit of the
    districts of a municipality are 01, of its counties 02, and 90 under the province itself.
    """
    places, filed = lower["place"].to_numpy(dtype=str), lower["filed"].to_numpy(dtype=str)
    level = np.array([code[2:4] for code in filed])
    parts = np.zeros((len(upper), len(lower)), dtype=bool)
    for i in np.flatnonzero(wanted):
        place, code, digits = upper["place"][i], upper["code"][i], upper["digits"][i]
        province, name = place.partition("|")[0], place.rpartition("|")[2]
        if digits == 0:
            parts[i] = True
        elif digits > 0:
            under = np.char.startswith(places, f"{place}|")
            by_code = np.char.startswith(filed, code[:digits])
            parts[i] = by_code | (under & (filed == "")) if code else under
        elif place.count("|") == 1 or name not in ("市辖区", "县"):
            own = {"市辖区": "01", "县": "02"}.get(name, "90")
            parts[i] = (level == own) & np.char.startswith(places, f"{province}|")
    return parts
