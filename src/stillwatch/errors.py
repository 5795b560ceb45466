"""Every error that Stillwatch raises on purpose, each with the exit code of the command that meets it.

A message says what was found, where, what would do, and, where there is one, the next command.
"""

from __future__ import annotations


class StillwatchError(Exception):
    """Root of the tree: `message` for people, `hint` for what would do, `exit_code` for the shell."""

    exit_code = 2

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class InvalidInput(StillwatchError):
    """An input file or folder that can't be read as what it claims to be."""


class InvalidColumn(InvalidInput):
    """A required column is missing, or a column has a type that can't be read as its meaning."""


class InvalidConfiguration(StillwatchError):
    """A configuration file, key file or option that can't be used."""


class LakeBusy(StillwatchError):
    """Another process is changing the lake, and did not end in time."""


class InvalidParameter(StillwatchError):
    """A value outside the range that a public function states."""


class SchemaMismatch(StillwatchError):
    """A table at a door between two rooms that lacks what its declared schema promises."""

    exit_code = 3


class EngineFailed(StillwatchError):
    """The engine ran out of memory or disk, or a relational step failed."""

    exit_code = 3


class OutOfMemory(EngineFailed):
    """More memory was needed than the run may hold; the hint says how much would do."""


class OutOfDisk(EngineFailed):
    """The disk is full, or a limit on the size of files was met; the message says how much would do."""
