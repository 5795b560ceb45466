"""The engine for clusters: Apache Spark, with every stored table as Parquet in one folder of its own.

The driver plans, collects what `query` and `to_arrow` ask for, and reads what `stream` asks for piece by piece;
rows stay with the executors otherwise.
A stored step is written out and read back, so that no plan grows with the number of steps before it.
"""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pyarrow as pa

from stillwatch.engines.dialect import render
from stillwatch.engines.plan import Step, Work
from stillwatch.errors import EngineFailed, InvalidConfiguration

T = TypeVar("T")

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

CHUNK_BYTES = 64 << 20
"""The driver hands batches to the executors in chunks of about this size: what it holds at a time."""

STREAMED_ROWS = 1 << 18
"""Rows of a streamed result that the driver holds at a time."""

_ROW = pa.field("row", pa.int64(), nullable=False)

_SESSION = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}
"""What results rest on; set for every session, also one that somebody else began."""

_APPLICATION = {
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    # What passes through the local disks of driver and executors on its way is encrypted there.
    "spark.io.encryption.enabled": "true",
}
"""For an application that begins here; `spark-submit` and the settings win over it."""


class SparkEngine:
    """An engine on a cluster.

    scratch   a folder of this machine that the engine makes, fills and removes
    master    where the cluster is, as in `spark-submit --master`; None: what Spark was told elsewhere
    work      a folder or URI that driver and executors both reach; None: `scratch`, for a cluster on this machine
    settings  Spark's own settings by name
    threads   worker threads of this process, for what is done beside the cluster
    """

    def __init__(
        self,
        scratch: Path,
        *,
        master: str | None = None,
        work: str | None = None,
        settings: Mapping[str, str] | None = None,
        threads: int = 1,
    ) -> None:
        self.scratch = scratch
        self.threads = threads
        scratch.mkdir(parents=True, exist_ok=True)
        self._tables: dict[str, str | None] = {}  # name → the folder of a stored table
        self._written = 0
        self._spark, self._began = _session(master, dict(settings or {}))
        base = _local(scratch) if work is None else work.rstrip("/")
        self._work = f"{base}/tables-{uuid.uuid4().hex}"

    def scan(self, name: str, path: Path | Sequence[Path]) -> None:
        """Make a Parquet file, the files of a folder, or the files of a list readable as table `name`."""
        paths = [path] if isinstance(path, Path) else path
        with _told(name):
            reader = self._spark.read.option("recursiveFileLookup", "true").option(
                "pathGlobFilter", "*.parquet"
            )
            self._keep(name, reader.parquet(*(_literal(_local(one)) for one in paths)), None)

    def put(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table readable as table `name`."""
        with _told(name):
            self._store(name, self._frame(table))

    @property
    def tables(self) -> frozenset[str]:
        """The names of the tables that are there."""
        return frozenset(self._tables)

    def run(self, step: Step) -> None:
        """Run the step and keep its table under its name.

        raises  SchemaMismatch when an input is not there, EngineFailed when the engine can't run it
        """
        step.check(self._tables)
        with _told(step.name):
            frame = self._spark.sql(render(step.sql))
            if step.stored:
                self._store(step.name, frame, step.apart)
            else:
                self._keep(step.name, frame, None)

    def each(self, work: Callable[[T], None], items: Sequence[T]) -> None:
        """Work for each of the items, one after the other; the cluster divides each."""
        for item in items:
            work(item)

    def map_batches(
        self,
        name: str,
        batches: Iterable[pa.RecordBatch],
        schema: pa.Schema,
        each: Callable[[int], None],
        work: Work | None = None,
    ) -> int:
        """Keep a stream of batches, each passed through `work` on the executors, as table `name`; the rows.

        A column `row` numbers the rows as they come; it names a row within this run and nothing else.
        """
        numbered = schema.append(_ROW)
        with _told(name):
            folder = self._folder(name)
            self._store_into(folder, self._frame(numbered.empty_table()))
            rows = 0
            for chunk in _chunks(batches):
                frame = self._frame(_numbered(chunk, rows))
                if work is not None:
                    frame = frame.mapInArrow(_Beside(work, numbered), _spark_schema(numbered))
                self._store_into(folder, frame)
                rows += chunk.num_rows
                each(chunk.num_rows)
            self._keep(name, self._spark.read.parquet(_literal(folder)), folder)
        return rows

    def to_arrow(self, name: str, order: str = "") -> pa.Table:
        """The whole table, in the order of the given columns; the driver holds it."""
        return self.query(f"SELECT * FROM {name}" + (f" ORDER BY {order}" if order else ""))

    def query(self, sql: str) -> pa.Table:
        """The result of a read-only query; the driver holds it."""
        with _told("query"):
            return self._spark.sql(render(sql)).toArrow()

    def stream(self, sql: str, rows: int) -> Iterator[pa.RecordBatch]:
        """The result of a read-only query in batches of at most `rows`; the driver holds STREAMED_ROWS at a time.

        The executors write it, in its order, to files that the driver then reads one after the other.
        """
        folder = self._folder("streamed")
        try:
            with _told("query"):
                writer = self._spark.sql(render(sql)).write.option("maxRecordsPerFile", STREAMED_ROWS)
                writer.parquet(folder)
                files = self._files(folder)
            for file in files:
                with _told("query"):
                    table = self._spark.read.parquet(_literal(file)).toArrow()
                yield from table.to_batches(max_chunksize=rows)
        finally:
            self._remove(folder)

    def drop(self, *names: str) -> None:
        """Forget tables that no later step reads."""
        for name in names:
            with _told(name):
                self._spark.catalog.dropTempView(name)
                self._remove(self._tables.pop(name))

    def close(self) -> None:
        """Give back scratch space; an application that began here ends."""
        with suppress(Exception):
            self._remove(self._work)
        for name in self._tables:
            with suppress(Exception):
                self._spark.catalog.dropTempView(name)
        if self._began:
            with suppress(Exception):
                self._spark.stop()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def _frame(self, table: pa.Table) -> DataFrame:
        return self._spark.createDataFrame(table)

    def _store(self, name: str, frame: DataFrame, apart: str = "") -> None:
        folder = self._folder(name)
        self._store_into(folder, frame, apart)
        # What is kept apart lies in folders, none where there is no row.
        self._keep(name, self._spark.read.schema(frame.schema).parquet(_literal(folder)), folder)

    def _store_into(self, folder: str, frame: DataFrame, apart: str = "") -> None:
        writer = frame.write.mode("append").option("compression", "lz4")
        (writer.partitionBy(apart) if apart else writer).parquet(folder)

    def _folder(self, name: str) -> str:
        self._written += 1
        return f"{self._work}/{name}-{self._written}"

    def _keep(self, name: str, frame: DataFrame, folder: str | None) -> None:
        frame.createOrReplaceTempView(name)
        before = self._tables.get(name)
        self._tables[name] = folder
        self._remove(before)

    def _remove(self, folder: str | None) -> None:
        """Removes a folder wherever Hadoop's file systems reach."""
        if folder is not None:
            system, path = self._hadoop(folder)
            system.delete(path, True)

    def _files(self, folder: str) -> list[str]:
        """The Parquet files of a folder that Spark wrote, in the order of their rows."""
        system, path = self._hadoop(folder)
        names = (status.getPath().toString() for status in system.listStatus(path))
        return sorted(name for name in names if name.endswith(".parquet"))

    def _hadoop(self, folder: str) -> tuple[Any, Any]:
        java: Any = self._spark._jvm
        path = java.org.apache.hadoop.fs.Path(folder)
        return path.getFileSystem(self._spark._jsc.hadoopConfiguration()), path


class _Beside:
    """Batches through a function that knows nothing of row numbers, which pass beside it."""

    def __init__(self, work: Work, schema: pa.Schema) -> None:
        self.work, self.schema = work, schema

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            last = batch.num_columns - 1
            out = self.work(batch.select(batch.schema.names[:last]))
            yield pa.RecordBatch.from_arrays([*out.columns, batch.column(last)], schema=self.schema)


def _local(path: Path) -> str:
    """The path on this machine as Hadoop names it: unlike elsewhere, nothing in it is percent-encoded."""
    return f"file:{path.absolute()}"


def _literal(path: str) -> str:
    """The path as readers take it, who would see a pattern in some of its signs."""
    return re.sub(r"([\\{}\[\]*?])", r"\\\1", path)


def _chunks(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The batches that hold rows, together until they have CHUNK_BYTES."""
    waiting: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        if batch.num_rows:
            waiting.append(batch)
            size += batch.nbytes
        if size >= CHUNK_BYTES:
            yield pa.Table.from_batches(waiting)
            waiting, size = [], 0
    if waiting:
        yield pa.Table.from_batches(waiting)


def _numbered(table: pa.Table, first: int) -> pa.Table:
    return table.append_column(_ROW, pa.array(np.arange(first, first + table.num_rows)))


def _spark_schema(schema: pa.Schema) -> Any:
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(schema, prefer_timestamp_ntz=False)


def _session(master: str | None, settings: Mapping[str, str]) -> tuple[SparkSession, bool]:
    """The running session, or a new one; and whether it is new."""
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise InvalidConfiguration(
            "The engine spark needs PySpark, which is not installed.",
            hint="Next: pip install 'stillwatch[spark]'; it needs Java 17 or newer besides.",
        ) from error
    with _told("starting Spark"):
        session = SparkSession.getActiveSession()
        began = session is None
        if session is None:
            builder = SparkSession.builder.appName("stillwatch")
            if master is not None:
                builder = builder.master(master)
            for name, value in {**_APPLICATION, **settings, **_SESSION}.items():
                builder = builder.config(name, value)
            session = builder.getOrCreate()
        for name, value in _SESSION.items():
            session.conf.set(name, value)
    return session, began


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Failures of the block as errors of ours."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise EngineFailed(
            f"{name}: {_reason(error)}",
            hint="The cluster's own logs say more; memory and cores are set with [spark.settings].",
        ) from error


def _reason(error: Exception) -> str:
    """One line: what Spark says first, or what a function on an executor ended with."""
    lines = [line for line in str(error).split("JVM stacktrace:")[0].splitlines() if line.strip()]
    if any(line.startswith("Traceback") for line in lines):
        lines = [line for line in lines if not line.startswith((" ", "\t"))][-1:]
    return lines[0] if lines else type(error).__name__
