"""One lake for both engines: either writes the same bytes, and reads what the other wrote."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import stillwatch
from stillwatch.app import fingerprint_logs, replay
from stillwatch.engines import spark
from stillwatch.output import TABLES
from stillwatch.scenarios import simulate

pytestmark = [pytest.mark.slow, pytest.mark.spark]

REPLAYED = ("runs", "named", "replay")


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a lake that is not hidden."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def lakes(cluster: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same logs in two lakes, by the engine that wrote each."""
    folder = tmp_path_factory.mktemp("lakes")
    made = simulate(folder / "traffic", "demo", 3, 0.1).path
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STILLWATCH_KEY", "5a" * 32)
        patch.setattr(spark, "CHUNK_BYTES", 1 << 20)
        patch.setattr(spark, "STREAMED_ROWS", 1_000)
        for engine in ("duckdb", "spark"):
            fingerprint_logs(
                [made / "exchanges.parquet"],
                accounts=made / "accounts.parquet",
                lake=folder / engine,
                engine=engine,
            )
    return {engine: folder / engine for engine in ("duckdb", "spark")}


def test_either_engine_writes_the_same_lake(lakes: dict[str, Path]) -> None:
    one, other = (files(lakes[engine]) for engine in ("duckdb", "spark"))
    assert len(one) > 20
    assert sorted(one) == sorted(other)
    assert [name for name in one if one[name] != other[name]] == []


def test_a_lake_is_judged_alike_on_both(lakes: dict[str, Path], tmp_path: Path) -> None:
    before = files(lakes["duckdb"])
    stillwatch.scan(lake=lakes["spark"], out=tmp_path / "duckdb")
    stillwatch.scan(lake=lakes["duckdb"], out=tmp_path / "spark", engine="spark")
    assert pq.read_metadata(tmp_path / "duckdb/campaigns.parquet").num_rows
    for name in TABLES:
        both = [(tmp_path / engine / f"{name}.parquet").read_bytes() for engine in ("duckdb", "spark")]
        assert both[0] == both[1], name
    assert files(lakes["duckdb"]) == before


def test_a_replay_of_a_lake_knows_the_same_at_the_same_time(lakes: dict[str, Path], tmp_path: Path) -> None:
    for engine in ("duckdb", "spark"):
        replay(lake=lakes["duckdb"], step=timedelta(days=7), out=tmp_path / engine, engine=engine)
    assert len(set(pq.read_table(tmp_path / "duckdb/runs.parquet")["as_of"].to_pylist())) > 1
    for name in (*TABLES, *REPLAYED):
        both = [(tmp_path / engine / f"{name}.parquet").read_bytes() for engine in ("duckdb", "spark")]
        assert both[0] == both[1], name
