"""Templates that the same accounts show, gathered into themes by Leiden communities.

The graph is the projection of the bipartite account–template graph on its templates: an account may
belong to several themes, so other people's traffic in a mixed account adds edges elsewhere and takes
none away.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import graspologic_native
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from stillwatch.engines.batches import in_order
from stillwatch.kernels.common import common
from stillwatch.kernels.components import components
from stillwatch.link.products import spans

RESOLUTIONS = (0.15, 0.35, 0.6)
"""Templates stay together while their accounts overlap by more than this on average (cosine): loosely, so
that wording that drifts stays one theme, and tightly, so that a phrase in common ties no strangers."""

HUB_TEMPLATES = 200
"""Of an account that shows more templates, its rarest so many count: a hub links nothing."""

MIN_OVERLAP = 3
"""Two templates that fewer accounts share are not linked."""

SEED = 20260422


def themes(holders: csr_array, threads: int = 1) -> Iterator[NDArray[np.int64]]:
    """The theme of each template at each of RESOLUTIONS, numbered 0.. in the order of its first template.

    The next are sought while the caller works with those that it has.

    holders  (templates, accounts) non-zero where the account shows the template
    threads  parts of the graph in which themes are sought at a time; they are the same with any
    source   Traag, Waltman & van Eck 2019, Scientific Reports 9: Leiden, constant Potts model;
             a node order that rests on the accounts alone makes it the same for any order of rows
    """
    count = holders.shape[0]
    if count == 0:
        yield from (np.zeros(0, dtype=np.int64) for _ in RESOLUTIONS)
        return
    order = _canonical_order(holders)
    graph = overlap(_without_hubs(holders), threads)[order][:, order]
    graph.sort_indices()
    with ThreadPoolExecutor(threads, thread_name_prefix="themes") as pool:
        sought = _sought(pool, graph, RESOLUTIONS[0])
        for tighter in (*RESOLUTIONS[1:], None):
            labels = _gathered(sought, order)
            if tighter is not None:
                sought = _sought(pool, graph, tighter)
            yield labels


def _sought(pool: ThreadPoolExecutor, graph: csr_array, resolution: float) -> Iterator[Found]:
    """The parts of the graph with the communities of each; the pool has begun to seek them."""
    # Leiden runs outside the interpreter's lock, in each part on its own; the longest runs begin first.
    parts = sorted(_apart(graph, resolution), key=lambda part: -part.graph.nnz)
    return zip([part.templates for part in parts], pool.map(_communities, parts), strict=True)


def _gathered(found: Iterator[Found], order: NDArray[np.int64]) -> NDArray[np.int64]:
    """The theme of each template, by its own number: order[k] is that of the template at place k of the graph."""
    labels = np.empty(len(order), dtype=np.int64)
    told = 0
    for templates, communities in found:
        labels[order[templates]] = communities + told
        told += len(communities)
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)


Sets = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]
"""The accounts of each template, and the templates of each account, as `common` takes them."""

Found = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Templates of a part, by their places in the whole graph, and the community of each."""


@dataclass(frozen=True, slots=True)
class Part:
    """Templates that no theme has in common with others.

    templates   (k,) their places in the whole graph; graph (k, k) their links
    """

    resolution: float
    templates: NDArray[np.int64]
    graph: csr_array


def _apart(graph: csr_array, resolution: float) -> Iterator[Part]:
    """The parts of the graph that no theme of the resolution reaches across, those of one template together.

    Between parts no link is above the resolution. In the constant Potts model two groups of templates are worth joining
    when their links weigh more than `resolution` for each pair across, which no pair across then does: neither the
    best themes nor any step that Leiden takes joins templates of two parts. Each is a matter of its own accounts alone.
    """
    row = np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr))
    heavy = graph.data > resolution
    part = components(graph.shape[0], row[heavy], graph.indices[heavy].astype(np.int64))
    order = np.argsort(part, kind="stable")
    inside = part[row] == part[graph.indices]
    kept = (graph.data[inside], (row[inside], graph.indices[inside]))
    blocks = csr_array(csr_array(kept, shape=graph.shape)[order][:, order])
    sizes = np.bincount(part)
    ends = np.cumsum(sizes)
    alone = order[np.repeat(sizes == 1, sizes)]
    yield Part(resolution, alone, csr_array((len(alone), len(alone))))
    for end, size in zip(ends[sizes > 1], sizes[sizes > 1], strict=True):
        first, last = blocks.indptr[end - size], blocks.indptr[end]
        links = (
            blocks.data[first:last],
            blocks.indices[first:last] - (end - size),
            blocks.indptr[end - size : end + 1] - first,
        )
        yield Part(resolution, order[end - size : end], csr_array(links, shape=(size, size)))


def _communities(part: Part) -> NDArray[np.int64]:
    """(k,) the community of each of the part's templates, from 0."""
    count, graph = len(part.templates), part.graph
    if graph.nnz == 0:
        return np.arange(count, dtype=np.int64)
    if graph.nnz == count * (count - 1) and graph.data.min() > part.resolution:
        return np.zeros(count, dtype=np.int64)
    graph.sort_indices()
    _, communities = graspologic_native.leiden_csr(
        graph.indptr.astype(np.int64),
        graph.indices.astype(np.int32),
        graph.data.astype(np.float64),
        count,
        resolution=part.resolution,
        use_modularity=False,
        iterations=1,  # more raise what is maximised by less than 2 in 10,000, and each takes its time again
        seed=SEED,
        trials=1,
    )
    return np.array([communities[node] for node in range(count)], dtype=np.int64)


def overlap(holders: csr_array, threads: int = 1) -> csr_array:
    """The cosine of the account sets of each two templates that at least MIN_OVERLAP accounts share.

    holders  (templates, accounts); symmetric (templates, templates) comes back, its diagonal empty
    """
    degree = np.diff(holders.indptr).astype(np.float64)
    told = holders.copy()
    told.eliminate_zeros()  # who shows a template around no words at all shares it with nobody
    by_account = csr_array(told.T)
    sets = (*_lists(told), *_lists(by_account))
    look = partial(_overlapping, sets, degree, holders.shape[1])
    kept = list(in_order(look, spans(told, by_account), threads))
    rows, columns, weight = (np.concatenate([part[i] for part in kept]) for i in range(3))
    half = csr_array((weight, (rows, columns)), shape=(holders.shape[0],) * 2)
    return csr_array(half + half.T)


def _lists(table: csr_array) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    return table.indptr.astype(np.int64), table.indices.astype(np.int32)


def _overlapping(
    sets: Sets, degree: NDArray[np.float64], accounts: int, span: slice
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """The pairs (row of the span, later row) that overlap enough to be linked, and their weights."""
    rows, columns, both = common(*sets, span, MIN_OVERLAP)
    # Overlap by accident is taken off, so that two popular templates are not kin.
    accident = degree[rows] * degree[columns] / accounts
    weight = np.maximum(both - accident, 0.0) / np.sqrt(degree[rows] * degree[columns])
    keep = weight > RESOLUTIONS[0] / 2
    return rows[keep], columns[keep], weight[keep]


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
