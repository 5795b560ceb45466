"""Malformed rows go to quarantine, malformed files raise, and both say what would do."""

from __future__ import annotations

import datetime
import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.errors import InvalidColumn, InvalidInput, InvalidParameter
from stillwatch.ingest import open_exchanges

GOOD = {"account_id": "a", "ts": "2026-03-01T00:00:00Z", "prompt": "SECRET text"}


def drain(path: Path, **options: Any) -> None:
    for _ in open_exchanges([path], **options):
        pass


def test_bad_lines_go_to_quarantine_with_their_place(tmp_path: Path, read: Any) -> None:
    lines = [
        json.dumps(GOOD),
        "{not json SECRET",
        "",
        json.dumps({**GOOD, "account_id": None}),
        json.dumps({**GOOD, "account_id": True}),
        json.dumps({**GOOD, "account_id": {"SECRET": 1}}),
        json.dumps({**GOOD, "ts": "SECRET"}),
        json.dumps({**GOOD, "ts": 17}),
        json.dumps({k: v for k, v in GOOD.items() if k != "ts"}),
        json.dumps({k: v for k, v in GOOD.items() if k != "prompt"}),
        json.dumps({**GOOD, "prompt": 17.5, "SECRET key with spaces": 1}),
        json.dumps({**GOOD, "prompt": {"type": "image"}}),
        '["SECRET"]',
        "null",
        '{"account_id":"a","ts":1772323445,"prompt":"x","deep":' + "[" * 120 + "]" * 120 + "}",
        json.dumps(GOOD)[:-1],
    ]
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join(lines))
    got = read(path)
    assert [row["line"] for row in got.rows] == [1, 11]
    assert [(row["line"], row["reason"]) for row in got.bad] == [
        (2, "line is not JSON"),
        (4, "account_id is missing"),
        (5, "account_id is a boolean"),
        (6, "account_id is object"),
        (7, "ts can't be read as a time"),
        (8, "ts lies outside 2015 to 2100"),
        (9, "ts is missing"),
        (10, "prompt and messages are both missing"),
        (12, "prompt can't be read as text"),
        (13, "line is JSON, but of type array, not an object"),
        (14, "line is JSON, but of type null, not an object"),
        (15, "JSON is nested deeper than 100"),
        (16, "line is not JSON"),
    ]
    assert got.bad[1]["excerpt"] == "account_id null, ts string, prompt string"
    assert "SECRET" not in str(got.bad)


def test_a_deep_text_of_brackets_is_no_deep_json(jsonl: Any, read: Any) -> None:
    got = read(jsonl([{**GOOD, "prompt": "[" * 5_000}, GOOD, {**GOOD, "response": '{"[' * 5_000}]))
    assert len(got.rows) == 3


def test_deep_messages_go_to_quarantine(jsonl: Any, read: Any) -> None:
    deep = "[" * 50_000 + "]" * 50_000
    got = read(jsonl([{"account_id": "a", "ts": GOOD["ts"], "messages": deep}, {**GOOD, "messages": deep}]))
    assert [row["reason"] for row in got.bad] == ["messages: JSON is nested deeper than 100"]
    assert got.reader.coerced == {"messages": 1}


def test_rows_of_csv_with_other_numbers_of_fields(tmp_path: Path, read: Any) -> None:
    path = tmp_path / "log.csv"
    path.write_text(
        "account_id,ts,prompt\n"
        'a,2026-03-01,"SECRET, quoted"\n'
        "b,2026-03-01,SECRET,too many\n"
        "\n"
        "c\n"
        'd,2026-03-01,"two\nlines"\n'
        ",2026-03-01,x\n"
        'e,2026-03-01,5" wide\n'
        'f,2026-03-01,"never closed\n'
    )
    got = read(path)
    assert got.column("prompt") == ["SECRET, quoted", "two\nlines", '5" wide', '"never closed']
    assert got.column("line") == [1, 4, 6, 7]
    assert [(row["line"], row["reason"]) for row in got.bad] == [
        (2, "row has 4 fields, the header 3"),
        (3, "row has 1 fields, the header 3"),
        (5, "account_id is missing"),
    ]
    assert got.bad[2]["excerpt"] == "account_id null, ts string, prompt string"
    assert "SECRET" not in str(got.bad)


