"""A campaign that fills several texts through the same accounts is one campaign; two that share no accounts are two."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from prints import CAMPAIGN, CROWD, Load, traffic
from stillwatch.link.stage import link
from stillwatch.model.fingerprints import FINGERPRINTS
from stillwatch.score.case import Seen
from stillwatch.score.contest import Match
from stillwatch.score.deciding import put_together
from stillwatch.score.extraction import EXTRACTION
from stillwatch.score.looks import Verdict
from stillwatch.score.rivals import RIVALS
from stillwatch.score.stage import Scored, score

TEXTS = 3
OPERATOR = replace(CAMPAIGN, name="operator", accounts=240, per_account=30)
"""Its accounts each fill one of three texts, and every seventh the next one as well."""


def filling(load: Load, groups: int) -> tuple[Scored, dict[str, str], set[str]]:
    """What is found where so many groups of the accounts each have texts of their own; truth; exchanges."""
    crowd = replace(CROWD, accounts=2_500, per_account=6)
    prints, accounts, truth = traffic([crowd, replace(OPERATOR, accounts=groups * OPERATOR.accounts)])
    rows: list[dict[str, Any]] = prints.to_pylist()
    theirs = [row for row in rows if truth[row["account_id"]] == "operator"]
    own = set(theirs[0]["passages"]).intersection(*(row["passages"] for row in theirs))
    texts = [[text * 1_000 + k for k in range(8)] for text in range(1, groups * TEXTS + 1)]
    rng = np.random.default_rng(4)
    chosen: dict[str, list[int]] = {}
    for number, name in enumerate(sorted({row["account_id"] for row in theirs})):
        ring, place = number % groups * TEXTS, number // groups
        chosen[name] = [ring + (place + k) % TEXTS for k in range(2 if place % 7 == 0 else 1)]
    for row in theirs:
        text = texts[int(rng.choice(chosen[row["account_id"]]))]
        row["passages"] = text + [p for p in row["passages"] if p not in own]
        truth[row["account_id"]] = f"operator {chosen[row['account_id']][0] // TEXTS}"
    engine = load(pa.Table.from_pylist(rows, FINGERPRINTS), accounts)
    link(engine, lambda _: None)
    return score(engine, frozenset(), 0.01), truth, {row["exchange_id"] for row in theirs}


@pytest.mark.parametrize("operators", [1, 2])
def test_texts_with_accounts_in_common_are_one_campaign(load: Load, operators: int) -> None:
    scored, truth, sent = filling(load, operators)
    acted = scored.campaigns.filter(scored.campaigns["actionable"])["campaign_id"].to_pylist()
    members = [scored.members.filter(pc.equal(scored.members["campaign_id"], name)) for name in acted]
    named = [{truth[account] for account in table["account_id"].to_pylist()} for table in members]
    assert sorted(map(sorted, named)) == [[f"operator {number}"] for number in range(operators)]
    assert sum(table.num_rows for table in members) >= 0.95 * operators * OPERATOR.accounts
    said = scored.evidence.filter(pc.equal(scored.evidence["signal"], "operator"))["observation"].to_pylist()
    assert all("pieces, which have accounts or a text in common" in each for each in said[:operators])
    told = scored.attributed.filter(pc.is_in(scored.attributed["campaign_id"], pa.array(acted)))
    assert len(sent.intersection(told["exchange_id"].to_pylist())) >= 0.9 * len(sent)
    assert told.num_rows == len(set(told["exchange_id"].to_pylist()))


def verdict(cluster: int, members: list[int], bits: float) -> Verdict:
    return Verdict(
        cluster=cluster,
        members=np.array(members),
        bits=np.full(len(members), bits),
        sent=np.full(len(members), 4),
        exchanges=100,
        looked_at=len(members),
        sharing=np.zeros(0, dtype=np.int64),
        observations=(),
        matches=(Match(RIVALS[0], EXTRACTION, 0.0, (), 3.0),),
    )


def test_pieces_are_put_together_as_the_strongest_with_the_members_of_all() -> None:
    every = [
        verdict(1, [1, 2, 3], 9.0),
        verdict(2, [3, 4], 12.0),
        verdict(3, [2, 9], 5.0),
        verdict(4, [7], 5.0),
    ]
    whole, other = put_together(every, {1: 1, 2: 1, 3: 1}, frozenset({1, 2, 4}))
    assert (whole.cluster, other.cluster) == (1, 4)
    assert whole.members.tolist() == [1, 2, 3, 4]  # the third piece names nobody
    assert whole.bits.tolist() == [9.0, 9.0, 12.0, 12.0]
    assert whole.sent.tolist() == [4, 4, 8, 4]
    assert other is every[3]


def test_evidence_says_which_piece_it_speaks_of() -> None:
    assert "found in 3 pieces" in Seen(240, 90, 3).told(240)
    assert "90 of 240 accounts" in Seen(240, 90, 3).told(240)
    assert Seen(240, 240).told(240) == ""
