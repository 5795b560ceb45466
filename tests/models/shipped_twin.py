"""A naive twin of the scanner's linear scores and semantic vectors, written from their definition in plain Python."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

MASK = (1 << 64) - 1
SEPARATORS = (
    (0xAB, 0xB4), (0xB6, 0xB9), (0xBB, 0xBF), (0xD7, 0xD7), (0xF7, 0xF7), (0x2000, 0x2BFF), (0x3000, 0x3004),
    (0x3007, 0x3030), (0xFE10, 0xFE6F), (0xFF00, 0xFF0F), (0xFF1A, 0xFF20), (0xFF3B, 0xFF40), (0xFF5B, 0xFF65),
    (0x1F000, 0x1FAFF),
)  # fmt: skip
SINGLES = (
    (0xE00, 0xEFF),
    (0x2E80, 0x2FDF),
    (0x3005, 0x3006),
    (0x3031, 0x9FFF),
    (0xAC00, 0xD7AF),
    (0xF900, 0xFAFF),
)


def _within(c: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= c <= last for first, last in ranges)


def _lower(c: int) -> int:
    if 65 <= c <= 90 or (0xC0 <= c <= 0xDE and c != 0xD7) or 0x391 <= c <= 0x3A9 or 0x410 <= c <= 0x42F:
        return c + 0x20
    return c + 0x50 if 0x400 <= c <= 0x40F else c


def words(text: str) -> list[str]:
    """Lower-cased words; a word of digits alone is "0"."""
    out, run = [], ""
    for character in text + " ":
        c = ord(character)
        plain = character.isalnum() or character == "_"
        inside = plain if c < 0x80 else c >= 0xAA and not _within(c, SEPARATORS)
        single = inside and (_within(c, SINGLES) or c >= 0x20000)
        if inside and not single:
            run += chr(_lower(c))
            continue
        if run:
            out.append("0" if run.isascii() and run.isdigit() else run)
            run = ""
        if single:
            out.append(character)
    return out


def fmix64(x: int) -> int:
    """MurmurHash3's finaliser."""
    for multiplier in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        x = ((x ^ (x >> 33)) * multiplier) & MASK
    return x ^ (x >> 33)


def word_hash(word: str) -> int:
    """FNV-1a over UTF-8, mixed."""
    h = 0xCBF29CE484222325
    for byte in word.encode():
        h = ((h ^ byte) * 0x100000001B3) & MASK
    return fmix64(h)


def features(text: str) -> list[tuple[int, int]]:
    """(bucket, block of 32 words) of every word and of every pair of neighbours."""
    hashes = [word_hash(word) for word in words(text)]
    out = []
    for i, h in enumerate(hashes):
        out.append((h >> 48, i // 32))
        if i:
            out.append((fmix64((hashes[i - 1] * 0x9E3779B97F4A7C15 + h) & MASK) >> 48, i // 32))
    return out


def capability(model: Any, text: str) -> list[float]:
    """Probabilities of the 12 classes."""
    found = features(text)
    total = model["weights"][[bucket for bucket, _ in found], :12].astype(np.int64).sum(axis=0)
    z = model["bias"][:12] + model["scale"][:12] * total / math.sqrt(len(found))
    e = np.exp(z - z.max())
    return [float(p) for p in e / e.sum()]


def elicitation(model: Any, text: str) -> float:
    """Probability that the text asks for the reasoning behind an answer."""
    blocks: dict[int, int] = {}
    for bucket, block in features(text):
        blocks[block] = blocks.get(block, 0) + int(model["weights"][bucket, 12])
    sums = [blocks[i] for i in range(len(blocks))]
    best = max((a + b for a, b in pairwise(sums)), default=sums[0])
    return float(1 / (1 + math.exp(-(model["bias"][12] + model["scale"][12] * best))))


def meaning(table: Any, text: str) -> Any:
    """Unit vector of a text; None where no word is known."""
    where = {int(h): i for i, h in enumerate(table["hashes"])}
    rows = [where[h] for h in map(word_hash, words(text)[:512]) if h in where]
    if not rows:
        return None
    total = table["vectors"][rows].astype(np.int64).sum(axis=0)
    return total / np.linalg.norm(total)
