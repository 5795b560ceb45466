"""One stream dealt out over accounts: seen where planted, and not in those who share a tool, a class or a machine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import observed, unchanged

from prints import CAMPAIGN, CAREFUL_CAMPAIGN, CROWD, FLEET, TOOL, Group, Load, traffic
from stillwatch.link.stage import link
from stillwatch.model.exchanges import DAY
from stillwatch.model.fingerprints import FINGERPRINTS
from stillwatch.score.sharing import FEWEST, SHIFTS, Compared, neighbours_alike, turns_taken
from stillwatch.score.signals.timing import load_sharing
from stillwatch.score.stage import score
from stillwatch.stats.evidence import shift_factor

MINUTE = 60_000_000
DAYS = 14
ACCOUNTS = 40


def factor(found: Compared | None) -> float:
    assert found is not None
    return shift_factor(found.value, found.shifted)


def arrivals(rng: np.random.Generator, each: int = 30) -> tuple[Any, Any]:
    """Times of accounts that work by day, in order, and whose they are."""
    who = np.repeat(np.arange(ACCOUNTS), each)
    hours = rng.normal(14.0, 3.0, len(who)) + rng.normal(0.0, 2.0, ACCOUNTS)[who]
    ts = rng.integers(0, DAYS, len(who)) * DAY + (hours % 24.0 / 24.0 * DAY).astype(np.int64)
    order = np.argsort(ts)
    return ts[order], who[order]


def vectors(centres: Any, rng: np.random.Generator) -> Any:
    """Prompts about the topics, as whole numbers."""
    drawn = centres + 1.5 * rng.normal(size=centres.shape)
    return np.rint(drawn / np.linalg.norm(drawn, axis=1, keepdims=True) * 127.0)


def lists(ts: Any, who: Any, rng: np.random.Generator, kind: str) -> Any:
    """The topic of each exchange: a list in order, a list in any order, or topics that hang on something else."""
    topics = rng.normal(size=(100, 64))
    n = len(ts)
    chosen = {
        "sorted list": np.arange(n) // 20 % 100,
        "shuffled list": rng.permutation(np.arange(n) // 20 % 100),
        "own topics": (who * 2 + rng.integers(0, 2, n)) % 100,
        "hour of day": ts % DAY * 24 // DAY,
        "fashion of the week": ts // (7 * DAY),
    }[kind]
    return vectors(topics[chosen], rng)


@pytest.mark.parametrize("seed", range(3))
def test_a_list_that_is_dealt_out_in_order_is_seen(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ts, who = arrivals(rng)
    assert factor(neighbours_alike(ts, who, lists(ts, who, rng, "sorted list"))) > 30


@pytest.mark.parametrize("kind", ["shuffled list", "own topics", "hour of day", "fashion of the week"])
def test_what_else_topics_hang_on_is_no_dealt_list(kind: str) -> None:
    """E-values: over many groups their mean stays near 1, whatever topics hang on."""
    told = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        ts, who = arrivals(rng, 12)
        told.append(factor(neighbours_alike(ts, who, lists(ts, who, rng, kind))))
    assert np.mean(told) < 3
    assert np.median(told) < 1.5


def test_accounts_that_take_turns_are_seen() -> None:
    rng = np.random.default_rng(1)
    ts = np.cumsum(rng.gamma(12.0, 10 * MINUTE / 12.0, 1_500)).astype(np.int64)
    assert factor(turns_taken(ts, rng.integers(0, ACCOUNTS, len(ts)))) > 30


@pytest.mark.parametrize("together", [False, True], ids=["by chance", "in step"])
def test_accounts_that_come_by_chance_or_at_once_take_no_turns(together: bool) -> None:
    told = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        ts, who = arrivals(rng)
        if together:
            ts = ts // (30 * MINUTE) * 30 * MINUTE + rng.integers(0, MINUTE, len(ts))
        told.append(factor(turns_taken(ts, who)))
    assert np.mean(told) < 2


def test_too_little_tells_nothing() -> None:
    rng = np.random.default_rng(1)
    ts, who = arrivals(rng)
    topics = lists(ts, who, rng, "sorted list")
    few = FEWEST - 1
    assert neighbours_alike(ts[:few], who[:few], topics[:few]) is None
    assert turns_taken(ts[:few], who[:few]) is None
    assert neighbours_alike(ts, who % 4, topics) is None  # too few accounts
    assert neighbours_alike(ts % (2 * DAY), who, topics) is None  # too few days
    assert turns_taken(ts[:0], who[:0]) is None
    assert neighbours_alike(ts[:0], who[:0], topics[:0]) is None


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=5, deadline=None)
def test_neither_the_order_of_rows_nor_of_dimensions_counts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ts, who = arrivals(rng, 6)
    topics = lists(ts, who, rng, "sorted list")
    rows, columns = rng.permutation(len(ts)), rng.permutation(64)
    signs = rng.choice([-1.0, 1.0], 64)
    one = neighbours_alike(ts, who, topics)
    other = neighbours_alike(ts[rows], who[rows], (topics * signs)[rows][:, columns])
    assert one is not None
    assert other is not None
    assert one.value == other.value
    assert one.shifted.tolist() == other.shifted.tolist()
    again = turns_taken(ts[rows], who[rows])
    turns = turns_taken(ts, who)
    assert turns is not None
    assert again is not None
    assert turns.shifted.tolist() == again.shifted.tolist()


def test_of_measurements_that_nothing_sets_apart_the_mean_factor_is_one() -> None:
    rng = np.random.default_rng(1)
    drawn = rng.standard_t(3, size=(4_000, SHIFTS + 1))
    told = [shift_factor(float(row[0]), row[1:]) for row in drawn]
    assert np.mean(told) == pytest.approx(1.0, abs=0.15)
    assert shift_factor(9.0, rng.normal(size=SHIFTS)) == pytest.approx(SHIFTS + 1, rel=0.05)
    assert shift_factor(1.0, np.ones(SHIFTS)) == 1.0


def dealt(rows: list[dict[str, Any]], rng: np.random.Generator) -> None:
    """The themed rows work through one list of topics, whichever account sends them."""
    topics = rng.normal(size=(100, 64))
    themed = sorted(
        (row for row in rows if row["capability"] != "everyday_chat"), key=lambda row: str(row["ts"])
    )
    drawn = vectors(topics[np.arange(len(themed)) // 20 % 100], rng).astype(int)
    for row, vector in zip(themed, drawn, strict=True):
        row["semantic"] = vector.tolist()


def assigned(rows: list[dict[str, Any]], rng: np.random.Generator) -> None:
    """Everybody pastes the task of the hour, word for word."""
    dealt(rows, rng)
    for row in rows:
        hour = row["ts"].timestamp() // 3_600
        row["prompt_hash"] = 1_000 + int(hour)


@pytest.mark.parametrize("group", [CAMPAIGN, CAREFUL_CAMPAIGN], ids=lambda g: g.name)
def test_a_campaign_that_deals_its_tasks_out_is_seen(load: Load, group: Group) -> None:
    said = observed(load, group, load_sharing, dealt)
    assert said is not None
    assert said.factor > 30
    assert said.accounts == 80
    assert "shifted by whole days" in said.fact


@pytest.mark.parametrize("group", [TOOL, FLEET, CAMPAIGN], ids=lambda g: g.name)
def test_who_has_a_list_of_his_own_shares_no_load(load: Load, group: Group) -> None:
    """Chance alone exceeds 10 in up to a tenth of all draws: the middle of three is looked at."""
    said = [observed(load, group, load_sharing, unchanged, seed=seed) for seed in (1, 2, 3)]
    assert sorted(each.factor for each in said if each)[1] < 2


def test_a_task_that_all_send_word_for_word_is_left_out(load: Load) -> None:
    said = observed(load, CAMPAIGN, load_sharing, assigned)
    assert said is None or said.factor < 3


def test_a_group_with_few_exchanges_keeps_silent(load: Load) -> None:
    few = Group("few", 12, per_account=5, template=8)
    assert observed(load, few, load_sharing, unchanged) is None


def test_a_fleet_that_shares_one_queue_is_not_convicted(load: Load) -> None:
    prints, accounts, truth = traffic([CROWD, FLEET])
    rows = prints.to_pylist()
    dealt([row for row in rows if truth[row["account_id"]] == "fleet"], np.random.default_rng(1))
    engine = load(pa.Table.from_pylist(rows, FINGERPRINTS), accounts)
    link(engine, lambda _: None)
    assert not any(score(engine, frozenset(), 0.01).campaigns["actionable"].to_pylist())
