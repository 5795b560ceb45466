"""From files to batches of EXCHANGES: one pass, bounded memory, every row accounted for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from stillwatch.errors import InvalidColumn
from stillwatch.ingest import litellm, otlp
from stillwatch.ingest.chunks import Chunk, Rejected, excerpt_of, quarantine_batch
from stillwatch.ingest.columns import check_names, extract, missing_mapped
from stillwatch.ingest.files import Input, Stream, find
from stillwatch.ingest.formats import Plan, Table, by_name, chunks, plan
from stillwatch.ingest.gateway import Mapped
from stillwatch.ingest.jsontext import lookup
from stillwatch.ingest.normalise import COLUMNS, REQUIRED, TEXTS, Normalised, normalise
from stillwatch.ingest.vectors import Raw, cells
from stillwatch.model.exchanges import EXCHANGES, QUARANTINE

ROWS = 32_768
BYTES = 32 << 20
_JUDGED_ROWS = 20
"""From how many rows on a required column that none of them can be read from is an error of the file."""

_TYPES = {field.name: field.type for field in EXCHANGES} | {"messages": pa.string(), "ts": pa.string()}
TABLE = Table(COLUMNS, (*REQUIRED, TEXTS), _TYPES, ("ts",), ("account_id",))

_MAPPERS: dict[str, Callable[[Chunk], Mapped]] = {
    "litellm-spend-logs": litellm.spend_logs,
    "litellm-payload": litellm.payloads,
    "otlp": otlp.exchanges,
}


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows that were read.

    exchanges   EXCHANGES
    quarantine  QUARANTINE
    rows_read   how many rows the two hold together
    missing     columns of EXCHANGES that hold nothing in this batch
    """

    exchanges: pa.RecordBatch
    quarantine: pa.RecordBatch
    rows_read: int
    missing: tuple[str, ...]


class ExchangeReader:
    """The exchanges of some files, batch by batch; each iteration starts anew.

    inputs           the files, in the order they are read
    total_bytes      their size; `bytes_read` of it have been read
    columns_present  the columns of EXCHANGES that held something, of the rows read so far
    coerced          column → how many optional values could not be read and became null
    skipped          what stood in the files and is no exchange (spans of other work) → how often
    rows_read        rows read so far, each in exchanges or in quarantine
    """

    def __init__(self, plans: Sequence[Plan]) -> None:
        self._plans = tuple(plans)
        self.inputs = tuple(
            Input(one.item.name, one.format.name, one.item.path.stat().st_size, None, one.item.path)
            for one in plans
        )
        self.total_bytes = sum(one.bytes for one in self.inputs)
        self._reset()

    def _reset(self) -> None:
        self.bytes_read = 0
        self.rows_read = 0
        self.columns_present: set[str] = set()
        self.coerced: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()

    def hash_inputs(self) -> tuple[Input, ...]:
        """The files with the SHA-256 of each, read once in pieces; `inputs` holds them from then on."""
        self.inputs = tuple(one if one.sha256 else one.hashed() for one in self.inputs)
        return self.inputs

    def __iter__(self) -> Iterator[Batch]:
        self._reset()
        waiting: list[tuple[pa.RecordBatch, pa.RecordBatch]] = []
        for source, done in self._pieces():
            waiting.append((done.exchanges, quarantine_batch(source, done.rejected)))
            rows = sum(good.num_rows + bad.num_rows for good, bad in waiting)
            if rows >= ROWS // 2 or sum(good.nbytes for good, _ in waiting) >= BYTES // 2:
                yield from self._batches(waiting)
                waiting = []
        if waiting:
            yield from self._batches(waiting)

    def _pieces(self) -> Iterator[tuple[str, Normalised]]:
        for one, given in zip(self._plans, self.inputs, strict=True):
            before = self.bytes_read
            judged = False
            for chunk, position in read_chunks(one):
                done = self._convert(one, chunk)
                if not judged:
                    check_first(one, done.exchanges.num_rows, done.rejected, (*REQUIRED, *TEXTS))
                    judged = bool(done.exchanges.num_rows or done.rejected)
                self.bytes_read = before + min(position, given.bytes)
                if done.exchanges.num_rows or done.rejected:
                    yield one.item.name, done
            self.bytes_read = before + given.bytes

    def _convert(self, one: Plan, chunk: Chunk) -> Normalised:
        done, skipped = convert(one, chunk)
        if done.rejected and chunk.again is not None:
            done, skipped = convert(one, chunk.again())
        self.coerced += done.coerced
        self.skipped.update(dict(skipped))
        return done

    def _batches(self, waiting: list[tuple[pa.RecordBatch, pa.RecordBatch]]) -> Iterator[Batch]:
        exchanges = _joined([good for good, _ in waiting], EXCHANGES)
        quarantine = _joined([bad for _, bad in waiting], QUARANTINE)
        for part in _parts(exchanges):
            missing = tuple(name for name in EXCHANGES.names if part.column(name).null_count == part.num_rows)
            self.columns_present |= set(EXCHANGES.names) - set(missing)
            rows = part.num_rows + quarantine.num_rows
            self.rows_read += rows
            yield Batch(part, quarantine, rows, missing)
            quarantine = quarantine.slice(0, 0)


