"""Every cluster with its own exchanges: read a batch of clusters at a time, each exchange once a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stillwatch.engines.parts import gather, leaving, together
from stillwatch.engines.plan import Batches, Engine, Step
from stillwatch.kernels.lookup import Wanted
from stillwatch.kernels.tally import heaviest
from stillwatch.model.fingerprints import CAPABILITIES
from stillwatch.score.elsewhere import elsewhere_in, sends_besides, sent_in
from stillwatch.score.ranges import Range
from stillwatch.score.scene import Floats, Ints, Scene, ints, vectors

TOLD_APART = (
    "prompt_hash", "conversation_id", "ip_hash", "parameters", "client", "model", "output_tokens", "input_tokens",
    "turns", "signature", "capability", "elicitation", "refused", "taken_over", "bits", "row",
)  # fmt: skip
"""What exchanges of one account at one time are put in order by: what is looked at, before where it stood."""

SIGHTED = pa.schema(
    [
        pa.field("cluster", pa.int64()),
        pa.field("row", pa.int64()),
        pa.field("ix", pa.int32()),
        pa.field("bits", pa.float64()),
        pa.field("batch", pa.int64()),
    ]
)

BATCH_ROWS = 1_000_000
"""Exchanges of clusters that are read at once."""


def scene_sizes() -> Step:
    """SCENE_SIZES: how many exchanges of each cluster are looked at, about."""
    return Step(
        "scene_sizes",
        ("sent_in",),
        "SELECT cluster, CAST(sum(n) AS BIGINT) AS n FROM sent_in GROUP BY cluster",
    )


@dataclass(frozen=True, slots=True)
class Sighting:
    """SIGHTED of exchanges (row, ix, shown).

    begins, clusters, bits  template t says something of exchanges of clusters[begins[t]:begins[t + 1]]
    judged                  cluster and account number of judged members, as one number
    batch                   the batch of each cluster
    """

    begins: Ints
    clusters: Ints
    bits: Floats
    judged: Wanted
    batch: Ints

    def __call__(self, exchanges: pa.RecordBatch) -> pa.RecordBatch:
        """One row an exchange and cluster."""
        shown = exchanges["shown"]
        row, cluster, bits = heaviest(
            shown.values.to_numpy(),
            shown.offsets.to_numpy().astype(np.int64),
            self.begins,
            self.clusters,
            self.bits,
        )
        ix = exchanges["ix"].to_numpy()[row]
        kept, _ = self.judged.among(_member(cluster, ix), np.arange(len(row) + 1))
        which = cluster[kept]
        return pa.RecordBatch.from_arrays(
            [
                pa.array(which), exchanges["row"].take(pa.array(row[kept])), pa.array(ix[kept]),
                pa.array(bits[kept]), pa.array(self.batch[which]),
            ],
            schema=SIGHTED,
        )  # fmt: skip


def sighting(engine: Engine) -> Sighting:
    """What SIGHTED looks up: SIGHTING_BITS, JUDGED and SCENE_BATCHES, which the engine holds."""
    told = engine.to_arrow("sighting_bits", "t, cluster")
    judged = engine.to_arrow("judged", "cluster, ix")
    batches = engine.to_arrow("scene_batches", "cluster")
    size = 1 + max(ints(told["cluster"]).max(initial=0), ints(batches["cluster"]).max(initial=0))
    batch = np.zeros(size, np.int64)
    batch[ints(batches["cluster"])] = ints(batches["batch"])
    templates = int(engine.query("SELECT count(*) AS n FROM template_kinds")["n"][0].as_py())
    return Sighting(
        np.searchsorted(ints(told["t"]), np.arange(templates + 1)),
        ints(told["cluster"]),
        told["bits"].to_numpy(),
        Wanted.of(_member(ints(judged["cluster"]), judged["ix"].to_numpy())),
        batch,
    )


def _member(cluster: Ints, ix: NDArray[np.int32]) -> Ints:
    """A cluster and an account number as one number."""
    return (cluster << 32) | ix


def sighted_in(part: Range, found: Callable[[], Sighting]) -> Step:
    """SIGHTED: which exchanges of a range of accounts show templates of a cluster, with the weight of the heaviest."""
    return Step(
        f"sighted_{part.number}",
        (f"hits_{part.number}", "judged", "sighting_bits", "scene_batches", "template_kinds"),
        f"""
        SELECT j.cluster, h."row", h.ix, max(b.bits) AS bits, c.batch
        FROM (SELECT "row", ix, unnest(shown) AS t FROM hits_{part.number}) h
        JOIN sighting_bits b ON b.t = h.t
        JOIN judged j ON j.cluster = b.cluster AND j.ix = h.ix
        JOIN scene_batches c ON c.cluster = j.cluster
        GROUP BY j.cluster, h."row", h.ix, c.batch""",
        large=True,
        apart="batch",
        batches=lambda: Batches(f'SELECT "row", ix, shown FROM hits_{part.number}', found(), SIGHTED),
    )


def seen_in(part: Range) -> Step:
    """SEEN: each of those exchanges once a batch of clusters, with the weight of the heaviest template."""
    return Step(
        f"seen_{part.number}",
        (f"sighted_{part.number}",),
        f"""
        SELECT batch, "row", ix, max(bits) AS bits FROM sighted_{part.number} GROUP BY batch, "row", ix""",
    )


def scene_rows(part: Range) -> Step:
    """SCENE_ROWS: SEEN with all that is looked at; `shown` are all templates that a sampled exchange shows."""
    return Step(
        f"scene_rows_{part.number}",
        (f"seen_{part.number}", f"hits_{part.number}", "prints", "verbatim", "signatures", "taken_over"),
        f"""
        SELECT s."row", s.ix, s.bits, epoch_us(p.ts) AS ts, p.prompt_hash,
               p.capability, p.elicitation, p.turns, p.conversation_id, p.input_tokens, p.output_tokens,
               p.ip_hash, p.prefix_hash, p.asn,
               xor(coalesce(p.ja4_hash, 0), coalesce(p.user_agent_hash, 0)) AS client,
               p.params_hash AS parameters, p.model, p.semantic,
               h.shown,
               p.reasoning_signature_hash AS signature, coalesce(g.places, 1) AS signed_at,
               coalesce(v.accounts, 1) AS shared_by, coalesce(p.status >= 400, false) AS refused,
               f."row" IS NOT NULL AS taken_over, s.batch
        FROM prints p JOIN seen_{part.number} s ON s."row" = p."row"
        LEFT JOIN (
            SELECT "row", shown FROM hits_{part.number} WHERE "row" IN (
                SELECT "row" FROM prints WHERE {part.accounts("account_id")} AND semantic IS NOT NULL)
        ) h ON h."row" = p."row"
        LEFT JOIN verbatim v ON v.prompt_hash = p.prompt_hash
        LEFT JOIN signatures g ON g.reasoning_signature_hash = p.reasoning_signature_hash
        LEFT JOIN taken_over f ON f."row" = p."row"
        WHERE {part.accounts("p.account_id")}""",
        large=True,
        apart="batch",
    )


def scenes(engine: Engine, parts: Sequence[Range], only: frozenset[int] | None = None) -> Iterator[Scene]:
    """Every cluster, or only some, with its judged exchanges, those that hold one another side by side."""
    clusters = engine.to_arrow("clusters", "cluster, ix")
    if clusters.num_rows == 0:
        return
    with leaving(engine):
        yield from _scenes(engine, parts, clusters, only)


def _scenes(
    engine: Engine, parts: Sequence[Range], clusters: pa.Table, only: frozenset[int] | None
) -> Iterator[Scene]:
    facts = engine.query("SELECT cluster, bits FROM cluster_templates ORDER BY cluster")
    tied_by = facts["cluster"].to_numpy()[facts["bits"].to_numpy() >= 2.0]
    outside = engine.query("SELECT cluster, accounts FROM outsiders")
    outsiders = dict(zip(outside["cluster"].to_pylist(), outside["accounts"].to_pylist(), strict=True))
    weighed = engine.to_arrow("sighting_bits", "cluster, t")
    weighed_by, weighed_t = weighed["cluster"].to_numpy(), weighed["t"].to_numpy()
    looked_at = engine.to_arrow("judged", "cluster, ix")
    judged_by, judged_ix = looked_at["cluster"].to_numpy(), looked_at["ix"].to_numpy()
    engine.run(sent_in())
    engine.run(scene_sizes())
    sizes = engine.to_arrow("scene_sizes", "cluster")
    if only is not None:
        sizes = sizes.filter(pc.is_in(sizes["cluster"], pa.array(sorted(only), pa.int64())))
    batches = list(_batches(sizes["cluster"].to_numpy(), sizes["n"].to_numpy(), widest(engine)))
    engine.put("scene_batches", _batch_table(batches))
    found = cache(lambda: sighting(engine))
    gather(engine, "sighted", [sighted_in(part, found) for part in parts])
    for part in parts:
        engine.run(seen_in(part))
        engine.run(scene_rows(part))
        engine.drop(f"seen_{part.number}")
    together(engine, "scene_rows", [f"scene_rows_{part.number}" for part in parts])
    engine.run(sends_besides())
    gather(engine, "elsewhere", [elsewhere_in(part) for part in parts])
    which = clusters["cluster"].to_numpy()
    for number, wanted in enumerate(batches):
        reel = _reel(
            settled(engine.query(f"SELECT * FROM scene_rows WHERE batch = {number}")),
            engine.query(f'SELECT cluster, "row", ix, bits FROM sighted WHERE batch = {number}'),
        )
        beside = engine.query(
            f"SELECT * FROM elsewhere WHERE batch = {number} ORDER BY cluster, us, ix, exchange_id"
        )
        beside_which = beside["cluster"].to_numpy()
        for cluster in wanted:
            low, high = np.searchsorted(which, [cluster, cluster + 1])
            begin, end = np.searchsorted(judged_by, [cluster, cluster + 1])
            since, until = np.searchsorted(beside_which, [cluster, cluster + 1])
            first, last = np.searchsorted(weighed_by, [cluster, cluster + 1])
            yield reel.scene(
                int(cluster),
                clusters.slice(low, high - low),
                beside.slice(since, until - since),
                judged_ix[begin:end],
                weighed_t[first:last],
                int(np.subtract(*np.searchsorted(tied_by, [cluster + 1, cluster]))),
                outsiders.get(int(cluster), 0),
            )


@dataclass(frozen=True, slots=True)
class Reel:
    """The exchanges of a batch of clusters, each once, in the order of time and account.

    row, ix        (m,) row number and account number
    columns        (m,) arrays that scenes have under the same names
    model          (m,) strings
    vector         (m,) place of each sampled exchange in `semantic` (k, 64) and `shown` (k,), -1 of others
    spans          cluster → its part of the next two
    place, weight  places of exchanges that show a cluster's templates, ascending, and the weight of the heaviest
    """

    row: Ints
    ix: Ints
    columns: Mapping[str, Any]
    model: pa.Array
    vector: Ints
    semantic: Floats
    shown: pa.Array
    spans: Mapping[int, slice]
    place: Ints
    weight: Floats

    def scene(
        self,
        cluster: int,
        members: pa.Table,
        beside: pa.Table,
        judged: Ints,
        weighed: Ints,
        templates: int,
        outsiders: int,
    ) -> Scene:
        """The scene of a cluster.

        members  its CLUSTERS; beside what they send besides; judged whose exchanges are here
        weighed  the templates that say something of an exchange; templates, outsiders numbers told as they are
        """
        ix = ints(members["ix"])
        span = self.spans.get(cluster, slice(0, 0))
        place = self.place[span]
        vector = self.vector[place]
        sampled = np.flatnonzero(vector >= 0)
        return Scene(
            cluster=cluster,
            members=ix,
            bits=members["bits"].to_numpy(),
            judged=np.isin(ix, judged),
            templates=templates,
            outsiders=outsiders,
            row=self.row[place],
            who=np.searchsorted(ix, self.ix[place]).astype(np.int64),
            weight=self.weight[span],
            model=self.model.take(pa.array(place)),
            sampled=sampled,
            semantic=self.semantic[vector[sampled]],
            shown=only_those(self.shown.take(pa.array(vector[sampled])), weighed),
            beside_who=np.searchsorted(ix, ints(beside["ix"])).astype(np.int64),
            beside_semantic=vectors(beside["semantic"]),
            **{name: column[place] for name, column in self.columns.items()},
        )


def _reel(rows: pa.Table, sighted: pa.Table) -> Reel:
    """rows  SCENE_ROWS of a batch, settled; sighted  SIGHTED of the batch"""
    row = ints(rows["row"])
    by_row = np.argsort(row)
    place = by_row[np.searchsorted(row, ints(sighted["row"]), sorter=by_row)]
    cluster = ints(sighted["cluster"])
    order = np.lexsort((place, cluster))
    names, starts = np.unique(cluster[order], return_index=True)
    ends = np.r_[starts[1:], len(order)]
    semantic = rows["semantic"].combine_chunks()
    sampled = np.asarray(semantic.is_valid())
    capabilities = pa.array(CAPABILITIES)
    return Reel(
        row=row,
        ix=ints(rows["ix"]),
        columns={
            "ts": ints(rows["ts"]),
            "prompt": ints(rows["prompt_hash"]),
            "capability": ints(pc.index_in(rows["capability"].combine_chunks(), value_set=capabilities), -1),
            "elicitation": pc.fill_null(rows["elicitation"], 0.0).to_numpy().astype(np.float64),
            "turns": ints(rows["turns"], 1),
            "conversation": _codes(rows["conversation_id"]),
            "input_tokens": ints(rows["input_tokens"], -1),
            "output_tokens": ints(rows["output_tokens"], -1),
            "address": ints(rows["ip_hash"]),
            "prefix": ints(rows["prefix_hash"]),
            "asn": ints(rows["asn"]),
            "client": ints(rows["client"]),
            "parameters": ints(rows["parameters"]),
            "signature": ints(rows["signature"]),
            "signature_places": ints(rows["signed_at"], 1),
            "shared_by": ints(rows["shared_by"]),
            "refused": ints(rows["refused"]).astype(bool),
            "taken_over": ints(rows["taken_over"]).astype(bool),
        },
        model=rows["model"].combine_chunks(),
        vector=np.where(sampled, np.cumsum(sampled) - 1, -1),
        semantic=vectors(rows["semantic"]),
        shown=rows["shown"].combine_chunks().filter(pa.array(sampled)),
        spans={int(name): slice(a, b) for name, a, b in zip(names, starts, ends, strict=True)},
        place=place[order],
        weight=sighted["bits"].to_numpy()[order],
    )


def only_those(shown: pa.Array, weighed: Ints) -> pa.Array:
    """The lists with only those of their templates that are among `weighed` (ascending)."""
    flat = shown.flatten().to_numpy()
    kept = np.isin(flat, weighed)
    ends = np.r_[0, np.cumsum(shown.value_lengths().fill_null(0).to_numpy())]
    offsets = np.r_[0, np.cumsum(kept)][ends]
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(flat[kept]))


def settled(rows: pa.Table) -> pa.Table:
    """SCENE_ROWS in the order of time and account, those of one account and time in an order that rests on what
    they say alone."""
    ts, ix = rows["ts"].to_numpy(), rows["ix"].to_numpy()
    order = np.lexsort((ix, ts))
    ts, ix = ts[order], ix[order]
    same = np.zeros(len(order) + 1, dtype=bool)
    same[1:-1] = (ts[1:] == ts[:-1]) & (ix[1:] == ix[:-1])
    tied = np.flatnonzero(same[:-1] | same[1:])
    if len(tied):
        keys = [(name, "ascending") for name in ("ts", "ix", *TOLD_APART)]
        among = rows.select([name for name, _ in keys]).take(pa.array(order[tied]))
        order[tied] = order[tied][pc.sort_indices(among, sort_keys=keys)]
    return rows.take(pa.array(order))


def widest(engine: Engine) -> dict[int, int]:
    """Cluster → the widest cluster around it, which may be itself."""
    table = engine.to_arrow("cluster_parents", "cluster")
    around = dict(zip(table["cluster"].to_pylist(), table["parent"].to_pylist(), strict=True))

    def root(cluster: int) -> int:
        while around[cluster] >= 0:
            cluster = around[cluster]
        return cluster

    return {cluster: root(cluster) for cluster in around}


def _batch_table(batches: Sequence[Ints]) -> pa.Table:
    """SCENE_BATCHES: the batch of each cluster."""
    return pa.table(
        {
            "cluster": pa.array([int(cluster) for batch in batches for cluster in batch], pa.int64()),
            "batch": pa.array([number for number, batch in enumerate(batches) for _ in batch], pa.int64()),
        }
    )


def _batches(clusters: Ints, sizes: Ints, root: Mapping[int, int]) -> Iterator[Ints]:
    """Clusters that are read at once: one after the other, BATCH_ROWS exchanges together or a single one.

    Those around and inside one another come side by side, since they have their exchanges in common.
    """
    roots = np.array([root[int(cluster)] for cluster in clusters], dtype=np.int64)
    order = np.lexsort((clusters, roots))
    clusters = clusters[order]
    first = 0
    total = np.r_[0, np.cumsum(sizes[order])]
    while first < len(clusters):
        last = max(int(np.searchsorted(total, total[first] + BATCH_ROWS, side="right")) - 1, first + 1)
        yield clusters[first:last]
        first = last


def _codes(column: pa.ChunkedArray) -> Ints:
    """A number for each distinct value, -1 where there is none."""
    encoded = column.combine_chunks().dictionary_encode()
    return ints(encoded.indices, -1)
