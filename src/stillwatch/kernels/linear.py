"""A linear model over hashed words and word pairs, with exact integer sums whatever the order."""

from __future__ import annotations

from typing import Any

import numpy as np

from stillwatch.kernels.compiling import step
from stillwatch.kernels.hashing import BASE, U64, fmix64
from stillwatch.kernels.vectors import sum_rows_of_16

COLUMNS = 16
BLOCK = 32  # words of a block; two neighbouring blocks make a window

_U0, _U1, _U2 = U64(0), U64(1), U64(2)
_BUCKET = U64(48)
_BLOCK = U64(BLOCK)


@step
def sum_features(
    hashes: Any, words: Any, weights: Any, windowed: Any, rows: Any, block: Any, sums: Any
) -> Any:
    """The largest sum of column `windowed` over two neighbouring blocks; sums of all columns go to `sums`.

    hashes    (words,) uint64 word hashes; words > 0
    weights   (65536, 16) int8
    windowed  column whose largest window is wanted
    rows      (2 * BLOCK,) uint64 scratch
    block     (16,) int16 scratch
    sums      (16,) int64, receives the sums over all features: each word, and each pair of neighbours
    """
    for column in range(sums.size):
        sums[column] = 0
    largest = before = np.int64(0)
    previous = start = _U0
    while start < words:
        end = min(words, start + _BLOCK)
        count = _U0
        for i in range(start, end):
            h = hashes[i]
            rows[count] = h >> _BUCKET
            rows[count + _U1] = fmix64(previous * BASE + h) >> _BUCKET
            previous = h
            count += _U2
        if start == _U0:  # the first word has none before it
            count -= _U1
            rows[_U1] = rows[count]
        sum_rows_of_16(weights, rows, count, block)
        for column in range(COLUMNS):
            sums[column] += block[column]
        window = before + block[windowed]
        if start in (_U0, _BLOCK) or window > largest:
            largest = window
        before = np.int64(block[windowed])
        start = end
    return largest


@step
def choose_class(sums: Any, classes: Any, words: Any, scale: Any, bias: Any, scores: Any) -> Any:
    """The likeliest class and its probability, by softmax over the first `classes` columns; words > 0.

    A sum is divided by the square root of the number of features, 2 * words - 1.
    scores  (16,) float64 scratch
    """
    inverse = 1.0 / np.sqrt(2.0 * np.float64(words) - 1.0)
    top = -np.inf
    for column in range(classes):
        z = bias[column] + scale[column] * inverse * np.float64(sums[column])
        scores[column] = z
        top = max(top, z)
    best = 0
    total = 0.0
    for column in range(classes - 1, -1, -1):
        total += np.exp(scores[column] - top)
        best = column if scores[column] == top else best
    return best, 1.0 / total


@step
def logistic(z: Any) -> Any:
    """1 / (1 + exp(-z)), without overflow."""
    if z >= 0.0:
        return 1.0 / (1.0 + np.exp(-z))
    e = np.exp(z)
    return e / (1.0 + e)
