"""Everything that the stages ask of an engine, written down, so that two engines can be held together."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa

from stillwatch.engines.plan import Engine, Step


class Witness:
    """An engine that keeps what each step made and each query gave: `seen`, name or query → rows in order."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.seen: dict[str, list[tuple[Any, ...]]] = {}
        self.steps: set[str] = set()

    def run(self, step: Step) -> None:
        self.engine.run(step)
        self.steps.add(step.name)
        self.seen[step.name] = rows(self.engine.to_arrow(step.name))

    def query(self, sql: str) -> pa.Table:
        table = self.engine.query(sql)
        self.seen[sql] = rows(table)
        return table

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)


def rows(table: pa.Table) -> list[tuple[Any, ...]]:
    """The rows of a table in one fixed order, columns by name; whole numbers are so, whatever holds them."""
    table = table.select(sorted(table.schema.names))
    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            assert (field.type.unit, field.type.tz is None) == ("us", False), field
            table = table.set_column(place, field.name, table.column(place).cast(pa.int64()))
    values = zip(*(column.to_pylist() for column in table.columns), strict=True)
    told = [tuple(int(v) if isinstance(v, Decimal) else v for v in row) for row in values]
    return sorted(told, key=repr)
