"""Which of many overlapping clusters stand: near copies go, and so do phrases that better clusters explain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

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
    kept: list[Cluster] = []
    masks: list[NDArray[np.bool_]] = []
    for cluster in ordered:
        for number, mask in enumerate(masks):
            if mask[cluster.members].sum() >= COPY * len(kept[number].members):
                if np.median(cluster.bits) > np.median(kept[number].bits):
                    kept[number], masks[number] = cluster, _mask(cluster, accounts)
                break
        else:
            kept.append(cluster)
            masks.append(_mask(cluster, accounts))
    return kept


def _claimed(clusters: Sequence[Cluster], accounts: int) -> list[float]:
    """For each cluster the share of its members that a cluster of another theme ties more strongly."""
    strength = np.zeros(accounts)
    out = []
    templates = [frozenset(c.templates.tolist()) for c in clusters]
    masks = [_mask(c, accounts) for c in clusters]
    for number, cluster in enumerate(clusters):
        strength[cluster.members] = cluster.bits + CLEARLY_BITS
        claimed = np.zeros(accounts, dtype=bool)
        for other, rival in enumerate(clusters):
            if other == number:
                continue
            both = masks[number][rival.members]
            if not both.any():
                continue
            smaller = min(len(templates[number]), len(templates[other]))
            if len(templates[number] & templates[other]) >= SAME_THEME * smaller:
                continue
            stronger = both & (rival.bits > strength[rival.members])
            claimed[rival.members[stronger]] = True
        out.append(float(claimed[cluster.members].mean()))
    return out


def _parents(clusters: Sequence[Cluster], accounts: int) -> tuple[int, ...]:
    masks = [_mask(c, accounts) for c in clusters]
    return tuple(
        next(
            (
                before
                for before in range(number - 1, -1, -1)
                if masks[before][cluster.members].sum() >= WITHIN * len(cluster.members)
            ),
            -1,
        )
        for number, cluster in enumerate(clusters)
    )


def _mask(cluster: Cluster, accounts: int) -> NDArray[np.bool_]:
    mask = np.zeros(accounts, dtype=bool)
    mask[cluster.members] = True
    return mask
