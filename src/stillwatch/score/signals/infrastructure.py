"""Infrastructure: addresses shared beyond chance, addresses that churn, one unusual network."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from stillwatch.score.observation import SERVICE_PROXIES, Observation, percent
from stillwatch.score.scene import Population, Scene
from stillwatch.stats.evidence import around, concentration_factor, location_factor, share_factor


def shared_address(scene: Scene, people: Population, outside: Mapping[int, int]) -> Observation | None:
    """Members come from addresses of other members more often than chance and carrier NAT explain.

    outside  accounts outside the group that show each address; an address that is not there has none
    """
    known = scene.address != 0
    if known.sum() < 10:
        return None
    addresses, inverse = np.unique(scene.address[known], return_inverse=True)
    pairs = np.unique(np.stack([inverse, scene.who[known]]), axis=1)
    members = np.bincount(pairs[0], minlength=len(addresses))
    shared = members[inverse] >= 2
    strangers = np.array([outside.get(int(a), 0) for a in addresses], dtype=np.float64)
    # Were the group drawn at random, how likely is one more of it among an address's other holders?
    by_chance = 1.0 - (1.0 - (scene.size - 1) / max(people.size - 1, 1)) ** strangers
    expected = float(by_chance[inverse].mean())
    # A member counts when most of its exchanges come from a shared address.
    mine = np.bincount(scene.who[known], weights=shared, minlength=scene.size)
    total = np.bincount(scene.who[known], minlength=scene.size)
    seen = total > 0
    count = int((mine[seen] > 0.5 * total[seen]).sum())
    return Observation(
        "infrastructure",
        "shared_address",
        share_factor(count, int(seen.sum()), (3.0, 2.0), around(expected, 15.0)),
        count,
        f"{count:,} of {int(seen.sum()):,} accounts send most of these exchanges from addresses that another of them "
        f"uses; chance, with all other accounts on these addresses, explains {percent(expected)}.",
        SERVICE_PROXIES,
    )


def address_churn(scene: Scene, people: Population) -> Observation | None:
    """Members change their network prefix far more often than accounts of like volume."""
    if people.addressed.sum() == 0:
        return None
    active = people.addressed >= 3
    mine = scene.members[active[scene.members]]
    if len(mine) < 5:
        return None
    inside = np.zeros(people.size, dtype=bool)
    inside[scene.members] = True
    rest = np.flatnonzero(active & ~inside)
    if len(rest) < 20:
        return None
    rank = _rank_among_like(people.addressed, people.prefixes, mine, rest)
    mean = float(rank.mean())
    error = float(1.0 / np.sqrt(12.0 * len(mine)))
    median = float(np.median(people.prefixes[mine]))
    usual = float(np.median(people.prefixes[rest]))
    return Observation(
        "infrastructure",
        "address_churn",
        location_factor(mean, error, (0.92, 0.06), (0.5, 0.14)),
        int((rank >= 0.9).sum()),
        f"The median account of the group came from {median:.0f} network prefixes, of the others from {usual:.0f}; "
        f"{int((rank >= 0.9).sum()):,} of {len(mine):,} changed prefix more than nine in ten accounts of like volume.",
        SERVICE_PROXIES,
    )


def unusual_network(scene: Scene, people: Population, networks: Mapping[int, int]) -> Observation | None:
    """The exchanges come from few networks that carry little of the other traffic.

    networks  accounts that show each network (ASN)
    """
    known = scene.asn != 0
    if known.sum() < 10:
        return None
    pairs = np.unique(np.stack([scene.asn[known], scene.who[known]]), axis=1)
    asns, own = np.unique(pairs[0], return_counts=True)
    bins = np.array(sorted(set(networks) | {int(a) for a in asns}), dtype=np.int64)
    counts = np.zeros(len(bins), dtype=np.int64)
    counts[np.searchsorted(bins, asns)] = own
    others = np.array([max(networks.get(int(b), 0), 0) for b in bins], dtype=np.float64) - counts
    share = (np.maximum(others, 0.0) + 0.5) / (np.maximum(others, 0.0) + 0.5).sum()
    top = int(np.argmax(counts - share * counts.sum()))
    return Observation(
        "infrastructure",
        "unusual_network",
        concentration_factor(counts, share, 2.0, 6.0),
        int(counts[top]),
        f"{percent(counts[top] / scene.size)} of the accounts use network AS{bins[top]}; "
        f"of the other accounts' networks it is {percent(share[top])}.",
        SERVICE_PROXIES,
    )


def _rank_among_like(
    volume: np.ndarray, value: np.ndarray, mine: np.ndarray, rest: np.ndarray
) -> np.ndarray:
    """Where each of `mine` stands, 0..1, among the 200 of `rest` with the nearest volume (ties count half)."""
    order = rest[np.lexsort((rest, volume[rest]))]
    window = min(200, len(order))
    at = np.searchsorted(volume[order], volume[mine])
    start = np.clip(at - window // 2, 0, len(order) - window)
    like = value[order[start[:, None] + np.arange(window)[None, :]]]
    own = value[mine][:, None]
    return (like < own).mean(axis=1) + 0.5 * (like == own).mean(axis=1)
