"""Looked at again and again while data come in, factors stay within Ville's bound: ever above a, at most once in a."""

from __future__ import annotations

import numpy as np
import pytest

from stillwatch.model.links import FAMILIES
from stillwatch.score.contest import contest
from stillwatch.score.explanation import Explanation
from stillwatch.score.observation import INFERENCE_ACCESS, Observation
from stillwatch.score.rivals import RIVALS
from stillwatch.stats.evidence import around, share_factor
from stillwatch.stats.groups import Location

LOOKS = (1, 2, 3, 5, 7, 10, 15, 20, 25, 30, 40, 60, 80, 120, 200, 300, 400)
SIGN, ORDINARY = (6.0, 2.0), around(0.2, 8.0)


def often(highest: list[float], bound: float) -> float:
    return float(np.mean(np.array(highest) >= bound))


@pytest.mark.parametrize("bound", [5.0, 20.0, 100.0])
def test_a_share_that_is_watched(bound: float) -> None:
    rng = np.random.default_rng(1)
    highest = []
    for _ in range(1_500):
        counts = np.cumsum(rng.random(LOOKS[-1]) < rng.beta(*ORDINARY))
        highest.append(max(share_factor(float(counts[n - 1]), float(n), SIGN, ORDINARY) for n in LOOKS))
    assert often(highest, bound) <= 1.0 / bound


@pytest.mark.parametrize("bound", [5.0, 20.0, 100.0])
def test_a_value_that_is_watched(bound: float) -> None:
    rng = np.random.default_rng(2)
    law = Location((0.2, 0.2), (1.1, 0.25))
    known = np.zeros(1), np.ones(1)
    highest = []
    for _ in range(1_500):
        seen = 1.1 + 0.25 * rng.standard_t(5) + rng.normal(0.0, 1.0, LOOKS[-1])
        mean = np.cumsum(seen) / np.arange(1, LOOKS[-1] + 1)
        looked = np.array(LOOKS[2:])
        values, errors = mean[looked - 1], 1.0 / np.sqrt(looked)
        told = law.shown(values, errors) / law.ordinarily(values, errors, *known)[:, 0]
        highest.append(float(told.max()))
    assert often(highest, bound) <= 1.0 / bound


@pytest.mark.slow
@pytest.mark.parametrize("rival", [r for r in RIVALS if r.name in ("public_tool", "agent_fleet", "reseller")])
def test_a_contest_that_is_watched(rival: Explanation) -> None:
    """Groups of one innocent kind show each sign as often as the kind says; their score is taken at every look."""
    rng = np.random.default_rng(3)
    signals = sorted(rival.shows)[:: max(len(rival.shows) // len(FAMILIES), 1)][: len(FAMILIES)]
    highest = []
    for _ in range(300):
        counts = [
            np.cumsum(
                rng.random(LOOKS[-1]) < rng.beta(*(SIGN if rng.random() < rival.shows[s] else ORDINARY))
            )
            for s in signals
        ]
        scores = []
        for n in LOOKS[3::2]:
            told = [
                Observation(
                    family, signal, share_factor(float(c[n - 1]), float(n), SIGN, ORDINARY), n, "", INFERENCE_ACCESS
                )
                for family, signal, c in zip(FAMILIES, signals, counts, strict=True)
            ]  # fmt: skip
            scores.append(contest(told)[0].log10_lr)
        highest.append(10.0 ** max(scores))
    assert often(highest, 10.0) <= 0.1
    assert often(highest, 100.0) <= 0.01
