"""Content: one template around many tasks; the same words sent by many; one stream of tasks or many lives."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa

from stillwatch.kernels.distinct import numbered
from stillwatch.score.observation import EXTRACT_MODEL, INFERENCE_ACCESS, Observation, by_groups, percent
from stillwatch.score.scene import Ints, Population, Scene, distinct_pairs
from stillwatch.score.topics import ACCOUNTS, own_topics, own_wording
from stillwatch.stats.evidence import held, share_factor, student
from stillwatch.stats.groups import Level, Location, Measured

SPOKEN_FOR = 0.1
"""A smaller part of the accounts does not speak for the group: those who send most may be of another kind."""

OWN_TEXT, SHARED_TEXT = (3.0, 1.0), (1.0, 3.0)
"""(a, b) of the Beta laws of the members' share of all uses: of a text of the group's own, and of one that others use, too."""

KEPT = 0.7
"""So much more alike within accounts than between them is told as a wording of each account's own."""

DRIFT = (0.6, 0.25)
STEADY = (0.08, 0.1)
"""Logarithm of how much more alike wording is within accounts: (mean, spread) with a wording for each, with one text."""

FEWEST_SENDERS = 10
"""Of fewer accounts a few copies are a large part."""

EVERYBODY = (0.2, 1.0)
SOME = (2.0, 0.9)
"""Who else sends a prompt that is sent again, (median, spread of the logarithm): of a set that everybody runs through this
share of the group; of a stream in which tasks are sampled several times so many accounts, however large the group."""

COMMON_STREAM = 0.08
OWN_TOPICS = 0.7
OWN_SPREAD = 0.65
"""Topics of one's own, as a share of what the population shows: spread in one stream, median and spread of the
logarithm in people who share a tool (they ask one tool for fewer things than they ask in all)."""


def template(scene: Scene, people: Population) -> Observation:
    """Several accounts repeat rare passages, each around different words."""
    prompt, first = numbered(scene.prompt)
    prompts = len(first)
    who, _, _ = distinct_pairs(scene.who, prompt)
    varied = int((np.bincount(who, minlength=scene.size) >= 2).sum())
    bits = float(np.median(scene.bits))
    beside = "none shows one of them" if scene.outsiders == 0 else f"{scene.outsiders:,} show one of them"
    return Observation(
        "content",
        "template",
        float(min(2.0 ** min(bits, 60.0), 1e4)),
        varied,
        f"{varied:,} of {scene.size:,} accounts each repeat the same passages (templates of text, tools or "
        f"structure: {scene.templates}) around {prompts:,} different prompts; "
        f"of {people.size - scene.size:,} other accounts {beside}.",
        EXTRACT_MODEL,
    )


def own_text(scene: Scene, people: Population) -> Observation | None:
    """A text of the group is its own: of all its uses, hardly any is by others."""
    if scene.uses == 0:
        return None
    share = scene.own_uses / scene.uses
    return Observation(
        "content",
        "own_text",
        share_factor(scene.own_uses, scene.uses, OWN_TEXT, SHARED_TEXT),
        scene.size,
        f"Of {scene.uses:,} uses of the text that is most the group's own, {percent(share)} are the group's.",
        EXTRACT_MODEL,
    )


def verbatim(scene: Scene, people: Population) -> Observation:
    """The very same prompts are sent by several accounts: a public set, an assignment, a viral prompt."""
    copied = scene.marked("copied")
    copies, by = float(copied.mean()), scene.accounts(copied)
    return Observation(
        "content",
        "verbatim",
        share_factor(copies * scene.exchanges, scene.exchanges, (4.0, 2.0), (0.5, 15.0)),
        by,
        f"{percent(copies)} of these {scene.exchanges:,} exchanges repeat, word for word, a prompt that another "
        f"account sent too; {by:,} accounts sent such copies.",
        INFERENCE_ACCESS,
    )


