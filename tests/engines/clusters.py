"""The cluster that tests start, and why they may not."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from shutil import which

import stillwatch

MASTER = "local-cluster[2,1,1024]"
_QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
SETTINGS = {
    "spark.sql.shuffle.partitions": "3",
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.extraJavaOptions": _QUICK,
    "spark.executor.extraJavaOptions": _QUICK,
    "spark.executorEnv.PYTHONPATH": f"{Path(stillwatch.__file__).parents[1]}:{Path(__file__).parent}",
    "spark.worker.cleanup.enabled": "true",
}


def lacking() -> str:
    """Why Spark can't run here; empty where it can."""
    if find_spec("pyspark") is None:
        return "SPARK IS NOT TESTED: pyspark is not installed. Next: pip install 'stillwatch[spark]'"
    if which("java") is None and "JAVA_HOME" not in os.environ:
        return "SPARK IS NOT TESTED: no Java on this machine. Next: apt-get install openjdk-17-jre-headless"
    return ""
