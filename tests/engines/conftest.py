"""One real cluster for all tests that need Spark: a master and two executors, each its own process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stillwatch.engines.duck import DuckEngine
from stillwatch.engines.plan import Engine

sys.path.insert(0, str(Path(__file__).parent))

from clusters import MASTER, SETTINGS, lacking


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The settings of a running cluster; engines that are opened meanwhile run there."""
    reason = lacking()
    if reason:
        pytest.skip(reason)
    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("cluster")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("SPARK_WORKER_DIR", str(folder / "work"))
        patch.setenv("SPARK_LOCAL_DIRS", str(folder / "local"))
        builder = SparkSession.builder.master(MASTER).appName("tests")
        for name, value in {**SETTINGS, "spark.sql.warehouse.dir": str(folder / "tables")}.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        yield SETTINGS
        session.stop()


Open = Callable[[str], Any]


@pytest.fixture
def opened(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens an engine by its name; all of them are closed in the end."""
    engines: list[Engine] = []

    def start(name: str) -> Engine:
        scratch = tmp_path / f"{name}{len(engines)}"
        if name == "duckdb":
            engines.append(DuckEngine(scratch, threads=2, memory=512 << 20))
        else:
            request.getfixturevalue("cluster")
            from stillwatch.engines.spark import SparkEngine

            engines.append(SparkEngine(scratch))
        return engines[-1]

    yield start
    for engine in engines:
        engine.close()


@pytest.fixture(params=["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def engine(request: pytest.FixtureRequest, opened: Open) -> Engine:
    """Each engine in turn."""
    started: Engine = opened(request.param)
    return started


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs all tests that share the cluster."""
    for item in items:
        if item.get_closest_marker("spark"):
            item.add_marker(pytest.mark.xdist_group("spark"))
