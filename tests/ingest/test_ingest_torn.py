"""Logs as they lie about: torn lines, values of any shape, folders that can't be read or were linked."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from stillwatch.errors import InvalidColumn, InvalidInput
from stillwatch.ingest import ExchangeReader, open_exchanges
from stillwatch.ingest.files import find

ROW = '{"account_id":"a","ts":"2026-05-01T00:00:00Z","prompt":"hello"}\n'


def read(reader: ExchangeReader) -> tuple[int, int]:
    """Exchanges, and rows that were set apart."""
    batches = list(reader)
    return sum(b.exchanges.num_rows for b in batches), sum(b.quarantine.num_rows for b in batches)


@pytest.mark.parametrize("torn", ['lo world"}', '["torn"', "null", "garbage"])
def test_a_torn_first_line_is_set_apart_as_it_is_further_down(tmp_path: Path, torn: str) -> None:
    for name, text in (("first", f"{torn}\n{ROW * 3}"), ("middle", f"{ROW}{torn}\n{ROW * 2}")):
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
        assert read(open_exchanges([tmp_path / f"{name}.jsonl"])) == (3, 1)


def test_a_part_of_a_message_of_any_type_stops_nothing(tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    rows = [
        {"account_id": "a", "ts": "2026-05-01", "messages": [{"role": "user", "content": [part]}]}
        for part in ({"type": ["x"], "text": "q"}, {"type": {"a": 1}, "text": "q"}, {"type": 3, "text": "q"})
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    assert sum(read(open_exchanges([path]))) == 3


@pytest.mark.parametrize("value", [{"intValue": "--5"}, {"intValue": "²"}, {"arrayValue": {"values": []}}])
def test_attributes_of_any_type_stop_nothing(tmp_path: Path, value: object) -> None:
    names = ("gen_ai.operation.name", "gen_ai.usage.output_tokens", "gen_ai.system")
    span = {"startTimeUnixNano": "1", "attributes": [{"key": name, "value": value} for name in names]}
    path = tmp_path / "e.json"
    path.write_text(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}), encoding="utf-8")
    reader = open_exchanges([path])
    assert sum(read(reader)) + sum(reader.skipped.values()) == 1


@pytest.mark.parametrize(
    ("outer", "scope", "entry"), [("Spans", "Spans", "spans"), ("Logs", "Logs", "logRecords")]
)
def test_the_older_name_of_a_scope_is_read(tmp_path: Path, outer: str, scope: str, entry: str) -> None:
    told = []
    for name in (f"scope{scope}", f"instrumentationLibrary{scope}"):
        path = tmp_path / f"{name}.json"
        path.write_text(
            json.dumps({f"resource{outer}": [{name: [{entry: [{"traceId": "1"}]}]}]}), encoding="utf-8"
        )
        reader = open_exchanges([path])
        told.append((read(reader), dict(reader.skipped)))
    assert told[0] == told[1]
    assert sum(told[0][0]) + sum(told[0][1].values()) == 1


def test_what_stands_in_the_place_of_a_header_is_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text("acct_7,2026-05-01,My mother Jane Roe is ill\n", encoding="utf-8")
    with pytest.raises(InvalidColumn) as told:
        open_exchanges([path])
    assert "found: acct_7 and 2 more" in str(told.value)
    assert "Jane" not in str(told.value)
    path.write_text("account_id,ts,my secret,my secret\n", encoding="utf-8")
    with pytest.raises(InvalidColumn) as told:
        open_exchanges([path])
    assert "secret" not in str(told.value)


def test_texts_that_are_none_are_told(tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    path.write_text(ROW.replace('"hello"', "true") * 60, encoding="utf-8")
    with pytest.raises(InvalidColumn, match="prompt can't be read as text"):
        read(open_exchanges([path]))


def test_links_are_followed_once(tmp_path: Path) -> None:
    logs, store = tmp_path / "logs", tmp_path / "store"
    for folder in (logs, store):
        folder.mkdir()
        (folder / "e.jsonl").write_text(ROW, encoding="utf-8")
    (logs / "linked").symlink_to(store)
    (store / "back").symlink_to(logs)
    assert [found.name for found in find([logs])] == ["e.jsonl", "linked/e.jsonl"]


def test_the_output_of_an_earlier_run_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").write_text(ROW, encoding="utf-8")
    out = tmp_path / "stillwatch-out"
    out.mkdir()
    for name in ("summary.json", "campaigns.parquet", "attributed.parquet"):
        (out / name).write_bytes(b"")
    assert [found.name for found in find([tmp_path])] == ["e.jsonl"]


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of the logs is never taken for the whole."""
    (tmp_path / "shut").mkdir()
    (tmp_path / "e.jsonl").write_text(ROW, encoding="utf-8")
    scandir = os.scandir

    def refused(path: str) -> object:  # root may read everything
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    with pytest.raises(InvalidInput, match="Permission denied"):
        find([tmp_path])


def test_a_name_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.jsonl")
    Path(name).write_text(ROW, encoding="utf-8")
    with pytest.raises(InvalidInput, match="not UTF-8"):
        find([tmp_path])
