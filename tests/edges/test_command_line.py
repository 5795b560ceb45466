"""What the commands print, and where."""

from __future__ import annotations

import json
import re
import resource
import statistics
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from commands import ROWS, inside, stillwatch

from stillwatch import __version__

COMMANDS = ("scan", "replay", "fingerprint", "simulate", "evaluate", "demo")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ok.csv").write_text(ROWS, encoding="utf-8")
    return tmp_path


def test_help_comes_within_half_a_second(tmp_path: Path) -> None:
    # Processor time, so that a busy machine doesn't fail it; `make bench` tells the wall time.
    times = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ran = stillwatch("--help", at=tmp_path)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        assert ran.returncode == 0
        assert all(command in ran.stdout for command in COMMANDS)
    assert statistics.median(times) <= 0.5


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    start = (
        "import sys; from stillwatch.edges import cli; "
        "print([m for m in ('numba', 'duckdb', 'pyarrow', 'numpy', 'scipy', 'altair', 'jinja2') if m in sys.modules])"
    )
    assert stillwatch(at=tmp_path, start=start).stdout == "[]\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(tmp_path: Path, command: str) -> None:
    ran = stillwatch(command, "--help", at=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f"Usage: stillwatch {command} ")


def test_version(tmp_path: Path) -> None:
    ran = stillwatch("--version", at=tmp_path)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"stillwatch {__version__}\n", "")


def test_scan_prints_the_summary_and_tells_its_progress_apart(folder: Path) -> None:
    ran = stillwatch("scan", "ok.csv", "--out", "o", at=folder)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.rstrip().endswith(f"Report: {folder / 'o' / 'report.html'}")
    stages = [line.split()[0] for line in ran.stderr.splitlines()]
    assert stages == ["fingerprint", "link", "score", "report"]
    assert all(re.search(r"\d+\.\d s$", line) for line in ran.stderr.splitlines()), ran.stderr
    assert "\x1b" not in ran.stdout + ran.stderr


def test_json_is_all_that_is_printed(folder: Path) -> None:
    ran = stillwatch("scan", "ok.csv", "--out", "o", "--json", at=folder)
    summary = json.loads(ran.stdout)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert summary["counts"]["rows"] == summary["counts"]["exchanges"] == 30
    assert summary == json.loads((folder / "o" / "summary.json").read_text(encoding="utf-8"))
    assert summary["key_id"] != "5a" * 4


def test_fingerprints_go_from_one_command_to_the_next(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def told(line: str, **environment: str) -> str:
        assert inside(line.split(), folder, monkeypatch, **environment) == 0
        return capfd.readouterr().out

    made = json.loads(told("fingerprint ok.csv --lake p --json"))
    assert made["exchanges"] == sum(made["days"].values()) == 30
    lines = told("fingerprint ok.csv --out p").splitlines()
    assert lines[0].startswith("30 fingerprints of 9 days (0 rows set apart), key ")
    assert lines[1].startswith("replaced 2026-06-01: ")
    assert lines[-2:] == [
        "holds 30 exchanges of 9 days, 2026-06-01 to 2026-06-09",
        "Next: stillwatch scan --lake p",
    ]
    lines = told("scan ok.csv --lake p --out o").splitlines()
    assert lines[-1].startswith("Report: ")
    assert lines[-2].startswith("replaced 2026-06-09: ")
    said = told("fingerprint --lake q ok.csv --keep 2d", STILLWATCH_KEY="")
    assert "dropped 7 days, 2026-06-01 to 2026-06-07" in said
    assert "forgotten" in said
    counts = json.loads(told("scan p --out o --until 2026-06-05 --json"))["counts"]
    assert counts["rows"] == 30
    assert 0 < counts["exchanges"] < 30
    assert counts["exchanges"] + counts["outside_window"] == 30


def test_replay_says_where_its_runs_are(folder: Path) -> None:
    ran = stillwatch("replay", "ok.csv", "--step", "7d", "--out", "r", at=folder)
    assert ran.returncode == 0, ran.stderr
    assert f"Runs: {folder / 'r' / 'runs.parquet'}\n" in ran.stdout
    assert ran.stdout.endswith(f"Report: {folder / 'r' / 'report.html'}\n")
    assert (folder / "r" / "report.html").is_file()


def test_presets_are_listed_without_a_folder(tmp_path: Path) -> None:
    ran = stillwatch("simulate", "--list", at=tmp_path)
    assert ran.returncode == 0
    assert ran.stdout.startswith("demo ")
    assert list(tmp_path.iterdir()) == []


def test_simulate_scan_and_evaluate_follow_each_other(tmp_path: Path) -> None:
    ran = stillwatch("simulate", "s", "--scale", "0.05", "--seed", "3", at=tmp_path)
    assert ran.returncode == 0, ran.stderr
    following = ran.stdout.splitlines()[-1].removeprefix("Next: stillwatch ").split()
    ran = stillwatch(*following, "--out", "o", at=tmp_path)
    assert ran.returncode == 0, ran.stderr
    ran = stillwatch("evaluate", "s", "o", "--json", at=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout)
    ran = stillwatch("evaluate", "s", "o", at=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.slow
def test_a_system_without_a_time_zone_database_will_do(tmp_path: Path) -> None:
    start = (
        "import sys; sys.modules['tzdata'] = None; sys.modules['pytz'] = None; sys.argv[0] = 'stillwatch'; "
        "from stillwatch.edges.cli import main; main()"
    )
    bare = {"PYTHONTZPATH": ""}
    assert (
        stillwatch(
            "simulate", "s", "--scale", "0.1", "--seed", "3", at=tmp_path, environment=bare, start=start
        ).returncode
        == 0
    )
    logs = ("s/exchanges.parquet", "--accounts", "s/accounts.parquet")
    for line in (
        ("scan", *logs, "--out", "o", "--excerpts"),
        ("replay", *logs, "--step", "7d", "--out", "r"),
    ):
        ran = stillwatch(*line, at=tmp_path, environment=bare, start=start)
        assert ran.returncode == 0, ran.stderr
    ran = stillwatch("evaluate", "s", "o", at=tmp_path, environment=bare, start=start)
    assert ran.returncode == 0, ran.stderr
