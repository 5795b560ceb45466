"""Fixed numbers that more than one room decides by."""

from __future__ import annotations

SAME_THEME = 0.5
"""Two clusters are of one theme, tied loosely or tightly, when this share of the smaller one's templates is in both."""

CLEARLY_BITS = 1.0
"""Another cluster ties an account more strongly where it does so by more than this: 2 to 1."""

SAME_EXCHANGES = 0.5
"""What ties an account elsewhere counts where this share of its exchanges in the cluster shows it, too."""

MOST_BITS = 40.0
"""Templates of one text, and pieces of one, depend on each other: together they say no more than this of one account."""

ENOUGH = 0.2
"""One campaign finds another, in an evaluation as between the runs of a replay, when it holds this share of its accounts,"""

PURE = 0.8
"""and when this share of its own accounts are of that other."""
