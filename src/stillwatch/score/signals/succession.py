"""Succession: a pool that begins as another is banned; a stream that moves to a new model at once."""

from __future__ import annotations

import numpy as np

from stillwatch.model.exchanges import DAY
from stillwatch.score.observation import ESTABLISH_ACCOUNTS, INFERENCE_ACCESS, Observation, percent
from stillwatch.score.scene import Population, Scene
from stillwatch.stats.evidence import around, share_factor

GRACE = 3 * DAY
"""A second pool follows the first where it begins up to so long after the median ban, or in the day before."""


def replacement(scene: Scene, people: Population) -> Observation | None:
    """Accounts of the group were banned, and others of it begin from a day before to three days after."""
    banned = people.banned_at[scene.members]
    inside = (banned >= people.since) & (banned <= people.until)
    if inside.sum() < 5:
        return None
    when = int(np.median(banned[inside]))
    others = scene.members[~inside]
    began = people.first_seen[others]
    late = began > people.since + DAY
    if late.sum() < 5:
        return None
    follows = (began >= when - DAY) & (began <= when + GRACE) & late
    everyone = people.usual.first_seen
    everyone = everyone[np.searchsorted(everyone, people.since + DAY, side="right") :]
    around_it = np.searchsorted(everyone, [when - DAY, when + GRACE + 1])
    usual = int(around_it[1] - around_it[0]) / len(everyone)
    return Observation(
        "succession",
        "replacement",
        share_factor(float(follows.sum()), float(late.sum()), (5.0, 1.5), around(usual, 6.0)),
        int(follows.sum()),
        f"{int(inside.sum()):,} accounts of the group were banned around "
        f"{np.datetime64(when, 'us').astype('datetime64[D]')}; of {int(late.sum()):,} others that began during the "
        f"window, {percent(follows.sum() / late.sum())} began within three days of that, of all accounts "
        f"{percent(usual)}.",
        ESTABLISH_ACCOUNTS,
    )


def model_pivot(scene: Scene, people: Population) -> Observation | None:
    """The stream moves to a new model within a day of its release."""
    fresh = {
        name: begun
        for name, (begun, _) in people.models.items()
        if people.since + 2 * DAY < begun < people.until - DAY
    }
    if not fresh:
        return None
    name = min(fresh, key=lambda n: (-people.models[n][1], n))
    begun = fresh[name]
    window = (scene.ts >= begun) & (scene.ts < begun + DAY)
    everyone = float(people.totals.exchanges) * DAY / max(people.until - people.since, DAY)
    usual = min(people.models[name][1] / max(everyone, 1.0), 1.0)
    if window.sum() < 20:
        return None
    uses = (scene.model == scene.models.get(name, -2)) & window
    share = float(uses.sum() / window.sum())
    return Observation(
        "succession",
        "model_pivot",
        share_factor(float(uses.sum()), float(window.sum()), (4.0, 3.0), around(usual, 8.0)),
        scene.accounts(uses),
        f"Within a day of the first use of {name}, {percent(share)} of the group's exchanges go to it; of all traffic "
        f"{percent(usual)} does.",
        INFERENCE_ACCESS,
    )
