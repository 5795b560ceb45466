"""Exchanges and models for tests: rows from a few columns, models from random numbers."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from stillwatch.fingerprint import FingerprintKey, Models, build_models
from stillwatch.fingerprint.language import word_hash
from stillwatch.model.exchanges import ACCOUNTS, EXCHANGES

KEY = FingerprintKey(bytes(range(32)))
OTHER_KEY = FingerprintKey(bytes(32))
VOCABULARY = [
    "the",
    "of",
    "and",
    "in",
    "is",
    "a",
    "to",
    "write",
    "story",
    "number",
    "0",
    "人",
    "le",
    "la",
    "der",
    "und",
]


@cache
def stand_in() -> Models:
    """Models whose weights mean nothing."""
    random = np.random.default_rng(3)
    weights = np.pad(random.integers(-128, 128, (65536, 13)).astype(np.int8), ((0, 0), (0, 3)))
    hashes = np.array(sorted(word_hash(word) for word in VOCABULARY), np.uint64)
    return build_models(
        weights,
        np.full(16, 0.01, np.float32),
        np.zeros(16, np.float32),
        hashes,
        random.integers(-127, 128, (hashes.size, 64)).astype(np.int8),
        "stand-in",
    )


def exchanges(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    """A batch of EXCHANGES; columns that a row leaves out are null, required ones filled in."""
    required = {"id_derived": False, "ts": 1_700_000_000_000_000, "account_id": "a", "source": "s", "line": 1}
    full = [
        dict.fromkeys(EXCHANGES.names) | required | {"exchange_id": str(number)} | row
        for number, row in enumerate(rows)
    ]
    return pa.RecordBatch.from_pylist(full, schema=EXCHANGES)


def prompts(texts: list[str | None]) -> pa.RecordBatch:
    """A batch of exchanges that have a prompt and nothing else."""
    return exchanges([{"prompt": text} for text in texts])


def accounts(rows: list[dict[str, Any]]) -> pa.Table:
    """A table of ACCOUNTS; columns that a row leaves out are null."""
    full = [
        dict.fromkeys(ACCOUNTS.names) | {"account_id": str(number)} | row for number, row in enumerate(rows)
    ]
    return pa.Table.from_pylist(full, schema=ACCOUNTS)
