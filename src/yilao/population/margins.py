"""Published counts of people as rows of a linear system over single years by sex."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.schema import SEXES, SchemaError

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Margin:
    """One published count of people: the ages low ≤ age < high of one sex or of both.

    Attributes
    ----------
    value : persons.
    low, high : completed years, half-open; ``high=None`` is open.
    sex : ``"female"``, ``"male"`` or ``"both"``.
    tolerance : persons by which the true count may differ, half a unit of the last printed digit
        where a figure is rounded (500 for 1,234千, 50 for 12.34万); 0 is exact.
    """

    value: float
    low: int = 0
    high: int | None = None
    sex: str = "both"
    tolerance: float = 0.0

    @classmethod
    def printed(
        cls, ages: str, value: float, *, sex: str = "both", tolerance: float = 0.0
    ) -> Margin:
        """Read printed ages: ``"0-14"`` (closed), ``"[0,3)"``, ``"60+"``, ``"all"``.

        Examples
        --------
        >>> Margin.printed("0-14", 1000)
        Margin(value=1000, low=0, high=15, sex='both', tolerance=0.0)
        """
        text = ages.replace(" ", "").replace("岁", "")
        if text == "all":
            return cls(value, sex=sex, tolerance=tolerance)
        if found := re.fullmatch(r"(\d+)(?:\+|及以上|以上)", text):
            return cls(value, int(found[1]), None, sex, tolerance)
        if found := re.fullmatch(r"(\d+)[-–—~](\d+)", text):
            return cls(value, int(found[1]), int(found[2]) + 1, sex, tolerance)
        if found := re.fullmatch(r"\[(\d+),(\d+)\)", text):
            return cls(value, int(found[1]), int(found[2]), sex, tolerance)
        raise SchemaError(
            f'ages: {ages!r} is not understood. Write "0-14" (both included), "[0,3)" (3 not '
            'included), "60+" or "all".'
        )

    @property
    def label(self) -> str:
        """Ages and sex for messages and tables: ``60+``, ``0-14 female``, ``all``."""
        ages = f"{self.low}+" if self.high is None else f"{self.low}-{self.high - 1}"
        ages = "all" if ages == "0+" else ages
        return ages if self.sex == "both" else f"{ages} {self.sex}"


@dataclass(frozen=True)
class Row:
    """A margin as low ≤ Σ cells * people ≤ high, cells over (sex, age) in one line."""

    label: str
    cells: Array
    low: float
    high: float

    @property
    def middle(self) -> float:
        """The middle of the interval; 0 of a one-sided one, which is a ratio at its edge."""
        return (self.low + self.high) / 2 if np.isfinite(self.low + self.high) else 0.0

    def __str__(self) -> str:
        if not np.isfinite(self.low + self.high):
            return self.label
        shown = f"{self.low:,.10g}"
        if self.low != self.high:
            shown += f" to {self.high:,.10g}"
        return f"{self.label} = {shown}" if self.cells.min() >= 0 else self.label


def margin_row(margin: Margin, reference: xr.DataArray) -> Row:
    """Lay a margin over the ages and sexes of a reference, or raise on what does not fit."""
    last = int(reference["age"].values[-1])
    high = last + 1 if margin.high is None else margin.high
    inside = 0 <= margin.low < high <= last and margin.low == int(margin.low)
    if not (inside or (margin.high is None and 0 <= margin.low <= last)):
        raise SchemaError(
            f"margin {margin.label}: its ages are not within 0 … {last}+ of the reference, whose "
            "last age is open."
        )
    if margin.sex not in (*SEXES, "both"):
        raise SchemaError(
            f"margin {margin.label}: sex is {margin.sex!r}, needed is one of {[*SEXES, 'both']}."
        )
    if not (np.isfinite(margin.value) and margin.value >= 0 and 0 <= margin.tolerance < np.inf):
        raise SchemaError(
            f"margin {margin.label}: {margin.value} ± {margin.tolerance} persons. Counts and "
            "tolerances are numbers not below 0."
        )
    cells = np.zeros(reference.shape)
    sexes = [s in (margin.sex, *(SEXES if margin.sex == "both" else ())) for s in SEXES]
    cells[sexes, margin.low : high] = 1.0
    low = max(margin.value - margin.tolerance, 0.0)
    return Row(margin.label, cells.ravel(), low, margin.value + margin.tolerance)


def ratio_rows(ratio: float, tolerance: float, reference: xr.DataArray) -> list[Row]:
    """Males less ratio * females is 0; with a tolerance, not below and not above, one row each."""
    if not (0 < ratio < np.inf and 0 <= tolerance < ratio):
        raise SchemaError(
            f"sex_ratio: {ratio} ± {tolerance}; needed are males per 100 females, above 0."
        )
    female, male = (np.repeat([[f], [1 - f]], reference.shape[1], 1).ravel() for f in (1.0, 0.0))
    edges = [(ratio - tolerance, 0.0, np.inf), (ratio + tolerance, -np.inf, 0.0)]
    if tolerance == 0:
        edges = [(ratio, 0.0, 0.0)]
    return [
        Row(f"sex ratio {edge:g}", male - edge / 100 * female, low, high)
        for edge, low, high in edges
    ]
