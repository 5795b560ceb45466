"""Accounts that one customer openly owns share nothing with strangers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from planted import observed

from prints import Group, Load
from stillwatch.score.degrees import NONE
from stillwatch.score.owners import owners
from stillwatch.score.scene import Population, Scene
from stillwatch.score.signals.infrastructure import shared_address
from stillwatch.score.signals.registration import shared_purse


def numbers(*columns: list[int]) -> list[int]:
    return owners(*(np.array(c, dtype=np.int64) for c in columns)).tolist()


def test_an_organisation_on_record_owns_its_accounts() -> None:
    assert numbers([7, 7, 0], [1, 2, 3], [4, 4, 4]) == [7, 7, 0]


def test_a_company_is_known_by_a_purse_and_a_mail_domain_of_its_own() -> None:
    assert numbers([0] * 4, [1, 1, 2, 3], [9, 9, 5, 5]) == [9, 9, 0, 0]


def test_one_purse_under_many_names_has_no_owner() -> None:
    assert numbers([0] * 4, [1, 1, 1, 1], [9, 9, 8, 8]) == [0] * 4


def test_a_public_mail_domain_makes_no_company() -> None:
    assert numbers([0] * 4, [1, 1, 2, 2], [9, 9, 9, 9]) == [0] * 4


def test_an_account_alone_has_nobody_to_share_with() -> None:
    assert numbers([0, 0], [1, 2], [3, 4]) == [0, 0]


CUSTOMERS = Group(
    "customers", 30, template=8, alike=True, night=False, purse=True, capability="grading_judging"
)


def companies(rows: list[dict[str, Any]], rng: np.random.Generator) -> None:
    """Each three accounts send from one office."""
    names = sorted({row["account_id"] for row in rows})
    for row in rows:
        office = names.index(row["account_id"]) // 3
        row["ip_hash"], row["prefix_hash"] = 4_000 + office, 400 + office


def told(load: Load, owned: bool) -> tuple[float, float]:
    """Factors of a shared purse and of shared addresses, where each three accounts are a company or are not."""

    def both(scene: Scene, people: Population) -> Any:
        threes = np.arange(scene.size) // 3
        owner, payment = people.owner.copy(), people.payment.copy()
        owner[scene.members] = 50_000 + threes if owned else 0
        payment[scene.members] = 90_000 + threes
        people = replace(people, owner=owner, payment=payment)
        return shared_purse(scene, people), shared_address(scene, people, NONE)

    ordered = observed(load, CUSTOMERS, both, companies)
    purse, address = ordered  # type: ignore[misc]
    return purse.factor, address.factor


def test_what_a_company_shares_inside_says_nothing(load: Load) -> None:
    assert max(told(load, owned=True)) < 1.0


def test_strangers_who_share_in_threes_do(load: Load) -> None:
    assert min(told(load, owned=False)) > 10.0
