from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_lexical import name, siphash

from stillwatch.kernels.hashing import siphash_numbers, siphash_strings

KEY = (int.from_bytes(bytes(range(8)), "little"), int.from_bytes(bytes(range(8, 16)), "little"))
NUMBERS = st.integers(0, 2**64 - 1)


def names_of(texts: list[bytes], key: tuple[int, int]) -> list[int]:
    data = np.frombuffer(b"".join(texts), np.uint8)
    offsets = np.cumsum([0] + [len(text) for text in texts]).astype(np.uint64)
    return [int(name) for name in siphash_strings(data, offsets, key).view(np.uint64)]


def test_published_vectors() -> None:
    # the first, the eighth and the sixteenth of the vectors in the reference implementation
    texts = [bytes(range(length)) for length in (0, 8, 15)]
    assert names_of(texts, KEY) == [0x726FDB47DD0E0E31, 0x93F5F5799A932462, 0xA129CA6149BE45E5]
    assert [siphash(text, KEY) for text in texts] == names_of(texts, KEY)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), min_size=1), NUMBERS, NUMBERS)
def test_strings_agree_with_the_naive_twin(texts: Any, k0: Any, k1: Any) -> None:
    assert names_of(texts, (k0, k1)) == [siphash(text, (k0, k1)) or 1 for text in texts]


@settings(deadline=None)
@given(st.lists(NUMBERS, min_size=1), NUMBERS, NUMBERS)
def test_numbers_agree_with_the_naive_twin(values: Any, k0: Any, k1: Any) -> None:
    found = siphash_numbers(np.array(values, np.uint64), (k0, k1))
    assert found.dtype == np.int64
    assert found.view(np.uint64).tolist() == [name(value, (k0, k1)) for value in values]
    signed = np.array(values, np.uint64).view(np.int64)
    assert (siphash_numbers(signed, (k0, k1)) == found).all()
    assert signed.view(np.uint64).tolist() == values  # the input is left alone
