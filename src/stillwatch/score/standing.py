"""Which groups stand on their own: without the members that other groups name already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import combinations

import numpy as np

from stillwatch.score.scene import Bools, Ints

CLAIMED = 0.1
"""A group of which other groups name no larger share is not looked at again."""

IN_COMMON, LIFT = 0.05, 3.0
"""Pieces of one campaign have this share of the smaller one's accounts in common, and so many times as many as by accident."""

ELSEWHERE = 5.0
"""Who sends so many times as much for another group belongs to that one."""

MOSTLY = 0.75
"""A group that names nobody by itself is a piece of a campaign that names this share of its members."""

PURER = 0.5
"""Powers of ten by which a group must tell more than those that name its members, to be named beside them."""


def at_work_elsewhere(groups: Mapping[int, tuple[Ints, Ints]], around: Mapping[int, int]) -> dict[int, Ints]:
    """Group → those of its members who send ELSEWHERE times as much for another; groups without any are left out.

    They carry its text among other people's, and work for the other. Where most members do, it is a text of the other's.

    groups  group → its members, account numbers, ascending, and what each of them sends for it, -1 where that is not known
    around  group → the widest one around it: a clump and its parts are one
    """
    clump = np.concatenate(
        [np.full(len(m), around.get(g, g)) for g, (m, _) in groups.items()] or [np.zeros(0, np.int64)]
    )
    account, sent = _members(m for m, _ in groups.values()), _members(s for _, s in groups.values())
    order = np.lexsort((-sent, account))
    most: dict[int, list[tuple[int, int]]] = {}
    for who, what, of in zip(
        account[order].tolist(), sent[order].tolist(), clump[order].tolist(), strict=True
    ):
        best = most.setdefault(who, [])
        if len(best) < 2 and all(of != other for _, other in best):
            best.append((what, of))
    out = {}
    for group, (members, own) in groups.items():
        mine = around.get(group, group)
        rival = np.array([next((n for n, of in most[who] if of != mine), 0) for who in members.tolist()])
        gone = (own >= 0) & (rival >= ELSEWHERE * np.maximum(own, 1))
        if gone.any() and 2 * np.count_nonzero(gone) < len(members):
            out[group] = members[gone]
    return out


def claims(named: Mapping[int, Ints]) -> dict[int, Bools]:
    """For each group of which others name more than CLAIMED, which of its members they name.

    named  group -> its members, account numbers, ascending, each once
    """
    accounts, times = np.unique(_members(named.values()), return_counts=True)
    twice = accounts[times > 1]
    shared = {group: np.isin(members, twice) for group, members in named.items()}
    return {group: which for group, which in shared.items() if which.mean() > CLAIMED}


def on_their_own(
    named: Mapping[int, Ints], strength: Mapping[int, float], stands: Callable[[int, Ints], bool]
) -> tuple[frozenset[int], frozenset[int]]:
    """The groups that stay: those that would stand without what others name or are the strongest, and the purest beside.

    named     group -> its members, as above
    strength  group -> its score
    stands    whether a group would be acted on without some of its members

    Accounts of a campaign convict nobody who merely shows a phrase of theirs. The weakest is asked first, beside those
    that are left: of groups that name the same accounts one stays, and of pieces of one campaign so many that all are
    named. Who names hardly anybody else convicts nobody new: such a group stays, too, where it tells clearly more
    (PURER) than each that names its members: it is a campaign, and they are a pool.
    """
    left = dict(named)

    def shared(group: int) -> Bools:
        return np.isin(named[group], _members(left[each] for each in left if each != group))

    def convicted_by_others(group: int) -> bool:
        which = shared(group)
        return bool(CLAIMED < which.mean() < 1.0 - CLAIMED) and not stands(group, named[group][which])

    doubtful = sorted(claims(named), key=lambda each: (strength[each], each))
    covered: list[int] = []
    for group in doubtful:
        if shared(group).mean() >= 1.0 - CLAIMED:
            covered.append(group)
            del left[group]
        elif convicted_by_others(group):
            del left[group]
    # Those that named its members may have gone themselves.
    for group in reversed(covered):
        which = shared(group)
        if which.mean() < 1.0 - CLAIMED and stands(group, named[group][which]):
            left[group] = named[group]
    for group in doubtful:
        if group in left and convicted_by_others(group):
            del left[group]
    purer = [group for group in doubtful if group not in left and _purer(group, named, strength, left)]
    return frozenset(left), frozenset(purer)


