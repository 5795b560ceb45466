"""Reasoning: prompts that ask for the inner reasoning, and signatures of reasoning replayed elsewhere."""

from __future__ import annotations

import numpy as np

from stillwatch.score.observation import EXTRACT_MODEL, Observation, percent
from stillwatch.score.scene import Population, Scene
from stillwatch.stats.evidence import around, share_factor


def elicitation(scene: Scene, people: Population) -> Observation:
    """The prompts ask for the inner reasoning behind the answer."""
    asks = scene.elicitation >= 0.5
    return Observation(
        "reasoning",
        "elicitation",
        share_factor(float(asks.sum()), len(asks), (6.0, 2.0), around(people.elicitation, 5.0)),
        len(np.unique(scene.who[asks])),
        f"{percent(float(asks.mean()))} of the exchanges ask for the reasoning behind the answer; of all traffic "
        f"{percent(people.elicitation)} does.",
        EXTRACT_MODEL,
    )


def signature_replay(scene: Scene, people: Population) -> Observation | None:
    """A reasoning block that one account drew comes back from others."""
    signed = scene.signature != 0
    if signed.sum() < 5:
        return None
    replayed = signed & (scene.signature_accounts >= 2)
    by = len(np.unique(scene.who[replayed]))
    return Observation(
        "reasoning",
        "signature_replay",
        share_factor(float(replayed.sum()), float(signed.sum()), (3.0, 2.0), (0.5, 40.0)),
        by,
        f"{int(replayed.sum()):,} of {int(signed.sum()):,} reasoning signatures that these exchanges send back were "
        f"sent by another account too.",
        EXTRACT_MODEL,
    )
