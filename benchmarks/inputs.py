"""Made-up inputs: plausible shapes by age, a little different for every member."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.schema import SEXES, VARIABLES

Array = npt.NDArray[np.float64]
START = 2020
MEASURES = ("under 3", "60+", "65+", "80+", "all", "in need of care")


def labelled(name: str, values: Array, leading: dict[str, int], **more: Any) -> xr.DataArray:
    """Put the labels, unit and source of a variable on an array (leading …, own dimensions)."""
    own = [d for d in VARIABLES[name].dims if d != "year" or values.ndim - len(leading) > 0]
    if name in ("asfr_pattern", "migration_profile"):
        own.remove("year")
    dims = (*leading, *own)
    sizes = dict(zip(dims, values.shape, strict=True))
    labels: dict[str, Any] = {d: np.arange(n) for d, n in leading.items()}
    for d in own:
        labels[d] = np.arange(sizes[d])
    if "sex" in labels:
        labels["sex"] = list(SEXES)
    if "year" in labels:
        labels["year"] = START + 1 + np.arange(sizes["year"])
    labels |= more
    attrs = {"units": VARIABLES[name].unit, "sources": ["made up for a benchmark"]}
    if name == "population":
        attrs["basis"] = "resident"
        labels["year"] = START
    return xr.DataArray(values, dims=dims, coords=labels, name=name, attrs=attrs)


def survival_by_age(ages: int, shift: float = 0.0) -> Array:
    """Gompertz-like survival ratios (sex, age); ``shift`` years of age younger."""
    a = np.arange(ages) - shift
    hazard = np.stack([2e-5 * np.exp(0.1 * a), 4e-5 * np.exp(0.097 * a)])
    hazard[:, 0] += 0.005
    # It levels off among the oldest; otherwise cells would fall to 1e-300 and below, where
    # arithmetic is slow.
    hazard = np.minimum(hazard, 0.7)
    return np.asarray(np.exp(-hazard))


def fertility_by_age(ages: int) -> Array:
    """A bell over the ages 15 to 49 that sums to 1."""
    a = np.arange(ages)
    bell = np.where((a >= 15) & (a < 50), np.exp(-(((a - 29) / 5.5) ** 2) / 2), 0.0)
    return np.asarray(bell / bell.sum())


def migration_by_age(ages: int) -> Array:
    """A profile (sex, age) with a peak at 22 and none after 70 that sums to 1."""
    a = np.arange(ages)
    one = 0.002 * np.exp(-a / 20) + np.exp(-(((a - 22) / 6.0) ** 2) / 2) / 15
    # Among the oldest there would be fewer than the profile takes away.
    one[71:] = 0.0
    both = np.stack([one, 1.1 * one])
    return np.asarray(both / both.sum())


def people_by_age(ages: int) -> Array:
    """People (sex, age) of a town of about 100,000."""
    alive = np.cumprod(survival_by_age(ages), axis=1)
    return np.asarray(1e5 * alive / alive.sum())


def base_of(leading: dict[str, int], ages: int, seed: int = 1) -> xr.DataArray:
    """One population for every member."""
    shape = tuple(leading.values())
    factor = np.random.default_rng(seed).uniform(0.8, 1.2, shape)
    return labelled("population", factor[..., None, None] * people_by_age(ages), leading)


def own(
    leading: dict[str, int], years: int, ages: int, *, tables: bool = False, seed: int = 2
) -> tuple[xr.DataArray, xr.Dataset]:
    """Survival, fertility and migration written out for every member (lx and Lx with ``tables``).

    Without leading dimensions: rates that all members share.
    """
    rng = np.random.default_rng(seed)
    shape = (*leading.values(), years)
    survival = survival_by_age(ages)
    # 1 - (1 - s) u, member by member, with one large array only.
    hazard = rng.uniform(0.8, 1.0, shape)[..., None, None] * (survival - 1)
    hazard += 1
    asfr = rng.uniform(0.8, 1.4, shape)[..., None] * fertility_by_age(ages)
    moving = rng.uniform(-100, 400, shape)[..., None, None] * migration_by_age(ages)
    rates = {
        "survival_ratio": labelled("survival_ratio", hazard, leading),
        "asfr": labelled("asfr", asfr, leading),
        "srb": labelled("srb", np.full(years, 1.07), {}),
        "net_migration": labelled("net_migration", moving, leading),
    }
    if tables:
        lx = np.cumprod(np.concatenate([np.ones((2, 1)), survival[:, :-1]], axis=1), axis=1)
        person_years = lx * (1 + survival) / 2
        person_years[:, -1] = lx[:, -1] * 2
        for name, table in (("lx", lx), ("Lx", person_years)):
            whole = np.broadcast_to(table, (*shape, 2, ages)).copy()
            rates[name] = labelled(name, whole, leading)
    return base_of(leading, ages), xr.Dataset(rates)


def factorised(
    leading: dict[str, int],
    years: int,
    ages: int,
    *,
    own_dims: tuple[str, ...] | None = None,
    seed: int = 3,
) -> tuple[xr.DataArray, xr.Dataset]:
    """A survival surface, a pattern and a profile for all; level, tfr and total for every member.

    own_dims : the dimensions that level, tfr and total have; by default all.
    """
    rng = np.random.default_rng(seed)
    mine = {d: n for d, n in leading.items() if own_dims is None or d in own_dims}
    shape = (*mine.values(), years)
    levels = np.arange(60.0, 101.0, 5.0)
    surface = np.stack([survival_by_age(ages, (x - 80) / 1.5) for x in levels])
    rates = {
        "survival_surface": labelled("survival_surface", surface, {}, level=levels),
        "mortality_level": labelled("mortality_level", rng.uniform(76, 88, shape), mine),
        "asfr_pattern": labelled("asfr_pattern", fertility_by_age(ages), {}),
        "tfr": labelled("tfr", rng.uniform(0.8, 1.4, shape), mine),
        "srb": labelled("srb", np.full(years, 1.07), {}),
        "migration_profile": labelled("migration_profile", migration_by_age(ages), {}),
        "migration_total": labelled("migration_total", rng.uniform(-100, 400, shape), mine),
    }
    return base_of(leading, ages), xr.Dataset(rates)


def six_weights(base: xr.DataArray) -> xr.DataArray:
    """What a plan counts: four age groups, everybody, and a prevalence that rises with age."""
    a = base["age"].values
    care = 1 / (1 + np.exp(-(a - 85) / 6.0))
    by_age = np.stack([a < 3, a >= 60, a >= 65, a >= 80, a >= 0, care]).astype(float)
    values = np.stack([by_age, by_age], axis=1)
    values[5, 0] *= 1.2
    return xr.DataArray(
        values,
        dims=("measure", "sex", "age"),
        coords={"measure": list(MEASURES), "sex": list(SEXES), "age": a},
    )
