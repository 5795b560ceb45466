"""Who is carved out with an organisation's staff: who shows what they show, and nobody who shows more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from planted import drawn

from prints import CAMPAIGN, Load
from stillwatch.score.carving import NEARER, apart, only_texting, without_organisations
from stillwatch.score.scene import Population, Scene
from stillwatch.score.signals.content import one_stream
from stillwatch.score.signals.registration import declared_organisation, one_owner
from stillwatch.stats.rarity import sharing_bits

TEXT = (0, 1, 2, 3)
"""Templates of a text that many use."""
OWN = 4
"""A template of the campaign alone."""


@pytest.fixture(scope="module")
def planted(load_once: Load) -> tuple[Scene, Population]:
    """The cluster of a campaign of 80 accounts, and everybody."""
    scene, people, _ = drawn(load_once, CAMPAIGN)
    return scene, people


def showing(
    planted: tuple[Scene, Population], templates: Sequence[Sequence[int]], staff: int
) -> tuple[Scene, Population]:
    """The cluster where each member shows these templates, and the last `staff` members have one organisation."""
    scene, people = planted
    who = scene.who[scene.sampled]
    org = people.org.copy()
    org[scene.members] = 0
    org[scene.members[scene.size - staff :]] = 4_711
    shown = pa.array([list(templates[each]) for each in who], pa.list_(pa.int64()))
    return replace(scene, shown=shown), replace(people, org=org)


def test_who_shows_what_the_staff_shows_and_no_more_goes_with_it(planted: tuple[Scene, Population]) -> None:
    templates = [(*TEXT, OWN)] * 61 + [TEXT] * 3 + [TEXT] * 16
    keep = without_organisations(*showing(planted, templates, 16))
    assert keep.tolist() == [True] * 61 + [False] * 19


def test_a_wording_of_ones_own_is_no_kinship_with_the_staff(planted: tuple[Scene, Population]) -> None:
    """Every member shows a few of many wordings, and the staff is small: what few show tells against nobody."""
    rng = np.random.default_rng(1)
    wordings = [(OWN, *sorted(5 + rng.choice(40, 6, replace=False))) for _ in range(76)]
    keep = without_organisations(*showing(planted, [*wordings, *[TEXT] * 4], 4))
    assert keep.tolist() == [True] * 76 + [False] * 4


@pytest.mark.parametrize("staff", [0, 2, 16])
def test_where_all_show_one_text_nobody_goes_but_the_staff(
    planted: tuple[Scene, Population], staff: int
) -> None:
    scene, people = showing(planted, [TEXT] * 80, staff)
    keep = without_organisations(scene, people)
    assert keep.sum() == (80 - staff if staff >= 3 else 80)


def test_a_group_of_one_organisation_stays_whole(planted: tuple[Scene, Population]) -> None:
    assert without_organisations(*showing(planted, [TEXT] * 80, 60)).all()


def test_a_group_that_would_be_left_empty_keeps_who_is_near(planted: tuple[Scene, Population]) -> None:
    templates = [(*TEXT, OWN)] * 3 + [TEXT] * 42 + [TEXT] * 35
    keep = without_organisations(*showing(planted, templates, 35))
    assert keep.tolist() == [True] * 45 + [False] * 35


def test_what_the_staff_shows_as_often_weighs_nothing(planted: tuple[Scene, Population]) -> None:
    scene, _ = showing(planted, [(*TEXT, OWN)] * 60 + [TEXT] * 20, 20)
    bits = apart(scene, np.arange(80) >= 60)
    assert (bits[:60] > NEARER).all()
    assert (bits[60:] < -NEARER).all()
    shown, absent = sharing_bits(np.array([30, 3]), 30, np.array([10, 1]), 10)
    assert shown == pytest.approx(0.0, abs=0.01)
    assert absent[1] == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("organisations", [1, 3])
def test_staff_of_several_organisations_is_owned_as_that_of_one(
    planted: tuple[Scene, Population], organisations: int
) -> None:
    """Firms that fill one text, each in the open, are several innocents."""
    scene, people = planted
    org = people.org.copy()
    org[scene.members] = 100 + np.arange(scene.size) % organisations
    declared = replace(people, org=org)
    said, owned = declared_organisation(scene, declared), one_owner(scene, declared)
    assert said is not None
    assert owned is not None
    assert said.accounts == owned.accounts == scene.size
    assert min(said.factor, owned.factor) > 100
    assert (f"{organisations} declared organisations" in said.fact) is (organisations > 1)


def test_members_of_an_organisation_each_are_no_staff(planted: tuple[Scene, Population]) -> None:
    scene, people = planted
    org = people.org.copy()
    org[scene.members] = 100 + np.arange(scene.size) // 2
    said = declared_organisation(scene, replace(people, org=org))
    assert said is not None
    assert said.accounts == 2
    assert said.factor < 0.1


def test_a_few_who_send_much_do_not_speak_for_the_group(planted: tuple[Scene, Population]) -> None:
    scene, people = planted
    assert one_stream(scene, people) is not None
    few = scene.who[scene.sampled] < 0.08 * scene.size
    thin = replace(
        scene,
        sampled=scene.sampled[few],
        semantic=scene.semantic[few],
        shown=scene.shown.filter(pa.array(few)),
    )
    assert one_stream(thin, people) is None


def paying(
    planted: tuple[Scene, Population], templates: Sequence[Sequence[int]], tied: int, outsiders: int = 50
) -> tuple[Scene, Population]:
    """The cluster where each member shows these templates; the first `tied` have purses and addresses in common."""
    scene, people = showing(planted, templates, 0)
    payment, phone = people.payment.copy(), people.phone.copy()
    payment[scene.members] = np.where(np.arange(scene.size) < tied, 7 + np.arange(scene.size) // 8, 0)
    phone[scene.members] = 100 + np.arange(scene.size)
    address = np.where(scene.who < tied, 1 + scene.ts % 5, 1_000 + scene.who)
    scene = replace(scene, address=address, outsiders=outsiders)
    return scene, replace(people, payment=payment, phone=phone)


def texting(scene: Scene, people: Population) -> list[bool]:
    told: list[bool] = only_texting(scene, people, np.ones(scene.size, dtype=bool)).tolist()
    return told


def test_who_shows_only_the_public_text_of_accounts_with_common_purses_is_told(
    planted: tuple[Scene, Population],
) -> None:
    """The operator fills a public text and adds a template of his own; some of the text's users are in the group."""
    templates = [(*TEXT, OWN)] * 58 + [TEXT] * 22
    assert texting(*paying(planted, templates, 56)) == [False] * 58 + [True] * 22


