"""One pass over the texts of an Arrow string array: everything that words and lines say about each text."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from stillwatch.kernels.alphabet import SCRIPTS, Alphabet, alphabet
from stillwatch.kernels.hashing import BASE, U64, fmix64, name_numbers, siphash_number
from stillwatch.kernels.languages import FIRST_WORDS, CommonWords, choose_language
from stillwatch.kernels.linear import BLOCK, COLUMNS, choose_class, logistic, sum_features
from stillwatch.kernels.meaning import WordVectors, sum_vectors
from stillwatch.kernels.passages import polynomial, sample_passages, scratch
from stillwatch.kernels.structure import hash_structure
from stillwatch.kernels.words import SPARE, new_stretch, split_words

_U0, _U1 = U64(0), U64(1)
_LEAST_MARKS = 3  # different structural marks that make a skeleton


class LinearModel(NamedTuple):
    """A linear model over hashed words: softmax over the first columns, one windowed column behind them."""

    weights: npt.NDArray[np.int8]  # (65536, 16)
    scale: npt.NDArray[np.float32]  # (16,)
    bias: npt.NDArray[np.float32]  # (16,)
    classes: np.int64  # columns 0 .. classes - 1 are classes; column `classes` is windowed


class Keys(NamedTuple):
    """What makes names out of public hashes: halves of 128-bit keys, and an order and signs of dimensions."""

    passage: tuple[np.uint64, np.uint64]
    text: tuple[np.uint64, np.uint64]
    skeleton: tuple[np.uint64, np.uint64]
    order: npt.NDArray[np.int64]
    signs: npt.NDArray[np.int64]


class Lexical(NamedTuple):
    """What the pass finds, one row a text; hashes are keyed, 0 where there is none."""

    words: npt.NDArray[np.int32]
    text: npt.NDArray[np.uint64]  # the whole text, lower-cased words
    passages: npt.NDArray[np.uint64]  # those of all texts, end to end
    passage_offsets: npt.NDArray[np.int32]  # (n + 1,)
    skeleton: npt.NDArray[np.uint64]
    language: npt.NDArray[np.int16]  # code, 0 undecided
    category: npt.NDArray[np.int8]  # class of the linear model, -1 where there are no words
    probability: npt.NDArray[np.float32]
    windowed: npt.NDArray[np.float32]  # probability of the windowed column
    vectors: npt.NDArray[np.int8]  # (sampled, dimensions)
    sampled: npt.NDArray[np.bool_]  # which texts have a vector


@njit(nogil=True, cache=True)
def public_hash(total: Any, words: Any) -> Any:
    """One public number for a text: its running polynomial mixed with its word count."""
    return fmix64(total + U64(words) * BASE)


@njit(nogil=True, cache=True)
def _grown(out: Any, used: Any, wanted: Any) -> Any:
    larger = np.empty(max(2 * out.size, np.int64(wanted)), np.uint64)
    larger[:used] = out[:used]
    return larger


@njit(nogil=True, cache=True)
def _pass(
    data: Any, offsets: Any, prints: Any, slots: Any, hashes: Any, marks: Any, stretch: Any, letters: Any,
    common: Any, model: Any, table: Any, modulus: Any, keys: Any,
) -> Any:  # fmt: skip
    count = offsets.size - 1
    words = np.zeros(count, np.int32)
    text = np.zeros(count, np.uint64)
    passages = np.empty((data.size >> 4) + 64, np.uint64)
    ends = np.zeros(count + 1, np.int32)
    skeleton = np.zeros(count, np.uint64)
    language = np.zeros(count, np.int16)
    category = np.full(count, -1, np.int8)
    probability = np.zeros(count, np.float32)
    windowed = np.zeros(count, np.float32)
    vectors = np.empty((count if modulus > _U0 else 0, table.vectors.shape[1]), np.int8)
    sampled = np.zeros(count, np.bool_)
    scripts = np.zeros(len(SCRIPTS), np.int64)
    hits = np.empty(FIRST_WORDS + 1, np.uint16)
    rows = np.empty(2 * BLOCK, np.uint64)
    block = np.empty(COLUMNS, np.int16)
    scores = np.empty(COLUMNS, np.float64)
    sums = np.empty(COLUMNS, np.int64)
    meaning = np.empty(table.vectors.shape[1], np.int32)
    at = _U0
    vector = np.int64(0)
    for row in range(count):
        start, end = offsets[row], offsets[row + 1]
        n, marked = split_words(data, start, end, letters, stretch, hashes, marks, scripts)
        words[row] = n
        structure, distinct = hash_structure(data, start, end, marks, marked)
        if distinct >= _LEAST_MARKS:
            name = siphash_number(structure, keys.skeleton[0], keys.skeleton[1])
            skeleton[row] = _U1 if name == _U0 else name
        if n > _U0:
            if np.int64(at + n) > passages.size:
                passages = _grown(passages, np.int64(at), at + n)
            at = sample_passages(hashes, n, prints, slots, passages, at)
            public = public_hash(polynomial(hashes, n), n)
            name = siphash_number(public, keys.text[0], keys.text[1])
            text[row] = _U1 if name == _U0 else name
            language[row] = choose_language(hashes, n, scripts, common, hits)
            largest = sum_features(hashes, n, model.weights, model.classes, rows, block, sums)
            best, share = choose_class(sums, model.classes, n, model.scale, model.bias, scores)
            category[row] = best
            probability[row] = share
            windowed[row] = logistic(
                np.float64(model.bias[model.classes])
                + np.float64(model.scale[model.classes]) * np.float64(largest)
            )
            if modulus > _U0 and public % modulus == _U0:
                found = sum_vectors(hashes, n, table, meaning, keys.order, keys.signs, vectors, vector)
                sampled[row] = found
                vector += np.int64(found)
        ends[row + 1] = at
    name_numbers(passages, np.int64(at), keys.passage[0], keys.passage[1])
    return (
        words, text, passages[: np.int64(at)], ends, skeleton, language, category, probability, windowed,
        vectors[:vector], sampled,
    )  # fmt: skip


def lexical_pass(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.uint64],
    *,
    common: CommonWords,
    model: LinearModel,
    table: WordVectors,
    modulus: int,
    keys: Keys,
) -> Lexical:
    """What words and lines say about each text. Releases the interpreter lock; safe to call from threads.

    data     (bytes,) uint8, read-only: UTF-8 texts laid end to end; invalid bytes separate words
    offsets  (n + 1,) uint64, where each text begins and the last ends
    modulus  texts whose public hash is a multiple of it have a vector; 0 for none
    """
    lengths = np.diff(offsets)
    longest = int(lengths.max()) if lengths.size else 0
    most_words = longest // 2 + SPARE
    marks = np.empty(longest + SPARE, np.uint64)
    prints, slots = scratch(most_words)
    letters: Alphabet = alphabet()
    found = _pass(
        data, offsets, prints, slots, np.empty(most_words, np.uint64), marks, new_stretch(),
        letters, common, model, table, U64(modulus), keys,
    )  # fmt: skip
    return Lexical(*found)
