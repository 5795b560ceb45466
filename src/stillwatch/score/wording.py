"""A campaign's wording: pieces of text that its members keep and hardly anybody else shows, and how they speak for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_array

from stillwatch.engines.parts import leaving
from stillwatch.engines.plan import Engine
from stillwatch.model.standing import WORDING
from stillwatch.model.tables import conform
from stillwatch.score.scene import Bools, Floats, Ints, ints

KEPT = np.linspace(0.04, 1.0, 25)
"""Shares of a template that wording of one's own may keep, each as likely as the others."""

AGAIN = 2
"""An account keeps what it shows around so many different prompts,"""

RECURS = 0.1
"""and in this share of its exchanges that show it most: what fills the slot comes and goes."""

FEWEST_KEEPERS = 2
"""So many members keep a piece, or it is the wording of one,"""

MOSTLY = 0.5
"""of those who show it at least this share is the campaign's, or it is a phrase of the trade,"""

LIVES_BY = 0.5
"""Who shows a template in so large a share of the exchanges of the one that it shows most lives by it. Of a piece not more
strangers live than members do and one, who may be a member yet,"""

PASSED_ON = 0.1
"""or than this share of those who keep it: else members pass on what its users send."""

PIECE_BITS = 2.0
"""and members show it so much more often than strangers: 4 times."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The pieces: templates that tell a campaign's members from strangers.

    templates        (k,) their numbers, ascending
    inside, outside  (k,) how often members keep each, and how often strangers show it, as shares
    """

    templates: Ints
    inside: Floats
    outside: Floats

    @property
    def weight(self) -> Floats:
        """(k,) how many times as often members keep each as strangers show it."""
        return self.inside / self.outside

    def bits(self, shows: csr_array, untold: csr_array | None = None) -> Floats:
        """(n,) bits by which each row speaks for a member whose wording drifts, against a stranger.

        shows   (n, k) which pieces each shows
        untold  (n, k) of the others, which tell nothing of it, not even that it lacks them; None: no such pieces
        source  Fellegi & Sunter 1969, weights log2(m/u) and log2((1-m)/(1-u)), here with m = q times the members'
                share, and the mean of the likelihoods over the shares q of KEPT: how much of a template somebody's
                own wording keeps is not known
        """
        kept = np.clip(np.maximum(KEPT[None, :] * self.inside[:, None], self.outside[:, None]), 1e-6, 0.98)
        # Whole thousandths add up to the same sum in any order.
        shown = np.rint(1000.0 * np.log2(kept / self.outside[:, None]))
        absent = np.rint(1000.0 * np.log2((1.0 - kept) / (1.0 - self.outside[:, None])))
        sums = shows.astype(np.float64) @ (shown - absent) + absent.sum(axis=0)
        if untold is not None:
            sums = sums - untold.astype(np.float64) @ absent
        return mean_bits(sums / 1000.0)


def mean_bits(bits: Floats) -> Floats:
    """(n,) the bits of the mean of likelihoods, each as likely as the others: `bits` is (n, cases)."""
    most = bits.max(axis=1, keepdims=True)
    told: Floats = most[:, 0] + np.log2(np.exp2(bits - most).mean(axis=1))
    return told


def telling(
    templates: Ints, keepers: Ints, strangers: Ints, live_by: tuple[Ints, Ints], members: int, others: int
) -> Wording:
    """Those of the templates that are pieces.

    templates        (k,) numbers, ascending
    keepers          (k,) how many of the members keep each
    strangers        (k,) how many of the others, who are no campaign's, show it at all
    live_by          (k,) how many of the members, and of the others, live by it
    members, others  how many there are of both
    """
    inside = np.asarray((keepers + 0.5) / (members + 1.0), dtype=np.float64)
    outside = np.asarray((strangers + 0.5) / (others + 1.0), dtype=np.float64)
    told = (
        (keepers >= FEWEST_KEEPERS)
        & (keepers >= MOSTLY * (keepers + strangers))
        & (live_by[1] <= np.maximum(live_by[0] + 1, PASSED_ON * keepers))
        & (np.log2(inside / outside) >= PIECE_BITS)
    )
    return Wording(templates[told], inside[told], outside[told])


