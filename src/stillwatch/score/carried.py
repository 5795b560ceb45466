"""Campaigns that stand since an earlier scan: who of theirs is seen again, and by what their exchanges are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.engines.plan import Engine
from stillwatch.model.standing import Standing
from stillwatch.score.core import Core
from stillwatch.score.earlier import same
from stillwatch.score.looks import Verdict
from stillwatch.score.scene import Bools, Population, ints
from stillwatch.score.ties import Ties, one_theme
from stillwatch.score.wording import Wording

WEIGHTY_BITS = 2.0
"""A piece of which an exchange of a member says less tells nothing of a single exchange."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A campaign that stands, as the exchanges of this window show it.

    cluster  its number, beyond those of clusters
    core     its accounts that are seen again, and the members of clusters of this window that are the campaign
    wording  what its members keep, by the templates of this window
    size     accounts that were named so far
    others   how many accounts there are beside them, in the earlier window or in this one
    usual    share of its members' exchanges that were attributed to it, the mean over accounts
    """

    campaign_id: str
    cluster: int
    core: Core
    wording: Wording
    size: int
    others: int
    usual: float

    @property
    def piece_bits(self) -> np.ndarray:
        """(k,) what it says of a member's exchange that it shows each piece, in bits; as EXCHANGE_WEIGHTS."""
        told = np.maximum(self.wording.inside - self.wording.outside, 0.0) / self.wording.outside
        return np.asarray(np.log2(np.maximum(told, 1.0)))


def read_carried(
    engine: Engine, standing: Standing | None, people: Population, first: int
) -> tuple[Carried, ...]:
    """The campaigns that stand, in the order of their ids; reads STANDING_TEXT, TEMPLATE_OF and TEMPLATE_KINDS.

    first  the number of the first of them
    """
    if standing is None:
        return ()
    told = engine.query("""
        SELECT s.template, o.t FROM standing_text s JOIN template_of o ON o.p = s.key AND s.kind = 'template'
        UNION
        SELECT s.template, k.t FROM standing_text s JOIN template_kinds k ON k.kind = s.kind AND k.key = s.key
        WHERE s.kind <> 'template'""")
    here = dict(zip(told["template"].to_pylist(), told["t"].to_pylist(), strict=True))
    out = []
    for number, name in enumerate(sorted(standing.campaigns["campaign_id"].to_pylist())):
        members = standing.of(standing.members, name)
        ix = ints(pc.index_in(members["account_id"], value_set=people.account_id), -1)
        seen = np.flatnonzero(ix >= 0)
        seen = seen[np.argsort(ix[seen])]
        bits = members["log10_lr"].to_numpy() / np.log10(2.0)
        size = members.num_rows
        sent = members["exchanges"].to_numpy() / members["total_exchanges"].to_numpy()
        out.append(
            Carried(
                name,
                first + number,
                Core(ix[seen], bits[seen]),
                _wording(standing.of(standing.wording, name), here),
                size,
                max(standing.accounts, people.size) - size,
                float(sent.mean()),
            )
        )
    return tuple(out)


def _wording(rows: pa.Table, here: Mapping[int, int]) -> Wording:
    """The pieces that are found in this window, under their numbers here; of two that became one the more frequent."""
    pieces: dict[int, tuple[float, float]] = {}
    for name, inside, outside in zip(
        *(rows[column].to_pylist() for column in ("template", "inside", "outside")), strict=True
    ):
        if name in here:
            had = pieces.get(here[name], (0.0, 0.0))
            pieces[here[name]] = (max(had[0], inside), max(had[1], outside))
    order = sorted(pieces)
    return Wording(
        np.array(order, np.int64),
        np.array([pieces[t][0] for t in order]),
        np.array([pieces[t][1] for t in order]),
    )


def taken_up(
    carried: Sequence[Carried], verdicts: Mapping[int, Verdict], acted: frozenset[int]
) -> tuple[tuple[Carried, ...], dict[int, int]]:
    """The campaigns with the members of the clusters of this window that are the same and may be acted on, and which
    listed clusters are one of them, cluster → its number.

    verdicts  those of listed clusters
    """
    into: dict[int, int] = {}
    out = []
    for each in carried:
        core = each.core
        for cluster, verdict in sorted(verdicts.items()):
            common = len(np.intersect1d(each.core.members, verdict.members))
            if cluster in into or not same(common, len(verdict.members), each.size):
                continue
            into[cluster] = each.cluster
            if cluster in acted:
                core = core.joined(Core(verdict.members, verdict.bits))
        out.append(replace(each, core=core))
    return tuple(out), into


def put_beside(engine: Engine, carried: Sequence[Carried]) -> None:
    """Adds the campaigns that stand to CLUSTERS and SIGHTING_BITS."""
    if not carried:
        return
    clusters, weights = (engine.to_arrow(name, "cluster") for name in ("clusters", "sighting_bits"))
    rows, bits = [clusters], [weights]
    for each in carried:
        members, told = each.core.members, np.flatnonzero(each.piece_bits >= WEIGHTY_BITS)
        rows.append(
            pa.table(
                {
                    "cluster": pa.array(np.full(len(members), each.cluster), pa.int64()),
                    "ix": pa.array(members, pa.int32()),
                    "bits": pa.array(each.core.bits, pa.float64()),
                },
                schema=clusters.schema,
            )
        )
        bits.append(
            pa.table(
                {
                    "cluster": pa.array(np.full(len(told), each.cluster), pa.int64()),
                    "t": pa.array(each.wording.templates[told], weights.schema.field("t").type),
                    "bits": pa.array(each.piece_bits[told], pa.float64()),
                },
                schema=weights.schema,
            )
        )
    engine.put("clusters", pa.concat_tables(rows))
    engine.put("sighting_bits", pa.concat_tables(bits))


def crowd(each: Carried, ties: Ties, innocent: frozenset[int], accounts: int) -> Bools:
    """(accounts,) whom a group of this window ties by the campaign's wording that speaks for innocents and is mostly not it.

    A wording that became public is used by a crowd: what this window shows of it is asked before the wording names anybody.
    """
    account = np.repeat(np.arange(accounts), np.diff(ties.first))
    clusters = len(ties.begins) - 1
    ours = np.zeros(accounts, dtype=bool)
    ours[each.core.members] = True
    size = np.bincount(ties.cluster, minlength=clusters)
    mine = np.bincount(ties.cluster[ours[account]], minlength=clusters)
    # Of very many clusters few have any of the wording.
    worded = np.flatnonzero(np.isin(ties.templates, each.wording.templates))
    crowds = [
        cluster
        for cluster in np.unique(np.searchsorted(ties.begins, worded, "right") - 1).tolist()
        if cluster in innocent
        and 2 * mine[cluster] < size[cluster]
        and one_theme(each.wording.templates, ties.of(cluster))
    ]
    out = np.zeros(accounts, dtype=bool)
    out[account[np.isin(ties.cluster, crowds)]] = True
    return out
