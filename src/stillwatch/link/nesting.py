"""Which of many overlapping clusters stand: near copies go, and so do phrases that better clusters explain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from stillwatch.link.membership import Cluster
from stillwatch.link.products import products

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


def _claimed(clusters: Sequence[Cluster], accounts: int) -> list[float]:
    """For each cluster the share of its members that a cluster of another theme ties more strongly."""
    if not clusters:
        return []
    templates = [c.templates for c in clusters]
    sizes = np.array([len(t) for t in templates], dtype=np.int64)
    by_account = csr_array(_rows([c.members for c in clusters], [c.bits for c in clusters], accounts).T)
    common = np.zeros(len(clusters), dtype=np.int64)
    out = []
    alike = in_common(templates, 1 + max(int(t.max(initial=0)) for t in templates))
    for number, (kin, shared) in enumerate(alike):
        cluster = clusters[number]
        common[kin] = shared
        # Every cluster that ties one of the members, member by member.
        degree = np.diff(by_account.indptr)[cluster.members]
        member = np.repeat(np.arange(len(degree)), degree)
        begin = by_account.indptr[cluster.members] - np.cumsum(degree) + degree
        place = begin[member] + np.arange(len(member))
        rival = by_account.indices[place]
        stronger = by_account.data[place] > cluster.bits[member] + CLEARLY_BITS
        another = common[rival] < SAME_THEME * np.minimum(sizes[number], sizes[rival])
        out.append(len(np.unique(member[stronger & another])) / len(degree))
        common[kin] = 0
    return out


def _parents(clusters: Sequence[Cluster], accounts: int) -> tuple[int, ...]:
    out = []
    for number, (others, shared) in enumerate(in_common([c.members for c in clusters], accounts)):
        before = others[shared >= WITHIN * len(clusters[number].members)]
        out.append(int(before[before < number].max(initial=-1)))
    return tuple(out)


def in_common(
    sets: Sequence[NDArray[np.int64]], universe: int
) -> Iterator[tuple[NDArray[np.integer], NDArray[np.int64]]]:
    """For each set in turn: the sets, itself included, that share anything with it, and how much they share.

    sets      numbers 0..universe-1, each once in a set
    """
    if not sets:
        return
    shows = _rows(sets, [np.ones(len(each), dtype=np.int64) for each in sets], universe)
    for _, shared in products(shows):
        for begin, end in pairwise(shared.indptr):
            yield shared.indices[begin:end], shared.data[begin:end]


def _rows(sets: Sequence[NDArray[np.int64]], values: Sequence[NDArray[Any]], universe: int) -> csr_array:
    """(sets, universe) the value of each thing in each set."""
    indptr = np.cumsum([0, *(len(each) for each in sets)])
    return csr_array((np.concatenate(values), np.concatenate(sets), indptr), shape=(len(sets), universe))
