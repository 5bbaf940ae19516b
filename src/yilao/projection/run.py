"""Calling the engine on prepared arrays, at once or lazily with Dask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.engine import (
    EMPTY,
    Problem,
    after_early_migrants,
    choose,
    lay_out,
    project_members,
)
from yilao.projection.checks import check_before, check_found, check_out, check_threads
from yilao.projection.prepare import Prepared, engine_rates, plain
from yilao.projection.progress import bar
from yilao.schema import NegativePopulationError, YilaoError, labels_of

Array = npt.NDArray[np.float64]

# Dimensions behind the leading ones of every output of the engine.
OUTPUT_DIMS: dict[str, tuple[str, ...]] = {
    "population": ("year", "sex", "age"),
    "births": ("year", "sex"),
    "mothers": ("year", "mother_age"),
    "deaths": ("year", "sex", "age"),
    "period": ("year", "sex", "age"),
    "moved": ("year", "sex", "age"),
    "sums": ("year", "measure"),
}


def problem_of(prepared: Prepared, *, keep_steps: bool = False) -> Problem:
    """Lay out a prepared projection for the engine."""
    arrays = {n: plain(a, n, prepared.leading) for n, a in prepared.chosen.items()}
    base = plain(prepared.base, "population", prepared.leading)
    rates = engine_rates(prepared.chosen, arrays)
    return lay_out(base, rates, float(prepared.width), keep_steps=keep_steps)


def run(
    prepared: Prepared,
    outputs: Sequence[str],
    *,
    weights: Array | None = None,
    engine: str = "auto",
    threads: int | None = None,
    out: Array | None = None,
    negative: str = "raise",
    progress: bool = False,
) -> tuple[dict[str, Array], Array]:
    """Project at once; arrays by name with leading dimensions, and the first years below zero.

    With the compiled kernel the rates that members own are checked member by member, while they
    are in the cache: a fault then raises when its member is reached, and ``out`` may hold the
    members before it.
    """
    if negative not in ("raise", "mark"):
        raise YilaoError(f"negative {negative!r} is not known. Available: raise, mark.")
    check_threads(threads)
    problem = problem_of(prepared)
    engine = choose(engine, problem.members * problem.steps)
    bounds = check_before(prepared, problem, engine)
    if out is not None:
        check_out(out, (*problem.shape, problem.steps + 1, 2, problem.ages))
    with bar(problem.members, progress) as tell:
        done = project_members(
            problem,
            prepared.when,
            outputs,
            weights=weights,
            bounds=bounds,
            engine=engine,
            threads=threads,
            out=out,
            tell=tell,
        )
    check_found(prepared, done.bad)
    below = done.negative
    if negative == "raise":
        check_negative(prepared, problem, below)
    shaped = {n: a.reshape(*problem.shape, *a.shape[1:]) for n, a in done.arrays.items()}
    years = np.where(below > 0, prepared.start + below * prepared.width, 0)
    return shaped, years.reshape(problem.shape)


def check_negative(prepared: Prepared, problem: Problem, below: npt.NDArray[np.int64]) -> None:
    """Raise if a member has a cell below zero, and name the first one, projected again."""
    if not (below > 0).any():
        return
    first = int(np.flatnonzero(below)[0])
    alone = problem._replace(
        members=1,
        base=problem.base._replace(row=problem.base.row[first : first + 1]),
        rates={n: r._replace(row=r.row[first : first + 1]) for n, r in problem.rates.items()},
    )
    population = project_members(alone, prepared.when, ["population"], engine="numpy").arrays[
        "population"
    ][0]
    # At the end of the first step that went wrong, or else at its start; should rounding have
    # hidden it from this kernel, the lowest cell.
    t = int(below[first])
    people, early = population[t], ""
    if not (people < EMPTY).any():
        left = after_early_migrants(alone, prepared.when, t, population[t - 1])
        if left.min() < people.min():
            people, early = left, " after the migrants of the first half of the step"
    cells = np.argwhere(people < EMPTY)
    s, a = cells[0] if len(cells) else np.unravel_index(people.argmin(), people.shape)
    labels = dict(zip(prepared.leading, np.unravel_index(first, problem.shape), strict=True))
    sizes = {d: labels_along(prepared, d) for d in prepared.leading}
    where = [f"{d}={sizes[d][i]}" for d, i in labels.items()]
    where += [
        f"year={prepared.start + t * prepared.width}",
        f"sex={prepared.base['sex'].values[s]}",
        f"age={prepared.base['age'].values[a]}",
    ]
    count = int((below > 0).sum())
    raise NegativePopulationError(
        f"population: {', '.join(where)} would have {people[s, a]:.1f} people{early}: more "
        f"leave than are there ({count} of {problem.members} members are affected). Lower the "
        "emigration of that age, give it as a rate, or use negative='mark'."
    )


def labels_along(prepared: Prepared, dim: str) -> npt.NDArray[Any]:
    """Return the labels of a leading dimension, from whatever has it."""
    holder = next(a for a in (prepared.base, *prepared.chosen.values()) if dim in a.dims)
    return labels_of(holder, dim)


def label(
    prepared: Prepared, values: Any, name: str, dims: tuple[str, ...], **own: Any
) -> xr.DataArray:
    """Put labels, basis and sources on values with the leading dimensions first."""
    labels: dict[str, Any] = {
        "sex": labels_of(prepared.base, "sex"),
        "age": labels_of(prepared.base, "age"),
        "mother_age": labels_of(prepared.base, "age"),
        "year": prepared.years,
        **own,
    }
    coords = {d: labels_along(prepared, d) for d in prepared.leading}
    coords |= {d: labels[d] for d in dims}
    return xr.DataArray(
        values,
        dims=(*prepared.leading, *dims),
        coords=coords,
        name=name,
        attrs={**prepared.attrs, "sources": list(prepared.attrs["sources"]), "units": "persons"},
    )
