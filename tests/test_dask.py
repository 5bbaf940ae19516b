"""Dask arrays stay lazy, and give what the arrays themselves give, here and on a cluster."""

from collections.abc import Iterator

import numpy as np
import pytest
import xarray as xr

import yilao as yl
from yilao.schema import NegativePopulationError, SchemaError, YilaoError

dask = pytest.importorskip("dask")
pytest.importorskip("dask.array")

LEAD = {"area": 2, "draw": 6, "variant": 2}


class Computed(Exception):
    """Something was computed."""


@pytest.fixture
def _no_computing() -> Iterator[None]:
    def refuse(*_, **__):
        raise Computed

    with dask.config.set(scheduler=refuse):
        yield


def chunked(
    inputs, form: str, what: str, own: str = "some", **options
) -> tuple[xr.DataArray, xr.Dataset, xr.DataArray, xr.Dataset]:
    """Inputs as they are, and with base, rates, or both cut along leading dimensions."""
    base, rates = inputs(form, lead=LEAD, own=own, **options)
    lazy_base, lazy_rates = base, rates
    if what in ("base", "both"):
        lazy_base = base.chunk({d: n for d, n in {"draw": 4, "area": 1}.items() if d in base.dims})
    if what in ("rates", "both"):
        sizes = {"draw": 4, "variant": 1, "area": 2}
        lazy_rates = rates.chunk({d: n for d, n in sizes.items() if d in rates.dims})
    return base, rates, lazy_base, lazy_rates


def make_weights(base: xr.DataArray, rates: xr.Dataset, years: bool = False) -> xr.DataArray:
    coords = {"measure": ["a", "b"], "year": [2020, *rates["year"].values.tolist()]}
    coords |= {"sex": base["sex"].values, "age": base["age"].values}
    values = np.random.default_rng(2).uniform(0, 1, [len(c) for c in coords.values()])
    weights = xr.DataArray(values, coords, tuple(coords))
    return weights if years else weights.isel(year=0, drop=True)


def arrays(result: yl.Projection) -> dict[str, xr.DataArray]:
    return {"population": result.population, **result.flows}


# Lazy.


@pytest.mark.usefixtures("_no_computing")
@pytest.mark.parametrize("what", ["base", "rates", "both"])
def test_nothing_is_computed_before_it_is_asked_for(inputs, form, what):
    _, _, base, rates = chunked(inputs, form, what)
    result = yl.project(base, rates)
    for name, array in arrays(result).items():
        if name not in ("immigration", "emigration"):
            assert array.chunks is not None, name
    with pytest.raises(Computed):
        result.population.compute()


@pytest.mark.usefixtures("_no_computing")
@pytest.mark.parametrize("form", ["net_migration", "all factors"])
@pytest.mark.parametrize("what", ["base", "rates", "both"])
def test_sums_are_not_computed_before_they_are_asked_for(inputs, form, what):
    _, _, base, rates = chunked(inputs, form, what)
    sums = yl.project_sums(base, rates, make_weights(base, rates))
    assert sums.chunks is not None
    with pytest.raises(Computed):
        sums.compute()


def test_chunks_are_those_of_the_inputs(inputs):
    base, rates = inputs("net_migration", lead=LEAD, own="all")
    result = yl.project(base.chunk(draw=4), rates.chunk(draw=4, area=1))
    assert result.population.chunks == ((1, 1), (4, 2), (2,), (5,), (2,), (12,))
    assert result.deaths.chunks == ((1, 1), (4, 2), (2,), (4,), (2,), (12,))
    assert result.births_by_mother_age.chunks == ((1, 1), (4, 2), (2,), (4,), (12,))


# The same numbers.


def test_results_are_identical(inputs, form):
    check_results(inputs, form, "both")


@pytest.mark.parametrize("form", ["profile x total", "all rates"])
@pytest.mark.parametrize("what", ["base", "rates"])
def test_results_are_identical_where_only_some_are_lazy(inputs, form, what):
    check_results(inputs, form, what)


