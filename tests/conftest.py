"""What every test may use."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from prints import Load
from stillwatch.engines.duck import DuckEngine


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    """An engine that holds fingerprints and accounts, as the first stage leaves them."""
    with _loading(tmp_path) as loaded:
        yield loaded


@pytest.fixture(scope="module")
def load_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    """The same, for what the tests of a module share."""
    with _loading(tmp_path_factory.mktemp("engines")) as loaded:
        yield loaded


@contextmanager
def _loading(folder: Path) -> Iterator[Load]:
    engines: list[DuckEngine] = []

    def loaded(prints: pa.Table, accounts: pa.Table) -> DuckEngine:
        engine = DuckEngine(folder / f"engine{len(engines)}", threads=2, memory=512 << 20)
        engines.append(engine)
        engine.map_batches("prints", prints.to_batches(), prints.schema, lambda _: None)
        engine.put("accounts", accounts)
        return engine

    yield loaded
    for engine in engines:
        engine.close()
