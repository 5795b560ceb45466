"""Who pays from a campaign's purses belongs to it; who pays from a reseller's, or has an owner on record, does not."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from prints import CAMPAIGN, CROWD, Group, Load, traffic
from stillwatch.link.stage import link
from stillwatch.model.fingerprints import ACCOUNT_PRINTS
from stillwatch.score.stage import score

OPERATOR = replace(CAMPAIGN, name="operator", accounts=100)
"""It pays for ten accounts from one purse."""
CAREFUL = Group("careful", 20, per_account=30)
"""Wording, hours, address and age of their own; whose purse they pay from is set below."""


def named(load: Load, purses: int, per_purse: int, org: int | None, column: str) -> Counter[str]:
    """Who is named where so many accounts pay from each of some purses of the operator beside those of its own."""
    prints, accounts, truth = traffic([CROWD, OPERATOR, replace(CAREFUL, accounts=purses * per_purse)])
    rows: list[dict[str, Any]] = accounts.to_pylist()
    theirs = [row for row in rows if truth[row["account_id"]] == "operator"]
    if column == "phone_hash":
        for row in theirs:
            row["phone_hash"], row["payment_hash"] = row["payment_hash"], row["phone_hash"]
    own = [purse for purse, _ in Counter(row[column] for row in theirs).most_common(purses)]
    careful = [row for row in rows if truth[row["account_id"]] == "careful"]
    for number, row in enumerate(careful):
        row[column], row["org_hash"] = own[number % purses], org
    engine = load(prints, pa.Table.from_pylist(rows, ACCOUNT_PRINTS))
    link(engine, lambda _: None)
    scored = score(engine, frozenset(), 0.01)
    acted = scored.campaigns.filter(scored.campaigns["actionable"])["campaign_id"].combine_chunks()
    members = scored.members.filter(pc.is_in(scored.members["campaign_id"], value_set=acted))
    if len(acted) and purses and org is None and per_purse < 5:
        told = scored.evidence.filter(pc.equal(scored.evidence["signal"], "operator"))["observation"][
            0
        ].as_py()
        assert (
            f"{purses * per_purse} of its {members.num_rows} accounts were added because they pay from"
            in told
        )
        weights = members["probability"].to_numpy()[
            np.isin(members["account_id"].to_pylist(), [r["account_id"] for r in careful])
        ]
        assert (weights > 0.9).all()
    return Counter(truth[account] for account in members["account_id"].to_pylist())


@pytest.mark.parametrize("column", ["payment_hash", "phone_hash"])
def test_who_pays_from_the_operators_purses_is_added(load: Load, column: str) -> None:
    assert named(load, 5, 4, None, column) == {"operator": 100, "careful": 20}


def test_customers_of_a_reseller_are_not(load: Load) -> None:
    """Most who pay from this purse are no members."""
    assert named(load, 2, 30, None, "payment_hash") == {"operator": 100}


def test_who_has_an_owner_on_record_is_not(load: Load) -> None:
    assert named(load, 5, 4, 4_711, "payment_hash") == {"operator": 100}
