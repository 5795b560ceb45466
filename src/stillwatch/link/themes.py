"""Templates that the same accounts show, gathered into themes by Leiden communities.

The graph is the projection of the bipartite account–template graph on its templates: an account may
belong to several themes, so other people's traffic in a mixed account adds edges elsewhere and takes
none away.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import graspologic_native
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from stillwatch.link.kin import Kin, apart, further_apart, overlaps

RESOLUTIONS = (0.15, 0.35, 0.6)
"""Templates stay together while their accounts overlap by more than this on average (cosine): loosely, so
that wording that drifts stays one theme, and tightly, so that a phrase in common ties no strangers."""

HUB_TEMPLATES = 200
"""Of an account that shows more templates, its rarest so many count: a hub links nothing."""

LEAST_OVERLAP = RESOLUTIONS[0] / 2
"""Two templates whose accounts overlap less are not linked."""

SEED = 20260422


def themes(holders: csr_array, threads: int = 1) -> Iterator[NDArray[np.int64]]:
    """The theme of each template at each of RESOLUTIONS, numbered 0.. in the order of its first template.

    The next are sought while the caller works with those that it has.

    holders  (templates, accounts) non-zero where the account shows the template
    threads  parts of the graph in which themes are sought at a time; they are the same with any
    source   Traag, Waltman & van Eck 2019, Scientific Reports 9: Leiden, constant Potts model;
             a node order that rests on the accounts alone makes it the same for any order of rows
    """
    if holders.shape[0] == 0:
        yield from (np.zeros(0, dtype=np.int64) for _ in RESOLUTIONS)
        return
    order = _canonical_order(holders)
    # In that order before hubs are cut: of equally rare templates none is kept for its name.
    links = overlaps(_without_hubs(csr_array(holders[order])), threads, LEAST_OVERLAP)
    kin = apart(links, order, RESOLUTIONS[0])
    del links
    with ThreadPoolExecutor(threads, thread_name_prefix="themes") as pool:
        sought = _sought(pool, kin, RESOLUTIONS[0])
        for tighter in (*RESOLUTIONS[1:], None):
            labels = _gathered(sought, len(order))
            if tighter is not None:
                kin = further_apart(kin, tighter)
                sought = _sought(pool, kin, tighter)
            yield labels


def _sought(pool: ThreadPoolExecutor, kin: Kin, resolution: float) -> Iterator[Found]:
    """Templates of each part of the graph with their communities; the pool has begun to seek them."""
    # Leiden runs outside the interpreter's lock, in each part on its own; the longest runs begin first.
    parts = sorted(kin.parts(), key=kin.links_of, reverse=True)
    communities = pool.map(partial(_communities, kin, resolution), parts)
    return zip([kin.templates[part] for part in parts], communities, strict=True)


def _gathered(found: Iterator[Found], count: int) -> NDArray[np.int64]:
    """(count,) the theme of each template."""
    labels = np.empty(count, dtype=np.int64)
    told = 0
    for templates, communities in found:
        labels[templates] = communities + told
        told += len(communities)
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)


Found = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Templates of a part, and the community of each."""


def _communities(kin: Kin, resolution: float, part: slice) -> NDArray[np.int64]:
    """(k,) the community of each of the part's templates, from 0."""
    count = part.stop - part.start
    ends, others, weights = kin.within(part)
    if len(others) == 0:
        return np.arange(count, dtype=np.int64)
    if len(others) == count * (count - 1) and weights.min() > resolution:
        return np.zeros(count, dtype=np.int64)
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
    return np.array([communities[node] for node in range(count)], dtype=np.int64)


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
