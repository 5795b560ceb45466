"""Column maps: which column, or which path inside one, holds what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches

import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.errors import InvalidColumn
from stillwatch.ingest.chunks import PLAIN_KEY
from stillwatch.ingest.jsontext import as_object, lookup
from stillwatch.ingest.vectors import Raw, cells

_USUAL = {
    "account_id": (
        "user_id",
        "user",
        "account",
        "customer_id",
        "org_id",
        "api_key",
        "uid",
        "userId",
        "accountId",
    ),
    "ts": (
        "timestamp",
        "time",
        "created_at",
        "datetime",
        "date",
        "created",
        "start_time",
        "startTime",
        "@timestamp",
    ),
    "prompt": ("input", "text", "query", "question", "user_prompt", "content", "instruction", "request"),
    "messages": ("conversation", "input_messages", "request_body", "body", "chat"),
}
_SHOWN = 30


def check_names(columns: Mapping[str, str], known: Sequence[str]) -> None:
    """Nothing; raises InvalidColumn when a column map names a column that the contract does not have."""
    for name in sorted(columns):
        if name not in known:
            raise InvalidColumn(
                f"column map: {name!r} is no column of the contract{_meant(name, known)}",
                hint=f"the columns are: {', '.join(known)}",
            )


def resolve(
    columns: Mapping[str, str],
    known: Sequence[str],
    present: Callable[[str], bool],
    found: Iterable[str],
    file: str,
) -> dict[str, str]:
    """Canonical column → path in this file, for every column that the file holds.

    columns  canonical → theirs; a column not named here goes by its own name
    present  whether a path leads somewhere in this file
    found    the file's own columns, for the message of an error
    raises   InvalidColumn when a mapped column is not there
    """
    for name, path in sorted(columns.items()):
        if not present(path):
            raise missing_mapped(name, path, found, file)
    return {name: columns.get(name, name) for name in known if name in columns or present(name)}


def require(
    resolved: Mapping[str, str], required: Sequence[str | tuple[str, ...]], found: Iterable[str], file: str
) -> None:
    """Nothing; raises InvalidColumn when a required column is not there. A tuple asks for one of several."""
    there = sorted(found)
    for need in required:
        names = (need,) if isinstance(need, str) else need
        if any(name in resolved for name in names):
            continue
        guess = next((g for name in names for g in [_guess(name, there)] if g), None)
        meant = f"; did you mean {guess!r}?" if guess else ""
        raise InvalidColumn(
            f"{file}: no column {' or '.join(names)}{meant}",
            hint=f"found: {listed(there)}. Name it in a map: {names[0]} = {guess or 'its name here'!r}",
        )


def missing_mapped(name: str, path: str, found: Iterable[str], file: str) -> InvalidColumn:
    """The error for a mapped column that a file does not hold."""
    there = sorted(found)
    return InvalidColumn(
        f"{file}: the column map takes {name} from {path!r}, which is not there{_meant(path, there)}",
        hint=f"found: {listed(there)}",
    )


def extract(batch: pa.RecordBatch, path: str) -> Raw:
    """The values at a path of a batch: a column, a field of a struct, or what stands in a column's JSON."""
    names = batch.schema.names
    if path in names:
        return batch.column(names.index(path))
    cut = path.rfind(".")
    while cut > 0:
        head, rest = path[:cut], path[cut + 1 :]
        if head in names:
            column = batch.column(names.index(head))
            while pa.types.is_struct(column.type) and rest:
                here = rest if column.type.get_field_index(rest) >= 0 else rest.split(".")[0]
                if column.type.get_field_index(here) < 0:
                    return pa.nulls(batch.num_rows)
                column, rest = pc.struct_field(column, here), rest[len(here) + 1 :]
            if not rest:
                return column
            return [lookup(as_object(value), rest) for value in cells(column)]
        cut = path.rfind(".", 0, cut)
    return pa.nulls(batch.num_rows)


def in_schema(schema: pa.Schema, path: str) -> bool:
    """Whether a path leads somewhere in a table; a path into a text column may, for the text may be JSON."""
    return root_in(schema, path) is not None and _leads(schema, path)


def root_in(schema: pa.Schema, path: str) -> str | None:
    """The column of a table that a path starts from, None when there is none."""
    if path in schema.names:
        return path
    cut = path.rfind(".")
    while cut > 0:
        if path[:cut] in schema.names:
            return path[:cut]
        cut = path.rfind(".", 0, cut)
    return None


def _leads(schema: pa.Schema, path: str) -> bool:
    root = root_in(schema, path)
    rest = path[len(root or "") + 1 :]
    kind = schema.field(root).type
    while rest and pa.types.is_struct(kind):
        here = rest if kind.get_field_index(rest) >= 0 else rest.split(".")[0]
        if kind.get_field_index(here) < 0:
            return False
        kind, rest = kind.field(here).type, rest[len(here) + 1 :]
    return not rest or not pa.types.is_primitive(kind)


def _guess(name: str, found: Sequence[str]) -> str | None:
    lowered = {column.lower(): column for column in reversed(found)}
    for usual in (name, *_USUAL.get(name, ())):
        if usual.lower() in lowered:
            return lowered[usual.lower()]
    close = get_close_matches(name, found, 1, 0.7)
    return close[0] if close else None


def _meant(name: str, known: Sequence[str]) -> str:
    lowered = {column.lower(): column for column in reversed(known)}
    close = [lowered[name.lower()]] if name.lower() in lowered else get_close_matches(name, known, 1, 0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


def listed(found: Sequence[str]) -> str:
    """Names of columns as an error tells them: the plain ones, and how many others there are."""
    # Where the first line is no header, what stands there is somebody's text.
    plain = [name for name in found if PLAIN_KEY.fullmatch(name)][:_SHOWN]
    shown = ", ".join(plain) or ("no plain name" if found else "no column")
    return f"{shown} and {len(found) - len(plain)} more" if len(found) > len(plain) else shown
