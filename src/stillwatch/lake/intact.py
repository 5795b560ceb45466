"""Whether files of a lake still are what was written: who shows evidence to others must know."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from stillwatch.lake.manifest import File


def first_changed(root: Path, files: Sequence[File], at_once: int) -> File | None:
    """The first of the files whose bytes have another SHA-256 than the manifest says, None if none has.

    at_once  files to be read at a time
    raises   OSError when a file can't be read
    """
    with ThreadPoolExecutor(at_once, thread_name_prefix="intact") as pool:
        digests = pool.map(lambda file: _digest(root / file.name), files)
        return next((f for f, found in zip(files, digests, strict=True) if found != f.sha256), None)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
