"""Batch functions in threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def in_order(work: Callable[[T], R], items: Iterable[T], threads: int) -> Iterator[R]:
    """Results in the order of the items, with at most `threads` + 1 of them under way."""
    if threads <= 1:
        yield from map(work, items)
        return
    source = iter(items)
    with ThreadPoolExecutor(threads, thread_name_prefix="fingerprint") as pool:
        waiting: list[Future[R]] = [pool.submit(work, item) for item in islice(source, threads + 1)]
        while waiting:
            done = waiting.pop(0).result()
            for item in islice(source, 1):
                waiting.append(pool.submit(work, item))
            yield done
