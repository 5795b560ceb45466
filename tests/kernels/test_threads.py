"""Kernels run beside each other: none holds the interpreter's lock, and what they find doesn't depend on company."""

from __future__ import annotations

import importlib
import pkgutil

import numpy as np
import pyarrow as pa
import pytest
from numba.core.dispatcher import Dispatcher

import stillwatch.kernels
from stillwatch.engines.batches import in_order
from stillwatch.fingerprint import Fingerprinter, FingerprintKey
from stillwatch.kernels.components import components
from stillwatch.kernels.hashing import siphash_numbers, siphash_strings
from stillwatch.model.exchanges import EXCHANGES

THREADS = (1, 2, 4)
WORDS = [
    "The",
    "of",
    "and",
    "in",
    "is",
    "Write",
    "a",
    "story",
    "数字",
    "about",
    "7",
    "Größe,",
    "please!",
    "{x:",
    "1}",
    "www.example.org",
]


def compiled() -> dict[str, Dispatcher]:
    """Every function that the folder compiles, by name."""
    found = {}
    for module in pkgutil.iter_modules(stillwatch.kernels.__path__):
        loaded = importlib.import_module(f"stillwatch.kernels.{module.name}")
        for name, value in vars(loaded).items():
            if isinstance(value, Dispatcher):
                found[f"{module.name}.{name}"] = value
    return found


def test_no_kernel_holds_the_lock() -> None:
    kernels = compiled()
    assert len(kernels) > 20
    assert [name for name, kernel in kernels.items() if not kernel.targetoptions.get("nogil")] == []


def exchanges(rows: int, seed: int) -> pa.RecordBatch:
    """Rows with every kind of column that a kernel reads."""
    draw = np.random.default_rng(seed)
    texts = [" ".join(draw.choice(WORDS, int(size))) for size in draw.integers(0, 80, rows)]
    same = {
        "exchange_id": pa.array([f"x{i}" for i in range(rows)]),
        "id_derived": pa.array(np.zeros(rows, bool)),
        "ts": pa.array(np.arange(rows)).cast(EXCHANGES.field("ts").type),
        "account_id": pa.array([f"a{i % 7}" for i in range(rows)]),
        "prompt": pa.array(texts),
        "system": pa.array(texts[::-1]),
        "response": pa.array(texts),
        "ip": pa.array([f"10.0.{i % 256}.{i % 9}" for i in range(rows)]),
        "user_agent": pa.array(["client/1.2"] * rows),
        "max_tokens": pa.array(draw.integers(0, 9, rows)),
        "source": pa.array(["here"] * rows),
        "line": pa.array(np.arange(1, rows + 1)),
    }
    arrays = [same.get(field.name, pa.nulls(rows, field.type)) for field in EXCHANGES]
    return pa.RecordBatch.from_arrays(arrays, schema=EXCHANGES)


@pytest.mark.parametrize("threads", THREADS)
def test_fingerprints_are_those_of_one_batch_alone(threads: int) -> None:
    whole = exchanges(1_600, 4)
    work = Fingerprinter(FingerprintKey(bytes(32)))
    pieces = [whole.slice(start, 100) for start in range(0, whole.num_rows, 100)]
    told = pa.Table.from_batches(in_order(work, pieces, threads))
    assert told.equals(pa.Table.from_batches([work(whole)]))


@pytest.mark.parametrize("threads", THREADS)
def test_hashes_and_components_are_those_of_one_thread(threads: int) -> None:
    draw = np.random.default_rng(6)
    key = (11, 12)
    data = draw.integers(0, 256, 400_000, dtype=np.uint8)
    cuts = np.sort(draw.integers(0, len(data), 4_000)).astype(np.uint64)
    numbers = draw.integers(-(2**62), 2**62, 100_000)
    a, b = draw.integers(0, 50_000, (2, 30_000))

    def every_kernel(_: int) -> tuple[bytes, bytes, bytes]:
        named, counted = siphash_strings(data, cuts, key), siphash_numbers(numbers, key)
        return named.tobytes(), counted.tobytes(), components(50_000, a, b).tobytes()

    alone = every_kernel(0)
    assert list(in_order(every_kernel, range(12), threads)) == [alone] * 12
