"""Who fills a campaign's templates in wording of its own: pieces of them, several at once, that strangers don't show."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.sparse import csr_array

from stillwatch.engines.plan import Engine
from stillwatch.score.asking import NOBODY, Asking, Told, one_thing
from stillwatch.score.beside import SEVERAL, exchanges_of
from stillwatch.score.core import Core
from stillwatch.score.drawing import read_usual
from stillwatch.score.scene import Bools, Ints, Population
from stillwatch.score.ties import Ties
from stillwatch.score.wording import read_kept, read_shown, read_wording, told_once

GENERATIONS = 3
"""Who is added keeps pieces that others keep, too: so often they are looked for."""

FEWEST_EXCHANGES = 5
"""So many exchanges of an account fill the template: fewer are no habit."""

FEWEST_CLEAR = 2
"""Fewer will do where several pieces at once each tell enough: but who did so once may have been shown them by anybody."""

MOST_SHOW_MORE = 0.75
"""Where at least this share of a campaign's members show several things of its wording, who shows one is none of them."""


def add_drifting(
    engine: Engine,
    named: Mapping[int, Core],
    people: Population,
    ties: Ties,
    innocent: frozenset[int],
    standing: Ints,
) -> dict[int, Core]:
    """The accounts that belong to campaigns beside their members, cluster → those of it; clusters with none are left out.

    A campaign is told by accounts that show its templates whole. A careful account words them anew, and what it leaves
    standing does not make it a member: whoever shows a part only lacks most. So once a campaign is certain, the
    others are asked again how well what they keep fits a member who keeps a part, an unknown one, of all that members
    keep. Who is a member by that with CERTAIN_DRIFTING is added, unless innocent reasons show: FEWEST_EXCHANGES don't
    show several pieces at once, or it does so far less often than members; strangers' text has the pieces in it
    (`beside`); it is staff of one organisation, which explains itself. Whoever is added keeps pieces of its own that
    tie others in turn, for GENERATIONS. Two kinds are added last and tie nobody in turn: who fills the template as often,
    but changes the wording, so that it keeps too few pieces, where all that it shows beside the pieces leaves it a member
    with CERTAIN_DRAWN; and who sends too little to have a habit, where one exchange alone tells as much, and twice as much
    for twice as many exchanges, each of which might have told it by chance. Whom another campaign names already is left
    to that one.

    engine    holds HOLDINGS, HITS and TEMPLATE_KINDS
    named     the campaigns that may be acted on, cluster → members
    innocent  clusters whose evidence speaks against extraction
    standing  accounts of campaigns that stand since an earlier scan
    """
    taken = _taken(named, people.size, standing)
    usual = read_usual(engine, taken)
    found: dict[int, Core] = {}
    for cluster, core in sorted(named.items()):
        asking = Asking(engine, ties.of(cluster), core, taken, people, ties, innocent)
        added = NOBODY
        told = asking.with_added(added)
        for _ in range(GENERATIONS):
            before, added = added, _by_habit(told, ~taken)
            if np.array_equal(before.members, added.members):
                break
            told = asking.with_added(added)
        last = _by_drawing(told, ~told.certain, usual)
        free = ~told.certain
        free[last.members] = False
        added = added.with_more(last).with_more(_by_one_exchange(told, free))
        if len(added.members):
            found[cluster] = added
    return _once(found)


def told_by_one_exchange(
    engine: Engine,
    named: Mapping[int, Core],
    cores: Mapping[int, Core],
    people: Population,
    ties: Ties,
    innocent: frozenset[int],
    standing: Ints,
) -> dict[int, Core]:
    """The members of campaigns who did not repeat its text, and of whom one exchange alone tells enough, cluster → those of it.

    named  the campaigns that may be acted on, cluster → who belongs to each without them
    cores  cluster → all members of these and others; the rest as for `add_drifting`
    """
    taken = _taken(named, people.size, standing)
    found = {}
    for cluster, core in sorted(named.items()):
        asked = cores[cluster].of(~taken[cores[cluster].members])
        if not len(asked.members):
            continue
        free = np.zeros(people.size, dtype=bool)
        free[asked.members] = True
        asking = Asking(engine, ties.of(cluster), core, taken, people, ties, innocent)
        told = _by_one_exchange(asking.with_added(NOBODY), free)
        found[cluster] = asked.of(np.isin(asked.members, told.members))
    return found


