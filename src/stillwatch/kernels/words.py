"""UTF-8 bytes to word hashes: the tokeniser that every other step of the lexical pass feeds on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from stillwatch.kernels.alphabet import (
    ALONE,
    FOLD_BYTE,
    FOLD_NOT_DIGIT,
    FOLD_WORD,
    KIND_BITS,
    LETTER,
    LOWER_END,
    SCRIPTS,
    SEPARATOR,
)
from stillwatch.kernels.hashing import FNV_OFFSET, FNV_PRIME, U64, fmix64

_WORD = np.uint16(FOLD_WORD)
_BYTE = np.uint16(FOLD_BYTE)
_NOT_DIGIT = np.uint16(FOLD_NOT_DIGIT)
_NOTHING = np.uint16(0)
_HAN = SCRIPTS.index("Han")
_U0, _U1, _U2, _U3, _U4 = (U64(n) for n in range(5))
_R6, _R12, _R18 = U64(6), U64(12), U64(18)
_TAIL = U64(0x80)
_LOW6 = U64(0x3F)


def _number_hash() -> np.uint64:
    with np.errstate(over="ignore"):
        x = (FNV_OFFSET ^ U64(ord("0"))) * FNV_PRIME
        return U64(fmix64.py_func(x))


_NUMBER = _number_hash()  # any run of ASCII digits is this one word


@njit(nogil=True, cache=True)
def _decode(data: Any, pos: Any, end: Any) -> Any:
    """Codepoint and length of the sequence at `pos`; length 0 where it is not valid UTF-8."""
    lead = U64(data[pos])
    left = end - pos
    if lead < U64(0xC2) or lead > U64(0xF4) or left < _U2:
        return _U0, _U0
    second = U64(data[pos + _U1]) ^ _TAIL
    if second > _LOW6:
        return _U0, _U0
    if lead < U64(0xE0):
        return (lead & U64(0x1F)) << _R6 | second, _U2
    if left < _U3:
        return _U0, _U0
    third = U64(data[pos + _U2]) ^ _TAIL
    if third > _LOW6:
        return _U0, _U0
    if lead < U64(0xF0):
        point = (lead & U64(0xF)) << _R12 | second << _R6 | third
        if point < U64(0x800) or (point >= U64(0xD800) and point < U64(0xE000)):
            return _U0, _U0
        return point, _U3
    if left < _U4:
        return _U0, _U0
    fourth = U64(data[pos + _U3]) ^ _TAIL
    point = (lead & U64(0x7)) << _R18 | second << _R12 | third << _R6 | fourth
    if fourth > _LOW6 or point < U64(0x10000) or point > U64(0x10FFFF):
        return _U0, _U0
    return point, _U4


@njit(nogil=True, cache=True)
def _kind(point: Any, kinds: Any) -> Any:
    """Kind and script of a codepoint beyond ASCII, as in `Alphabet.kinds`."""
    if point < U64(0x10000):
        return np.int64(kinds[point])
    if point >= U64(0x20000):
        return np.int64(_HAN << KIND_BITS | ALONE)
    if point >= U64(0x1F000) and point <= U64(0x1FAFF):
        return np.int64(SEPARATOR)
    return np.int64(LETTER)


@njit(nogil=True, cache=True)
def _hash_codepoint(h: Any, data: Any, pos: Any, length: Any, point: Any, lower: Any) -> Any:
    if point < U64(LOWER_END):  # two bytes before and after folding
        small = U64(lower[point])
        h = (h ^ (U64(0xC0) | small >> _R6)) * FNV_PRIME
        return (h ^ (_TAIL | (small & _LOW6))) * FNV_PRIME
    for i in range(length):
        h = (h ^ U64(data[pos + i])) * FNV_PRIME
    return h


@njit(nogil=True, cache=True)
def split_words(
    data: Any,
    start: Any,
    end: Any,
    fold: Any,
    special: Any,
    kinds: Any,
    lower: Any,
    hashes: Any,
    marks: Any,
    scripts: Any,
) -> Any:
    """How many words and structural marks the text holds; their hashes and places go to scratch arrays.

    data     (bytes,) uint8; start, end: the text's place in it, uint64
    fold, special, kinds, lower: the tables of `Alphabet`
    hashes   at least (end - start) // 2 + 1 uint64: receives a hash a word
    marks    at least end - start + 1 uint64: receives the positions of line ends and opening brackets
    scripts  (len(SCRIPTS),) int64: receives the words of each script, but for words of ASCII alone
    """
    words = _U0
    marked = _U0
    pos = start
    scripts[:] = 0
    while pos < end:
        byte = data[pos]
        entry = fold[byte]
        if entry == _NOTHING and byte < 0x80:
            marks[marked] = pos
            marked += special[byte]
            pos += _U1
            continue
        h = FNV_OFFSET
        seen = _NOTHING
        script = np.int64(-1)
        while True:
            while entry != _NOTHING:
                h = (h ^ U64(entry & _BYTE)) * FNV_PRIME
                seen |= entry
                pos += _U1
                if pos == end:
                    break
                entry = fold[data[pos]]
            if pos == end or data[pos] < 0x80:
                break
            point, length = _decode(data, pos, end)
            kind = np.int64(SEPARATOR) if length == _U0 else _kind(point, kinds)
            if kind & 3 == LETTER:
                h = _hash_codepoint(h, data, pos, length, point, lower)
                seen |= _WORD | _NOT_DIGIT
                script = kind >> KIND_BITS
                pos += length
                if pos == end:
                    break
                entry = fold[data[pos]]
                continue
            if seen == _NOTHING:
                pos += length if length > _U0 else _U1
                if kind & 3 == ALONE:
                    h = _hash_codepoint(h, data, pos - length, length, point, lower)
                    seen = _WORD | _NOT_DIGIT
                    script = kind >> KIND_BITS
            break
        if seen != _NOTHING:
            hashes[words] = fmix64(h) if seen & _NOT_DIGIT else _NUMBER
            words += _U1
            if script >= 0:
                scripts[script] += 1
    return words, marked
