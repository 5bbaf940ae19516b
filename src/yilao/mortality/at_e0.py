"""Life tables at given life expectancies, by any model of one parameter, in one vectorised call.

Microseconds a table, for 10,000 of 101 ages with one standard per sex (NumPy, one thread of a
2-core Xeon): parameter 0.2 (Lee-Carter) to 0.5 (Brass), death rates 0.5 to 0.9, survival ratios
0.9 to 1.25.  Looking a model up, once, takes another 8 to 14 milliseconds for both sexes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import xarray as xr

from yilao.mortality.curve import curve_of, few_parameters, parameters
from yilao.mortality.model import MortalityModel
from yilao.mortality.rates import RATE_UNIT
from yilao.mortality.separation import infant_a0, is_single
from yilao.schema import (
    LEADING_DIMS,
    SEXES,
    SchemaError,
    YilaoError,
    check_dims,
    check_sexes,
    check_values,
    first_offender,
    sources_of,
)

Array = npt.NDArray[np.float64]

# 256 rows of two sexes and 101 ages are 400 kB and stay in the second-level cache: 0.55 us a table
# where blocks of 32 took 0.62 (Lee-Carter), and 0.90 where they took 1.5 (Brass).
_BLOCK = 256


def parameter_at(
    e0: float | xr.DataArray, model: MortalityModel, *, srb: float | None = None
) -> xr.DataArray:
    """Parameter of a model at which its life table has a given life expectancy at birth.

    Parameters
    ----------
    e0 : life expectancies at birth (..., sex), years; without ``sex``, or one number, when ``srb``
        is given.
    model : see `brass_model`, `lee_carter_model`, `log_quadratic_model`, `table_model`.
    srb : males per female at birth.  With it e0 is that of both sexes together, weighted by
        births, and both sexes have one parameter.

    Returns
    -------
    xr.DataArray
        The parameter, with the dimensions of ``e0``.

    Raises
    ------
    SchemaError
        ``e0`` has a wrong dimension, or is missing somewhere.
    YilaoError
        A life expectancy is out of reach of the model; the message gives the reach.

    Notes
    -----
    All life expectancies are met to 1e-8 years, but for those that no table has: the rule for a0
    jumps where m0 passes a cut, and life expectancy with it, by up to 3e-6 years.  Inside such a
    jump the miss is smaller than the jump.

    Examples
    --------
    >>> from yilao.mortality import brass_model, wpp_mx
    >>> model = brass_model(wpp_mx("2022", [2020]).isel(year=0, drop=True))
    >>> e0 = xr.DataArray([78.79, 83.63], dims="year", coords={"year": [2020, 2021]})
    >>> parameter_at(e0, model, srb=1.1).round(3).values.tolist()
    [-0.05, -0.412]
    """
    e0 = _checked(e0, srb)
    found = _parameters(e0, model, srb)
    return e0.copy(data=found).rename("parameter").assign_attrs(_attrs("1", e0, model))


def mx_at(
    e0: float | xr.DataArray, model: MortalityModel, *, srb: float | None = None
) -> xr.DataArray:
    """Death rates of a model at given life expectancies at birth.

    Parameters, errors and limits are those of `parameter_at`.

    Returns
    -------
    xr.DataArray
        mx (..., sex, age), deaths per person-year.

    Examples
    --------
    >>> from yilao.mortality import brass_model, life_expectancy, wpp_mx
    >>> model = brass_model(wpp_mx("2022", [2020]).isel(year=0, drop=True))
    >>> e0 = xr.DataArray([84.0, 79.0], dims="sex", coords={"sex": ["female", "male"]})
    >>> life_expectancy(mx_at(e0, model)).round(8).values.tolist()
    [84.0, 79.0]
    """
    return _tables(e0, model, srb, lambda m: m, "mx", RATE_UNIT)


def survival_ratio_at(
    e0: float | xr.DataArray, model: MortalityModel, *, srb: float | None = None
) -> xr.DataArray:
    """Survival ratios of a one-year step at given life expectancies at birth.

    S(0) = L(0), S(x) = L(x) / L(x-1) = (1 - m(x-1) / 2) / (1 + m(x) / 2) from age 2 on, and the
    last one is into the open group, as `survival_ratios` has them.  Parameters, errors and limits
    are those of `parameter_at`.

    Returns
    -------
    xr.DataArray
        survival_ratio (..., sex, age).

    Raises
    ------
    SchemaError
        The model has age groups, not single years.

    Examples
    --------
    >>> from yilao.mortality import brass_model, wpp_mx
    >>> model = brass_model(wpp_mx("2022", [2020]).isel(year=0, drop=True))
    >>> e0 = xr.DataArray([84.0, 79.0], dims="sex", coords={"sex": ["female", "male"]})
    >>> survival_ratio_at(e0, model).sel(age=80).round(3).values.tolist()
    [0.965, 0.942]
    """
    if not is_single(model.ages):
        raise SchemaError(f"{model.name}: ratios of one year need single ages, not age groups.")

    def ratios(m: Array) -> Array:
        return ratios_of_rates(m, model.a0)

    return _tables(e0, model, srb, ratios, "survival_ratio", "1")


def survival_surface(
    e0: float | xr.DataArray, model: MortalityModel, *, srb: float, step: float = 0.25
) -> xr.Dataset:
    """Survival ratios by level of life expectancy, and the levels at which to read them.

    A projection takes both instead of ``survival_ratio``: the surface is shared by all draws, and
    a draw carries one life expectancy a year.

    Parameters
    ----------
    e0 : life expectancy of both sexes together (..., year), years, or one number.
    model : see `parameter_at`; both sexes have one parameter.
    srb : males per female at birth, the weights of the sexes.
    step : years between levels.

    Returns
    -------
    xr.Dataset
        ``survival_surface`` (level, sex, age) and ``mortality_level`` (..., year).

    Notes
    -----
    The engine reads the surface linearly between levels.  With China's table of 2020 and a step of
    a year a ratio is off by 4e-6 in the mean and by 7e-5 at most (age 1, ages above 90) between 60
    and 80 years of life expectancy, by 4e-4 at most up to 92 years; half the step, a quarter of
    that.  Life expectancies that differ freely by sex have no single level: use
    `survival_ratio_at`, which is exact.

    Examples
    --------
    >>> from yilao.mortality import brass_model, wpp_mx
    >>> model = brass_model(wpp_mx("2022", [2020]).isel(year=0, drop=True))
    >>> e0 = xr.DataArray([78.1, 78.6], dims="year", coords={"year": [2021, 2022]})
    >>> survival_surface(e0, model, srb=1.1, step=0.5).level.values.tolist()
    [78.0, 78.5, 79.0]
    """
    if not step > 0:
        raise SchemaError(f"step: {step:g} years; it must be above 0.")
    e0 = _checked(e0, srb)
    low, high = (float(f(e0.values) / step) for f in (np.min, np.max))
    levels = np.arange(np.floor(low), max(np.ceil(high), np.floor(low) + 1) + 1) * step
    rows = xr.DataArray(levels, dims="level", coords={"level": levels}, attrs=e0.attrs)
    surface = survival_ratio_at(rows, model, srb=srb).rename("survival_surface")
    level = e0.rename("mortality_level").assign_attrs(_attrs("1", e0, model))
    return xr.Dataset({"survival_surface": surface, "mortality_level": level})


def ratios_of_rates(m: Array, a0: str) -> Array:
    """Survival ratios (..., sex, age) of rates by single years, without a life table between."""
    out = np.empty_like(m)
    half = m / 2
    np.subtract(1, half[..., :-1], out=out[..., 1:])
    half += 1
    out[..., 2:-1] /= half[..., 2:-1]
    a = infant_a0(m[..., 0], rule=a0)
    q = m[..., 0] / (1 + (1 - a) * m[..., 0])
    out[..., 0] = 1 - (1 - a) * q
    out[..., 1] = (1 - q) / half[..., 1] / out[..., 0]
    # Of the two oldest ages L is 1 / (1 + m / 2) and (1 - m / 2) / (1 + m / 2) / M.
    last = out[..., -1] / m[..., -1]
    out[..., -1] = last / (1 + last)
    return out


def _checked(e0: float | xr.DataArray, srb: float | None) -> xr.DataArray:
    """The life expectancies as an array with ``sex`` last, where there is one."""
    e0 = xr.DataArray(e0)
    leading = ("year", "level", *LEADING_DIMS)
    if srb is None:
        check_dims(e0, ("sex",), "e0", leading=leading)
        check_sexes(e0, "e0")
        e0 = e0.transpose(..., "sex")
    else:
        if not srb > 0:
            raise SchemaError(f"srb: {srb:g} males per female; it must be above 0.")
        check_dims(e0, (), "e0 (of both sexes, as srb is given)", leading=leading)
    check_values(e0, "e0")
    return e0


def _parameters(e0: xr.DataArray, model: MortalityModel, srb: float | None) -> Array:
    """Parameters with the shape of ``e0``, which has been checked."""
    values = e0.values.astype(float)
    out = np.empty_like(values)
    if srb is not None:
        out[...] = _solve(e0, values, model, (1 / (1 + srb), srb / (1 + srb)))
        return out
    for i, weights in enumerate(((1.0, 0.0), (0.0, 1.0))):
        out[..., i] = _solve(e0.isel(sex=i), values[..., i], model, weights)
    return out


def _solve(
    e0: xr.DataArray, values: Array, model: MortalityModel, weights: tuple[float, float]
) -> Array:
    few = few_parameters(model, values.ravel(), weights)
    if few is not None:
        return few.reshape(values.shape)
    curve = curve_of(model, weights)
    low, high = curve.edges[0], curve.edges[-1]
    outside = (values < low) | (values > high)
    if outside.any():
        where = dict(zip((*SEXES, "both"), (weights[0] == 1, weights[1] == 1, True), strict=True))
        sex = next(name for name, true in where.items() if true)
        raise YilaoError(
            f"life expectancy {values[outside].flat[0]:g} ({sex}; {first_offender(e0, outside)}): "
            f"out of reach of the model, {model.name} ({low:.1f} to {high:.1f} years). Check the "
            "figure and its unit (years)."
        )
    return parameters(model, values.ravel(), weights).reshape(values.shape)


def _tables(
    e0: float | xr.DataArray,
    model: MortalityModel,
    srb: float | None,
    make: Callable[[Array], Array],
    name: str,
    unit: str,
) -> xr.DataArray:
    """Evaluate the model at its parameters, in blocks that stay in the cache."""
    e0 = _checked(e0, srb)
    parameter = _parameters(e0, model, srb)
    dims, leading = e0.dims, parameter.shape
    if srb is None:
        dims, leading = dims[:-1], leading[:-1]
    rows = parameter.reshape(-1, 1 if srb is not None else 2)
    rows = np.broadcast_to(rows, (len(rows), 2))
    out = np.empty((*leading, 2, len(model.ages)))
    flat = out.reshape(-1, 2, len(model.ages))
    for i in range(0, len(rows), _BLOCK):
        flat[i : i + _BLOCK] = make(model.rates(rows[i : i + _BLOCK]))
    return xr.DataArray(
        out,
        dims=(*dims, "sex", "age"),
        coords={str(k): c for k, c in e0.coords.items() if k not in ("sex", "age")}
        | {"sex": list(SEXES), "age": model.ages},
        name=name,
        attrs=_attrs(unit, e0, model),
    )


def _attrs(unit: str, e0: xr.DataArray, model: MortalityModel) -> dict[str, object]:
    sources = list(dict.fromkeys([*model.sources, *sources_of(e0)]))
    return {"units": unit, "sources": sources}
