"""The formats that are read, and how a file of each becomes chunks of rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

import pyarrow as pa

from stillwatch.errors import InvalidColumn, InvalidInput, InvalidParameter
from stillwatch.ingest import delimited, jsonlines, jsonvalues, parquet
from stillwatch.ingest.chunks import Chunk
from stillwatch.ingest.columns import in_schema, listed, require, resolve, root_in
from stillwatch.ingest.detect import Head, columns_shape, look, shape_of
from stillwatch.ingest.files import Found, Stream
from stillwatch.ingest.jsontext import has_path


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file. None for a container: the shape comes in several, and the file's content tells."""

    name: str
    container: str | None
    shape: str


FORMATS = (
    Format("parquet", "parquet", "exchanges"),
    Format("csv", "delimited", "exchanges"),
    Format("jsonl", "lines", "exchanges"),
    Format("json", "values", "exchanges"),
    Format("litellm-spend-logs", None, "litellm-spend-logs"),
    Format("litellm-payload", None, "litellm-payload"),
    Format("otlp", None, "otlp"),
)

OTLP_DOCUMENT = 256 << 20
"""Characters that one OTLP document may have; it is read as a whole."""


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a kind of table: all known ones, those required (a tuple: one of them), their types."""

    known: tuple[str, ...]
    required: tuple[str | tuple[str, ...], ...]
    types: Mapping[str, pa.DataType]
    timelike: tuple[str, ...]
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """How one file is read: what it is, and which column or path holds what (`paths`: canonical → theirs).

    found   the file's own columns, as far as seen
    quick   types for Arrow's reader of JSON lines, None to read them one by one
    unseen  mapped columns that no sampled row holds; the file must bring them later
    batch   the columns to read of a table
    rows    how many rows the file says it has, 0 where it doesn't say
    """

    item: Found
    format: Format
    head: Head
    paths: Mapping[str, str]
    found: tuple[str, ...]
    quick: pa.Schema | None = None
    unseen: tuple[str, ...] = ()
    batch: tuple[str, ...] = ()
    rows: int = 0


def by_name(name: str | None) -> Format | None:
    """The format of that name; raises InvalidParameter when there is none."""
    if name is None:
        return None
    known = [one.name for one in FORMATS]
    if name not in known:
        close = get_close_matches(name, known, 1)
        raise InvalidParameter(
            f"no format {name!r}{f'; did you mean {close[0]!r}?' if close else ''}",
            hint=f"the formats are: {', '.join(known)}; leave it out to have each file looked at",
        )
    return next(one for one in FORMATS if one.name == name)


def plan(item: Found, columns: Mapping[str, str], forced: Format | None, table: Table) -> Plan:
    """How to read a file.

    columns  canonical → the file's column or path
    raises   InvalidInput when it is no format that is read, InvalidColumn when what is required is not there
    """
    head = look(item, forced.container if forced else None, (*table.known, *columns.values(), "request_id"))
    kind = forced or _format(item, head)
    if kind.container not in (None, head.container):
        raise InvalidInput(
            f"{item.name}: not {kind.name}; its content is {_CONTAINERS[head.container]}",
            hint="leave the format out to have each file looked at",
        )
    if head.container == "parquet":
        schema, rows = parquet.describe(item)
        return replace(_plan_table(item, kind, head, columns, table, schema), rows=rows)
    if head.container == "delimited" and head.header is not None:
        names = head.header.names
        doubled = sorted({name for name in names if name and names.count(name) > 1})
        if doubled:
            raise InvalidColumn(
                f"{item.name}: the header names {listed(doubled)} more than once",
                hint="give each column one name",
            )
        schema = pa.schema([pa.field(name, pa.binary()) for name in names])
        return _plan_table(item, kind, head, columns, table, schema)
    return _plan_json(item, kind, head, columns, table)


def chunks(plan: Plan, stream: Stream | None) -> Iterator[Chunk]:
    """The rows of a file; `stream` is its bytes, None for Parquet."""
    if plan.head.container == "parquet" or stream is None:
        return parquet.read(plan.item, plan.batch)
    if plan.head.header is not None:
        return delimited.read(stream, plan.head.header, plan.batch)
    if plan.head.container == "lines":
        return jsonlines.read(stream, plan.quick)
    if plan.format.shape == "otlp":
        return jsonvalues.read(stream, OTLP_DOCUMENT)
    return jsonvalues.read(stream)


_CONTAINERS = {
    "parquet": "Parquet",
    "delimited": "text with a header",
    "lines": "JSON lines",
    "values": "a JSON array or JSON written over several lines",
}


def _format(item: Found, head: Head) -> Format:
    if head.container == "parquet":
        shape = columns_shape(parquet.describe(item)[0].names)
    elif head.header is not None:
        shape = columns_shape(head.header.names)
    else:
        shape = shape_of(head.rows, nested=head.nested)
    return next(one for one in FORMATS if one.shape == shape and (one.container in (None, head.container)))


def _plan_table(
    item: Found, kind: Format, head: Head, columns: Mapping[str, str], table: Table, schema: pa.Schema
) -> Plan:
    names = [name for name in schema.names if name]
    if kind.shape != "exchanges":
        paths = resolve(columns, tuple(columns), lambda path: in_schema(schema, path), names, item.name)
        return Plan(item, kind, head, paths, tuple(names), batch=tuple(schema.names))
    paths = resolve(columns, table.known, lambda path: in_schema(schema, path), names, item.name)
    require(paths, table.required, names, item.name)
    for name in (*table.timelike, *table.ids):
        if name in paths and paths[name] in names and any(name == need for need in table.required):
            _check_type(
                item, name, paths[name], schema.field(paths[name]).type, timelike=name in table.timelike
            )
    roots = tuple(dict.fromkeys(root for path in paths.values() if (root := root_in(schema, path))))
    return Plan(item, kind, head, paths, tuple(names), batch=roots)


def _plan_json(item: Found, kind: Format, head: Head, columns: Mapping[str, str], table: Table) -> Plan:
    rows = head.rows
    found = tuple(sorted({key for row in rows for key in row}))
    if kind.shape != "exchanges":
        return Plan(item, kind, head, dict(columns), found)
    paths = {name: columns.get(name, name) for name in table.known}
    if rows:
        here = {name for name, path in paths.items() if any(has_path(row, path) for row in rows)}
        for need in table.required:
            names = (need,) if isinstance(need, str) else need
            if not here & set(names):
                for name in names:
                    if name in columns:
                        resolve({name: columns[name]}, (name,), lambda _: False, found, item.name)
                require({name: paths[name] for name in here}, (need,), found, item.name)
        unseen = tuple(name for name in columns if name not in here)
    else:
        unseen = ()
    quick = None
    if head.container == "lines" and rows and all(_is_key(path, rows) for path in paths.values()):
        quick = jsonlines.plan(rows, {path: table.types[name] for name, path in paths.items()})
    return Plan(item, kind, head, paths, found, quick=quick, unseen=unseen)


def _is_key(path: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    return "." not in path or any(path in row for row in rows)


def _check_type(item: Found, name: str, column: str, kind: pa.DataType, *, timelike: bool) -> None:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    bad = pa.types.is_nested(kind) or pa.types.is_boolean(kind) or pa.types.is_time(kind)
    bad = bad or pa.types.is_duration(kind) or (not timelike and (pa.types.is_temporal(kind)))
    if bad or pa.types.is_null(kind):
        meant = (
            "a time, a number of seconds or a text with a time" if timelike else "a text or a whole number"
        )
        raise InvalidColumn(
            f"{item.name}: {name} is of type {kind} (column {column!r}), where {meant} is meant",
            hint=f"convert it, or name the right column in the column map: {name} = 'its name here'",
        )
