"""What every test may use."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from prints import Load
from stillwatch.engines.duck import DuckEngine


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    """An engine that holds fingerprints and accounts, as the first stage leaves them."""
    engines: list[DuckEngine] = []

    def loaded(prints: pa.Table, accounts: pa.Table) -> DuckEngine:
        engine = DuckEngine(tmp_path / f"engine{len(engines)}", threads=2, memory=512 << 20)
        engines.append(engine)
        engine.map_batches("prints", prints.to_batches(), prints.schema, lambda _: None)
        engine.put("accounts", accounts)
        return engine

    yield loaded
    for engine in engines:
        engine.close()
