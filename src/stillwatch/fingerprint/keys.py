"""The secret that turns public hashes into names, and what is derived from it."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stillwatch.errors import InvalidConfiguration
from stillwatch.model.fingerprints import SEMANTIC_DIMENSIONS

SECRET_BYTES = 32


@dataclass(frozen=True)
class FingerprintKey:
    """A secret of 32 bytes. It decides what hashes are called, never what is sampled or what is equal.

    Columns that can hold the same thing share a domain (an exchange's `ip`, an account's `signup_ip`); all
    others have one each, so that equal strings in unlike columns have unlike names.
    raises  InvalidConfiguration when the secret has another length
    """

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != SECRET_BYTES:
            raise InvalidConfiguration(
                f"The fingerprint key has {len(self.secret)} bytes; it needs {SECRET_BYTES}.",
                hint="Make one with: python -c 'import secrets; print(secrets.token_hex(32))'",
            )

    @classmethod
    def from_hex(cls, text: str) -> FingerprintKey:
        """The key that 64 hexadecimal digits spell; surrounding whitespace is ignored.

        raises  InvalidConfiguration when the text is anything else
        """
        try:
            secret = bytes.fromhex(text.strip())
        except ValueError as error:
            raise InvalidConfiguration(
                f"The fingerprint key is not hexadecimal: found {len(text.strip())} characters.",
                hint="Give 64 characters of 0-9 and a-f.",
            ) from error
        return cls(secret)

    @classmethod
    def from_file(cls, path: str | Path) -> FingerprintKey:
        """The key in a file of 64 hexadecimal digits, or of 32 bytes as they are.

        raises  InvalidConfiguration when the file can't be read or holds anything else
        """
        try:
            content = Path(path).read_bytes()
        except OSError as error:
            raise InvalidConfiguration(
                f"The key file {path} can't be read: {error.strerror}.",
                hint="Name a file that holds 64 hexadecimal digits.",
            ) from error
        if len(content) == SECRET_BYTES:
            return cls(content)
        try:
            return cls.from_hex(content.decode("ascii"))
        except (UnicodeDecodeError, InvalidConfiguration) as error:
            raise InvalidConfiguration(
                f"The key file {path} holds {len(content)} bytes that are no key.",
                hint="It should hold 64 hexadecimal digits, or 32 bytes.",
            ) from error

    @classmethod
    def random(cls) -> FingerprintKey:
        """A new key from the system's entropy: names made with it meet no earlier ones."""
        return cls(secrets.token_bytes(SECRET_BYTES))

    @cached_property
    def key_id(self) -> str:
        """Eight hexadecimal digits that name the key in public and give nothing of it away."""
        return hmac.digest(self.secret, b"key-id", "sha256").hex()[:8]

    def subkey(self, domain: str) -> tuple[int, int]:
        """The 128-bit key of a domain, as two halves; HMAC-SHA256 of the domain's name under the secret."""
        digest = hmac.digest(self.secret, b"domain:" + domain.encode(), "sha256")
        return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:16], "little")

    @cached_property
    def dimensions(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Order and signs of semantic dimensions. Dot products of vectors stay as they are.

        (64,) int64 permutation and (64,) int64 of -1 and 1.
        """
        digests = [
            hmac.digest(self.secret, f"dimension:{number}".encode(), "sha256")
            for number in range(SEMANTIC_DIMENSIONS)
        ]
        order = np.array(sorted(range(SEMANTIC_DIMENSIONS), key=lambda number: digests[number]), np.int64)
        signs = np.array([1 if digest[31] & 1 else -1 for digest in digests], np.int64)
        for table in (order, signs):
            table.flags.writeable = False
        return order, signs
