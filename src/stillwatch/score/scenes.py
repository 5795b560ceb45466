"""Every cluster with its own exchanges: read a batch of clusters at a time, each exchange once a batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.engines.batches import by_number
from stillwatch.engines.parts import gather, leaving, together
from stillwatch.engines.plan import Engine, Step
from stillwatch.score.elsewhere import elsewhere_in, sends_besides, sent_in
from stillwatch.score.ranges import Range
from stillwatch.score.reel import reel_of
from stillwatch.score.scene import Ints, Scene
from stillwatch.score.sighting import sampled_in, scene_meanings, scene_rows, seen_in, sighted_in, sighting

BATCH_ROWS = 1_000_000
"""Exchanges of clusters that become one reel."""

RANGE_ROWS = 1 << 16
"""Of each range of accounts so many exchanges are read at once, or those of one batch: half of what lies together in a
file, so that however many ranges there are, a file's rows are gone through about twice, not once for each batch."""


def scene_sizes() -> Step:
    """SCENE_SIZES: how many exchanges of each cluster are looked at, about."""
    return Step(
        "scene_sizes",
        ("sent_in",),
        "SELECT cluster, CAST(sum(n) AS BIGINT) AS n FROM sent_in GROUP BY cluster",
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
    outside = engine.query("SELECT cluster, accounts, own, uses FROM outsiders")
    outsiders = {
        cluster: numbers for cluster, *numbers in zip(*(c.to_pylist() for c in outside.columns), strict=True)
    }
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
    engine.run(sends_besides())
    for part in parts:
        for step in (
            sampled_in(part),
            seen_in(part),
            scene_rows(part),
            scene_meanings(part),
            elsewhere_in(part),
        ):
            engine.run(step)
        engine.drop(f"seen_{part.number}", f"sampled_{part.number}")
    for name in ("scene_rows", "scene_meanings", "elsewhere"):
        together(engine, name, [f"{name}_{part.number}" for part in parts])
    which = clusters["cluster"].to_numpy()
    at_once = max(1, len(parts) * RANGE_ROWS // BATCH_ROWS)
    for start in range(0, len(batches), at_once):
        numbers = range(start, min(start + at_once, len(batches)))
        within = f"batch BETWEEN {numbers[0]} AND {numbers[-1]}"
        rows = by_number(engine.query(f"SELECT * FROM scene_rows WHERE {within}"), "batch", numbers)
        meanings = by_number(
            engine.query(f'SELECT "row", semantic, shown, batch FROM scene_meanings WHERE {within}'),
            "batch",
            numbers,
        )
        sighted = by_number(
            engine.query(f'SELECT cluster, "row", bits, batch FROM sighted WHERE {within}'), "batch", numbers
        )
        beside = engine.query(f"SELECT * FROM elsewhere WHERE {within} ORDER BY cluster, us, ix, exchange_id")
        beside_which = beside["cluster"].to_numpy()
        for number in numbers:
            reel = reel_of(rows.pop(number), meanings.pop(number), sighted.pop(number))
            for cluster in batches[number].tolist():
                low, high = np.searchsorted(which, [cluster, cluster + 1])
                begin, end = np.searchsorted(judged_by, [cluster, cluster + 1])
                since, until = np.searchsorted(beside_which, [cluster, cluster + 1])
                first, last = np.searchsorted(weighed_by, [cluster, cluster + 1])
                yield reel.scene(
                    cluster,
                    clusters.slice(low, high - low),
                    beside.slice(since, until - since),
                    judged_ix[begin:end],
                    weighed_t[first:last],
                    int(np.subtract(*np.searchsorted(tied_by, [cluster + 1, cluster]))),
                    *outsiders.get(cluster, (0, 0, 0)),
                )


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
