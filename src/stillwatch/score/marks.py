"""What is either so or not so of an exchange, kept in one number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MARKS = {
    "elicits": "p.elicitation >= 0.5",
    "follows": "p.turns > 1",
    "signed": "p.reasoning_signature_hash <> 0",
    "replayed": "g.places >= 2",
    "copied": "v.accounts >= 2",
    "refused": "p.status >= 400",
    "taken_over": 'f."row" IS NOT NULL',
}
"""Mark → when it is so, of exchanges p beside SIGNATURES g, VERBATIM v and TAKEN_OVER f.

An exchange asks for the reasoning behind an answer, continues a conversation, sends a reasoning signature back, sends
one that came from another account or conversation too, repeats a prompt that another account sent, was answered with
an error, and was then sent by another account.
"""

_BITS = {mark: 1 << place for place, mark in enumerate(MARKS)}


def told() -> str:
    """The expression of the number: a bit each, in the order of MARKS from the lowest; unknown is not so."""
    return " + ".join(f"CASE WHEN {so} THEN {_BITS[mark]} ELSE 0 END" for mark, so in MARKS.items())


def marked(numbers: NDArray[np.uint8], mark: str) -> NDArray[np.bool_]:
    """(m,) of which of such numbers a mark is so."""
    return np.asarray((numbers & np.uint8(_BITS[mark])) != 0, dtype=np.bool_)
