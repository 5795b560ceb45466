"""Connected components of edges that fit memory: beside these, nothing is held but a number for each node."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.errors import InvalidParameter
from stillwatch.kernels.compiling import entry, inlined, read_only

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]


@inlined
def _root(parent: Any, node: Any) -> Any:
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@inlined
def _join(parent: Any, one: Any, other: Any) -> Any:
    one, other = _root(parent, one), _root(parent, other)
    # The smallest node of a component is its root.
    parent[max(one, other)] = min(one, other)


@entry
def _joined(parent: Any, left: Any, right: Any) -> Any:
    for each in range(len(left)):
        _join(parent, left[each], right[each])


@entry
def _joined_above(parent: Any, ends: Any, others: Any, weights: Any, least: Any) -> Any:
    for node in range(len(ends) - 1):
        for at in range(ends[node], ends[node + 1]):
            if weights[at] > least:
                _join(parent, node, others[at])


@entry
def _numbered(parent: Any) -> Any:
    found = 0
    for node in range(len(parent)):
        if parent[node] == node:
            parent[node] = found
            found += 1
        else:  # roots come before what hangs from them, and have their numbers
            parent[node] = parent[parent[node]]


def components(nodes: int, left: npt.NDArray[np.integer], right: npt.NDArray[np.integer]) -> Ints:
    """The component of each node, numbered 0.. in the order of its smallest node.

    nodes        how many nodes there are, numbered 0..nodes-1
    left, right  (m,) ends of each undirected edge
    raises       InvalidParameter when the ends differ in number or lie outside the nodes
    source       disjoint sets with path halving: Tarjan & van Leeuwen 1984, Journal of the ACM 31(2)
    """
    left, right = np.asarray(left), np.asarray(right)
    if left.shape != right.shape or left.ndim != 1:
        raise InvalidParameter(
            f"components: {left.shape} left ends and {right.shape} right ends; give one each"
        )
    if left.size and (min(left.min(), right.min()) < 0 or max(left.max(), right.max()) >= nodes):
        raise InvalidParameter(f"components: an edge ends outside 0..{nodes - 1}")
    parent = np.arange(nodes, dtype=np.int64)
    _joined(parent, read_only(left), read_only(right))
    _numbered(parent)
    return parent


def components_above(ends: Ints, others: Small, weights: npt.NDArray[np.float64], least: float) -> Ints:
    """The component of each node, as of `components`, by the links that weigh more than `least`.

    ends, others, weights  node n is linked to others[ends[n]:ends[n + 1]], each with its weight
    """
    parent = np.arange(len(ends) - 1, dtype=np.int64)
    _joined_above(parent, read_only(ends), read_only(others), read_only(weights), least)
    _numbered(parent)
    return parent
