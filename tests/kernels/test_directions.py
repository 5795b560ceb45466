"""Disjoint pairs of rows of a group and how alike their differences are, beside the same in plain loops."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stillwatch.kernels.directions import Groups, squared_products

ROUNDS, MOST, UNIT = 4, 3, 127.0
Vectors = NDArray[np.float64]


def tournament(rows: list[int], number: int) -> list[tuple[int, int]]:
    """Pairs of one round in which the places of each two add up to the same, around the end."""
    turn = 1 + number * max(len(rows) - 1, 1) // ROUNDS
    partner = [(turn - place) % len(rows) for place in range(len(rows))]
    return [(rows[place], rows[other]) for place, other in enumerate(partner) if place < other]


def differences(
    vectors: Vectors, group: list[int], variant: list[int], each: int, number: int
) -> list[list[int]]:
    mine = [row for row, of in enumerate(group) if of == each]
    pairs = []
    for name in sorted({variant[row] for row in mine}):
        pairs += tournament([row for row in mine if variant[row] == name], number)
    met = {row for pair in pairs for row in pair}
    pairs += tournament([row for row in mine if row not in met], number)
    steps = [vectors[left] - vectors[right] for left, right in sorted(pairs)]
    told = [step / np.linalg.norm(step) for step in steps if np.linalg.norm(step) > 1e-6]
    return [np.rint(step * UNIT).astype(int).tolist() for step in told[:MOST]]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(-3, 3), st.integers(-3, 3)),
        min_size=1,
        max_size=40,
    ),
    st.integers(0, ROUNDS - 1),
    st.lists(st.integers(0, 3), unique=True),
)
def test_pairs_and_their_directions_are_those_of_plain_loops(
    rows: list[tuple[int, int, int, int]], number: int, wanted: list[int]
) -> None:
    group, variant = ([row[k] for row in rows] for k in range(2))
    vectors = np.array([row[2:] for row in rows], np.float64)
    groups = Groups(vectors, np.array(group), np.array(variant))
    wanted = [each for each in wanted if each < groups.count]
    found, counts = groups.differences(np.array(wanted, np.int64), number, ROUNDS, MOST, UNIT)
    expected = [differences(vectors, group, variant, each, number) for each in wanted]
    assert counts.tolist() == [len(each) for each in expected]
    assert found.tolist() == [step for each in expected for step in each]


@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(-127, 127), min_size=3, max_size=3), max_size=12),
    st.lists(st.integers(0, 4), max_size=4),
)
def test_squared_products_are_those_of_plain_loops(vectors: list[list[int]], sizes: list[int]) -> None:
    counts = [size for k, size in enumerate(sizes) if sum(sizes[: k + 1]) <= len(vectors)]
    owner = [group for group, size in enumerate(counts) for _ in range(size)]
    vectors = vectors[: len(owner)]
    within, between = [0] * len(counts), [0] * len(counts)
    for a, left in enumerate(vectors):
        for b, right in enumerate(vectors):
            squared = sum(x * y for x, y in zip(left, right, strict=True)) ** 2
            if owner[a] != owner[b]:
                between[owner[a]] += squared
            elif a != b:
                within[owner[a]] += squared
    found = squared_products(np.array(vectors, np.int16).reshape(-1, 3), np.array(counts, np.int64))
    assert [each.tolist() for each in found] == [within, between]
