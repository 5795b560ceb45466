"""Which files an argument means, and their bytes as a stream, unpacked on the way."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from stillwatch.errors import InvalidInput

SUFFIXES = (".parquet", ".pq", ".csv", ".tsv", ".jsonl", ".ndjson", ".json")
PACKINGS = (".gz", ".zst")
_MAGIC = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"))
_GLOB = frozenset("*?[")
READ_SIZE = 1 << 20


@dataclass(frozen=True, slots=True)
class Input:
    """A file that is read: its name under the folder given, its format, its size and, once made, its hash."""

    name: str
    format: str
    bytes: int
    sha256: str | None
    path: Path

    def hashed(self) -> Input:
        """The same with the SHA-256 of its bytes, read in pieces."""
        digest = hashlib.sha256()
        with self.path.open("rb") as file:
            while piece := file.read(READ_SIZE):
                digest.update(piece)
        return replace(self, sha256=digest.hexdigest())


@dataclass(frozen=True, slots=True)
class Found:
    """A file that an argument means, and what to call it."""

    name: str
    path: Path


OURS = {"summary.json", "campaigns.parquet"}
"""A folder inside the logs that holds these is the output of an earlier run."""


def find(paths: Sequence[Path | str]) -> list[Found]:
    """The files that files, folders and globs mean, each once, by name.

    A folder means every file under it with a known suffix. Names that start with a dot or underscore are left
    out, in folders and globs.
    raises  InvalidInput when one of them means no file
    """
    found: dict[Path, Found] = {}
    for given in paths:
        for item in _expand(Path(given)):
            found.setdefault(item.path.resolve(), item)
    for item in found.values():
        try:
            str(item.path).encode()
        except UnicodeEncodeError as error:
            raise InvalidInput(
                f"{os.fsencode(item.path)!r}: a name that is not UTF-8",
                hint="rename it, or name the other files",
            ) from error
    if not found:
        raise InvalidInput(
            "no input was given", hint="name a file, a folder or a glob such as 'logs/*.jsonl.gz'"
        )
    return sorted(_distinct(list(found.values())), key=lambda item: (item.name, str(item.path)))


def _expand(given: Path) -> list[Found]:
    try:
        if given.is_dir():
            return _folder(given)
        if given.is_file():
            return [Found(given.name, given)]
        if not given.exists():
            if _GLOB & set(str(given)):
                return _glob(given)
            raise InvalidInput(
                f"{given}: no such file or folder",
                hint=f"the folder read from is {Path.cwd()}; a glob needs quotes",
            )
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{given}: {error}", hint="check the path and the right to read it") from error
    raise InvalidInput(f"{given}: neither a file nor a folder", hint="write what it yields to a file first")


def _folder(root: Path) -> list[Found]:
    inside = list(_inside(root))
    found = [Found(path.relative_to(root).as_posix(), path) for path in inside if _known(path)]
    if not found:
        raise InvalidInput(
            f"{root}: no file with a known suffix among {len(inside)}",
            hint=f"known are {', '.join(SUFFIXES)}, plain, .gz or .zst; name a file to have its content tell",
        )
    return sorted(found, key=lambda item: item.path)


def _inside(root: Path) -> Iterator[Path]:
    """The files under a folder but hidden ones and what we wrote ourselves; links to folders are followed, once.

    raises  OSError for a folder that can't be read: a part is never taken for the whole
    """

    def unread(error: OSError) -> None:
        raise error

    seen = set()
    for name, folders, files in os.walk(root, onerror=unread, followlinks=True):
        folder = Path(name)
        about = folder.stat()
        if (about.st_dev, about.st_ino) in seen or (folder != root and set(files) >= OURS):
            folders.clear()
            continue
        seen.add((about.st_dev, about.st_ino))
        folders[:] = sorted(each for each in folders if each[0] not in "._")
        yield from (folder / each for each in files if each[0] not in "._" and (folder / each).is_file())


def _glob(given: Path) -> list[Found]:
    parts = given.parts
    fixed = next(i for i, part in enumerate(parts) if _GLOB & set(part))
    root = Path(*parts[:fixed])
    try:
        found = sorted(path for path in root.glob(str(Path(*parts[fixed:]))) if path.is_file())
    except (NotImplementedError, IndexError) as error:
        raise InvalidInput(f"{given}: no glob that can be read: {error}") from error
    matches = [path for path in found if _shown(path, root)]
    if not matches:
        raise InvalidInput(f"{given}: no file matches", hint=f"looked under {root.resolve()}")
    return [Found(path.relative_to(root).as_posix(), path) for path in matches]


def _shown(path: Path, root: Path) -> bool:
    return not any(part[0] in "._" for part in path.relative_to(root).parts)


def _known(path: Path) -> bool:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in PACKINGS:
        suffixes.pop()
    return bool(suffixes) and suffixes[-1] in SUFFIXES


def _distinct(found: list[Found]) -> list[Found]:
    """The files with names that tell them apart: parent folders are added where names meet."""
    for depth in range(2, 64):
        names = [item.name for item in found]
        if len(set(names)) == len(names):
            break
        found = [
            Found("/".join(item.path.resolve().parts[-depth:]), item.path)
            if names.count(item.name) > 1
            else item
            for item in found
        ]
    return found


class Stream:
    """The unpacked bytes of a file; what packed them is seen from their first bytes."""

    def __init__(self, item: Found) -> None:
        self.name = item.name
        try:
            self._file = pa.OSFile(str(item.path), "rb")
            head = self._file.read(8)
            self._file.seek(0)
        except OSError as error:
            raise InvalidInput(f"{item.name}: {error}", hint="check the right to read it") from error
        self.packing = next((name for magic, name in _MAGIC if head.startswith(magic)), "")
        self._bytes: Any = pa.CompressedInputStream(self._file, self.packing) if self.packing else self._file

    def read(self, size: int) -> bytes:
        """Up to `size` bytes, none at the end; raises InvalidInput when the packing is broken or cut off."""
        pieces = []
        while size > 0:
            try:
                piece = self._bytes.read(size)
            except OSError as error:
                what = f"{self.packing} data" if self.packing else "data"
                raise InvalidInput(
                    f"{self.name}: {what} that ends early or is damaged ({error})",
                    hint="fetch or write the file again; or unpack by hand what can be saved, and read that",
                ) from error
            if not piece:
                break
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def skip_line(self, length: int) -> tuple[int, bytes]:
        """How long the line is whose first `length` bytes were read, and what was read behind it."""
        while piece := self.read(READ_SIZE):
            cut = piece.find(b"\n")
            if cut >= 0:
                return length + cut, piece[cut + 1 :]
            length += len(piece)
        return length, b""

    def position(self) -> int:
        """How many bytes of the file itself have been read."""
        return int(self._file.tell()) if not self._file.closed else 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