def check_results(inputs, form: str, what: str) -> None:
    base, rates, lazy_base, lazy_rates = chunked(inputs, form, what)
    want = arrays(yl.project(base, rates))
    got = arrays(yl.project(lazy_base, lazy_rates))
    # Immigration and emigration: a bug of its own, below.
    assert got.keys() | {"immigration", "emigration"} >= want.keys()
    for name in got:
        xr.testing.assert_identical(got[name].compute(), want[name])


def test_results_are_identical_in_every_convention(inputs, engine, way):
    base, rates, lazy_base, lazy_rates = chunked(inputs, "all factors", "both", width=5)
    want = arrays(yl.project(base, rates, engine=engine, **way))
    got = dask.compute(arrays(yl.project(lazy_base, lazy_rates, engine=engine, **way)))[0]
    for name, array in got.items():
        xr.testing.assert_identical(array, want[name])


@pytest.mark.parametrize("own", ["all", "base", "rates"])
def test_results_are_identical_whoever_owns_the_rates(inputs, engine, own):
    base, rates, lazy_base, lazy_rates = chunked(inputs, "all rates", "both", own=own)
    want = yl.project(base, rates, until=2022, engine=engine)
    got = yl.project(lazy_base, lazy_rates, until=2022, engine=engine)
    xr.testing.assert_identical(got.population.compute(), want.population)
    xr.testing.assert_identical(got.deaths.compute(), want.deaths)


@pytest.mark.parametrize("form", ["closed", "all factors", "all rates"])
@pytest.mark.parametrize("what", ["base", "rates", "both"])
def test_sums_are_identical(inputs, engine, form, what):
    base, rates, lazy_base, lazy_rates = chunked(inputs, form, what)
    weights = make_weights(base, rates, years=what == "both")
    want = yl.project_sums(base, rates, weights, engine=engine)
    got = yl.project_sums(lazy_base, lazy_rates, weights, engine=engine)
    # In NumPy the order of a sum depends on the size of the block.
    xr.testing.assert_allclose(got.compute(), want, rtol=1e-14)
    xr.testing.assert_identical(got.compute().copy(data=want.values), want)


@pytest.mark.parametrize("flows", [False, ["births"], ["deaths", "net_migration"]], ids=str)
def test_fewer_flows(inputs, flows):
    base, rates, lazy_base, lazy_rates = chunked(inputs, "net_migration", "both")
    want = arrays(yl.project(base, rates, flows=flows))
    got = arrays(yl.project(lazy_base, lazy_rates, flows=flows))
    assert list(got) == list(want)
    for name in got:
        xr.testing.assert_identical(got[name].compute(), want[name])


@pytest.mark.parametrize("form", ["immigration + emigration", "all rates"])
def test_migrants_apart(inputs, form):
    base, rates, lazy_base, lazy_rates = chunked(inputs, form, "both")
    want = yl.project(base, rates).flows
    got = yl.project(lazy_base, lazy_rates).flows
    for name in ("immigration", "emigration"):
        xr.testing.assert_identical(got[name].compute(), want[name])


# On a cluster.