def pieces(
    named: Mapping[int, Ints],
    strength: Mapping[int, float],
    stay: frozenset[int],
    accounts: int,
    one_text: frozenset[tuple[int, int]] = frozenset(),
) -> dict[int, int]:
    """Group → the strongest one of its campaign, for all groups of campaigns that lie in several.

    Who fills a text in five languages, or five texts, makes five groups, which have accounts in common (IN_COMMON): far
    more (LIFT) than any two groups of so many accounts would have by accident.
    Groups that fill one text are pieces of one campaign as well.
    Whatever else names MOSTLY the accounts of a campaign is a piece of it, too: it names nobody, and tells exchanges.

    named     group -> its members, as above; strength  group -> its score
    stay      the groups that stay as campaigns
    accounts  how many there are
    one_text  pairs of groups that fill one text
    """
    order = sorted(stay, key=lambda each: (-strength[each], each))
    into = {group: group for group in order}
    whole = {group: named[group] for group in order}

    def one(a: int, b: int) -> bool:
        filled = any({into.get(x), into.get(y)} == {a, b} for x, y in one_text)
        return filled or _one(whole[a], whole[b], accounts)

    while pair := next((p for p in combinations(whole, 2) if one(*p)), None):
        head, other = pair
        whole[head] = np.union1d(whole[head], whole.pop(other))
        into = {group: head if to == other else to for group, to in into.items()}
    for group in sorted(set(named) - stay):
        for head, members in whole.items():
            if np.isin(named[group], members).mean() >= MOSTLY:
                into.setdefault(group, head)
    many = Counter(into.values())
    return {group: head for group, head in into.items() if many[head] > 1}


def bridges(
    named: Mapping[int, Ints],
    strength: Mapping[int, float],
    accounts: int,
    one_text: frozenset[tuple[int, int]] = frozenset(),
) -> frozenset[int]:
    """The groups that alone tie several stronger campaigns together.

    What two operators show who have nothing else in common is neither's own: a data set that both work through, and
    others as well. Who shows it is not theirs for that.

    named, strength, accounts, one_text  as of `pieces`
    """
    texts = one_text | {(b, a) for a, b in one_text}
    campaigns: list[list[int]] = []
    out = []
    for group in sorted(named, key=lambda each: (-strength[each], each)):
        near = [
            campaign
            for campaign in campaigns
            if any((group, each) in texts or _one(named[group], named[each], accounts) for each in campaign)
        ]
        if len(near) > 1:
            out.append(group)
        elif near:
            near[0].append(group)
        else:
            campaigns.append([group])
    return frozenset(out)


def _one(a: Ints, b: Ints, accounts: int) -> bool:
    both = len(np.intersect1d(a, b, assume_unique=True))
    return both > IN_COMMON * min(len(a), len(b)) and both > LIFT * len(a) * len(b) / accounts


def _members(groups: Iterable[Ints]) -> Ints:
    return np.concatenate([np.zeros(0, np.int64), *groups])


def _purer(
    group: int, named: Mapping[int, Ints], strength: Mapping[int, float], left: Mapping[int, Ints]
) -> bool:
    """Whether those that are left name a group's members nearly all, and none of them tells as much of them."""
    around = [each for each, members in left.items() if np.isin(members, named[group]).any()]
    held = np.isin(named[group], _members(left[each] for each in around))
    return bool(held.mean() >= 1.0 - CLAIMED) and all(
        strength[group] > strength[each] + PURER for each in around
    )