def read_wording(engine: Engine, members: Ints, named: Bools) -> Wording:
    """The wording of a campaign; reads HOLDINGS and TEMPLATE_KINDS.

    members  account numbers, ascending
    named    (accounts,) whom any campaign names, these among them
    """
    with leaving(engine):
        engine.put("ours", pa.table({"ix": pa.array(members, pa.int32())}))
        engine.put("named", pa.table({"ix": pa.array(np.flatnonzero(named), pa.int32())}))
        rows = engine.query(
            f"""
            WITH mine AS (
                SELECT t, contexts, exchanges, max(exchanges) OVER (PARTITION BY ix) AS most
                FROM holdings WHERE ix IN (SELECT ix FROM ours)),
            kept AS (
                SELECT m.t, count(*) AS keepers FROM mine m JOIN template_kinds k ON k.t = m.t
                WHERE m.contexts >= {AGAIN} AND m.exchanges >= {RECURS} * m.most AND k.kind <> 'prompt'
                GROUP BY m.t HAVING count(*) >= {FEWEST_KEEPERS}),
            shown AS (
                SELECT h.t, h.ix, h.exchanges, h.contexts FROM holdings h JOIN kept k ON k.t = h.t WHERE h.contexts > 0),
            most AS (
                SELECT ix, max(exchanges) AS most FROM holdings WHERE ix IN (SELECT ix FROM shown) GROUP BY ix),
            lives AS (
                SELECT s.t, s.ix, s.contexts >= {AGAIN} AND s.exchanges >= {LIVES_BY} * m.most AS lives
                FROM shown s JOIN most m ON m.ix = s.ix)
            SELECT l.t, max(k.keepers) AS keepers, count(*) - count(n.ix) AS strangers,
                   count(o.ix) FILTER (lives) AS members_live, count(*) FILTER (lives AND n.ix IS NULL) AS strangers_live
            FROM lives l JOIN kept k ON k.t = l.t LEFT JOIN named n ON n.ix = l.ix LEFT JOIN ours o ON o.ix = l.ix
            GROUP BY l.t ORDER BY l.t"""
        )
    others = int(np.count_nonzero(~named))
    live_by = ints(rows["members_live"]), ints(rows["strangers_live"])
    return telling(
        ints(rows["t"]), ints(rows["keepers"]), ints(rows["strangers"]), live_by, len(members), others
    )


def read_kept(engine: Engine, wording: Wording, accounts: int) -> csr_array:
    """(accounts, k) which of the pieces each account keeps; reads HOLDINGS."""
    held = _held(engine, wording)
    ix, exchanges = ints(held["ix"]), ints(held["exchanges"])
    most = np.zeros(accounts, np.int64)
    np.maximum.at(most, ix, exchanges)
    kept = (ints(held["contexts"]) >= AGAIN) & (exchanges >= RECURS * most[ix])
    return _by_account(held.filter(pa.array(kept)), wording, accounts)


def read_shown(engine: Engine, wording: Wording, accounts: int) -> csr_array:
    """(accounts, k) which of the pieces each account shows, if only once; reads HOLDINGS."""
    held = _held(engine, wording)
    return _by_account(held.filter(pa.array(ints(held["contexts"]) > 0)), wording, accounts)


def _held(engine: Engine, wording: Wording) -> pa.Table:
    """HOLDINGS of the pieces."""
    with leaving(engine):
        engine.put("pieces", pa.table({"t": pa.array(wording.templates, pa.int32())}))
        return engine.query(
            "SELECT ix, t, exchanges, contexts FROM holdings WHERE t IN (SELECT t FROM pieces)"
        )


