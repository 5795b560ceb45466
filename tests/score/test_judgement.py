"""A planted campaign is found, and each innocent look-alike is not, on fingerprint-level traffic."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from prints import CAMPAIGN, CROWD, Group, Load, traffic
from stillwatch.link.stage import link
from stillwatch.model.fingerprints import FINGERPRINTS
from stillwatch.output import FOUND
from stillwatch.score.stage import Scored, score

LOOK_ALIKES = [
    Group("public_tool", 70, template=9, follow_ups=0.1, capability="grading_judging", elicitation=0.6, client=5),
    Group("app", 150, template=12, follow_ups=0.4, capability="software_engineering", client=7),
    Group(
        "class", 60, per_account=12, template=6, burst=True, office=True, org=True, themed=0.5, own_topics=False,
        follow_ups=0.5, capability="reasoning_mathematics",
    ),
    Group(
        "evaluator", 30, template=5, copies=True, night=False, own_topics=False, follow_ups=0.0,
        capability="reasoning_mathematics", elicitation=0.5,
    ),
    Group("employer", 60, template=7, org=True, office=True, themed=0.6, capability="software_engineering"),
    Group(
        "in-house", 40, template=7, org=True, office=True, night=False, alike=True, own_topics=False,
        follow_ups=0.0, capability="task_writing", elicitation=0.9,
    ),
    Group("reseller", 90, purse=True, burst=True, proxies=5, client=9),
]  # fmt: skip


def judged(load: Load, groups: list[Group], seed: int = 1) -> tuple[Scored, dict[str, str]]:
    prints, accounts, truth = traffic(groups, seed)
    engine = load(prints, accounts)
    link(engine, lambda _: None)
    return score(engine, frozenset(), 0.01), truth


def named(scored: Scored, truth: dict[str, str]) -> Counter[str]:
    """Accounts named in any actionable campaign, by group."""
    ids = scored.campaigns.filter(scored.campaigns["actionable"])["campaign_id"]
    rows = scored.members.filter(pc.is_in(scored.members["campaign_id"], value_set=ids.combine_chunks()))
    return Counter(truth[a] for a in rows["account_id"].to_pylist())


def test_the_campaign_is_found_whole_and_alone(load: Load) -> None:
    scored, truth = judged(load, [CROWD, CAMPAIGN])
    assert named(scored, truth) == {"campaign": 80}
    row = scored.campaigns.to_pylist()[0]
    assert row["accounts_low"] <= 80 <= row["accounts_high"]
    assert row["probability"] > 0.9
    assert row["capabilities"] == ["software_engineering"]
    assert set(scored.members["role"].to_pylist()) == {"operator"}
    assert scored.attributed.num_rows == row["exchanges"]


@pytest.mark.parametrize("look_alike", LOOK_ALIKES, ids=lambda g: g.name)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_look_alike_is_not_convicted(load: Load, look_alike: Group, seed: int) -> None:
    scored, truth = judged(load, [CROWD, look_alike], seed)
    assert not named(scored, truth)


def test_campaigns_among_all_look_alikes(load: Load) -> None:
    scored, truth = judged(load, [CROWD, CAMPAIGN, *LOOK_ALIKES])
    assert named(scored, truth) == {"campaign": 80}


def test_mixing_does_not_dilute_the_links(load: Load) -> None:
    mixed = replace(CAMPAIGN, name="mixed", accounts=100, per_account=60, themed=0.25)
    scored, truth = judged(load, [CROWD, mixed])
    found = named(scored, truth)
    assert found["mixed"] >= 95
    assert found.total() == found["mixed"]
    assert set(scored.members["role"].to_pylist()) == {"mixed"}
    themed = scored.attributed.num_rows
    assert themed < 0.35 * pc.sum(scored.members["total_exchanges"]).as_py()


def test_evidence_adds_up_to_the_score(load: Load) -> None:
    scored, _ = judged(load, [CROWD, CAMPAIGN])
    rows = scored.evidence.filter(pc.is_null(scored.evidence["account_id"]))
    for campaign in scored.campaigns.to_pylist():
        parts = [r["log10_lr"] for r in rows.to_pylist() if r["campaign_id"] == campaign["campaign_id"]]
        assert sum(parts) == pytest.approx(campaign["log10_lr"], abs=1e-6)
        contest = [r for r in scored.contest.to_pylist() if r["campaign_id"] == campaign["campaign_id"]]
        best = sum(r["log10_lr"] for r in contest if r["rival"] == campaign["top_rival"])
        assert best == pytest.approx(campaign["log10_lr"], abs=1e-3)
        assert all(
            sum(r["log10_lr"] for r in contest if r["rival"] == rival) >= best - 1e-3
            for rival in {r["rival"] for r in contest}
        )


def test_rows_in_another_order_give_the_same_tables(load: Load) -> None:
    prints, accounts, _ = traffic([CROWD, CAMPAIGN, LOOK_ALIKES[0]])
    tables = []
    for order in (np.arange(prints.num_rows), np.random.default_rng(9).permutation(prints.num_rows)):
        engine = load(
            prints.take(order), accounts.take(np.random.default_rng(len(tables)).permutation(len(accounts)))
        )
        link(engine, lambda _: None)
        tables.append(score(engine, frozenset(), 0.01))
    for name in FOUND:
        assert getattr(tables[0], name).equals(getattr(tables[1], name)), name


def test_another_key_changes_names_and_no_result(load: Load) -> None:
    prints, accounts, _ = traffic([CROWD, CAMPAIGN, LOOK_ALIKES[0]])
    rename = np.random.default_rng(3)
    names: dict[int, int] = {}

    def keyed(value: int | None) -> int | None:
        return None if value is None else names.setdefault(value, int(rename.integers(1, 2**62)))

    def renamed(table: pa.Table) -> pa.Table:
        for name in table.column_names:
            if name.endswith("_hash"):
                column = pa.array([keyed(v) for v in table[name].to_pylist()], pa.int64())
                table = table.set_column(table.column_names.index(name), table.schema.field(name), column)
        return table

    other = renamed(prints)
    passages = pa.array(
        [[keyed(p) for p in row] for row in prints["passages"].to_pylist()],
        FINGERPRINTS.field("passages").type,
    )
    other = other.set_column(other.column_names.index("passages"), FINGERPRINTS.field("passages"), passages)
    results = []
    for table, people in ((prints, accounts), (other, renamed(accounts))):
        engine = load(table, people)
        link(engine, lambda _: None)
        results.append(score(engine, frozenset(), 0.01))
    for name in ("campaigns", "members", "attributed", "evidence", "contest"):
        assert getattr(results[0], name).equals(getattr(results[1], name)), name


def test_nothing_known_of_accounts_or_networks_still_runs(load: Load) -> None:
    prints, accounts, _ = traffic([CROWD, CAMPAIGN])
    blank = ["ip_hash", "prefix_hash", "asn", "country", "user_agent_hash", "ja4_hash", "output_tokens"]
    for name in blank:
        at = prints.column_names.index(name)
        field = prints.schema.field(name)
        prints = prints.set_column(at, field, pa.nulls(prints.num_rows, field.type))
    engine = load(prints, accounts.slice(0, 0))
    link(engine, lambda _: None)
    missing = frozenset({"org_id", "payment_hash", "phone_hash", "email_domain"})
    scored = score(engine, missing, 0.01)
    assert "shared_purse" not in scored.evidence["signal"].to_pylist()
    assert scored.tested >= 1


def test_phrases_of_everybody_neither_hide_a_campaign_nor_name_their_users(load: Load) -> None:
    """Most of the template are phrases that others use now and then, and some customers all the time."""
    few = replace(CAMPAIGN, accounts=24)
    judges = Group("judges", 12, per_account=150, alike=True, night=False, capability="grading_judging")
    prints, accounts, truth = traffic([CROWD, few, judges])
    rows = prints.to_pylist()
    mine = [row["passages"] for row in rows if truth[row["account_id"]] == "campaign"]
    phrases = sorted(set(mine[0]).intersection(*mine))[:5]
    rng = np.random.default_rng(4)
    for row in rows:
        group = truth[row["account_id"]]
        if group == "judges" or (group == CROWD.name and rng.random() < 0.02):
            row["passages"] = sorted([*row["passages"], int(rng.choice(phrases))])
    engine = load(pa.Table.from_pylist(rows, FINGERPRINTS), accounts)
    link(engine, lambda _: None)
    assert named(score(engine, frozenset(), 0.01), truth) == {"campaign": 24}
