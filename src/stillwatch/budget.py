"""How much memory a run may hold, and what would do where memory or disk run out."""

from __future__ import annotations

import errno
import os
import re
import resource
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from stillwatch.engines.scratch import PREFIX
from stillwatch.errors import OutOfDisk, OutOfMemory
from stillwatch.model.settings import Settings

MIB = 1 << 20

OWN = 512 * MIB
"""What the process holds besides the engine: interpreter, compiled kernels, models, tables of the link room."""

PER_THREAD = 64 * MIB
"""A batch of text under way in each thread, with its fingerprints."""

ENGINE_SHARE = 0.5
"""Of what is left, the engine may hold this; the rest is for results on their way out of it."""

ENGINE_LEAST = 128 * MIB
"""With less, the engine can't even spill."""

DISK_FOR_PRINTS = 4
"""Disk that a run needs, as a multiple of its fingerprints' size there: themselves, sorted, spilled."""

DISK_LEAST = 64 * MIB

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def threads(settings: Settings) -> int:
    """Worker threads: those of the configuration, else all processors."""
    return settings.resources.threads or os.cpu_count() or 1


def least_memory(settings: Settings) -> int:
    """Bytes with which a small run does."""
    return round(OWN + threads(settings) * PER_THREAD + ENGINE_LEAST / ENGINE_SHARE)


def memory(settings: Settings) -> int:
    """Bytes that the run may hold: those of the configuration, else half of the machine's."""
    given = settings.resources.memory
    return max(machine_memory() // 2, least_memory(settings)) if given is None else int(given)


def engine_memory(settings: Settings) -> int:
    """Bytes that the engine may hold before it spills.

    raises  OutOfMemory when the budget is smaller than what a run needs with no data at all
    """
    budget, least = memory(settings), least_memory(settings)
    if budget < least:
        raise OutOfMemory(
            f"{in_words(budget)} of memory are too little.",
            hint=f"Give it --memory {in_words(least)} or more.",
        )
    return round((budget - OWN - threads(settings) * PER_THREAD) * ENGINE_SHARE)


def machine_memory() -> int:
    """Bytes of the machine's memory, or of the control group's limit where that is lower."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except OSError:
        return total
    return min(total, int(limit)) if limit.isdigit() else total


def peak_memory() -> int:
    """Bytes of memory that this process has held at most.

    Linux keeps the figure twice. The one for parents of a process starts from the parent's own size, so a small
    run that a large program starts would look large; the one in /proc starts with the program itself.
    """
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text(encoding="ascii")) if status.is_file() else None
    if found:
        return int(found[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def in_words(size: float) -> str:
    """A size as `--memory` takes it, rounded up: 1536MiB, 8GiB."""
    whole = -int(-size // MIB)
    return f"{whole // 1024}GiB" if whole % 1024 == 0 else f"{whole}MiB"


@contextmanager
def enough(place: Path, settings: Settings, prints: Callable[[], float]) -> Iterator[None]:
    """Says what would do when the block runs out of memory or of disk.

    place   folder that it writes to
    prints  bytes of the run's fingerprints on disk, as far as they are known by then
    raises  OutOfMemory or OutOfDisk, with a figure
    """
    try:
        yield
    except (MemoryError, OutOfMemory) as error:
        if isinstance(error, OutOfMemory) and error.hint:
            raise  # a block inside this one has said it
        budget = memory(settings)
        told = error.message if isinstance(error, OutOfMemory) else "Out of memory."
        raise OutOfMemory(
            f"{told}\nThe run had {in_words(budget)}.",
            hint=f"Give it --memory {in_words(2 * budget)}, or a shorter window with --since and --until.",
        ) from error
    except (OSError, OutOfDisk) as error:
        if error.errno not in _FULL if isinstance(error, OSError) else error.hint:
            raise
        told = error.message if isinstance(error, OutOfDisk) else os.strerror(error.errno or 0)
        held = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
        free = shutil.disk_usage(place).free + held
        needed = max(DISK_FOR_PRINTS * prints() + DISK_LEAST, free + DISK_LEAST)
        raise OutOfDisk(
            f"{told}\nThe run had {in_words(free)} of disk in {_named(place)}; {in_words(needed)} would do.",
            hint="Free disk space there or name another folder, then run again. No output was written; folders "
            "named .stillwatch-* are safe to delete.",
        ) from error


def _named(place: Path) -> Path:
    """The folder that the user knows, around a hidden one of ours."""
    return next(p for p in (place, *place.parents) if not any(n.startswith(PREFIX) for n in p.parts))
