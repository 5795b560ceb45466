"""Exit codes, and the words that come with them."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from commands import ROWS, START, inside, stillwatch


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with logs, and with files that are wrong in one way each."""
    files = {
        "ok.csv": ROWS, "nocolumn.csv": ROWS.replace("account_id", "who", 1), "plain": "a file where a folder should be",
        "unknown.toml": "nonsense = 1\n", "broken.toml": "[exchanges\n",
        "range.toml": "[judgement]\nfalse_discovery_rate = 2\n", "map.toml": '[exchanges]\naccount = "who"\n',
        "absent.toml": '[exchanges]\naccount_id = "whom"\n', "format.toml": 'format = "xml"\n',
        "notimes.csv": "account_id,ts,prompt\n" + "a,soon,hello there\n" * 30,
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "broken.parquet").write_bytes(b"\x00\x01\x02" * 50)
    (tmp_path / "empty").mkdir()
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "notes.txt").write_text("no log", encoding="utf-8")
    return tmp_path


WRONG = {
    "scan nothing.parquet": "stillwatch: nothing.parquet: no such file or folder\nthe folder read from is {at}; a glob needs quotes\n",
    "scan empty": "stillwatch: empty: no file with a known suffix among 0\n*",
    "scan logs/*.csv": "stillwatch: logs/*.csv: no file matches\nlooked under {at}/logs\n",
    "scan broken.parquet": "stillwatch: broken.parquet: not Parquet, it does not start with PAR1\n"
    "a Parquet file is not packed again; check that the file was written to its end\n",
    "scan nocolumn.csv": "stillwatch: nocolumn.csv: no column account_id\n"
    "found: prompt, ts, who. Name it in a map: account_id = 'its name here'\n",
    "scan notimes.csv": "stillwatch: notimes.csv: *ts*",
    "scan ok.csv --config none.toml": "stillwatch: none.toml: No such file or directory\n",
    "scan ok.csv --config unknown.toml": "stillwatch: unknown.toml: nonsense: Extra inputs are not permitted\n"
    "Sections and keys that exist: exchanges, accounts, format, key_file, judgement, resources, spark.\n",
    "scan ok.csv --config broken.toml": "stillwatch: broken.toml is not TOML: *",
    "scan ok.csv --config range.toml": "stillwatch: range.toml: judgement.false_discovery_rate: Input should be less than 1\n*",
    "scan ok.csv --config map.toml": "stillwatch: column map: 'account' is no column of the contract; did you mean "
    "'account_id'?\nthe columns are: *",
    "scan ok.csv --config absent.toml": "stillwatch: ok.csv: the column map takes account_id from 'whom', which is not there\n"
    "found: account_id, prompt, ts\n",
    "scan ok.csv --config format.toml": "stillwatch: *xml*",
    "scan ok.csv --engine abacus": "stillwatch: There is no engine 'abacus' in this version.\n*",
    "scan ok.csv --since yesterday": "stillwatch: --since 'yesterday' is not a time.\n"
    "Write 2026-05-01 or 2026-05-01T12:00:00+00:00.\n",
    "scan ok.csv --since 2026-05-02 --until 2026-05-01": "stillwatch: The window ends at 2026-05-01T00:00:00+00:00, and "
    "begins at 2026-05-02T00:00:00+00:00 only.\nName an end, --until, that lies after the beginning, --since.\n",
    "scan ok.csv --out plain": "stillwatch: Can't make the output folder plain: File exists.\nName another with --out DIR.\n",
    "scan ok.csv --out /proc/here": "stillwatch: Can't make the output folder /proc/here: No such file or directory.\n"
    "Name another with --out DIR.\n",
    "scan ok.csv --accounts none.csv": "stillwatch: none.csv: no such file or folder\n*",
    "replay ok.csv --step 3w": "stillwatch: --step '3w' is not a length of time.\nWrite 6h, 1d or 30m.\n",
    "replay ok.csv --step ²d": "stillwatch: --step '²d' is not a length of time.\nWrite 6h, 1d or 30m.\n",
    "replay ok.csv --step 99999999999d": "stillwatch: --step '99999999999d' is not a length of time.\n*",
    "scan ok.csv --lake l --keep ²d": "stillwatch: --keep '²d' is no number of days.\n*",
    "scan ok.csv --lake l --keep 999999d": "stillwatch: 999999 days, 0:00:00 is no time to keep days of a lake.\n*",
    "simulate s --scale inf": "stillwatch: seed 1, scale inf: the seed starts at 0, the scale lies above 0\n",
    "replay ok.csv --step 0h": "stillwatch: --step must be longer than nothing.\nWrite 6h, 1d or 30m.\n",
    "scan": "stillwatch: Nothing to read.\nName files, folders or globs of logs, or a lake with --lake DIR.\n",
    "fingerprint": "stillwatch: Nothing to put into a lake.\nWrite: stillwatch fingerprint LOGS --lake DIR\n",
    "scan --lake empty": "stillwatch: empty is no lake: it holds no lake.json.\n"
    "Make one with: stillwatch fingerprint LOGS --lake empty\n",
    "scan ok.csv --lake logs": "stillwatch: logs is no lake and not empty.\n*--lake DIR.\n",
    "scan ok.csv --keep 9d": "stillwatch: --keep needs a lake.\nName one with --lake DIR.\n",
    "scan ok.csv --lake l --keep 12h": "stillwatch: --keep '12h' is no number of days.\n*",
    "scan ok.csv --lake l --keep 0d": "stillwatch: --keep '0d' is no number of days.\n*",
    "scan ok.csv --memory plenty": "stillwatch: --memory 'plenty' is no size.\n"
    "Write 8GiB, 512MiB or a number of bytes.\n",
    "simulate": "stillwatch: No folder to write the scenario to.\nWrite: stillwatch simulate DIR\n",
    "simulate s --scenario nope": "stillwatch: No scenario nope\nThere are demo, *",
    "simulate s --seed -1": "stillwatch: seed -1, scale 1.0: the seed starts at 0, the scale lies above 0\n",
    "simulate s --text empty": "stillwatch: empty: no prompts_*.parquet in this folder\n*",
    "evaluate empty empty": "stillwatch: empty/truth/members.parquet: no such file\n*",
    # what the parser of the command line says for itself
    "scan ok.csv --nope": "Usage: stillwatch scan *Error: No such option: --nope*",
    "simulate s --scale 0": "Usage: stillwatch simulate *Invalid value for '--scale'*",
    "simulate s --seed one": "Usage: stillwatch simulate *Invalid value for '--seed'*",
    "frobnicate": "Usage: stillwatch *Error: No such command 'frobnicate'.\n",
}  # fmt: skip
"""Command line → all that it says; `*` stands for any text."""


