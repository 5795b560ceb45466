"""The peers by name, and their groups counted as Stillwatch's campaigns are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pyarrow as pa

from peers import (
    coordination_toolkit,
    dense_subgraph,
    honeypot_score,
    isolation_forest,
    minhash,
    mmd_window,
    rate_rules,
    shared_address,
    shared_purse,
)
from peers.traffic import Groups, Traffic
from stillwatch.evaluate.count import Evaluation, count
from stillwatch.evaluate.folders import Found, Truth

Setting = dict[str, Any]


@dataclass(frozen=True)
class Peer:
    """A method: its file, and the settings to try as pairs of one dear part and many cheap ones."""

    module: ModuleType
    grid: tuple[tuple[Setting, tuple[Setting, ...]], ...]


PEERS: dict[str, Peer] = {
    "rate rules": Peer(rate_rules, rate_rules.GRID),
    "isolation forest": Peer(isolation_forest, isolation_forest.GRID),
    "shared purses": Peer(shared_purse, shared_purse.GRID),
    "shared addresses": Peer(shared_address, shared_address.GRID),
    "coordination-network-toolkit": Peer(coordination_toolkit, coordination_toolkit.GRID),
    "MinHash-LSH": Peer(minhash, minhash.GRID),
    "dense subgraphs": Peer(dense_subgraph, dense_subgraph.GRID),
    "MMD window test, 100": Peer(mmd_window, mmd_window.grid(100)),
    "MMD window test, 500": Peer(mmd_window, mmd_window.grid(500)),
    "honeypotllm score": Peer(honeypot_score, honeypot_score.GRID),
}
"""Name in the table → method, in the table's order."""


def tried(peer: Peer, traffic: Traffic) -> Iterator[tuple[Setting, Groups]]:
    """Every setting of a peer's grid with the groups that it names."""
    for dear, cheap in peer.grid:
        measured = peer.module.measure(traffic, **dear)
        for one in cheap:
            yield dear | one, peer.module.name(traffic, measured, **one)


def found(peer: Peer, traffic: Traffic, setting: Setting) -> Groups:
    """The groups that a peer names with one setting of its grid."""
    dear = {key: setting[key] for key in setting if any(key in one for one, _ in peer.grid)}
    cheap = {key: value for key, value in setting.items() if key not in dear}
    groups: Groups = peer.module.name(traffic, peer.module.measure(traffic, **dear), **cheap)
    return groups


def judged(truth: Truth, groups: Groups) -> Evaluation:
    """The groups as if each were an actionable campaign, with no exchange attributed."""
    text = pa.string()
    rows = [(name, account) for name, held in sorted(groups.items()) for account in sorted(held)]
    return count(
        truth,
        Found(
            campaigns=pa.table({"campaign_id": pa.array(sorted(groups), text)}),
            members=pa.table(
                {
                    "campaign_id": pa.array([name for name, _ in rows], text),
                    "account_id": pa.array([account for _, account in rows], text),
                }
            ),
            attributed=pa.table({"campaign_id": pa.array([], text), "exchange_id": pa.array([], text)}),
            first=None,
        ),
    )
