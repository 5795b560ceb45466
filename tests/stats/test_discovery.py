"""Which of many e-values are rejected: the closed form of e-BH against all sets, e-BH and planted nulls."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.stats.discovery import discoveries

VALUES = st.lists(st.tuples(st.floats(-3.0, 4.0), st.floats(0.1, 10.0)), min_size=1, max_size=8)


def by_all_sets(log10_e: Any, rate: float, weights: Any) -> int:
    """Twin: the largest set, by weighted e-values, that no set of hypotheses speaks against."""
    n, e = len(log10_e), 10.0**log10_e
    told = log10_e + np.log10(weights / weights.mean())
    order = np.argsort(-told, kind="stable")
    for size in range(n, 0, -1):
        if size < n and told[order[size]] == told[order[size - 1]]:
            continue
        chosen = set(order[:size].tolist())
        sets = (s for k in range(1, n + 1) for s in combinations(range(n), k))
        if all(
            (weights[list(s)] * (e[list(s)] - len(chosen & set(s)) / (size * rate))).sum() >= -1e-9
            for s in sets
        ):
            return size
    return 0


def step_up(log10_e: Any, rate: float, weights: Any) -> Any:
    """e-BH as it was first stated."""
    told = log10_e + np.log10(weights / weights.mean())
    order = np.argsort(-told, kind="stable")
    passing = np.flatnonzero(told[order] >= np.log10(len(told) / (rate * np.arange(1, len(told) + 1))))
    return set(order[: passing[-1] + 1].tolist()) if passing.size else set()


@given(VALUES, st.sampled_from([0.01, 0.05, 0.2]))
@settings(max_examples=60, deadline=None)
def test_the_largest_set_that_no_set_speaks_against_is_rejected(values: Any, rate: float) -> None:
    log10_e, weights = (np.array(each) for each in zip(*values, strict=True))
    assert int(discoveries(log10_e, rate, weights).sum()) == by_all_sets(log10_e, rate, weights)


@given(VALUES, st.sampled_from([0.01, 0.05, 0.2]))
@settings(max_examples=60, deadline=None)
def test_what_e_bh_rejects_is_rejected(values: Any, rate: float) -> None:
    log10_e, weights = (np.array(each) for each in zip(*values, strict=True))
    assert step_up(log10_e - 1e-9, rate, weights) <= set(
        np.flatnonzero(discoveries(log10_e, rate, weights)).tolist()
    )


def test_verdicts_that_are_sure_make_room_for_the_next() -> None:
    log10_e = np.array([6.0, 6.0, 6.0, 6.0, 2.9, *[-2.0] * 95])
    weights = np.array([60.0, 60.0, 60.0, 60.0, 20.0, *[2.0] * 95])
    assert len(step_up(log10_e, 0.01, weights)) == 5
    assert len(step_up(log10_e - 0.3, 0.01, weights)) == 4
    assert int(discoveries(log10_e - 0.3, 0.01, weights).sum()) == 5


def test_ties_stand_or_fall_together() -> None:
    log10_e = np.array([5.0, 3.0, 3.0, 3.0, *[-4.0] * 40])
    for shuffle in range(5):
        order = np.random.default_rng(shuffle).permutation(len(log10_e))
        found = discoveries(log10_e[order], 0.01)
        assert len(set(found[log10_e[order] == 3.0].tolist())) == 1


def test_nothing_is_rejected_of_nothing() -> None:
    assert discoveries(np.zeros(0), 0.01).tolist() == []
    assert not discoveries(np.full(30, 1.0), 0.01).any()


@pytest.mark.parametrize("shared", [0.0, 0.9])
def test_the_share_of_false_ones_is_bounded_whatever_the_dependence(shared: float) -> None:
    """Likelihood ratios of a shifted normal law, 40 null ones and 10 that are not, many of them moved together."""
    rng, shift, rate = np.random.default_rng(3), 2.0, 0.1
    weights = np.r_[np.full(40, 1.0), np.full(10, 3.0)]
    true = np.r_[np.zeros(40), np.full(10, shift)]
    false = []
    for _ in range(2_000):
        noise = np.sqrt(shared) * rng.normal() + np.sqrt(1.0 - shared) * rng.normal(size=50)
        found = discoveries((shift * (true + noise) - shift**2 / 2.0) / np.log(10.0), rate, weights)
        false.append(found[:40].sum() / max(found.sum(), 1))
    assert np.mean(false) <= rate
