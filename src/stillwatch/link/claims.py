"""Whether better clusters explain the members of a cluster: a phrase around their templates, or templates of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_array

from stillwatch.link.membership import Cluster
from stillwatch.link.products import in_common, stacked
from stillwatch.model.numbers import CLEARLY_BITS, SAME_EXCHANGES, SAME_THEME

CLAIMED = 0.5
"""A cluster goes when other themes tie this share of its members more strongly."""

LARGE = 50
"""Of a cluster with so many members the exchanges are asked whether it goes: to lose one of these is dear."""

WITNESSES = 16
"""So many of a large cluster's members tell whether other themes claim it: for all of them, since all came by chance."""

Shown = Callable[[NDArray[np.int64]], pa.Table]
"""HITS of some accounts: `ix`, and `shown`, the lists of templates; one row an exchange."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Which members of a cluster are tied more strongly by clusters of other themes.

    member  (k,) places among the cluster's members; rival (k,) the cluster that ties each: one row a pair
    share   of the members that any ties
    """

    member: NDArray[np.int64]
    rival: NDArray[np.int64]
    share: float


def unclaimed(clusters: Sequence[Cluster], accounts: int, shown: Shown) -> list[Cluster]:
    """The clusters but those whose members other themes explain better.

    accounts  how many there are; shown: see there

    What ties an account more strongly does not claim it for that alone: who carries the requests of many people is
    tied by what each of them repeats. A phrase is shown by the same exchanges as the templates that it stands in. Of
    small clusters the account is enough: most are phrases, and all of them would have to be tried.
    """
    claims = _claims(clusters, accounts)
    suspects = [number for number, each in enumerate(claims) if each.share >= CLAIMED]
    large = [number for number in suspects if len(clusters[number].members) >= LARGE]
    acquitted = {
        number
        for number, share in zip(large, _in_their_exchanges(clusters, claims, large, shown), strict=True)
        if share < CLAIMED
    }
    gone = set(suspects) - acquitted
    return [each for number, each in enumerate(clusters) if number not in gone]


def _claims(clusters: Sequence[Cluster], accounts: int) -> list[Claims]:
    if not clusters:
        return []
    templates = [c.templates for c in clusters]
    sizes = np.array([len(t) for t in templates], dtype=np.int64)
    by_account = csr_array(stacked([c.members for c in clusters], [c.bits for c in clusters], accounts).T)
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
        rival = by_account.indices[place].astype(np.int64)
        stronger = by_account.data[place] > cluster.bits[member] + CLEARLY_BITS
        another = common[rival] < SAME_THEME * np.minimum(sizes[number], sizes[rival])
        told = stronger & another
        share = len(np.unique(member[told])) / len(degree)
        out.append(Claims(member[told], rival[told], share))
        common[kin] = 0
    return out


def _in_their_exchanges(
    clusters: Sequence[Cluster], claims: Sequence[Claims], asked: Sequence[int], shown: Shown
) -> list[float]:
    """For each cluster asked for the share of its members that are claimed in their exchanges, by its witnesses."""
    if not asked:
        return []
    witnesses = [_witnesses(clusters[number]) for number in asked]
    accounts = np.unique(
        np.concatenate([clusters[n].members[w] for n, w in zip(asked, witnesses, strict=True)])
    )
    hits = shown(accounts)
    ix = hits["ix"].to_numpy()
    order = np.argsort(ix, kind="stable")
    lists = hits["shown"].combine_chunks().take(pa.array(order))
    ends, templates = lists.offsets.to_numpy(), lists.values.to_numpy()
    first = np.searchsorted(ix[order], accounts, side="left")
    last = np.searchsorted(ix[order], accounts, side="right")
    count = 1 + max(
        max((int(c.templates.max(initial=0)) for c in clusters), default=0), int(templates.max(initial=0))
    )
    out = []
    for number, chosen in zip(asked, witnesses, strict=True):
        own = _mask([clusters[number]], count)
        claimed = 0
        for witness in chosen:
            rivals = claims[number].rival[claims[number].member == witness]
            if len(rivals) == 0:
                continue
            place = int(np.searchsorted(accounts, clusters[number].members[witness]))
            begin, end = int(first[place]), int(last[place])
            told = templates[ends[begin] : ends[end]]
            exchange = np.repeat(np.arange(end - begin), np.diff(ends[begin : end + 1]))
            theirs = _mask([clusters[rival] for rival in rivals], count) & ~own
            shows = np.bincount(exchange[own[told]], minlength=end - begin) > 0
            explained = shows & (np.bincount(exchange[theirs[told]], minlength=end - begin) > 0)
            claimed += bool(shows.any() and explained.sum() >= SAME_EXCHANGES * shows.sum())
        out.append(claimed / len(chosen))
    return out


def _witnesses(cluster: Cluster) -> NDArray[np.int64]:
    """(w,) places among the members; which, rests on their numbers."""
    scattered = (cluster.members.astype(np.int64) + 1) * 48271 % 65521
    return np.argsort(scattered, kind="stable")[:WITNESSES]


def _mask(clusters: Sequence[Cluster], count: int) -> NDArray[np.bool_]:
    """(count,) the templates that speak for one of the clusters."""
    mask = np.zeros(count, dtype=np.bool_)
    for each in clusters:
        mask[each.templates[each.template_bits > 0]] = True
    return mask
