"""Settings that hold for every test, and inputs that several of them share."""

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import find_spec
from typing import Any

import pytest

os.environ["MPLBACKEND"] = "Agg"  # before anything imports matplotlib: no window, no display
# Before numpy: on small systems the threads of one linear solve only wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import xarray as xr


def _leaves_the_machine(sock: socket.socket, address: Any) -> bool:
    # Connecting a datagram socket sends nothing: Dask does it to learn the address of this machine.
    if sock.family not in (socket.AF_INET, socket.AF_INET6) or not sock.type & socket.SOCK_STREAM:
        return False
    host = address[0]
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        return host != "localhost"


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Make a connection to another machine fail, in this process; loopback stays open."""

    def guard(method: Any) -> Any:
        def connect(self: socket.socket, address: Any) -> Any:
            if _leaves_the_machine(self, address):
                raise RuntimeError(f"a test tried to reach the network: {address!r}")
            return method(self, address)

        return connect

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guard(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", guard(socket.socket.connect_ex))
        yield


# Inputs of projections in every form, for the tests of both kernels.


@pytest.fixture(
    scope="session",
    params=[
        "numpy",
        pytest.param(
            "numba",
            marks=pytest.mark.skipif(not find_spec("numba"), reason="numba is not installed"),
        ),
    ],
)
def engine(request: pytest.FixtureRequest) -> str:
    """Each kernel in turn."""
    return request.param


@pytest.fixture(
    scope="session",
    params=["un-even", "un-end", "leslie-even", "spectrum-even"],
)
def way(request: pytest.FixtureRequest) -> dict[str, str]:
    """Each convention with each timing of migrants that it knows."""
    return dict(zip(("convention", "migrants"), request.param.split("-"), strict=True))


FORMS = (
    "closed",
    "net_migration",
    "net_migration_rate",
    "profile x total",
    "immigration + emigration",
    "immigration + emigration_rate",
    "surface x level",
    "pattern x tfr",
    "survival_ratio_open",
    "lx",
    "all factors",
    "all rates",
)


@pytest.fixture(scope="session", params=FORMS)
def form(request: pytest.FixtureRequest) -> str:
    """Each form in which rates may be given."""
    return request.param


UNITS = {
    "asfr": "births per woman per year",
    "tfr": "births per woman",
    "srb": "males per female",
    "net_migration": "persons per step",
    "net_migration_rate": "per person per year",
    "migration_total": "persons per step",
    "immigration": "persons per step",
    "emigration": "persons per step",
    "emigration_rate": "per person per year",
    "Lx": "years",
}


def _inputs(
    form: str = "net_migration",
    *,
    ages: int = 12,
    steps: int = 4,
    width: int = 1,
    lead: dict[str, int] | None = None,
    own: str = "some",
) -> tuple[xr.DataArray, xr.Dataset]:
    """Make a base population of 2020 and rates, random but far from emptying a cohort.

    Parameters
    ----------
    form : one of `FORMS`.
    lead : leading dimensions and their sizes.
    own : ``all`` arrays have all leading dimensions, ``base`` only the base, ``rates`` only the
        rates, ``some``: each array has others of them, and none has all.
    """
    base, rates = _made(form, ages, steps, width, tuple((lead or {}).items()), own)
    return base.copy(deep=True), rates.copy(deep=True)


@cache
def _made(
    form: str, ages: int, steps: int, width: int, sizes: tuple[tuple[str, int], ...], own: str
) -> tuple[xr.DataArray, xr.Dataset]:
    rng = np.random.default_rng(1)
    lead = dict(sizes)
    labels: dict[str, Any] = {d: [f"{d}{i}" for i in range(n)] for d, n in lead.items()}
    labels |= {
        "year": 2020 + width * np.arange(1, steps + 1),
        "sex": ["female", "male"],
        "age": width * np.arange(ages),
        "level": [60.0, 65.0, 68.0, 75.0, 80.0, 90.0],
    }
    made = 0

    def array(name: str, low: float, high: float, *dims: str) -> xr.DataArray:
        nonlocal made
        made += 1
        mine = {
            "all": list(lead),
            "base": list(lead) if name == "population" else [],
            "rates": [] if name == "population" else list(lead),
            "some": [d for i, d in enumerate(lead) if (made + i) % 2],
        }[own]
        dims = (*mine, *dims)
        return xr.DataArray(
            rng.uniform(low, high, [len(labels[d]) for d in dims]),
            dims=dims,
            coords={d: labels[d] for d in dims},
            attrs={"units": UNITS.get(name, "1"), "sources": [f"source of {name}"]},
        )

    cell = ("year", "sex", "age")
    base = array("population", 200, 1000, "sex", "age").assign_coords(year=2020)
    base.attrs |= {"units": "persons", "basis": "resident"}
    rates = xr.Dataset({"srb": array("srb", 1.0, 1.2, "year")})

    def add(name: str, low: float, high: float, *dims: str) -> None:
        rates[name] = array(name, low, high, *dims)

    def add_summing_to_1(name: str, *dims: str, over: list[str]) -> None:
        share = array(name, 0, 1, *dims)
        if name == "asfr_pattern":
            share = share.where(share.age > 0, 0.0)
        rates[name] = (share / share.sum(over)).assign_attrs(share.attrs)

    factors, by_rates = form == "all factors", form == "all rates"
    if form == "surface x level" or factors or by_rates:
        # In disorder on purpose: ratios need not rise with the level.
        add("survival_surface", 0.8, 1.0, "level", "sex", "age")
        add("mortality_level", 60, 90, "year")
    else:
        add("survival_ratio", 0.8, 1.0, *cell)
    if form == "pattern x tfr" or factors or by_rates:
        pattern_dims = ("year", "age") if factors else ("age",)
        add_summing_to_1("asfr_pattern", *pattern_dims, over=["age"])
        add("tfr", 0.5, 2.5, "year")
    else:
        # The ages of mothers end before the open group and begin after the first.
        asfr = array("asfr", 0.0, 0.2, "year", "age")
        fertile = (asfr.age >= 2 * width) & (asfr.age < (ages - 3) * width)
        rates["asfr"] = asfr.where(fertile, 0.0)
    if form in ("survival_ratio_open",) or factors or by_rates:
        add("survival_ratio_open", 0.5, 0.9, "year", "sex")
    if form == "lx" or factors or by_rates:
        lx = array("lx", 0.9, 0.999, *cell).cumprod("age")
        below = (lx + lx.shift(age=-1)) / 2 * width
        rates["lx"] = lx.assign_attrs(units="1")
        rates["Lx"] = below.fillna(lx * 7).transpose(*lx.dims).assign_attrs(units="years")
    if form == "profile x total" or factors:
        profile_dims = cell if factors else cell[1:]
        add_summing_to_1("migration_profile", *profile_dims, over=["sex", "age"])
        add("migration_total", -60, 120, "year")
    elif form == "net_migration_rate":
        add("net_migration_rate", -0.02 / width, 0.03 / width, *cell)
    elif form == "immigration + emigration_rate" or by_rates:
        add("immigration", 0, 20, *cell)
        add("emigration_rate", 0, 0.02 / width, *cell)
    elif form == "immigration + emigration":
        add("immigration", 0, 20, *cell)
        add("emigration", 0, 10, *cell)
    elif form != "closed":
        add("net_migration", -10, 20, *cell)
    return base, rates


@pytest.fixture(scope="session")
def inputs() -> Callable[..., tuple[xr.DataArray, xr.Dataset]]:
    """Maker of a base population and rates: see `_inputs`."""
    return _inputs
