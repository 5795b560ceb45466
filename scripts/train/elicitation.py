"""Column 12: does a text ask for the inner reasoning behind an answer? Examples, fit and honest tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from corpus import Row, share
from examples import Example, Slots, capability_examples, elicitation_examples, languages
from features import Features, features, word_hashes
from linear import fit_window, window_scores
from numpy.typing import NDArray

from stillwatch.model.fingerprints import CAPABILITIES

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

PER_FRAME = {"positive": 70, "negative": 40, "weak": 25}
WEAK_LABEL = 0.15
REAL_ROWS = 2500
POSITIVE_WEIGHT = 0.4
PRIOR = 0.1
"""Share of positives that the shipped probability assumes."""
ASK_FOR_REASONING = ("lmcache_miniswe", "lmcache_magagent", "fabric_patterns", "jailbreak_self_reminder")
"""Sources where some texts do ask for written thoughts: measured, not trained on."""


def featurise(texts: list[str]) -> Features:
    """Hashed features of texts."""
    return features(word_hashes(texts))


def synthetic(
    slots: Slots, *, test: bool | None, seed: int, per_frame: float = 1.0, skip: str = ""
) -> list[Example]:
    """Grammar texts of all languages but `skip`, of one side of the frames (all frames when test is None)."""
    from grammar import read_grammar

    out: list[Example] = []
    for language in languages("elicit_"):
        if language == skip:
            continue
        sections = read_grammar(f"elicit_{language}")
        for kind, each in PER_FRAME.items():
            count = int(each * per_frame * len(sections.get(kind, [])))
            out += elicitation_examples(language, kind, count, slots, test=test, seed=seed)
    return out


def ordinary(slots: Slots, *, test: bool, each: int, seed: int) -> list[Example]:
    """Grammar texts of the capability classes: whatever they ask for, not reasoning behind an answer."""
    out: list[Example] = []
    for language in languages():
        for label in CAPABILITIES:
            out += capability_examples(language, label, each, slots, test=test, seed=seed)
    return out


def real(rows: Mapping[str, list[Row]], *, test: bool) -> list[Example]:
    """Real permissive prompts, at most 2,500 of a source, as negatives."""
    out: list[Example] = []
    for source, chosen in rows.items():
        if source in ASK_FOR_REASONING:
            continue
        side = [row for row in chosen if (share("elicitation", row.prompt) < 0.2) == test]
        for row in side[:: max(1, len(side) // REAL_ROWS)][:REAL_ROWS]:
            out.append(Example(row.prompt, "negative", source, ""))
    return out


def targets(examples: list[Example]) -> F64:
    """1 for positives, 0 for negatives, a small value for pupils' wording ("show your work")."""
    value = {"positive": 1.0, "weak": WEAK_LABEL}
    return np.array([value.get(example.label, 0.0) for example in examples])


def fit(examples: list[Example], *, seed: int) -> tuple[F32, float]:
    """Weights and bias of the window model."""
    y = targets(examples)
    weights = np.where(y == 1, POSITIVE_WEIGHT, 1.0)
    return fit_window(
        featurise([e.text for e in examples]), y, weights, seed=seed, epochs=8, decay=3e-4, dropped=0.3
    )


def calibrate(scores: F64, y: F64) -> tuple[float, float]:
    """(slope, bias) that make held-out scores probabilities where one text in ten is positive.

    source  Platt 1999, Advances in Large Margin Classifiers
    """
    from scipy.optimize import minimize

    weights = np.where(y == 1, PRIOR / np.mean(y == 1), (1 - PRIOR) / np.mean(y < 1))

    def loss(p: F64) -> float:
        z = p[0] * scores + p[1]
        return float(np.mean(weights * (np.logaddexp(0, z) - y * z)))

    slope, bias = minimize(loss, np.array([1.0, -1.0]), method="Nelder-Mead").x
    return float(slope), float(bias)


def probability(z: F64) -> F64:
    """Logistic of z."""
    return 1 / (1 + np.exp(-z))


def precision_recall(p: F64, positive: NDArray[np.bool_]) -> dict[str, Any]:
    """Precision, recall and false-positive rate at 0.5 and 0.9."""
    out: dict[str, Any] = {"positives": int(positive.sum()), "negatives": int((~positive).sum())}
    for threshold in (0.5, 0.9):
        hit = p >= threshold
        true = int((hit & positive).sum())
        out[str(threshold)] = {
            "precision": round(true / max(int(hit.sum()), 1), 4),
            "recall": round(true / max(int(positive.sum()), 1), 4),
            "false_positive_rate": round(int((hit & ~positive).sum()) / max(int((~positive).sum()), 1), 4),
        }
    return out


def scores_of(texts: list[str], w: F32) -> F64:
    """Window scores of texts."""
    return window_scores(featurise(texts), w)
