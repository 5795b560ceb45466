"""Exchanges of one account at one moment stand in an order that no order of rows decides."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from stillwatch.score.reel import TOLD_APART, settled
from stillwatch.score.scene import distinct_pairs


def rows(seed: int) -> pa.Table:
    """SCENE_ROWS of which many are at one moment of an account, with what tells them apart."""
    rng = np.random.default_rng(seed)
    n = 400
    columns = {name: pa.array(rng.integers(0, 3, n)) for name in TOLD_APART}
    columns |= {
        "conversation_id": pa.array([f"c{k}" if k else None for k in rng.integers(0, 3, n)]),
        "model": pa.array([f"m{k}" for k in rng.integers(0, 2, n)]),
        "ts": pa.array(rng.integers(0, 40, n)),
        "ix": pa.array(rng.integers(0, 3, n)),
        "row": pa.array(np.arange(n)),
    }
    return pa.table(columns)


def ordered(table: pa.Table) -> pa.Table:
    return table.sort_by([(name, "ascending") for name in ("ts", "ix")])


def test_ties_are_settled_alike_whatever_order_rows_came_in() -> None:
    table = rows(1)
    told = settled(ordered(table))
    again = settled(ordered(table.take(pa.array(np.random.default_rng(2).permutation(len(table))))))
    assert told.equals(again)
    assert not told.equals(ordered(table))
    for name in ("ts", "ix"):
        assert told[name].equals(ordered(table)[name])


def test_rows_without_ties_stay_as_they_are() -> None:
    table = ordered(rows(3))
    alone = table.slice(0, 1)
    assert settled(alone).equals(alone)
    assert settled(table.slice(0, 0)).equals(table.slice(0, 0))


def test_distinct_pairs_of_any_size_come_with_their_times() -> None:
    a = np.array([3, -(2**62), 3, 3, 2**62, -(2**62)])
    b = np.array([2**63 - 1, 0, -(2**63), 2**63 - 1, 1, 0])
    first, second, times = distinct_pairs(a, b)
    assert list(zip(first.tolist(), second.tolist(), times.tolist(), strict=True)) == [
        (3, 2**63 - 1, 2),
        (-(2**62), 0, 2),
        (3, -(2**63), 1),
        (2**62, 1, 1),
    ]
    assert [len(each) for each in distinct_pairs(a[:0], b[:0])] == [0, 0, 0]
