"""What a campaign sends: templates that drift, around one stream of tasks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from stillwatch.scenarios.corpus import Flags, Ints
from stillwatch.scenarios.habits import HABITS
from stillwatch.scenarios.knobs import Campaign
from stillwatch.scenarios.messages import Messages, person_topics, traffic
from stillwatch.scenarios.prose import Floats
from stillwatch.scenarios.public import Wording, system_text, tool_schema, wording
from stillwatch.scenarios.rhythm import Arrivals
from stillwatch.scenarios.traffic import Accounts, Traffic
from stillwatch.scenarios.wording import PURPOSES, Template, draw_template, mutate, reword
from stillwatch.scenarios.world import World

SLOTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "coding": (("code", "en"),),
    "agentic": (("tools", "en"), ("agent", "en")),
    "reasoning": (("mathematics", "en"), ("reasoning", "en")),
    "grading": (("answers", "en"),),
    "task_writing": (("instruction", "en"), ("mathematics", "en"), ("code", "en")),
    "trace_cleaning": (("answers", "en"), ("agent", "en")),
    "data_analysis": (("chat", "en"), ("reasoning", "en"), ("tools", "en")),
    "multilingual": (("chat", "zh"), ("chat", "ru"), ("mathematics", "en")),
}
"""The domains (with language) that the tasks of a purpose are taken from."""

_TASK_WORDS = {"grading": 90.0, "trace_cleaning": 110.0, "agentic": 60.0}
_BLOCK = 24  # tasks in a row about one topic, as a task list is sorted


def campaign_messages(
    world: World,
    campaign: Campaign,
    accounts: Accounts,
    arrivals: Arrivals,
    careful: Flags,
    number: int,
    rng: np.random.Generator,
) -> Traffic:
    """The campaign's own exchanges.

    arrivals    in order of time
    careful     (exchanges,) sent by an account that takes care
    """
    count = len(arrivals.who)
    families = _families(campaign, rng)
    chosen = np.where(careful, arrivals.who % campaign.families, rng.integers(0, campaign.families, count))
    if campaign.new_wording > 0:
        families += [mutate(base, campaign.new_wording, rng, campaign.languages) for base in families]
        chosen = chosen + campaign.families * (accounts.pool == 1)[arrivals.who]
    head, tail = _wordings(world, campaign, families, chosen, careful, arrivals.who, len(accounts), rng)
    topic, words, writer, real = _tasks(world, campaign, families, chosen, rng)
    if campaign.search > 0:
        head, tail = _searching(world, campaign, head, tail, arrivals.seconds, rng)
    relayed = rng.random(count) < campaign.relayed
    if relayed.any():
        ordinary = person_topics(world, HABITS["individual"].domains, ["en"] * count, rng)[:, 0]
        topic = np.where(relayed, ordinary, topic)
        real = np.where(relayed, -1, real)
        bare = relayed & (rng.random(count) < 0.5)
        head, tail = np.where(bare, 0, head), np.where(bare, 0, tail)
    system, tools = _harness(world, families, chosen, careful, arrivals.who, rng)
    parts = Messages(head, tail, system, tools, topic, words)
    made = traffic(accounts, arrivals, parts, writer, 950.0, rng)
    made.campaign[:] = number
    if not campaign.load_sharing:
        made.real[:] = real
    _replay(campaign, made, rng)
    return made


def _families(campaign: Campaign, rng: np.random.Generator) -> list[Template]:
    purposes = campaign.purposes or PURPOSES
    return [draw_template(purposes[one % len(purposes)], "en", rng) for one in range(campaign.families)]


def _wordings(
    world: World,
    campaign: Campaign,
    families: list[Template],
    chosen: Ints,
    careful: Flags,
    who: Ints,
    accounts: int,
    rng: np.random.Generator,
) -> tuple[Ints, Ints]:
    """(head, tail): from a stock of variants that grows with the paraphrase; careful accounts have theirs."""
    variants = 1 + round(campaign.paraphrase * accounts)
    head, tail = np.zeros(len(chosen), np.int64), np.zeros(len(chosen), np.int64)
    for number, base in enumerate(families):
        drift = [base] + [
            mutate(base, campaign.paraphrase, rng, campaign.languages) for _ in range(variants - 1)
        ]
        stock = wording(world, drift)
        mine = np.flatnonzero((chosen == number) & ~careful)
        pick = rng.integers(0, variants, len(mine))
        head[mine], tail[mine] = stock.head[pick], stock.tail[pick]
    strength = max(campaign.paraphrase, campaign.own_wording)
    for mine in _runs(who, np.flatnonzero(careful)):
        base = families[int(chosen[mine[0]])]
        drift = [mutate(base, strength, rng, campaign.languages) for _ in range(2)]
        if campaign.own_words:
            drift = [reword(each, campaign.own_words, rng) for each in drift]
        own: Wording = wording(world, drift)
        pick = rng.integers(0, 2, len(mine))
        head[mine], tail[mine] = own.head[pick], own.tail[pick]
    return head, tail


def _tasks(
    world: World, campaign: Campaign, families: list[Template], chosen: Ints, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints, Ints]:
    """(topic, words, writer, document): the stream in order of time, each task its own names for things."""
    count = len(chosen)
    topic, words = np.empty(count, np.int64), np.empty(count, np.int64)
    real = np.full(count, -1)
    for purpose in sorted({family.purpose for family in families}):
        mine = np.flatnonzero(np.array([family.purpose == purpose for family in families])[chosen])
        options = np.concatenate([_slot_topics(world, name, lang) for name, lang in SLOTS[purpose]])
        order = rng.permutation(options)
        size = rng.lognormal(np.log(_TASK_WORDS.get(purpose, 45.0)), 0.6, len(mine))
        words[mine] = np.clip(size, 6, 420).astype(np.int64)
        if campaign.load_sharing:
            topic[mine] = order[np.arange(len(mine)) // _BLOCK % len(order)]
        else:
            documents = np.flatnonzero(np.isin(world.corpus.text_topic, options))
            few = rng.choice(documents, min(len(documents), max(len(mine) // 3, 1)), replace=False)
            real[mine] = rng.choice(few, len(mine))
            topic[mine] = world.corpus.text_topic[real[mine]]
    writer = rng.integers(1, 1 << 40) + np.arange(count)
    return topic, words, writer, real


def _slot_topics(world: World, domain: str, language: str) -> Ints:
    known = world.corpus.domains
    if f"{domain}-{language}" not in known and domain not in known:
        domain = "chat"
    return world.topics(domain, language)


def _searching(
    world: World, campaign: Campaign, head: Ints, tail: Ints, seconds: Floats, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """In the first third of the time, this share of all exchanges each tries another way of asking."""
    early = np.flatnonzero(seconds <= np.quantile(seconds, 1 / 3)) if len(seconds) else np.zeros(0, np.int64)
    tries = rng.permutation(early)[: round(campaign.search * len(seconds))]
    purposes = campaign.purposes or PURPOSES
    languages = ("en", *campaign.languages)
    fresh = [
        draw_template(str(rng.choice(purposes)), str(rng.choice(languages)), rng) for _ in range(len(tries))
    ]
    stock = wording(world, fresh)
    head, tail = head.copy(), tail.copy()
    head[tries], tail[tries] = stock.head, stock.tail
    return head, tail


def _harness(
    world: World, families: list[Template], chosen: Ints, careful: Flags, who: Ints, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """(system, tools) literals: agentic families bring a harness, three in ten others a system prompt."""
    agentic = np.array([family.purpose == "agentic" for family in families])
    framed = agentic[chosen] | (rng.random(int(who.max(initial=0)) + 1) < 0.3)[who]
    system, tools = np.zeros(len(chosen), np.int64), np.zeros(len(chosen), np.int64)
    # everybody's harness is drawn per family, a careful account's for itself
    owner = np.where(careful, who + 1, 0)
    for mine in _runs(owner * len(families) + chosen, np.flatnonzero(framed)):
        system[mine] = world.literals.add(system_text(world, rng))
        if agentic[chosen[mine[0]]]:
            tools[mine] = world.literals.add(tool_schema(rng, int(rng.integers(3, 8))))
    return system, tools


def _runs(key: Ints, rows: Ints) -> list[Ints]:
    """The rows in groups of one key each, keys rising, rows in their order."""
    order = rows[np.argsort(key[rows], kind="stable")]
    borders = np.flatnonzero(np.diff(key[order])) + 1
    return [run for run in np.split(order, borders) if len(run)]


def _replay(campaign: Campaign, made: Traffic, rng: np.random.Generator) -> None:
    """Reasoning blocks that come from a few sessions, sent back by many accounts."""
    if campaign.signature_replay > 0:
        few = rng.integers(1, 1 << 60, max(len(made) // 200, 2))
        replayed = rng.random(len(made)) < campaign.signature_replay
        made.signature[replayed] = rng.choice(few, int(replayed.sum()))
