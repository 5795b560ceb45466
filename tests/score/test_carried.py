"""Campaigns that stand are carried on: who joins them is named, who looks like it is not, and nothing is asked twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from prints import CAMPAIGN, CROWD, DAY, START, TOOL, Group, Load, traffic
from stillwatch.link.stage import link
from stillwatch.model.fingerprints import FINGERPRINTS
from stillwatch.model.standing import Standing
from stillwatch.score import familiar as familiar_groups
from stillwatch.score.familiar import familiar
from stillwatch.score.scene import Ints, Population
from stillwatch.score.stage import Scored, score
from stillwatch.score.ties import Ties

BEFORE = 13
"""Days of the window that is judged first; one more day follows."""

NEWCOMER = Group(
    "new",
    3,
    per_account=12,
    own_topics=False,
    follow_ups=0.0,
    capability="software_engineering",
    first=BEFORE,
)
"""Too few to make a group of their own; what they send is given to them below."""

Sends = Callable[[np.random.Generator, list[int], int], list[int]]
"""Random numbers, the campaign's passages and which exchange of the account it is → what it shows beside its own."""


def whole(_: np.random.Generator, pieces: list[int], __: int) -> list[int]:
    """The campaign's template as members send it."""
    return pieces


def drawn(
    group: Group | None, sends: Sends | None, drifts: bool
) -> tuple[pa.Table, pa.Table, dict[str, str]]:
    """Traffic of a fortnight: a crowd, a public tool, a campaign, and a group that sends what it is given."""
    campaign = replace(CAMPAIGN, template=12 if drifts else 8, per_account=45)
    others = [group] if group else []
    prints, accounts, truth = traffic([replace(CROWD, accounts=300), TOOL, campaign, *others])
    rows: list[dict[str, Any]] = prints.to_pylist()
    mine = [row["passages"] for row in rows if truth[row["account_id"]] == "campaign"]
    pieces = sorted(set(mine[0]).intersection(*mine))
    rng = np.random.default_rng(6)
    sent: dict[str, int] = {}
    for row in rows:
        name = row["account_id"]
        if truth[name] == "campaign" and drifts:
            own = [p for p in row["passages"] if p not in pieces]
            row["passages"] = [p for p in pieces if rng.random() < 0.4] + own
        elif group and sends and truth[name] == group.name:
            sent[name] = sent.get(name, 0) + 1
            row["passages"] = sends(rng, pieces, sent[name]) + row["passages"]
    return pa.Table.from_pylist(rows, FINGERPRINTS), accounts, truth


def judged(load: Load, prints: pa.Table, accounts: pa.Table, standing: Standing | None = None) -> Scored:
    engine = load(prints, accounts)
    link(engine, lambda _: None, standing.text if standing else None)
    return score(engine, frozenset(), 0.01, standing=standing)


