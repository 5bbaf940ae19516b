"""Life tables for given life expectancies."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from benchmarks.registry import Measure, case, over, pick
from benchmarks.timing import medians, repeats
from yilao import mortality

# Microseconds per sex and year, recorded elsewhere (tests/golden/mortcast, MortCast 2.8-0): from
# life expectancy to death rates by single years to 130+, and by five-year groups.
_MORTCAST_SINGLE = 88.0


def _life_expectancies(tables: int) -> xr.DataArray:
    rng = np.random.default_rng(0)
    values = rng.uniform([72.0, 68.0], [92.0, 88.0], (tables // 2, 2))
    coords = {"draw": np.arange(tables // 2), "sex": ["female", "male"]}
    return xr.DataArray(values, dims=("draw", "sex"), coords=coords)


def _models() -> dict[str, Callable[[], mortality.MortalityModel]]:
    standard = mortality.wpp_mx("2022", [2020]).isel(year=0, drop=True)
    fit = mortality.coherent_lee_carter(mortality.wpp_mx("2022", range(2002, 2050)))
    return {
        "Lee-Carter": partial(mortality.lee_carter_model, fit[["ax", "bx"]]),
        "Brass": partial(mortality.brass_model, standard),
    }


@case("life_tables", "death rates and survival ratios of 101 ages for given life expectancies")
def life_tables(size: str) -> dict[str, Measure]:
    tables, looped = pick(size, small=(20, 2), medium=(10_000, 50), full=(10_000, 200))
    e0 = _life_expectancies(tables)
    measures = {}
    for name, make in _models().items():
        model = make()
        mx = mortality.mx_at(e0, model)
        miss = float(abs(mortality.life_expectancy(mx) - e0).max())
        assert miss < 3e-6, miss  # a jump of the rule for a0; 1e-8 elsewhere
        few = [e0.isel(draw=i) for i in range(looped // 2)]

        def loop(few: list[xr.DataArray] = few, model: Any = model) -> None:
            for one in few:
                mortality.mx_at(one, model)

        def fresh(make: Callable[[], mortality.MortalityModel] = make) -> xr.DataArray:
            return mortality.mx_at(e0, make())

        calls: dict[str, Callable[[], Any]] = {
            "rates": partial(mortality.mx_at, e0, model),
            "loop": loop,
            "ratios": partial(mortality.survival_ratio_at, e0, model),
            "parameter": partial(mortality.parameter_at, e0, model),
            "fresh": fresh,
        }
        us = {k: s * 1e6 for k, s in medians(calls, repeats(size)).items()}
        us = {k: t / (looped if k == "loop" else tables) for k, t in us.items()}
        against = "MortCast e0 -> mx, by single years, recorded elsewhere, per sex and year"
        measures |= {
            f"{name}: rates, per table": over(
                us["rates"], _MORTCAST_SINGLE, "us", against, "<= 1/88"
            ),
            f"{name}: a loop, two tables a call": over(
                us["loop"], us["rates"], "us", "one call", better=""
            ),
            f"{name}: survival ratios": over(us["ratios"], _MORTCAST_SINGLE, "us", against),
            f"{name}: parameter only": Measure(us["parameter"], "us"),
            f"{name}: rates, model looked up anew": Measure(us["fresh"], "us"),
        }
    return measures
