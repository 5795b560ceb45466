"""What the public shares: prompt packs, applications, benchmarks and harnesses, one set a run."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from stillwatch.scenarios.corpus import Ints
from stillwatch.scenarios.wording import PURPOSES, Template, draw_template, mutate
from stillwatch.scenarios.world import World

_PACKS = 14
_APPS = 24
_SETS = 6
_HARNESSES = 5

_VERBS = ("get", "list", "create", "update", "search", "send", "cancel", "fetch", "run", "schedule")
_NOUNS = (
    "order",
    "file",
    "event",
    "customer",
    "ticket",
    "report",
    "branch",
    "page",
    "row",
    "message",
    "account",
    "route",
)
_FIELDS = ("id", "query", "limit", "path", "date", "title", "status", "owner", "language", "format")


@dataclass(frozen=True)
class Wording:
    """Literals around a content: one entry a version, oldest first."""

    head: Ints
    tail: Ints


@dataclass(frozen=True)
class Benchmark:
    """A fixed public set of questions (numbers of documents) under the name of its domain."""

    domain: str
    documents: Ints


def wording(world: World, templates: list[Template]) -> Wording:
    """The literals of some templates."""
    return Wording(
        np.array([world.literals.add(template.head()) for template in templates], dtype=np.int64),
        np.array([world.literals.add(template.tail()) for template in templates], dtype=np.int64),
    )


def public_packs(world: World) -> list[Wording]:
    """The public prompt packs, popular ones first, each in three to six versions."""
    rng = world.rng("packs")
    roles = world.corpus.topics_of("roles") if "roles" in world.corpus.domains else np.array([], np.int64)
    real = np.flatnonzero(np.isin(world.corpus.text_topic, roles))
    packs = []
    for number in range(_PACKS):
        if number % 3 == 2 and len(real):
            text = world.corpus.texts[int(rng.choice(real))].as_py()[:700]
            versions = [text + "\n\n", text + "\n\n## Input\n", text.rstrip(".") + ". Be complete.\n\n"]
            heads = [world.literals.add(version) for version in versions]
            packs.append(Wording(np.array(heads), np.zeros(len(heads), np.int64)))
            continue
        template = draw_template(PURPOSES[number % len(PURPOSES)], "en", rng, plain=0.15)
        templates = [template]
        for _ in range(int(rng.integers(2, 6))):
            templates.append(mutate(templates[-1], 0.2, rng))
        packs.append(wording(world, templates))
    return packs


def tool_schema(rng: np.random.Generator, count: int) -> str:
    """Tool definitions as JSON, `count` functions of one to four parameters."""
    tools = []
    for _ in range(count):
        names = rng.choice(_FIELDS, int(rng.integers(1, 5)), replace=False)
        properties = {
            str(name): {"type": str(rng.choice(["string", "integer", "boolean"]))} for name in names
        }
        function = {
            "name": f"{rng.choice(_VERBS)}_{rng.choice(_NOUNS)}",
            "description": f"{rng.choice(_VERBS)} a {rng.choice(_NOUNS)} by {names[0]}",
            "parameters": {"type": "object", "properties": properties, "required": [str(names[0])]},
        }
        tools.append({"type": "function", "function": function})
    return json.dumps(tools)


def system_text(world: World, rng: np.random.Generator) -> str:
    """The system prompt of some application: a real public one, or one worded from the common clauses."""
    if world.systems and rng.random() < 0.5:
        return str(rng.choice(np.array(world.systems, dtype=object)))
    name = world.prose.words[int(rng.integers(world.prose.names[0], world.prose.names[1]))].as_py()
    template = draw_template(str(rng.choice(PURPOSES)), "en", rng, plain=0.5)
    parts = " ".join(words for _, words in template.parts)
    product = f"{name.capitalize()} {rng.choice(['Desk', 'Studio', 'Cloud', 'Notes'])}"
    return f"You are {name.capitalize()}, an assistant inside {product}. {parts}"


def public_apps(world: World) -> tuple[Ints, Ints]:
    """(system, tools) literals of the popular applications, most popular first; tools 0 where it has none."""
    rng = world.rng("apps")
    system = [world.literals.add(system_text(world, rng)) for _ in range(_APPS)]
    tools = [
        world.literals.add(tool_schema(rng, int(rng.integers(2, 9)))) if rng.random() < 0.6 else 0
        for _ in range(_APPS)
    ]
    return np.array(system), np.array(tools)


def benchmarks(world: World) -> list[Benchmark]:
    """Public benchmark sets of 50 to 150 questions; these documents go to evaluators and to nobody else."""
    rng = world.rng("benchmarks")
    domains = [name for name in ("mathematics", "code", "reasoning", "chat") if name in world.corpus.domains]
    sets = []
    for number in range(_SETS):
        domain = domains[number % len(domains)]
        topics = world.corpus.topics_of(domain)
        options = np.flatnonzero(np.isin(world.corpus.text_topic, topics))
        size = min(int(rng.integers(50, 151)), max(len(options) // 6, 1))
        sets.append(Benchmark(domain, np.sort(rng.choice(options, size, replace=False))))
    return sets


def harnesses(world: World) -> Wording:
    """The templates that public benchmark harnesses put around a question."""
    rng = world.rng("harnesses")
    return wording(world, [draw_template("reasoning", "en", rng, plain=0.3) for _ in range(_HARNESSES)])


def popular(options: int, count: int, rng: np.random.Generator) -> Ints:
    """(count,) choices among options, the first the most popular (Zipf, exponent 0.9)."""
    weight = 1.0 / np.arange(1, options + 1) ** 0.9
    return rng.choice(options, count, p=weight / weight.sum())
