"""Ctrl-C and SIGTERM: one way out, by every `finally`, that no library on the way can lose."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType

_LATER = 0.02  # seconds until a stop that came in the middle of an import is tried again


class Stopped(BaseException):
    """Somebody asked the run to end."""


class Stopping:
    """While it is entered, SIGINT and SIGTERM raise `Stopped` in the main thread.

    A stop waits for the end of an import: initialisers of compiled modules take an exception for a failure, name
    another one, or abort. Where a library catches what was raised, `check` raises it once more.
    """

    def __init__(self) -> None:
        self.asked = 0  # the signal's number, 0: none came

    def __enter__(self) -> Stopping:
        self.asked = 0
        self._before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        for number, handler in self._before.items():
            if handler is not signal.SIG_IGN:  # nohup, and a shell's work in the background
                signal.signal(number, self._stop)
        signal.signal(signal.SIGALRM, self._stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self) -> None:
        """Raises `Stopped` in the main thread when a stop was asked for."""
        if self.asked and threading.current_thread() is threading.main_thread():
            raise Stopped

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if number != signal.SIGALRM:
            self.asked = number
        if _importing(frame):
            signal.setitimer(signal.ITIMER_REAL, _LATER)
            return
        raise Stopped


STOPPING = Stopping()
"""The one of this process: signals are the process's."""


def _importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
