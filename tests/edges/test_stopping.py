"""A stop ends a run by every `finally`, whatever the libraries on the way make of it."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stillwatch.edges.stopping import STOPPING, Stopped
from stillwatch.edges.terminal import Lines

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """SIGINT is heard, as in a terminal: a shell may have its background work ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def hit(number: int) -> None:
    """The signal, and time for it to arrive in."""
    os.kill(os.getpid(), number)
    time.sleep(5)


def stopped(work: Callable[[], object]) -> None:
    with STOPPING:
        work()


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_stops_and_is_remembered(number: int) -> None:
    with pytest.raises(Stopped):
        stopped(lambda: hit(number))
    assert STOPPING.asked == number


def test_what_a_library_catches_is_raised_again_where_the_next_part_begins() -> None:
    with STOPPING, Lines(quiet=True) as lines:
        lines.stage("link", None)
        with contextlib.suppress(BaseException):  # as an `except:` around somebody's optional import does
            hit(signal.SIGINT)
        with pytest.raises(Stopped):
            lines.part("themes")


def test_a_stop_waits_for_the_end_of_an_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stopped_within.py").write_text(
        "import os, signal, time\nos.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(0.2)\nwhole = True\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    def work() -> None:
        importlib.import_module("stopped_within")
        time.sleep(5)

    with pytest.raises(Stopped):
        stopped(work)
    assert sys.modules.pop("stopped_within").whole


def test_what_was_ignored_stays_ignored_and_all_is_as_before() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with STOPPING:
        os.kill(os.getpid(), signal.SIGINT)
        STOPPING.check()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_a_new_run_knows_nothing_of_an_earlier_stop() -> None:
    with pytest.raises(Stopped):
        stopped(lambda: hit(signal.SIGINT))
    stopped(STOPPING.check)