@pytest.mark.parametrize(
    ("rest", "tied"),
    [
        ([(*TEXT, 5)] * 22, 56),  # another family of the template
        ([(*TEXT, OWN)] * 22, 56),  # one text, filled by all
        ([TEXT] * 22, 80),  # those who show less pay as the others do
        ([TEXT] * 22, 0),  # nobody is tied
    ],
)
def test_members_who_are_careful_are_not(
    planted: tuple[Scene, Population], rest: list[tuple[int, ...]], tied: int
) -> None:
    assert not any(texting(*paying(planted, [(*TEXT, OWN)] * 58 + rest, tied)))


def test_a_text_that_no_stranger_uses_is_the_group_s(planted: tuple[Scene, Population]) -> None:
    templates = [(*TEXT, OWN)] * 58 + [TEXT] * 22
    assert not any(texting(*paying(planted, templates, 56, outsiders=21)))


def test_who_was_not_looked_at_is_not_told(planted: tuple[Scene, Population]) -> None:
    """Strangers to the purses of whom no exchange was looked at show no template, as users of the text alone."""
    scene, people = paying(planted, [(*TEXT, OWN)] * 80, 56)
    seen = scene.who[scene.sampled] < 58
    scene = replace(scene, sampled=scene.sampled[seen], shown=scene.shown.filter(pa.array(seen)))
    assert not any(texting(scene, people))


def test_where_the_tied_use_one_template_each_their_text_is_not_known(
    planted: tuple[Scene, Population],
) -> None:
    templates = [(*TEXT, OWN + n % 3) for n in range(58)] + [TEXT] * 22
    assert not any(texting(*paying(planted, templates, 58)))
