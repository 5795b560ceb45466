"""Which of very many values come more than once: bits tell the first look which may, the second counts those."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.kernels.compiling import entry, inlined, read_only
from stillwatch.kernels.lookup import slot_of

Ints = npt.NDArray[np.int64]

WORD_VALUES = 8
"""Values for each word of 64 bits, about: one in a hundred is then counted in vain."""

MOST_WORDS = 1 << 26
"""512 MiB of bits; where there are more values than these are made for, more are counted in vain."""

_MIX = np.uint64(0x9E3779B97F4A7C15)
_STIR = np.uint64(0xBF58476D1CE4E5B9)


@inlined
def _bits_of(value: Any) -> Any:
    """(well mixed upper half, three bits of a word): what a value leaves."""
    mixed = np.uint64(value) * _MIX
    mixed = (mixed ^ (mixed >> np.uint64(32))) * _STIR
    one, low = np.uint64(1), np.uint64(63)
    marks = (
        (one << (mixed & low))
        | (one << ((mixed >> np.uint64(6)) & low))
        | (one << ((mixed >> np.uint64(12)) & low))
    )
    return mixed >> np.uint64(32), marks


@entry
def _look(values: Any, first: Any, words: Any, keys: Any, times: Any, taken: Any, bits: Any) -> Any:
    """Marks values from place `first` on; the place where the table is half full, and how many it holds."""
    last = (1 << bits) - 1
    size = np.uint64(len(words))
    for place in range(first, len(values)):
        half, marks = _bits_of(values[place])
        word = (half * size) >> np.uint64(32)
        if words[word] & marks != marks:
            words[word] |= marks
            continue
        slot = slot_of(values[place], bits)
        while times[slot] > 0 and keys[slot] != values[place]:
            slot = (slot + 1) & last
        if times[slot] == 0:
            if 2 * taken > last:
                return place, taken
            keys[slot], times[slot] = values[place], 1
            taken += 1
    return len(values), taken


@entry
def _move(keys: Any, times: Any, bits: Any, more: Any, more_times: Any) -> Any:
    """Puts what a table holds into one of 2^bits slots."""
    last = (1 << bits) - 1
    for place in range(len(keys)):
        if times[place] > 0:
            slot = slot_of(keys[place], bits)
            while more_times[slot] > 0:
                slot = (slot + 1) & last
            more[slot], more_times[slot] = keys[place], times[place]


@entry
def _count(values: Any, keys: Any, times: Any, bits: Any) -> Any:
    last = (1 << bits) - 1
    for place in range(len(values)):
        slot = slot_of(values[place], bits)
        while times[slot] > 0 and keys[slot] != values[place]:
            slot = (slot + 1) & last
        if times[slot] > 0:
            times[slot] += 1


class Repeats:
    """Values that come more than once among about so many; all are looked at, then all are counted.

    What is found is exact, and the same in whichever order the values come.

    taken  how many values there are to count
    """

    def __init__(self, values: int) -> None:
        self._words = np.zeros(min(64 + values // WORD_VALUES, MOST_WORDS), np.uint64)
        self._bits, self.taken = 10, 0
        self._keys, self._times = np.zeros(1 << 10, np.int64), np.zeros(1 << 10, np.int32)

    def look(self, values: Ints) -> None:
        """First, all of the values, (n,) at a time."""
        place, values = 0, read_only(values)
        while True:
            place, self.taken = _look(
                values, place, self._words, self._keys, self._times, self.taken, self._bits
            )
            if place == len(values):
                return
            self._grow()

    def count(self, values: Ints) -> None:
        """Then all of them again."""
        if self.taken:
            _count(read_only(values), read_only(self._keys), self._times, self._bits)

    def often(self, at_least: int) -> Ints:
        """The values that came at least so many times, at least 2, in no order."""
        # A slot is 1 before anything is counted.
        return self._keys[self._times > at_least]

    def _grow(self) -> None:
        self._bits += 1
        keys, times = np.zeros(1 << self._bits, np.int64), np.zeros(1 << self._bits, np.int32)
        _move(read_only(self._keys), read_only(self._times), self._bits, keys, times)
        self._keys, self._times = keys, times
