"""Who fills a campaign's templates in wording of its own: pieces of them, several at once, that strangers don't show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from stillwatch.engines.plan import Engine
from stillwatch.score.beside import SEVERAL, exchanges_of, of_others
from stillwatch.score.carving import FEWEST_STAFF
from stillwatch.score.looks import CERTAIN_MEMBERS
from stillwatch.score.scene import Bools, Floats, Ints, Population, ints
from stillwatch.score.ties import Ties

KEPT = np.linspace(0.04, 1.0, 25)
"""Shares of a template that wording of one's own may keep, each as likely as the others."""

ROUNDS = 8

RECURS = 0.1
"""A wording is kept from one exchange to the next, and its pieces with it: what fills the slot comes and goes."""

FEWEST_EXCHANGES = 5
"""So many exchanges of an account show several pieces at once: fewer are no habit,"""

AT_ONCE_BITS = 2.0
"""and each of them alone tells so much: who uses one phrase of the group's after the other never fills its template."""

MOST_BITS = 40.0
"""Pieces of one text depend on each other: together they say no more than this of one account."""


@dataclass(frozen=True, slots=True)
class Core:
    """Members of a campaign: account numbers, ascending, and their weight in bits."""

    members: Ints
    bits: Floats

    def with_more(self, more: Core | None) -> Core:
        """These and others, none of whom is among them."""
        if more is None:
            return self
        members, bits = np.r_[self.members, more.members], np.r_[self.bits, more.bits]
        order = np.argsort(members)
        return Core(members[order], bits[order])


@dataclass(frozen=True, slots=True)
class Pieces:
    """How often a campaign's members and strangers show each of its templates, (k,) shares."""

    inside: Floats
    outside: Floats

    def bits(self, shows: csr_array) -> Floats:
        """(n,) bits by which each row speaks for a member whose wording drifts, against a stranger.

        shows   (n, k) which templates each shows
        source  Fellegi & Sunter 1969, weights log2(m/u) and log2((1-m)/(1-u)), here with m = q times the members'
                share, and the mean of the likelihoods over the shares q of KEPT: how much of a template somebody's
                own wording keeps is not known
        """
        kept = np.clip(np.maximum(KEPT[None, :] * self.inside[:, None], self.outside[:, None]), 1e-6, 0.98)
        # Whole thousandths add up to the same sum in any order.
        shown = np.rint(1000.0 * np.log2(kept / self.outside[:, None]))
        absent = np.rint(1000.0 * np.log2((1.0 - kept) / (1.0 - self.outside[:, None])))
        sums = (shows.astype(np.float64) @ (shown - absent) + absent.sum(axis=0)) / 1000.0
        most = sums.max(axis=1, keepdims=True)
        told: Floats = most[:, 0] + np.log2(np.exp2(sums - most).mean(axis=1))
        return told


def add_drifting(
    engine: Engine, named: Mapping[int, Core], people: Population, ties: Ties
) -> dict[int, Core]:
    """The accounts that belong to campaigns beside their members, cluster → those of it; clusters with none are left out.

    A campaign is told by accounts that show its templates whole. A careful account words them anew, and what it leaves
    standing does not make it a member: whoever shows a part only lacks most. So once a campaign is certain, the
    others are asked again how well what they show fits a member who keeps a part, an unknown one. Who is a member by
    that with CERTAIN_MEMBERS is added, unless innocent reasons show: FEWEST_EXCHANGES don't show several pieces at
    once; strangers' text stands beside the pieces, where it does not with the members (`beside`); it is staff of one
    organisation, which explains itself. Whom another campaign names already is left to that one.

    engine  holds HOLDINGS, HITS, CLUSTER_TEMPLATES and LISTED_CLUSTERS
    """
    taken = np.zeros(people.size, dtype=bool)
    for core in named.values():
        taken[core.members] = True
    found: dict[int, Core] = {}
    for cluster, core in sorted(named.items()):
        added = _added_to(engine, cluster, core, taken, people, ties)
        if len(added.members):
            found[cluster] = added
    return _once(found)


def drifting(
    shows: csr_array, keeps: csr_array, core: Bools, free: Bools, needed: float
) -> tuple[Ints, Floats, Pieces]:
    """(m,) the accounts that keep pieces of a group's templates as only its members do, their bits, and who shows what.

    shows   (n, k) which of the group's templates each account shows at all, as strangers are judged
    keeps   (n, k) which it shows again and again, as members and candidates are
    core    (n,) its members; free (n,) who may be added
    needed  bits that an account needs
    """
    pieces = np.diff(keeps.indptr)
    candidates = np.flatnonzero(free & ~core & (pieces >= SEVERAL))
    inside = (keeps[np.flatnonzero(core)].sum(axis=0) + 0.5) / (core.sum() + 1.0)
    chosen = np.zeros(len(core), dtype=bool)
    bits = np.zeros(len(candidates))
    for _ in range(ROUNDS):
        others = ~core & ~chosen
        outside = (shows[np.flatnonzero(others)].sum(axis=0) + 0.5) / (others.sum() + 1.0)
        told = Pieces(inside, outside)
        bits = told.bits(csr_array(keeps[candidates]))
        again = np.zeros(len(core), dtype=bool)
        again[candidates[bits >= needed]] = True
        if np.array_equal(again, chosen):
            break
        chosen = again
    return candidates[bits >= needed], bits[bits >= needed], told


def _added_to(engine: Engine, cluster: int, core: Core, taken: Bools, people: Population, ties: Ties) -> Core:
    nobody = Core(np.zeros(0, np.int64), np.zeros(0))
    rows = engine.query(
        f"""SELECT ix, t, exchanges FROM holdings WHERE contexts > 0 AND t IN (
                SELECT c.t FROM cluster_templates c JOIN listed_clusters l ON l.cluster = c.cluster
                WHERE l.campaign = {cluster} AND c.bits > 0)"""
    )
    ix, exchanges = ints(rows["ix"]), ints(rows["exchanges"])
    templates, column = np.unique(ints(rows["t"]), return_inverse=True)
    most = np.zeros(people.size, np.int64)
    np.maximum.at(most, ix, exchanges)
    again = exchanges >= np.maximum(2, RECURS * most[ix])
    inside = np.zeros(people.size, dtype=bool)
    inside[core.members] = True
    size = len(core.members)
    odds = np.log2(CERTAIN_MEMBERS / (1.0 - CERTAIN_MEMBERS))
    needed = float(np.log2(max(people.size - size, 1) / size) + odds)
    shape = (people.size, len(templates))
    accounts, _, pieces = drifting(
        _table(ix, column, shape), _table(ix[again], column[again], shape), inside, ~taken, needed
    )
    if not len(accounts):
        return nobody
    own = exchanges_of(engine, accounts, templates)
    # How often an account fills the template is known now, and so is what it keeps when it does.
    bits = pieces.bits(own.kept(RECURS))
    telling = own.several & (pieces.bits(own.shows) >= AT_ONCE_BITS)
    habit = np.bincount(own.who[telling], minlength=len(accounts)) >= FEWEST_EXCHANGES
    keep = (bits >= needed) & habit & ~_staff(people.org[accounts], size)
    keep[keep] = ~of_others(engine, cluster, core.members, accounts[keep], templates, ties, taken)
    return Core(accounts[keep], np.minimum(bits[keep], MOST_BITS))


def _table(row: Ints, column: Ints, shape: tuple[int, int]) -> csr_array:
    return csr_array((np.ones(len(row), np.int8), (row, column)), shape=shape)


def _staff(org: Ints, size: int) -> Bools:
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
