"""Links brought together part by part, beside the same in plain loops."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.kernels.blocks import Listed, brought_together, taken_apart

NODES = 9
LABELS = st.lists(st.integers(0, 3), min_size=NODES, max_size=NODES)


def drawn(seed: int) -> list[tuple[int, int, float]]:
    draw = np.random.default_rng(seed)
    pairs = [(a, b) for a in range(NODES) for b in range(a + 1, NODES) if draw.random() < 0.4]
    return [(a, b, float(draw.random())) for a, b in pairs]


def in_halves(links: list[tuple[int, int, float]], cut: int) -> list[Any]:
    return [
        (np.array([a for a, _, _ in half], np.int32), np.array([b for _, b, _ in half], np.int32),
         np.array([w for _, _, w in half], np.float64))
        for half in (links[:cut], links[cut:])
    ]  # fmt: skip


def grouped(labels: Any) -> Any:
    return np.argsort(np.asarray(labels), kind="stable").astype(np.int64)


def naive(links: list[tuple[int, int, float]], labels: Any, order: Any) -> list[dict[int, float]]:
    places = {int(node): place for place, node in enumerate(order)}
    out: list[dict[int, float]] = [{} for _ in order]
    for a, b, weight in links:
        if labels[a] == labels[b]:
            out[places[a]][places[b]] = out[places[b]][places[a]] = weight
    return out


def told(listed: Listed) -> list[dict[int, float]]:
    ends, others, weights = listed
    for begin, end in pairwise(ends):
        assert others[begin:end].tolist() == sorted(others[begin:end].tolist())
    return [
        dict(zip(others[begin:end].tolist(), weights[begin:end].tolist(), strict=True))
        for begin, end in pairwise(ends)
    ]


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), LABELS, LABELS, st.integers(0, 20))
def test_links_within_parts_are_those_of_plain_loops(seed: int, loose: Any, tight: Any, cut: int) -> None:
    links = drawn(seed)
    labels, order = np.array(loose), grouped(loose)
    listed = brought_together(in_halves(links, cut), labels, order)
    assert told(listed) == naive(links, labels, order)
    inner = np.array(loose)[order] * 4 + np.array(tight)[order]  # by place: parts of the parts
    again = grouped(inner)
    assert told(taken_apart(listed, inner, again)) == naive(
        links, np.array(loose) * 4 + np.array(tight), order[again]
    )
