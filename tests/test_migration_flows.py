"""Net migration of every step from a series of populations: the equations in plain loops."""

from typing import Any

import numpy as np
import pytest
import xarray as xr

from yilao import project
from yilao.migration import flow_residual
from yilao.schema import SEXES, BasisError, SchemaError, YilaoError

YEARS, AGES = [2010, 2015, 2020, 2025], list(range(0, 60, 5))
COORDS = {"year": YEARS, "sex": list(SEXES), "age": AGES}


@pytest.fixture(scope="module")
def series() -> tuple[xr.DataArray, dict[str, xr.DataArray]]:
    rng = np.random.default_rng(11)
    population = xr.DataArray(
        rng.uniform(900, 1100, (4, 2, 12)), dims=list(COORDS), coords=COORDS,
        attrs={"units": "persons", "basis": "resident", "sources": ["counts"]},
    )  # fmt: skip
    later = {**COORDS, "year": YEARS[1:]}
    survival = xr.DataArray(
        rng.uniform(0.6, 1, (3, 2, 12)), dims=list(later), coords=later, attrs={"units": "1"}
    )
    asfr = np.zeros((3, 12))
    asfr[:, 3:10] = rng.uniform(0.01, 0.1, (3, 7))
    return population, {
        "survival_ratio": survival,
        "asfr": xr.DataArray(
            asfr, dims=("year", "age"), coords={"year": YEARS[1:], "age": AGES},
            attrs={"units": "births per woman per year", "sources": ["rates"]},
        ),
        "srb": xr.DataArray(
            [1.05, 1.1, 1.15], dims="year", coords={"year": YEARS[1:]},
            attrs={"units": "males per female"},
        ),
    }  # fmt: skip


def in_loops(population: xr.DataArray, rates: dict[str, xr.DataArray], method: str) -> np.ndarray:
    """The three residuals cell by cell, as the R package writes them."""
    p, last = population.values, len(AGES) - 1
    s, f, r = (rates[n].values for n in ("survival_ratio", "asfr", "srb"))
    found = np.zeros_like(s)
    for t in range(3):
        births = sum(5 * f[t, a] * (p[t, 0, a] + p[t + 1, 0, a]) / 2 for a in range(last + 1))
        for x in range(2):
            born = births * (r[t] if x else 1) / (1 + r[t])
            stock = [p[t + 1, x, 0] - born * s[t, x, 0]]
            stock += [p[t + 1, x, a] - p[t, x, a - 1] * s[t, x, a] for a in range(1, last)]
            both = p[t, x, last - 1] + p[t, x, last]
            stock.append(p[t + 1, x, last] - both * s[t, x, last])
            if method == "stock":
                found[t, x] = stock
            elif method == "cohort":
                half = [stock[a] / (2 * s[t, x, a] ** 0.5) for a in range(last + 1)]
                found[t, x, 0] = 2 * half[0] + half[1]
                for a in range(1, last - 1):
                    found[t, x, a] = half[a] + half[a + 1]
                found[t, x, last - 1] = 2 * half[last - 1]
                found[t, x, last] = stock[last]
            else:
                found[t, x, 0] = 2 * stock[0]
                for a in range(1, last + 1):
                    found[t, x, a] = 2 * stock[a] - found[t, x, a - 1] * s[t, x, a]
    return found


@pytest.mark.parametrize("method", ["stock", "cohort", "time"])
def test_the_equations(series: Any, method: str) -> None:
    population, rates = series
    kept = [a.copy(deep=True) for a in (population, *rates.values())]
    found = flow_residual(population, **rates, method=method)
    for now, then in zip((population, *rates.values()), kept, strict=True):
        xr.testing.assert_identical(now, then)
    np.testing.assert_allclose(found, in_loops(population, rates, method), rtol=1e-12)
    assert found["year"].values.tolist() == YEARS[1:]
    assert found.attrs == {
        "units": "persons per step",
        "basis": "resident",
        "method": method,
        "sources": ["counts", "rates"],
    }


def closed_apart_from(series: Any, migrants: str) -> tuple[xr.DataArray, xr.DataArray]:
    population, rates = series
    method = "stock" if migrants == "end" else "time"
    net = flow_residual(population, **rates, method=method)
    base = population.isel(year=0)
    data = xr.Dataset({**rates, "net_migration": net})
    end = project(base, data, 2015, migrants=migrants, negative="mark").population
    return end.sel(year=2015), population.sel(year=2015)


def test_stock_residuals_put_back_at_the_end_of_the_step_close_it(series: Any) -> None:
    end, counted = closed_apart_from(series, "end")
    np.testing.assert_allclose(end.isel(age=slice(1, None)), counted.isel(age=slice(1, None)))


def test_time_residuals_put_back_half_and_half_close_all_closed_groups(series: Any) -> None:
    end, counted = closed_apart_from(series, "even")
    inside = {"age": slice(1, -1)}
    np.testing.assert_allclose(end.isel(inside), counted.isel(inside))


def test_without_migration_nothing_is_left(series: Any) -> None:
    population, rates = series
    closed = project(population.isel(year=0), xr.Dataset(rates)).population
    net = flow_residual(closed, **rates)
    np.testing.assert_allclose(net, 0, atol=1e-9)


def test_areas_together_are_areas_one_by_one(series: Any) -> None:
    population, rates = series
    both = xr.concat([population, 2 * population], dim="area").assign_coords(area=["a", "b"])
    both.attrs = dict(population.attrs)
    found = flow_residual(both, **rates, method="cohort")
    assert found.dims == ("area", "year", "sex", "age")
    one = flow_residual(population, **rates, method="cohort")
    np.testing.assert_allclose(found.sel(area="b"), 2 * one, rtol=1e-12)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"method": "flow"}, YilaoError, r"^method 'flow' is not known\. Available: stock, cohort"),
        ({"population": lambda p: p.sel(year=2010)}, SchemaError, r"^population: dimension 'year'"),
        (
            {"population": lambda p: p.sel(year=[2010, 2020])},
            SchemaError,
            r"^population: its years are \[2010, 2020\]; residuals of a step need years 5 apart",
        ),
        ({"population": lambda p: p.sel(year=[2010])}, SchemaError, r"its years are \[2010\]"),
        (
            {"population": lambda p: p.assign_attrs(basis=None)},
            BasisError,
            r"^population: the basis is None",
        ),
        (
            {"survival_ratio": lambda s: s.copy(data=s.values + 1)},
            SchemaError,
            r"^survival_ratio: 72 value\(s\) are above 1",
        ),
        ({"asfr": lambda f: f.isel(age=slice(0, 11))}, SchemaError, r"^age: .* asfr has 11;"),
        ({"srb": lambda r: r.sel(year=[2015, 2020])}, SchemaError, r"^year: .* srb has 2;"),
        ({"srb": lambda r: r.assign_attrs(units="1")}, SchemaError, r"^srb: the unit is '1'"),
        ({"asfr": lambda f: f.copy(data=-f.values)}, SchemaError, r"^asfr: .* are negative"),
    ],
)
def test_series_that_do_not_fit(
    series: Any, change: dict[str, Any], error: type[Exception], message: str
) -> None:
    population, rates = series
    arguments = {"population": population, **rates}
    for name, value in change.items():
        arguments[name] = value(arguments[name]) if callable(value) else value
    with pytest.raises(error, match=message):
        flow_residual(arguments.pop("population"), **arguments)