def test_bytes_that_are_no_utf8_and_nul_are_kept_out_of_texts(tmp_path: Path, read: Any) -> None:
    jsonlines = tmp_path / "a.jsonl"
    jsonlines.write_bytes(
        b'{"account_id":"a","ts":1772323445,"prompt":"x\xffy"}\n'
        b'{"account_id":"a","ts":1772323445,"prompt":"x\\u0000y"}\n'
        b'{"account_id":"a","ts":1772323445,"prompt":"\\ud800 x"}\n'
    )
    assert read(jsonlines).column("prompt") == ["x\ufffdy", "x y", "\ufffd x"]
    table = tmp_path / "b.csv"
    table.write_bytes(b"account_id,ts,prompt\na,1772323445,x\xffy\na,1772323445,x\x00y\n")
    assert read(table).column("prompt") == ["x\ufffdy", "x y"]


def test_an_optional_value_that_cannot_be_read_is_null_and_counted(jsonl: Any, read: Any) -> None:
    rows = [
        {**GOOD, "input_tokens": "many", "status": "200", "stream": "yes", "asn": "AS64500"},
        {**GOOD, "input_tokens": " 12 ", "temperature": "warm", "stream": "perhaps", "model": {"name": "m"}},
        {**GOOD, "input_tokens": 2**70, "output_tokens": 12.0, "max_tokens": -1, "status": 2**40},
    ]
    got = read(jsonl(rows))
    assert got.column("input_tokens") == [None, 12, None]
    assert got.column("output_tokens") == [None, None, 12]
    assert got.column("status") == [200, None, None]
    assert got.column("stream") == [True, None, None]
    assert got.column("asn") == [64500, None, None]
    assert got.reader.coerced == {
        "input_tokens": 2, "temperature": 1, "stream": 1, "model": 1, "max_tokens": 1, "status": 1,
    }  # fmt: skip


def test_a_line_too_long_goes_to_quarantine(
    tmp_path: Path, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("jsonlines", "delimited", "detect"):
        monkeypatch.setattr(f"stillwatch.ingest.{module}.MAX_TEXT", 40_000)
    for module in ("jsonlines", "delimited"):
        monkeypatch.setattr(f"stillwatch.ingest.{module}.BLOCK", 9_000)
    good, long = json.dumps(GOOD), json.dumps({**GOOD, "prompt": "x" * 90_000})
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join([good, long, good, long]))
    got = read(path)
    assert got.column("line") == [1, 3]
    assert [(row["line"], row["reason"]) for row in got.bad] == [
        (2, "line is longer than 0 MiB"),
        (4, "line is longer than 0 MiB"),
    ]
    table = tmp_path / "log.csv"
    table.write_text(
        "account_id,ts,prompt\na,2026-03-01,p\na,2026-03-01,"
        + "x" * 90_000
        + '\na,2026-03-01,q\na,2026-03-01,"'
        + "x" * 39_990
        + '"\n'
    )
    got = read(table)
    assert got.column("prompt") == ["p", "q"]
    assert [(row["line"], row["reason"]) for row in got.bad] == [
        (2, "row is longer than 0 MiB"),
        (4, "row is longer than 0 MiB"),
    ]


