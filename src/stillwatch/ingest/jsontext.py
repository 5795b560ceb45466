"""JSON read with a bound on its depth, and dotted paths into what was read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

MAX_DEPTH = 100
"""Arrays and objects may stand this deep inside each other; nothing a model API logs comes near it."""

_STRUCTURE = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)


class TooDeepError(ValueError):
    """JSON nested deeper than MAX_DEPTH."""


def depth_of(text: str) -> int:
    """How deep the arrays and objects of a JSON text stand inside each other; 0 for a bare value."""
    depth = deepest = 0
    for token in _STRUCTURE.finditer(text):
        mark = text[token.start()]
        if mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in "]}":
            depth -= 1
    return deepest


def check_depth(text: str) -> None:
    """Nothing; raises TooDeepError when `text` is nested deeper than MAX_DEPTH.

    Counting brackets comes first: it is fast, and a text with few of them can't be deep.
    """
    if text.count("[") + text.count("{") > MAX_DEPTH and depth_of(text) > MAX_DEPTH:
        raise TooDeepError(f"JSON is nested deeper than {MAX_DEPTH}")


def load_json(text: str) -> Any:
    """The value of a JSON text.

    raises  TooDeepError when it is nested deeper than MAX_DEPTH, ValueError when it is not JSON
    """
    check_depth(text)
    try:
        return from_json(text, allow_inf_nan=False)
    except (ValueError, TypeError):
        return json.loads(text)  # has the last word: it knows NaN and halves of surrogate pairs


def dump_json(value: Any) -> str:
    """Compact JSON of a value read from JSON or from an Arrow cell; what JSON can't say becomes its text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def as_object(value: Any) -> Any:
    """The value behind a JSON string that holds an object or array; every other value as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return load_json(value)
        except ValueError:
            return value
    return value


def lookup(row: Any, path: str) -> Any:
    """The value at a dotted path, None where it leads nowhere.

    row     an object; JSON strings inside it are opened on the way
    path    a key, or keys joined by dots; a key that holds dots itself is found first
    """
    if not isinstance(row, Mapping):
        return None
    if path in row:
        return row[path]
    cut = path.rfind(".")
    while cut > 0:
        head = path[:cut]
        if head in row:
            return lookup(as_object(row[head]), path[cut + 1 :])
        cut = path.rfind(".", 0, cut)
    return None


def has_path(row: Any, path: str) -> bool:
    """Whether a dotted path leads to a key that is there, be its value null or not."""
    if not isinstance(row, Mapping):
        return False
    if path in row:
        return True
    cut = path.rfind(".")
    while cut > 0:
        if path[:cut] in row:
            return has_path(as_object(row[path[:cut]]), path[cut + 1 :])
        cut = path.rfind(".", 0, cut)
    return False
