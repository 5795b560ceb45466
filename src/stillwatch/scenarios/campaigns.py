"""Campaigns: their accounts, what these have in common, and when they send."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np

from stillwatch.model.exchanges import DAY
from stillwatch.scenarios.corpus import Flags, Ints
from stillwatch.scenarios.habits import HABITS
from stillwatch.scenarios.knobs import Campaign
from stillwatch.scenarios.messages import (
    TOPICS,
    Messages,
    follow_up,
    person_topics,
    traffic,
    write_messages,
)
from stillwatch.scenarios.networks import COUNTRIES, POOL, RESIDENTIAL
from stillwatch.scenarios.people import PATHWAYS, draw_people
from stillwatch.scenarios.prose import Floats
from stillwatch.scenarios.rhythm import Arrivals, machines_arrive, people_arrive, steps_arrive
from stillwatch.scenarios.tasks import campaign_messages
from stillwatch.scenarios.traffic import Accounts, Traffic, join_accounts, join_traffic
from stillwatch.scenarios.world import START_MICROSECONDS, World

_CUSTOMERS_BEHIND = 3  # other people whose requests one mixed account carries
_CUSTOMER_RATE = 6.0  # a day, of innocent accounts in a campaign's pool
_WIDE_PATHWAYS = {
    "self-serve": 0.35, "education": 0.2, "research": 0.17, "startup": 0.18, "partner": 0.05, "enterprise": 0.05,
}  # fmt: skip


def run_campaign(world: World, campaign: Campaign, number: int) -> tuple[Accounts, Traffic]:
    """The accounts and planned exchanges of one campaign, with the innocents of its proxy pool.

    number  of the campaign in its scenario, from 0: what Accounts.campaign and Traffic.campaign hold
    """
    rng = world.rng("campaign", campaign.name)
    accounts, careful, stolen = _members(world, campaign, number, rng)
    window = _windows(world, campaign, accounts, careful, rng)
    spread = np.where(careful, 0.9, campaign.spread)
    rate = campaign.per_day * np.exp(rng.normal(0, 1, len(accounts)) * spread)
    rate = np.minimum(rate, campaign.per_day * 12)
    arrivals, of = _campaign_arrivals(world, campaign, accounts, rate, careful, window, rng)
    work = campaign_messages(world, campaign, accounts, arrivals, careful[of], number, rng)
    blocks = [work]
    if campaign.mixing > 0:
        beside = rate * campaign.mixing / (1 - campaign.mixing)
        blocks.append(
            _other_peoples(world, accounts, beside, window, np.where(careful, 1, _CUSTOMERS_BEHIND), rng)
        )
    if stolen.any():
        blocks.append(_owners_traffic(world, accounts, stolen, rng))
    mine = join_traffic(blocks, [0] * len(blocks))
    if not campaign.customers:
        return accounts, mine
    guests = replace(
        _common_control(world, campaign, draw_people(world, "proxy_customer", campaign.customers, rng), rng),
        campaign=np.full(campaign.customers, -1),
    )
    whole = (np.zeros(campaign.customers), np.full(campaign.customers, float(world.days)))
    busy = _CUSTOMER_RATE * rng.lognormal(0, 0.7, campaign.customers)
    theirs = _other_peoples(world, guests, busy, whole, np.full(campaign.customers, _CUSTOMERS_BEHIND), rng)
    return join_accounts([accounts, guests]), join_traffic([mine, theirs], [0, len(accounts)])


def _members(
    world: World, campaign: Campaign, number: int, rng: np.random.Generator
) -> tuple[Accounts, Flags, Flags]:
    """(accounts, careful, stolen) of the campaign."""
    count = campaign.accounts
    stolen = rng.random(count) < campaign.stolen
    careful = (rng.random(count) < campaign.care) & ~stolen
    plain = draw_people(
        world, "campaign", count, rng, pathways=_WIDE_PATHWAYS if campaign.pathways else PATHWAYS
    )
    pool = np.zeros(count, np.int64)
    if campaign.succession_day is not None:
        pool = (rng.random(count) < 0.5).astype(np.int64)
    base = replace(
        plain,
        archetype=np.where(stolen, "stolen_key_owner", plain.archetype),
        campaign=np.full(count, number),
        pool=pool,
    )
    if campaign.pivot:
        base = replace(base, adopts=world.release_day + rng.uniform(0.04, 0.95, count))
    controlled = _common_control(world, campaign, base, rng)
    own = careful | stolen
    kept = {
        name: np.where(own, getattr(base, name), getattr(controlled, name))
        for name in (
            "mode", "system", "place", "breadth", "mobile", "borrow", "client", "temperature", "cap", "stream",
            "purse", "created", "signup", "phone", "verified",
        )
    }  # fmt: skip
    if campaign.succession_day is not None:
        banned = START_MICROSECONDS + int(campaign.succession_day * DAY)
        kept["banned"] = np.where(pool == 0, banned + rng.integers(0, DAY // 48, count), 0)
    return replace(base, **kept), careful, stolen


def _common_control(
    world: World, campaign: Campaign, accounts: Accounts, rng: np.random.Generator
) -> Accounts:
    """What one operator's accounts have in common when nobody takes care."""
    count = len(accounts)
    changed: dict[str, object] = {}
    pool_number = zlib.crc32((campaign.pool or campaign.name).encode()) % (1 << 20) + 1
    shared = np.random.default_rng([world.seed, pool_number])  # the same for campaigns on one pool
    if campaign.proxies != "own":
        kind = "vpn" if campaign.proxies == "vpn" else "datacentre"
        changed |= {
            "mode": np.full(count, RESIDENTIAL if campaign.proxies == "residential" else POOL),
            "system": np.full(count, shared.choice(world.networks.of(kind))),
            "place": np.full(count, pool_number),
            "breadth": np.full(count, campaign.exits),
            "mobile": np.zeros(count),
            "borrow": np.full(count, campaign.borrowed_lines),
        }
    if campaign.one_client:
        template = draw_people(world, "campaign", 1, rng)
        for name in ("client", "temperature", "cap", "stream"):
            changed[name] = np.repeat(getattr(template, name), count)
    if campaign.purse_size > 1:
        purses = rng.integers(1, 1 << 40, count // campaign.purse_size + 1)
        changed["purse"] = purses[rng.permutation(count) // campaign.purse_size]
    if campaign.signup_days > 0:
        fresh = rng.random(count) >= campaign.old_accounts
        begins = np.full(count, campaign.first_day)
        if campaign.succession_day is not None:
            begins = np.where(accounts.pool == 1, campaign.succession_day, begins)
        lead = 0.3 + rng.random(count) * campaign.signup_days
        burst = START_MICROSECONDS + ((begins - lead) * DAY).astype(np.int64)
        changed["created"] = np.where(fresh, burst, accounts.created)
        if campaign.proxies != "own":
            lines = world.networks.of("residential")
            places = shared.integers(1, 1 << 40, max(count // 12, 3))
            picked = places[rng.integers(0, len(places), count)]
            address = world.networks.address(lines[picked % len(lines)], picked)
            changed["signup"] = np.where(fresh, address, accounts.signup)
    return replace(accounts, **changed)  # type: ignore[arg-type]


def _windows(
    world: World, campaign: Campaign, accounts: Accounts, careful: Flags, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    count = len(accounts)
    ramp = np.where(careful, rng.random(count) * 2.5, rng.random(count) * 0.4)
    begins = campaign.first_day + ramp
    ends = np.full(count, float(world.days) if campaign.last_day is None else campaign.last_day)
    if campaign.succession_day is not None:
        second = accounts.pool == 1
        begins = np.where(second, campaign.succession_day + 0.02 + ramp / 4, begins)
        ends = np.where(second, ends, campaign.succession_day)
    return begins, ends


def _campaign_arrivals(
    world: World,
    campaign: Campaign,
    accounts: Accounts,
    rate: Floats,
    careful: Flags,
    window: tuple[Floats, Floats],
    rng: np.random.Generator,
) -> tuple[Arrivals, Ints]:
    """(arrivals in order of time, account of each)."""
    human = careful | (campaign.rhythm == "human")
    by_hand = _human(world, accounts, np.where(human, rate, 0.0), window, rng)
    busy = rng.gamma(30.0, 1 / 30.0, (len(rate), world.days))
    per_day = rng.poisson(np.where(human, 0.0, rate)[:, None] * busy)
    if campaign.rhythm == "in step":
        program = _clip(steps_arrive(per_day, 5, 240.0, rng), window)
    else:
        program = machines_arrive(per_day, rng, flat=campaign.rhythm == "flat", window=window)
    both = [by_hand, program]
    who = np.concatenate([one.who for one in both])
    seconds = np.concatenate([one.seconds for one in both])
    order = np.lexsort((who, seconds))
    number = np.arange(len(order))
    arrivals = Arrivals(who[order], seconds[order], number, np.zeros(len(order), np.int64))
    return arrivals, arrivals.who


def _human(
    world: World, accounts: Accounts, rate: Floats, window: tuple[Floats, Floats], rng: np.random.Generator
) -> Arrivals:
    hours_east = np.array([c.hours for c in COUNTRIES], dtype=np.float64)[accounts.country]
    return people_arrive("human", rate, hours_east, world.days, 1.3, rng, window)


def _clip(arrivals: Arrivals, window: tuple[Floats, Floats]) -> Arrivals:
    day = arrivals.seconds / 86_400
    kept = (day >= window[0][arrivals.who]) & (day < window[1][arrivals.who])
    return Arrivals(
        arrivals.who[kept], arrivals.seconds[kept], arrivals.conversation[kept], arrivals.turn[kept]
    )


def _other_peoples(
    world: World,
    accounts: Accounts,
    rate: Floats,
    window: tuple[Floats, Floats],
    people: Ints,
    rng: np.random.Generator,
) -> Traffic:
    """Unrelated customers' own requests through these accounts; `people` of them behind each."""
    account = np.repeat(np.arange(len(accounts)), people)
    hours_east = np.array([c.hours for c in COUNTRIES], dtype=np.float64)
    country = rng.choice(len(COUNTRIES), len(account), p=np.array([c.share for c in COUNTRIES]))
    share = rng.gamma(2.0, 0.5, len(account)) * rate[account] / people[account]
    whole = (window[0][account], window[1][account])
    arrivals = people_arrive("human", share, hours_east[country], world.days, 1.8, rng, whole)
    habit = HABITS["individual"]
    behind = replace(accounts, country=accounts.country.copy())
    languages = [COUNTRIES[one].language for one in country]
    topics = person_topics(world, habit.domains, languages, rng)
    favourite = rng.integers(0, TOPICS, int(arrivals.conversation.max(initial=0)) + 1)
    count = len(arrivals.who)
    zero = np.zeros(count, np.int64)
    words = np.clip(rng.lognormal(np.log(habit.words), 0.8, count), 2, 420).astype(np.int64)
    topic = topics[arrivals.who, favourite[arrivals.conversation]]
    parts = follow_up(world, Messages(zero, zero, zero, zero, topic, words), arrivals.turn, rng)
    person = rng.integers(1, 1 << 40, len(account))[arrivals.who]
    sent = Arrivals(account[arrivals.who], arrivals.seconds, arrivals.conversation, arrivals.turn)
    return traffic(behind, sent, parts, person, habit.answer, rng)


def _owners_traffic(world: World, accounts: Accounts, stolen: Flags, rng: np.random.Generator) -> Traffic:
    """The real owners go on with their own work, over the whole window."""
    habit = HABITS["developer"]
    rate = np.where(stolen, habit.rate * rng.lognormal(0, habit.spread, len(accounts)), 0.0)
    arrivals = _human(
        world, accounts, rate, (np.zeros(len(accounts)), np.full(len(accounts), world.days)), rng
    )
    owners = replace(accounts, archetype=np.full(len(accounts), "developer", dtype=object))
    return write_messages(world, habit, owners, np.arange(len(accounts)), arrivals, rng)
