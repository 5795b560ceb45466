"""What stands beside the pieces of a group's wording in an account's exchanges: its own words, or strangers' text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_array

from stillwatch.engines.parts import leaving
from stillwatch.engines.plan import Engine
from stillwatch.score.scene import Bools, Floats, Ints, ints
from stillwatch.score.ties import Ties, one_theme
from stillwatch.score.wording import AGAIN, FEWEST_KEEPERS, PIECE_BITS

SEVERAL = 2
"""So many pieces at once fill a template: one is a phrase, however rare."""

FEWEST_HOLDERS = 5
"""Text that fewer accounts show is nobody's in particular."""

OTHERS = 0.5
"""Text is strangers' where more than this share of those who show it are neither members nor candidates,"""

BRINGS = 0.5
"""and it has the pieces in it where at least this share of these strangers show several, too: a phrase has none."""

WITNESSES = 200
"""So many of the members tell how often members show several pieces."""

MOST = 0.5
"""A candidate may have it in this share of its exchanges at most: whoever fills a public text has it in nearly all."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Exchanges of some accounts and what they show of a group's pieces, and besides.

    accounts  (n,) account numbers, ascending
    who       (e,) place of each exchange's account
    shows     (e, k) which of the pieces it shows
    exchange  (b,) place of an exchange, template (b,) one that it shows and that is no piece
    least     so many pieces at once fill a template
    """

    accounts: Ints
    who: Ints
    shows: csr_array
    exchange: Ints
    template: Ints
    least: int = SEVERAL

    @property
    def several(self) -> Bools:
        """(e,) whether it shows `least` pieces at once."""
        return np.asarray(np.diff(self.shows.indptr) >= self.least)

    def share(self, beside: Bools) -> Floats:
        """(n,) of each account's exchanges that show several pieces, the share with a text beside; NaN without any.

        beside  (b,) which templates are such a text
        """
        told = np.zeros(len(self.who), dtype=bool)
        told[self.exchange[beside]] = True
        total = np.bincount(self.who[self.several], minlength=len(self.accounts))
        found = np.bincount(self.who[self.several & told], minlength=len(self.accounts))
        return np.where(total > 0, found / np.maximum(total, 1), np.nan)


