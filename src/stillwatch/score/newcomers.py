"""Who joins a campaign that stands: accounts that show what its members keep, and that no earlier scan named."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stillwatch.engines.plan import Engine
from stillwatch.model.numbers import MOST_BITS
from stillwatch.score.asking import AS_OFTEN, drifting, needed_bits, shares, staff
from stillwatch.score.beside import exchanges_of, of_others, witnesses
from stillwatch.score.carried import WEIGHTY_BITS, Carried, crowd
from stillwatch.score.core import Core
from stillwatch.score.rolls import REPEATED
from stillwatch.score.scene import Bools, Population
from stillwatch.score.ties import Ties
from stillwatch.score.wording import read_kept

CERTAIN_NEWCOMERS = 0.999
"""An account is asked again every day, with less of it to see than a scan of a whole window has: one in a thousand of
those that are named may be wrong, where a scan that asks once allows one in a hundred."""

FILLS = 1
"""A campaign may be known by one template alone: who fills it shows one piece. One phrase of many tells too few bits."""


def newcomers(
    engine: Engine,
    carried: Sequence[Carried],
    people: Population,
    ties: Ties,
    innocent: frozenset[int],
    named: Bools,
) -> dict[int, Core]:
    """The accounts that join each campaign, number → those of it; campaigns that nobody joins are left out.

    Each is asked how well what it keeps fits a member who keeps all of the wording or a part of it, as accounts are whose
    wording drifts, with the shares of the scan that knew the campaign. Innocent reasons clear it as they do there, and one
    more: where this window's own exchanges of all who use the wording speak for innocents (`carried.crowd`), it has
    become public, and names nobody any more.

    engine    holds HOLDINGS and HITS
    innocent  clusters of this window whose evidence speaks against extraction
    named     (accounts,) whom campaigns of this window name
    """
    taken = named.copy()
    for each in carried:
        taken[each.core.members] = True
    found: dict[int, Core] = {}
    for each in carried:
        if not len(each.wording.templates):
            continue
        core = _joining(engine, each, people, ties, innocent, taken)
        taken[core.members] = True
        if len(core.members):
            found[each.cluster] = core
    return found


def _joining(
    engine: Engine, each: Carried, people: Population, ties: Ties, innocent: frozenset[int], taken: Bools
) -> Core:
    free = ~taken & ~crowd(each, ties, innocent, people.size)
    kept = read_kept(engine, each.wording, people.size)
    needed = needed_bits(each.size, each.others, CERTAIN_NEWCOMERS)
    accounts, bits = drifting(each.wording, kept, free, needed, FILLS)
    if not len(accounts):
        return Core(accounts, bits)
    templates, members = each.wording.templates, each.core.members
    own = exchanges_of(engine, accounts, templates, FILLS)
    theirs = exchanges_of(engine, witnesses(members), templates, FILLS)
    weighty = own.shows @ (each.piece_bits >= WEIGHTY_BITS).astype(np.int64) > 0
    times = np.bincount(own.who[weighty], minlength=len(accounts))
    usual = float(shares(theirs, people).mean()) if len(members) else each.usual
    keep = (times >= REPEATED) & (times >= AS_OFTEN * usual * people.exchanges[accounts])
    keep &= ~staff(people.org[accounts], each.size)
    keep &= ~of_others(engine, templates, members, own, templates, ties, taken, innocent)
    return Core(accounts[keep], np.minimum(bits[keep], MOST_BITS))
