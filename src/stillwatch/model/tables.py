"""Checking a table at a door between rooms."""

from __future__ import annotations

import pyarrow as pa

from stillwatch.errors import SchemaMismatch


def conform(table: pa.Table, schema: pa.Schema, door: str) -> pa.Table:
    """The table with exactly the columns of `schema`, in its order and types.

    table   any column order; more columns than the schema's are dropped
    door    the name that an error gives, as `score → MEMBERS`
    raises  SchemaMismatch when a column is missing, can't be cast, or holds a null that is not allowed
    """
    missing = [name for name in schema.names if name not in table.column_names]
    if missing:
        raise SchemaMismatch(f"{door}: column {', '.join(missing)} is missing; found {table.column_names}")
    try:
        out = table.select(schema.names).cast(schema)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
        raise SchemaMismatch(f"{door}: {error}") from error
    for field in schema:
        if not field.nullable and out[field.name].null_count:
            raise SchemaMismatch(f"{door}: {field.name} holds {out[field.name].null_count} nulls")
    return out