def matches(text: str, pattern: str) -> bool:
    head, *rest = pattern.split("*")
    at = len(head)
    if not text.startswith(head):
        return False
    for part in rest:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return bool(rest) or at == len(text)


def is_told(line: str, folder: Path, code: int, out: str, err: str) -> None:
    assert code == 2, err
    assert out == ""
    assert matches(err, WRONG[line].replace("{at}", str(folder))), err
    assert "Traceback" not in err
    assert len(err.splitlines()) <= 24


@pytest.mark.parametrize("line", WRONG)
def test_bad_usage_and_input_exit_with_2_and_say_what_would_do(
    folder: Path, line: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    code = inside(line.split(), folder, monkeypatch)
    is_told(line, folder, code, *capfd.readouterr())


@pytest.mark.parametrize("line", ["scan broken.parquet", "scan notimes.csv", "scan ok.csv --nope"])
def test_a_process_of_its_own_says_the_same(folder: Path, line: str) -> None:
    ran = stillwatch(*line.split(), at=folder)
    is_told(line, folder, ran.returncode, ran.stdout, ran.stderr)


def test_a_key_that_is_no_key_exits_with_2(folder: Path) -> None:
    ran = stillwatch("scan", "ok.csv", at=folder, environment={"STILLWATCH_KEY": "secret words"})
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "secret words" not in ran.stderr
    assert ran.stderr == (
        "stillwatch: The fingerprint key is not hexadecimal: found 12 characters.\nGive 64 characters of 0-9 and a-f.\n"
    )


def test_a_folder_without_the_right_to_write_exits_with_2(folder: Path) -> None:
    # Root may write anywhere, so the process is told that it may not.
    shut = START.replace(
        "import sys;",
        "import os, sys; may = os.access; os.access = lambda p, m: m == os.R_OK and may(p, m);",
        1,
    )
    ran = stillwatch("scan", "ok.csv", "--out", "empty", at=folder, start=shut)
    assert ran.returncode == 2
    assert (
        ran.stderr
        == "stillwatch: No right to write to the output folder empty.\nName another with --out DIR.\n"
    )


def test_too_little_memory_exits_with_3(folder: Path) -> None:
    ran = stillwatch("scan", "ok.csv", "--out", "o", "--memory", "200MiB", at=folder)
    assert (ran.returncode, ran.stdout) == (3, "")
    assert matches(
        ran.stderr, "stillwatch: 200MiB of memory are too little.\nGive it --memory *MiB or more.\n"
    )
    assert list((folder / "o").iterdir()) == []


def test_no_campaign_exits_with_0_even_when_asked_to_fail(folder: Path) -> None:
    ran = stillwatch("scan", "ok.csv", "--fail-on-campaign", "--out", "o", at=folder)
    assert ran.returncode == 0, ran.stderr


def test_a_campaign_exits_with_1_when_asked_and_with_0_otherwise(
    tmp_path: Path, demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = (
        *("scan", f"{demo / 'exchanges.parquet'}"),
        *("--accounts", f"{demo / 'accounts.parquet'}", "--out", "o"),
    )
    assert inside(scan, tmp_path, monkeypatch) == 0
    assert any(pq.read_table(tmp_path / "o" / "campaigns.parquet")["actionable"].to_pylist())
    assert stillwatch(*scan, "--fail-on-campaign", at=tmp_path).returncode == 1


@pytest.mark.parametrize(
    "largest",
    [20_000, *(pytest.param(size, marks=pytest.mark.slow) for size in (1_000, 100_000, 1_200_000))],
)
def test_a_full_disk_exits_with_3_and_leaves_no_half_file(tmp_path: Path, demo: Path, largest: int) -> None:
    ran = stillwatch("scan", demo / "exchanges.parquet", "--out", "o", at=tmp_path, largest_file=largest)
    assert ran.returncode == 3, ran.stderr
    assert ran.stdout == ""
    told = [
        line for line in ran.stderr.splitlines() if not line.startswith(("fingerprint ", "link ", "score "))
    ]
    assert told[0].startswith("stillwatch: ")
    assert len(told) <= 6, ran.stderr
    assert "safe to delete" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert list((tmp_path / "o").iterdir()) == []


def test_the_end_of_a_pipe_is_no_error(folder: Path) -> None:
    import subprocess

    line = f"{sys.executable} -c {START!r} scan ok.csv --json --out o | head -c 1"
    ran = subprocess.run(
        ["sh", "-c", line], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.stdout == "{"
    assert "Traceback" not in ran.stderr
