"""What innocents send: the text of each exchange as literals around a content that is still to be written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stillwatch.scenarios.corpus import Flags, Ints
from stillwatch.scenarios.habits import Habit
from stillwatch.scenarios.people import language_of
from stillwatch.scenarios.phrases import FOLLOW_UPS
from stillwatch.scenarios.prose import Floats
from stillwatch.scenarios.public import (
    Wording,
    popular,
    public_apps,
    public_packs,
    system_text,
    tool_schema,
    wording,
)
from stillwatch.scenarios.rhythm import Arrivals
from stillwatch.scenarios.traffic import MARKOV, MAYBE_REAL, Accounts, Traffic
from stillwatch.scenarios.wording import PURPOSES, draw_template, mutate, spin
from stillwatch.scenarios.world import START_MICROSECONDS, World

TOPICS = 3  # that a person writes about
_FAVOURITE = np.array([0.55, 0.3, 0.15])

_TEMPLATE_USE = {"developer": 0.4, "employer_staff": 0.5, "own_key_tool": 0.8}
_TEMPLATES = {"developer": (1, 3), "employer_staff": (1, 5), "batch_job": (1, 2), "inhouse_synthetic": (2, 5)}
_FRAMED = {
    "developer": 0.4,
    "employer_staff": 0.5,
    "batch_job": 0.6,
    "inhouse_synthetic": 0.6,
    "own_key_tool": 0.35,
}
_PLAIN = {"developer": 0.5, "employer_staff": 0.5, "batch_job": 0.4, "inhouse_synthetic": 0.1}


@dataclass(frozen=True)
class Messages:
    """The content part of exchanges: literals and what stands between them."""

    head: Ints
    tail: Ints
    system: Ints
    tools: Ints
    topic: Ints
    words: Ints


def person_topics(
    world: World, domains: Mapping[str, float], languages: Sequence[str], rng: np.random.Generator
) -> Ints:
    """(people, TOPICS) what each writes about: a few narrow topics in the domains of a habit."""
    known = {name: weight for name, weight in domains.items() if name in world.corpus.domains}
    names = list(known) or [world.corpus.domains[0]]
    share = np.array([known.get(name, 1.0) for name in names])
    chosen = rng.choice(len(names), (len(languages), TOPICS), p=share / share.sum())
    spoken = np.array(languages, dtype=object)
    topics = np.empty(chosen.shape, np.int64)
    for number, name in enumerate(names):
        for language in np.unique(spoken.astype(str)):
            mine = (chosen == number) & (spoken == language)[:, None]
            topics[mine] = rng.choice(world.topics(name, language), int(mine.sum()))
    return topics


def spoken(accounts: Accounts, rng: np.random.Generator) -> list[str]:
    """The language each person writes to the model: their country's, or English for one in three."""
    native = rng.random(len(accounts)) < 0.67
    return [str(one) for one in np.where(native, language_of(accounts.country), "en")]


def write_messages(
    world: World, habit: Habit, accounts: Accounts, group: Ints, arrivals: Arrivals, rng: np.random.Generator
) -> Traffic:
    """The exchanges of one population with the plan of their text."""
    who, count = arrivals.who, len(arrivals.who)
    languages = spoken(accounts, rng)
    if "topics" in habit.shared:
        languages = ["en"] * len(languages)
    topics = person_topics(world, habit.domains, languages, rng)
    if "topics" in habit.shared:
        topics = topics[np.searchsorted(group, group)]
    writer = accounts.person[who]
    if "rotation" in habit.shared:  # several people behind each account of a pool
        writer = writer + arrivals.conversation % 5
        crowd = person_topics(world, habit.domains, languages * 5, rng)
        topic = crowd[who * 5 + arrivals.conversation % 5, 0]
    else:
        favourite = rng.choice(TOPICS, int(arrivals.conversation.max(initial=0)) + 1, p=_FAVOURITE)
        topic = topics[who, favourite[arrivals.conversation]]
    words = np.clip(rng.lognormal(np.log(habit.words), 0.7, count), 2, 420).astype(np.int64)
    parts = _plan(world, habit, accounts, group, arrivals, topic, words, rng)
    parts = follow_up(world, parts, arrivals.turn, rng)
    return traffic(accounts, arrivals, parts, writer, habit.answer, rng)


