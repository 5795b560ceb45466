"""Measures the quantised models and writes what was found as JSON and as the tables of the method pages."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from corpus import LICENCES, Row
from elicitation import ASK_FOR_REASONING, featurise, probability
from examples import Example
from linear import F32, F64, softmax_scores, window_scores
from numpy.typing import NDArray
from pages import replace_figures, table

from stillwatch.model.fingerprints import CAPABILITIES

CLASSES = len(CAPABILITIES)


class Shipped(NamedTuple):
    """The model as it is shipped."""

    weights: NDArray[np.int8]
    scale: F32
    bias: F32

    def classes(self, texts: list[str]) -> F64:
        """Probabilities (texts, 12)."""
        w = self.weights[:, :CLASSES].astype(np.float32)
        z = softmax_scores(featurise(texts), w) * self.scale[:CLASSES] + self.bias[:CLASSES]
        z = np.exp(z - z.max(axis=1, keepdims=True))
        return np.asarray(z / z.sum(axis=1, keepdims=True))

    def elicitation(self, texts: list[str]) -> F64:
        """Probabilities (texts,)."""
        scores = window_scores(featurise(texts), self.weights[:, CLASSES].astype(np.float32))
        return probability(scores * self.scale[CLASSES] + self.bias[CLASSES])


def counts(names: Iterable[str]) -> dict[str, int]:
    """How often each name occurs, in name order."""
    return dict(sorted(Counter(names).items()))


def confusion(model: Shipped, examples: list[Example]) -> dict[str, Any]:
    """Confusion table (rows true, columns found), accuracy in all and by group, and calibration."""
    truth = np.array([CAPABILITIES.index(e.label) for e in examples])
    p = model.classes([e.text for e in examples])
    found = p.argmax(axis=1)
    matrix = np.zeros((CLASSES, CLASSES), np.int64)
    np.add.at(matrix, (truth, found), 1)
    right = truth == found
    groups: dict[str, list[bool]] = defaultdict(list)
    for example, ok in zip(examples, right, strict=True):
        groups[example.language or example.origin].append(bool(ok))
    top = p.max(axis=1)
    bins = np.minimum((top * 10).astype(int), 9)
    reliability = [
        {
            "from": b / 10,
            "texts": int((bins == b).sum()),
            "stated": round(float(top[bins == b].mean()), 3),
            "right": round(float(right[bins == b].mean()), 3),
        }
        for b in range(10)
        if (bins == b).any()
    ]
    error = sum(r["texts"] * abs(r["stated"] - r["right"]) for r in reliability) / truth.size
    recall = [right[truth == c].mean() if (truth == c).any() else np.nan for c in range(CLASSES)]
    return {
        "texts": int(truth.size),
        "accuracy": round(float(right.mean()), 4),
        "mean_class_recall": round(float(np.nanmean(recall)), 4),
        "calibration_error": round(float(error), 4),
        "table": matrix.tolist(),
        "reliability": reliability,
        "by_group": {k: [round(float(np.mean(v)), 3), len(v)] for k, v in sorted(groups.items())},
    }


def float_accuracy(w: F32, bias: F32, sets: Mapping[str, list[Example]]) -> dict[str, float]:
    """Accuracy before quantisation."""
    out = {}
    for name, examples in sets.items():
        found = (softmax_scores(featurise([e.text for e in examples]), w) + bias).argmax(axis=1)
        truth = np.array([CAPABILITIES.index(e.label) for e in examples])
        out[name] = round(float((found == truth).mean()), 4)
    return out


def elicitation_by_source(model: Shipped, rows: Mapping[str, list[Row]]) -> dict[str, Any]:
    """Share of each source's texts (prompt, and the system text where that is the text) above 0.5 and 0.9."""
    out = {}
    for source in sorted(rows):
        texts = [row.system if source == "fabric_patterns" else row.prompt for row in rows[source]]
        p = model.elicitation(texts)
        out[source] = {
            "texts": len(texts),
            "licence": LICENCES[source][0],
            "use": "evaluate only" if source in ASK_FOR_REASONING else LICENCES[source][1],
            "0.5": round(float((p >= 0.5).mean()), 5),
            "0.9": round(float((p >= 0.9).mean()), 5),
        }
    return out


def write_capability(folder: Path, result: Mapping[str, Any]) -> None:
    """Write capability.json and the figures of capability.md."""
    (folder / "capability.json").write_text(
        json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    short = [
        "".join(part[0] for part in name.split("_")) if "_" in name else name[:4] for name in CAPABILITIES
    ]
    parts = []
    titles = {
        "held_out_rows": "Held-out rows of the training sources",
        "held_out_frames": "Held-out grammar frames",
        "unseen_sources": "Whole sources never trained on",
    }
    for key, title in titles.items():
        r = result[key]
        parts.append(
            f"### {title}\n\n{r['texts']:,} texts. "
            f"Accuracy {r['accuracy']:.3f} ({result['float_accuracy'][key]:.3f} before "
            f"quantisation), mean recall of the classes {r['mean_class_recall']:.3f}, calibration error "
            f"{r['calibration_error']:.3f}.\n\nRows: true class; columns: found.\n"
        )
        parts.append(
            table(["", *short], ([n, *line] for n, line in zip(CAPABILITIES, r["table"], strict=True)))
        )
        parts.append("")
        group = "language" if key == "held_out_frames" else "source"
        lines = ([k, v[1], f"{v[0]:.3f}"] for k, v in r["by_group"].items())
        parts.append(table([group, "texts", "right"], lines))
        parts.append("")
        cells = (
            [f"{b['from']:.1f}", b["texts"], f"{b['stated']:.2f}", f"{b['right']:.2f}"]
            for b in r["reliability"]
        )
        parts.append(table(["probability from", "texts", "stated", "right"], cells))
        parts.append("")
    replace_figures(folder / "capability.md", "Capability", "\n".join(parts))


def write_elicitation(folder: Path, result: Mapping[str, Any]) -> None:
    """Write elicitation.json and the figures of elicitation.md."""
    (folder / "elicitation.json").write_text(
        json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    lines = (
        [
            name,
            r["positives"],
            r["negatives"],
            *(
                f"{r[t][k]:.3f}"
                for t in ("0.5", "0.9")
                for k in ("precision", "recall", "false_positive_rate")
            ),
        ]
        for name, r in result["tests"].items()
    )
    header = [
        "test",
        "positives",
        "negatives",
        "precision at 0.5",
        "recall",
        "false positives",
        "precision at 0.9",
        "recall",
        "false positives",
    ]
    first = table(header, lines)
    second = table(
        ["source", "texts", "used for", "share at 0.5", "share at 0.9"],
        (
            [s, r["texts"], r["use"], f"{r['0.5']:.4f}", f"{r['0.9']:.4f}"]
            for s, r in result["by_source"].items()
        ),
    )
    replace_figures(folder / "elicitation.md", "Reasoning elicitation", f"{first}\n\n{second}")
