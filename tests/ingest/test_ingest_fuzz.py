"""Whatever a file holds: every row is an exchange or in quarantine, or the file is refused by name."""

from __future__ import annotations

import csv
import decimal
import gzip
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from stillwatch.errors import InvalidInput
from stillwatch.ingest import delimited, jsonlines, open_exchanges
from stillwatch.model.exchanges import EXCHANGES, QUARANTINE

relaxed = settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])

times = st.one_of(
    st.sampled_from(
        ["2026-03-01T00:00:00Z", "2026-03-01 00:00:00", "2026-03-01T02:00:00+02:00", "Sun, 01 Mar 2026 00:04:05 GMT",
         1772323445, 1772323445123, 1772323445123456, 1772323445123456789, 1772323445.5, "1772323445", "", "soon", 0, -5,
         1e300, True, None]
    ),
    st.integers(),
    st.floats(),
)  # fmt: skip
deep = st.integers(1, 300).map(lambda n: json.loads("[" * n + "]" * n))
texts = st.text(max_size=20) | st.sampled_from(
    ["a\0b", "Zürich", "\u202e", '"', "x,y\nz", "\r\n", "{", "[" * 200]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
messages = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["user", "system", "assistant", "tool", "?"]), "content": anything}
    ),
    max_size=3,
)
rows = st.fixed_dictionaries(
    {"account_id": texts | anything, "ts": times | anything},
    optional={
        "exchange_id": st.sampled_from(["same", "other"]) | anything,
        "prompt": texts | anything,
        "messages": messages | messages.map(json.dumps) | deep | anything,
        "system": anything,
        "response": anything,
        "tools": anything,
        "input_tokens": anything,
        "temperature": anything,
        "stream": anything,
        "status": anything,
        "asn": anything,
        "unknown": deep | anything,
    },
)
anchor = {"account_id": "anchor", "ts": "2026-03-01T00:00:00Z", "prompt": "p"}


def outcome(path: Path) -> Any:
    """Rows and rejects of a file, in their order; what a file holds is accounted for and fits its tables."""
    reader = open_exchanges([path])
    good, bad = [], []
    for batch in reader:
        batch.exchanges.validate(full=True)
        assert batch.exchanges.schema == EXCHANGES
        assert batch.quarantine.schema == QUARANTINE
        assert batch.rows_read == batch.exchanges.num_rows + batch.quarantine.num_rows
        good += batch.exchanges.to_pylist()
        bad += batch.quarantine.to_pylist()
    assert reader.rows_read == len(good) + len(bad)
    assert not {row["line"] for row in good} & {row["line"] for row in bad}
    for row in good:
        assert not any("\0" in value for value in row.values() if isinstance(value, str))
    return good, bad, reader.coerced


def refusal(path: Path) -> InvalidInput | None:
    """Why the file is refused, None when it is read; nothing else may be raised."""
    try:
        outcome(path)
    except InvalidInput as error:
        return error
    return None


def written(data: bytes, name: str) -> Any:
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name) / name
    path.write_bytes(data)
    return folder, path


@relaxed
@given(st.lists(rows, max_size=6))
@example([{"account_id": "a", "ts": 1772323445, "prompt": "p", "input_tokens": "\ud800"}])
def test_every_object_is_accounted_for_and_both_ways_agree(given_rows: Any) -> None:
    lines = [json.dumps(row) for row in [anchor, *given_rows]]
    folder, path = written("\n".join(lines).encode(), "log.jsonl")
    with folder, pytest.MonkeyPatch.context() as patch:
        got = outcome(path)
        assert len(got[0]) + len(got[1]) == len(lines)
        patch.setattr(jsonlines, "_by_arrow", lambda *_: None)
        assert outcome(path) == got
    folder, path = written(("[" + ",\n".join(lines) + "]").encode(), "log.json")
    with folder:
        array = outcome(path)
        assert [row["exchange_id"] for row in array[0]] == [row["exchange_id"] for row in got[0]]
        assert [row["reason"].replace("element", "line") for row in array[1]] == [
            row["reason"] for row in got[1]
        ]