def _by_account(held: pa.Table, wording: Wording, accounts: int) -> csr_array:
    ix, column = ints(held["ix"]), np.searchsorted(wording.templates, ints(held["t"]))
    return csr_array((np.ones(len(ix), np.int8), (ix, column)), shape=(accounts, len(wording.templates)))


def told_once(wording: Wording, shows: csr_array, one_text: csr_array) -> tuple[csr_array, csr_array]:
    """(n, k) the pieces that tell of each row, and those that it shows and that tell nothing more.

    shows     (n, k) which pieces each shows
    one_text  (n, k) which of them stand in a text that it did not write: these are one thing, and the strongest tells
    """
    both = csr_array(shows.astype(bool).multiply(one_text.astype(bool))).tocoo()
    row, piece = both.coords
    order = np.lexsort((piece, -wording.weight[piece], row))
    rest = order[np.r_[False, np.diff(row[order]) == 0]] if len(order) else order
    untold = csr_array((np.ones(len(rest), np.int8), (row[rest], piece[rest])), shape=shows.shape)
    kept = csr_array(shows.astype(np.int8) - untold)
    kept.eliminate_zeros()
    return kept, untold


def read_passed_on(engine: Engine, accounts: Ints, templates: Ints) -> csr_array:
    """(n, k) which of the templates stand in a system text that the account and another one send word for word.

    accounts  (n,) account numbers, ascending; templates (k,) ascending; reads PRINTS, PEOPLE and TEMPLATE_OF
    """
    with leaving(engine):
        engine.put("asked", pa.table({"ix": pa.array(accounts, pa.int32())}))
        engine.put("pieces", pa.table({"t": pa.array(templates, pa.int32())}))
        rows = engine.query("""
            WITH own AS (
                SELECT DISTINCT p.ix, e.system_hash FROM prints e JOIN people p ON p.account_id = e.account_id
                WHERE p.ix IN (SELECT ix FROM asked) AND e.system_hash IS NOT NULL),
            passed_on AS (
                SELECT system_hash, any_value(system_passages) AS passages FROM prints
                WHERE system_hash IN (SELECT system_hash FROM own)
                GROUP BY system_hash HAVING min(account_id) <> max(account_id)),
            texts AS (SELECT system_hash, unnest(passages) AS p FROM passed_on)
            SELECT DISTINCT own.ix, o.t FROM own JOIN texts ON texts.system_hash = own.system_hash
            JOIN template_of o ON o.p = texts.p WHERE o.t IN (SELECT t FROM pieces) ORDER BY own.ix, o.t""")
    row, column = np.searchsorted(accounts, ints(rows["ix"])), np.searchsorted(templates, ints(rows["t"]))
    return csr_array((np.ones(len(row), np.int8), (row, column)), shape=(len(accounts), len(templates)))


def wording_rows(engine: Engine, campaigns: Mapping[str, Wording]) -> pa.Table:
    """WORDING of campaigns, by id; reads TEMPLATE_OF and TEMPLATE_KINDS."""
    sizes = [len(wording.templates) for wording in campaigns.values()]
    rows = pa.table(
        {
            "campaign_id": pa.array(np.repeat(list(campaigns), sizes).tolist(), pa.string()),
            "t": pa.array(np.concatenate([np.zeros(0, np.int64), *(w.templates for w in campaigns.values())]), pa.int32()),
            "inside": np.concatenate([np.zeros(0), *(w.inside for w in campaigns.values())]),
            "outside": np.concatenate([np.zeros(0), *(w.outside for w in campaigns.values())]),
        }
    )  # fmt: skip
    with leaving(engine):
        engine.put("worded", rows)
        return conform(
            engine.query("""
            SELECT w.campaign_id, w.t AS template, k.kind, coalesce(o.p, k.key) AS key, w.inside, w.outside
            FROM worded w JOIN template_kinds k ON k.t = w.t
            LEFT JOIN template_of o ON o.t = w.t AND k.kind = 'template'
            ORDER BY w.campaign_id, w.t, key"""),
            WORDING,
            "score → WORDING",
        )
