"""Swaps words for their neighbours in WordLlama's space, so that a frame stands for its paraphrases too."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from features import split_words

_LATIN_WORD = re.compile(r"[A-Za-zÀ-ÿА-Яа-яЁё]{4,}")


class Neighbours:
    """The nearest words of each common word, by cosine of the 256-dimension vectors."""

    def __init__(self, model: Any, texts: list[str], *, nearest: int = 5, closest: float = 0.45) -> None:
        tokens: dict[str, int] = {}
        for token, index in sorted(model.tokenizer.get_vocab().items(), key=lambda item: item[1]):
            word = token[1:].lower()
            if token.startswith("▁") and len(word) > 3 and split_words(word) == [word]:
                tokens.setdefault(word, index)
        words = list(tokens)
        vectors = np.asarray(model.embedding, np.float32)[list(tokens.values())]
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        position = {word: i for i, word in enumerate(words)}
        wanted = sorted({w for text in texts for w in split_words(text) if w in position})
        self.of: dict[str, list[str]] = {}
        for start in range(0, len(wanted), 512):
            chunk = wanted[start : start + 512]
            cosine = vectors[[position[w] for w in chunk]] @ vectors.T
            order = np.argsort(-cosine, axis=1, kind="stable")[:, 1 : nearest + 1]
            for row, word in enumerate(chunk):
                near = [words[i] for i in order[row] if cosine[row, i] >= closest]
                if near:
                    self.of[word] = near

    def swap(self, text: str, draw: np.random.Generator, rate: float) -> str:
        """The text with about `rate` of its longer words swapped for a neighbour."""

        def other(match: re.Match[str]) -> str:
            near = self.of.get(match[0].lower())
            if near is None or draw.random() >= rate:
                return match[0]
            return near[int(draw.integers(len(near)))]

        return _LATIN_WORD.sub(other, text)
