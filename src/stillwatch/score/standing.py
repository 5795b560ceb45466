"""Which groups stand on their own: without the members that other groups name already."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from stillwatch.score.scene import Bools, Ints

CLAIMED = 0.1
"""A group of which other groups name no larger share is not looked at again."""

PURER = 0.5
"""Powers of ten by which a group must tell more than those that name its members, to be named beside them."""


def claims(named: Mapping[int, Ints]) -> dict[int, Bools]:
    """For each group of which others name more than CLAIMED, which of its members they name.

    named  group -> its members, account numbers, ascending, each once
    """
    everyone = np.concatenate([np.zeros(0, np.int64), *named.values()])
    accounts, times = np.unique(everyone, return_counts=True)
    twice = accounts[times > 1]
    shared = {group: np.isin(members, twice) for group, members in named.items()}
    return {group: which for group, which in shared.items() if which.mean() > CLAIMED}


def on_their_own(
    named: Mapping[int, Ints], strength: Mapping[int, float], stands: Callable[[int], bool]
) -> frozenset[int]:
    """The groups that stay: those that would stand without what others name, and of others the strongest or purest.

    named     group -> its members, as above
    strength  group -> its score
    stands    whether a group would be acted on for the members alone that no other group names

    Accounts of a campaign convict nobody who merely shows a phrase of theirs. The weakest goes first, so that of
    groups that name the same accounts one stays. Who names hardly anybody else convicts nobody new: such a group stays,
    too, where it tells clearly more (PURER) than each that names its members: it is a campaign, and they are a pool.
    """
    left = dict(named)
    doubtful = [group for group in claims(named) if not stands(group)]
    for group in sorted(doubtful, key=lambda each: (strength[each], each)):
        if group in claims(left):
            del left[group]
    purer = [group for group in doubtful if group not in left and _purer(group, named, strength, left)]
    return frozenset([*left, *purer])


def _purer(
    group: int, named: Mapping[int, Ints], strength: Mapping[int, float], left: Mapping[int, Ints]
) -> bool:
    """Whether those that are left name a group's members nearly all, and none of them tells as much of them."""
    around = [each for each, members in left.items() if np.isin(members, named[group]).any()]
    held = np.isin(named[group], np.concatenate([np.zeros(0, np.int64), *(left[each] for each in around)]))
    return bool(held.mean() >= 1.0 - CLAIMED) and all(
        strength[group] > strength[each] + PURER for each in around
    )
