"""Populations of innocents: their accounts, their days, and what they send."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stillwatch.errors import InvalidParameter
from stillwatch.model.exchanges import DAY
from stillwatch.scenarios.corpus import Ints
from stillwatch.scenarios.habits import HABITS, Habit
from stillwatch.scenarios.knobs import Population
from stillwatch.scenarios.messages import write_messages
from stillwatch.scenarios.networks import COUNTRIES, FIXED, KINDS, POOL
from stillwatch.scenarios.people import draw_people
from stillwatch.scenarios.prose import Floats
from stillwatch.scenarios.rhythm import Arrivals, machines_arrive, people_arrive
from stillwatch.scenarios.traffic import Accounts, Traffic
from stillwatch.scenarios.world import START_MICROSECONDS, World


@dataclass(frozen=True)
class Groups:
    """Which accounts belong together: `of` numbers the group of each account, `sizes` counts them."""

    of: Ints
    sizes: Ints


def populate(world: World, population: Population) -> tuple[Accounts, Traffic]:
    """The accounts and planned exchanges of one population.

    raises  InvalidParameter when there is no such archetype
    """
    habit = HABITS.get(population.archetype)
    if habit is None:
        raise InvalidParameter(f"No archetype {population.archetype}", hint=f"There are {', '.join(HABITS)}.")
    rng = world.rng("innocents", population.archetype)
    count = population.accounts
    groups = draw_groups(habit, count, rng)
    accounts = draw_people(
        world, population.archetype, count, rng, habit.clients, habit.networks, habit.pathways, habit.plans
    )
    accounts, window = share(world, habit, accounts, groups, rng)
    rate = habit.rate * population.rate * rng.lognormal(0, habit.spread, count)
    rate = np.minimum(rate, habit.rate * population.rate * 25)
    arrivals = arrive(world, habit, rate, accounts, window, rng)
    traffic = write_messages(world, habit, accounts, groups.of, arrivals, rng)
    return accounts, traffic


def draw_groups(habit: Habit, count: int, rng: np.random.Generator) -> Groups:
    """Groups of the habit's sizes that use up all accounts; everybody alone where it knows no groups."""
    least, most = habit.group
    if most == 0:
        return Groups(np.arange(count), np.ones(count, np.int64))
    sizes: list[int] = []
    left = count
    while left > 0:
        size = min(left, round(float(np.exp(rng.uniform(np.log(least), np.log(most))))))
        if left - size < least:
            size = left
        sizes.append(size)
        left -= size
    return Groups(np.repeat(np.arange(len(sizes)), sizes), np.array(sizes, dtype=np.int64))


