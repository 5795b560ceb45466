"""Compiles WordLlama's static embedding (MIT) into the shipped table of whole words, and measures it.

    python scripts/train/semantic.py DATA_FOLDER [--out FILE] [--report docs/methods]

A word that is a token keeps the token's vector (the mean over its spellings in upper and lower case). Any
other common word of the permissive texts gets the sum of its tokens' vectors, which is what average pooling
over tokens makes of it. The first 64 Matryoshka dimensions are kept.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from archive import write_arrays
from corpus import Row, permissive, read_corpus, share
from features import split_words, word_hashes
from numpy.typing import NDArray
from pages import replace_figures, table
from scipy.stats import rankdata

VERSION = "wordllama-l2_supercat-64 1"
DIMENSIONS = 64
WORDS = 48_000  # 72 bytes each: 3.5 MB
TEXT_WORDS = 512
REPOSITORY = Path(__file__).resolve().parents[2]

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


def load_wordllama() -> Any:
    """WordLlama's 256-dimension embedding from its own package folder: no network."""
    import wordllama
    from wordllama import WordLlama

    return WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True)


def measured_intent(row: Row) -> bool:
    """Whether a row belongs to the half of the intents that is only measured: no word is taken from it."""
    return row.source == "clinc_oos" and share("semantic", row.group) < 0.5


def count_words(rows: dict[str, list[Row]]) -> Counter[str]:
    """How often each word stands in the permissive texts; no source counts for more than 200,000 words."""
    counts: Counter[str] = Counter()
    for source_rows in permissive(rows).values():
        source: Counter[str] = Counter()
        for row in source_rows:
            if not measured_intent(row):
                source.update(split_words(row.prompt[:4000]))
        total = sum(source.values())
        factor = min(total, 200_000) / max(total, 1)
        for word, count in source.items():
            counts[word] += count * factor  # type: ignore[assignment]
    return counts


def compile_table(model: Any, counts: Counter[str]) -> tuple[list[str], F32]:
    """Words and their vectors (n, 64), tokens first, then common words."""
    embedding = np.asarray(model.embedding, np.float32)[:, :DIMENSIONS]
    tokenizer = model.tokenizer
    tokenizer.no_padding()
    ids: dict[str, list[int]] = defaultdict(list)
    for token, index in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1]):
        word = token[1:] if token.startswith("▁") else token
        if (token.startswith("▁") or ord(token[0]) >= 0x2E80) and split_words(word) == [word.lower()]:
            ids[word.lower()].append(index)
    vectors = {word: embedding[indices].mean(axis=0) for word, indices in ids.items()}
    ranked = sorted((word for word in counts if word not in vectors), key=lambda word: (-counts[word], word))
    common = [word for word in ranked if len(word) <= 40 and not word.isdigit()][: WORDS - len(vectors)]
    for word, encoding in zip(common, tokenizer.encode_batch(common, add_special_tokens=False), strict=True):
        if any(token.startswith("<0x") for token in encoding.tokens):
            continue  # spelt in raw bytes: the vectors of bytes carry no meaning
        vectors[word] = embedding[encoding.ids].sum(axis=0)
    return list(vectors), np.stack(list(vectors.values()))


def quantise(vectors: F32) -> tuple[NDArray[np.int8], float]:
    """Signed bytes and the share of clipped values; one scale for all words keeps their relative weights."""
    scale = np.quantile(np.abs(vectors), 0.9999) / 127
    scaled = vectors / scale
    return np.clip(np.rint(scaled), -127, 127).astype(np.int8), float(np.mean(np.abs(scaled) > 127.5))


def embed(texts: list[str], hashes: NDArray[np.uint64], vectors: NDArray[Any]) -> F64:
    """Vectors (texts, 64) as the scanner makes them: sums over words; zero where no word is known."""
    words = word_hashes(texts)
    at = np.minimum(np.searchsorted(hashes, words.hashes), hashes.size - 1)
    found = hashes[at] == words.hashes
    out = np.zeros((len(texts), vectors.shape[1]))
    for i in range(len(texts)):
        span = slice(words.starts[i], min(words.starts[i + 1], words.starts[i] + TEXT_WORDS))
        out[i] = vectors[at[span][found[span]]].astype(np.float64).sum(axis=0)
    return out


