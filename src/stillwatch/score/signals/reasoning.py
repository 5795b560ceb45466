"""Reasoning: prompts that ask for the inner reasoning, and signatures of reasoning replayed elsewhere."""

from __future__ import annotations

import numpy as np

from stillwatch.score.observation import EXTRACT_MODEL, Observation, percent
from stillwatch.score.scene import Population, Scene
from stillwatch.stats.evidence import around, share_factor


def elicitation(scene: Scene, people: Population) -> Observation:
    """The prompts ask for the inner reasoning behind the answer."""
    asks = scene.marked("elicits")
    return Observation(
        "reasoning",
        "elicitation",
        share_factor(float(asks.sum()), len(asks), (6.0, 2.0), around(people.elicitation, 5.0)),
        scene.accounts(asks),
        f"{percent(float(asks.mean()))} of the exchanges ask for the reasoning behind the answer; of all traffic "
        f"{percent(people.elicitation)} does.",
        EXTRACT_MODEL,
    )


def search(scene: Scene, people: Population) -> Observation | None:
    """Beside the group's templates its accounts ask for the reasoning in other ways, too: somebody looks for what works.

    A search tries many wordings once or twice each, so that no template ties them; that it is done by accounts
    which already share a template is what tells.
    """
    asked = np.bincount(scene.who, weights=scene.marked("elicits"), minlength=scene.size).astype(np.int64)
    other = np.maximum(people.exchanges[scene.members] - scene.per_member(), 0)
    tries = np.minimum(np.maximum(people.elicits[scene.members] - asked, 0), other)
    rest = int(people.totals.exchanges - people.exchanges[scene.members].sum())
    if other.sum() < 20 or rest < 100:
        return None
    usual = float((people.totals.elicits - people.elicits[scene.members].sum()) / rest)
    share = float(tries.sum() / other.sum())
    return Observation(
        "reasoning",
        "search",
        share_factor(float(tries.sum()), float(other.sum()), (2.0, 3.0), around(usual, 12.0)),
        int((tries > 0).sum()),
        f"Of {int(other.sum()):,} exchanges of these accounts that show none of the group's templates, "
        f"{percent(share)} ask for the reasoning behind the answer in some other way; of all other accounts' "
        f"exchanges {percent(usual)} do.",
        EXTRACT_MODEL,
    )


def signature_replay(scene: Scene, people: Population) -> Observation | None:
    """A reasoning block that was drawn in one place comes back from other accounts or conversations."""
    signed = scene.marked("signed")
    if signed.sum() < 5:
        return None
    replayed = signed & scene.marked("replayed")
    by = scene.accounts(replayed)
    # Some gateways name each request a conversation of its own: what others show counts as ordinary.
    others = max(people.signed[0] - int(signed.sum()), 0)
    usual = max(people.signed[1] - int(replayed.sum()), 0) / others if others else 0.0
    return Observation(
        "reasoning",
        "signature_replay",
        share_factor(float(replayed.sum()), float(signed.sum()), (3.0, 2.0), around(usual, 40.0)),
        by,
        f"{int(replayed.sum()):,} of {int(signed.sum()):,} reasoning signatures that these exchanges send back came "
        f"from another account or conversation too; of the other accounts' signatures {percent(usual)} did.",
        EXTRACT_MODEL,
    )
