"""Endless prose in the manner of a corpus: a walk over its words by the last two, with steps by the last one.

A plain walk by the last two words copies its corpus for sentences on end, so that unrelated accounts would
seem to send the same passages. Three things keep the walk apart from its source: where two words have one
continuation alone it steps by the last word instead more often than not; it opens each sentence anew inside
the topic it was given; and rare words give way to the writer's own names for things. Wording that a
collection repeats in document after document counts a few times only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.scenarios.corpus import Corpus, Flags, Ints

_LEAVE_COPY = 0.6  # chance to step by one word where two words have a single continuation
_LEAVE_ANY = 0.15  # chance to do so elsewhere
_RENAME = 0.45  # chance that a rare word gives way to one of the writer's own
_RARE = 3  # uses in the corpus up to which a word counts as rare
_OWN_NAMES = 12  # names a writer has
_ROWS = 8_192  # texts walked side by side
_BOILERPLATE = 3  # times that one run of five words may serve as a place to step to

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Prose:
    """The corpus compiled for walking: for every token, the places that its last one or two words lead to."""

    corpus: Corpus
    places: Ints  # positions by (domain, word), then positions by (domain, word, word before)
    one_start: Ints  # (tokens,) where the places of a token's last word begin, and how many there are
    one_count: Ints
    two_start: Ints  # the same of its last two words
    two_count: Ints
    copies: Flags  # (tokens,) the last two words have one continuation only
    rare: Flags  # (tokens,)
    opener_start: Ints  # (topics,)
    opener_count: Ints
    words: pa.StringArray  # the vocabulary, then the names
    names: tuple[int, int, int]  # first Latin name, first Chinese name, end


def compile_prose(corpus: Corpus) -> Prose:
    """The corpus ready for walking; sorting it is the cost, about a second a million words."""
    tokens, count = corpus.tokens, len(corpus.tokens)
    one = corpus.token_domain * len(corpus.words) + tokens
    before = np.concatenate([[0], tokens[:-1]])
    # words at a document's start are not told apart by what the document before ended in
    before[np.concatenate([[True], corpus.closes[:-1]])] = 0
    _, one = np.unique(one, return_inverse=True)
    _, two = np.unique(one * (len(corpus.words) + 1) + before, return_inverse=True)
    fresh = _fresh(tokens)
    by_one, one_start, one_count = _groups(one, fresh)
    by_two, two_start, two_count = _groups(two, fresh)
    after = np.concatenate([tokens[1:], [0]])
    continuations = np.unique(two * (len(corpus.words) + 1) + after) // (len(corpus.words) + 1)
    copies = np.bincount(continuations, minlength=int(two.max(initial=0)) + 1) == 1
    uses = np.bincount(tokens, minlength=len(corpus.words))
    topics = len(corpus.topic_domain)
    starts = np.searchsorted(corpus.opener_topic, np.arange(topics))
    latin, chinese = _latin_names(), _chinese_names()
    vocabulary = len(corpus.words)
    words = pa.concat_arrays([corpus.words, pa.array(latin + chinese, pa.string())])
    return Prose(
        corpus=corpus,
        places=np.concatenate([by_one, by_two]),
        one_start=one_start[one],
        one_count=one_count[one],
        two_start=len(by_one) + two_start[two],
        two_count=two_count[two],
        copies=copies[two],
        rare=(uses <= _RARE)[tokens] & ~corpus.closes & (np.arange(count) > 0),
        opener_start=starts,
        opener_count=np.searchsorted(corpus.opener_topic, np.arange(topics), side="right") - starts,
        words=words,
        names=(vocabulary, vocabulary + len(latin), vocabulary + len(latin) + len(chinese)),
    )


def _fresh(tokens: Ints) -> Flags:
    """(tokens,) the five words around each place stand there for one of the first few times."""
    around = np.zeros(len(tokens), np.uint64)
    for shift in (-2, -1, 0, 1, 2):
        around = (around + np.roll(tokens, shift).astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
    order = np.argsort(around, kind="stable")
    run = around[order]
    begins = np.flatnonzero(np.concatenate([[True], run[1:] != run[:-1]]))
    rank = np.arange(len(run)) - np.repeat(begins, np.diff(np.append(begins, len(run))))
    fresh = np.empty(len(run), bool)
    fresh[order] = rank < _BOILERPLATE
    return fresh


def _groups(group: Ints, allowed: Flags) -> tuple[Ints, Ints, Ints]:
    """(members by group, where each group begins, its size); the first of a group is always allowed."""
    order = np.argsort(group, kind="stable")
    held = group[order]
    first = np.concatenate([[True], held[1:] != held[:-1]])
    order = order[allowed[order] | first]
    counts = np.bincount(group[order], minlength=int(group.max(initial=0)) + 1)
    return order, np.cumsum(counts) - counts, counts


def _latin_names() -> list[str]:
    first = ("bar", "cal", "dor", "fen", "gal", "hel", "ist", "jun", "kel", "lom", "mar", "nor", "ost", "pel")
    middle = ("a", "e", "i", "o", "u", "an", "er", "il", "on", "ur", "ari", "eno", "ivo", "una")
    last = ("ton", "vik", "mer", "das", "lin", "rix", "sol", "tek", "wick", "zen", "ford", "na", "ra", "pax")
    plain = [f + m + s for f in first for m in middle for s in last]
    return [name.capitalize() if place % 3 else name for place, name in enumerate(plain)]


def _chinese_names() -> list[str]:
    family, given = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "明华建国丽芳伟强军洋艳杰娟涛超霞平刚桂玉"
    return [f + a + b for f in family for a in given for b in given[::4]]


def write(prose: Prose, topic: Ints, length: Ints, writer: Ints, rng: np.random.Generator) -> pa.StringArray:
    """One text a row: `length` words about `topic`, with the names that `writer` uses.

    topic, length   (n,) topic of the corpus; words, 1 or more
    writer          (n,) any number that stands for the person whose names are used
    """
    order = np.argsort(-length, kind="stable")
    parts = []
    for start in range(0, len(order), _ROWS):
        rows = order[start : start + _ROWS]
        parts.append(_write_block(prose, topic[rows], length[rows], writer[rows], rng))
    if not parts:
        return pa.array([], pa.string())
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    return pa.concat_arrays(parts).take(pa.array(back))


def _write_block(
    prose: Prose, topic: Ints, length: Ints, writer: Ints, rng: np.random.Generator
) -> pa.StringArray:
    grid = _walk(prose, topic, length, writer, rng)
    kept = np.arange(grid.shape[1]) < length[:, None]
    offsets = np.concatenate([[0], np.cumsum(length)]).astype(np.int32)
    words = prose.words.take(pa.array(grid[kept]))
    listed = pa.ListArray.from_arrays(pa.array(offsets), words)
    cjk = np.array([name.endswith("-zh") for name in prose.corpus.domains])
    no_space = cjk[prose.corpus.topic_domain[topic]]
    if not no_space.any():
        return pc.utf8_trim_whitespace(pc.binary_join(listed, " "))
    separator = pa.array(np.where(no_space, "", " "), pa.string())
    return pc.utf8_trim_whitespace(pc.binary_join(listed, separator))


def _walk(
    prose: Prose, topic: Ints, length: Ints, writer: Ints, rng: np.random.Generator
) -> npt.NDArray[np.int32]:
    """(n, longest) words by row; rows come longest first, and hold noise behind their length."""
    corpus = prose.corpus
    longest = int(length[0])
    grid = np.empty((len(topic), longest), np.int32)
    at = corpus.opener[_pick(prose.opener_start[topic], prose.opener_count[topic], rng.random(len(topic)))]
    chinese = np.array([name.endswith("-zh") for name in corpus.domains])[corpus.topic_domain[topic]]
    first = np.where(chinese, prose.names[1], prose.names[0])
    size = np.where(chinese, prose.names[2] - prose.names[1], prose.names[1] - prose.names[0])
    active = len(topic)
    for step in range(longest):
        active = int(np.searchsorted(-length, -step, side="left"))  # rows longer than `step`
        here = at[:active]
        grid[:active, step] = corpus.tokens[here]
        chance, place = rng.random(active), rng.random(active)
        renamed = np.flatnonzero(prose.rare[here] & (chance < _RENAME))
        if len(renamed):
            own = (place[renamed] * _OWN_NAMES).astype(np.int64)
            name = scatter(writer[renamed] * _OWN_NAMES + own) % size[renamed]
            grid[renamed, step] = first[renamed] + name
        leave = chance < np.where(prose.copies[here], _LEAVE_COPY, _LEAVE_ANY)
        where = np.where(
            leave,
            _pick(prose.one_start[here], prose.one_count[here], place),
            _pick(prose.two_start[here], prose.two_count[here], place),
        )
        following = prose.places[where] + 1
        ended = np.flatnonzero(corpus.closes[here] | (following >= len(corpus.tokens)))
        if len(ended):
            again = topic[ended]
            pick = _pick(prose.opener_start[again], prose.opener_count[again], rng.random(len(ended)))
            following[ended] = corpus.opener[pick]
        at[:active] = following
    return grid


def _pick(start: Ints, count: Ints, chance: Floats) -> Ints:
    return start + (chance * count).astype(np.int64)


def scatter(value: Ints) -> Ints:
    """(n,) numbers from 0 that look random, the same for the same value (the finaliser of SplitMix64)."""
    mixed = value.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(2)).astype(np.int64)
