"""Blocks of members, and threads to do them in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def threads_available() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cut(members: int, size: int) -> list[tuple[int, int]]:
    """Cut members into blocks (first, after the last)."""
    return [(i, min(i + size, members)) for i in range(0, members, size)]


def in_threads(
    work: Callable[[int, int], Any],
    blocks: list[tuple[int, int]],
    threads: int | None,
    tell: Callable[[int], None] | None = None,
) -> None:
    """Do the blocks in threads; both kernels let go of the interpreter's lock.

    ``tell`` is told, in this thread, how many members are done after each block.
    """

    def do(block: tuple[int, int]) -> int:
        work(*block)
        return block[1] - block[0]

    workers = min(threads or threads_available(), len(blocks))
    if workers <= 1:
        _follow(map(do, blocks), tell)
        return
    with ThreadPoolExecutor(workers) as pool:
        _follow(pool.map(do, blocks), tell)


def _follow(done: Iterable[int], tell: Callable[[int], None] | None) -> None:
    for members in done:
        if tell is not None:
            tell(members)
