"""Which of the clusters that were tried may be acted on, and which are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum, log10
from types import MappingProxyType

import numpy as np

from stillwatch.score.earlier import Tried
from stillwatch.score.looks import CERTAIN_MEMBERS, Look, Verdict, belonging
from stillwatch.score.observation import learnt
from stillwatch.score.scene import Ints
from stillwatch.stats.discovery import discoveries

WHOLE_PREFERENCE = 1.0
"""Powers of ten by which a part must tell more than the whole."""

FEWEST_ACTED = 10
"""What few accounts show in common may be chance, whatever the signs say, and is watched."""

BESIDE = 2.5
"""Powers of ten by which a group must tell that fills a certain campaign's text and shares no accounts with it: if only one
such group in four is the campaign's, fewer than one in a hundred of those named is innocent."""

STILL_WITHIN = 0.1
"""A part of which the whole has no larger share of the members, since these were left out of it, stands beside it."""

TEXTS_EACH = 1.5
"""Parts that may be acted on, and of which the accounts belong to so many each on the average, are the texts of one operator,"""

FILL_NONE = 0.1
"""where no larger share of the whole's members belongs to none of them,"""

HANGS_ON = 0.25
"""and so large a share of each is in others that hang together: two operators have no accounts in common."""

APART = 0.05
"""Parts that may be acted on, of which the accounts belong to no other one but for so small a share, are several operators',"""

PART_OF_MANY = 0.3
"""where each has so large a share of the whole's accounts,"""

IN_NO_PART = 0.15
"""and no larger share of these belongs to none: what ties them is a text that all work through, and others as well. A campaign
whose accounts fill one text each is told in parts, too: each of these may be acted on;"""

TOLD_APART = 0.75
"""and they tell at least this share of the whole's exchanges: where all fill texts of theirs beside, these are the whole's."""

OUTWEIGHS = 2.0
"""A part with so many times the exchanges of the whole is not a part of it: the whole is a phrase that it shares."""


ALONE: Mapping[int, int] = MappingProxyType({})
"""No cluster has a wider one around it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of the clusters.

    listed     cluster → its verdict, of those whose evidence is WORTH_WATCHING
    acted      those that are actionable
    tested     how many were tried
    prior      cluster → its odds before its contest, for all that were tried
    explained  clusters not listed, by their best innocent explanation
    into       cluster → the listed one of whose campaign it is a piece, for campaigns that lie in several
    tried      as of Scored
    ordinary   cluster → its best innocent explanation and its score, of those whose evidence speaks against extraction
    familiar   clusters that an earlier scan explained, and that were not tried
    """

    listed: Mapping[int, Verdict]
    acted: frozenset[int]
    tested: int
    prior: Mapping[int, float]
    explained: dict[str, int]
    into: Mapping[int, int]
    tried: tuple[Tried, ...]
    ordinary: Mapping[int, tuple[str, float]]
    familiar: frozenset[int]

    @property
    def innocent(self) -> frozenset[int]:
        """The clusters that speak for innocents, now or in an earlier scan."""
        return self.familiar | self.ordinary.keys()


def actionable(
    verdicts: Sequence[Verdict], rate: float, gone: float = 0.0, around: Mapping[int, int] = ALONE
) -> frozenset[int]:
    """The clusters that may be acted on: all of `verdicts` compete, clumps and parts alike.

    gone    what was at stake in groups that earlier looks tried and that are there no more: they compete, too
    around  cluster → the widest one around it; those that are not in it stand alone

    A cluster's prior weight is what is at stake in it, the geometric mean of its accounts and exchanges:
    what ties a thousand accounts, or a hundred thousand exchanges, is the likelier campaign than what ties
    five and fifty, before anything else is known. A clump and its parts are one question in several versions: together
    they weigh what the largest of them does.
    """
    at_stake = weights(verdicts, around)
    told = [v.log10_lr for v in verdicts]
    if gone > 0.0:  # what tells nothing weighs alike as one and as many
        at_stake, told = [*at_stake, gone], [*told, -np.inf]
    passes = discoveries(np.array(told), rate, np.array(at_stake))
    return frozenset(v.cluster for v, good in zip(verdicts, passes, strict=False) if good)


def weights(verdicts: Sequence[Verdict], around: Mapping[int, int]) -> list[float]:
    """What is at stake in each cluster, where a clump and its parts share what the largest of them has.

    around  as of `actionable`
    """
    own = [stake(v) for v in verdicts]
    families: dict[int, list[float]] = {}
    for verdict, each in zip(verdicts, own, strict=True):
        families.setdefault(around.get(verdict.cluster, verdict.cluster), []).append(each)
    share = {family: max(held) / max(fsum(held), 1.0) for family, held in families.items()}
    return [each * share[around.get(v.cluster, v.cluster)] for v, each in zip(verdicts, own, strict=True)]


