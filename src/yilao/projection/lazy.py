"""Projecting Dask arrays: a lazy graph whose blocks run as any other projection does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.projection.prepare import Prepared
from yilao.projection.run import OUTPUT_DIMS, labels_along, run
from yilao.schema import VARIABLES, SchemaError, YilaoError, labels_of

Array = npt.NDArray[np.float64]


def run_lazily(
    prepared: Prepared,
    outputs: Sequence[str],
    *,
    weights: Array | None = None,
    engine: str = "auto",
    negative: str = "raise",
) -> tuple[dict[str, Any], Any]:
    """Build the Dask graph: `xarray.apply_ufunc` cuts along the chunks of leading dimensions.

    Each block is projected by one thread; Dask runs the blocks side by side, here or on a cluster.
    Values are checked block by block when they are computed, and a fault is named by its labels.

    Returns what `run` does: arrays by name, leading dimensions first, and the first years below
    zero, as Dask arrays.
    """
    if negative not in ("raise", "mark"):
        raise YilaoError(f"negative {negative!r} is not known. Available: raise, mark.")
    leading = prepared.leading
    given = {"population": prepared.base, **prepared.chosen}
    cores = {n: [d for d in VARIABLES[n].dims if d in a.dims] for n, a in given.items()}
    for name, array in given.items():
        if cut := [d for d in cores[name] if len(array.chunksizes.get(d, ())) > 1]:
            shown = "base" if name == "population" else name
            raise SchemaError(
                f"{shown}: dimension {cut[0]!r} lies in multiple chunks; a member needs it whole. "
                f"Use .chunk({{{cut[0]!r}: -1}})."
            )
    lead = {n: [d for d in leading if d in a.dims] for n, a in given.items()}
    sizes = {"mother_age": prepared.base.sizes["age"], "time": len(prepared.years) + 1}
    if weights is not None:
        sizes["measure"] = len(weights)
    out_dims = [
        ["time" if d == "year" and n in ("population", "sums") else d for d in OUTPUT_DIMS[n]]
        for n in outputs
    ]
    out_dims.append([])
    # Every block is told where its members stand, to name them.
    places = [xr.DataArray(np.arange(len(labels_along(prepared, d))), dims=d) for d in leading]
    # What every task carries with it: labels and small things, not the inputs.
    labels = {d: labels_along(prepared, d) for d in leading}
    own_labels = {n: {d: labels_of(a, d) for d in cores[n]} for n, a in given.items()}
    attrs = {n: a.attrs for n, a in given.items()}
    rest = (leading, prepared.start, prepared.years, prepared.width, prepared.when, prepared.attrs)

    def block(*values: Array) -> Any:
        here = {d: labels[d][v.ravel()] for d, v in zip(leading, values, strict=False)}
        part = {}
        for (name, core), array in zip(cores.items(), values[len(leading) :], strict=True):
            # Axes of leading dimensions come last before the core; length 1 where missing.
            axes = leading[len(leading) - (array.ndim - len(core)) :]
            array = array[tuple(slice(None) if d in lead[name] else 0 for d in axes)]
            coords = {d: here[d] for d in lead[name]} | own_labels[name]
            part[name] = xr.DataArray(
                array, dims=[*lead[name], *core], coords=coords, name=name, attrs=attrs[name]
            )
        base = part.pop("population").assign_coords(year=rest[1])
        arrays, below = run(
            Prepared(base, part, *rest),
            outputs,
            weights=weights,
            engine=engine,
            threads=1,
            negative=negative,
        )
        return (*(arrays[n] for n in outputs), below)

    result = xr.apply_ufunc(
        block,
        *places,
        prepared.base.drop_vars("year").transpose(*lead["population"], *cores["population"]),
        *(
            a.transpose(*lead[n], *cores[n]).drop_vars("level", errors="ignore")
            for n, a in prepared.chosen.items()
        ),
        input_core_dims=[*[[] for _ in places], *cores.values()],
        output_core_dims=out_dims,
        exclude_dims=set(),
        dask="parallelized",
        output_dtypes=[*[float] * len(outputs), int],
        dask_gufunc_kwargs={
            "output_sizes": {k: v for k, v in sizes.items() if any(k in d for d in out_dims)}
        },
        join="exact",
    )
    ordered = [a.transpose(*leading, *d).data for a, d in zip(result, out_dims, strict=True)]
    return dict(zip(outputs, ordered, strict=False)), ordered[-1]
