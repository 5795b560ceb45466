"""Infrastructure: addresses shared beyond chance, a pool of them, that churn or change countries, one unusual network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stillwatch.kernels.distinct import numbered
from stillwatch.score.degrees import Counts
from stillwatch.score.elsewhere import MOST_ACCOUNTS
from stillwatch.score.observation import SERVICE_PROXIES, Observation, by_groups, percent
from stillwatch.score.scene import Bools, Floats, Ints, Population, Scene, distinct_pairs
from stillwatch.score.topics import own_topics
from stillwatch.score.usual import RESTLESS, ROAMING
from stillwatch.stats.evidence import around, concentration_factor, share_factor
from stillwatch.stats.groups import Level, Location, Measured

RELAYED = 0.15
PERSONAL = (0.8, 0.6)
"""Topics of one's own in other traffic, as a share of what the population shows: spread around none where it is many
people's, median and spread of the logarithm where one person sends it."""

MOST_OF_THEM = 0.5
"""What a few members share, or send besides, says nothing of a group."""

POOL = Location((-0.2, 1.0), (-2.4, 0.8))
"""Addresses for each account that shares them, as a logarithm. Who rotates through a pool has about one each; people who
share a place have one to twenty or thirty of them, and a large campus one to ten."""

FEWEST_SHARING = 10
"""Of fewer accounts on common addresses nothing can be said of how these are many."""

FEWEST_KNOWN = 5
FEWEST_OTHERS = 20
"""Fewer members, or others, of whom it is known how their addresses change tell nothing."""


@dataclass(frozen=True, slots=True)
class _Addresses:
    """Who uses which address of a scene.

    known      (m,) exchanges with an address
    of         (k,) the address of each of these, a number below the count of addresses
    users      (a,) users of each address: accounts of one owner on record are one
    by_chance  (a,) how likely one more member is among its other holders, were the group drawn at random
    pairs      (user, address) that occur, each once, as two arrays
    """

    known: Bools
    of: Ints
    users: Ints
    by_chance: Floats
    pairs: tuple[Ints, Ints]


def _addresses(scene: Scene, people: Population, outside: Counts) -> _Addresses | None:
    """None where fewer than ten exchanges have an address."""
    known = scene.address != 0
    if known.sum() < 10:
        return None
    inverse, first = numbered(scene.address[known])
    addresses = scene.address[known][first]
    # Accounts of one customer are one user of an address: a company's office says nothing of other companies.
    owner = people.owner[scene.members]
    whose = np.where(owner != 0, scene.size + np.unique(owner, return_inverse=True)[1], np.arange(scene.size))
    used, user, _ = distinct_pairs(inverse, whose[scene.who[known]])
    strangers = outside.of(addresses)
    return _Addresses(
        known,
        inverse,
        np.bincount(used, minlength=len(addresses)),
        np.asarray(1.0 - (1.0 - (scene.size - 1) / max(people.size - 1, 1)) ** strangers),
        (user, used),
    )


def shared_address(scene: Scene, people: Population, outside: Counts) -> Observation | None:
    """Members come from addresses of other members more often than chance and carrier NAT explain.

    They count by accounts or by exchanges, whichever is less, as in `shared_purse`.

    outside  accounts outside the group that show each address; an address that is not there has none
    """
    seen_from = _addresses(scene, people, outside)
    if seen_from is None:
        return None
    known = seen_from.known
    shared = seen_from.users[seen_from.of] >= 2
    expected = float(seen_from.by_chance[seen_from.of].mean())
    # A member counts when most of its exchanges come from a shared address.
    mine = np.bincount(scene.who[known], weights=shared, minlength=scene.size)
    total = np.bincount(scene.who[known], minlength=scene.size)
    seen = total > 0
    counted = seen & (mine > 0.5 * total)
    count, all_of = int(counted.sum()), int(seen.sum())
    sent = float(counted[scene.who[known]].mean())
    share = min(count / all_of, sent)
    return Observation(
        "infrastructure",
        "shared_address",
        share_factor(share * all_of, all_of, (3.0, 2.0), around(expected, 15.0)),
        count,
        f"{count:,} of {int(seen.sum()):,} accounts send most of these exchanges from addresses that another of them "
        f"uses, and sent {percent(sent)} of all; chance, with all other accounts on these addresses, explains "
        f"{percent(expected)}.",
        SERVICE_PROXIES,
    )


