"""Purses and addresses that a group shares count by what comes from them, not by accounts alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pytest

from prints import CAMPAIGN, CROWD, Group, Load, traffic
from stillwatch.engines.parts import ranges
from stillwatch.link.stage import link
from stillwatch.model.fingerprints import FINGERPRINTS
from stillwatch.score.degrees import NONE
from stillwatch.score.observation import Observation
from stillwatch.score.one_text import one_text
from stillwatch.score.scene import Population, Scene, population
from stillwatch.score.scenes import scenes
from stillwatch.score.signals.infrastructure import shared_address
from stillwatch.score.signals.registration import shared_purse
from stillwatch.score.steps import address_outsiders, find_signatures, outsiders, taken_over

RESELLERS = replace(CAMPAIGN, name="resellers", per_account=90, themed=0.06, client=9)
"""Accounts of a few purses and addresses, which carry a text now and then."""

OWN_KEY = Group("own key", 45, per_account=60, template=CAMPAIGN.template, client=5)
"""Half as many people who use the text all the time, each from a purse and a home of his own."""

Signal = Callable[[Scene, Population], Observation | None]


def told(load: Load, signal: Signal, *groups: Group) -> Observation:
    """What the signal says of the cluster of all groups, which fill one text."""
    prints, accounts, truth = traffic([CROWD, *groups])
    rows = prints.to_pylist()
    text: list[int] = []
    for group in groups:
        mine = [row for row in rows if truth[row["account_id"]] == group.name]
        many = Counter(passage for row in mine for passage in row["passages"])
        own = [passage for passage, _ in many.most_common(group.template)]
        text = text or own
        for row in mine:
            if own[0] in row["passages"]:
                row["passages"] = text + [passage for passage in row["passages"] if passage not in own]
    engine = load(pa.Table.from_pylist(rows, FINGERPRINTS), accounts)
    link(engine, lambda _: None)
    for step in (one_text(), outsiders(), address_outsiders(), taken_over()):
        engine.run(step)
    find_signatures(engine)
    people = population(engine, frozenset())
    with scenes(engine, ranges(engine)) as filmed:
        (scene,) = filmed.first()
    assert scene.size >= 0.9 * sum(group.accounts for group in groups)
    said = signal(scene, people)
    assert said is not None
    return said


def addresses(scene: Scene, people: Population) -> Observation | None:
    return shared_address(scene, people, NONE)


@pytest.mark.parametrize("signal", [shared_purse, addresses])
def test_a_campaign_s_accounts_are_tied_however_many_are_careful(load: Load, signal: Signal) -> None:
    careful = replace(CAMPAIGN, name="careful", accounts=35, purse=False, proxies=0)
    assert told(load, signal, CAMPAIGN, careful).factor > 100


@pytest.mark.parametrize("signal", [shared_purse, addresses])
def test_what_hardly_comes_from_tied_accounts_does_not_tie_a_group(load: Load, signal: Signal) -> None:
    """Most accounts are tied, and little of what the group sends comes from them."""
    said = told(load, signal, RESELLERS, OWN_KEY)
    assert said.accounts > 0.6 * (RESELLERS.accounts + OWN_KEY.accounts)
    assert said.factor < 30
    # The same accounts are tied where nobody else sends the text.
    assert told(load, signal, RESELLERS).factor > 1_000
