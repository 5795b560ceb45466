"""Exchanges that show a cluster's templates: only of clusters that are read, whichever way they are looked for."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from stillwatch.kernels.lookup import Wanted
from stillwatch.score.sighting import Sighting


def test_only_clusters_that_are_read_are_sighted() -> None:
    judged = np.array([(0 << 32) | 7, (1 << 32) | 7, (2 << 32) | 8])
    look = Sighting(
        begins=np.array([0, 2, 3]),
        clusters=np.array([0, 1, 2]),
        bits=np.array([3.0, 4.0, 5.0]),
        judged=Wanted.of(judged),
        batch=np.array([-1, 0, 1]),
    )
    shown = pa.array([[0], [0, 1], [1]], pa.list_(pa.int32()))
    exchanges = pa.record_batch(
        {"row": pa.array([10, 11, 12]), "ix": pa.array([7, 8, 7], pa.int32()), "shown": shown}
    )
    # Cluster 0 is not read; account 8 is no judged member of cluster 1, nor account 7 of cluster 2.
    assert look(exchanges).to_pylist() == [
        {"cluster": 1, "row": 10, "ix": 7, "bits": 4.0, "batch": 0, "leads": 4.0},
        {"cluster": 2, "row": 11, "ix": 8, "bits": 5.0, "batch": 1, "leads": 5.0},
    ]


def test_of_the_clusters_of_a_batch_the_first_leads_with_the_heaviest_weight() -> None:
    look = Sighting(
        begins=np.array([0, 1, 3]),
        clusters=np.array([2, 0, 1]),
        bits=np.array([3.0, 4.0, 5.0]),
        judged=Wanted.of(np.array([(cluster << 32) | 7 for cluster in range(3)])),
        batch=np.array([0, 1, 0]),
    )
    shown = pa.array([[0, 1]], pa.list_(pa.int32()))
    exchanges = pa.record_batch({"row": pa.array([10]), "ix": pa.array([7], pa.int32()), "shown": shown})
    found = {row["cluster"]: row["leads"] for row in look(exchanges).to_pylist()}
    assert found == {0: 4.0, 1: 5.0, 2: None}
