"""The contract's own columns, in every container that holds them."""

from __future__ import annotations

import csv
import datetime
import gzip
import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.ingest import jsonlines, open_exchanges, reader


def without_place(rows: Any) -> Any:
    return sorted(
        ({k: v for k, v in row.items() if k not in ("source", "line")} for row in rows),
        key=lambda r: r["exchange_id"],
    )


def write(path: Path, rows: Any, kind: str) -> Path:
    if kind == "parquet":
        typed = [{**row, "ts": datetime.datetime.fromisoformat(row["ts"])} for row in rows]
        pq.write_table(pa.Table.from_pylist(typed), path, row_group_size=5)
        return path
    if kind in ("csv", "tsv"):
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0].keys(), delimiter="\t" if kind == "tsv" else ",")
            writer.writeheader()
            writer.writerows(rows)
        return path
    if kind == "json":
        path.write_text(json.dumps(rows, indent=2), encoding="utf-8")
        return path
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", ["parquet", "csv", "tsv", "jsonl", "ndjson", "json"])
def test_each_container_gives_the_same_exchanges(tmp_path: Path, read: Any, sample: Any, kind: Any) -> None:
    got = read(write(tmp_path / f"log.{kind}", sample, kind))
    assert not got.bad
    assert [row["exchange_id"] for row in got.rows] == [row["exchange_id"] for row in sample]
    for row, given in zip(got.rows, sample, strict=True):
        for name, value in given.items():
            expected = datetime.datetime.fromisoformat(value) if name == "ts" else value
            assert row[name] == expected, name
        assert row["id_derived"] is False
        assert row["turns"] is None
        assert row["source"] == f"log.{kind}"
    assert [row["line"] for row in got.rows] == list(range(1, 13))
    assert got.reader.inputs[0].format == {"tsv": "csv", "ndjson": "jsonl"}.get(kind, kind)
    assert "turns" not in got.reader.columns_present
    assert {"prompt", "asn", "stream"} <= got.reader.columns_present


@pytest.mark.parametrize("kind", ["csv", "jsonl", "json"])
@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_packed_files_are_unpacked_whatever_they_are_called(
    tmp_path: Path, read: Any, sample: Any, kind: Any, packing: Any
) -> None:
    plain = write(tmp_path / f"x.{kind}", sample, kind).read_bytes()
    packed = gzip.compress(plain) if packing == "gz" else pa.compress(plain, "zstd", asbytes=True)
    for name in (f"log.{kind}.{packing}", f"named_wrong.{kind}"):
        (tmp_path / name).write_bytes(packed)
        assert without_place(read(tmp_path / name).rows) == without_place(read(tmp_path / f"x.{kind}").rows)


def test_folders_and_globs_are_read_in_the_order_of_names(tmp_path: Path, read: Any, sample: Any) -> None:
    deep = tmp_path / "logs" / "day=2"
    deep.mkdir(parents=True)
    write(deep / "b.jsonl", sample[:2], "jsonl")
    write(tmp_path / "logs" / "a.csv", sample[2:5], "csv")
    write(tmp_path / "logs" / "c.parquet", sample[5:], "parquet")
    (tmp_path / "logs" / "_SUCCESS").write_text("")
    (tmp_path / "logs" / ".hidden.jsonl").write_text("{")
    (tmp_path / "logs" / "readme.md").write_text("no log")
    got = read(tmp_path / "logs")
    assert [one.name for one in got.reader.inputs] == ["a.csv", "c.parquet", "day=2/b.jsonl"]
    assert sorted(got.column("exchange_id")) == sorted(row["exchange_id"] for row in sample)
    assert [one.name for one in open_exchanges([str(tmp_path / "logs" / "**" / "*.jsonl")]).inputs] == [
        "day=2/b.jsonl"
    ]
    twice = read(tmp_path / "logs" / "c.parquet", tmp_path / "logs", tmp_path / "logs" / "*.csv")
    assert len(twice.rows) == 12


