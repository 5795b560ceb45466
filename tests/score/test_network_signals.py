"""One client, one network, addresses that churn, many countries, one mail domain: seen, and not in the innocent who look alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from planted import drawn

from prints import CAMPAIGN, CAREFUL_CAMPAIGN, CROWD, FLEET, Load
from stillwatch.engines.duck import DuckEngine
from stillwatch.score.degrees import Degrees
from stillwatch.score.observation import Observation
from stillwatch.score.scene import Population, Scene
from stillwatch.score.signals.client import one_client
from stillwatch.score.signals.infrastructure import address_churn, many_countries, unusual_network
from stillwatch.score.signals.registration import mail_domain

ONE = replace(CAMPAIGN, client=5, countries=("DE", "US", "SG", "BR"))
"""One client, behind sixty addresses of one proxy service in a network of its own, with exits in four countries."""
CARRIER = replace(CROWD, client=5, proxies=300, countries=ONE.countries, extra={"asn": 65_402})
"""People with that client, whose carrier hands them another address each time, in that network and in any country."""
UNKNOWN = dict.fromkeys(("user_agent_hash", "ja4_hash", "asn", "ip_hash", "prefix_hash", "country"))

Planted = tuple[Scene, Population, Degrees]
Signal = Callable[[Planted], Observation | None]


def client(planted: Planted) -> Observation | None:
    return one_client(planted[0], planted[1], planted[2].client)


def network(planted: Planted) -> Observation | None:
    return unusual_network(planted[0], planted[1], planted[2].network)


def churn(planted: Planted) -> Observation | None:
    return address_churn(planted[0], planted[1])


def countries(planted: Planted) -> Observation | None:
    return many_countries(planted[0], planted[1])


def mail(planted: Planted) -> Observation | None:
    return mail_domain(planted[0], planted[1])


every_sign = pytest.mark.parametrize("signal", [client, network, churn, countries])


@pytest.fixture(scope="module")
def campaign(load_once: Load) -> Planted:
    return drawn(load_once, ONE)


@pytest.fixture(scope="module")
def careful(load_once: Load) -> Planted:
    return drawn(load_once, CAREFUL_CAMPAIGN)


@pytest.fixture(scope="module")
def customers(load_once: Load) -> Planted:
    """The campaign among people who all look so."""
    return drawn(load_once, ONE, crowd=CARRIER)


@pytest.fixture(scope="module")
def apart(load_once: Load) -> Planted:
    """Accounts with homes, networks and clients of their own among these."""
    return drawn(load_once, CAREFUL_CAMPAIGN, crowd=CARRIER)


@pytest.fixture(scope="module")
def unknown(load_once: Load) -> Planted:
    return drawn(load_once, replace(ONE, extra=UNKNOWN))


@pytest.mark.parametrize(
    ("signal", "bound", "fact"),
    [
        (client, 40, "100 % of the accounts use one and the same client"),
        (network, 1_000, "100 % of the accounts use network AS65402"),
        (churn, 1_000, "80 of 80 accounts change their network prefix"),
        (countries, 1_000, "80 of 80 accounts send now from one country and now from another"),
    ],
)
def test_what_accounts_of_one_operator_come_with_is_seen(
    campaign: Planted, signal: Signal, bound: float, fact: str
) -> None:
    said = signal(campaign)
    assert said is not None
    assert said.factor > bound
    assert said.accounts == 80
    assert said.fact.startswith(fact)


@every_sign
def test_accounts_with_places_and_clients_of_their_own_show_none(careful: Planted, signal: Signal) -> None:
    said = signal(careful)
    assert said is not None
    assert said.factor < 0.1


@every_sign
def test_what_everybody_comes_with_says_nothing(customers: Planted, signal: Signal) -> None:
    """An app that all use, a carrier of many customers who rotates their addresses."""
    said = signal(customers)
    assert said is not None
    assert said.accounts == 80
    assert said.factor < 0.1


@every_sign
def test_who_lacks_what_everybody_has_does_not_show_it(apart: Planted, signal: Signal) -> None:
    said = signal(apart)
    assert said is not None
    assert said.factor <= 1.0


@every_sign
def test_without_addresses_and_clients_nothing_is_said(unknown: Planted, signal: Signal) -> None:
    assert signal(unknown) is None


def test_who_travels_or_sends_from_one_country_abroad_is_at_home(load: Load) -> None:
    """A tenth of what each account sends comes from another country; or all of it from one."""
    for spread in ((*["DE"] * 9, "FR"), ("SG",)):
        said = countries(drawn(load, replace(CAMPAIGN, countries=spread)))
        assert said is not None
        assert said.factor < 0.1


def test_few_accounts_with_addresses_tell_no_churn(campaign: Planted) -> None:
    scene, people, degrees = campaign
    assert churn((scene.only(np.arange(scene.size) < 4), people, degrees)) is None
    others = int(people.usual.addressed[scene.members].sum()) + 19
    nobody = replace(people, totals=replace(people.totals, addressed=others))
    assert churn((scene, nobody, degrees)) is None


def registered(load: Load, domain: int | None) -> Load:
    """All accounts of the campaign have mail addresses of one domain, or of none that is known."""

    def loaded(prints: pa.Table, accounts: pa.Table) -> DuckEngine:
        column = accounts.schema.field("email_domain_hash")
        mine = pc.match_substring(accounts["account_id"], "-campaign-")
        domains = pc.if_else(mine, pa.scalar(domain, column.type), accounts[column.name])
        return load(prints, accounts.set_column(accounts.column_names.index(column.name), column, domains))

    return loaded


def test_a_mail_domain_of_their_own_is_seen(load: Load) -> None:
    for planted in (drawn(registered(load, 4_711), CAMPAIGN), drawn(load, FLEET)):
        said = mail(planted)
        assert said is not None
        assert said.factor > 1_000
        assert said.accounts == planted[0].size


def test_large_mail_providers_are_no_domain_of_their_own(load: Load, campaign: Planted) -> None:
    """The campaign's accounts are with many of them, or all with one."""
    for planted in (campaign, drawn(registered(load, 3), CAMPAIGN)):
        said = mail(planted)
        assert said is not None
        assert said.accounts == 0
        assert said.factor < 0.01


def test_without_known_mail_domains_nothing_is_said(load: Load, campaign: Planted) -> None:
    scene, people, degrees = campaign
    assert mail((scene, replace(people, missing=frozenset({"email_domain"})), degrees)) is None
    assert mail(drawn(registered(load, None), CAMPAIGN)) is None
