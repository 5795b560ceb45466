"""Customers on record: seen where machines of several customers run one harness, and not in a campaign."""

from __future__ import annotations

from dataclasses import replace

import pytest
from planted import observed, unchanged

from prints import CAMPAIGN, FLEET, TOOL, Group, Load
from stillwatch.score.signals.registration import customers_on_record

MACHINES = replace(FLEET, name="machines", org=False, own_orgs=True, burst=False, own_topics=True)
"""Build runners of forty customers that run one public harness, each on its own customer's work."""


@pytest.mark.parametrize("group", [MACHINES, FLEET], ids=["several customers", "one customer"])
def test_machines_of_customers_are_seen(load: Load, group: Group) -> None:
    said = observed(load, group, customers_on_record, unchanged)
    assert said is not None
    assert said.factor > 100
    assert "belong to an organisation on record" in said.fact


@pytest.mark.parametrize("group", [CAMPAIGN, TOOL], ids=lambda g: g.name)
def test_accounts_of_nobody_on_record_are_not(load: Load, group: Group) -> None:
    said = observed(load, group, customers_on_record, unchanged)
    assert said is not None
    assert said.factor < 0.1


def test_where_most_are_on_record_it_keeps_silent(load: Load) -> None:
    crowd = Group("individual", 500, per_account=15, own_orgs=True)
    assert observed(load, MACHINES, customers_on_record, unchanged, crowd) is None
