"""Trains and measures the shipped linear models: 12 capability classes and reasoning elicitation.

    python scripts/train/capability.py DATA_FOLDER [--out FILE] [--report docs/methods]

Only sources whose licence permits it are trained on; the others are measured. Same data and seed: same bytes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "src"))

import elicitation  # noqa: E402
import reports  # noqa: E402
from archive import write_arrays  # noqa: E402
from corpus import Row, permissive, read_corpus, share  # noqa: E402
from examples import Example, Slots, capability_examples, languages  # noqa: E402
from features import BUCKETS  # noqa: E402
from labels import CAPS, UNSEEN, labelled_rows  # noqa: E402
from linear import F32, F64, fit_softmax, quantise, softmax_scores  # noqa: E402
from neighbours import Neighbours  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from payloads import HELD_OUT, payload_slots  # noqa: E402
from scipy.optimize import minimize_scalar  # noqa: E402
from semantic import load_wordllama  # noqa: E402

from stillwatch.model.fingerprints import CAPABILITIES  # noqa: E402

SEED = 20_261_120
VERSION = "stillwatch-capability 1"
COLUMNS = 16
ELICITATION = len(CAPABILITIES)
GRAMMAR_TEXTS = {"en": 3000}
OTHER_LANGUAGE_TEXTS = 450
WITH_SOURCES = {"software_engineering", "agentic_tool_use", "reasoning_mathematics", "everyday_chat"}
"""Classes that real sources cover well in English: half as many English grammar texts."""

I64 = NDArray[np.int64]


def real_examples(rows: dict[str, list[Row]], *, test: bool) -> list[Example]:
    """Weakly labelled rows of the training sources on one side of the split, capped by source."""
    out: list[Example] = []
    for source in sorted(rows):
        if source in UNSEEN:
            continue
        items = [
            item
            for item in labelled_rows(rows, source)
            if (share("split", item[2], item[3]) < HELD_OUT) == test
        ]
        cap = CAPS.get(source, 10**9)
        for text, label, _, _ in items[:: max(1, len(items) // cap)][:cap]:
            out.append(Example(text, label, source, ""))
    return out


def grammar_examples(slots: Slots, *, test: bool | None, scale: float = 1.0) -> list[Example]:
    """Grammar texts of every class and language, of one side of the frames or (None) of all."""
    out: list[Example] = []
    for language in languages():
        for label in CAPABILITIES:
            count = GRAMMAR_TEXTS.get(language, OTHER_LANGUAGE_TEXTS) * scale
            if language == "en" and label in WITH_SOURCES:
                count /= 2
            out += capability_examples(language, label, int(count), slots, test=test, seed=SEED)
    return out


def paraphrased(examples: list[Example]) -> list[Example]:
    """The texts; in every second grammar text some words are swapped for neighbours in meaning."""
    neighbours = Neighbours(load_wordllama(), [e.text for e in examples if e.language])
    draw = np.random.default_rng([SEED, 7])
    out = []
    for e in examples:
        rate = 0.35 if e.language and draw.random() < 0.5 else 0.0
        out.append(Example(neighbours.swap(e.text, draw, rate), e.label, e.origin, e.language) if rate else e)
    return out


def class_indices(examples: list[Example]) -> I64:
    """Column of each example's class."""
    index = {name: i for i, name in enumerate(CAPABILITIES)}
    return np.array([index[example.label] for example in examples], np.int64)


def fit_capability(examples: list[Example]) -> tuple[F32, F32]:
    """Weights and biases of the 12 classes, every class with the same total weight."""
    y = class_indices(examples)
    share_of = np.bincount(y, minlength=len(CAPABILITIES))
    weights = y.size / (len(CAPABILITIES) * share_of[y])
    f = elicitation.featurise([e.text for e in examples])
    return fit_softmax(f, y, weights, len(CAPABILITIES), seed=SEED, epochs=6, decay=3e-4, dropped=0.35)


def temperature(z: F64, bias: F32, y: I64) -> float:
    """The divisor of all scores that makes the probabilities of held-out texts honest.

    source  Guo, Pleiss, Sun & Weinberger 2017, ICML
    """

    def loss(log_t: float) -> float:
        s = (z + bias) / np.exp(log_t)
        s -= s.max(axis=1, keepdims=True)
        return float(np.mean(np.log(np.exp(s).sum(axis=1)) - s[np.arange(y.size), y]))

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 3), method="bounded").x))


