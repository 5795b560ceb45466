"""Purpose: what trains a model, asked for once and at length, by accounts that do nothing else."""

from __future__ import annotations

import numpy as np

from stillwatch.kernels.distinct import numbered
from stillwatch.model.fingerprints import CAPABILITIES
from stillwatch.score.observation import EXTRACT_MODEL, Observation, by_groups, percent
from stillwatch.score.scene import Population, Scene
from stillwatch.stats.evidence import around, share_factor
from stillwatch.stats.groups import Location, Measured

TEACHING = tuple(
    CAPABILITIES.index(name)
    for name in (
        "software_engineering",
        "agentic_tool_use",
        "reasoning_mathematics",
        "data_analysis",
        "grading_judging",
        "task_writing",
        "trace_cleaning",
        "cyber",
        "translation_language",
    )
)
"""Capabilities that campaigns on record were aimed at."""


def teaching_capability(scene: Scene, people: Population) -> Observation | None:
    """The exchanges ask for what trains a model, far more than others' do."""
    known = scene.capability >= 0
    if not known.any():
        return None
    counts = np.bincount(scene.capability[known], minlength=len(CAPABILITIES))
    teaching = int(counts[list(TEACHING)].sum())
    total = int(counts.sum())
    usual = float(people.capability[list(TEACHING)].sum())
    top = np.argsort(-counts, kind="stable")[:3]
    named = ", ".join(
        f"{CAPABILITIES[i].replace('_', ' ')} {percent(counts[i] / total)}" for i in top if counts[i]
    )
    return Observation(
        "purpose",
        "teaching_capability",
        share_factor(teaching, total, (9.0, 1.0), around(usual, 3.0)),
        scene.size,
        f"{percent(teaching / total)} of the exchanges ask for capabilities that train a model ({named}); "
        f"of all traffic {percent(usual)} does.",
        EXTRACT_MODEL,
    )


def no_conversation(scene: Scene, people: Population) -> Observation | None:
    """Hardly an exchange follows up on an answer."""
    if {"turns", "conversation_id"} <= people.missing:
        return None
    follows = _follow_ups(scene)
    usual = float(people.totals.followups / max(people.totals.exchanges, 1))
    share = float(follows.mean())
    return Observation(
        "purpose",
        "no_conversation",
        share_factor(len(follows) - follows.sum(), len(follows), (30.0, 0.5), around(1.0 - usual, 4.0)),
        scene.accounts(~follows),
        f"{percent(share)} of the exchanges continue a conversation; of all traffic {percent(usual)} does.",
        EXTRACT_MODEL,
    )


def long_answers(scene: Scene, people: Population) -> Observation | None:
    """The answers drawn are longer than what others draw."""
    known = scene.output_tokens > 0
    if known.sum() < 20 or people.usual.answers is None:
        return None
    mean = float(np.log10(scene.output_tokens[known]).mean())
    usual, spread = people.usual.answers
    return by_groups(
        "purpose",
        "long_answers",
        Measured(mean, 0.02, Location((usual + 2.0 * spread, spread), (usual, spread))),
        scene.size,
        f"An answer has {10**mean:,.0f} tokens in the geometric mean; the median account's answers have "
        f"{10**usual:,.0f}.",
        EXTRACT_MODEL,
    )


def _follow_ups(scene: Scene) -> np.ndarray:
    """Which exchanges continue a conversation: later turns in the body, or a conversation id seen before."""
    follows = scene.marked("follows")
    named = np.flatnonzero(scene.conversation >= 0)
    _, first = numbered(scene.conversation[named])
    later = np.ones(len(named), dtype=bool)
    later[first] = False
    follows[named[later]] = True
    return follows
