"""Adding measures up, without counting a part twice or mixing what cannot be added."""

from __future__ import annotations

import numpy as np
import xarray as xr

from yilao.demand.model import COORDS
from yilao.schema import SchemaError, check_values, first_offender


def _check_known(sums: xr.DataArray) -> list[str]:
    if "measure" not in sums.dims or any(c not in sums.coords for c in COORDS):
        raise SchemaError(
            "measures: what is known of them is missing. Give the result of yilao.demand.apply or "
            "of project_sums with weights of yilao.demand."
        )
    return [str(m) for m in sums["measure"].values]


def exclusive(sums: xr.DataArray) -> xr.DataArray:
    """Take every part out of its whole, so that no bed is counted twice.

    Parameters
    ----------
    sums : (…, measure), of ``apply`` or ``yilao.project_sums``.

    Returns
    -------
    xr.DataArray
        (…, measure): a measure that has parts among the others holds what is left without them
        (care beds that are no nursing beds …); the sum is that of the largest whole.

    Raises
    ------
    SchemaError
        A part is larger than its whole, or counted by another kind or unit; a value is missing.

    Examples
    --------
    >>> from yilao import demand
    >>> people = 1000 * demand.by_age({(0, None): 1.0}).assign_attrs(basis="resident")
    >>> people.attrs = {"units": "persons", "basis": "resident"}
    >>> beds = demand.beds(30, from_age=60, basis="resident")
    >>> both = demand.together(beds, demand.nursing_beds(beds, share=0.5))
    >>> demand.exclusive(demand.apply(people, both)).values
    array([1230., 1230.])
    """
    names = _check_known(sums)
    check_values(sums, "measures")
    left = sums.copy(deep=True)
    for i, (name, whole) in enumerate(zip(names, sums["part_of"].values.tolist(), strict=True)):
        if whole not in names:
            continue
        j = names.index(whole)
        for what in ("unit", "kind"):
            part_is, whole_is = sums[what].values[i], sums[what].values[j]
            if part_is != whole_is:
                raise SchemaError(
                    f"{name} is {part_is} and {whole}, of which it is a part, is {whole_is}. "
                    "Compute both in one way first."
                )
        left[{"measure": j}] = left.isel(measure=j) - sums.isel(measure=i).values
    slack = 1e-9 * float(np.abs(sums).max())
    if (bad := np.asarray(left < -slack)).any():
        raise SchemaError(
            f"measures: the parts are larger than the whole at {first_offender(left, bad)}. The "
            "norms contradict each other there."
        )
    return left


def total(sums: xr.DataArray) -> xr.DataArray:
    """Add measures of one unit, kind and setting that do not overlap.

    Parameters
    ----------
    sums : (…, measure), of ``apply`` or ``yilao.project_sums``.

    Returns
    -------
    xr.DataArray
        (…), in the common unit.

    Raises
    ------
    SchemaError
        Measures differ in unit, kind (a norm requirement and a need) or setting (beds of care
        homes, of hospitals, at home), one is part of another, or a value is missing.

    Examples
    --------
    >>> from yilao import demand
    >>> people = demand.by_age({(0, None): 1000.0})
    >>> people.attrs = {"units": "persons", "basis": "resident"}
    >>> twins = [demand.weights(demand.by_age({(a, a + 1): 1.0}), measure=f"aged {a}",
    ...     unit="persons", kind="need") for a in (60, 61)]
    >>> float(demand.total(demand.apply(people, demand.together(*twins))))
    4000.0
    """
    names = _check_known(sums)
    for what in ("unit", "kind", "setting"):
        found = dict(zip(sums[what].values.tolist(), names, strict=True))
        if len(found) > 1:
            (a, name_a), (b, name_b) = list(found.items())[:2]
            raise SchemaError(
                f"total: {name_a} ({a or 'no setting'}) and {name_b} ({b or 'no setting'}) differ "
                f"in {what} and are not added. Select measures that are alike."
            )
    for name, whole in zip(names, sums["part_of"].values.tolist(), strict=True):
        if whole in names:
            raise SchemaError(
                f"total: {name} is part of {whole}, so their sum counts it twice. Select one, or "
                "use exclusive() first, then take the sum over measure."
            )
    check_values(sums, "measures")
    added = sums.sum("measure")
    return added.assign_attrs(sums.attrs, units=str(sums["unit"].values[0]))
