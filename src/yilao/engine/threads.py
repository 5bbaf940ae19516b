"""Blocks of members, and threads to do them in."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def threads_available() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cut(members: int, size: int) -> list[tuple[int, int]]:
    """Cut members into blocks (first, after the last)."""
    return [(i, min(i + size, members)) for i in range(0, members, size)]


def in_threads(
    work: Callable[[int, int], Any], blocks: list[tuple[int, int]], threads: int | None
) -> None:
    """Do the blocks in threads; both kernels let go of the interpreter's lock."""
    workers = min(threads or threads_available(), len(blocks))
    if workers <= 1:
        for first, last in blocks:
            work(first, last)
        return
    with ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(lambda b: work(*b), blocks):
            pass
