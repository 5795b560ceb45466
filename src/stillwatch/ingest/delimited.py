"""CSV and its kin with tabs, semicolons or bars, quoted as RFC 4180 says, or read with care if not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stillwatch.ingest.chunks import Chunk, Rejected, Row, rows_chunk
from stillwatch.ingest.files import Stream
from stillwatch.ingest.values import MAX_TEXT

DELIMITERS = (",", "\t", ";", "|")
BLOCK = 8 << 20
_BOM = b"\xef\xbb\xbf"
_QUOTE, _LINE, _RETURN = 34, 10, 13


@dataclass(frozen=True, slots=True)
class Header:
    """The names in a file's first record, what divides them, and where in the file the rows start."""

    names: tuple[str, ...]
    delimiter: str
    start: int


def read_header(head: bytes, delimiter: str | None, expected: Sequence[str]) -> Header | None:
    """The header that the first bytes of a file hold, None when they hold none.

    delimiter  what divides fields; None: the usual one that shows most expected names, then most names
    """
    skipped = len(_BOM) if head.startswith(_BOM) else 0
    best: tuple[tuple[int, int], Header] | None = None
    for mark in (delimiter,) if delimiter else DELIMITERS:
        record = next(_records(head, skipped, _field(mark), final=True), None)
        if record is None:
            return None
        names = tuple(_text(field).strip() for field in record.fields)
        rank = (len(set(names) & set(expected)), len(names))
        if best is None or rank > best[0]:
            best = (rank, Header(names, mark, record.stop))
    return best[1] if best and any(best[1].names) else None


def read(stream: Stream, header: Header, wanted: Sequence[str]) -> Iterator[Chunk]:
    """The wanted columns of every row as Arrow bytes, or all of them as objects where a block needs care.

    A row's line is its number behind the header: a text may hold line breaks.
    """
    stream.read(header.start)
    rest, line = b"", 1
    while True:
        piece = stream.read(BLOCK)
        data = rest + piece if rest else piece
        if not data:
            return
        cut = _boundary(data, final=not piece)
        if not _regular(data[:cut], header.delimiter) or (cut == 0 and len(data) > MAX_TEXT):
            yield from _with_care(stream, data, header, line)
            return
        block, rest = data[:cut], data[cut:]
        if block:
            chunk = _by_arrow(block, header, wanted, line) or _parse(block, header, line)
            yield chunk
            line += len(chunk.lines) + len(chunk.rejected)
        if not piece:
            return


