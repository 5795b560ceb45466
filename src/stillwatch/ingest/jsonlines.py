"""JSON lines: one object a line, read by Arrow where a block of lines is plain, else line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from stillwatch.ingest.chunks import Chunk, Rejected, Row, rows_chunk
from stillwatch.ingest.files import Stream
from stillwatch.ingest.jsontext import MAX_DEPTH, TooDeepError, depth_of, load_json
from stillwatch.ingest.values import MAX_TEXT, kind_of

BLOCK = 8 << 20
_BOM = b"\xef\xbb\xbf"
_EXACT = float(1 << 53)


def read(stream: Stream, quick: pa.Schema | None) -> Iterator[Chunk]:
    """The objects of every line that is not blank.

    quick   the top-level keys to read and their types, where sampled lines are plain enough for Arrow; None
            to read whole objects. A block that does not fit is read whole.
    """
    for block, line in _blocks(stream):
        if isinstance(block, int):
            yield rows_chunk(
                [], [Rejected(line, f"line is longer than {MAX_TEXT >> 20} MiB", f"{block} bytes")]
            )
            continue
        table = _by_arrow(block, quick) if quick is not None else None
        if table is None:
            yield read_block(block, line)
        else:
            lines = np.arange(line, line + table.num_rows, dtype=np.int64)
            yield Chunk(table, lines, again=partial(read_block, block, line))


def read_block(block: bytes, line: int) -> Chunk:
    """The lines of a block as objects; `line` is the number of its first."""
    rows: list[tuple[int, Row]] = []
    rejected: list[Rejected] = []
    for number, text in enumerate(block.split(b"\n"), line):
        if not text or text.isspace():
            continue
        value = parse(text)
        if isinstance(value, str):
            rejected.append(Rejected(number, value, f"{len(text)} bytes"))
        else:
            rows.append((number, value))
    return rows_chunk(rows, rejected)


def parse(text: bytes) -> Row | str:
    """The object that a line holds, or why it holds none. Bytes that are not UTF-8 become U+FFFD."""
    if len(text) > MAX_TEXT:
        return f"line is longer than {MAX_TEXT >> 20} MiB"
    try:
        value = load_json(text.decode("utf-8", "replace"))
    except TooDeepError as error:
        return str(error)
    except (ValueError, RecursionError):
        return "line is not JSON"
    if isinstance(value, dict):
        return value
    return f"line is JSON, but of type {kind_of(value)}, not an object"


def plan(rows: Sequence[Mapping[str, Any]], keys: Mapping[str, pa.DataType]) -> pa.Schema | None:
    """Arrow types for the keys, from what sampled rows hold; None when a value is an object, array or mixed.

    keys  key → the type to assume where no sampled row holds the key
    """
    fields = []
    for key, assumed in keys.items():
        kinds = {type(row[key]) for row in rows if row.get(key) is not None}
        if kinds <= {int, float} and float in kinds:
            kinds = {float}
        if not kinds:
            fields.append(pa.field(key, assumed))
        elif len(kinds) == 1 and (kind := kinds.pop()) in _ARROW:
            fields.append(pa.field(key, _ARROW[kind]))
        else:
            return None
    return pa.schema(fields)


_ARROW = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}


def _by_arrow(block: bytes, quick: pa.Schema) -> pa.RecordBatch | None:
    """The block as columns, or None when line by line is the only way that is sure to be right."""
    import pyarrow.json as pj

    if len(block) > MAX_TEXT or not _one_object_a_line(block) or _may_be_deep(block):
        return None
    try:
        if not block.isascii():
            pa.array([block], pa.binary()).cast(pa.string())
        table = pj.read_json(
            pa.BufferReader(block),
            read_options=pj.ReadOptions(use_threads=False, block_size=len(block) + 1),
            parse_options=pj.ParseOptions(explicit_schema=quick, unexpected_field_behavior="ignore"),
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    if table.num_rows != block.count(b"\n") + (not block.endswith(b"\n")):
        return None
    batches = table.combine_chunks().to_batches()
    batch = batches[0] if len(batches) == 1 else None
    return None if batch is None or _inexact(batch) else batch


def _inexact(batch: pa.RecordBatch) -> bool:
    """Whether a whole number was read as a float that can't hold it."""
    for column in batch.columns:
        if pa.types.is_floating(column.type) and column.null_count < len(column):
            found = column.drop_null().to_numpy(zero_copy_only=False)
            if (np.abs(found) >= _EXACT).any():
                return True
    return False


def _one_object_a_line(block: bytes) -> bool:
    """Whether every line starts with a brace and ends with one, so that lines and objects are the same."""
    data = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(data == 10)
    starts = np.concatenate(([0], ends + 1))
    if starts[-1] == len(data):
        starts = starts[:-1]
    else:
        ends = np.append(ends, len(data))
    last = data[np.maximum(ends - 1, 0)]
    returns = last == 13
    if returns.any():
        last = np.where(returns, data[np.maximum(ends - 2, 0)], last)
    return bool((data[starts] == 123).all() and (last == 125).all())


def _may_be_deep(block: bytes) -> bool:
    """Whether a line is nested too deep. Only lines with many brackets are looked at."""
    if block.count(b"{") + block.count(b"[") <= MAX_DEPTH:
        return False
    data = np.frombuffer(block, np.uint8)
    opening = np.flatnonzero((data == 123) | (data == 91))
    ends = np.append(np.flatnonzero(data == 10), len(data))
    counts = np.bincount(np.searchsorted(ends, opening), minlength=len(ends))
    for i in np.flatnonzero(counts > MAX_DEPTH):
        start = int(ends[i - 1]) + 1 if i else 0
        if depth_of(block[start : int(ends[i])].decode("utf-8", "replace")) > MAX_DEPTH:
            return True
    return False


def _blocks(stream: Stream) -> Iterator[tuple[bytes | int, int]]:
    """Whole lines, some MiB at a time, with the number of the first; for one too long, its length."""
    rest = b""
    line = 1
    first = True
    while True:
        piece = stream.read(BLOCK)
        if first:
            piece, first = piece.removeprefix(_BOM), False
        data = rest + piece if rest else piece
        if not piece:
            if data:
                yield data, line
            return
        cut = data.rfind(b"\n") + 1
        if cut:
            yield data[:cut], line
            line += data.count(b"\n", 0, cut)
        rest = data[cut:]
        if len(rest) > MAX_TEXT:
            length, rest = stream.skip_line(len(rest))
            yield length, line
            line += 1
