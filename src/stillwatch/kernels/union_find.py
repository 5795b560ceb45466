"""Connected components of a graph given as edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.errors import InvalidParameter
from stillwatch.kernels.compiling import entry, step


@step
def _root(parents: Any, node: Any) -> Any:
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


@entry
def _join(left: Any, right: Any, parents: Any) -> None:
    for i in range(left.size):
        a, b = _root(parents, left[i]), _root(parents, right[i])
        if a < b:
            parents[b] = a
        elif b < a:
            parents[a] = b
    for node in range(parents.size):  # a parent is never larger than its child
        parents[node] = parents[parents[node]]


def union_find(
    left: npt.NDArray[np.int64], right: npt.NDArray[np.int64], nodes: int
) -> npt.NDArray[np.int64]:
    """The component of each node, named by the smallest node in it.

    left, right  (edges,) int64, the ends of each edge, 0 ≤ end < nodes
    nodes        number of nodes
    raises       InvalidParameter when the ends differ in number or lie outside the nodes
    source       Tarjan & van Leeuwen 1984, path halving; the smaller root wins, so the result has no order
    """
    left, right = np.ascontiguousarray(left, np.int64), np.ascontiguousarray(right, np.int64)
    if left.shape != right.shape or left.ndim != 1:
        raise InvalidParameter(
            f"union_find: {left.shape} left ends and {right.shape} right ends; give one each"
        )
    if left.size and (min(left.min(), right.min()) < 0 or max(left.max(), right.max()) >= nodes):
        raise InvalidParameter(f"union_find: an edge ends outside 0..{nodes - 1}")
    parents = np.arange(nodes, dtype=np.int64)
    _join(left, right, parents)
    return parents
