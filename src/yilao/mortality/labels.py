"""Labels of several arrays at once."""

from __future__ import annotations

from itertools import combinations

import xarray as xr

from yilao.schema import check_same_labels


def check_shared_labels(**arrays: xr.DataArray) -> None:
    """Raise unless arrays have the same labels along every dimension that two of them share."""
    for (name_a, a), (name_b, b) in combinations(arrays.items(), 2):
        for dim in a.dims:
            if dim in b.dims and dim in a.coords and dim in b.coords:
                check_same_labels(a, b, dim, name_a, name_b)
