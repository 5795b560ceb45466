"""Who is paid for by a campaign: accounts that pay from purses which mostly its members pay from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from stillwatch.score.core import Core
from stillwatch.score.looks import CERTAIN_MEMBERS
from stillwatch.score.scene import Bools, Ints, Population

FEWEST_PAYERS = 3
"""So many members of a campaign pay from a purse, or gave one phone, that is the operator's;"""

MOST_PAYERS = 0.5
"""and this share of all who do, at least: what strangers pay from as well is a reseller's, and tells nothing of them."""

PAID_TOGETHER = 0.5
"""At least this share of a campaign pays from such purses, or the operator doesn't pay that way."""


def add_paid_for(named: Mapping[int, Core], people: Population) -> dict[int, Core]:
    """The accounts that campaigns pay for beside their members, cluster → those of it; clusters with none are left out.

    A careful account has hours, an address and a wording of its own; a purse of its own is what costs. Who has an owner
    on record, or is a member of any campaign, is left out. Each is weighed as a member who is just certain.

    named  the campaigns that may be acted on, cluster → members
    """
    free = people.owner == 0
    for core in named.values():
        free[core.members] = False
    found: dict[int, Core] = {}
    for cluster, core in sorted(named.items()):
        added = np.flatnonzero(_paid_for(core.members, people) & free)
        if len(added):
            size = len(core.members)
            odds = CERTAIN_MEMBERS / (1.0 - CERTAIN_MEMBERS)
            bits = float(np.log2(max(people.size - size, 1) / size * odds))
            found[cluster] = Core(added, np.full(len(added), bits))
            free[added] = False
    return found


def _paid_for(members: Ints, people: Population) -> Bools:
    """(accounts,) who shares a purse or a phone that is mostly the members'."""
    inside = np.zeros(people.size, dtype=bool)
    inside[members] = True
    told = np.zeros(people.size, dtype=bool)
    for column in (people.payment, people.phone):
        _, purse = np.unique(column, return_inverse=True)
        mine = np.bincount(purse, weights=inside).astype(np.int64)
        own = (mine >= FEWEST_PAYERS) & (mine >= MOST_PAYERS * np.bincount(purse))
        shares = own[purse] & (column != 0)
        if shares[members].mean() >= PAID_TOGETHER:
            told |= shares
    return told
