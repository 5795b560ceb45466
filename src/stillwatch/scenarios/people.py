"""Accounts as the general population has them; archetypes and campaigns change what sets them apart."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from stillwatch.model.exchanges import DAY
from stillwatch.scenarios.clients import CLIENTS, draw_clients, draw_parameters
from stillwatch.scenarios.corpus import Ints
from stillwatch.scenarios.networks import CARRIER, COUNTRIES, FIXED, HOME, VPN
from stillwatch.scenarios.prose import Floats
from stillwatch.scenarios.traffic import Accounts
from stillwatch.scenarios.world import START_MICROSECONDS, World

CLIENT_MIX: Mapping[str, float] = {
    "browser": 0.12, "python": 0.32, "node": 0.14, "go": 0.03, "curl": 0.04, "editor": 0.1, "desktop": 0.08,
    "mobile": 0.05, "gateway": 0.05, "framework": 0.07,
}  # fmt: skip
"""What software the population as a whole uses."""

PATHWAYS: Mapping[str, float] = {
    "self-serve": 0.79, "education": 0.05, "research": 0.05, "startup": 0.06, "partner": 0.03, "enterprise": 0.02,
}  # fmt: skip
PLANS: Mapping[str, float] = {"free": 0.3, "payg": 0.4, "pro": 0.22, "team": 0.06, "enterprise": 0.02}

NETWORK_MIX: Mapping[str, float] = {"home": 0.66, "carrier": 0.12, "vpn": 0.06, "server": 0.16}

_BIG_MAIL = 9  # mail providers that most people use
_SMALL_MAIL = 400
_LONGEST_AGE = 900  # days


def choose(weights: Mapping[str, float], count: int, rng: np.random.Generator) -> npt.NDArray[np.object_]:
    """(count,) names by weight."""
    names = np.array(list(weights), dtype=object)
    share = np.array(list(weights.values()))
    return np.asarray(names[rng.choice(len(names), count, p=share / share.sum())])


def draw_people(
    world: World,
    archetype: str,
    count: int,
    rng: np.random.Generator,
    clients: Mapping[str, float] = CLIENT_MIX,
    networks: Mapping[str, float] = NETWORK_MIX,
    pathways: Mapping[str, float] = PATHWAYS,
    plans: Mapping[str, float] = PLANS,
) -> Accounts:
    """Unrelated accounts: own place, purse, client and age each."""
    country = rng.choice(len(COUNTRIES), count, p=np.array([c.share for c in COUNTRIES]))
    network = choose(networks, count, rng)
    mode = np.select([network == "home", network == "carrier", network == "vpn"], [HOME, CARRIER, VPN], FIXED)
    system = np.zeros(count, np.int64)
    for name, kind in (
        ("home", "residential"),
        ("carrier", "mobile"),
        ("vpn", "vpn"),
        ("server", "datacentre"),
    ):
        for number in range(len(COUNTRIES)):
            mine = np.flatnonzero((network == name) & (country == number))
            # people rent servers and VPN exits wherever these are
            options = world.networks.of(kind, number if kind in ("residential", "mobile") else None)
            system[mine] = rng.choice(options, len(mine))
    place = rng.integers(1, 1 << 40, count)
    client = draw_clients(dict(clients), count, rng)
    temperature, cap, stream = draw_parameters(client, rng)
    verified = rng.random(count) < 0.7
    purse = np.where(rng.random(count) < 0.78, rng.integers(1, 1 << 40, count), 0)
    couples = rng.random(count) < 0.03  # families and firms of two share a card
    purse[couples] = np.roll(purse, 1)[couples]
    return Accounts(
        archetype=np.full(count, archetype, dtype=object),
        campaign=np.full(count, -1),
        pool=np.zeros(count, np.int64),
        person=rng.integers(1, 1 << 40, count),
        country=country,
        mode=mode,
        system=system,
        place=place,
        breadth=np.where(mode == FIXED, rng.integers(1, 4, count), 1),
        mobile=np.where(mode == HOME, rng.choice([0.0, 0.0, 0.15, 0.4], count), 0.0),
        borrow=np.zeros(count),
        client=client,
        temperature=temperature,
        cap=cap,
        stream=stream,
        thinks=rng.random(count) < 0.3,
        model=rng.choice(3, count, p=[0.34, 0.46, 0.2]),
        adopts=adoption(world, count, rng),
        created=created(count, rng),
        org=np.zeros(count, np.int64),
        domain=mail_domains(count, rng),
        purse=purse,
        phone=np.where(verified | (rng.random(count) < 0.2), rng.integers(1, 1 << 40, count), 0),
        signup=signup_addresses(world, country, place, rng),
        pathway=choose(pathways, count, rng),
        plan=choose(plans, count, rng),
        verified=verified,
        banned=np.zeros(count, np.int64),
        keys=1 + (rng.random(count) < 0.12).astype(np.int64),
    )


def created(count: int, rng: np.random.Generator) -> Ints:
    """(count,) times of sign-up over 900 days, more of them lately, in microseconds."""
    age = _LONGEST_AGE * rng.beta(0.8, 1.6, count)
    return START_MICROSECONDS - ((age + 0.02) * DAY).astype(np.int64)


def adoption(world: World, count: int, rng: np.random.Generator) -> Floats:
    """(count,) days on which the new model is taken up: two in five within weeks, the others never."""
    delay = rng.gamma(1.1, 4.0, count)
    return np.where(rng.random(count) < 0.4, world.release_day + delay, np.inf)


def mail_domains(count: int, rng: np.random.Generator) -> Ints:
    """(count,) mail domains: a few large ones, many small, some of one's own."""
    big = 1 + np.minimum(rng.geometric(0.35, count) - 1, _BIG_MAIL - 1)
    small = 1 + _BIG_MAIL + rng.integers(0, _SMALL_MAIL, count)
    own = 10_000 + rng.integers(0, 1 << 30, count)
    kind = rng.choice(3, count, p=[0.72, 0.18, 0.1])
    return np.asarray(np.choose(kind, [big, small, own]))


def signup_addresses(world: World, country: Ints, place: Ints, rng: np.random.Generator) -> Ints:
    """(count,) addresses of sign-up: a home line of one's country, mostly not today's."""
    lines = np.stack([world.networks.of("residential", number) for number in range(len(COUNTRIES))])
    system = lines[country, rng.integers(0, lines.shape[1], len(country))]
    moved = np.where(rng.random(len(country)) < 0.8, place + rng.integers(1, 1 << 30, len(country)), place)
    return world.networks.address(system, moved)


def language_of(country: Ints) -> npt.NDArray[np.object_]:
    """(n,) what people of a country mostly write."""
    return np.array([c.language for c in COUNTRIES], dtype=object)[country]


def plain_client(client: Ints) -> npt.NDArray[np.bool_]:
    """(n,) the client is one that people type into, not a library."""
    return np.array([c.family in ("browser", "desktop", "mobile", "editor") for c in CLIENTS])[client]
