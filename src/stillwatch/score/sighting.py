"""Which exchanges show what ties a cluster, and all that is looked at of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stillwatch.engines.parts import Range
from stillwatch.engines.plan import Batches, Engine, Step
from stillwatch.kernels.lookup import Wanted
from stillwatch.kernels.ordering import leading
from stillwatch.kernels.tally import heaviest
from stillwatch.score.marks import told
from stillwatch.score.scene import Bools, Floats, Ints, ints

SIGHTED = pa.schema(
    [
        pa.field("cluster", pa.int64()),
        pa.field("row", pa.int64()),
        pa.field("ix", pa.int32()),
        pa.field("bits", pa.float64()),
        pa.field("lies", pa.int64()),
        pa.field("leads", pa.float64()),
        pa.field("leads_lies", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """SIGHTED of exchanges (row, ix, shown).

    begins, clusters, bits  template t says something of exchanges of clusters[begins[t]:begins[t + 1]]
    judged                  cluster and account number of judged members, as one number
    later                   of each of them whether it is not among those who are looked at first
    batch                   the batch of each cluster
    """

    begins: Ints
    clusters: Ints
    bits: Floats
    judged: Wanted
    later: Bools
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
        kept, member = self.judged.among(_member(cluster, ix), np.arange(len(row) + 1))
        which, row, bits = cluster[kept], row[kept], bits[kept]
        batch = self.batch[which]
        lies = lying(batch, self.later[member])
        leads = leading(row, batch, which, bits)
        leads_lies = leading(row, batch, which, lies.astype(np.float64))
        return pa.RecordBatch.from_arrays(
            [
                pa.array(which), exchanges["row"].take(pa.array(row)), pa.array(ix[kept]), pa.array(bits),
                pa.array(lies), pa.array(leads, from_pandas=True),
                pa.array(leads_lies, pa.int64(), from_pandas=True),
            ],
            schema=SIGHTED,
        )  # fmt: skip


def lying(batch: Ints, later: Bools | bool) -> Ints:
    """(n,) where rows of a batch of clusters lie: the batches with what is looked at first are 0, 1, … in their order.

    The rest of each lies below zero: who reads what is looked at first goes through nothing else.
    """
    places: Ints = np.where(later, -1 - batch, batch)
    return places


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
        ~judged["first"].to_numpy(),
        batch,
    )


def _member(cluster: Ints, ix: NDArray[np.int32]) -> Ints:
    """A cluster and an account number as one number."""
    return (cluster << 32) | ix


def sighted_in(part: Range, found: Callable[[], Sighting]) -> Step:
    """SIGHTED: which exchanges of a range of accounts show templates of a cluster, with the weight of the heaviest.

    It lies where `lying` says. Of the clusters of one batch that an exchange belongs to the first one leads: with it
    stands the heaviest weight of all, and the largest place: one that is looked at first, if any.
    """
    of_batch = 'PARTITION BY "row", greatest(lies, -1 - lies)'
    return Step(
        f"sighted_{part.number}",
        (f"hits_{part.number}", "judged", "sighting_bits", "scene_batches", "template_kinds"),
        f"""
        SELECT *, CASE WHEN cluster = min(cluster) OVER ({of_batch}) THEN max(bits) OVER ({of_batch}) END AS leads,
               CASE WHEN cluster = min(cluster) OVER ({of_batch}) THEN max(lies) OVER ({of_batch}) END AS leads_lies
        FROM (
            SELECT j.cluster, h."row", h.ix, max(b.bits) AS bits,
                   CASE WHEN j.first THEN c.batch ELSE -1 - c.batch END AS lies
            FROM (SELECT "row", ix, unnest(shown) AS t FROM hits_{part.number}) h
            JOIN sighting_bits b ON b.t = h.t
            JOIN judged j ON j.cluster = b.cluster AND j.ix = h.ix
            JOIN scene_batches c ON c.cluster = j.cluster
            GROUP BY j.cluster, h."row", h.ix, c.batch, j.first)""",
        large=True,
        apart="lies",
        batches=lambda: Batches(f'SELECT "row", ix, shown FROM hits_{part.number}', found(), SIGHTED),
    )


def seen_in(part: Range) -> Step:
    """SEEN: each of those exchanges once a batch of clusters, with the weight of the heaviest template."""
    return Step(
        f"seen_{part.number}",
        (f"sighted_{part.number}",),
        f"""
        SELECT leads_lies AS lies, "row", ix, leads AS bits FROM sighted_{part.number} WHERE leads IS NOT NULL""",
    )


def sampled_in(part: Range) -> Step:
    """SAMPLED: the exchanges of a range of accounts whose meaning was sampled."""
    return Step(
        f"sampled_{part.number}",
        ("prints", "dropped"),
        f"""
        SELECT "row", account_id, epoch_us(ts) AS us, exchange_id, semantic FROM prints
        WHERE {part.accounts("account_id")} AND semantic IS NOT NULL
          AND "row" NOT IN (SELECT "row" FROM dropped)""",
    )


def scene_rows(part: Range) -> Step:
    """SCENE_ROWS: SEEN with all that is looked at of every exchange; `marks` are MARKS as one number."""
    return Step(
        f"scene_rows_{part.number}",
        (f"seen_{part.number}", "prints", "verbatim", "signatures", "taken_over"),
        f"""
        SELECT s."row", s.ix, s.bits, epoch_us(p.ts) AS ts, p.prompt_hash, p.capability, p.conversation_id,
               p.output_tokens, p.ip_hash, p.asn,
               xor(coalesce(p.ja4_hash, 0), coalesce(p.user_agent_hash, 0)) AS client,
               p.params_hash AS parameters, p.model, {told()} AS marks, s.lies
        FROM prints p JOIN seen_{part.number} s ON s."row" = p."row"
        LEFT JOIN verbatim v ON v.prompt_hash = p.prompt_hash
        LEFT JOIN signatures g ON g.reasoning_signature_hash = p.reasoning_signature_hash
        LEFT JOIN taken_over f ON f."row" = p."row"
        WHERE {part.accounts("p.account_id")}""",
        large=True,
        apart="lies",
    )


def scene_meanings(part: Range) -> Step:
    """SCENE_MEANINGS: of the sampled ones among them the meaning, and all templates that they show."""
    return Step(
        f"scene_meanings_{part.number}",
        (f"seen_{part.number}", f"sampled_{part.number}", f"hits_{part.number}"),
        f"""
        SELECT s.lies, s."row", m.semantic, h.shown
        FROM sampled_{part.number} m JOIN seen_{part.number} s ON s."row" = m."row"
        JOIN hits_{part.number} h ON h."row" = s."row"
        """,
        large=True,
        apart="lies",
    )
