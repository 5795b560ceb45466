"""Client: one client software, where others use many."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from stillwatch.score.observation import INFERENCE_ACCESS, Observation, percent
from stillwatch.score.scene import Population, Scene, distinct_pairs
from stillwatch.stats.evidence import concentration_factor


def one_client(scene: Scene, people: Population, clients: Mapping[int, int]) -> Observation | None:
    """The accounts come with few clients (user agent and TLS fingerprint together).

    clients  accounts that show each client
    """
    known = scene.client != 0
    if known.sum() < 10:
        return None
    shown, _, _ = distinct_pairs(scene.client[known], scene.who[known])
    names, own = np.unique(shown, return_counts=True)
    bins = np.array(sorted(set(clients) | {int(n) for n in names}), dtype=np.int64)
    counts = np.zeros(len(bins), dtype=np.int64)
    counts[np.searchsorted(bins, names)] = own
    others = (
        np.maximum(np.array([clients.get(int(b), 0) for b in bins], dtype=np.float64) - counts, 0.0) + 0.5
    )
    share = others / others.sum()
    # Of clients that equally many use, the one that others use least: names decide nothing.
    top = int(np.lexsort((share, -counts))[0])
    return Observation(
        "client",
        "one_client",
        concentration_factor(counts, share, 4.0),
        int(counts[top]),
        f"{percent(counts[top] / scene.size)} of the accounts use one and the same client; "
        f"of the other accounts' clients it is {percent(share[top])}.",
        INFERENCE_ACCESS,
    )
