"""Near-duplicate prompts by MinHash and locality-sensitive hashing (datasketch, MIT), components of accounts.

Source: A. Z. Broder: On the resemblance and containment of documents. SEQUENCES 1997; the library datasketch.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow.compute as pc
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from peers.grouping import linked
from peers.traffic import Groups, Ints, Traffic, settings

COLUMNS = ("prompt", "system")
GRID = tuple(
    (one, settings(most=(20, 100, 500, 2_000), shared=(1, 2, 3, 5, 10)))
    for one in settings(text=("prompt", "system and prompt"), similarity=(0.4, 0.6))
)
SHINGLE = 5
PERMUTATIONS = 128
BATCH = 20_000
WORD = re.compile(r"\w+")


def measure(traffic: Traffic, text: str, similarity: float) -> tuple[Ints, Ints]:
    """Pairs of an account and a family of near-duplicate prompts."""
    from datasketch import MinHash, MinHashLSH

    column = pc.fill_null(traffic.exchanges["prompt"], "")
    if text != "prompt":
        column = pc.binary_join_element_wise(pc.fill_null(traffic.exchanges["system"], ""), column, "\n")
    encoded = pc.dictionary_encode(column.combine_chunks())
    texts, which = encoded.dictionary, np.asarray(encoded.indices, dtype=np.int64)
    index = MinHashLSH(threshold=similarity, num_perm=PERMUTATIONS)
    for start in range(0, len(texts), BATCH):
        shingles = [_shingles(one) for one in texts.slice(start, BATCH).to_pylist()]
        prints = MinHash.bulk(shingles, num_perm=PERMUTATIONS, seed=1)
        for place, (held, one) in enumerate(zip(shingles, prints, strict=True)):
            if held:
                index.insert(start + place, one, check_duplication=False)
    rows, columns = [], []
    for table in index.hashtables:
        for bucket in table.keys():  # noqa: SIM118
            near = list(table.get(bucket))
            rows += near[1:]
            columns += near[:1] * (len(near) - 1)
    ties = csr_matrix((np.ones(len(rows), np.int8), (rows, columns)), shape=(len(texts),) * 2)
    family = connected_components(ties, directed=False)[1].astype(np.int64)
    return traffic.sender, family[which]


def _shingles(text: str) -> set[bytes]:
    words = WORD.findall(text.lower())
    return {
        " ".join(words[start : start + SHINGLE]).encode()
        for start in range(max(len(words) - SHINGLE + 1, min(len(words), 1)))
    }


def name(traffic: Traffic, measured: tuple[Ints, Ints], most: int, shared: int) -> Groups:
    """Components over pairs with `shared` families in common, of at most `most` accounts each."""
    return linked(traffic, *measured, most=most, shared=shared)
