"""What all accounts of a scenario live in: text, networks, the calendar, and literal texts by number."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from stillwatch.scenarios.corpus import Corpus, Ints
from stillwatch.scenarios.networks import Networks
from stillwatch.scenarios.prose import Prose, write

START = datetime(2026, 6, 1, tzinfo=UTC)
"""The first day of every scenario, a Monday."""

START_MICROSECONDS = int(START.timestamp()) * 1_000_000


class Literals:
    """Texts that are sent as they stand, each under a number; 0 is the empty text."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {"": 0}

    def add(self, text: str) -> int:
        """The number of a text."""
        return self._number.setdefault(text, len(self._number))

    def array(self) -> pa.Array:
        """All texts, by number; 64-bit offsets, as they may pass 2 GiB together."""
        return pa.array(list(self._number), pa.large_string())


@dataclass(frozen=True)
class World:
    """Text, networks and calendar of one run.

    release_day     days from the start to the new model
    """

    prose: Prose
    networks: Networks
    literals: Literals
    systems: tuple[str, ...]  # real system prompts of public applications
    days: int
    release_day: float
    seed: int

    @property
    def corpus(self) -> Corpus:
        """The text behind the prose."""
        return self.prose.corpus

    def rng(self, *name: str | int) -> np.random.Generator:
        """Randomness of its own for a named purpose, so that one part never shifts another's draws."""
        return np.random.default_rng([self.seed, *(zlib.crc32(str(part).encode()) for part in name)])

    def write_literals(self, topic: Ints, length: Ints, rng: np.random.Generator) -> Ints:
        """The numbers of freshly written texts that are going to be sent again and again."""
        texts = write(self.prose, topic, length, rng.integers(0, 1 << 40, len(topic)), rng)
        return np.array([self.literals.add(text) for text in texts.to_pylist()], dtype=np.int64)

    def topics(self, domain: str, language: str = "en") -> Ints:
        """The topics of a domain in a language, or in English where that language has none."""
        name = f"{domain}-{language}"
        return self.corpus.topics_of(name if language != "en" and name in self.corpus.domains else domain)
