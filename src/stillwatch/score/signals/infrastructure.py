"""Infrastructure: addresses shared beyond chance, addresses that churn, one unusual network."""

from __future__ import annotations

import numpy as np

from stillwatch.kernels.distinct import numbered
from stillwatch.score.degrees import Counts
from stillwatch.score.elsewhere import MOST_ACCOUNTS
from stillwatch.score.observation import SERVICE_PROXIES, Observation, by_groups, percent
from stillwatch.score.scene import Population, Scene, distinct_pairs
from stillwatch.score.topics import own_topics
from stillwatch.score.usual import RESTLESS
from stillwatch.stats.evidence import around, concentration_factor, share_factor
from stillwatch.stats.groups import Level, Measured

RELAYED = 0.15
PERSONAL = (0.8, 0.6)
"""Topics of one's own in other traffic, as a share of what the population shows: spread around none where it is many
people's, median and spread of the logarithm where one person sends it."""

MOST_OF_THEM = 0.5
"""What a few members send besides says nothing of a group."""


def shared_address(scene: Scene, people: Population, outside: Counts) -> Observation | None:
    """Members come from addresses of other members more often than chance and carrier NAT explain.

    They count by accounts or by exchanges, whichever is less, as in `shared_purse`.

    outside  accounts outside the group that show each address; an address that is not there has none
    """
    known = scene.address != 0
    if known.sum() < 10:
        return None
    inverse, first = numbered(scene.address[known])
    addresses = scene.address[known][first]
    # Accounts of one customer are one user of an address: a company's office says nothing of other companies.
    owner = people.owner[scene.members]
    whose = np.where(owner != 0, scene.size + np.unique(owner, return_inverse=True)[1], np.arange(scene.size))
    used, _, _ = distinct_pairs(inverse, whose[scene.who[known]])
    members = np.bincount(used, minlength=len(addresses))
    shared = members[inverse] >= 2
    strangers = outside.of(addresses)
    # Were the group drawn at random, how likely is one more of it among an address's other holders?
    by_chance = 1.0 - (1.0 - (scene.size - 1) / max(people.size - 1, 1)) ** strangers
    expected = float(by_chance[inverse].mean())
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


def address_churn(scene: Scene, people: Population) -> Observation | None:
    """Members hardly ever come twice from one network prefix.

    source  Simpson's index: the chance that two exchanges of an account come from different prefixes,
            which does not grow with the account's volume
    """
    addressed, churns = people.usual.addressed, people.usual.churns
    mine, count = int(addressed[scene.members].sum()), int(churns[scene.members].sum())
    rest = people.totals.addressed - mine
    if mine < 5 or rest < 20:
        return None
    usual = (people.totals.churns - count) / rest
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
