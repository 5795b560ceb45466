"""Folders for work under way: gone when their owner ends, and known for a dead one's when it was killed."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = ".stillwatch-"
"""What the names of such folders begin with."""

_OWNER = "owner"
_LOCK = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


@contextmanager
def workspace(parent: Path | None) -> Iterator[Path]:
    """A new folder inside `parent` (None: the system's folder for such things), removed in the end.

    It goes on success, on failure and on a signal that Python turns into an exception. A killed process
    leaves its folder behind; the next workspace in the same place removes it. The operating system drops
    a lock with its owner, so a living owner's folder is never taken for a dead one's.
    """
    place = Path(tempfile.gettempdir()) if parent is None else parent
    clear_leftovers(place)
    while True:
        folder = place / f"{PREFIX}{secrets.token_hex(8)}"
        # A signal may come at any moment: the name is known before the folder is there.
        try:
            with _owned(folder) as mine:
                if mine:
                    yield folder
                    return
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def clear_leftovers(place: Path) -> int:
    """Removes the folders of dead owners in `place`; how many."""
    removed = 0
    for folder in place.glob(f"{PREFIX}*"):
        try:
            # In a place that all may write to, others' folders are not opened, and no link is followed out of it.
            about = folder.lstat()
            if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.geteuid():
                continue
            owner = os.open(folder / _OWNER, _LOCK, 0o600)
        except OSError:  # gone by now
            continue
        try:
            fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue
        else:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
        finally:
            os.close(owner)
    return removed


@contextmanager
def _owned(folder: Path) -> Iterator[bool]:
    """Makes the folder and holds the lock that says that its owner lives; False where another process, which
    cleared up before the lock was there, removed it."""
    folder.mkdir(mode=0o700)
    try:
        owner = os.open(folder / _OWNER, _LOCK, 0o600)
    except FileNotFoundError:
        yield False
        return
    try:
        try:
            fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
            mine = os.fstat(owner).st_ino == (folder / _OWNER).stat().st_ino
        except (FileNotFoundError, BlockingIOError):
            mine = False
        except OSError:  # a file system without locks: nobody clears up there
            mine = True
        yield mine
    finally:
        os.close(owner)
