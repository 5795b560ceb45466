"""Seeded sentences from compositional grammars: plain text files of frames, with choices and slots."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

GRAMMARS = Path(__file__).resolve().parent / "grammar"

Slots = Mapping[str, Callable[[np.random.Generator], str]]

_CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")
_SLOT = re.compile(r"\{([a-z_]+)\}")
_HEADER = re.compile(r"\[([a-z_]+)\]")


def read_grammar(*names: str) -> dict[str, list[str]]:
    """Lines of each [section] of the named files; later files add to the sections of earlier ones.

    A line that holds " | " outside of brackets is a list of alternatives; any other line is one frame.
    """
    sections: dict[str, list[str]] = {}
    for name in names:
        current: list[str] = []
        for line in (GRAMMARS / f"{name}.txt").read_text(encoding="utf-8").splitlines():
            header = _HEADER.fullmatch(line)
            if header:
                current = sections.setdefault(header[1], [])
            elif line and not line.startswith(("# One frame", "# real permissive")):
                current.extend(part.strip() for part in line.split(" | "))
    return sections


def expand(frame: str, sections: Mapping[str, list[str]], slots: Slots, draw: np.random.Generator) -> str:
    """One sentence of a frame: choices drawn, slots filled from the sections or from `slots`."""
    text = frame.replace("\\\\", "\x00").replace("\\n", "\n").replace("\x00", "\\")
    for _ in range(60):
        before = text
        while match := _CHOICE.search(text):
            options = match[1].split("|")
            text = text[: match.start()] + options[int(draw.integers(len(options)))] + text[match.end() :]
        match = next((m for m in _SLOT.finditer(text) if m[1] in sections), None)
        if match:
            alternatives = sections[match[1]]
            filling = alternatives[int(draw.integers(len(alternatives)))]
            filling = filling.replace("\\\\", "\x00").replace("\\n", "\n").replace("\x00", "\\")
            text = text[: match.start()] + filling + text[match.end() :]
        elif text == before:
            break
    # Real texts come last, so that their own brackets and braces are left alone.
    return _SLOT.sub(lambda m: slots[m[1]](draw) if m[1] in slots else m[0], text)
