"""Each engine keeps the promises of the door that the stages meet it through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from stillwatch.engines.plan import Engine, Step
from stillwatch.errors import EngineFailed, SchemaMismatch

TYPES = pa.schema(
    [
        pa.field("name", pa.string()),
        pa.field("when", pa.timestamp("us", tz="UTC")),
        pa.field("small", pa.list_(pa.int8())),
        pa.field("large", pa.list_(pa.int64())),
        pa.field("part", pa.float32()),
        pa.field("flag", pa.bool_()),
        pa.field("count", pa.int32()),
    ]
)
ROWS = [
    {"name": "b", "when": datetime(2026, 5, 4, 1, 2, 3, 456_789, UTC), "small": [-128, 127, 0],
     "large": [-(2**63), 2**63 - 1], "part": 0.1, "flag": True, "count": -1},
    {"name": None, "when": None, "small": None, "large": [], "part": None, "flag": None, "count": None},
    {"name": "ä\n", "when": datetime(1969, 12, 31, 23, 59, 59, 1, UTC), "small": [], "large": None,
     "part": -1.5, "flag": False, "count": 2**31 - 1},
]  # fmt: skip


def doubled(batch: pa.RecordBatch) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pc.multiply(batch["n"], 2)], names=["n"])


def broken(batch: pa.RecordBatch) -> pa.RecordBatch:
    raise ArithmeticError("no such batch")


def test_values_come_back_as_they_went_in(engine: Engine) -> None:
    table = pa.Table.from_pylist(ROWS, TYPES)
    engine.put("t", table)
    back = engine.to_arrow("t", "count")
    assert back.schema.names == TYPES.names
    told = sorted(back.cast(TYPES).to_pylist(), key=repr)
    assert told == sorted(table.to_pylist(), key=repr)
    assert engine.to_arrow("t", "name")["name"].to_pylist() == ["b", "ä\n", None]


def test_steps_read_named_tables_and_views_follow(engine: Engine, tmp_path: Path) -> None:
    engine.put("numbers", pa.table({"n": [3, 1, 2]}))
    engine.run(Step("doubled", ("numbers",), "SELECT 2 * n AS n FROM numbers"))
    engine.run(Step("large", ("doubled",), "SELECT n FROM doubled WHERE n > 2", stored=False))
    assert engine.to_arrow("large", "n")["n"].to_pylist() == [4, 6]
    lake = tmp_path / "lake at 100%" / "day=2026-06-01"
    lake.mkdir(parents=True)
    pq.write_table(engine.to_arrow("doubled", "n"), lake / "d.parquet")
    engine.scan("again", lake / "d.parquet")
    engine.scan("folder", lake.parent)
    for name in ("again", "folder"):
        assert engine.query(f"SELECT CAST(sum(n) AS BIGINT) AS s FROM {name}")["s"].to_pylist() == [12]
    engine.drop("large", "again", "doubled")
    with pytest.raises(SchemaMismatch, match="doubled"):
        engine.run(Step("x", ("doubled",), "SELECT 1"))


def test_a_table_is_replaced_by_one_of_its_own_name(engine: Engine) -> None:
    for numbers in ([1], [2, 3]):
        engine.put("n", pa.table({"n": numbers}))
        engine.run(Step("kept", ("n",), "SELECT n FROM n"))
        engine.run(Step("kept_view", ("kept",), "SELECT n FROM kept", stored=False))
        assert engine.to_arrow("kept_view", "n")["n"].to_pylist() == numbers


def test_streamed_batches_are_worked_on_numbered_and_counted(engine: Engine) -> None:
    schema = pa.schema([pa.field("n", pa.int64())])
    batches = [pa.RecordBatch.from_pydict({"n": list(range(k, k + 3))}, schema=schema) for k in (0, 3, 6)]
    batches.insert(1, batches[0].slice(0, 0))
    seen: list[int] = []
    assert engine.map_batches("t", iter(batches), schema, seen.append, doubled) == 9
    assert sum(seen) == 9
    table = engine.to_arrow("t", '"row"')
    assert table["row"].to_pylist() == list(range(9))
    assert table["n"].to_pylist() == [2 * n for n in range(9)]
    assert engine.map_batches("none", iter(()), schema, seen.append, doubled) == 0
    assert engine.query("SELECT count(*) AS n FROM none")["n"].to_pylist() == [0]


def test_a_long_result_comes_in_its_order_piece_by_piece(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stillwatch.engines.spark.STREAMED_ROWS", 300)
    numbers = np.random.default_rng(2).permutation(2_000)
    engine.put("n", pa.table({"n": numbers, "text": [f"t{number:04}" for number in numbers]}))
    pieces = list(engine.stream("SELECT n FROM n WHERE n > 4 ORDER BY text DESC", 250))
    assert max(piece.num_rows for piece in pieces) <= 250
    assert pa.Table.from_batches(pieces)["n"].to_pylist() == list(range(1_999, 4, -1))


def test_a_wrong_step_names_itself_and_close_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    engine.put("t", pa.table({"n": [1]}))
    with pytest.raises(EngineFailed, match="broken"):
        engine.run(Step("broken", (), "SELECT nothing FROM nowhere"))
    with pytest.raises(EngineFailed):
        engine.query("SELECT nope")
    with pytest.raises(EngineFailed, match="overflown"):
        engine.run(Step("overflown", ("t",), "SELECT CAST(n + 9223372036854775807 AS BIGINT) AS n FROM t"))
    assert list(tmp_path.iterdir())
    engine.close()
    assert [path.name for path in tmp_path.iterdir()] == []


@pytest.mark.spark
def test_a_plan_does_not_grow_with_the_steps_before_it(opened: Callable[[str], Engine]) -> None:
    engine = opened("spark")
    engine.put("x", pa.table({"n": [0]}))
    sizes = []
    for _ in range(6):
        engine.run(Step("x", ("x",), "SELECT n + 1 AS n FROM x"))
        plan = engine.query("EXPLAIN EXTENDED SELECT n FROM x")
        sizes.append(len(plan[0][0].as_py()))
    assert engine.to_arrow("x")["n"].to_pylist() == [6]
    assert max(sizes) - min(sizes) < 20  # names of folders have digits


@pytest.mark.spark
def test_a_failure_on_an_executor_names_the_table(opened: Callable[[str], Engine]) -> None:
    engine = opened("spark")
    schema = pa.schema([pa.field("n", pa.int64())])
    batch = pa.RecordBatch.from_pydict({"n": [1]}, schema=schema)
    with pytest.raises(EngineFailed, match=r"(?s)bad: .*no such batch"):
        engine.map_batches("bad", iter([batch]), schema, lambda _: None, broken)
