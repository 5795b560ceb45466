"""A second pool is tied to the one that was banned; campaigns that merely come one after the other are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow.compute as pc
import pytest

from prints import CAMPAIGN, CROWD, Group, Load, traffic
from stillwatch.link.stage import link
from stillwatch.score.stage import Scored, score

FIRST = replace(CAMPAIGN, name="first", last=6, banned=6)
SECOND = replace(CAMPAIGN, name="second", accounts=70, first=6, heir=True)
LATE_CROWD = Group("newcomers", 80, per_account=8, first=4)


def judged(load: Load, groups: list[Group], seed: int = 1) -> tuple[Scored, dict[str, str]]:
    prints, accounts, truth = traffic(groups, seed)
    engine = load(prints, accounts)
    link(engine, lambda _: None)
    return score(engine, frozenset(), 0.01), truth


def relations(scored: Scored, truth: dict[str, str]) -> dict[str, str | None]:
    """Group that each listed campaign consists of → group of the campaign that it is related to."""
    group = {}
    for campaign in scored.campaigns["campaign_id"].to_pylist():
        members = scored.members.filter(pc.equal(scored.members["campaign_id"], campaign))
        names, counts = np.unique([truth[a] for a in members["account_id"].to_pylist()], return_counts=True)
        group[campaign] = str(names[counts.argmax()])
    pairs = zip(
        scored.campaigns["campaign_id"].to_pylist(),
        scored.campaigns["related_campaign_id"].to_pylist(),
        strict=True,
    )
    return {group[one]: group.get(other) if other else None for one, other in pairs}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_second_pool_is_tied_to_the_banned_one(load: Load, seed: int) -> None:
    scored, truth = judged(load, [CROWD, LATE_CROWD, FIRST, SECOND], seed)
    assert relations(scored, truth) == {"first": "second", "second": "first"}
    rows = scored.evidence.filter(pc.equal(scored.evidence["signal"], "second_pool")).to_pylist()
    assert len(rows) == 1
    assert rows[0]["family"] == "succession"
    assert rows[0]["account_id"] is None
    assert rows[0]["log10_lr"] == 0.0
    assert truth_of(scored, rows[0]["campaign_id"], truth) == "second"
    assert "of 80 accounts of the campaign" in rows[0]["observation"]
    for campaign in scored.campaigns.to_pylist():
        own = scored.evidence.filter(pc.equal(scored.evidence["campaign_id"], campaign["campaign_id"]))
        own = own.filter(pc.is_null(own["account_id"]))
        assert pc.sum(own["log10_lr"]).as_py() == pytest.approx(campaign["log10_lr"], abs=1e-6)


def truth_of(scored: Scored, campaign: str, truth: dict[str, str]) -> str:
    members = scored.members.filter(pc.equal(scored.members["campaign_id"], campaign))
    return truth[members["account_id"][0].as_py()]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_another_operators_campaign_that_begins_then_is_not_tied(load: Load, seed: int) -> None:
    scored, truth = judged(load, [CROWD, LATE_CROWD, FIRST, replace(SECOND, heir=False)], seed)
    assert relations(scored, truth) == {"first": None, "second": None}
    assert "second_pool" not in scored.evidence["signal"].to_pylist()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_campaigns_on_one_pool_side_by_side_are_not_tied(load: Load, seed: int) -> None:
    """Their purses and addresses are the same, but neither begins as the other ends."""
    side_by_side = replace(SECOND, first=0)
    scored, truth = judged(load, [CROWD, LATE_CROWD, replace(FIRST, last=9, banned=9), side_by_side], seed)
    assert set(relations(scored, truth).values()) == {None}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_class_after_a_class_is_neither_convicted_nor_tied(load: Load, seed: int) -> None:
    spring = Group(
        "spring", 60, per_account=12, template=6, burst=True, office=True, org=True, themed=0.5, own_topics=False,
        follow_ups=0.5, capability="reasoning_mathematics", last=6, banned=6,
    )  # fmt: skip
    autumn = replace(spring, name="autumn", first=6, last=None, banned=None, heir=True)
    scored, _ = judged(load, [CROWD, LATE_CROWD, spring, autumn], seed)
    assert not any(scored.campaigns["actionable"].to_pylist())
    assert scored.campaigns["related_campaign_id"].null_count == scored.campaigns.num_rows


def test_without_bans_nothing_is_tied(load: Load) -> None:
    scored, _ = judged(load, [CROWD, LATE_CROWD, replace(FIRST, banned=None), SECOND])
    assert scored.campaigns["related_campaign_id"].null_count == scored.campaigns.num_rows
