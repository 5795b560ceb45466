"""What the text of an account's exchanges is drawn from: a campaign's wording and its own, or everybody's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_array

from stillwatch.engines.parts import leaving
from stillwatch.engines.plan import Engine
from stillwatch.score.beside import exchanges_of
from stillwatch.score.scene import Bools, Floats, Ints
from stillwatch.score.wording import KEPT, Wording, mean_bits

MOST_DRAWN = 0.98
"""Even of an account with no wording of its own something else comes in now and then."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What accounts show in their exchanges that show a piece of a campaign's wording, each template once.

    shows   (n, k) which pieces
    others  (n,) how many templates beside them, whole prompts aside
    """

    shows: csr_array
    others: Ints


def drawn_bits(wording: Wording, drawn: Drawn, usual: float) -> Floats:
    """(n,) bits by which what each account shows speaks for a member who words part of it anew, against a stranger.

    usual   templates that a stranger shows on the average, whole prompts aside
    source  Zhai & Lafferty 2001, CIKM: text drawn from a topic and from everybody's language, here from the pieces as often
            as members keep each, and the mean of the likelihoods over the shares of KEPT. Unlike `Wording.bits` it asks
            how much an account shows besides: who shows a lot shows something of everybody's sooner
    """
    ratio = wording.weight * usual / wording.inside.sum()
    share = np.minimum(KEPT, MOST_DRAWN)
    # Whole thousandths add up to the same sum in any order.
    piece = np.rint(1000.0 * np.log2(share * ratio[:, None] + (1.0 - share)))
    other = np.rint(1000.0 * np.log2(1.0 - share))
    return mean_bits((drawn.shows.astype(np.float64) @ piece + drawn.others[:, None] * other) / 1000.0)


def read_drawn(engine: Engine, wording: Wording, accounts: Ints) -> Drawn:
    """What some accounts, (n,) ascending and one at least, show; reads HITS and TEMPLATE_KINDS."""
    own = exchanges_of(engine, accounts, wording.templates)
    exchange, piece = own.shows.tocoo().coords
    pieces = np.unique(np.stack([own.who[exchange], piece], axis=1), axis=0)
    with_a_piece = np.diff(own.shows.indptr) > 0
    here = with_a_piece[own.exchange]
    others = np.unique(np.stack([own.who[own.exchange[here]], own.template[here]], axis=1), axis=0)
    prompts = engine.query("SELECT t FROM template_kinds WHERE kind = 'prompt'")["t"].to_numpy()
    others = others[~np.isin(others[:, 1], prompts)]
    return Drawn(
        csr_array(
            (np.ones(len(pieces), np.int8), (pieces[:, 0], pieces[:, 1])),
            shape=(len(accounts), len(wording.templates)),
        ),
        np.bincount(others[:, 0], minlength=len(accounts)).astype(np.int64),
    )


def read_usual(engine: Engine, named: Bools) -> float:
    """How many templates, whole prompts aside, an account shows on the average that no campaign names; reads HOLDINGS.

    named  (accounts,) whom campaigns name
    """
    with leaving(engine):
        engine.put("named", pa.table({"ix": pa.array(np.flatnonzero(named), pa.int32())}))
        rows = engine.query("""
            SELECT count(*) AS n FROM holdings h JOIN template_kinds k ON k.t = h.t
            WHERE k.kind <> 'prompt' AND h.contexts > 0 AND h.ix NOT IN (SELECT ix FROM named)""")
    return float(rows["n"][0].as_py()) / max(int(np.count_nonzero(~named)), 1)
