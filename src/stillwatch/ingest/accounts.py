"""Accounts: what is known of an account besides its traffic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.errors import InvalidInput
from stillwatch.ingest.chunks import Chunk, Rejected, excerpt_of, quarantine_batch
from stillwatch.ingest.columns import check_names
from stillwatch.ingest.files import Input, find
from stillwatch.ingest.formats import Plan, Table, plan
from stillwatch.ingest.normalise import reason_for
from stillwatch.ingest.reader import check_first, raw_columns, read_chunks, row_at
from stillwatch.ingest.vectors import cells, read_column
from stillwatch.model.exchanges import ACCOUNTS, QUARANTINE, TIMESTAMP

_TYPES = {field.name: pa.string() if field.type == TIMESTAMP else field.type for field in ACCOUNTS}
TABLE = Table(
    tuple(ACCOUNTS.names), ("account_id",), _TYPES, timelike=("created_at", "banned_at"), ids=("account_id",)
)
_TWICE = "account_id is given more than once"


def read_accounts(
    path: Path | str | Sequence[Path | str], columns: Mapping[str, str] | None = None
) -> tuple[pa.Table, pa.Table]:
    """ACCOUNTS, one row an account and sorted by it, and the QUARANTINE of rows that could not be used.

    path     a file, folder or glob, or several: Parquet, CSV or JSON, as exchanges are
    columns  canonical column → the column, or dotted path into one, that holds it
    raises   InvalidInput for a file that can't be read, InvalidColumn where account_id is not there

    Of rows with one account_id, the one that sorts first by its content is kept, whatever their order; the
    others go to quarantine. An optional value that can't be read is null.
    """
    mapped = dict(columns or {})
    check_names(mapped, TABLE.known)
    tables: list[pa.Table] = []
    quarantine: list[pa.RecordBatch] = []
    for item in find([path] if isinstance(path, (str, Path)) else path):
        one = plan(item, mapped, None, TABLE)
        if one.format.shape != "exchanges":
            raise InvalidInput(
                f"{item.name}: looks like {one.format.name}, which holds no accounts",
                hint="accounts are read from Parquet, CSV or JSON lines with a column account_id",
            )
        checked = False
        for chunk, _ in read_chunks(one):
            table, rejected = _accounts(one, chunk)
            if rejected and chunk.again is not None:
                table, rejected = _accounts(one, chunk.again())
            if not checked:
                check_first(one, table.num_rows, rejected, ("account_id",))
                checked = bool(table.num_rows or rejected)
            tables.append(table)
            quarantine.append(quarantine_batch(item.name, rejected))
    return _one_each(tables, quarantine)


def account_files(path: Path | str | Sequence[Path | str]) -> list[Input]:
    """The files that `read_accounts` reads, each with its SHA-256."""
    found = find([path] if isinstance(path, (str, Path)) else path)
    return [Input(one.name, "accounts", one.path.stat().st_size, None, one.path).hashed() for one in found]


def _accounts(one: Plan, chunk: Chunk) -> tuple[pa.Table, tuple[Rejected, ...]]:
    """The chunk's accounts, with where each stood, and the rows that name no account."""
    raw = raw_columns(chunk, one.paths)
    count = len(chunk.lines)
    read = {
        name: read_column(name, raw[name]) if name in raw else pa.nulls(count, kind.type)
        for name, kind in zip(ACCOUNTS.names, ACCOUNTS, strict=True)
    }
    named = read["account_id"].is_valid()
    rejected = list(chunk.rejected)
    for i in map(int, np.flatnonzero(~np.asarray(named))):
        row = row_at(chunk, i)
        found = raw.get("account_id")
        value = (
            None if found is None else found[i] if isinstance(found, list) else cells(found.slice(i, 1))[0]
        )
        rejected.append(Rejected(int(chunk.lines[i]), reason_for("account_id", value), excerpt_of(row)))
    table = pa.table(
        {**read, "source": pa.repeat(one.item.name, count), "line": pa.array(chunk.lines, pa.int64())}
    )
    return table.filter(named), tuple(sorted(rejected, key=lambda row: row.line))


def _one_each(tables: list[pa.Table], quarantine: list[pa.RecordBatch]) -> tuple[pa.Table, pa.Table]:
    if not tables:
        return ACCOUNTS.empty_table(), QUARANTINE.empty_table()
    every = pa.concat_tables(tables)
    order = pc.sort_indices(every, [(name, "ascending") for name in (*ACCOUNTS.names, "source", "line")])
    every = every.take(order)
    ids = every["account_id"].combine_chunks()
    again = np.zeros(len(ids), bool)
    if len(ids) > 1:
        again[1:] = np.asarray(pc.equal(ids[1:], ids[:-1]))
    doubled = every.filter(pa.array(again))
    for source in sorted(set(doubled["source"].to_pylist())):
        lines = sorted(doubled.filter(pc.equal(doubled["source"], source))["line"].to_pylist())
        rejected = [Rejected(line, _TWICE, "account_id string") for line in lines]
        quarantine.append(quarantine_batch(source, rejected))
    bad = pa.Table.from_batches(quarantine, QUARANTINE).sort_by(
        [("source", "ascending"), ("line", "ascending")]
    )
    return every.filter(pa.array(~again)).select(ACCOUNTS.names).cast(ACCOUNTS), bad
