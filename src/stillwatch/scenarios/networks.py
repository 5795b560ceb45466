"""Synthetic networks: who announces which addresses, and which address an exchange comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from stillwatch.scenarios.corpus import Ints
from stillwatch.scenarios.prose import Floats, scatter


class Country(NamedTuple):
    """A country of the simulated population: hours east of UTC, share of people, languages they write."""

    code: str
    hours: int
    share: float
    language: str


COUNTRIES: tuple[Country, ...] = (
    Country("US", -6, 0.26, "en"), Country("IN", 5, 0.13, "en"), Country("GB", 0, 0.07, "en"),
    Country("DE", 1, 0.07, "en"), Country("BR", -3, 0.06, "en"), Country("CN", 8, 0.06, "zh"),
    Country("JP", 9, 0.05, "en"), Country("FR", 1, 0.05, "en"), Country("RU", 3, 0.03, "ru"),
    Country("KR", 9, 0.03, "en"), Country("CA", -5, 0.04, "en"), Country("SG", 8, 0.03, "zh"),
    Country("NL", 1, 0.03, "en"), Country("ID", 7, 0.03, "en"), Country("AU", 10, 0.03, "en"),
    Country("NG", 1, 0.03, "en"),
)  # fmt: skip

KINDS: tuple[str, ...] = ("residential", "mobile", "datacentre", "vpn", "campus", "office")
_PER_COUNTRY = {"residential": 4, "mobile": 2, "datacentre": 1, "vpn": 1, "campus": 6, "office": 3}
_PREFIXES = {"residential": 6, "mobile": 2, "datacentre": 3, "vpn": 1, "campus": 1, "office": 2}

FIXED, HOME, CARRIER, VPN, POOL, RESIDENTIAL = range(6)
"""How an account's addresses are chosen: a few of its own; a home line and a telephone; a carrier's shared
addresses; a commercial VPN's exits; a proxy pool's exits; residential lines that rotate."""

_CARRIER_ADDRESSES = 96
_VPN_EXITS = 48


@dataclass(frozen=True)
class Networks:
    """Autonomous systems: `kind` and `country` index KINDS and COUNTRIES, `prefix` holds /16 blocks."""

    number: Ints
    kind: Ints
    country: Ints
    prefix: Ints  # (systems, 6) the upper 16 bits; a system with fewer repeats them

    def of(self, kind: str, country: int | None = None) -> Ints:
        """The systems of a kind, in one country or in all."""
        mine = self.kind == KINDS.index(kind)
        return np.flatnonzero(mine if country is None else mine & (self.country == country))

    def address(self, system: Ints, place: Ints) -> Ints:
        """(n,) IPv4 addresses as numbers: the same place in the same system is the same address."""
        mixed = scatter(place * 1_009 + system)
        upper = self.prefix[system, (mixed % 6)]
        return upper * 65_536 + (mixed // 6) % 65_280 + 128


def build_networks(rng: np.random.Generator) -> Networks:
    """Networks of every kind in every country, on address blocks that are drawn at random."""
    rows = [
        (kind, country)
        for country in range(len(COUNTRIES))
        for kind, name in enumerate(KINDS)
        for _ in range(_PER_COUNTRY[name])
    ]
    first = [octet for octet in range(11, 224) if octet not in (100, 127, 169, 172, 192, 198, 203)]
    blocks = np.array([octet * 256 + second for octet in first for second in range(256)])
    drawn = rng.permutation(blocks)[: 6 * len(rows)].reshape(len(rows), 6)
    own = np.array([_PREFIXES[KINDS[kind]] for kind, _ in rows])
    prefix = drawn[np.arange(len(rows))[:, None], np.arange(6)[None, :] % own[:, None]]
    return Networks(
        number=np.sort(rng.choice(90_000_000, len(rows), replace=False)) + 4_200_000_000,
        kind=np.array([kind for kind, _ in rows]),
        country=np.array([country for _, country in rows]),
        prefix=prefix,
    )


@dataclass(frozen=True)
class Reach:
    """What decides the address of an exchange, one entry an exchange.

    mode        FIXED .. RESIDENTIAL
    system      the account's network
    place       the account's place in it, or the pool's number
    breadth     addresses behind the account (FIXED) or exits of the pool
    mobile      share of a home user's exchanges that come over a telephone
    borrow      share of rotating residential addresses that are innocent people's own lines
    session     number of the conversation
    day, hour   since the start of the window
    """

    mode: Ints
    system: Ints
    place: Ints
    breadth: Ints
    mobile: Floats
    borrow: Floats
    session: Ints
    day: Ints
    hour: Ints


def locate(networks: Networks, reach: Reach, homes: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    """(address, system) of each exchange.

    homes   (system, place) of the home lines that rotating residential proxies may borrow
    """
    system, place = reach.system.copy(), reach.place.copy()
    lease = _lease(place, reach.day)

    fixed = reach.mode == FIXED
    place = np.where(fixed, place * 64 + scatter(reach.session) % np.maximum(reach.breadth, 1), place)

    home = reach.mode == HOME
    away = home & (scatter(place + reach.session * 7) % 1_000 < reach.mobile * 1_000)
    place = np.where(home & ~away, lease, place)

    carrier = (reach.mode == CARRIER) | away
    mobiles = np.stack([_first_of(networks, "mobile", country) for country in range(len(COUNTRIES))])
    country = networks.country[system]
    own = mobiles[country, scatter(reach.place) % mobiles.shape[1]]
    system = np.where(carrier, own, system)
    place = np.where(carrier, scatter(reach.place + reach.hour // 5) % _CARRIER_ADDRESSES, place)

    vpn = reach.mode == VPN
    place = np.where(vpn, scatter(reach.place * 31 + reach.day // 2) % _VPN_EXITS, place)

    pool = reach.mode == POOL
    exit_number = scatter(reach.session * 13 + reach.place) % np.maximum(reach.breadth, 1)
    kind = networks.kind[reach.system]
    for number in np.unique(kind[pool]):
        systems = np.flatnonzero(networks.kind == number)
        mine = pool & (kind == number)
        chosen = systems[scatter(reach.place + exit_number // 16) % len(systems)]
        system = np.where(mine, chosen, system)
        limit = _VPN_EXITS if KINDS[int(number)] == "vpn" else 1 << 40
        place = np.where(mine, (reach.place * 4_096 + exit_number) % limit, place)

    rotating = np.flatnonzero(reach.mode == RESIDENTIAL)
    if len(rotating):
        lines = networks.of("residential")
        exits = scatter(reach.session[rotating] * 17 + reach.place[rotating]) % np.maximum(
            reach.breadth[rotating], 1
        )
        number = scatter(exits * 65_537 + reach.place[rotating])
        borrowed = (number % 10_007 < reach.borrow[rotating] * 10_007) & (len(homes[0]) > 0)
        pick = (number // 11) % max(len(homes[0]), 1)
        line_system = lines[number % len(lines)]
        line_place = number
        if len(homes[0]):
            line_system = np.where(borrowed, homes[0][pick], line_system)
            line_place = np.where(borrowed, _lease(homes[1][pick], reach.day[rotating]), line_place)
        system[rotating], place[rotating] = line_system, line_place
    return networks.address(system, place), system


def _lease(place: Ints, day: Ints) -> Ints:
    """The place of a home line on a day: three in ten keep theirs, others change it every 3 to 14 days."""
    length = 3 + scatter(place + 5) % 12
    return np.where(scatter(place + 3) % 10 < 3, place, place * 128 + day // length + 1)


def _first_of(networks: Networks, kind: str, country: int) -> Ints:
    return networks.of(kind, country)[: _PER_COUNTRY[kind]]


def dotted(address: Ints) -> pa.StringArray:
    """(n,) addresses in dotted form."""
    unique, place = np.unique(address, return_inverse=True)
    names = pa.array(
        [f"{a >> 24}.{(a >> 16) & 255}.{(a >> 8) & 255}.{a & 255}" for a in unique.tolist()], pa.string()
    )
    return names.take(pa.array(place, pa.int32()))