def _by_arrow(block: bytes, header: Header, wanted: Sequence[str], line: int) -> Chunk | None:
    import pyarrow.csv as pc

    if len(set(header.names)) < len(header.names):
        return None
    try:
        table = pc.read_csv(
            pa.BufferReader(block),
            read_options=pc.ReadOptions(
                use_threads=False, block_size=len(block) + 1, column_names=list(header.names)
            ),
            parse_options=pc.ParseOptions(delimiter=header.delimiter, newlines_in_values=True),
            convert_options=pc.ConvertOptions(
                column_types=dict.fromkeys(wanted, pa.binary()), include_columns=list(wanted), null_values=[]
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        return None
    batches = table.combine_chunks().to_batches()
    if len(batches) != 1:
        return None
    lines = np.arange(line, line + table.num_rows, dtype=np.int64)
    return Chunk(batches[0], lines, again=lambda: _parse(block, header, line))


def _parse(block: bytes, header: Header, line: int) -> Chunk:
    """Every record of a block that ends where a record ends."""
    return _rows(list(_records(block, 0, _field(header.delimiter), final=True)), header, line)


def _with_care(stream: Stream, data: bytes, header: Header, line: int) -> Iterator[Chunk]:
    """Every record from here to the end of the file, whatever its quotes do."""
    pattern = _field(header.delimiter)
    final = False
    while data or not final:
        piece = stream.read(BLOCK)
        final = not piece
        data += piece
        stop, found = 0, []
        for record in _records(data, 0, pattern, final=final or len(data) > MAX_TEXT):
            if record.stop == len(data) and not final:
                break
            stop = record.stop
            found.append(record)
        if not found and len(data) > MAX_TEXT:
            size, data = stream.skip_line(len(data))
            found, stop = [_Record([], 0, size)], 0
        chunk = _rows(found, header, line)
        line += len(chunk.lines) + len(chunk.rejected)
        yield chunk
        data = data[stop:]


@dataclass(frozen=True, slots=True)
class _Record:
    fields: list[bytes]
    start: int
    stop: int


def _rows(records: list[_Record], header: Header, line: int) -> Chunk:
    rows: list[tuple[int, Row]] = []
    rejected: list[Rejected] = []
    for number, record in enumerate((r for r in records if r.fields != [b""]), line):
        size = record.stop - record.start
        if size > MAX_TEXT:
            rejected.append(Rejected(number, f"row is longer than {MAX_TEXT >> 20} MiB", f"{size} bytes"))
        elif len(record.fields) != len(header.names):
            found, meant = len(record.fields), len(header.names)
            rejected.append(
                Rejected(
                    number, f"row has {found} fields, the header {meant}", f"{found} fields, {size} bytes"
                )
            )
        else:
            texts = (_text(field) or None for field in record.fields)
            rows.append((number, dict(zip(header.names, texts, strict=True))))
    return rows_chunk(rows, rejected)


def _text(field: bytes) -> str:
    return field.decode("utf-8", "replace")


def _field(delimiter: str) -> re.Pattern[bytes]:
    """What a field shows behind its quotes, and what ends it."""
    mark = re.escape(delimiter).encode()
    return re.compile(rb"([^" + mark + rb"\n]*)(" + mark + rb"|\n|\Z)")


def _closing(data: bytes, start: int) -> int:
    """Where the quote is that closes a field whose text begins at `start`, -1 where none does; two are one of the text."""
    while (found := data.find(b'"', start)) >= 0 and data[found + 1 : found + 2] == b'"':
        start = found + 2
    return found


def _records(data: bytes, start: int, pattern: re.Pattern[bytes], *, final: bool) -> Iterator[_Record]:
    """The records of `data`. A quote that opens and never closes is text.

    final   whether the data ends here; else a record that more data could change is left out
    """
    position = begin = start
    fields: list[bytes] = []
    while position < len(data) or fields:
        quoted = b""
        if data.startswith(b'"', position):
            closing = _closing(data, position + 1)
            if closing >= 0:
                quoted = data[position + 1 : closing].replace(b'""', b'"')
                position = closing + 1
            elif not final:
                return
        match = pattern.match(data, position)
        if match is None:  # the pattern fits every place; kept so that no input can loop
            return
        plain, mark = match.groups()
        if mark == b"\n":
            plain = plain.removesuffix(b"\r")
        fields.append(quoted + plain)
        position = match.end()
        if mark == b"\n" or mark == b"":
            if mark == b"" and not final:
                return
            yield _Record(fields, begin, position)
            fields, begin = [], position
            if mark == b"":
                return


def _boundary(data: bytes, *, final: bool) -> int:
    """Where the last whole record of the data ends, by counting quotes."""
    if final:
        return len(data)
    octets = np.frombuffer(data, np.uint8)
    lines = np.flatnonzero(octets == _LINE)
    quotes = np.flatnonzero(octets == _QUOTE)
    outside = lines[np.searchsorted(quotes, lines) % 2 == 0]
    return int(outside[-1]) + 1 if len(outside) else 0


def _regular(block: bytes, delimiter: str) -> bool:
    """Whether every quote opens or closes a field or stands doubled inside one; no return stands alone."""
    if block.count(b"\r") != block.count(b"\r\n"):
        return False
    octets = np.frombuffer(block, np.uint8)
    quotes = np.flatnonzero(octets == _QUOTE)
    if len(quotes) % 2:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    before = octets[opening[opening > 0] - 1]
    after = octets[closing[closing + 1 < len(octets)] + 1]
    mark = ord(delimiter)
    return bool(
        np.isin(before, (mark, _LINE, _QUOTE)).all() and np.isin(after, (mark, _LINE, _RETURN, _QUOTE)).all()
    )
