"""Seeded training texts from the grammars, with real permissive texts around and inside of them."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from corpus import share
from grammar import GRAMMARS, expand, read_grammar

from stillwatch.model.fingerprints import CAPABILITIES

HELD_OUT_FRAMES = 0.15
Slots = Mapping[str, Callable[[np.random.Generator], str]]

SHARED = ("proglang", "framework", "toolname", "tools", "tooldesc", "number", "observation", "identifier", "error",
          "mathquestion", "expression", "tag", "anstag")  # fmt: skip
"""Lists that every language takes from the English file: names, code and formulas."""


@dataclass(frozen=True)
class Example:
    """A text with its label, the frame (or source) and the language it comes from."""

    text: str
    label: str
    origin: str
    language: str


def languages(prefix: str = "") -> list[str]:
    """Languages that have a grammar file, in name order."""
    names = (path.stem for path in GRAMMARS.glob(f"{prefix}??.txt"))
    return sorted(name.removeprefix(prefix) for name in names)


def sections_of(language: str) -> dict[str, list[str]]:
    """Frames and lists of a language, with the shared lists of the English file."""
    if language == "en":
        return read_grammar("en", "en_slots")
    shared = read_grammar("en_slots")
    return {**{name: shared[name] for name in SHARED if name in shared}, **read_grammar(language)}


def frame_held_out(language: str, label: str, frame: str) -> bool:
    """Whether a frame stands on the test side."""
    return share("frame", language, label, frame) < HELD_OUT_FRAMES


def _seed(*parts: str) -> int:
    return zlib.crc32("\x1f".join(parts).encode())


def _roughen(text: str, draw: np.random.Generator) -> str:
    """The text as hasty people type it, now and then."""
    if draw.random() < 0.12:
        text = text.lower()
    if draw.random() < 0.15:
        text = text.rstrip(".?!。？！ ")
    return text


def capability_examples(language: str, label: str, count: int, slots: Slots, *, test: bool, seed: int) -> list[Example]:
    """Texts of one class: each frame of the side in turn, with openings, closings and real texts in random order."""
    sections = sections_of(language)
    frames = [f for f in sections.get(label, []) if frame_held_out(language, label, f) == test]
    draw = np.random.default_rng([seed, _seed(language, label, str(test))])
    out = []
    for i in range(count if frames else 0):
        frame = frames[i % len(frames)]
        text = _roughen(expand(frame, sections, slots, draw), draw)
        casual = label == "everyday_chat"
        if "opening" in sections and draw.random() < (0.08 if casual else 0.25):
            opening = sections["opening"][int(draw.integers(len(sections["opening"])))]
            text = f"{expand(opening, sections, slots, draw)}{' ' if draw.random() < 0.6 else chr(10)}{text}"
        if "closing" in sections and draw.random() < (0.08 if casual else 0.25):
            closing = sections["closing"][int(draw.integers(len(sections["closing"])))]
            text = f"{text}{' ' if draw.random() < 0.6 else chr(10)}{expand(closing, sections, slots, draw)}"
        if "\n" not in text and draw.random() < (0.02 if label in ("everyday_chat", "knowledge") else 0.12):
            extra = slots[("text", "text", "question", "code")[int(draw.integers(4))]](draw)
            text = f"{text}\n\n{extra}" if draw.random() < 0.7 else f"{extra}\n\n{text}"
        out.append(Example(text, label, f"{language}:{label}:{frame}", language))
    return out


def elicitation_examples(
    language: str, kind: str, count: int, slots: Slots, *, test: bool | None, seed: int
) -> list[Example]:
    """Texts of one kind (positive, weak, negative): frames alone and before, after or inside of other texts.

    test  None takes every frame
    """
    sections = {**sections_of(language), **read_grammar(f"elicit_{language}")}
    tags = read_grammar("elicit_en")
    sections.setdefault("tag", tags["tag"])
    sections.setdefault("anstag", tags["anstag"])
    frames = [f for f in sections.get(kind, []) if test is None or frame_held_out(language, kind, f) == test]
    draw = np.random.default_rng([seed, _seed(language, kind, str(test))])
    present = [name for name in CAPABILITIES if name in sections]
    out = []
    for i in range(count if frames else 0):
        frame = frames[i % len(frames)]
        text = _roughen(expand(frame, sections, slots, draw), draw)
        if draw.random() < 0.65:
            if present and draw.random() < 0.4:
                topic = sections[present[int(draw.integers(len(present)))]]
                around = expand(topic[int(draw.integers(len(topic)))], sections, slots, draw)
            else:
                around = slots[("question", "question", "text", "qa", "code")[int(draw.integers(5))]](draw)
            gap = (" ", "\n", "\n\n")[int(draw.integers(3))]
            place = draw.random()
            if place < 0.4:
                text = f"{text}{gap}{around}"
            elif place < 0.8:
                text = f"{around}{gap}{text}"
            else:
                text = f"{around}{gap}{text}{gap}{slots['text'](draw)}"
        out.append(Example(text, kind, f"{language}:{kind}:{frame}", language))
    return out
