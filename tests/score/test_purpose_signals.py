"""What trains a model, and long answers: seen in a planted campaign, and not in the innocent who look alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from planted import drawn

from prints import CAMPAIGN, CROWD, TOOL, Group, Load
from stillwatch.engines.duck import DuckEngine
from stillwatch.model.fingerprints import CAPABILITIES
from stillwatch.score.scene import Population, Scene
from stillwatch.score.signals.purpose import long_answers, teaching_capability

CODERS = replace(CROWD, extra={"capability": "software_engineering"})
"""People who all ask for code."""

Planted = tuple[Scene, Population]


@pytest.fixture(scope="module")
def campaign(load_once: Load) -> Planted:
    return drawn(load_once, CAMPAIGN)[:2]


def asking(scene: Scene, name: str, share: float = 1.0) -> Scene:
    """So much of the group's exchanges asks for another capability."""
    other = np.random.default_rng(5).random(scene.exchanges) < share
    return replace(
        scene, capability=np.where(other, CAPABILITIES.index(name), scene.capability).astype(np.int8)
    )


def answered(scene: Scene, times: float) -> Scene:
    """The answers are so many times as long."""
    return replace(scene, output_tokens=(scene.output_tokens * times).astype(np.int64))


def test_a_campaign_that_asks_for_what_trains_a_model_is_seen(campaign: Planted) -> None:
    scene, people = campaign
    said = teaching_capability(scene, people)
    assert said is not None
    assert said.factor > 50
    assert said.fact.startswith(
        "100 % of the exchanges ask for capabilities that train a model (software engineering"
    )
    mixed = teaching_capability(asking(scene, "grading_judging", 0.5), people)
    assert mixed is not None
    assert mixed.factor == said.factor


@pytest.mark.parametrize("name", ["everyday_chat", "creative_writing", "knowledge"])
def test_who_asks_for_something_else_trains_nothing(campaign: Planted, name: str) -> None:
    said = teaching_capability(asking(campaign[0], name), campaign[1])
    assert said is not None
    assert said.factor < 0.01


def test_people_who_ask_for_a_little_of_everything_train_nothing(campaign: Planted) -> None:
    said = teaching_capability(asking(campaign[0], "everyday_chat", 0.6), campaign[1])
    assert said is not None
    assert said.factor < 0.2


@pytest.mark.parametrize("group", [CAMPAIGN, replace(TOOL, capability="everyday_chat")], ids=lambda g: g.name)
def test_where_most_traffic_is_code_asking_for_it_says_nothing(load: Load, group: Group) -> None:
    said = teaching_capability(*drawn(load, group, crowd=CODERS)[:2])
    assert said is not None
    assert said.factor <= 1.0


def test_without_a_class_of_any_prompt_nothing_is_said_of_capabilities(campaign: Planted) -> None:
    unknown = np.full(campaign[0].exchanges, -1, np.int8)
    assert teaching_capability(replace(campaign[0], capability=unknown), campaign[1]) is None


def test_answers_that_are_longer_than_those_of_others_are_seen(campaign: Planted) -> None:
    scene, people = campaign
    said, longer = (long_answers(answered(scene, times), people) for times in (2.0, 4.0))
    assert said is not None
    assert longer is not None
    assert said.factor > 1.5
    assert longer.factor > 5


@pytest.mark.parametrize("times", [1.0, 0.2], ids=["ordinary", "grades"])
def test_answers_as_others_draw_them_are_not_long(campaign: Planted, times: float) -> None:
    said = long_answers(answered(campaign[0], times), campaign[1])
    assert said is not None
    assert said.factor < 0.3


def telling(load: Load, share: float, times: float = 1.0) -> Planted:
    """Of so much of all traffic, the length of the answers is known; they are so many times as long as usual."""

    def told(prints: pa.Table, accounts: pa.Table) -> DuckEngine:
        known = np.random.default_rng(3).random(len(prints)) < share
        tokens = pc.multiply(prints["output_tokens"], int(times))
        column = pc.if_else(pa.array(known), tokens, pa.scalar(None, pa.int64()))
        place = prints.column_names.index("output_tokens")
        return load(prints.set_column(place, prints.schema.field("output_tokens"), column), accounts)

    return drawn(told, CAMPAIGN)[:2]


@pytest.mark.parametrize(("share", "times"), [(1.0, 4.0), (0.3, 1.0)], ids=["all long", "few known"])
def test_answers_are_compared_with_what_is_known_of_those_of_others(
    load: Load, share: float, times: float
) -> None:
    said = long_answers(*telling(load, share, times))
    assert said is not None
    assert said.factor < 0.3


def test_without_known_answers_nothing_is_said_of_their_length(campaign: Planted, load: Load) -> None:
    scene, people = campaign
    few = np.where(np.arange(scene.exchanges) < 19, scene.output_tokens, -1)
    assert long_answers(replace(scene, output_tokens=few), people) is None
    nobody = telling(load, 0.0)[1]
    assert long_answers(scene, nobody) is None
