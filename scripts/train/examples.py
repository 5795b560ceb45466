"""Seeded training texts from the grammars, with real permissive texts around and inside of them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from corpus import share
from grammar import GRAMMARS, expand, read_grammar

from stillwatch.model.fingerprints import CAPABILITIES

HELD_OUT_FRAMES = 0.15
_PAYLOAD = re.compile(r"(\\n)*\{(qa|pair|trace|text|table|code|log|question)\}(\\n)*")
Slots = Mapping[str, Callable[[np.random.Generator], str]]

SHARED = (
    "proglang",
    "framework",
    "toolname",
    "tools",
    "tooldesc",
    "number",
    "observation",
    "identifier",
    "error",
    "mathquestion",
    "expression",
    "tag",
    "anstag",
)
"""Lists that every language takes from the English file: names, code and formulas."""


CONTEXT_SLOTS = ("qa", "qa", "pair", "text", "text", "text", "question", "code", "table", "trace")


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
        return read_grammar("en", "en_more", "en_slots")
    shared = read_grammar("en_slots")
    own = read_grammar(language) if (GRAMMARS / f"{language}.txt").exists() else {}
    return {**{name: shared[name] for name in SHARED if name in shared}, **own}


def side_of(frames: list[str], language: str, label: str, test: bool | None) -> list[str]:
    """Frames of the test side (15 % by hash, one at least), of the other side, or all of them."""
    ranked = sorted(frames, key=lambda frame: share("frame", language, label, frame))
    cut = max(1, round(HELD_OUT_FRAMES * len(ranked)))
    return frames if test is None else ranked[:cut] if test else ranked[cut:]


def _seed(*parts: str) -> int:
    return zlib.crc32("\x1f".join(parts).encode())


def _roughen(text: str, draw: np.random.Generator) -> str:
    """The text as hasty people type it, now and then."""
    if draw.random() < 0.12:
        text = text.lower()
    if draw.random() < 0.15:
        text = text.rstrip(".?!。？！ ")
    return text


CONTEXT = {"everyday_chat": 0.03, "knowledge": 0.15, "creative_writing": 0.3}
"""How often other text stands around a frame that has none of its own; 0.45 for the other classes."""


def capability_examples(
    language: str, label: str, count: int, slots: Slots, *, test: bool | None, seed: int
) -> list[Example]:
    """Texts of one class: each frame in turn, with openings, closings and real texts in random order.

    Every class gets long texts and long instructions alike, so that length and common words say nothing.
    """
    sections = sections_of(language)
    frames = side_of(sections.get(label, []), language, label, test)
    fillers = sections.get("filler") or read_grammar("en_more")["filler"]
    draw = np.random.default_rng([seed, _seed(language, label, str(test))])
    rare = 0.06 if label == "everyday_chat" else 0.22

    def one_of(name: str) -> str:
        lines = sections[name]
        return expand(lines[int(draw.integers(len(lines)))], sections, slots, draw)

    out = []
    for i in range(count if frames else 0):
        frame = frames[i % len(frames)]
        if draw.random() < 0.25:
            frame = _PAYLOAD.sub(
                "", frame
            ).strip()  # the request alone: what it is about comes in another turn
        text = _roughen(expand(frame, sections, slots, draw), draw)
        if label != "everyday_chat" and draw.random() < 0.15:
            parts = [text]
            for _ in range(int(draw.integers(1, 3))):
                parts.append(expand(frames[int(draw.integers(len(frames)))], sections, slots, draw))
            for _ in range(int(draw.integers(1, 7))):
                filler = fillers[int(draw.integers(len(fillers)))]
                parts.insert(int(draw.integers(len(parts) + 1)), expand(filler, sections, slots, draw))
            text = "\n".join(parts)
        if draw.random() < rare:
            text = f"{one_of('opening')}{' ' if draw.random() < 0.6 else chr(10)}{text}"
        if draw.random() < rare:
            text = f"{text}{' ' if draw.random() < 0.6 else chr(10)}{one_of('closing')}"
        if "\n" not in text and draw.random() < CONTEXT.get(label, 0.45):
            extra = slots[CONTEXT_SLOTS[int(draw.integers(len(CONTEXT_SLOTS)))]](draw)
            text = f"{text}\n\n{extra}" if draw.random() < 0.7 else f"{extra}\n\n{text}"
        out.append(Example(text, label, f"{language}:{label}", language))
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
    frames = side_of(sections.get(kind, []), language, kind, test)
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
