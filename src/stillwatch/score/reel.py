"""The exchanges of a batch of clusters as arrays, from which the scene of each is cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.model.fingerprints import CAPABILITIES
from stillwatch.score.scene import Floats, Ints, Scene, ints, vectors

TOLD_APART = (
    "prompt_hash", "conversation_id", "ip_hash", "parameters", "client", "model", "output_tokens", "input_tokens",
    "turns", "signature", "capability", "elicitation", "refused", "taken_over", "bits", "row",
)  # fmt: skip
"""What exchanges of one account at one time are put in order by: what is looked at, before where it stood."""


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


def reel_of(rows: pa.Table, sighted: pa.Table) -> Reel:
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


def _codes(column: pa.ChunkedArray) -> Ints:
    """A number for each distinct value, -1 where there is none."""
    encoded = column.combine_chunks().dictionary_encode()
    return ints(encoded.indices, -1)
