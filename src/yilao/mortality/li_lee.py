"""Li and Lee's coherent model: a common factor, and what each group departs from it by."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.mortality.lee_carter import UNITS, fit_lee_carter, lee_carter_mx, log_rates
from yilao.mortality.rates import check_columns
from yilao.schema import (
    LEADING_DIMS,
    SchemaError,
    check_dims,
    check_shared_labels,
    check_values,
    sources_of,
)

Array = npt.NDArray[np.float64]


def fit_li_lee(
    mx: xr.DataArray, *, group: str = "sex", whole: xr.DataArray | None = None
) -> xr.Dataset:
    """Lee-Carter parameters that groups share, and the terms of each group's own.

    log m(x, t, i) = a(x, i) + B(x) K(t) + b(x, i) k(t, i).  a is the mean over the years; B K is
    Lee-Carter of all groups together; b k the first term of the singular value decomposition of
    what is left in each group.

    Parameters
    ----------
    mx : death rates (..., group, year, age), deaths per person-year, two groups at least.
    group : dimension of the groups that must not drift apart: ``"sex"``, ``"area"``.
    whole : death rates (..., year, age) of all groups together, which give B and K; by default the
        geometric mean of the groups, each of the same weight.

    Returns
    -------
    xr.Dataset
        ``ax`` (..., group, age), ``bx`` (..., age) of sum 1, ``kt`` (..., year), ``specific_bx``
        (..., group, age) of sum of squares 1, and ``specific_kt`` (..., group, year).

    Raises
    ------
    SchemaError
        The dimension is missing or has one label, labels differ, or as `fit_lee_carter`.

    References
    ----------
    Li and Lee (2005), Demography 42(3), 575-594.

    Notes
    -----
    The sum of b may be near 0, as some ages depart one way and some the other: its length is set to
    1, and its sum is not negative.  Forecast kt with drift and ``specific_kt`` by ``"ar1"`` or
    ``"walk"`` of `forecast_index`: with AR(1) the ratios of the groups' rates settle, with a random
    walk their mean stays and their spread grows.  Li and Lee move K to the life expectancy of all
    groups together before they forecast it; that is not done here.  A forecast begins where the
    fit ends, not at the last rates: for China of 2002-2019 women live 5.1 years longer than men in
    the first year, 5.5 in the last that is observed.

    Examples
    --------
    >>> from yilao.mortality import forecast_index, wpp_mx
    >>> fit = fit_li_lee(wpp_mx("2022", range(2002, 2020)))
    >>> common = forecast_index(fit.kt, until=2050)["mean"]
    >>> own = forecast_index(fit.specific_kt, until=2050, method="ar1")["mean"]
    >>> mx = li_lee_mx(fit, common, own)
    >>> mx.dims, mx.sizes["year"]
    (('year', 'sex', 'age'), 31)
    """
    check_dims(mx, (group, "year", "age"), "mx", leading=("sex", *LEADING_DIMS))
    if mx.sizes[group] < 2:
        raise SchemaError(f"mx: one {group}; a common factor needs two groups at least.")
    values, dims = log_rates(mx)
    logs = mx.transpose(*dims, "year", "age").copy(data=values)
    if whole is None:
        whole = xr.apply_ufunc(np.exp, logs.mean(group))
    else:
        leading = [d for d in dims if d != group]
        check_dims(whole, ("year", "age"), "whole", leading=leading)
        check_shared_labels(mx=mx, whole=whole)
    common = fit_lee_carter(whole)
    ax = logs.mean("year")
    rest = (logs - ax - common["bx"] * common["kt"]).transpose(*logs.dims)
    u, d, v = np.linalg.svd(rest.values, full_matrices=False)
    first = v[..., 0, :]
    sign = np.where(first.sum(axis=-1, keepdims=True) < 0, -1.0, 1.0)
    found = {
        "ax": ax.assign_attrs(units=UNITS["ax"]),
        "bx": common["bx"],
        "kt": common["kt"],
        "specific_bx": ax.copy(data=sign * first).assign_attrs(units=UNITS["bx"]),
        "specific_kt": rest.isel(age=0, drop=True)
        .copy(data=sign * d[..., :1] * u[..., 0])
        .assign_attrs(units=UNITS["kt"]),
    }
    return xr.Dataset(found, attrs={"sources": sources_of(mx, whole)})


def li_lee_mx(
    parameters: xr.Dataset,
    kt: xr.DataArray | None = None,
    specific_kt: xr.DataArray | None = None,
) -> xr.DataArray:
    """Death rates exp(ax + bx kt + specific_bx specific_kt) of Li and Lee's model.

    Parameters
    ----------
    parameters : of `fit_li_lee`.
    kt, specific_kt : the indexes (..., year) and (..., group, year) of the same years, forecast or
        drawn; those of the fit by default.

    Returns
    -------
    xr.DataArray
        mx (..., year, age), with ``sex`` before ``age`` where there is one.

    Raises
    ------
    SchemaError
        A parameter is missing, as a whole or somewhere, or labels differ.

    Examples
    --------
    >>> from yilao.mortality import wpp_mx
    >>> mx = wpp_mx("2022", range(2002, 2020))
    >>> fit = fit_li_lee(mx)
    >>> common = li_lee_mx(fit, specific_kt=0 * fit.specific_kt)
    >>> [round(float(abs(m / mx - 1).mean()), 3) for m in (common, li_lee_mx(fit))]
    [0.021, 0.013]
    """
    needed = ("ax", "bx", "kt", "specific_bx", "specific_kt")
    check_columns(parameters, *needed, name="parameters", maker="fit_li_lee")
    index = parameters["kt"] if kt is None else kt
    own = parameters["specific_kt"] if specific_kt is None else specific_kt
    check_values(own, "specific_kt")
    check_shared_labels(specific_bx=parameters["specific_bx"], specific_kt=own, kt=index)
    moved = parameters["ax"] + parameters["specific_bx"] * own
    sources = sources_of(parameters, index, own)
    return lee_carter_mx(
        xr.Dataset({"ax": moved, "bx": parameters["bx"]}, attrs={"sources": sources}), index
    )