@pytest.mark.slow
@relaxed
@given(st.lists(rows, max_size=6))
def test_a_row_means_the_same_wherever_it_stands(given_rows: Any) -> None:
    """Its neighbours decide how a block is read; they must not decide what the row says."""
    together = written("\n".join(json.dumps(row) for row in [anchor, *given_rows]).encode(), "log.jsonl")
    with together[0]:
        good, bad, _ = outcome(together[1])
    by_line = {row["line"]: row for row in good} | {row["line"]: row for row in bad}
    for number, row in enumerate(given_rows, 2):
        folder, path = written("\n".join(json.dumps(one) for one in (anchor, row)).encode(), "log.jsonl")
        with folder:
            alone_good, alone_bad, _ = outcome(path)
        alone = (alone_good[1:] + alone_bad)[0]
        assert {**alone, "line": number} == by_line[number]


@relaxed
@given(
    st.lists(st.binary(max_size=60) | rows.map(lambda row: json.dumps(row).encode()), max_size=8),
    st.integers(0, 40),
)
def test_lines_of_any_bytes(lines: Any, cut: Any) -> None:
    data = b"\n".join([json.dumps(anchor).encode(), *lines])
    data = data[: len(data) - cut] if cut < len(data) - 100 else data
    expected = sum(1 for line in data.split(b"\n") if line.strip())
    folder, path = written(data, "log.jsonl")
    with folder:
        good, bad, _ = outcome(path)
        assert len(good) + len(bad) == expected


@relaxed
@given(
    st.binary(max_size=300),
    st.sampled_from(["x.jsonl", "x.json", "x.csv", "x.tsv", "x.parquet", "x.jsonl.gz", "x", "x.csv.zst"]),
)
@example(b"[]]", "x.json")
@example(b'[{"a":1},]', "x.json")
@example(b"account_id,ts,prompt\n\r\r\n", "x.csv")
@example(b"{}", "x.jsonl")
def test_any_bytes_are_read_or_refused_by_name(data: bytes, name: Any) -> None:
    folder, path = written(data, name)
    with folder:
        refused = refusal(path)
        assert refused is None or (refused.message.startswith(f"{name}: ") and refused.hint)


fields = st.text(alphabet=st.sampled_from(['"', ",", "\n", "\r", "a", " ", "ü", "1"]), max_size=8)


@relaxed
@given(
    st.lists(st.tuples(fields, fields, st.sampled_from(["2026-03-01", "bad", ""])), max_size=6),
    st.integers(5, 80),
)
def test_csv_as_it_should_be_reads_back_whatever_the_block(given_rows: Any, block: Any) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(["account_id", "prompt", "ts"])
    writer.writerows(given_rows)
    folder, path = written(text.getvalue().encode(), "log.csv")
    with folder, pytest.MonkeyPatch.context() as patch:
        good, bad, coerced = outcome(path)
        assert len(good) + len(bad) == len(given_rows)
        for row in good:
            assert (row["account_id"], row["prompt"]) == given_rows[row["line"] - 1][:2]
        patch.setattr(delimited, "BLOCK", block)
        assert outcome(path) == (good, bad, coerced)
        patch.setattr(delimited, "_by_arrow", lambda *_: None)
        assert outcome(path) == (good, bad, coerced)


@relaxed
@given(
    st.text(alphabet=st.sampled_from(['"', ",", "\n", "\r", "a", " ", "x"]), max_size=60), st.integers(1, 30)
)
def test_csv_as_it_should_not_be_is_accounted_for_whatever_the_block(body: Any, block: Any) -> None:
    folder, path = written(b"account_id,ts,prompt\n" + body.replace("x", "2026-03-01").encode(), "log.csv")
    with folder, pytest.MonkeyPatch.context() as patch:
        whole = outcome(path)
        patch.setattr(delimited, "BLOCK", block)
        assert outcome(path) == whole


