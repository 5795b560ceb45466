"""Whether accounts send a group's templates and little else; and a public tool among resellers' customers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from planted import observed, unchanged

from prints import CAMPAIGN, FLEET, Group, Load
from stillwatch.score.contest import contest
from stillwatch.score.observation import Observation
from stillwatch.score.rivals.public_tool import PUBLIC_TOOL
from stillwatch.score.rivals.resold_tool import RESOLD_TOOL
from stillwatch.score.signals.purpose import dedicated

CARRIED = Group(
    "carried", 60, per_account=80, template=8, themed=0.06, purse=True, burst=True, proxies=5, own_topics=False,
    night=False, client=9, follow_ups=0.1, capability="grading_judging",
)  # fmt: skip
"""Accounts of a reseller whose customers use a public tool now and then, among all that they ask."""


OBSERVED = tuple(
    Observation(family, signal, value, 100, "", "")
    for family, signal, value in (
        ("content", "template", 1e4),
        ("content", "one_stream", 10.0),
        ("infrastructure", "shared_address", 1e4),
        ("registration", "shared_purse", 1e4),
        ("timing", "no_night", 10.0),
        ("purpose", "dedicated", 0.01),
    )
)
"""What a reseller shows in every sign, and a tool's template beside it."""


@pytest.mark.parametrize("group", [CAMPAIGN, FLEET], ids=lambda g: g.name)
def test_accounts_that_do_little_else_are_seen(load: Load, group: Group) -> None:
    said = observed(load, group, dedicated, unchanged)
    assert said is not None
    assert said.factor > 20
    assert "100 % shows the group's templates" in said.fact


@pytest.mark.parametrize("group", [CARRIED, replace(CAMPAIGN, themed=0.1)], ids=lambda g: g.name)
def test_accounts_that_carry_much_else_are_not(load: Load, group: Group) -> None:
    said = observed(load, group, dedicated, unchanged)
    assert said is not None
    assert said.factor < 0.1


def test_a_few_mixed_accounts_do_not_count(load: Load) -> None:
    """The account in the middle is told, whatever a third of the group sends besides."""

    def some_besides(rows: list[dict[str, object]], _: object) -> None:
        names = sorted({str(row["account_id"]) for row in rows})[: CAMPAIGN.accounts // 3]
        for number, row in enumerate(rows):
            if row["account_id"] in names and number % 4:
                row["passages"] = [int(p) + number + 1 for p in row["passages"]]  # type: ignore[attr-defined]

    said = observed(load, CAMPAIGN, dedicated, some_besides)
    assert said is not None
    assert said.factor > 20


def test_a_tool_behind_resellers_takes_two_explanations_and_is_rarer_for_it() -> None:
    """Neither alone explains it as well."""
    told = {match.rival.name: match for match in contest(OBSERVED)}
    both = told["resold_tool"].log10_lr
    assert both < told["reseller"].log10_lr - 0.3
    assert both < told["public_tool"].log10_lr - 1.0
    assert RESOLD_TOOL.common < PUBLIC_TOOL.common == 1.0


def test_accounts_that_do_little_else_are_no_resellers() -> None:
    def against(factor: float) -> float:
        seen = tuple(replace(each, own=factor) if each.signal == "dedicated" else each for each in OBSERVED)
        return next(match for match in contest(seen) if match.rival.name == "resold_tool").log10_lr

    assert against(100.0) > against(0.01) + 1.0
