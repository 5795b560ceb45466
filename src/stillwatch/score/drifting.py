"""Who fills a campaign's templates in wording of its own: pieces of them, several at once, that strangers don't show."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.sparse import csr_array

from stillwatch.engines.plan import Engine
from stillwatch.model.numbers import MOST_BITS
from stillwatch.score.beside import SEVERAL, Shown, exchanges_of, of_others, witnesses
from stillwatch.score.carving import FEWEST_STAFF
from stillwatch.score.core import Core
from stillwatch.score.scene import Bools, Floats, Ints, Population
from stillwatch.score.ties import Ties
from stillwatch.score.wording import Wording, read_kept, read_passed_on, read_wording, told_once

CERTAIN_DRIFTING = 0.999
"""Who is added shows a part of the wording alone: one in a thousand of those that are added may be wrong."""

GENERATIONS = 3
"""Who is added keeps pieces that others keep, too: so often they are looked for."""

FEWEST_EXCHANGES = 5
"""So many exchanges of an account show several pieces at once: fewer are no habit,"""

AT_ONCE_BITS = 2.0
"""and each of them alone tells so much: who uses one phrase of the group's after the other never fills its template."""

AS_OFTEN = 0.1
"""It does so at least this many times as often as members do: who passes on what others send does it seldom."""


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
    tie others in turn, for GENERATIONS. Whom another campaign names already is left to that one.

    engine    holds HOLDINGS, HITS and TEMPLATE_KINDS
    named     the campaigns that may be acted on, cluster → members
    innocent  clusters whose evidence speaks against extraction
    standing  accounts of campaigns that stand since an earlier scan
    """
    taken = np.zeros(people.size, dtype=bool)
    taken[standing] = True
    for core in named.values():
        taken[core.members] = True
    found: dict[int, Core] = {}
    for cluster, core in sorted(named.items()):
        added = Core(np.zeros(0, np.int64), np.zeros(0))
        for _ in range(GENERATIONS):
            before, added = added, _added_to(engine, cluster, core, added, taken, people, ties, innocent)
            if np.array_equal(before.members, added.members):
                break
        if len(added.members):
            found[cluster] = added
    return _once(found)


def needed_bits(size: int, others: int, certain: float = CERTAIN_DRIFTING) -> float:
    """The bits that make one of `others` a member of a group of `size` with the probability `certain`."""
    return float(np.log2(max(others, 1) / size) + np.log2(certain / (1.0 - certain)))


def drifting(
    wording: Wording, keeps: csr_array, free: Bools, needed: float, least: int = SEVERAL
) -> tuple[Ints, Floats]:
    """(m,) the accounts that keep several pieces as only members do, and their bits.

    keeps   (accounts, k) which pieces each keeps; free (accounts,) who may be added
    needed  bits that an account needs
    least   so many pieces it keeps
    """
    asked = np.flatnonzero(free & (np.diff(keeps.indptr) >= least))
    bits = wording.bits(csr_array(keeps[asked]))
    return asked[bits >= needed], bits[bits >= needed]


def _added_to(
    engine: Engine,
    cluster: int,
    core: Core,
    added: Core,
    taken: Bools,
    people: Population,
    ties: Ties,
    innocent: frozenset[int],
) -> Core:
    """Who is added to a campaign to which those `added` belong as well; these are asked again.

    taken  (accounts,) the members of campaigns
    """
    members = core.with_more(added).members
    certain = taken.copy()
    certain[added.members] = True
    wording = read_wording(engine, members, certain)
    size = len(core.members)
    needed = needed_bits(size, people.size - size)
    keeps = read_kept(engine, wording, people.size)
    accounts, bits = drifting(wording, keeps, ~taken, needed)
    if not len(accounts):
        return Core(accounts, bits)
    # A text that is passed around is one thing, however many pieces of it members keep.
    passed_on = read_passed_on(engine, accounts, wording.templates)
    shows, untold = told_once(wording, csr_array(keeps[accounts]), passed_on)
    bits = wording.bits(shows, untold)
    told = (bits >= needed) & (np.diff(shows.indptr) >= SEVERAL)
    accounts, bits = accounts[told], bits[told]
    if not len(accounts):
        return Core(accounts, bits)
    own = exchanges_of(engine, accounts, wording.templates)
    theirs = exchanges_of(engine, witnesses(members), wording.templates)
    at_once = wording.bits(own.shows) >= AT_ONCE_BITS
    times = np.bincount(own.who[own.several & at_once], minlength=len(accounts))
    usual = float(shares(theirs, people).mean())
    keep = (times >= FEWEST_EXCHANGES) & (times >= AS_OFTEN * usual * people.exchanges[accounts])
    keep &= ~staff(people.org[accounts], size)
    keep &= ~of_others(
        engine, ties.of(cluster), members, own, theirs, wording.templates, ties, certain, innocent
    )
    return Core(accounts[keep], np.minimum(bits[keep], MOST_BITS))


def shares(shown: Shown, people: Population) -> Floats:
    """(n,) how many of an account's exchanges show several pieces at once, as a share."""
    times = np.bincount(shown.who[shown.several], minlength=len(shown.accounts))
    return np.asarray(times / people.exchanges[shown.accounts])


def staff(org: Ints, size: int) -> Bools:
    """(n,) whose organisation has so many of the accounts that these explain themselves, unless they are most of it all."""
    names, counts = np.unique(org[org != 0], return_counts=True)
    return np.isin(org, names[(counts >= FEWEST_STAFF) & (counts < 0.5 * (size + len(org)))])


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
