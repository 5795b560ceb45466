"""Network addresses in the spellings of logs, to one canonical form."""

from __future__ import annotations

import re
import socket

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
