"""A text's place in a space of meaning: the sum of its words' vectors, in integers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stillwatch.kernels.compiling import step
from stillwatch.kernels.hashing import U64
from stillwatch.kernels.vectors import MOST_ROWS, sum_rows_of_64

DIMENSIONS = 64
AHEAD = 3  # hashes looked at together
FIRST_WORDS = 512  # of a text that are looked at

_U0, _U1 = U64(0), U64(1)


class WordVectors(NamedTuple):
    """Vectors of known words, found by the top bits of the word's hash."""

    hashes: npt.NDArray[
        np.uint64
    ]  # (n + AHEAD + 1,) ascending; the last ones are the largest number, and no word
    vectors: npt.NDArray[np.int8]  # (n, DIMENSIONS)
    starts: npt.NDArray[np.uint32]  # (2^b,) where in `hashes` each value of the top b bits begins
    shift: np.uint64  # 64 - b


def index_vectors(hashes: npt.NDArray[np.uint64], vectors: npt.NDArray[np.int8]) -> WordVectors:
    """The vectors with an index that finds a word in one step, on average.

    hashes   (n,) uint64, strictly ascending
    vectors  (n, DIMENSIONS) int8
    """
    bits = max(1, int(hashes.size).bit_length())
    shift = np.uint64(64 - bits)
    heads = hashes >> shift
    starts = np.searchsorted(heads, np.arange(1 << bits, dtype=np.uint64)).astype(np.uint32)
    hashes = np.append(hashes, np.full(AHEAD + 1, np.iinfo(np.uint64).max))
    for table in (hashes, vectors, starts):
        table.flags.writeable = False
    return WordVectors(hashes, vectors, starts, shift)


@step
def _find(hashes: Any, words: Any, table: Any, places: Any) -> Any:
    """How many of the words are known; their places in the table go to `places`."""
    known = _U0
    last = U64(table.vectors.shape[0] - 1)
    for i in range(words):
        h = hashes[i]
        place = U64(table.starts[h >> table.shift])
        smaller = _U0
        for ahead in range(AHEAD):  # without a branch: whether there are none or three can't be foretold
            smaller += _U1 if table.hashes[place + U64(ahead)] < h else _U0
        place += smaller
        while table.hashes[place] < h:
            place += _U1
        places[known] = min(place, last)
        known += _U1 if table.hashes[place] == h else _U0
    return known


@step
def sum_vectors(
    hashes: Any,
    words: Any,
    table: Any,
    places: Any,
    part: Any,
    sums: Any,
    order: Any,
    signs: Any,
    out: Any,
    at: Any,
) -> Any:
    """Whether any word is known; if so out[at] receives the text's vector, length 127, reordered and signed.

    hashes        (words,) uint64 word hashes
    places        (MOST_ROWS + 1,) uint64 scratch
    part, sums    (DIMENSIONS,) int16 and int64 scratch
    order, signs  (DIMENSIONS,) int64: out[at, d] is signs[d] times dimension order[d]
    out           (rows, DIMENSIONS) int8
    """
    for d in range(DIMENSIONS):
        sums[d] = 0
    if table.vectors.shape[0] == 0:
        return False
    words = min(words, U64(FIRST_WORDS))
    done = _U0
    while done < words:
        chunk = min(words - done, U64(MOST_ROWS))
        known = _find(hashes[done:], chunk, table, places)
        sum_rows_of_64(table.vectors, places, known, part)
        for d in range(DIMENSIONS):
            sums[d] += part[d]
        done += chunk
    square = np.int64(0)
    for d in range(DIMENSIONS):
        square += sums[d] * sums[d]
    if square == 0:
        return False
    length = np.sqrt(np.float64(square))
    for d in range(DIMENSIONS):
        part[d] = np.int16(np.rint(127.0 * np.float64(sums[d]) / length))
    for d in range(DIMENSIONS):
        out[at, d] = np.int8(signs[d] * part[order[d]])
    return True