@pytest.mark.parametrize("processes", [False, True], ids=["threads", "process"])
def test_on_a_cluster(inputs, processes):
    distributed = pytest.importorskip("distributed")
    base, rates, lazy_base, lazy_rates = chunked(inputs, "all factors", "both")
    want = arrays(yl.project(base, rates))
    with (
        distributed.LocalCluster(
            n_workers=1,
            threads_per_worker=2,
            processes=processes,
            dashboard_address="127.0.0.1:0",  # None takes port 8787, which may be in use
            worker_dashboard_address=None,
            host="127.0.0.1" if processes else None,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        lazy = arrays(yl.project(lazy_base, lazy_rates))
        got = dict(zip(lazy, client.gather(client.compute(list(lazy.values()))), strict=True))
        lazy_rates["tfr"] = lazy_rates["tfr"] * np.nan
        lazy_rates["tfr"].attrs["units"] = "births per woman"
        with pytest.raises(SchemaError, match=r"tfr: \d+ value\(s\) are missing"):
            yl.project(lazy_base, lazy_rates).population.compute()
    for name, array in got.items():
        xr.testing.assert_identical(array, want[name])


def test_tasks_carry_no_arrays(inputs):
    base, rates = inputs("net_migration", lead={"draw": 400}, own="all")
    cloudpickle = pytest.importorskip("cloudpickle")
    lazy = yl.project(base, rates.chunk(draw=100)).population
    tasks = [
        task
        for layer in lazy.__dask_graph__().layers.values()
        for task in layer.values()
        if hasattr(task, "func")
    ]
    functions = [f for task in tasks for f in (task.func, *task.kwargs.values()) if callable(f)]
    assert functions
    assert max(len(cloudpickle.dumps(f)) for f in functions) < base.nbytes / 2


# What cannot be done.


@pytest.mark.parametrize("dim", ["age", "sex", "year", "level"])
def test_chunks_along_other_dimensions(inputs, dim):
    base, rates = inputs("all factors", lead={"draw": 2}, own="all")
    message = rf": dimension '{dim}' lies in multiple chunks.*\.chunk\({{'{dim}': -1}}\)"
    with pytest.raises(SchemaError, match=message):
        yl.project(base, rates.chunk({dim: 1}))
    if dim in base.dims:
        with pytest.raises(SchemaError, match=f"^base{message}"):
            yl.project(base.chunk({dim: 1}), rates)


def test_what_dask_arrays_cannot_do(inputs):
    base, rates, lazy_base, _ = chunked(inputs, "net_migration", "both")
    with pytest.raises(YilaoError, match="not for Dask arrays"):
        yl.project(lazy_base, rates, out=np.empty((2, 6, 2, 5, 2, 12)))
    with pytest.raises(YilaoError, match="sensitivity: compute Dask arrays first"):
        yl.sensitivity(lazy_base, rates, make_weights(base, rates))


@pytest.mark.parametrize("own", [{"threads": 2}, {"progress": True}])
def test_dask_has_its_own_threads_and_bar(inputs, own):
    base, rates, lazy_base, lazy_rates = chunked(inputs, "net_migration", "both")
    for call in (
        lambda: yl.project(lazy_base, lazy_rates, **own),
        lambda: yl.project_sums(base, lazy_rates, make_weights(base, rates), **own),
    ):
        with pytest.raises(YilaoError, match="threads and progress are not for Dask arrays"):
            call()


def test_unknown_words_for_negative(inputs):
    _, rates, lazy_base, _ = chunked(inputs, "net_migration", "base")
    with pytest.raises(YilaoError, match="negative 'clamp' is not known"):
        yl.project(lazy_base, rates, negative="clamp")


def test_sums_with_another_word_for_negative(inputs):
    base, rates, lazy_base, _ = chunked(inputs, "net_migration", "base")
    with pytest.raises(YilaoError, match="negative 'clamp' is not known"):
        yl.project_sums(lazy_base, rates, make_weights(base, rates), negative="clamp")


@pytest.mark.parametrize("what", ["base", "rates", "both"])
def test_members_are_marked_as_without_dask(inputs, what):
    base, rates, lazy_base, lazy_rates = chunked(inputs, "net_migration", what)
    leaving = rates["net_migration"].copy(deep=True)
    first = {d: -1 for d in leaving.dims if d not in ("year", "sex", "age")}
    leaving[{**first, "year": 2, "sex": 0, "age": 3}] = -1e9
    rates = rates.assign(net_migration=leaving)
    lazy_rates = lazy_rates.assign(
        net_migration=leaving.chunk(lazy_rates["net_migration"].chunksizes)
    )
    eager, lazy = (
        yl.project(b, r, negative="mark") for b, r in ((base, rates), (lazy_base, lazy_rates))
    )
    assert lazy.first_negative.chunks is not None
    assert (eager.first_negative > 0).any()
    xr.testing.assert_identical(lazy.first_negative.compute(), eager.first_negative)
    xr.testing.assert_identical(lazy.population.compute(), eager.population)
    weights = make_weights(base, rates)
    sums, lazy_sums = (
        yl.project_sums(b, r, weights, negative="mark")
        for b, r in ((base, rates), (lazy_base, lazy_rates))
    )
    xr.testing.assert_identical(lazy_sums.compute(), sums)


@pytest.mark.usefixtures("_no_computing")
def test_labels_and_units_are_checked_at_once(inputs):
    _, _, base, rates = chunked(inputs, "net_migration", "both")
    with pytest.raises(SchemaError, match="asfr: the unit is 'per mille'"):
        yl.project(base, rates.assign(asfr=rates["asfr"].assign_attrs(units="per mille")))
    with pytest.raises(SchemaError, match="age: base has 11 labels"):
        yl.project(base.isel(age=slice(-1)), rates)
    with pytest.raises(SchemaError, match="rates: year 2022 is missing"):
        yl.project(base, rates.isel(year=[0, 2, 3]))


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.1, 1.5])
@pytest.mark.parametrize("engine", ["auto", "numpy"])
def test_values_are_checked_when_they_are_computed(inputs, engine, value):
    base, rates, _, _ = chunked(inputs, "net_migration", "both", own="all")
    rates["survival_ratio"][1, 5, 1, 2, 1, 7] = value
    lazy = yl.project(base.chunk(draw=4), rates.chunk(draw=4), engine=engine)
    message = "survival_ratio: .* at area=area1, draw=draw5, variant=variant1, year=2023, sex=male"
    with pytest.raises(SchemaError, match=message):
        lazy.population.compute()
    assert np.isfinite(lazy.population.isel(draw=slice(0, 4)).compute()).all()


