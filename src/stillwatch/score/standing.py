"""Which groups stand on their own: without the members that other groups name already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

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
    accounts, times = np.unique(_members(named.values()), return_counts=True)
    twice = accounts[times > 1]
    shared = {group: np.isin(members, twice) for group, members in named.items()}
    return {group: which for group, which in shared.items() if which.mean() > CLAIMED}


def on_their_own(
    named: Mapping[int, Ints], strength: Mapping[int, float], stands: Callable[[int, Ints], bool]
) -> frozenset[int]:
    """The groups that stay: those that would stand without what others name, and of others the strongest or purest.

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
    return frozenset([*left, *purer])


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
