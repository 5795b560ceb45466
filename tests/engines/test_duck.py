"""The embedded engine keeps its door's promises."""

from __future__ import annotations

from pathlib import Path
from threading import Barrier

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.engines.duck import DuckEngine
from stillwatch.engines.plan import Step
from stillwatch.errors import EngineFailed, SchemaMismatch


@pytest.fixture
def engine(tmp_path: Path) -> DuckEngine:
    return DuckEngine(tmp_path / "scratch", threads=2, memory=256 << 20)


def test_a_step_reads_named_tables_and_keeps_its_own(engine: DuckEngine, tmp_path: Path) -> None:
    engine.put("numbers", pa.table({"n": [3, 1, 2]}))
    engine.run(Step("doubled", ("numbers",), "SELECT 2 * n AS n FROM numbers"))
    assert engine.to_arrow("doubled", "n")["n"].to_pylist() == [2, 4, 6]
    pq.write_table(engine.to_arrow("doubled", "n"), tmp_path / "d.parquet")
    engine.scan("again", tmp_path / "d.parquet")
    assert engine.query("SELECT sum(n) AS s FROM again")["s"].to_pylist() == [12]
    engine.drop("again", "doubled")
    with pytest.raises(SchemaMismatch, match="doubled"):
        engine.run(Step("x", ("doubled",), "SELECT 1"))
    engine.close()


def test_streamed_batches_are_numbered_and_counted(engine: DuckEngine) -> None:
    schema = pa.schema([("account_id", pa.string())])
    batches = [pa.RecordBatch.from_pydict({"account_id": list("abc")}, schema=schema) for _ in range(3)]
    seen: list[int] = []
    assert engine.map_batches("t", batches, schema, seen.append) == 9
    assert seen == [3, 3, 3]
    assert engine.query('SELECT "row" FROM t ORDER BY 1')["row"].to_pylist() == list(range(9))
    engine.close()


def test_a_wrong_step_names_itself_and_close_leaves_nothing(engine: DuckEngine) -> None:
    with pytest.raises(EngineFailed, match="broken"):
        engine.run(Step("broken", (), "SELECT nothing FROM nowhere"))
    with pytest.raises(EngineFailed):
        engine.query("SELECT nope")
    scratch = engine.scratch
    engine.close()
    assert not scratch.exists()


@pytest.mark.parametrize("name", ["day[1]", "what?", "all*", "it's"])
def test_names_of_files_and_folders_are_no_patterns(engine: DuckEngine, tmp_path: Path, name: str) -> None:
    for folder, number in ((name, 1), ("day1", 2), ("whats", 3), ("all of it", 4)):
        (tmp_path / folder).mkdir()
        pq.write_table(pa.table({"n": [number]}), tmp_path / folder / f"{folder}.parquet")
    engine.scan("folder", tmp_path / name)
    engine.scan("file", [tmp_path / name / f"{name}.parquet"])
    assert [engine.to_arrow(table)["n"].to_pylist() for table in ("folder", "file")] == [[1], [1]]
    engine.close()


def test_parts_are_worked_on_side_by_side(engine: DuckEngine) -> None:
    engine.put("given", pa.table({"n": [1, 2, 3]}))
    both = Barrier(2, timeout=20)

    def work(part: int) -> None:
        both.wait()  # would wait in vain for one that comes afterwards
        engine.run(
            Step(f"made_{part}", ("given",), f"SELECT n + {part} AS n FROM given", large=part % 2 == 0)
        )
        assert engine.query(f"SELECT sum(n) AS s FROM made_{part}")["s"].to_pylist() == [6 + 3 * part]
        engine.drop(f"made_{part}")

    engine.each(work, range(4))
    assert engine.tables == {"given"}
    engine.close()


def test_the_failure_of_a_part_is_told_and_no_further_one_begins(engine: DuckEngine) -> None:
    begun: list[int] = []

    def work(part: int) -> None:
        begun.append(part)
        engine.run(Step(f"made_{part}", (), "SELECT nothing" if part == 0 else "SELECT 1 AS n"))

    with pytest.raises(EngineFailed, match="made_0"):
        engine.each(work, range(1000))
    assert len(begun) < 1000
    engine.close()