def test_an_emptied_cohort_raises_when_it_is_computed(inputs, engine):
    base, rates, _, _ = chunked(inputs, "net_migration", "both", own="all")
    rates["net_migration"][1, 5, 1, 2, 1, 7] = -1e5
    lazy = yl.project(base.chunk(draw=4), rates.chunk(draw=4), engine=engine)
    with pytest.raises(
        NegativePopulationError,
        match="area=area1, draw=draw5, variant=variant1, year=2023, sex=male, age=7 would have",
    ):
        lazy.population.compute()


TOGETHER = {
    "level outside": (
        "surface x level",
        lambda r: r.assign(
            mortality_level=(r["mortality_level"] + 1.5).assign_attrs(r["mortality_level"].attrs)
        ),
        "outside the levels of the survival surface",
    ),
    "levels upside down": (
        "surface x level",
        lambda r: r.sortby("level", ascending=False),
        "levels must ascend",
    ),
    "mothers of age 0": (
        "closed",
        lambda r: r.assign(asfr=(r["asfr"] + 0.01).assign_attrs(r["asfr"].attrs)),
        "fertility at age 0",
    ),
    "sum of the pattern": (
        "pattern x tfr",
        lambda r: r.assign(
            asfr_pattern=(r["asfr_pattern"] * 0.9).assign_attrs(r["asfr_pattern"].attrs)
        ),
        "asfr_pattern: it sums to 0.9",
    ),
    "sum of the profile": (
        "profile x total",
        lambda r: r.assign(
            migration_profile=(r["migration_profile"] * 0.9).assign_attrs(
                r["migration_profile"].attrs
            )
        ),
        "migration_profile: it sums to 0.9",
    ),
}


@pytest.mark.parametrize("what", ["base", "both"])
@pytest.mark.parametrize("fault", TOGETHER)
def test_what_is_wrong_together(inputs, fault, what):
    form, change, message = TOGETHER[fault]
    base, rates = inputs(form, lead=LEAD, own="all")
    rates = change(rates)
    with pytest.raises(SchemaError, match=message):
        yl.project(base, rates).population.compute()
    lazy = base.chunk(draw=4), rates.chunk(draw=4) if what == "both" else rates
    with pytest.raises(SchemaError, match=message):
        yl.project(*lazy).population.compute()
