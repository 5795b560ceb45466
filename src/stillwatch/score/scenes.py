"""Every cluster with its own exchanges: read a batch of clusters at a time, each exchange once a batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.engines.batches import by_number
from stillwatch.engines.parts import Range, gather, leaving, once, together
from stillwatch.engines.plan import Engine, Step
from stillwatch.kernels.lookup import Wanted
from stillwatch.score.elsewhere import elsewhere_in, sends_besides, sent_in
from stillwatch.score.reel import Reel, reel_of
from stillwatch.score.scene import Bools, Ints, Scene, ints
from stillwatch.score.sighting import (
    lying,
    sampled_in,
    scene_meanings,
    scene_rows,
    seen_in,
    sighted_in,
    sighting,
)

TYING_BITS = 2.0
"""A template that weighs less for membership doesn't tie a cluster."""

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


@dataclass(frozen=True, slots=True)
class Scenes:
    """All clusters with their judged exchanges, as often as they are asked for.

    clusters  CLUSTERS in the order of clusters and accounts, and the cluster of each row
    batches   clusters whose exchanges lie together, and how many batches are read at once
    judged    cluster and account number of judged members, and whether they are looked at first
    weighed   cluster and template of those that say something of an exchange
    tied_by   the cluster of each template that ties one
    outside   cluster → its OUTSIDERS
    """

    _engine: Engine
    clusters: tuple[Ints, pa.Table]
    batches: Sequence[Ints]
    at_once: int
    judged: tuple[Ints, Ints, Bools]
    weighed: tuple[Ints, Ints]
    tied_by: Ints
    outside: Mapping[int, Sequence[int]]
    _kept: dict[int, tuple[pa.Table, ...]] = field(default_factory=dict)

    @property
    def cut(self) -> frozenset[int]:
        """Clusters of which `first` leaves exchanges out."""
        return frozenset(self.judged[0][~self.judged[2]].tolist())

    def first(self) -> Iterator[Scene]:
        """Every cluster with what is looked at first of it, those that hold one another side by side."""
        for start in range(0, len(self.batches), self.at_once):
            numbers = range(start, min(start + self.at_once, len(self.batches)))
            places = lying(np.array(numbers), False).tolist()
            rows, meanings, sighted = (
                by_number(each, "lies", places)
                for each in self._lying(f"lies BETWEEN {places[0]} AND {places[-1]}")
            )
            clusters = np.concatenate(self.batches[numbers.start : numbers.stop]).tolist()
            beside = by_number(
                self._beside(f"batch BETWEEN {numbers[0]} AND {numbers[-1]}"), "cluster", clusters
            )
            for number, place in zip(numbers, places, strict=True):
                reel = reel_of(rows.pop(place), meanings.pop(place), sighted.pop(place))
                for cluster in self.batches[number].tolist():
                    yield self._scene(reel, cluster, beside.pop(cluster), True)

    def whole(self, cluster: int) -> Scene:
        """A cluster with all that is looked at of it."""
        number = self.batch_of(cluster)
        rows, meanings, sighted, beside = self._batch(number)
        sighted, beside = (each.filter(pc.equal(each["cluster"], cluster)) for each in (sighted, beside))
        shown = Wanted.of(ints(sighted["row"]))
        rows, meanings = (
            each.filter(pa.array(shown.each(ints(each["row"])) >= 0)) for each in (rows, meanings)
        )
        return self._scene(reel_of(rows, meanings, sighted), cluster, beside, False)

    def batch_of(self, cluster: int) -> int:
        """The batch of a cluster: `whole` reads it once for those of its clusters that are asked for one after the other."""
        (number,) = (number for number, batch in enumerate(self.batches) if cluster in batch)
        return number

    def _batch(self, number: int) -> tuple[pa.Table, ...]:
        """What lies of a batch; the last one that was read is kept."""
        if number not in self._kept:
            places = ", ".join(str(lying(np.array(number), later)) for later in (False, True))
            self._kept.clear()
            self._kept[number] = (*self._lying(f"lies IN ({places})"), self._beside(f"batch = {number}"))
        return self._kept[number]

    def _lying(self, within: str) -> Iterator[pa.Table]:
        """SCENE_ROWS, SCENE_MEANINGS and SIGHTED of some places."""
        for table, columns in (
            ("scene_rows", "*"),
            ("scene_meanings", '"row", semantic, shown, lies'),
            ("sighted", 'cluster, "row", bits, lies'),
        ):
            yield self._engine.query(f"SELECT {columns} FROM {table} WHERE {within}")

    def _beside(self, within: str) -> pa.Table:
        return self._engine.query(
            f"SELECT * FROM elsewhere WHERE {within} ORDER BY cluster, us, ix, exchange_id"
        )

    def _scene(self, reel: Reel, cluster: int, beside: pa.Table, only_first: bool) -> Scene:
        member = _span(self.clusters[0], cluster)
        judged = _span(self.judged[0], cluster)
        seen = self.judged[1][judged]
        return reel.scene(
            cluster,
            self.clusters[1].slice(member.start, member.stop - member.start),
            beside,
            seen[self.judged[2][judged]] if only_first else seen,
            self.weighed[1][_span(self.weighed[0], cluster)],
            len(self.tied_by[_span(self.tied_by, cluster)]),
            *self.outside.get(cluster, (0, 0, 0)),
        )