def stands(scored: Scored, accounts: int) -> Standing:
    ids = scored.campaigns.filter(scored.campaigns["actionable"])["campaign_id"].combine_chunks()
    names = ("campaigns", "members", "evidence", "contest", "shared", "wording")
    kept = {name: getattr(scored, name) for name in names}
    return Standing(
        **{n: table.filter(pc.is_in(table["campaign_id"], value_set=ids)) for n, table in kept.items()},
        ordinary=scored.ordinary,
        accounts=accounts,
        until=datetime.fromtimestamp(START // 1_000_000, UTC) + timedelta(days=BEFORE),
    )


def carried(
    load: Load,
    group: Group | None = None,
    sends: Sends | None = None,
    drifts: bool = False,
    keep: Callable[[str], bool] = lambda _: True,
) -> tuple[Standing, Scored, dict[str, str]]:
    """What stood, what the day after says, and the group of each account; `keep`: groups that are seen on that day."""
    prints, accounts, truth = drawn(group, sends, drifts)
    day = prints["ts"].cast(pa.int64()).to_numpy() >= START + BEFORE * DAY
    before = prints.filter(pa.array(~day))
    standing = stands(judged(load, before, accounts), len(before["account_id"].unique()))
    assert standing.campaigns.num_rows == 1
    seen = np.array([keep(truth[name]) for name in prints["account_id"].to_pylist()])
    return standing, judged(load, prints.filter(pa.array(day & seen)), accounts, standing), truth


def joined(standing: Standing, scored: Scored, truth: dict[str, str]) -> list[str]:
    """The groups of accounts that are named and were not before."""
    known = set(standing.members["account_id"].to_pylist())
    ids = scored.campaigns.filter(scored.campaigns["actionable"])["campaign_id"].combine_chunks()
    named = scored.members.filter(pc.is_in(scored.members["campaign_id"], value_set=ids))
    return sorted(truth[name] for name in set(named["account_id"].to_pylist()) - known)


def test_who_joins_is_named_and_the_evidence_stands(load: Load) -> None:
    standing, scored, truth = carried(load, NEWCOMER, whole)
    assert joined(standing, scored, truth) == ["new"] * 3
    (before,) = standing.campaigns.to_pylist()
    (row,) = scored.campaigns.filter(scored.campaigns["actionable"]).to_pylist()
    for name in ("campaign_id", "name", "log10_lr", "probability", "confidence", "first_seen", "top_rival"):
        assert row[name] == before[name]
    assert row["accounts"] == before["accounts"] + 3
    assert before["accounts_low"] + 2 <= row["accounts_low"] <= row["accounts"] <= row["accounts_high"]
    sent = scored.attributed.num_rows
    assert sent > 0
    assert row["exchanges"] == before["exchanges"] + sent
    assert row["exchanges_low"] <= row["exchanges"] <= row["exchanges_high"]
    assert row["last_seen"] > before["last_seen"]
    whole_rows = scored.evidence.filter(pc.is_null(scored.evidence["account_id"]))
    assert pc.sum(whole_rows["log10_lr"]).as_py() == pytest.approx(row["log10_lr"], abs=1e-3)
    told = whole_rows.filter(pc.equal(whole_rows["signal"], "carried_on"))["observation"].to_pylist()
    assert len(told) == 1
    assert f"sent {sent} of its exchanges; 3 of them were named first then" in told[0]
    members = {m["account_id"]: m for m in scored.members.to_pylist()}
    assert sum(m["exchanges"] for m in members.values()) == row["exchanges"]
    for member in standing.members.to_pylist():
        now = members[member["account_id"]]
        assert now["first_seen"] == member["first_seen"]
        assert now["total_exchanges"] >= member["total_exchanges"]


def test_what_the_day_says_can_be_carried_on_in_turn(load: Load) -> None:
    standing, scored, truth = carried(load, NEWCOMER, whole)
    again = stands(scored, standing.accounts)
    assert again.wording.sort_by("key").equals(standing.wording.sort_by("key"))
    prints, accounts, _ = drawn(NEWCOMER, whole, False)
    day = prints["ts"].cast(pa.int64()).to_numpy() >= START + BEFORE * DAY
    later = judged(load, prints.filter(pa.array(day)), accounts, again)
    assert joined(again, later, truth) == []  # they are members now
    assert later.members.num_rows == scored.members.num_rows


def test_a_campaign_that_rests_stays_as_it_was(load: Load) -> None:
    standing, scored, _ = carried(load, keep=lambda group: group == "individual")
    for name in ("campaigns", "members", "evidence", "contest", "shared", "wording"):
        assert getattr(scored, name).equals(getattr(standing, name).combine_chunks()), name
    assert scored.attributed.num_rows == 0


def test_an_account_alone_is_attributed_what_it_sends(load: Load) -> None:
    """So few of the campaign's are seen that no group of them could be tried."""
    prints, accounts, truth = drawn(None, None, False)
    day = prints["ts"].cast(pa.int64()).to_numpy() >= START + BEFORE * DAY
    before = prints.filter(pa.array(~day))
    standing = stands(judged(load, before, accounts), len(before["account_id"].unique()))
    names = prints["account_id"].to_pylist()
    one = next(name for name, today in zip(names, day, strict=True) if today and truth[name] == "campaign")
    seen = np.array([truth[name] != "campaign" or name == one for name in names])
    scored = judged(load, prints.filter(pa.array(day & seen)), accounts, standing)
    mine = sum(name == one for name, today in zip(names, day, strict=True) if today)
    assert scored.attributed["account_id"].to_pylist() == [one] * mine
    assert set(scored.attributed["campaign_id"].to_pylist()) == standing.ids


def test_wording_that_drifts_is_told_by_what_it_keeps(load: Load) -> None:
    def some(_: np.random.Generator, pieces: list[int], __: int) -> list[int]:
        return pieces[2:8]

    standing, scored, truth = carried(load, NEWCOMER, some, drifts=True)
    assert joined(standing, scored, truth) == ["new"] * 3


def test_wording_that_became_public_names_nobody(load: Load) -> None:
    """A hundred people send the very template on one day, each for topics of its own, in conversations, at human hours."""
    crowd = replace(NEWCOMER, name="readers", accounts=120, per_account=8, own_topics=True, follow_ups=0.4)
    standing, scored, truth = carried(load, crowd, whole)
    assert joined(standing, scored, truth) == []
    named = set(scored.attributed["account_id"].to_pylist())
    assert {truth[name] for name in named} == {"campaign"}


def test_who_was_shown_it_once_is_not_named(load: Load) -> None:
    def once(_: np.random.Generator, pieces: list[int], number: int) -> list[int]:
        return pieces if number == 1 else []

    standing, scored, truth = carried(load, replace(NEWCOMER, accounts=12), once)
    assert joined(standing, scored, truth) == []


def test_one_phrase_of_it_names_nobody(load: Load) -> None:
    def phrase(rng: np.random.Generator, pieces: list[int], _: int) -> list[int]:
        return [pieces[3]] if rng.random() < 0.7 else []

    standing, scored, truth = carried(load, replace(NEWCOMER, accounts=12), phrase, drifts=True)
    assert joined(standing, scored, truth) == []


def test_staff_of_one_organisation_explain_themselves(load: Load) -> None:
    staff = replace(
        NEWCOMER, name="staff", accounts=12, org=True, office=True, own_topics=True, follow_ups=0.3
    )
    standing, scored, truth = carried(load, staff, whole)
    assert joined(standing, scored, truth) == []


def test_groups_that_were_explained_are_written_down(load: Load) -> None:
    standing, _, truth = carried(load)
    tool = {name for name, group in truth.items() if group == "tool"}
    rows = standing.ordinary.to_pylist()
    assert all(row["log10_lr"] < 0.0 and row["keys"] for row in rows)
    assert any(len(tool & set(row["account_ids"])) >= 0.9 * len(tool) for row in rows)
    assert not any(truth[name] == "campaign" for row in rows for name in row["account_ids"])


def tied(members: list[list[int]], templates: list[list[int]], accounts: int) -> Ties:
    """Clusters of these accounts, tied by these templates."""
    pairs = sorted((account, cluster) for cluster, group in enumerate(members) for account in group)
    account, cluster = np.array(pairs).T
    return Ties(
        np.searchsorted(account, np.arange(accounts + 1)),
        cluster,
        np.full(len(pairs), 20.0),
        np.cumsum([0, *map(len, templates)]),
        np.concatenate([np.array(each) for each in templates]),
    )


def test_who_is_familiar(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same accounts with the same text; not where the accounts are others, or where they show something else."""
    people = [f"a{number:02}" for number in range(40)]
    engine = load(FINGERPRINTS.empty_table(), pa.table({"none": pa.array([], pa.int64())}))
    engine.put("template_of", pa.table({"p": [10, 11, 12, 13], "c": [0, 1, 2, 3], "t": [0, 0, 1, 2]}))
    engine.put(
        "template_kinds",
        pa.table({"t": [0, 1, 2, 3], "kind": [*["template"] * 3, "tools"], "key": [10, 12, 13, 99]}),
    )
    text = [0, 1, 3]
    ties = tied(
        [list(range(10)), list(range(10)), list(range(5, 15)), [*range(8), 30, 31]],
        [text, [2], text, text],
        len(people),
    )
    standing = Standing(
        **dict.fromkeys(("campaigns", "members", "evidence", "contest", "shared", "wording"), pa.table({})),
        ordinary=pa.table({"account_ids": [people[:12]], "keys": [[11, 12, 99]]}),
        accounts=len(people),
        until=datetime(2026, 5, 4, tzinfo=UTC),
    )

    class People:
        account_id = pa.array(people)
        size = len(people)

    def known(looked_at: int) -> Ints:
        monkeypatch.setattr(familiar_groups, "LOOKED_AT", looked_at)
        told: Population = People()  # type: ignore[assignment]
        return familiar(engine, standing, told, ties)

    monkeypatch.setattr(familiar_groups, "LOOKED_AT", 1)
    assert known(300).tolist() == []  # so few are all looked at
    assert known(1).tolist() == [3]  # of 0 and 3 one is looked at