def test_a_cell_too_long_goes_to_quarantine(
    tmp_path: Path, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stillwatch.ingest.normalise.MAX_TEXT", 1_000)
    table = pa.Table.from_pylist([{**GOOD, "prompt": "x" * 1_001}, GOOD])
    pq.write_table(table, tmp_path / "t.parquet")
    got = read(tmp_path / "t.parquet")
    assert [(row["line"], row["reason"]) for row in got.bad] == [(1, "prompt is longer than 0 MiB")]


def corrupt(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_malformed_files_name_themselves_and_what_would_do(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist([GOOD] * 100), tmp_path / "t.parquet")
    parquet = (tmp_path / "t.parquet").read_bytes()
    lines = (json.dumps(GOOD) + "\n").encode() * 5_000
    packed, zstd = gzip.compress(lines), pa.compress(lines, "zstd", asbytes=True)
    broken = {
        "cut.parquet": parquet[: len(parquet) // 2],
        "named.parquet": b"account_id,ts,prompt\n",
        "none.parquet": b"",
        "cut.jsonl.gz": packed[: len(packed) // 2],
        "cut_tail.jsonl.gz": packed[:-4],
        "crc.jsonl.gz": packed[:-8] + b"\0" * 8,
        "cut.jsonl.zst": zstd[: len(zstd) // 2],
        "empty.csv": b"",
        "blank.csv": b"\n\n",
        "junk.jsonl": bytes(range(256)) * 20,
        "junk.csv": bytes(range(256)) * 20,
        "junk": bytes(range(255, 0, -1)) * 20,
        "text.txt": b"Dear all,\nthis is a letter.\n",
        "book.csv": b"PK\x03\x04 and so on",
        "wide.csv": "account_id,ts,prompt\n".encode("utf-16"),
        "object.jsonl": b"{\n",
        "cut.json": json.dumps([GOOD] * 3)[:-20].encode(),
        "tail.json": json.dumps([GOOD]).encode() + b"{}",
    }
    for name, data in broken.items():
        with pytest.raises(InvalidInput) as caught:
            drain(corrupt(tmp_path / name, data))
        assert caught.value.message.startswith(f"{name}: "), name
        assert caught.value.hint, name
        assert "SECRET" not in str(caught.value)
        assert caught.value.exit_code == 2


def test_a_damaged_page_is_an_error_of_the_file(tmp_path: Path) -> None:
    table = pa.Table.from_pylist([{**GOOD, "prompt": f"{i} " * 50} for i in range(3_000)])
    pq.write_table(table, tmp_path / "t.parquet", compression="zstd", use_dictionary=False)
    data = bytearray((tmp_path / "t.parquet").read_bytes())
    data[5_000:9_000] = b"\x55" * 4_000
    with pytest.raises(InvalidInput, match=r"t\.parquet: a Parquet file that ends early or is damaged"):
        drain(corrupt(tmp_path / "t.parquet", bytes(data)))


def test_paths_that_mean_no_file(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "none.jsonl", tmp_path / "empty", tmp_path / "*.jsonl", tmp_path / "a\0b"):
        with pytest.raises(InvalidInput) as caught:
            open_exchanges([path])
        assert str(path).replace("\0", "") in str(caught.value).replace("\0", "")
    with pytest.raises(InvalidInput, match="no input"):
        open_exchanges([])


def test_a_missing_required_column_is_an_error_that_guesses(tmp_path: Path, jsonl: Any) -> None:
    row = {"user_id": "a", "ts": 1_772_323_445, "prompt": "SECRET"}
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "t.parquet")
    (tmp_path / "t.csv").write_text("user_id,ts,prompt\na,1772323445,SECRET\n")
    for path in (jsonl([row], "t.jsonl"), tmp_path / "t.parquet", tmp_path / "t.csv"):
        with pytest.raises(InvalidColumn) as caught:
            open_exchanges([path])
        assert caught.value.message == f"{path.name}: no column account_id; did you mean 'user_id'?"
        assert "found: prompt, ts, user_id" in caught.value.hint
        assert "SECRET" not in str(caught.value)
    with pytest.raises(InvalidColumn, match="no column prompt or messages; did you mean 'prompts'"):
        open_exchanges([jsonl([{"account_id": "a", "ts": 1, "prompts": "x"}])])


def test_a_required_column_of_the_wrong_type_is_an_error(tmp_path: Path, jsonl: Any) -> None:
    for name, value in (
        ("account_id", [1.5]),
        ("ts", True),
        ("ts", {"a": 1}),
        ("account_id", datetime.datetime(2026, 3, 1)),
    ):
        pq.write_table(pa.Table.from_pylist([{**GOOD, name: value}]), tmp_path / "t.parquet")
        with pytest.raises(InvalidColumn, match=rf"t\.parquet: {name} is of type .* is meant"):
            open_exchanges([tmp_path / "t.parquet"])
    with pytest.raises(
        InvalidColumn, match=r"ts \(column 'ts'\) can't be read from any of the first 30 rows: ts can't"
    ):
        drain(jsonl([{**GOOD, "ts": "SECRET"}] * 30))


@pytest.mark.parametrize("columns", [{"acount_id": "x"}, {"turns": "x"}, {"line": "x"}])
def test_an_unknown_canonical_name_is_an_error(jsonl: Any, columns: Any) -> None:
    with pytest.raises(InvalidColumn, match="is no column of the contract") as caught:
        open_exchanges([jsonl([GOOD])], columns)
    assert "account_id" in caught.value.hint


def test_a_mapped_column_that_is_not_there_is_an_error(tmp_path: Path, jsonl: Any) -> None:
    pq.write_table(pa.Table.from_pylist([{**GOOD, "meta": {"user": "u"}}]), tmp_path / "t.parquet")
    (tmp_path / "t.csv").write_text("account_id,ts,prompt,meta\na,1772323445,p,{}\n")
    for path in (tmp_path / "t.parquet", tmp_path / "t.csv", jsonl([{**GOOD, "meta": {}}])):
        for mapped in ("mta", "meat.user"):
            with pytest.raises(InvalidColumn, match=f"takes key_id from '{mapped}', which is not there"):
                drain(path, columns={"key_id": mapped})
    with pytest.raises(InvalidColumn, match="which is not there; did you mean 'meta'"):
        drain(tmp_path / "t.parquet", columns={"account_id": "mta"})
    with pytest.raises(InvalidColumn, match=r"'meta\.usr', which is not there"):
        drain(tmp_path / "t.parquet", columns={"account_id": "meta.usr"})


def test_a_mapped_column_may_come_late(jsonl: Any, read: Any) -> None:
    rows = [GOOD] * 1_500 + [{**GOOD, "who": {"key": "k"}}]
    assert read(jsonl(rows), columns={"key_id": "who.key"}).column("key_id")[-1] == "k"


def test_column_maps_reach_into_structs_and_json(tmp_path: Path, jsonl: Any, read: Any) -> None:
    rows = [
        {"who": {"user": {"id": f"u{i}"}, "a.b": "dot"}, "when": {"at": 1_772_323_445 + i}, "said": "p"}
        for i in range(3)
    ]
    columns = {"account_id": "who.user.id", "ts": "when.at", "prompt": "said", "key_id": "who.a.b"}
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "struct.parquet")
    as_text = [{**row, "who": json.dumps(row["who"]), "when": json.dumps(row["when"])} for row in rows]
    pq.write_table(pa.Table.from_pylist(as_text), tmp_path / "text.parquet")
    import csv

    with (tmp_path / "text.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["who", "when", "said"])
        writer.writeheader()
        writer.writerows(as_text)
    for path in (
        tmp_path / "struct.parquet",
        tmp_path / "text.parquet",
        tmp_path / "text.csv",
        jsonl(rows),
        jsonl(as_text, "t.jsonl"),
    ):
        got = read(path, columns=columns)
        assert got.column("account_id") == ["u0", "u1", "u2"]
        assert got.column("key_id") == ["dot"] * 3
        assert [ts.second for ts in got.column("ts")] == [5, 6, 7]


def test_a_column_map_wins_over_a_column_of_the_contracts_name(jsonl: Any, read: Any) -> None:
    rows = [{**GOOD, "real": "r"}]
    assert read(jsonl(rows), columns={"account_id": "real"}).column("account_id") == ["r"]


def test_header_names_that_stand_twice(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("account_id,ts,prompt,prompt\na,1,b,c\n")
    with pytest.raises(InvalidColumn, match="names prompt more than once"):
        open_exchanges([tmp_path / "t.csv"])


def test_a_format_can_be_asked_for(jsonl: Any, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match="no format 'jsnl'; did you mean 'jsonl'"):
        open_exchanges([jsonl([GOOD])], format="jsnl")
    for wrong in ("parquet", "csv", "json"):
        with pytest.raises(InvalidInput):
            drain(jsonl([GOOD]), format=wrong)
    assert open_exchanges([jsonl([GOOD])], format="jsonl").inputs[0].format == "jsonl"


def test_a_deep_field_that_nobody_reads_sends_its_row_to_quarantine(tmp_path: Path, read: Any) -> None:
    good = json.dumps({**GOOD, "exchange_id": "e"})
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join([good, good[:-1] + ',"deep":' + "[" * 101 + "]" * 101 + "}", good]))
    got = read(path)
    assert got.column("line") == [1, 3]
    assert [row["reason"] for row in got.bad] == ["JSON is nested deeper than 100"]


def test_two_objects_on_a_line_are_no_line_of_json(tmp_path: Path, read: Any) -> None:
    good = json.dumps(GOOD)
    path = tmp_path / "log.jsonl"
    path.write_text(f"{good}\n{good}{good}\n\n{good}\n")
    got = read(path)
    assert got.column("line") == [1, 4]
    assert [(row["line"], row["reason"]) for row in got.bad] == [(2, "line is not JSON")]


def test_whole_numbers_among_fractions_keep_every_digit(jsonl: Any, read: Any) -> None:
    nanos = [1_772_323_445_123_457_000 + step for step in (0, 1, 127, 999)]
    got = read(jsonl([{**GOOD, "ts": ts} for ts in (1_772_323_445.5, *nanos)]))
    assert [ts.microsecond for ts in got.column("ts")] == [500_000, 123_457, 123_457, 123_457, 123_457]


def test_a_stray_quote_does_not_move_the_edges_of_blocks(
    tmp_path: Path, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.csv"
    path.write_text(
        'account_id,ts,prompt\na,2026-03-01,5" wide\nb,2026-03-01,"two\nlines"\nc,2026-03-01,"one, two\nand three"\n'
    )
    for size in (1 << 20, 25, 30, 40, 60):
        monkeypatch.setattr("stillwatch.ingest.delimited.BLOCK", size)
        got = read(path)
        assert got.column("prompt") == ['5" wide', "two\nlines", "one, two\nand three"]
        assert not got.bad
