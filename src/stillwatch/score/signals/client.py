"""Client: one client software, where others use many; changes of client or parameters in one hour."""

from __future__ import annotations

import numpy as np

from stillwatch.kernels.ordering import counted
from stillwatch.kernels.streams import changed_within
from stillwatch.model.exchanges import DAY
from stillwatch.score.degrees import Counts
from stillwatch.score.observation import INFERENCE_ACCESS, Observation, percent
from stillwatch.score.scene import Floats, Ints, Population, Scene, distinct_pairs
from stillwatch.stats.evidence import concentration_factor

HOUR = DAY // 24

CHANGED = 8
"""Fewer accounts that change tell nothing."""

CHANGED_SHARE = 0.25
"""A group changes in step only when so many of it change at all."""

MOST = 400
"""More accounts make the measurement no better than the laws that it is compared with."""


def one_client(scene: Scene, people: Population, clients: Counts) -> Observation | None:
    """The accounts come with few clients (user agent and TLS fingerprint together).

    clients  accounts that show each client
    """
    known = scene.client != 0
    if known.sum() < 10:
        return None
    shown, _, _ = distinct_pairs(scene.client[known], scene.who[known])
    names, own = np.unique(shown, return_counts=True)
    bins = np.union1d(clients.names, names)
    counts = np.zeros(len(bins), dtype=np.int64)
    counts[np.searchsorted(bins, names)] = own
    others = np.maximum(clients.of(bins) - counts, 0) + 0.5
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


def lockstep(scene: Scene, people: Population) -> Observation | None:
    """The accounts change their client or their parameters in one and the same hour, each once and for all.

    A change lies between two exchanges. Who changes at a time of his own is between any two of his as likely as
    they are far apart: that is expected of each hour, and compared with how many can have changed in it.
    """
    by_member = counted(scene.who)  # of each member in the order of time, as they lie
    told = [
        found
        for values in (scene.client, scene.parameters)
        if (found := _changes(scene, values, by_member)) is not None
    ]
    if not told:
        return None
    factors = [
        concentration_factor(covers, expected, 4.0, total=changed) for covers, expected, changed, _ in told
    ]
    # What is said is said of the more telling of the two; which one that is was not known: their mean counts.
    covers, expected, changed, hour = told[int(np.argmax(factors))]
    top = int(np.argmax(covers - changed * expected))
    return Observation(
        "client",
        "lockstep",
        float(np.mean(factors)),
        int(covers[top]),
        f"{int(covers[top]):,} of {changed:,} accounts that change their client or parameters once can all have done "
        f"so in the hour from {np.datetime64(int(hour[top]), 'us').astype('datetime64[m]')}; were each to change at "
        f"a time of its own, {percent(float(expected[top]))} would be expected.",
        INFERENCE_ACCESS,
    )


def _changes(scene: Scene, values: Ints, order: Ints) -> tuple[Ints, Floats, int, Ints] | None:
    """(how many can have changed in each hour, the share expected, how many change at all, the hours).

    order  places of the exchanges by member and time

    Only accounts count that show one value and from some time on another one; None with too few of them.
    """
    order = order[values[order] != 0]
    who, ts, value = scene.who[order], scene.ts[order], values[order]
    same = who[1:] == who[:-1]
    turns = np.flatnonzero(same & (value[1:] != value[:-1]))
    once = turns[np.bincount(who[turns], minlength=scene.size)[who[turns]] == 1]
    if len(once) < max(CHANGED, CHANGED_SHARE * scene.size):
        return None
    once = once[np.unique(np.linspace(0, len(once) - 1, min(len(once), MOST)).astype(np.int64))]
    hour = np.arange(ts[once].min() // HOUR, ts[once + 1].max() // HOUR + 1) * HOUR
    first, last = np.searchsorted(who, [who[once], who[once] + 1])
    covers, expected = changed_within(ts, once, first, last, hour, HOUR)
    return covers, np.clip(expected / len(once), 1e-4, 1.0 - 1e-4), len(once), hour
