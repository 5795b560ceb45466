"""Network addresses in the spellings of logs, to one canonical form and its keyed name."""

from __future__ import annotations

import re
import socket
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.fingerprint.columns import name_values, text_bytes
from stillwatch.fingerprint.keys import FingerprintKey

_MAPPED = bytes(10) + b"\xff\xff"  # ::ffff:0:0/96: an IPv4 address inside IPv6
_IPV4_PREFIX, _IPV6_PREFIX = 3, 6  # bytes: /24 and /48
_WITH_PORT = re.compile(r"\[([^\]]+)\](?::\d+)?|([\d.]+):\d+")
_TOKEN = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w+/=:.-]{8,}", re.ASCII)


def canonical(text: str) -> tuple[bytes | None, bytes | None]:
    """What an address and its network are hashed from; None where there is none.

    Of `address, proxy, proxy` the first counts; ports, brackets and zones are dropped; an IPv4 address inside
    IPv6 is that IPv4 address. The network is /24 of IPv4, /48 of IPv6. A text that is no address but looks
    like a hash (8 or more letters and digits) stands for itself and has no network; all else is nothing.
    """
    text = text.split(",", 1)[0].strip()
    packed = _packed(text)
    if packed is None:
        match = _WITH_PORT.fullmatch(text)
        packed = _packed(match[1] or match[2]) if match else None
    if packed is not None:
        return packed, packed[: _IPV4_PREFIX if len(packed) == 4 else _IPV6_PREFIX]
    return (b"token:" + text.encode(), None) if _TOKEN.fullmatch(text) else (None, None)


def _packed(text: str) -> bytes | None:
    try:
        if ":" not in text:
            return socket.inet_pton(socket.AF_INET, text)
        packed = socket.inet_pton(socket.AF_INET6, text.split("%", 1)[0])
    except (OSError, ValueError):  # not an address; a character that no address has
        return None
    return packed[12:] if packed.startswith(_MAPPED) else packed


def name_addresses(column: pa.Array, key: FingerprintKey) -> tuple[pa.Array, pa.Array]:
    """Keyed names of addresses and of their networks (IPv4 /24, IPv6 /48), int64; null where none is."""
    from stillwatch.kernels.dotted import read_ipv4

    coded = column.dictionary_encode()
    texts = coded.dictionary
    packed, plain = read_ipv4(*text_bytes(texts))
    odd = np.flatnonzero(~plain)  # all spellings but the usual one: few, and read one by one
    forms = [canonical(text or "") for text in texts.take(pa.array(odd)).to_pylist()]
    addresses = _names(packed, odd, [form[0] for form in forms], key.subkey("ip"))
    networks = _names(packed[:, :_IPV4_PREFIX], odd, [form[1] for form in forms], key.subkey("prefix"))
    return addresses.take(coded.indices), networks.take(coded.indices)


def _names(
    packed: npt.NDArray[np.uint8], odd: npt.NDArray[Any], values: list[bytes | None], key: tuple[int, int]
) -> pa.Array:
    """The keyed name of each row's bytes, but for the odd rows that of their value."""
    from stillwatch.kernels.hashing import siphash_strings

    count, width = packed.shape
    ends = np.arange(count + 1, dtype=np.uint64) * np.uint64(width)
    names = siphash_strings(np.ascontiguousarray(packed).reshape(-1), ends, key)
    names[odd] = name_values(values, key).fill_null(0).to_numpy(zero_copy_only=False)
    return pa.array(names, mask=names == 0)  # no name is 0
