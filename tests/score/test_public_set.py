"""Copies of a set that everybody runs through, and of tasks that are sampled several times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from planted import drawn
from test_judgement import named

from prints import CAMPAIGN, CAREFUL_CAMPAIGN, CROWD, Group, Load, traffic
from stillwatch.link.stage import link
from stillwatch.model.fingerprints import FINGERPRINTS
from stillwatch.score.observation import Observation
from stillwatch.score.scene import Ints, Population, Scene
from stillwatch.score.signals.content import FEWEST_SENDERS, SPOKEN_FOR, public_set
from stillwatch.score.stage import score

FIRST = 1_000
"""Names of prompts begin here."""

PLAIN = replace(CAREFUL_CAMPAIGN, name="plain", per_account=60, night=False, alike=True, burst=True, client=5)
"""One plain program works through accounts opened together, with addresses and purses of their own."""

CLOUD = replace(PLAIN, name="cloud", burst=False, proxies=60)
"""The same from the many addresses of one network, through accounts of any age."""


@pytest.fixture(scope="module")
def planted(load_once: Load) -> tuple[Scene, Population]:
    """The cluster of a campaign of 80 accounts, and everybody."""
    scene, people, _ = drawn(load_once, CAMPAIGN)
    return scene, people


def sampled(exchanges: int, times: int, seed: int = 1) -> Ints:
    """(m,) so many exchanges of each task, through whichever account is next."""
    return FIRST + np.random.default_rng(seed).permutation(exchanges) // times


def in_turn(who: Ints, questions: int) -> Ints:
    """(m,) each account runs through one set, and begins again at its end."""
    order = np.argsort(who, kind="stable")
    own = np.empty(len(who), dtype=np.int64)
    own[order] = np.arange(len(who)) - np.searchsorted(who[order], who[order])
    return FIRST + own % questions


def partly(prompt: Ints, share: float, seed: int = 1) -> Ints:
    """(m,) these prompts in a share of the exchanges, one of its own in each of the others."""
    mine = np.random.default_rng(seed).random(len(prompt)) >= share
    return np.where(mine, 10 * FIRST + np.arange(len(prompt)), prompt)


def told(planted: tuple[Scene, Population], prompt: Ints) -> Observation | None:
    scene, people = planted
    return public_set(replace(scene, prompt=prompt), people)


@pytest.mark.parametrize("times", [2, 3, 4])
def test_tasks_that_are_sampled_several_times_are_no_set(
    planted: tuple[Scene, Population], times: int
) -> None:
    said = told(planted, sampled(planted[0].exchanges, times))
    assert said is not None
    assert said.factor < 0.3
    assert said.accounts == planted[0].size


def test_a_set_that_everybody_runs_through_is_one(planted: tuple[Scene, Population]) -> None:
    """Each of the 80 accounts of the cluster sends each of ten questions."""
    said = told(planted, in_turn(planted[0].who, 10))
    assert said is not None
    assert said.factor > 10
    assert said.accounts == planted[0].size
    assert said.fact == (
        "A prompt of these that several accounts sent was sent by 80.0 of 80 accounts in the geometric mean; "
        "100 % of the exchanges are such."
    )


def test_follow_up_questions_that_all_accounts_ask_are_no_set(planted: tuple[Scene, Population]) -> None:
    """Half of the exchanges are one of two such questions; tasks are sampled twice beside them."""
    scene = planted[0]
    asked = FIRST - 1 - np.arange(scene.exchanges) % 2
    after = np.random.default_rng(3).random(scene.exchanges) < 0.5
    said = told(planted, np.where(after, asked, sampled(scene.exchanges, 2)))
    assert said is not None
    assert said.factor < 1.0
    alone = told(planted, np.where(after, asked, 10 * FIRST + np.arange(scene.exchanges)))
    assert alone is not None
    assert alone.factor > 10  # without tasks that come again, the questions are all there is


def test_a_benchmark_of_which_each_runs_a_part_is_a_set(planted: tuple[Scene, Population]) -> None:
    said = told(planted, FIRST + np.random.default_rng(1).integers(100, size=planted[0].exchanges))
    assert said is not None
    assert said.factor > 5


def test_an_assignment_among_other_work_is_a_set(planted: tuple[Scene, Population]) -> None:
    """A class sends its five tasks word for word, and asks questions of its own beside them."""
    said = told(planted, partly(in_turn(planted[0].who, 5), 0.4))
    assert said is not None
    assert said.factor > 10


def test_a_prompt_that_goes_around_is_a_set(planted: tuple[Scene, Population]) -> None:
    said = told(planted, partly(np.full(planted[0].exchanges, FIRST), 0.3))
    assert said is not None
    assert said.factor > 10


def test_copies_are_those_of_several_accounts(planted: tuple[Scene, Population]) -> None:
    """What an account sends again itself is none."""
    scene = planted[0]
    alone = 10 * FIRST + scene.who
    assert told(planted, alone) is None
    two = np.where(scene.who < 0.5 * scene.size, FIRST + scene.who // 2, alone)
    said = told(planted, two)
    assert said is not None
    assert said.accounts == 40
    assert f"sent by 2.0 of {scene.size} accounts" in said.fact


def test_few_copies_tell_nothing(planted: tuple[Scene, Population]) -> None:
    prompt = np.full(planted[0].exchanges, FIRST)
    assert told(planted, partly(prompt, 0.6 * SPOKEN_FOR)) is None
    assert told(planted, partly(prompt, 1.6 * SPOKEN_FOR)) is not None


@pytest.mark.parametrize(("senders", "silent"), [(FEWEST_SENDERS - 1, True), (FEWEST_SENDERS, False)])
def test_few_senders_tell_nothing(planted: tuple[Scene, Population], senders: int, silent: bool) -> None:
    scene, people = planted
    few = scene.only(np.arange(scene.size) < senders)
    assert (told((few, people), in_turn(few.who, 10)) is None) is silent


def test_exchanges_whose_prompt_is_not_known_have_none_in_common(planted: tuple[Scene, Population]) -> None:
    """Only the system prompt of these is on record."""
    prompt = sampled(planted[0].exchanges, 2)
    assert told(planted, np.zeros_like(prompt)) is None
    known = np.random.default_rng(2).random(len(prompt)) < 0.5
    said = told(planted, np.where(known, prompt, 0))
    assert said is not None
    assert said.factor < 0.3


def test_the_order_of_names_tells_nothing(planted: tuple[Scene, Population]) -> None:
    prompt = sampled(planted[0].exchanges, 3)
    assert told(planted, prompt) == told(planted, 10**6 - prompt)


Chosen = Callable[[Ints], Ints]
"""Whose each exchange of a group is → which prompt it sends."""


def acted(load: Load, group: Group, chosen: Chosen) -> dict[str, int]:
    """Accounts of each kind in actionable campaigns, where the group sends the prompts that are chosen."""
    prints, accounts, truth = traffic([CROWD, group])
    rows = prints.to_pylist()
    mine = [row for row in rows if truth[row["account_id"]] == group.name]
    _, who = np.unique([row["account_id"] for row in mine], return_inverse=True)
    texts = [{name: row[name] for name in ("prompt_hash", "passages", "semantic")} for row in mine]
    for row, number in zip(mine, chosen(who) - FIRST, strict=True):
        row.update(texts[int(number)])
    engine = load(pa.Table.from_pylist(rows, FINGERPRINTS), accounts)
    link(engine, lambda _: None)
    return named(score(engine, frozenset(), 0.01), truth)


@pytest.mark.parametrize("times", [2, 3])
def test_a_plain_campaign_that_samples_its_tasks_again_is_found(load: Load, times: int) -> None:
    assert acted(load, PLAIN, lambda who: sampled(len(who), times)) == {"plain": PLAIN.accounts}


@pytest.mark.parametrize("group", [PLAIN, CLOUD], ids=lambda g: g.name)
def test_a_benchmark_run_of_its_size_is_not(load: Load, group: Group) -> None:
    """With the same hours, rates, ages and clients, and a set in the place of tasks."""
    assert not acted(load, group, lambda who: in_turn(who, 30))
