"""Settings that hold for every test."""

import ipaddress
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest

os.environ["MPLBACKEND"] = "Agg"  # before anything imports matplotlib: no window, no display
# Before numpy: on small systems the threads of one linear solve only wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


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
