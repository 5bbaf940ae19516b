"""Lee-Carter by maximum likelihood: deaths are Poisson with mean E exp(ax + bx kt)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.mortality.lee_carter import as_parameters
from yilao.schema import (
    LEADING_DIMS,
    SchemaError,
    YilaoError,
    check_dims,
    check_same_labels,
    check_values,
    first_offender,
    sources_of,
)

Array = npt.NDArray[np.float64]


def fit_lee_carter_deaths(deaths: xr.DataArray, exposure: xr.DataArray) -> xr.Dataset:
    """Lee-Carter parameters of greatest likelihood for Poisson deaths.

    D(x, t) ~ Poisson(E(x, t) exp(ax + bx kt)) with sum of bx = 1 and sum of kt = 0, by Newton's
    method on all parameters at once until the score is below 1e-10 of the deaths.

    Parameters
    ----------
    deaths : (..., year, age), 0 or more; ``sex`` may stand before.
    exposure : person-years (..., year, age), above 0, with the same labels.

    Returns
    -------
    xr.Dataset
        ``ax`` (..., age), ``bx`` (..., age), ``kt`` (..., year), ``deviance`` (...).

    Raises
    ------
    SchemaError
        Labels differ, deaths are negative, an exposure is not above 0, there are fewer than three
        years, or an age or a year has no deaths at all.
    YilaoError
        The likelihood has no maximum that is found.

    Notes
    -----
    Deaths are taken as registered.  Where a part is missing at all ages and years alike ax is too
    low by its logarithm (China's census of 2020: by about 0.26, a quarter missing) while bx and kt
    stay; where registration improves over the years kt is wrong.  See `from_registered_deaths`.

    References
    ----------
    Brouhns, Denuit and Vermunt (2002), Insurance: Mathematics and Economics 31(3), 373-393.

    Examples
    --------
    >>> from yilao.mortality import wpp_mx
    >>> mx = wpp_mx("2022", range(2010, 2020))
    >>> exposure = xr.full_like(mx, 1e4)
    >>> fit = fit_lee_carter_deaths(mx * exposure, exposure)
    >>> fit.bx.sum("age").round(9).values.tolist()
    [1.0, 1.0]
    """
    for name, array in (("deaths", deaths), ("exposure", exposure)):
        check_dims(array, ("year", "age"), name, leading=("sex", *LEADING_DIMS))
        check_values(array, name, 0.0)
    for dim in deaths.dims:
        if dim not in exposure.dims:
            raise SchemaError(f"exposure: dimension {dim!r} is missing, deaths have it.")
        check_same_labels(deaths, exposure, dim, "deaths", "exposure")
    if (exposure.values <= 0).any():
        where = first_offender(exposure, exposure.values <= 0)
        raise SchemaError(f"exposure: it must be above 0; it is not at {where}.")
    if deaths.sizes["year"] < 3:
        raise SchemaError(f"deaths: {deaths.sizes['year']} year(s); three are needed at least.")
    dims = [str(d) for d in deaths.dims if d not in ("year", "age")]
    d, e = (x.transpose(*dims, "year", "age").values.astype(float) for x in (deaths, exposure))
    for axis, name in ((-2, "an age"), (-1, "a year")):
        if (d.sum(axis=axis) == 0).any():
            raise SchemaError(
                f"deaths: {name} has none in all, so its rate has no maximum likelihood. Join "
                "it to a neighbour."
            )
    a, b, k = _fit(d, e)
    fit = as_parameters(a, b, k, deaths, dims)
    fit.attrs["sources"] = sources_of(deaths, exposure)
    coords = {x: deaths[x] for x in dims}
    return fit.assign(deviance=xr.DataArray(_deviance(d, e, a, b, k), dims=dims, coords=coords))


def _expected(e: Array, a: Array, b: Array, k: Array) -> Array:
    result: Array = e * np.exp(a[..., None, :] + k[..., None] * b[..., None, :])
    return result


def _deviance(d: Array, e: Array, a: Array, b: Array, k: Array) -> Array:
    mu = _expected(e, a, b, k)
    terms = np.where(d > 0, d * np.log(np.where(d > 0, d, 1) / mu), 0) - (d - mu)
    result: Array = 2 * terms.sum(axis=(-2, -1))
    return result


def _fit(d: Array, e: Array) -> tuple[Array, Array, Array]:
    # Half a death keeps empty cells finite, in the start only.
    logs = np.log((d + 0.5) / e)
    a = logs.mean(axis=-2)
    u, s, v = np.linalg.svd(logs - a[..., None, :], full_matrices=False)
    total = v[..., 0, :].sum(axis=-1, keepdims=True)
    a, b, k = _constrained(a, v[..., 0, :] / total, s[..., :1] * u[..., 0] * total)
    deviance = _deviance(d, e, a, b, k)
    for _ in range(200):
        score, (da, db, dk) = _scoring_step(d, _expected(e, a, b, k), b, k)
        if (score < 1e-10).all():
            return a, b, k
        # A member's step is halved until it does not harm; at the maximum rounding alone decides.
        size = np.ones((*deviance.shape, 1))
        for _ in range(40):
            new = _constrained(a + size * da, b + size * db, k + size * dk)
            after = _deviance(d, e, *new)
            worse = ~(after <= deviance + 1e-9 * (1 + np.abs(deviance)))
            if not worse.any():
                break
            size[worse] /= 2
        (a, b, k), deviance = new, after
    raise YilaoError(
        "deaths: the likelihood of Lee-Carter found no maximum in 200 steps. Check deaths and "
        "exposure for cells that do not belong together."
    )


def _scoring_step(d: Array, mu: Array, b: Array, k: Array) -> tuple[Array, tuple[Array, ...]]:
    """Largest score over its own size, and Fisher's step, which keeps both sums."""
    ages, years = b.shape[-1], k.shape[-1]
    b_, k_ = b[..., None, :], k[..., :, None]
    rest = d - mu
    score = [rest.sum(-2), (rest * k_).sum(-2), (rest * b_).sum(-1)]
    scale = [mu.sum(-2), (mu * np.abs(k_)).sum(-2), (mu * np.abs(b_)).sum(-1)]
    largest = np.max([np.abs(g / s).max(-1) for g, s in zip(score, scale, strict=True)], axis=0)

    n = 2 * ages + years
    info = np.zeros((*mu.shape[:-2], n + 2, n + 2))
    i, j = np.arange(ages), np.arange(years)
    info[..., i, i] = mu.sum(-2)
    info[..., i, ages + i] = info[..., ages + i, i] = (mu * k_).sum(-2)
    info[..., ages + i, ages + i] = (mu * k_**2).sum(-2)
    info[..., 2 * ages + j, 2 * ages + j] = (mu * b_**2).sum(-1)
    for start, block in ((0, mu * b_), (ages, mu * b_ * k_)):
        info[..., 2 * ages : n, start : start + ages] = block
        info[..., start : start + ages, 2 * ages : n] = np.swapaxes(block, -1, -2)
    # Two rows more: the step leaves the sums of bx and kt as they are.
    info[..., n, ages : 2 * ages] = info[..., ages : 2 * ages, n] = 1
    info[..., n + 1, 2 * ages : n] = info[..., 2 * ages : n, n + 1] = 1
    right = np.concatenate([*score, np.zeros((*mu.shape[:-2], 2))], axis=-1)
    step = np.linalg.solve(info, right[..., None])[..., :n, 0]
    return largest, tuple(np.split(step, [ages, 2 * ages], axis=-1))


def _constrained(a: Array, b: Array, k: Array) -> tuple[Array, Array, Array]:
    """Turn parameters so that bx sums to 1 and kt to 0; the fit is the same."""
    mean = k.mean(axis=-1, keepdims=True)
    a, k = a + b * mean, k - mean
    total = b.sum(axis=-1, keepdims=True)
    return a, b / total, k * total
