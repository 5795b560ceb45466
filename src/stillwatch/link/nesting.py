"""Which of many overlapping clusters stand: near copies go, and so do phrases that better clusters explain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from stillwatch.link.membership import Cluster

WITHIN = 0.8
"""A cluster is a part of another when this share of its members belongs to it."""

COPY = 0.9
"""A cluster that holds this share of a larger one's members is that one over again."""

SAME_THEME = 0.5
"""Two clusters are of one theme when this share of the smaller one's templates is in both."""

CLAIMED = 0.5
"""A cluster goes when other themes tie this share of its members more strongly."""

CLEARLY_BITS = 1.0


def standing(found: Sequence[Cluster], accounts: int) -> tuple[tuple[Cluster, ...], tuple[int, ...]]:
    """The clusters that stand, largest first, and for each the smallest other that holds it (-1: none).

    accounts  how many there are
    """
    ordered = sorted(found, key=lambda c: (-len(c.members), c.members.tolist(), -len(c.templates)))
    unique = _without_copies(ordered, accounts)
    kept = [c for c, claimed in zip(unique, _claimed(unique, accounts), strict=True) if claimed < CLAIMED]
    return tuple(kept), _parents(kept, accounts)


def _without_copies(ordered: Sequence[Cluster], accounts: int) -> list[Cluster]:
    """Of clusters of nearly the same accounts the one that ties them most strongly."""
    shared = _in_common([c.members for c in ordered], accounts)
    sizes = np.array([len(c.members) for c in ordered], dtype=np.int64)
    strength = [float(np.median(c.bits)) for c in ordered]
    counts = np.zeros(len(ordered), dtype=np.int64)
    kept = np.zeros(len(ordered), dtype=np.int64)
    many = 0
    for number in range(len(ordered)):
        row = slice(shared.indptr[number], shared.indptr[number + 1])
        counts[shared.indices[row]] = shared.data[row]
        before = kept[:many]
        copies = np.flatnonzero(counts[before] >= COPY * sizes[before])
        if len(copies) == 0:
            kept[many] = number
            many += 1
        elif strength[number] > strength[kept[copies[0]]]:
            kept[copies[0]] = number
        counts[shared.indices[row]] = 0
    return [ordered[number] for number in kept[:many]]


def _claimed(clusters: Sequence[Cluster], accounts: int) -> list[float]:
    """For each cluster the share of its members that a cluster of another theme ties more strongly."""
    if not clusters:
        return []
    meeting = _in_common([c.members for c in clusters], accounts)
    templates = [c.templates for c in clusters]
    alike = _in_common(templates, 1 + max(int(t.max(initial=0)) for t in templates))
    sizes = np.array([len(t) for t in templates], dtype=np.int64)
    common = np.zeros(len(clusters), dtype=np.int64)
    strength = np.full(accounts, np.inf)
    claimed = np.zeros(accounts, dtype=bool)
    out = []
    for number, cluster in enumerate(clusters):
        row = slice(alike.indptr[number], alike.indptr[number + 1])
        common[alike.indices[row]] = alike.data[row]
        strength[cluster.members] = cluster.bits + CLEARLY_BITS
        others = meeting.indices[meeting.indptr[number] : meeting.indptr[number + 1]]
        # The cluster itself shares all its templates, and goes with those of its own theme.
        for other in others[common[others] < SAME_THEME * np.minimum(sizes[number], sizes[others])]:
            rival = clusters[other]
            claimed[rival.members[rival.bits > strength[rival.members]]] = True
        out.append(float(claimed[cluster.members].mean()))
        common[alike.indices[row]] = 0
        strength[cluster.members] = np.inf
        claimed[cluster.members] = False
    return out


def _parents(clusters: Sequence[Cluster], accounts: int) -> tuple[int, ...]:
    shared = _in_common([c.members for c in clusters], accounts)
    out = []
    for number, cluster in enumerate(clusters):
        row = slice(shared.indptr[number], shared.indptr[number + 1])
        before = shared.indices[row][shared.data[row] >= WITHIN * len(cluster.members)]
        out.append(int(before[before < number].max(initial=-1)))
    return tuple(out)


def _in_common(sets: Sequence[NDArray[np.int64]], universe: int) -> csr_array:
    """(sets, sets) how many of 0..universe-1 each two of them have in common, where any."""
    indptr = np.cumsum([0, *(len(each) for each in sets)])
    indices = np.concatenate(sets) if sets else np.zeros(0, dtype=np.int64)
    shows = csr_array((np.ones(len(indices), dtype=np.int64), indices, indptr), shape=(len(sets), universe))
    return csr_array(shows @ shows.T)
