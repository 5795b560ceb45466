from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import InvalidParameter
from stillwatch.kernels.components import components, components_above

EDGES = st.integers(1, 30).flatmap(
    lambda nodes: st.tuples(
        st.just(nodes), st.lists(st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1)), max_size=40)
    )
)


def naive(edges: list[tuple[int, int]], nodes: int) -> list[int]:
    """The smallest node is carried along every edge until nothing moves; then the components are counted."""
    labels = list(range(nodes))
    for _ in range(nodes):
        for a, b in edges:
            labels[a] = labels[b] = min(labels[a], labels[b])
    numbers = {root: number for number, root in enumerate(sorted(set(labels)))}
    return [numbers[label] for label in labels]


def run(edges: list[tuple[int, int]], nodes: int) -> list[int]:
    ends = np.array(edges, np.int64).reshape(-1, 2)
    return [int(label) for label in components(nodes, ends[:, 0], ends[:, 1])]


@settings(deadline=None)
@given(EDGES, st.randoms(use_true_random=False))
def test_components_agree_with_the_naive_twin_in_any_order(drawn: Any, random: Any) -> None:
    nodes, edges = drawn
    expected = naive(edges, nodes)
    assert run(edges, nodes) == expected
    random.shuffle(edges)
    assert run([(b, a) for a, b in edges], nodes) == expected


@settings(deadline=None)
@given(EDGES, st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.5, 1.0]))
def test_links_above_a_weight_are_edges(drawn: Any, seed: int, least: float) -> None:
    nodes, edges = drawn
    weights = np.random.default_rng(seed).random(len(edges))
    both = sorted(
        {(a, b, w) for (a, b), w in zip(edges, weights, strict=True)}
        | {(b, a, w) for (a, b), w in zip(edges, weights, strict=True)}
    )
    ends = np.searchsorted([a for a, _, _ in both], np.arange(nodes + 1)).astype(np.int64)
    others, listed = np.array([b for _, b, _ in both], np.int32), np.array([w for _, _, w in both], float)
    heavy = [edge for edge, weight in zip(edges, weights, strict=True) if weight > least]
    assert components_above(ends, others, listed, least).tolist() == naive(heavy, nodes)


def test_a_long_chain_is_one_component() -> None:
    chain = np.arange(100_000, dtype=np.int64)
    assert not components(100_000, chain[1:][::-1], chain[:-1][::-1]).any()


@pytest.mark.parametrize("times", [1, 255, 256, 512])
def test_an_edge_counts_however_often_it_comes(times: int) -> None:
    assert run([(0, 1)] * times, 3) == [0, 0, 1]


def test_no_nodes_have_no_components() -> None:
    assert components(0, np.zeros(0, np.int64), np.zeros(0, np.int64)).tolist() == []


@pytest.mark.parametrize(("left", "right"), [([0], [3]), ([-1], [0]), ([0, 1], [0])])
def test_edges_outside_the_nodes_are_refused(left: Any, right: Any) -> None:
    with pytest.raises(InvalidParameter):
        components(3, np.array(left), np.array(right))
