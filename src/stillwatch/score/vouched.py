"""Who can be asked: accounts of an organisation on record that came in by a pathway for which somebody vouches."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from stillwatch.score.core import Core
from stillwatch.score.scene import Bools, Population

OPEN_PATHWAY = "self-serve"
"""The way in for which nobody vouches."""

OPENLY = 0.1
"""Where a larger share of a campaign's members are such accounts, they are its own: organisations can be made up."""


def vouched_for(people: Population) -> Bools:
    """(accounts,) who has an organisation on record and somebody who vouches for it; nobody where that can't be told."""
    if OPEN_PATHWAY not in people.pathways:
        return np.zeros(people.size, dtype=bool)
    open_to_all = 1 + people.pathways.index(OPEN_PATHWAY)
    return np.asarray((people.org != 0) & (people.pathway != 0) & (people.pathway != open_to_all))


def not_vouched_for(
    asked: Mapping[int, Core], members: Mapping[int, Core], people: Population
) -> dict[int, Core]:
    """Those of the accounts whom nobody vouches for, cluster → accounts; where members mostly are like that, all of them.

    Who uses a campaign's text and has an owner on record can be asked what for, and needs no ban to be stopped.

    asked    cluster → accounts, of campaigns that may be acted on
    members  cluster → the members of each
    """
    vouched = vouched_for(people)
    return {
        cluster: core
        if vouched[members[cluster].members].mean() > OPENLY
        else core.of(~vouched[core.members])
        for cluster, core in asked.items()
    }
