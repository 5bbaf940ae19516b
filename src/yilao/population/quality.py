"""How well ages were stated: heaping on digits, ratios of ages and sexes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.population.ages import check_single
from yilao.schema import SchemaError, first_offender

Array = npt.NDArray[np.float64]


def _single(population: xr.DataArray, highest: int) -> tuple[xr.DataArray, Array]:
    check_single(population)
    if int(population["age"].values[-1]) <= highest:
        raise SchemaError(
            f"population: closed single years up to {highest} are needed, the open group begins at "
            f"{int(population['age'].values[-1])}. Choose a lower range, or ages further up."
        )
    moved = population.transpose(..., "age")
    return moved, moved.values.astype(float)


def _index(values: Array, like: xr.DataArray, name: str, unit: str = "1") -> xr.DataArray:
    frame = like.isel(age=0, drop=True)
    kept = {k: v for k, v in like.attrs.items() if k in ("basis", "sources")}
    if not np.isfinite(values).all():
        raise SchemaError(
            f"population: nobody at these ages at {first_offender(frame, ~np.isfinite(values))}; "
            f"{name.replace('_', ' ')} is not defined."
        )
    return frame.copy(data=values).rename(name).assign_attrs(kept | {"units": unit})


def _share(part: Array, of: Array) -> Array:
    result: Array = np.divide(part, of, out=np.full_like(of, np.nan), where=of > 0)
    return result


def whipple(population: xr.DataArray) -> xr.DataArray:
    """Whipple's index: preference for ages ending in 0 and 5, 100 none, 500 nothing else.

    100 * 5 * (P25 + P30 + … + P60) / (P23 + P24 + … + P62).  The United Nations call up to 105
    highly accurate, up to 110 fairly accurate, above 175 very rough.

    Parameters
    ----------
    population : (..., sex, age), persons.

    Returns
    -------
    xr.DataArray
        (..., sex).

    Raises
    ------
    SchemaError
        The open group begins at 62 or lower; nobody at these ages.

    References
    ----------
    Shryock and Siegel (1976), The Methods and Materials of Demography, ch. 8.

    Examples
    --------
    >>> from yilao.population import national_reference
    >>> whipple(national_reference()).values.round(1)
    array([101., 101.])
    """
    like, p = _single(population, 62)
    index = 500 * _share(p[..., 25:61:5].sum(axis=-1), p[..., 23:63].sum(axis=-1))
    return _index(index, like, "whipple")


def myers(population: xr.DataArray, *, low: int = 10, high: int = 90) -> xr.DataArray:
    """Myers's blended index: preference for any last digit, 0 none, 90 one digit only.

    With S(d) the people of last digit d at low ≤ age < high - 10 and S'(d) at low + 10 ≤ age <
    high, counted from ``low``, the blended count is (d + 1) S(d) + (9 - d) S'(d), which is the same
    for every digit where numbers fall evenly; the index is half the sum of |share - 10 per cent|.

    Parameters
    ----------
    population : (..., sex, age), persons.
    low, high : whole tens apart, half-open.

    Returns
    -------
    xr.DataArray
        (..., sex), per cent of the people who would have to change digit.

    Raises
    ------
    SchemaError
        A range that is not whole tens of at least 20 years, or reaches the open group.

    References
    ----------
    Myers (1940), Transactions of the Actuarial Society of America 41, 395-415.  Shryock and Siegel
    (1976), ch. 8.

    Examples
    --------
    >>> from yilao.population import national_reference
    >>> bool((myers(national_reference()) < 5).all())
    True
    """
    if not 0 <= low < high or (high - low) % 10 or high - low < 20:
        raise SchemaError(f"low, high: {low} and {high}; they must be 20, 30 … years apart.")
    like, p = _single(population, high - 1)
    tens = p[..., low:high].reshape(*p.shape[:-1], -1, 10)
    digit = np.arange(10)
    blended = (digit + 1) * tens[..., :-1, :].sum(axis=-2)
    blended += (9 - digit) * tens[..., 1:, :].sum(axis=-2)
    share = _share(blended, np.broadcast_to(blended.sum(axis=-1, keepdims=True), blended.shape))
    return _index(50 * np.abs(share - 0.1).sum(axis=-1), like, "myers", "percent")


def bachi(population: xr.DataArray, *, low: int = 30, high: int = 80) -> xr.DataArray:
    """Bachi's index: Whipple's principle for each last digit, 0 none, 90 one digit only.

    For digit d: 100 * Σ P(low + d + 10 k) over the people from low + d - 5 to high + d - 5 (half of
    those at both ends); the index is half the sum of |that - 10|.

    Parameters
    ----------
    population : (..., sex, age), persons.
    low, high : whole tens apart, half-open.

    Returns
    -------
    xr.DataArray
        (..., sex), per cent.

    Raises
    ------
    SchemaError
        A range that is not whole tens from 5 up, or reaches the open group.

    References
    ----------
    Bachi (1951), Bulletin of the International Statistical Institute 33(4), 195-222.

    Examples
    --------
    >>> from yilao.population import national_reference
    >>> bool((bachi(national_reference()) < 5).all())
    True
    """
    if not 5 <= low < high or (high - low) % 10:
        raise SchemaError(f"low, high: {low} and {high}; they must be 10, 20 … years apart from 5.")
    like, p = _single(population, high + 4)
    shares = []
    for digit in range(10):
        first, after = low + digit, high + digit
        around = p[..., first - 5 : after - 4].sum(axis=-1)
        around = around - (p[..., first - 5] + p[..., after - 5]) / 2
        shares.append(_share(p[..., first:after:10].sum(axis=-1), around))
    deviations = np.abs(100 * np.array(shares) - 10).sum(axis=0) / 2
    return _index(deviations, like, "bachi", "percent")


def _fives(population: xr.DataArray, high: int) -> tuple[xr.DataArray, Array]:
    if high % 5 or high < 15:
        raise SchemaError(f"high: {high}; needed is a multiple of 5 from 15 up.")
    like, p = _single(population, high - 1)
    return like, p[..., :high].reshape(*p.shape[:-1], -1, 5).sum(axis=-1)


def _by_group(
    values: Array, like: xr.DataArray, lows: npt.NDArray[np.int64], name: str
) -> xr.DataArray:
    coords = {d: like[d].values for d in like.dims[:-1]} | {"age_low": lows}
    out = xr.DataArray(values, dims=(*like.dims[:-1], "age_low"), coords=coords, name=name)
    if not np.isfinite(values).all():
        raise SchemaError(
            f"population: nobody to compare with at {first_offender(out, ~np.isfinite(values))}. "
            "Use a lower high."
        )
    return out.assign_attrs(units="per 100", sources=list(like.attrs.get("sources", [])))


def sex_ratios(population: xr.DataArray, *, high: int = 75) -> xr.DataArray:
    """Males per 100 females in the five-year groups below ``high``.

    Raises
    ------
    SchemaError
        ``high`` is no multiple of 5 or reaches the open group; a group without women.

    Examples
    --------
    >>> from yilao.population import national_reference
    >>> sex_ratios(national_reference(), high=15).values.round(1)
    array([111. , 113.7, 115. ])
    """
    like, fives = _fives(population, high)
    moved = np.moveaxis(fives, like.dims.index("sex"), -2)
    ratio = 100 * _share(moved[..., 1, :], moved[..., 0, :])
    frame = like.isel(sex=0, drop=True)
    return _by_group(ratio, frame, np.arange(0, high, 5), "sex_ratio")


def age_ratios(population: xr.DataArray, *, high: int = 75) -> xr.DataArray:
    """Each five-year group per 100 of the mean of its two neighbours, from 5-9 up below ``high``.

    Raises
    ------
    SchemaError
        ``high`` is no multiple of 5 or reaches the open group; neighbours without people.

    Examples
    --------
    >>> from yilao.population import national_reference
    >>> age_ratios(national_reference(), high=15).sel(sex="male").values.round(1)
    array([110.9])
    """
    like, fives = _fives(population, high)
    ratio = 100 * _share(fives[..., 1:-1], (fives[..., :-2] + fives[..., 2:]) / 2)
    return _by_group(ratio, like, np.arange(5, high - 5, 5), "age_ratio")


def age_sex_accuracy(population: xr.DataArray, *, high: int = 75) -> xr.Dataset:
    """United Nations age-sex accuracy index (joint score): below 20 accurate, above 40 very rough.

    joint = 3 * mean |change of the sex ratio from one five-year group to the next| + the means of
    |age ratio - 100| of males and of females.

    Parameters
    ----------
    population : (..., sex, age), persons.
    high : the groups 0-4 … below this age are used.

    Returns
    -------
    xr.Dataset
        ``joint``, ``sex_ratio_score`` (...), ``age_ratio_score`` (..., sex).

    Raises
    ------
    SchemaError
        See `sex_ratios` and `age_ratios`.

    Notes
    -----
    Famine, booms and migration raise the score as errors do: China's is above 20 for its cohorts,
    not for its counting.  For less than a million people chance alone raises it, by about
    3500 / √N - 3.5, which is not taken off here.

    References
    ----------
    United Nations (1955), Manual II: Methods of Appraisal of Quality of Basic Data for Population
    Estimates.  Shryock and Siegel (1976), ch. 8.

    Examples
    --------
    >>> from yilao.population import national_reference
    >>> bool(age_sex_accuracy(national_reference())["joint"] > 20)
    True
    """
    by_sex = abs(age_ratios(population, high=high) - 100).mean("age_low")
    change = abs(sex_ratios(population, high=high).diff("age_low")).mean("age_low")
    joint = 3 * change + by_sex.sum("sex")
    scores = {"joint": joint, "sex_ratio_score": change, "age_ratio_score": by_sex}
    sources = list(population.attrs.get("sources", []))
    return xr.Dataset(
        {k: v.assign_attrs(units="1", sources=sources).rename(k) for k, v in scores.items()}
    )
