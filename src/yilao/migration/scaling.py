"""Net migration scaled to a total, and split into in- and outflows."""

from __future__ import annotations

import numpy as np
import xarray as xr

from yilao.schema import (
    SchemaError,
    YilaoError,
    check_dims,
    check_same_labels,
    check_shared_labels,
    check_unit,
    check_values,
    sources_of,
)

SCALINGS = ("proportional", "split", "additive")


def scale_net_migration(
    net_migration: xr.DataArray, total: float | xr.DataArray, *, method: str = "split"
) -> xr.DataArray:
    """Scale net migration by sex and age to a total, also where in- and outflows nearly cancel.

    With I the sum of the positive cells, O that of the negative ones without their sign, N = I - O
    and T the total wanted:
    ``proportional``: M T / N; refused where N is small beside I + O, as by `profile`;
    ``split``: positive cells times f, negative ones divided by f, with f I - O / f = T, that is
    f = (T + sqrt(T² + 4 I O)) / (2 I): no cell changes its sign, whatever T;
    ``additive``: M + (T - N) |M| / (I + O), positive cells times 1 + d and negative ones times
    1 - d, d = (T - N) / (I + O); refused where |d| > 1, since cells would change their sign.

    Parameters
    ----------
    net_migration : (..., sex, age) persons, or any unit: only the shape counts.
    total : persons per step, a number or an array (with its unit) with leading dimensions or
        ``year``.
    method : ``proportional``, ``split`` or ``additive``.

    Returns
    -------
    xr.DataArray
        net_migration (..., sex, age), persons per step, whose sum is the total.

    Raises
    ------
    SchemaError
        The total cannot be reached by the method, or a value is missing.
    YilaoError
        The method is not known.

    References
    ----------
    ``additive`` is the plus-minus adjustment (Shryock and Siegel 1976, The Methods and Materials of
    Demography).

    Notes
    -----
    ``split`` assumes that a change of the total comes from both sides, arrivals growing by the
    factor by which departures shrink; where N and T are both 0 nothing changes.

    Examples
    --------
    >>> import xarray as xr
    >>> net = xr.DataArray([[120.0, -100.0]], dims=("sex", "age"),
    ...     coords={"sex": ["female"], "age": [20, 60]})
    >>> scale_net_migration(net, 70.0).values.round(6)
    array([[150., -80.]])
    >>> scale_net_migration(net, 70.0, method="additive").values.round(2)
    array([[147.27, -77.27]])
    """
    if method not in SCALINGS:
        raise YilaoError(f"method {method!r} is not known. Available: {', '.join(SCALINGS)}.")
    moves = ("sex", "age")
    check_dims(net_migration, moves, "net_migration", leading=[str(d) for d in net_migration.dims])
    check_values(net_migration, "net_migration")
    wanted = _total(total, "total", net_migration)
    came = net_migration.where(net_migration > 0, 0.0)
    left = came - net_migration
    arrivals, departures = came.sum(moves), left.sum(moves)
    gap = wanted - (arrivals - departures)
    turnover = arrivals + departures
    if method == "proportional":
        if bool((abs(arrivals - departures) <= 0.1 * turnover).any()):
            raise SchemaError(
                "net_migration: its total is small beside the moves by age, and scaling would blow "
                "them up. Use method='split' or 'additive'."
            )
        scaled = net_migration * (wanted / (arrivals - departures))
    elif method == "additive":
        if bool((abs(gap) > turnover).any()):
            raise SchemaError(
                "total: it is further from the sum than all moves together; cells would change "
                "their sign. Use method='split'."
            )
        scaled = net_migration + abs(net_migration) * (gap / turnover.where(turnover > 0, 1.0))
    else:
        if bool((((arrivals == 0) & (wanted > 0)) | ((departures == 0) & (wanted < 0))).any()):
            raise SchemaError(
                "total: nobody moves in the direction that it needs. Give net migration with moves "
                "both ways."
            )
        root = np.sqrt(wanted**2 + 4 * arrivals * departures)
        # Of the two equal forms of f and 1 / f, the one that does not subtract near-equal numbers.
        grow = (abs(wanted) + root) / 2
        new_in = (arrivals * departures / grow.where(grow > 0, 1.0)).where(wanted < 0, grow)
        new_out = new_in - wanted
        scaled = came * _over(new_in, arrivals) - left * _over(new_out, departures)
    order = [d for d in (*wanted.dims, *net_migration.dims) if d not in moves]
    scaled = scaled.transpose(*dict.fromkeys(order), *moves).rename("net_migration")
    scaled.attrs = _attrs(net_migration, sources_of(net_migration, wanted))
    return scaled


