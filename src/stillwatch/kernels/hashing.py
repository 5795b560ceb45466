"""Keyed and public 64-bit hashes: a finaliser that spreads bits, and SipHash-2-4 of numbers and strings."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.kernels.compiling import entry, inlined, read_only, step

U64 = np.uint64
FNV_OFFSET = U64(0xCBF29CE484222325)
FNV_PRIME = U64(0x100000001B3)
BASE = U64(0x9E3779B97F4A7C15)  # of every polynomial over word hashes; the golden ratio, odd

_MIX_A = U64(0xFF51AFD7ED558CCD)
_MIX_B = U64(0xC4CEB9FE1A85EC53)
_SIP_0 = U64(0x736F6D6570736575)
_SIP_1 = U64(0x646F72616E646F6D)
_SIP_2 = U64(0x6C7967656E657261)
_SIP_3 = U64(0x7465646279746573)
_FF = U64(0xFF)
_R13, _R16, _R17, _R21, _R32, _R33, _R64 = (U64(n) for n in (13, 16, 17, 21, 32, 33, 64))
_U0, _U1, _U3, _U7, _U8, _U56 = (U64(n) for n in (0, 1, 3, 7, 8, 56))


@inlined
def fmix64(x: Any) -> Any:
    """The number with its bits spread: every input bit moves every output bit half of the time.

    source  MurmurHash3's 64-bit finaliser (Appleby, public domain)
    """
    x ^= x >> _R33
    x *= _MIX_A
    x ^= x >> _R33
    x *= _MIX_B
    return x ^ (x >> _R33)


@inlined
def _rotate(x: Any, by: Any) -> Any:
    return (x << by) | (x >> (_R64 - by))


@inlined
def _sip_round(v0: Any, v1: Any, v2: Any, v3: Any) -> Any:
    v0 += v1
    v1 = _rotate(v1, _R13) ^ v0
    v0 = _rotate(v0, _R32)
    v2 += v3
    v3 = _rotate(v3, _R16) ^ v2
    v0 += v3
    v3 = _rotate(v3, _R21) ^ v0
    v2 += v1
    v1 = _rotate(v1, _R17) ^ v2
    v2 = _rotate(v2, _R32)
    return v0, v1, v2, v3


@inlined
def siphash_number(x: Any, k0: Any, k1: Any) -> Any:
    """SipHash-2-4 of one number's eight little-endian bytes under the key (k0, k1)."""
    v0, v1, v2, v3 = k0 ^ _SIP_0, k1 ^ _SIP_1, k0 ^ _SIP_2, k1 ^ _SIP_3
    v3 ^= x
    v0, v1, v2, v3 = _sip_round(v0, v1, v2, v3)
    v0, v1, v2, v3 = _sip_round(v0, v1, v2, v3)
    v0 ^= x
    last = _U8 << _U56
    v3 ^= last
    v0, v1, v2, v3 = _sip_round(v0, v1, v2, v3)
    v0, v1, v2, v3 = _sip_round(v0, v1, v2, v3)
    v0 ^= last
    v2 ^= _FF
    v0, v1, v2, v3 = _sip_round(v0, v1, v2, v3)
    v0, v1, v2, v3 = _sip_round(v0, v1, v2, v3)
    v0, v1, v2, v3 = _sip_round(v0, v1, v2, v3)
    v0, v1, v2, v3 = _sip_round(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3


@step
def _siphash_bytes(data: Any, start: Any, end: Any, k0: Any, k1: Any) -> Any:
    v0, v1, v2, v3 = k0 ^ _SIP_0, k1 ^ _SIP_1, k0 ^ _SIP_2, k1 ^ _SIP_3
    pos = start
    while pos + _U8 <= end:
        word = _U0
        for i in range(8):
            word |= U64(data[pos + U64(i)]) << U64(8 * i)
        v3 ^= word
        v0, v1, v2, v3 = _sip_round(v0, v1, v2, v3)
        v0, v1, v2, v3 = _sip_round(v0, v1, v2, v3)
        v0 ^= word
        pos += _U8
    word = (end - start) << _U56
    shift = _U0
    while pos < end:
        word |= U64(data[pos]) << shift
        shift += _U8
        pos += _U1
    v3 ^= word
    v0, v1, v2, v3 = _sip_round(v0, v1, v2, v3)
    v0, v1, v2, v3 = _sip_round(v0, v1, v2, v3)
    v0 ^= word
    v2 ^= _FF
    v0, v1, v2, v3 = _sip_round(v0, v1, v2, v3)
    v0, v1, v2, v3 = _sip_round(v0, v1, v2, v3)
    v0, v1, v2, v3 = _sip_round(v0, v1, v2, v3)
    v0, v1, v2, v3 = _sip_round(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3


@entry
def _name_numbers(values: Any, k0: Any, k1: Any) -> None:
    for i in range(values.size):
        name = siphash_number(values[i], k0, k1)
        values[i] = name + (_U1 if name == _U0 else _U0)


@entry
def _name_strings(data: Any, offsets: Any, k0: Any, k1: Any) -> Any:
    count = offsets.size - 1
    out = np.empty(count, np.uint64)
    for i in range(count):
        name = _siphash_bytes(data, offsets[i], offsets[i + 1], k0, k1)
        out[i] = name + (_U1 if name == _U0 else _U0)
    return out


def name_in_place(values: npt.NDArray[np.uint64], key: tuple[Any, Any]) -> None:
    """Replaces each number, uint64, by its keyed name as `siphash_numbers` gives it."""
    _name_numbers(values, U64(key[0]), U64(key[1]))


def siphash_numbers(values: npt.NDArray[Any], key: tuple[int, int]) -> npt.NDArray[np.int64]:
    """The keyed name of each number: SipHash-2-4 of its eight little-endian bytes, 0 replaced by 1.

    values  (n,) 64-bit integers, signed or not
    key     two halves of the 128-bit key, each 0 ≤ half < 2^64
    source  Aumasson & Bernstein 2012, SipHash: a fast short-input PRF
    """
    out = np.array(values).view(np.uint64)
    name_in_place(out, key)
    return out.view(np.int64)


def siphash_strings(
    data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.uint64], key: tuple[int, int]
) -> npt.NDArray[np.int64]:
    """The keyed name of each string: SipHash-2-4 of its bytes, 0 replaced by 1.

    data     (bytes,) uint8, the strings laid end to end
    offsets  (n + 1,) uint64, where each begins and the last ends
    key      two halves of the 128-bit key, each 0 ≤ half < 2^64
    source   Aumasson & Bernstein 2012, SipHash: a fast short-input PRF
    """
    names: npt.NDArray[np.uint64] = _name_strings(
        read_only(data), read_only(offsets), U64(key[0]), U64(key[1])
    )
    return names.view(np.int64)
