"""Passages of a text: word shingles sampled so that a shared run of words always gives shared samples."""

from __future__ import annotations

from typing import Any

from stillwatch.kernels.compiling import step
from stillwatch.kernels.hashing import BASE, U64, fmix64

SHINGLE = 6  # words
WINDOW = 12  # shingles; any SHINGLE + WINDOW - 1 = 17 words in common share a sample
SHORTEST = 3  # words that make a passage where a text has fewer than SHINGLE

_U0, _U1 = U64(0), U64(1)
_SHINGLE, _WINDOW = U64(SHINGLE), U64(WINDOW)
_BASE_OUT = U64(pow(int(BASE), SHINGLE, 1 << 64))  # weight of the word that leaves a shingle


@step
def _shingle_prints(hashes: Any, words: Any, prints: Any, totals: Any) -> Any:
    """How many shingles the words make, and the polynomial of all words; public hashes go to `prints`."""
    total = _U0
    totals[_U0] = _U0
    for i in range(words):
        total = total * BASE + hashes[i]
        totals[i + _U1] = total
    if words <= _SHINGLE:
        prints[_U0] = fmix64(total)
        return (_U0 if words < U64(SHORTEST) else _U1), total
    count = words - _SHINGLE + _U1
    for i in range(count):
        prints[i] = fmix64(totals[i + _SHINGLE] - totals[i] * _BASE_OUT)
    return count, total


@step
def _smallest(prints: Any, first: Any, end: Any) -> Any:
    """Position of the smallest of prints[first:end], the rightmost of equals."""
    place = first
    best = prints[first]
    for i in range(first + _U1, end):
        if prints[i] <= best:
            best = prints[i]
            place = i
    return place


@step
def _winnow(prints: Any, count: Any, out: Any, at: Any) -> Any:
    """Where `out` ends after the smallest print of each window was added, equal neighbours once."""
    if count == _U0:
        return at
    if count < _WINDOW:
        out[at] = prints[_smallest(prints, _U0, count)]
        return at + _U1
    place = _smallest(prints, _U0, _WINDOW)
    best = prints[place]
    out[at] = best
    at += _U1
    for i in range(_WINDOW, count):
        value = prints[i]
        if value <= best:
            place = i
        elif place + _WINDOW <= i:
            place = _smallest(prints, i + _U1 - _WINDOW, i + _U1)
        else:
            continue
        best = prints[place]
        out[at] = best
        at += _U1
    return at


@step
def _keep_first(out: Any, start: Any, end: Any, slots: Any) -> Any:
    """Where out[start:] ends when only the first of equal values is kept, in order."""
    size = U64(4)
    while size < (end - start) << _U1:
        size <<= _U1
    mask = size - _U1
    for i in range(size):
        slots[i] = _U0
    kept = start
    for i in range(start, end):
        value = out[i]
        slot = value & mask
        while slots[slot] != _U0 and out[slots[slot] - _U1] != value:
            slot = (slot + _U1) & mask
        if slots[slot] == _U0:
            out[kept] = value
            kept += _U1
            slots[slot] = kept
    return kept


@step
def sample_passages(hashes: Any, words: Any, prints: Any, slots: Any, out: Any, at: Any) -> Any:
    """Where `out` ends after the text's passages were added, and the polynomial of all its words.

    Passages are public hashes, each once, as they occur.

    hashes  (words,) uint64 word hashes
    prints  scratch of at least `words` uint64
    slots   scratch of at least 4 * (words + 1) uint64
    out     uint64 with room for `words` more from position `at`
    source  Schleimer, Wilkerson & Aiken 2003, Winnowing: local algorithms for document fingerprinting
    """
    count, total = _shingle_prints(hashes, words, prints, slots)
    end = _winnow(prints, count, out, at)
    if end > at + _U1:
        end = _keep_first(out, at, end, slots)
    return end, total
