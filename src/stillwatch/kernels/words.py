"""UTF-8 bytes to word hashes: the tokeniser that every other step of the lexical pass feeds on."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

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
from stillwatch.kernels.compiling import inlined, step
from stillwatch.kernels.hashing import FNV_OFFSET, FNV_PRIME, U64, fmix64
from stillwatch.kernels.vectors import (
    high_bits,
    load_eight,
    population,
    special_bits,
    trailing_zeros,
    word_bits,
)

SPARE = 16  # entries of a scratch array that may be written beyond the last that counts
STRETCH = 2048  # bytes of ASCII that are split before they are hashed: their places stay in the nearest cache

_WORD = np.uint16(FOLD_WORD)
_BYTE = np.uint16(FOLD_BYTE)
_NOT_DIGIT = np.uint16(FOLD_NOT_DIGIT)
_NOTHING = np.uint16(0)
_HAN = SCRIPTS.index("Han")
_U0, _U1, _U2, _U3, _U4 = (U64(n) for n in range(5))
_R6, _R12, _R18 = U64(6), U64(12), U64(18)
_TAIL = U64(0x80)
_LOW6 = U64(0x3F)
_U8, _U32, _U63, _U64 = U64(8), U64(32), U64(63), U64(64)
_HALF = U64(0xFFFFFFFF)
_PRIME = U64(int(FNV_PRIME) - (1 << 40))
_ALL = U64(0xFFFFFFFFFFFFFFFF)
_LOW_BYTE = U64(0xFF)
_ONES, _LOWER, _LETTERS, _HIGH = (U64(0x0101010101010101 * byte) for byte in (0x01, 0x20, 0x40, 0x80))
_UNDO = np.array([pow(int(FNV_PRIME), -power, 1 << 64) for power in range(8)], np.uint64)  # of the prime


class Stretch(NamedTuple):
    """Scratch for the words of one stretch of ASCII."""

    starts: npt.NDArray[np.uint64]
    ends: npt.NDArray[np.uint64]
    undo: npt.NDArray[np.uint64]
    long: npt.NDArray[np.uint64]


def _number_hash() -> np.uint64:
    with np.errstate(over="ignore"):
        x = (FNV_OFFSET ^ U64(ord("0"))) * FNV_PRIME
        return U64(fmix64.py_func(x))


_NUMBER = _number_hash()  # any run of ASCII digits is this one word


@step
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


@step
def _kind(point: Any, kinds: Any) -> Any:
    """Kind and script of a codepoint beyond ASCII, as in `Alphabet.kinds`."""
    if point < U64(0x10000):
        return np.int64(kinds[point])
    if point >= U64(0x20000):
        return np.int64(_HAN << KIND_BITS | ALONE)
    if point >= U64(0x1F000) and point <= U64(0x1FAFF):
        return np.int64(SEPARATOR)
    return np.int64(LETTER)


@step
def _hash_codepoint(h: Any, data: Any, pos: Any, length: Any, point: Any, lower: Any) -> Any:
    if point < U64(LOWER_END):  # two bytes before and after folding
        small = U64(lower[point])
        h = (h ^ (U64(0xC0) | small >> _R6)) * FNV_PRIME
        return (h ^ (_TAIL | (small & _LOW6))) * FNV_PRIME
    for i in range(length):
        h = (h ^ U64(data[pos + i])) * FNV_PRIME
    return h


@inlined
def _fold_eight(data: Any, start: Any, used: Any) -> Any:
    """The first `used` bytes, 1 to 8, of an ASCII word in lower case, the others 0. Reads eight bytes."""
    eight = (load_eight(data, start) | _LOWER) & (_ALL >> (_U64 - (used << _U3)))
    return eight ^ (((eight + _ONES) & _HIGH) >> _U2)  # "_" is the one word byte that `| 0x20` makes 0x7F


@inlined
def _hash_eight(h: Any, eight: Any) -> Any:
    """FNV-1a over eight bytes, in halves of 32 bits: vector units multiply those, in two short chains.

    The prime is 2^40 + _PRIME: (high, low) times it is (high * _PRIME + low << 8, low * _PRIME) with carry.
    """
    low, high = h, h >> _U32
    for _ in range(8):
        mixed = low ^ (eight & _LOW_BYTE)
        low = (mixed & _HALF) * _PRIME
        high = (high & _HALF) * _PRIME + (low >> _U32) + (mixed << _U8)
        eight >>= _U8
    return high << _U32 | (low & _HALF)


@step
def _hash_long(data: Any, start: Any, rest: Any) -> Any:
    """Hash of an ASCII word, eight bytes a step; reads up to seven bytes beyond it."""
    h = FNV_OFFSET
    letters = _U0
    while rest > _U8:
        eight = _fold_eight(data, start, _U8)
        letters |= eight & _LETTERS
        h = _hash_eight(h, eight)
        start += _U8
        rest -= _U8
    eight = _fold_eight(data, start, rest)
    letters |= eight & _LETTERS
    return fmix64(_hash_eight(h, eight) * _UNDO[_U8 - rest]) if letters != _U0 else _NUMBER


@step
def _hash_ascii(data: Any, stretch: Any, count: Any, hashes: Any, words: Any) -> None:
    """Appends the hashes of ASCII words, which `stretch` places.

    Bytes beyond a short word count as 0, which only multiplies by the prime; the inverse undoes that. So the
    second loop has no branch and the compiler runs it on several words at once.
    """
    long = _U0
    for i in range(count):
        length = stretch.ends[i] - stretch.starts[i]
        used = min(length, _U8)
        hashes[words + i] = _fold_eight(data, stretch.starts[i], used)
        stretch.undo[i] = _UNDO[_U8 - used]
        stretch.long[long] = i
        long += _U1 if length > _U8 else _U0
    for i in range(count):
        eight = hashes[words + i]
        h = fmix64(_hash_eight(FNV_OFFSET, eight) * stretch.undo[i])
        hashes[words + i] = h if eight & _LETTERS != _U0 else _NUMBER
    for i in range(long):
        at = stretch.long[i]
        start = stretch.starts[at]
        hashes[words + at] = _hash_long(data, start, stretch.ends[at] - start)


@inlined
def _write_bits(bits: Any, base: Any, out: Any, at: Any) -> Any:
    """Where `out` ends after the positions of the bits were added; writes up to eight entries more."""
    count = _U0
    end = at + population(bits)
    while at + count < end:
        for _ in range(8):
            out[at + count] = base + trailing_zeros(bits)
            bits &= bits - _U1
            count += _U1
    return end


@step
def _split_ascii(
    data: Any, pos: Any, end: Any, stretch: Any, hashes: Any, words: Any, marks: Any, marked: Any
) -> Any:
    """Splits up to the first byte beyond ASCII, or as far as a stretch goes; a word cut there is left whole.

    Returns the position reached, words, marks, and whether more of ASCII follows. Reads up to 64 bytes beyond
    `end`.
    """
    limit = stop = min(end, pos + U64(STRETCH))
    begun = finished = carry = _U0
    block = pos
    while block < limit:
        word = word_bits(data, block)
        special = special_bits(data, block)
        room = min(limit - block, trailing_zeros(high_bits(data, block)))
        keep = _ALL
        if room < _U64:
            keep = (_U1 << room) - _U1
            word &= keep
            special &= keep
            limit = block + room
        before = word << _U1 | carry
        begun = _write_bits(word & ~before, block, stretch.starts, begun)
        finished = _write_bits(before & ~word & keep, block, stretch.ends, finished)
        marked = _write_bits(special, block, marks, marked)
        carry = word >> _U63
        block += _U64
    more = limit == stop
    if begun > finished:
        if limit == end:
            stretch.ends[finished] = end
            finished = begun
        else:
            limit = stretch.starts[finished]
            more = more and limit > pos
    _hash_ascii(data, stretch, finished, hashes, words)
    return limit, words + finished, marked, more


@step
def _split_any(
    data: Any,
    pos: Any,
    end: Any,
    ascii_ahead: Any,
    letters: Any,
    hashes: Any,
    words: Any,
    marks: Any,
    marked: Any,
    scripts: Any,
) -> Any:
    """Splits byte by byte up to `end`, or with `ascii_ahead` up to a separator that ASCII follows.

    Returns the position reached, words and marks.
    """
    first = pos
    while pos < end:
        byte = data[pos]
        entry = letters.fold[byte]
        if entry == _NOTHING and byte < 0x80:
            if ascii_ahead and pos > first and (pos + _U1 == end or data[pos + _U1] < 0x80):
                break
            marks[marked] = pos
            marked += letters.special[byte]
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
                entry = letters.fold[data[pos]]
            if pos == end or data[pos] < 0x80:
                break
            point, length = _decode(data, pos, end)
            kind = np.int64(SEPARATOR) if length == _U0 else _kind(point, letters.kinds)
            if kind & 3 == LETTER:
                h = _hash_codepoint(h, data, pos, length, point, letters.lower)
                seen |= _WORD | _NOT_DIGIT
                script = kind >> KIND_BITS
                pos += length
                if pos == end:
                    break
                entry = letters.fold[data[pos]]
                continue
            if seen == _NOTHING:
                if kind & 3 == ALONE:
                    h = _hash_codepoint(h, data, pos, length, point, letters.lower)
                    seen = _WORD | _NOT_DIGIT
                    script = kind >> KIND_BITS
                pos += max(length, _U1)
            break
        if seen != _NOTHING:
            hashes[words] = fmix64(h) if seen & _NOT_DIGIT else _NUMBER
            words += _U1
            if script >= 0:
                scripts[script] += 1
    return pos, words, marked


@step
def split_words(
    data: Any, start: Any, end: Any, letters: Any, stretch: Any, hashes: Any, marks: Any, scripts: Any
) -> Any:
    """How many words and structural marks the text holds; their hashes and places go to scratch arrays.

    data     (bytes,) uint8; start, end: the text's place in it, uint64
    letters  Alphabet
    stretch  scratch, from `new_stretch`
    hashes   of at least (end - start) // 2 + SPARE uint64: receives a hash a word
    marks    of at least end - start + SPARE uint64: receives positions of line ends and opening brackets
    scripts  (len(SCRIPTS),) int64: receives the words of each script, but for words of ASCII alone
    """
    words = marked = _U0
    for script in range(scripts.size):
        scripts[script] = 0
    roomy = end + _U64 <= U64(data.size)
    pos = start
    while pos < end:
        more = False
        if roomy:
            pos, words, marked, more = _split_ascii(data, pos, end, stretch, hashes, words, marks, marked)
        if pos < end and not more:
            pos, words, marked = _split_any(
                data, pos, end, roomy, letters, hashes, words, marks, marked, scripts
            )
    return words, marked


def new_stretch() -> Stretch:
    """Scratch arrays for one thread."""
    size = STRETCH // 2 + SPARE
    return Stretch(*(np.empty(size, np.uint64) for _ in range(4)))
