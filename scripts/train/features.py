"""Word hashes and hashed features of the shipped linear models, exactly as the scanner computes them.

This is the reference of the training side: UTF-8 bytes in, arrays out, 100,000 texts in a few seconds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

BUCKETS = 65_536
BLOCK_WORDS = 32

_FNV_OFFSET = np.uint64(0xCBF29CE484222325)
_FNV_PRIME = np.uint64(0x100000001B3)
_PAIR = np.uint64(0x9E3779B97F4A7C15)

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]


class Words(NamedTuple):
    """Word hashes of many texts: text i owns hashes[starts[i]:starts[i + 1]]."""

    hashes: U64
    starts: I64


class Features(NamedTuple):
    """Buckets of many texts: text i owns buckets[starts[i]:starts[i + 1]]; blocks count from 0 in each."""

    buckets: I32
    blocks: I32
    starts: I64


@nb.njit(cache=True)
def fmix64(x):  # type: ignore[no-untyped-def]
    """Return the MurmurHash3 finaliser of an unsigned 64-bit value."""
    x ^= x >> np.uint64(33)
    x *= np.uint64(0xFF51AFD7ED558CCD)
    x ^= x >> np.uint64(33)
    x *= np.uint64(0xC4CEB9FE1A85EC53)
    x ^= x >> np.uint64(33)
    return x


@nb.njit(cache=True)
def _decode(data, at, end):  # type: ignore[no-untyped-def]
    """Return (codepoint, length); codepoint -1 and length 1 where the bytes are not UTF-8."""
    a = data[at]
    if a < 0x80:
        return np.int64(a), 1
    if 0xC2 <= a <= 0xDF and at + 1 < end and data[at + 1] & 0xC0 == 0x80:
        return (np.int64(a & 0x1F) << 6) | np.int64(data[at + 1] & 0x3F), 2
    if 0xE0 <= a <= 0xEF and at + 2 < end and data[at + 1] & 0xC0 == 0x80 and data[at + 2] & 0xC0 == 0x80:
        c = (np.int64(a & 0x0F) << 12) | (np.int64(data[at + 1] & 0x3F) << 6) | np.int64(data[at + 2] & 0x3F)
        if c >= 0x800 and not 0xD800 <= c <= 0xDFFF:
            return c, 3
    if (
        0xF0 <= a <= 0xF4
        and at + 3 < end
        and data[at + 1] & 0xC0 == 0x80
        and data[at + 2] & 0xC0 == 0x80
        and data[at + 3] & 0xC0 == 0x80
    ):
        c = (
            (np.int64(a & 0x07) << 18)
            | (np.int64(data[at + 1] & 0x3F) << 12)
            | (np.int64(data[at + 2] & 0x3F) << 6)
            | np.int64(data[at + 3] & 0x3F)
        )
        if 0x10000 <= c <= 0x10FFFF:
            return c, 4
    return np.int64(-1), 1


@nb.njit(cache=True)
def _kind(c):  # type: ignore[no-untyped-def]
    """Return 0 for a separator, 1 for a word character, 2 for a character that is a word by itself."""
    if c < 0x80:
        word = 48 <= c <= 57 or 65 <= c <= 90 or 97 <= c <= 122 or c == 95
        return 1 if word else 0
    if c < 0x2000:
        if c < 0xAA or 0xAB <= c <= 0xB4 or 0xB6 <= c <= 0xB9 or 0xBB <= c <= 0xBF or c == 0xD7 or c == 0xF7:
            return 0
        return 2 if 0x0E00 <= c <= 0x0EFF else 1
    if (
        c <= 0x2BFF
        or 0x3000 <= c <= 0x3004
        or 0x3007 <= c <= 0x3030
        or 0xFE10 <= c <= 0xFE6F
        or 0xFF00 <= c <= 0xFF0F
        or 0xFF1A <= c <= 0xFF20
        or 0xFF3B <= c <= 0xFF40
        or 0xFF5B <= c <= 0xFF65
        or 0x1F000 <= c <= 0x1FAFF
    ):
        return 0
    if (
        0x2E80 <= c <= 0x2FDF
        or 0x3005 <= c <= 0x9FFF
        or 0xAC00 <= c <= 0xD7AF
        or 0xF900 <= c <= 0xFAFF
        or c >= 0x20000
    ):
        return 2
    return 1


@nb.njit(cache=True)
def _lower(c):  # type: ignore[no-untyped-def]
    if 65 <= c <= 90 or (0xC0 <= c <= 0xDE and c != 0xD7) or 0x391 <= c <= 0x3A9 or 0x410 <= c <= 0x42F:
        return c + 0x20
    if 0x400 <= c <= 0x40F:
        return c + 0x50
    return c


@nb.njit(cache=True)
def _fnv(h, byte):  # type: ignore[no-untyped-def]
    return (h ^ np.uint64(byte)) * _FNV_PRIME


@nb.njit(cache=True)
def _fnv_codepoint(h, c):  # type: ignore[no-untyped-def]
    """Return h after the UTF-8 bytes of codepoint c."""
    if c < 0x80:
        return _fnv(h, c)
    if c < 0x800:
        h = _fnv(h, 0xC0 | (c >> 6))
        return _fnv(h, 0x80 | (c & 0x3F))
    if c < 0x10000:
        h = _fnv(h, 0xE0 | (c >> 12))
    else:
        h = _fnv(h, 0xF0 | (c >> 18))
        h = _fnv(h, 0x80 | ((c >> 12) & 0x3F))
    h = _fnv(h, 0x80 | ((c >> 6) & 0x3F))
    return _fnv(h, 0x80 | (c & 0x3F))


@nb.njit(cache=True)
def _word_hashes(data, offsets, out, starts):  # type: ignore[no-untyped-def]
    zero = fmix64(_fnv(_FNV_OFFSET, 48))
    n = 0
    for text in range(offsets.size - 1):
        starts[text] = n
        at, end = offsets[text], offsets[text + 1]
        h, inside, digits = _FNV_OFFSET, False, True
        while at < end:
            c, length = _decode(data, at, end)
            kind = 0 if c < 0 else _kind(c)
            at += length
            if kind != 1 and inside:
                out[n] = zero if digits else fmix64(h)
                n += 1
                h, inside, digits = _FNV_OFFSET, False, True
            if kind == 2:
                out[n] = fmix64(_fnv_codepoint(_FNV_OFFSET, c))
                n += 1
            elif kind == 1:
                inside = True
                digits = digits and 48 <= c <= 57
                h = _fnv_codepoint(h, _lower(c))
        if inside:
            out[n] = zero if digits else fmix64(h)
            n += 1
    starts[offsets.size - 1] = n
    return n


@nb.njit(cache=True)
def _buckets(hashes, word_starts, buckets, blocks, starts):  # type: ignore[no-untyped-def]
    n = 0
    for text in range(word_starts.size - 1):
        starts[text] = n
        first, last = word_starts[text], word_starts[text + 1]
        for i in range(first, last):
            block = (i - first) // BLOCK_WORDS
            buckets[n] = np.int32(hashes[i] >> np.uint64(48))
            blocks[n] = block
            n += 1
            if i > first:
                pair = fmix64(hashes[i - 1] * _PAIR + hashes[i])
                buckets[n] = np.int32(pair >> np.uint64(48))
                blocks[n] = block
                n += 1
    starts[word_starts.size - 1] = n
    return n


def word_hashes(texts: Sequence[str]) -> Words:
    """Word hashes of each text, in order of occurrence.

    texts  any strings; lone surrogates count as separators
    """
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    offsets = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(e) for e in encoded], out=offsets[1:])
    data = np.frombuffer(b"".join(encoded), np.uint8)
    out = np.empty(data.size + 1, np.uint64)
    starts = np.zeros(len(encoded) + 1, np.int64)
    n = _word_hashes(data, offsets, out, starts)
    return Words(out[:n].copy(), starts)


def features(words: Words) -> Features:
    """Buckets (0..65535) of every word and pair of neighbouring words, with the 32-word block of each."""
    size = 2 * words.hashes.size
    buckets, blocks = np.empty(size, np.int32), np.empty(size, np.int32)
    starts = np.zeros(words.starts.size, np.int64)
    n = _buckets(words.hashes, words.starts, buckets, blocks, starts)
    return Features(buckets[:n].copy(), blocks[:n].copy(), starts)


def hash_word(word: str) -> int:
    """Hash of a single word; the word must be one word of the tokeniser."""
    hashes = word_hashes([word]).hashes
    if hashes.size != 1:
        raise ValueError(f"{word!r} is {hashes.size} words, not one")
    return int(hashes[0])


_SEPARATORS = (
    "\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7\u2000-\u2bff\u3000-\u3004\u3007-\u3030\ud800-\udfff"
    "\ufe10-\ufe6f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\U0001f000-\U0001faff"
)
_SINGLES = (
    "\u0e00-\u0eff\u2e80-\u2fdf\u3005-\u3006\u3031-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0010ffff"
)
_WORD = re.compile(f"[{_SINGLES}]|(?:(?![{_SINGLES}{_SEPARATORS}])[0-9A-Za-z_\u00aa-\U0010ffff])+")
_LOWER = {
    c: c + step
    for first, last, step in (
        (65, 90, 32),
        (0xC0, 0xDE, 32),
        (0x391, 0x3A9, 32),
        (0x410, 0x42F, 32),
        (0x400, 0x40F, 80),
    )
    for c in range(first, last + 1)
    if c != 0xD7
}


def split_words(text: str) -> list[str]:
    """Words of a text as strings, lower-cased, digits as they stand: for vocabularies."""
    return _WORD.findall(text.translate(_LOWER))
