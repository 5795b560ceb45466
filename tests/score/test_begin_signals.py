"""One first day and one clock: seen in a planted group, and not in the innocent who look alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from planted import drawn, observed

from prints import CAMPAIGN, CROWD, START, TOOL, Load
from stillwatch.score.scene import DAY, Floats, Ints, Population, Scene
from stillwatch.score.signals.timing import MINUTE, common_start, synchrony

WINDOW = datetime.fromtimestamp(START / 1_000_000, UTC)
LATE = replace(CAMPAIGN, first=7)
"""Begins a week after everybody else."""

Planted = tuple[Scene, Population]


@pytest.fixture(scope="module")
def campaign(load_once: Load) -> Planted:
    return drawn(load_once, CAMPAIGN)[:2]


@pytest.fixture(scope="module")
def late(load_once: Load) -> Planted:
    return drawn(load_once, LATE)[:2]


def one_by_one(rows: list[dict[str, Any]], rng: np.random.Generator) -> None:
    """Each account begins on a day of its own."""
    begins: dict[str, float] = {}
    for row in rows:
        begin = begins.setdefault(row["account_id"], float(rng.uniform(0.0, 13.5)))
        row["ts"] = WINDOW + timedelta(days=float(rng.uniform(begin, 14.0)))


def but_the_first(rows: list[dict[str, Any]], rng: np.random.Generator) -> None:
    """One account in eight is there from the window's begin on."""
    for row in rows:
        if int(row["account_id"].rsplit("-", 1)[1]) % 8 == 0:
            row["ts"] = WINDOW + timedelta(days=float(rng.uniform(0.0, 14.0)))


def test_accounts_that_begin_on_one_day_are_seen(late: Planted) -> None:
    said = common_start(*late)
    assert said is not None
    assert said.factor > 2
    assert said.accounts > 60
    assert said.fact.endswith("begin on one day, 2026-05-11.")


def test_users_who_come_one_by_one_have_no_common_start(load: Load) -> None:
    said = observed(load, TOOL, common_start, one_by_one)
    assert said is not None
    assert said.factor < 0.4


def test_a_day_on_which_everybody_begins_is_no_common_start(load: Load) -> None:
    said = observed(load, LATE, common_start, but_the_first, replace(CROWD, first=7))
    assert said is not None
    assert said.accounts > 50
    assert said.factor < 0.5


def test_who_was_there_from_the_first_days_on_did_not_begin_then(campaign: Planted) -> None:
    said = common_start(*campaign)
    assert said is not None
    assert said.factor < 0.1
    assert said.fact.endswith("the others were at it from the start.")


def test_a_few_days_or_a_few_accounts_do_not_tell_who_begins_together(late: Planted) -> None:
    scene, people = late
    assert common_start(scene, replace(people, until=people.since + 4 * DAY - 1)) is None
    assert common_start(scene.only(np.arange(scene.size) < 7), people) is None
    assert common_start(scene.only(np.arange(scene.size) < 8), people) is not None


def timed(scene: Scene, ts: Ints) -> Scene:
    """The exchanges at these times, in their order."""
    order = np.argsort(ts, kind="stable")
    return replace(scene, ts=ts[order], who=scene.who[order])


def by_the_clock(scene: Scene, minutes: int, within: float, share: float = 1.0) -> Scene:
    """So much is sent every so many minutes, within some of them."""
    rng = np.random.default_rng(5)
    wait: Floats = rng.uniform(0.0, within * MINUTE, scene.exchanges)
    sent = scene.ts - scene.ts % (minutes * MINUTE) + wait.astype(np.int64)
    return timed(scene, np.where(rng.random(scene.exchanges) < share, sent, scene.ts))


def in_one_hour(scene: Scene) -> Scene:
    """A class sends everything between ten and eleven."""
    within = np.random.default_rng(5).integers(10 * 60 * MINUTE, 11 * 60 * MINUTE, scene.exchanges)
    return timed(scene, scene.ts - scene.ts % DAY + within)


def in_runs(scene: Scene) -> Scene:
    """Each account sends three at once, at times of its own."""
    by_account = np.argsort(scene.who, kind="stable")
    of = np.arange(scene.exchanges)
    ts = np.empty(scene.exchanges, np.int64)
    first = np.searchsorted(scene.who[by_account], scene.who[by_account])
    ts[by_account] = scene.ts[by_account[of - (of - first) % 3]] + (of - first) % 3 * (MINUTE // 12)
    return timed(scene, ts)


@pytest.mark.parametrize(("minutes", "share"), [(15, 1.0), (15, 0.5), (60, 0.5)])
def test_accounts_that_one_clock_starts_are_seen(campaign: Planted, minutes: int, share: float) -> None:
    said = synchrony(by_the_clock(campaign[0], minutes, 0.5, share), campaign[1])
    assert said is not None
    assert said.factor > 50


def test_accounts_that_share_hours_share_no_clock(campaign: Planted) -> None:
    """Whoever sends at any time, jobs that begin about the full hour, a class, runs of single accounts."""
    scene, people = campaign
    for each in (scene, by_the_clock(scene, 60, 14.0), in_one_hour(scene), in_runs(scene)):
        said = synchrony(each, people)
        assert said is not None
        assert said.factor < 0.6


def test_few_exchanges_do_not_tell_a_clock(campaign: Planted) -> None:
    few = campaign[0].only(np.arange(campaign[0].size) < 10)
    assert synchrony(by_the_clock(few, 15, 0.5), campaign[1]) is None
