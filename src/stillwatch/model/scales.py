"""Words for numbers, as the field agreed on them."""

from __future__ import annotations

import math

ENFSI = (
    (0.0, "no support either way"),
    (math.log10(2.0), "weak support"),
    (1.0, "moderate support"),
    (2.0, "moderately strong support"),
    (3.0, "strong support"),
    (4.0, "very strong support"),
    (6.0, "extremely strong support"),
)
"""Words for a likelihood ratio, by the least log10 that they stand for. Source: ENFSI guideline for evaluative
reporting, 2015, table 1."""


def support(log10_lr: float) -> str:
    """What the evidence lends one explanation over its best rival; below 0, what it lends that rival."""
    size = abs(log10_lr)
    word = next(word for least, word in reversed(ENFSI) if size >= least)
    return f"{word} for the innocent explanation" if log10_lr <= -ENFSI[1][0] else word
