"""Lee-Carter for both sexes: one bx, rotated as mortality falls, met to life expectancies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.mortality.lee_carter import fit_lee_carter
from yilao.mortality.rates import RATE_UNIT, check_columns, check_table
from yilao.mortality.separation import Ages, is_single, separation_factors, widths
from yilao.mortality.tables import columns
from yilao.schema import (
    LEADING_DIMS,
    SEXES,
    SchemaError,
    YilaoError,
    check_dims,
    check_sexes,
    check_shared_labels,
    check_values,
    first_offender,
    sources_of,
)

Array = npt.NDArray[np.float64]


def coherent_lee_carter(mx: xr.DataArray, *, ax: xr.DataArray | None = None) -> xr.Dataset:
    """Lee-Carter parameters of both sexes with one bx, so that they do not drift apart.

    bx is the mean of the sexes' own (``method="sums"``), as the United Nations have it.

    Parameters
    ----------
    mx : death rates (..., year, sex, age).
    ax : (sex, age), in place of the mean over the years: see `last_ax`.

    Returns
    -------
    xr.Dataset
        ``ax`` (..., sex, age), ``bx`` (..., age), ``kt`` (..., sex, year), and ``sex_bx`` (...,
        sex, age), each sex's own.

    Raises
    ------
    SchemaError
        ``sex`` is not female, male; otherwise as `fit_lee_carter`.

    Notes
    -----
    One bx keeps the ratio of the sexes' rates where it was in ax as long as their kt move alike;
    kt that are forecast apart, or life expectancies that differ ever more, part them again.  Of Li
    and Lee's model this is the common factor, as MortCast has it; `fit_li_lee` adds what each sex
    departs from it by.

    References
    ----------
    Li and Lee (2005), Demography 42(3), 575-594.

    Examples
    --------
    >>> from yilao.mortality import wpp_mx
    >>> fit = coherent_lee_carter(wpp_mx("2022", range(2010, 2020)))
    >>> fit.bx.dims, round(float(fit.bx.sum()), 12)
    (('age',), 1.0)
    """
    check_dims(mx, ("year", "sex", "age"), "mx")
    check_sexes(mx, "mx")
    fit = fit_lee_carter(mx, method="sums", ax=ax)
    mean = fit["bx"].mean("sex").assign_attrs(fit["bx"].attrs)
    return fit.assign(bx=mean, sex_bx=fit["bx"])


def ultimate_bx(bx: xr.DataArray) -> xr.DataArray:
    """The bx that a rotation ends at: even to age 60, then falling as bx does.

    Ages up to 60 get the mean of bx over 15 to 60; older ones are scaled to join at the next
    group; the sum is 1.

    Parameters
    ----------
    bx : (..., age), with the ages 15 and 60 among the labels.

    Returns
    -------
    xr.DataArray
        (..., age).

    Raises
    ------
    SchemaError
        An age that is needed or a value is missing, or ages do not ascend.

    References
    ----------
    Li, Lee and Gerland (2013), Demography 50(6), 2037-2051.

    Examples
    --------
    >>> ages = [0, 15, 60, 65, 70]
    >>> bx = xr.DataArray([0.4, 0.3, 0.1, 0.1, 0.1], dims="age", coords={"age": ages})
    >>> ultimate_bx(bx).round(3).values.tolist()
    [0.2, 0.2, 0.2, 0.2, 0.2]
    """
    ages = bx["age"].values
    if not {15, 60} <= set(ages.tolist()) or ages[-1] == 60:
        raise SchemaError("bx: ages 15, 60 and one beyond are needed among its labels.")
    if (np.diff(ages) <= 0).any():
        raise SchemaError("bx: ages are not in ascending order. Use .sortby('age') first.")
    check_values(bx, "bx")
    last = int(np.flatnonzero(ages == 60)[0])
    values = bx.transpose(..., "age").values
    young = values[..., ages.searchsorted(15) : last + 1].mean(axis=-1, keepdims=True)
    old = values[..., last + 1 :]
    old = old * young / old[..., :1]
    whole = np.concatenate([np.repeat(young, last + 1, axis=-1), old], axis=-1)
    result = bx.transpose(..., "age").copy(data=whole / whole.sum(axis=-1, keepdims=True))
    return result.rename("ultimate_bx")


def rotated_bx(
    bx: xr.DataArray, e0: float | xr.DataArray, *, ultimate: xr.DataArray | None = None
) -> xr.DataArray:
    """Bx turned toward its ultimate form as life expectancy rises from 80 to 102 years.

    B = (1 - w) bx + w bu with w = sqrt((1 + sin(pi / 2 (2 v - 1))) / 2) and v = (e0 - 80) / 22.

    Parameters
    ----------
    bx : (..., age).
    e0 : the mean of both sexes' life expectancies (..., year), years, or one number.
    ultimate : see `ultimate_bx`, the default.

    Returns
    -------
    xr.DataArray
        bx (..., year, age), without ``year`` where ``e0`` has none.

    Raises
    ------
    SchemaError
        A life expectancy or a bx is missing, or labels differ.

    Notes
    -----
    The ultimate form weighs 0.35 at 85 years, a half at 87.3 and 0.71 at 91.

    References
    ----------
    Li, Lee and Gerland (2013), Demography 50(6), 2037-2051.

    Examples
    --------
    >>> ages = [0, 15, 60, 65, 70]
    >>> bx = xr.DataArray([0.4, 0.3, 0.1, 0.1, 0.1], dims="age", coords={"age": ages})
    >>> e0 = xr.DataArray([78.0, 91.0], dims="year", coords={"year": [2020, 2060]})
    >>> rotated_bx(bx, e0).round(3).values.tolist()
    [[0.4, 0.3, 0.1, 0.1, 0.1], [0.259, 0.229, 0.171, 0.171, 0.171]]
    """
    end = ultimate_bx(bx) if ultimate is None else ultimate
    e0 = xr.DataArray(e0)
    for name, array in (("e0", e0), ("bx", bx), ("ultimate", end)):
        check_values(array, name)
    v = ((e0 - 80) / 22).clip(0, 1)
    w = np.sqrt((1 + np.sin(np.pi / 2 * (2 * v - 1))) / 2)
    check_shared_labels(bx=bx, ultimate=end, e0=e0)
    rotated: xr.DataArray = (1 - w) * bx + w * end
    return rotated.transpose(..., "age").rename("bx").assign_attrs(bx.attrs)


def lee_carter_mx_at(
    e0: xr.DataArray,
    parameters: xr.Dataset,
    *,
    bx: xr.DataArray | None = None,
    male_floor: Literal["old", "all"] | None = None,
) -> xr.DataArray:
    """Death rates at given life expectancies, with bx of each year's own or a floor for men.

    Every table is solved for by itself, to 1e-10 years.  With one bx and no floor, `mx_at` with
    `lee_carter_model` does the same at a hundredth of the time.

    Parameters
    ----------
    e0 : life expectancies at birth (..., year, sex), years.
    parameters : ``ax`` (..., sex, age) and ``bx`` (..., age), see `coherent_lee_carter`.
    bx : (..., year, age), in place of that of the parameters: see `rotated_bx`.
    male_floor : keep men's rates at or above women's in years in which men live shorter, at ages
        from 100 by single years and from 105 by groups (``"old"``), or at all ages (``"all"``).

    Returns
    -------
    xr.DataArray
        mx (..., year, sex, age), deaths per person-year.

    Raises
    ------
    SchemaError
        Dimensions or labels do not fit, or a parameter or a value is missing.
    YilaoError
        A life expectancy is out of reach.

    References
    ----------
    Sevcikova, Li, Kantorova, Gerland and Raftery (2016), in: Dynamic Demographic Analysis.

    Examples
    --------
    >>> from yilao.mortality import life_expectancy, wpp_mx
    >>> fit = coherent_lee_carter(wpp_mx("2022", range(2002, 2020)))
    >>> e0 = xr.DataArray(
    ...     [[86.0, 82.0]], dims=("year", "sex"), coords={"year": [2050], "sex": ["female", "male"]}
    ... )
    >>> mx = lee_carter_mx_at(e0, fit, bx=rotated_bx(fit.bx, e0.mean("sex")))
    >>> life_expectancy(mx).round(8).values.tolist()
    [[86.0, 82.0]]
    """
    if male_floor not in (None, "old", "all"):
        raise SchemaError(f"male_floor: {male_floor!r} is not known. Use 'old', 'all' or None.")
    e0 = xr.DataArray(e0)
    check_dims(e0, ("year", "sex"), "e0", leading=LEADING_DIMS)
    check_sexes(e0, "e0")
    check_values(e0, "e0")
    needed = ("ax", "bx") if bx is None else ("ax",)
    check_columns(parameters, *needed, name="parameters", maker="coherent_lee_carter")
    terms = {"ax": parameters["ax"], "bx": parameters["bx"] if bx is None else bx}
    for name, array in terms.items():
        check_dims(array, ("age",), name, leading=("year", "sex", *LEADING_DIMS))
        check_values(array, name)
    check_shared_labels(**terms, e0=e0)
    check_table(terms["ax"], "ax")
    a, b, target = xr.broadcast(*terms.values(), e0)
    order = [d for d in target.dims if d not in ("year", "sex", "age")] + ["year", "sex", "age"]
    a, b, target = (x.transpose(*order) for x in (a, b, target))
    ages = a["age"].values
    out = np.empty(a.shape)
    for i, sex in enumerate(SEXES):
        floor = np.zeros(())
        if sex == "male" and male_floor:
            first = 0 if male_floor == "all" else 100 if is_single(ages) else 105
            shorter = target.values[..., 1, :1] < target.values[..., 0, :1]
            floor = np.where(shorter & (ages >= first), out[..., 0, :], 0.0)
        goal = target.isel(sex=i, age=0)
        out[..., i, :] = _solved(a.values[..., i, :], b.values[..., i, :], floor, goal, ages, sex)
    attrs = {"units": RATE_UNIT, "sources": sources_of(parameters, e0)}
    return a.copy(data=out).rename("mx").assign_attrs(attrs)


def _solved(a: Array, b: Array, floor: Array, goal: xr.DataArray, ages: Ages, sex: str) -> Array:
    """Rates (..., age) of one sex with life expectancies ``goal`` (...)."""
    n = widths(ages)

    def rates(k: Array) -> Array:
        result: Array = np.maximum(np.exp(a + b * k[..., None]), floor)
        return result

    def miss(k: Array) -> Array:
        m = rates(k)[..., None, :]
        _, lx, big_l = columns(m, separation_factors(m, ages, (sex,)), n)
        e0 = np.where((lx > 0).all(axis=-1), big_l.sum(axis=-1), -np.inf)[..., 0]
        result: Array = e0 - goal.values
        return result

    k = _root(miss, goal.shape, len(ages) / float(np.abs(b.sum(axis=-1)).min()))
    # Where the rule for a0 jumps life expectancy does too, by up to 3e-6 years (`parameter_at`).
    if (bad := ~(np.abs(miss(k)) < 3e-6)).any():
        raise YilaoError(
            f"life expectancy {goal.values[bad][0]:g} ({sex}; {first_offender(goal, bad)}): out "
            "of reach of Lee-Carter with these parameters. Check the figure and its unit (years)."
        )
    return rates(k)


def _root(miss: Callable[[Array], Array], shape: tuple[int, ...], unit: float) -> Array:
    """Where a falling function of k is 0: Newton's steps, halving where they leave the bracket."""
    low, high, k = np.full(shape, -6 * unit), np.full(shape, 4 * unit), np.zeros(shape)
    step = 1e-6 * unit
    with np.errstate(all="ignore"):
        for _ in range(100):
            here = miss(k)
            if not (np.abs(here) > 1e-11).any():
                break
            low, high = np.where(here > 0, k, low), np.where(here > 0, high, k)
            new = k - here * step / (miss(k + step) - here)
            inside = (new > low) & (new < high)
            k = np.where(np.abs(here) > 1e-11, np.where(inside, new, (low + high) / 2), k)
    return k