def _total(value: float | xr.DataArray, name: str, net_migration: xr.DataArray) -> xr.DataArray:
    """A total of all ages as an array, checked against what it is the total of."""
    if not isinstance(value, xr.DataArray):
        value = xr.DataArray(float(value), attrs={"units": "persons per step"})
    check_unit(value, "persons per step", name)
    check_values(value, name)
    for dim in value.dims:
        if dim in ("sex", "age"):
            raise SchemaError(f"{name}: it has dimension {dim!r}. Give one total of all ages.")
        if dim in net_migration.dims:
            check_same_labels(net_migration, value, dim, "net_migration", name)
    return value


def _attrs(net_migration: xr.DataArray, sources: list[str]) -> dict[str, object]:
    basis = {k: v for k, v in net_migration.attrs.items() if k == "basis"}
    return {**basis, "units": "persons per step", "sources": sources}


def _over(a: xr.DataArray, b: xr.DataArray) -> xr.DataArray:
    """Ratio of two sums, 0 where there is nobody to scale."""
    return (a / b.where(b > 0, 1.0)).where(b > 0, 0.0)


def split_net_migration(
    net_migration: xr.DataArray, schedule: xr.DataArray, gross: float | xr.DataArray
) -> xr.Dataset:
    """Split net migration into the in- and outflows that a gross total and a schedule imply.

    In = max(M, 0) + k w and out = max(-M, 0) + k w, with the schedule w summing to 1 and
    k = (G - sum |M|) / 2: the least moves that leave the net, and beside them exchange in both
    directions by the schedule.  So in - out = M in every cell, in + out sums to G, and neither is
    negative.

    Parameters
    ----------
    net_migration : (..., sex, age) persons per step.
    schedule : (..., [sex,] age) shape of those who come and are balanced by others who leave, such
        as `rogers_castro` times the population; only its proportions count.
    gross : G, in- and outmigrants of a step together, persons: a number or an array with leading
        dimensions or ``year``.  A gross rate is turned into it by the population.

    Returns
    -------
    xr.Dataset
        ``immigration`` and ``emigration`` (..., sex, age), persons per step, as `project` takes
        them.

    Raises
    ------
    SchemaError
        The gross total is below the sum of the net moves, the schedule has a negative or missing
        value or sums to 0, labels differ, or the unit is not persons per step.

    Notes
    -----
    The schedule is that of the exchange alone, a model: net migration says nothing of it.  The
    gross total is what matters, and a wrong one goes wholly into both flows (half of it each).

    Examples
    --------
    >>> import xarray as xr
    >>> labels = {"sex": ["female", "male"], "age": [0, 20, 60]}
    >>> net = xr.DataArray([[5.0, 40.0, -10.0]] * 2, dims=("sex", "age"), coords=labels,
    ...     attrs={"units": "persons per step"})
    >>> shape = xr.DataArray([1.0, 3.0, 1.0], dims="age", coords={"age": [0, 20, 60]})
    >>> flows = split_net_migration(net, shape, 210.0)
    >>> flows["immigration"].sel(sex="female").values, flows["emigration"].sel(sex="female").values
    (array([10., 55.,  5.]), array([ 5., 15., 15.]))
    """
    check_dims(net_migration, ("sex", "age"), "net_migration", [str(d) for d in net_migration.dims])
    check_unit(net_migration, "persons per step", "net_migration")
    check_values(net_migration, "net_migration")
    check_dims(schedule, ("age",), "schedule", [str(d) for d in (*net_migration.dims, "year")])
    check_values(schedule, "schedule", low=0.0)
    check_shared_labels(net_migration=net_migration, schedule=schedule)
    given = _total(gross, "gross", net_migration)
    shape = schedule.broadcast_like(net_migration.isel(age=0, drop=True))
    weight = shape.sum(("sex", "age"))
    if not bool((weight > 0).all()):
        raise SchemaError("schedule: it sums to 0. Give the ages at which people move.")
    least = abs(net_migration).sum(("sex", "age"))
    # The sum of a gross total made from the same cells may differ from it in the last digits.
    if bool((given < least * (1 - 1e-12)).any()):
        raise SchemaError(
            f"gross: {float(given.min()):,.0f} is below the sum of the net moves by age, "
            f"{float(least.max()):,.0f}. Give in- and outmigrants together."
        )
    exchange = shape * (np.maximum(given - least, 0.0) / 2 / weight)
    sources = sources_of(net_migration, schedule, given)
    flows = {}
    for name, one_way in (("immigration", net_migration), ("emigration", -net_migration)):
        flow = one_way.where(one_way > 0, 0.0) + exchange
        flows[name] = flow.transpose(..., "sex", "age").rename(name)
        flows[name].attrs = _attrs(net_migration, sources)
    return xr.Dataset(flows)
