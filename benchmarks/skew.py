"""One of everything held by a million accounts, on a Spark cluster: `python benchmarks/skew.py [--accounts N]`.

A real cluster on this machine: a master and two executors, each a process of its own with one core and 1 GiB.
Every account shares its address, network, client, means of payment, system text and a prompt with all others, and
is refused now and then. Runs every step of the link room up to the templates that accounts hold, and the step of takeovers; says
whether rows grew with accounts alone, and whether an executor was lost or a task failed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import stillwatch
from stillwatch.engines.plan import Engine
from stillwatch.link.content import link_content
from stillwatch.link.counted import count_accounts
from stillwatch.model.fingerprints import ACCOUNT_PRINTS, FINGERPRINTS
from stillwatch.score.steps import taken_over

SHARED = ("address", "prefix", "network", "user_agent", "ja4", "payment", "phone", "organisation")
START = 1_780_000_000_000_000
REFUSED = 10  # one exchange in so many of the prompt that all send

CLUSTER = {
    "spark.sql.shuffle.partitions": "8",
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "2g",
    "spark.executorEnv.PYTHONPATH": str(Path(stillwatch.__file__).parents[1]),
    "spark.worker.cleanup.enabled": "true",
}


def crowd(accounts: int) -> tuple[pa.Table, pa.Table]:
    """As many accounts, of three exchanges each, that share one of everything: two prompts of their own, one of all."""
    n = 3 * accounts
    number = np.arange(n)
    names = pa.array([f"a{i:09}" for i in range(accounts)])
    same = np.zeros(n, np.int64)
    common = number >= 2 * accounts
    passages = np.tile(np.arange(1, 9), (n, 1))
    passages[:, 7] = np.where(common, 8, 1_000 + number)  # one of its own
    given = {
        "exchange_id": pa.array([f"x{i:09}" for i in range(n)]),
        "id_derived": pa.array(same == 1),
        "ts": pa.array(START + number * 1_000).cast(FINGERPRINTS.field("ts").type),
        "account_id": names.take(pa.array(number % accounts)),
        "prompt_hash": pa.array(np.where(common, 0, number + 1)),
        "passages": pa.ListArray.from_arrays(pa.array(np.arange(n + 1, dtype=np.int32) * 8), pa.array(passages.ravel())),
        "system_hash": pa.array(same + 5),
        "system_passages": pa.ListArray.from_arrays(
            pa.array(np.arange(n + 1, dtype=np.int32) * 2), pa.array(np.tile([100_000_001, 100_000_002], n))
        ),
        "tools_hash": pa.array(same + 6),
        "prompt_words": pa.array(same + 60).cast(pa.int32()),
        "status": pa.array(np.where(common & (number % REFUSED == 0), 429, 200)).cast(pa.int32()),
        "source": pa.repeat("crowd", n),
        "line": pa.array(number + 1),
        **{
            name: pa.array(same + 7)
            for name in ("ip_hash", "prefix_hash", "asn", "user_agent_hash", "ja4_hash")
        },
    }  # fmt: skip
    columns = [given[f.name].cast(f.type) if f.name in given else pa.nulls(n, f.type) for f in FINGERPRINTS]
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


def link_crowd(engine: Engine, accounts: int) -> dict[str, Any]:
    """Runs the steps, and says how many rows what is shared left.

    raises  AssertionError when rows grew with anything but accounts
    """
    prints, people = crowd(accounts)
    engine.map_batches("prints", prints.to_batches(max_chunksize=50_000), FINGERPRINTS, lambda _: None)
    engine.put("accounts", people)
    del prints, people
    link_content(engine, count_accounts(engine, lambda _: None))
    engine.run(taken_over())
    kinds = engine.query("SELECT kind, max(degree) AS degree, count(*) AS n FROM indicators GROUP BY kind")
    told = {row["kind"]: (row["degree"], row["n"]) for row in kinds.to_pylist()}
    assert told == dict.fromkeys(SHARED, (accounts, accounts)), told
    held = engine.query(
        "SELECT t, count(*) AS n, max(exchanges) AS most FROM holdings GROUP BY t"
    ).to_pylist()
    assert held
    assert {(row["n"], row["most"] in (2, 3)) for row in held} == {(accounts, True)}, held
    taken = int(engine.query("SELECT count(*) AS n FROM taken_over")["n"][0].as_py())
    refused = sum(1 for number in range(2 * accounts, 3 * accounts) if number % REFUSED == 0)
    assert taken == refused - (1 if (3 * accounts - 1) % REFUSED == 0 else 0), taken
    return {"indicators": sum(n for _, n in told.values()), "templates": len(held), "taken_over": taken}


def executors(session: Any) -> dict[str, int]:
    """Executors of the running application, those that were lost, and tasks that failed."""
    listed = session.sparkContext._jsc.sc().statusStore().executorList(False)
    found = [listed.apply(number) for number in range(listed.size())]
    working = [one for one in found if one.id() != "driver"]
    return {
        "executors": len(working),
        "lost": sum(not one.isActive() for one in working),
        "failed_tasks": sum(one.failedTasks() for one in found),
    }


def main() -> None:
    """Starts the cluster, runs, prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument(
        "--scratch", type=Path, help="folder for the tables of the run; a temporary one if not given"
    )
    options = parser.parse_args()
    from stillwatch.engines.spark import SparkEngine

    folder = Path(tempfile.mkdtemp(prefix="skew-", dir=options.scratch))
    os.environ |= {
        "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": str(folder / "local"),
        "SPARK_WORKER_DIR": str(folder / "work"),
    }  # fmt: skip
    settings = {**CLUSTER, "spark.sql.warehouse.dir": str(folder / "tables")}
    engine = SparkEngine(folder / "engine", master="local-cluster[2,1,1024]", settings=settings)
    try:
        before, began = os.getloadavg()[0], time.perf_counter()
        told = link_crowd(engine, options.accounts)
        print(
            json.dumps(
                {
                    "accounts": options.accounts,
                    "exchanges": 3 * options.accounts,
                    **told,
                    **executors(engine._spark),
                    "seconds": round(time.perf_counter() - began),
                    "load_before": round(before, 1),
                },
                indent=1,
            )
        )
    finally:
        engine.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
