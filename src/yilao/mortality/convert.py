"""Death rates from the other columns of a life table: probabilities and survivors."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.mortality.rates import ages_of, as_rates, check_table, sexes_of
from yilao.mortality.separation import check_rules, separation_factors, widths
from yilao.schema import (
    SchemaError,
    YilaoError,
    check_same_labels,
    check_values,
    first_offender,
)

Array = npt.NDArray[np.float64]


def mx_from_qx(
    qx: xr.DataArray,
    *,
    open_mx: float | xr.DataArray,
    a0: str = "andreev-kingkade",
    ax: str = "mortpak",
    region: str = "west",
) -> xr.DataArray:
    r"""Death rates that a life table with given probabilities of dying must have.

    Parameters
    ----------
    qx : probabilities of dying (..., sex, age), single or abridged; the last, of the open group,
        is 1.
    open_mx : death rate of the open group, a number or an array without age: the inverse of its
        life expectancy.  Where neither is known, give a guess and let `kannisto` replace it.
    a0, ax, region : rules for the separation factors, as in `life_table`.

    Returns
    -------
    xr.DataArray
        mx (..., sex, age), deaths per person-year; ``life_table(mx)`` with the same rules has the
        given qx.

    Raises
    ------
    SchemaError
        A probability is missing, not above 0, 1 or above before the open group, or not 1 in it.
    YilaoError
        A rule is not known, or no rates have these probabilities under it.

    Notes
    -----
    :math:`m_x = q_x / (n - (n - a_x) q_x)`, in rounds, since ax depends on mx.  For the way back,
    take ``qx`` of `life_table`.

    Examples
    --------
    >>> from yilao.mortality import life_table, wpp_mx
    >>> table = life_table(wpp_mx("2022", [2020]))
    >>> again = mx_from_qx(table["qx"], open_mx=1 / table["ex"].isel(age=-1, drop=True))
    >>> bool(abs(again / table["mx"] - 1).max() < 1e-12)
    True
    """
    dying = check_table(qx, "qx")
    check_values(dying, "qx", low=0.0, high=1.0)
    q, closed = dying.values, dying[..., :-1]
    if (bad := (closed.values <= 0) | (closed.values >= 1)).any():
        raise SchemaError(
            "qx: before the open group it must be above 0 and below 1, the first that is not is "
            f"{first_offender(closed, bad)}. Smooth the table, or close it at a lower age."
        )
    if (q[..., -1] != 1).any():
        raise SchemaError("qx: the last age must be the open group, in which everyone dies (1).")
    ages = ages_of(dying)
    check_rules(a0, ax, region, ages)
    n = widths(ages)
    m = q / (n - n / 2 * q)
    m[..., -1] = _open_rate(open_mx, dying)
    with np.errstate(all="ignore"):  # what leads nowhere is told below
        for _ in range(500):
            a = separation_factors(m, ages, sexes_of(dying), a0=a0, ax=ax, region=region)
            before = m[..., :-1].copy()
            m[..., :-1] = q[..., :-1] / (n - (n - a) * q)[..., :-1]
            change = np.abs(m[..., :-1] / before - 1).max()
            if change < 1e-14:
                break
    # Andreev and Kingkade's lines jump by 1e-5 years where they meet: no rate fits better there.
    if not change <= 1e-5 or (m <= 0).any():
        raise YilaoError(
            f"qx: no death rates have these probabilities under the rule {ax!r}. Choose another "
            "rule, or close the table at a lower age."
        )
    return as_rates(m, dying, qx)


def mx_from_lx(
    lx: xr.DataArray,
    *,
    open_mx: float | xr.DataArray,
    a0: str = "andreev-kingkade",
    ax: str = "mortpak",
    region: str = "west",
) -> xr.DataArray:
    r"""Death rates that a life table with given survivors must have.

    Parameters
    ----------
    lx : survivors (..., sex, age) to the age, of any radix, single or abridged.
    open_mx, a0, ax, region : as in `mx_from_qx`.

    Returns
    -------
    xr.DataArray
        mx (..., sex, age), deaths per person-year.

    Raises
    ------
    SchemaError
        Survivors are missing, not above 0, or do not fall from each age to the next.
    YilaoError
        As in `mx_from_qx`.

    Notes
    -----
    :math:`q_x = 1 - l_{x+n} / l_x`.  Survivors printed to whole persons of 100,000 give a
    rate of one in ten thousand, as at age 10, to four per cent and no better.

    Examples
    --------
    >>> lx = xr.DataArray(
    ...     [[1000.0, 990.0, 985.0]],
    ...     dims=("sex", "age"),
    ...     coords={"sex": ["male"], "age": [0, 1, 2]},
    ... )
    >>> mx_from_lx(lx, open_mx=0.0125).values.round(6)
    array([[0.010088, 0.005063, 0.0125  ]])
    """
    alive = check_table(lx, "lx")
    left = alive.values
    if (left <= 0).any():
        raise SchemaError(
            "lx: survivors must be above 0, the first that are not: "
            f"{first_offender(alive, left <= 0)}."
        )
    if (bad := np.diff(left, axis=-1) >= 0).any():
        raise SchemaError(
            "lx: survivors must fall from each age to the next, they do not after "
            f"{first_offender(alive[..., :-1], bad)}."
        )
    q = np.ones_like(left)
    q[..., :-1] = -np.diff(left, axis=-1) / left[..., :-1]
    dying = alive.copy(data=q)
    if "sex" not in lx.dims:
        dying = dying.squeeze("sex")
    return mx_from_qx(dying, open_mx=open_mx, a0=a0, ax=ax, region=region)


def _open_rate(open_mx: float | xr.DataArray, dying: xr.DataArray) -> Array:
    """Rates of the open group in the shape (..., sex) of the table."""
    inner = dying.isel(age=-1, drop=True)
    if isinstance(open_mx, xr.DataArray):
        if strange := [d for d in open_mx.dims if d not in inner.dims]:
            raise SchemaError(f"open_mx: the table has no dimension {strange[0]!r} beside age.")
        for dim in open_mx.dims:
            check_same_labels(dying, open_mx, dim, "the table", "open_mx")
    rate = xr.zeros_like(inner) + open_mx
    values: Array = np.asarray(rate.transpose(*inner.dims).values)
    if not np.isfinite(values).all() or (values <= 0).any():
        raise SchemaError("open_mx: the death rate of the open group must be above 0.")
    return values
