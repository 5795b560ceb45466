"""The engine that a run asks for by name."""

from __future__ import annotations

from pathlib import Path

from stillwatch.engines.plan import Engine
from stillwatch.errors import InvalidConfiguration
from stillwatch.model.settings import Settings

ENGINES = ("duckdb", "spark")
"""What `--engine` takes; the first is the default."""


def open_engine(name: str, settings: Settings, scratch: Path, *, threads: int, memory: int) -> Engine:
    """The engine of that name, ready for work.

    scratch  a folder that the engine makes, fills and removes
    threads  worker threads in this process; a cluster has its own besides
    memory   bytes that an engine in this process may hold before it spills
    raises   InvalidConfiguration for a name that is not in ENGINES or an engine that is not installed,
             EngineFailed when it does not start
    """
    if name == "duckdb":
        from stillwatch.engines.duck import DuckEngine

        return DuckEngine(scratch, threads=threads, memory=memory)
    if name == "spark":
        from stillwatch.engines.spark import SparkEngine

        spark = settings.spark
        return SparkEngine(
            scratch, master=spark.master, work=spark.work, settings=spark.settings, threads=threads
        )
    raise InvalidConfiguration(
        f"There is no engine {name!r} in this version.", hint=f"Use one of: {', '.join(ENGINES)}."
    )
