"""Which bytes and codepoints make words: the tables that the tokeniser looks up."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

SEPARATOR, LETTER, ALONE = 0, 1, 2  # kinds of a codepoint; ALONE: a word by itself
SCRIPTS = (
    "",
    "Latin",
    "Han",
    "Kana",
    "Hangul",
    "Cyrillic",
    "Arabic",
    "Devanagari",
    "Thai",
    "Greek",
    "Hebrew",
)
"""Scripts that are told apart, by the number that the tables give them; the first stands for any other."""

FOLD_BYTE, FOLD_WORD, FOLD_NOT_DIGIT = 0xFF, 0x100, 0x200  # parts of an entry of `Alphabet.fold`
KIND_BITS = 2  # an entry of `Alphabet.kinds` is script << KIND_BITS | kind
LOWER_END = 0x450  # codepoints from here on have no lower case of their own

_SEPARATORS = (
    (0x00, 0xA9), (0xAB, 0xB4), (0xB6, 0xB9), (0xBB, 0xBF), (0xD7, 0xD7), (0xF7, 0xF7), (0x2000, 0x2BFF),
    (0x3000, 0x3004), (0x3007, 0x3030), (0xFE10, 0xFE6F), (0xFF00, 0xFF0F), (0xFF1A, 0xFF20),
    (0xFF3B, 0xFF40), (0xFF5B, 0xFF65),
)  # fmt: skip
_ALONE = (
    (0x0E00, 0x0EFF),
    (0x2E80, 0x2FDF),
    (0x3005, 0x3006),
    (0x3031, 0x9FFF),
    (0xAC00, 0xD7AF),
    (0xF900, 0xFAFF),
)
_RANGES = (
    ("Latin", 0xAA, 0x24F), ("Greek", 0x370, 0x3FF), ("Cyrillic", 0x400, 0x52F), ("Hebrew", 0x590, 0x5FF),
    ("Arabic", 0x600, 0x6FF), ("Arabic", 0x750, 0x77F), ("Devanagari", 0x900, 0x97F), ("Thai", 0xE00, 0xE7F),
    ("Hangul", 0x1100, 0x11FF), ("Latin", 0x1E00, 0x1EFF), ("Greek", 0x1F00, 0x1FFF), ("Han", 0x2E80, 0x2FDF),
    ("Han", 0x3005, 0x3006), ("Kana", 0x3031, 0x3035), ("Kana", 0x3041, 0x30FF), ("Hangul", 0x3131, 0x318E),
    ("Kana", 0x31F0, 0x31FF), ("Han", 0x3400, 0x9FFF), ("Hangul", 0xAC00, 0xD7AF), ("Han", 0xF900, 0xFAFF),
    ("Arabic", 0xFB50, 0xFDFF), ("Arabic", 0xFE70, 0xFEFE), ("Latin", 0xFF21, 0xFF5A),
    ("Kana", 0xFF66, 0xFF9F),
)  # fmt: skip


class Alphabet(NamedTuple):
    """Lookup tables of the tokeniser, all read-only."""

    fold: npt.NDArray[np.uint16]  # (256,) lower-cased byte and FOLD_* bits of an ASCII word byte, else 0
    special: npt.NDArray[np.uint64]  # (256,) 1 where structure may begin: line ends and opening brackets
    kinds: npt.NDArray[np.uint8]  # (65536,) kind and script of a codepoint of the basic plane
    lower: npt.NDArray[np.uint16]  # (LOWER_END,) lower case of a codepoint


@cache
def alphabet() -> Alphabet:
    """The tables for words in UTF-8, built once."""
    fold = np.zeros(256, np.uint16)
    for byte in range(128):
        char = chr(byte)
        if char.isdigit():
            fold[byte] = byte | FOLD_WORD
        elif char.isalpha() or char == "_":
            fold[byte] = ord(char.lower()) | FOLD_WORD | FOLD_NOT_DIGIT
    special = np.zeros(256, np.uint64)
    special[[ord(char) for char in "\n{[<"]] = 1
    kinds = np.full(65536, LETTER, np.uint8)
    for first, last in _ALONE:
        kinds[first : last + 1] = ALONE
    for first, last in _SEPARATORS:
        kinds[first : last + 1] = SEPARATOR
    for script, first, last in _RANGES:
        kinds[first : last + 1] |= np.uint8(SCRIPTS.index(script) << KIND_BITS)
    lower = np.arange(LOWER_END, dtype=np.uint16)
    for first, last, distance in (
        (0xC0, 0xDE, 0x20),
        (0x391, 0x3A9, 0x20),
        (0x410, 0x42F, 0x20),
        (0x400, 0x40F, 0x50),
    ):
        lower[first : last + 1] += np.uint16(distance)
    lower[0xD7] = 0xD7
    for table in (fold, special, kinds, lower):
        table.flags.writeable = False
    return Alphabet(fold, special, kinds, lower)
