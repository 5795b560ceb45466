"""No sittings, soon over, active every day: seen in a planted group, and not in the innocent who look alike."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted import Change, observed, unchanged

from prints import CAMPAIGN, DAY, START, TOOL, Group, Load
from stillwatch.score.scene import Floats, Ints
from stillwatch.score.signals.timing import (
    FEWEST_GAPS,
    SHORT_GAPS,
    SITTING,
    brief,
    no_day_off,
    no_sittings,
    sittings,
)

MINUTE = 60_000_000
EVENT = replace(TOOL, name="event", last=2)
"""People who all work for two days."""


def in_sittings(size: int, minutes: float) -> Change:
    """Each account's exchanges come so many at once, so many minutes apart."""

    def change(rows: list[dict[str, Any]], rng: np.random.Generator) -> None:
        by_account: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            by_account.setdefault(row["account_id"], []).append(row)
        for mine in by_account.values():
            mine.sort(key=lambda row: row["ts"])
            for number, row in enumerate(mine):
                begin = mine[number - number % size]["ts"]
                row["ts"] = begin + np.timedelta64(int(number % size * minutes * MINUTE), "us").item()

    return change


def on_days(days: list[int]) -> Change:
    """One exchange on each of these days, and no others."""

    def change(rows: list[dict[str, Any]], rng: np.random.Generator) -> None:
        taken: dict[str, int] = {}
        for row in list(rows):
            number = taken.setdefault(row["account_id"], 0)
            taken[row["account_id"]] += 1
            if number >= len(days):
                rows.remove(row)
                continue
            within = int(rng.integers(0, DAY))
            row["ts"] = (
                np.datetime64(START + days[number] * DAY + within, "us").item().astimezone(row["ts"].tzinfo)
            )

    return change


def test_a_program_that_sends_one_by_one_is_seen(load: Load) -> None:
    said = observed(load, CAMPAIGN, no_sittings, unchanged)
    assert said is not None
    assert said.factor > 5
    assert "shorter than ten minutes" in said.fact


@pytest.mark.parametrize("group", [CAMPAIGN, TOOL], ids=lambda g: g.name)
def test_whoever_sits_down_to_it_is_not(load: Load, group: Group) -> None:
    """Whatever else they show: people in sittings, a runner that sends its list at once."""
    said = observed(load, group, no_sittings, in_sittings(5, 1.0))
    assert said is not None
    assert said.factor < 0.3


def test_a_tool_of_few_exchanges_keeps_silent(load: Load) -> None:
    assert observed(load, replace(TOOL, per_account=5), no_sittings, unchanged) is None


def naive(who: Ints, ts: Ints, size: int) -> list[float]:
    out = []
    for account in range(size):
        times = [int(t) for w, t in zip(who, ts, strict=True) if w == account]
        gaps = [after - before for before, after in pairwise(times)]
        if len(gaps) < FEWEST_GAPS or sum(gaps) == 0:
            continue
        chance = 1.0 - np.exp(-SITTING / (sum(gaps) / len(gaps)))
        if chance <= SHORT_GAPS:
            out.append((sum(gap < SITTING for gap in gaps) / len(gaps) - chance) / (1.0 - chance))
    return out


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40 * SITTING)), max_size=60))
def test_sittings_are_those_of_the_naive_twin(sent: list[tuple[int, int]]) -> None:
    sent.sort(key=lambda each: each[1])
    who, ts = (np.array([each[place] for each in sent], np.int64) for place in (0, 1))
    found: Floats = sittings(who, ts, 4)
    assert found.tolist() == pytest.approx(naive(who, ts, 4))


def test_chance_alone_makes_no_sittings() -> None:
    rng = np.random.default_rng(2)
    ts = np.sort(rng.integers(0, 14 * DAY, 40_000))
    own = sittings(rng.integers(0, 100, 40_000), ts, 100)
    assert len(own) == 100
    assert abs(own.mean()) < 0.01


def test_an_event_is_soon_over(load: Load) -> None:
    said = observed(load, EVENT, brief, unchanged)
    assert said is not None
    assert said.factor > 5
    assert "within three days" in said.fact


@pytest.mark.parametrize("group", [CAMPAIGN, TOOL], ids=lambda g: g.name)
def test_who_goes_on_is_not(load: Load, group: Group) -> None:
    said = observed(load, group, brief, unchanged)
    assert said is not None
    assert said.factor < 0.5


@pytest.mark.parametrize(
    "group",
    [replace(CAMPAIGN, first=9), replace(CAMPAIGN, banned=3, last=3)],
    ids=["just begun", "stopped by a ban"],
)
def test_who_had_no_more_days_than_that_is_not_told(load: Load, group: Group) -> None:
    assert observed(load, group, brief, unchanged) is None


def test_one_exchange_a_day_is_no_less_a_sign_than_days_at_random(load: Load) -> None:
    """Fourteen at random fall on nine days of fourteen."""
    crowd = Group("individual", 500, per_account=15, days_off=0.6)
    daily = observed(load, CAMPAIGN, no_day_off, on_days(list(range(14))), crowd)
    assert daily is not None
    assert daily.factor > 4
    week = observed(
        load, CAMPAIGN, no_day_off, on_days([0, 0, 1, 1, 5, 5, 5, 6, 6, 6, 12, 12, 12, 12]), crowd
    )
    assert week is not None
    assert week.factor < daily.factor / 10
