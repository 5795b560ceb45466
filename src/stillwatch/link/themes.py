"""Templates that the same accounts show, gathered into themes by Leiden communities.

The graph is the projection of the bipartite account–template graph on its templates: an account may
belong to several themes, so other people's traffic in a mixed account adds edges elsewhere and takes
none away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import graspologic_native
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from stillwatch.kernels.blocks import Listed
from stillwatch.link.kin import Kin, apart, further_apart, overlaps

RESOLUTIONS = (0.15, 0.35, 0.6)
"""Templates stay together while their accounts overlap by more than this on average (cosine): loosely, so
that wording that drifts stays one theme, and tightly, so that a phrase in common ties no strangers."""

HUB_TEMPLATES = 200
"""Of an account that shows more templates, its rarest so many count: a hub links nothing."""

JOINED_OVER = 0.25
"""Themes are joined where their templates overlap by more than this on average: an operator's texts whose accounts fill
several each. By less, a phrase that an app has in common with them ties its users, too."""

LEVELS = 1 + len(RESOLUTIONS)

AS_FOUND = 1
"""From this level on themes are as found; those of the first are joined."""

LEAST_OVERLAP = RESOLUTIONS[0] / 2
"""Two templates whose accounts overlap less are not linked."""

SEED = 20260422


def themes(holders: csr_array, threads: int = 1) -> Iterator[NDArray[np.int64]]:
    """The theme of each template, numbered 0.. in the order of its first template: LEVELS times, ever more tightly.

    First the themes of the loosest of RESOLUTIONS with those in one that are worth joining, then those of each as found.
    The next are sought while the caller works with those that it has.

    holders  (templates, accounts) non-zero where the account shows the template
    threads  parts of the graph in which themes are sought at a time; they are the same with any
    source   Traag, Waltman & van Eck 2019, Scientific Reports 9: Leiden, constant Potts model;
             a node order that rests on the accounts alone makes it the same for any order of rows
    """
    if holders.shape[0] == 0:
        yield from (np.zeros(0, dtype=np.int64) for _ in range(LEVELS))
        return
    order = _canonical_order(holders)
    # In that order before hubs are cut: of equally rare templates none is kept for its name.
    links = overlaps(_without_hubs(csr_array(holders[order])), threads, LEAST_OVERLAP)
    kin = apart(links, order, RESOLUTIONS[0])
    del links
    with ThreadPoolExecutor(threads, thread_name_prefix="themes") as pool:
        sought = _sought(pool, kin, _joined_and_found)
        for tighter in (*RESOLUTIONS[1:], None):
            labels = _gathered(sought, len(order))
            if tighter is not None:
                kin = further_apart(kin, tighter)
                sought = _sought(pool, kin, partial(_found, tighter))
            yield from labels


def _sought(pool: ThreadPoolExecutor, kin: Kin, look: Callable[[int, Listed], Labels]) -> Iterator[Found]:
    """Templates of each part of the graph with their communities; the pool has begun to seek them."""
    # Leiden runs outside the interpreter's lock, in each part on its own; the longest runs begin first.
    parts = sorted(kin.parts(), key=kin.links_of, reverse=True)
    communities = pool.map(lambda part: look(part.stop - part.start, kin.within(part)), parts)
    return zip([kin.templates[part] for part in parts], communities, strict=True)


def _gathered(found: Iterator[Found], count: int) -> Labels:
    """(levels, count) the theme of each template."""
    labels = np.empty((0, count), dtype=np.int64)
    told = 0
    for templates, communities in found:
        if not len(labels):
            labels = np.empty((len(communities), count), dtype=np.int64)
        labels[:, templates] = communities + told
        told += int(communities.max()) + 1
    return np.array([_in_order(level) for level in labels])


def _in_order(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Labels numbered 0.. in the order of their first place."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)


Labels = NDArray[np.int64]
"""(levels, k) the community of each template, from 0."""

Found = tuple[NDArray[np.int64], Labels]
"""Templates of a part, and their communities."""


def _joined_and_found(count: int, listed: Listed) -> Labels:
    """(2, count) the communities of a part at the loosest of RESOLUTIONS, joined by JOINED_OVER, and as found."""
    (found,) = _found(RESOLUTIONS[0], count, listed)
    return np.array([worth_joining(found, listed, JOINED_OVER), found])


def _found(resolution: float, count: int, listed: Listed) -> Labels:
    """(1, count) the communities of a part."""
    ends, others, weights = listed
    if len(others) == 0:
        return np.arange(count, dtype=np.int64)[None]
    if len(others) == count * (count - 1) and weights.min() > resolution:
        return np.zeros((1, count), dtype=np.int64)
    _, communities = graspologic_native.leiden_csr(
        ends,
        others,
        weights,
        count,
        resolution=resolution,
        use_modularity=False,
        iterations=1,  # more raise what is maximised by less than 2 in 10,000, and each takes its time again
        seed=SEED,
        trials=1,
    )
    return np.array([[communities[node] for node in range(count)]], dtype=np.int64)


def worth_joining(communities: NDArray[np.int64], listed: Listed, resolution: float) -> NDArray[np.int64]:
    """(k,) the communities after joining those whose links weigh more than `resolution` for each pair across.

    communities  (k,) of each node, from 0; listed: the links of each node

    Leiden would, but graspologic 1.3 leaves groups of nodes as they are once it has gathered them: of two blocks of ten
    whose links across weigh six times the resolution it may make two communities. Those that gain most by it are joined first.
    """
    ends, others, weights = listed
    label = communities.astype(np.int32)
    here, there = np.repeat(label, np.diff(ends)), label[others]
    once = np.flatnonzero(here < there)
    one, other, weight = here[once].astype(np.int64), there[once].astype(np.int64), weights[once]
    del here, there  # as long as the links
    sizes = np.bincount(communities).astype(np.float64)
    into = np.arange(len(sizes))
    while len(one):
        pair, place = np.unique(one * len(sizes) + other, return_inverse=True)
        one, other = np.divmod(pair, len(sizes))
        weight = np.bincount(place, weights=weight).astype(np.float64)
        gain = weight - resolution * sizes[one] * sizes[other]
        gains = np.flatnonzero(gain > 0.0)
        if not len(gains):
            break
        rank = np.empty(len(gains), dtype=np.int64)
        rank[np.lexsort((gains, -gain[gains]))] = np.arange(len(gains))
        best = np.full(len(sizes), len(gains))
        np.minimum.at(best, one[gains], rank)
        np.minimum.at(best, other[gains], rank)
        mutual = gains[(best[one[gains]] == rank) & (best[other[gains]] == rank)]
        step = np.arange(len(sizes))
        step[other[mutual]] = one[mutual]
        sizes[one[mutual]] += sizes[other[mutual]]
        into, one, other = step[into], step[one], step[other]
        swap = one > other
        one, other = np.where(swap, other, one), np.where(swap, one, other)
        across = one != other
        one, other, weight = one[across], other[across], weight[across]
    return np.unique(into[communities], return_inverse=True)[1].astype(np.int64)


def _without_hubs(holders: csr_array) -> csr_array:
    """Holders with only the HUB_TEMPLATES rarest templates of each account."""
    by_account = csr_array(holders.T)
    sizes = np.diff(by_account.indptr)
    if sizes.max(initial=0) <= HUB_TEMPLATES:
        return holders
    degree = np.diff(holders.indptr)
    keep = np.ones(by_account.nnz, dtype=bool)
    for account in np.flatnonzero(sizes > HUB_TEMPLATES):
        span = slice(by_account.indptr[account], by_account.indptr[account + 1])
        rank = np.argsort(degree[by_account.indices[span]], kind="stable")
        mask = np.zeros(sizes[account], dtype=bool)
        mask[rank[:HUB_TEMPLATES]] = True
        keep[span] = mask
    rows = np.repeat(np.arange(by_account.shape[0]), sizes)[keep]
    kept = (by_account.data[keep], (by_account.indices[keep], rows))
    return csr_array(kept, shape=holders.shape)


def _canonical_order(holders: csr_array) -> NDArray[np.int64]:
    """An order of templates that rests on who shows them, never on how they are named."""
    multiplier = np.uint64(0x9E3779B97F4A7C15)
    with np.errstate(over="ignore"):
        mixed = (holders.indices.astype(np.uint64) + np.uint64(1)) * multiplier
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
        sums = np.add.reduceat(np.append(mixed, np.uint64(0)), holders.indptr[:-1])
    degree = np.diff(holders.indptr)
    weight = np.asarray(holders.sum(axis=1)).ravel()
    return np.lexsort((weight, sums, degree))