def _span(ascending: Ints, number: int) -> slice:
    """Where the rows of a number are."""
    begin, end = np.searchsorted(ascending, [number, number + 1])
    return slice(int(begin), int(end))


@contextmanager
def scenes(engine: Engine, parts: Sequence[Range]) -> Iterator[Scenes]:
    """The scenes of all clusters; what they are cut from lies in the engine as long as the block lasts."""
    with leaving(engine):
        yield _scenes(engine, parts)


def _scenes(engine: Engine, parts: Sequence[Range]) -> Scenes:
    clusters = engine.to_arrow("clusters", "cluster, ix")
    facts = engine.query("SELECT cluster, bits FROM cluster_templates ORDER BY cluster")
    outside = engine.query("SELECT cluster, accounts, own, uses FROM outsiders")
    weighed = engine.to_arrow("sighting_bits", "cluster, t")
    judged = engine.to_arrow("judged", "cluster, ix")
    engine.run(sent_in())
    engine.run(scene_sizes())
    sizes = engine.to_arrow("scene_sizes", "cluster")
    batches = list(_batches(sizes["cluster"].to_numpy(), sizes["n"].to_numpy(), widest(engine)))
    engine.put("scene_batches", _batch_table(batches))
    if batches:
        _lay_out(engine, parts)
    return Scenes(
        engine,
        (clusters["cluster"].to_numpy(), clusters),
        batches,
        max(1, len(parts) * RANGE_ROWS // BATCH_ROWS),
        (judged["cluster"].to_numpy(), judged["ix"].to_numpy(), judged["first"].to_numpy()),
        (weighed["cluster"].to_numpy(), weighed["t"].to_numpy()),
        facts["cluster"].to_numpy()[facts["bits"].to_numpy() >= TYING_BITS],
        {
            cluster: numbers
            for cluster, *numbers in zip(*(c.to_pylist() for c in outside.columns), strict=True)
        },
    )


def _lay_out(engine: Engine, parts: Sequence[Range]) -> None:
    """Leaves SCENE_ROWS, SCENE_MEANINGS, SIGHTED and ELSEWHERE, the rows of a batch side by side."""
    found = once(lambda: sighting(engine))
    gather(engine, "sighted", [sighted_in(part, found) for part in parts])
    engine.run(sends_besides())

    def lay_out(part: Range) -> None:
        for step in (
            sampled_in(part),
            seen_in(part),
            scene_rows(part),
            scene_meanings(part),
            elsewhere_in(part),
        ):
            engine.run(step)
        engine.drop(f"seen_{part.number}", f"sampled_{part.number}")

    engine.each(lay_out, parts)
    for name in ("scene_rows", "scene_meanings", "elsewhere"):
        together(engine, name, [f"{name}_{part.number}" for part in parts])


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
