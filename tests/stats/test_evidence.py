"""Bayes factors are e-values, and caps keep what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as sps

from stillwatch.errors import InvalidParameter
from stillwatch.stats import evidence
from stillwatch.stats.counts import expected_count, odds_to_probability, unseen
from stillwatch.stats.discovery import discoveries
from stillwatch.stats.evidence import (
    FACTOR_CAP,
    around,
    cap,
    concentration_factor,
    likelihood,
    share_factor,
)
from stillwatch.stats.rarity import membership_bits, rarity_bits


def test_share_factor_has_mean_one_over_ordinary_groups() -> None:
    rng = np.random.default_rng(1)
    ordinary, sign = around(0.2, 8.0), (6.0, 2.0)
    shares = rng.beta(*ordinary, size=40_000)
    factors = [share_factor(float(k), 20.0, sign, ordinary) for k in rng.binomial(20, shares)]
    assert np.mean(factors) == pytest.approx(1.0, abs=0.1)
    assert share_factor(19, 20, sign, ordinary) > 10
    assert share_factor(1, 20, sign, ordinary) < 0.1


@given(st.floats(0.0, 1.0), st.integers(0, 25))
def test_who_shows_a_sign_no_more_than_is_ordinary_is_not_said_to_show_it(usual: float, count: int) -> None:
    ordinary = around(usual, 15.0)
    if count / 25.0 <= ordinary[0] / sum(ordinary):
        assert share_factor(count, 25.0, (3.0, 2.0), ordinary) <= 1.0


@given(st.integers(1, 999), st.integers(2, 40))
def test_who_avoids_the_bin_that_all_others_fill_is_in_no_bin(most: int, bins: int) -> None:
    expected = np.r_[most / 1000.0, np.full(bins, (1.0 - most / 1000.0) / bins)]
    counts = np.zeros(bins + 1, dtype=np.int64)
    assert concentration_factor(counts, expected, 6.0, total=80) <= 1.0


def test_concentration_factor_tells_a_burst_from_a_spread_group() -> None:
    expected = np.full(50, 0.02)
    burst = np.zeros(50, dtype=np.int64)
    burst[7] = 60
    spread = np.random.default_rng(3).multinomial(60, expected)
    assert concentration_factor(burst, expected, 10.0) > 1e3
    assert concentration_factor(spread, expected, 10.0) < 1.0
    assert concentration_factor(np.zeros(50, dtype=np.int64), expected, 10.0) == 1.0


@given(st.permutations(list(range(12))))
def test_concentration_factor_does_not_know_the_names_of_bins(order: list[int]) -> None:
    counts = np.array([0, 3, 9, 1, 0, 0, 2, 5, 0, 1, 0, 30])
    expected = np.arange(1.0, 13.0) / 78.0
    plain = concentration_factor(counts, expected, 10.0)
    assert concentration_factor(counts[order], expected[order], 10.0) == plain


@given(st.floats(0.001, 1000), st.floats(0, 1))
def test_a_missing_sign_costs_at_most_its_rate(factor: float, shows: float) -> None:
    assert likelihood(factor, shows) >= 1.0 - shows - 1e-12
    assert likelihood(factor, 0.0) == 1.0


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=8), st.floats(0.5, 4))
def test_cap_holds_the_sum_and_never_turns_a_sign(parts: list[float], limit: float) -> None:
    raw = np.array(parts)
    held = cap(raw, limit)
    assert abs(held.sum()) <= limit + 1e-9 or abs(held.sum()) <= abs(raw.sum())
    assert (np.sign(held) * np.sign(raw) >= 0).all()


def test_no_factor_leaves_its_cap() -> None:
    assert share_factor(25, 25, (50, 0.1), (0.1, 500)) <= FACTOR_CAP
    assert share_factor(0, 25, (50, 0.1), (0.1, 500)) >= 1 / FACTOR_CAP


def test_discoveries_hold_the_false_discovery_rate() -> None:
    rng = np.random.default_rng(4)
    false = total = 0
    for _ in range(300):
        null = -np.log10(rng.uniform(size=80)) * 0.65  # e = p^-0.65·0.35 is an e-value
        null += np.log10(0.35)
        found = discoveries(np.r_[null, np.full(5, 7.0)], 0.05)
        assert found[-5:].all()
        false += int(found[:-5].sum())
        total += int(found.sum())
    assert false / total <= 0.05
    assert not discoveries(np.zeros(0), 0.01).any()
    assert not discoveries(np.array([1.0, 0.5]), 0.01).any()


@given(st.lists(st.floats(-2, 9), max_size=30), st.randoms())
def test_discoveries_do_not_depend_on_order(scores: list[float], random: object) -> None:
    values = np.array(scores)
    order = np.random.default_rng(0).permutation(len(values))
    assert (discoveries(values, 0.01)[order] == discoveries(values[order], 0.01)).all()


def test_rarity_and_agreement() -> None:
    assert rarity_bits(np.array([1, 512, 1024]), 1024).tolist() == [10.0, 1.0, 0.0]
    with pytest.raises(InvalidParameter, match="outside"):
        rarity_bits(np.array([0]), 10)
    weights, absence = membership_bits(np.array([100, 50, 1]), 100, np.array([0, 50, 500]), 900)
    assert absence[0] < absence[1] < 0 < absence[2]
    assert weights[0] > 10
    assert weights[0] > weights[1] > 0 > weights[2]


def test_unseen_covers_the_truth() -> None:
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(200):
        counts = rng.poisson(1.5, 400)
        _, low, high = unseen(counts[counts > 0])
        covered += low <= (counts == 0).sum() <= high
    assert covered >= 180
    assert unseen(np.array([5, 6, 7])) == (0.0, 0.0, 0.0)


def test_counts_and_odds() -> None:
    mean, low, high = expected_count(np.full(100, 0.5))
    assert mean == 50.0
    assert low < 45 < 55 < high
    assert odds_to_probability(0.0) == 0.5
    assert odds_to_probability(5000.0) == 1.0
    assert odds_to_probability(-5000.0) == pytest.approx(0.0)


def test_student_densities_are_those_of_scipy() -> None:
    x = np.linspace(-40.0, 40.0, 401)
    assert np.allclose(evidence.student(x), sps.t.pdf(x, evidence.TAIL_DEGREES), rtol=1e-12, atol=0.0)


def test_where_a_bin_is_looked_for_first_it_tells_more_and_the_mean_stays_one() -> None:
    """Weights are fixed before the group is seen: a weighted mean of e-values is an e-value."""
    rng = np.random.default_rng(5)
    expected = np.r_[0.2, np.full(400, 0.8 / 400)]
    prior = expected / expected.sum() + 1.0 / len(expected)
    burst = np.zeros(401, dtype=np.int64)
    burst[0], burst[1:31] = 70, 1
    assert concentration_factor(burst, expected, 10.0, prior=prior) > 10.0 * concentration_factor(
        burst, expected, 10.0
    )
    ordinary = [
        concentration_factor(
            rng.multinomial(25, rng.dirichlet(expected * 10.0 + 0.05)), expected, 10.0, prior=prior
        )
        for _ in range(3_000)
    ]
    assert np.mean(ordinary) < 1.1
