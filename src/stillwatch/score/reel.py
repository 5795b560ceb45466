"""The exchanges of a batch of clusters as arrays, from which the scene of each is cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stillwatch.kernels.lookup import Wanted
from stillwatch.kernels.ordering import arranged
from stillwatch.model.fingerprints import CAPABILITIES
from stillwatch.score.scene import Floats, Ints, Scene, ints, vectors

TOLD_APART = (
    "prompt", "address", "parameters", "client", "model", "output_tokens", "capability", "marks", "bits", "row",
)  # fmt: skip
"""What exchanges of one account at one time are put in order by: what is looked at, before where it stood. Of a
conversation nothing but what else belongs to it is looked at."""

KEPT = (
    "ts", "prompt", "capability", "conversation", "output_tokens", "address", "asn", "client", "parameters", "model",
    "marks",
)  # fmt: skip
"""What scenes have under the same names."""


@dataclass(frozen=True, slots=True)
class Reel:
    """The exchanges of a batch of clusters, each once, in the order of time and account.

    ix             (m,) account number
    columns        (m,) arrays that scenes have under the same names
    models         the number of each model
    vector         (m,) place of each sampled exchange in `semantic` (k, 64) and `shown` (k,), -1 of others
    spans          cluster → its part of the next two
    place, weight  places of exchanges that show a cluster's templates, ascending, and the weight of the heaviest
    """

    ix: Ints
    columns: Mapping[str, NDArray[Any]]
    models: Mapping[str, int]
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
        own_uses: int,
        uses: int,
    ) -> Scene:
        """The scene of a cluster.

        members  its CLUSTERS; beside what they send besides; judged whose exchanges are here
        weighed  the templates that say something of an exchange; templates, outsiders, own_uses, uses numbers told as they are
        """
        ix = ints(members["ix"])
        span = self.spans.get(cluster, slice(0, 0))
        place = self.place[span]
        vector = self.vector[place]
        sampled = np.flatnonzero(vector >= 0)
        who = np.empty(int(ix[-1]) + 1, np.int64)  # of members alone
        who[ix] = np.arange(len(ix))
        return Scene(
            cluster=cluster,
            members=ix,
            bits=members["bits"].to_numpy(),
            judged=np.isin(ix, judged),
            templates=templates,
            outsiders=outsiders,
            own_uses=own_uses,
            uses=uses,
            who=who[self.ix[place]],
            weight=self.weight[span],
            models=self.models,
            sampled=sampled,
            semantic=self.semantic[vector[sampled]],
            shown=only_those(self.shown.take(pa.array(vector[sampled])), weighed),
            batch_shown=self.shown,
            batch_place=vector[sampled],
            beside_who=who[ints(beside["ix"])],
            beside_semantic=vectors(beside["semantic"]),
            **{name: column[place] for name, column in self.columns.items()},
        )


def reel_of(rows: pa.Table, meanings: pa.Table, sighted: pa.Table) -> Reel:
    """The arrays of a batch of clusters.

    rows, meanings, sighted  its SCENE_ROWS, SCENE_MEANINGS and SIGHTED, in any order
    """
    columns, models = _columns(rows)
    order = settled(columns)
    of_row = Wanted.of(columns["row"][order])
    ix = ints(rows["ix"])[order]
    vector = np.full(len(order), -1)
    vector[_places(of_row, meanings)] = np.arange(meanings.num_rows)
    place = _places(of_row, sighted)
    cluster = ints(sighted["cluster"])
    by_cluster = arranged(cluster, place)
    many = np.bincount(cluster, minlength=1)
    clusters = np.flatnonzero(many)
    ends = np.cumsum(many[clusters])
    return Reel(
        ix=ix,
        columns={name: columns[name][order] for name in KEPT},
        models=models,
        vector=vector,
        semantic=vectors(meanings["semantic"]),
        shown=meanings["shown"].combine_chunks(),
        spans={
            name: slice(end - rows, end)
            for name, rows, end in zip(clusters.tolist(), many[clusters].tolist(), ends.tolist(), strict=True)
        },
        place=place[by_cluster],
        weight=sighted["bits"].to_numpy()[by_cluster],
    )


def only_those(shown: pa.Array, weighed: Ints) -> pa.Array:
    """The lists with only those of their templates that are among `weighed` (ascending)."""
    flat = shown.flatten().to_numpy()
    kept = np.isin(flat, weighed)
    ends = np.r_[0, np.cumsum(shown.value_lengths().fill_null(0).to_numpy())]
    offsets = np.r_[0, np.cumsum(kept)][ends]
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(flat[kept]))


def settled(columns: Mapping[str, NDArray[Any]]) -> Ints:
    """(m,) places in the order of time and account, those of one account and time in an order that rests on what
    they say alone.

    columns  (m,) "ts", "ix" and those of TOLD_APART, whole numbers or weights
    """
    ts = columns["ts"]
    order = np.argsort(ts)
    tied = _runs(ts[order])
    # Few are at one moment, and fewer of one account: what tells them apart is looked at of these alone.
    order[tied] = order[tied][np.lexsort((columns["ix"][order[tied]], ts[order[tied]]))]
    tied = tied[_runs(ts[order[tied]], columns["ix"][order[tied]])]
    keys = [columns[name][order[tied]] for name in (*reversed(TOLD_APART), "ix", "ts")]
    order[tied] = order[tied][np.lexsort(keys)]
    return order


def _runs(*columns: NDArray[Any]) -> Ints:
    """Places of rows that are equal in all columns to the one before or behind."""
    same = np.zeros(len(columns[0]) + 1, dtype=bool)
    same[1:-1] = np.logical_and.reduce([column[1:] == column[:-1] for column in columns])
    return np.flatnonzero(same[:-1] | same[1:])


def _columns(rows: pa.Table) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
    """SCENE_ROWS as arrays, and the number of each model."""
    model = rows["model"].combine_chunks().dictionary_encode()
    names = sorted(model.dictionary.to_pylist())
    ranks = pc.index_in(model.dictionary, value_set=pa.array(names, pa.string()))
    capabilities = pc.index_in(rows["capability"].combine_chunks(), value_set=pa.array(CAPABILITIES))
    columns: dict[str, NDArray[Any]] = {
        "row": ints(rows["row"]),
        "ix": rows["ix"].to_numpy(),
        "bits": rows["bits"].to_numpy(),
        "ts": ints(rows["ts"]),
        "prompt": ints(rows["prompt_hash"]),
        "capability": ints(capabilities, -1).astype(np.int8),
        "conversation": ints(rows["conversation_id"].combine_chunks().dictionary_encode().indices, -1),
        "output_tokens": ints(rows["output_tokens"], -1),
        "address": ints(rows["ip_hash"]),
        "asn": ints(rows["asn"]),
        "client": ints(rows["client"]),
        "parameters": ints(rows["parameters"]),
        "model": np.r_[ints(ranks), -1][ints(model.indices, -1)],
        "marks": ints(rows["marks"]).astype(np.uint8),
    }
    return columns, {name: number for number, name in enumerate(names)}


def _places(of_row: Wanted, rows: pa.Table) -> Ints:
    """(n,) where each row of a table stands, by its row number; all of them do."""
    _, place = of_row.among(ints(rows["row"]), np.arange(rows.num_rows + 1))
    return place.astype(np.int64)
