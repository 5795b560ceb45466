"""Who has an organisation on record and somebody who vouches for it is named with no campaign that has hardly any such."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from planted import drawn

from prints import CAMPAIGN, Load
from stillwatch.score.core import Core
from stillwatch.score.scene import Population
from stillwatch.score.vouched import OPEN_PATHWAY, not_vouched_for, vouched_for

PATHWAYS = ("enterprise", OPEN_PATHWAY)


@pytest.fixture(scope="module")
def planted(load_once: Load) -> Population:
    """Everybody; nobody has an organisation, and all came in by themselves."""
    _, people, _ = drawn(load_once, CAMPAIGN)
    return replace(
        people, org=np.zeros(people.size, np.int64), pathway=np.full(people.size, 2), pathways=PATHWAYS
    )


def some(people: Population, many: int, org: bool = True, pathway: int = 1) -> Population:
    """The first accounts have an organisation each, or this way in, or both."""
    first = np.arange(people.size) < many
    return replace(
        people,
        org=np.where(first & org, 1 + np.arange(people.size), 0),
        pathway=np.where(first, pathway, 2),
    )


@pytest.mark.parametrize(
    ("org", "pathway", "vouched"),
    [(True, 1, True), (False, 1, False), (True, 2, False), (True, 0, False)],
    ids=["both", "no organisation", "by itself", "way in unknown"],
)
def test_an_organisation_and_a_pathway_that_is_not_open(
    planted: Population, org: bool, pathway: int, vouched: bool
) -> None:
    told = vouched_for(some(planted, 3, org, pathway))
    assert np.flatnonzero(told).tolist() == ([0, 1, 2] if vouched else [])


def test_where_pathways_are_not_told_nobody_is(planted: Population) -> None:
    assert not vouched_for(replace(some(planted, 3), pathways=(), pathway=planted.org)).any()


@pytest.mark.parametrize(("many", "kept"), [(0, 60), (6, 54), (7, 60)])
def test_a_campaign_of_made_up_organisations_keeps_them(planted: Population, many: int, kept: int) -> None:
    """Of sixty members: a tenth may be customers, more are the campaign's own."""
    core = Core(np.arange(60), np.linspace(10.0, 20.0, 60))
    people = some(planted, many)
    (told,) = not_vouched_for({7: core}, {7: core}, people).values()
    assert told.members.tolist() == list(range(60 - kept, 60))
    assert told.bits.tolist() == core.bits[60 - kept :].tolist()