def open_exchanges(
    paths: Sequence[Path | str],
    columns: Mapping[str, str] | None = None,
    format: str | None = None,  # noqa: A002
) -> ExchangeReader:
    """The exchanges of files, folders and globs, looked at but not yet read.

    columns  canonical column → the column, or dotted path into one, that holds it
    format   the name of a format when files should not be judged by their content
    raises   InvalidInput for a file in no format that is read, InvalidColumn for a column map that does not
             fit or a required one that is not there, InvalidParameter for an unknown format
    """
    mapped = dict(columns or {})
    check_names(mapped, COLUMNS)
    forced = by_name(format)
    return ExchangeReader([plan(item, mapped, forced, TABLE) for item in find(paths)])


def convert(one: Plan, chunk: Chunk) -> tuple[Normalised, tuple[tuple[str, int], ...]]:
    """A chunk as EXCHANGES, and what in it was no exchange."""
    mapper = _MAPPERS.get(one.format.shape)
    if mapper is None:
        raw = raw_columns(chunk, one.paths)
        done = normalise(
            raw, chunk.lines, one.item.name, lambda i: excerpt_of(row_at(chunk, i)), text_required=True
        )
        skipped: tuple[tuple[str, int], ...] = ()
    else:
        mapped = mapper(chunk)
        names = {name for row in mapped.rows for name in row}
        raw = {name: [row.get(name) for row in mapped.rows] for name in sorted(names | set(REQUIRED))}
        raw |= {name: [lookup(row, path) for row in mapped.origins] for name, path in one.paths.items()}
        origins = mapped.origins
        done = normalise(
            raw, mapped.lines, one.item.name, lambda i: excerpt_of(origins[i]), text_required=False
        )
        skipped = mapped.skipped
        chunk = Chunk(chunk.data, chunk.lines, (*chunk.rejected, *mapped.rejected))
    if chunk.rejected:
        rejected = tuple(sorted((*done.rejected, *chunk.rejected), key=lambda row: row.line))
        done = Normalised(done.exchanges, rejected, done.coerced)
    return done, skipped


def raw_columns(chunk: Chunk, paths: Mapping[str, str]) -> dict[str, Raw]:
    """The values at each path of a chunk; columns that no row of it holds are left out."""
    data = chunk.data
    if not isinstance(data, list):
        return {name: extract(data, path) for name, path in paths.items()}
    raw: dict[str, Raw] = {}
    keys: set[str] = set().union(*data)
    for name, path in paths.items():
        if "." in path:
            raw[name] = [lookup(row, path) for row in data]
        elif path in keys or name in REQUIRED:
            raw[name] = [row.get(path) for row in data]
    return raw


def row_at(chunk: Chunk, i: int) -> Mapping[str, object]:
    """Row i of a chunk as an object."""
    if isinstance(chunk.data, list):
        return chunk.data[i]
    row = chunk.data.slice(i, 1)
    return {name: cells(column)[0] for name, column in zip(row.schema.names, row.columns, strict=True)}


def read_chunks(one: Plan) -> Iterator[tuple[Chunk, int]]:
    """The chunks of a file, each with how many bytes are read; raises InvalidColumn for what never came."""
    unseen = set(one.unseen)
    for chunk, position in _open(one):
        if unseen and one.format.shape == "exchanges":
            raw = raw_columns(chunk, {name: one.paths[name] for name in unseen})
            unseen -= {name for name, values in raw.items() if _any(values)}
        yield chunk, position
    for name in sorted(unseen):
        raise missing_mapped(name, one.paths[name], one.found, one.item.name)


def _open(one: Plan) -> Iterator[tuple[Chunk, int]]:
    if one.head.container == "parquet":
        size = one.item.path.stat().st_size
        for chunk in chunks(one, None):
            yield chunk, min(size, int(chunk.lines[-1]) * size // max(1, one.rows)) if len(chunk.lines) else 0
        return
    with Stream(one.item) as stream:
        for chunk in chunks(one, stream):
            yield chunk, stream.position()


def _any(values: Raw) -> bool:
    if isinstance(values, list):
        return any(value is not None for value in values)
    return bool(values.null_count < len(values))


def check_first(one: Plan, good: int, rejected: Sequence[Rejected], required: Sequence[str]) -> None:
    """Nothing; raises InvalidColumn when a required column can't be read from any of a file's first rows."""
    if good or len(rejected) < _JUDGED_ROWS:
        return
    for name in required:
        reasons = Counter(row.reason for row in rejected if row.reason.startswith(f"{name} "))
        if sum(reasons.values()) == len(rejected):
            path = one.paths.get(name, name)
            said = ", ".join(f"{reason} ({count})" for reason, count in sorted(reasons.items()))
            raise InvalidColumn(
                f"{one.item.name}: {name} (column {path!r}) can't be read from any of the first "
                f"{len(rejected)} rows: {said}",
                hint=f"convert it, or name the right column in the column map: {name} = 'its name here'",
            )


def _joined(batches: list[pa.RecordBatch], schema: pa.Schema) -> pa.RecordBatch:
    filled = [batch for batch in batches if batch.num_rows]
    if len(filled) == 1:
        return filled[0]
    return pa.concat_batches(filled) if filled else pa.RecordBatch.from_pylist([], schema=schema)


def _parts(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The batch in pieces that keep the bounds on rows and bytes, as far as single rows allow."""
    if batch.num_rows <= 1 or (batch.num_rows <= ROWS and batch.nbytes <= BYTES):
        yield batch
        return
    pieces = max(-(-batch.num_rows // ROWS), -(-batch.nbytes // BYTES))
    size = -(-batch.num_rows // int(pieces))
    for start in range(0, batch.num_rows, size):
        yield batch.slice(start, size)
