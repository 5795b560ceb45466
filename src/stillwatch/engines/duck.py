"""The embedded engine: DuckDB, with scratch space in a folder of its own.

Tables stay in memory as long as there is room, and are spilled where there is none: most are gone again before
that. Those of about as many rows as the logs are packed into files, which cost little to read a column of.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TypeVar

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.engines.batches import in_order, in_piles, whole_groups
from stillwatch.engines.plan import BATCH_ROWS, Batches, Passes, Step, Work
from stillwatch.errors import EngineFailed, OutOfDisk, OutOfMemory

GROUP_ROWS = 1 << 17
"""Rows that lie together in a file, and are read or passed over together."""

APART_ROWS = 1 << 15
"""The same where a reader asks for a few numbers' rows alone, and unpacks all that lies together with them."""

HELD = 4
"""Of the memory that DuckDB may hold, this part as much again may hold rows that are worked on together."""

SIDE_BY_SIDE = 2
"""So many parts are worked on at a time: while one is put in order, written or waits for the disk, another computes."""

T = TypeVar("T")

_DISK_IS_FULL = ("No space left", "File too large", "max_temp_directory_size", "Disk quota exceeded")
"""How DuckDB's messages speak of a full disk."""


class DuckEngine:
    """An engine in this process.

    scratch  a folder that the engine makes, fills and removes
    threads  worker threads, ≥ 1; results don't depend on how many
    memory   bytes that DuckDB may hold before it spills to `scratch`
    """

    def __init__(self, scratch: Path, *, threads: int, memory: int) -> None:
        self.scratch = scratch
        scratch.mkdir(parents=True, exist_ok=True)
        self._tables: dict[str, str] = {}
        self._files: dict[str, Path] = {}
        self._written = count(1)
        self._running: set[duckdb.DuckDBPyConnection] = set()
        self.threads = threads
        self._memory = memory
        with self._told("opening the engine"):
            self._connection = duckdb.connect(
                ":memory:",
                config={
                    "threads": threads,
                    "memory_limit": f"{memory}B",
                    "temp_directory": str(scratch / "spill"),
                    "preserve_insertion_order": False,
                },
            )
            # A range of accounts reads every file's footer; once is enough.
            self._connection.execute("SET parquet_metadata_cache = true")

    def scan(self, name: str, path: Path | Sequence[Path]) -> None:
        """Make a Parquet file, the files of a folder, or the files of a list readable as table `name`."""
        paths = [path] if isinstance(path, Path) else path
        quoted = ", ".join(f"'{_pattern(one)}{'/**/*.parquet' if one.is_dir() else ''}'" for one in paths)
        self._make(name, "VIEW", f"SELECT * FROM read_parquet([{quoted}], hive_partitioning = false)")

    def put(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table readable as table `name`."""
        with self._own() as connection:
            connection.register("incoming", table)
            self._make(name, "TABLE", "SELECT * FROM incoming", connection)

    @property
    def tables(self) -> frozenset[str]:
        """The names of the tables that are there."""
        return frozenset(self._tables)

    def run(self, step: Step) -> None:
        """Run the step and keep its table under its name.

        raises  SchemaMismatch when an input is not there, EngineFailed when the engine can't run it
        """
        step.check(self._tables)
        if step.batches is not None:
            self._map(step.name, step.batches(), step.apart)
        elif step.large:
            path = self._file(step.name)
            # In order, a reader of one number finds its rows side by side, and leaves the other row groups alone.
            order = f" ORDER BY {step.apart}" if step.apart else ""
            rows = APART_ROWS if step.apart else GROUP_ROWS
            self._execute(
                step.name,
                f"COPY ({step.sql}{order}) TO '{_quoted(path)}' "
                f"(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {rows})",
            )
            self._keep(step.name, path)
        else:
            self._make(step.name, "TABLE" if step.stored else "VIEW", step.sql)

    def each(self, work: Callable[[T], None], items: Sequence[T]) -> None:
        """Work that runs steps, for each of the items, some of them side by side; no item's work reads another's."""
        if self.threads == 1 or len(items) < 2:
            for item in items:
                work(item)
            return
        with ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="parts") as pool:
            waiting = [pool.submit(work, item) for item in items]
            try:
                for each in waiting:
                    each.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                for connection in tuple(self._running):
                    connection.interrupt()
                raise

    def map_batches(
        self,
        name: str,
        batches: Iterable[pa.RecordBatch],
        schema: pa.Schema,
        each: Callable[[int], None],
        work: Work | None = None,
    ) -> int:
        """Keep a stream of batches, each passed through `work`, as table `name` without holding it; the rows.

        Batches are worked on by as many threads as the engine has, and kept in the order they came in.
        A column `row` numbers the rows as they come; it names a row within this run and nothing else.
        """
        path = self.scratch / f"{name}.parquet"
        numbered = schema.append(pa.field("row", pa.int64(), nullable=False))
        rows = 0
        with pq.ParquetWriter(path, numbered, compression="lz4", use_dictionary=["account_id"]) as writer:
            for batch in batches if work is None else in_order(work, batches, self.threads):
                if batch.num_rows:
                    numbers = pa.array(np.arange(rows, rows + batch.num_rows))
                    writer.write_batch(pa.RecordBatch.from_arrays([*batch.columns, numbers], schema=numbered))
                rows += batch.num_rows
                each(batch.num_rows)
        self.scan(name, path)
        return rows

    def to_arrow(self, name: str, order: str = "") -> pa.Table:
        """The whole table, in the order of the given columns."""
        return self.query(f"SELECT * FROM {name}" + (f" ORDER BY {order}" if order else ""))

    def query(self, sql: str) -> pa.Table:
        """The result of a read-only query."""
        with self._told("query"), self._own() as connection:
            return connection.sql(sql).to_arrow_table()

    def stream(self, sql: str, rows: int) -> Iterator[pa.RecordBatch]:
        """The result of a read-only query in batches of at most `rows`, which are never held together."""
        with self._told("query"), self._own() as connection:
            yield from connection.sql(sql).to_arrow_reader(rows)

    def drop(self, *names: str) -> None:
        """Forget tables that no later step reads."""
        for name in names:
            self._execute(name, f"DROP {self._tables.pop(name)} IF EXISTS {name}")
            if name in self._files:
                self._files.pop(name).unlink(missing_ok=True)

    def close(self) -> None:
        """Give back memory and scratch space."""
        self._connection.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def _map(self, name: str, told: Batches | Passes, apart: str) -> None:
        path = self._file(name)
        made = self._passed(told) if isinstance(told, Passes) else self._worked(told)
        if apart:  # what is made piece by piece is made of one range of accounts, and fits memory
            table = pa.Table.from_batches(made, told.schema)
            made = iter(table.take(np.argsort(table[apart].to_numpy(), kind="stable")).to_batches(APART_ROWS))
        # Hashes and places hardly repeat: looking for a dictionary costs more than the rest of writing. zstd makes these
        # files a quarter smaller than lz4, for about one part in fifty more of a run's processor time: what is read
        # beyond the page cache and what fits a disk of 40 GB weigh more. Of values in no order, least and largest tell
        # no reader anything, and to find them takes a third of the time.
        with pq.ParquetWriter(
            path,
            told.schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=False,
            write_statistics=[apart] if apart else False,
        ) as writer:
            for batch in made:
                writer.write_batch(batch)
        self._keep(name, path)

    def _passed(self, told: Passes) -> Iterator[pa.RecordBatch]:
        return told.work(lambda: self.stream(told.sql, BATCH_ROWS))

    def _worked(self, told: Batches) -> Iterator[pa.RecordBatch]:
        if not told.together:
            return in_order(told.work, self.stream(told.sql, BATCH_ROWS), self.threads)
        column = told.together
        # Where there is room for all rows, to tell them apart costs less than to sort them.
        piles = in_piles(self.stream(told.sql, BATCH_ROWS), column, BATCH_ROWS, self._memory // HELD)
        if piles is None:
            ordered = self.stream(f"SELECT * FROM ({told.sql}) ORDER BY {column}", BATCH_ROWS)
            piles = ([batch] for batch in whole_groups(ordered, column))
        return in_order(lambda pile: told.work(pa.concat_batches(pile)), piles, self.threads)

    def _make(
        self, name: str, kind: str, sql: str, connection: duckdb.DuckDBPyConnection | None = None
    ) -> None:
        """A table or view in place of the one that had the name; `connection` knows what else the SQL names."""
        if self._tables.get(name, kind) != kind:
            self.drop(name)
        made = f"CREATE OR REPLACE {kind} {name} AS {sql}"
        if connection is None:
            self._execute(name, made)
        else:
            with self._told(name):
                connection.execute(made)
        self._tables[name] = kind

    def _file(self, name: str) -> Path:
        return self.scratch / f"{name}-{next(self._written)}.parquet"

    def _keep(self, name: str, path: Path) -> None:
        """The file as table `name`; what was the table before is gone."""
        before = self._files.pop(name, None)
        self.scan(name, path)
        self._files[name] = path
        if before is not None:
            before.unlink(missing_ok=True)

    def _execute(self, name: str, sql: str) -> None:
        with self._told(name), self._own() as connection:
            connection.execute(sql)

    @contextmanager
    def _own(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of the block's own to the same tables: threads don't share one."""
        connection = self._connection.cursor()
        self._running.add(connection)
        try:
            yield connection
        finally:
            self._running.discard(connection)
            connection.close()

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """Failures of the block as errors of ours, an interrupt as the interrupt that it was."""
        try:
            yield
        except duckdb.InterruptException as error:
            raise KeyboardInterrupt from error
        except duckdb.Error as error:
            told = f"{name}: {error}"
            # A full disk may surface while memory is spilled, a file is written or a table is committed.
            if any(words in told for words in _DISK_IS_FULL):
                raise OutOfDisk(told.splitlines()[0]) from error
            if isinstance(error, duckdb.OutOfMemoryException):
                raise OutOfMemory(told.splitlines()[0]) from error
            raise EngineFailed(told) from error
        except RuntimeError as error:
            # A signal that comes while DuckDB waits for its threads surfaces like this.
            if "interrupted" in str(error):
                raise KeyboardInterrupt from error
            raise


def _pattern(path: Path) -> str:
    """The path, which means nothing but itself, as the inside of a literal that is read as a pattern."""
    return re.sub(r"[*?[]", r"[\g<0>]", _quoted(path))


def _quoted(path: Path) -> str:
    """The path as the inside of a literal."""
    return str(path).replace("'", "''")
