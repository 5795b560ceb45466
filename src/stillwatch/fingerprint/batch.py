"""One batch of exchanges to one batch of fingerprints: the last place that sees text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.fingerprint.addresses import name_addresses
from stillwatch.fingerprint.columns import name_column, name_distinct, null_mask
from stillwatch.fingerprint.keys import FingerprintKey
from stillwatch.fingerprint.models import Models, load_models
from stillwatch.fingerprint.normalise import collapse, tools
from stillwatch.fingerprint.texts import print_texts
from stillwatch.model.fingerprints import FINGERPRINTS

_KEPT = (
    "exchange_id", "id_derived", "ts", "account_id", "key_id", "model", "surface", "conversation_id", "turns",
    "input_tokens", "output_tokens", "reasoning_tokens", "status", "asn", "country", "source", "line",
)  # fmt: skip
_UNSTATED = np.uint64(0x9E3779B97F4A7C15)  # stands for a parameter that a request leaves out


@dataclass(frozen=True)
class Fingerprinter:
    """`fingerprint_batch` under one key, with the models that come with the package, in whatever process."""

    key: FingerprintKey

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """FINGERPRINTS of EXCHANGES."""
        return fingerprint_batch(batch, self.key, load_models())


def fingerprint_batch(batch: pa.RecordBatch, key: FingerprintKey, models: Models) -> pa.RecordBatch:
    """FINGERPRINTS of the batch's exchanges, row by row in their order.

    Each row depends on that row alone, so batches may be cut anywhere and read in threads; the interpreter
    lock is released while text is read.
    batch  EXCHANGES
    """
    prompt = print_texts(batch["prompt"], key, models, domain="prompt")
    system_text, system_rows = _distinct(batch["system"])
    system = print_texts(system_text, key, models, domain="system", modulus=0)
    ip, prefix = name_addresses(batch["ip"], key)
    columns = {name: batch[name] for name in _KEPT} | {
        "prompt_hash": prompt.name,
        "passages": prompt.passages,
        "system_hash": system.name.take(system_rows),
        "system_passages": system.passages.take(system_rows),
        "tools_hash": name_distinct(batch["tools"], key.subkey("tools"), tools),
        "skeleton_hash": prompt.skeleton,
        "prompt_words": prompt.words,
        "prompt_bytes": prompt.size,
        "response_bytes": pc.binary_length(batch["response"]),
        "language": prompt.language,
        "capability": prompt.capability,
        "capability_probability": prompt.probability,
        "elicitation": prompt.elicitation,
        "semantic": prompt.semantic,
        "reasoning_signature_hash": name_column(
            batch["reasoning_signature"], key.subkey("reasoning_signature")
        ),
        "params_hash": name_parameters(batch["temperature"], batch["max_tokens"], batch["stream"], key),
        "ip_hash": ip,
        "prefix_hash": prefix,
        "user_agent_hash": name_distinct(batch["user_agent"], key.subkey("user_agent"), collapse),
        "ja4_hash": name_distinct(batch["tls_ja4"], key.subkey("ja4"), collapse),
    }
    arrays = [columns[field.name].cast(field.type) for field in FINGERPRINTS]
    return pa.RecordBatch.from_arrays(arrays, schema=FINGERPRINTS)


def _distinct(column: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The distinct texts of a column and, row by row, which of them it holds (null for none)."""
    coded = column.dictionary_encode()
    return coded.dictionary, coded.indices


def name_parameters(
    temperature: pa.Array, max_tokens: pa.Array, stream: pa.Array, key: FingerprintKey
) -> pa.Array:
    """The keyed name of a request's sampling parameters together, int64; null where it states none."""
    from stillwatch.kernels.hashing import siphash_numbers

    sub = key.subkey("params")
    total = np.zeros(len(temperature), np.uint64)
    stated = np.zeros(len(temperature), np.bool_)
    for column in (temperature, max_tokens, stream):
        absent = null_mask(column)
        given = np.ones(len(column), np.bool_) if absent is None else ~absent
        wide = np.float64 if pa.types.is_floating(column.type) else np.int64
        values = pc.fill_null(column.cast(pa.from_numpy_dtype(wide)), 0).to_numpy(zero_copy_only=False)
        bits = (values + wide(0)).view(np.uint64)  # adding 0 makes -0.0 the same as 0.0
        # hashed at every step, so that the same values in other columns give another name
        part = siphash_numbers(np.where(given, bits, _UNSTATED), sub).view(np.uint64)
        total = siphash_numbers(total ^ part, sub).view(np.uint64)
        stated |= given
    return pa.array(total.view(np.int64), mask=~stated)
