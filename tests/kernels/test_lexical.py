from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from naive_lexical import (
    BASE,
    fmix64,
    meaning,
    name,
    passages,
    polynomial,
    public_hash,
    scores,
    structure,
    word_hash,
    words,
)

from stillwatch.kernels.languages import CommonWords
from stillwatch.kernels.lexical import Keys, Lexical, LinearModel, lexical_pass
from stillwatch.kernels.meaning import index_vectors
from stillwatch.kernels.words import STRETCH

KEYS = Keys(
    passage=(np.uint64(1), np.uint64(2)),
    text=(np.uint64(3), np.uint64(4)),
    skeleton=(np.uint64(5), np.uint64(6)),
    order=np.random.default_rng(7).permutation(64),
    signs=np.random.default_rng(8).choice([-1, 1], 64),
)
RANDOM = np.random.default_rng(9)
MODEL = LinearModel(
    np.pad(RANDOM.integers(-128, 128, (65536, 13)).astype(np.int8), ((0, 0), (0, 3))),
    RANDOM.uniform(0.001, 0.01, 16).astype(np.float32),
    RANDOM.normal(0, 1, 16).astype(np.float32),
    np.int64(12),
)
KNOWN = sorted(word_hash(word) for word in ("the", "of", "and", "0", "人", "ab", "é", "x_y"))
VECTORS = RANDOM.integers(-127, 128, (len(KNOWN), 64)).astype(np.int8)
TABLE = index_vectors(np.array(KNOWN, np.uint64), VECTORS)
NO_WORDS = CommonWords(
    np.zeros(65536, np.uint16),
    np.zeros(1, np.uint64),
    np.zeros((1, 1), np.uint64),
    np.zeros(0, np.int64),
    np.zeros(11, np.int64),
)
for array in (*KEYS[3:], *MODEL[:3], *NO_WORDS):
    array.flags.writeable = False  # as the package's own tables are: one compilation serves both
FILLER = b"\xe4\xba\xba filler that gives the fast paths room to read ahead, seventy bytes and more of it"

WORDS = st.sampled_from(
    [
        "the",
        "of",
        "and",
        "a",
        "I",
        "to",
        "AB",
        "Ab",
        "x_y",
        "_",
        "__a",
        "12",
        "007",
        "1a",
        "Zebra",
        "Äpfel",
        "été",
        "ΑΒΓ",
        "Привет",
        "Ѐ",
        "人",
        "日本語",
        "한국",
        "ไทย",
        "don't",
    ]
)
GAPS = st.sampled_from(
    [" ", "  ", ", ", "\n", ". ", "—", "\u3000", "😀", "。", "{", "<b>", "\t", "\r\n", "'", "", "-"]
)
PROSE = st.lists(st.tuples(WORDS, GAPS), max_size=120).map(
    lambda pairs: "".join(word + gap for word, gap in pairs).encode()
)
RAW = st.one_of(st.text(max_size=200).map(str.encode), st.binary(max_size=200), PROSE)
TEXTS = st.one_of(RAW, st.lists(RAW, max_size=4).map(b" ".join))


def run(texts: list[bytes], modulus: int = 1) -> Lexical:
    data = np.frombuffer(b"".join(texts), np.uint8)
    offsets = np.cumsum([0] + [len(text) for text in texts]).astype(np.uint64)
    return lexical_pass(data, offsets, common=NO_WORDS, model=MODEL, table=TABLE, modulus=modulus, keys=KEYS)


def check(text: bytes) -> None:
    """Compares one text with the naive twin, once with room behind it and once at the end of its buffer."""
    hashes = [word_hash(word) for word in words(text)]
    skeleton = structure(text)
    for found in (run([b"the of", text, FILLER]), run([b"the of", text])):
        assert found.words[1] == len(hashes)
        begin, end = found.passage_offsets[1:3]
        assert found.passages[begin:end].tolist() == [name(p, (1, 2)) for p in passages(hashes)]
        assert (found.skeleton[1] == 0) == (skeleton is None)
        if not hashes:
            assert (found.text[1], found.category[1], found.sampled[1]) == (0, -1, False)
            continue
        assert found.text[1] == name(public_hash(hashes), (3, 4))
        category, probability, windowed = scores(hashes, MODEL.weights, MODEL.scale, MODEL.bias)
        assert found.category[1] == category
        assert found.probability[1] == pytest.approx(probability, rel=1e-5)
        assert found.windowed[1] == pytest.approx(windowed, rel=1e-5, abs=1e-30)
        table = dict(zip(KNOWN, VECTORS, strict=True))
        vector = meaning(hashes, table, KEYS.order, KEYS.signs)
        assert found.sampled[1] == (vector is not None)
        if vector is not None:
            assert found.vectors[1].tolist() == vector  # the first text has one too


@settings(max_examples=400, deadline=None)
@given(TEXTS)
@example(b"")
@example(b"\xff\xfe caf\xc3 \xed\xa0\x80 x")
@example(b"ABCDEFGH abcdefghi ABCDEFGHIJKLMNOP_ 12345678 123456789 1234567812345678x")
@example(b"a" + "人b".encode() * 40)
@example(b"[ a\xe2")
@example(b"Hello \xe2\x80\x99" * 50)
def test_agrees_with_the_naive_twin(text: Any) -> None:
    check(text)


@pytest.mark.parametrize("length", [*range(60, 70), STRETCH - 1, STRETCH, STRETCH + 1, 3 * STRETCH])
def test_words_across_the_edges_of_blocks_and_stretches(length: Any) -> None:
    check(b"x" * length)
    check(b"ab " * (length // 3) + b"y" * length + b" the")
    check(b"one two " * (length // 8) + "é".encode() * 3 + b" three {four} " * 9)


@pytest.mark.slow
def test_a_very_long_word_and_a_very_long_text() -> None:
    check(b"A" * 100_000)
    check("ж".encode() * 30_000)
    check(b"the of and to a few more words " * 2_000)


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=8), st.integers(0, 8))
def test_a_text_means_the_same_in_any_company(texts: Any, cut: Any) -> None:
    whole, left, right = run(texts), run(texts[:cut]), run(texts[cut:])
    for column in (
        "words",
        "text",
        "passages",
        "skeleton",
        "category",
        "probability",
        "windowed",
        "vectors",
        "sampled",
    ):
        both = np.concatenate([getattr(left, column), getattr(right, column)])
        assert (getattr(whole, column) == both).all(), column


def test_the_sample_goes_by_the_public_hash() -> None:
    texts = [f"number of {chr(97 + i % 26) * (i // 26 + 1)} and the".encode() for i in range(400)]
    found = run(texts, modulus=4)
    expected = [public_hash([word_hash(word) for word in words(text)]) % 4 == 0 for text in texts]
    assert found.sampled.tolist() == expected
    assert 60 < sum(expected) < 140
    assert not run(texts, modulus=0).sampled.any()


def test_definitions_by_hand() -> None:
    # a worked example that shares no code with either side: FNV-1a 64 of "a" is af63dc4c8601ec8c
    assert word_hash("a") == fmix64(0xAF63DC4C8601EC8C)
    assert polynomial([1, 2, 3]) == (BASE * BASE + 2 * BASE + 3) % 2**64
    assert words("Ünïted STATES 42 4x 你好".encode()) == ["ünïted", "states", "0", "4x", "你", "好"]
