"""Who fills a campaign's templates in wording of its own: pieces of them, several at once, that strangers don't show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from stillwatch.engines.plan import Engine
from stillwatch.model.numbers import MOST_BITS
from stillwatch.score.beside import SEVERAL, Shown, exchanges_of, of_others, witnesses
from stillwatch.score.carving import FEWEST_STAFF
from stillwatch.score.core import Core
from stillwatch.score.drawing import drawn_bits, read_drawn, read_usual
from stillwatch.score.scene import Bools, Floats, Ints, Population
from stillwatch.score.ties import Ties
from stillwatch.score.wording import Wording, read_kept, read_passed_on, read_shown, read_wording, told_once

CERTAIN_DRIFTING = 0.999
"""Who is added shows a part of the wording alone: one in a thousand of those that are added may be wrong."""

CERTAIN_DRAWN = 0.9999
"""Who shows pieces and keeps too few of them has come by some of them once: of those that are added one in ten thousand."""

GENERATIONS = 3
"""Who is added keeps pieces that others keep, too: so often they are looked for."""

FEWEST_EXCHANGES = 5
"""So many exchanges of an account show several pieces at once: fewer are no habit,"""

AT_ONCE_BITS = 2.0
"""and each of them alone tells so much: who uses one phrase of the group's after the other never fills its template."""

FEWEST_CLEAR = 2
"""Fewer will do where several pieces at once each tell enough: but who did so once may have been shown them by anybody."""

EACH_BITS = 2.0
"""Such a piece alone makes an account a member with four to one: texts that strangers show nearly as often add up as well."""

MOST_SHOW_MORE = 0.75
"""Where at least this share of a campaign's members show several things of its wording, who shows one is none of them."""

AS_OFTEN = 0.1
"""It does so at least this many times as often as members do: who passes on what others send does it seldom."""

NOBODY = Core(np.zeros(0, np.int64), np.zeros(0))


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
        asking = _Asking(engine, ties.of(cluster), core, taken, people, ties, innocent)
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
        asking = _Asking(engine, ties.of(cluster), core, taken, people, ties, innocent)
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
        told, _ = told_once(wording, shows, _one_thing(engine, core.members, core.members, wording.templates))
        more = np.diff(told.indptr) >= SEVERAL
        out[cluster] = core.of(more) if more.mean() >= MOST_SHOW_MORE else core
    return out


def needed_bits(size: int, others: int, certain: float = CERTAIN_DRIFTING) -> float:
    """The bits that make one of `others` a member of a group of `size` with the probability `certain`."""
    return even_bits(size, others) + float(np.log2(certain / (1.0 - certain)))


def even_bits(size: int, others: int) -> float:
    """The bits that make one of `others` as likely a member of a group of `size` as none."""
    return float(np.log2(max(others, 1) / size))


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


@dataclass(frozen=True, slots=True)
class _Asking:
    """A campaign that is certain, and what is known when others are asked whether they belong to it.

    theme     its templates, ascending
    core      its members
    taken     (accounts,) the members of campaigns
    innocent  clusters whose evidence speaks against extraction
    """

    engine: Engine
    theme: Ints
    core: Core
    taken: Bools
    people: Population
    ties: Ties
    innocent: frozenset[int]

    @property
    def needed(self) -> float:
        """The bits that an account needs."""
        size = len(self.core.members)
        return needed_bits(size, self.people.size - size)

    @property
    def even(self) -> float:
        """The bits that make it as likely a member as none."""
        size = len(self.core.members)
        return even_bits(size, self.people.size - size)

    def with_added(self, added: Core) -> _Told:
        """What its members and those added tell."""
        members = self.core.with_more(added).members
        certain = self.taken.copy()
        certain[added.members] = True
        return _Told(self, members, certain, read_wording(self.engine, members, certain))