def traffic(
    accounts: Accounts,
    arrivals: Arrivals,
    parts: Messages,
    writer: Ints,
    answer: float | Floats,
    rng: np.random.Generator,
) -> Traffic:
    """Arrivals and their text as exchanges of no campaign; a third of the contents may be real text."""
    count = len(arrivals.who)
    real = np.where(
        (parts.topic >= 0) & (rng.random(count) < 0.35) & (parts.words <= 120), MAYBE_REAL, MARKOV
    )
    return Traffic(
        account=arrivals.who,
        time=START_MICROSECONDS + (arrivals.seconds * 1e6).astype(np.int64),
        conversation=arrivals.conversation,
        turn=arrivals.turn,
        head=parts.head,
        tail=parts.tail,
        system=parts.system,
        tools=parts.tools,
        topic=parts.topic,
        words=parts.words,
        real=real,
        writer=writer,
        answer=np.broadcast_to(np.asarray(answer, dtype=np.float64), (count,))
        * np.where(arrivals.turn > 0, 0.7, 1.0),
        signature=_own_signatures(accounts, arrivals, rng),
        campaign=np.full(count, -1),
    )


def _own_signatures(accounts: Accounts, arrivals: Arrivals, rng: np.random.Generator) -> Ints:
    """The reasoning block of the turn before, sent back inside its own conversation."""
    sent = accounts.thinks[arrivals.who] & (arrivals.turn > 0)
    return np.where(sent, rng.integers(1, 1 << 60, len(arrivals.who)), 0)