def share(
    world: World, habit: Habit, accounts: Accounts, groups: Groups, rng: np.random.Generator
) -> tuple[Accounts, tuple[Floats, Floats]]:
    """The accounts with what their groups have in common, and the days on which each is alive."""
    of, number = groups.of, len(groups.sizes)
    count = len(accounts)
    changed: dict[str, object] = {}
    shared = habit.shared
    window = (np.zeros(count), np.full(count, float(world.days)))
    # somebody always leaves, somebody always joins
    late = rng.random(count) < 0.1
    start = np.where(late, rng.random(count) * world.days, 0.0)
    created = np.where(late, START_MICROSECONDS + ((start - 0.01) * DAY).astype(np.int64), accounts.created)
    if "created" in shared:
        burst = rng.uniform(2, 200, number)[of]
        if "burst" in shared:
            begins = rng.uniform(1, max(world.days - 3, 2), number)[of]
            start = begins + rng.random(count) * 0.5
            window = (start, begins + 2.2)
            burst = -begins
        late = np.zeros(count, bool) if "burst" not in shared else late
        created = START_MICROSECONDS - ((burst + rng.exponential(1.2, count)) * DAY).astype(np.int64)
        created = np.where(
            "burst" in shared, START_MICROSECONDS + ((start - 0.02) * DAY).astype(np.int64), created
        )
    if "burst" not in shared:
        window = (np.where(late, start, 0.0), window[1])
    changed["created"] = created
    country = accounts.country
    if "network" in shared or "org" in shared:
        country = rng.choice(len(COUNTRIES), number, p=np.array([c.share for c in COUNTRIES]))[of]
        changed["country"] = country
    if "org" in shared:
        # small customers seldom name an organisation
        named = (rng.random(number) < (1.0 if habit.declared else 0.6))[of]
        changed["org"] = np.where(named, rng.integers(1, 1 << 40, number)[of], 0)
    if "domain" in shared:
        changed["domain"] = np.where(
            rng.random(count) < 0.93, rng.integers(1 << 32, 1 << 33, number)[of], accounts.domain
        )
    if "purse" in shared:
        changed["purse"] = rng.integers(1, 1 << 40, number)[of]
        if "rotation" in shared:  # the seller buys in lots
            changed["purse"] = rng.integers(1, 1 << 30, number)[of] * 64 + np.arange(count) // 9 % 64
    if "client" in shared:
        changed["client"] = accounts.client[_first(groups)][of]
    if "parameters" in shared:
        for name in ("temperature", "cap", "stream"):
            changed[name] = getattr(accounts, name)[_first(groups)][of]
    if "network" in shared:
        changed |= _one_network(world, habit, country, groups, accounts, rng)
    if "rotation" in shared:
        systems = world.networks.of(habit.network[0])
        changed |= {
            "mode": np.full(count, POOL),
            "system": rng.choice(systems, number)[of],
            "place": rng.integers(1, 1 << 20, number)[of],
            "breadth": np.full(count, habit.network[1]),
        }
    return replace(accounts, **changed), window  # type: ignore[arg-type]


def _one_network(
    world: World, habit: Habit, country: Ints, groups: Groups, accounts: Accounts, rng: np.random.Generator
) -> dict[str, object]:
    """One egress a group; part of its people are also at home."""
    kind, breadth = habit.network
    if kind not in KINDS:
        raise InvalidParameter(f"Habit {habit.description}: no network kind {kind}")
    of = groups.of
    system = np.empty(len(groups.sizes), np.int64)
    first = _first(groups)
    for group in range(len(groups.sizes)):
        system[group] = rng.choice(world.networks.of(kind, int(country[first[group]])))
    inside = np.ones(len(of), bool) if kind == "datacentre" else rng.random(len(of)) < 0.8
    return {
        "mode": np.where(inside, FIXED, accounts.mode),
        "system": np.where(inside, system[of], accounts.system),
        "place": np.where(inside, rng.integers(1, 1 << 40, len(groups.sizes))[of], accounts.place),
        "breadth": np.where(inside, breadth, accounts.breadth),
    }


def _first(groups: Groups) -> Ints:
    return np.cumsum(groups.sizes) - groups.sizes


def arrive(
    world: World,
    habit: Habit,
    rate: Floats,
    accounts: Accounts,
    window: tuple[Floats, Floats],
    rng: np.random.Generator,
) -> Arrivals:
    """When the accounts send: as people, as machines, or at night."""
    hours_east = np.array([c.hours for c in COUNTRIES], dtype=np.float64)[accounts.country]
    if habit.rhythm in ("human", "office", "campus"):
        return people_arrive(habit.rhythm, rate, hours_east, world.days, habit.turns, rng, window)
    busy = rng.gamma(6.0, 1 / 6.0, (len(rate), world.days))
    per_day = rng.poisson(rate[:, None] * busy)
    if habit.rhythm == "night":
        nights = rng.random((len(rate), 1)) < np.where(np.arange(world.days) % 7 >= 5, 0.85, 1.0)
        hour = np.mod(rng.uniform(0, 4, len(rate)) - hours_east, 24)
        return machines_arrive(per_day * nights, rng, night=(hour, 0.8), window=window)
    return machines_arrive(per_day, rng, window=window)
