"""What a file is, from its first bytes and, where these leave it open, its suffix."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stillwatch.errors import InvalidInput
from stillwatch.ingest import delimited, jsonlines
from stillwatch.ingest.files import PACKINGS, Found, Stream
from stillwatch.ingest.jsonvalues import leading_objects
from stillwatch.ingest.values import MAX_TEXT

HEAD = 1 << 20
SAMPLED_ROWS = 1_000
_NAMED = (
    (b"PK\x03\x04", "a ZIP archive or a spreadsheet", "unpack it, or save the sheet as CSV"),
    (b"BZh", "bzip2 data", "pack it with gzip or zstd instead"),
    (b"\xfd7zXZ", "xz data", "pack it with gzip or zstd instead"),
    (b"ORC", "an ORC file", "write it as Parquet"),
    (b"Obj\x01", "an Avro file", "write it as Parquet or JSON lines"),
    (b"ARROW1", "an Arrow IPC file", "write it as Parquet"),
    (b"SQLite format 3", "an SQLite database", "export the table as CSV"),
    (b"\xff\xfe", "UTF-16 text", "save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text", "save it as UTF-8"),
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_OTLP = re.compile(rb'"resource_?(?:Spans|Logs|spans|logs)"')


@dataclass(frozen=True, slots=True)
class Head:
    """What the first bytes of a file show.

    container  parquet, delimited, lines (a JSON object a line) or values (a JSON array, objects over lines)
    rows       the objects among the first lines, JSON only
    header     of a delimited file
    nested     the text looks like OTLP, though no whole document could be read yet
    """

    container: str
    rows: tuple[Mapping[str, Any], ...] = ()
    header: delimited.Header | None = None
    nested: bool = False


def look(item: Found, container: str | None, expected: Sequence[str]) -> Head:
    """What a file holds.

    container  what it must be, None to find out
    expected   column names that tell a delimiter
    raises     InvalidInput when it is none of the formats that are read
    """
    with Stream(item) as stream:
        head = stream.read(HEAD)
        plain = not stream.packing
        if head.lstrip()[:1] == b"{":
            while b"\n" not in head and len(head) <= MAX_TEXT and (piece := stream.read(HEAD)):
                head += piece
        ended = len(head) < HEAD or not stream.read(1)
    suffix = _suffix(item)
    if head.startswith(b"PAR1") and plain:
        return Head("parquet")
    if suffix in (".parquet", ".pq"):
        raise InvalidInput(
            f"{item.name}: not Parquet, it does not start with PAR1",
            hint="a Parquet file is not packed again; check that the file was written to its end",
        )
    for magic, what, instead in _NAMED:
        if head.startswith(magic):
            raise InvalidInput(f"{item.name}: {what}, which is not read", hint=instead)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    # One line that is no object, torn or foreign, goes to quarantine as it would further down.
    if suffix in (".jsonl", ".ndjson") and container != "delimited" and (rows := _objects(text, ended)[1]):
        return Head("lines", rows)
    jsonlike = text[:1] in (b"{", b"[")
    if container == "delimited" or (
        container is None and not jsonlike and (text or suffix in (".csv", ".tsv"))
    ):
        return _delimited(
            item, head, suffix, expected, certain=container is not None or suffix in (".csv", ".tsv")
        )
    return _json(item, text, ended=ended)


def _delimited(item: Found, head: bytes, suffix: str, expected: Sequence[str], *, certain: bool) -> Head:
    if suffix in (".json", ".jsonl", ".ndjson"):
        raise InvalidInput(
            f"{item.name}: not JSON, it does not start with a brace or a bracket",
            hint="write an object a line",
        )
    header = delimited.read_header(head, "\t" if suffix == ".tsv" else None, expected)
    first = head[: header.start] if header else head[:4096]
    if _CONTROL.search(first) or b"\xff" in first[:4]:
        raise InvalidInput(f"{item.name}: binary data in no format that is read", hint=_READ)
    if header is None:
        raise InvalidInput(
            f"{item.name}: no header in the first line", hint="the first line names the columns"
        )
    if not certain and not set(header.names) & set(expected):
        raise InvalidInput(f"{item.name}: text in no format that is read", hint=_READ)
    return Head("delimited", header=header)


_READ = "read are Parquet, CSV, JSON lines, LiteLLM logs and OTLP JSON, plain or packed with gzip or zstd"


def _json(item: Found, text: bytes, *, ended: bool) -> Head:
    if not text:
        return Head("lines")
    if text[:1] == b"[":
        return Head("values", tuple(_elements(text[1:])))
    lines = text.split(b"\n")
    whole, rows = _objects(text, ended)
    if isinstance(jsonlines.parse(lines[0]), dict) or (rows and len(rows) * 2 >= len(whole)):
        return Head("lines", rows)
    found = _elements(text)
    if found and len(lines) > 1:
        return Head("values", tuple(found))
    if _OTLP.search(text[:65536]) and not ended:
        return Head("values", nested=True)
    if rows:
        return Head("lines", rows)
    raise InvalidInput(
        f"{item.name}: starts like JSON, but none of its first {len(whole) or 1} lines is an object",
        hint="write one whole object a line (JSON lines), or one array of objects",
    )


def _objects(text: bytes, ended: bool) -> tuple[list[bytes], tuple[dict[str, Any], ...]]:
    """The whole lines, and the first objects among them."""
    lines = text.split(b"\n")
    whole = lines if ended else lines[:-1]
    return whole, tuple(
        row for line in whole[:SAMPLED_ROWS] if isinstance(row := jsonlines.parse(line), dict)
    )


def _elements(text: bytes) -> Sequence[Mapping[str, Any]]:
    """The objects that a text starts with, one behind the other."""
    return leading_objects(text.decode("utf-8", "replace"), SAMPLED_ROWS)


def _suffix(item: Found) -> str:
    suffixes = [suffix.lower() for suffix in item.path.suffixes]
    if suffixes and suffixes[-1] in PACKINGS:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def shape_of(rows: Sequence[Mapping[str, Any]], *, nested: bool = False) -> str:
    """Which producer wrote the objects, by the name of a shape; exchanges: the contract's own columns.

    The contract's own columns decide first; then the first object that bears a producer's marks.
    """
    for row in rows:
        if any(key in row for key in ("resourceSpans", "resourceLogs", "resource_spans", "resource_logs")):
            return "otlp"
    if nested:
        return "otlp"
    for row in rows:
        if "account_id" in row and "ts" in row:
            return "exchanges"
        if (shape := columns_shape(tuple(row))) != "exchanges":
            return shape
    return "exchanges"


def columns_shape(names: Sequence[str]) -> str:
    """The producer whose marks a set of column names bears."""
    keys = set(names)
    if {"account_id", "ts"} <= keys:
        return "exchanges"
    if "standard_logging_object" in keys:
        return "litellm-payload"
    if {"request_id", "startTime"} <= keys and keys & {"api_key", "call_type", "spend"}:
        return "litellm-spend-logs"
    if {"id", "startTime"} <= keys and keys & {"metadata", "hidden_params", "model_parameters", "call_type"}:
        return "litellm-payload"
    return "exchanges"
