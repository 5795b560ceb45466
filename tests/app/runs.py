"""Scans of a small simulated scenario, and their outputs as bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

import stillwatch
from stillwatch.model.settings import Resources, Settings
from stillwatch.output import TABLES
from stillwatch.scenarios import simulate

KEY = "5a" * 32
OTHER_KEY = "c3" * 32


@dataclass(frozen=True)
class Traffic:
    """A scenario on disk and in memory."""

    path: Path
    exchanges: pa.Table
    accounts: pa.Table

    @property
    def logs(self) -> Path:
        return self.path / "exchanges.parquet"

    @property
    def people(self) -> Path:
        return self.path / "accounts.parquet"


def compose(path: Path, scale: float) -> Traffic:
    made = simulate(path, "demo", 3, scale).path
    return Traffic(made, pq.read_table(made / "exchanges.parquet"), pq.read_table(made / "accounts.parquet"))


def scanned(
    logs: Path,
    out: Path,
    *,
    accounts: Path | None,
    threads: int = 2,
    columns: dict[str, str] | None = None,
    **more: Any,
) -> dict[str, bytes]:
    """The bytes of every table that a scan writes, by file name; other arguments are those of `scan`."""
    settings = Settings(resources=Resources(threads=threads), exchanges=columns or {})
    stillwatch.scan(logs, accounts=accounts, out=out, config=settings, **more)
    return tables(out)


def tables(out: Path) -> dict[str, bytes]:
    return {name: (out / f"{name}.parquet").read_bytes() for name in TABLES}


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """Names of tables whose bytes differ."""
    assert one.keys() == other.keys()
    return [name for name in one if one[name] != other[name]]
