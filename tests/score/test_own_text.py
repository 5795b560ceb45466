"""Whether a group's text is its own; and public tools among resellers' customers."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from planted import observed, unchanged

from prints import CAMPAIGN, CROWD, Group, Load, traffic
from stillwatch.link.stage import link
from stillwatch.model.fingerprints import FINGERPRINTS
from stillwatch.score.contest import contest
from stillwatch.score.observation import Observation
from stillwatch.score.one_text import one_text
from stillwatch.score.rivals.public_tool import PUBLIC_TOOL
from stillwatch.score.rivals.resold_tool import RESOLD_TOOL
from stillwatch.score.signals.content import own_text
from stillwatch.score.stage import score
from stillwatch.score.steps import MOST_OF_ONE, outsiders

POOL = replace(CAMPAIGN, name="pool", accounts=100, per_account=60, themed=0.3)
"""Accounts with shared purses and a few addresses, worked around the clock, that carry texts among other requests."""

OWN_KEY = Group("own key", 60, per_account=40, follow_ups=0.1, capability="software_engineering", client=5)
"""People with a key of their own."""

TEXTS = 4
"""Texts that the pool carries; each person uses one of them."""

OBSERVED = tuple(
    Observation(family, signal, value, 100, "", "")
    for family, signal, value in (
        ("content", "template", 1e4),
        ("content", "own_text", 1e-2),
        ("content", "one_stream", 10.0),
        ("infrastructure", "shared_address", 1e4),
        ("registration", "shared_purse", 1e4),
        ("timing", "no_night", 10.0),
    )
)
"""What a reseller shows in every sign, and a tool's template that others use more."""


def test_a_campaign_s_template_is_its_own(load: Load) -> None:
    said = observed(load, CAMPAIGN, own_text, unchanged)
    assert said is not None
    assert said.factor > 100
    assert "100 % are the group's" in said.fact


def named_where(load: Load, people: Group) -> Counter[str]:
    """Who is named in actionable campaigns where `people` use the texts that the pool carries."""
    prints, accounts, truth = traffic([CROWD, people, POOL])
    rows = prints.to_pylist()
    shown = max((row["passages"] for row in rows if truth[row["account_id"]] == "pool"), key=len)
    texts = [shown[2 * number : 2 * number + 2] for number in range(TEXTS)]
    rng = np.random.default_rng(3)
    for row in rows:
        who = truth[row["account_id"]]
        if who == "pool" and len(row["passages"]) > 2 * TEXTS:
            row["passages"] = texts[rng.integers(0, TEXTS)] + row["passages"][2 * TEXTS :]
        elif who == people.name and rng.random() < 0.6:
            row["passages"] = texts[int(row["account_id"].rsplit("-", 1)[1]) % TEXTS] + row["passages"]
    engine = load(pa.Table.from_pylist(rows, FINGERPRINTS), accounts)
    link(engine, lambda _: None)
    scored = score(engine, frozenset(), 0.01)
    acted = {row["campaign_id"] for row in scored.campaigns.to_pylist() if row["actionable"]}
    rows = [row for row in scored.members.to_pylist() if row["campaign_id"] in acted]
    return Counter(truth[row["account_id"]] for row in rows)


def test_a_pool_that_carries_texts_of_its_own_is_named(load: Load) -> None:
    assert named_where(load, replace(OWN_KEY, accounts=0)) == {"pool": POOL.accounts}


@pytest.mark.parametrize("accounts", [60, 120, 250])
def test_a_pool_that_carries_what_strangers_use_is_not(load: Load, accounts: int) -> None:
    """The very same accounts are a reseller's where their texts are public."""
    assert not named_where(load, replace(OWN_KEY, accounts=accounts))


def test_whose_a_text_is(load: Load) -> None:
    """The template that is most the members' own, of those that many of them show; one account counts for so much."""
    engine = load(FINGERPRINTS.empty_table(), pa.table({"none": pa.array([], pa.int64())}))
    members = list(range(10))
    held = [
        *((1, ix, 3) for ix in members),  # shown by all, and by as many others
        *((1, ix, 9) for ix in range(10, 20)),
        *((2, ix, 60) for ix in members[:4]),  # shown by some, and by one machine outside
        (2, 30, 5_000),
        *((3, ix, 7) for ix in members[:1]),  # of one member alone
        *((4, ix, 7) for ix in members),  # everybody's, which ties nothing
    ]
    engine.put(
        "holdings",
        pa.table(
            {
                name: pa.array(column)
                for name, column in zip(("t", "ix", "exchanges"), zip(*held, strict=True), strict=True)
            }
        ),
    )
    engine.put("clusters", pa.table({"cluster": [5] * 10, "ix": members}))
    engine.put(
        "cluster_templates", pa.table({"cluster": [5] * 4, "t": [1, 2, 3, 4], "bits": [9.0, 8.0, 7.0, 0.5]})
    )
    engine.run(one_text())
    engine.run(outsiders())
    assert engine.to_arrow("outsiders", "cluster").to_pylist() == [
        {"cluster": 5, "accounts": 11, "uses": 240 + MOST_OF_ONE, "own": 240}
    ]


def test_a_tool_behind_resellers_takes_two_explanations_and_is_rarer_for_it() -> None:
    """Neither alone explains it as well."""
    told = {match.rival.name: match for match in contest(OBSERVED)}
    both = told["resold_tool"].log10_lr
    assert both < told["reseller"].log10_lr - 0.3
    assert both < told["public_tool"].log10_lr - 1.0
    assert RESOLD_TOOL.common < PUBLIC_TOOL.common == 1.0


def test_a_text_of_its_own_is_no_public_tool_s() -> None:
    def against(factor: float) -> float:
        seen = tuple(replace(each, own=factor) if each.signal == "own_text" else each for each in OBSERVED)
        return next(match for match in contest(seen) if match.rival.name == "resold_tool").log10_lr

    assert against(100.0) > against(0.01) + 2.0
