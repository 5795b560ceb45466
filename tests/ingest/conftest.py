"""Files as their producers write them, and one way to read them all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from stillwatch.ingest import ExchangeReader, open_exchanges
from stillwatch.model.exchanges import EXCHANGES, QUARANTINE

Row = dict[str, Any]


@dataclass
class Outcome:
    """Everything a reader yields, as rows."""

    rows: list[Row]
    bad: list[Row]
    reader: ExchangeReader
    batches: int

    def column(self, name: str) -> list[Any]:
        return [row[name] for row in self.rows]


@pytest.fixture
def read() -> Callable[..., Outcome]:
    def reading(
        *paths: Path | str,
        columns: Mapping[str, str] | None = None,
        format: str | None = None,  # noqa: A002
    ) -> Outcome:
        reader = open_exchanges(list(paths), columns, format)
        rows: list[Row] = []
        bad: list[Row] = []
        read, batches = 0, 0
        for batch in reader:
            assert batch.exchanges.schema == EXCHANGES
            assert batch.quarantine.schema == QUARANTINE
            batch.exchanges.validate(full=True)
            batch.quarantine.validate(full=True)
            for field in EXCHANGES:
                assert field.nullable or batch.exchanges.column(field.name).null_count == 0
            assert batch.rows_read == batch.exchanges.num_rows + batch.quarantine.num_rows
            rows += batch.exchanges.to_pylist()
            bad += batch.quarantine.to_pylist()
            read += batch.rows_read
            batches += 1
        assert reader.rows_read == read == len(rows) + len(bad)
        assert reader.bytes_read == reader.total_bytes
        return Outcome(rows, bad, reader, batches)

    return reading


@pytest.fixture
def jsonl(tmp_path: Path) -> Callable[..., Path]:
    def writing(rows: Iterable[Any], name: str = "log.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path

    return writing


@pytest.fixture
def sample() -> list[Row]:
    """Rows with every column of the contract, in the types JSON has."""
    return [
        {
            "exchange_id": f"e{i}",
            "ts": f"2026-03-01T00:00:{i:02d}Z",
            "account_id": f"a{i % 3}",
            "key_id": f"k{i % 4}",
            "model": "m-1",
            "surface": "first-party",
            "conversation_id": f"c{i}",
            "system": "Answer, briefly.",
            "prompt": f'Write "{i}" in words,\nplease; Zürich 東京',
            "response": "done",
            "tools": '[{"name":"f"}]',
            "reasoning_signature": "ab",
            "input_tokens": 10 + i,
            "output_tokens": 20,
            "reasoning_tokens": 0,
            "temperature": 0.5,
            "max_tokens": 100,
            "stream": i % 2 == 0,
            "status": 200,
            "ip": "192.0.2.1",
            "asn": 64500,
            "country": "NZ",
            "user_agent": "curl/8",
            "tls_ja4": "t13d",
        }
        for i in range(12)
    ]


def table_of(rows: list[Row]) -> pa.Table:
    """The rows as a table, times as times."""
    import datetime

    typed = [{**row, "ts": datetime.datetime.fromisoformat(row["ts"])} for row in rows]
    return pa.Table.from_pylist(typed)
