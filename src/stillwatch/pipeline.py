"""The stages in reading order, each a function of the tables that the one before left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.engines.plan import Engine
from stillwatch.fingerprint import FingerprintKey, Models, fingerprint_accounts, fingerprint_batch
from stillwatch.ingest import Batch
from stillwatch.link.stage import link
from stillwatch.model.exchanges import ACCOUNTS, QUARANTINE, TIMESTAMP
from stillwatch.model.fingerprints import FINGERPRINTS
from stillwatch.score.stage import Scored, score


T = TypeVar("T")
R = TypeVar("R")


class Progress:
    """Told how far the work has come; this one keeps silent."""

    def stage(self, name: str, total: int | None) -> None:
        """A stage begins; `total` rows or bytes are to come, None where that can't be told."""

    def advance(self, amount: int) -> None:
        """So much more of the stage is done."""

    def part(self, name: str) -> None:
        """A part of the stage begins."""


@dataclass(frozen=True, slots=True)
class Window:
    """Exchanges from `since` on and before `until`; None: no bound."""

    since: datetime | None = None
    until: datetime | None = None

    def keep(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows of the batch inside the window."""
        if self.since is None and self.until is None:
            return batch
        ts = batch["ts"]
        keep = pa.array(np.ones(len(ts), dtype=bool))
        if self.since is not None:
            keep = pc.and_(keep, pc.greater_equal(ts, pa.scalar(self.since, TIMESTAMP)))
        if self.until is not None:
            keep = pc.and_(keep, pc.less(ts, pa.scalar(self.until, TIMESTAMP)))
        return batch.filter(keep)


@dataclass(frozen=True, slots=True)
class Read:
    """What the first stage counted."""

    rows: int
    kept: int
    quarantine: pa.Table


def fingerprint(
    engine: Engine,
    batches: Iterable[Batch],
    accounts: pa.Table | None,
    key: FingerprintKey,
    models: Models,
    window: Window,
    threads: int,
    progress: Progress,
) -> Read:
    """Leaves `prints` and `accounts` in the engine; text ends here.

    Batches are fingerprinted by `threads` threads and kept in the order they came in.
    """
    bad: list[pa.RecordBatch] = []
    rows = 0

    def work(batch: Batch) -> tuple[Batch, pa.RecordBatch]:
        return batch, fingerprint_batch(window.keep(batch.exchanges), key, models)

    def prints() -> Iterator[pa.RecordBatch]:
        nonlocal rows
        for batch, out in _in_order(work, batches, threads):
            rows += batch.rows_read
            if batch.quarantine.num_rows:
                bad.append(batch.quarantine)
            yield out

    kept = engine.map_batches("prints", prints(), FINGERPRINTS, progress.advance)
    engine.put("accounts", fingerprint_accounts(ACCOUNTS.empty_table() if accounts is None else accounts, key))
    return Read(rows, kept, pa.Table.from_batches(bad, QUARANTINE))


def judge(engine: Engine, missing: frozenset[str], rate: float, progress: Progress) -> Scored:
    """Link, then score: everything behind the fingerprints."""
    progress.stage("link", None)
    link(engine, progress.part)
    progress.stage("score", None)
    return score(engine, missing, rate)


STAGES: tuple[tuple[str, str], ...] = (
    ("fingerprint", "read the logs, set bad rows apart, turn text into keyed fingerprints"),
    ("link", "find what accounts share, and the groups that this makes"),
    ("score", "try each group against every innocent explanation"),
    ("report", "write the tables and the report, whole or not at all"),
)
"""What a scan does, in order, in words for progress lines and the documentation."""


def _in_order(work: Callable[[T], R], items: Iterable[T], threads: int) -> Iterator[R]:
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
