"""Whoever looks again and again tries many groups: those that are gone still count among them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from prints import CAMPAIGN, CROWD, Group, Load, traffic
from stillwatch.link.stage import link
from stillwatch.score.deciding import actionable
from stillwatch.score.earlier import Tried, gone
from stillwatch.score.looks import Look, Verdict
from stillwatch.score.observation import Observation
from stillwatch.score.stage import score

RATE = 0.01


def group(stake: float, *accounts: int) -> Tried:
    return Tried(frozenset(f"acct_{number}" for number in accounts), stake)


def test_a_group_that_grows_or_loses_members_is_no_other_one() -> None:
    now = [group(9.0, *range(100)), group(2.0, *range(200, 210))]
    assert gone([group(3.0, *range(20)), group(8.0, *range(50, 150))], now) == ()
    assert gone([], now) == ()


def test_a_group_of_whose_accounts_no_other_has_half_is_gone() -> None:
    splinters = [group(2.0, *range(start, start + 10)) for start in (0, 30)]
    large = group(8.0, *range(25, 125))
    assert gone([large], splinters) == ()  # the second is a part of it
    assert gone([large], splinters[:1]) == (large,)
    assert gone([large, splinters[0]], [group(4.0, *range(6, 16))]) == (large, splinters[0])


def told(cluster: int, log10_lr: float) -> Verdict:
    """A group of forty accounts and 400 exchanges with such a score."""
    observation = Observation("timing", "synchrony", 10.0, 40, "", "")
    seen = Look(
        cluster,
        np.arange(40),
        np.full(40, 20.0),
        np.full(40, 10),
        40,
        400,
        np.zeros(0, np.int64),
        (observation,),
    )
    verdict = seen.judged(seen.observations)
    return replace(verdict, matches=(replace(verdict.matches[0], log10_lr=log10_lr),))


def test_what_earlier_looks_tried_makes_the_next_ones_harder_to_act_on() -> None:
    def bar(lost: float) -> float:
        others = [told(number, -2.0) for number in range(1, 20)]
        return next(
            value
            for value in np.arange(0.0, 9.0, 0.01)
            if 0 in actionable([told(0, value), *others], RATE, lost)
        )

    one = (40 * 400) ** 0.5
    assert bar(20 * 9 * one) - bar(0.0) == pytest.approx(1.0, abs=0.02)  # ten times as much: a power of ten
    assert bar(one) > bar(0.0)


def test_a_look_hands_on_what_was_tried(load: Load) -> None:
    prints, accounts, truth = traffic([CROWD, CAMPAIGN, Group("tool", 40, template=6, copies=True)])
    engine = load(prints, accounts)
    link(engine, lambda _: None)
    before = group(5.0, *range(10**6, 10**6 + 20))
    seen = score(engine, frozenset(), RATE, earlier=(before,)).tried
    assert seen[-1] == before
    assert any({truth[account] for account in each.accounts} == {CAMPAIGN.name} for each in seen[:-1])
    assert score(engine, frozenset(), RATE).tried == ()
