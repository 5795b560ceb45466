"""Tables made part by part, so that no part needs more memory than there is; ranges of accounts; how long tables last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar

import pyarrow as pa

from stillwatch.engines.plan import Engine, Passes, Step

T = TypeVar("T")

BUCKET_ROWS = 500_000_000
"""Values that are looked up over all accounts are divided into buckets of about so many, each a look at all."""

VALUES = pa.schema([pa.field("value", pa.int64())])


@dataclass(frozen=True, slots=True)
class Range:
    """Accounts from `first` to `last` in the order of their ids, and their numbers, ends included."""

    number: int
    first: str
    last: str
    first_ix: int
    last_ix: int

    def within(self, column: str) -> str:
        """The condition that an account number lies in the range."""
        return f"{column} BETWEEN {self.first_ix} AND {self.last_ix}"

    def accounts(self, column: str) -> str:
        """The condition that an account id lies in the range."""
        low, high = (each.replace("'", "''") for each in (self.first, self.last))
        return f"{column} BETWEEN '{low}' AND '{high}'"


def ranges(engine: Engine) -> tuple[Range, ...]:
    """Reads RANGES."""
    rows = engine.to_arrow("ranges", "number").to_pylist()
    return tuple(Range(**row) for row in rows)


@contextmanager
def leaving(engine: Engine, *names: str) -> Iterator[None]:
    """Of the tables that the block makes, those of these names and their parts (`name_0`, …) last beyond it."""
    before = engine.tables
    yield
    made = sorted(engine.tables - before)
    engine.drop(*(name for name in made if name not in names and _whole(name) not in names))


def _whole(part: str) -> str:
    """The table that a part's name speaks of: `hits` for `hits_12`."""
    name, _, number = part.rpartition("_")
    return name if number.isdigit() else part


def gather(engine: Engine, name: str, parts: Sequence[Step]) -> None:
    """Runs the parts, none of which reads another, and leaves their rows together as table `name`."""
    engine.each(engine.run, parts)
    together(engine, name, [part.name for part in parts])


def once(make: Callable[[], T]) -> Callable[[], T]:
    """The function, which computes at its first call only, whichever thread that comes from."""
    lock, made = Lock(), list[T]()

    def made_once() -> T:
        with lock:
            if not made:
                made.append(make())
        return made[0]

    return made_once


def together(engine: Engine, name: str, parts: Sequence[str]) -> None:
    """Leaves the rows of all the parts as table `name`, which reads them where they are."""
    engine.run(
        Step(name, tuple(parts), " UNION ALL ".join(f"SELECT * FROM {part}" for part in parts), stored=False)
    )


def repeated_values(engine: Engine, name: str, value: str, table: str, rows: int, at_least: int = 2) -> None:
    """Leaves table `name` with a column `value`: what occurs at least so many times in `table`.

    value  an expression of whole numbers over columns of the table; null is left out
    rows   how many values there are, about
    """
    count = 1 + rows // BUCKET_ROWS
    with leaving(engine, name):
        buckets = [_often(f"{name}_{k}", value, table, k, count, rows, at_least) for k in range(count)]
        for bucket in buckets:  # one at a time fits memory
            engine.run(bucket)
        together(engine, name, [bucket.name for bucket in buckets])


def _often(name: str, value: str, table: str, bucket: int, buckets: int, rows: int, at_least: int) -> Step:
    within = f" AND abs(value % {buckets}) = {bucket}" if buckets > 1 else ""
    values = f"SELECT value FROM (SELECT {value} AS value FROM {table}) WHERE value IS NOT NULL{within}"

    def counted(again: Callable[[], Iterator[pa.RecordBatch]]) -> Iterator[pa.RecordBatch]:
        from stillwatch.kernels.repeats import Repeats

        repeats = Repeats(rows // buckets)
        for batch in again():
            repeats.look(batch["value"].to_numpy())
        for batch in again() if repeats.taken else ():
            repeats.count(batch["value"].to_numpy())
        yield pa.RecordBatch.from_arrays([pa.array(repeats.often(at_least))], schema=VALUES)

    return Step(
        name,
        (table,),
        f"SELECT value FROM ({values}) GROUP BY value HAVING count(*) >= {at_least}",
        batches=lambda: Passes(values, counted, VALUES),
    )