def follow_up(world: World, parts: Messages, turn: Ints, rng: np.random.Generator) -> Messages:
    """The messages with later turns made short: a stock remark, or a few words on the same topic."""
    later = turn > 0
    stock = np.array([world.literals.add(spin(str(rng.choice(FOLLOW_UPS)), rng)) for _ in range(160)])
    remark = later & (rng.random(len(turn)) < 0.3)
    return Messages(
        head=np.where(remark, rng.choice(stock, len(turn)), np.where(later, 0, parts.head)),
        tail=np.where(later, 0, parts.tail),
        system=parts.system,
        tools=parts.tools,
        topic=np.where(remark, -1, parts.topic),
        words=np.where(later, np.clip(parts.words // 2, 2, 40), parts.words),
    )


def _plan(
    world: World,
    habit: Habit,
    accounts: Accounts,
    group: Ints,
    arrivals: Arrivals,
    topic: Ints,
    words: Ints,
    rng: np.random.Generator,
) -> Messages:
    who, count = arrivals.who, len(arrivals.who)
    zero = np.zeros(count, np.int64)
    head, tail, system, tools = zero, zero, zero, zero
    unit = group if "template" in habit.shared or habit.group == (0, 0) else np.arange(len(accounts))
    units = int(unit.max(initial=0)) + 1
    archetype = str(accounts.archetype[0])
    if habit.text == "pack":
        head, tail = _packs(world, accounts, arrivals, rng)
    elif habit.text == "template":
        head, tail = own_templates(world, unit[who], units, _TEMPLATES[archetype], _PLAIN[archetype], rng)
    elif habit.text == "app":
        apps = public_apps(world)
        used = popular(len(apps[0]), units, rng)[unit]
        system, tools = apps[0][used][who], apps[1][used][who]
        if "template" in habit.shared:
            system = np.array([world.literals.add(system_text(world, rng)) for _ in range(units)])[unit][who]
    elif habit.text == "agent":
        harness = np.array([world.literals.add(system_text(world, rng)) for _ in range(units)])
        offered = np.array(
            [world.literals.add(tool_schema(rng, int(rng.integers(3, 9)))) for _ in range(units)]
        )
        system, tools = harness[unit][who], offered[unit][who]
        observed = np.array(
            [world.literals.add(text) for text in ("Observation:\n", "Tool result:\n", "<output>\n", "")]
        )
        head = observed[rng.integers(0, len(observed), units)[unit][who]]
    elif habit.text == "repeat":
        return _repeated(world, unit[who], units, topic, words, rng)
    elif habit.text == "assignment":
        return _assignments(world, unit, arrivals, topic, words, rng)
    if archetype in _FRAMED:
        # many programs send a system prompt of their own
        own = np.array([world.literals.add(system_text(world, rng)) for _ in range(units)])
        system = np.where(rng.random(units) < _FRAMED[archetype], own, 0)[unit][who]
    used_template = rng.random(count) < _TEMPLATE_USE.get(archetype, 1.0)
    return Messages(
        np.where(used_template, head, 0), np.where(used_template, tail, 0), system, tools, topic, words
    )


def _packs(
    world: World, accounts: Accounts, arrivals: Arrivals, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Each person uses one pack; a new version spreads slowly, and some never take it."""
    packs = public_packs(world)
    count = len(accounts)
    chosen = popular(len(packs), count, rng)
    head, tail = np.zeros(len(arrivals.who), np.int64), np.zeros(len(arrivals.who), np.int64)
    lag = np.minimum(rng.geometric(0.45, count) - 1, 8)
    upgrade = np.where(rng.random(count) < 0.3, rng.random(count) * world.days, np.inf)
    newer = (arrivals.seconds / 86_400 > upgrade[arrivals.who]).astype(np.int64)
    for number, pack in enumerate(packs):
        mine = chosen[arrivals.who] == number
        version = len(pack.head) - 1 - np.maximum(lag[arrivals.who[mine]] - newer[mine], 0)
        version = np.maximum(version, 0)
        head[mine], tail[mine] = pack.head[version], pack.tail[version]
    return head, tail


def own_templates(
    world: World,
    unit: Ints,
    units: int,
    number: tuple[int, int],
    plain: float,
    rng: np.random.Generator,
) -> tuple[Ints, Ints]:
    """(head, tail) of each exchange, from templates that a unit (person or firm) wrote for itself."""
    least, most = number
    heads, tails = np.zeros((units, most * 2), np.int64), np.zeros((units, most * 2), np.int64)
    have = rng.integers(least, most + 1, units)
    for one in range(units):
        templates = []
        for _ in range(int(have[one])):
            templates.append(draw_template(str(rng.choice(PURPOSES)), "en", rng, plain))
            templates.append(mutate(templates[-1], 0.15, rng))  # an edit along the way
        held: Wording = wording(world, templates)
        heads[one, : len(templates)], tails[one, : len(templates)] = held.head, held.tail
    pick = (rng.random(len(unit)) * have[unit] * 2).astype(np.int64)
    return heads[unit, pick], tails[unit, pick]


def _repeated(
    world: World,
    unit: Ints,
    units: int,
    topic: Ints,
    words: Ints,
    rng: np.random.Generator,
) -> Messages:
    """A fixed list of prompts for each suite, in turn."""
    size = 40
    sample = rng.integers(0, max(len(topic), 1), units * size)
    if not len(topic):
        zero = np.zeros(0, np.int64)
        return Messages(zero, zero, zero, zero, zero, zero)
    fixed = world.write_literals(topic[sample], words[sample], rng).reshape(units, size)
    length = rng.integers(12, size + 1, units)
    systems = np.array([world.literals.add(system_text(world, rng)) for _ in range(units)])
    place = np.arange(len(unit)) % length[unit]
    zero = np.zeros(len(unit), np.int64)
    return Messages(fixed[unit, place], zero, systems[unit], zero, np.full(len(unit), -1), words)


def _assignments(
    world: World, group: Ints, arrivals: Arrivals, topic: Ints, words: Ints, rng: np.random.Generator
) -> Messages:
    """Half of the first turns paste one of the week's assignments, some with words of their own behind it."""
    who, count = arrivals.who, len(arrivals.who)
    classes = int(group.max(initial=0)) + 1
    weeks = world.days // 7 + 1
    domains = [name for name in ("code", "mathematics", "chat", "reasoning") if name in world.corpus.domains]
    pools = [world.topics(name) for name in domains]
    subject = rng.integers(0, len(pools), classes)
    size = 6
    topics = np.concatenate([rng.choice(pools[one], weeks * size) for one in subject])
    set_work = world.write_literals(topics, rng.integers(25, 90, len(topics)), rng).reshape(
        classes, weeks, size
    )
    week = (arrivals.seconds // (7 * 86_400)).astype(np.int64)
    pasted: Flags = rng.random(count) < 0.5
    alone = pasted & (rng.random(count) < 0.6)
    given = set_work[group[who], week, rng.integers(0, size, count)]
    zero = np.zeros(count, np.int64)
    return Messages(np.where(pasted, given, 0), zero, zero, zero, np.where(alone, -1, topic), words)
