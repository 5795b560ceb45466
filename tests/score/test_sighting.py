"""Exchanges that show a cluster's templates: only of clusters that are read, whichever way they are looked for."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from stillwatch.kernels.lookup import Wanted
from stillwatch.score.sighting import Sighting


def test_only_judged_members_are_sighted() -> None:
    judged = np.array([(1 << 32) | 7, (2 << 32) | 8])
    look = Sighting(
        begins=np.array([0, 2, 3]),
        clusters=np.array([0, 1, 2]),
        bits=np.array([3.0, 4.0, 5.0]),
        judged=Wanted.of(judged),
        later=np.array([False, True]),
        batch=np.array([0, 0, 1]),
    )
    shown = pa.array([[0], [0, 1], [1]], pa.list_(pa.int32()))
    exchanges = pa.record_batch(
        {"row": pa.array([10, 11, 12]), "ix": pa.array([7, 8, 7], pa.int32()), "shown": shown}
    )
    # Account 8 is no judged member of cluster 1, nor account 7 of cluster 2, nor anybody of cluster 0.
    assert look(exchanges).to_pylist() == [
        {"cluster": 1, "row": 10, "ix": 7, "bits": 4.0, "lies": 0, "leads": 4.0, "leads_lies": 0},
        {"cluster": 2, "row": 11, "ix": 8, "bits": 5.0, "lies": -2, "leads": 5.0, "leads_lies": -2},
    ]


def test_of_the_clusters_of_a_batch_the_first_leads_with_the_heaviest_weight_and_the_earliest_place() -> None:
    look = Sighting(
        begins=np.array([0, 1, 3]),
        clusters=np.array([2, 0, 1]),
        bits=np.array([3.0, 4.0, 5.0]),
        judged=Wanted.of(np.array([(cluster << 32) | 7 for cluster in range(3)])),
        later=np.array([True, False, False]),
        batch=np.array([0, 1, 0]),
    )
    shown = pa.array([[0, 1]], pa.list_(pa.int32()))
    exchanges = pa.record_batch({"row": pa.array([10]), "ix": pa.array([7], pa.int32()), "shown": shown})
    found = {
        row["cluster"]: (row["lies"], row["leads"], row["leads_lies"]) for row in look(exchanges).to_pylist()
    }
    # What one of them looks at first lies there for all of the batch.
    assert found == {0: (-1, 4.0, 0), 1: (1, 5.0, 1), 2: (0, None, None)}
