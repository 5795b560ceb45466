"""Hand-made tables for the link room: who shows which template, who sent what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_array

from prints import START
from stillwatch.model.fingerprints import ACCOUNT_PRINTS, FINGERPRINTS


def holders(shows: Sequence[Iterable[int]], accounts: int, contexts: int = 3) -> csr_array:
    """(templates, accounts): for each template the accounts that show it, around `contexts` prompts each."""
    dense = np.zeros((len(shows), accounts), dtype=np.int64)
    for template, members in enumerate(shows):
        dense[template, list(members)] = contexts
    return csr_array(dense)


def partition(labels: NDArray[np.int64]) -> set[frozenset[int]]:
    """The groups that labels make, whatever the labels are called."""
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


def exchanges(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """FINGERPRINTS; a row names its `account`, its `prompt` (a number) and what else it shows."""
    out = []
    for number, row in enumerate(rows):
        given: dict[str, Any] = {
            "exchange_id": f"x{number:06}",
            "id_derived": False,
            "ts": START + number * 60_000_000,
            "account_id": row["account"],
            "prompt_hash": row["prompt"],
            "passages": list(row.get("passages", ())),
            "prompt_words": 60,
            "prompt_bytes": 400,
            "source": "hand",
            "line": number + 1,
        }
        given |= {
            name: value for name, value in row.items() if name in FINGERPRINTS.names and name != "passages"
        }
        out.append({name: given.get(name) for name in FINGERPRINTS.names})
    return pa.Table.from_pylist(out, FINGERPRINTS)


def nobody() -> pa.Table:
    """ACCOUNT_PRINTS of which nothing is known."""
    return ACCOUNT_PRINTS.empty_table()
