"""However many ranges of accounts and buckets of values the work is cut into, the findings are the same."""

from __future__ import annotations

import pytest

from prints import CAMPAIGN, CROWD, Group, Load, traffic
from stillwatch.engines import mapped, parts
from stillwatch.link import shards, stage
from stillwatch.output import FOUND
from stillwatch.pipeline import Progress, judge
from stillwatch.score import rolls, scenes
from stillwatch.score.scene import Scene
from stillwatch.score.stage import Scored


def judged(load: Load) -> Scored:
    prints, accounts, _ = traffic([CROWD, CAMPAIGN, Group("tool", 40, template=6, copies=True)])
    return judge(load(prints, accounts), frozenset(), 0.05, Progress())


def test_ranges_and_buckets_change_nothing(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = judged(load)
    assert whole.campaigns.num_rows
    monkeypatch.setattr(shards, "SHARD_ROWS", 3_000)
    monkeypatch.setattr(parts, "BUCKET_ROWS", 2_000)
    cut = judged(load)
    assert [name for name in FOUND if not getattr(whole, name).equals(getattr(cut, name))] == []


def test_clusters_read_one_by_one_and_exchanges_sorted_in_spans_change_nothing(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = judged(load)
    assert whole.attributed.num_rows > 500
    monkeypatch.setattr(scenes, "BATCH_ROWS", 1)
    monkeypatch.setattr(scenes, "RANGE_ROWS", 2)  # two clusters a query
    monkeypatch.setattr(rolls, "SORTED", 100)
    monkeypatch.setattr(mapped, "HELD_BYTES", 0)
    cut = judged(load)
    assert [name for name in FOUND if not getattr(whole, name).equals(getattr(cut, name))] == []


def test_a_cluster_too_large_to_be_looked_at_whole_keeps_all_members_and_exchanges(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = judged(load)
    monkeypatch.setattr(stage, "MOST_SIGHTED", 800)
    part = judged(load)
    assert part.campaigns["actionable"].to_pylist() == whole.campaigns["actionable"].to_pylist()
    for column in ("campaign_id", "accounts", "exchanges", "input_tokens", "first_seen"):
        assert part.campaigns[column].equals(whole.campaigns[column])
    for column in ("account_id", "exchanges", "first_seen", "last_seen"):
        assert part.members[column].equals(whole.members[column])
    assert part.attributed["exchange_id"].equals(whole.attributed["exchange_id"])
    # What was looked at is a part.
    assert not part.evidence["accounts"].equals(whole.evidence["accounts"])


def test_only_what_may_be_extraction_is_looked_at_whole_and_is_told_as_if_all_were(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = judged(load)
    assert whole.tested > whole.campaigns.num_rows
    again: list[int] = []
    look_again = scenes.Scenes.whole

    def counted(self: scenes.Scenes, cluster: int) -> Scene:
        again.append(cluster)
        return look_again(self, cluster)

    monkeypatch.setattr(scenes.Scenes, "whole", counted)
    monkeypatch.setattr(stage, "FIRST_SIGHTED", 400)
    monkeypatch.setattr(stage, "FIRST_ACCOUNTS", 10)
    part = judged(load)
    assert 0 < len(again) < whole.tested
    assert part.members["account_id"].equals(whole.members["account_id"])
    assert part.attributed["exchange_id"].equals(whole.attributed["exchange_id"])
    assert part.evidence["accounts"].equals(whole.evidence["accounts"])
    assert part.campaigns["actionable"].equals(whole.campaigns["actionable"])
