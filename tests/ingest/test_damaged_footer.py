"""A Parquet footer that is damaged anywhere is refused or read: it never ends the process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.errors import InvalidInput
from stillwatch.ingest import open_exchanges

MARKS = (9, 32, 41)
"""Bytes that make a footer's fields others: such an exception of Arrow's, unseen by Python, ended the process."""


def read_each(folder: Path) -> int:
    """How many copies of a file, each with one byte of its footer changed, are refused."""
    path, refused = folder / "t.parquet", 0
    pq.write_table(pa.table({"account_id": ["a"], "ts": ["2026-03-01T00:00:00Z"], "prompt": ["p"]}), path)
    whole = path.read_bytes()
    begins = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    for place in range(begins, len(whole) - 8):
        for mark in MARKS:
            path.write_bytes(whole[:place] + bytes([mark]) + whole[place + 1 :])
            try:
                list(open_exchanges([path]))
            except InvalidInput:
                refused += 1
    return refused


def test_a_damaged_footer_never_ends_the_process(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, __file__, str(tmp_path)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.fail(f"ended with {done.returncode}: {done.stderr[-300:]}")
    assert int(done.stdout) > 100


if __name__ == "__main__":
    print(read_each(Path(sys.argv[1])))
