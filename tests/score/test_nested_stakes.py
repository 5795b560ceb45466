"""A clump and its parts are one question in several versions: together they weigh what the largest of them does."""

from __future__ import annotations

import numpy as np
import pytest
from test_earlier import RATE, told

from stillwatch.score.deciding import actionable, prior_odds, stake, weights
from stillwatch.score.looks import Verdict

ONE = stake(told(0, 0.0))
"""What is at stake in each group here."""


def bar(others: list[Verdict], around: dict[int, int]) -> float:
    """The least score with which a group beside these is acted on."""
    return next(
        value
        for value in np.arange(0.0, 9.0, 0.01)
        if 0 in actionable([told(0, value), *others], RATE, 0.0, around)
    )


def test_parts_share_what_is_at_stake_in_the_largest() -> None:
    verdicts = [told(number, 0.0) for number in range(5)]
    assert weights(verdicts, {}) == [ONE] * 5
    assert weights(verdicts, {1: 1, 2: 1, 3: 1}) == pytest.approx([ONE, ONE / 3, ONE / 3, ONE / 3, ONE])
    # The widest one may not compete itself: its parts are one family all the same.
    assert weights(verdicts, {1: 9, 2: 9}) == pytest.approx([ONE, ONE / 2, ONE / 2, ONE, ONE])


def test_ten_versions_of_an_innocent_group_weigh_like_one() -> None:
    others = [told(number, -2.0) for number in range(1, 21)]
    versions = {number: 1 if number <= 10 else 11 for number in range(1, 21)}
    assert bar(others, versions) == pytest.approx(bar(others[:2], {}), abs=0.011)
    assert bar(others, {}) - bar(others, versions) > 0.7


def test_a_part_has_no_weight_of_its_own_besides() -> None:
    """A campaign that comes in four versions is not four times as likely before anything is known."""
    others = [told(number, -2.0) for number in range(4, 30)]
    alone, one_of_four = (
        bar(others, {}),
        bar([*(told(n, -2.0) for n in (1, 2, 3)), *others], dict.fromkeys(range(4), 0)),
    )
    assert one_of_four - alone == pytest.approx(np.log10(4.0), abs=0.05)


def test_odds_before_the_contest_follow_the_same_weights() -> None:
    verdicts = [told(0, 4.0), *(told(number, -2.0) for number in range(1, 30))]
    around = dict.fromkeys(range(1, 30), 1)
    assert prior_odds(verdicts, around)[0] == pytest.approx(0.5)
    assert prior_odds(verdicts)[0] == pytest.approx(1 / 30)
