"""Exchanges of one account at one moment stand in an order that no order of rows decides."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stillwatch.model.fingerprints import CAPABILITIES
from stillwatch.score.reel import TOLD_APART, reel_of, settled
from stillwatch.score.scene import distinct_pairs

Columns = dict[str, NDArray[Any]]


def columns(seed: int) -> Columns:
    """Exchanges of which many are at one moment of an account, with what tells them apart."""
    rng = np.random.default_rng(seed)
    n = 400
    told: Columns = {name: rng.integers(0, 3, n) for name in TOLD_APART}
    return told | {"ts": rng.integers(0, 40, n), "ix": rng.integers(0, 3, n), "row": np.arange(n)}


def test_ties_are_settled_alike_whatever_order_rows_came_in() -> None:
    table = columns(1)
    mixed = np.random.default_rng(2).permutation(400)
    order, again = settled(table), mixed[settled({name: column[mixed] for name, column in table.items()})]
    assert order.tolist() == again.tolist()
    keys = list(zip(*(table[name][order].tolist() for name in ("ts", "ix", *TOLD_APART)), strict=True))
    assert keys == sorted(keys)


def test_rows_without_ties_stay_as_they_are() -> None:
    for count in (0, 1):
        assert settled({name: column[:count] for name, column in columns(3).items()}).tolist() == list(
            range(count)
        )


def test_a_reel_knows_each_cluster_s_exchanges_in_their_order() -> None:
    n = 4
    rows = pa.table(
        {
            "row": [7, 5, 9, 6], "ix": pa.array([2, 1, 1, 2], pa.int32()), "bits": [1.0] * n, "ts": [30, 10, 20, 10],
            "prompt_hash": [3, 1, 2, 4], "capability": [CAPABILITIES[1], None, "else", CAPABILITIES[0]],
            "conversation_id": ["a", "b", None, "a"], "output_tokens": [1, None, 3, 4], "ip_hash": [None, 1, 2, 3],
            "asn": [1, 1, 1, 1], "client": [1, 1, 1, 1], "parameters": [1, 1, 1, 1], "model": ["m2", "m1", None, "m2"],
            "marks": pa.array([1, 0, 2, 3], pa.int32()), "batch": [0] * n,
        }
    )  # fmt: skip
    meanings = pa.table(
        {
            "row": [9, 6],
            "semantic": pa.array([[1] * 64, [2] * 64], pa.list_(pa.int8())),
            "shown": pa.array([[4, 5], [4]], pa.list_(pa.int32())),
        }
    )
    sighted = pa.table(
        {"cluster": [8, 3, 8, 3, 8], "row": [9, 7, 5, 6, 6], "bits": [1.0, 2.0, 3.0, 4.0, 5.0]}
    )
    reel = reel_of(rows, meanings, sighted)
    assert reel.models == {"m1": 0, "m2": 1}
    members = pa.table({"ix": pa.array([1, 2], pa.int32()), "bits": [9.0, 9.0]})
    none = pa.table({"ix": pa.array([], pa.int32()), "semantic": pa.array([], pa.list_(pa.int8()))})
    scene = reel.scene(8, members, none, np.array([1, 2]), np.array([4]), 1, 0, 0, 0)
    assert scene.prompt.tolist() == [1, 4, 2]
    assert scene.who.tolist() == [0, 1, 0]
    assert scene.weight.tolist() == [3.0, 5.0, 1.0]
    assert scene.model.tolist() == [0, 1, -1]
    assert scene.capability.tolist() == [-1, 0, -1]
    assert scene.output_tokens.tolist() == [-1, 4, 3]
    assert scene.conversation[0] != scene.conversation[1]
    assert scene.conversation[2] == -1
    assert scene.marked("elicits").tolist() == [False, True, False]
    assert scene.accounts(scene.marked("follows")) == 2
    assert scene.sampled.tolist() == [1, 2]
    assert scene.semantic[:, 0].tolist() == [2.0, 1.0]
    assert scene.shown.to_pylist() == [[4], [4]]
    assert reel.scene(3, members, none, np.array([1, 2]), np.array([4]), 1, 0, 0, 0).prompt.tolist() == [4, 3]


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
