"""Simulated traffic that several tests of the command line read."""

from __future__ import annotations

from pathlib import Path

import pytest

from stillwatch.scenarios import simulate


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small scenario with campaigns; to be read only."""
    return simulate(tmp_path_factory.mktemp("demo") / "s", "demo", 3, 0.1).path
