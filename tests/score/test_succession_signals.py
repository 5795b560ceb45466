"""A pool that follows a banned one, a stream that moves to a new model: seen, and not in the innocent who look alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from planted import drawn

from prints import CAMPAIGN, CROWD, DAY, START, Group, Load
from stillwatch.engines.duck import DuckEngine
from stillwatch.score.scene import Population, Scene
from stillwatch.score.signals.succession import model_pivot, replacement

BAN = 7
"""Day of the window on which accounts of the group are banned."""
NEWCOMERS = replace(CROWD, first=BAN)
"""People of whom nearly all begin on the day of the ban."""

Planted = tuple[Scene, Population]


def day(number: float) -> datetime:
    return datetime.fromtimestamp(START / 1_000_000, UTC) + timedelta(days=number)


def leaves(account: str) -> bool:
    """Every other account of the campaign is banned."""
    return "-campaign-" in account and int(account.rsplit("-", 1)[1]) % 2 == 1


def pools(load: Load, first: float, last: float, crowd: Group = CROWD) -> Planted:
    """Half of the campaign sends until its ban; each other account of it begins on a day of its own between these two."""

    def change(rows: list[dict[str, Any]], rng: np.random.Generator) -> None:
        begins: dict[str, float] = {}
        for row in rows:
            name = row["account_id"]
            begin = begins.setdefault(name, 0.0 if leaves(name) else float(rng.uniform(first, last)))
            row["ts"] = day(float(rng.uniform(begin, BAN if leaves(name) else 14.0)))

    def banned(prints: pa.Table, accounts: pa.Table) -> DuckEngine:
        column = accounts.schema.field("banned_at")
        bans = [day(BAN) if leaves(name) else None for name in accounts["account_id"].to_pylist()]
        place = accounts.column_names.index(column.name)
        return load(prints, accounts.set_column(place, column, pa.array(bans, column.type)))

    return drawn(banned, CAMPAIGN, change, crowd)[:2]


def moving(load: Load, group: float, others: float) -> Planted:
    """From day 6 on, so much of what the campaign sends goes to a new model, and so much of what others send."""

    def moved(prints: pa.Table, accounts: pa.Table) -> DuckEngine:
        mine = pc.match_substring(prints["account_id"], "-campaign-").to_numpy()
        late = prints["ts"].cast(pa.int64()).to_numpy() >= START + 6 * DAY
        goes = late & (np.random.default_rng(3).random(len(late)) < np.where(mine, group, others))
        place = prints.column_names.index("model")
        models = pc.if_else(pa.array(goes), "new", prints["model"])
        return load(prints.set_column(place, prints.schema.field("model"), models), accounts)

    return drawn(moved, CAMPAIGN)[:2]


@pytest.fixture(scope="module")
def replaced(load_once: Load) -> Planted:
    return pools(load_once, BAN + 2.0, BAN + 2.0)


@pytest.fixture(scope="module")
def moved(load_once: Load) -> Planted:
    return moving(load_once, 0.6, 0.05)


@pytest.fixture(scope="module")
def alias(load_once: Load) -> Planted:
    """A provider moves an alias to the new model for all its customers."""
    return moving(load_once, 0.9, 0.9)


def test_a_pool_that_follows_a_banned_one_is_seen(replaced: Planted) -> None:
    said = replacement(*replaced)
    assert said is not None
    assert said.factor > 200
    assert said.accounts == 40
    assert said.fact.startswith(
        "40 accounts of the group were banned around 2026-05-11; of 40 others that began"
    )


@pytest.mark.parametrize(
    ("first", "last", "crowd"),
    [(1.2, 13.0, CROWD), (BAN, BAN, NEWCOMERS), (1.2, 13.0, NEWCOMERS)],
    ids=["one by one", "when everybody came", "less often than everybody"],
)
def test_who_did_not_come_for_the_ban_follows_nobody(
    load: Load, first: float, last: float, crowd: Group
) -> None:
    said = replacement(*pools(load, first, last, crowd))
    assert said is not None
    assert said.factor <= 1.0


@pytest.mark.parametrize("later", [-4, 4])
def test_who_begins_days_before_or_after_a_ban_follows_nobody(replaced: Planted, later: int) -> None:
    scene, people = replaced
    began = np.where(people.banned_at < 0, people.first_seen + later * DAY, people.first_seen)
    said = replacement(scene, replace(people, first_seen=began))
    assert said is not None
    assert said.factor < 0.01


def test_without_bans_in_the_window_replacement_keeps_silent(replaced: Planted) -> None:
    scene, people = replaced
    banned = people.banned_at.copy()
    banned[np.flatnonzero(banned >= 0)[4:]] = -1
    assert replacement(scene, replace(people, banned_at=banned)) is None
    earlier = np.where(people.banned_at < 0, -1, people.since - DAY)
    assert replacement(scene, replace(people, banned_at=earlier)) is None


def test_reserves_that_were_there_before_the_ban_are_no_replacement(replaced: Planted) -> None:
    scene, people = replaced
    assert replacement(scene, replace(people, first_seen=np.full(people.size, people.since))) is None


def staying(scene: Scene, share: float) -> Scene:
    """So much of what goes to the new model goes to the old one all the same."""
    stay = np.random.default_rng(4).random(scene.exchanges) < share
    return replace(scene, model=np.where(stay, scene.models["large"], scene.model))


def test_a_stream_that_moves_to_a_new_model_within_a_day_is_seen(moved: Planted) -> None:
    said = model_pivot(*moved)
    assert said is not None
    assert said.factor > 2.5
    assert said.accounts > 40
    assert said.fact.startswith("Within a day of the first use of new, ")


@pytest.mark.parametrize("share", [0.9, 1.0], ids=["as many as others", "nobody"])
def test_who_stays_with_the_old_model_as_others_do_does_not_pivot(moved: Planted, share: float) -> None:
    said = model_pivot(staying(moved[0], share), moved[1])
    assert said is not None
    assert said.factor < 0.2


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0], ids=["all move", "half of it stays", "all stay"])
def test_where_everybody_moves_nobody_pivots(alias: Planted, share: float) -> None:
    """Customers who name a version of the model stay where its alias moves."""
    said = model_pivot(staying(alias[0], share), alias[1])
    assert said is not None
    assert said.factor <= 1.0


def test_without_a_model_new_in_the_window_pivot_keeps_silent(moved: Planted) -> None:
    scene, people = moved
    for models in ({}, {"new": (people.since + DAY, 900)}, {"new": (people.until - DAY // 2, 900)}):
        assert model_pivot(scene, replace(people, models=models)) is None


def test_who_sends_little_on_that_day_does_not_tell_whether_it_moves(moved: Planted) -> None:
    scene, people = moved
    away = scene.ts.copy()
    begun, _ = people.models["new"]
    away[np.flatnonzero((scene.ts >= begun) & (scene.ts < begun + DAY))[19:]] = begun - 1
    assert model_pivot(replace(scene, ts=away), people) is None
