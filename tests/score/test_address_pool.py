"""A pool of addresses that is handed around, and places where people meet."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from planted import drawn

from prints import CAMPAIGN, Load
from stillwatch.score.degrees import NONE, Counts
from stillwatch.score.observation import Observation
from stillwatch.score.scene import Ints, Population, Scene
from stillwatch.score.signals.infrastructure import address_pool

FIRST = 1_000
"""Names of addresses begin here."""


@pytest.fixture(scope="module")
def planted(load_once: Load) -> tuple[Scene, Population]:
    """The cluster of a campaign of 80 accounts, and everybody."""
    scene, people, _ = drawn(load_once, CAMPAIGN)
    return scene, people


def pooled(scene: Scene, addresses: int, seed: int = 1) -> Ints:
    """(m,) an address at random for each exchange."""
    return FIRST + np.random.default_rng(seed).integers(addresses, size=scene.exchanges)


def met(scene: Scene, places: int) -> Ints:
    """(m,) every other exchange from one of some common places, the rest from an address of one's own."""
    common = np.arange(scene.exchanges) % 2 == 0
    return np.where(common, FIRST + scene.who % places, 2 * FIRST + scene.who)


def told(planted: tuple[Scene, Population], address: Ints, outside: Counts = NONE) -> Observation | None:
    scene, people = planted
    return address_pool(replace(scene, address=address), people, outside)


def strangers(addresses: Ints, each: int) -> Counts:
    """So many strangers on every one of the addresses."""
    names = np.unique(addresses)
    return Counts(names, np.full(len(names), each))


def test_addresses_that_are_handed_around_are_a_pool(planted: tuple[Scene, Population]) -> None:
    said = told(planted, pooled(planted[0], 60))
    assert said is not None
    assert said.factor > 10
    assert said.accounts == planted[0].size
    assert said.fact == (
        "80 of 80 accounts share addresses with another of them, beyond chance; they spread as if over 59 addresses of "
        "equal use, 0.73 for each account."
    )


@pytest.mark.parametrize("places", [1, 2, 4])
def test_a_place_where_many_meet_is_none(planted: tuple[Scene, Population], places: int) -> None:
    """A class on a campus, staff in their offices, guests of a hackathon."""
    said = told(planted, met(planted[0], places))
    assert said is not None
    assert said.accounts == planted[0].size
    assert said.factor < 0.5


def test_who_shares_nothing_tells_nothing(planted: tuple[Scene, Population]) -> None:
    assert told(planted, FIRST + planted[0].who) is None


def test_most_share_or_nothing_is_told(planted: tuple[Scene, Population]) -> None:
    """A reseller's customers among others who use the text."""
    scene = planted[0]
    some = scene.who < 0.4 * scene.size
    assert told(planted, np.where(some, pooled(scene, 60), 2 * FIRST + scene.who)) is None


def test_exits_that_strangers_use_as_well_are_chance(planted: tuple[Scene, Population]) -> None:
    """A public VPN: what chance explains of an address does not count."""
    address = pooled(planted[0], 60)
    assert told(planted, address, strangers(address, 100)) is None
    few = told(planted, address, strangers(address, 1))
    assert few is not None
    assert few.factor > 10


def test_accounts_of_one_customer_are_one_user(planted: tuple[Scene, Population]) -> None:
    """Machines of one company behind its many gateways."""
    scene, people = planted
    owner = people.owner.copy()
    owner[scene.members] = 4_711
    assert told((scene, replace(people, owner=owner)), pooled(scene, 60)) is None


def test_the_order_of_names_tells_nothing(planted: tuple[Scene, Population]) -> None:
    address = pooled(planted[0], 60)
    said, mirrored = told(planted, address), told(planted, 10 * FIRST - address)
    assert said is not None
    assert mirrored is not None
    assert said.measured == mirrored.measured
