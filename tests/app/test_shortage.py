"""Too little memory or disk ends a run with code 3 and a figure that does; nothing stays behind."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from runs import KEY, Traffic, compose, differing, scanned, tables

import stillwatch
from stillwatch import budget
from stillwatch.engines.scratch import PREFIX
from stillwatch.errors import InvalidConfiguration, OutOfMemory
from stillwatch.model.settings import Resources, Settings, with_memory

START = "import sys; sys.argv[0] = 'stillwatch'; from stillwatch.edges.cli import main; main()"
UNITS = {"MiB": 1 << 20, "GiB": 1 << 30}


def namespaces() -> bool:
    """Whether this user may mount a file system that nobody else sees."""
    done = subprocess.run(
        ["unshare", "-Urm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
    )
    return done.returncode == 0


@pytest.fixture(scope="module")
def small_disk() -> None:
    try:
        able = namespaces()
    except OSError:
        able = False
    if not able:
        pytest.skip("this machine lets nobody mount a small disk (unshare -Urm)")


def on_disk_of(size: str, folder: Path, *line: str | Path, at: Path) -> subprocess.CompletedProcess[str]:
    """Runs the command where `folder` is a disk of that size; standard output ends with the names left on it."""
    folder.mkdir(exist_ok=True)
    script = 'mount -t tmpfs -o size="$1" tmpfs "$2" && F="$2" && shift 2 && "$@"; R=$?; ls -A "$F"; exit $R'
    return subprocess.run(
        ["unshare", "-Urm", "sh", "-c", script, "sh", size, str(folder), sys.executable, "-c", START, *map(str, line)],
        cwd=at, capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "COLUMNS": "80", "STILLWATCH_KEY": KEY},
    )  # fmt: skip


def figure(told: str) -> str:
    """The size that the message says would do."""
    found = re.search(r"(\d+)(MiB|GiB) would do", told) or re.search(r"--memory (\d+)(MiB|GiB)", told)
    assert found, told
    return str(int(found[1]) * UNITS[found[2]])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("logs", "100k"), ("logs", "3m"), ("logs", "4m"), ("lake", "100k"), ("lake", "3m"), ("lake", "5m"),
        ("from-lake", "100k"), ("from-lake", "250k"), ("from-lake", "550k"),
    ],
)  # fmt: skip
def test_a_full_disk_is_named_with_the_space_that_does(
    traffic: Traffic, plain: Path, tmp_path: Path, small_disk: None, size: str, kind: str
) -> None:
    disk = tmp_path / "disk"
    line: tuple[str | Path, ...] = ("scan", traffic.logs, "--accounts", traffic.people, "--out", disk)
    if kind == "lake":
        line = ("fingerprint", traffic.logs, "--accounts", traffic.people, "--lake", disk)
    if kind == "from-lake":
        stillwatch.app.fingerprint_logs([traffic.logs], lake=tmp_path / "lake", accounts=traffic.people)
        line = ("scan", "--lake", tmp_path / "lake", "--out", disk)
    ran = on_disk_of(size, disk, *line, at=tmp_path)
    assert ran.returncode == 3, ran.stderr
    assert "Traceback" not in ran.stderr
    assert "safe to delete" in ran.stderr
    left = ran.stdout.split()
    assert not [name for name in left if name.startswith(PREFIX) or name.endswith((".parquet", ".html"))]
    assert "lake.json" not in left
    again = on_disk_of(figure(ran.stderr), disk, *line, at=tmp_path)
    assert again.returncode == 0, (ran.stderr, again.stderr)


def test_a_budget_that_nothing_fits_is_refused_with_one_that_does(traffic: Traffic, tmp_path: Path) -> None:
    with pytest.raises(OutOfMemory, match="are too little") as told:
        stillwatch.scan(traffic.logs, memory="300MiB", out=tmp_path / "o")
    assert list((tmp_path / "o").iterdir()) == []
    settings = with_memory(Settings(), int(figure(str(told.value))))
    assert budget.engine_memory(settings) >= budget.ENGINE_LEAST - 1
    with pytest.raises(OutOfMemory):
        budget.engine_memory(with_memory(settings, budget.least_memory(settings) - 1))


def test_an_engine_without_memory_fails_for_real_and_the_figure_does(
    traffic: Traffic, plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "ENGINE_LEAST", 1 << 20)
    tight = round(budget.OWN + 2 * budget.PER_THREAD + (16 << 20) / budget.ENGINE_SHARE)
    few = Settings(resources=Resources(threads=2))
    with pytest.raises(OutOfMemory, match="MiB used") as told:
        stillwatch.scan(traffic.logs, accounts=traffic.people, config=few, memory=tight, out=tmp_path / "o")
    assert told.value.exit_code == 3
    assert list((tmp_path / "o").iterdir()) == []
    enough = int(figure(str(told.value)))
    assert not differing(
        tables(plain), scanned(traffic.logs, tmp_path / "o", accounts=traffic.people, memory=enough)
    )


@pytest.mark.slow
def test_the_process_stays_within_the_least_budget(tmp_path: Path) -> None:
    larger = compose(tmp_path / "s", 0.4)
    settings = Settings(resources=Resources(threads=2))
    least = budget.least_memory(settings)
    (tmp_path / "two.toml").write_text("[resources]\nthreads = 2\n")
    ran = subprocess.run(
        [
            sys.executable, "-c", START, "scan", str(larger.logs), "--accounts", str(larger.people),
            "--out", str(tmp_path / "o"), "--memory", str(least), "--config", str(tmp_path / "two.toml"),
        ],
        capture_output=True, text=True, timeout=300, check=False, env={**os.environ, "STILLWATCH_KEY": KEY},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    import json

    summary = json.loads((tmp_path / "o" / "summary.json").read_text(encoding="utf-8"))
    assert summary["peak_memory_bytes"] <= least
    one = scanned(larger.logs, tmp_path / "other", accounts=larger.people, memory="4GiB")
    assert not differing(one, tables(tmp_path / "o"))


@pytest.mark.parametrize(
    ("words", "size"),
    [("8GiB", 8 << 30), ("512MiB", 512 << 20), ("1.5 GB", 1_500_000_000), (4096, 4096), ("4096", 4096)],
)
def test_sizes_are_given_in_words(words: str | int, size: int) -> None:
    assert with_memory(Settings(), words).resources.memory == size


@pytest.mark.parametrize("words", ["eight", "8 elephants", "-1GiB", "", "GiB"])
def test_what_is_no_size_is_refused(words: str) -> None:
    with pytest.raises(InvalidConfiguration, match="--memory"):
        with_memory(Settings(), words)


def test_half_of_the_machine_is_the_default() -> None:
    half = budget.machine_memory() // 2
    assert budget.memory(Settings()) == max(half, budget.least_memory(Settings()))
    assert 0 < half < 1 << 50


@pytest.mark.parametrize(
    ("size", "words"), [(1, "1MiB"), (1 << 30, "1GiB"), ((1 << 30) + 1, "1025MiB"), (1536 << 20, "1536MiB")]
)
def test_sizes_are_rounded_up(size: int, words: str) -> None:
    assert budget.in_words(size) == words


def test_peak_memory_is_a_programs_own_however_large_the_one_that_started_it() -> None:
    held = bytearray(b"x") * (512 << 20)
    told = "from stillwatch.budget import peak_memory; print(peak_memory())"
    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, timeout=60, check=True)
    assert 8 << 20 < int(ran.stdout) < 256 << 20 < len(held) < budget.peak_memory()
