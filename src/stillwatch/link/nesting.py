"""Which of many overlapping clusters stand: near copies go, and so do phrases that better clusters explain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stillwatch.link.claims import Shown, unclaimed
from stillwatch.link.membership import Cluster
from stillwatch.link.products import in_common

WITHIN = 0.8
"""A cluster is a part of another when this share of its members belongs to it."""

COPY = 0.9
"""A cluster that holds this share of a larger one's members is that one over again."""


def standing(
    found: Sequence[Cluster], accounts: int, shown: Shown
) -> tuple[tuple[Cluster, ...], tuple[int, ...]]:
    """The clusters that stand, largest first, and for each the smallest other that holds it (-1: none).

    accounts  how many there are
    shown     asked for the exchanges of some of them
    """
    ordered = sorted(found, key=lambda c: (-len(c.members), c.members.tolist(), -len(c.templates)))
    unique = _without_copies(ordered, accounts)
    kept = unclaimed(unique, accounts, shown)
    return tuple(kept), _parents(kept, accounts)


def _without_copies(ordered: Sequence[Cluster], accounts: int) -> list[Cluster]:
    """Of clusters of nearly the same accounts the one that ties them most strongly."""
    sizes = np.array([len(c.members) for c in ordered], dtype=np.int64)
    strength = [float(np.median(c.bits)) for c in ordered]
    counts = np.zeros(len(ordered), dtype=np.int64)
    kept = np.zeros(len(ordered), dtype=np.int64)
    many = 0
    for number, (others, shared) in enumerate(in_common([c.members for c in ordered], accounts)):
        counts[others] = shared
        before = kept[:many]
        copies = np.flatnonzero(counts[before] >= COPY * sizes[before])
        if len(copies) == 0:
            kept[many] = number
            many += 1
        elif strength[number] > strength[kept[copies[0]]]:
            kept[copies[0]] = number
        counts[others] = 0
    return [ordered[number] for number in kept[:many]]


def _parents(clusters: Sequence[Cluster], accounts: int) -> tuple[int, ...]:
    out = []
    for number, (others, shared) in enumerate(in_common([c.members for c in clusters], accounts)):
        before = others[shared >= WITHIN * len(clusters[number].members)]
        out.append(int(before[before < number].max(initial=-1)))
    return tuple(out)
