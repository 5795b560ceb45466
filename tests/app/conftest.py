"""One small scenario, and the scan of it that every other scan is held against."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from runs import KEY, Traffic, compose, scanned

from stillwatch.output import FOUND


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STILLWATCH_KEY", KEY)


@pytest.fixture(scope="session")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> Traffic:
    return compose(tmp_path_factory.mktemp("scenario"), 0.1)


@pytest.fixture(scope="session")
def plain(traffic: Traffic, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of a plain scan, with something in every table but quarantine."""
    out = tmp_path_factory.mktemp("plain")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STILLWATCH_KEY", KEY)
        scanned(traffic.logs, out, accounts=traffic.people)
    for name in FOUND:
        assert pq.read_metadata(out / f"{name}.parquet").num_rows, name
    assert pc.any(pq.read_table(out / "campaigns.parquet")["actionable"]).as_py()
    return out
