"""Owners are told by how many have them, and never by how they are named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from planted import drawn

from prints import CAMPAIGN, Load
from stillwatch.score.scene import Population, Scene
from stillwatch.score.signals.registration import one_owner

DOMAINS = 5
"""Mail domains of so many members each, and of many others, but for one."""


@pytest.fixture(scope="module")
def planted(load_once: Load) -> tuple[Scene, Population]:
    """The cluster of a campaign of 80 accounts, and everybody."""
    scene, people, _ = drawn(load_once, CAMPAIGN)
    return scene, people


@pytest.mark.parametrize("own", range(DOMAINS))
def test_the_one_owner_of_its_own_is_found_whatever_it_is_called(
    planted: tuple[Scene, Population], own: int
) -> None:
    scene, people = planted
    nobody = np.zeros(people.size, dtype=np.int64)
    domain = nobody.copy()
    domain[scene.members] = 1 + np.arange(scene.size) % DOMAINS
    domain[np.setdiff1d(np.arange(people.size), scene.members)] = 1 + (own + 1) % DOMAINS
    names, held = np.unique(domain, return_counts=True)
    held[names != 1 + own] += people.size // 4
    usual = replace(people.usual, holders={**people.usual.holders, "email_domain": (names, held)})
    changed = replace(people, org=nobody, payment=nobody, phone=nobody, mail_domain=domain, usual=usual)
    said = one_owner(scene, changed)
    assert said is not None
    assert said.accounts == scene.size // DOMAINS
