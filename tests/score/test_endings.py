"""Accounts that break off at one age: seen where planted; not where people fade, or where one date ends all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from planted import Change

from prints import CAMPAIGN, CROWD, START, TOOL, Group, Load, traffic
from stillwatch.engines.parts import ranges
from stillwatch.link.stage import link
from stillwatch.model.fingerprints import FINGERPRINTS
from stillwatch.score.endings import broken_off, one_age
from stillwatch.score.observation import Observation
from stillwatch.score.one_text import one_text
from stillwatch.score.scene import population
from stillwatch.score.scenes import scenes
from stillwatch.score.signals.registration import trial_end
from stillwatch.score.steps import address_outsiders, find_signatures, outsiders, taken_over
from stillwatch.stats.evidence import shift_factor

DAY = 86_400_000_000
COUNT = 60


def factor(created: Any, last: Any) -> float:
    ends = one_age(created.astype(np.int64), last.astype(np.int64))
    return min(shift_factor(ends.value, ends.shaken), shift_factor(ends.value, ends.permuted))


def ages(kind: str, rng: np.random.Generator) -> tuple[Any, Any]:
    """(sign-ups, last exchanges), microseconds."""
    created = rng.uniform(0, 10, COUNT)
    if kind == "one date":
        return created * DAY, np.full(COUNT, 12.0) * DAY + rng.uniform(0, 0.2, COUNT) * DAY
    if kind == "one day of sign-up, one end":
        return rng.uniform(0, 0.3, COUNT) * DAY, (5.0 + rng.uniform(0, 0.2, COUNT)) * DAY
    lifetime = {
        "trial": 5.0 - rng.exponential(0.1, COUNT),
        "exponential": rng.exponential(3.0, COUNT) + 0.01,
        "about a week": rng.lognormal(np.log(6.0), 0.5, COUNT),
        "one sitting": rng.exponential(0.05, COUNT) + 0.01,
    }[kind]
    return created * DAY, (created + lifetime) * DAY


@pytest.mark.parametrize("seed", range(3))
def test_ages_at_the_end_of_a_trial_are_one(seed: int) -> None:
    assert factor(*ages("trial", np.random.default_rng(seed))) > 50


@pytest.mark.parametrize(
    "kind", ["exponential", "about a week", "one sitting", "one date", "one day of sign-up, one end"]
)
def test_lifetimes_that_differ_and_one_date_are_not(kind: str) -> None:
    """E-values: over many groups their mean stays near 1 at most."""
    told = [factor(*ages(kind, np.random.default_rng(seed))) for seed in range(30)]
    assert np.mean(told) < 2


def test_who_fades_does_not_break_off() -> None:
    rng = np.random.default_rng(1)
    steady = np.sort(rng.uniform(0, 5, 40))
    fading = np.sort(5.0 * (rng.uniform(0, 1, 40) ** 4))
    alive = np.sort(rng.uniform(0, 14, 40))
    few = np.array([1.0, 2.0])
    ts = np.concatenate([steady, fading, alive, few])
    who = np.repeat(np.arange(4), [40, 40, 40, 2])
    order = np.argsort(ts)
    found, last = broken_off((ts * DAY).astype(np.int64)[order], who[order], 4, 9 * DAY)
    assert last.tolist() == [int(steady[-1] * DAY)]
    assert found.tolist() == [0]


def on_trial(days: float, spread: float, stagger: float = 6.0) -> Change:
    """Each account's exchanges lie within so many days of a sign-up of its own, give or take `spread` days."""

    def change(rows: list[dict[str, Any]], rng: np.random.Generator) -> None:
        names = sorted({row["account_id"] for row in rows})
        begin = {name: float(rng.uniform(0, stagger)) for name in names}
        length = {name: max(days + float(rng.normal(0, spread)), 0.3) for name in names}
        for row in rows:
            at = begin[row["account_id"]] + length[row["account_id"]] * float(rng.random())
            row["ts"] = START + int(at * DAY)
            row["signed_up"] = START + int(begin[row["account_id"]] * DAY)

    return change


def said_of(load: Load, group: Group, change: Change) -> Observation | None:
    """What trial_end says of the group's cluster when its accounts signed up as the change says."""
    prints, accounts, truth = traffic([CROWD, group])
    rows = prints.to_pylist()
    mine = [row for row in rows if truth[row["account_id"]] == group.name]
    change(mine, np.random.default_rng(3))
    signed_up = {row["account_id"]: row.pop("signed_up") for row in mine}
    people = [
        {**row, "created_at": signed_up.get(row["account_id"], row["created_at"])}
        for row in accounts.to_pylist()
    ]
    engine = load(pa.Table.from_pylist(rows, FINGERPRINTS), pa.Table.from_pylist(people, accounts.schema))
    link(engine, lambda _: None)
    for step in (one_text(), outsiders(), address_outsiders(), taken_over()):
        engine.run(step)
    find_signatures(engine)
    everybody = population(engine, frozenset())
    with scenes(engine, ranges(engine)) as filmed:
        for scene in filmed.first():
            if truth[everybody.account_id[int(scene.members[0])].as_py()] == group.name:
                return trial_end(scene, everybody)
    raise AssertionError("the group is no cluster")


def test_a_campaign_that_lives_on_free_trials_is_seen(load: Load) -> None:
    said = said_of(load, CAMPAIGN, on_trial(4.0, 0.0))
    assert said is not None
    assert said.factor > 50
    assert said.accounts > 40
    assert "days after their sign-up" in said.fact


def test_trials_that_end_at_ages_of_their_own_are_ordinary(load: Load) -> None:
    said = said_of(load, TOOL, on_trial(4.0, 1.5))
    assert said is None or said.factor < 3


def test_accounts_that_go_on_keep_silent(load: Load) -> None:
    assert said_of(load, TOOL, on_trial(14.0, 0.0, 0.1)) is None
