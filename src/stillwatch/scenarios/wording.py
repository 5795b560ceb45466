"""Templates: a fixed wording around a place for the content, and the ways a wording can drift."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from stillwatch.scenarios import phrases

PURPOSES: tuple[str, ...] = tuple(phrases.ROLE)
LANGUAGES: tuple[str, ...] = ("en", *phrases.OTHER)

_CHOICE = re.compile(r"\{([^{}]*\|[^{}]*)\}")
_PARTS = ("role", "task", "reasoning", "format", "quality")


@dataclass(frozen=True)
class Template:
    """A wording in order; the content stands behind `label`, in front of the last `behind` parts."""

    purpose: str
    language: str
    parts: tuple[tuple[str, str], ...]  # (part, words)
    label: str
    behind: int
    breaks: str  # what separates the parts

    def head(self) -> str:
        """The text in front of the content."""
        before = [words for _, words in self.parts[: len(self.parts) - self.behind]]
        return self.breaks.join([*before, self.label]) + ("\n" if self.breaks == "\n" else " ")

    def tail(self) -> str:
        """The text behind the content, empty where there is none."""
        after = [words for _, words in self.parts[len(self.parts) - self.behind :]]
        close = ["</input>"] if self.label == "<input>" else []
        return self.breaks.join(["", *close, *after]) if close or after else ""


def spin(text: str, rng: np.random.Generator) -> str:
    """The text with each `{a|b}` replaced by one of its choices."""
    return _CHOICE.sub(lambda found: str(rng.choice(found.group(1).split("|"))), text)


def draw_template(purpose: str, language: str, rng: np.random.Generator, plain: float = 0.0) -> Template:
    """A fresh wording for a purpose, of three to five parts.

    purpose, language   one of PURPOSES, one of LANGUAGES
    plain               chance, 0..1, that no part asks for the reasoning
    """
    kept = [part for part in _PARTS if part in ("task", "reasoning") or rng.random() < 0.7]
    if rng.random() < plain:
        kept.remove("reasoning")
    order = kept if rng.random() < 0.5 else [str(part) for part in rng.permutation(kept)]
    return Template(
        purpose=purpose,
        language=language,
        parts=tuple((part, _word(part, purpose, language, rng)) for part in order),
        label=str(rng.choice(phrases.LABEL)),
        behind=int(rng.choice([0, 0, 1, 1, 2])) if len(order) > 2 else 0,
        breaks=str(rng.choice(["\n", " ", "\n\n"])),
    )


def mutate(
    base: Template, strength: float, rng: np.random.Generator, languages: tuple[str, ...] = ()
) -> Template:
    """The template with its wording changed: the stronger, the less of it stays.

    strength    0..1: chance that a part is worded anew; layout, order and label change half as often
    languages   others that the whole may move to, at most as often as a third of the strength
    """
    language = base.language
    if languages and rng.random() < strength / 3:
        language = str(rng.choice(languages))
    moved = language != base.language
    parts = [
        (part, _word(part, base.purpose, language, rng) if moved or rng.random() < strength else words)
        for part, words in base.parts
    ]
    changed = replace(base, language=language, parts=tuple(parts))
    if rng.random() < strength / 2:
        shuffled = tuple(parts[place] for place in rng.permutation(len(parts)))
        changed = replace(changed, parts=shuffled, behind=min(base.behind, len(parts) - 1))
    if rng.random() < strength / 2:
        changed = replace(changed, label=str(rng.choice(phrases.LABEL)))
    if rng.random() < strength / 2:
        changed = replace(changed, breaks=str(rng.choice(["\n", " ", "\n\n"])))
    return changed


def reword(base: Template, share: float, rng: np.random.Generator) -> Template:
    """The template with this share of its words put otherwise, one by one: what stands between them stays."""
    return replace(
        base,
        parts=tuple(
            (part, " ".join(_put_otherwise(words.split(), share, rng))) for part, words in base.parts
        ),
    )


def _put_otherwise(words: list[str], share: float, rng: np.random.Generator) -> list[str]:
    out: list[str] = []
    for word in words:
        if rng.random() >= share:
            out.append(word)
        elif word.lower() in phrases.OTHERWISE:
            out.append(str(rng.choice(phrases.OTHERWISE[word.lower()])))
        elif out and rng.random() < 0.3:
            out.insert(-1, word)  # changes places with the word before
        elif rng.random() < 0.5:
            out += [str(rng.choice(phrases.FILLERS)), word]
    return out or words


def _word(part: str, purpose: str, language: str, rng: np.random.Generator) -> str:
    return spin(str(rng.choice(np.array(_clauses(part, purpose, language), dtype=object))), rng)


def _clauses(part: str, purpose: str, language: str) -> tuple[str, ...]:
    if language in phrases.OTHER:
        return phrases.OTHER[language][part]
    by_purpose: Mapping[str, Mapping[str, tuple[str, ...]]] = {"role": phrases.ROLE, "task": phrases.TASK}
    if part in by_purpose:
        return by_purpose[part][purpose]
    return {"reasoning": phrases.REASONING, "format": phrases.FORMAT, "quality": phrases.QUALITY}[part]
