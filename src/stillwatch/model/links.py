"""The families of evidence."""

from __future__ import annotations

FAMILIES: tuple[str, ...] = (
    "content",
    "reasoning",
    "infrastructure",
    "registration",
    "client",
    "timing",
    "purpose",
    "succession",
)
"""Families of evidence. Observations inside one family may depend on each other; families may not."""
