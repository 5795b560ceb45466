"""A linear model over hashed words and word pairs, with exact integer sums whatever the order."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from stillwatch.kernels.hashing import BASE, U64, fmix64

BUCKETS = 65536
COLUMNS = 16
BLOCK = 32  # words of a block; two neighbouring blocks make a window

_U0, _U1 = U64(0), U64(1)
_BUCKET = U64(48)
_BLOCK = U64(BLOCK)
_BYTES = U64(0x00FF00FF00FF00FF)  # every second byte: lanes of sixteen bits
_R8 = U64(8)
_LANE = U64(0xFFFF)
_BIAS = 128  # packed weights are shifted by this, so that they are never negative


def pack_weights(weights: npt.NDArray[np.int8]) -> npt.NDArray[np.uint64]:
    """The rows as two 64-bit numbers each, every weight raised by 128, so that lanes add without borrowing.

    weights  (65536, 16) int8
    """
    raised = (weights.astype(np.int16) + _BIAS).astype(np.uint8)
    packed = np.ascontiguousarray(raised).view("<u8").astype(np.uint64)
    packed.flags.writeable = False
    return packed


@njit(nogil=True, cache=True)
def _spill(even: Any, odd: Any, first: Any, rows: Any, block: Any) -> None:
    """Writes the eight lane sums of one packed half, bias removed, to block[first:first + 8]."""
    for lane in range(4):
        shift = U64(16 * lane)
        block[first + 2 * lane] = np.int64((even >> shift) & _LANE) - _BIAS * rows
        block[first + 2 * lane + 1] = np.int64((odd >> shift) & _LANE) - _BIAS * rows


@njit(nogil=True, cache=True)
def sum_features(hashes: Any, words: Any, packed: Any, windowed: Any, block: Any, sums: Any) -> Any:
    """The largest sum of column `windowed` over two neighbouring blocks; sums of all columns go to `sums`.

    hashes    (words,) uint64 word hashes; words > 0
    packed    (65536, 2) uint64, from `pack_weights`
    windowed  column whose largest window is wanted
    block     (16,) int64 scratch
    sums      (16,) int64, receives the sums over all features: each word, and each pair of neighbours
    """
    sums[:] = 0
    largest = np.int64(0)
    before = np.int64(0)
    previous = _U0
    start = _U0
    while start < words:
        end = min(words, start + _BLOCK)
        even_a = even_b = odd_a = odd_b = _U0
        rows = 2 * np.int64(end - start)
        for i in range(start, end):
            h = hashes[i]
            row = h >> _BUCKET
            a, b = packed[row, _U0], packed[row, _U1]
            row = fmix64(previous * BASE + h) >> _BUCKET
            previous = h
            if i > _U0:
                c, d = packed[row, _U0], packed[row, _U1]
                even_a += (a & _BYTES) + (c & _BYTES)
                odd_a += ((a >> _R8) & _BYTES) + ((c >> _R8) & _BYTES)
                even_b += (b & _BYTES) + (d & _BYTES)
                odd_b += ((b >> _R8) & _BYTES) + ((d >> _R8) & _BYTES)
            else:
                rows -= 1
                even_a, odd_a = a & _BYTES, (a >> _R8) & _BYTES
                even_b, odd_b = b & _BYTES, (b >> _R8) & _BYTES
        _spill(even_a, odd_a, 0, rows, block)
        _spill(even_b, odd_b, 8, rows, block)
        for column in range(COLUMNS):
            sums[column] += block[column]
        window = before + block[windowed]
        if start in (_U0, _BLOCK) or window > largest:
            largest = window
        before = block[windowed]
        start = end
    return largest


@njit(nogil=True, cache=True)
def choose_class(sums: Any, classes: Any, words: Any, scale: Any, bias: Any) -> Any:
    """The likeliest class and its probability, by softmax over the first `classes` columns; words > 0.

    A sum is divided by the square root of the number of features, 2 * words - 1.
    """
    root = np.sqrt(2.0 * np.float64(words) - 1.0)
    best = 0
    top = -np.inf
    for column in range(classes):
        z = np.float64(bias[column]) + np.float64(scale[column]) * np.float64(sums[column]) / root
        if z > top:
            top = z
            best = column
    total = 0.0
    for column in range(classes):
        z = np.float64(bias[column]) + np.float64(scale[column]) * np.float64(sums[column]) / root
        total += np.exp(z - top)
    return best, 1.0 / total


@njit(nogil=True, cache=True)
def logistic(z: Any) -> Any:
    """1 / (1 + exp(-z)), without overflow."""
    if z >= 0.0:
        return 1.0 / (1.0 + np.exp(-z))
    e = np.exp(z)
    return e / (1.0 + e)