def address_pool(scene: Scene, people: Population, outside: Counts) -> Observation | None:
    """The addresses that members share are many: a pool that is handed around, and no place where they meet.

    Told of a group of which most share addresses beyond chance, else silent: whether they do is `shared_address`.

    outside  as of `shared_address`
    source   effective number of addresses (Hill 1973, Ecology 54: the inverse of Simpson's index), for each user of them
    """
    seen_from = _addresses(scene, people, outside)
    if seen_from is None:
        return None
    # What chance explains of an address doesn't count.
    weight = np.where(seen_from.users >= 2, 1.0 - seen_from.by_chance, 0.0)
    user, used = seen_from.pairs
    sharing = np.zeros(int(user.max()) + 1)
    np.maximum.at(sharing, user, weight[used])
    accounts = float(np.rint(1000.0 * sharing).sum()) / 1000.0
    senders = int(np.count_nonzero(np.bincount(user)))
    if accounts < max(FEWEST_SHARING, MOST_OF_THEM * senders):
        return None
    each = np.sort(np.rint(1000.0 * weight * seen_from.users))
    addresses = float(each.sum() ** 2 / (each**2).sum())
    return by_groups(
        "infrastructure",
        "address_pool",
        Measured(float(np.log(addresses / accounts)), float(np.sqrt(1.0 / addresses + 1.0 / accounts)), POOL),
        round(accounts),
        f"{accounts:,.0f} of {senders:,} accounts share addresses with another of them, beyond chance; they spread as if "
        f"over {addresses:,.0f} addresses of equal use, {addresses / accounts:.2f} for each account.",
        SERVICE_PROXIES,
    )


def address_churn(scene: Scene, people: Population) -> Observation | None:
    """Members hardly ever come twice from one network prefix.

    source  Simpson's index: the chance that two exchanges of an account come from different prefixes,
            which does not grow with the account's volume
    """
    count, mine, usual, rest = _showing(scene, people, "addressed", "churns")
    if mine < FEWEST_KNOWN or rest < FEWEST_OTHERS:
        return None
    return Observation(
        "infrastructure",
        "address_churn",
        share_factor(count, float(mine), (3.0, 2.0), around(usual, 15.0)),
        count,
        f"{count:,} of {mine:,} accounts change their network prefix from one exchange to the next (two "
        f"exchanges come from different ones more than {percent(RESTLESS)} of the time); of the other accounts "
        f"{percent(usual)} do.",
        SERVICE_PROXIES,
    )


def many_countries(scene: Scene, people: Population) -> Observation | None:
    """Members send now from one country and now from another.

    source  Simpson's index, as of `address_churn`
    """
    count, mine, usual, rest = _showing(scene, people, "located", "roams")
    if mine < FEWEST_KNOWN or rest < FEWEST_OTHERS:
        return None
    return Observation(
        "infrastructure",
        "many_countries",
        share_factor(count, float(mine), (3.0, 2.0), around(usual, 15.0)),
        count,
        f"{count:,} of {mine:,} accounts send now from one country and now from another (two exchanges come from different "
        f"ones more than {percent(ROAMING)} of the time); of the other accounts {percent(usual)} do.",
        SERVICE_PROXIES,
    )


def _showing(scene: Scene, people: Population, known: str, shown: str) -> tuple[int, int, float, int]:
    """(members that show it, members of whom it is known, the share of all others that do, and how many these are).

    known, shown  columns of Usual and their sums in Totals
    """
    mine = int(getattr(people.usual, known)[scene.members].sum())
    count = int(getattr(people.usual, shown)[scene.members].sum())
    rest = int(getattr(people.totals, known)) - mine
    return count, mine, (getattr(people.totals, shown) - count) / max(rest, 1), rest


def unusual_network(scene: Scene, people: Population, networks: Counts) -> Observation | None:
    """The exchanges come from few networks that carry little of the other traffic.

    networks  accounts that show each network (ASN)
    """
    known = scene.asn != 0
    if known.sum() < 10:
        return None
    used, _, _ = distinct_pairs(scene.asn[known], scene.who[known])
    asns, own = np.unique(used, return_counts=True)
    bins = np.union1d(networks.names, asns)
    counts = np.zeros(len(bins), dtype=np.int64)
    counts[np.searchsorted(bins, asns)] = own
    others = np.maximum(networks.of(bins) - counts, 0) + 0.5
    share = others / others.sum()
    top = int(np.argmax(counts - share * counts.sum()))
    return Observation(
        "infrastructure",
        "unusual_network",
        concentration_factor(counts, share, 6.0),
        int(counts[top]),
        f"{percent(counts[top] / scene.size)} of the accounts use network AS{bins[top]}; "
        f"of the other accounts' networks it is {percent(share[top])}.",
        SERVICE_PROXIES,
    )


def relayed_traffic(scene: Scene, people: Population) -> Observation | None:
    """What the accounts send besides is no person's: it has no topics of its own in any of them.

    An operator hides a stream among requests of customers whom he relays, one account's from many people.
    """
    usual = people.topics
    if usual is None or usual.value <= 0.0:
        return None
    own = own_topics(scene.beside_semantic, scene.beside_who, np.zeros(len(scene.beside_who), np.int64))
    if own is None or own.accounts < MOST_OF_THEM * min(scene.size, MOST_ACCOUNTS):
        return None
    share = own.value / usual.value
    return by_groups(
        "infrastructure",
        "relayed_traffic",
        Measured(own.value, own.error, Level((usual.value, usual.error), RELAYED, PERSONAL)),
        own.accounts,
        f"Besides, two prompts of one account are {percent(max(own.value, 0.0))} more alike in topic than prompts of "
        f"two accounts, measured on {own.accounts:,} accounts: {percent(max(share, 0.0))} of what accounts show that "
        f"share nothing with anybody.",
        SERVICE_PROXIES,
    )
