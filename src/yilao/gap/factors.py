"""What a change is made of: an exact and additive split over named factors (Shapley)."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping

import numpy as np
import xarray as xr

from yilao.schema import (
    SchemaError,
    check_same_basis,
    check_same_labels,
    check_unit,
    check_values,
)

# Every factor doubles the work: sixteen need 65,536 evaluations of the model.
MOST_FACTORS = 16
Value = float | xr.DataArray
Model = Callable[..., xr.DataArray]


def _product(**factors: xr.DataArray) -> xr.DataArray:
    return math.prod(factors.values(), start=xr.DataArray(1.0))


def shapley(
    before: Mapping[str, Value], after: Mapping[str, Value], *, model: Model | None = None
) -> xr.DataArray:
    """Split the change of a quantity among the factors that changed, exactly and in no order.

    The part of factor i is its mean contribution over all orders in which the factors can change:

    phi_i = Σ_S |S|! (n - |S| - 1)! / n! · [v(S ∪ {i}) - v(S)],  S without i,

    with v(S) the model where the factors of S are as after and the others as before.  The parts add
    up to v(all) - v(none) to rounding.

    Parameters
    ----------
    before, after : value of each factor, number or array; the same names in both.
    model : takes the factors by name and returns the quantity; by default their product.  It must
        work for any mixture of before and after.

    Returns
    -------
    xr.DataArray
        (factor, …) with the dimensions that the model returns; coordinates ``before`` and ``after``
        hold the quantity itself.

    Raises
    ------
    SchemaError
        Names differ, there is no factor or more than 16, labels differ, or the model gives a
        missing value.

    Notes
    -----
    For a product of two factors this is the split of Kitagawa with averages, for more that of Das
    Gupta.  Which factors are told apart is a choice: the parts of others change when one is split.

    References
    ----------
    L. S. Shapley (1953), A value for n-person games, Contributions to the Theory of Games II.
    P. Das Gupta (1993), Standardization and Decomposition of Rates: A User's Manual, US Bureau of
    the Census, Current Population Reports P23-186.

    Examples
    --------
    >>> parts = shapley({"people": 100.0, "norm": 0.03}, {"people": 200.0, "norm": 0.05})
    >>> parts.values.tolist()   # 100 · 0.04 and 150 · 0.02
    [4.0, 3.0]
    """
    names = list(before)
    if set(names) != set(after):
        raise SchemaError(
            f"factors: before has {sorted(before)} and after {sorted(after)}. Give the same names."
        )
    if not 1 <= len(names) <= MOST_FACTORS:
        raise SchemaError(f"factors: {len(names)} of them, 1 to {MOST_FACTORS} can be split.")
    states = [{n: xr.DataArray(side[n]) for n in names} for side in (before, after)]
    # Arithmetic would keep only the labels that all have: they must be the same everywhere.
    first: dict[Hashable, tuple[str, xr.DataArray]] = {}
    for name, array in ((n, side[n]) for side in states for n in names):
        for dim in (d for d in array.dims if d in array.coords):
            known, holder = first.setdefault(dim, (name, array))
            check_same_labels(holder, array, dim, f"factor {known}", f"factor {name}")
    value = _product if model is None else model
    n = len(names)
    evaluated = [
        xr.DataArray(value(**{name: states[s >> i & 1][name] for i, name in enumerate(names)}))
        for s in range(1 << n)
    ]
    evaluated = list(xr.broadcast(*evaluated))
    stacked = np.stack([np.asarray(e.values, dtype=float) for e in evaluated])
    check_values(xr.DataArray(stacked), "the model's values")
    size = np.array([s.bit_count() for s in range(1 << n)])
    share = np.array([math.factorial(k) * math.factorial(n - k - 1) for k in range(n)])
    parts = []
    for i in range(n):
        without = np.flatnonzero(np.arange(1 << n) >> i & 1 == 0)
        weight = share[size[without]] / math.factorial(n)
        parts.append(np.tensordot(weight, stacked[without | 1 << i] - stacked[without], axes=1))
    shaped = evaluated[0]
    coords = {d: shaped[d].values for d in shaped.dims if d in shaped.coords}
    made = xr.DataArray(np.stack(parts), {"factor": names, **coords}, ("factor", *shaped.dims))
    return made.rename("change").assign_coords(
        before=(shaped.dims, stacked[0]), after=(shaped.dims, stacked[-1])
    )


def _without_year(array: xr.DataArray) -> xr.DataArray:
    """An array without the one year it is of, which would forbid to mix before and after."""
    return array if "year" in array.dims else array.drop_vars("year", errors="ignore")


def _check_alike(
    population: xr.DataArray,
    norms: tuple[xr.DataArray, ...],
    supply: tuple[Value, ...],
    switched: bool,
) -> None:
    """Raise where norms or supply say that they count others than the population, or otherwise."""
    stated = [("norm before", norms[0]), ("norm after", norms[1])]
    held = zip(("supply before", "supply after"), supply, strict=False)
    stated += [(name, value) for name, value in held if isinstance(value, xr.DataArray)]
    units = norms[0].attrs.get("units")
    for name, array in stated:
        if "basis" in array.attrs and not switched:
            check_same_basis(population, array, "population", name)
        if units is not None and "units" in array.attrs:
            check_unit(array, units, name)


def explain_need(
    before: xr.DataArray,
    after: xr.DataArray,
    norms: tuple[xr.DataArray, xr.DataArray],
    *,
    factors: Mapping[str, tuple[Value, Value]] | None = None,
    supply: tuple[Value, Value] | None = None,
) -> xr.DataArray:
    """Split the change of a requirement, or of a gap, into size, age structure, norm and more.

    need = N · Σ c[sex, age] · w[sex, age] · f1 · f2 …, with c the structure, P = N · c; the gap is
    that less the supply.

    Parameters
    ----------
    before, after : (…, sex, age) persons of one basis.
    norms : w before and after (sex, age): a demand model of one measure.
    factors : further multipliers before and after: ``{"share": (0.11, 0.6)}``; a switch of basis is
        one more, ``{"basis": (registered / resident, 1.0)}``: how many people the norm counts for
        each resident.  Only with it may the norms count others than the population.
    supply : before and after; the parts then add up to the change of the gap.

    Returns
    -------
    xr.DataArray
        (factor, …): ``size``, ``structure``, ``norm``, the further factors, ``supply``.

    Raises
    ------
    SchemaError
        Labels differ, a population is empty, a value is missing, the norms or the supply are of
        different units, or a further factor has the name of one that is there.
    BasisError
        The populations, the norms that say whom they count, or the supply are of different basis.

    Examples
    --------
    >>> ages = {"sex": ["female", "male"], "age": [0, 1]}
    >>> then, now = (xr.DataArray([[50.0, 50.0], [50.0, v]], ages, attrs={"basis": "resident"})
    ...     for v in (50.0, 250.0))
    >>> old = xr.DataArray([[0.0, 0.03], [0.0, 0.03]], ages)
    >>> explain_need(then, now, (old, old)).round(6).values.tolist()   # 3 -> 9 beds
    [3.75, 2.25, 0.0]
    """
    check_same_basis(before, after, "before", "after")
    for array, name in ((before, "before"), (after, "after")):
        if "units" in array.attrs:
            check_unit(array, "persons", name)
    for array, name in ((after, "after"), (norms[0], "norm before"), (norms[1], "norm after")):
        for dim in ("sex", "age"):
            check_same_labels(before, array, dim, "before", name)
    _check_alike(before, norms, supply or (), switched="basis" in (factors or {}))
    if taken := {"size", "structure", "norm", "supply"} & set(factors or {}):
        raise SchemaError(
            f"factors: {sorted(taken)[0]!r} is a factor already. Name yours otherwise."
        )
    both: list[dict[str, Value]] = []
    for k, population in enumerate((before, after)):
        check_values(population, ("before", "after")[k], low=0.0)
        size = population.sum(("sex", "age"), skipna=False)
        if not bool((size > 0).all()):
            raise SchemaError("population: nobody is there, so it has no age structure.")
        both.append(
            {
                "size": _without_year(size),
                "structure": _without_year(population / size),
                "norm": _without_year(norms[k]),
                **{n: pair[k] for n, pair in (factors or {}).items()},
                **({} if supply is None else {"supply": supply[k]}),
            }
        )

    def need(
        *, size: xr.DataArray, structure: xr.DataArray, norm: xr.DataArray, **more: xr.DataArray
    ) -> xr.DataArray:
        held = more.pop("supply", xr.DataArray(0.0))
        per_person = (structure * norm).sum(("sex", "age"), skipna=False)
        return size * per_person * _product(**more) - held

    return shapley(*both, model=need)
