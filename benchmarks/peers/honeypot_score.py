"""The suspicion score that honeypotllm 0.1.3 (Apache-2.0) gives each key, replayed over the logs.

Its scorer reads the clock; the logs' own times stand in for it here, so that rates and pauses are the traffic's. It
tracks 10,000 keys at once and forgets the others; here it forgets none.
"""

from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np
import pyarrow.compute as pc

from peers.grouping import WAYS, gathered
from peers.traffic import Floats, Groups, Traffic, settings

COLUMNS = ("asn", "prompt", "user_agent")
GRID = tuple(
    (one, settings(threshold=(0.1, 0.25, 0.5, 0.75, 1.0), way=WAYS))
    for one in settings(similarity=(0.2, 0.4), day=(20, 200, 5_000), pause=(0.5, 30.0))
)
READ = 120
"""Characters of a prompt that the scorer reads."""


def measure(traffic: Traffic, similarity: float, day: int, pause: float) -> Floats:
    """The highest score that each account reaches.

    similarity  of a prompt with the one before it, above which the score rises
    day         requests a day that are allowed; 1/10 of it in an hour, 1/100 (at least 3) in a minute
    pause       seconds between requests below which the score rises
    """
    from honeypotllm import scoring
    from honeypotllm.config import ScoringConfig

    config = ScoringConfig(
        sequential_input_similarity_threshold=similarity,
        requests_per_day_threshold=day,
        requests_per_hour_threshold=max(day // 10, 5),
        requests_per_minute_threshold=max(day // 100, 3),
        min_gap_seconds=pause,
    )
    scorer = scoring.SuspicionScorer(config)
    clock = SimpleNamespace(now=0.0)
    own, most = scoring.time, scoring._MAX_TRACKED_KEYS
    started = time.time()  # states are born with the true time, so the logs begin there
    prompts = pc.utf8_slice_codeunits(pc.fill_null(traffic.exchanges["prompt"], ""), 0, READ).to_pylist()
    out = np.zeros(len(traffic.people))
    seconds = (traffic.time - traffic.time[0]) / 1e6 + started
    scoring.time = SimpleNamespace(time=lambda: clock.now)
    scoring._MAX_TRACKED_KEYS = len(out) + 1
    try:
        for who, at, prompt in zip(traffic.sender.tolist(), seconds.tolist(), prompts, strict=True):
            clock.now = at
            out[who] = max(out[who], scorer.score_request(str(who), prompt=prompt).score_after)
    finally:
        scoring.time, scoring._MAX_TRACKED_KEYS = own, most
    return out


def name(traffic: Traffic, measured: Floats, threshold: float, way: str) -> Groups:
    """Accounts whose score reaches a threshold."""
    return gathered(traffic, np.flatnonzero(measured >= threshold), way)