@dataclass(frozen=True, slots=True)
class _Told:
    """A campaign's wording as its members and those added tell it.

    members  all of them, ascending; certain: (accounts,) they, and the members of other campaigns
    """

    asking: _Asking
    members: Ints
    certain: Bools
    wording: Wording

    def candidates(self, shows: csr_array, free: Bools) -> Core:
        """Those of the free accounts, (accounts,), whose pieces are enough; shows: (accounts, k) the pieces of each."""
        needed = self.asking.needed
        accounts, bits = drifting(self.wording, shows, free, needed)
        if not len(accounts):
            return Core(accounts, bits)
        told, untold = told_once(self.wording, csr_array(shows[accounts]), self.one_thing(accounts))
        bits = np.minimum(self.wording.bits(told, untold), MOST_BITS)
        return Core(accounts, bits).of((bits >= needed) & (np.diff(told.indptr) >= SEVERAL))

    def drawn(self, shows: csr_array, free: Bools, usual: float) -> Core:
        """Those of the free accounts, (accounts,), that show several pieces among little else.

        shows  (accounts, k) the pieces of each; usual: as of `drawn_bits`
        """
        size = len(self.asking.core.members)
        needed = needed_bits(size, self.asking.people.size - size, CERTAIN_DRAWN)
        accounts = np.flatnonzero(free & (np.diff(shows.indptr) >= SEVERAL))
        if not len(accounts):
            return NOBODY
        drawn = read_drawn(self.asking.engine, self.wording, accounts)
        told, _ = told_once(self.wording, drawn.shows, self.one_thing(accounts))
        bits = np.minimum(drawn_bits(self.wording, replace(drawn, shows=told), usual), MOST_BITS)
        return Core(accounts, bits).of((bits >= needed) & (np.diff(told.indptr) >= SEVERAL))

    def clear(self, candidates: Core, own: Shown, times: Ints) -> Bools:
        """(n,) the candidates, one at least, whom an innocent reason clears.

        own    their exchanges; times: (n,) how many of each fill the template
        """
        asking, accounts, templates = self.asking, candidates.members, self.wording.templates
        theirs = exchanges_of(asking.engine, witnesses(self.members), templates)
        usual = float(shares(theirs, asking.people).mean())
        seldom = times < AS_OFTEN * usual * asking.people.exchanges[accounts]
        explained = staff(asking.people.org[accounts], len(asking.core.members))
        strangers = of_others(
            asking.engine, asking.theme, self.members, own, templates, asking.ties, self.certain,
            asking.innocent,
        )  # fmt: skip
        return seldom | explained | strangers

    def one_thing(self, accounts: Ints) -> csr_array:
        """(n, k) which pieces are one thing for each of some accounts, ascending."""
        return _one_thing(self.asking.engine, accounts, self.members, self.wording.templates)

    def fills(self, own: Shown) -> Bools:
        """(e,) whether each exchange shows several pieces at once that tell enough together."""
        return np.asarray(own.several & (self.wording.bits(own.shows) >= AT_ONCE_BITS))

    def clearly(self, own: Shown) -> Bools:
        """(e,) whether each fills the template by several pieces that each tell enough."""
        weighty = np.log2(self.wording.weight) >= self.asking.even + EACH_BITS
        several = own.shows @ weighty.astype(np.int64) >= SEVERAL
        return np.asarray(several & self.fills(own))

    def alone(self, own: Shown) -> Floats:
        """(n,) the most bits that one of each account's exchanges tells; -inf where none clearly fills the template."""
        one_thing = csr_array(self.one_thing(own.accounts)[own.who])
        bits = self.wording.bits(*told_once(self.wording, own.shows, one_thing))
        best = np.full(len(own.accounts), -np.inf)
        np.maximum.at(best, own.who, np.where(self.clearly(own), bits, -np.inf))
        return np.asarray(np.minimum(best, MOST_BITS))


def _by_habit(told: _Told, free: Bools) -> Core:
    """Those of the free accounts, (accounts,), that fill the template again and again."""
    keeps = read_kept(told.asking.engine, told.wording, told.asking.people.size)
    return _filling(told, told.candidates(keeps, free))


def _by_drawing(told: _Told, free: Bools, usual: float) -> Core:
    """Those of the free accounts, (accounts,), that fill the template again and again, in ever other words."""
    shows = read_shown(told.asking.engine, told.wording, told.asking.people.size)
    return _filling(told, told.drawn(shows, free, usual))


def _filling(told: _Told, candidates: Core) -> Core:
    """The candidates that fill the template again and again, and that no innocent reason clears."""
    if not len(candidates.members):
        return candidates
    own = exchanges_of(told.asking.engine, candidates.members, told.wording.templates)
    times = np.bincount(own.who[told.fills(own)], minlength=len(own.accounts))
    clearly = np.bincount(own.who[told.clearly(own)], minlength=len(own.accounts))
    habit = (times >= FEWEST_EXCHANGES) | (clearly >= FEWEST_CLEAR)
    return candidates.of(habit & ~told.clear(candidates, own, times))


def _by_one_exchange(told: _Told, free: Bools) -> Core:
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


def _one_thing(engine: Engine, accounts: Ints, members: Ints, templates: Ints) -> csr_array:
    """(n, k) which of the pieces stand in a system text that each account and another one send word for word, or members do.

    A text that is passed around is one thing, however many pieces of it members keep.
    """
    some = witnesses(members)
    everyone = np.union1d(accounts, some)
    passed_on = read_passed_on(engine, everyone, templates)
    ours = passed_on[np.searchsorted(everyone, some)].sum(axis=0) > 0
    theirs = passed_on[np.searchsorted(everyone, accounts)].toarray() > 0
    return csr_array((theirs | ours).astype(np.int8))


def _taken(named: Mapping[int, Core], accounts: int, standing: Ints) -> Bools:
    """(accounts,) who belongs to any of the campaigns, or to one that stands."""
    taken = np.zeros(accounts, dtype=bool)
    taken[standing] = True
    for core in named.values():
        taken[core.members] = True
    return taken


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