columns = {
    "account_id": st.sampled_from([pa.string(), pa.int64(), pa.binary(), pa.large_string(), pa.float64()]),
    "ts": st.sampled_from(
        [
            pa.timestamp("ns"),
            pa.timestamp("s", "Asia/Tokyo"),
            pa.int64(),
            pa.float64(),
            pa.string(),
            pa.date32(),
        ]
    ),
    "prompt": st.sampled_from([pa.string(), pa.binary(), pa.large_binary(), pa.int32()]),
    "messages": st.sampled_from([pa.string(), pa.binary()]),
    "input_tokens": st.sampled_from([pa.uint64(), pa.int8(), pa.string(), pa.bool_(), pa.decimal128(9, 2)]),
    "temperature": st.sampled_from([pa.float32(), pa.string(), pa.int16(), pa.bool_()]),
    "model": st.sampled_from(
        [
            pa.string(),
            pa.dictionary(pa.int32(), pa.string()),
            pa.bool_(),
            pa.timestamp("us"),
            pa.list_(pa.string()),
        ]
    ),
}


def arrow_values(kind: pa.DataType, count: int, random: Any) -> pa.Array:
    """Values of a type, now and then none, sane or not."""
    if pa.types.is_dictionary(kind):
        return arrow_values(kind.value_type, count, random).dictionary_encode()
    if pa.types.is_list(kind):
        return pa.array([random.choice([None, [], ["x"]]) for _ in range(count)], kind)
    if pa.types.is_boolean(kind):
        return pa.array([random.choice([None, True, False]) for _ in range(count)], kind)
    if pa.types.is_decimal(kind):
        return pa.array(
            [random.choice([None, decimal.Decimal("1.50"), decimal.Decimal(7)]) for _ in range(count)], kind
        )
    if pa.types.is_floating(kind):
        return pa.array([random.choice([None, 1772323445.0, float("nan"), -1.0]) for _ in range(count)], kind)
    if pa.types.is_temporal(kind):
        small = [None, 0, 20_513] if pa.types.is_date(kind) else [None, 0, 1772323445, 9_000_000_000_000_000]
        width = pa.int32() if pa.types.is_date32(kind) else pa.int64()
        return pa.array([random.choice(small) for _ in range(count)], width).cast(kind)
    if pa.types.is_integer(kind):
        most = 2 ** (kind.bit_width - 1) - 1
        return pa.array(
            [random.choice([None, 0, 1, most, min(most, 1772323445)]) for _ in range(count)], kind
        )
    texts = [
        None,
        b"",
        b"x",
        b"a\0b",
        "Zürich".encode(),
        b"17",
        b"2026-03-01",
        b'[{"role":"user","content":"x"}]',
        b"[" * 500,
    ]
    if not pa.types.is_string(kind) and not pa.types.is_large_string(kind):
        texts.append(b"\xff\xfe")
    return pa.array([random.choice(texts) for _ in range(count)], pa.binary()).cast(kind)


@relaxed
@given(st.fixed_dictionaries(columns), st.integers(0, 12), st.randoms(use_true_random=False))
def test_parquet_of_any_types(types: Any, count: Any, random: Any) -> None:
    table = pa.table({name: arrow_values(kind, count, random) for name, kind in types.items()})
    sink = io.BytesIO()
    pq.write_table(table, sink)
    folder, path = written(sink.getvalue(), "t.parquet")
    with folder:
        good, bad, _ = outcome(path)
        assert len(good) + len(bad) == count


@relaxed
@given(st.integers(0, 2_000), st.binary(min_size=1, max_size=4), st.sampled_from(["gz", "zst", "parquet"]))
def test_damaged_packings_are_refused_or_read(place: Any, damage: Any, kind: Any) -> None:
    lines = (json.dumps(anchor) + "\n").encode() * 50
    if kind == "parquet":
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist([anchor] * 50), sink)
        data = bytearray(sink.getvalue())
    else:
        data = bytearray(
            gzip.compress(lines, mtime=0) if kind == "gz" else pa.compress(lines, "zstd", asbytes=True)
        )
    place %= len(data)
    data[place : place + len(damage)] = damage
    name = "t.parquet" if kind == "parquet" else f"t.jsonl.{kind}"
    folder, path = written(bytes(data), name)
    with folder:
        refused = refusal(path)
        assert refused is None or (refused.message.startswith(f"{name}: ") and refused.hint)
