"""Parameters of a model schedule that come nearest to an observed one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from yilao.fertility import curves
from yilao.fertility.arrays import Array, age_width, check_pattern, edges
from yilao.fertility.measures import mean_age_at_birth
from yilao.fertility.pattern import asfr_pattern
from yilao.schema import SchemaError, YilaoError, check_same_labels, first_offender, sources_of


@dataclass(frozen=True)
class _Model:
    """A schedule for the search: names, free variables and their bounds, and the way between them.

    The search runs over distances between ages, so that any point within the bounds is a schedule.
    """

    names: tuple[str, ...]
    first: Callable[[float, float, float], list[float]]  # of youngest age, mean age, sd
    low: tuple[float, ...]
    high: tuple[float, ...]
    parameters: Callable[[Array], Array]
    shares: Callable[..., Array]


_MODELS = {
    "gamma": _Model(
        ("mean_age", "sd", "start"),
        lambda young, mean, sd: [max(young, mean - 4 * sd), min(mean - young, 4 * sd), sd],
        (-50.0, 0.1, 0.1),
        (54.0, 100.0, 20.0),
        lambda v: np.array([v[0] + v[1], v[2], v[0]]),
        curves.gamma_shares,
    ),
    "hadwiger": _Model(
        ("mean_age", "sd"),
        lambda young, mean, sd: [mean, sd],
        (10.1, 0.1),
        (54.9, 20.0),
        lambda v: v,
        curves.hadwiger_shares,
    ),
    "quadratic_spline": _Model(
        ("start", "peak", "half"),
        lambda young, mean, sd: [max(young, 10.5), max(mean - max(young, 10.5) - 1, 1.0), sd + 1],
        (10.0, 0.5, 0.5),
        (30.0, 30.0, 20.0),
        lambda v: np.cumsum(v),
        curves.spline_shares,
    ),
    "relational_gompertz": _Model(
        ("alpha", "beta"),
        lambda young, mean, sd: [0.0, 1.0],
        (-5.0, 0.05),
        (5.0, 20.0),
        lambda v: v,
        curves.gompertz_shares,
    ),
}


def fit_schedule(
    observed: xr.DataArray, model: str, *, standard: xr.DataArray | None = None
) -> xr.Dataset:
    """Fit a model schedule to observed fertility by least squares on the shares of the age groups.

    Parameters
    ----------
    observed : rates or a pattern (…, age) by single years or equal groups; fertility outside the
        ages given is taken as 0.
    model : ``gamma``, ``hadwiger``, ``quadratic_spline`` or ``relational_gompertz``.
    standard : asfr_pattern (age) at the ages of ``observed``, for ``relational_gompertz`` only.

    Returns
    -------
    xr.Dataset
        The parameters of the schedule (…), by the names of its function, and ``dissimilarity``
        (…): half the sum of the absolute differences of the shares, that is the part of births
        that the model puts at a wrong age.

    Raises
    ------
    SchemaError
        A value is negative or missing, all are 0, the model is not known, or the standard is
        missing, not wanted, or at other ages.
    YilaoError
        The search does not settle.

    References
    ----------
    The schedules' own; the search is scipy.optimize.least_squares.

    Notes
    -----
    One fit takes some milliseconds and members are fitted one by one.  Shares are not weighted by
    births: small counts at the youngest and oldest ages have little influence.

    Examples
    --------
    >>> from yilao.fertility import census_asfr_pattern
    >>> found = fit_schedule(census_asfr_pattern(2020), "gamma")
    >>> float(found.mean_age.round(1)), float(found.dissimilarity.round(2))
    (29.6, 0.02)
    """
    from scipy.optimize import least_squares

    if model not in _MODELS:
        raise SchemaError(f"model: {model!r} is not known. Known: {list(_MODELS)}.")
    pattern = asfr_pattern(observed).transpose(..., "age")
    ages, width = pattern["age"].values, age_width(pattern, "observed")
    if (standard is None) == (model == "relational_gompertz"):
        raise SchemaError("standard: it is needed for relational_gompertz, and for no other model.")
    axis = edges(ages, width)
    if standard is not None:
        check_pattern(standard, "standard")
        if standard.dims != ("age",):
            raise SchemaError(f"standard: one pattern (age) is needed, it has {standard.dims}.")
        check_same_labels(pattern, standard, "age", "observed", "standard")
        axis = standard.values
    means = mean_age_at_birth(pattern)
    middles = ages + width / 2
    chosen = _MODELS[model]
    values = np.empty((*means.shape, len(chosen.names)))
    missed = np.empty(means.shape)

    def miss(v: Array, shares: Array) -> Array:
        result: Array = chosen.shares(axis, *chosen.parameters(v)) - shares
        return result

    for member in np.ndindex(means.shape):
        shares, mean = pattern.values[member], float(means.values[member])
        sd = float(np.sqrt(max((shares * (middles - mean) ** 2).sum(), 1.0)))
        young = float(ages[(shares > 0).argmax()])
        first = np.clip(
            chosen.first(young, mean, sd),
            np.array(chosen.low) + 1e-6,
            np.array(chosen.high) - 1e-6,
        )
        found = least_squares(
            miss,
            first,
            args=(shares,),
            bounds=(chosen.low, chosen.high),
            x_scale=np.maximum(np.abs(first), 0.1),
            xtol=1e-14,
            ftol=1e-14,
            gtol=1e-14,
            max_nfev=2000,
        )
        if not found.success:
            place = first_offender(means, _only(means.shape, member))
            raise YilaoError(f"observed: {model} does not settle at {place}. Try another model.")
        values[member] = chosen.parameters(found.x)
        missed[member] = np.abs(found.fun).sum() / 2
    names = {name: (means.dims, values[..., i]) for i, name in enumerate(chosen.names)}
    return xr.Dataset(
        {**names, "dissimilarity": (means.dims, missed)},
        coords={d: means[d].values for d in means.dims},
        attrs={"model": model, "sources": sources_of(observed, standard)},
    )


def _only(shape: tuple[int, ...], member: tuple[int, ...]) -> np.ndarray:
    mask = np.zeros(shape, dtype=bool)
    mask[member] = True
    return mask
