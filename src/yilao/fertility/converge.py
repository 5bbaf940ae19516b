"""A pattern of fertility that converges to a norm."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from yilao.fertility.arrays import LEADING, Array, check_pattern, pattern_of
from yilao.schema import SchemaError, check_dims, check_same_labels, first_offender, sources_of

# A share of 0 has no logit; bayesPop puts this in its place.
_LEAST = 1e-6


def converge_pattern(
    observed: xr.DataArray, norm: xr.DataArray, *, years: Sequence[int], reached: int
) -> xr.DataArray:
    """Age patterns of coming years: the observed trend goes on and gives way to a norm.

    On logits two trends are drawn: the straight line from the last observed pattern to the norm in
    the year ``reached``, and the continuation of the observed change.  They are mixed, again on
    logits, with weights τ and 1 - τ, τ = min((t - t0) / (reached - t0), 1), and scaled to sum 1.
    From the year of the highest mean age at birth, if it is above the norm's, the pattern stays.

    Parameters
    ----------
    observed : (…, year, age) of two or more years, summing to 1; the change from the first to the
        last of them is what goes on.
    norm : (age) summing to 1, at the same ages; ages at which it is 0 stay 0.
    years : calendar years after the last observed.
    reached : the year of the norm.

    Returns
    -------
    xr.DataArray
        asfr_pattern (…, year, age), unit 1.

    Raises
    ------
    SchemaError
        A pattern does not sum to 1, ages differ, fewer than two years are observed, ``years`` or
        ``reached`` are not after the last of them, or there is fertility at an age where the norm
        has none.

    References
    ----------
    Ševčíková, Li, Kantorová, Gerland and Raftery (2016), Age-specific mortality and fertility rates
    for probabilistic population projections, in: Schoen (ed.), Dynamic Demographic Analysis,
    Springer, 285-310.  The program is kantorova.pasfr of the R package bayesPop.

    Notes
    -----
    As in bayesPop, a share below 1e-6 counts as 1e-6 before its logit is taken, and the pattern
    stays after the highest mean age only for countries past their fertility transition, as China
    is.  Left out is what bayesPop adds for single years: limits on ages 10 to 19 and 45 to 54.

    Examples
    --------
    >>> from yilao.fertility import booth_standard, mean_age_at_birth, wpp_asfr_pattern
    >>> known = wpp_asfr_pattern("2024", [2010, 2020])
    >>> norm = wpp_asfr_pattern("2024", [2045]).isel(year=0, drop=True)
    >>> coming = converge_pattern(known, norm, years=[2021, 2040], reached=2040)
    >>> bool(abs(coming.sel(year=2040) - norm).max() < 1e-4)
    True
    """
    check_pattern(observed, "observed")
    check_dims(observed, ("year", "age"), "observed", leading=LEADING)
    check_pattern(norm, "norm")
    if norm.dims != ("age",):
        raise SchemaError(f"norm: one pattern (age) is needed, it has {norm.dims}.")
    check_same_labels(observed, norm, "age", "observed", "norm")
    known = observed.transpose(..., "year", "age")
    seen = known["year"].values
    if len(seen) < 2 or (np.diff(seen) <= 0).any():
        raise SchemaError(f"observed: two or more ascending years are needed, not {seen.tolist()}.")
    wanted = np.array([int(y) for y in years])
    if len(wanted) == 0 or (np.diff(wanted) <= 0).any() or wanted[0] <= seen[-1]:
        raise SchemaError(f"years: ascending years after {seen[-1]} are needed, not {list(years)}.")
    if reached <= seen[-1]:
        raise SchemaError(f"reached: {reached} is not after the last observed year, {seen[-1]}.")
    aim = norm.values
    ends = known.isel(year=[0, -1])
    if (bad := (ends.values > 0) & (aim == 0)).any():
        raise SchemaError(
            f"norm: it has no fertility where observed has some, at {first_offender(ends, bad)}. "
            "Use a norm that covers the ages."
        )
    fertile = aim > 0
    first, last = (_logit(_lifted(ends.values[..., i, fertile])) for i in (0, 1))
    first, last = first[..., None, :], last[..., None, :]
    ahead = (wanted - seen[-1])[:, None]
    tau = np.minimum(ahead / (reached - seen[-1]), 1.0)
    to_norm = _shares(last + tau * (_logit(aim[fertile]) - last))
    onward = _shares(last + ahead / (seen[-1] - seen[0]) * (last - first))
    mixed = _shares(tau * _logit(to_norm) + (1 - tau) * _logit(onward))
    values = np.zeros((*mixed.shape[:-1], len(aim)))
    values[..., fertile] = _held(mixed, aim[fertile], norm["age"].values[fertile])
    like = known.isel(age=0, drop=True).isel(year=[0] * len(wanted)).assign_coords(year=wanted)
    return pattern_of(values, like, norm["age"].values, sources_of(observed, norm))


def _held(patterns: Array, norm: Array, ages: np.ndarray) -> Array:
    """Keep the pattern of the highest mean age, where that is above the norm's."""
    mean = (patterns * ages).sum(axis=-1)
    oldest = mean.argmax(axis=-1)[..., None]
    above = mean.max(axis=-1, keepdims=True) > (norm * ages).sum()
    years = np.arange(mean.shape[-1])
    source = np.where(above & (years > oldest), oldest, years)
    held: Array = np.take_along_axis(patterns, source[..., None], axis=-2)
    return held


def _lifted(shares: Array) -> Array:
    lifted = np.maximum(shares, _LEAST)
    result: Array = lifted / lifted.sum(axis=-1, keepdims=True)
    return result


def _logit(p: Array) -> Array:
    result: Array = np.log(p / (1 - p))
    return result


def _shares(logits: Array) -> Array:
    p = 1 / (1 + np.exp(-logits))
    result: Array = p / p.sum(axis=-1, keepdims=True)
    return result