def prior_odds(verdicts: Sequence[Verdict], around: Mapping[int, int] = ALONE) -> dict[int, float]:
    """Cluster → its odds of being a campaign before its contest: one is expected among all, and where more is at stake.

    The weights are those by which `actionable` lets them compete; a half at most, where there is hardly another cluster.
    """
    at_stake = {v.cluster: max(w, 1.0) for v, w in zip(verdicts, weights(verdicts, around), strict=True)}
    total = fsum(at_stake.values())
    return {cluster: own / max(total, 2.0 * own) for cluster, own in at_stake.items()}


def stake(verdict: Verdict) -> float:
    """What is at stake in a cluster: the geometric mean of its accounts and exchanges."""
    return float(np.sqrt(float(len(verdict.members)) * verdict.exchanges))


def loosely_tied(verdicts: Sequence[Verdict], accounts: int) -> frozenset[int]:
    """The clusters of too few members, or of such as are not surely members on the average: nobody is named for being near.

    It rests on how templates tie the accounts, and not on what the contest says of them.

    accounts  how many there are
    """
    return frozenset(
        v.cluster
        for v in verdicts
        if len(v.members) < FEWEST_ACTED or belonging(v.bits, accounts).mean() < CERTAIN_MEMBERS
    )


def stands(
    cluster: int,
    rest: Look | None,
    every: Sequence[Verdict],
    loose: frozenset[int],
    rate: float,
    gone: float = 0.0,
    around: Mapping[int, int] = ALONE,
) -> bool:
    """Whether a cluster would be acted on for the rest of its members alone, which competes in its place.

    rest  what is seen of these; None where too few are left
    every, loose  all clusters that were tried, and those that can't be acted on
    rate, gone, around  as of `actionable`
    """
    if rest is None:
        return False
    competing = [v for v in in_place(rest, every) if v.cluster not in loose]
    return cluster in actionable(competing, rate, gone, around)


def stands_beside(
    cluster: int, rest: Look | None, share: float, every: Sequence[Verdict], rate: float
) -> bool:
    """Whether a group whose other members certain campaigns name would be named with them for the rest of its members.

    rest, every, rate  as of `stands`
    share  of the group's members are those that campaigns name, 0 ≤ share < 1

    Before anything else is known the rest is as likely the campaigns' as any of the group's members is: by that, and by
    what is seen of the rest, at most `rate` of those that are named are innocent.
    """
    if rest is None or len(rest.members) < FEWEST_ACTED or share == 0.0:
        return False
    told = next(v for v in in_place(rest, every) if v.cluster == cluster).log10_lr
    return told + log10(share / (1.0 - share)) >= log10((1.0 - rate) / rate)


def fill_its_text(
    verdicts: Sequence[Verdict],
    acted: frozenset[int],
    loose: frozenset[int],
    one_text: frozenset[tuple[int, int]],
) -> frozenset[int]:
    """The clusters that are named beside one that is acted on, whose text they fill and nobody else does.

    one_text  pairs of clusters; acted, loose as of `stands`
    """
    beside = {a if b in acted else b for a, b in one_text if (a in acted) != (b in acted)}
    return frozenset(
        v.cluster
        for v in verdicts
        if v.cluster in beside - loose and len(v.members) >= FEWEST_ACTED and v.log10_lr >= BESIDE
    )


def in_place(rest: Look, every: Sequence[Verdict]) -> list[Verdict]:
    """All clusters that were tried, one of them for what is seen of some of its members alone."""
    place = next(number for number, each in enumerate(every) if each.cluster == rest.cluster)
    seen = [each.observations for each in every]
    seen[place] = rest.observations
    out = list(every)
    out[place] = rest.judged(learnt(seen)[place])
    return out


