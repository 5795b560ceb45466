"""Long results lie in a file and take no memory; they are the same tables as those that are held."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from stillwatch.budget import enough
from stillwatch.engines import mapped as module
from stillwatch.engines.mapped import mapped
from stillwatch.engines.plan import Engine
from stillwatch.errors import OutOfDisk
from stillwatch.model.settings import Settings

NAMES = pa.schema([pa.field("n", pa.int64(), nullable=False), pa.field("name", pa.string())])
ROWS = 100_000


def batches(rows: int = ROWS, sign: int = 1) -> Iterator[pa.RecordBatch]:
    for first in range(0, rows, 7_000):
        numbers = range(first, min(first + 7_000, rows))
        names = [None if n % 5 == 0 else f"exchange {n}" for n in numbers]
        yield pa.RecordBatch.from_arrays(
            [pa.array([sign * n for n in numbers]), pa.array(names)], schema=NAMES
        )


@pytest.mark.parametrize("rows", [0, 1, ROWS])
def test_a_mapped_table_is_the_held_one_and_takes_no_memory(
    rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "long.arrow"
    held = mapped(batches(rows), NAMES, path)
    assert held.num_rows == rows
    assert not path.exists()
    monkeypatch.setattr(module, "HELD_BYTES", 20_000)
    before = pa.total_allocated_bytes()
    table = mapped(batches(rows), NAMES, path)
    assert path.exists() == (rows == ROWS)
    assert pa.total_allocated_bytes() - before < 20_000
    assert table.equals(held)
    assert table.schema == NAMES


def test_it_outlives_its_file_and_the_one_that_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HELD_BYTES", 0)
    path = tmp_path / "long.arrow"
    first = mapped(batches(), NAMES, path)
    second = mapped(batches(sign=-1), NAMES, path)
    path.unlink()
    assert first["n"].to_pylist() == list(range(ROWS))
    assert second["n"].to_pylist() == [-n for n in range(ROWS)]


def test_a_streamed_result_is_there_after_the_engine_closed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HELD_BYTES", 1_000)
    engine.put("given", pa.table({"n": pa.array(range(ROWS), pa.int64())}))
    told = engine.stream("SELECT n FROM given ORDER BY n DESC", 3_000)
    table = mapped(told, pa.schema([("n", pa.int64())]), engine.scratch / "long.arrow")
    assert (engine.scratch / "long.arrow").exists()
    engine.close()
    assert not engine.scratch.exists()
    assert table["n"].to_pylist() == list(range(ROWS))[::-1]


def test_a_full_disk_says_how_much_would_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HELD_BYTES", 0)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with pytest.raises(OutOfDisk, match="would do"), enough(tmp_path, Settings(), lambda: 0):
            mapped(batches(), NAMES, tmp_path / "long.arrow")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
