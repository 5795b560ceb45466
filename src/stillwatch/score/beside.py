"""What stands beside the pieces of a group's templates in an account's exchanges: its own words, or strangers' text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_array

from stillwatch.engines.parts import leaving
from stillwatch.engines.plan import Engine
from stillwatch.score.scene import Bools, Floats, Ints, ints
from stillwatch.score.ties import Ties

SEVERAL = 2
"""So many pieces at once fill a template: one is a phrase, however rare."""

FEWEST_HOLDERS = 5
"""Text that fewer accounts show is nobody's in particular."""

STRANGERS = 0.5
"""Text is strangers' where more than this share of those who show it are neither members nor candidates."""

WITNESSES = 200
"""So many of the members tell how often strangers' text stands beside the pieces in theirs."""

USUAL = 0.9
"""Nine in ten members have less of it than what a candidate may have,"""

MOST = 0.5
"""and a candidate may have it in this share of its exchanges at most."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Exchanges of some accounts and what they show of a group's templates, and besides.

    accounts  how many accounts
    who       (e,) place of each exchange's account
    shows     (e, k) which of the group's templates it shows
    exchange  (b,) place of an exchange, template (b,) one that it shows and that is none of the group's
    """

    accounts: int
    who: Ints
    shows: csr_array
    exchange: Ints
    template: Ints

    @property
    def several(self) -> Bools:
        """(e,) whether it shows SEVERAL pieces at once."""
        return np.asarray(np.diff(self.shows.indptr) >= SEVERAL)

    def kept(self, share: float) -> csr_array:
        """(accounts, k) which of the templates each account shows in this share of its exchanges that show any."""
        some = np.flatnonzero(np.diff(self.shows.indptr) > 0)
        rows = (np.ones(len(some), np.int64), (self.who[some], some))
        of_account = csr_array(rows, shape=(self.accounts, len(self.who)))
        times = csr_array(of_account @ self.shows.astype(np.int64)).tocoo()
        total = np.bincount(self.who[some], minlength=self.accounts)
        row, column = times.coords
        often = times.data >= np.maximum(2, share * total[row])
        told = (np.ones(often.sum(), np.int8), (row[often], column[often]))
        return csr_array(told, shape=times.shape)


def exchanges_of(engine: Engine, accounts: Ints, templates: Ints) -> Shown:
    """Reads HITS.

    accounts  (n,) account numbers, ascending; templates (k,) the group's, ascending
    """
    with leaving(engine):
        engine.put("asked", pa.table({"ix": pa.array(accounts, pa.int32())}))
        hits = engine.query("SELECT ix, shown FROM hits WHERE ix IN (SELECT ix FROM asked)")
    lists = hits["shown"].combine_chunks()
    told = ints(lists.flatten())
    exchange = np.repeat(np.arange(len(lists)), lists.value_lengths().to_numpy(zero_copy_only=False))
    place = np.minimum(np.searchsorted(templates, told), len(templates) - 1)
    own = templates[place] == told
    pieces = (np.ones(own.sum(), np.int8), (exchange[own], place[own]))
    return Shown(
        len(accounts),
        np.searchsorted(accounts, ints(hits["ix"])),
        csr_array(pieces, shape=(len(lists), len(templates))),
        exchange[~own],
        told[~own],
    )


def of_others(
    engine: Engine, cluster: int, members: Ints, candidates: Ints, templates: Ints, ties: Ties, named: Bools
) -> Bools:
    """(n,) the candidates in whose exchanges strangers' text stands beside a group's pieces more often than in members'.

    Who uses a public text that shares sentences with a group's template shows several pieces of this at once, and the
    rest of the public text with them. Strangers' text is what mostly others show, and what ties the account to another
    group of innocents.

    engine      holds HITS and HOLDINGS
    members     of the group, candidates (n,): account numbers, ascending; templates: the group's, ascending
    named       (accounts,) whom campaigns name
    """
    if not len(candidates):
        return np.zeros(0, dtype=bool)
    accounts = np.unique(np.r_[candidates, members[:: max(1, len(members) // WITNESSES)]])
    shown = exchanges_of(engine, accounts, templates)
    theirs = _strangers_text(engine, np.unique(np.r_[members, candidates]), shown.template)
    theirs |= _ties_elsewhere(
        cluster, accounts[shown.who[shown.exchange]], shown.template, candidates, ties, named
    )
    beside = np.zeros(len(shown.who), dtype=bool)
    beside[shown.exchange[theirs]] = True
    share = _share(shown.who, shown.several, beside, len(accounts))
    usual = share[np.isin(accounts, members) & ~np.isnan(share)]
    limit = min(float(np.quantile(usual, USUAL)), MOST) if len(usual) else 0.0
    asked = share[np.searchsorted(accounts, candidates)]
    return np.asarray(~(asked <= limit))  # who shows no several pieces is left out, too


def _share(who: Ints, several: Bools, beside: Bools, count: int) -> Floats:
    """(count,) of each account's exchanges that show several pieces, the share with strangers' text; NaN without any."""
    total = np.bincount(who[several], minlength=count)
    told = np.bincount(who[several & beside], minlength=count)
    return np.where(total > 0, told / np.maximum(total, 1), np.nan)


def _strangers_text(engine: Engine, ours: Ints, template: Ints) -> Bools:
    """(b,) whether mostly others than `ours`, account numbers, show each template; reads HOLDINGS."""
    with leaving(engine):
        engine.put("ours", pa.table({"ix": pa.array(ours, pa.int32())}))
        engine.put("beside", pa.table({"t": pa.array(np.unique(template), pa.int32())}))
        rows = engine.query(
            """SELECT h.t, count(*) AS holders, count(o.ix) AS inside
               FROM holdings h JOIN beside b ON b.t = h.t LEFT JOIN ours o ON o.ix = h.ix
               WHERE h.contexts > 0 GROUP BY h.t ORDER BY h.t"""
        )
    holders, inside = ints(rows["holders"]), ints(rows["inside"])
    public = (holders >= FEWEST_HOLDERS) & (holders - inside > STRANGERS * holders)
    return np.isin(template, ints(rows["t"])[public])


def _ties_elsewhere(
    cluster: int, who: Ints, template: Ints, candidates: Ints, ties: Ties, named: Bools
) -> Bools:
    """(b,) whether each template is one of another cluster, of another theme, to which the account belongs.

    A cluster of mostly accounts that campaigns name is a part of these, and innocents' it is not.
    """
    account = np.repeat(np.arange(len(ties.first) - 1), np.diff(ties.first))
    count = len(ties.begins) - 1
    size = np.bincount(ties.cluster, minlength=count)
    innocents = 2 * np.bincount(ties.cluster[named[account]], minlength=count) < size
    asked = np.isin(account, candidates)
    for other in np.unique(ties.cluster[asked]).tolist():
        innocents[other] &= other != cluster and not ties.one_theme(cluster, other)
    told = np.flatnonzero(asked & innocents[ties.cluster])
    return ties.shown_by(account[told], ties.cluster[told], who, template)