def witnesses(members: Ints) -> Ints:
    """About WITNESSES of a group's members, in the order of their numbers."""
    return members[:: max(1, len(members) // WITNESSES)]


def exchanges_of(engine: Engine, accounts: Ints, templates: Ints, least: int = SEVERAL) -> Shown:
    """Reads HITS.

    accounts  (n,) account numbers, ascending; templates (k,) the pieces, ascending, `least` of which fill a template
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
        accounts,
        np.searchsorted(accounts, ints(hits["ix"])),
        csr_array(pieces, shape=(len(lists), len(templates))),
        exchange[~own],
        told[~own],
        least,
    )


def of_others(
    engine: Engine,
    theme: Ints,
    members: Ints,
    candidates: Shown,
    pieces: Ints,
    ties: Ties,
    named: Bools,
    innocent: frozenset[int],
) -> Bools:
    """(n,) the candidates in most of whose exchanges strangers' text stands beside a group's pieces, or who show no several.

    Who uses a public text that shares sentences with a group's template shows several pieces of this at once, and the
    rest of the public text with them. Strangers' text is what mostly others show, and these with the pieces; and what
    ties the account to another group of innocents, unless most show it without the pieces: a phrase of the trade ties
    its users, too, but they fill nobody's template.

    engine      holds HITS and HOLDINGS
    theme       templates that tie the group, ascending
    members     of the group, account numbers, ascending
    pieces      the group's, ascending
    named       (accounts,) whom campaigns name
    innocent    clusters whose evidence speaks against extraction
    """
    texts = _read_texts(engine, members, named, candidates, pieces)
    who = candidates.accounts[candidates.who[candidates.exchange]]
    asked = np.isin(candidates.template, texts.strangers)
    asked |= np.isin(candidates.template, texts.brings) & _ties_elsewhere(
        theme, who, candidates.template, candidates.accounts, ties, named, innocent
    )
    return np.asarray(~(candidates.share(asked) <= MOST))


@dataclass(frozen=True, slots=True)
class _Texts:
    """Templates, ascending.

    strangers  texts of strangers that have the pieces in them
    brings     those with which most of whom no campaign names show several pieces, candidates among them
    """

    strangers: Ints
    brings: Ints


def _read_texts(engine: Engine, members: Ints, named: Bools, candidates: Shown, pieces: Ints) -> _Texts:
    """Reads HOLDINGS.

    What members keep more often than strangers show it (PIECE_BITS) is wording of the group's, however many show it.
    """
    suspects = named.copy()
    suspects[candidates.accounts] = True
    with leaving(engine):
        engine.put("ours", pa.table({"ix": pa.array(members, pa.int32())}))
        engine.put("named", pa.table({"ix": pa.array(np.flatnonzero(named), pa.int32())}))
        engine.put("suspects", pa.table({"ix": pa.array(np.flatnonzero(suspects), pa.int32())}))
        engine.put("pieces", pa.table({"t": pa.array(pieces, pa.int32())}))
        engine.put("beside", pa.table({"t": pa.array(np.unique(candidates.template), pa.int32())}))
        rows = engine.query(
            f"""
            WITH fill AS (
                SELECT ix FROM holdings WHERE contexts > 0 AND t IN (SELECT t FROM pieces)
                GROUP BY ix HAVING count(*) >= {candidates.least})
            SELECT h.t, count(*) AS holders, count(*) - count(s.ix) AS strangers,
                   count(*) - count(n.ix) AS unnamed,
                   count(o.ix) FILTER (h.contexts >= {AGAIN}) AS keepers,
                   count(f.ix) FILTER (s.ix IS NULL) AS several,
                   count(f.ix) FILTER (n.ix IS NULL) AS unnamed_several
            FROM holdings h JOIN beside b ON b.t = h.t LEFT JOIN suspects s ON s.ix = h.ix
            LEFT JOIN named n ON n.ix = h.ix LEFT JOIN ours o ON o.ix = h.ix LEFT JOIN fill f ON f.ix = h.ix
            WHERE h.contexts > 0 GROUP BY h.t ORDER BY h.t"""
        )
    holders, strangers, keepers = (ints(rows[name]) for name in ("holders", "strangers", "keepers"))
    public = (holders >= FEWEST_HOLDERS) & (strangers > OTHERS * holders)
    with_pieces = ints(rows["several"]) >= BRINGS * strangers
    rate = (strangers + 0.5) / (np.count_nonzero(~suspects) + 1.0)
    ours = (keepers >= FEWEST_KEEPERS) & (keepers >= 2.0**PIECE_BITS * rate * len(members))
    brings = ints(rows["unnamed_several"]) >= BRINGS * ints(rows["unnamed"])
    templates = ints(rows["t"])
    return _Texts(templates[public & with_pieces & ~ours], templates[brings])


def _ties_elsewhere(
    theme: Ints,
    who: Ints,
    template: Ints,
    candidates: Ints,
    ties: Ties,
    named: Bools,
    innocent: frozenset[int],
) -> Bools:
    """(b,) whether each template is one of another cluster, innocents' and of another theme, to which the account belongs.

    A cluster of mostly accounts that campaigns name is a part of these, whatever it tells alone.
    """
    account = np.repeat(np.arange(len(ties.first) - 1), np.diff(ties.first))
    count = len(ties.begins) - 1
    size = np.bincount(ties.cluster, minlength=count)
    innocents = 2 * np.bincount(ties.cluster[named[account]], minlength=count) < size
    asked = np.isin(account, candidates)
    for other in np.unique(ties.cluster[asked]).tolist():
        innocents[other] &= other in innocent and not one_theme(theme, ties.of(other))
    told = np.flatnonzero(asked & innocents[ties.cluster])
    return ties.shown_by(account[told], ties.cluster[told], who, template)