def fit_elicitation(
    rows: dict[str, list[Row]], slots: Slots, test_slots: Slots
) -> tuple[F32, float, float, dict[str, Any]]:
    """(weights, slope, bias, measurements): measured without the held-out frames, shipped with all."""
    trainable = permissive(rows)
    negatives = elicitation.real(trainable, test=False) + elicitation.ordinary(
        slots, test=False, each=200, seed=SEED
    )
    seen = elicitation.synthetic(slots, test=False, seed=SEED)
    honest, _ = elicitation.fit(seen + negatives, seed=SEED)
    test = elicitation.synthetic(test_slots, test=True, seed=SEED + 1)
    test_negatives = elicitation.real(trainable, test=True)
    measured = test + test_negatives + elicitation.ordinary(test_slots, test=True, each=20, seed=SEED)
    y = elicitation.targets(measured)
    slope, bias = elicitation.calibrate(elicitation.scores_of([e.text for e in measured], honest), y)
    report: dict[str, Any] = {}

    def measure(name: str, examples: list[Example], w: F32) -> None:
        chosen = [e for e in examples if e.label != "weak"]
        p = elicitation.probability(slope * elicitation.scores_of([e.text for e in chosen], w) + bias)
        report[name] = elicitation.precision_recall(p, elicitation.targets(chosen) == 1)

    measure("held-out frames, look-alike frames", test, honest)
    measure("held-out frames, look-alikes and real prompts", measured, honest)
    for language in languages("elicit_"):
        without, _ = elicitation.fit(
            elicitation.synthetic(slots, test=None, seed=SEED, skip=language) + negatives, seed=SEED
        )
        alone = [
            e
            for e in elicitation.synthetic(test_slots, test=None, seed=SEED + 2, per_frame=0.3)
            if e.language == language
        ]
        measure(f"language never seen: {language}", alone, without)
    shipped, _ = elicitation.fit(elicitation.synthetic(slots, test=None, seed=SEED) + negatives, seed=SEED)
    return shipped, slope, bias, report


def assemble(w: F32, bias: F32, t: float, elicit_w: F32, slope: float, elicit_bias: float) -> reports.Shipped:
    """The file's arrays: twelve classes, divided by the temperature, then elicitation, the rest zero."""
    weights = np.zeros((BUCKETS, COLUMNS), np.int8)
    scale, biases = np.zeros(COLUMNS, np.float32), np.zeros(COLUMNS, np.float32)
    q, s = quantise(w)
    weights[:, :ELICITATION], scale[:ELICITATION], biases[:ELICITATION] = (
        q,
        s / np.float32(t),
        bias / np.float32(t),
    )
    q, s = quantise(elicit_w[:, None])
    weights[:, ELICITATION], scale[ELICITATION], biases[ELICITATION] = (
        q[:, 0],
        s[0] * np.float32(slope),
        elicit_bias,
    )
    return reports.Shipped(weights, scale, biases)


def main() -> None:
    """Train, measure, write the model and its reports."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of prompts_*.parquet")
    parser.add_argument(
        "--out", type=Path, default=REPOSITORY / "src/stillwatch/fingerprint/data/capability.npz"
    )
    parser.add_argument("--report", type=Path, default=REPOSITORY / "docs/methods")
    arguments = parser.parse_args()
    rows = read_corpus(arguments.data)
    trainable = permissive(rows)
    slots, test_slots = payload_slots(trainable, test=False), payload_slots(trainable, test=True)

    real_train = real_examples(trainable, test=False)
    honest_w, honest_bias = fit_capability(paraphrased(real_train + grammar_examples(slots, test=False)))
    train = real_train + grammar_examples(slots, test=None)
    w, bias = fit_capability(paraphrased(train))
    rows_test = real_examples(trainable, test=True)
    frames_test = grammar_examples(test_slots, test=True, scale=0.1)
    held = frames_test + rows_test[:: max(1, len(rows_test) // len(frames_test))]
    held_features = elicitation.featurise([e.text for e in held])
    t = temperature(softmax_scores(held_features, honest_w), honest_bias, class_indices(held))
    elicit_w, slope, elicit_bias, elicitation_report = fit_elicitation(rows, slots, test_slots)

    shipped = assemble(w, bias, t, elicit_w, slope, elicit_bias)
    honest = assemble(honest_w, honest_bias, t, elicit_w, slope, elicit_bias)
    arrays: dict[str, NDArray[Any]] = {
        "weights": shipped.weights,
        "scale": shipped.scale,
        "bias": shipped.bias,
        "version": np.array(VERSION),
    }
    size = write_arrays(arguments.out, arrays)

    unseen = [Example(t, c, s, "") for t, c, s, _ in labelled_rows(rows, *UNSEEN)]
    result: dict[str, Any] = {
        "version": VERSION,
        "bytes": size,
        "training_texts": len(train),
        "temperature": round(t, 3),
        "training_sources": reports.counts(e.origin for e in train if not e.language),
        "held_out_rows": reports.confusion(shipped, rows_test),
        "held_out_frames": reports.confusion(honest, frames_test),
        "unseen_sources": reports.confusion(shipped, unseen),
        "float_accuracy": reports.float_accuracy(
            w, bias, {"held_out_rows": rows_test, "unseen_sources": unseen}
        )
        | reports.float_accuracy(honest_w, honest_bias, {"held_out_frames": frames_test}),
    }
    false_positives = reports.elicitation_by_source(shipped, rows)
    arguments.report.mkdir(parents=True, exist_ok=True)
    reports.write_capability(arguments.report, result)
    reports.write_elicitation(
        arguments.report,
        {
            "version": VERSION,
            "slope": round(slope, 3),
            "tests": elicitation_report,
            "by_source": false_positives,
        },
    )
    for name in ("held_out_rows", "held_out_frames", "unseen_sources"):
        print(
            name,
            result[name]["accuracy"],
            "float",
            result["float_accuracy"][name],
            "ece",
            result[name]["calibration_error"],
        )
    print({k: v["0.5"] for k, v in elicitation_report.items()})


if __name__ == "__main__":
    main()
