"""A run that is broken off leaves no half file, and the next one works."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from runs import KEY, Traffic, differing, scanned, tables

COMMAND = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have its background work ignore it
sys.argv[0] = "stillwatch"
from stillwatch.edges.cli import main
main()
"""


def started(traffic: Traffic, out: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable, "-c", COMMAND, "scan", str(traffic.logs), "--accounts", str(traffic.people),
            "--out", str(out), *more,
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env={**os.environ, "STILLWATCH_KEY": KEY},
    )  # fmt: skip


def shown(out: Path) -> list[str]:
    return sorted(path.name for path in out.iterdir() if not path.name.startswith("."))


def at_stage(process: subprocess.Popen[str], stage: str, out: Path) -> None:
    """Waits until the run has ended a stage; `begun`: until it has scratch space."""
    if stage == "begun":
        for _ in range(600):
            if out.is_dir() and any(out.iterdir()):
                return
            time.sleep(0.05)
        pytest.fail("the run made no scratch folder within 30 s")
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(stage):
            return
    pytest.fail(f"the run ended before {stage}")


@pytest.mark.parametrize(
    "stage",
    [
        pytest.param("begun", marks=pytest.mark.slow),
        pytest.param("fingerprint"),
        pytest.param("score", marks=pytest.mark.slow),
    ],
)
def test_a_killed_run_leaves_nothing_in_sight_and_the_next_one_works(
    traffic: Traffic, plain: Path, tmp_path: Path, stage: str
) -> None:
    process = started(traffic, tmp_path)
    at_stage(process, stage, tmp_path)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert shown(tmp_path) == []
    assert not differing(tables(plain), scanned(traffic.logs, tmp_path, accounts=traffic.people))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_stopped_run_tidies_up_and_leaves_earlier_results_alone(
    traffic: Traffic, plain: Path, tmp_path: Path, number: int, code: int
) -> None:
    for path in plain.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    process = started(traffic, tmp_path)
    at_stage(process, "fingerprint", tmp_path)
    process.send_signal(number)
    _, told = process.communicate()
    assert process.returncode == code
    assert "Traceback" not in told
    assert sorted(path.name for path in tmp_path.iterdir()) == shown(plain)
    assert not differing(tables(plain), tables(tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["begun", "fingerprint", "lake", "link", "score", "report"])
def test_killed_in_any_stage_and_run_again_gives_the_same_bytes(
    traffic: Traffic, plain: Path, tmp_path: Path, stage: str
) -> None:
    lake, out = tmp_path / "lake", tmp_path / "out"
    process = started(traffic, out, "--lake", str(lake))
    at_stage(process, stage, lake)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL or stage == "report"
    again = started(traffic, out, "--lake", str(lake))
    _, told = again.communicate()
    assert again.returncode == 0, told
    assert not differing(tables(plain), tables(out))
    scanned(traffic.logs, tmp_path / "other", accounts=traffic.people, lake=tmp_path / "whole")
    assert files(lake) == files(tmp_path / "whole")
    assert not [path for folder in (lake, out) for path in folder.glob(".stillwatch-*")]


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.parametrize("stage", ["begun", "fingerprint", "link"])
def test_stopped_in_any_stage_leaves_no_scratch_behind(
    traffic: Traffic, tmp_path: Path, stage: str, number: int, code: int
) -> None:
    lake, out = tmp_path / "lake", tmp_path / "out"
    process = started(traffic, out, "--lake", str(lake))
    at_stage(process, stage, lake)
    process.send_signal(number)
    _, told = process.communicate()
    assert process.returncode == code, told
    assert "Traceback" not in told
    assert not [path for folder in (lake, out) for path in folder.glob(".stillwatch-*")]
    assert (lake / "lake.json").exists() == (stage != "begun")


def files(lake: Path) -> dict[str, bytes]:
    """What a lake holds, by name."""
    return {
        path.relative_to(lake).as_posix(): path.read_bytes()
        for path in lake.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
