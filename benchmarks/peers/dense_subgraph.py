"""Dense blocks of accounts and the things they show, peeled greedily with logarithmic weights.

An edge to a thing that d accounts show weighs 1 / log(d + 5), so that camouflage with popular things gains nothing.
What lowers the mean weight of those that stay the most goes first; the densest state on the way is a block. Its
edges are then taken out, and the next block is sought.
Source: B. Hooi, H. A. Song, A. Beutel, N. Shah, K. Shin, C. Faloutsos: FRAUDAR: Bounding Graph Fraud in the Face of
Camouflage. KDD 2016. Written from the paper.
"""

from __future__ import annotations

import heapq

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from peers.grouping import SMALLEST
from peers.traffic import Groups, Ints, Traffic, coded, distinct, settings

COLUMNS = ("ip", "prompt", "user_agent")
BLOCKS = 12
GRID = tuple(
    (one, settings(blocks=(1, 2, 3, 4, 5, 6, 8, 10, 12), kept=(1, 2)))
    for one in settings(things=("addresses", "addresses and purses", "prompts", "openings", "all"))
)
OPENING = 48
"""Characters of a prompt's opening."""

Pairs = tuple[Ints, Ints]


def measure(traffic: Traffic, things: str) -> list[Pairs]:
    """Blocks in the order found, each the edges that it took: accounts and things."""
    who, what = edges(traffic, things)
    pairs = np.stack(distinct(who, what))
    degree = np.bincount(pairs[1])
    pairs = pairs[:, degree[pairs[1]] >= 2]
    blocks: list[Pairs] = []
    while pairs.shape[1] and len(blocks) < BLOCKS:
        accounts, objects = peel(*pairs)
        inside = np.isin(pairs[0], accounts) & np.isin(pairs[1], objects)
        blocks.append((pairs[0][inside], pairs[1][inside]))
        pairs = pairs[:, ~inside]
    return blocks


def edges(traffic: Traffic, things: str) -> Pairs:
    """Pairs of an account and a thing that it shows."""
    people = np.arange(len(traffic.people))
    parts: list[Pairs] = []
    if things in ("addresses", "addresses and purses", "all"):
        parts.append((traffic.sender, traffic.codes("ip")))
    if things in ("addresses and purses", "all"):
        parts += [
            (people, traffic.codes(one, of_accounts=True))
            for one in ("payment_hash", "phone_hash", "signup_ip")
        ]
    if things == "prompts":
        parts.append((traffic.sender, traffic.codes("prompt")))
    if things in ("openings", "all"):
        text = pc.utf8_lower(
            pc.utf8_slice_codeunits(pc.fill_null(traffic.exchanges["prompt"], ""), 0, OPENING)
        )
        parts.append((traffic.sender, coded(pa.chunked_array(text.chunks, pa.string()))))
    who = np.concatenate([one for one, _ in parts])
    what = np.concatenate(
        [np.where(codes >= 0, codes * len(parts) + number, -1) for number, (_, codes) in enumerate(parts)]
    )
    return who[what >= 0], np.unique(what[what >= 0], return_inverse=True)[1]


def peel(who: Ints, what: Ints) -> Pairs:
    """Accounts and things of the densest state on the way down.

    who, what   (n,) edges, each once
    cost        n log n in the number of edges
    """
    accounts, who = np.unique(who, return_inverse=True)
    things, what = np.unique(what, return_inverse=True)
    people, total = len(accounts), len(accounts) + len(things)
    weight = 1 / np.log(np.bincount(what) + 5.0)
    ends = np.concatenate([who, people + what]), np.concatenate([people + what, who])
    order = np.argsort(ends[0], kind="stable")
    others = ends[1][order].tolist()
    starts = np.concatenate([[0], np.cumsum(np.bincount(ends[0], minlength=total))]).tolist()
    edge = weight[np.concatenate([what, what])][order].tolist()
    value = np.bincount(ends[0], weight[np.concatenate([what, what])], minlength=total).tolist()
    heap = [(held, node) for node, held in enumerate(value)]
    heapq.heapify(heap)
    mass, left = sum(value) / 2, total
    best, best_at, gone, removed = mass / left, 0, [False] * total, []
    while heap:
        held, node = heapq.heappop(heap)
        if gone[node] or held > value[node]:
            continue  # an older, larger value of a node that was pushed again
        gone[node] = True
        removed.append(node)
        mass, left = mass - held, left - 1
        for at in range(starts[node], starts[node + 1]):
            other = others[at]
            if not gone[other]:
                value[other] -= edge[at]
                heapq.heappush(heap, (value[other], other))
        if left and mass / left > best + 1e-12:
            best, best_at = mass / left, len(removed)
    stays = np.ones(total, bool)
    stays[np.array(removed[:best_at], dtype=np.int64)] = False
    return accounts[stays[:people]], things[stays[people:]]


def name(traffic: Traffic, measured: list[Pairs], blocks: int, kept: int) -> Groups:
    """The first blocks, each account in the first that holds it with `kept` things or more."""
    seen: set[str] = set()
    groups = {}
    for number, (who, _) in enumerate(measured[:blocks]):
        places, times = np.unique(who, return_counts=True)
        held = traffic.ids(places[times >= kept]) - seen
        seen |= held
        if len(held) >= SMALLEST:
            groups[f"block {number + 1:02d}"] = held
    return groups
