"""How kernels are compiled: inner steps into their callers, entries once, to be kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy.typing as npt
from numba import njit

step = njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""Compiles what only other kernels call: Python can't, and compiling takes a third less time for it."""

inlined = njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True)
"""As `step`, for the smallest and most often called: its code goes into every caller."""


def entry(function: Callable[..., Any]) -> Any:
    """The function, compiled at its first call and kept on disk until any file of this folder changes.

    Numba looks only at the file that holds the function, although what it calls becomes part of its code.
    """
    compiled = njit(nogil=True, cache=True, no_cfunc_wrapper=True)(function)
    file = getattr(getattr(compiled, "_cache", None), "_cache_file", None)
    if file is not None:
        file._source_stamp = _stamp()
    return compiled


def read_only(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A view of the array that is read-only: writable arrays are another type to the compiler."""
    view = array.view()
    view.flags.writeable = False
    return view


@cache
def _stamp() -> tuple[tuple[str, int, int], ...]:
    """Name, time and size of every file of this folder."""
    found = ((path.name, path.stat()) for path in sorted(Path(__file__).parent.glob("*.py")))
    return tuple((name, state.st_mtime_ns, state.st_size) for name, state in found)
