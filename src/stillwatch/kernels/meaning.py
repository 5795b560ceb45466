"""A text's place in a space of meaning: the sum of its words' vectors, in integers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stillwatch.kernels.compiling import step
from stillwatch.kernels.hashing import U64

FIRST_WORDS = 512  # of a text that are looked at

_U0, _U1 = U64(0), U64(1)


class WordVectors(NamedTuple):
    """Vectors of known words, found by the top bits of the word's hash."""

    hashes: npt.NDArray[np.uint64]  # (n,) ascending
    vectors: npt.NDArray[np.int8]  # (n, dimensions)
    starts: npt.NDArray[np.uint32]  # (2^b + 1,) where in `hashes` each value of the top b bits begins
    shift: np.uint64  # 64 - b


def index_vectors(hashes: npt.NDArray[np.uint64], vectors: npt.NDArray[np.int8]) -> WordVectors:
    """The vectors with an index that finds a word in one step, on average.

    hashes   (n,) uint64, strictly ascending
    vectors  (n, dimensions) int8
    """
    bits = max(1, int(hashes.size).bit_length())
    shift = np.uint64(64 - bits)
    heads = hashes >> shift
    starts = np.searchsorted(heads, np.arange((1 << bits) + 1, dtype=np.uint64)).astype(np.uint32)
    for table in (hashes, vectors, starts):
        table.flags.writeable = False
    return WordVectors(hashes, vectors, starts, shift)


@step
def sum_vectors(
    hashes: Any, words: Any, table: Any, sums: Any, order: Any, signs: Any, out: Any, at: Any
) -> Any:
    """Whether any word is known; if so out[at] receives the text's vector, length 127, reordered and signed.

    hashes        (words,) uint64 word hashes
    sums          (dimensions,) int32 scratch
    order, signs  (dimensions,) int64: out[at, d] is signs[d] times dimension order[d]
    out           (rows, dimensions) int8
    """
    dimensions = table.vectors.shape[1]
    for column in range(sums.size):
        sums[column] = 0
    for i in range(min(words, U64(FIRST_WORDS))):
        h = hashes[i]
        head = h >> table.shift
        place = U64(table.starts[head])
        stop = U64(table.starts[head + _U1])
        while place < stop and table.hashes[place] < h:
            place += _U1
        if place < stop and table.hashes[place] == h:
            for d in range(dimensions):
                sums[d] += table.vectors[place, d]
    square = np.int64(0)
    for d in range(dimensions):
        square += np.int64(sums[d]) * np.int64(sums[d])
    if square == 0:
        return False
    length = np.sqrt(np.float64(square))
    for d in range(dimensions):
        out[at, d] = np.int8(signs[d] * np.int64(np.rint(127.0 * np.float64(sums[order[d]]) / length)))
    return True
