"""Windows of embedded prompts tested against benign history by maximum mean discrepancy.

Windows of queries of one account, or of all accounts on one network, with one client or signed up on one day, are
compared with a clean reference; the threshold is a quantile of clean windows' own statistic. The paper's embedding
model has to be fetched from a hub; WordLlama's 256 dimensions stand in. The clean history comes from the truth.
Source: S. Liu, Q. Guo, Y. Dong: An Embarrassingly Simple Detector for Model Extraction Attacks in Large Language Model
API Traffic. arXiv:2606.05725, 2026; A. Gretton et al.: A Kernel Two-Sample Test. JMLR 13, 2012.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from peers.grouping import WAYS, gathered, named
from peers.traffic import DAY, Groups, Ints, Traffic, settings

COLUMNS = ("asn", "prompt", "user_agent")
STREAMS = ("account", "network", "client", "sign-up day")
CHEAP = settings(
    stream=STREAMS,
    false_alarms=(0.001, 0.003, 0.01, 0.05),
    share=(0.0, 0.5, 0.9),
    way=WAYS,
)
REFERENCE = 1_500
NULL_WINDOWS = 500
CHARACTERS = 400
"""Of a prompt that are embedded."""

Vectors = npt.NDArray[np.float32]
Statistics = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Windows:
    """The statistics of clean windows, and for each kind of stream: accounts' streams, windows' streams and
    statistics."""

    null: Statistics
    streams: dict[str, tuple[Ints, Ints, Statistics]]


def grid(window: int) -> tuple[tuple[dict[str, Any], tuple[dict[str, Any], ...]], ...]:
    """The settings for one length of window."""
    return (({"window": window}, CHEAP),)


def measure(traffic: Traffic, window: int) -> Windows:
    """Every full window's statistic; shorter rests are not tested."""
    vectors = embed(traffic)
    generator = np.random.default_rng(0)
    clean = pc.is_in(traffic.people, value_set=pa.array(sorted(traffic.clean), pa.string()))
    history = np.flatnonzero(np.asarray(clean)[traffic.sender])
    reference = vectors[generator.choice(history, min(REFERENCE, len(history)), replace=False)]
    scale = bandwidth(reference)
    within = mean_kernel(reference, reference, scale, True)

    def statistic(held: Ints) -> float:
        return discrepancy(vectors[held], reference, scale, within)

    null = np.array([statistic(generator.choice(history, window)) for _ in range(NULL_WINDOWS)])
    streams = {}
    for stream in STREAMS:
        accounts, keys = stream_of(traffic, stream)
        order = np.argsort(keys, kind="stable")
        windows = [
            held[start : start + window]
            for held in np.split(order, np.flatnonzero(np.diff(keys[order])) + 1)
            for start in range(0, len(held) - window + 1, window)
        ]
        owners = np.array([keys[one[0]] for one in windows], np.int64)
        streams[stream] = accounts, owners, np.array([statistic(one) for one in windows])
    return Windows(null, streams)


def embed(traffic: Traffic) -> Vectors:
    """A unit vector of meaning a prompt, 256 dimensions."""
    import wordllama

    encoded = pc.dictionary_encode(
        pc.utf8_slice_codeunits(pc.fill_null(traffic.exchanges["prompt"], ""), 0, CHARACTERS).combine_chunks()
    )
    model = wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True)
    known = model.embed(encoded.dictionary.to_pylist(), norm=True, batch_size=16)
    meanings: Vectors = np.asarray(known, dtype=np.float32)[np.asarray(encoded.indices)]
    return meanings


def stream_of(traffic: Traffic, stream: str) -> tuple[Ints, Ints]:
    """The stream that each account belongs to, and the one that each exchange came in by."""
    if stream == "network":
        return traffic.usual_network, traffic.codes("asn")
    if stream == "client":
        return traffic.usual_client, traffic.codes("user_agent")
    accounts = np.arange(len(traffic.people)) if stream == "account" else traffic.made // DAY
    return accounts, accounts[traffic.sender]


def bandwidth(points: Vectors) -> float:
    """The median squared distance between the points."""
    squares = 2 - 2 * (points @ points.T)
    return float(max(np.median(squares[np.triu_indices(len(points), 1)]), 1e-6))


def mean_kernel(one: Vectors, other: Vectors, scale: float, same: bool) -> float:
    """The mean of the Gaussian kernel over pairs, without a point's own where both sides are the same."""
    kernel = np.exp(-np.maximum(2 - 2 * (one @ other.T), 0) / scale)
    if same:
        return float((kernel.sum() - np.trace(kernel)) / max(len(one) * (len(one) - 1), 1))
    return float(kernel.mean())


def discrepancy(window: Vectors, reference: Vectors, scale: float, within: float) -> float:
    """The unbiased estimate of the squared maximum mean discrepancy."""
    across = mean_kernel(window, reference, scale, False)
    return mean_kernel(window, window, scale, True) + within - 2 * across


def name(
    traffic: Traffic, measured: Windows, stream: str, false_alarms: float, share: float, way: str
) -> Groups:
    """Accounts of streams of which more than a share of the windows lies above the clean quantile."""
    accounts, owners, statistics = measured.streams[stream]
    if not len(owners):
        return {}
    keys, place = np.unique(owners, return_inverse=True)
    above = statistics > np.quantile(measured.null, 1 - false_alarms)
    fires = np.bincount(place, above) / np.bincount(place)
    flagged = np.flatnonzero(np.isin(accounts, keys[fires > share]))
    if stream == "account":
        return gathered(traffic, flagged, way)
    return named(traffic, flagged, accounts[flagged])
