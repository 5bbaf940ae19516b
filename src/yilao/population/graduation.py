"""Age groups to single years by the classical methods, groups kept."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.population import hyman, osculatory, pclm
from yilao.population.ages import check_groups, written
from yilao.schema import SchemaError, YilaoError, first_offender

Array = npt.NDArray[np.float64]
Method = Literal["uniform", "sprague", "beers", "beers-modified", "grabill", "monotone", "pclm"]
METHODS: tuple[str, ...] = get_args(Method)
_FIVE_YEAR = ("sprague", "beers", "beers-modified", "grabill")


def graduate(
    groups: xr.DataArray,
    method: Method,
    *,
    preserve: bool = True,
    negative: Literal["raise", "monotone"] = "raise",
    smoothing: float | None = None,
    criterion: Literal["aic", "bic"] = "bic",
) -> xr.DataArray:
    """Split age groups into single years by smoothness; the open group is kept.

    ====================  ========================================================================
    ``"uniform"``         the same number at every age of a group
    ``"sprague"``         Sprague's fifth-difference osculatory formula
    ``"beers"``           Beers's ordinary six-term formula
    ``"beers-modified"``  Beers's modified formula, which smooths across groups
    ``"grabill"``         Grabill's formula, smoother still, blended into Sprague at both ends
    ``"monotone"``        cubic spline through the cumulative counts, kept from falling (Hyman)
    ``"pclm"``            penalised composite link model: the smoothest Poisson means that fit
    ====================  ========================================================================

    A single year is x(a) = Σ c(a, g) N(g) with fixed coefficients c for Sprague, Beers and
    Grabill, F(a + 1) - F(a) of the spline F for the monotone, exp(Σ b(k) B(k, a)) for the
    composite link.  `yilao.population.single_years` splits by what is known of the cohorts.

    Parameters
    ----------
    groups : (..., age_low), persons; any of sex, year, area, scenario, draw before.  The first
        begins at 0, the last is open.  The four formulas need groups that join to 0-4, 5-9 …; with
        0 and 1-4 given, 0-4 is split and then age 0 and ages 1-4 are scaled to their own counts.
    preserve : scale the ages of every group to its count.  False gives each method's own numbers:
        Sprague, Beers, uniform and monotone keep groups anyway (0-4 together), Grabill, modified
        Beers and PCLM do not (up to 13, 6 and 1 per cent in China 2020, the open group more).
    negative : Sprague, Beers and Grabill can go below zero where counts change abruptly, mostly at
        the highest ages.  ``"raise"`` says where; ``"monotone"`` splits those groups by the
        monotone spline instead and lists them in ``attrs["monotone_groups"]``.
    smoothing : penalty of the composite link model; None finds the best between 0.3 and 316.
    criterion : what is best: ``"bic"`` or ``"aic"``.

    Returns
    -------
    xr.DataArray
        (..., age), persons, ages 0 to the lower bound of the open group.

    Raises
    ------
    SchemaError
        Groups with a hole or an overlap, not beginning at 0, not joining to five years, too few,
        negative; an unknown method or choice; a row without people (composite link).
    YilaoError
        A single year came out negative; the composite link model did not converge.

    Notes
    -----
    All these methods know nothing of births.  Where a group holds a famine or a boom, the ages
    within it are wrong by as much as the cohorts differ: from 1 November 2020 to the end of 2021
    198,000 people of Hangzhou reach 60 by the uniform split, 180,000 by Sprague's, 161,000 by
    `single_years`, which knows of the few births of 1959-61.  The composite link takes
    counts as Poisson: its penalty depends on their size, so give persons, not thousands.  With
    ``preserve=True`` it leaves the open group out; with False it takes it as one year wide and adds
    a year with one person behind it, as DemoTools does.

    References
    ----------
    Shryock and Siegel (1976), The Methods and Materials of Demography, appendix C.  Beers (1945),
    Modified-interpolation formulas that minimize fourth differences.  Hyman (1983), SIAM Journal on
    Scientific and Statistical Computing 4(4), 645-654.  Rizzi, Gampe and Eilers (2015), American
    Journal of Epidemiology 182(2), 138-147.

    Examples
    --------
    >>> from yilao.population import census_groups
    >>> hangzhou = census_groups("hangzhou", 2020)
    >>> single = graduate(hangzhou, "sprague")
    >>> float(single.sel(age=slice(60, 64)).sum().round(6))
    621893.0
    >>> single.sel(sex="female", age=[60, 61]).round().values
    array([69007., 63114.])
    """
    lows = check_groups(groups)
    if method not in METHODS:
        raise SchemaError(f"method: {method!r} is not known. Choose one of {list(METHODS)}.")
    for name, choice, known in (
        ("negative", negative, ("raise", "monotone")),
        ("criterion", criterion, ("aic", "bic")),
    ):
        if choice not in known:
            raise SchemaError(f"{name}: {choice!r} is not known. Choose one of {list(known)}.")
    if smoothing is not None and (method != "pclm" or not smoothing > 0):
        raise SchemaError(
            f"smoothing: {smoothing} with method {method!r}; it is a number above 0, for 'pclm' "
            "only. Leave it out."
        )
    moved = groups.transpose(..., "age_low")
    values = moved.values.astype(float)
    starts = np.array(lows[:-1])
    bounds = np.array(lows, dtype=float)
    closed = values[..., :-1]
    if not len(starts):
        raise SchemaError("groups: one open group has nothing to split.")
    tail = values[..., -1:]
    if method == "uniform":
        width = np.diff(lows)
        single = np.repeat(closed / width, width, axis=-1)
    elif method == "monotone":
        _enough(len(starts), hyman.FEWEST_GROUPS, method)
        single = hyman.monotone_split(bounds, closed)
    elif method == "pclm":
        single, tail = _pclm(bounds, moved, preserve, smoothing, criterion)
    else:
        single = _by_formula(lows, closed, method)
    if preserve:
        # Nobody in a group is nobody at each of its ages, whatever a formula says.
        single = np.where(_spread(closed, lows) == 0, 0.0, single)
    replaced = _faulty(single, closed, starts)
    if replaced.any():
        if negative != "monotone":
            raise _negative_error(moved, replaced, method)
        _enough(len(starts), hyman.FEWEST_GROUPS, "monotone")
        smooth = hyman.monotone_split(bounds, closed)
        single = np.where(_spread(replaced, lows), smooth, single)
    if preserve:
        sums = np.add.reduceat(single, starts, axis=-1)
        ratio = np.divide(closed, sums, out=np.zeros_like(sums), where=sums > 0)
        single = single * _spread(ratio, lows)
    result = xr.DataArray(
        np.concatenate([single, tail], axis=-1),
        dims=(*moved.dims[:-1], "age"),
        coords={k: v for k, v in moved.coords.items() if "age_low" not in v.dims}
        | {"age": np.arange(lows[-1] + 1)},
    )
    result = written(result, groups, list(groups.attrs.get("sources", [])), graduation=method)
    if replaced.any():
        anywhere = replaced.reshape(-1, len(starts)).any(axis=0)
        result.attrs["monotone_groups"] = starts[anywhere].tolist()
    return result


def _spread(per_group: npt.NDArray[Any], lows: list[int]) -> npt.NDArray[Any]:
    return np.repeat(per_group, np.diff(lows), axis=-1)


def _enough(groups: int, fewest: int, method: str) -> None:
    if groups < fewest:
        raise SchemaError(
            f"groups: {method!r} needs {fewest} closed groups at least, here are {groups}. Use "
            "'uniform', or finer groups."
        )


def _by_formula(lows: list[int], closed: Array, method: str) -> Array:
    fives = list(range(0, lows[-1], 5))
    if lows[-1] % 5 or not set(fives) <= set(lows):
        raise SchemaError(
            f"groups: {method!r} needs groups that join to 0-4, 5-9 …; they begin at {lows}. Use "
            "'monotone', 'pclm' or 'uniform'."
        )
    _enough(len(fives), osculatory.FEWEST_GROUPS, method)
    joined = np.add.reduceat(closed, np.searchsorted(lows, fives), axis=-1)
    if method == "grabill":
        return osculatory.grabill(joined)
    product: Array = joined @ osculatory.coefficients(method, len(fives)).T
    return product


def _pclm(
    bounds: Array,
    groups: xr.DataArray,
    preserve: bool,
    smoothing: float | None,
    criterion: Literal["aic", "bic"],
) -> tuple[Array, Array]:
    """Single years and open group; see the notes of `graduate` on the open group."""
    values = groups.values.astype(float)
    counts = values[..., :-1] if preserve else values
    if (empty := counts.sum(axis=-1) <= 0).any():
        raise SchemaError(
            f"groups: nobody at {first_offender(groups.isel(age_low=0), empty)}; the composite "
            "link model needs people. Leave such rows out."
        )
    if preserve:
        fit = pclm.fit_pclm(bounds, counts, smoothing=smoothing, criterion=criterion)
        return fit.single, values[..., -1:]
    behind = np.ones((*values.shape[:-1], 1))
    fit = pclm.fit_pclm(
        np.concatenate([bounds, bounds[-1] + [1, 2]]),
        np.concatenate([values, behind], axis=-1),
        smoothing=smoothing,
        criterion=criterion,
    )
    single, extra = fit.single[..., :-1], fit.single[..., -1:] - 1
    single = single * (1 + extra / single.sum(axis=-1, keepdims=True))
    return single[..., :-1], single[..., -1:]


def _faulty(single: Array, closed: Array, starts: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Groups (..., group) with a negative age, or without people where some were counted."""
    below = np.minimum.reduceat(single, starts, axis=-1) < 0
    empty = (np.add.reduceat(single, starts, axis=-1) <= 0) & (closed > 0)
    return below | empty


def _negative_error(
    groups: xr.DataArray, replaced: npt.NDArray[np.bool_], method: str
) -> YilaoError:
    where = first_offender(groups.isel(age_low=slice(-1)), replaced)
    return YilaoError(
        f"groups: {method!r} goes below zero, or leaves nobody where people were counted, in "
        f'{int(replaced.sum())} group(s), the first at {where}. Use method="monotone", which never '
        'falls below 0, or negative="monotone" to split those groups so.'
    )
