"""Links of a graph, brought together part by part: those between parts are left out, and nothing is copied on the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.kernels.compiling import entry, read_only

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Weights = npt.NDArray[np.float64]

Links = tuple[Small, Small, Weights]
"""(node, other node, weight): each link once."""

Listed = tuple[Ints, Small, Weights]
"""(ends, others, weights): node n is linked to others[ends[n]:ends[n + 1]], ascending; each link stands at both."""


@entry
def _counted(one: Any, other: Any, parts: Any, places: Any, sizes: Any) -> Any:
    for each in range(len(one)):
        if parts[one[each]] == parts[other[each]]:
            sizes[places[one[each]]] += 1
            sizes[places[other[each]]] += 1


@entry
def _placed(
    one: Any, other: Any, weight: Any, parts: Any, places: Any, free: Any, others: Any, weights: Any
) -> Any:
    for each in range(len(one)):
        if parts[one[each]] != parts[other[each]]:
            continue
        here, there = places[one[each]], places[other[each]]
        others[free[here]], weights[free[here]] = there, weight[each]
        others[free[there]], weights[free[there]] = here, weight[each]
        free[here] += 1
        free[there] += 1


@entry
def _kept(ends: Any, others: Any, parts: Any, order: Any, sizes: Any) -> Any:
    for place in range(len(order)):
        node = order[place]
        for at in range(ends[node], ends[node + 1]):
            sizes[place] += parts[others[at]] == parts[node]


@entry
def _moved(
    ends: Any, others: Any, weights: Any, parts: Any, order: Any, places: Any, out: Any, out_weights: Any
) -> Any:
    filled = 0
    for node in order:
        for at in range(ends[node], ends[node + 1]):
            if parts[others[at]] == parts[node]:
                out[filled], out_weights[filled] = places[others[at]], weights[at]
                filled += 1


def brought_together(links: Sequence[Links], parts: Ints, order: Ints) -> Listed:
    """The links within parts; a node's number is its place in the order.

    links  each from a node to a later one, ascending by both
    parts  (nodes,) the part of each node
    order  (nodes,) every node once, those of one part ascending
    """
    places = _places(order)
    sizes = np.zeros(len(order), np.int64)
    for one, other, _ in links:
        _counted(read_only(one), read_only(other), read_only(parts), read_only(places), sizes)
    ends = np.r_[0, np.cumsum(sizes)]
    others, weights = np.empty(ends[-1], np.int32), np.empty(ends[-1])
    free = ends[:-1].copy()
    for one, other, weight in links:
        _placed(
            read_only(one), read_only(other), read_only(weight), read_only(parts), read_only(places), free,
            others, weights,
        )  # fmt: skip
    return ends, others, weights


def taken_apart(listed: Listed, parts: Ints, order: Ints) -> Listed:
    """Of listed links those within parts; a node's number is its place in the order.

    parts, order  as of `brought_together`
    """
    ends, others, weights = (read_only(each) for each in listed)
    sizes = np.zeros(len(order), np.int64)
    _kept(ends, others, read_only(parts), read_only(order), sizes)
    out_ends = np.r_[0, np.cumsum(sizes)]
    out, out_weights = np.empty(out_ends[-1], np.int32), np.empty(out_ends[-1])
    _moved(
        ends, others, weights, read_only(parts), read_only(order), read_only(_places(order)), out, out_weights
    )
    return out_ends, out, out_weights


def _places(order: Ints) -> Ints:
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return places
