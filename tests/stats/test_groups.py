"""What ordinary groups look like is learnt from the run: factors stay honest, and grow sharp where groups are alike."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as sps

from stillwatch.stats.evidence import TAIL_DEGREES
from stillwatch.stats.groups import QUANTILES, USUALS, Level, Location, Measured, factor, factors

RHYTHM = Location((0.2, 0.2), (1.1, 0.25))
TOPICS = Level((1.0, 0.01), 0.08, (0.7, 0.8))


def groups(centre: float, spread: float, count: int, seed: int, error: float = 0.02) -> list[Measured]:
    rng = np.random.default_rng(seed)
    return [Measured(float(v), error, RHYTHM) for v in rng.normal(centre, spread, count)]


def test_the_same_value_tells_more_where_ordinary_groups_are_alike() -> None:
    suspect = Measured(0.4, 0.02, RHYTHM)
    alone = factor(suspect)
    among_alike = factors([suspect, *groups(1.2, 0.05, 40, 1)])[0]
    among_unlike = factors([suspect, *groups(0.9, 0.4, 40, 2)])[0]
    assert among_alike > 3.0 * alone
    assert among_unlike < alone


def test_campaigns_among_the_groups_hardly_blunt_it() -> None:
    suspect = Measured(0.3, 0.02, RHYTHM)
    ordinary = groups(1.2, 0.08, 30, 3)
    clean = factors([suspect, *ordinary])[0]
    crowded = factors([suspect, *groups(0.2, 0.1, 10, 4), *ordinary])[0]
    assert crowded > 0.2 * clean


def test_where_every_group_shows_the_sign_it_does_not_become_ordinary() -> None:
    told = factors(groups(0.2, 0.05, 30, 5))
    assert min(told) > 2.0


def test_against_a_known_law_the_mean_factor_is_one() -> None:
    rng = np.random.default_rng(2)
    law = Location((0.0, 0.12), (1.0, 0.3))
    values = rng.standard_t(5, size=20_000) * 0.3 + 1.0
    known = np.zeros(1), np.ones(1)
    exact = np.zeros(len(values))
    told = law.shown(values, exact) / law.ordinarily(values, exact, *known)[:, 0]
    assert np.mean(told) == pytest.approx(1.0, abs=0.25)


@pytest.mark.parametrize(("centre", "spread"), [(1.1, 0.25), (1.4, 0.1), (0.95, 0.3), (1.8, 0.15)])
def test_the_mean_factor_of_ordinary_groups_stays_near_one(centre: float, spread: float) -> None:
    """A factor is an e-value: over ordinary groups its mean is at most about 1."""
    means = [np.mean(factors(groups(centre, spread, 40, seed))) for seed in range(25)]
    assert np.mean(means) < 1.3


def test_a_level_of_zero_speaks_for_the_sign_as_far_as_it_is_measured_well() -> None:
    sharp, blurred = factor(Measured(0.0, 0.01, TOPICS)), factor(Measured(0.0, 0.5, TOPICS))
    assert sharp > 100.0 > 10.0 > blurred > 0.5
    assert factor(Measured(0.7, 0.01, TOPICS)) < 0.01
    assert factor(Measured(-0.4, 0.1, TOPICS)) == factor(Measured(0.0, 0.1, TOPICS))


def test_a_level_tells_less_the_less_the_usual_one_is_known() -> None:
    told = [factor(Measured(0.0, 0.1, Level((0.5, e), 0.08, (0.7, 0.8)))) for e in (0.0, 0.2, 0.5, 2.0)]
    assert told[0] > told[1] > told[2]
    unknown = Measured(0.0, 0.2, Level((0.05, 0.05), 0.08, (0.7, 0.8)))
    assert factor(unknown) == pytest.approx(1.0, abs=0.3)
    # In any other unit it is the same.
    assert factor(Measured(0.0, 1.0, Level((5.0, 2.0), 0.08, (0.7, 0.8)))) == pytest.approx(told[1])


@pytest.mark.parametrize(("level", "error"), [(1.0, 0.0), (1.0, 0.01), (0.3, 0.2), (0.01, 1.0)])
def test_an_uncertain_level_is_integrated_over_its_quantiles(level: float, error: float) -> None:
    def density(x: float, scale: float) -> float:
        return float(sps.t.pdf(x / scale, TAIL_DEGREES)) / scale

    spread = max(error, 1e-12)
    usual = level + spread * sps.truncnorm.ppf((np.arange(USUALS) + 0.5) / USUALS, -level / spread, np.inf)
    shares = 0.7 * np.exp(0.8 * sps.norm.ppf((np.arange(QUANTILES) + 0.5) / QUANTILES))
    law = Level((level, error), 0.08, (0.7, 0.8))
    shown = np.mean([density(0.1, float(np.hypot(0.08 * u, 0.05))) for u in usual])
    one = np.array([0.1]), np.array([0.05])
    assert law.shown(*one)[0] == pytest.approx(shown, rel=1e-6)
    levels = np.multiply.outer(usual, shares)
    blur = np.hypot(0.05, 0.1 * levels)
    rest = (sps.t.pdf((0.1 - levels) / blur, TAIL_DEGREES) / blur).mean()
    assert law.ordinarily(*one, np.zeros(1), np.ones(1))[0, 0] == pytest.approx(rest, rel=1e-6)


def test_levels_are_learnt_too() -> None:
    rng = np.random.default_rng(7)
    ordinary = [Measured(float(v), 0.05, TOPICS) for v in rng.lognormal(np.log(0.9), 0.2, 40)]
    suspect = Measured(0.08, 0.05, TOPICS)
    assert factors([suspect, *ordinary])[0] > 2.0 * factor(suspect)


@given(st.permutations(list(range(12))))
def test_the_order_of_groups_does_not_matter(order: list[int]) -> None:
    all_groups = groups(1.0, 0.3, 12, 8)
    told = factors(all_groups)
    assert factors([all_groups[place] for place in order]) == [told[place] for place in order]


def test_nothing_measured_is_nothing_told() -> None:
    assert factors([]) == []
