"""The relational plan as text: what a run asks of its engine, as statements for a warehouse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from stillwatch.engines.dialect import render, render_table
from stillwatch.engines.plan import Engine, Step, Work

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Given:
    """A table that no step makes: an input of the plan, or what Stillwatch computes between its steps."""

    name: str
    schema: pa.Schema


class Recorder:
    """An engine that writes down, in order, which tables a run brings and which steps it takes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.scratch = engine.scratch
        self.threads = engine.threads
        self.plan: list[Given | Step] = []

    def scan(self, name: str, path: Path | Sequence[Path]) -> None:
        """Passed on, not written down: a file is known by what is read from it."""
        self._engine.scan(name, path)

    def put(self, name: str, table: pa.Table) -> None:
        """Written down as given."""
        self.plan.append(Given(name, table.schema))
        self._engine.put(name, table)

    @property
    def tables(self) -> frozenset[str]:
        """Passed on."""
        return self._engine.tables

    def run(self, step: Step) -> None:
        """Written down and run; a table that is dropped and made again is written down once."""
        if step not in self.plan:
            self.plan.append(step)
        self._engine.run(step)

    def each(self, work: Callable[[T], None], items: Sequence[T]) -> None:
        """Work for each of the items, one after the other: so the plan has one order."""
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
        """Written down as given, with the column `row` that the engine adds."""
        self.plan.append(Given(name, schema.append(pa.field("row", pa.int64(), nullable=False))))
        return self._engine.map_batches(name, batches, schema, each, work)

    def to_arrow(self, name: str, order: str = "") -> pa.Table:
        """Passed on."""
        return self._engine.to_arrow(name, order)

    def query(self, sql: str) -> pa.Table:
        """Passed on."""
        return self._engine.query(sql)

    def stream(self, sql: str, rows: int) -> Iterator[pa.RecordBatch]:
        """Passed on."""
        return self._engine.stream(sql, rows)

    def drop(self, *names: str) -> None:
        """Passed on."""
        self._engine.drop(*names)

    def close(self) -> None:
        """Passed on."""
        self._engine.close()


def statements(plan: Iterable[Given | Step], dialect: str) -> list[str]:
    """One statement for each table of a plan, in its order, without the semicolon.

    Given tables are declared, those of steps are made from their inputs.
    raises  InvalidConfiguration for a dialect that is not in DIALECTS
    """
    out = ["SET join_use_nulls = 1"] if dialect == "clickhouse" else []
    for item in plan:
        if isinstance(item, Given):
            out.append(render_table(item.name, item.schema, dialect))
        else:
            kind = "TABLE" if item.stored else "VIEW"
            stored = " ENGINE=MergeTree ORDER BY tuple()" if dialect == "clickhouse" and item.stored else ""
            out.append(f"CREATE {kind} {item.name}{stored} AS\n{render(item.sql, dialect, pretty=True)}")
    return out
