"""Locks of a lake. The operating system drops them with their owner, so a dead process holds none."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stillwatch.errors import LakeBusy
from stillwatch.lake.layout import COMMIT_LOCK, READERS_LOCK

PATIENCE = 60.0
"""Seconds that a writer waits for another one's commit, which takes a moment."""


@contextmanager
def committing(root: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Holds the right to change the lake, after waiting up to `patience` seconds for it.

    raises  LakeBusy, which names the process that holds it
    """
    handle = os.open(root / COMMIT_LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        _wait(handle, root, patience)
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        try:
            yield
        finally:
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)


@contextmanager
def reading(root: Path) -> Iterator[None]:
    """Keeps writers from removing files that were replaced; they may add and replace all the same."""
    try:
        handle = os.open(root / READERS_LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # a copy, or a folder that nobody may write to: nothing is removed there
        yield
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


@contextmanager
def no_readers(root: Path) -> Iterator[bool]:
    """Whether nobody reads; readers that come meanwhile wait for the end of the block."""
    handle = os.open(root / READERS_LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        yield _locked(handle)
    finally:
        os.close(handle)


def _wait(handle: int, root: Path, patience: float) -> None:
    end = time.monotonic() + patience
    while not _locked(handle):
        if time.monotonic() >= end:
            holder = os.pread(handle, 20, 0).decode(errors="replace") or "unknown"
            raise LakeBusy(
                f"{root}: process {holder} is changing this lake, and has not ended within {patience:.0f} s.",
                hint="Wait until it has ended, then run again; the lake is as it was.",
            )
        time.sleep(0.02)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