def test_files_of_one_name_keep_apart(tmp_path: Path, read: Any, sample: Any) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder / "log.jsonl", sample[:1], "jsonl")
    got = read(tmp_path / "y" / "log.jsonl", tmp_path / "x" / "log.jsonl")
    assert got.column("source") == ["x/log.jsonl", "y/log.jsonl"]


def test_inputs_are_hashed_when_asked(tmp_path: Path, sample: Any) -> None:
    import hashlib

    path = write(tmp_path / "log.jsonl", sample, "jsonl")
    opened = open_exchanges([path])
    assert opened.inputs[0].sha256 is None
    assert opened.hash_inputs()[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert opened.inputs[0].bytes == path.stat().st_size == opened.total_bytes


def test_a_reader_can_be_read_twice(tmp_path: Path, sample: Any) -> None:
    opened = open_exchanges([write(tmp_path / "log.csv", sample, "csv")])
    assert [b.exchanges.to_pylist() for b in opened] == [b.exchanges.to_pylist() for b in opened]
    assert opened.rows_read == 12


def test_messages_stand_in_for_system_and_prompt(jsonl: Any, read: Any) -> None:
    messages = [{"role": "system", "content": "S"}, {"role": "user", "content": "P"}]
    base = {"account_id": "a", "ts": 1_770_000_000}
    got = read(
        jsonl(
            [
                {**base, "messages": messages},
                {**base, "messages": json.dumps(messages)},
                {
                    **base,
                    "messages": {
                        "system": "S",
                        "messages": messages[1:],
                        "tools": [{"name": "t"}],
                        "max_tokens": 7,
                    },
                },
                {**base, "messages": messages, "prompt": "own", "system": None},
                {**base, "messages": []},
                {**base, "messages": "[{"},
                {**base, "messages": "[{", "prompt": "own"},
                {**base, "messages": "[3]"},
            ]
        )
    )
    assert got.column("prompt") == ["P", "P", "P", "own", "own"]
    assert got.column("system") == ["S", "S", "S", "S", None]
    assert got.column("turns") == [1, 1, 1, 1, None]
    assert got.column("tools") == [None, None, '[{"name":"t"}]', None, None]
    assert got.column("max_tokens") == [None, None, 7, None, None]
    assert [row["reason"] for row in got.bad] == [
        "prompt and messages are both missing",
        "messages is not JSON",
        "messages holds no message",
    ]
    assert got.reader.coerced == {"messages": 1}


def test_messages_as_nested_parquet_columns(tmp_path: Path, read: Any) -> None:
    table = pa.table(
        {
            "account_id": pa.array([7, 8]).dictionary_encode(),
            "ts": pa.array([1_770_000_000_000, 1_770_000_000_001]),
            "messages": [
                [
                    {"role": "user", "content": "one"},
                    {"role": "assistant", "content": "two"},
                    {"role": "user", "content": "three"},
                ],
                [{"role": "user", "content": "four"}],
            ],
            "tools": [[{"name": "f"}], None],
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    got = read(tmp_path / "t.parquet")
    assert got.column("prompt") == ["three", "four"]
    assert got.column("turns") == [2, 1]
    assert got.column("account_id") == ["7", "8"]
    assert got.column("tools") == ['[{"name":"f"}]', None]


def test_derived_ids_depend_on_content_alone(tmp_path: Path, read: Any, sample: Any) -> None:
    bare = [{k: v for k, v in row.items() if k != "exchange_id"} for row in sample]
    shuffled = bare[:]
    random.Random(1).shuffle(shuffled)
    ids = {}
    for name, kind, rows in (
        ("a", "jsonl", bare),
        ("b", "jsonl", shuffled),
        ("c", "parquet", bare),
        ("d", "csv", bare),
    ):
        got = read(write(tmp_path / f"{name}.{kind}", rows, kind))
        assert all(got.column("id_derived"))
        ids[name] = {row["conversation_id"]: row["exchange_id"] for row in got.rows}
        assert len(set(ids[name].values())) == 12
        assert all(len(one) == 32 for one in ids[name].values())
    assert ids["a"] == ids["b"] == ids["c"] == ids["d"]
    twins = read(write(tmp_path / "twins.jsonl", [bare[0], bare[0], {**bare[0], "prompt": "x"}], "jsonl"))
    assert len(set(twins.column("exchange_id"))) == 2


def test_a_derived_id_tells_missing_from_moved(tmp_path: Path, read: Any) -> None:
    base = {"account_id": "a", "ts": "2026-01-01T00:00:00Z", "prompt": "p"}
    rows = [base | {"system": "x"}, base | {"response": "x"}, base | {"model": "x"}, base | {"key_id": "x"}]
    assert len(set(read(write(tmp_path / "l.jsonl", rows, "jsonl")).column("exchange_id"))) == 4


def test_rows_mean_the_same_read_quickly_or_with_care(
    tmp_path: Path, read: Any, sample: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = [
        *sample,
        {**sample[0], "exchange_id": "n1", "prompt": "with \0 inside", "input_tokens": None},
        {**sample[0], "exchange_id": "n2", "temperature": -1.5, "input_tokens": -4, "ip": ""},
        {**sample[0], "exchange_id": "n3", "ts": "2026-03-01 00:00:00.123456"},
    ]
    for kind in ("jsonl", "csv"):
        path = write(tmp_path / f"l.{kind}", odd, kind)
        quick = read(path)
        with monkeypatch.context() as patch:
            patch.setattr(jsonlines, "_by_arrow", lambda *_: None)
            patch.setattr("stillwatch.ingest.delimited._by_arrow", lambda *_: None)
            careful = read(path)
        assert quick.rows == careful.rows
        assert quick.reader.coerced == careful.reader.coerced == {"input_tokens": 1}
        assert quick.rows[12]["prompt"] == "with   inside"


def test_batches_keep_their_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "ROWS", 100)
    monkeypatch.setattr(reader, "BYTES", 20_000)
    count = 1_000
    table = pa.table(
        {
            "account_id": [f"a{i}" for i in range(count)],
            "ts": pa.array([1_770_000_000 + i for i in range(count)]),
            "prompt": ["x" * (i % 7 * 100) + "y" for i in range(count)],
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    rows = 0
    for batch in open_exchanges([tmp_path / "t.parquet"]):
        assert 0 < batch.exchanges.num_rows <= 100
        assert batch.exchanges.nbytes <= 2 * 20_000
        assert "prompt" not in batch.missing
        assert "tools" in batch.missing
        rows += batch.rows_read
    assert rows == count


def test_many_small_files_share_batches(tmp_path: Path, read: Any, sample: Any) -> None:
    for i in range(40):
        write(tmp_path / f"{i:02d}.json", sample[i % 12 : i % 12 + 1], "json")
    got = read(tmp_path)
    assert len(got.rows) == 40
    assert got.batches == 1


def test_block_edges_change_nothing(
    tmp_path: Path, read: Any, sample: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{**row, "exchange_id": f"{row['exchange_id']}-{n}"} for n in range(5) for row in sample]
    paths = [write(tmp_path / f"l.{kind}", rows, kind) for kind in ("csv", "jsonl", "json")]
    whole = [read(path).rows for path in paths]
    for size in (700, 1_024, 5_000):
        monkeypatch.setattr("stillwatch.ingest.delimited.BLOCK", size)
        monkeypatch.setattr("stillwatch.ingest.jsonlines.BLOCK", size)
        monkeypatch.setattr("stillwatch.ingest.jsonvalues._PIECE", size)
        assert [read(path).rows for path in paths] == whole


def test_one_json_object_over_many_lines(tmp_path: Path, read: Any, sample: Any) -> None:
    path = tmp_path / "one.json"
    path.write_text(json.dumps(sample[0], indent=4) + "\n" + json.dumps(sample[1], indent=4))
    assert read(path).column("exchange_id") == ["e0", "e1"]


def test_empty_files_hold_no_rows(tmp_path: Path, read: Any) -> None:
    for name, text in (
        ("a.jsonl", ""),
        ("b.jsonl", "\n\n"),
        ("c.json", "[]"),
        ("d.csv", "account_id,ts,prompt\n"),
    ):
        (tmp_path / name).write_text(text)
        assert read(tmp_path / name).rows == []
