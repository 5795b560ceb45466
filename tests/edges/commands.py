"""The command line as a process of its own, and small logs for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from stillwatch.edges.cli import main

START = "import sys; sys.argv[0] = 'stillwatch'; from stillwatch.edges.cli import main; main()"

ENVIRONMENT = {"COLUMNS": "80", "STILLWATCH_KEY": "5a" * 32}

ROWS = "account_id,ts,prompt\n" + "".join(
    f"account{i % 3},2026-06-{1 + i % 9:02}T0{i % 8}:00:00Z,Tell me fact number {i} about the sea\n"
    for i in range(30)
)


def stillwatch(
    *arguments: str | Path,
    at: Path,
    largest_file: int | None = None,
    environment: dict[str, str] | None = None,
    start: str = START,
) -> subprocess.CompletedProcess[str]:
    """Runs the command in folder `at`; no file may grow beyond `largest_file` bytes, as on a full disk."""
    limit = (
        ""
        if largest_file is None
        else f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({largest_file},) * 2); "
    )
    return subprocess.run(
        [sys.executable, "-c", limit + start, *map(str, arguments)],
        cwd=at, capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, **ENVIRONMENT, **(environment or {})},
    )  # fmt: skip


def inside(arguments: Sequence[str], at: Path, patch: pytest.MonkeyPatch, **environment: str) -> int:
    """Runs the command in folder `at` within this process; its exit code."""
    patch.chdir(at)
    patch.setattr(sys, "argv", ["stillwatch", *arguments])
    for name, value in {**ENVIRONMENT, **environment}.items():
        patch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        main()
    code = ended.value.code
    return code if isinstance(code, int) else int(code is not None)
