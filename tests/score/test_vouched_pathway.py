"""A vouched pathway: seen in a class that came in as a school, and not in a campaign that took any way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from planted import observed, unchanged

from prints import CAMPAIGN, CROWD, TOOL, Load
from stillwatch.score.signals.registration import vouched_pathway

EVERYBODY = replace(CROWD, pathways=(*["self-serve"] * 8, "education", "enterprise"))
CLASS = replace(TOOL, name="class", pathways=(*["education"] * 4, "self-serve"))
WIDE = replace(
    CAMPAIGN, name="wide", pathways=("self-serve", "education", "research", "startup", "enterprise")
)


def test_a_class_that_came_in_as_a_school_is_seen(load: Load) -> None:
    said = observed(load, CLASS, vouched_pathway, unchanged, EVERYBODY)
    assert said is not None
    assert said.factor > 100
    assert "somebody vouches for, education; of all other accounts 10 % did" in said.fact


@pytest.mark.parametrize("group", [CAMPAIGN, WIDE], ids=lambda g: g.name)
def test_a_campaign_that_takes_the_open_way_or_any_is_not(load: Load, group: object) -> None:
    said = observed(load, group, vouched_pathway, unchanged, EVERYBODY)  # type: ignore[arg-type]
    assert said is not None
    assert said.factor < 0.2


def test_where_nearly_everybody_came_as_the_class_did_it_tells_little(load: Load) -> None:
    campus = replace(CROWD, pathways=(*["education"] * 9, "self-serve"))
    said = observed(load, replace(CLASS, pathways=("education",)), vouched_pathway, unchanged, campus)
    assert said is not None
    assert 0.2 < said.factor < 5


@pytest.mark.parametrize(
    "pathways", [("self-serve",), ("education", "enterprise")], ids=["one way", "none open"]
)
def test_where_ways_tell_nothing_it_keeps_silent(load: Load, pathways: tuple[str, ...]) -> None:
    crowd = replace(CROWD, pathways=pathways)
    group = replace(CAMPAIGN, pathways=pathways)
    assert observed(load, group, vouched_pathway, unchanged, crowd) is None
