"""Tables of either engine: made by batch functions, packed, kept apart, and gone when nobody reads them on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.engines import batches as cutting
from stillwatch.engines import duck, parts
from stillwatch.engines.batches import by_number, in_piles, whole_groups
from stillwatch.engines.duck import DuckEngine
from stillwatch.engines.parts import gather, leaving, repeated_values
from stillwatch.engines.plan import Batches, Engine, Passes, Step

SUMS = pa.schema([pa.field("owner", pa.int64()), pa.field("total", pa.int64()), pa.field("rows", pa.int64())])


def summed(batch: pa.RecordBatch) -> pa.RecordBatch:
    """One row an owner: right only where the rows of an owner are in one batch."""
    owner, place, sizes = np.unique(batch["owner"].to_numpy(), return_inverse=True, return_counts=True)
    sums = np.zeros(len(owner), np.int64)
    np.add.at(sums, place, batch["n"].to_numpy())
    return pa.RecordBatch.from_arrays([pa.array(x) for x in (owner, sums, sizes)], schema=SUMS)


ALIKE = Batches("SELECT n FROM given", lambda batch: batch, pa.schema([("n", pa.int64())]))
SUMMED = """SELECT owner, CAST(sum(n) AS BIGINT) AS total, count(*) AS "rows" FROM given WHERE n < 150000
            GROUP BY owner"""


@pytest.mark.parametrize("rows", [0, 200_000])
def test_a_batch_function_and_the_relational_step_make_the_same_rows(engine: Engine, rows: int) -> None:
    n = np.arange(rows)
    engine.put("given", pa.table({"owner": n * 7919 % 1013, "n": n}))
    prompts = "SELECT owner, n FROM given WHERE n < 150000"
    batches = Batches(prompts, summed, SUMS, together="owner")
    engine.run(Step("sums", ("given",), SUMMED, batches=lambda: batches))
    assert (
        engine.to_arrow("sums", "owner").to_pylist() == engine.query(f"{SUMMED} ORDER BY owner").to_pylist()
    )
    assert engine.to_arrow("sums").schema.names == SUMS.names


@pytest.mark.parametrize("rows", [0, 5_000])
def test_what_is_kept_apart_is_all_there(engine: Engine, rows: int) -> None:
    engine.put("given", pa.table({"n": pa.array(range(5_000), pa.int64())}))
    sql = f"SELECT n, CAST(n % 3 AS BIGINT) AS bucket FROM given WHERE n < {rows}"
    gather(engine, "kept", [Step("kept_0", ("given",), sql, large=True, apart="bucket")])
    for bucket in range(3):
        found = engine.query(f"SELECT n, bucket FROM kept WHERE bucket = {bucket} ORDER BY n")
        assert found["n"].to_pylist() == list(range(bucket, rows, 3))
        assert set(found["bucket"].to_pylist()) <= {bucket}


@pytest.mark.parametrize("buckets", [1, 4])
def test_repeated_values_are_found_in_buckets(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, buckets: int
) -> None:
    monkeypatch.setattr(parts, "BUCKET_ROWS", 13 if buckets > 1 else 100)
    engine.put(
        "given", pa.table({"n": pa.array([*range(-20, 20), *range(-20, 20, 3), None, None], pa.int64())})
    )
    repeated_values(engine, "twice", "n", "given", 50)
    assert sorted(engine.to_arrow("twice")["value"].to_pylist()) == list(range(-20, 20, 3))
    assert {name for name in engine.tables if name.startswith("twice")} == {
        "twice", *(f"twice_{number}" for number in range(buckets)),
    }  # fmt: skip


def test_tables_go_with_their_block_and_those_named_last(engine: Engine) -> None:
    engine.put("given", pa.table({"n": [1, 2, 3]}))
    with leaving(engine, "kept"):
        gather(
            engine, "kept", [Step(f"kept_{k}", ("given",), f"SELECT n + {k} AS n FROM given") for k in (0, 1)]
        )
        engine.run(Step("passing", ("given",), "SELECT n FROM given", large=True))
        engine.run(Step("passing_view", ("passing",), "SELECT n FROM passing", stored=False))
    assert engine.tables == {"given", "kept", "kept_0", "kept_1"}
    assert sorted(engine.to_arrow("kept")["n"].to_pylist()) == [1, 2, 2, 3, 3, 4]


def test_dropped_tables_give_their_disk_back(tmp_path: Path) -> None:
    engine = DuckEngine(tmp_path / "scratch", threads=2, memory=256 << 20)
    engine.put("given", pa.table({"n": [1, 2, 3]}))
    for _ in range(2):  # also one that takes another's place
        engine.run(Step("large", ("given",), "SELECT n FROM given", large=True))
        engine.run(Step("apart", ("given",), "SELECT n FROM given", large=True, apart="n"))
        engine.run(Step("mapped", ("given",), "SELECT n FROM given", batches=lambda: ALIKE))
    assert len([path for path in engine.scratch.iterdir() if path.name != "spill"]) == 3
    engine.drop("large", "apart", "mapped")
    assert not [path for path in engine.scratch.iterdir() if path.name != "spill"]
    engine.close()


def test_rows_come_together_also_where_there_is_no_room_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duck, "HELD", 1 << 20)
    engine = DuckEngine(tmp_path / "scratch", threads=2, memory=256 << 20)
    n = np.arange(200_000)
    engine.put("given", pa.table({"owner": n * 7919 % 1013, "n": n}))
    prompts = "SELECT owner, n FROM given WHERE n < 150000"
    batches = Batches(prompts, summed, SUMS, together="owner")
    engine.run(Step("sums", ("given",), SUMMED, batches=lambda: batches))
    expected = engine.query(f"{SUMMED} ORDER BY owner").to_pylist()
    assert engine.to_arrow("sums", "owner").to_pylist() == expected
    engine.close()


def test_a_function_may_go_through_the_rows_again(tmp_path: Path) -> None:
    def above(again: Callable[[], Iterator[pa.RecordBatch]]) -> Iterator[pa.RecordBatch]:
        most = max(pc.max(batch["n"]).as_py() for batch in again())
        yield from (batch.filter(pc.greater(batch["n"], most / 2)) for batch in again())

    engine = DuckEngine(tmp_path / "scratch", threads=2, memory=256 << 20)
    engine.put("given", pa.table({"n": pa.array(range(200_001), pa.int64())}))
    passes = Passes("SELECT n FROM given", above, pa.schema([("n", pa.int64())]))
    engine.run(Step("above", ("given",), "SELECT n FROM given WHERE n > 100000", batches=lambda: passes))
    assert engine.to_arrow("above", "n")["n"].to_pylist() == list(range(100_001, 200_001))
    engine.close()


@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(-3, 6), max_size=9), max_size=5),
    st.integers(1, 8),
    st.sampled_from([0, 2, 99]),
)
def test_piles_hold_all_rows_and_whole_groups(batches: list[list[int]], rows: int, few: int) -> None:
    made = [pa.RecordBatch.from_pydict({"owner": pa.array(each, pa.int32())}) for each in batches]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "FEW", few)
        piles = in_piles(iter(made), "owner", rows, 1 << 20)
        assert piles is not None
        told = [[n for batch in pile for n in batch["owner"].to_pylist()] for pile in piles]
    assert sorted(n for pile in told for n in pile) == sorted(n for each in batches for n in each)
    owners = [set(pile) for pile in told]
    assert all(owners)
    for before, after in pairwise(owners):
        assert max(before) < min(after)
    sizes = [len(pile) - sum(n == max(pile) for n in pile) for pile in told]
    assert max(sizes, default=0) <= rows
    assert in_piles(iter(made), "owner", rows, -1) is None or not any(batches)


@settings(deadline=None)
@given(st.lists(st.integers(0, 4), max_size=40), st.lists(st.integers(0, 40), max_size=6))
def test_groups_are_whole_however_batches_are_cut(owners: list[int], cuts: list[int]) -> None:
    owners = sorted(owners)
    table = pa.RecordBatch.from_pydict({"owner": pa.array(owners, pa.int64())})
    edges = [0, *sorted(min(cut, len(owners)) for cut in cuts), len(owners)]
    out = list(whole_groups((table.slice(a, b - a) for a, b in pairwise(edges)), "owner"))
    told = [batch["owner"].to_pylist() for batch in out]
    assert [owner for batch in told for owner in batch] == owners
    assert all(told)
    for before, after in pairwise(told):
        assert before[-1] != after[0]


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(-2, 5), max_size=9), max_size=5), st.integers(-3, 6), st.integers(0, 5))
def test_rows_by_number_are_those_of_the_number(batches: list[list[int]], low: int, many: int) -> None:
    schema = pa.schema([("number", pa.int64()), ("place", pa.int64())])
    numbers = [n for batch in batches for n in batch]
    places = iter(range(len(numbers)))
    made = [
        pa.RecordBatch.from_pydict({"number": batch, "place": [next(places) for _ in batch]}, schema)
        for batch in batches
    ]
    told = by_number(pa.Table.from_batches(made, schema), "number", range(low, low + many))
    assert list(told) == list(range(low, low + many))
    for number, table in told.items():
        assert table.schema == schema
        assert table["place"].to_pylist() == [place for place, n in enumerate(numbers) if n == number]
