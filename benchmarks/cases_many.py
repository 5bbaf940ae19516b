"""Thousands of areas, a thousand futures each, as a user would write it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

import yilao
from benchmarks.inputs import (
    Array,
    fertility_by_age,
    labelled,
    migration_by_age,
    people_by_age,
    six_weights,
    survival_by_age,
)
from benchmarks.registry import Measure, case, peak_mb, pick
from benchmarks.timing import THREADS, engine

AGES = 101
CENSUS = "census_age_sex_county_2020.csv.gz"
# Where the county tables may lie: beside the repository, as in development.
FACTS = (Path(__file__).parents[2] / "shared" / "facts",)
QUANTILES = (0.1, 0.5, 0.9)
# Areas that are drawn, projected and ranked together: the sums of 16 are 24 MB (8 are 5 to 10 %
# slower, for the calls; 32 a little faster with twice the memory).
BLOCK = 16
# bayesPop, 300 areas x 1,000 draws x 30 years on one core, extrapolated linearly from its time per
# step recorded elsewhere: minutes, and GB of files.
BAYESPOP_MINUTES, BAYESPOP_GB = 67.0, 17.0


def made_up_bases(areas: int) -> tuple[xr.DataArray, str]:
    """Populations (area, sex, age) of places of many sizes."""
    scale = np.random.default_rng(11).lognormal(1.0, 0.8, areas)
    made = scale[:, None, None] * people_by_age(AGES)
    return labelled("population", made, {"area": areas}), f"{areas} areas, made up"


def county_bases(areas: int | None = None) -> tuple[xr.DataArray, str]:
    """Populations (area, sex, age) of the census of 2020, or made up where there is no table.

    Groups are split evenly into single ages, 85 and over with a falling share: good enough to be
    projected in a benchmark, and for nothing else.
    """
    path = next((p / CENSUS for p in FACTS if (p / CENSUS).exists()), None)
    if path is None:
        return made_up_bases(areas or 2850)
    table = pd.read_csv(path)
    # Zones have no code; codes that end in 00 are subtotals.
    table = table[(table["code"] > 0) & (table["code"] % 100 != 0)]
    groups = table.pivot_table(
        index="code", columns=["sex", "age_low"], values="value", aggfunc="sum"
    ).dropna()
    # Where a group is empty, emigration would leave fewer than none.
    groups = groups[(groups > 20).all(axis=1)]
    lows = sorted(groups["female"].columns)
    values = np.empty((len(groups), 2, AGES))
    for s, sex in enumerate(("female", "male")):
        of_sex = groups[sex].to_numpy(dtype=float)
        for i, low in enumerate(lows):
            end = lows[i + 1] if i + 1 < len(lows) else AGES
            share = 0.82 ** np.arange(end - low) if end == AGES else np.ones(end - low)
            values[:, s, low:end] = of_sex[:, i, None] * share / share.sum()
    base = labelled("population", values[:areas], {"area": len(values[:areas])})
    return base, f"{base.sizes['area']} counties of the census of 2020"


def draw_rates(base: xr.DataArray, draws: int, years: int, rng: np.random.Generator) -> xr.Dataset:
    """Random walks of fertility, mortality level and migration for each area and draw."""
    leading = {"area": base.sizes["area"], "draw": draws}
    shape = (*leading.values(), years)

    def walk(step: float) -> Array:
        steps = rng.standard_normal(shape)
        steps *= step
        return np.cumsum(steps, axis=-1, out=steps)

    tfr = walk(0.03)
    np.exp(tfr, out=tfr)
    level = walk(0.15)
    level += 79 + 0.15 * np.arange(years)
    # Small, because small places in 87 million futures must not run out of an age.
    total = walk(0.0001)
    total *= base.values.sum(axis=(1, 2))[:, None, None]
    levels = np.arange(60.0, 101.0, 5.0)
    surface = np.stack([survival_by_age(AGES, (x - 80) / 1.5) for x in levels])
    mine = {
        "mortality_level": labelled("mortality_level", level, leading),
        "tfr": labelled("tfr", tfr, leading),
        "migration_total": labelled("migration_total", total, leading),
    }
    for array in mine.values():
        array.coords["area"] = base["area"].values
    return xr.Dataset(
        {
            **mine,
            "survival_surface": labelled("survival_surface", surface, {}, level=levels),
            "asfr_pattern": labelled("asfr_pattern", fertility_by_age(AGES), {}),
            "srb": labelled("srb", np.full(years, 1.07), {}),
            "migration_profile": labelled("migration_profile", migration_by_age(AGES), {}),
        }
    )


def quantiles(sums: Array) -> Array:
    """Quantiles over draws of sums (draw, year, measure): (quantile, year, measure).

    The draws of a number are laid side by side and sorted: 1.4 and 3.3 ns a value, where
    `numpy.partition` at six places takes 20 and `numpy.quantile` as much.
    """
    draws = len(sums)
    ranked = np.ascontiguousarray(sums.reshape(draws, -1).T)
    ranked.sort(axis=-1)
    place = np.array(QUANTILES) * (draws - 1)
    low = np.minimum(place.astype(int), draws - 2)
    at = ranked[:, low] + (place - low) * (ranked[:, low + 1] - ranked[:, low])
    return np.asarray(at.T.reshape(-1, *sums.shape[1:]))


def generator(seed: int, block: int) -> np.random.Generator:
    """Random numbers of a block; SFC64 draws normals in 8.6 ns, the default generator in 12."""
    return np.random.Generator(np.random.SFC64([seed, block]))


def futures(base: xr.DataArray, draws: int, years: int, chosen: str, seed: int = 2020) -> Array:
    """Quantiles (area, quantile, year, measure); the same whatever the number of threads."""
    weights = six_weights(base)
    areas = base.sizes["area"]
    found = np.empty((areas, len(QUANTILES), years + 1, weights.sizes["measure"]))

    def block(first: int) -> None:
        few = base.isel(area=slice(first, first + BLOCK))
        rates = draw_rates(few, draws, years, generator(seed, first // BLOCK))
        sums = yilao.project_sums(few, rates, weights, engine=chosen, threads=1)
        for i, of_area in enumerate(sums.transpose("area", "draw", "year", "measure").values):
            found[first + i] = quantiles(of_area)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(block, range(0, areas, BLOCK)))
    return found


def _check(base: xr.DataArray, found: Array, draws: int, years: int, chosen: str) -> None:
    """The quantiles of the first area equal `numpy.quantile` of its block done alone."""
    few = base.isel(area=slice(0, BLOCK))
    rates = draw_rates(few, draws, years, generator(2020, 0))
    sums = yilao.project_sums(few, rates, six_weights(base), engine=chosen)
    wanted = np.quantile(sums.isel(area=0).values, QUANTILES, axis=0)
    np.testing.assert_allclose(found[0], wanted, rtol=1e-9)


def _timed(base: xr.DataArray, draws: int, years: int, size: str) -> tuple[float, Array]:
    futures(base.isel(area=slice(0, 1)), 2, years, engine(size))
    seconds = []
    for _ in range(pick(size, small=1, medium=3, full=5)):
        start = time.perf_counter()
        found = futures(base, draws, years, engine(size))
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds)), found


@case("counties", "every county, 1,000 draws, 30 years, six sums, streamed to quantiles")
def counties(size: str) -> dict[str, Measure]:
    areas, draws, years = pick(
        size, small=(3, 20, 3), medium=(200, 1000, 30), full=(None, 1000, 30)
    )
    base, which = made_up_bases(areas) if size == "small" else county_bases(areas)
    seconds, found = _timed(base, draws, years, size)
    peak = peak_mb()
    _check(base, found, draws, years, engine(size))
    n = base.sizes["area"]
    return {
        "wall time": Measure(seconds, "s", want="<= 10 s" if size == "full" else "", against=which),
        "peak memory": Measure(peak, "MB", want="< 1024 MB"),
        "time per member-year": Measure(seconds / (n * draws * years) * 1e9, "ns"),
    }


@case("cities", "300 cities, likewise, beside what bayesPop would take")
def cities(size: str) -> dict[str, Measure]:
    areas, draws, years = pick(size, small=(3, 20, 3), medium=(60, 1000, 30), full=(300, 1000, 30))
    base, _ = made_up_bases(areas)
    seconds, found = _timed(base, draws, years, size)
    peak = peak_mb()
    _check(base, found, draws, years, engine(size))
    share = areas * draws * years / (300 * 1000 * 30)
    return {
        "wall time": Measure(
            seconds,
            "s",
            beside=BAYESPOP_MINUTES * 60 * share,
            against="bayesPop whole, one core, extrapolated from a recorded time",
            ratio=seconds / (BAYESPOP_MINUTES * 60 * share),
        ),
        "peak memory": Measure(
            peak,
            "MB",
            beside=BAYESPOP_GB * 1024 * share,
            against="bayesPop's files, extrapolated",
        ),
    }
