"""Days of fingerprints for tests of the lake."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from prints import CAMPAIGN, Group, traffic
from stillwatch.lake import Change, DayPart, day_of, read_manifest, write_day, writing

KEY = "0badcafe"
MODELS = "1+1"


@cache
def sample(days: int = 4) -> tuple[Mapping[date, pa.Table], pa.Table]:
    """FINGERPRINTS by day, and ACCOUNT_PRINTS."""
    prints, accounts, _ = traffic([Group("individual", 40, per_account=12), CAMPAIGN], days=days)
    numbers = pc.floor_temporal(prints["ts"], unit="day").cast(pa.int64())
    return {
        day_of(start): prints.filter(pc.equal(numbers, start)) for start in sorted(set(numbers.to_pylist()))
    }, accounts


def add(root: Path, days: Mapping[date, pa.Table], *, key: str = KEY, **more: Any) -> Change:
    """Puts whole days into the lake."""
    with writing(root, key, MODELS) as writer:
        return writer.commit(parts(writer.folder, days), **more)


def parts(folder: Path, days: Mapping[date, pa.Table]) -> list[DayPart]:
    return [write_day(folder, day, table.to_batches()) for day, table in days.items()]


def held(root: Path) -> dict[date, pa.Table]:
    """What the manifest says, read from the files."""
    manifest = read_manifest(root)
    return {
        day: pa.concat_tables([pq.read_table(root / f.name, partitioning=None) for f in one.fingerprints])
        for day, one in manifest.days.items()
    }


def content(root: Path) -> dict[str, bytes]:
    """Every file that is not empty, by its path."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.stat().st_size
    }


def shuffled(table: pa.Table, seed: int) -> pa.Table:
    return table.take(np.random.default_rng(seed).permutation(len(table)))
