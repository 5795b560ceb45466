"""A whole scan on a cluster: from logs with text to findings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from clusters import SETTINGS, lacking
from comparing import rows

import stillwatch
from prints import START
from stillwatch.engines import spark
from stillwatch.engines.choice import open_engine
from stillwatch.engines.plan import Engine
from stillwatch.errors import InvalidConfiguration
from stillwatch.link.content import link_content
from stillwatch.link.counted import count_accounts
from stillwatch.model.fingerprints import ACCOUNT_PRINTS, FINGERPRINTS
from stillwatch.model.settings import Settings, Spark
from stillwatch.output import TABLES
from stillwatch.scenarios import simulate


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


def crowd(accounts: int) -> tuple[pa.Table, pa.Table]:
    """As many accounts, of two exchanges each, that all share one of everything, and have a prompt each."""
    n = 2 * accounts
    number = np.arange(n)
    names = pa.array([f"a{i:09}" for i in range(accounts)])
    who = names.take(pa.array(number % accounts))
    same = np.zeros(n, np.int64)
    passages = np.tile(np.arange(1, 9), (n, 1))
    passages[:, 7] = 1_000 + number  # one of its own
    given = {
        "exchange_id": pa.array([f"x{i:09}" for i in range(n)]),
        "id_derived": pa.array(same == 1),
        "ts": pa.array(START + number * 1_000).cast(FINGERPRINTS.field("ts").type),
        "account_id": who,
        "prompt_hash": pa.array(number + 1),
        "passages": pa.ListArray.from_arrays(np.arange(n + 1) * 8, passages.ravel()).cast(
            pa.list_(pa.int64())
        ),
        "system_hash": pa.array(same + 5),
        "system_passages": pa.array([[100_000_001, 100_000_002]] * n, pa.list_(pa.int64())),
        "tools_hash": pa.array(same + 6),
        "prompt_words": pa.array(same + 60).cast(pa.int32()),
        "source": pa.array(["crowd"] * n),
        "line": pa.array(number + 1),
        **{
            name: pa.array(same + 7)
            for name in ("ip_hash", "prefix_hash", "asn", "user_agent_hash", "ja4_hash")
        },
    }
    columns = [given.get(field.name, pa.nulls(n, field.type)) for field in FINGERPRINTS]
    people = [
        names
        if field.name == "account_id"
        else pa.array(np.full(accounts, 9))
        if field.name in ("payment_hash", "phone_hash", "org_hash")
        else pa.nulls(accounts, field.type)
        for field in ACCOUNT_PRINTS
    ]
    return pa.Table.from_arrays(columns, schema=FINGERPRINTS), pa.Table.from_arrays(
        people, schema=ACCOUNT_PRINTS
    )


def link_crowd(engine: Engine, accounts: int) -> None:
    """Runs every step of the link room up to HOLDINGS, and looks whether rows grew with accounts alone."""
    prints, people = crowd(accounts)
    engine.map_batches("prints", prints.to_batches(max_chunksize=50_000), FINGERPRINTS, lambda _: None)
    engine.put("accounts", people)
    link_content(engine, count_accounts(engine, lambda _: None))
    kinds = "SELECT kind, max(degree) AS degree, count(*) AS n FROM indicators GROUP BY kind"
    shared = ("address", "prefix", "network", "user_agent", "ja4", "payment", "phone", "organisation")
    assert rows(engine.query(kinds)) == sorted((accounts, kind, accounts) for kind in shared)
    held = rows(engine.query("SELECT t, count(*) AS n, max(exchanges) AS e FROM holdings GROUP BY t"))
    assert held
    assert {(e, n) for e, n, _ in held} == {(2, accounts)}


@pytest.mark.slow
@pytest.mark.spark
def test_what_everybody_shares_kills_no_executor(cluster: dict[str, str], tmp_path: Path) -> None:
    engine = open_engine("spark", Settings(), tmp_path / "engine", threads=1, memory=128 << 20)
    link_crowd(engine, 30_000)
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
