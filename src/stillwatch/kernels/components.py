"""Connected components of an edge list that fits memory."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from stillwatch.errors import InvalidParameter


def components(
    nodes: int, left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """The component of each node, numbered 0.. in the order of its smallest node.

    nodes        how many nodes there are, numbered 0..nodes-1
    left, right  (m,) int64, ends of each undirected edge
    raises       InvalidParameter when the ends differ in number or lie outside the nodes
    """
    left, right = np.asarray(left, np.int64), np.asarray(right, np.int64)
    if left.shape != right.shape or left.ndim != 1:
        raise InvalidParameter(
            f"components: {left.shape} left ends and {right.shape} right ends; give one each"
        )
    if left.size and (min(left.min(), right.min()) < 0 or max(left.max(), right.max()) >= nodes):
        raise InvalidParameter(f"components: an edge ends outside 0..{nodes - 1}")
    if nodes == 0:
        return np.zeros(0, dtype=np.int64)
    # Bytes would wrap round to nothing where the same edge comes 256 times.
    graph = coo_array((np.ones(len(left), dtype=np.int64), (left, right)), shape=(nodes, nodes))
    _, labels = connected_components(graph, directed=False)
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)
