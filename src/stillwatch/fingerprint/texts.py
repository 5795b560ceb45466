"""What the lexical pass finds in a text column, as Arrow arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.fingerprint.columns import null_mask, text_bytes
from stillwatch.fingerprint.keys import FingerprintKey
from stillwatch.fingerprint.language import LANGUAGES
from stillwatch.fingerprint.models import Models
from stillwatch.model.fingerprints import CAPABILITIES, SEMANTIC_DIMENSIONS

SEMANTIC_MODULUS = 1
"""One distinct prompt in this many has a semantic vector: that whose public hash is a multiple of it."""


@dataclass(frozen=True)
class TextPrints:
    """Fingerprints of a text column, one row a text; null where there is no text or nothing of the kind."""

    name: pa.Array  # int64, the whole text; null without words
    passages: pa.Array  # list<int64>
    skeleton: pa.Array  # int64
    words: pa.Array  # int32
    size: pa.Array  # int32, bytes
    language: pa.Array  # string
    capability: pa.Array  # string
    probability: pa.Array  # float32
    elicitation: pa.Array  # float32
    semantic: pa.Array  # list<int8>


def print_texts(
    column: pa.Array, key: FingerprintKey, models: Models, *, domain: str, modulus: int = SEMANTIC_MODULUS
) -> TextPrints:
    """Fingerprints of each text. Releases the interpreter lock while it reads.

    column   string column; any null, slice and length
    domain   names the key of whole-text names; passages share one domain, wherever they stand
    modulus  share of texts that have a semantic vector, one in so many; 0 for none
    """
    from stillwatch.kernels.lexical import Keys, lexical_pass

    data, offsets = text_bytes(column)
    order, signs = key.dimensions
    passage, text, skeleton = (_halves(key, name) for name in ("passage", domain, "skeleton"))
    found = lexical_pass(
        data,
        offsets,
        common=models.common,
        model=models.linear,
        table=models.vectors,
        modulus=modulus,
        keys=Keys(passage, text, skeleton, order, signs),
    )
    absent = null_mask(column)
    wordless = found.words == 0
    return TextPrints(
        name=pa.array(found.text.view(np.int64), mask=found.text == 0),
        passages=_lists(found.passage_offsets, found.passages.view(np.int64), absent),
        skeleton=pa.array(found.skeleton.view(np.int64), mask=found.skeleton == 0),
        words=pa.array(found.words, mask=absent),
        size=pa.array(np.diff(offsets).astype(np.int32), mask=absent),
        language=pa.array(LANGUAGES).take(pa.array(found.language, mask=absent)),
        capability=pa.array(CAPABILITIES).take(pa.array(found.category, mask=wordless)),
        probability=pa.array(found.probability, mask=wordless),
        elicitation=pa.array(found.windowed, mask=wordless),
        semantic=_vectors(found.sampled, found.vectors),
    )


def _halves(key: FingerprintKey, domain: str) -> tuple[np.uint64, np.uint64]:
    first, second = key.subkey(domain)
    return np.uint64(first), np.uint64(second)


def _lists(
    ends: npt.NDArray[np.int32], values: npt.NDArray[np.int64], absent: npt.NDArray[np.bool_] | None
) -> pa.Array:
    mask = None if absent is None else pa.array(absent)
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(values), mask=mask)


def _vectors(sampled: npt.NDArray[np.bool_], vectors: npt.NDArray[np.int8]) -> pa.Array:
    ends = np.concatenate(([0], np.cumsum(sampled, dtype=np.int32) * SEMANTIC_DIMENSIONS)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(vectors.reshape(-1)), mask=pa.array(~sampled))
