"""A writer that dies at any moment leaves the lake as it was, or as it was to become; two don't harm each other."""

from __future__ import annotations

import hashlib
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from days import KEY, MODELS, add, content, parts, sample

from stillwatch.engines.scratch import PREFIX
from stillwatch.errors import LakeBusy
from stillwatch.lake import read_manifest, writing
from stillwatch.lake.locks import committing

HERE = Path(__file__).parent

KILLED = """
import os, pickle, signal, sys
from pathlib import Path
sys.path[:0] = [{here!r}, {above!r}]
left = int(sys.argv[3])

def deadly(function):
    def called(*arguments, **more):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **more)
    return called

from days import add
with open(sys.argv[2], "rb") as file:
    days, accounts, keep = pickle.load(file)
os.fsync = deadly(os.fsync)
for name in ("replace", "unlink", "mkdir", "rmdir"):
    setattr(Path, name, deadly(getattr(Path, name)))
add(Path(sys.argv[1]), days, accounts=accounts, keep=keep)
"""


def killed_at(moment: int, root: Path, work: Path) -> bool:
    """Runs the addition in a process that is killed before its n-th call that changes the disk; whether it was."""
    code = KILLED.format(here=str(HERE), above=str(HERE.parent))
    done = subprocess.run(
        [sys.executable, "-c", code, str(root), str(work), str(moment)],
        env={**os.environ}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0


def whole(root: Path) -> bool:
    """Whether every file that the manifest names is there as it says."""
    manifest = read_manifest(root)
    files = [f for day in manifest.days.values() for f in day.fingerprints]
    assert manifest.accounts is not None
    return all(
        hashlib.sha256((root / f.name).read_bytes()).hexdigest() == f.sha256
        for f in (*files, manifest.accounts.file)
    )


def visible(root: Path) -> Mapping[str, bytes]:
    return {name: raw for name, raw in content(root).items() if PREFIX not in name and name != ".commit"}


def prepared(root: Path, days: Mapping[date, pa.Table], accounts: pa.Table) -> None:
    first, second, third, _ = days
    add(root, {first: days[first], second: days[second], third: days[third]}, accounts=accounts.slice(0, 50))


@pytest.mark.slow
def test_killed_at_every_step_of_an_addition(tmp_path: Path) -> None:
    days, accounts = sample()
    _, second, _, fourth = days
    change = {second: days[second].slice(0, 9), fourth: days[fourth]}, accounts, timedelta(days=3)
    work = tmp_path / "work"
    work.write_bytes(pickle.dumps(change))
    old, new = tmp_path / "old", tmp_path / "new"
    prepared(old, days, accounts)
    prepared(new, days, accounts)
    add(new, change[0], accounts=accounts, keep=change[2])
    before, after = (old / "lake.json").read_bytes(), (new / "lake.json").read_bytes()
    assert before != after
    seen = set()
    for moment in range(1, 100):
        root = tmp_path / f"lake{moment}"
        prepared(root, days, accounts)
        if not killed_at(moment, root, work):
            break
        found = (root / "lake.json").read_bytes()
        assert found in (before, after), moment
        seen.add(found)
        assert whole(root), moment
        add(root, change[0], accounts=accounts, keep=change[2])
        assert visible(root) == visible(new), moment
        assert not [p for p in root.iterdir() if p.name.startswith(PREFIX)], moment
    else:
        pytest.fail("the addition never ended")
    assert moment > 10
    assert seen == {before, after}


@pytest.mark.slow
def test_killed_before_the_first_manifest(tmp_path: Path) -> None:
    days, accounts = sample()
    work = tmp_path / "work"
    work.write_bytes(pickle.dumps((days, accounts, None)))
    add(tmp_path / "whole", days, accounts=accounts)
    for moment in (3, 8, 14):
        root = tmp_path / f"lake{moment}"
        assert killed_at(moment, root, work)
        assert not (root / "lake.json").exists()
        add(root, days, accounts=accounts)
        assert visible(root) == visible(tmp_path / "whole")


def test_a_killed_writers_lock_binds_nobody(tmp_path: Path) -> None:
    days, _ = sample()
    add(tmp_path, days)
    code = (
        "import os, signal, sys; from pathlib import Path; from stillwatch.lake.locks import committing\n"
        "with committing(Path(sys.argv[1])): print(os.getpid(), flush=True); signal.pause()"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    number = holder.stdout.readline().strip()
    with pytest.raises(LakeBusy, match=f"process {number} is changing"), committing(tmp_path, patience=0.1):
        pass
    holder.kill()
    holder.communicate()
    with committing(tmp_path, patience=0.1):
        pass


def test_two_writers_at_once_both_stand(tmp_path: Path) -> None:
    days, accounts = sample()
    first, second, third, fourth = days
    with writing(tmp_path, KEY, MODELS) as one, writing(tmp_path, KEY, MODELS) as other:
        assert one.folder != other.folder
        mine = parts(one.folder, {first: days[first], second: days[second]})
        others = parts(other.folder, {second: days[second].slice(0, 5), third: days[third]})
        other.commit(others, accounts=accounts)
        one.commit(mine)
    manifest = read_manifest(tmp_path)
    assert {day: held.rows for day, held in manifest.days.items()} == {
        day: len(days[day]) for day in (first, second, third)
    }
    assert whole(tmp_path)
    assert fourth not in manifest.days


@pytest.mark.slow
def test_many_processes_that_add_a_day_each(tmp_path: Path) -> None:
    days, accounts = sample()
    running = []
    for number, (day, table) in enumerate(days.items()):
        work = tmp_path / f"work{number}"
        work.write_bytes(pickle.dumps(({day: table}, accounts, None)))
        code = KILLED.format(here=str(HERE), above=str(HERE.parent))
        running.append(
            subprocess.Popen(
                [sys.executable, "-c", code, str(tmp_path / "lake"), str(work), "100000"], env={**os.environ}
            )
        )
    assert [process.wait(120) for process in running] == [0] * len(days)
    assert whole(tmp_path / "lake")
    assert {day: held.rows for day, held in read_manifest(tmp_path / "lake").days.items()} == {
        day: len(table) for day, table in days.items()
    }
