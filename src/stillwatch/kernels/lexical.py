"""One pass over the texts of an Arrow string array: everything that words and lines say about each text."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stillwatch.kernels.alphabet import SCRIPTS, alphabet
from stillwatch.kernels.compiling import entry, read_only, step
from stillwatch.kernels.hashing import BASE, U64, fmix64, name_in_place, siphash_number
from stillwatch.kernels.languages import FIRST_WORDS, CommonWords, choose_language
from stillwatch.kernels.linear import BLOCK, COLUMNS, choose_class, logistic, sum_features
from stillwatch.kernels.meaning import DIMENSIONS, WordVectors, sum_vectors
from stillwatch.kernels.passages import sample_passages
from stillwatch.kernels.structure import hash_structure
from stillwatch.kernels.vectors import MOST_ROWS
from stillwatch.kernels.words import SPARE, Stretch, new_stretch, split_words

_U0, _U1 = U64(0), U64(1)
_BYTES_A_PASSAGE = 24  # of running text, somewhat less than in English: room is made for that many passages
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
    vectors: npt.NDArray[np.int8]  # (sampled, DIMENSIONS)
    sampled: npt.NDArray[np.bool_]  # which texts have a vector


class Scratch(NamedTuple):
    """What one thread writes on, large enough for the longest text."""

    hashes: npt.NDArray[np.uint64]
    marks: npt.NDArray[np.uint64]
    prints: npt.NDArray[np.uint64]
    slots: npt.NDArray[np.uint64]
    stretch: Stretch
    scripts: npt.NDArray[np.int64]
    hits: npt.NDArray[np.uint16]
    rows: npt.NDArray[np.uint64]
    block: npt.NDArray[np.int16]
    sums: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float64]
    places: npt.NDArray[np.uint64]
    part: npt.NDArray[np.int16]
    meaning: npt.NDArray[np.int64]


@step
def public_hash(total: Any, words: Any) -> Any:
    """One public number for a text: its running polynomial mixed with its word count."""
    return fmix64(total + U64(words) * BASE)


@step
def _named(public: Any, key: Any) -> Any:
    name = siphash_number(public, key[0], key[1])
    return _U1 if name == _U0 else name


@entry
def _pass(
    data: Any, offsets: Any, row: Any, at: Any, vector: Any, out: Any, use: Any, letters: Any, common: Any,
    model: Any, table: Any, modulus: Any, keys: Any,
) -> Any:  # fmt: skip
    """Reads texts from `row` on, as long as `out.passages` surely has room for the next text's.

    Returns the row reached, and how many passages and vectors there are.
    """
    count = offsets.size - 1
    while row < count:
        start, end = offsets[row], offsets[row + 1]
        n, marked = split_words(data, start, end, letters, use.stretch, use.hashes, use.marks, use.scripts)
        if at + n > U64(out.passages.size):
            break
        out.words[row] = n
        structure, distinct = hash_structure(data, start, end, use.marks, marked)
        out.skeleton[row] = _named(structure, keys.skeleton) if distinct >= _LEAST_MARKS else _U0
        out.sampled[row] = False
        if n == _U0:
            out.text[row] = _U0
            out.language[row] = 0
            out.category[row] = -1
            out.probability[row] = out.windowed[row] = 0.0
        else:
            at, total = sample_passages(use.hashes, n, use.prints, use.slots, out.passages, at)
            public = public_hash(total, n)
            out.text[row] = _named(public, keys.text)
            out.language[row] = choose_language(use.hashes, n, use.scripts, common, use.hits)
            largest = sum_features(use.hashes, n, model.weights, model.classes, use.rows, use.block, use.sums)
            best, share = choose_class(use.sums, model.classes, n, model.scale, model.bias, use.scores)
            out.category[row] = best
            out.probability[row] = share
            z = model.bias[model.classes] + np.float64(model.scale[model.classes]) * np.float64(largest)
            out.windowed[row] = logistic(z)
            if modulus > _U0 and public % modulus == _U0:
                found = sum_vectors(
                    use.hashes, n, table, use.places, use.part, use.meaning, keys.order, keys.signs, out.vectors, vector
                )  # fmt: skip
                out.sampled[row] = found
                vector += np.int64(found)
        out.passage_offsets[row + 1] = at
        row += 1
    return row, at, vector


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
    data, offsets = read_only(data), read_only(offsets)
    longest = int(np.diff(offsets).max(initial=0))
    most_words = longest // 2 + SPARE
    use = _scratch(longest, most_words)
    letters, every = alphabet(), U64(modulus)
    out = _space(offsets.size - 1, int(offsets[-1] - offsets[0]) // _BYTES_A_PASSAGE, modulus)
    row, at, vector = 0, _U0, 0
    while row < offsets.size - 1:
        room = np.empty((2 if row else 1) * out.passages.size + most_words, np.uint64)
        room[:at] = out.passages[:at]
        out = out._replace(passages=room)
        row, at, vector = _pass(
            data, offsets, row, U64(at), vector, out, use, letters, common, model, table, every, keys
        )
    name_in_place(out.passages[: int(at)], keys.passage)
    return out._replace(passages=out.passages[: int(at)], vectors=out.vectors[:vector])


def _scratch(longest: int, most_words: int) -> Scratch:
    return Scratch(
        hashes=np.empty(most_words, np.uint64),
        marks=np.empty(longest + SPARE, np.uint64),
        prints=np.empty(most_words, np.uint64),
        slots=np.empty(4 * most_words, np.uint64),
        stretch=new_stretch(),
        scripts=np.empty(len(SCRIPTS), np.int64),
        hits=np.empty(FIRST_WORDS + 1, np.uint16),
        rows=np.empty(2 * BLOCK, np.uint64),
        block=np.empty(COLUMNS, np.int16),
        sums=np.empty(COLUMNS, np.int64),
        scores=np.empty(COLUMNS, np.float64),
        places=np.empty(MOST_ROWS + 1, np.uint64),
        part=np.empty(DIMENSIONS, np.int16),
        meaning=np.empty(DIMENSIONS, np.int64),
    )


def _space(count: int, passages: int, modulus: int) -> Lexical:
    """Room for what `count` texts give."""
    return Lexical(
        words=np.empty(count, np.int32),
        text=np.empty(count, np.uint64),
        passages=np.empty(passages, np.uint64),
        passage_offsets=np.zeros(count + 1, np.int32),
        skeleton=np.empty(count, np.uint64),
        language=np.empty(count, np.int16),
        category=np.empty(count, np.int8),
        probability=np.empty(count, np.float32),
        windowed=np.empty(count, np.float32),
        vectors=np.empty((count if modulus else 0, DIMENSIONS), np.int8),
        sampled=np.empty(count, np.bool_),
    )