def who_shows_more(engine: Engine, named: Mapping[int, Core], accounts: int) -> dict[int, Core]:
    """The members of campaigns but those who show only one thing of its wording, a phrase or a text that is passed on.

    Strangers may use that one as well, and where MOST_SHOW_MORE of the members show several it is not what makes a member. A
    campaign that is known by one thing keeps them all.

    engine    holds HOLDINGS, TEMPLATE_KINDS and what `read_passed_on` reads
    named     the campaigns that may be acted on, cluster → members
    accounts  how many there are
    """
    certain = _taken(named, accounts, NOBODY.members)
    out = {}
    for cluster, core in sorted(named.items()):
        wording = read_wording(engine, core.members, certain)
        shows = csr_array(read_shown(engine, wording, accounts)[core.members])
        told, _ = told_once(wording, shows, one_thing(engine, core.members, core.members, wording.templates))
        more = np.diff(told.indptr) >= SEVERAL
        out[cluster] = core.of(more) if more.mean() >= MOST_SHOW_MORE else core
    return out


def _by_habit(told: Told, free: Bools) -> Core:
    """Those of the free accounts, (accounts,), that fill the template again and again."""
    keeps = read_kept(told.asking.engine, told.wording, told.asking.people.size)
    return _filling(told, told.candidates(keeps, free))


def _by_drawing(told: Told, free: Bools, usual: float) -> Core:
    """Those of the free accounts, (accounts,), that fill the template again and again, in ever other words."""
    shows = read_shown(told.asking.engine, told.wording, told.asking.people.size)
    return _filling(told, told.drawn(shows, free, usual))


def _filling(told: Told, candidates: Core) -> Core:
    """The candidates that fill the template again and again, and that no innocent reason clears."""
    if not len(candidates.members):
        return candidates
    own = exchanges_of(told.asking.engine, candidates.members, told.wording.templates)
    times = np.bincount(own.who[told.fills(own)], minlength=len(own.accounts))
    clearly = np.bincount(own.who[told.clearly(own)], minlength=len(own.accounts))
    habit = (times >= FEWEST_EXCHANGES) | (clearly >= FEWEST_CLEAR)
    return candidates.of(habit & ~told.clear(candidates, own, times))


def _by_one_exchange(told: Told, free: Bools) -> Core:
    """Those of the free accounts, (accounts,), of whom an exchange alone tells enough.

    source  Bonferroni: who sends twice as many exchanges needs a bit more, since each may tell it by chance
    """
    asking = told.asking
    shows = read_shown(asking.engine, told.wording, asking.people.size)
    candidates = told.candidates(shows, free)
    if not len(candidates.members):
        return candidates
    own = exchanges_of(asking.engine, candidates.members, told.wording.templates)
    times = np.bincount(own.who[told.fills(own)], minlength=len(own.accounts))
    bits = told.alone(own) - np.log2(asking.people.exchanges[candidates.members])
    return Core(candidates.members, bits).of((bits >= asking.needed) & ~told.clear(candidates, own, times))


def _taken(named: Mapping[int, Core], accounts: int, standing: Ints) -> Bools:
    """(accounts,) who belongs to any of the campaigns, or to one that stands."""
    taken = np.zeros(accounts, dtype=bool)
    taken[standing] = True
    for core in named.values():
        taken[core.members] = True
    return taken


def _once(found: Mapping[int, Core]) -> dict[int, Core]:
    """Each account in the one campaign for which it shows most, the first of several."""
    cluster = np.repeat(np.array(list(found), np.int64), [len(core.members) for core in found.values()])
    members = np.concatenate([np.zeros(0, np.int64), *(core.members for core in found.values())])
    bits = np.concatenate([np.zeros(0), *(core.bits for core in found.values())])
    order = np.lexsort((cluster, -bits, members))
    first = order[np.r_[True, np.diff(members[order]) > 0]] if len(order) else order
    kept = np.sort(first)
    return {
        name: Core(members[kept[cluster[kept] == name]], bits[kept[cluster[kept] == name]])
        for name in found
        if (cluster[kept] == name).any()
    }
