"""A whole scan on a cluster: from logs with text to findings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from clusters import SETTINGS, lacking

import stillwatch
from stillwatch.engines import spark
from stillwatch.engines.choice import open_engine
from stillwatch.errors import InvalidConfiguration
from stillwatch.model.settings import Settings, Spark
from stillwatch.output import TABLES
from stillwatch.scenarios import simulate

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from skew import executors, link_crowd


@pytest.mark.slow
@pytest.mark.spark
def test_a_scan_gives_the_same_bytes(
    cluster: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STILLWATCH_KEY", "5a" * 32)
    monkeypatch.setattr(spark, "CHUNK_BYTES", 1 << 20)
    made = simulate(tmp_path / "traffic", "demo", 3, 0.1).path
    logs, accounts = made / "exchanges.parquet", made / "accounts.parquet"
    stillwatch.scan(logs, accounts=accounts, out=tmp_path / "duckdb")
    shared = tmp_path / "shared"
    settings = Settings(spark=Spark(work=shared.as_uri()))
    stillwatch.scan(logs, accounts=accounts, out=tmp_path / "spark", engine="spark", config=settings)
    assert pq.read_metadata(tmp_path / "duckdb/campaigns.parquet").num_rows
    for name in TABLES:
        both = [(tmp_path / engine / f"{name}.parquet").read_bytes() for engine in ("duckdb", "spark")]
        assert both[0] == both[1], name
    assert list(shared.iterdir()) == []
    assert [path.name for path in (tmp_path / "spark").iterdir() if path.name.startswith(".")] == []


@pytest.mark.slow
@pytest.mark.spark
def test_what_everybody_shares_kills_no_executor(cluster: dict[str, str], tmp_path: Path) -> None:
    from pyspark.sql import SparkSession

    engine = open_engine("spark", Settings(), tmp_path / "engine", threads=1, memory=128 << 20)
    before = executors(SparkSession.active())
    link_crowd(engine, 30_000)  # benchmarks/skew.py does it with a million
    assert executors(SparkSession.active()) == before
    assert before["executors"] == 2
    engine.close()


def test_what_everybody_shares_grows_with_accounts(tmp_path: Path) -> None:
    engine = open_engine("duckdb", Settings(), tmp_path / "engine", threads=2, memory=512 << 20)
    assert link_crowd(engine, 2_000)["indicators"] == 8 * 2_000
    engine.close()


def test_an_engine_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidConfiguration, match=r"(?s)no engine 'flink'.*duckdb, spark"):
        open_engine("flink", Settings(), tmp_path, threads=1, memory=128 << 20)
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(InvalidConfiguration, match=r"(?s)PySpark.*stillwatch\[spark\]"):
        open_engine("spark", Settings(), tmp_path, threads=1, memory=128 << 20)


@pytest.mark.slow
@pytest.mark.spark
@pytest.mark.skipif(bool(lacking()), reason=lacking() or "-")
def test_spark_submit_says_where_the_cluster_is(tmp_path: Path) -> None:
    made = simulate(tmp_path / "traffic", "demo", 3, 0.02).path
    submit = Path(find_spec("pyspark").origin).parent / "bin" / "spark-submit"  # type: ignore[union-attr, arg-type]
    config = tmp_path / "config.toml"
    config.write_text('[spark.settings]\n"spark.sql.shuffle.partitions" = "2"\n')
    given = [
        "--master",
        "local[1]",
        "--conf",
        "spark.ui.enabled=false",
        str(Path(stillwatch.__file__).parent / "__main__.py"),
    ]
    asked = ["scan", str(made / "exchanges.parquet"), "--out", str(tmp_path / "out"), "--json"]
    done = subprocess.run(
        [submit, *given, *asked, "--engine", "spark", "--config", str(config)],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": SETTINGS["spark.executorEnv.PYTHONPATH"],
            "PYSPARK_PYTHON": sys.executable,
        },
    )
    assert done.returncode == 0, done.stderr
    assert (
        json.loads(done.stdout)["counts"]["exchanges"]
        == pq.read_metadata(made / "exchanges.parquet").num_rows
    )
    assert (tmp_path / "out/report.html").exists()
