"""Texts that mean the same, to one spelling before they are hashed."""

from __future__ import annotations

import json
from typing import Any

_EMPTY = ("", "[]", "{}", "null", '""')


def collapse(text: str) -> str | None:
    """The text with runs of whitespace as one space and none around it; None where nothing is left."""
    return " ".join(text.split()) or None


def lowered(text: str) -> str | None:
    """As `collapse`, in lower case."""
    return collapse(text.lower())


def tools(text: str) -> str | None:
    """Tool definitions in one spelling: keys sorted, no whitespace, a list of tools by name.

    Text that is no JSON comes back with its whitespace collapsed. None where no tool is defined.
    """
    try:
        value = json.loads(text)
        if isinstance(value, list):
            value = sorted(value, key=_name_then_text)
        spelling = _dump(value)
    except (ValueError, RecursionError):
        return collapse(text)
    return None if spelling in _EMPTY else spelling


def _name_then_text(tool: Any) -> tuple[str, str]:
    if isinstance(tool, dict):
        inner = tool.get("function")
        name = tool.get("name", inner.get("name") if isinstance(inner, dict) else None)
        if isinstance(name, str):
            return name, _dump(tool)
    return "", _dump(tool)


def _dump(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
