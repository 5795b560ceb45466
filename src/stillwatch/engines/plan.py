"""A relational step as a frozen value, and the door through which every engine is met."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

import pyarrow as pa

from stillwatch.errors import SchemaMismatch

T = TypeVar("T")

Work = Callable[[pa.RecordBatch], pa.RecordBatch]
"""A batch function: row-local and stateless, so batches may be cut anywhere and run anywhere."""


BATCH_ROWS = 1 << 16
"""Rows of a batch that a batch function gets, about."""


@dataclass(frozen=True, slots=True)
class Batches:
    """The table of a step made by a batch function: another way to the same rows, where arrays do better than joins.

    sql       a SELECT over the step's inputs, whose rows come in batches of about BATCH_ROWS
    work      from such a batch to rows of `schema`, as many as it likes
    together  a column of small numbers: rows that are equal there come in one batch
    """

    sql: str
    work: Work
    schema: pa.Schema
    together: str = ""


@dataclass(frozen=True, slots=True)
class Passes:
    """The table of a step made by a function that goes through all rows, several times if it likes.

    sql     a SELECT over the step's inputs
    work    from what begins a pass, whose rows come in batches of about BATCH_ROWS in any order, to rows of `schema`
    """

    sql: str
    work: Callable[[Callable[[], Iterator[pa.RecordBatch]]], Iterator[pa.RecordBatch]]
    schema: pa.Schema


@dataclass(frozen=True, slots=True)
class Step:
    """One relational step: a table made from named tables by SQL in DuckDB's dialect.

    name     the table that comes out
    inputs   tables that it reads, checked before it runs
    sql      a SELECT; rows come in no order, sums are over integers so that no order matters
    stored   False for a selection that each reader runs for itself
    large    about as many rows as the logs, and read long after it was made: kept on disk, packed
    apart    of a large table a column of small numbers: who asks for one of them reads no others' rows
    batches  makes a faster way to the same rows for an engine inside this process; others never ask
    """

    name: str
    inputs: tuple[str, ...]
    sql: str
    stored: bool = True
    large: bool = False
    apart: str = ""
    batches: Callable[[], Batches | Passes] | None = field(default=None, compare=False, repr=False)

    def check(self, tables: Container[str]) -> None:
        """Raises SchemaMismatch when an input is not among the tables that an engine has."""
        missing = [name for name in self.inputs if name not in tables]
        if missing:
            raise SchemaMismatch(f"step {self.name} reads {', '.join(missing)}, which no earlier step made")


class Engine(Protocol):
    """Where relational steps and batch functions run: DuckDB inside the process, or a cluster.

    scratch  a folder of this machine that the engine fills and removes
    threads  worker threads of this process, ≥ 1, for what is done beside the engine; results don't depend on how many
    """

    scratch: Path
    threads: int

    def scan(self, name: str, path: Path | Sequence[Path]) -> None:
        """Make a Parquet file, the files of a folder, or the files of a list readable as table `name`."""

    def put(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table readable as table `name`."""

    @property
    def tables(self) -> frozenset[str]:
        """The names of the tables that are there."""

    def run(self, step: Step) -> None:
        """Run the step and keep its table under its name."""

    def each(self, work: Callable[[T], None], items: Sequence[T]) -> None:
        """Work that runs steps, for each of the items, some of them side by side; no item's work reads another's."""

    def map_batches(
        self,
        name: str,
        batches: Iterable[pa.RecordBatch],
        schema: pa.Schema,
        each: Callable[[int], None],
        work: Work | None = None,
    ) -> int:
        """Keep a stream of batches, each passed through `work`, as table `name` without holding it; the rows."""

    def to_arrow(self, name: str, order: str = "") -> pa.Table:
        """The whole table, in the order of the given columns."""

    def query(self, sql: str) -> pa.Table:
        """The result of a read-only query."""

    def stream(self, sql: str, rows: int) -> Iterator[pa.RecordBatch]:
        """The result of a read-only query in batches of at most `rows`, which are never held together."""

    def drop(self, *names: str) -> None:
        """Forget tables that no later step reads."""

    def close(self) -> None:
        """Give back memory and scratch space."""