def public_set(scene: Scene, people: Population) -> Observation | None:
    """Prompts that are sent again are sent by a large part of the group: each runs through one set.

    An operator who keeps the best of several answers has a task sampled so many times, however many accounts there are.
    """
    prompt, first = numbered(scene.prompt)
    who, sent, _ = distinct_pairs(scene.who, prompt)
    accounts = len(np.unique(who))
    senders = np.bincount(sent, minlength=len(first))
    common = (senders > 1) & (
        scene.prompt[first] != 0
    )  # exchanges whose prompt is not known have none in common
    again = common[prompt]
    if accounts < FEWEST_SENDERS or again.mean() < SPOKEN_FOR:
        return None
    # Each prompt counts once for each account: what all say again and again, to be told more, is no set.
    value = float(np.log(senders[sent[common[sent]]] - 1).mean())
    others = math.exp(value)
    set_law, stream_law = (
        float(student((value - math.log(median)) / spread)) / spread
        for median, spread in ((EVERYBODY[0] * (accounts - 1), EVERYBODY[1]), SOME)
    )
    return Observation(
        "content",
        "public_set",
        held(set_law / stream_law),
        scene.accounts(again),
        f"A prompt of these that several accounts sent was sent by {others + 1.0:,.1f} of {accounts:,} accounts in the "
        f"geometric mean; {percent(float(again.mean()))} of the exchanges are such.",
        INFERENCE_ACCESS,
    )


def one_stream(scene: Scene, people: Population) -> Observation | None:
    """The accounts' tasks are drawn from one stream: none of them has topics of its own.

    People who share a tool each have topics of their own; how much so is learnt from the accounts that no
    template ties to anybody. The less surely people's topics are told, the less does their absence tell.
    """
    usual = people.topics
    if usual is None or usual.value <= 0.0:
        return None
    who = scene.who[scene.sampled]
    own = own_topics(scene.semantic, who, _wordings(scene.shown))
    if own is None or own.accounts < SPOKEN_FOR * min(scene.size, ACCOUNTS):
        return None
    share = own.value / usual.value
    return by_groups(
        "content",
        "one_stream",
        Measured(
            own.value,
            own.error,
            Level((usual.value, usual.error), COMMON_STREAM, (OWN_TOPICS, OWN_SPREAD)),
        ),
        own.accounts,
        f"Two prompts of one account are {percent(max(own.value, 0.0))} more alike in topic than prompts of two "
        f"accounts, measured on {own.accounts:,} accounts: {percent(max(share, 0.0))} of what accounts show that "
        f"share nothing with anybody.",
        EXTRACT_MODEL,
    )


def wording_drift(scene: Scene, people: Population) -> Observation | None:
    """The template is worded otherwise in each account, and each account keeps to its wording.

    Who uses a public text uses it as it stands, in few versions; a wording for each account is made on purpose.
    """
    own = own_wording(scene.shown, scene.who[scene.sampled])
    if own is None:
        return None
    value = float(np.log1p(max(own.value, -0.5)))
    return by_groups(
        "content",
        "wording_drift",
        Measured(value, own.error / (1.0 + max(own.value, 0.0)), Location(DRIFT, STEADY)),
        own.accounts,
        f"Which of the passages stand together is {1.0 + own.value:.2f} times as alike within an account "
        f"as between {own.accounts:,} accounts: "
        + (
            "each keeps to a wording of its own."
            if own.value > KEPT
            else "they use one text, or versions of one."
        ),
        EXTRACT_MODEL,
    )


def _wordings(shown: pa.Array) -> Ints:
    """A number for each distinct list of templates."""
    size, inside = shown.value_lengths().to_numpy(), shown.flatten().to_numpy()
    begin = np.cumsum(size) - size
    number, names = numbered(size)
    told = len(names)
    # Lists that are equal up to one place and of one length are told apart by what comes at the next.
    for place in range(int(size.max(initial=0))):
        rows = np.flatnonzero(size > place)
        further, names = numbered(number[rows], inside[begin[rows] + place])
        number[rows] = told + further
        told += len(names)
    return number