def whole_or_parts(
    verdicts: Sequence[Verdict],
    parent: Mapping[int, int],
    acted: frozenset[int] = frozenset(),
    stands_without: Callable[[int, Ints], bool] = lambda _cluster, _members: False,
) -> list[Verdict]:
    """Of each clump either itself or its parts, so that no account is tried in both.

    parent  cluster → the smallest cluster that holds it, -1 where it stands alone
    acted   the clusters that may be acted on
    stands_without  whether a cluster would be acted on without some of its members (account numbers, ascending)

    A part always looks a little purer than the whole, since what differs was left out; the whole is
    given up only when a part tells more by a factor of 10^WHOLE_PREFERENCE. A whole that may be acted on itself is
    not given up for a scrap of it: what is at stake weighs as it does in `actionable`; nor where it would be acted on
    without its parts' members, or where these parts are texts that each account fills several of. Where its parts may be
    acted on and have hardly any account in common, they are told. A whole tells its
    parts' exchanges, too; one that tells fewer than a part of it that may be acted on is a phrase which that part shares.
    A part whose members were left out of the whole stands beside it.
    """
    of = {v.cluster: v for v in verdicts}
    members = {v.cluster: v.members for v in verdicts}
    score_of = {v.cluster: v.log10_lr for v in verdicts}
    exchanges = {v.cluster: v.exchanges for v in verdicts}
    stake_of = {v.cluster: float(np.log10(max(stake(v), 1.0))) for v in verdicts}
    inside: dict[int, list[int]] = {}
    for cluster in score_of:
        inside.setdefault(parent[cluster], []).append(cluster)

    def chosen(cluster: int) -> list[int]:
        below = [each for part in inside.get(cluster, ()) for each in chosen(part)]
        within = {each for each in below if np.isin(members[each], members[cluster]).mean() > STILL_WITHIN}
        if any(each in acted and exchanges[each] >= OUTWEIGHS * exchanges[cluster] for each in within):
            return below
        texts = [of[each] for each in within & acted]
        if _apart(of[cluster], texts):
            return below
        best, at_stake = max(((score_of[each], stake_of[each]) for each in within), default=(-np.inf, 0.0))
        own, whole = score_of[cluster], stake_of[cluster]
        if best > own + max(WHOLE_PREFERENCE, whole - at_stake if cluster in acted else 0.0):
            named = np.unique(np.concatenate([members[each] for each in below]))
            if cluster not in acted or not (
                _several_each(members[cluster], [each.members for each in texts])
                or stands_without(cluster, named)
            ):
                return below
        return [cluster, *(each for each in below if each not in within)]

    roots = [c for c in score_of if parent[c] not in score_of]
    kept = {part for root in roots for part in chosen(root)}
    return [v for v in verdicts if v.cluster in kept]


def _several_each(whole: Ints, parts: Sequence[Ints]) -> bool:
    """Whether nearly all members of a whole belong to its parts, to several each, and the parts hang together by that."""
    if len(parts) < 2:
        return False
    together, *apart = sorted(parts, key=len, reverse=True)
    while apart:
        shares = [float(np.isin(part, together).mean()) for part in apart]
        if max(shares) < HANGS_ON:
            return False
        together = np.union1d(together, apart.pop(int(np.argmax(shares))))
    filled = sum(len(part) for part in parts)
    left = float(np.isin(whole, together, invert=True).mean())
    return filled >= TEXTS_EACH * len(together) and left <= FILL_NONE


def _apart(whole: Verdict, parts: Sequence[Verdict]) -> bool:
    """Whether a whole is several groups that have hardly any account in common and tell most of its exchanges."""
    large = [part for part in parts if len(part.members) >= PART_OF_MANY * len(whole.members)]
    if len(large) < 2 or sum(part.exchanges for part in large) < TOLD_APART * whole.exchanges:
        return False
    together = np.unique(np.concatenate([part.members for part in large]))
    twice = sum(len(part.members) for part in large) - len(together)
    left = float(np.isin(whole.members, together, invert=True).mean())
    return twice <= APART * len(together) and left <= IN_NO_PART


def put_together(
    verdicts: Sequence[Verdict], into: Mapping[int, int], acted: frozenset[int]
) -> list[Verdict]:
    """The verdicts, those of the pieces of one campaign as one: what is seen of the strongest, and the members of all.

    into   cluster → the strongest piece of its campaign
    acted  the clusters that are acted on: other pieces name nobody
    """
    of = {v.cluster: v for v in verdicts}
    out = []
    for verdict in verdicts:
        mine = [of[each] for each, head in into.items() if head == verdict.cluster and each in acted]
        if mine:
            members, place = np.unique(np.concatenate([v.members for v in mine]), return_inverse=True)
            bits = np.full(len(members), -np.inf)
            np.maximum.at(bits, place, np.concatenate([v.bits for v in mine]))
            sent = np.zeros(len(members), np.int64)
            np.add.at(sent, place, np.concatenate([np.maximum(v.sent, 0) for v in mine]))
            verdict = replace(verdict, members=members, bits=bits, sent=sent)
        if into.get(verdict.cluster, verdict.cluster) == verdict.cluster:
            out.append(verdict)
    return out
