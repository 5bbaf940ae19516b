"""A bar for long work: how many members are done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from yilao.schema import YilaoError


@contextmanager
def bar(members: int, wanted: bool) -> Iterator[Callable[[int], None] | None]:
    """Give a function that is told of members done; none where no bar is wanted."""
    if not wanted:
        yield None
        return
    if not find_spec("tqdm"):
        raise YilaoError("progress needs the package tqdm: pip install tqdm, or leave it out.")
    from tqdm.auto import tqdm

    with tqdm(total=members, unit=" members", unit_scale=True) as shown:
        yield lambda done: (shown.update(done), None)[1]
