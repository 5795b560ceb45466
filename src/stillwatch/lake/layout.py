"""Where things lie in a lake, and how its rows are numbered.

    LAKE/lake.json                                          the manifest: what is not named there is not in the lake
    LAKE/days/day=2026-06-01/fingerprints-0-<hash>.parquet  FINGERPRINTS of one day, with a column `row`
    LAKE/days/day=2026-06-01/indicators-0-<hash>.parquet    DAILY_INDICATORS of that day
    LAKE/accounts/accounts-<hash>.parquet                   ACCOUNT_PRINTS
    LAKE/quarantine/quarantine-<hash>.parquet               QUARANTINE of one addition
    LAKE/.commit, LAKE/.readers                             empty; locked while somebody writes or reads
    LAKE/.stillwatch-…/                                     the work of one writer, gone in the end

Files never change: each is named by its content and either in the manifest or rubbish.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from stillwatch.model.exchanges import DAY
from stillwatch.model.fingerprints import FINGERPRINTS

LAKE_SCHEMA = 1
"""Version of this layout; a lake of another one is refused."""

PRINTS = FINGERPRINTS.append(pa.field("row", pa.int64(), nullable=False))
"""What a day's file holds. `row` names a row in the lake: day, part and place (`first_row`)."""

ROWS_IN_GROUP = 1 << 17
"""Rows of a row group: what a reader holds at once of each column that it reads."""

MANIFEST = "lake.json"
COMMIT_LOCK = ".commit"
READERS_LOCK = ".readers"

_EPOCH = date(1970, 1, 1)

_FILE = re.compile(
    r"days/day=[0-9]{4}-[0-9]{2}-[0-9]{2}/(fingerprints|indicators)-[0-9]+-[0-9a-f]+\.parquet"
    r"|accounts/accounts-[0-9a-f]+\.parquet|quarantine/quarantine-[0-9a-f]+\.parquet"
)


@dataclass(frozen=True, slots=True)
class Layout:
    """The places inside one lake."""

    root: Path

    @property
    def manifest(self) -> Path:
        """The file that says what the lake holds."""
        return self.root / MANIFEST

    def day(self, day: date) -> Path:
        """The folder of one day's files."""
        return self.root / "days" / f"day={day.isoformat()}"

    def ours(self, path: Path) -> bool:
        """Whether a file lies where a lake has its files, and is called as they are; others are never touched."""
        return _FILE.fullmatch(path.relative_to(self.root).as_posix()) is not None

    @property
    def folders(self) -> tuple[Path, ...]:
        """Folders whose files the manifest names."""
        return self.root / "days", self.root / "accounts", self.root / "quarantine"


def is_lake(path: Path) -> bool:
    """Whether a folder holds a manifest."""
    return (path / MANIFEST).is_file()


def day_of(microseconds: int) -> date:
    """The UTC day of a time in microseconds since 1970."""
    return _EPOCH + timedelta(days=microseconds // DAY)


def start_of(day: date) -> datetime:
    """The first instant of a UTC day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def first_row(day: date, part: int = 0) -> int:
    """The number of the first row of a day's part; those after it count on.

    day   1970-01-01 to 2149-06-06
    part  0 ≤ part < 32768; each may hold 2³² rows
    """
    return ((day - _EPOCH).days << 47) | (part << 32)
