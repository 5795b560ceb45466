"""Content: one template around many tasks; the same words sent by many; one stream of tasks or many lives."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_array

from stillwatch.score.observation import EXTRACT_MODEL, INFERENCE_ACCESS, Observation, percent
from stillwatch.score.scene import Floats, Population, Scene, distinct_pairs
from stillwatch.stats.evidence import location_factor, share_factor

TEMPLATES = 150
COMMON_STREAM = (0.0, 0.03)
OWN_TOPICS = (0.15, 0.10)
"""Share of topic variance that lies between accounts: (mean, spread) for one stream, for people."""


def template(scene: Scene, people: Population) -> Observation:
    """Several accounts repeat rare passages, each around different words."""
    prompts = len(np.unique(scene.prompt))
    varied = int((_distinct_prompts(scene) >= 2).sum())
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


def verbatim(scene: Scene, people: Population) -> Observation:
    """The very same prompts are sent by several accounts: a public set, an assignment, a viral prompt."""
    copies = float((scene.shared_by >= 2).mean())
    by = len(np.unique(scene.who[scene.shared_by >= 2]))
    return Observation(
        "content",
        "verbatim",
        share_factor(copies * len(scene.row), len(scene.row), (4.0, 2.0), (0.5, 15.0)),
        by,
        f"{percent(copies)} of these {len(scene.row):,} exchanges repeat, word for word, a prompt that another "
        f"account sent too; {by:,} accounts sent such copies.",
        INFERENCE_ACCESS,
    )


def one_stream(scene: Scene, people: Population) -> Observation | None:
    """The accounts' tasks are drawn from one stream: topics differ within accounts, not between them.

    People who share a tool each have topics of their own. Measured on semantic vectors, so that
    another wording of the same template changes little.
    source  one-way random effects: intraclass correlation, summed over dimensions (Fisher 1925)
    """
    told = without_templates(scene.semantic, scene.shown)
    # Wording of an account's own would pass for a topic of its own: the best-tied half is measured.
    tied = scene.bits[scene.who[scene.sampled]] >= np.median(scene.bits)
    measured = topic_correlation(told[tied], scene.who[scene.sampled][tied])
    if measured is None:
        return None
    correlation, error, accounts = measured
    return Observation(
        "content",
        "one_stream",
        location_factor(correlation, error, COMMON_STREAM, OWN_TOPICS),
        accounts,
        f"What the accounts ask about differs hardly more between accounts than within one: "
        f"{percent(max(correlation, 0.0))} of the variance of topics lies between {accounts:,} accounts "
        f"(people with topics of their own: about 5 to 25 %)."
        if correlation < 0.05
        else f"{percent(correlation)} of the variance of topics lies between the {accounts:,} accounts: "
        f"each has topics of its own.",
        EXTRACT_MODEL,
    )


def without_templates(vectors: Floats, shown: pa.Array) -> Floats:
    """The vectors less what the templates in them explain: what remains is the slot.

    vectors  (k, d); shown (k,) lists of template numbers
    source   ridge regression on which of the TEMPLATES most frequent templates stand in the text
    """
    if len(vectors) < 10:
        return vectors
    flat = shown.flatten().to_numpy()
    names, which, counts = np.unique(flat, return_inverse=True, return_counts=True)
    kept = np.sort(np.argsort(-counts, kind="stable")[:TEMPLATES])
    column = np.full(len(names), -1)
    column[kept] = np.arange(len(kept))
    column = column[which]
    rows = np.repeat(np.arange(len(shown)), shown.value_lengths().to_numpy())
    rows = np.concatenate([rows[column >= 0], np.arange(len(vectors))])
    columns = np.concatenate([column[column >= 0], np.full(len(vectors), len(kept))])
    # A text shows few templates: the design is nearly empty.
    design = csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(vectors), len(kept) + 1))
    # Solved for one dimension after the other, so that their order doesn't matter.
    gram = (design.T @ design).toarray() + np.eye(len(kept) + 1)
    explained: Floats = design @ np.linalg.solve(gram, design.T @ vectors)
    return vectors - explained


def topic_correlation(vectors: Floats, who: np.ndarray) -> tuple[float, float, int] | None:
    """Share of topic variance between accounts, its standard error, and how many accounts it rests on.

    vectors  (k, d); who (k,) the account of each; None with fewer than 5 accounts of 2 vectors
    """
    if len(who) == 0:
        return None
    counts = np.bincount(who)
    keep = counts[who] >= 2
    vectors, who = vectors[keep], who[keep]
    accounts, local = np.unique(who, return_inverse=True)
    groups, total = len(accounts), len(who)
    if groups < 5 or total <= groups:
        return None
    sizes = np.bincount(local).astype(np.float64)
    sums = np.zeros((groups, vectors.shape[1]))
    np.add.at(sums, local, vectors)
    means = sums / sizes[:, None]
    # Dimensions stand in a keyed order: they are summed by size, so that no key shifts the last bit.
    within = float(np.sort((vectors**2).sum(axis=0) - (sizes[:, None] * means**2).sum(axis=0)).sum())
    within /= total - groups
    centre = sums.sum(axis=0) / total
    between = float(np.sort((sizes[:, None] * (means - centre) ** 2).sum(axis=0)).sum()) / (groups - 1)
    typical = (total - float((sizes**2).sum()) / total) / (groups - 1)
    if within <= 0.0:
        return None
    component = (between - within) / typical
    correlation = component / (component + within)
    # Few effective dimensions carry the topics; eight is what prompts of one tool leave.
    error = float(np.sqrt(2.0 / (8.0 * (groups - 1)))) / typical
    return correlation, error, groups


def _distinct_prompts(scene: Scene) -> np.ndarray:
    who, _, _ = distinct_pairs(scene.who, scene.prompt)
    return np.bincount(who, minlength=scene.size)
