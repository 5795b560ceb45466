"""Progress and findings on a terminal; one line a stage where there is none."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from stillwatch.edges.stopping import STOPPING
from stillwatch.model.result import Findings
from stillwatch.pipeline import STAGES, Progress, Replayed
from stillwatch.report import render_terminal

_WORDS = dict(STAGES)


class Lines(Progress):
    """A spinner with counts on a terminal, plain lines elsewhere, nothing when quiet.

    Where a stage or part begins, a stop that was asked for ends the run.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(stderr=True, quiet=quiet, markup=False)
        self._started = time.monotonic()
        self._name = ""
        self._done = 0
        self._bars: Bars | None = None
        if self._console.is_terminal and not quiet:
            self._bars = Bars(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=self._console,
                transient=True,
            )

    def __enter__(self) -> Lines:
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._close()
        if self._bars is not None:
            self._bars.stop()

    def stage(self, name: str, total: int | None) -> None:
        """A stage begins."""
        STOPPING.check()
        self._close()
        self._name, self._done, self._started = name, 0, time.monotonic()
        if self._bars is not None:
            self._task = self._bars.add_task(f"{name}: {_WORDS[name]}", total=total)

    def advance(self, amount: int) -> None:
        """So many rows more are done."""
        self._done += amount
        if self._bars is not None:
            self._bars.advance(self._task, amount)

    def part(self, name: str) -> None:
        """A part of the stage begins."""
        STOPPING.check()
        if self._bars is not None:
            self._bars.update(self._task, description=f"{self._name}: {name}")

    def _close(self) -> None:
        if not self._name:
            return
        if self._bars is not None:
            self._bars.remove_task(self._task)
        rows = f" {self._done:,} rows," if self._done else ""
        seconds = time.monotonic() - self._started
        self._console.print(
            f"{self._name:12} {_WORDS[self._name]}:{rows} {seconds:.1f} s", highlight=False, soft_wrap=True
        )
        self._name = ""


def show(findings: Findings, report: Path) -> None:
    """The findings on standard output, what a lake took in with them, and last of all where the report is."""
    console = Console(markup=False)
    console.print(render_terminal(findings))
    if "lake" in findings.summary:
        _tell_change(console, findings.summary["lake"])
    console.print(f"Report: {report.resolve()}", soft_wrap=True, highlight=False)


def show_lake(told: Mapping[str, Any], lake: Path) -> None:
    """What `fingerprint` put into the lake, what that replaced, and what to do next."""
    console = Console(soft_wrap=True, highlight=False, markup=False)
    console.print(
        f"{told['exchanges']:,} fingerprints of {len(told['days'])} days ({told['quarantined']:,} rows set apart), "
        f"key {told['key_id']}: {lake}"
    )
    _tell_change(console, told)
    days = list(told["held"])
    if days:
        console.print(
            f"holds {sum(told['held'].values()):,} exchanges of {len(days)} days, {days[0]} to {days[-1]}"
        )
    if told["key_forgotten"]:
        console.print(
            "The key was made for this run and is forgotten: no logs can be added later. Set STILLWATCH_KEY to keep one."
        )
    console.print(f"Next: stillwatch scan --lake {lake}")


def _tell_change(console: Console, told: Mapping[str, Any]) -> None:
    """The days of a lake that were replaced or dropped."""
    for day, before in told["replaced"].items():
        console.print(
            f"replaced {day}: {before:,} exchanges before, {told['days'][day]:,} now",
            highlight=False,
            soft_wrap=True,
        )
    if told["dropped"]:
        console.print(
            f"dropped {len(told['dropped'])} days, {told['dropped'][0]} to {told['dropped'][-1]}",
            highlight=False,
            soft_wrap=True,
        )


def show_replay(replayed: Replayed, out: Path) -> None:
    """One line for each campaign of the last run: when it first could be acted on, and what had been sent."""
    console = Console(markup=False)
    names = dict(
        zip(
            replayed.scored.campaigns["campaign_id"].to_pylist(),
            replayed.scored.campaigns["name"].to_pylist(),
            strict=True,
        )
    )
    # Without the zone's name, which needs a database that small systems lack.
    place = replayed.first.column_names.index("first_actionable_at")
    times = replayed.first["first_actionable_at"].cast(pa.timestamp("us"))
    for row in replayed.first.set_column(place, "first_actionable_at", times).to_pylist():
        console.print(
            f"{names[row['campaign_id']]}: actionable from {row['first_actionable_at']:%Y-%m-%d %H:%M} UTC, "
            f"{row['delay_hours']:,.1f} h after its first exchange; {row['leaked']:.1%} of its exchanges were sent "
            "before",
            highlight=False,
        )
    if not replayed.first.num_rows:
        console.print("No campaign of the last run is actionable.")
    console.print(f"Runs: {(out / 'runs.parquet').resolve()}", soft_wrap=True, highlight=False)
    console.print(f"Report: {(out / 'report.html').resolve()}", soft_wrap=True, highlight=False)
