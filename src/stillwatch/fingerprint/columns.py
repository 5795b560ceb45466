"""Arrow columns of text to keyed names, and the views of their bytes that kernels take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc


def text_bytes(column: pa.Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint64]]:
    """The bytes of a string column, not copied, and the offsets at which its rows begin; a null row is empty.

    column  string, large_string, binary or large_binary of any length and slice; other texts are cast
    """
    kind = column.type
    wide = pa.types.is_large_string(kind) or pa.types.is_large_binary(kind)
    if not (wide or pa.types.is_string(kind) or pa.types.is_binary(kind)):
        column, wide = column.cast(pa.large_string()), True
    _, ends, content = column.buffers()
    width = np.dtype(np.int64 if wide else np.int32)
    if ends is None or len(column) == 0:
        offsets = np.zeros(len(column) + 1, np.uint64)
    else:
        offsets = np.frombuffer(ends, width, len(column) + 1, column.offset * width.itemsize).astype(
            np.uint64
        )
    if column.null_count and _null_rows_hold_bytes(column, offsets):
        blank = b"" if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) else ""
        return text_bytes(pc.fill_null(column, blank))
    data = np.empty(0, np.uint8) if content is None else np.frombuffer(content, np.uint8)
    return data, offsets


def _null_rows_hold_bytes(column: pa.Array, offsets: npt.NDArray[np.uint64]) -> bool:
    null = column.is_null().to_numpy(zero_copy_only=False)
    return bool(np.diff(offsets)[null].any())


def name_column(column: pa.Array, key: tuple[int, int]) -> pa.Array:
    """The keyed name of each text as it is, int64; null stays null."""
    from stillwatch.kernels.hashing import siphash_strings

    data, offsets = text_bytes(column)
    names = siphash_strings(data, offsets, key)
    return pa.array(names, mask=null_mask(column))


def name_distinct(
    column: pa.Array, key: tuple[int, int], normalise: Callable[[str], str | bytes | None]
) -> pa.Array:
    """The keyed name of each text after `normalise`, which sees every distinct text once; int64.

    Null where the text is null or `normalise` leaves nothing.
    """
    coded = column.dictionary_encode()
    return name_values([normalise(text) for text in coded.dictionary.to_pylist()], key).take(coded.indices)


def name_values(values: list[str] | list[bytes] | list[Any], key: tuple[int, int]) -> pa.Array:
    """The keyed name of each value, int64; None gives null."""
    encoded = [value.encode() if isinstance(value, str) else value for value in values]
    return name_column(pa.array(encoded, pa.binary()), key)


def null_mask(column: pa.Array) -> npt.NDArray[np.bool_] | None:
    """Where the column is null, or None where nowhere: what `pa.array` takes as its mask."""
    mask: npt.NDArray[np.bool_] | None = None
    if column.null_count:
        mask = column.is_null().to_numpy(zero_copy_only=False)
    return mask
