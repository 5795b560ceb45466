"""What a certain campaign's wording tells of other accounts: how well what they show fits a member, and what clears them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from stillwatch.engines.plan import Engine
from stillwatch.model.numbers import MOST_BITS
from stillwatch.score.beside import SEVERAL, Shown, exchanges_of, of_others, witnesses
from stillwatch.score.carving import FEWEST_STAFF
from stillwatch.score.core import Core
from stillwatch.score.drawing import drawn_bits, read_drawn
from stillwatch.score.scene import Bools, Floats, Ints, Population
from stillwatch.score.ties import Ties
from stillwatch.score.wording import Wording, read_passed_on, read_wording, told_once

CERTAIN_DRIFTING = 0.999
"""Who is added shows a part of the wording alone: one in a thousand of those that are added may be wrong."""

CERTAIN_DRAWN = 0.9999
"""Who shows pieces and keeps too few of them has come by some of them once: of those that are added one in ten thousand."""

AT_ONCE_BITS = 2.0
"""An exchange fills the template where the pieces in it tell so much: who uses one phrase after the other never does."""

EACH_BITS = 2.0
"""Such a piece alone makes an account a member with four to one: texts that strangers show nearly as often add up as well."""

AS_OFTEN = 0.1
"""Who belongs to it fills the template at least so many times as often as members do: who passes on texts does it seldom."""

NOBODY = Core(np.zeros(0, np.int64), np.zeros(0))


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
class Asking:
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

    def with_added(self, added: Core) -> Told:
        """What its members and those added tell."""
        members = self.core.with_more(added).members
        certain = self.taken.copy()
        certain[added.members] = True
        return Told(self, members, certain, read_wording(self.engine, members, certain))


@dataclass(frozen=True, slots=True)
class Told:
    """A campaign's wording as its members and those added tell it.

    members  all of them, ascending; certain: (accounts,) they, and the members of other campaigns
    """

    asking: Asking
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
        return one_thing(self.asking.engine, accounts, self.members, self.wording.templates)

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
        as_one = csr_array(self.one_thing(own.accounts)[own.who])
        bits = self.wording.bits(*told_once(self.wording, own.shows, as_one))
        best = np.full(len(own.accounts), -np.inf)
        np.maximum.at(best, own.who, np.where(self.clearly(own), bits, -np.inf))
        return np.asarray(np.minimum(best, MOST_BITS))


def one_thing(engine: Engine, accounts: Ints, members: Ints, templates: Ints) -> csr_array:
    """(n, k) which of the pieces stand in a system text that each account and another one send word for word, or members do.

    A text that is passed around is one thing, however many pieces of it members keep.
    """
    some = witnesses(members)
    everyone = np.union1d(accounts, some)
    passed_on = read_passed_on(engine, everyone, templates)
    ours = passed_on[np.searchsorted(everyone, some)].sum(axis=0) > 0
    theirs = passed_on[np.searchsorted(everyone, accounts)].toarray() > 0
    return csr_array((theirs | ours).astype(np.int8))


def shares(shown: Shown, people: Population) -> Floats:
    """(n,) how many of an account's exchanges show several pieces at once, as a share."""
    times = np.bincount(shown.who[shown.several], minlength=len(shown.accounts))
    return np.asarray(times / people.exchanges[shown.accounts])


def staff(org: Ints, size: int) -> Bools:
    """(n,) whose organisation has so many of the accounts that these explain themselves, unless they are most of it all."""
    names, counts = np.unique(org[org != 0], return_counts=True)
    return np.isin(org, names[(counts >= FEWEST_STAFF) & (counts < 0.5 * (size + len(org)))])
