"""Speed of the fingerprint stage beside MinHash of 128 permutations, on the same texts in the same run.

    python benchmarks/lexical.py [PROMPTS.parquet ...] [--column prompt] [--megabytes 32]

Without a file it generates prose by a Markov walk. Prints one JSON object; rates are of one thread.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch.budget import peak_memory
from stillwatch.fingerprint import FingerprintKey, Models, fingerprint_batch, load_models
from stillwatch.fingerprint.texts import SEMANTIC_MODULUS, print_texts
from stillwatch.model.exchanges import EXCHANGES

ROWS = 32_768  # of a batch
PERMUTATIONS = 128
SHINGLE = 7  # words, for the peers
PEER_BYTES = 1_000_000  # they are slow: their rate is taken from this much of the texts
REPEATS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--column", default="prompt")
    parser.add_argument("--megabytes", type=float, default=32.0)
    options = parser.parse_args()
    column = _read(options.files, options.column) if options.files else _markov(options.megabytes)
    column = _first(column, int(options.megabytes * 1e6))
    print(json.dumps(measure(column), indent=2))


def measure(column: pa.StringArray) -> dict[str, Any]:
    """Rates, ratios and memory for the texts, as one value."""
    key, models = FingerprintKey(bytes(32)), load_models()
    size = pc.sum(pc.binary_length(column)).as_py()
    batches = [column.slice(start, ROWS) for start in range(0, len(column), ROWS)]
    exchanges = [_exchanges(batch) for batch in batches]
    started = time.perf_counter()
    _whole(exchanges[:1], key, models)
    first = time.perf_counter() - started
    before = _peak()
    rates = {
        "lexical": _rate(lambda: _texts(batches, key, models, 0), size),
        "lexical_and_semantic": _rate(lambda: _texts(batches, key, models, SEMANTIC_MODULUS), size),
        "stage": _rate(lambda: _whole(exchanges, key, models), size),
    }
    peers = _peers(_first(column, PEER_BYTES))
    return {
        "texts": len(column),
        "megabytes": round(size / 1e6, 2),
        "mean_bytes": round(size / len(column), 1),
        "first_batch_seconds": round(first, 2),
        "megabytes_per_second": {name: round(rate, 1) for name, rate in rates.items()} | peers,
        "lexical_times": {name: round(rates["lexical"] / rate, 1) for name, rate in peers.items()},
        "texts_per_second": round(rates["lexical"] * 1e6 * len(column) / size),
        "peak_mib": {"texts_and_models": before, "with_fingerprints": _peak()},
    }


def _texts(batches: list[pa.StringArray], key: FingerprintKey, models: Models, modulus: int) -> None:
    for batch in batches:
        print_texts(batch, key, models, domain="prompt", modulus=modulus)


def _whole(batches: list[pa.RecordBatch], key: FingerprintKey, models: Models) -> None:
    for batch in batches:
        fingerprint_batch(batch, key, models)


def _rate(work: Callable[[], None], size: int) -> float:
    """Megabytes in a second of processor time, in the quickest of some runs: the others were disturbed."""
    times = []
    for _ in range(REPEATS):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return size / 1e6 / min(times)


def _peers(column: pa.StringArray) -> dict[str, float]:
    """Megabytes a second of both MinHash libraries, with their shingling in Python and without it."""
    from datasketch import MinHash
    from rensa import RMinHash

    texts = column.to_pylist()
    size = sum(len(text.encode()) for text in texts)
    sets = [_shingles(text) for text in texts]
    encoded = [[shingle.encode() for shingle in shingles] for shingles in sets]
    empty = MinHash(num_perm=PERMUTATIONS)

    def datasketch_ready() -> None:
        for shingles in encoded:
            empty.copy().update_batch(shingles)

    def datasketch_texts() -> None:
        for text in texts:
            empty.copy().update_batch([shingle.encode() for shingle in _shingles(text)])

    def rensa_ready() -> None:
        for shingles in sets:
            RMinHash(num_perm=PERMUTATIONS, seed=1).update(shingles)

    def rensa_texts() -> None:
        for text in texts:
            RMinHash(num_perm=PERMUTATIONS, seed=1).update(_shingles(text))

    work = {
        "datasketch_with_shingling": datasketch_texts,
        "datasketch_ready_sets": datasketch_ready,
        "rensa_with_shingling": rensa_texts,
        "rensa_ready_sets": rensa_ready,
    }
    return {name: round(_rate(run, size), 2) for name, run in work.items()}


def _shingles(text: str) -> list[str]:
    words = text.lower().split()
    return list({" ".join(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1))})


def _read(files: list[Path], name: str) -> pa.StringArray:
    """The texts of a column of all files, mixed in a fixed order."""
    chunks = [chunk for file in files for chunk in pq.read_table(file, columns=[name])[name].chunks]
    column = pa.concat_arrays([chunk.cast(pa.string()) for chunk in chunks]).drop_null()
    return column.take(pa.array(np.random.default_rng(1).permutation(len(column))))


def _first(column: pa.StringArray, size: int) -> pa.StringArray:
    """The first texts that make up `size` bytes, compact in memory."""
    ends = np.cumsum(pc.binary_length(column).to_numpy())
    return pa.concat_arrays([column.slice(0, max(1, int(np.searchsorted(ends, size))))])


def _markov(megabytes: float) -> pa.StringArray:
    """Prose of an invented language: a walk on word pairs, with the frequencies of natural text."""
    random = np.random.default_rng(7)
    letters = np.array(list("etaoinshrdlucmfwygpbvk"))
    lengths = np.clip(random.poisson(4.5, 8_000), 1, 14)
    vocabulary = ["".join(random.choice(letters, length)) for length in lengths]
    followers = random.choice(8_000, (8_000, 24), p=_zipf(8_000))
    texts: list[str] = []
    size = 0
    while size < megabytes * 1e6:
        word = int(random.integers(8_000))
        words = []
        for choice in random.integers(0, 24, int(np.clip(random.lognormal(4.0, 1.0), 3, 2_000))):
            word = int(followers[word, choice])
            words.append(vocabulary[word] + (". " if choice == 0 else ",\n" if choice == 1 else " "))
        texts.append("".join(words))
        size += len(texts[-1])
    return pa.array(texts)


def _zipf(count: int) -> Any:
    weights = 1 / np.arange(1, count + 1)
    return weights / weights.sum()


def _exchanges(column: pa.StringArray) -> pa.RecordBatch:
    """A batch of exchanges around the texts, with the other columns as logs have them."""
    count = len(column)
    number = pa.array(np.arange(count))
    address = pa.array([f"10.{i >> 8 & 255}.{i & 255}.7" for i in range(count)])
    values = {
        "exchange_id": pc.cast(number, pa.string()),
        "id_derived": pa.array(np.zeros(count, bool)),
        "ts": pc.cast(number, EXCHANGES.field("ts").type),
        "account_id": pc.cast(number, pa.string()),
        "prompt": column,
        "system": pa.array(["You are a helpful assistant."] * count),
        "response": column,
        "ip": address,
        "user_agent": pa.array(["client/1.2 (linux)"] * count),
        "temperature": pa.array(np.full(count, 0.7)),
        "source": pa.array(["benchmark"] * count),
        "line": number,
    }
    arrays = [values.get(field.name, pa.nulls(count, field.type)) for field in EXCHANGES]
    return pa.RecordBatch.from_arrays(arrays, schema=EXCHANGES)


def _peak() -> int:
    """Peak memory of the process so far, in MiB."""
    return peak_memory() >> 20


if __name__ == "__main__":
    main()
