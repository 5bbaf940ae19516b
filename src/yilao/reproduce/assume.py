"""The parameters of a projection after its base that an assumption can change, one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao import mortality
from yilao.place import Place
from yilao.projection import project, project_sums
from yilao.reproduce.figures import Course, life_expectancy, shifted_mx
from yilao.schema import UnknownNameError

Array = npt.NDArray[np.float64]
PARAMETERS: tuple[str, ...] = ("net_migration", "tfr", "life_expectancy")
# Where a solution is looked for, as settings: a factor on all flows by age, a factor on total
# fertility, a shift of Brass's level.
SEARCHED = {"net_migration": (0.0, 6.0), "tfr": (0.2, 5.0), "life_expectancy": (-2.0, 2.0)}
# What is called plausible: from nobody to twice the flows; births per woman from the lowest of
# any province to replacement; years of life from below the four cities' to above any country's.
PLAUSIBLE = {"net_migration": (0.0, 2.0), "tfr": (0.6, 2.1), "life_expectancy": (70.0, 88.0)}
_FLOWS = ("migration_total", "immigration", "emigration_rate")


@dataclass(frozen=True)
class Assumption:
    """The value of one parameter at which a printed figure holds, all else as in the variant.

    Attributes
    ----------
    parameter : ``net_migration`` (persons per year, the mean from the base to the year of the
        claim; the flows by age are multiplied by one factor), ``tfr`` (births per woman, the mean
        of the same years, all multiplied by one factor), ``life_expectancy`` (years, both sexes, in
        the year of the claim; one shift of Brass's level in all years).
    used : what the variant has.
    needed : what the printed figure needs, of a range its nearest printed end; None when no value
        that was searched gives it.
    low, high : needed at the ends of the printed interval, in the order of the figure; None where
        the interval is open or an end is not reached.
    setting : factor or shift that gives ``needed``, for `rates_under`.
    plausible : whether ``needed`` lies within `PLAUSIBLE`; of net migration its factor.
    reach : lowest and highest figure that the parameter gives within what was searched; None for a
        peak.
    searched : lowest and highest value of the parameter that was searched.
    """

    parameter: str
    used: float
    needed: float | None
    low: float | None
    high: float | None
    setting: float | None
    plausible: bool
    reach: tuple[float, float] | None
    searched: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Knob:
    """One parameter of a projected place, to be turned; ``own`` is the setting of the variant."""

    run: Course
    parameter: str
    rates: xr.Dataset
    own: float

    @property
    def until(self) -> int:
        """The last year projected."""
        return int(self.rates["year"].values[-1])

    def sums(self, settings: Array) -> xr.DataArray:
        """Sums (draw, year, measure) at each setting, with the mark of impossible departures."""
        changed = change(self.rates, self.parameter, settings)
        return project_sums(self.run.base, changed, self.run.weights, negative="mark")

    def values(self, settings: Array) -> xr.DataArray:
        """The parameter (draw, year) at each setting, in its own unit."""
        if self.parameter == "life_expectancy":
            shift = xr.DataArray(settings, dims="draw", coords={"draw": np.arange(len(settings))})
            return life_expectancy(self.rates, self.rates["year"].values.tolist(), shift)
        changed = change(self.rates, self.parameter, settings)
        if self.parameter == "tfr":
            return changed["tfr"].transpose("draw", "year")
        done = project(self.run.base, changed, flows=["net_migration"])
        return done.net_migration.sum(("sex", "age"))

    def stated(self, path: xr.DataArray, year: int) -> float:
        """A path (year) as an assumption states it: of the year, or the mean up to it."""
        if self.parameter == "life_expectancy":
            return float(path.sel(year=year))
        return float(path.sel(year=slice(None, year)).mean())


def knob(run: Course, parameter: str, until: int) -> Knob | None:
    """The parameter of a projected place; None where its flows are not known."""
    rates = run.rates.sel(year=slice(None, until))
    own = 0.0 if parameter == "life_expectancy" else 1.0
    if parameter == "net_migration" and run.variant == "no-migration":
        if "trend" not in run.place.variants:
            return None
        # A closed population has no flows of its own: those of the trend, times nothing.
        return Knob(run, parameter, _with_flows(rates, run.place, until), 0.0)
    return Knob(run, parameter, rates, own)


def _with_flows(rates: xr.Dataset, place: Place, until: int) -> xr.Dataset:
    flows = place.rates("trend", until=until)
    return rates.assign({name: flows[name] for name in _FLOWS if name in flows})


def change(rates: xr.Dataset, parameter: str, settings: Array) -> xr.Dataset:
    """Rates at each setting of a parameter, along a new dimension ``draw``."""
    setting = xr.DataArray(settings, dims="draw", coords={"draw": np.arange(len(settings))})
    if parameter == "life_expectancy":
        table = mortality.life_table(shifted_mx(rates, rates["year"].values.tolist(), setting))
        ratios = mortality.survival_ratios(table)
        return rates.assign(survival_ratio=ratios.assign_attrs(rates["survival_ratio"].attrs))
    names = ["tfr"] if parameter == "tfr" else [n for n in _FLOWS if n in rates]
    return rates.assign({n: (setting * rates[n]).assign_attrs(rates[n].attrs) for n in names})


def rates_under(
    place: Place, variant: str, parameter: str, setting: float | Sequence[float], until: int
) -> xr.Dataset:
    """Rates of a variant with one parameter changed, ready for ``project``.

    Parameters
    ----------
    place, variant : a place and one of its variants.
    parameter : ``net_migration``: the flows by age of the variant (in ``no-migration`` those of
        ``trend``) times ``setting``; ``tfr``: total fertility times ``setting``;
        ``life_expectancy``: Brass's level plus ``setting``, below 0 for longer lives.
    setting : one number, or several, which become the dimension ``draw``.
    until : last year.

    Raises
    ------
    UnknownNameError
        The parameter does not exist.
    YilaoError
        The variant, or the flows of ``trend``, cannot be computed here.

    Examples
    --------
    >>> import yilao as yl
    >>> ankang = yl.load_place("ankang")
    >>> halved = rates_under(ankang, "trend", "tfr", 0.5, until=2025)
    >>> round(float((halved.tfr / ankang.rates("trend", until=2025).tfr).mean()), 12)
    0.5
    """
    if parameter not in PARAMETERS:
        raise UnknownNameError(
            f"parameter {parameter!r} does not exist. Known: {', '.join(PARAMETERS)}."
        )
    rates = place.rates(variant, until=until)
    if variant == "no-migration" and parameter == "net_migration":
        rates = _with_flows(rates, place, until)
    changed = change(rates, parameter, np.atleast_1d(np.asarray(setting, dtype=float)))
    return changed if np.ndim(setting) else changed.isel(draw=0, drop=True)
