"""Folders for work under way go with their owner, also with one that was killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stillwatch.engines.scratch import PREFIX, clear_leftovers, workspace

HOLD = """
import sys, time
from pathlib import Path
from stillwatch.engines.scratch import workspace
with workspace(Path(sys.argv[1])) as folder:
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "file").write_bytes(b"x" * 1000)
    print(folder, flush=True)
    time.sleep(60)
"""


def holder(place: Path) -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(place)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def ours(place: Path) -> list[Path]:
    return [path for path in place.iterdir() if path.name.startswith(PREFIX)]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_it_goes_whatever_ends_the_block(tmp_path: Path, error: type[BaseException]) -> None:
    def work() -> None:
        with workspace(tmp_path) as folder:
            (folder / "file").write_text("x")
            raise error

    with pytest.raises(error):
        work()
    assert ours(tmp_path) == []


def test_a_killed_owners_folder_is_removed_and_a_living_ones_is_not(tmp_path: Path) -> None:
    living, its = holder(tmp_path)
    dead, left = holder(tmp_path)
    dead.kill()
    dead.communicate()
    assert dead.returncode == -signal.SIGKILL
    assert left.is_dir()
    with workspace(tmp_path) as mine:
        assert not left.exists()
        assert (its / "deep" / "er" / "file").is_file()
        assert sorted(ours(tmp_path)) == sorted([its, mine])
        assert clear_leftovers(tmp_path) == 0
    living.kill()
    living.communicate()
    assert clear_leftovers(tmp_path) == 1
    assert ours(tmp_path) == []


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / f"{PREFIX}file").write_text("a file, no folder")
    (tmp_path / f"{PREFIX}old").mkdir()  # without an owner: a version that knew no locks left it
    assert clear_leftovers(tmp_path) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{PREFIX}file", "kept"]


def test_many_at_once_get_a_folder_each(tmp_path: Path) -> None:
    code = HOLD.replace("time.sleep(60)", "assert list(folder.iterdir())")
    for _ in range(2):
        crowd = [
            subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.DEVNULL)
            for _ in range(6)
        ]
        assert [process.wait(60) for process in crowd] == [0] * 6
    assert ours(tmp_path) == []