def same_group_auc(vectors: F64, groups: list[str], pairs: int = 100_000) -> float:
    """Probability that two texts of one group are closer (cosine) than two texts of different groups."""
    draw = np.random.default_rng(20)
    labels = np.unique(groups, return_inverse=True)[1]
    order = np.argsort(labels, kind="stable")
    first = np.searchsorted(labels[order], np.arange(labels.max() + 2))
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    left = draw.integers(0, labels.size, pairs)
    low, high = first[labels[left]], first[labels[left] + 1]
    mate = order[low + (draw.random(pairs) * (high - low)).astype(np.int64)]
    other = draw.integers(0, labels.size, pairs)
    same, different = left != mate, labels[left] != labels[other]
    positive = (unit[left[same]] * unit[mate[same]]).sum(axis=1)
    negative = (unit[left[different]] * unit[other[different]]).sum(axis=1)
    rank = rankdata(np.concatenate([positive, negative]))[: positive.size].sum()
    return float((rank - positive.size * (positive.size + 1) / 2) / (positive.size * negative.size))


def measure(
    model: Any, rows: dict[str, list[Row]], hashes: NDArray[np.uint64], vectors: NDArray[Any]
) -> dict[str, Any]:
    """AUC of same-topic texts for the table and for WordLlama itself."""
    conversations = [row for row in rows["wildchat_convotopo"] if 0 < len(row.prompt) <= 4000]
    cjk = [
        row
        for row in conversations
        if sum(0x2E80 <= ord(c) <= 0x9FFF for c in row.prompt) > 0.3 * len(row.prompt)
    ]
    russian = [
        row
        for row in conversations
        if sum("а" <= c.lower() <= "я" for c in row.prompt) > 0.5 * len(row.prompt)
    ]
    intents = [row for row in rows["clinc_oos"] if measured_intent(row) and row.group != "intent:oos"]
    out: dict[str, Any] = {}
    for name, chosen in (
        ("clinc_oos intents", intents),
        ("wildchat conversations", conversations),
        ("wildchat, Chinese", cjk),
        ("wildchat, Russian", russian),
    ):
        texts, groups = [row.prompt for row in chosen], [row.group for row in chosen]
        model.tokenizer.enable_padding()
        real = np.asarray(model.embed(texts, batch_size=16), np.float64)
        words = word_hashes(texts).hashes
        out[name] = {
            "texts": len(texts),
            "words_in_table": round(float(np.isin(words, hashes).mean()), 4),
            "table_64": round(same_group_auc(embed(texts, hashes, vectors), groups), 4),
            "wordllama_64": round(same_group_auc(real[:, :DIMENSIONS], groups), 4),
            "wordllama_256": round(same_group_auc(real, groups), 4),
        }
    return out


def main() -> None:
    """Write the table and its report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of prompts_*.parquet")
    parser.add_argument(
        "--out", type=Path, default=REPOSITORY / "src/stillwatch/fingerprint/data/semantic.npz"
    )
    parser.add_argument("--report", type=Path, default=REPOSITORY / "docs/methods")
    arguments = parser.parse_args()
    rows = read_corpus(arguments.data)
    model = load_wordllama()
    words, floats = compile_table(model, count_words(rows))
    vectors, clipped = quantise(floats)
    hashes = word_hashes(words).hashes
    if hashes.size != len(words):
        raise SystemExit("a word of the vocabulary is not one word of the tokeniser")
    hashes, first = np.unique(hashes, return_index=True)
    vectors = vectors[first]
    size = write_arrays(arguments.out, {"hashes": hashes, "vectors": vectors, "version": np.array(VERSION)})
    result: dict[str, Any] = {
        "version": VERSION,
        "words": int(hashes.size),
        "bytes": size,
        "clipped": clipped,
        "auc": measure(model, rows, hashes, vectors),
    }
    print(json.dumps(result, indent=1))
    arguments.report.mkdir(parents=True, exist_ok=True)
    (arguments.report / "semantic.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    header = [
        "texts of one group",
        "texts",
        "words known",
        "table, 64 bytes",
        "WordLlama 64",
        "WordLlama 256",
    ]
    lines = ([name, *measured.values()] for name, measured in result["auc"].items())
    figures = f"{result['words']:,} words, {size:,} bytes.\n\n{table(header, lines)}"
    replace_figures(arguments.report / "semantic.md", "Semantic vectors", figures)


if __name__ == "__main__":
    main()
