"""Networks of coordinated behaviour, by the coordination-network-toolkit of the QUT Digital Observatory (MIT).

Its networks link accounts that post the same text, similar text or the same link within seconds of each other. A
request is a post here, its prompt the text, its address the link.
Source: T. Graham and QUT Digital Observatory: Coordination Network Toolkit. doi:10.25912/RDF_1632782596538.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from peers.grouping import named
from peers.traffic import Groups, Ints, Traffic, settings

COLUMNS = ("exchange_id", "ip", "prompt")
CHEAP = settings(weight=(1, 2, 3, 5, 10, 20), method=("components", "louvain"))
GRID = tuple(
    (one, CHEAP)
    for one in (
        *settings(network=("same text",), seconds=(60, 3_600, 86_400)),
        *settings(network=("similar text",), seconds=(5,), similarity=(0.5, 0.8)),
        *settings(network=("same address",), seconds=(60, 3_600, 86_400)),
    )
)
MOST_EDGES = 300_000
"""Edges beyond which communities by Louvain's method take longer than all the rest."""

Edges = tuple[Ints, Ints, Ints]


def measure(traffic: Traffic, network: str, seconds: int, similarity: float = 0.9) -> Edges:
    """Edges of a network: places of two accounts and how many posts tie them."""
    import coordination_network_toolkit.compute_networks as toolkit
    from coordination_network_toolkit.preprocess import preprocess_data

    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
    with tempfile.TemporaryDirectory() as folder, Path(os.devnull).open("w") as nowhere:
        path = str(Path(folder) / "posts.db")
        with contextlib.redirect_stdout(nowhere):  # the toolkit prints what it does
            preprocess_data(path, _posts(traffic, network == "same address"))
            if network == "same text":
                toolkit.compute_co_tweet_network(path, seconds, n_threads=workers)
            elif network == "similar text":
                toolkit.compute_co_similar_tweet(path, seconds, workers, similarity)
            else:
                toolkit.compute_co_link_network(path, seconds, workers)
        table = {"same text": "co_tweet", "similar text": "co_similar_tweet", "same address": "co_link"}[
            network
        ]
        with contextlib.closing(sqlite3.connect(path)) as database:
            rows = database.execute(
                f"SELECT user_1, user_2, weight FROM {table}_network WHERE user_1 < user_2"
            ).fetchall()
    edges = np.array([(int(a), int(b), weight) for a, b, weight in rows], dtype=np.int64).reshape(-1, 3)
    return edges[:, 0], edges[:, 1], edges[:, 2]


def _posts(traffic: Traffic, links: bool) -> Iterator[tuple[Any, ...]]:
    """Exchanges as the toolkit takes them; users are places, so that they are short."""
    table = traffic.exchanges
    texts = [""] * len(table) if links else pc.fill_null(table["prompt"], "").to_pylist()
    addresses = table["ip"].to_pylist() if links else [None] * len(table)
    ids, when = table["exchange_id"].to_pylist(), (traffic.time // 1_000_000).tolist()
    for one, who, text, at, address in zip(ids, traffic.sender.tolist(), texts, when, addresses, strict=True):
        yield one, str(who), str(who), None, None, text, at, [address] if address else []


def name(traffic: Traffic, measured: Edges, weight: int, method: str) -> Groups:
    """Components, or communities by Louvain's method, over edges of at least this weight."""
    first, second, weights = (column[measured[2] >= weight] for column in measured)
    people = len(traffic.people)
    if method == "louvain" and len(first) <= MOST_EDGES:
        import networkx

        graph = networkx.Graph()
        graph.add_weighted_edges_from(zip(first.tolist(), second.tolist(), weights.tolist(), strict=True))
        labels = np.full(people, -1, np.int64)
        for number, held in enumerate(networkx.community.louvain_communities(graph, seed=0)):
            labels[list(held)] = number
    else:
        ties = csr_matrix((np.ones(len(first), np.int8), (first, second)), shape=(people, people))
        labels = connected_components(ties, directed=False)[1].astype(np.int64)
    return named(traffic, np.arange(people), labels)
