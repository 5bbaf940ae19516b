"""The engine's figure for a claim: read off the sums of a projection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from yilao import fertility, mortality, scenario
from yilao.place import Place
from yilao.plan.measures import spans
from yilao.projection import project_sums
from yilao.reproduce.stated import Claim


@dataclass(frozen=True, eq=False)
class Course:
    """A place projected under a variant to the last year with rates, as sums over ages.

    ``sums`` is (year, measure) in persons, ``life_expectancy`` (year) in years, both sexes.
    """

    place: Place
    variant: str
    base: xr.DataArray
    rates: xr.Dataset
    sums: xr.DataArray
    life_expectancy: xr.DataArray

    @property
    def weights(self) -> xr.DataArray:
        """The weights behind ``sums``."""
        return weights(self.sums["measure"].values.tolist(), self.base)


def weights(ages: Iterable[str], like: xr.DataArray) -> xr.DataArray:
    """Weights (measure, sex, age) for `project_sums`: 1 for the ages counted, labelled by text."""
    wanted = list(dict.fromkeys(ages))
    blank = xr.zeros_like(like, dtype=float).drop_attrs()
    found = []
    for text in wanted:
        one = blank.copy()
        for low, high in spans(text):
            one.loc[{"age": slice(low, high)}] = 1.0
        found.append(one)
    together = xr.concat(found, dim=xr.DataArray(wanted, dims="measure", name="measure"))
    return (
        together.transpose("measure", "sex", "age").drop_vars("year").assign_attrs(units="persons")
    )


def course(place: Place, variant: str, ages: Sequence[str]) -> Course:
    """Project a place under a variant and sum the ages that are asked for."""
    base, rates = place.base, place.rates(variant)
    sums = project_sums(base, rates, weights(ages, base))
    return Course(
        place, variant, base, rates, sums, life_expectancy(rates, sums["year"].values.tolist())
    )


def shifted_mx(rates: xr.Dataset, years: Sequence[int], shift: xr.DataArray) -> xr.DataArray:
    """Death rates (draw, year, sex, age) behind the rates of a variant, their level moved on."""
    standard = mortality.wpp_mx(str(rates.attrs["edition"]), [int(y) for y in years])
    level = shift + rates.attrs["mortality_level"]
    level = level.expand_dims(year=standard["year"].values, sex=standard["sex"].values)
    return mortality.brass(standard.expand_dims(draw=shift["draw"].values), level)


def life_expectancy(
    rates: xr.Dataset, years: Sequence[int], shift: xr.DataArray | None = None
) -> xr.DataArray:
    """Life expectancy at birth behind the rates of a variant, both sexes: ([draw,] year)."""
    if shift is None:
        still = xr.DataArray([0.0], dims="draw", coords={"draw": [0]})
        return life_expectancy(rates, years, still).isel(draw=0, drop=True)
    srb = fertility.wpp_annual(str(rates.attrs["edition"]), "sex_ratio_at_birth")
    by_sex = mortality.life_expectancy(shifted_mx(rates, years, shift))
    males = xr.DataArray(srb.loc[list(years)].to_numpy(dtype=float), dims="year")
    men, women = (by_sex.sel(sex=s, drop=True) for s in ("male", "female"))
    return (men * males + women) / (1 + males)


def figure(claim: Claim, sums: xr.DataArray) -> xr.DataArray:
    """The claim's figure, in the unit of its indicator, from sums (…, year, measure)."""
    measure, year, since = claim.measure, claim.year, claim.since
    people = sums.sel(measure=measure.ages, drop=True)
    now = people.sel(year=year, drop=True)
    if measure.form == "share":
        return 100 * now / sums.sel(measure=measure.of_ages, year=year, drop=True)
    if year is None or since is None:
        return now
    before = people.sel(year=since, drop=True)
    if measure.form == "increase":
        return (now - before) / (year - since)
    return 100 * ((now / before) ** (1 / (year - since)) - 1)


def peak(claim: Claim, sums: xr.DataArray) -> int | None:
    """The year in which the count is largest; None when it still grows at the end."""
    people = sums.sel(measure=claim.measure.ages).values
    largest = int(np.argmax(people))
    return None if largest == len(people) - 1 else int(sums["year"].values[largest])


def reached(claim: Claim, run: Course) -> int | None:
    """The first year after the base in which the figure has passed the printed one, if any."""
    form, sums = claim.measure.form, run.sums
    if claim.counted or claim.value is None or form not in ("count", "share", "life_expectancy"):
        return None
    if form == "life_expectancy":
        path = run.life_expectancy
    else:
        path = sums.sel(measure=claim.measure.ages)
        if form == "share":
            path = 100 * path / sums.sel(measure=claim.measure.of_ages)
    side = np.sign(path.values - claim.value)
    passed = np.flatnonzero(side != side[0])
    return int(path["year"].values[passed[0]]) if len(passed) else None


def reason(claim: Claim, run: Course) -> str:
    """Why the engine has no figure for a claim; empty when it has one.

    ``measure``: the concept has none (the file of measures says why); ``registered``: it counts
    registered people, of whom no ages are packaged; ``year``: it is before the base or after the
    last year with rates, or has none; ``input``: the projection itself starts from the figure;
    ``other input``: it starts from another figure for that year, so that it projects nothing.
    """
    measure, first = claim.measure, int(run.base["year"])
    # That the count falls after its peak must be seen.
    last = scenario.LAST_YEAR - (measure.form == "peak")
    if not measure.form:
        return "measure"
    if measure.basis == "registered":
        return "registered"
    since = claim.since if measure.form in ("increase", "growth") else claim.year
    if claim.year is None or since is None or since < first or claim.year > last:
        return "year"
    given = run.place.inputs.life_expectancy
    if measure.form == "life_expectancy" and given is not None and given.year == claim.year:
        return "input" if given.value == claim.value else "other input"
    return ""
